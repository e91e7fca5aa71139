"""Kills who works on a registry, at random moments, and looks at what is left.

What the registry acknowledged must be there; of what it did not, all or nothing.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import inspect

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.backup import restore
from pbrt_geo.registry.engine import engine_of, transaction
from pbrt_geo.registry.integrity import faults
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry
from registry.killed import N_HOUSEHOLDS, N_PEOPLE
from registry.registries import ON, rows_of

KINDS = ("import", "edit", "backup", "migrate", "mixed")
LONGEST_S = 0.4
"""A worker lives at most so long; it opens the registry in some hundredths of a second."""


@dataclass
class Tally:
    """What came of the kills; `wrong` says what must not be."""

    n_kills: Counter[str] = field(default_factory=Counter)
    n_acknowledged: Counter[str] = field(default_factory=Counter)
    slowest_restart_s: float = 0
    wrong: list[str] = field(default_factory=list)

    def need(self, is_so: bool, what: str) -> None:
        """Note down what should be and is not."""
        if not is_so:
            self.wrong.append(what)


class Nursery:
    """The program of `registry.killed`, from which workers are forked."""

    def __init__(self) -> None:
        tests = str(Path(__file__).resolve().parents[1])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "registry.killed"],
            cwd=Path(tests).parent,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([tests, *sys.path])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def kill_one(self, order: dict[str, Any], after_s: float) -> int:
        """Let one worker work for a while, then kill it; return how it ended."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        worker = int(self.process.stdout.readline())
        time.sleep(after_s)
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
        return int(self.process.stdout.readline())


@contextlib.contextmanager
def nursery() -> Iterator[Nursery]:
    """Start the program, end it."""
    started = Nursery()
    try:
        yield started
    finally:
        assert started.process.stdin and started.process.stdout
        started.process.stdin.close()
        started.process.wait(10)
        started.process.stdout.close()


def kill_many(
    workers: Nursery, where: str, folder: Path, n_kills: int, seed: int, tally: Tally
) -> None:
    """Kill workers of all kinds on one registry, and look after each."""
    chance, ledger = random.Random(seed), folder / "ledger"
    ledger.touch()
    for number in range(n_kills):
        kind = KINDS[number % len(KINDS)]
        order = {"where": where, "ledger": str(ledger), "folder": str(folder), "kind": kind}
        lived = chance.uniform(0, LONGEST_S)
        status = workers.kill_one(order | {"seed": seed * 1000 + number}, lived)
        tally.need(os.waitstatus_to_exitcode(status) == -signal.SIGKILL, f"{kind}: ended by itself")
        tally.n_kills[kind] += 1
        look_after(where, folder, ledger, tally)
    tally.n_acknowledged.update(entry["do"] for entry in _entries(ledger))


# ── what is left ────────────────────────────────────────────────────────────────────────────────


def look_after(where: str, folder: Path, ledger: Path, tally: Tally) -> None:
    """Compare a registry with the ledger after a kill."""
    entries = _entries(ledger)
    began = time.perf_counter()
    registry = Registry.open(where)
    with registry.write(COMMAND, ON, "restart", "sesudah listrik padam") as work:
        work.record()
    took = time.perf_counter() - began
    tally.slowest_restart_s = max(tally.slowest_restart_s, took)
    _look_at_registry(registry, tally)
    _look_at_ledger(registry, entries, tally)
    registry.close()
    _look_at_backup(folder, entries, tally)
    _look_at_migrated(folder, entries, tally)


def _entries(ledger: Path) -> list[dict[str, Any]]:
    lines = ledger.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def _look_at_registry(registry: Registry, tally: Tally) -> None:
    """Nothing contradicts itself, and no transaction is there in part."""
    with transaction(registry.engine, writes=False) as connection:
        found = faults(connection)
    tally.need(not found, f"faults {found}")
    batches, changes = rows_of(registry, t.batches), rows_of(registry, t.changes)
    n_rows: dict[int, int] = {}
    for change in changes:
        n_rows[change["batch_id"]] = n_rows.get(change["batch_id"], 0) + 1
    for batch in batches:
        if batch["kind"] in ("import", "edit"):
            complete = n_rows.get(batch["id"], 0) == batch["about"]["n_rows"]
            tally.need(complete, f"half a {batch['kind']}")
    n_imports = sum(batch["kind"] == "import" for batch in batches)
    n_homes = len(rows_of(registry, t.households))
    tally.need(n_homes == n_imports * N_HOUSEHOLDS, "households of half an import")
    n_people = len(rows_of(registry, t.residents))
    tally.need(n_people == n_homes * N_PEOPLE, "people of half an import")


def _look_at_ledger(registry: Registry, entries: list[dict[str, Any]], tally: Tally) -> None:
    """Everything that was acknowledged is there."""
    batches = {row["id"] for row in rows_of(registry, t.batches)}
    homes = {row["id"]: row for row in rows_of(registry, t.households)}
    notes = {
        (change["row_id"], change["version"]): change["after"].get("note")
        for change in rows_of(registry, t.changes)
        if change["entity"] == "households"
    }
    for entry in entries:
        if entry["do"] == "import":
            kept = entry["batch"] in batches and all(key in homes for key in entry["households"])
            tally.need(kept, "an import was lost")
        if entry["do"] == "edit":
            at = (entry["household"], entry["version"])
            kept = notes.get(at) == entry["note"]
            kept &= homes[entry["household"]]["version"] >= entry["version"]
            tally.need(kept, "an edit was lost")


def _look_at_backup(folder: Path, entries: list[dict[str, Any]], tally: Tally) -> None:
    """The backup is whole, and not older than the last that was acknowledged."""
    saved = [entry["hash"] for entry in entries if entry["do"] == "backup"]
    if not (folder / "backup.db").exists():
        tally.need(not saved, "a backup was lost")
        return
    found = restore(folder / "backup.db", folder / "restored.db")
    tally.need(not saved or found.hash == saved[-1] or found.hash not in saved, "an old backup")
    for file in folder.glob("restored.db*"):
        file.unlink()


def _look_at_migrated(folder: Path, entries: list[dict[str, Any]], tally: Tally) -> None:
    """Tables are those of one program, never between two; then they are taken away."""
    done = {entry["file"] for entry in entries if entry["do"] == "migrate"}
    for file in folder.glob("migrated-*.db"):
        version, names, columns = _tables_in(file)
        whole = {None: not names, "9001": "later" in columns}
        is_whole = whole.get(version, set(t.metadata.tables) < names and "later" not in columns)
        tally.need(is_whole, "half a migration")
        tally.need(file.name not in done or version == "9001", "a migration was lost")
        for left in folder.glob(f"{file.name}*"):
            left.unlink()


def _tables_in(file: Path) -> tuple[str | None, set[str], set[str]]:
    """Last migration that was done, the tables there are, and the columns of `households`."""
    engine = engine_of(file)
    with transaction(engine, writes=False) as connection:
        there = inspect(connection)
        names = set(there.get_table_names())
        version, columns = None, set()
        if names:
            statement = "SELECT version_num FROM alembic_version"
            version = connection.exec_driver_sql(statement).scalar()
            columns = {column["name"] for column in there.get_columns("households")}
    engine.dispose()
    return version, names, columns
