"""What every reader hands back: attributes as text, shapes, and which shapes could not be made."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pbrt_geo.read.limits import Limits, Refused

PROJECTED = (
    *range(32646, 32655),  # WGS 84 / UTM 46N-54N
    *range(32746, 32755),  # WGS 84 / UTM 46S-54S
    *range(23866, 23873),  # DGN95 / UTM 46N-52N
    *range(23877, 23885),  # DGN95 / UTM 47S-54S
    *range(23830, 23846),  # DGN95 / TM-3
    *range(9476, 9483),  # SRGI2013 / UTM 46N-52N
    *range(9487, 9495),  # SRGI2013 / UTM 47S-54S
    3857,  # Web Mercator
)
GEOGRAPHIC = (4326, 4979, 4755, 9470)  # WGS 84, the same with height, DGN95, SRGI2013
KNOWN_CRS = frozenset(GEOGRAPHIC + PROJECTED)
"""Coordinate systems that maps of Indonesia come in; any other is refused by name."""


@dataclass
class Rows:
    """
    The rows of a file, in its order.

    `shapes` holds polygons, or None where `defects` tells by row why there is none: "null",
    "empty", "point", "line", "collection", "number" (a coordinate that is not a finite number),
    "ring" (not closed, or of fewer than three corners).
    """

    columns: dict[str, list[str | None]]
    shapes: list[Any]
    crs: int | None
    defects: dict[int, str] = field(default_factory=dict)
    n_3d: int = 0

    def keep(self, folder: Path) -> dict[str, Any]:
        """Write the polygons one after the other to `shapes.wkb`; return all else for JSON."""
        wkbs = [wkb or b"" for wkb in shapely.to_wkb(self.shapes)]
        (folder / "shapes.wkb").write_bytes(b"".join(wkbs))
        return {
            "columns": self.columns,
            "n_bytes": [len(wkb) for wkb in wkbs],
            "crs": self.crs,
            "n_3d": self.n_3d,
            "defects": {str(row): reason for row, reason in sorted(self.defects.items())},
        }


def as_text(value: Any) -> str | None:
    """Write an attribute as text; a whole number has no decimals, so that codes stay codes."""
    if value is None or isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        text = str(int(value))
    elif isinstance(value, int | float):
        text = str(value)
    elif isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False)
    else:
        raise Refused("file_column_type")
    if text is not None and "\0" in text:
        raise Refused("file_nul")
    return None if text is None else str(text)


def checked_columns(names: list[str], limits: Limits) -> None:
    """Refuse columns that would overwrite each other or the shape."""
    if len(names) > limits.columns:
        raise Refused("file_columns", n=len(names), most=limits.columns)
    for name in names:
        if "\0" in name:
            raise Refused("file_nul")
        if names.count(name) > 1 or name == "geometry":
            raise Refused("file_column_twice", column=name[:60])


def checked_count(n_stated: int, n_read: int) -> None:
    """Refuse a file that holds more or fewer rows than it says: part of it is lost."""
    if n_stated != n_read:
        raise Refused("file_rows_differ", n_stated=n_stated, n_read=n_read)


def checked_size(n_rows: int, limits: Limits) -> None:
    """Refuse a file without rows, or with more than the limit."""
    if n_rows == 0:
        raise Refused("file_no_rows")
    if n_rows > limits.rows:
        raise Refused("file_too_many_rows", n=n_rows, most=limits.rows)


def known_crs(code: Any) -> int:
    """Return an EPSG code of the list, or refuse."""
    if code not in KNOWN_CRS:
        raise Refused("file_crs", crs=str(code)[:60])
    return int(code)


_WKB_KINDS = {1: "point", 2: "line", 3: "", 4: "point", 5: "line", 6: ""}


def _wkb_kind(wkb: bytes) -> str:
    """Name what a WKB is: "" for a polygon. ISO adds 1000s, EWKB sets high bits."""
    if len(wkb) < 5:
        return "ring"
    code = int.from_bytes(wkb[1:5], "little" if wkb[0] else "big") & 0x1FFF_FFFF
    return _WKB_KINDS.get(code % 1000, "collection")


def add_shapes(rows: Rows, wkbs: list[bytes | None]) -> Rows:
    """Make polygons from WKB and note, by row, those that cannot be made."""
    for i, wkb in enumerate(wkbs):
        kind = "null" if wkb is None else _wkb_kind(wkb)
        if kind:
            rows.defects[i] = kind
    good = [None if i in rows.defects else wkb for i, wkb in enumerate(wkbs)]
    shapes = shapely.from_wkb(np.array(good, dtype=object), on_invalid="ignore")
    for i in np.flatnonzero(shapely.is_missing(shapes)).tolist():
        rows.defects.setdefault(i, "ring")
    rows.shapes = list(shapes)
    return finished(rows)


def finished(rows: Rows) -> Rows:
    """Drop heights; take out shapes that are empty or hold a number that is not finite."""
    shapes = np.array(rows.shapes, dtype=object)
    rows.n_3d += int(shapely.has_z(shapes).sum())
    shapes = shapely.force_2d(shapes)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    for i in np.unique(owner[~np.isfinite(xy).all(axis=1)]).tolist():
        rows.defects[i] = "number"
    for i in np.flatnonzero(shapely.is_empty(shapes)).tolist():
        rows.defects.setdefault(i, "empty")
    for i in rows.defects:
        shapes[i] = None
    rows.shapes = list(shapes)
    return rows
