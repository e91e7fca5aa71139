"""Why an edition is not published: what could not be judged, and what the attack found.

A refusal names indicators and areas, and says what to coarsen; it never says how many people.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import chain

import pandas as pd

from pbrt_geo.disclosure.knowledge import told_by
from pbrt_geo.disclosure.links import base_of
from pbrt_geo.disclosure.model import Knowledge
from pbrt_geo.edition import Edition
from pbrt_geo.errors import Problem, PublicationError
from pbrt_geo.schema import LEVELS
from pbrt_geo.text import say

FIRST_FORMAT = 3
"""Editions before this one do not say what changed between rounds."""


def check_order(internal: Edition, earlier: Sequence[Edition]) -> None:
    """
    See that an edition can be judged beside what was published before.

    Raises
    ------
    PublicationError
        If not; all problems at once.
    """
    problems = [*_own_problems(internal, bool(earlier))]
    for edition in earlier:
        problems += _earlier_problems(internal, edition)
    if problems:
        raise PublicationError(*problems)
    _check_sources(internal, earlier)


def _own_problems(internal: Edition, has_earlier: bool) -> list[Problem]:
    if internal.is_public:
        return [Problem("publish_not_internal", {"edition": internal.path.name})]
    if has_earlier and internal.about["format"] < FIRST_FORMAT:
        return [Problem("publish_old_format", {"edition": internal.path.name})]
    return []


def _earlier_problems(internal: Edition, edition: Edition) -> list[Problem]:
    facts = {"edition": edition.path.name, "date": edition.as_of.isoformat()}
    if not edition.is_public:
        return [Problem("publish_beside_internal", facts)]
    if edition.about["region"]["id"] != internal.about["region"]["id"]:
        return [Problem("publish_other_region", facts)]
    if edition.as_of == internal.as_of:
        return [Problem("publish_same_date", facts)]
    if edition.as_of > internal.as_of:
        return [Problem("publish_not_in_order", facts)]
    known = set(pd.to_datetime(internal.earlier["date"]).dt.date)
    if internal.about["format"] >= FIRST_FORMAT and edition.as_of not in known:
        return [Problem("publish_turnover_missing", facts | {"internal": internal.path.name})]
    return []


def _check_sources(internal: Edition, earlier: Sequence[Edition]) -> None:
    """An edition repeats what older ones said; those must be there to be judged with it."""
    there = {edition.as_of for edition in earlier}
    for edition in earlier:
        since = pd.to_datetime(edition.values["since"].dropna()).dt.date
        for date in sorted(set(since) - there):
            facts = {"edition": edition.path.name, "date": date.isoformat()}
            raise PublicationError.of("publish_source_missing", **facts)


# ── what the attack found ───────────────────────────────────────────────────────────────────────

MOST_TOLD = 5


def leaky(
    leaks: Collection[tuple[str, str]], knowledge: Knowledge, internal: Edition
) -> PublicationError:
    """Return the refusal for leaks: RTs, and the quantities that are known too well there."""
    found: dict[str, list[tuple[str, str]]] = {}
    for rt, quantity in leaks:
        for name in _claimed(knowledge, told_by(knowledge, quantity))[:1] or [quantity]:
            found.setdefault(name, []).append((rt, quantity))
    most = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    problems = [_leak(name, cells, knowledge, internal) for name, cells in most[:MOST_TOLD]]
    if len(most) > MOST_TOLD:
        problems.append(Problem("publish_more_leaks", {"n": len(most) - MOST_TOLD}))
    return PublicationError(*problems)


def _leak(
    name: str, cells: Sequence[tuple[str, str]], knowledge: Knowledge, internal: Edition
) -> Problem:
    rt, quantity = cells[0]
    area = internal.areas.loc[rt]
    facts = {"indicator": name, "n": len({rt for rt, _ in cells})}
    facts |= {"area": f"{area['name']}, {area['desa_name']} ({rt})"}
    return Problem("publish_leak", facts | {"sources": _sources(quantity, knowledge)})


def _sources(quantity: str, knowledge: Knowledge) -> Callable[[str], str]:
    """Name the figures that are about a quantity or are bound to it, and the levels they have."""
    related = {quantity}
    for relation in knowledge.links.relations:
        names = {name for name, _ in relation.terms}
        related |= names if quantity in names else set()
    told = dict.fromkeys(chain.from_iterable(told_by(knowledge, name) for name in sorted(related)))
    claims = knowledge.claims[knowledge.claims["indicator"].isin(told)]
    levels = claims.groupby(claims["indicator"].map(base_of))["level"].agg(set)

    def written(language: str) -> str:
        return ", ".join(f"`{base}` ({_levels(found, language)})" for base, found in levels.items())

    return written


def _levels(found: set[str], language: str) -> str:
    return ", ".join(say(f"level.{level}", language) for level in LEVELS if level in found)


def _claimed(knowledge: Knowledge, names: Sequence[str]) -> list[str]:
    said = set(knowledge.claims["indicator"])
    return [name for name in names if name in said]
