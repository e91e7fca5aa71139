"""Opening a file that somebody sent.

A map file can be a program: an OGR VRT named `.geojson` makes GDAL read any file of the
server, a `crs` link makes it call out, a view in a GeoPackage never ends. So the bytes are
looked at first, only four formats are known, each is read by code that can do nothing else, in
a process of its own that has given up its rights (`confine.py`) and is killed when its time is
over. The name of the file is display text: it is never opened, and never decides anything.
"""

import dataclasses
import json
import os
import stat
import subprocess
import sys
import tempfile
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.errors import FileRefused
from pbrt_geo.read.rows import Limits

__all__ = ["BoundaryFile", "Limits", "display_name", "read_boundary_file"]

_HEAD_BYTES = 4096
_SHOWN_NAME = 60
_DEAD = "http://127.0.0.1:9"  # nobody listens there

_START = """
import sys, types
from pathlib import Path
package = types.ModuleType("pbrt_geo")  # without running the library's own start
package.__path__ = [sys.argv[1]]
sys.modules["pbrt_geo"] = package
from pbrt_geo.read.child import main
main(Path(sys.argv[2]))
"""


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
    limits = limits or Limits()
    shown = display_name(name or ("" if isinstance(source, bytes) else str(source)))
    with tempfile.TemporaryDirectory(prefix="pbrt-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        try:
            kind = _take_in(source, folder, limits)
            job = {"kind": kind, "file": "input", "layer": layer}
            outcome = _run(folder, job | {"limits": dataclasses.asdict(limits)}, limits)
            return _result(folder, outcome, shown, kind)
        except _No as no:
            raise FileRefused.of(no.key, file=shown, **no.facts) from None


class _No(Exception):
    def __init__(self, key: str, **facts: Any) -> None:
        self.key, self.facts = key, facts
        super().__init__(key)


def display_name(name: str) -> str:
    """Return the last part of a file name, safe to show: no controls, no markup, not too long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in "`<>")
    shown = kept.strip() or "?"
    return shown if len(shown) <= _SHOWN_NAME else shown[: _SHOWN_NAME - 1] + "…"


def _take_in(source: Path | str | bytes, folder: Path, limits: Limits) -> str:
    """Copy the bytes to a name of our own and return the kind that they are."""
    if isinstance(source, bytes):
        data = source
    else:
        with _opened(source) as file:
            data = file.read(limits.file_bytes + 1)
    if len(data) > limits.file_bytes:
        raise _No("file_too_large", most=limits.file_bytes // 2**20)
    kind = kind_of(data[:_HEAD_BYTES])
    (folder / "input").write_bytes(data)
    return kind


def _opened(path: Path | str) -> BinaryIO:
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):  # a pipe or a device would never end
            raise _No("file_missing")
        return Path(path).open("rb")
    except (OSError, ValueError):  # ValueError: a NUL in the name
        raise _No("file_missing") from None


def kind_of(head: bytes) -> str:
    """Tell the format from the first bytes, or refuse with the likeliest reason."""
    if not head:
        raise _No("file_empty")
    for start, kind in ((b"PK\3\4", "shapefile"), (b"PAR1", "geoparquet")):
        if head.startswith(start):
            return kind
    if head.startswith(b"SQLite format 3\0"):
        return "geopackage"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _No("file_not_utf8")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if text.startswith(b"{"):
        return "geojson"
    raise _No("file_markup" if text.startswith(b"<") else "file_unknown")


def _run(folder: Path, job: dict[str, Any], limits: Limits) -> dict[str, Any]:
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    package = str(Path(__file__).parents[1])
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", _START, package, str(folder)]
    silent = subprocess.DEVNULL
    process = subprocess.Popen(
        command, stdin=silent, stdout=silent, stderr=silent, env=_environment(folder), cwd=folder
    )
    try:
        process.wait(limits.wall_seconds)
    except subprocess.TimeoutExpired:
        raise _No("file_slow") from None
    finally:
        process.kill()
        process.wait()
    return _outcome(folder, process.returncode)


def _environment(folder: Path) -> dict[str, str]:
    """Return the whole environment of the child: nothing of ours, so no secret, goes along."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "WINDIR") if name in os.environ}
    quiet = dict.fromkeys(("http_proxy", "https_proxy", "GDAL_HTTP_PROXY"), _DEAD)
    single = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")  # memory limit
    own = {"TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}
    arrow = {"ARROW_DEFAULT_MEMORY_POOL": "system", "PROJ_NETWORK": "OFF"}
    return kept | quiet | single | own | arrow


_KILLED_BY_A_LIMIT = (-24, -9)  # SIGXCPU; SIGKILL at the hard limit


def _outcome(folder: Path, code: int) -> dict[str, Any]:
    try:
        outcome = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _No("file_slow" if code in _KILLED_BY_A_LIMIT else "file_damaged") from None
    if "refused" in outcome:
        raise _No(outcome["refused"], **outcome["facts"])
    return outcome


def _result(folder: Path, outcome: dict[str, Any], shown: str, kind: str) -> BoundaryFile:
    wkbs = (folder / "shapes.wkb").read_bytes()
    ends = np.cumsum(outcome["n_bytes"])
    cut = [wkbs[end - n : end] or None for n, end in zip(outcome["n_bytes"], ends, strict=True)]
    uneven = any(len(cells) != len(cut) for cells in outcome["columns"].values())
    if uneven or ends[-1] != len(wkbs):
        raise _No("file_damaged")
    attributes = pd.DataFrame(outcome["columns"], index=range(len(cut)))
    shapes = shapely.from_wkb(np.array(cut, dtype=object))
    rows = gpd.GeoDataFrame(attributes, geometry=shapes, crs=outcome["crs"])
    defects = {int(row): reason for row, reason in outcome["defects"].items()}
    return BoundaryFile(shown, kind, rows, defects, outcome["n_3d"], outcome["walls"])
