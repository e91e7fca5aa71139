"""All benchmarks, one after the other; `start.py bench` runs this.

python -m benchmarks            # measure, print, write benchmarks/RESULTS.md
python -m benchmarks --quick    # see that each runs; nothing is written
"""

import argparse
import datetime as dt
import importlib
import sys
from pathlib import Path

from benchmarks import harness

BENCHES = {
    "bench_map": "The map in Chromium",
    "bench_edition": "An edition from the tables",
    "bench_points": "Household points to RTs",
    "bench_crosswalk": "Land of one date in areas of another",
    "bench_lineage": "RTs on a date from events",
    "bench_disclosure": "The attack on public editions",
    "bench_app": "Start and readers",
}
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    """Run the benchmarks; 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="start.py bench")
    parser.add_argument("--quick", action="store_true", help="smallest cases; writes nothing")
    parser.add_argument("only", nargs="*", metavar="NAME", help="some of them")
    options = parser.parse_args()
    facts = " · ".join(f"{name} {value}" for name, value in harness.machine().items())
    parts = [f"# Results\n\n{dt.date.today().isoformat()} · {facts}\n"]
    missed = False
    for name in options.only or BENCHES:
        found = importlib.import_module(f"benchmarks.{name}").rows(quick=options.quick)
        missed |= any(row.met is False for row in found)
        parts.append(f"\n## {BENCHES[name]} (`{name}.py`)\n\n{harness.table(found)}\n")
        print(parts[-1], flush=True)
    if not options.quick and not options.only:
        RESULTS.write_text("".join(parts), encoding="utf-8", newline="\n")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
