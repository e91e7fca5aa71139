"""Boundary files as people send them: which column means what, and the SLS file of BPS.

`read_boundaries` is what a notebook needs; `pbrt_geo.boundaries` checks and imports.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.codes import AreaNames, idsls_of, is_code, is_neighbourhood, is_rt_id
from pbrt_geo.errors import CodeError, FileRefused
from pbrt_geo.read.sandbox import Limits, read_boundary_file

_NAME_COLUMNS = (
    "nama",
    "nama_desa",
    "nmdesa",
    "namobj",
    "nama_kel",
    "nama_kelurahan",
    "desa",
    "kelurahan",
    "desa_name",
    "name",
)
_MOSTLY = 0.5  # share of the filled cells that must look like codes


def read_boundaries(
    path: Path | str, *, layer: str | None = None, limits: Limits | None = None
) -> gpd.GeoDataFrame:
    """
    Read a boundary file into EPSG:4326, every attribute as text, nothing repaired.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, zipped Shapefile or GeoParquet. It need not be trusted.

    Returns
    -------
    boundaries
        One row per feature, in the order of the file. The geometry is missing where the file
        holds no readable polygon.

    Raises
    ------
    FileRefused
        If the file is not read, or does not say in which coordinates it is.
    """
    file = read_boundary_file(path, layer=layer, limits=limits)
    if file.rows.crs is None:
        raise FileRefused.of("file_no_crs", file=file.name)
    return file.rows.to_crs(4326)


def read_mapping(path: Path | str) -> pd.DataFrame:
    """
    Read a CSV table that tells the `rt_id` of each `idsls`.

    Raises
    ------
    FileRefused
        If it is no such table, or names a neighbourhood or an RT twice.
    """
    name = Path(path).name
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise FileRefused.of("mapping_unreadable", file=name) from error
    if not {"idsls", "rt_id"} <= set(table.columns):
        raise FileRefused.of("mapping_unreadable", file=name)
    bad = ~table["idsls"].str.fullmatch(r"\d{14}") | ~table["rt_id"].map(is_rt_id).astype(bool)
    bad |= table["idsls"].duplicated(keep=False) | table["rt_id"].duplicated(keep=False)
    if bad.any():
        rows = ", ".join(str(row + 2) for row in np.flatnonzero(bad)[:5])
        raise FileRefused.of("mapping_rows", file=name, n=int(bad.sum()), rows=rows)
    return table[["idsls", "rt_id"]]


def column_named(rows: pd.DataFrame, *names: str) -> str | None:
    """Return the first column that bears one of the names, in whatever case."""
    folded = {column.casefold(): column for column in reversed(rows.columns)}
    return next((folded[name] for name in names if name in folded), None)


def code_column(rows: pd.DataFrame) -> str | None:
    """Return the column of desa codes, by its contents: with dots before without."""
    scores = {column: _code_score(rows[column]) for column in rows.columns if column != "geometry"}
    best = max(scores, key=lambda column: scores[column], default=None)
    return best if best is not None and scores[best] > _MOSTLY else None


def _code_score(values: pd.Series) -> float:
    filled = values.dropna().astype(str).str.strip()
    filled = filled[filled != ""]
    if filled.empty:
        return 0.0
    dotted = filled.map(lambda code: len(code) == 13 and is_code(code, "kemendagri")).mean()
    plain = filled.str.fullmatch(r"\d{10}").mean()
    return float(1 + dotted if dotted > _MOSTLY else plain)


def name_column(rows: pd.DataFrame, areas: pd.DataFrame | None) -> str | None:
    """Return the column of desa names: by a usual heading, else by its contents."""
    usual = column_named(rows, *_NAME_COLUMNS)
    if usual or areas is None:
        return usual
    book = AreaNames(areas)
    shares = {
        column: rows[column].dropna().map(lambda name: bool(book.owners(name, "desa"))).mean()
        for column in rows.columns
        if column != "geometry"
    }
    best = max(shares, key=lambda column: np.nan_to_num(shares[column]), default=None)
    return best if best is not None and shares[best] > _MOSTLY else None


def is_sls(rows: pd.DataFrame) -> bool:
    """Tell whether the rows are neighbourhoods of BPS (`Final_SLS_*.geojson`)."""
    return column_named(rows, "idsls", "idsubsls") is not None


def neighbourhoods(rows: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """
    Turn the parts of the BPS file into whole neighbourhoods.

    Parts (sub-SLS) that share their first 14 digits become one. Rows whose code is missing or
    malformed keep it and stay as they are, to be reported.

    Parameters
    ----------
    rows
        Column `idsls` or `idsubsls`, `row` (number in the file), `geometry`.

    Returns
    -------
    inhabited, uninhabited
        One row per neighbourhood, columns as before and `idsls`; the second holds rice
        fields, forest and sea (`kdsls` of 1000 or more), which are no RT.
    """
    column = column_named(rows, "idsls", "idsubsls")
    rows = rows.assign(idsls=[_sls_or_as_written(code) for code in rows[column]])
    whole = rows["idsls"].fillna("").str.fullmatch(r"\d{14}").astype(bool)
    lone = rows[~whole | rows.geometry.isna()]
    rows = pd.concat([_dissolved(rows[whole & rows.geometry.notna()]), lone]).sort_values("row")
    empty = [len(str(code)) == 14 and not is_neighbourhood(code) for code in rows["idsls"]]
    return rows[~np.array(empty, bool)], rows[np.array(empty, bool)]


def _sls_or_as_written(code: str | None) -> str | None:
    try:
        return idsls_of(str(code))
    except CodeError:
        return code


def _dissolved(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One row per idsls; shared edges merge exactly where the parts form a coverage."""
    if not rows["idsls"].duplicated().any():
        return rows
    shapes = rows.geometry.to_numpy()
    if shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes):
        union = shapely.coverage_union_all
    else:
        shapes, union = shapely.make_valid(shapes, method="structure"), shapely.union_all
    places = rows.reset_index(drop=True).groupby("idsls", sort=False).indices
    first = rows.iloc[[at[0] for at in places.values()]]
    merged = [union(shapes[at]) if len(at) > 1 else shapes[at[0]] for at in places.values()]
    return first.set_geometry(gpd.GeoSeries(merged, index=first.index, crs=rows.crs))
