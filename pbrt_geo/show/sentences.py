"""Sentences about an edition; every number in them is looked up or added up from its figures.

Each private function makes one sentence, or None where the edition holds nothing to say.
The sentences are plain text with names from the data in them: escape them where markup is read.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.show import growth, public_sentences, ranks, words
from pbrt_geo.show.words import format_share, join_words
from pbrt_geo.text import number, say

POOREST = 10
"""How many of the poorest RTs the sentence about concentration looks at."""

_BESIDE: dict[str, tuple[str, ...]] = {
    "rt": ("desa", "kabupaten"),
    "desa": ("kecamatan", "kabupaten"),
    "kecamatan": ("kabupaten",),
    "kabupaten": (),
}


def overview_sentences(shelf: Sequence[Edition], language: str = "id") -> list[str]:
    """Describe the whole region: growth of the RTs, poverty, where, and who is missed."""
    edition = shelf[-1]
    if edition.is_public:
        grown = [growth_sentence(shelf, language), _births(shelf, language)]
        return [*filter(None, grown), *public_sentences.overview(shelf, language)]
    about_one: tuple[Callable[[Edition, str], str | None], ...]
    about_one = (_where, _concentration, _programme, _without_programme, _converted)
    sentences = [
        growth_sentence(shelf, language),
        _births(shelf, language),
        _poverty(shelf, language),
    ]
    sentences += [sentence(edition, language) for sentence in about_one]
    return [sentence for sentence in sentences if sentence]


def area_sentences(edition: Edition, area_id: str, language: str = "id") -> list[str]:
    """Describe one area: its size, its poverty beside the areas above, and who is missed."""
    if area_id not in edition.areas.index:
        return [_absent(edition, area_id, language)]
    if edition.is_public:
        formed = _formed(edition, area_id, language)
        return [*filter(None, [formed]), *public_sentences.of_area(edition, area_id, language)]
    makers = (_formed, _size, _area_poverty, _place, _area_programme, _area_without)
    sentences = [sentence(edition, area_id, language) for sentence in makers]
    return [sentence for sentence in sentences if sentence]


def _cell(edition: Edition, indicator_id: str, area_id: str | None) -> pd.Series | None:
    """Return one row that holds a number."""
    if not isinstance(area_id, str) or area_id not in edition.areas.index:
        return None
    level = edition.areas.at[area_id, "level"]
    if not edition.has(indicator_id, level):
        return None
    column = edition.column(indicator_id, level)
    column = column[ranks.has_number(column)]
    return column.loc[area_id] if area_id in column.index else None


def _name(edition: Edition, area_id: str) -> str:
    return words.area_name(edition.areas.loc[area_id])


def _basis(row: pd.Series, language: str) -> dict[str, str]:
    return {
        "share": format_share(row["value"], language),
        "numerator": number(row["numerator"], language, 0),
        "denominator": number(row["denominator"], language, 0),
    }


# the whole region


def growth_sentence(
    shelf: Sequence[Edition], language: str = "id", area_id: str | None = None
) -> str | None:
    """Say how many RTs an area (the whole region where left out) had in each edition."""
    counts = []
    for edition in shelf:
        row = _cell(edition, "n_rt", area_id or ranks.kabupaten_id(edition))
        if row is not None:
            counts.append((edition, int(row["value"])))
    if not counts:
        return None
    listed = [
        say(
            "sentence.count_in_year",
            language,
            n=number(n, language),
            year=words.year_name(edition, language),
        )
        for edition, n in counts
    ]
    change = counts[-1][1] - counts[0][1]
    kind = "one" if len(counts) == 1 else "more" if change > 0 else "fewer" if change else "same"
    facts: dict[str, Any] = {"n": abs(change), "year": str(counts[0][0].as_of.year)}
    return say(f"sentence.growth_{kind}", language, counts=join_words(listed, language), **facts)


def growth_sentences(
    shelf: Sequence[Edition], language: str = "id", area_id: str | None = None
) -> list[str]:
    """Say how many RTs an area had in each edition, and by which births, ends and moves."""
    said = [growth_sentence(shelf, language, area_id), _reasons(shelf, language, area_id)]
    return [sentence for sentence in said if sentence]


def _reasons(shelf: Sequence[Edition], language: str, area_id: str | None) -> str | None:
    """Explain the difference between the first and the last edition, way by way."""
    table = growth.steps(shelf, area_id)
    if table.empty:
        return None
    total = table[list(growth.WAYS)].sum()
    parts = [_part(total, ways, key, language) for key, ways in _REASONS.items()]
    told = [part for part in parts if part]
    if not told:
        return None
    last = shelf[-1]
    since = words.format_date(shelf[0].as_of, language)
    facts: dict[str, Any] = {
        "date": since,
        "parts": join_words(told, language),
        "n": growth.signed(int(total.sum())),
    }
    return say("sentence.reasons", language, until=words.period_name(last, language), **facts)


_REASONS = {"born": growth.BORN, "ended": growth.ENDED, "moved": growth.MOVED}


def _part(total: pd.Series, ways: Sequence[str], key: str, language: str) -> str:
    """Say how many RTs were born, ended or moved, with the ways among them."""
    found = {way: int(total[way]) for way in ways if total[way]}
    if not found:
        return ""
    n = sum(found.values())
    written = growth.signed(n) if key == "moved" else number(abs(n), language)
    named = [
        f"{growth.signed(k) if key == 'moved' else number(abs(k), language)} "
        + say(f"chart.way.{way}", language)
        for way, k in found.items()
    ]
    return say(f"sentence.reason_{key}", language, n=written, ways=", ".join(named))


def _births(shelf: Sequence[Edition], language: str) -> str | None:
    first, last = shelf[0], shelf[-1]
    lives = last.rt_lives
    born = lives[lives["born"] > pd.Timestamp(first.as_of)]
    if first is last or born.empty:
        return None
    kecamatan = born["desa_id"].map(last.areas["kecamatan_id"])
    per_kecamatan = born.groupby(kecamatan).size().sort_values(ascending=False, kind="stable")
    facts: dict[str, Any] = {
        "area": _name(last, str(per_kecamatan.index[0])),
        "n": int(per_kecamatan.iloc[0]),
        "total": len(born),
        "date": words.format_date(first.as_of, language),
    }
    return say("sentence.births", language, **facts)


def _poverty(shelf: Sequence[Edition], language: str) -> str | None:
    rows = {}
    for edition in shelf:
        rows[edition.as_of] = _cell(edition, "poverty_rate", ranks.kabupaten_id(edition))
    row = rows.pop(shelf[-1].as_of)
    if row is None:
        return None
    known = words.known_share(row["known_rate"], language)
    text = say("sentence.poverty", language, known=known, **_basis(row, language))
    earlier = [
        say(
            "sentence.share_in_year",
            language,
            share=format_share(old["value"], language),
            year=str(d.year),
        )
        for d, old in rows.items()
        if old is not None
    ]
    if earlier:
        earlier_text = join_words(earlier, language)
        text += " " + say("sentence.poverty_earlier", language, earlier=earlier_text)
    return text


def _where(edition: Edition, language: str) -> str | None:
    if not edition.has("poverty_rate", "desa"):
        return None
    kecamatan = ranks.ranked(edition, "poverty_rate", "kecamatan")["value"]
    desa = ranks.ranked(edition, "poverty_rate", "desa")["value"]
    if len(kecamatan) < 2 or len(desa) < 2:
        return None
    facts: dict[str, Any] = {
        "highest": _name(edition, kecamatan.index[0]),
        "highest_share": format_share(kecamatan.iloc[0], language),
        "lowest": _name(edition, kecamatan.index[-1]),
        "lowest_share": format_share(kecamatan.iloc[-1], language),
        "desa": _name(edition, desa.index[0]),
        "desa_share": format_share(desa.iloc[0], language),
    }
    return say("sentence.where", language, **facts)


def _concentration(edition: Edition, language: str) -> str | None:
    top = ranks.kabupaten_id(edition)
    totals = {name: _cell(edition, name, top) for name in ("n_residents", "n_poor")}
    if not edition.has("poverty_rate", "rt"):
        return None
    poorest = ranks.ranked(edition, "poverty_rate", "rt").index[:POOREST]
    if len(poorest) < POOREST:
        return None
    shares = [
        edition.column(name, "rt").loc[poorest, "value"].sum() / total["value"]
        for name, total in totals.items()
        if total is not None and total["value"] > 0
    ]
    if len(shares) < len(totals):
        return None
    facts: dict[str, Any] = {
        "residents": format_share(shares[0], language),
        "poor": format_share(shares[1], language),
    }
    limit: dict[str, Any] = {"n": POOREST, "limit": ranks.MIN_KNOWN_HOUSEHOLDS}
    return say("sentence.concentration", language, **facts, **limit)


def _programmes(edition: Edition) -> list[Indicator]:
    """Return the coverage indicators of single programmes."""
    return [i for i in edition.indicators if i.base == "coverage_rate" and "/" not in i.member]


def _least_covered(edition: Edition, area_id: str | None, language: str) -> str | None:
    found = []
    for indicator in _programmes(edition):
        row = _cell(edition, indicator.id, area_id)
        if row is not None and row["denominator"] >= ranks.MIN_KNOWN_HOUSEHOLDS:
            found.append((row["value"], indicator.id, indicator, row))
    if not found:
        return None
    share, _, indicator, row = min(found, key=lambda entry: entry[:2])
    if share == 1:
        return say("sentence.programme_none_missed", language)
    facts: dict[str, Any] = {
        "programme": words.programme_name(indicator.member, language, edition.programmes),
        "share": format_share(1 - share, language),
        "missed": number(row["denominator"] - row["numerator"], language, 0),
        "known": number(row["denominator"], language, 0),
    }
    return say("sentence.programme", language, **facts)


def _programme(edition: Edition, language: str) -> str | None:
    return _least_covered(edition, ranks.kabupaten_id(edition), language)


def _none_reached(edition: Edition, area_id: str | None, language: str) -> str | None:
    row = _cell(edition, "none_reached_rate", area_id)
    if row is None:
        return None
    return say("sentence.without_programme", language, **_basis(row, language))


def _without_programme(edition: Edition, language: str) -> str | None:
    return _none_reached(edition, ranks.kabupaten_id(edition), language)


def _converted(edition: Edition, language: str) -> str | None:
    """Say of the areas that were named whether figures were carried from other boundaries."""
    if not edition.is_converted:
        return None
    named = {"kecamatan": slice(None), "desa": slice(0, 1), "rt": slice(0, POOREST)}
    evidence: set[str] = set()
    for level, places in named.items():
        if edition.has("poverty_rate", level):
            rows = ranks.ranked(edition, "poverty_rate", level).iloc[places]
            evidence |= set(words.evidences(rows))
    mark = words.conversion_mark(evidence, language)
    note = words.boundary_note(edition, language)
    return say("sentence.converted", language, mark=mark, note=note) if mark else None


# one area


def _absent(edition: Edition, area_id: str, language: str) -> str:
    """Say of an area the edition does not hold whether it has ended or is not yet formed."""
    lives = edition.rt_lives["ended"].dropna()
    ended = area_id in lives.index
    day = words.format_date(lives[area_id].date() if ended else edition.as_of, language)
    return say("sentence.ended" if ended else "sentence.not_yet_formed", language, date=day)


def _formed(edition: Edition, area_id: str, language: str) -> str | None:
    """Say when an RT was formed, or that it was there when recording began."""
    if area_id not in edition.rt_lives.index:
        return None
    born = edition.rt_lives.at[area_id, "born"]
    if pd.notna(born):
        return say("sentence.formed", language, date=words.format_date(born.date(), language))
    begun = growth.first_recorded(edition, area_id)
    if begun is None:
        return say("sentence.there_before", language)
    date = words.format_date(begun.date(), language)
    return say("sentence.there_before_date", language, date=date)


def _size(edition: Edition, area_id: str, language: str) -> str | None:
    is_rt = edition.areas.loc[area_id, "level"] == "rt"
    names = ("n_households", "n_residents") if is_rt else ("n_rt", "n_households", "n_residents")
    parts = []
    for name in names:
        row = _cell(edition, name, area_id)
        if row is not None:
            unit = words.unit_of(name, row["value"], language)
            parts.append(f"{number(row['value'], language, 0)}\u00a0{unit}")
    if not parts:
        return None
    return say("sentence.size", language, sizes=join_words(parts, language))


def _area_poverty(edition: Edition, area_id: str, language: str) -> str | None:
    row = _cell(edition, "poverty_rate", area_id)
    if row is None:
        return None
    above = _poverty_above(edition, area_id, language)
    known = words.known_share(row["known_rate"], language)
    text = say("sentence.poverty", language, known=known, **_basis(row, language))
    if above:
        text += " " + say("sentence.beside", language, above=join_words(above, language))
    return text


def _poverty_above(edition: Edition, area_id: str, language: str) -> list[str]:
    area = edition.areas.loc[area_id]
    parts = []
    for level in _BESIDE[area["level"]]:
        row = _cell(edition, "poverty_rate", area[f"{level}_id"])
        if row is not None:
            share = format_share(row["value"], language)
            parts.append(say(f"sentence.beside_{level}", language, share=share))
    return parts


def _place(edition: Edition, area_id: str, language: str) -> str | None:
    row = _cell(edition, "poverty_rate", area_id)
    area = edition.areas.loc[area_id]
    upper = ranks.ABOVE.get(area["level"])
    if row is None or upper is None:
        return None
    place = ranks.rank_of(edition, "poverty_rate", area_id)
    if place is None:
        return say("sentence.not_ranked", language, limit=ranks.MIN_KNOWN_HOUSEHOLDS)
    facts: dict[str, Any] = {
        "place": place[0],
        "of": place[1],
        "upper": _name(edition, area[f"{upper}_id"]),
    }
    return say(f"sentence.place_{area['level']}", language, **facts) if place[1] > 1 else None


def _area_programme(edition: Edition, area_id: str, language: str) -> str | None:
    return _least_covered(edition, area_id, language)


def _area_without(edition: Edition, area_id: str, language: str) -> str | None:
    return _none_reached(edition, area_id, language)
