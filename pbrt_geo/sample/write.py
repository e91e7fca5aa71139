"""Write the whole region folder: the same seed gives the same bytes."""

import shutil
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pbrt_geo.sample import tables
from pbrt_geo.sample.homes import Homes
from pbrt_geo.sample.lineage import grow
from pbrt_geo.sample.naming import SOURCE, name_all
from pbrt_geo.sample.neighbourhoods import settle
from pbrt_geo.sample.people import live
from pbrt_geo.sample.places import lay_out
from pbrt_geo.sample.quota import set_quotas
from pbrt_geo.sample.reach import run_programmes
from pbrt_geo.sample.record import event_tables
from pbrt_geo.sample.shapes import block_shapes, rt_boundaries
from pbrt_geo.sample.terrain import draw_land
from pbrt_geo.sample.welfare import prosper

SEED = 4
COPIED = ("region.toml", "programmes.csv", "parameters.csv")
"""Files that are the same for every seed."""

ZSTD = 9
"""Compression level: 19 would be a tenth smaller and ten times slower."""

Progress = Callable[[float, str], None]
Tables = dict[str, pd.DataFrame]


def write_sample(folder: Path, seed: int = SEED, progress: Progress | None = None) -> None:
    """
    Write the schematic region: tables, boundaries and description.

    The folder appears whole or not at all; files of the same names in it are replaced.

    Parameters
    ----------
    folder
        Where the region goes; made if it does not exist.
    seed
        Another seed gives another region with the same counts.
    progress
        Called with the share done (0 to 1) and the text key of the step that begins.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as waiting:
        made = Path(waiting) / "region"
        made.mkdir()
        for name, table in make_tables(seed, progress).items():
            _write(table, made / name)
        for name in COPIED:
            made.joinpath(name).write_bytes(_data(name))
        _take_place(made, folder)
    if progress:
        progress(1.0, "sample.step.done")


def make_tables(seed: int = SEED, progress: Progress | None = None) -> Tables:
    """Make every table of the region, keyed by the name of its file."""
    begin = progress or (lambda share, step: None)
    begin(0.0, "sample.step.land")
    land, desa = draw_land(seed), set_quotas(seed)
    places = lay_out(land, desa, seed)
    begin(0.35, "sample.step.rt")
    lineage = grow(places, settle(places, seed), seed)
    events, units = event_tables(places, lineage, name_all(places, lineage, seed), seed)
    shapes = block_shapes(places.mesh, lineage.block_of)
    boundaries = rt_boundaries(shapes, lineage, SOURCE)
    begin(0.60, "sample.step.people")
    towns = live(lineage, Homes(places, lineage, shapes), seed)
    welfare = prosper(places, lineage, towns, seed)
    reach = run_programmes(lineage, towns, welfare, seed)
    begin(0.75, "sample.step.files")
    return {
        "areas.csv": tables.areas_table(places, lineage, boundaries),
        "events.csv": events,
        "event_units.csv": units,
        "rt_boundaries.parquet": boundaries,
        "households.parquet": tables.households_table(lineage, towns, welfare, seed),
        "residents.parquet": tables.residents_table(towns, seed),
        "programme_reports.parquet": tables.reports_table(reach, lineage),
        "enrolments.parquet": tables.enrolments_table(reach),
    }


def _data(name: str) -> bytes:
    return (files("pbrt_geo.sample") / "data" / name).read_bytes()


def _write(table: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    elif isinstance(table, gpd.GeoDataFrame):
        table.to_parquet(path, index=False, compression="zstd", compression_level=ZSTD)
    else:
        _write_parquet(table, path)


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write ids as differences (they are sorted), everything else as a dictionary."""
    ids = [c for c in ("household_id", "resident_id") if c in table]
    pq.write_table(
        pa.Table.from_pandas(table, preserve_index=False),
        path,
        compression="zstd",
        compression_level=ZSTD,
        use_dictionary=[c for c in table.columns if c not in ids],
        column_encoding=dict.fromkeys(ids, "DELTA_BYTE_ARRAY"),
        coerce_timestamps="ms",
    )


def _take_place(made: Path, folder: Path) -> None:
    """Move the finished files to where they belong."""
    if not folder.exists():
        made.rename(folder)
        return
    for file in sorted(made.iterdir()):
        shutil.move(file, folder / file.name)
