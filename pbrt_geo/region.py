"""A region: one folder with `region.toml` and the tables of `pbrt_geo.schema`.

`read_region` reads and checks everything at once; `Region.on(date)` gives what was true on a
date. A table whose file is absent is empty: a region may begin with desa boundaries alone.
"""

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from pbrt_geo import schema
from pbrt_geo.errors import Problem, RegionError, SchemaError
from pbrt_geo.lineage import Lineage, lineage_of, refuse_disagreement
from pbrt_geo.parameters import Parameters
from pbrt_geo.schema import Table
from pbrt_geo.state import State, boundaries_on, rt_on, state_on

_EMPTY = {
    "text": "str",
    "date": "datetime64[s]",
    "number": "float64",
    "integer": "Int64",
    "boolean": "boolean",
}

SPATIAL = tuple(
    table.name for table in schema.TABLES if any(c.type == "geometry" for c in table.columns)
)


@dataclass(frozen=True)
class Region:
    """One kabupaten with all its checked tables; nothing in it is ever changed in place."""

    path: Path
    about: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    @cached_property
    def rounds(self) -> dict[dt.date, bool]:
        """Dates of the data rounds, each with "the date is an estimate"."""
        return {entry["as_of"]: bool(entry.get("estimated")) for entry in self.about["round"]}

    @cached_property
    def parameters(self) -> Parameters:
        """Dated values of the region."""
        return Parameters(self.tables["parameters"])

    @cached_property
    def lineage(self) -> Lineage:
        """The lives of RT, desa and what lies between, from the events or from the list of RTs."""
        return lineage_of(self.tables)

    def on(self, date: dt.date) -> State:
        """Return everything that was true on `date`."""
        return state_on(self.tables, self.parameters, date, self.lineage)

    def rt_on(self, date: dt.date) -> pd.DataFrame:
        """Return the RTs that live on `date`, indexed by `rt_id`; columns as the table `rt`."""
        return rt_on(self.lineage, date)

    def boundaries_on(self, date: dt.date) -> gpd.GeoDataFrame:
        """Return the polygons on `date` of the RTs that live, indexed by `rt_id`."""
        living = self.lineage.on(date).index
        return boundaries_on(self.tables["rt_boundaries"], living, date)


def read_region(path: Path | str) -> Region:
    """
    Read a region folder and check every table against the schema.

    The table `rt` follows from the events where there are any, and is always there; without
    events they follow from it.

    Raises
    ------
    RegionError
        If the folder is not a region.
    SchemaError
        With the problems of all tables at once.
    LineageError
        If the events contradict each other, or `rt.csv` contradicts them.
    """
    folder = Path(path)
    about = read_about(folder)
    tables = {table.name: read_table(table, folder) for table in schema.TABLES}
    problems = [p for table in schema.TABLES for p in table.problems(tables[table.name])]
    if problems:
        raise SchemaError(*problems)
    region = Region(folder, about, tables)
    if len(tables["events"]):
        refuse_disagreement(tables["rt"], region.lineage)
        tables["rt"] = region.lineage.rt_table()
    problems = reference_problems(tables)
    if problems:
        raise SchemaError(*problems)
    region.lineage  # noqa: B018 - worked out now, so that what is wrong with it is told now
    return region


def reference_problems(tables: dict[str, pd.DataFrame]) -> list[Problem]:
    """List all references of one table to another that lead nowhere."""
    wanted = {c.refers_to for table in schema.TABLES for c in table.columns if c.refers_to}
    parents = {}
    for reference in wanted:
        name, column = reference.split(".")
        parents[reference] = tables[name][column]
    found: list[Problem] = []
    for table in schema.TABLES:
        found += schema.dangling(tables[table.name], table, parents)
    return found


def read_table(table: Table, folder: Path) -> pd.DataFrame:
    """Read one table of a region folder (`.parquet` or `.csv`), its columns typed as declared."""
    parquet, csv = folder / f"{table.name}.parquet", folder / f"{table.name}.csv"
    if parquet.exists():
        read = gpd.read_parquet if table.name in SPATIAL else pd.read_parquet
        return typed(read(parquet), table)
    if csv.exists():
        text = pd.read_csv(csv, dtype=str, keep_default_na=False, na_values=[""])
        return typed(text, table)
    return empty_table(table)


def empty_table(table: Table) -> pd.DataFrame:
    """Return the table with its columns and no rows."""
    columns = {c.name: pd.Series(dtype=object) for c in table.columns if c.type != "geometry"}
    frame = typed(pd.DataFrame(columns), table)
    if table.name in SPATIAL:
        return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([], crs=4326))
    return frame


def typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """
    Give every declared column of `frame` its type, in place.

    Raises
    ------
    SchemaError
        If a value cannot be of the type its column is declared with.
    """
    for column in table.columns:
        if column.name in frame:
            try:
                frame[column.name] = _convert(frame[column.name], column.type)
            except (ValueError, TypeError) as error:
                facts = {"table": table.name, "column": column.name, "type": column.type}
                raise SchemaError.of("wrong_type", **facts) from error
    return frame


def _convert(values: pd.Series, kind: str) -> pd.Series:
    if values.isna().all():
        return values.astype(_EMPTY.get(kind, "object"))
    if kind == "date":
        return pd.to_datetime(values, format="ISO8601").astype("datetime64[s]")
    if kind == "number":
        return pd.to_numeric(values).astype("float64")
    if kind == "boolean":
        return values.astype("boolean")
    if values.dtype == object and kind in ("integer", "text"):
        return pd.to_numeric(values) if kind == "integer" else values.astype("str")
    return values


def read_about(folder: Path) -> dict[str, Any]:
    """
    Read `region.toml`.

    Raises
    ------
    RegionError
        If it is not there, unreadable, or lacks a key.
    """
    try:
        about = tomllib.loads((folder / "region.toml").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RegionError.of("no_region", folder=folder.name) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RegionError.of("bad_region_file", folder=folder.name) from error
    missing = [key for key in ("id", "name", "kabupaten_id", "round") if key not in about]
    if missing:
        raise RegionError.of("region_keys", folder=folder.name, keys=", ".join(missing))
    return about
