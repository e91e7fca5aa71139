"""The confined process: gives up its rights, reads one file, writes the rows, ends.

It is told what to do by `job.json` in its own folder, and leaves there `outcome.json` (the
attributes, or why the file is refused) and `shapes.wkb` (the polygons, one after the other).
Nothing but these two files goes back, and neither can hold code.
"""

import importlib
import json
from pathlib import Path
from typing import Any

import shapely

from pbrt_geo.read import confine
from pbrt_geo.read.rows import Limits, Refused, Rows


def main(folder: Path) -> None:
    """Do the job that lies in `folder`."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    limits = Limits(**job["limits"])
    walls = {"network": confine.leave_network()}  # before a library starts a thread
    reader = importlib.import_module(f"pbrt_geo.read.{job['kind']}")
    walls |= {
        "resources": confine.limit_resources(limits),
        "files": confine.keep_only(folder),
        "python": confine.guard(folder),
    }
    try:
        rows = reader.read(folder / job["file"], job["layer"], limits)
        outcome = _kept(rows, folder / "shapes.wkb") | {"walls": walls}
    except Refused as refused:
        outcome = {"refused": refused.key, "facts": refused.facts}
    except MemoryError:
        outcome = {"refused": "file_slow", "facts": {}}
    (folder / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")


def _kept(rows: Rows, path: Path) -> dict[str, Any]:
    wkbs = [wkb or b"" for wkb in shapely.to_wkb(rows.shapes)]
    path.write_bytes(b"".join(wkbs))
    return {
        "columns": rows.columns,
        "n_bytes": [len(wkb) for wkb in wkbs],
        "crs": rows.crs,
        "n_3d": rows.n_3d,
        "defects": {str(row): reason for row, reason in sorted(rows.defects.items())},
    }
