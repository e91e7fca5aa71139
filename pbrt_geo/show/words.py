"""Names of indicators and their values in words, the same on map, chart, table, image and export.

A value without a number is never written as 0: what a cell without a number means is said by
its state, in five different ways (`STATES`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias

import pandas as pd

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.text import has, number, percent, say

STATES = ("value", "zero", "no_data", "withheld", "not_yet_formed", "undefined")
"""What a cell can be; `undefined` is one where all is known and the denominator is zero."""

_DECIMALS = {"count": 0, "rate": 1, "mean": 1, "index": 3}

Row: TypeAlias = Mapping[str, Any] | pd.Series


def state_of(row: Row) -> str:
    """Tell which of `STATES` a row of `edition.column(...)` is in."""
    return str(row["state"])


def states(column: pd.DataFrame) -> pd.Series:
    """Tell the state of every row of `edition.column(...)`."""
    return column["state"].astype(object)


def indicator_name(
    indicator: Indicator, language: str = "id", programmes: pd.DataFrame | None = None
) -> str:
    """Name an indicator in full; a family's name holds the programme, field or dimension."""
    return _say_family("name", indicator, language, programmes)


def indicator_short(
    indicator: Indicator, language: str = "id", programmes: pd.DataFrame | None = None
) -> str:
    """Name an indicator briefly, for legends and column heads."""
    return _say_family("short", indicator, language, programmes)


def indicator_text(indicator: Indicator, part: str, language: str = "id") -> str:
    """Return one text of an indicator: `meaning`, `unit`, `how` or `source`."""
    return say(f"indicator.{indicator.base}.{part}", language)


def subject_name(subject: str, language: str = "id", programmes: pd.DataFrame | None = None) -> str:
    """Name what follows the colon in an indicator's id: a programme, field, pillar, dimension."""
    kind, slash, key = subject.partition("/")
    if slash:
        name = say(f"{kind}.{key}", language)
        return say(f"slot.{kind}", language, name=name)
    if programmes is not None and subject in programmes.index:
        return programme_name(subject, language, programmes)
    if has(f"dimension.{subject}", language):
        return say(f"dimension.{subject}", language)
    return subject


def programme_name(
    programme_id: str, language: str = "id", programmes: pd.DataFrame | None = None
) -> str:
    """Name a programme; the identifier where the edition does not know it."""
    if programmes is None or programme_id not in programmes.index:
        return programme_id
    return str(programmes.at[programme_id, "name_en" if language == "en" else "name"])


def _say_family(
    part: str, indicator: Indicator, language: str, programmes: pd.DataFrame | None
) -> str:
    name = subject_name(indicator.member, language, programmes) if indicator.member else ""
    text = say(f"indicator.{indicator.base}.{part}", language, programme=name, dimension=name)
    return text[:1].upper() + text[1:]


def format_number(value: float, kind: str, language: str = "id") -> str:
    """Write a number as its kind of indicator is written: 12,3 %, 1.234, 0,081."""
    decimals = _DECIMALS.get(kind, decimals_for(value))
    write = percent if kind == "rate" else number
    smallest = 10.0 ** -(decimals + 2 if kind == "rate" else decimals)
    if 0 < value < smallest / 2:  # "0,0 %" would read as nobody at all
        return say("value.less_than", language, number=write(smallest, language, decimals))
    return write(value, language, decimals)


def format_share(share: float, language: str = "id") -> str:
    """Write a share: 12,3 %; without decimals only where it is exactly none or all."""
    return (
        percent(share, language, 0) if share in (0, 1) else format_number(share, "rate", language)
    )


def decimals_for(value: float) -> int:
    """Choose decimals so that about three digits are shown: 4,25; 42,5; 425."""
    size = abs(value)
    return 0 if size >= 100 or value == 0 else 1 if size >= 10 else 2


def format_value(indicator: Indicator, row: Row, language: str = "id") -> str:
    """Write one cell of `edition.column(...)`: its number, or in words why there is none."""
    state = state_of(row)
    if state not in ("value", "zero"):
        return say(f"state.{state}", language)
    if indicator.kind == "rate":
        return format_share(float(row["value"]), language)
    return "0" if state == "zero" else format_number(float(row["value"]), indicator.kind, language)


def format_column(indicator: Indicator, column: pd.DataFrame, language: str = "id") -> list[str]:
    """Write every cell of `edition.column(...)`, in its order."""
    return [format_value(indicator, row, language) for row in column.to_dict("records")]


def value_with_unit(indicator: Indicator, row: Row, language: str = "id") -> str:
    """Write one cell with its unit (a percentage and an index carry theirs already)."""
    written = format_value(indicator, row, language)
    if state_of(row) not in ("value", "zero") or indicator.kind in ("rate", "index"):
        return written
    return f"{written}\u00a0{unit_of(indicator.base, float(row['value']), language)}"


def unit_of(base: str, value: float, language: str = "id") -> str:
    """Return the unit of an indicator, in the singular where the language has one."""
    one = f"indicator.{base}.unit_one"
    return say(one if value == 1 and has(one, language) else f"indicator.{base}.unit", language)


def value_note(indicator: Indicator, row: Row, language: str = "id") -> str:
    """
    Say what a number rests on: "37 dari 300 jiwa; 96 % diketahui".

    Empty where there is no number. It holds counts: never show it per RT where only classes
    may be seen.
    """
    if state_of(row) not in ("value", "zero"):
        return ""
    parts = []
    key = f"indicator.{indicator.base}.note"
    if has(key, language) and pd.notna(row["denominator"]):
        facts = {part: _plain(row[part], language) for part in ("numerator", "denominator")}
        parts.append(say(key, language, **facts))
    if pd.notna(row["known_rate"]):
        parts.append(say("value.known", language, share=known_share(row["known_rate"], language)))
    return "; ".join(parts)


def _plain(value: float, language: str) -> str:
    if pd.isna(value):
        return "–"
    whole = float(value).is_integer()
    return number(value, language, 0 if whole else decimals_for(value))


def known_share(share: float, language: str = "id") -> str:
    """Write how much is known, in whole per cent."""
    # 99.6 % known is not "100 %": somebody is missing
    rounded = int(share * 100) if share < 1 else 100
    return percent(rounded / 100, language, 0)


def format_date(day: date, language: str = "id") -> str:
    """Write a date in words: 31 Desember 2008."""
    return f"{day.day} {say(f'month.m{day.month:02d}', language)} {day.year}"


def period_name(edition: Edition, language: str = "id") -> str:
    """Write the date of an edition, marked where the year is an estimate."""
    day = format_date(edition.as_of, language)
    if edition.about["as_of_estimated"]:
        return say("value.estimated", language, what=day)
    return day


def year_name(edition: Edition, language: str = "id") -> str:
    """Write the year of an edition, marked where it is an estimate."""
    year = str(edition.as_of.year)
    if edition.about["as_of_estimated"]:
        return say("value.estimated", language, what=year)
    return year


def region_name(edition: Edition, language: str = "id") -> str:
    """Name the region of an edition."""
    return str(edition.about["region"]["name"][language])


def area_name(area: Row, language: str = "id") -> str:
    """Name an area with its level: Desa Goa, Kelurahan Menala, Kecamatan Jereweh, RT 001 Goa."""
    if area["level"] == "rt":
        return say("value.rt_of_desa", language, rt=area["name"], desa=area["desa_name"])
    return with_kind(area["name"], area["kind"])


def with_kind(name: str, kind: str | None) -> str:
    """Put the legal kind before a name that does not begin with it: Desa Beru."""
    if not isinstance(kind, str) or not kind or name.lower().startswith(kind.lower()):
        return name
    return f"{kind} {name}"
