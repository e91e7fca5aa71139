"""Names of indicators and their values in words, the same on map, chart, table, image and export.

A value without a number is never written as 0: what a cell without a number means is said by
its state, in five different ways (`schema.VALUE_STATES`). A number that was carried from the
boundaries of another date is written with `SIGN`, and `conversion_mark` says on what evidence.
A public edition tells ranges (`format_range`), never a number within one, and never a count.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import pandas as pd

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.schema import EVIDENCE
from pbrt_geo.series import ConvertedEdition
from pbrt_geo.text import has, number, percent, say

NUMBERS = ("value", "zero")
"""States of a cell that holds a number."""

SIGN = "\u2022"
"""Written after a converted number, and drawn on its area."""

_DECIMALS = {"count": 0, "rate": 1, "mean": 1, "index": 3}

Row: TypeAlias = Mapping[str, Any] | pd.Series


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


def is_public(row: Row) -> bool:
    """Tell whether a cell is of a public edition."""
    return "low" in row


def is_range(row: Row) -> bool:
    """Tell whether a cell says between what its number lies, and not the number."""
    return is_public(row) and row["state"] in NUMBERS and row["low"] != row["high"]


def range_ends(kind: str, low: float, high: float, closed: bool) -> tuple[float, float]:
    """
    Return the ends of a range as they are told; NaN where it has no upper end.

    Of counts the least and the largest whole number in it: of 25 up to, not including, 35 these
    are 25 and 34. Other ranges are told by their limits.
    """
    if kind != "count":
        return low, high
    least = math.ceil(round(low, 9))
    if math.isnan(high):
        return least, high
    return least, math.floor(round(high, 9)) if closed else math.ceil(round(high, 9)) - 1


def format_range(kind: str, low: float, high: float, language: str = "id") -> str:
    """Write a range by its `range_ends`: 20–22 %, 25–34, 60 atau lebih."""
    factor, write = (100, percent) if kind == "rate" else (1, number)
    ends = [end for end in (low, high) if not math.isnan(end)]
    decimals = max(_decimals_needed(end * factor) for end in ends)
    written = [write(end, language, decimals) for end in ends]
    if len(ends) == 1:
        return say("map.class.from", language, limit=written[0])
    if low == high:
        return written[0]
    # "20–22 %" says the unit once
    first = written[0].rstrip("%").rstrip()
    return say("map.class.range", language, low=first, high=written[1])


def _decimals_needed(value: float) -> int:
    exact = (d for d in range(6) if abs(round(value, d) - value) < 1e-9)
    return next(exact, 6)


def since_note(row: Row, language: str = "id", as_of: date | None = None) -> str:
    """Say of which date a public figure is: "per 31 Des 2007"; empty if that is `as_of`."""
    day = _since(row, as_of)
    return say("value.since", language, date=short_date(day, language)) if day else ""


def since_year(row: Row, language: str = "id", as_of: date | None = None) -> str:
    """Say `since_note` with the year alone, where a chart has no room for more."""
    day = _since(row, as_of)
    return say("value.since", language, date=str(day.year)) if day else ""


def _since(row: Row, as_of: date | None) -> date | None:
    since = row.get("since")
    if row["state"] not in NUMBERS or since is None or pd.isna(since) or since.date() == as_of:
        return None
    return since.date()


def format_value(
    indicator: Indicator, row: Row, language: str = "id", as_of: date | None = None
) -> str:
    """
    Write one cell of `edition.column(...)`: its number or range, or in words why there is none.

    A converted number ends in `SIGN`; say what it means near it (`mark_of`, `value_note`). Given
    the date of the edition (`as_of`), a public figure of an earlier one says so.
    """
    since = since_note(row, language, as_of) if as_of else ""
    written = _signed(_format_plain(indicator, row, language), row)
    return f"{written} ({since})" if since else written


def _format_plain(indicator: Indicator, row: Row, language: str) -> str:
    state = row["state"]
    if state not in NUMBERS:
        return say(f"state.{state}", language)
    if is_range(row):
        ends = range_ends(indicator.kind, row["low"], row["high"], bool(row["closed"]))
        return format_range(indicator.kind, *ends, language)
    if indicator.kind == "rate":
        return format_share(float(row["value"]), language)
    return "0" if state == "zero" else format_number(float(row["value"]), indicator.kind, language)


def _signed(written: str, row: Row) -> str:
    return f"{written}\u00a0{SIGN}" if evidence_of(row) else written


def format_column(
    indicator: Indicator, column: pd.DataFrame, language: str = "id", as_of: date | None = None
) -> list[str]:
    """Write every cell of `edition.column(...)`, in its order; see `format_value`."""
    return [format_value(indicator, row, language, as_of) for row in column.to_dict("records")]


def value_with_unit(indicator: Indicator, row: Row, language: str = "id") -> str:
    """Write one cell with its unit (a percentage and an index carry theirs already)."""
    written = _format_plain(indicator, row, language)
    if row["state"] in NUMBERS and indicator.kind not in ("rate", "index"):
        value = 2.0 if is_range(row) else float(row["value"])  # a range is of several
        written += f"\u00a0{unit_of(indicator.base, value, language)}"
    return _signed(written, row)


def unit_of(base: str, value: float, language: str = "id") -> str:
    """Return the unit of an indicator, in the singular where the language has one."""
    one = f"indicator.{base}.unit_one"
    return say(one if value == 1 and has(one, language) else f"indicator.{base}.unit", language)


def value_note(
    indicator: Indicator, row: Row, language: str = "id", as_of: date | None = None
) -> str:
    """
    Say what a number rests on: "37 dari 300 jiwa; 96 % diketahui; dikonversi (bukti: …)".

    Empty where there is no number. It holds counts: never show it per RT where only classes
    may be seen (`mark_of` alone may be). Of a public figure it says only of which date that is
    (`since_note`), nothing if that is `as_of`, the date of the edition.
    """
    if is_public(row):
        return since_note(row, language, as_of)
    if row["state"] not in NUMBERS:
        return ""
    parts = []
    key = f"indicator.{indicator.base}.note"
    if has(key, language) and pd.notna(row["denominator"]):
        facts = {
            part: _plain(row[part], is_count(indicator.kind, part), language)
            for part in ("numerator", "denominator")
        }
        parts.append(say(key, language, **facts))
    if pd.notna(row["known_rate"]):
        parts.append(say("value.known", language, share=known_share(row["known_rate"], language)))
    return "; ".join(filter(None, [*parts, mark_of(row, language)]))


def is_count(kind: str, part: str) -> bool:
    """Tell whether a part of a note counts people or households, not square kilometres."""
    return kind != "density" or part == "numerator"


def _plain(value: float, counted: bool, language: str) -> str:
    if pd.isna(value):
        return "–"
    if counted:  # people converted by shares: a tenth tells that it is an estimate
        value = round(float(value), 1)
    decimals = 0 if float(value).is_integer() else 1 if counted else decimals_for(value)
    return number(value, language, decimals)


def known_share(share: float, language: str = "id") -> str:
    """Write how much is known, in whole per cent."""
    # 99.6 % known is not "100 %": somebody is missing
    rounded = int(share * 100) if share < 1 else 100
    return percent(rounded / 100, language, 0)


def evidence_of(row: Row) -> str:
    """Return what carried a number from the boundaries of another date; empty for any other."""
    return str(row.get("evidence", "")) if row["state"] in NUMBERS else ""


def evidences(column: pd.DataFrame) -> pd.Series:
    """Return `evidence_of` every row of `edition.column(...)`."""
    return column["evidence"].astype(object).where(column["state"].isin(NUMBERS), "")


def mark_of(row: Row, language: str = "id") -> str:
    """Return the mark of a converted number; empty for a number of its own boundaries."""
    return conversion_mark([evidence_of(row)], language)


def conversion_mark(evidence: str | Iterable[str], language: str = "id") -> str:
    """
    Say that numbers were converted, and on what evidence: "dikonversi (bukti: daftar keluarga)".

    Several kinds of evidence are named from the strongest to the weakest; empty for none.
    """
    found = {evidence} if isinstance(evidence, str) else set(evidence)
    named = [say(f"evidence.{name}", language) for name in EVIDENCE if name in found]
    return say("value.converted", language, evidence=", ".join(named)) if named else ""


def boundary_note(edition: Edition, language: str = "id") -> str:
    """Say on which boundaries converted numbers stand: "pada batas 2008"; empty on their own."""
    if not edition.is_converted:
        return ""
    day = date.fromisoformat(edition.about["boundary_date"])
    # two rounds of one year are told apart by the day
    when = str(day.year) if day.year != edition.as_of.year else format_date(day, language)
    return say("value.on_boundaries", language, date=when)


def sealed_id(edition: Edition, length: int | None = None) -> str:
    """
    Return the id of the sealed edition the numbers are from, cut to `length`.

    Of converted numbers also that of the edition whose boundaries they stand on, after a `+`.
    """
    both = (edition.data, edition.boundary) if isinstance(edition, ConvertedEdition) else (edition,)
    return "+".join(sealed.id[:length] for sealed in both)


def format_date(day: date, language: str = "id") -> str:
    """Write a date in words: 31 Desember 2008."""
    return f"{day.day} {say(f'month.m{day.month:02d}', language)} {day.year}"


def short_date(day: date, language: str = "id") -> str:
    """Write a date briefly: 31 Des 2008."""
    return f"{day.day} {say(f'month.m{day.month:02d}', language)[:3]} {day.year}"


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


def use_note(edition: Edition, language: str = "id") -> str:
    """Say that an internal edition is not to be handed out; empty of a public one."""
    return "" if edition.is_public else say("value.internal", language)


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


def join_words(parts: Sequence[str], language: str = "id") -> str:
    """Join parts as a list in a sentence: a, b, dan c."""
    if len(parts) < 2:
        return "".join(parts)
    if len(parts) == 2:
        return say("sentence.list_two", language, first=parts[0], last=parts[1])
    return say("sentence.list_more", language, first=", ".join(parts[:-1]), last=parts[-1])
