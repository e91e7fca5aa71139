"""Where a vintage of boundaries comes from: a file, which need not be trusted, or a region."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.boundaries.compare import Comparison, compare_boundaries
from pbrt_geo.boundaries.overlay import SLIVER_WIDTH_M
from pbrt_geo.boundaries.place import place
from pbrt_geo.boundaries.tables import read_areas, read_rt
from pbrt_geo.boundaries.units import Options, Units, units_of
from pbrt_geo.codes import Scheme, area_ids, normalised, scheme_of
from pbrt_geo.errors import BoundaryError, CodeError
from pbrt_geo.read.boundaries import column_named
from pbrt_geo.read.sandbox import Limits, read_boundary_file
from pbrt_geo.region import Region, read_region

_REFERENCE = re.compile(r"(.+)@(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True)
class Vintage:
    """
    Boundaries of one level: `units` has `code`, `name`, `row` and the geometry in EPSG:4326.

    `date` and `region` are known for boundaries of a region only; `label` is what to call them.
    """

    label: str
    level: str
    units: gpd.GeoDataFrame = field(repr=False)
    date: dt.date | None = None
    region: str = ""

    def about(self) -> dict[str, Any]:
        """Return what is written of it in a comparison."""
        date = None if self.date is None else self.date.isoformat()
        return {"label": self.label, "date": date, "region": self.region, "n": len(self.units)}


@dataclass(frozen=True)
class FileOptions:
    """What a file does not say itself; see `check_file`."""

    scheme: Scheme | None = None
    layer: str | None = None
    crs: str | None = None
    swap: bool = False
    limits: Limits | None = None


def compare_vintages(
    old: Path | str,
    new: Path | str,
    *,
    region_dir: Path | str | None = None,
    level: str | None = None,
    tolerance_m: float = SLIVER_WIDTH_M,
    options: FileOptions | None = None,
) -> Comparison:
    """
    Compare boundaries of two files, two dates of a region, or a file and a date.

    Parameters
    ----------
    old, new
        A boundary file, or `REGION_FOLDER@YYYY-MM-DD`.
    region_dir
        Region whose tables tell what the codes of files mean; without it they are taken as written.
    level
        "desa" or "rt"; without it, what the other side shows, or what a file's columns show.
    tolerance_m
        See `compare_boundaries`.

    Raises
    ------
    FileRefused, RegionError, BoundaryError
        If a side cannot be read, lies elsewhere, or the two are of different levels.
    """
    readers = {side: _reader(text, region_dir, options) for side, text in enumerate((old, new))}
    first = 0 if _REFERENCE.fullmatch(str(old)) or not _REFERENCE.fullmatch(str(new)) else 1
    found = {first: readers[first](level)}
    wanted = level or (found[first].level if found[first].date else None)
    found[1 - first] = readers[1 - first](wanted)
    before, after = found[0], found[1]
    if before.level != after.level:
        raise BoundaryError.of("vintage_levels", old=before.level, new=after.level)
    comparison = compare_boundaries(
        before.units, after.units, level=before.level, tolerance_m=tolerance_m
    )
    comparison.sides.update(old=before.about(), new=after.about())
    return comparison


def _reader(
    text: Path | str, region_dir: Path | str | None, options: FileOptions | None
) -> Callable[[str | None], Vintage]:
    reference = _REFERENCE.fullmatch(str(text))
    if reference and not Path(text).is_file():
        folder, day = Path(reference[1]), _day(reference[2], str(text))
        return lambda level: region_vintage(read_region(folder), day, level)
    if not Path(text).is_file():
        raise BoundaryError.of("vintage_reference", text=Path(text).name)
    return lambda level: file_vintage(text, region_dir, level, options or FileOptions())


def _day(text: str, whole: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BoundaryError.of("vintage_reference", text=Path(whole).name) from error


# ── a region on a date ──────────────────────────────────────────────────────────────────────────


def region_vintage(region: Region, date: dt.date, level: str | None = None) -> Vintage:
    """
    Return the boundaries of a region on a date; without a level those of the RTs, if there are any.

    Raises
    ------
    BoundaryError
        If it has no polygons of the level on that date.
    """
    rt = region.boundaries_on(date)
    level = level or ("rt" if len(rt) else "desa")
    units = _rt_units(region, rt, date) if level == "rt" else _desa_units(region, rt, date)
    if units.empty:
        facts = {"folder": region.path.name, "level": level, "date": date.isoformat()}
        raise BoundaryError.of("vintage_no_polygons", **facts)
    label = f"{region.path.name}@{date.isoformat()}"
    return Vintage(label, level, units, date, str(region.about["id"]))


def _rt_units(region: Region, polygons: gpd.GeoDataFrame, date: dt.date) -> gpd.GeoDataFrame:
    names = region.rt_on(date)["name"].reindex(polygons.index)
    return _table(polygons.geometry, polygons.index, names)


def _desa_units(region: Region, rt: gpd.GeoDataFrame, date: dt.date) -> gpd.GeoDataFrame:
    """Polygons of the desa as they are given; where none are, those of their RTs together."""
    state = region.on(date)
    desa = state.ids["desa"]
    given = state.area_boundaries
    own = given.geometry[given.index.isin(desa)]
    parents = state.rt["desa_id"].reindex(rt.index)
    lacking = ~parents.isin(own.index)
    groups = rt.geometry[lacking].groupby(parents[lacking])
    joined = {code: shapely.coverage_union_all(group.to_numpy()) for code, group in groups}
    codes = [*own.index, *joined]
    shapes = gpd.GeoSeries([*own.to_numpy(), *joined.values()], index=codes, crs=4326).sort_index()
    return _table(shapes, shapes.index, state.areas["name"].reindex(shapes.index))


def _table(shapes: Any, codes: Any, names: Any) -> gpd.GeoDataFrame:
    columns = {"code": list(codes), "name": list(names), "row": np.arange(1, len(shapes) + 1)}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4326)


# ── a file ──────────────────────────────────────────────────────────────────────────────────────


def file_vintage(
    path: Path | str,
    region_dir: Path | str | None = None,
    level: str | None = None,
    options: FileOptions | None = None,
) -> Vintage:
    """
    Read a boundary file for a comparison: what an import refuses about codes is no obstacle here.

    Codes that the region knows become its ids; others stay as they are written, for a new desa is
    in no table yet. Missing codes stay missing.

    Raises
    ------
    FileRefused, BoundaryError
        If the file is not read, or its coordinates are not where they should be.
    """
    options = options or FileOptions()
    file = read_boundary_file(path, layer=options.layer, limits=options.limits)
    areas = None if region_dir is None else read_areas(Path(region_dir))
    rows = file.rows.assign(row=np.arange(1, len(file.rows) + 1))
    placed = place(rows, areas, options.crs, options.swap)
    errors = [problem for problem in placed.problems if problem.severity == "error"]
    if errors:
        raise BoundaryError(*errors)
    units = units_of(placed.rows, None, None, Options(level=level, scheme=options.scheme))
    names = _names(units)
    codes = _codes(units, names, areas, options.scheme)
    if units.kind == "sls" and region_dir is not None:
        codes = _rt_of_sls(codes, Path(region_dir))
    table = _table(units.rows.geometry, codes, names).assign(row=list(units.rows["row"]))
    return Vintage(file.name, "desa" if units.kind == "desa" else "rt", table)


def _names(units: Units) -> pd.Series:
    """Names as the units have them; an RT file without codes may have them all the same."""
    column = column_named(units.rows, "name", "nama", "nmsls")
    return units.rows[column] if units.rows["name"].isna().all() and column else units.rows["name"]


def _codes(
    units: Units, names: pd.Series, areas: pd.DataFrame | None, scheme: Scheme | None
) -> pd.Series:
    """Codes of one form: those of the region where it knows them, else with dots if they can."""
    codes = units.rows["unit_id"].astype(object)
    if units.kind != "desa" or areas is None:
        return codes
    desa = areas[areas["level"] == "desa"]
    try:
        known = scheme or scheme_of(codes.dropna(), names, desa)
    except CodeError:
        return codes  # the comparison tells by land whether they are of one scheme
    written = codes.map(lambda code: normalised(code, known) or code, na_action="ignore")
    return area_ids(codes, known, desa).astype(object).fillna(written)


def _rt_of_sls(codes: pd.Series, region: Path) -> pd.Series:
    """Take the RT of a neighbourhood of BPS where the region tells it."""
    rt = read_rt(region)
    if rt is None or "idsls" not in rt:
        return codes
    told = rt.dropna(subset="idsls")
    known = dict(zip(told["idsls"], told["rt_id"], strict=True))
    return codes.map(lambda code: known.get(code, code), na_action="ignore")
