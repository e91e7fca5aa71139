"""What publishing an internal edition would say, looked up once for all planners.

Nothing here is public: it is kept under the shelf of internal editions it comes from, and only the
page for planners asks for it.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import pandas as pd

from dashboard import data, door, state
from dashboard.door import Shelf
from pbrt_geo.disclosure import frontier as measured
from pbrt_geo.disclosure.cells import told
from pbrt_geo.disclosure.preview import Preview, preview
from pbrt_geo.disclosure.publish import public_shelf
from pbrt_geo.disclosure.rule import Rule, read_rule
from pbrt_geo.edition import ABOUT, Edition
from pbrt_geo.show.paint import Paint, paint_from

VALUES = measured.VALUES
"""Rules that can be tried: households that must stay possible."""

DEFAULT = "poverty_rate"
"""The indicator that is looked at where the chosen one tells nothing of RTs."""

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


@dataclass(frozen=True, eq=False)
class Before:
    """What was published before; the same object as long as the public folder stays as it is."""

    editions: tuple[Edition, ...]


def earlier() -> Before:
    """Return the public editions before the chosen year, oldest first."""
    return _earlier(data.shelf(), state.choice().year, tuple(sorted(_seals())))


def _seals() -> list[tuple[str, int]]:
    """Return the public editions that are there now, and when each was sealed."""
    files = door.public_folder().glob(f"*/{ABOUT}")
    return [(file.parent.name, file.stat().st_mtime_ns) for file in files]


@lru_cache(maxsize=16)
def _earlier(source: Shelf, year: str, seals: tuple[tuple[str, int], ...]) -> Before:
    of = source.by_year[year]
    return Before(tuple(found for found in _public(of, seals) if found.as_of < of.as_of))


def _public(of: Edition, seals: tuple[tuple[str, int], ...]) -> list[Edition]:
    """Return the public editions of the same region, by date."""
    found = public_shelf(door.public_folder()) if seals else []
    return [one for one in found if one.about["region"]["id"] == of.about["region"]["id"]]


def is_published() -> bool:
    """Tell whether there is a public edition of the chosen date already."""
    found = _public(edition(), tuple(_seals()))
    return any(one.as_of == edition().as_of for one in found)


def indicators() -> list[str]:
    """Return the protected indicators whose RTs are told in classes."""
    levels = told(edition(), rule())
    return [name for name in levels if LEVEL in levels[name] and is_protected_by(name)]


def is_protected_by(name: str) -> bool:
    """Tell whether the rule guards an indicator."""
    return rule().entry(name.partition(":")[0]) is not None


def chosen() -> str:
    """Return the indicator of the page: the chosen one where RTs are told of it."""
    found = indicators()
    wanted = (state.choice().indicator, DEFAULT, *found)
    return next(name for name in wanted if name in found)


def outcomes(n_households: int) -> pd.DataFrame:
    """Return what becomes of the figures of every indicator if so many must stay possible."""
    seen = _preview(data.shelf(), state.choice().year, earlier(), "", n_households)
    return measured.outcomes(seen.said)


def withheld(indicator: str, n_households: int) -> pd.DataFrame:
    """Return the RTs of an indicator that get no class, and why; by `area_id`."""
    cells = measured.rt_cells(_seen(indicator, n_households).said, indicator)
    return cells[cells["state"].astype("str") == "withheld"]


def counts(indicator: str, n_households: int) -> pd.Series:
    """Return what becomes of the RTs of one indicator."""
    return measured.outcomes(_seen(indicator, n_households).said).loc[indicator, LEVEL]


def _seen(indicator: str, n_households: int) -> Preview:
    return _preview(data.shelf(), state.choice().year, earlier(), indicator, n_households)


@lru_cache(maxsize=64)
def _preview(source: Shelf, year: str, before: Before, indicator: str, n: int) -> Preview:
    """Return what would be said of one indicator, or of all."""
    asked = measured.rule_at(_rule(), n)
    bases = [indicator.partition(":")[0]] if indicator else []
    return preview(source.by_year[year], before.editions, asked, bases)


def frontier(indicator: str) -> pd.DataFrame:
    """Return how many RTs keep a class of an indicator, rule by rule."""
    return _frontier(data.shelf(), state.choice().year, earlier(), indicator)


@lru_cache(maxsize=64)
def _frontier(source: Shelf, year: str, before: Before, indicator: str) -> pd.DataFrame:
    return measured.frontier(source.by_year[year], before.editions, indicator, _rule())


@dataclass(frozen=True)
class _Map:
    """What decides how the map looks, apart from what is marked on it."""

    year: str
    indicator: str
    rule: int
    language: str
    area: str


def paint(indicator: str, n_households: int) -> Paint:
    """Return the public map of an indicator as a rule would leave it."""
    now = state.choice()
    shown = _Map(now.year, indicator, n_households, now.language, now.area)
    found = _paint(data.shelf(), earlier(), shown)
    return found.marked(key="publishing", selected=now.focus)


@lru_cache(maxsize=64)
def _paint(source: Shelf, before: Before, shown: _Map) -> Paint:
    seen = _preview(source, shown.year, before, shown.indicator, shown.rule)
    area = shown.area or None
    return paint_from(seen, LEVEL, shown.indicator, language=shown.language, focus=area)
