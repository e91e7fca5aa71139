"""The door: which editions a reader may see. No other file of the pages opens an edition.

A planner's machine has two shelves: the main one, which may hold internal editions with exact
numbers, and the public one. In a meeting everything is read from the public shelf. Where the main
shelf itself is public, nothing else is ever opened. Where there are accounts, the main shelf is
for those whose role may open internal editions; everybody else is the public.

What is read is shared by all readers and never changed in place; everything that is looked up in
it is kept under the shelf it came from.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import streamlit as st

from dashboard import assets, sios, state
from dashboard.choices import Choices, year_keys
from pbrt_geo.edition import ABOUT, Edition, read_shelf
from pbrt_geo.errors import PbrtError, Problem
from pbrt_geo.series import conversion_problem, on_boundaries
from pbrt_geo.show import words

SHELF_VARIABLE = "PBRT_EDITIONS"
PUBLIC_VARIABLE = "PBRT_PUBLIC"
_ROOT = Path(__file__).resolve().parents[1]
DEFAULT_SHELF = _ROOT / "editions"
DEFAULT_PUBLIC = _ROOT / "public"


class NoPublicShelf(PbrtError):
    """
    There is nothing that may be shown in a meeting.

    `why` is `missing` (no edition there), `internal` (one that is not public) or `unreadable`
    (the problems say what is wrong).
    """

    why = "missing"


@dataclass(frozen=True, eq=False)
class Shelf:
    """The editions of one region by the name of their year, oldest first."""

    by_year: Mapping[str, Edition]
    choices: Choices

    @property
    def is_public(self) -> bool:
        """Tell whether all of it may be shown to everybody."""
        return self.choices.is_public

    @property
    def editions(self) -> list[Edition]:
        """All editions, oldest first."""
        return list(self.by_year.values())

    def name(self, area_id: str) -> str:
        """Name an area with its level, also one of another year."""
        return words.area_name(self.choices.areas.table.loc[area_id])

    def problem(self, year: str, boundary: str) -> Problem | None:
        """Say why a year cannot be shown on the boundaries of another; None where it can."""
        return _problem(self, year, boundary)

    def seen(self, year: str, boundary: str = "") -> Edition:
        """Return the edition of a year, on the boundaries of another where that can be shown."""
        return _seen(self, year, boundary)

    def series(self, boundary: str = "", last: str = "") -> list[Edition]:
        """Return the years up to `last`, oldest first; with a boundary those shown on it."""
        years = list(self.by_year)
        wanted = years[: years.index(last) + 1] if last else years
        return [self.seen(y, boundary) for y in wanted if not self.problem(y, boundary)]


def shelf() -> Shelf:
    """
    Return the shelf this reader may see: the only way from a page to an edition.

    Raises
    ------
    NoPublicShelf
        In a meeting, or for whoever may not see an internal edition, if there is no public shelf
        or an edition on it is not public.
    EditionError
        If the main shelf cannot be read.
    """
    main = _read(shelf_folder())
    return main if main.is_public or not is_for_the_public() else _public()


def is_for_the_public() -> bool:
    """Tell whether only public editions may be shown now: in a meeting, or to this reader."""
    return state.is_briefing() or (sios.is_on() and not sios.may("internal_editions"))


def shelf_folder() -> Path:
    """Return the folder of the main shelf: the one that is named, else the first that is there."""
    named = os.environ.get(SHELF_VARIABLE)
    if named:
        return Path(named)
    found = (folder for folder in (DEFAULT_SHELF, public_folder()) if _holds_editions(folder))
    return next(found, DEFAULT_SHELF)


def public_folder() -> Path:
    """Return the folder of the public shelf."""
    return Path(os.environ.get(PUBLIC_VARIABLE) or DEFAULT_PUBLIC)


def _holds_editions(folder: Path) -> bool:
    return any(folder.glob(f"*/{ABOUT}")) or (folder / ABOUT).exists()


def _public() -> Shelf:
    if not _holds_editions(public_folder()):
        raise NoPublicShelf
    try:
        found = _read(public_folder())
    except PbrtError as error:
        raise _refused("unreadable", *error.problems) from error
    if not found.is_public:
        raise _refused("internal")
    return found


def _refused(why: str, *problems: Problem) -> NoPublicShelf:
    error = NoPublicShelf(*problems)
    error.why = why
    return error


@st.cache_resource(show_spinner=False)
def _read(folder: Path) -> Shelf:
    """Read all editions of a folder, which are of one region."""
    editions = read_shelf(folder)
    assets.prepare(editions)
    return Shelf(dict(zip(year_keys(editions), editions, strict=True)), Choices.of(editions))


@lru_cache(maxsize=256)
def _problem(source: Shelf, year: str, boundary: str) -> Problem | None:
    if not boundary or year == boundary or source.is_public:
        return None  # a public edition is never carried to other boundaries
    return conversion_problem(source.editions, source.by_year[year], source.by_year[boundary])


@lru_cache(maxsize=64)
def _seen(source: Shelf, year: str, boundary: str) -> Edition:
    own = source.by_year[year]
    if not boundary or year == boundary or source.is_public or source.problem(year, boundary):
        return own
    return on_boundaries(source.editions, own, source.by_year[boundary])
