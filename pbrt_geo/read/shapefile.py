"""Zipped Shapefile: the members are read into memory by their ending, never unpacked by name."""

import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

import numpy as np
import pyproj
import shapely

from pbrt_geo.read.limits import Limits, Refused
from pbrt_geo.read.rows import (
    Rows,
    as_text,
    checked_columns,
    checked_count,
    checked_size,
    finished,
    known_crs,
)

_PARTS = (".shp", ".dbf", ".prj", ".cpg")
_POLYGONS = (5, 15, 25)  # plain, with height, with measure
_NULL = 0
_ENCODINGS = {
    **dict.fromkeys(("utf-8", "utf8", "65001"), "utf-8"),
    **dict.fromkeys(("1252", "cp1252", "ansi 1252", "windows-1252"), "cp1252"),
    **dict.fromkeys(("iso-8859-1", "iso88591", "88591", "latin1"), "latin-1"),
}
_MOST_FREE_RATIO = 2**20  # a table of blanks packs very well: no bomb below 1 MiB


def read(path: Path, layer: str | None, limits: Limits) -> Rows:
    """Read one Shapefile of a zip; which one must be said where there are several."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = _parts(archive, layer, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError) as error:
        raise Refused("file_damaged") from error
    except (NotImplementedError, RuntimeError) as error:  # a method or a password of its own
        raise Refused("zip_locked") from error
    columns, n_rows = _attributes(parts, limits)
    rows = Rows(columns, [], _crs(parts))
    for i, record in enumerate(_records(parts[".shp"])):
        rows.shapes.append(_shape(record, i, rows))
    checked_count(n_rows, len(rows.shapes))
    return finished(rows)


def _parts(archive: zipfile.ZipFile, layer: str | None, limits: Limits) -> dict[str, bytes]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    _check_directory(members, limits)
    found: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for member in members:
        name = PurePosixPath(member.filename.replace("\\", "/"))
        is_copy = name.name.startswith("._") or "__MACOSX" in name.parts  # made by macOS
        if name.suffix.lower() in _PARTS and not is_copy:
            same = found.setdefault(name.stem, {})
            if name.suffix.lower() in same:
                raise Refused("zip_twice", name=name.name[:60])
            same[name.suffix.lower()] = member
    parts = _chosen({stem: same for stem, same in found.items() if ".shp" in same}, layer)
    if ".dbf" not in parts:
        raise Refused("zip_no_dbf")
    return {suffix: archive.read(member) for suffix, member in parts.items()}


def _check_directory(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.members:
        raise Refused("zip_members", n=len(members), most=limits.members)
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    bomb = size > _MOST_FREE_RATIO and size > limits.ratio * max(packed, 1)
    if size > limits.unpacked_bytes or bomb:
        raise Refused("file_unpacked", most=limits.unpacked_bytes // 2**20)
    if any(member.filename == "[Content_Types].xml" for member in members):
        raise Refused("file_office")


def _chosen(
    layers: dict[str, dict[str, zipfile.ZipInfo]], wanted: str | None
) -> dict[str, zipfile.ZipInfo]:
    if not layers:
        raise Refused("zip_no_shp")
    if wanted is None and len(layers) == 1:
        return next(iter(layers.values()))
    if wanted not in layers:
        raise Refused("file_layers", layers=", ".join(name[:40] for name in sorted(layers)[:10]))
    return layers[wanted]


def _crs(parts: dict[str, bytes]) -> int | None:
    text = parts.get(".prj", b"").decode("utf-8", "replace").strip()
    if not text:
        return None
    if len(text) > 10_000 or not text.startswith(("GEOGCS", "PROJCS", "GEODCRS", "PROJCRS")):
        raise Refused("file_crs", crs=".prj")
    try:
        crs = pyproj.CRS.from_wkt(text)
    except pyproj.exceptions.CRSError as error:
        raise Refused("file_crs", crs=".prj") from error
    return known_crs(crs.to_epsg() or crs.name)


def _records(data: bytes) -> list[bytes]:
    """Cut the .shp into its records; every byte must be accounted for."""
    if len(data) < 100 or struct.unpack_from(">i", data)[0] != 9994:
        raise Refused("file_damaged")
    stated, version, kind = struct.unpack_from(">i", data, 24)[0] * 2, *_pair(data, 28)
    if stated != len(data) or version != 1000:
        raise Refused("file_damaged")
    if kind not in _POLYGONS:
        raise Refused("shp_not_polygon")
    records: list[bytes] = []
    position = 100
    while position < len(data):
        number, words = (
            struct.unpack_from(">2i", data, position) if position + 8 <= stated else (0, 0)
        )
        end = position + 8 + 2 * words
        if number != len(records) + 1 or words < 2 or end > stated:
            raise Refused("file_damaged")
        record = data[position + 8 : end]
        if struct.unpack_from("<i", record)[0] not in (kind, _NULL):
            raise Refused("file_damaged")
        records.append(record)
        position = end
    return records


def _pair(data: bytes, offset: int) -> tuple[int, int]:
    first, second = struct.unpack_from("<2i", data, offset)
    return first, second


def _shape(record: bytes, i: int, rows: Rows) -> shapely.Geometry | None:
    kind = struct.unpack_from("<i", record)[0]
    if kind == _NULL:
        rows.defects[i] = "null"
        return None
    rings = _rings(record)
    if kind == 15:
        rows.n_3d += 1
    if not all(np.isfinite(ring).all() for ring in rings):
        rows.defects[i] = "number"
    elif any(len(ring) < 4 or (ring[0] != ring[-1]).any() for ring in rings):
        rows.defects[i] = "ring"
    elif not rings:
        rows.defects[i] = "empty"
    return None if i in rows.defects else _polygons(rings)


def _rings(record: bytes) -> list[np.ndarray]:
    if len(record) < 44:
        raise Refused("file_damaged")
    n_parts, n_points = _pair(record, 36)
    points_at = 44 + 4 * n_parts
    if n_parts < 0 or n_points < 0 or points_at + 16 * n_points > len(record):
        raise Refused("file_damaged")
    starts = np.frombuffer(record, "<i4", n_parts, 44)
    ends = np.append(starts[1:], n_points)
    if (n_parts and starts[0] != 0) or (starts < 0).any() or (ends < starts).any():
        raise Refused("file_damaged")
    points = np.frombuffer(record, "<f8", 2 * n_points, points_at).reshape(-1, 2)
    return [points[a:b] for a, b in zip(starts, ends, strict=True)]


def _polygons(rings: list[np.ndarray]) -> shapely.Geometry:
    """Put holes into shells: a shell runs clockwise, a hole lies in the smallest shell around."""
    made = [shapely.Polygon(ring) for ring in rings]
    shells = [k for k, polygon in enumerate(made) if not polygon.exterior.is_ccw]
    shells = shells or list(range(len(made)))  # a writer that turns everything the other way
    holes: dict[int, list[np.ndarray]] = {k: [] for k in shells}
    by_area = sorted(shells, key=lambda k: made[k].area)
    for k in set(range(len(made))).difference(shells):
        corner = shapely.Point(rings[k][0])
        around = (s for s in by_area if made[s].area > made[k].area and made[s].covers(corner))
        holes[next(around, by_area[-1])].append(rings[k])
    polygons = [shapely.Polygon(rings[k], holes[k]) for k in shells]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _attributes(parts: dict[str, bytes], limits: Limits) -> tuple[dict[str, list[str | None]], int]:
    """Read the .dbf: a header that lists fields of fixed width, then the records."""
    data = parts[".dbf"]
    if len(data) < 33:
        raise Refused("file_damaged")
    n_rows, header, width = struct.unpack_from("<IHH", data, 4)
    fields = _fields(data, header)
    if width != 1 + sum(size for _, size in fields) or len(data) < header + n_rows * width:
        raise Refused("file_damaged")
    checked_size(n_rows, limits)
    checked_columns([name for name, _ in fields], limits)
    records = [data[header + i * width : header + (i + 1) * width] for i in range(n_rows)]
    if any(record[:1] != b" " for record in records):
        raise Refused("dbf_deleted")
    encoding = _encoding(parts.get(".cpg", b""), b"".join(records))
    columns, start = {}, 1
    for name, size in fields:
        cells = [record[start : start + size] for record in records]
        columns[name] = [_cell(cell, encoding) for cell in cells]
        start += size
    return columns, n_rows


def _fields(data: bytes, header: int) -> list[tuple[str, int]]:
    fields, at = [], 32
    while data[at : at + 1] != b"\r":
        if at + 32 > min(header, len(data)):
            raise Refused("file_damaged")
        name = data[at : at + 11].split(b"\0")[0].decode("latin-1")
        if data[at + 11 : at + 12] not in (b"C", b"N", b"F", b"D", b"L"):
            raise Refused("file_column_type")
        fields.append((name, data[at + 16]))
        at += 32
    return fields


def _encoding(note: bytes, text: bytes) -> str:
    """Take the encoding that the file declares; else UTF-8, else that of older Windows."""
    declared = _ENCODINGS.get(note.decode("ascii", "replace").strip().lower())
    if declared:
        return declared
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _cell(cell: bytes, encoding: str) -> str | None:
    return as_text(cell.decode(encoding, "replace").strip(" \0")) or None
