"""The XML of one sheet of a workbook.

Nearly all programs write rows in one plain form; these are cut by patterns that must account for
every byte. A sheet with anything else in it is read by an XML parser as a whole, which takes
several times as long. What a cell means is decided in one place for both (`meaning.py`).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from pbrt_geo.read.cells import Area, Grid
from pbrt_geo.read.limits import Limits, Refused
from pbrt_geo.read.meaning import Meaning, local
from pbrt_geo.read.xml_member import GuardedXml, NotPlain, around, cut

_MOST_COLUMNS, _MOST_ROWS = 16_384, 1_048_576  # of Excel itself

_ATTRIBUTES = rb'(?: [\w:.]+="[^"<>]*")*+'
_BLANK_ROWS = rb'(?:<row r="\d{1,7}"' + _ATTRIBUTES + rb"/>)*+"
_ROW = re.compile(_BLANK_ROWS + rb'<row r="(\d{1,7})"(' + _ATTRIBUTES + rb")>")
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"((?>' + _ATTRIBUTES + rb"(?:/>|>(?>.*?</c>))))|(.+)", re.DOTALL
)
_END = re.compile(_BLANK_ROWS + rb"</sheetData>")
_HIDDEN = (b' hidden="1"', b' hidden="true"')
_REF = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


@dataclass
class SheetXml:
    """What one sheet's XML holds: its cells, and what is known of rows, columns and areas."""

    grid: Grid
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Area] = field(default_factory=list)


def read_worksheet(opened: Callable[[], GuardedXml], meaning: Meaning, limits: Limits) -> SheetXml:
    """
    Read one sheet.

    Parameters
    ----------
    opened
        Opens the XML from its start; called again if the short way fails.
    """
    try:
        with opened() as source:
            return _by_patterns(source, meaning, SheetXml(Grid(limits)))
    except NotPlain:
        with opened() as source:
            return _by_parser(source, meaning, SheetXml(Grid(limits)))


# ── the short way ───────────────────────────────────────────────────────────────────────────────


def _by_patterns(source: GuardedXml, meaning: Meaning, found: SheetXml) -> SheetXml:
    pieces = cut(source, b"<sheetData>", b"</row>")
    head, last, piece = next(pieces), 0, b""
    for piece in pieces:
        for row in piece.split(b"</row>")[:-1]:
            last = _add_row(row, last, meaning, found)
    end = _END.match(piece)
    if not end:
        raise NotPlain
    root = around(head, b"<sheetData/>", piece[end.end() :])
    tags = Counter(local(part.tag) for part in root.iter())
    if tags["sheetData"] != 1 or tags["row"]:
        raise NotPlain
    _note(root, found)
    return found


def _add_row(xml: bytes, last: int, meaning: Meaning, found: SheetXml) -> int:
    start = _ROW.match(xml)
    if not start or b' r="' in start[2]:
        raise NotPlain
    number = int(start[1])
    if not last < number <= _MOST_ROWS:
        raise Refused("sheet_damaged")
    if any(mark in start[2] for mark in _HIDDEN):
        found.hidden_rows.add(number - 1)
    cells = _CELL.findall(xml, start.end())
    if cells:
        names, rows, contents, other = zip(*cells, strict=True)
        if any(other):
            raise NotPlain
        if rows.count(start[1]) != len(rows):
            raise Refused("sheet_damaged")
        columns = _NAMED.get(names) or _named(names)
        found.grid.add(number - 1, columns, list(map(meaning.__getitem__, contents)))
    return number


def _named(names: tuple[bytes, ...]) -> tuple[int, ...]:
    """Return the columns of a row; nearly all rows have the same."""
    if len(_NAMED) > _MOST_REMEMBERED:
        _NAMED.clear()
    _NAMED[names] = _in_order(tuple(map(_COLUMNS.__getitem__, names)))
    return _NAMED[names]


def _in_order(columns: tuple[int, ...]) -> tuple[int, ...]:
    if list(columns) != sorted(set(columns)):
        raise Refused("sheet_damaged")
    return columns


class _Columns(dict[bytes, int]):
    def __missing__(self, letters: bytes) -> int:
        number = 0
        for letter in letters:
            number = 26 * number + letter - 64
        if number > _MOST_COLUMNS:
            raise Refused("sheet_damaged")
        self[letters] = number - 1
        return number - 1


_COLUMNS = _Columns()
_NAMED: dict[tuple[bytes, ...], tuple[int, ...]] = {}
_MOST_REMEMBERED = 1_000


# ── the long way ────────────────────────────────────────────────────────────────────────────────


def _by_parser(source: GuardedXml, meaning: Meaning, found: SheetXml) -> SheetXml:
    """Read one sheet by an XML parser: any namespace prefix, order or spacing."""
    last = n_rows = 0
    events = ET.iterparse(source, events=("end",))
    try:
        for _, element in events:
            if local(element.tag) == "row":
                last = _add_parsed(element, last, meaning, found)
                n_rows += 1
                element.clear()
    except ET.ParseError:
        raise Refused("sheet_damaged") from None
    root = events.root  # type: ignore[attr-defined]
    inside = [local(part.tag) for data in root if local(data.tag) == "sheetData" for part in data]
    if inside != ["row"] * n_rows or sum(local(part.tag) == "sheetData" for part in root) != 1:
        raise Refused("sheet_damaged")
    _note(root, found)
    return found


def _add_parsed(row: ET.Element, last: int, meaning: Meaning, found: SheetXml) -> int:
    number = _whole(row.get("r"), last + 1)
    if not last < number <= _MOST_ROWS:
        raise Refused("sheet_damaged")
    if row.get("hidden") in ("1", "true"):
        found.hidden_rows.add(number - 1)
    columns: list[int] = []
    contents: list[int] = []
    for cell in row:
        if local(cell.tag) == "c":
            after = columns[-1] + 1 if columns else 0
            columns.append(_column_of(cell.get("r"), number, after))
            contents.append(meaning.of(cell))
        elif local(cell.tag) != "extLst":
            raise Refused("sheet_damaged")
    found.grid.add(number - 1, _in_order(tuple(columns)), contents)
    return number


def _column_of(ref: str | None, row: int, usual: int) -> int:
    if ref is None:  # the next one, then
        return usual
    at = _REF.fullmatch(ref)
    if not at or int(at[2]) != row:
        raise Refused("sheet_damaged")
    return _COLUMNS[at[1].encode()]


def _whole(text: str | None, usual: int) -> int:
    if text is None:
        return usual
    if not text.isdecimal() or len(text) > 7:
        raise Refused("sheet_damaged")
    return int(text)


# ── what is around the cells ────────────────────────────────────────────────────────────────────


def _note(root: ET.Element, found: SheetXml) -> None:
    if local(root.tag) != "worksheet":
        raise Refused("sheet_damaged")
    for part in root:
        if local(part.tag) == "mergeCells":
            found.merged += [_area(merge.get("ref", "")) for merge in part]
        elif local(part.tag) == "cols":
            found.hidden_columns.update(_hidden(part))


def _hidden(columns: ET.Element) -> Iterator[int]:
    for column in columns:
        if column.get("hidden") in ("1", "true"):
            first, last = _whole(column.get("min"), 1), _whole(column.get("max"), 1)
            yield from range(first - 1, min(last, _MOST_COLUMNS))


def _area(ref: str) -> Area:
    corners = [_REF.fullmatch(corner) for corner in ref.split(":")]
    if len(corners) not in (1, 2) or None in corners:
        raise Refused("sheet_damaged")
    places = [(int(at[2]) - 1, _COLUMNS[at[1].encode()]) for at in corners if at]
    (top, left), (bottom, right) = places[0], places[-1]
    if bottom < top or right < left:
        raise Refused("sheet_damaged")
    return top, left, bottom, right
