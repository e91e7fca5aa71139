"""The confined process: gives up its rights, reads one file, writes what it read, ends.

It is told what to do by `job.json` in its own folder, and leaves there `outcome.json` (what was
read, or why the file is refused) and one file of plain numbers (`shapes.wkb`, `cells.u32`).
Nothing but these two files goes back, and neither can hold code.
"""

import importlib
import json
from pathlib import Path

from pbrt_geo.read import confine
from pbrt_geo.read.limits import Limits, Refused


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
        found = reader.read(folder / job["file"], job["layer"], limits)
        outcome = found.keep(folder) | {"walls": walls}
    except Refused as refused:
        outcome = {"refused": refused.key, "facts": refused.facts}
    except MemoryError:
        outcome = {"refused": "file_slow", "facts": {}}
    (folder / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")
