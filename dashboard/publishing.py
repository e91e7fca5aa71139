"""What publishing an internal edition would say, looked up once for all planners.

Nothing here is public: it is kept under the shelf of internal editions it comes from, and only the
page for planners asks for it.
"""

from functools import cache, lru_cache

import pandas as pd

from dashboard import data, door, state
from dashboard.door import Shelf
from pbrt_geo.disclosure import frontier as measured
from pbrt_geo.disclosure.preview import Preview, preview
from pbrt_geo.disclosure.publish import public_shelf
from pbrt_geo.disclosure.rule import Rule, read_rule
from pbrt_geo.edition import Edition
from pbrt_geo.show.paint import Paint, paint_from

VALUES = measured.VALUES
"""Rules that can be tried: households that must stay possible."""

LEVEL = "rt"


def rule() -> Rule:
    """Return the rule that publishing follows where none is named."""
    return _rule()


@cache
def _rule() -> Rule:
    return read_rule()


def usual() -> int:
    """Return the households that must stay possible by that rule."""
    return rule().needed["household"]


def edition() -> Edition:
    """Return the internal edition of the chosen year, on its own boundaries."""
    return data.shelf().by_year[state.choice().year]


def earlier() -> tuple[Edition, ...]:
    """Return the public editions before the chosen year, oldest first."""
    return _earlier(tuple(sorted(_seals())), edition().as_of.isoformat())


def _seals() -> list[tuple[str, int]]:
    """Return the public editions that are there now, and when each was sealed."""
    files = door.public_folder().glob("*/edition.json")
    return [(file.parent.name, file.stat().st_mtime_ns) for file in files]


@lru_cache(maxsize=16)
def _earlier(seals: tuple[tuple[str, int], ...], before: str) -> tuple[Edition, ...]:
    found = public_shelf(door.public_folder()) if seals else []
    region = edition().about["region"]["id"]
    return tuple(
        one
        for one in found
        if one.as_of.isoformat() < before and one.about["region"]["id"] == region
    )


def indicators() -> list[str]:
    """Return the protected indicators whose RTs would be told in classes."""
    said = shown_at(usual()).said
    names = said.loc[said["level"] == LEVEL, "indicator"].astype("str").unique()
    return [name for name in names if rule().entry(name.partition(":")[0])]


def chosen() -> str:
    """Return the indicator of the page: the chosen one, or the first that is told."""
    found, wanted = indicators(), state.choice().indicator
    return wanted if wanted in found else found[0]


def shown_at(n_households: int) -> Preview:
    """Return what would be said if so many households must stay possible."""
    return _shown_at(data.shelf(), state.choice().year, earlier(), n_households)


@lru_cache(maxsize=24)
def _shown_at(source: Shelf, year: str, before: tuple[Edition, ...], n: int) -> Preview:
    return preview(source.by_year[year], before, measured.rule_at(_rule(), n))


def frontier(indicator: str) -> pd.DataFrame:
    """Return how many RTs keep a class of an indicator, rule by rule."""
    return _frontier(data.shelf(), state.choice().year, earlier(), indicator)


@lru_cache(maxsize=64)
def _frontier(
    source: Shelf, year: str, before: tuple[Edition, ...], indicator: str
) -> pd.DataFrame:
    return measured.frontier(source.by_year[year], before, indicator, _rule())


def paint(indicator: str, n_households: int) -> Paint:
    """Return the public map of an indicator as a rule would leave it."""
    chosen_now = state.choice()
    found = _paint(
        data.shelf(),
        chosen_now.year,
        earlier(),
        (indicator, n_households, chosen_now.language, chosen_now.area),
    )
    return found.marked(key="publishing", selected=chosen_now.focus)


@lru_cache(maxsize=64)
def _paint(
    source: Shelf, year: str, before: tuple[Edition, ...], shown: tuple[str, int, str, str]
) -> Paint:
    indicator, n, language, area = shown
    seen = _shown_at(source, year, before, n)
    return paint_from(seen, LEVEL, indicator, language=language, focus=area or None)
