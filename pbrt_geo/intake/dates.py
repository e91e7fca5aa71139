"""Dates as they stand in files: day first, Excel's serial numbers, names of months.

Whether day or month comes first is decided by the column, never by a cell: 13/02/1980 tells that
the day does. If a column holds a date that only reads month first, nobody knows about 01/02/1980
any more, and the column asks.
"""

import datetime as dt
import re
from collections.abc import Sequence

from pbrt_geo.intake.parsed import (
    EMPTY,
    NONE_TOLD,
    Cell,
    How,
    Parsed,
    Question,
    different,
    numbered,
    read_each,
    shown,
    words,
)

EARLIEST = dt.date(1900, 1, 1)

_SERIAL_ZERO = dt.date(1899, 12, 30)
_ENOUGH_CELLS, _ENOUGH_TEXTS = 12, 3

_TIME = r"(?:[T ]\d{1,2}[:.]\d{2}.*)?"
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME, re.ASCII)
_TRIPLE = re.compile(r"(\d{1,2})[-/. ]+(\d{1,2})[-/. ]+(\d{4}|\d{2})" + _TIME, re.ASCII)
_NAMED = re.compile(r"(\d{1,2})[-/. ]*([A-Za-z]{3,9})[-/., ]*(\d{4}|\d{2})" + _TIME, re.ASCII)
_PACKED = re.compile(r"\d{8}", re.ASCII)
_SERIAL = re.compile(r"([1-9]\d{4})(?:\.\d+)?", re.ASCII)
"""Five digits, from May 1927: fewer may be an age or a year as well."""

_YEAR = re.compile(r"(19|20|21|25)\d{2}(\.0)?", re.ASCII)
_ZEROS = re.compile(r"0+([-/. ]0+)*", re.ASCII)
_PLACE = re.compile(r"[^\d,]{1,40},\s*(?=\d)")


Parts = tuple[str, int, int]
"""Year as written, month, day."""


def read_dates(texts: Sequence[str], kinds: Sequence[str], how: How) -> Parsed:
    """
    Read a column of dates between 1900 and the day of the import.

    A cell of kind `date` and a date written year first need no decision; a number is a serial of
    Excel. Two digits of a year are read only where one century alone is possible.
    """
    order, asking = _order(texts, kinds, how)
    parsed = read_each(texts, kinds, lambda text, _: _read(text, order, how.on))
    if asking:
        for index in asking:
            parsed.trouble(index, "date_order")
        parsed.question = Question("date_order", ("dmy", "mdy"), asking)
    _refuse_swapped(parsed, texts, kinds)
    return parsed


def _order(texts: Sequence[str], kinds: Sequence[str], how: How) -> tuple[str, tuple[int, ...]]:
    """Return the order of day and month in a column, and the cells that ask for it."""
    if how.date_order:
        return how.date_order, ()
    firsts = _firsts_in(texts, kinds)
    if not any(first <= 12 < second <= 31 for first, second in firsts.values()):
        return "dmy", ()
    cells = ((i, firsts[text]) for i, text, _ in numbered(texts, kinds) if text in firsts)
    return "ask", tuple(i for i, pair in cells if _is_open(*pair))


def _firsts_in(texts: Sequence[str], kinds: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return the first two numbers of texts like 13/02/1980; date cells have their own order."""
    written = {text for text, kind in different(texts, kinds) if kind != "date"}
    return {text: firsts for text in written if (firsts := _firsts(text))}


def _is_open(first: int, second: int) -> bool:
    return first <= 12 and first != second


def _firsts(text: str) -> tuple[int, int] | None:
    found = _TRIPLE.fullmatch(_without_place(text))
    return (int(found[1]), int(found[2])) if found else None


def _without_place(text: str) -> str:
    """Return the date of "Taliwang, 17-03-1990"."""
    place = _PLACE.match(text)
    return text[place.end() :] if place else text


def _read(text: str, order: str, on: dt.date) -> Cell:
    text = _without_place(text)
    if _ZEROS.fullmatch(text):
        return NONE_TOLD
    if _YEAR.fullmatch(text):
        return _bad("date_year_only", text)
    if order == "ask" and (firsts := _firsts(text)) and _is_open(*firsts):
        return EMPTY  # the column asks, and says so itself
    parts = _parts(text, order)
    return _one_of(parts, text, on) if parts else _bad("date_form", text)


def _one_of(parts: Parts, text: str, on: dt.date) -> Cell:
    """Return the one day within the years that are allowed."""
    found = [day for year in _years(parts[0]) if (day := _date(year, *parts[1:]))]
    within = [day for day in found if EARLIEST <= day <= on]
    if len(within) == 1:
        return Cell(within[0])
    if within:
        return _bad("date_two_digits", text)
    return _bad("date_range" if found else "date_impossible", text, on=on.strftime("%d-%m-%Y"))


def _bad(key: str, text: str, **facts: str) -> Cell:
    return Cell(key=key, facts={"read": shown(text), **facts})


def _parts(text: str, order: str) -> Parts | None:
    """Return year, month and day as written."""
    if iso := _ISO.fullmatch(text):
        return iso[1], int(iso[2]), int(iso[3])
    if triple := _TRIPLE.fullmatch(text):
        first, second = int(triple[1]), int(triple[2])
        return (triple[3], first, second) if order == "mdy" else (triple[3], second, first)
    if named := _NAMED.fullmatch(text):
        month = words()["months"].get(named[2][:3].casefold())
        return (named[3], month, int(named[1])) if month else None
    return _packed(text) if _PACKED.fullmatch(text) else _serial(text)


def _packed(text: str) -> Parts:
    """Read 17031990 or 19900317; no digits read both ways within the years that are allowed."""
    if text[:2] in ("19", "20") and int(text[4:6]) <= 12:
        return text[:4], int(text[4:6]), int(text[6:])
    return text[4:], int(text[2:4]), int(text[:2])


def _serial(text: str) -> Parts | None:
    found = _SERIAL.fullmatch(text)
    if not found:
        return None
    day = _SERIAL_ZERO + dt.timedelta(days=int(found[1]))
    return str(day.year), day.month, day.day


def _years(written: str) -> tuple[int, ...]:
    return (int(written),) if len(written) == 4 else (1900 + int(written), 2000 + int(written))


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _refuse_swapped(parsed: Parsed, texts: Sequence[str], kinds: Sequence[str]) -> None:
    """
    Refuse the date cells of a column in which Excel took days for months.

    An Excel set to American dates makes a date of 05/02/1980 (2 May) and leaves 17/02/1980 as
    text. So all its date cells have a day up to 12, and all its texts one from 13.
    """
    cells = [i for i, kind in enumerate(kinds) if kind == "date" and parsed.values[i]]
    if len(cells) < _ENOUGH_CELLS or any(parsed.values[i].day > 12 for i in cells):
        return
    told = _firsts_in(texts, kinds).values()
    if len(told) >= _ENOUGH_TEXTS and all(first > 12 for first, _ in told):
        for index in cells:
            parsed.values[index] = None
            parsed.trouble(index, "date_swapped", n=len(cells), n_texts=len(told))
