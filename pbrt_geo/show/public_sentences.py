"""Sentences of a public edition: ranges and classes, no counts, no ranks, no RT beside another.

A superlative is said only where it is certain: the range of the area lies wholly above, or below,
those of all others, and none of them is withheld.
"""

from collections.abc import Sequence

import pandas as pd

from pbrt_geo.edition import Edition
from pbrt_geo.show import ranks, words
from pbrt_geo.text import say

_ABOVE: dict[str, tuple[str, ...]] = {
    "rt": ("desa", "kabupaten"),
    "desa": ("kecamatan", "kabupaten"),
    "kecamatan": ("kabupaten",),
}


def overview(shelf: Sequence[Edition], language: str = "id") -> list[str]:
    """Describe poverty and programmes of the whole region."""
    edition = shelf[-1]
    top = ranks.kabupaten_id(edition)
    said = [_poverty_over_time(shelf, top, language)]
    said += [_where(edition, level, language) for level in ("kecamatan", "desa")]
    said += [_least_covered(edition, top, language), _figure(edition, _NONE, top, language)]
    return [sentence for sentence in said if sentence]


def of_area(edition: Edition, area_id: str, language: str = "id") -> list[str]:
    """Describe size, poverty and programmes of one area."""
    said = [_size(edition, area_id, language), _poverty_beside(edition, area_id, language)]
    said += [_least_covered(edition, area_id, language), _figure(edition, _NONE, area_id, language)]
    return [sentence for sentence in said if sentence]


_POVERTY, _NONE = "poverty_rate", "none_reached_rate"


def _cell(edition: Edition, indicator_id: str, area_id: str | None) -> pd.Series | None:
    """Return what is told of an area; None where there are no data at all."""
    if area_id not in edition.areas.index:
        return None
    level = str(edition.areas.at[area_id, "level"])
    if not edition.has(indicator_id, level):
        return None
    row = edition.column(indicator_id, level).loc[area_id]
    return row if row["state"] in (*words.NUMBERS, "withheld") else None


def _written(edition: Edition, indicator_id: str, row: pd.Series, language: str) -> str:
    indicator = edition.indicator(indicator_id)
    return words.format_value(indicator, row, language, edition.as_of)


def _figure(edition: Edition, indicator_id: str, area_id: str | None, language: str) -> str | None:
    row = _cell(edition, indicator_id, area_id)
    if row is None:
        return None
    share = _written(edition, indicator_id, row, language)
    return say(f"sentence.public.{indicator_id}", language, share=share)


def _poverty_over_time(shelf: Sequence[Edition], area_id: str | None, language: str) -> str | None:
    text = _figure(shelf[-1], _POVERTY, area_id, language)
    by_year = {}
    for edition in shelf:
        row = _cell(edition, _POVERTY, area_id)
        if row is not None and row["state"] in words.NUMBERS:
            share = words.format_value(edition.indicator(_POVERTY), row, language)
            by_year[row["since"].year] = share  # a figure that was repeated is told once
    earlier = [
        say("sentence.share_in_year", language, share=share, year=str(year))
        for year, share in list(by_year.items())[:-1]
    ]
    if text is None or not earlier:
        return text
    told = words.join_words(earlier, language)
    return f"{text} {say('sentence.poverty_earlier', language, earlier=told)}"


def _poverty_beside(edition: Edition, area_id: str, language: str) -> str | None:
    text = _figure(edition, _POVERTY, area_id, language)
    area = edition.areas.loc[area_id]
    parts = []
    for level in _ABOVE.get(area["level"], ()):
        row = _cell(edition, _POVERTY, area[f"{level}_id"])
        if row is not None:
            share = _written(edition, _POVERTY, row, language)
            parts.append(say(f"sentence.beside_{level}", language, share=share))
    if text is None or not parts:
        return text
    above = words.join_words(parts, language)
    return f"{text} {say('sentence.beside', language, above=above)}"


def _where(edition: Edition, level: str, language: str) -> str | None:
    """Name the areas of a level with certainly the highest and the lowest share of poor."""
    if not edition.has(_POVERTY, level):
        return None
    column = edition.column(_POVERTY, level)
    said = []
    for end, area in ranks.certain_ends(column).items():
        share = _written(edition, _POVERTY, column.loc[area], language)
        facts = {"area": words.area_name(edition.areas.loc[area]), "share": share}
        among = say(f"change.level_{level}", language)
        said.append(say(f"sentence.public.{end}", language, level=among, **facts))
    return " ".join(said) or None


def _least_covered(edition: Edition, area_id: str | None, language: str) -> str | None:
    """Name the programme that certainly reaches the smallest share of its target."""
    rows = {}
    for indicator in edition.indicators:
        if indicator.base == "coverage_rate" and "/" not in indicator.member:
            row = _cell(edition, indicator.id, area_id)
            if row is not None:
                rows[indicator.id] = row
    if len(rows) < 2:
        return None
    lowest = ranks.certain_ends(pd.DataFrame(rows.values(), index=list(rows))).get("lowest")
    if lowest is None:
        return None
    member = edition.indicator(lowest).member
    return say(
        "sentence.public.programme",
        language,
        programme=words.programme_name(member, language, edition.programmes),
        share=_written(edition, lowest, rows[lowest], language),
    )


def _size(edition: Edition, area_id: str, language: str) -> str | None:
    is_rt = edition.areas.at[area_id, "level"] == "rt"
    parts = []
    for name in (
        ("n_households", "n_residents") if is_rt else ("n_rt", "n_households", "n_residents")
    ):
        row = _cell(edition, name, area_id)
        if row is not None:
            parts.append(words.value_with_unit(edition.indicator(name), row, language))
    if not parts:
        return None
    return say("sentence.size", language, sizes=words.join_words(parts, language))
