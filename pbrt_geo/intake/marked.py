"""The file comes back as XLSX: every problem listed in front, and marked where it is.

Whoever mends the cells sends this very file again. So each cell is written as it was stored: a
number stays a number and text stays text, for a NIK that Excel damaged must not come back as text
that looks sound. Nothing becomes a formula or a link, except the links from the list to its cells.
"""

import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from pbrt_geo.files import TEXT_STAYS_TEXT
from pbrt_geo.intake.problems import CellProblem
from pbrt_geo.read.confined import own_folder
from pbrt_geo.read.sheets import Sheet, SheetFile
from pbrt_geo.text import LANGUAGES, say

MOST_COMMENTS = 5_000
"""Cells with a comment; more make Excel slow. All are coloured, and all are in the list."""

MOST_LISTED = 100_000
MOST_LINKS = 10_000
"""Excel takes no more than 65,530 links."""

_IN_MEMORY_CELLS = 1_000_000
_SEVERITIES = ("error", "warning", "note")
_COLOURS = {"error": "#F4B6A6", "warning": "#FCE3A1", "note": "#D6E4F0"}
_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31
_FIRST_DAY = dt.date(1900, 3, 1)  # Excel counts a 29 February 1900
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def marked_file(file: SheetFile, problems: Sequence[CellProblem], language: str = "id") -> bytes:
    """
    Return a workbook with all sheets of a file, its problems listed in front and marked.

    A sheet of problems from the last time is replaced. Cells that were merged hold their value
    each; nothing is hidden but sheets that were.
    """
    sheets = [sheet for sheet in file.sheets if not _is_list(sheet)]
    n_cells = sum(sheet.n_rows * sheet.n_columns for sheet in sheets)
    out = io.BytesIO()
    with own_folder() as folder:
        options = {
            **TEXT_STAYS_TEXT,
            "constant_memory": n_cells > _IN_MEMORY_CELLS,
            "in_memory": n_cells <= _IN_MEMORY_CELLS,
            "tmpdir": str(folder),
        }
        with Workbook(out, options) as book:
            book.worksheet_class = _Sheet
            _Marking(book, file.name, sheets, problems, language).write()
    return out.getvalue()


def _is_list(sheet: Sheet) -> bool:
    """Tell whether a sheet is the list of problems that was put in front the last time."""
    titles = [say("intake_marked.sheet", language) for language in LANGUAGES]
    return bool(sheet.cells) and sheet.name in titles and sheet.cells[0][0] == sheet.name


class _ErrorCell(NamedTuple):
    """A cell in which Excel shows an error, without the formula."""

    error: str
    format: Format | None


class _Sheet(Worksheet):
    """A sheet that can also hold bare errors, as cells without a formula."""

    plain: Format

    def write_error(self, row: int, column: int, error: str, look: Format | None) -> None:
        """Write an error that stays one when the file is read again."""
        self.write_blank(row, column, None, look or self.plain)
        self.table[row][column] = _ErrorCell(error, look)

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        if not isinstance(cell, _ErrorCell):
            super()._write_cell(row, col, cell)
            return
        attributes = [("r", xl_rowcol_to_cell(row, col)), ("t", "e")]
        if cell.format is not None:
            attributes.append(("s", cell.format._get_xf_index()))
        self._xml_start_tag("c", attributes)
        self._write_cell_value(cell.error)
        self._xml_end_tag("c")


class _Marking:
    """One workbook in the making."""

    def __init__(
        self,
        book: Workbook,
        file_name: str,
        sheets: Sequence[Sheet],
        problems: Sequence[CellProblem],
        language: str,
    ) -> None:
        self.book, self.file_name, self.sheets, self.language = book, file_name, sheets, language
        self.problems = problems
        self.list_name = say("intake_marked.sheet", language)
        self.names = _names([sheet.name for sheet in sheets], self.list_name)
        self.looks: dict[tuple[str, str], Format] = {}
        self.n_comments = 0

    def write(self) -> None:
        """Write the list, then the sheets."""
        self._write_list(self.book.add_worksheet(self.list_name))
        by_sheet: dict[str, dict[int, dict[int | None, list[CellProblem]]]] = {}
        for problem in self.problems:
            rows = by_sheet.setdefault(problem.sheet, {})
            rows.setdefault(problem.row, {}).setdefault(problem.column, []).append(problem)
        for sheet in self.sheets:
            target = self.book.add_worksheet(self.names[sheet.name])
            target.plain = self._look("", "")
            if sheet.hidden:
                target.hide()
            self._write_sheet(target, sheet, by_sheet.get(sheet.name, {}))

    def _look(self, severity: str, number: str) -> Format:
        if (severity, number) not in self.looks:
            colour = {"bg_color": _COLOURS[severity], "border": 1} if severity else {}
            shown = {"num_format": number} if number else {}
            self.looks[severity, number] = self.book.add_format({**colour, **shown})
        return self.looks[severity, number]

    # ── the list in front ───────────────────────────────────────────────────────────────────────

    def _write_list(self, target: Worksheet) -> None:
        bold = self.book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        large = self.book.add_format({"bold": True, "font_size": 14})
        facts: dict[str, Any] = {
            f"n_{s}": sum(p.severity == s for p in self.problems) for s in _SEVERITIES
        }
        told = say("intake_marked.counts", self.language, file=self.file_name, **facts)
        target.write_string(0, 0, self.list_name, large)
        target.write_string(1, 0, told)
        target.write_string(2, 0, say("intake_marked.how", self.language))
        for column, (name, width) in enumerate(
            (("sheet", 22), ("cell", 9), ("severity", 13), ("problem", 110))
        ):
            target.set_column(column, column, width)
            target.write_string(4, column, say(f"intake_marked.column_{name}", self.language), bold)
        target.freeze_panes(5, 0)
        for line, problem in enumerate(self.problems[:MOST_LISTED]):
            self._write_problem(target, 5 + line, problem, linked=line < MOST_LINKS)
        rest = len(self.problems) - MOST_LISTED
        if rest > 0:
            more = say("intake_marked.more", self.language, n=rest)
            target.write_string(5 + MOST_LISTED, 0, more)

    def _write_problem(
        self, target: Worksheet, line: int, problem: CellProblem, linked: bool
    ) -> None:
        wrap = self._wrapped
        target.write_string(line, 0, problem.sheet)
        if linked and problem.sheet in self.names:
            quoted = self.names[problem.sheet].replace("'", "''")
            first = xl_rowcol_to_cell(problem.row, problem.column or 0)
            target.write_url(line, 1, f"internal:'{quoted}'!{first}", string=problem.cell)
        else:
            target.write_string(line, 1, problem.cell)
        kind = say(f"intake_marked.{problem.severity}", self.language)
        target.write_string(line, 2, kind, self._look(problem.severity, ""))
        target.write_string(line, 3, _clean(problem.text(self.language)), wrap)

    @property
    def _wrapped(self) -> Format:
        if ("", "wrap") not in self.looks:
            self.looks["", "wrap"] = self.book.add_format({"text_wrap": True, "valign": "top"})
        return self.looks["", "wrap"]

    # ── the sheets ──────────────────────────────────────────────────────────────────────────────

    def _write_sheet(
        self,
        target: Any,
        sheet: Sheet,
        problems: Mapping[int, Mapping[int | None, list[CellProblem]]],
    ) -> None:
        target.set_column(0, max(sheet.n_columns - 1, 0), 16)
        for row, (texts, kinds) in enumerate(zip(sheet.cells, sheet.kinds, strict=True)):
            here = problems.get(row)
            if here is None:
                self._write_row(target, row, texts, kinds)
            else:
                self._write_marked_row(target, row, texts, kinds, here)

    def _write_row(self, target: Any, row: int, texts: Sequence[str], kinds: Sequence[str]) -> None:
        for column, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
            if kind == "text":
                target.write_string(row, column, text)
            elif kind:
                self._write_cell(target, (row, column), text, kind, "")

    def _write_marked_row(
        self,
        target: Any,
        row: int,
        texts: Sequence[str],
        kinds: Sequence[str],
        here: Mapping[int | None, list[CellProblem]],
    ) -> None:
        whole = here.get(None, [])
        for column, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
            found = here.get(column, [])
            severity = _worst([*found, *whole])
            self._write_cell(target, (row, column), text, kind, severity)
            self._comment(target, (row, column), [*found, *(whole if column == 0 else [])])

    def _write_cell(
        self, target: Any, place: tuple[int, int], text: str, kind: str, severity: str
    ) -> None:
        """Write one cell as it was stored."""
        stored = _stored(text, kind)
        look = self._look(severity, stored.number) if severity or stored.number else None
        match stored.value:
            case None if kind == "":
                target.write_blank(*place, None, look)
            case None:
                target.write_error(*place, text if text in _ERRORS else "#N/A", look)
            case bool():
                target.write_boolean(*place, stored.value, look)
            case str():
                target.write_string(*place, stored.value, look)
            case dt.date() | dt.time():
                target.write_datetime(*place, stored.value, look)
            case _:
                target.write_number(*place, stored.value, look)

    def _comment(self, target: Any, place: tuple[int, int], found: Sequence[CellProblem]) -> None:
        if not found or self.n_comments >= MOST_COMMENTS:
            return
        self.n_comments += 1
        lines = [
            f"{say(f'intake_marked.{p.severity}', self.language)}: {p.text(self.language)}"
            for p in found
        ]
        text = _clean("\n\n".join(lines))
        height = 40 + 18 * (len(text) // 42 + text.count("\n") + 1)
        options = {"author": "pbrt", "width": 320, "height": min(height, 400)}
        target.write_comment(*place, text, options)


def _worst(problems: Iterable[CellProblem]) -> str:
    found = {problem.severity for problem in problems}
    return next((severity for severity in _SEVERITIES if severity in found), "")


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)


def _names(names: Sequence[str], taken: str) -> dict[str, str]:
    """Return names that Excel takes, each once, whatever the case of its letters."""
    used, found = {taken.lower()}, {}
    for name in names:
        kept = _NOT_IN_A_NAME.sub("_", _clean(name)).strip("'")[:_LONGEST_NAME] or "_"
        number, fitting = 1, kept
        while fitting.lower() in used:
            number += 1
            end = f" ({number})"
            fitting = kept[: _LONGEST_NAME - len(end)] + end
        used.add(fitting.lower())
        found[name] = fitting
    return found


# ── as it was stored ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Stored:
    """A value as a workbook stores it, and the format in which its number is shown."""

    value: str | bool | Decimal | dt.date | dt.time | None
    number: str = field(default="")


def _stored(text: str, kind: str) -> _Stored:
    """Return what to store; text where no number or day would be read again as it is."""
    if kind not in _STORED:
        return _Stored(None)
    try:
        return _STORED[kind](text) or _Stored(text)
    except (ValueError, InvalidOperation):
        return _Stored(text)


def _number(text: str) -> _Stored | None:
    """Return a number; None where the sixteen digits that a workbook keeps are not enough."""
    number = Decimal(text)
    if Decimal(f"{number:.16G}") != number:
        return None
    zeros = re.fullmatch(r"0\d+", text)
    return _Stored(number, "0" * len(text) if zeros else "")


def _date(text: str) -> _Stored | None:
    if ":" in text and "-" not in text:
        return _Stored(dt.time.fromisoformat(text), "hh:mm:ss")
    moment = dt.datetime.fromisoformat(text)
    if moment.date() < _FIRST_DAY:
        return None
    return _Stored(moment, "yyyy-mm-dd hh:mm:ss" if ":" in text else "yyyy-mm-dd")


_STORED: Mapping[str, Callable[[str], _Stored | None]] = {
    "text": _Stored,
    "number": _number,
    "date": _date,
    "bool": lambda text: _Stored(text == "TRUE"),
}
