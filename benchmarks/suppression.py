"""Complementary suppression by `pytauargus`, in a process of its own.

Its solver and `highspy` are two builds of HiGHS that do not live in one process. Each line that
`python -m benchmarks.suppression` reads is a table in JSON: `codes` of RTs by kecamatan, desa and
RT (2, 2 and 3 digits), `n` households and `poor` of them, and `small`: counts from 1 up to, not
including, this are hidden. Each line it writes holds the codes of what is hidden.
"""

import contextlib
import importlib.util
import json
import os
import sys
import tempfile
from typing import Any

TAUARGUS_FOLDER = "PBRT_TAUARGUS"
"""May name a folder of packages that has pytauargus."""


def hidden_of(table: dict[str, Any]) -> list[str]:
    """Return the RTs and areas of which poor, or not poor, households are hidden."""
    from pytauargus import protect

    rows = [
        {"area": code, "poor": sign, "n": 1.0}
        for code, n, poor in zip(table["codes"], table["n"], table["poor"], strict=True)
        for sign, times in (("Y", poor), ("N", n - poor))
        for _ in range(times)
    ]
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):  # it leaves files about
        found = protect(
            rows,
            ["area", "poor"],
            response="n",
            safety_rules=f"FREQ({table['small']},100)",
            suppress="OPT(1)",
            hrc={"area": "2 2 3"},
            workdir=folder,
        )
    cells = found.tables[0].rows
    is_hidden = [cell["poor"] in ("Y", "N") and cell["status"] in ("U", "M") for cell in cells]
    return sorted({cell["area"] for cell, hides in zip(cells, is_hidden, strict=True) if hides})


def main() -> None:
    """Answer line by line; `null` first where pytauargus is not there."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the solver greets on standard output
    if folder := os.environ.get(TAUARGUS_FOLDER):
        sys.path.append(folder)
    is_there = importlib.util.find_spec("pytauargus") is not None
    print("[]" if is_there else "null", file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(hidden_of(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
