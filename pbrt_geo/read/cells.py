"""What a reader of tables hands back: every different content once, and where each one stands."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pbrt_geo.read.limits import Limits, Refused

CELL_KINDS = ("", "text", "number", "date", "bool", "formula_empty", "error")
"""How a cell is stored; see `pbrt_geo.read.sheets.Sheet`."""

MOST_CELLS = 16_000_000
"""Of all sheets together, empty ones between others included: 400,000 rows of 40 columns."""

Area = tuple[int, int, int, int]
"""First row, first column, last row, last column, from 0."""


class Contents:
    """Every content of a cell that occurs, numbered; 0 is the empty cell."""

    def __init__(self) -> None:
        self.texts = [""]
        self.kinds = bytearray(1)

    def add(self, kind: str, text: str) -> int:
        """Return the number of a new content."""
        if not kind:
            return 0
        if "\0" in text:
            raise Refused("sheet_nul")
        self.texts.append(text)
        self.kinds.append(CELL_KINDS.index(kind))
        return len(self.texts) - 1


class Grid:
    """The cells of one sheet, row by row as they come."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.n_columns = 0
        self._rows: list[tuple[int, tuple[int, ...], array[int]]] = []

    def add(self, row: int, columns: tuple[int, ...], contents: list[int]) -> None:
        """Put contents into a row; rows come in order, columns too."""
        if not any(contents):
            return
        if row >= self.limits.rows:
            raise Refused("sheet_rows", most=self.limits.rows)
        last = next(c for c, x in zip(reversed(columns), reversed(contents), strict=True) if x)
        if last >= self.limits.columns:
            raise Refused("sheet_columns", most=self.limits.columns)
        self.n_columns = max(self.n_columns, last + 1)
        self._rows.append((row, columns, array("I", contents)))

    @property
    def rows(self) -> list[int]:
        """Return the rows that hold anything."""
        return [row for row, _, _ in self._rows]

    def matrix(self) -> np.ndarray:
        """Return all contents, from the first cell to the last row and column in use."""
        n_rows = self._rows[-1][0] + 1 if self._rows else 0
        if n_rows * self.n_columns > MOST_CELLS:
            raise Refused("sheet_cells", most=MOST_CELLS)
        matrix = np.zeros((n_rows, self.n_columns), np.uint32)
        for row, columns, contents in self._rows:
            n = bisect_left(columns, self.n_columns)
            if columns[-1] == len(columns) - 1:  # no gap, as nearly always
                matrix[row, :n] = contents[:n]
            else:
                matrix[row, list(columns[:n])] = contents[:n]
        return matrix


@dataclass
class ReadSheet:
    """One sheet: its cells as numbers of contents, and what else is known of it."""

    name: str
    matrix: np.ndarray
    hidden: bool = False
    merged: list[Area] = field(default_factory=list)
    n_hidden_rows: int = 0
    n_hidden_columns: int = 0


@dataclass
class Tables:
    """All sheets of a file."""

    contents: Contents
    sheets: list[ReadSheet]
    found: dict[str, Any] = field(default_factory=dict)

    def keep(self, folder: Path) -> dict[str, Any]:
        """Write where which content stands to `cells.u32`; return all else for JSON."""
        if sum(sheet.matrix.size for sheet in self.sheets) > MOST_CELLS:
            raise Refused("sheet_cells", most=MOST_CELLS)
        with (folder / "cells.u32").open("wb") as file:
            for sheet in self.sheets:
                file.write(sheet.matrix.tobytes())
        about = [
            {"shape": s.matrix.shape} | {k: v for k, v in vars(s).items() if k != "matrix"}
            for s in self.sheets
        ]
        kinds = self.contents.kinds.translate(_DIGITS).decode("ascii")
        return {
            "texts": self.contents.texts,
            "kinds": kinds,
            "sheets": about,
            "found": self.found,
        }


_DIGITS = bytes(range(48, 58)) + bytes(range(10, 256))
