"""Kill who works on a registry, often: `python -m benchmarks.kill_registry 1000`.

Workers import, edit, back up and migrate; each is killed (kill -9) after at most 0.4 s, and the
registry then compared with a ledger outside of it (`tests/registry/killing.py`). A registry is used
for 25 kills, so that it stays small. Exit code 1 if anything acknowledged was lost or is half.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from registry.killing import Tally, kill_many, nursery  # noqa: E402
from registry.registries import fill_places  # noqa: E402
from registry.test_migrate import LATER  # noqa: E402

from pbrt_geo.registry import migrate  # noqa: E402
from pbrt_geo.registry.store import Registry  # noqa: E402

KILLS_OF_ONE = 25


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kills", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tally, began = Tally(), time.perf_counter()
    with nursery() as workers:
        for number in range(-(-options.kills // KILLS_OF_ONE)):
            n_kills = min(KILLS_OF_ONE, options.kills - number * KILLS_OF_ONE)
            one_registry(workers, n_kills, options.seed + number, tally)
            print(f"{tally.n_kills.total()} kills, {len(tally.wrong)} wrong", flush=True)
    print(f"kills by kind of work: {dict(tally.n_kills)}")
    print(f"acknowledged: {dict(tally.n_acknowledged)}")
    print(f"slowest restart with a first change: {tally.slowest_restart_s:.2f} s")
    print(f"wrong: {tally.wrong or 'nothing'}; {time.perf_counter() - began:.0f} s in all")
    return 1 if tally.wrong else 0


def one_registry(workers, n_kills: int, seed: int, tally: Tally) -> None:
    with tempfile.TemporaryDirectory(prefix="pbrt-kill-") as name:
        folder = Path(name)
        shutil.copytree(migrate._HERE, folder / "migrations")
        later = LATER.format(head=migrate.head(), more="")
        (folder / "migrations" / "versions" / "9001_later.py").write_text(later)
        registry = Registry.create(folder / "registry.db")
        fill_places(registry)
        registry.close()
        kill_many(workers, str(folder / "registry.db"), folder, n_kills, seed, tally)


if __name__ == "__main__":
    sys.exit(main())
