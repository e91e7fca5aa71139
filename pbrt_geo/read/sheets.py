"""Tables that people send: Excel workbooks and CSV, every cell as text.

A cell is kept as it is stored: a code keeps its zeros and its dots, a NIK that Excel stored as a
number is recognisable as one, and nothing is taken for missing that says "NA". What a column means
is found elsewhere (`pbrt_geo.intake`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

CELL_KINDS = ("", "text", "number", "date", "bool", "formula_empty", "error")


@dataclass(frozen=True)
class Sheet:
    """
    One sheet from its first cell (A1) to the last row and column that hold anything.

    Attributes
    ----------
    cells
        Rows of texts, all of the same length; "" where a cell is empty.
    kinds
        The same shape; how each cell is stored: "" (empty), "text", "number", "date" (text is ISO:
        `2008-02-01`, with a time `2008-02-01 13:45:00`, or a time alone), "bool" (text "TRUE" or
        "FALSE"), "formula_empty" (a formula whose result is not in the file; text ""), "error"
        (text as Excel shows it: "#N/A"). All cells of a CSV are "text" or "".
    hidden
        Whether Excel hides the whole sheet.
    merged
        Merged areas: first row, first column, last row, last column, from 0. A value merged over
        several rows stands in each of them.
    n_hidden_rows, n_hidden_columns
        Rows and columns that hold something though Excel hides them (by a filter, for example).
    """

    name: str
    cells: list[list[str]]
    kinds: list[list[str]]
    hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    n_hidden_rows: int = 0
    n_hidden_columns: int = 0

    @property
    def n_rows(self) -> int:
        """Return how many rows there are, blank ones included."""
        return len(self.cells)

    @property
    def n_columns(self) -> int:
        """Return how many columns there are."""
        return len(self.cells[0]) if self.cells else 0


@dataclass(frozen=True)
class SheetFile:
    """
    A foreign file as it was read.

    Attributes
    ----------
    name
        Display text, safe to show; never a path.
    content_hash
        SHA-256 of the bytes, as hexadecimal digits: the same file again has the same.
    sheets
        All sheets that can hold cells, in their order, empty ones too; a CSV has one.
    walls
        Which walls of `confine.py` stood around the reading process.
    found
        How a CSV was understood: `encoding`, `separator`, and `samples`, up to three lines that
        hold letters beyond ASCII, to be looked at by a person who may see people.
    """

    name: str
    kind: Literal["xlsx", "csv"]
    content_hash: str
    sheets: tuple[Sheet, ...]
    walls: Mapping[str, bool] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)
