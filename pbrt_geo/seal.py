"""Building editions: the only code that goes from a region to an edition folder."""

import datetime as dt
import html
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.coverage import overlaps
from pbrt_geo.edition import (
    ABOUT,
    FORMAT,
    Edition,
    content_hash,
    file_hash,
    read_edition,
)
from pbrt_geo.files import write_parquet
from pbrt_geo.indicators import catalogue
from pbrt_geo.population import land_km2, land_unit
from pbrt_geo.region import Region
from pbrt_geo.rounds import among_rounds
from pbrt_geo.schema import LEVELS
from pbrt_geo.spatial import geodesic_area_km2
from pbrt_geo.state import State

METHOD_VERSION = "1"
"""Changes whenever a formula changes, so that no two methods are ever compared unknowingly."""

MAP_TOLERANCE_DEGREES = 0.0003  # about 33 m: below a pixel until a desa fills the screen
MAP_DECIMALS = 5  # about 1 m


def build_edition(
    region: Region,
    date: dt.date,
    out: Path | str,
    progress: Callable[[float], None] = lambda share: None,
) -> Edition:
    """
    Compute and seal the edition of `region` on `date` in the folder `out`.

    Everything is written beside `out` first; `out` changes in one step, or not at all. `progress`
    is told the share done, from 0 to 1.
    """
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".edition-", dir=out.parent))
    try:
        _write_content(region, region.on(date), work, progress)
        move_into_place(work, out)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    progress(1.0)
    return read_edition(out)


def _write_content(
    region: Region, state: State, folder: Path, progress: Callable[[float], None]
) -> None:
    boundaries = boundaries_by_level(state)
    progress(0.2)
    areas = area_table(state, boundaries)
    write_parquet(areas, folder / "areas.parquet")
    progress(0.3)
    company = among_rounds(region, state)
    for name, table in company.tables.items():
        write_parquet(table, folder / f"{name}.parquet")
    progress(0.6)
    write_parquet(state.programmes.reset_index(), folder / "programmes.parquet")
    write_parquet(state.rt_lives.reset_index(), folder / "rt_lives.parquet")
    _write_events(state, folder)
    joint = overlaps(state).rename_axis("programme_id").reset_index()
    write_parquet(joint, folder / "overlaps.parquet")
    for level, polygons in boundaries.items():
        write_boundaries(polygons, folder / f"boundaries_{level}.parquet")
        write_map(polygons, areas.set_index("area_id"), folder / f"map_{level}.json")
    progress(0.9)
    told = {"conversions": company.conversions, "not_converted": company.not_converted}
    _seal(region, state, boundaries, folder, **told)


def _seal(
    region: Region,
    state: State,
    boundaries: dict[str, gpd.GeoDataFrame],
    folder: Path,
    **more: list[dict[str, Any]],
) -> None:
    about: dict[str, Any] = {
        "format": FORMAT,
        "kind": "internal",
        "region": {
            "id": region.about["id"],
            "name": region.about["name"],
            "kabupaten_id": region.about["kabupaten_id"],
            "invented": bool(region.about.get("invented")),
        },
        "as_of": state.date.isoformat(),
        "as_of_estimated": region.rounds.get(state.date, False),
        "boundary_date": state.date.isoformat(),
        "method_version": METHOD_VERSION,
        "sources": region.about.get("source", []),
        "match": state.match_report().to_dict(orient="records"),
        "n_polygons": {level: len(polygons) for level, polygons in boundaries.items()},
        "indicators": catalogue(state),
        "files": {file.name: file_hash(file) for file in sorted(folder.iterdir())},
    }
    about |= more
    about["id"] = content_hash(about)
    text = json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / ABOUT).write_text(text + "\n", encoding="utf-8", newline="\n")


def move_into_place(work: Path, out: Path) -> None:
    """Replace `out` by `work`; at every moment one whole edition is there under some name."""
    _flush(work)
    work.chmod(0o755)
    if not out.exists():
        work.rename(out)
        return
    aside = Path(tempfile.mkdtemp(prefix=".old-", dir=out.parent))
    out.rename(aside / out.name)
    work.rename(out)
    shutil.rmtree(aside, ignore_errors=True)


def _flush(folder: Path) -> None:
    for file in folder.iterdir():
        with file.open("rb+") as opened:
            os.fsync(opened.fileno())


# ── what happened ───────────────────────────────────────────────────────────────────────────────


def _write_events(state: State, folder: Path) -> None:
    """Write the events in force up to the date, of units of all levels."""
    past = state.lineage.events
    past = past[past["date"] <= pd.Timestamp(state.date)]
    units = state.lineage.units
    write_parquet(past.reset_index(), folder / "events.parquet")
    write_parquet(units[units["event_id"].isin(past.index)], folder / "event_units.parquet")


# ── areas and boundaries ────────────────────────────────────────────────────────────────────────


def boundaries_by_level(state: State) -> dict[str, gpd.GeoDataFrame]:
    """Return the polygons of each level; upper levels are dissolved from the lowest one known."""
    found = {"rt": _polygons(state.boundaries, state.ids["rt"])}
    given = state.area_boundaries
    for lower, upper in pairwise(LEVELS):
        own = _polygons(given, state.ids[upper])
        found[upper] = own if len(own) else _dissolve(found[lower], state, lower, upper)
    return found


def _polygons(table: gpd.GeoDataFrame, ids: pd.Index) -> gpd.GeoDataFrame:
    wanted = ids[ids.isin(table.index)]
    return table.loc[wanted].rename_axis("area_id")


def _dissolve(polygons: gpd.GeoDataFrame, state: State, lower: str, upper: str) -> gpd.GeoDataFrame:
    parents = state.parent_codes[lower][state.ids[lower].get_indexer(polygons.index)]
    by_parent = polygons.geometry.groupby(state.ids[upper].take(parents))
    merged = {parent: shapely.coverage_union_all(group.values) for parent, group in by_parent}
    index = pd.Index(list(merged), name="area_id", dtype="str")
    geometry = gpd.GeoSeries(list(merged.values()), index=index, crs=4326)
    return gpd.GeoDataFrame(geometry=geometry)


def area_table(state: State, boundaries: dict[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    """List all areas of all levels with their ancestors, names, size and label point."""
    upper = state.areas.assign(number=None, rw=None, dusun=None, born=pd.NaT)
    lower = state.rt.assign(level="rt", kind="RT", parent_id=state.rt["desa_id"], bps_code=None)
    lower["born"] = state.rt_lives["born"].reindex(lower.index)
    names = ["level", "name", "kind", "parent_id", "bps_code", "number", "rw", "dusun", "born"]
    table = pd.concat([lower[names], upper[names]]).rename_axis("area_id")
    table = pd.concat([table.loc[state.ids[level]] for level in LEVELS])
    table = _with_ancestors(table).join(_shapes(state, boundaries))
    table["has_polygon"] = table["area_km2"].notna()
    return table.reset_index()


def _with_ancestors(table: pd.DataFrame) -> pd.DataFrame:
    table = table.copy()
    for level in LEVELS[1:]:
        table[f"{level}_id"] = None
    for position, level in enumerate(LEVELS):
        ancestor = table.index[table["level"] == level].to_series()
        for upper in LEVELS[position + 1 :]:
            ancestor = ancestor.map(table["parent_id"])
            table.loc[ancestor.index, f"{upper}_id"] = ancestor
        if level != "rt":
            own = table["level"] == level
            table.loc[own, f"{level}_id"] = table.index[own]
    for level in ("desa", "kecamatan"):
        table[f"{level}_name"] = table[f"{level}_id"].map(table["name"])
    return table


def _shapes(state: State, boundaries: dict[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    parts = []
    for level, polygons in boundaries.items():
        points = polygons.geometry.representative_point()
        part = pd.DataFrame(index=polygons.index)
        part["area_km2"] = _areas_km2(state, level, polygons)
        part["label_lon"], part["label_lat"] = points.x.round(6), points.y.round(6)
        kinds = polygons.get("boundary_kind")
        part["boundary_kind"] = _one_kind(state) if kinds is None else kinds
        parts.append(part)
    return pd.concat(parts)


def _areas_km2(state: State, level: str, polygons: gpd.GeoDataFrame) -> np.ndarray:
    if level == land_unit(state):  # known already, from the density
        return land_km2(state, level)[state.ids[level].get_indexer(polygons.index)]
    return geodesic_area_km2(polygons.geometry)


def _one_kind(state: State) -> str | None:
    """Kind of dissolved boundaries: that of their parts, or nothing if the parts differ."""
    kinds = pd.concat([state.boundaries["boundary_kind"], state.area_boundaries["boundary_kind"]])
    return kinds.iloc[0] if kinds.nunique() == 1 else None


# ── files ───────────────────────────────────────────────────────────────────────────────────────


def write_boundaries(polygons: gpd.GeoDataFrame, path: Path) -> None:
    """Write polygons as GeoParquet with their `area_id`."""
    columns = [c for c in ("boundary_kind", "source") if c in polygons]
    polygons[[*columns, "geometry"]].reset_index().to_parquet(
        path, index=False, compression="zstd", write_covering_bbox=False
    )


def write_map(polygons: gpd.GeoDataFrame, areas: pd.DataFrame, path: Path) -> None:
    """Write the GeoJSON that browsers draw: simplified on shared edges, names escaped."""
    shapes = polygons.geometry.to_numpy()
    if len(shapes):
        shapes = shapely.coverage_simplify(shapes, MAP_TOLERANCE_DEGREES)
        shapes = shapely.transform(shapes, lambda xy: np.round(xy, MAP_DECIMALS))
    named = areas.loc[polygons.index]
    parents = named["parent_id"].map(areas["name"]).fillna("")
    rows = zip(polygons.index, named["name"], parents, shapely.to_geojson(shapes), strict=True)
    features = [
        f'{{"type":"Feature","properties":{_properties(i, *row[:3])},"geometry":{row[3]}}}'
        for i, row in enumerate(rows)
    ]
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _properties(position: int, area_id: str, name: str, parent: str) -> str:
    # Names are escaped here, once, because every text sink of a web map runs HTML from data.
    entry = {"i": position, "id": area_id, "n": html.escape(name), "p": html.escape(parent)}
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
