"""CSV and its relatives: the separator is found, the number of columns is strict.

A comma too many shifts every value behind it, and a quote too many swallows whole rows: both are
refused with the rows that show it, never mended.
"""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pbrt_geo.read.cells import Contents, Grid, ReadSheet, Tables
from pbrt_geo.read.limits import Limits, Refused

_SEPARATORS = (",", ";", "\t", "|")
_SNIFFED = 100_000  # characters
_MOST_NAMED = 10  # rows
_MOST_IN_CELL = 131_072  # characters
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_SAYS_SEPARATOR = re.compile(r"sep=([,;\t|])\r?\n")


def read(path: Path, layer: str | None, limits: Limits) -> Tables:
    """Read a file of separated values; it has no layers to choose from."""
    del layer
    text, encoding = decoded(path.read_bytes())
    if "\0" in text:
        raise Refused("csv_nul", row=str(text.count("\n", 0, text.index("\0")) + 1))
    told = _SAYS_SEPARATOR.match(text)  # a line for Excel, not for people
    text = text[told.end() :] if told else text
    separator = told[1] if told else separator_of(text)
    contents = Contents()
    records = _records(text, separator, _Numbers(contents))
    _check(records, contents.texts, separator)
    grid = Grid(limits)
    for row, record in enumerate(records):
        grid.add(row, tuple(range(len(record.contents))), record.contents)
    found = {"encoding": encoding, "separator": separator, "samples": _samples(text)}
    return Tables(contents, [ReadSheet("CSV", grid.matrix())], found)


@dataclass
class _Record:
    line: int
    contents: list[int]
    n_inside: int = 0
    """Separators inside a cell that goes over several lines; the most of any."""


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding: UTF-8, UTF-16 with its mark, or cp1252."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return _decoded(data, encoding), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        if _UTF8_LETTER.search(data):  # UTF-8 with a damage, not the older encoding
            raise Refused("csv_encoding") from None
    return _decoded(data, "cp1252"), "cp1252"


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Refused("csv_encoding") from None


# ── which character separates ───────────────────────────────────────────────────────────────────


def separator_of(text: str) -> str:
    """
    Return the separator that gives the most rows the same number of columns.

    Decimal commas are the trap: `1,5;2,5` under a header without commas fits the semicolon better,
    since the header fits too.
    """
    head = text if len(text) <= _SNIFFED else text[:_SNIFFED].rpartition("\n")[0]
    fits = [(fit, s) for s in _SEPARATORS if (fit := _fit(head, s)) is not None]
    if not fits:
        raise Refused("csv_one_column")
    fits.sort()
    best = [s for fit, s in fits if fit == fits[0][0]]
    if len(best) > 1:
        raise Refused("csv_separator")
    return best[0]


def _fit(text: str, separator: str) -> tuple[int, int] | None:
    """Return how many rows do not fit, and how few columns there are; None for one column."""
    widths = [len(cells) for cells in _loose(text, separator) if any(cells)]
    width, n = Counter(widths).most_common(1)[0] if widths else (1, 0)
    return (len(widths) - n, -width) if width > 1 else None


def _loose(text: str, separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:  # a cell without end
        return [line.split(separator) for line in text.splitlines()]


# ── strict reading ──────────────────────────────────────────────────────────────────────────────


def _records(text: str, separator: str, numbers: "_Numbers") -> list[_Record]:
    csv.field_size_limit(_MOST_IN_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records: list[_Record] = []
    line = 0
    try:
        for cells in reader:
            record = _Record(line + 1, list(map(numbers.__getitem__, cells)))
            if reader.line_num > line + 1:
                record.n_inside = _most_inside(cells, separator)
            records.append(record)
            line = reader.line_num
    except csv.Error:
        raise Refused("csv_quote", row=str(line + 1)) from None
    return records


def _most_inside(cells: list[str], separator: str) -> int:
    return max(cell.count(separator) for cell in cells if "\n" in cell or "\r" in cell)


def _check(records: list[_Record], texts: list[str], separator: str) -> None:
    """Refuse rows of another width; rows above the first full one are titles, and may be short."""
    filled = [record for record in records if any(record.contents)]
    if not filled:
        raise Refused("sheet_no_cells")
    width, _ = Counter(len(record.contents) for record in filled).most_common(1)[0]
    if width < 2:
        raise Refused("csv_one_column")
    for record in records:
        if record.n_inside >= width - 1:  # whole rows were swallowed by a cell
            raise Refused("csv_quote", row=str(record.line))
    start = next(i for i, record in enumerate(filled) if len(record.contents) >= width)
    wrong = [r.line for r in filled[:start] if len(r.contents) > max(1, width // 2)]
    wrong += [r.line for r in filled[start:] if len(r.contents) != width]
    if wrong:
        rows = ", ".join(map(str, wrong[:_MOST_NAMED])) + (", …" if wrong[_MOST_NAMED:] else "")
        raise Refused("csv_columns", n=len(wrong), rows=rows, width=width)
    header = "".join(texts[content] for content in filled[start].contents)
    if any(other in header for other in ";\t|" if other != separator):
        raise Refused("csv_separator")


class _Numbers(dict[str, int]):
    def __init__(self, contents: Contents) -> None:
        self.contents = contents

    def __missing__(self, text: str) -> int:
        number = self[text] = self.contents.add("text" if text else "", text)
        return number


def _samples(text: str) -> list[str]:
    """Return lines that show whether the encoding was found: ones with letters beyond ASCII."""
    telling = (line.strip()[:200] for line in io.StringIO(text) if not line.isascii())
    return [] if text.isascii() else list(islice(telling, 3))
