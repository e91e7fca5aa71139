"""The tables of a region folder that an import reads and writes, and writing them all or none."""

import contextlib
import datetime as dt
import os
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd

from pbrt_geo.errors import BoundaryError
from pbrt_geo.schema import Table


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
    """Read the RTs of a region, every column as text; None if it has none yet."""
    file = region / "rt.csv"
    return _read_text(file) if file.is_file() else None


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


def write_all(contents: dict[Path, bytes]) -> None:
    """
    Replace several files, all or none.

    Each content is first written to a temporary name in its folder and forced to disk; then
    the names are changed. If a change of name fails, those already made are undone.
    """
    staged = {path: _staged(path, data) for path, data in contents.items()}
    before = {path: path.read_bytes() if path.exists() else None for path in contents}
    done: list[Path] = []
    try:
        for path, temporary in staged.items():
            temporary.replace(path)
            done.append(path)
    except OSError:
        for path in done:
            _restore(path, before[path])
        raise
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
    for folder in {path.parent for path in contents}:
        _sync_folder(folder)


def _staged(path: Path, data: bytes) -> Path:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return Path(file.name)


def _restore(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        _staged(path, data).replace(path)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows cannot open a folder, and needs no sync
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
