"""GeoParquet: a Parquet file whose metadata say where the polygons are."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyproj

from pbrt_geo.read.limits import Limits, Refused
from pbrt_geo.read.rows import (
    Rows,
    add_shapes,
    as_text,
    checked_columns,
    checked_count,
    checked_size,
    known_crs,
)


def read(path: Path, layer: str | None, limits: Limits) -> Rows:
    """Read all rows, a small batch at a time so that a bomb stops at the limit."""
    try:
        return _read(path, limits)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused("file_damaged") from error


def _read(path: Path, limits: Limits) -> Rows:
    file = pq.ParquetFile(
        path,
        pre_buffer=False,
        page_checksum_verification=True,
        thrift_string_size_limit=10 * 2**20,
        thrift_container_size_limit=1_000_000,
    )
    checked_size(file.metadata.num_rows, limits)
    shape, crs, skipped = _about(file)
    names = [name for name in file.schema_arrow.names if name not in skipped]
    if shape not in names or names.count(shape) > 1:
        raise Refused("file_no_layer")
    names.remove(shape)
    checked_columns(names, limits)
    table = _within_limit(file, [*names, shape], limits)
    table.validate(full=True)
    checked_count(file.metadata.num_rows, table.num_rows)
    wkbs = pc.cast(table[shape], pa.binary()).to_pylist()
    return add_shapes(Rows({name: _texts(table[name]) for name in names}, [], crs), wkbs)


def _about(file: pq.ParquetFile) -> tuple[str, int | None, set[str]]:
    """Return the column of shapes, its coordinate system, and columns that only index it."""
    note = (file.schema_arrow.metadata or {}).get(b"geo")
    if note is None:
        return "geometry", None, set()
    geo = json.loads(note)
    shape = geo["primary_column"]
    column = geo["columns"][shape]
    if column["encoding"] != "WKB":
        raise Refused("parquet_encoding")
    box = column.get("covering", {}).get("bbox", {}).get("xmin", [])
    others = set(geo["columns"]) - {shape}
    return shape, _crs(column), others | set(box[:1])


def _crs(column: dict[str, Any]) -> int | None:
    if "crs" not in column:
        return 4326  # GeoParquet: no `crs` means longitude and latitude
    crs = column["crs"]
    if crs is None:
        return None
    stated = crs.get("id", {})
    if stated.get("authority") == "OGC" and stated.get("code") == "CRS84":
        return 4326
    if stated.get("authority") == "EPSG":
        return known_crs(stated.get("code"))
    try:
        return known_crs(pyproj.CRS.from_json_dict(crs).to_epsg() or crs.get("name"))
    except pyproj.exceptions.CRSError as error:
        raise Refused("file_crs", crs=str(crs.get("name"))[:60]) from error


def _within_limit(file: pq.ParquetFile, names: list[str], limits: Limits) -> pa.Table:
    batches, n_bytes = [], 0
    for batch in file.iter_batches(batch_size=1000, columns=names, use_threads=False):
        n_bytes += batch.nbytes
        if n_bytes > limits.unpacked_bytes:
            raise Refused("file_unpacked", most=limits.unpacked_bytes // 2**20)
        batches.append(batch)
    return pa.Table.from_batches(batches)


def _texts(values: pa.ChunkedArray) -> list[str | None]:
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        raise Refused("file_column_type")
    if not (pa.types.is_string(values.type) or pa.types.is_floating(values.type)):
        try:
            values = pc.cast(values, pa.string())
        except pa.ArrowNotImplementedError as error:
            raise Refused("file_column_type") from error
    return [as_text(value) for value in values.to_pylist()]
