"""The power fails while somebody works: what was acknowledged is there, and nothing is half."""

import json
import sys
from pathlib import Path

import pytest

from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry
from registry.killed import N_HOUSEHOLDS, N_PEOPLE, N_ROWS
from registry.killing import KINDS, Tally, kill_many, look_after, nursery
from registry.registries import ON, RTS, add_household
from registry.test_migrate import later_program

N_KILLS = 25
"""In this test; `python -m benchmarks.kill_registry 1000` for more."""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are of Unix")
def test_nothing_acknowledged_is_lost_by_kill_9(
    sample_places: Registry, where: str, tmp_path: Path
) -> None:
    sample_places.close()
    folder = tmp_path / "work"
    with pytest.MonkeyPatch.context() as patched:
        later_program(patched, folder)
    tally = Tally()
    with nursery() as workers:
        kill_many(workers, where, folder, N_KILLS, 1, tally)
    assert not tally.wrong
    assert tally.slowest_restart_s < 5
    assert tally.n_kills == dict.fromkeys(KINDS, N_KILLS // len(KINDS))
    assert tally.n_acknowledged["import"] > 0
    assert tally.n_acknowledged["edit"] > 0


def test_the_look_afterwards_notices_what_is_lost_or_half(
    sample_places: Registry, where: str, tmp_path: Path
) -> None:
    with sample_places.write(COMMAND, ON, "import", "uji", n_rows=N_ROWS) as work:
        for serial in range(N_HOUSEHOLDS - 1):
            add_household(work, next(iter(RTS)), serial, N_PEOPLE)
    sample_places.close()
    entries = [
        {"do": "import", "batch": 1, "households": [1, 99]},
        {"do": "edit", "household": 1, "version": 2, "note": "a"},
        {"do": "backup", "hash": "0"},
    ]
    ledger = tmp_path / "ledger"
    ledger.write_text("".join(json.dumps(entry) + "\n" for entry in entries) + '{"do": "imp')
    Registry.create(tmp_path / "migrated-1.db").close()
    tally = Tally()
    look_after(where, tmp_path, ledger, tally)
    assert set(tally.wrong) == {
        "half a import",
        "households of half an import",
        "an import was lost",
        "an edit was lost",
        "a backup was lost",
    }
