"""Putting new polygons into a table of polygons in time: what ends, what gives way, what stays.

Intervals are half-open: a polygon that ends on the day of the import no longer holds on it.

| what is in the table | what happens to it |
|---|---|
| an earlier polygon of the same unit | ends on the day |
| a later polygon of the same unit | ends the new one |
| a polygon of an RT that has ended | ends with its RT |
| another's that is not official, where the new one is | gives way: see `_give_way` |
| another's cell that was drawn here from points | gives way to any polygon |
| any other polygon that overlaps | stays, and the import is refused |
"""

import datetime as dt
import io
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.boundaries.indicative import drawn_here
from pbrt_geo.boundaries.pairing import MAINLY
from pbrt_geo.boundaries.shapes import LEAST_OVERLAP_M2, area_m2, overlaps
from pbrt_geo.errors import BoundaryError
from pbrt_geo.schema import Table

OFFICIAL = "official"


@dataclass(frozen=True)
class Merged:
    """
    A table with new polygons in it.

    `before` are the polygons of the same units, and of RTs that have ended, that held on the day
    or the day before. `n_gave_way` counts the polygons that the new ones ended, `n_trimmed` those
    that lost land to them.
    """

    rows: gpd.GeoDataFrame
    before: gpd.GeoDataFrame
    n_gave_way: int = 0
    n_trimmed: int = 0

    def parquet(self) -> bytes:
        """Return the table as a file."""
        sink = io.BytesIO()
        self.rows.to_parquet(sink, index=False, compression="zstd")
        return sink.getvalue()


def merge(
    old: gpd.GeoDataFrame | None,
    new: gpd.GeoDataFrame,
    table: Table,
    date: dt.date,
    ends: pd.Series | None = None,
) -> Merged:
    """
    Put `new`, which holds from `date`, into the polygons a region has.

    Parameters
    ----------
    old
        The table, or None if there is none yet.
    ends
        By unit that does not live on `date`: the day on which it ended.

    Raises
    ------
    BoundaryError
        If a new polygon would overlap another one that stays.
    """
    day, key = pd.Timestamp(date), table.key[0]
    new = _dated(new)
    if old is None:
        return Merged(_ordered(new, table), new.iloc[:0])
    ended = old[key].isin([] if ends is None else ends.index)
    held = _holds(old, day) | _holds(old, day - pd.Timedelta(days=1))
    before = old[(old[key].isin(new[key]) | ended) & held].sort_values("valid_from")
    before = before.drop_duplicates(key, keep="last")
    kept = _ended_with_unit(old, key, ends)
    kept, new = _succeeded(kept, new, key, day)
    kept, n_gave_way, n_trimmed = _give_way(kept, new, day)
    _refuse_overlap(kept, new, day)
    rows = _ordered(pd.concat([kept, new], ignore_index=True), table)
    return Merged(rows, before, n_gave_way, n_trimmed)


def _holds(rows: gpd.GeoDataFrame, day: pd.Timestamp) -> pd.Series:
    return (rows["valid_from"] <= day) & (rows["valid_to"].isna() | (rows["valid_to"] > day))


def _ended_with_unit(rows: gpd.GeoDataFrame, key: str, ends: pd.Series | None) -> gpd.GeoDataFrame:
    """A polygon holds no longer than its unit lives."""
    if ends is None or ends.empty:
        return rows
    end = rows[key].map(ends).astype("datetime64[s]")
    longer = end.notna() & (rows["valid_to"].isna() | (rows["valid_to"] > end))
    rows = rows.assign(valid_to=rows["valid_to"].mask(longer, end))
    return rows[rows["valid_to"].isna() | (rows["valid_from"] < rows["valid_to"])]


def _succeeded(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, key: str, day: pd.Timestamp
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """End the earlier polygons of the same units; a later one ends the new."""
    own = old[key].isin(new[key])
    later = old[own & (old["valid_from"] > day)].groupby(key)["valid_from"].min()
    new = new.assign(valid_to=later.reindex(new[key]).to_numpy().astype("datetime64[s]"))
    kept = old[~(own & (old["valid_from"] == day))].copy()
    ends = kept[key].isin(new[key]) & _holds(kept, day)
    kept.loc[ends, "valid_to"] = day
    return kept, new


def _lesser(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> pd.Series:
    """Tell which rows rank less than the new ones: cells drawn here do in any case."""
    official = bool((new["boundary_kind"] == OFFICIAL).all())
    return drawn_here(old) | ((old["boundary_kind"] != OFFICIAL) & official)


def _give_way(
    kept: gpd.GeoDataFrame, new: gpd.GeoDataFrame, day: pd.Timestamp
) -> tuple[gpd.GeoDataFrame, int, int]:
    """
    Let polygons of less rank make room for the new ones, from the day on.

    One that lies mainly under new ones ends; one that they only graze keeps the rest, so
    that a line drawn from points does not cost a neighbour its whole polygon.
    """
    weak = kept[_lesser(kept, new) & _holds(kept, day)]
    shapes, over = weak.geometry.to_numpy(), new.geometry.to_numpy()
    first, second = shapely.STRtree(over).query(shapes, predicate="intersects")
    m2 = area_m2(shapely.intersection(shapes[first], over[second]))
    covered = np.bincount(first, m2, minlength=len(weak))
    touched = covered > LEAST_OVERLAP_M2
    if not touched.any():
        return kept, 0, 0
    weak, shapes = weak[touched], shapes[touched]
    lies_under = covered[touched] > MAINLY * area_m2(shapes)
    rest = shapely.difference(shapes, shapely.union_all(over[np.unique(second)]))
    rests = weak.set_geometry(gpd.GeoSeries(rest, index=weak.index, crs=4326))[~lies_under]
    others = kept.drop(index=weak.index)
    earlier = weak[weak["valid_from"] < day].assign(valid_to=day)
    parts = [others, earlier, rests.assign(valid_from=day)]
    rows = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True))
    return _dated(rows), int(lies_under.sum()), len(rests)


def _refuse_overlap(kept: gpd.GeoDataFrame, new: gpd.GeoDataFrame, day: pd.Timestamp) -> None:
    """The polygons that hold on the day, old and new together, must not overlap."""
    stay = kept.geometry[_holds(kept, day)].to_numpy()
    found = overlaps([*stay, *new.geometry.to_numpy()])
    mixed = (found.first < len(stay)) & (found.second >= len(stay))
    if mixed.any():
        facts = {"n": int(mixed.sum()), "ha": round(float(found.m2[mixed].sum()) / 1e4, 4)}
        raise BoundaryError.of("boundary_overlaps_region", **facts)


def _dated(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    columns = ("valid_from", "valid_to")
    return rows.assign(**{c: pd.to_datetime(rows[c]).astype("datetime64[s]") for c in columns})


def _ordered(rows: gpd.GeoDataFrame, table: Table) -> gpd.GeoDataFrame:
    columns = [column.name for column in table.columns]
    return rows.sort_values(list(table.key), ignore_index=True)[columns]
