"""What a second attacker gets out of public editions of hundreds of random districts.

    python -m benchmarks.attack_districts               # districts 0 to 199
    python -m benchmarks.attack_districts 1000 1500     # others

Three editions of each district, every fifth one month apart with single changes; the same
districts published with exact sums and counts below five hidden go through the same attack.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from attacked_districts import A_MONTH_APART, Attacked, door, naive

from pbrt_geo.disclosure.rule import Rule, read_rule

MONTHLY = 5
"""Every so many districts the editions are one month apart."""


def main() -> None:
    """Attack, and print one row for each way of publishing and time between editions."""
    first, last = (int(text) for text in sys.argv[1:3]) if len(sys.argv) > 2 else (0, 200)
    rows = []
    for seed in range(first, last):
        for name, way in (("door", door), ("naive", naive)):
            rows.append(summary(seed, name, way, read_rule()))
            print(rows[-1] if rows[-1]["too narrow"] and name == "door" else ".", flush=True)
    print(table_of(rows).to_string())


def summary(seed: int, name: str, way: Callable[..., Attacked], rule: Rule) -> dict:
    """Attack one district published in one way."""
    monthly = seed % MONTHLY == 0
    with tempfile.TemporaryDirectory() as folder:
        found = way(seed, Path(folder), rule, **(A_MONTH_APART if monthly else {}))
    return {
        "published": name,
        "apart": "month" if monthly else "year",
        "districts": 1,
        "refused": found.n_refused,
        "cells": len(found.cells),
        "recovered": found.n_recovered,
        "too narrow": found.n_too_narrow,
        "changes": len(found.changes),
        "changes recovered": found.n_changes_recovered,
        "narrowest household": found.narrowest("household"),
        "narrowest resident": found.narrowest("resident"),
    }


def table_of(rows: list[dict]) -> pd.DataFrame:
    """Add districts up; of the narrowest ranges take the narrowest."""
    groups = pd.DataFrame(rows).groupby(["published", "apart"])
    narrowest = ["narrowest household", "narrowest resident"]
    table = groups.sum()
    table[narrowest] = groups[narrowest].min()
    table.insert(4, "% recovered", (100 * table["recovered"] / table["cells"]).round(1))
    return table


if __name__ == "__main__":
    main()
