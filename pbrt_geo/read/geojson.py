"""GeoJSON, read strictly: what is not plainly a table of polygons is refused."""

import itertools
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pbrt_geo.read.limits import Limits, Refused
from pbrt_geo.read.rows import Rows, as_text, checked_columns, checked_size, finished, known_crs

_KINDS = {
    "Point": "point",
    "MultiPoint": "point",
    "LineString": "line",
    "MultiLineString": "line",
    "GeometryCollection": "collection",
}
_DEEPEST = 200  # a map needs ten
_CHUNK = 2**20
_OPENING, _CLOSING = list(b"[{"), list(b"]}")
_CRS84 = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "OGC:CRS84", "CRS84")


class _Written(str):
    """A number as the file writes it: a code `52.10` does not become 52.1."""


class _BadShape(Exception):
    pass


def read(path: Path, layer: str | None, limits: Limits) -> Rows:
    """Read a FeatureCollection; a broken shape is noted by row, a broken file refused."""
    collection = _parsed(path.read_bytes())
    features = collection.get("features")
    if collection.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise Refused("json_not_collection")
    checked_size(len(features), limits)
    for number, feature in enumerate(features, 1):
        _check_feature(feature, number)
    rows = Rows(_columns(features, limits), [], _crs(collection))
    for i, feature in enumerate(features):
        rows.shapes.append(_shape_or_reason(feature["geometry"], i, rows))
    return finished(rows)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("file_not_utf8") from error
    if "\0" in text:
        raise Refused("file_nul")
    if _depth(data) > _DEEPEST:
        raise Refused("json_deep")
    try:
        parsed = json.loads(
            text, object_pairs_hook=_unique, parse_float=_Written, parse_constant=_no_constant
        )
    except json.JSONDecodeError as error:
        raise Refused("json_broken", line=error.lineno, column=error.colno) from error
    except ValueError as error:  # an integer of thousands of digits
        raise Refused("json_number", value="") from error
    if not isinstance(parsed, dict):
        raise Refused("json_not_collection")
    return parsed


def _depth(data: bytes) -> int:
    """Deepest nesting. A bracket in a name counts too, but few names leave so many open."""
    depth = deepest = 0
    for start in range(0, len(data), _CHUNK):
        part = np.frombuffer(data, np.uint8, min(_CHUNK, len(data) - start), start)
        steps = np.isin(part, _OPENING).astype(np.int8) - np.isin(part, _CLOSING).astype(np.int8)
        depths = depth + np.cumsum(steps, dtype=np.int64)
        depth, deepest = int(depths[-1]), max(deepest, int(depths.max()))
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused("json_key_twice", column=twice[:60])
    return found


def _no_constant(value: str) -> None:
    raise Refused("json_number", value=value)


def _crs(collection: dict[str, Any]) -> int | None:
    if "crs" not in collection:
        return 4326  # RFC 7946
    crs = collection["crs"]
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or crs.get("type") != "name":
        raise Refused("json_crs_link")
    if name in _CRS84:
        return 4326
    epsg = re.fullmatch(r"(?:urn:ogc:def:crs:EPSG:[\d.]*:|EPSG:)(\d{4,5})", name)
    return known_crs(int(epsg[1]) if epsg else name)


def _check_feature(feature: Any, number: int) -> None:
    """Refuse what is not a feature: guessing which of its parts to keep would lose data."""
    fits = (
        isinstance(feature, dict)
        and feature.get("type") == "Feature"
        and "geometry" in feature
        and isinstance(feature["geometry"], dict | None)
        and isinstance(feature.get("properties"), dict | None)
    )
    if not fits:
        raise Refused("json_not_feature", row=number)


def _columns(features: list[dict[str, Any]], limits: Limits) -> dict[str, list[str | None]]:
    rows = [feature.get("properties") or {} for feature in features]
    names = list(dict.fromkeys(itertools.chain.from_iterable(rows)))
    checked_columns(names, limits)
    return {name: [as_text(row.get(name)) for row in rows] for name in names}


def _shape_or_reason(geometry: dict[str, Any] | None, i: int, rows: Rows) -> Any:
    if geometry is None:
        rows.defects[i] = "null"
        return None
    kind, parts = geometry.get("type"), geometry.get("coordinates")
    try:
        if kind == "Polygon":
            return _polygon(parts)
        if kind == "MultiPolygon":
            return shapely.MultiPolygon([_polygon(part) for part in _filled(parts)])
        raise _BadShape(_KINDS.get(str(kind), "collection"))
    except _BadShape as bad:
        rows.defects[i] = str(bad)
        return None


def _filled(parts: Any) -> list[Any]:
    if not isinstance(parts, list):
        raise _BadShape("ring")
    if not parts:
        raise _BadShape("empty")
    return parts


def _polygon(rings: Any) -> shapely.Polygon:
    shell, *holes = (_ring(ring) for ring in _filled(rings))
    return shapely.Polygon(shell, holes)


def _ring(points: Any) -> np.ndarray:
    if not isinstance(points, list) or not all(isinstance(point, list) for point in points):
        raise _BadShape("ring")
    if len(points) < 4 or len({len(point) for point in points}) != 1 or len(points[0]) < 2:
        raise _BadShape("ring")
    flat = list(itertools.chain.from_iterable(points))
    if not {type(value) for value in flat} <= {_Written, int}:
        raise _BadShape("number")
    try:
        ring = np.array([float(value) for value in flat]).reshape(len(points), -1)
    except OverflowError as error:  # an integer beyond any float
        raise _BadShape("number") from error
    if not all(math.isfinite(value) for value in (ring.min(), ring.max())):
        raise _BadShape("number")
    if not np.array_equal(ring[0, :2], ring[-1, :2]):
        raise _BadShape("ring")
    return ring[:, :3]
