"""Numbers, money and coordinates as they stand in files.

What a dot and a comma mean is decided by the column, never by a cell: `1.500` is one and a half or
fifteen hundred. Another cell may tell (`12,5` or `1.500.000`); if none does, the column asks.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from pbrt_geo.intake.fields import Field
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
)

_RUPIAH = re.compile(r"(?:rp|idr)\.?\s*", re.IGNORECASE)
_PER_MONTH = re.compile(r"\s*(?:/|per)\s*(?:bulan|bln|orang)$", re.IGNORECASE)
_NO_SEN = re.compile(r"([.,])\s*-{1,2}$")
_TIMES = {"ribu": 1_000, "rb": 1_000, "juta": 1_000_000, "jt": 1_000_000}
_MULTIPLIED = re.compile(r"(.*\d)\s*(ribu|rb|juta|jt)\.?", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"[-+]?\d+([.,]\d+)?e[-+]?\d+", re.ASCII | re.IGNORECASE)
_STORED = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?", re.ASCII)

_BARE = re.compile(r"-?\d[\d.,]*", re.ASCII)
_PLAIN = re.compile(r"-?\d+", re.ASCII)
_EITHER = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_FORMS = {
    ",": re.compile(r"-?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d+)?", re.ASCII),
    ".": re.compile(r"-?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?", re.ASCII),
}
"""How a number looks where the sign of decimals is a comma, or a dot."""


class Body(NamedTuple):
    """
    A number without its unit: digits and signs, and what it is to be multiplied by (`1,5 juta`).

    `mark` is the sign of decimals that its form tells: "," or "."; "either" where it may be both
    and means another number, "same" where it means the same, "" where it is no number.
    """

    digits: str
    times: int
    mark: str


def read_numbers(field: Field, texts: Sequence[str], kinds: Sequence[str], how: How) -> Parsed:
    """
    Read a column of numbers (`integer`, `number`, `money` or `desil`).

    A 0 where the field begins at 1 means that nothing is known: None, with a warning.
    """
    bodies = {text: _body(field, text) for text in _written(texts, kinds)}
    mark, is_open = _mark({body.mark for body in bodies.values()}, how)
    parsed = read_each(texts, kinds, partial(_read, field, mark, bodies))
    if is_open:
        _ask(parsed, bodies, texts, kinds)
    return parsed


def _written(texts: Sequence[str], kinds: Sequence[str]) -> set[str]:
    """Return the different texts of a column that are not numbers as a program stored them."""
    return {text for text, kind in different(texts, kinds) if not _is_stored(text, kind)}


def _ask(
    parsed: Parsed, bodies: Mapping[str, Body], texts: Sequence[str], kinds: Sequence[str]
) -> None:
    cells = []
    for index, text, kind in numbered(texts, kinds):
        if not _is_stored(text, kind) and bodies[text].mark == "either":
            cells.append(index)
            parsed.trouble(index, "number_decimal", read=shown(text))
    parsed.question = Question("decimal", (",", "."), tuple(cells))


def _mark(told: set[str], how: How) -> tuple[str, bool]:
    """Return the sign of decimals of a column, "" where it is unknown, and whether to ask."""
    if how.decimal:
        return how.decimal, False
    signs = told & {",", "."}
    if "either" not in told or len(signs) == 1:
        return (signs.pop() if len(signs) == 1 else ""), False
    return "", True


def _told_mark(digits: str) -> str:
    if _PLAIN.fullmatch(digits):
        return "same"
    if _EITHER.fullmatch(digits):
        return "either"
    return next((mark for mark, form in _FORMS.items() if form.fullmatch(digits)), "")


def _body(field: Field, text: str) -> Body:
    """Return the digits and signs of a number without its unit, and what it is to be taken by."""
    if _BARE.fullmatch(text):
        return Body(text, 1, _told_mark(text))
    body, times = text, 1
    if field.type == "money":
        body, times = _rupiah(text)
    elif field.type == "desil":
        body = re.sub(r"^(?:desil|d)\s*(?:ke)?[\s.:-]*", "", body, flags=re.IGNORECASE)
    for unit in field.units:
        if body.casefold().endswith(unit):
            body = body[: -len(unit)].strip()
            break
    if " " in body:
        body = re.sub(r"(?<=\d) (?=\d{3}(\D|$))", "", body)
    digits = body.replace("−", "-")
    return Body(digits, times, _told_mark(digits))


def _rupiah(text: str) -> tuple[str, int]:
    """Return an amount without Rp and "/bulan", and what a word (ribu, juta) multiplies it by."""
    currency = _RUPIAH.match(text)
    body = text[currency.end() :] if currency else text
    if body[-1:].isdigit():
        return body, 1
    body = _PER_MONTH.sub("", body)
    body = _NO_SEN.sub(lambda end: ",00" if end[1] == "," else "", body)  # 1.500,-
    many = _MULTIPLIED.fullmatch(body)
    return (many[1], _TIMES[many[2].casefold()]) if many else (body, 1)


def _read(field: Field, mark: str, bodies: Mapping[str, Body], text: str, kind: str) -> Cell:
    if _is_stored(text, kind):
        return _fitting(field, float(text), text)
    body = bodies[text]
    if body.mark == "either" and not mark:
        return EMPTY  # the column asks, and says so itself
    if not body.mark:
        return _no_number(field, body.digits, text)
    sign = body.mark if body.mark in (",", ".") else mark or ","
    if mark and sign != mark:
        return Cell(key="number_other_mark", facts={"read": shown(text), "mark": mark})
    plain = body.digits.replace("." if sign == "," else ",", "").replace(",", ".")
    return _fitting(field, float(plain) * body.times, text)


def _no_number(field: Field, digits: str, text: str) -> Cell:
    if _SCIENTIFIC.fullmatch(digits):
        return Cell(key="number_scientific")
    key = "desil_form" if field.type == "desil" else "number_form"
    return Cell(key=key, facts={"read": shown(text)})


def _is_stored(text: str, kind: str) -> bool:
    """Tell whether a cell holds a number, not the text of one."""
    return kind == "number" and bool(_STORED.fullmatch(text))


def _fitting(field: Field, value: float, text: str) -> Cell:
    low = float("-inf") if field.minimum is None else field.minimum
    high = float("inf") if field.maximum is None else field.maximum
    if value == 0 < low:
        return Cell(key="number_zero", severity="warning")
    whole = field.type in ("integer", "desil")
    if whole and not value.is_integer():
        return Cell(key="number_whole", facts={"read": shown(text)})
    if not low <= value <= high:
        facts = {"read": shown(text), "low": field.minimum, "high": field.maximum}
        return Cell(key="number_range" if high < float("inf") else "number_low", facts=facts)
    return Cell(int(value) if whole else value)


# ── coordinates ─────────────────────────────────────────────────────────────────────────────────

INDONESIA = {"lat": (-11.5, 6.5), "lon": (94.5, 141.5)}
"""Degrees between which Indonesia lies, its seas included; the two ranges share no value, so a
latitude in the column of longitudes is always noticed."""

_DEGREES = re.compile(r"[-+]?\d{1,3}(?:[.,]\d+)?", re.ASCII)
_TWO = re.compile(r"(-?\d{1,3}\.\d+)(?:[,;] ?| )(-?\d{1,3}\.\d+)", re.ASCII)
_FOUR = re.compile(r"([-+]?\d{1,2}),(\d+), ?([-+]?\d{2,3}),(\d+)", re.ASCII)


def read_coordinates(field: Field, texts: Sequence[str], kinds: Sequence[str]) -> Parsed:
    """Read a column of latitudes or longitudes in degrees; a comma is a sign of decimals here."""
    return read_each(texts, kinds, partial(_coordinate, field.axis))


def _coordinate(axis: str, text: str, _kind: str) -> Cell:
    plain = text.replace("−", "-").rstrip("° ")
    if not _DEGREES.fullmatch(plain):
        return Cell(key="coordinate_form")
    value = float(plain.replace(",", "."))
    if value == 0:
        return NONE_TOLD
    key = _place_fault(axis, value)
    return Cell(key=key) if key else Cell(value)


def _place_fault(axis: str, value: float) -> str:
    other = "lon" if axis == "lat" else "lat"
    if _within(axis, value):
        return ""
    return "coordinate_swapped" if _within(other, value) else "coordinate_outside"


def _within(axis: str, value: float) -> bool:
    low, high = INDONESIA[axis]
    return low <= value <= high


def read_latlons(texts: Sequence[str], kinds: Sequence[str]) -> Parsed:
    """
    Read a column of pairs (latitude, longitude): "lat, lng", or a geopoint "lat lon alt acc".

    >>> read_latlons(["-8.75, 116.85", "-8,75 116,85 12.0 4.5"], ["text", "text"]).values
    [(-8.75, 116.85), (-8.75, 116.85)]
    """
    return read_each(texts, kinds, _latlon)


def _latlon(text: str, _kind: str) -> Cell:
    parts = _pair(text.replace("−", "-").strip("()[] "))
    if not 2 <= len(parts) <= 4 or not all(map(_DEGREES.fullmatch, parts[:2])):
        return Cell(key="latlon_form")
    lat, lon = (float(part.replace(",", ".")) for part in parts[:2])
    if lat == lon == 0:
        return NONE_TOLD
    faults = {_place_fault("lat", lat), _place_fault("lon", lon)}
    if faults == {""}:
        return Cell((lat, lon))
    return Cell(key="latlon_swapped" if faults == {"coordinate_swapped"} else "coordinate_outside")


def _pair(text: str) -> list[str]:
    """Return the parts of a pair, whatever stands between them and within the numbers."""
    if plain := _TWO.fullmatch(text):
        return [plain[1], plain[2]]
    parts = re.split(r"[;\s]+|,\s+", text)
    if len(parts) > 1 and all(map(_DEGREES.fullmatch, parts[:2])):
        return parts
    if four := _FOUR.fullmatch(text):
        return [f"{four[1]}.{four[2]}", f"{four[3]}.{four[4]}"]
    return re.split(r"[,;\s]+", text)
