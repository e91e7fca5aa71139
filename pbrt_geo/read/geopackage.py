"""GeoPackage, read as what it is: an SQLite file with one table of polygons.

Nothing but that table is queried, and an authorizer allows nothing else: a view that never
ends, a virtual table that opens another file or a trigger has no way to run.
"""

import sqlite3
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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

_TRIGGERS = ("rtree_", "trigger_", "gpkg_")  # as GDAL, QGIS and the standard name theirs
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)


def read(path: Path, layer: str | None, limits: Limits) -> Rows:
    """Read one layer; which one must be said where there are several."""
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        return _read(database, layer, limits)
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise Refused("file_damaged") from error
    finally:
        database.close()


def _read(database: sqlite3.Connection, layer: str | None, limits: Limits) -> Rows:
    _harden(database, limits)
    _refuse_programs(database)
    table = _chosen(_layers(database), layer)
    shape, srs_id = _shape_column(database, table)
    names = _attributes(database, table, shape)
    if shape not in names:
        raise Refused("file_damaged")
    names.remove(shape)
    checked_columns(names, limits)
    crs, n_stated = _crs(database, srs_id), _stated(database, table)
    _check_pages(database, table)
    _allow_only(database, table)
    n = database.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0]
    checked_size(n, limits)
    found = list(_select(database, table, [*names, shape]))
    checked_count(n if n_stated is None else n_stated, len(found))
    columns = {name: [as_text(row[i]) for row in found] for i, name in enumerate(names)}
    return add_shapes(Rows(columns, [], crs), [_wkb(row[-1]) for row in found])


def _harden(database: sqlite3.Connection, limits: Limits) -> None:
    for pragma in (
        "trusted_schema=OFF",
        "cell_size_check=ON",
        "query_only=ON",
        "mmap_size=0",
        "temp_store=MEMORY",
    ):
        database.execute(f"PRAGMA {pragma}")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limits.unpacked_bytes)
    end = time.monotonic() + limits.cpu_seconds
    database.set_progress_handler(lambda: int(time.monotonic() > end), 10_000)


def _refuse_programs(database: sqlite3.Connection) -> None:
    """A table is data; a view, a virtual table and a trigger are programs."""
    for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master"):
        words = " ".join(str(sql or "").upper().split())
        virtual = words.startswith("CREATE VIRTUAL") and " USING RTREE" not in words
        trigger = kind == "trigger" and not str(name).startswith(_TRIGGERS)
        if kind == "view" or virtual or trigger:
            raise Refused("gpkg_program", name=str(name)[:60])


def _layers(database: sqlite3.Connection) -> list[str]:
    found = database.execute(
        "SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY table_name"
    )
    return [str(name) for (name,) in found]


def _chosen(layers: list[str], wanted: str | None) -> str:
    if not layers:
        raise Refused("file_no_layer")
    if wanted is None and len(layers) == 1:
        return layers[0]
    if wanted not in layers:
        raise Refused("file_layers", layers=", ".join(name[:40] for name in layers[:10]))
    return wanted


def _shape_column(database: sqlite3.Connection, table: str) -> tuple[str, int]:
    found = database.execute(
        "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (table,)
    ).fetchone()
    if not found:
        raise Refused("file_damaged")
    return str(found[0]), int(found[1])


def _attributes(database: sqlite3.Connection, table: str, shape: str) -> list[str]:
    """Return the columns, without the row number that GeoPackage adds."""
    columns = database.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall()
    if any(hidden for *_, hidden in columns):
        raise Refused("gpkg_program", name=table[:60])  # computed when read
    return [name for _, name, _, _, _, primary, _ in columns if not primary or name == shape]


def _crs(database: sqlite3.Connection, srs_id: int) -> int | None:
    found = database.execute(
        "SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
        (srs_id,),
    ).fetchone()
    if not found:
        raise Refused("file_damaged")
    organization, code = found
    if str(organization).upper() == "EPSG":
        return known_crs(code)
    if code in (-1, 0):
        return None
    raise Refused("file_crs", crs=f"{organization} {code}"[:60])


def _stated(database: sqlite3.Connection, table: str) -> int | None:
    """Return the number of rows that the writer noted, where it did."""
    try:
        found = database.execute(
            "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?", (table,)
        ).fetchone()
    except sqlite3.OperationalError:
        return None  # GDAL's own table; other writers have none
    return found[0] if found else None


def _check_pages(database: sqlite3.Connection, table: str) -> None:
    if database.execute(f"PRAGMA quick_check({_quoted(table)})").fetchall() != [("ok",)]:
        raise Refused("file_damaged")


def _allow_only(database: sqlite3.Connection, table: str) -> None:
    def allowed(action: int, first: str | None, second: str | None, *_: Any) -> int:
        reads = action == sqlite3.SQLITE_READ and first == table
        counts = action == sqlite3.SQLITE_FUNCTION and second == "count"
        fine = action == sqlite3.SQLITE_SELECT or reads or counts
        return sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY

    database.set_authorizer(allowed)


def _select(
    database: sqlite3.Connection, table: str, names: list[str]
) -> Iterator[tuple[Any, ...]]:
    wanted = ", ".join(_quoted(name) for name in names)
    yield from database.execute(f"SELECT {wanted} FROM {_quoted(table)} ORDER BY rowid")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _wkb(blob: Any) -> bytes | None:
    """Take the WKB out of a GeoPackage geometry; what is no such geometry becomes no WKB."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or len(blob) < 8:
        return b""
    magic, flags = blob[:2], struct.unpack_from("<xxxB", blob)[0]
    envelope = (flags >> 1) & 7
    if magic != b"GP" or envelope >= len(_ENVELOPE_BYTES):
        return b""
    return blob[8 + _ENVELOPE_BYTES[envelope] :]
