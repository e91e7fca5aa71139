"""The tables of a region folder that an import reads."""

import datetime as dt
from pathlib import Path

import geopandas as gpd
import pandas as pd

from pbrt_geo.errors import BoundaryError
from pbrt_geo.files import write_all
from pbrt_geo.lineage import read_lineage
from pbrt_geo.region import read_table
from pbrt_geo.schema import EVENT_UNITS, EVENTS, Table

__all__ = [
    "has_events",
    "last_serial",
    "read_areas",
    "read_boundary_table",
    "read_rt",
    "rt_living",
    "write_all",
]


def read_areas(region: Path) -> pd.DataFrame:
    """
    Read the areas of a region, every column as text.

    Raises
    ------
    BoundaryError
        If the folder has no `areas.csv`: codes can be compared with nothing.
    """
    file = region / "areas.csv"
    if not file.is_file():
        raise BoundaryError.of("boundary_not_a_region", folder=region.name)
    return _read_text(file)


def read_rt(region: Path) -> pd.DataFrame | None:
    """
    Read the RTs of a region, every column as text; None if it has none yet.

    Raises
    ------
    LineageError
        If they follow from events, and these contradict each other.
    """
    if has_events(region):
        events, units = read_table(EVENTS, region), read_table(EVENT_UNITS, region)
        return _as_text(read_lineage(events, units, read_areas(region)).rt_table())
    file = region / "rt.csv"
    return _read_text(file) if file.is_file() else None


def has_events(region: Path) -> bool:
    """Tell whether the RTs of a region follow from events."""
    return any((region / f"{EVENTS.name}.{kind}").is_file() for kind in ("csv", "parquet"))


def last_serial(region: Path, rt: pd.DataFrame) -> int:
    """Return the highest serial ever given to an RT, those of cancelled events too."""
    ids = [*rt["rt_id"], *read_table(EVENT_UNITS, region)["unit_id"]]
    return max((int(known[8:13]) for known in ids if known.startswith("RT-")), default=0)


def _as_text(rows: pd.DataFrame) -> pd.DataFrame:
    days = {c: rows[c].dt.strftime("%Y-%m-%d") for c in ("valid_from", "valid_to")}
    return rows.assign(**days).astype(object).where(rows.notna(), None)


def _read_text(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")


def rt_living(rt: pd.DataFrame, date: dt.date | None) -> pd.DataFrame:
    """Return the rows that hold on a date; without a date, those that hold until further notice."""
    if date is None:
        return rt[rt["valid_to"].isna()]
    day = date.isoformat()
    return rt[(rt["valid_from"] <= day) & (rt["valid_to"].isna() | (rt["valid_to"] > day))]


def read_boundary_table(region: Path, table: Table) -> gpd.GeoDataFrame | None:
    """Read the polygons that a region has; None if it has none yet."""
    file = region / f"{table.name}.parquet"
    if not file.is_file():
        return None
    rows = gpd.read_parquet(file)
    for column in ("valid_from", "valid_to"):
        rows[column] = pd.to_datetime(rows[column]).astype("datetime64[s]")
    return rows
