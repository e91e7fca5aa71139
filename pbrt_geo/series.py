"""Series on common boundaries: the numbers of one edition on the boundaries of another.

An RT that split is not the same RT in two years. For a fair comparison the numbers of every year
are carried to the boundaries of one year; the later of two editions holds what was carried
between them, in both directions, and says on what evidence.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from pbrt_geo.edition import CELL, Edition, blocks_of
from pbrt_geo.errors import EditionError, Problem


@dataclass(frozen=True)
class ConvertedEdition(Edition):
    """
    The numbers of `data` on the areas of `boundary`; behaves as an edition, but is in no folder.

    Its date, programmes and lives of RTs are those of `data`, its areas, polygons and maps those
    of `boundary`. `evidence` of a column is empty where a number did not need to be carried.
    """

    data: Edition
    boundary: Edition
    holder: Edition

    @property
    def areas(self) -> pd.DataFrame:  # type: ignore[override]
        """All areas on the date of the boundaries, indexed by `area_id`."""
        return self.boundary.areas

    @cached_property
    def values(self) -> pd.DataFrame:
        """All numbers: one row per indicator and area, with `evidence`."""
        blocks = [
            self.column(name, level)
            .reset_index(names="area_id")
            .assign(level=level, indicator=name, period=pd.Timestamp(self.as_of))
            for name, level in self.data._blocks
        ]
        return pd.concat(blocks, ignore_index=True)

    @property
    def programmes(self) -> pd.DataFrame:  # type: ignore[override]
        """Programmes on the date of the data."""
        return self.data.programmes

    @property
    def rt_lives(self) -> pd.DataFrame:  # type: ignore[override]
        """Every RT that ever lived up to the date of the data."""
        return self.data.rt_lives

    @property
    def overlaps(self) -> pd.DataFrame:  # type: ignore[override]
        """Households that two programmes both reach, on the date of the data."""
        return self.data.overlaps

    @property
    def events(self) -> pd.DataFrame:  # type: ignore[override]
        """Events up to the later of the two dates."""
        return self.holder.events

    @property
    def event_units(self) -> pd.DataFrame:  # type: ignore[override]
        """Units before and after each of `events`."""
        return self.holder.event_units

    @cached_property
    def crosswalk(self) -> pd.DataFrame:
        """How the people of RTs were carried from `data` to `boundary`."""
        return _of_pair(self.holder.crosswalk, self.data.as_of, self.boundary.as_of)

    @cached_property
    def converted(self) -> pd.DataFrame:
        """The numbers that were carried from `data` to `boundary`."""
        return _of_pair(self.holder.converted, self.data.as_of, self.boundary.as_of)

    @cached_property
    def _carried(self) -> dict[tuple[str, str], slice]:
        return blocks_of(self.converted)

    def has(self, indicator_id: str, level: str) -> bool:
        """Tell whether an indicator exists at a level."""
        return self.data.has(indicator_id, level)

    def column(self, indicator_id: str, level: str) -> pd.DataFrame:
        """
        Return one indicator at one level, on the boundaries of the other date.

        Returns
        -------
        column
            As `Edition.column`. `evidence` names what carried a number; it is empty where the
            area is the same on both dates. An area that did not exist on the date of the data
            and got nothing from it is `not_yet_formed`.
        """
        ids = self.boundary.ids(level)
        own = self.data.column(indicator_id, level).astype({"state": "object"})
        column = own.reindex(ids).fillna({"state": "not_yet_formed", "evidence": ""})
        carried = self.converted.iloc[self._carried.get((indicator_id, level), slice(0, 0))]
        places = ids.get_indexer(carried["area_id"])
        for name in (*CELL, "evidence"):
            cells = column[name].to_numpy(copy=True)
            cells[places] = carried[name].to_numpy(dtype=cells.dtype)
            column[name] = cells
        return column

    def boundaries(self, level: str) -> gpd.GeoDataFrame:
        """Return the polygons of one level on the date of the boundaries."""
        return self.boundary.boundaries(level)

    def map_file(self, level: str) -> Path:
        """Return the simplified GeoJSON of one level on the date of the boundaries."""
        return self.boundary.map_file(level)


def conversion_problem(
    shelf: Sequence[Edition], data: Edition, boundary: Edition
) -> Problem | None:
    """Say why the numbers of `data` cannot be shown on `boundary`; None where they can."""
    if data.as_of == boundary.as_of:
        return None
    holder = _holder(shelf, data, boundary)
    earlier = min(data, boundary, key=lambda edition: edition.as_of)
    facts = {
        "data": data.as_of.isoformat(),
        "boundary": boundary.as_of.isoformat(),
        "holder": holder.as_of.isoformat(),
        "earlier": earlier.as_of.isoformat(),
    }
    for refused in holder.about.get("not_converted", []):
        if refused["date"] == earlier.as_of.isoformat():
            return Problem("conversion_impossible", facts | {"reason": refused["reason"].get})
    entry = _entry(holder, data.as_of, boundary.as_of)
    if entry is None:
        return Problem("conversion_missing", facts)
    if entry["values_sha256"] != earlier.about["files"]["values.parquet"]:
        return Problem("conversion_of_other_data", facts)
    return None


def on_boundaries(shelf: Sequence[Edition], data: Edition, boundary: Edition) -> Edition:
    """
    Return the numbers of `data` on the areas of `boundary`: `data` itself if both are of one date.

    Raises
    ------
    EditionError
        If the shelf does not hold what was carried between the two (`conversion_problem`).
    """
    if data.as_of == boundary.as_of:
        return data
    problem = conversion_problem(shelf, data, boundary)
    if problem:
        raise EditionError(problem)
    both = hashlib.sha256(f"{data.id} on {boundary.id}".encode()).hexdigest()
    about = data.about | {
        "id": both,
        "boundary_date": boundary.as_of.isoformat(),
        "n_polygons": boundary.about["n_polygons"],
        "converted": True,
    }
    return ConvertedEdition(boundary.path, about, data, boundary, _holder(shelf, data, boundary))


def _holder(shelf: Sequence[Edition], data: Edition, boundary: Edition) -> Edition:
    """Return the edition that holds what was carried: the later of the two."""
    date = max(data.as_of, boundary.as_of)
    return next(edition for edition in shelf if edition.as_of == date)


def _entry(holder: Edition, data: dt.date, boundary: dt.date) -> dict[str, Any] | None:
    wanted = (data.isoformat(), boundary.isoformat())
    for entry in holder.about.get("conversions", []):
        if (entry["data_date"], entry["boundary_date"]) == wanted:
            return entry
    return None


def _of_pair(table: pd.DataFrame, data: dt.date, boundary: dt.date) -> pd.DataFrame:
    same = table["data_date"] == pd.Timestamp(data)
    same &= table["boundary_date"] == pd.Timestamp(boundary)
    rows = np.flatnonzero(same)
    return table.iloc[rows].reset_index(drop=True)
