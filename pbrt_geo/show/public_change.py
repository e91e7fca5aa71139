"""Sentences on the change between two public editions: which way, and of how many areas."""

from typing import Any

import pandas as pd

from pbrt_geo.edition import Edition
from pbrt_geo.schema import VALUE_STATES
from pbrt_geo.show import ranks, ways, words
from pbrt_geo.text import number, say


def sentences(
    before: Edition,
    after: Edition,
    indicator_id: str,
    level: str,
    language: str = "id",
    within: str | None = None,
) -> list[str]:
    """Say which way the whole area went, how many of its areas went which way, and what is left."""
    table = ways.ways(before, after, indicator_id, level, ranks.areas_within(after, level, within))
    told = [_whole(before, after, indicator_id, language, within)]
    if table["state"].eq("value").any():
        told.append(_counts(before, after, table["way"], level, language))
    told.append(missing_sentence(table["state"], level, language))
    return [sentence for sentence in told if sentence]


def _whole(
    before: Edition, after: Edition, indicator_id: str, language: str, within: str | None
) -> str | None:
    area = within or ranks.kabupaten_id(after)
    level = after.areas["level"].get(area)
    if level is None or not all(e.has(indicator_id, level) for e in (before, after)):
        return None
    indicator, ids = after.indicator(indicator_id), pd.Index([area])
    table = ways.ways(before, after, indicator_id, level, ids)
    ((way, on_both),) = ways.told((before, after), indicator, level, table["way"], language)
    if not way:
        return None
    name = words.indicator_name(indicator, language, after.programmes)
    place = words.area_name(after.areas.loc[area])
    facts = {"indicator": name, "area": place, "told": on_both, "way": way}
    return say("change.public_whole", language, **facts)


def _counts(before: Edition, after: Edition, way: pd.Series, level: str, language: str) -> str:
    years = [words.year_name(edition, language) for edition in (before, after)]
    counts = way[way != ""].value_counts()
    facts: dict[str, Any] = {name: int(counts.get(name, 0)) for name in ways.WAYS}
    facts |= {"n": int(counts.sum()), "level": say(f"change.level_{level}", language)}
    key = "change.public_counts_rt" if level == "rt" else "change.public_counts"
    return say(key, language, first=years[0], last=years[1], **facts)


def missing_sentence(states: pd.Series, level: str, language: str) -> str | None:
    """Say how many areas are not compared, and why."""
    counts = states[states != "value"].value_counts(sort=False)
    named = [
        f"{number(counts[state], language, 0)} {say(f'state.{state}', language)}"
        for state in VALUE_STATES
        if counts.get(state, 0)
    ]
    if not named:
        return None
    facts: dict[str, Any] = {"n": int(counts.sum()), "why": words.join_words(named, language)}
    return say("change.missing", language, level=say(f"change.level_{level}", language), **facts)
