"""Reading a column of texts as the field it was taken for.

>>> import datetime as dt
>>> from pbrt_geo.intake.fields import FIELDS
>>> how = How(on=dt.date(2026, 1, 1))
>>> parse(FIELDS["birth_date"], ["17-03-1990", "31/02/1990", ""], ["text", "text", ""], how).values
[datetime.date(1990, 3, 17), None, None]
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from pbrt_geo.codes import is_rt_id, normalised
from pbrt_geo.intake.choices_of import read_choices, read_flags
from pbrt_geo.intake.dates import read_dates
from pbrt_geo.intake.fields import Field
from pbrt_geo.intake.identity import read_kks, read_names, read_niks
from pbrt_geo.intake.numbers import read_coordinates, read_latlons, read_numbers
from pbrt_geo.intake.parsed import (
    NONE_TOLD,
    Cell,
    How,
    Parsed,
    Question,
    is_nameless,
    read_each,
    shown,
)

_MOST_LETTERS = {"address": 300, "text": 1000, "key": 100, "place_name": 100}
_WHOLE = re.compile(r"(\d+)\.0+", re.ASCII)
_RT = re.compile(r"(?:(?:rt|rw|no|nomor)[\s.:]*)*0*(\d{1,3})", re.IGNORECASE | re.ASCII)
_RT_RW = re.compile(
    r"(?:rt[\s.:]*)?0*(\d{1,3})(?:\s*[/\\,;-]\s*|\s+|(?=rw))(?:rw[\s.:]*)?0*(\d{1,3})",
    re.IGNORECASE | re.ASCII,
)
_DIGITS = re.compile(r"[0-9.]{2,16}", re.ASCII)


def parse(field: Field, texts: Sequence[str], kinds: Sequence[str], how: How) -> Parsed:
    """
    Read a column as a field.

    Parameters
    ----------
    texts, kinds
        The cells of the column, data rows only, and what kind of cell each is.
    how
        The day of the import, and what was declared of the column.

    Returns
    -------
    Parsed
        A value for each cell, of the type that the registry's column has; None where the cell is
        empty, says that there is none, or has a problem. Pairs (latitude, longitude) for `latlon`,
        three digits for `rt` ("003"), two of these for `rt_rw` ("003/001").
    """
    return _READERS[field.type](field, texts, kinds, how)


def _text(field: Field, texts: Sequence[str], kinds: Sequence[str], _how: How) -> Parsed:
    read = partial(_one_text, _MOST_LETTERS[field.type])
    return read_each(texts, kinds, read, is_nameless)


def _one_text(most: int, text: str, kind: str) -> Cell:
    if len(text) > most:
        return Cell(key="text_long", facts={"n": len(text), "most": most})
    return Cell(_whole(text) if kind == "number" else text)


def _whole(text: str) -> str:
    """Return a whole number that was stored as 3.0 as it was typed."""
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text


def _rts(_field: Field, texts: Sequence[str], kinds: Sequence[str], _how: How) -> Parsed:
    return read_each(texts, kinds, _one_rt)


def _one_rt(text: str, kind: str) -> Cell:
    """Read `RT. 3` as 003; an RT may have a name instead of a number, or beside it."""
    if kind == "date":
        return Cell(key="rt_date")
    if found := _RT.fullmatch(_whole(text)):
        return Cell(f"{int(found[1]):03d}") if int(found[1]) else NONE_TOLD
    return _one_text(_MOST_LETTERS["place_name"], text, kind)


def _rt_rws(_field: Field, texts: Sequence[str], kinds: Sequence[str], _how: How) -> Parsed:
    return read_each(texts, kinds, _one_rt_rw)


def _one_rt_rw(text: str, kind: str) -> Cell:
    if kind == "date":
        return Cell(key="rt_date")  # Excel takes 3/1 for the third of January
    found = _RT_RW.fullmatch(text)
    if not found:
        return Cell(key="rt_rw_form", facts={"read": shown(text)})
    rt, rw = (int(number) for number in found.groups())
    return Cell(f"{rt:03d}/{rw:03d}") if rt or rw else NONE_TOLD


# ── codes ───────────────────────────────────────────────────────────────────────────────────────


def _codes(field: Field, texts: Sequence[str], kinds: Sequence[str], how: How) -> Parsed:
    """Read codes as text; in the one canonical form where their scheme is declared."""
    if field.level == "rt":
        return read_each(texts, kinds, _one_rt_id)
    return read_each(texts, kinds, partial(_one_code, field.level, how))


def _one_rt_id(text: str, _kind: str) -> Cell:
    return Cell(text) if is_rt_id(text) else Cell(key="rt_id_form")


def _one_code(level: str, how: How, text: str, kind: str) -> Cell:
    plain = _whole(text)
    if kind == "number" and "." in plain:
        return Cell(key="code_number", facts={"read": shown(plain), "offer": f"{plain}0"})
    if not _DIGITS.fullmatch(plain):
        return Cell(key="code_form", facts={"read": shown(text)})
    if level == "sls":
        known = plain if re.fullmatch(r"\d{14}(\d{2})?", plain, re.ASCII) else None
        return Cell(known) if known else Cell(key="code_sls", facts={"n": len(plain)})
    if how.scheme is None:
        return Cell(plain)
    written = normalised(plain, how.scheme)
    return Cell(written) if written else Cell(key="code_scheme", facts={"read": shown(plain)})


# ── which reader for which type ─────────────────────────────────────────────────────────────────

Column = Callable[[Field, Sequence[str], Sequence[str], How], Parsed]

_READERS: Mapping[str, Column] = {
    **dict.fromkeys(("key", "text", "place_name", "address"), _text),
    **dict.fromkeys(("integer", "number", "money", "desil"), read_numbers),
    **dict.fromkeys(("boolean", "flag"), read_flags),
    "name": lambda _, texts, kinds, __: read_names(texts, kinds),
    "nik": lambda _, texts, kinds, __: read_niks(texts, kinds),
    "kk": lambda _, texts, kinds, __: read_kks(texts, kinds),
    "date": lambda _, texts, kinds, how: read_dates(texts, kinds, how),
    "choice": read_choices,
    "rt": _rts,
    "rt_rw": _rt_rws,
    "code": _codes,
    "coordinate": lambda field, texts, kinds, _: read_coordinates(field, texts, kinds),
    "latlon": lambda _, texts, kinds, __: read_latlons(texts, kinds),
}

__all__ = ["How", "Parsed", "Question", "parse"]
