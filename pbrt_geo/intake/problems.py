"""What is wrong with a file of people: with the whole file, or with one cell of it.

A cell's problem says what was read, what is expected and how to mend it; where the cell is can be
told apart, so that a list has a column of its own for it and a comment in the cell need not say it.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from pbrt_geo.errors import PbrtError, Problem
from pbrt_geo.text import say

Severity = Literal["error", "warning", "note"]

_LETTERS = 26


class IntakeError(PbrtError):
    """A file of people cannot be understood; nothing of it was stored."""


@dataclass(frozen=True)
class CellProblem:
    """
    One thing that is wrong with a cell, or with a row, ready to be said in any language.

    Attributes
    ----------
    sheet
        Name of the sheet.
    row, column
        Place in the sheet, both from 0; a column of None means the whole row.
    key
        The text is `problem.cell.<key>`.
    facts
        What the text needs; never a name or a whole NIK. A fact may be a function of the language.
    severity
        "error": the row is not stored; "warning": a person should look; "note": for information.
    """

    sheet: str
    row: int
    column: int | None
    key: str
    facts: dict[str, Any] = field(default_factory=dict)
    severity: Severity = "error"

    @property
    def cell(self) -> str:
        """Return the cell as Excel names it ("C7"); the rows "7:7" where no column is meant."""
        number = self.row + 1
        return f"{number}:{number}" if self.column is None else f"{letters(self.column)}{number}"

    def text(self, language: str = "id") -> str:
        """Say what is wrong, without the place."""
        return Problem(f"cell.{self.key}", self.facts).text(language)

    def where(self, language: str = "id") -> str:
        """Say the place alone: the sheet and the cell, or the row."""
        what = "row" if self.column is None else "cell"
        facts = {"sheet": self.sheet, "cell": self.cell, "row": str(self.row + 1)}
        return say(f"intake.where_{what}", language, **facts)

    def line(self, language: str = "id") -> str:
        """Say the place and what is wrong, for a list without columns."""
        return f"{self.where(language)}: {self.text(language)}"


def letters(column: int) -> str:
    """Return the letters that Excel gives to a column counted from 0: "A", "Z", "AA"."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        name = chr(ord("A") + rest) + name
    return name
