"""Editions: sealed, dated folders of numbers by area. Everything people see is read from one.

An edition holds no personal data: values per area, the areas with their boundaries, and what the
numbers rest on. Its `id` is the hash of all its content, so two people who name the same id see
the same numbers; building the same input twice gives the same bytes.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from pbrt_geo.errors import EditionError
from pbrt_geo.schema import LEVELS

FORMAT = 3
"""Version of the folder layout; a reader refuses a newer one. Format 1 has no events and nothing
on the boundaries of another date, format 2 nothing on what changed between two dates; both still
open, with those tables empty."""

ABOUT = "edition.json"

CELL = ("value", "numerator", "denominator", "known_rate", "state")
"""Columns of one number in `values`; `column` adds `evidence`."""

RANGE = ("low", "high", "closed", "since")
"""Columns that say in a public edition between what a number lies: in [low, high), or [low, high]
where `closed`; NaN where it has no end. `since` is the date of which that was said."""

SINCE_FORMAT_2: dict[str, tuple[str, ...]] = {
    "events": (
        *("event_id", "level", "kind", "date", "sk_number"),
        *("corrects", "reason", "note", "source"),
    ),
    "event_units": (
        *("event_id", "role", "unit_id", "parent_id", "number"),
        *("rw", "dusun", "name", "idsls"),
    ),
    "crosswalk": (
        *("data_date", "boundary_date", "from_id", "to_id"),
        *("weight", "n_households", "evidence"),
    ),
    "converted": (
        *("data_date", "boundary_date", "area_id", "level", "indicator"),
        *(*CELL, "evidence"),
    ),
}
"""Columns of the tables that a folder of format 1 does not have."""

SINCE_FORMAT_3: dict[str, tuple[str, ...]] = {
    "turnover": ("before", "after", "indicator", "group", "n_changed", "bound"),
    "kin": ("before", "after", "group", "side", "rt_id"),
    "earlier": ("date", "area_id", "indicator", "denominator"),
}
"""Columns of the tables that a folder of format 2 does not have either."""


_LISTS = ("breaks", "classes")


@dataclass(frozen=True)
class Indicator:
    """What an edition says about one of its indicators."""

    id: str
    base: str
    member: str
    kind: str
    topic: str
    better: str | None
    breaks: tuple[float, ...]
    classes: tuple[float, ...] = ()
    """Inner limits of the classes in which a public edition tells it of an RT."""


@dataclass(frozen=True)
class Edition:
    """A sealed edition on disk; tables are read when first asked for and never changed."""

    path: Path
    about: dict[str, Any]

    @property
    def id(self) -> str:
        """Hash of the content, hexadecimal."""
        return self.about["id"]

    @property
    def as_of(self) -> dt.date:
        """Date on which the numbers were true."""
        return dt.date.fromisoformat(self.about["as_of"])

    @property
    def is_public(self) -> bool:
        """Tell whether it may be shown to everybody: it then says ranges, and counts nobody."""
        return self.about.get("kind") == "public"

    @cached_property
    def areas(self) -> pd.DataFrame:
        """All areas of all levels, indexed by `area_id`."""
        return self._table("areas").set_index("area_id")

    @cached_property
    def values(self) -> pd.DataFrame:
        """All numbers: one row per indicator and area; in a public edition with `RANGE`."""
        return self._table("values")

    @cached_property
    def programmes(self) -> pd.DataFrame:
        """Programmes on the date, indexed by `programme_id`."""
        return self._table("programmes").set_index("programme_id")

    @cached_property
    def rt_lives(self) -> pd.DataFrame:
        """Every RT that ever lived up to the date: desa, `born`, `ended`; indexed by `rt_id`."""
        return self._table("rt_lives").set_index("rt_id")

    @cached_property
    def events(self) -> pd.DataFrame:
        """Events in force up to the date, of units of all levels, by date; by `event_id`."""
        return self._later_table("events").set_index("event_id")

    @cached_property
    def event_units(self) -> pd.DataFrame:
        """Units before and after each event: `event_id`, `role`, `unit_id`, what holds then."""
        return self._later_table("event_units")

    @cached_property
    def crosswalk(self) -> pd.DataFrame:
        """
        How the people of RTs were carried between the date and each earlier round, both ways.

        Returns
        -------
        crosswalk
            `data_date`, `boundary_date`, `from_id` (RT on the date of the data), `to_id` (RT on
            the date of the boundaries), `weight` (share of the people of `from_id`),
            `n_households`, `evidence`. An RT to which nothing happened is not listed.
        """
        return self._later_table("crosswalk")

    @cached_property
    def converted(self) -> pd.DataFrame:
        """
        Numbers on the boundaries of another date, both ways, of areas that are not the same.

        Returns
        -------
        converted
            `data_date`, `boundary_date`, `area_id`, `level`, `indicator`, the cell as in
            `values`, and `evidence`. Read them with `pbrt_geo.series.on_boundaries`.
        """
        return self._later_table("converted")

    @cached_property
    def turnover(self) -> pd.DataFrame:
        """
        How many households changed between any two rounds up to the date, per group of RTs.

        Returns
        -------
        turnover
            `before`, `after` (rounds, the earlier first), `indicator`, `group` (of `kin`, of the
            same two rounds), `n_changed` (households that came into the group, left it or changed
            what they add to the indicator), `bound` (most by which the numerator of the group can
            have changed through them, in households or residents). Empty in a public edition.
        """
        return self._later_table("turnover")

    @cached_property
    def kin(self) -> pd.DataFrame:
        """
        Which RTs of two rounds belong together because people or land passed between them.

        Returns
        -------
        kin
            `before`, `after`, `group`, `side` (`before` or `after`), `rt_id`. Every RT of both
            rounds is in one group; an RT to which nothing happened is one of its own.
        """
        return self._later_table("kin")

    @cached_property
    def earlier(self) -> pd.DataFrame:
        """
        Denominators of the RTs on each earlier round, as known now.

        Returns
        -------
        earlier
            `date` (of the round), `area_id` (an RT of that date), `indicator`, `denominator` (NaN
            for counts).
        """
        return self._later_table("earlier")

    @cached_property
    def overlaps(self) -> pd.DataFrame:
        """Households of the whole region that two programmes both reach, square by programme."""
        return self._table("overlaps").set_index("programme_id")

    @cached_property
    def indicators(self) -> list[Indicator]:
        """All indicators of the edition, in the order of declaration."""
        return [
            Indicator(**entry | {name: tuple(entry[name]) for name in _LISTS if name in entry})
            for entry in self.about["indicators"]
        ]

    def indicator(self, indicator_id: str) -> Indicator:
        """
        Return one indicator.

        Raises
        ------
        EditionError
            If the edition has no such indicator.
        """
        for indicator in self.indicators:
            if indicator.id == indicator_id:
                return indicator
        raise EditionError.of("no_indicator", indicator=indicator_id)

    @cached_property
    def _blocks(self) -> dict[tuple[str, str], slice]:
        """Where the rows of each indicator and level stand in `values`."""
        return blocks_of(self.values)

    def has(self, indicator_id: str, level: str) -> bool:
        """Tell whether an indicator exists at a level."""
        return (indicator_id, level) in self._blocks

    def column(self, indicator_id: str, level: str) -> pd.DataFrame:
        """
        Return one indicator at one level.

        Returns
        -------
        column
            `value`, `numerator`, `denominator`, `known_rate`, `state`, `evidence`, indexed by
            `area_id`, in the order of `areas`. `evidence` is empty for a number of this date on
            the boundaries of this date, else one of `schema.EVIDENCE`. A public edition adds
            `RANGE`, and has no numerator, denominator and `known_rate`.
        """
        if not self.has(indicator_id, level):
            raise EditionError.of("no_indicator", indicator=f"{indicator_id} ({level})")
        block = self.values.iloc[self._blocks[indicator_id, level]]
        names = [*CELL, *(RANGE if self.is_public else ())]
        return block.set_index("area_id")[names].assign(evidence="")

    def column_on(self, indicator_id: str, level: str, areas: pd.Index) -> pd.DataFrame:
        """Return `column` for the areas of another date; an area unknown here did not exist."""
        column = self.column(indicator_id, level).astype({"state": "object"}).reindex(areas)
        column = column.fillna({"state": "not_yet_formed", "evidence": ""})
        if self.is_public:
            column["closed"] = column["closed"].eq(True)
        return column

    def wide(self, level: str) -> pd.DataFrame:
        """Return the values of all indicators at one level, a column each, by `area_id`."""
        names = [indicator.id for indicator in self.indicators if self.has(indicator.id, level)]
        return pd.DataFrame({name: self.column(name, level)["value"] for name in names})

    def ids(self, level: str) -> pd.Index:
        """Return the areas of one level."""
        return self.areas.index[self.areas["level"] == level]

    def boundaries(self, level: str) -> gpd.GeoDataFrame:
        """Return the polygons of one level, indexed by `area_id`; areas without one are absent."""
        return gpd.read_parquet(self.path / f"boundaries_{level}.parquet").set_index("area_id")

    def map_file(self, level: str) -> Path:
        """Return the simplified GeoJSON of one level, made for browsers."""
        return self.path / f"map_{level}.json"

    @property
    def mapped_levels(self) -> tuple[str, ...]:
        """Levels that have at least one polygon."""
        return tuple(level for level in LEVELS if self.about["n_polygons"][level])

    @property
    def is_converted(self) -> bool:
        """Tell whether its numbers stand on the boundaries of another date."""
        return bool(self.about.get("converted"))

    def _later_table(self, name: str) -> pd.DataFrame:
        first = 2 if name in SINCE_FORMAT_2 else 3
        if self.about["format"] < first:
            return pd.DataFrame(columns=list((SINCE_FORMAT_2 | SINCE_FORMAT_3)[name]))
        return self._table(name)

    def _table(self, name: str) -> pd.DataFrame:
        try:
            return pd.read_parquet(self.path / f"{name}.parquet")
        except (OSError, ValueError) as error:
            raise EditionError.of(
                "damaged", edition=self.path.name, file=f"{name}.parquet"
            ) from error


def blocks_of(table: pd.DataFrame) -> dict[tuple[str, str], slice]:
    """Return where the rows of each indicator and level stand, which must be together."""
    keys = table[["indicator", "level"]].astype("str")
    first = (keys != keys.shift()).any(axis=1)
    starts = [*first.to_numpy().nonzero()[0], len(keys)]
    names = keys[first].itertuples(index=False, name=None)
    return {name: slice(a, b) for name, a, b in zip(names, starts[:-1], starts[1:], strict=True)}


def read_edition(path: Path | str) -> Edition:
    """
    Open an edition folder; its content is read later, as it is needed.

    Raises
    ------
    EditionError
        If the folder is no edition, is damaged, or was made by a newer version.
    """
    folder = Path(path)
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        known = about["format"]
    except FileNotFoundError as error:
        raise EditionError.of("no_edition", folder=folder.name) from error
    except (ValueError, KeyError, OSError) as error:
        raise EditionError.of("damaged", edition=folder.name, file=ABOUT) from error
    if known > FORMAT:
        raise EditionError.of("newer_format", edition=folder.name)
    return Edition(folder, about)


def read_shelf(path: Path | str) -> list[Edition]:
    """
    Open all editions of a folder, by date; the folder may also be an edition itself.

    Raises
    ------
    EditionError
        If there is none, if two have the same date, or if they are of several regions.
    """
    folder = Path(path)
    if (folder / ABOUT).exists():
        return [read_edition(folder)]
    found = [read_edition(file.parent) for file in sorted(folder.glob(f"*/{ABOUT}"))]
    if not found:
        raise EditionError.of("empty_shelf", folder=folder.name)
    if len({edition.about["region"]["id"] for edition in found}) > 1:
        raise EditionError.of("several_regions", folder=folder.name)
    if len({edition.as_of for edition in found}) < len(found):
        raise EditionError.of("same_date_twice", folder=folder.name)
    return sorted(found, key=lambda edition: edition.as_of)


def content_hash(about: dict[str, Any]) -> str:
    """Return the hash of an edition: of its description, in which every file's hash stands."""
    content = {key: value for key, value in about.items() if key != "id"}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
