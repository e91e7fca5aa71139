"""The only cached calls: the shelf of editions and what the pages look up in it.

What is cached is shared by all readers and never changed in place.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import state
from dashboard.choices import Choices, year_keys
from dashboard.text import say
from pbrt_geo.edition import Edition, read_shelf
from pbrt_geo.show import words

SHELF_VARIABLE = "PBRT_EDITIONS"
DEFAULT_SHELF = Path(__file__).resolve().parents[1] / "editions"


@dataclass(frozen=True)
class Shelf:
    """The editions of one region by the name of their year, oldest first."""

    by_year: Mapping[str, Edition]
    choices: Choices
    n_other_regions: int

    @property
    def editions(self) -> list[Edition]:
        """All editions, oldest first."""
        return list(self.by_year.values())

    @property
    def newest(self) -> Edition:
        """The edition shown to somebody who has not chosen a year."""
        return self.editions[-1]

    def up_to(self, year: str) -> list[Edition]:
        """Return the editions up to a year, oldest first."""
        return self.editions[: list(self.by_year).index(year) + 1]


def shelf_folder() -> Path:
    """Return the folder the editions are read from."""
    return Path(os.environ.get(SHELF_VARIABLE) or DEFAULT_SHELF)


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """Read all editions; those of the region of the newest one are shown."""
    editions = read_shelf(shelf_folder())
    region = editions[-1].about["region"]["id"]
    own = [edition for edition in editions if edition.about["region"]["id"] == region]
    others = {edition.about["region"]["id"] for edition in editions} - {region}
    by_year = dict(zip(year_keys(own), own, strict=True))
    return Shelf(by_year, Choices.of(own), len(others))


def edition() -> Edition:
    """Return the edition of the chosen year."""
    return shelf().by_year[state.choice().year]


def place_and_date(language: str) -> str:
    """Say which place and date a page is about."""
    chosen, areas = state.choice(), shelf().choices.areas
    path = areas.path(chosen.area) if chosen.area else []
    place = " › ".join([words.region_name(edition(), language), *path])
    return say("frame.as_of", language, place=place, date=words.period_name(edition(), language))
