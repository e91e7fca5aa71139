"""Which area each row of a boundary file stands for, and every doubt about it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from pbrt_geo.boundaries.lives import lives_problems
from pbrt_geo.boundaries.place import listed
from pbrt_geo.boundaries.tables import rt_living
from pbrt_geo.codes import AreaNames, Scheme, area_ids, desa_of_sls, is_rt_id, scheme_of
from pbrt_geo.errors import CodeError, Problem
from pbrt_geo.lineage import Lineage
from pbrt_geo.read.boundaries import (
    code_column,
    column_named,
    is_sls,
    name_column,
    neighbourhoods,
)


@dataclass(frozen=True)
class Options:
    """What the person who sends the file says about it."""

    level: str | None = None
    scheme: Scheme | None = None
    code_column: str | None = None
    name_column: str | None = None
    date: dt.date | None = None


@dataclass
class Units:
    """
    The rows of a file as areas.

    `rows` has `row` (number in the file, from 1), `unit_id` (`area_id`, `rt_id` or `idsls`;
    missing where it cannot be told), `name` and the geometry. `expected` are the ids that
    should all be there, if that is known.
    """

    rows: gpd.GeoDataFrame
    kind: str
    problems: list[Problem] = field(default_factory=list)
    scheme: str = ""
    expected: pd.Series | None = None
    n_uninhabited: int = 0


def units_of(
    rows: gpd.GeoDataFrame,
    areas: pd.DataFrame | None,
    rt: pd.DataFrame | None,
    options: Options,
    lineage: Lineage | None = None,
) -> Units:
    """Tell the areas of the rows, at the level that is declared or that the columns show."""
    rt_ids = column_named(rows, "rt_id")
    if options.level != "desa" and rt_ids:
        return _rt_units(rows, rt_ids, rt, options.date, lineage)
    if options.level != "desa" and is_sls(rows):
        return _sls_units(rows, areas)
    if options.level == "rt":
        nothing = rows.assign(unit_id=None, name=None)
        return Units(nothing, "rt", [Problem("boundary_no_rt_column")])
    return _desa_units(rows, areas, options)


# ── desa ────────────────────────────────────────────────────────────────────────────────────────


def _desa_units(rows: gpd.GeoDataFrame, areas: pd.DataFrame | None, options: Options) -> Units:
    codes_in = options.code_column or code_column(rows)
    names_in = options.name_column or name_column(rows, areas)
    names = rows[names_in] if names_in in rows else pd.Series(None, rows.index, dtype=object)
    units = Units(rows.assign(unit_id=None, name=names), "desa")
    if codes_in not in rows:
        columns = ", ".join(column[:30] for column in rows.columns if column not in _OURS)
        units.problems.append(Problem("boundary_no_code_column", {"columns": columns[:300]}))
        return units
    codes = rows[codes_in].fillna("").astype(str).str.strip()
    _report(units, codes == "", "boundary_code_missing", column=codes_in)
    if areas is None:
        units.rows["unit_id"] = codes.where(codes != "")
        units.problems.append(Problem("boundary_no_region", severity="note"))
        return units
    desa = areas[areas["level"] == "desa"]
    units.expected = desa["area_id"]
    try:
        units.scheme = options.scheme or scheme_of(codes, names, desa)
    except CodeError as error:
        units.problems += error.problems
        return units
    units.rows["unit_id"] = area_ids(codes, units.scheme, desa)
    unknown = (codes != "") & units.rows["unit_id"].isna()
    _report(units, unknown, "boundary_code_unknown", column=codes_in, scheme=units.scheme)
    _check_names(units, desa)
    return units


_OURS = ("geometry", "row", "unit_id", "name")


def _check_names(units: Units, areas: pd.DataFrame) -> None:
    """A name that another area bears is an error; an unknown spelling is only said."""
    book = AreaNames(areas)
    rows = units.rows
    told = rows["name"].notna() & (rows["name"] != "") & rows["unit_id"].notna()
    misfit = told & ~book.fit(rows["name"], rows["unit_id"])
    elsewhere = pd.Series(
        [
            bool(miss and book.owners(name, "desa"))
            for miss, name in zip(misfit, rows["name"], strict=True)
        ],
        index=rows.index,
        dtype=bool,
    )
    _report(units, elsewhere, "boundary_name_of_other")
    _report(units, misfit & ~elsewhere, "boundary_name_unknown", severity="warning")


# ── RT ──────────────────────────────────────────────────────────────────────────────────────────


def _rt_units(
    rows: gpd.GeoDataFrame,
    column: str,
    rt: pd.DataFrame | None,
    date: dt.date | None,
    lineage: Lineage | None,
) -> Units:
    codes = rows[column].fillna("").astype(str).str.strip()
    names_in = column_named(rows, "name", "nama")
    names = rows[names_in] if names_in else None
    units = Units(
        rows.assign(unit_id=codes.where(codes.map(is_rt_id).astype(bool)), name=names), "rt"
    )
    _report(units, codes == "", "boundary_code_missing", column=column)
    malformed = (codes != "") & units.rows["unit_id"].isna()
    _report(units, malformed, "boundary_rt_malformed")
    if rt is None:
        units.problems.append(Problem("boundary_no_region", severity="note"))
        return units
    units.expected = rt_living(rt, date)["rt_id"].drop_duplicates()
    gone = units.rows["unit_id"].notna() & ~units.rows["unit_id"].isin(units.expected)
    units.problems += lives_problems(units.rows[gone], rt, date, lineage)
    return units


def _sls_units(rows: gpd.GeoDataFrame, areas: pd.DataFrame | None) -> Units:
    inhabited, other = neighbourhoods(rows)
    names_in = column_named(rows, "nmsls")
    names = inhabited[names_in] if names_in else None
    well = inhabited["idsls"].fillna("").str.fullmatch(r"\d{14}").astype(bool)
    kept = inhabited.assign(unit_id=inhabited["idsls"].where(well), name=names)
    units = Units(kept, "sls", scheme="bps", n_uninhabited=len(other))
    _report(units, ~well, "boundary_sls_malformed")
    if len(other):
        units.problems.append(Problem("boundary_uninhabited", {"n": len(other)}, "note"))
    n_parts = len(rows) - len(inhabited) - len(other)
    if n_parts > 0:
        units.problems.append(Problem("boundary_parts", {"n": n_parts}, "note"))
    if areas is None:
        units.problems.append(Problem("boundary_no_region", severity="note"))
        return units
    desa = areas[areas["level"] == "desa"]
    ids = area_ids(kept["unit_id"].map(desa_of_sls, na_action="ignore"), "bps", desa)
    kept["desa_id"] = ids
    _report(units, kept["unit_id"].notna() & ids.isna(), "boundary_sls_unknown_desa")
    n_repeated = int(kept.duplicated(["desa_id", "name"]).sum())
    if n_repeated:
        units.problems.append(Problem("boundary_names_repeat", {"n": n_repeated}, "note"))
    return units


def _report(
    units: Units, where: pd.Series, key: str, severity: Any = "error", **facts: Any
) -> None:
    if where.any():
        told = {"n": int(where.sum()), "rows": listed(units.rows["row"][where])}
        units.problems.append(Problem(key, told | facts, severity))
