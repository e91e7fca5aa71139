"""Opening a map file that somebody sent.

A map file can be a program: an OGR VRT named `.geojson` makes GDAL read any file of the
server, a `crs` link makes it call out, a view in a GeoPackage never ends. So the bytes are
looked at first, only four formats are known, each is read by code that can do nothing else, in
a process of its own (`confined.py`) that has given up its rights.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.errors import FileRefused
from pbrt_geo.read.confined import bytes_of, display_name, name_of, own_folder, read_confined
from pbrt_geo.read.limits import Limits, Refused

__all__ = ["BoundaryFile", "Limits", "display_name", "read_boundary_file"]


@dataclass(frozen=True)
class BoundaryFile:
    """
    A foreign file as it was read: every row, in order, all attributes as text.

    `rows.geometry` is empty where `defects` tells by row number (from 0) why there is no
    polygon. `rows.crs` is None where the file declares none. `walls` tells which walls of
    `confine.py` stood around the reading process.
    """

    name: str
    kind: str
    rows: gpd.GeoDataFrame
    defects: dict[int, str] = field(default_factory=dict)
    n_3d: int = 0
    walls: dict[str, bool] = field(default_factory=dict)


def read_boundary_file(
    source: Path | str | bytes,
    *,
    name: str | None = None,
    layer: str | None = None,
    limits: Limits | None = None,
) -> BoundaryFile:
    """
    Read a GeoJSON, GeoPackage, zipped Shapefile or GeoParquet file that is not trusted.

    Parameters
    ----------
    source
        A path, or the bytes themselves.
    name
        What to call the file in messages; the last part of the path if not given.
    layer
        Which layer, where the file has several.
    limits
        Other limits than the usual ones.

    Raises
    ------
    FileRefused
        With one sentence. Nothing of the file is kept.
    """
    limits, shown = limits or Limits(), name_of(source, name)
    with own_folder() as folder:
        try:
            data = bytes_of(source, limits)
            kind, outcome = read_confined(folder, data, kind_of, layer, limits)
            return _result(folder, outcome, shown, kind)
        except Refused as no:
            raise FileRefused.of(no.key, file=shown, **no.facts) from None


def kind_of(head: bytes) -> str:
    """Tell the format from the first bytes, or refuse with the likeliest reason."""
    if not head:
        raise Refused("file_empty")
    for start, kind in ((b"PK\3\4", "shapefile"), (b"PAR1", "geoparquet")):
        if head.startswith(start):
            return kind
    if head.startswith(b"SQLite format 3\0"):
        return "geopackage"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused("file_not_utf8")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if text.startswith(b"{"):
        return "geojson"
    raise Refused("file_markup" if text.startswith(b"<") else "file_unknown")


def _result(folder: Path, outcome: dict[str, Any], shown: str, kind: str) -> BoundaryFile:
    wkbs = (folder / "shapes.wkb").read_bytes()
    ends = np.cumsum(outcome["n_bytes"])
    cut = [wkbs[end - n : end] or None for n, end in zip(outcome["n_bytes"], ends, strict=True)]
    uneven = any(len(cells) != len(cut) for cells in outcome["columns"].values())
    if uneven or ends[-1] != len(wkbs):
        raise Refused("file_damaged")
    attributes = pd.DataFrame(outcome["columns"], index=range(len(cut)))
    shapes = shapely.from_wkb(np.array(cut, dtype=object))
    rows = gpd.GeoDataFrame(attributes, geometry=shapes, crs=outcome["crs"])
    defects = {int(row): reason for row, reason in outcome["defects"].items()}
    return BoundaryFile(shown, kind, rows, defects, outcome["n_3d"], outcome["walls"])
