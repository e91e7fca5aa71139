"""The confined process: gives up its rights, reads one file, writes the rows, ends.

It is told what to do by `job.json` in its own folder, and leaves there `rows.arrow` and
`outcome.json`. Nothing but these two files goes back, and neither can hold code.
"""

import importlib
import json
from pathlib import Path
from typing import Any

from pbrt_geo.read import confine
from pbrt_geo.read.rows import Limits, Refused, Rows


def main(folder: Path) -> None:
    """Do the job that lies in `folder`."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    limits = Limits(**job["limits"])
    layers = {"network": confine.leave_network()}  # before a library starts a thread
    reader = importlib.import_module(f"pbrt_geo.read.{job['kind']}")
    write = _writer()
    layers["resources"] = confine.limit_resources(limits)
    layers["files"] = confine.keep_only(folder)
    layers["python"] = confine.guard(folder)
    try:
        rows = reader.read(folder / job["file"], job["layer"], limits)
        write(rows, folder / "rows.arrow")
        outcome = _outcome(rows) | {"layers": layers}
    except Refused as refused:
        outcome = {"refused": refused.key, "facts": refused.facts}
    except MemoryError:
        outcome = {"refused": "file_slow", "facts": {}}
    (folder / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")


def _outcome(rows: Rows) -> dict[str, Any]:
    return {
        "crs": rows.crs,
        "n_rows": len(rows.shapes),
        "n_3d": rows.n_3d,
        "defects": {str(row): reason for row, reason in sorted(rows.defects.items())},
    }


def _writer() -> Any:
    """Load what writing needs before the rights are gone."""
    import pyarrow as pa
    import shapely

    def write(rows: Rows, path: Path) -> None:
        columns = {name: pa.array(texts, pa.string()) for name, texts in rows.columns.items()}
        columns["geometry"] = pa.array(list(shapely.to_wkb(rows.shapes)), pa.binary())
        table = pa.table(columns)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as file:
            file.write_table(table)

    return write
