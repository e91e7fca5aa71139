"""What the pages look up on the shelf this reader may see (`door.shelf`), each thing once.

What is cached is shared by all readers of a shelf, kept under that shelf, and never changed in
place.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from dashboard import state
from dashboard.choices import LEVELS
from dashboard.door import Shelf, shelf
from pbrt_geo.comparison import ComparisonFolder, read_comparison
from pbrt_geo.edition import Edition
from pbrt_geo.errors import Problem
from pbrt_geo.show import ranks
from pbrt_geo.show.classes import Method
from pbrt_geo.show.paint import Paint, paint_change, paint_from

COMPARISONS_VARIABLE = "PBRT_COMPARISONS"
DEFAULT_COMPARISONS = Path(__file__).resolve().parents[1] / "comparisons"

Found = TypeVar("Found")


def comparisons_folder() -> Path:
    """Return the folder the comparisons of boundaries are read from."""
    return Path(os.environ.get(COMPARISONS_VARIABLE) or DEFAULT_COMPARISONS)


def comparisons() -> dict[str, ComparisonFolder]:
    """Return the comparisons of boundaries by name, the newest first; none for the public."""
    if shelf().is_public:
        return {}
    files = {file: file.stat().st_mtime_ns for file in comparisons_folder().glob("*/proposals.csv")}
    newest_first = sorted(files, key=lambda file: (-files[file], file.parent.name))
    return {file.parent.name: _comparison(file.parent, files[file]) for file in newest_first}


@lru_cache(maxsize=16)
def _comparison(folder: Path, changed: int) -> ComparisonFolder:
    return read_comparison(folder)


def in_edition(find: Callable[..., Found], *arguments: object, **options: object) -> Found:
    """Return `find(edition of the chosen year, ...)`, looked up once for all readers."""
    return _in_edition(find, shelf(), state.choice().year, boundary(), *arguments, **options)


def in_years(find: Callable[..., Found], *arguments: object, **options: object) -> Found:
    """Return `find(editions up to the chosen year, ...)`, looked up once for all readers."""
    return _in_years(find, shelf(), state.choice().year, boundary(), *arguments, **options)


def in_newest(find: Callable[..., Found], *arguments: object, **options: object) -> Found:
    """Return `find(newest edition, ...)`, looked up once for all readers."""
    return _in_edition(find, shelf(), shelf().choices.years[-1], "", *arguments, **options)


def in_shelf(find: Callable[..., Found], *arguments: object, **options: object) -> Found:
    """Return `find(all editions on their own boundaries, ...)`, looked up once for all readers."""
    return _in_years(find, shelf(), "", "", *arguments, **options)


def of_change(find: Callable[..., Found], *arguments: object, **options: object) -> Found:
    """Return `find(first, last of two years on common boundaries, ...)`, looked up once."""
    return _of_change(find, shelf(), change_years(), *arguments, **options)


@lru_cache(maxsize=256)
def _of_change(
    find: Callable[..., Found], source: Shelf, years: tuple[str, str, str], *a: object, **k: object
) -> Found:
    first, last, common = years
    return find(source.seen(first, common), source.seen(last, common), *a, **k)


@lru_cache(maxsize=512)
def _in_edition(
    find: Callable[..., Found], source: Shelf, year: str, boundary: str, *a: object, **k: object
) -> Found:
    return find(source.seen(year, boundary), *a, **k)


@lru_cache(maxsize=256)
def _in_years(
    find: Callable[..., Found], source: Shelf, year: str, boundary: str, *a: object, **k: object
) -> Found:
    return find(source.series(boundary, year), *a, **k)


# ── what the reader looks at ────────────────────────────────────────────────────────────────────


def boundary() -> str:
    """Return the year whose boundaries are chosen; empty where each year has its own."""
    chosen = state.choice()
    return "" if shelf().problem(chosen.year, chosen.boundary) else chosen.boundary


def edition() -> Edition:
    """Return the edition of the chosen year, on the chosen boundaries."""
    return shelf().seen(state.choice().year, boundary())


def editions_up_to_chosen() -> list[Edition]:
    """Return the editions up to the chosen year, oldest first."""
    return shelf().series(boundary(), state.choice().year)


def all_years() -> list[Edition]:
    """Return all editions on the chosen boundaries, oldest first; those that can be shown."""
    return shelf().series(boundary())


def is_public() -> bool:
    """Tell whether the reader sees a public edition."""
    return shelf().is_public


def newest() -> Edition:
    """Return the newest edition, which knows all events."""
    return shelf().editions[-1]


def boundaries_for(year: str) -> dict[str, Problem | None]:
    """Return the years whose boundaries can be asked for, and why one cannot be used."""
    return {other: shelf().problem(year, other) for other in shelf().by_year}


def year_of(of: Edition) -> str:
    """Return the name of an edition's year on the shelf."""
    return next(year for year, own in shelf().by_year.items() if own.as_of == of.as_of)


def change_years() -> tuple[str, str, str]:
    """Return the two years whose difference is told, and the year of their common boundaries."""
    chosen, years = state.choice(), list(shelf().by_year)
    other = chosen.beside or years[0 if chosen.year != years[0] else -1]
    first, last = sorted((other, chosen.year), key=years.index)
    return first, last, chosen.boundary or last


def change_refusals() -> dict[str, Problem]:
    """Say on which years' boundaries the two chosen years cannot be shown, and why."""
    first, last, _ = change_years()
    asked = {
        common: shelf().problem(first, common) or shelf().problem(last, common)
        for common in shelf().by_year
    }
    return {common: problem for common, problem in asked.items() if problem}


def map_year() -> str:
    """Return the year the map with a slider stands on."""
    years = [year_of(edition) for edition in all_years()]
    return state.choice().at if state.choice().at in years else years[-1]


def levels(indicator: str = "") -> list[str]:
    """Return the levels a map of an indicator, usually the chosen one, can be drawn at."""
    wanted, offered = indicator or state.choice().indicator, shelf().choices.levels
    return [name for name in offered if edition().has(wanted, name)] or list(offered)


def level() -> str:
    """Return the level of the map: the chosen one, or the next larger that the indicator has."""
    found, wanted = levels(), LEVELS.index(state.choice().level)
    return next((name for name in found if LEVELS.index(name) >= wanted), found[-1])


def measures() -> list[str]:
    """Return what the map with a slider can show at the chosen level."""
    chosen = state.choice().level
    names = [name for name in state.MEASURED if newest().has(name, chosen)]
    return [name for name in names if chosen != "rt" or not name.startswith("n_rt")]


def measured() -> str:
    """Return what the map with a slider shows."""
    found, wanted = measures(), state.choice().measured
    return wanted if wanted in found else found[0]


def desa_of(rt_id: str) -> str:
    """Return the desa of an RT."""
    return shelf().choices.areas.above(rt_id)["desa"]


def scope() -> tuple[str, str]:
    """Return the area the page is about, and its level."""
    area = state.choice().area
    if area:
        return area, shelf().choices.areas.level(area)
    return ranks.kabupaten_id(edition()) or "", "kabupaten"


def part_level() -> str:
    """Return the level of the parts of the chosen area: desa inside a kecamatan."""
    return "desa" if state.choice().kecamatan else "kecamatan"


def small_level(indicator: str) -> str:
    """Return the level of a small map: desa, and RT inside a desa."""
    found = levels(indicator)
    wanted = "rt" if state.choice().desa else "desa"
    return wanted if wanted in found else found[0]


def reach_level() -> str:
    """Return the level of the parts whose reach is told: RT inside a desa where it is known."""
    wanted = "rt" if state.choice().desa else part_level()
    return wanted if wanted in levels(group_indicator()) else "desa"


def reach_within() -> str:
    """Return the area whose parts' reach is told; empty is the whole kabupaten."""
    chosen = state.choice()
    return chosen.area if reach_level() == "rt" else chosen.desa or chosen.kecamatan


def narrowed_to(area_id: str) -> dict[str, str]:
    """Return the choice that looks into an area: its parts, one level finer where there is one."""
    choices = shelf().choices
    own = LEVELS.index(choices.areas.level(area_id))
    finer = [level for level in choices.levels if LEVELS.index(level) < own]
    changes = choices.areas.above(area_id) | {"focus": ""}
    return changes | ({"level": finer[-1]} if finer else {})


def topic() -> str:
    """Return the topic of the chosen indicator."""
    return edition().indicator(state.choice().indicator).topic


def indicators_of_topic(wanted: str) -> list[str]:
    """Return the indicators of a topic, the usual one of all first."""
    by_id = {indicator.id: indicator.topic for indicator in edition().indicators}
    return [i for i in shelf().choices.indicators if by_id.get(i) == wanted]


def pillar() -> str:
    """Return the chosen pillar, or that of the chosen programme."""
    group = state.choice().group
    if not group or "/" in group:
        return group
    pillars = edition().programmes["pillar"]
    return f"pillar/{pillars[group]}" if group in pillars.index else ""


def group_indicator() -> str:
    """Return the indicator that tells the reach of the chosen programme, pillar or all."""
    group = state.choice().group
    return f"coverage_rate:{group}" if group else "none_reached_rate"


# ── maps ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class View:
    """What decides how a map looks, apart from what is marked on it."""

    year: str
    boundary: str
    level: str
    indicator: str
    breaks: Method
    language: str
    area: str
    briefing: bool
    shapes: str = ""


def view(at_level: str = "", indicator: str = "", year: str = "", area: str | None = None) -> View:
    """Return what a map shows of the present choice, some of it given."""
    chosen = state.choice()
    return View(
        year or chosen.year,
        boundary(),
        at_level or level(),
        indicator or chosen.indicator,
        chosen.breaks,
        chosen.language,
        chosen.area if area is None else area,
        chosen.briefing,
    )


def paint(key: str, shown: View, sync: str = "", selected: str = "") -> Paint:
    """Return what a map shows; `key` is the name of the map, `sync` joins maps that move as one."""
    marked = selected or state.choice().focus
    return _marked(_paint(shelf(), shown), key=key, sync=sync, selected=marked)


def paint_step(key: str, shown: View) -> Paint:
    """Return one year on a map whose shapes stay those of the newest year."""
    newest = shelf().choices.years[-1]
    return paint(key, replace(shown, shapes=newest))


def paint_change_of(key: str, shown: View) -> Paint:
    """Return a map of the change between the two chosen years, on common boundaries."""
    first, last, common = change_years()
    made = _paint_change(shelf(), first, replace(shown, year=last, boundary=common))
    return _marked(made, key=key, selected=state.choice().focus)


def _marked(made: Paint, **own: str) -> Paint:
    # what a reader marks is not part of what is cached
    return replace(made, content=made.content | {name: v for name, v in own.items() if v})


@lru_cache(maxsize=256)
def _paint(source: Shelf, shown: View) -> Paint:
    return paint_from(
        source.seen(shown.year, shown.boundary),
        shown.level,
        shown.indicator,
        method=shown.breaks,
        language=shown.language,
        pool=source.series(shown.boundary),
        shapes=source.seen(shown.shapes, shown.boundary) if shown.shapes else None,
        focus=shown.area or None,
        rapat=shown.briefing,
    )


@lru_cache(maxsize=128)
def _paint_change(source: Shelf, first: str, shown: View) -> Paint:
    return paint_change(
        source.seen(first, shown.boundary),
        source.seen(shown.year, shown.boundary),
        shown.level,
        shown.indicator,
        language=shown.language,
        pool=source.series(shown.boundary),
        focus=shown.area or None,
        rapat=shown.briefing,
    )
