"""Indicative boundaries of a region's own households, drawn and stored, all or nothing.

Only RT without a polygon are drawn. A polygon that was drawn here before gives way in every desa
that is drawn again; an imported one never does.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.boundaries.indicative import (
    DRAWN,
    SQUARE_M,
    Indicative,
    drawn_here,
    indicative_boundaries,
)
from pbrt_geo.boundaries.merging import merge
from pbrt_geo.boundaries.shapes import METRES_PER_DEGREE
from pbrt_geo.boundaries.tables import write_all
from pbrt_geo.codes import is_rt_id
from pbrt_geo.errors import BoundaryError, FileRefused
from pbrt_geo.region import read_region
from pbrt_geo.schema import RT_BOUNDARIES
from pbrt_geo.state import State
from pbrt_geo.text import say


def build_indicative(
    region_dir: Path | str,
    date: dt.date,
    labels: Path | str | None = None,
    square_m: float = SQUARE_M,
) -> Indicative:
    """
    Draw the RT that have no polygon on `date` from the latest round of households, and store them.

    The land of a desa is its polygon (`area_boundaries`) without the RT that have an imported one.
    New polygons hold from `date`; in their desa, what was drawn here before ends on that day.

    Parameters
    ----------
    region_dir
        Region folder; its `rt_boundaries.parquet` is written.
    date
        Day on which the RT live, and first day of the polygons.
    labels
        CSV with `rt_id`, `lon`, `lat`: a place for RT that have too few houses with a point.
    square_m
        As in `indicative_boundaries`.

    Raises
    ------
    BoundaryError
        If no RT lacks a polygon, or none can be drawn; nothing is written.
    FileRefused
        If `labels` is no such table.
    """
    region = read_region(region_dir)
    state = region.on(date)
    wanted, kept = _wanted(state)
    if wanted.empty:
        raise BoundaryError.of("indicative_complete", date=date.isoformat())
    marks = None if labels is None else read_labels(labels, state)
    land = _free_land(state, wanted, kept, square_m)
    made = indicative_boundaries(_houses(state), land, wanted, marks, square_m)
    if made.boundaries.empty:
        raise BoundaryError.of("indicative_none", n=len(wanted))
    old = _without_older_cells(region.tables["rt_boundaries"], made.boundaries, state)
    ends = state.rt_lives["ended"].dropna()
    merged = merge(old, _cells(made.boundaries, date), RT_BOUNDARIES, date, ends)
    write_all({Path(region_dir) / "rt_boundaries.parquet": merged.parquet()})
    return made


def read_labels(path: Path | str, state: State) -> gpd.GeoDataFrame:
    """
    Read a table of label points for RT that live on the date of `state`.

    Raises
    ------
    FileRefused
        If it is no CSV with `rt_id`, `lon`, `lat`, or rows are wrong, repeated or not living.
    """
    name = Path(path).name
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise FileRefused.of("labels_unreadable", file=name) from error
    if not {"rt_id", "lon", "lat"} <= set(rows.columns):
        raise FileRefused.of("labels_unreadable", file=name)
    lon, lat = (pd.to_numeric(rows[column], errors="coerce") for column in ("lon", "lat"))
    bad = ~rows["rt_id"].map(is_rt_id).astype(bool) | rows["rt_id"].duplicated(keep=False)
    bad |= ~lon.between(-180, 180) | ~lat.between(-90, 90)
    _refuse("labels_rows", bad, file=name)
    unknown = ~rows["rt_id"].isin(state.rt.index)
    _refuse("labels_unknown", unknown, file=name, date=state.date.isoformat())
    return gpd.GeoDataFrame(rows[["rt_id"]], geometry=gpd.points_from_xy(lon, lat), crs=4326)


def _refuse(key: str, bad: pd.Series, **facts: Any) -> None:
    if bad.any():
        rows = ", ".join(str(row + 2) for row in np.flatnonzero(bad)[:5])
        raise FileRefused.of(key, n=int(bad.sum()), rows=rows, **facts)


def _wanted(state: State) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Return the RT to draw, and the polygons that stay."""
    kept = state.boundaries[~drawn_here(state.boundaries)]
    without = state.rt.index.difference(state.boundaries.index)
    desa = state.rt.loc[without, "desa_id"].unique()
    open_ = state.rt["desa_id"].isin(desa) & ~state.rt.index.isin(kept.index)
    return state.rt[open_], kept


def _houses(state: State) -> gpd.GeoDataFrame:
    table = state.households
    lon = table["lon"].to_numpy(dtype=float, na_value=np.nan)
    lat = table["lat"].to_numpy(dtype=float, na_value=np.nan)
    points = shapely.points(lon, lat)
    points[np.isnan(lon) | np.isnan(lat)] = None
    rt = table["rt_id"].to_numpy()
    return gpd.GeoDataFrame({"rt_id": rt}, geometry=points, crs=4326)


def _free_land(
    state: State, wanted: pd.DataFrame, kept: gpd.GeoDataFrame, square_m: float
) -> gpd.GeoDataFrame:
    """Return the land of each desa that no imported polygon covers; slips of drawing left out."""
    known = state.area_boundaries.index.intersection(wanted["desa_id"].unique())
    desa = state.area_boundaries.loc[known, ["geometry"]]
    taken, land = kept.geometry.to_numpy(), desa.geometry.to_numpy().copy()
    one, other = shapely.STRtree(taken).query(land, predicate="intersects")
    cut = ~shapely.touches(land[one], taken[other])
    for place in np.unique(one[cut]):
        covered = shapely.union_all(taken[other[cut & (one == place)]])
        parts = shapely.get_parts(shapely.difference(land[place], covered))
        large = shapely.area(parts) >= (square_m / METRES_PER_DEGREE) ** 2
        land[place] = shapely.multipolygons(parts[large])
    return gpd.GeoDataFrame(index=desa.index, geometry=land, crs=4326)


def _cells(made: gpd.GeoDataFrame, date: dt.date) -> gpd.GeoDataFrame:
    """Return the cells as rows of `rt_boundaries`."""
    told = {b: say(f"indicative.source.{b}", "id", date=date.isoformat()) for b in DRAWN}
    rows = {"rt_id": made.index, "valid_from": date, "valid_to": None}
    about = {"boundary_kind": "indicative", "source": made["basis"].map(told).to_numpy()}
    return gpd.GeoDataFrame(rows | about, geometry=made.geometry.to_numpy(), crs=4326)


def _without_older_cells(
    old: gpd.GeoDataFrame, made: gpd.GeoDataFrame, state: State
) -> gpd.GeoDataFrame:
    """Return the table; in desa that are drawn again, what was drawn here before ends."""
    day = pd.Timestamp(state.date)
    holds = (old["valid_from"] <= day) & (old["valid_to"].isna() | (old["valid_to"] > day))
    desa = old["rt_id"].map(state.rt_lives["desa_id"])
    gives_way = holds & drawn_here(old) & desa.isin(made["desa_id"])
    ended = old.assign(valid_to=old["valid_to"].mask(gives_way, day))
    return ended[~(gives_way & (old["valid_from"] == day))]
