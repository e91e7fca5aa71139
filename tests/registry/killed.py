"""Work on a registry that is killed: `python -m registry.killed`, started by `registry.killing`.

The program waits for orders on its input, one JSON object a line, and answers each by a fork of
itself that works until it is killed. Whatever the registry acknowledged is written to a ledger
outside of it at once, and forced to disk: what stands there must never be lost.
"""

import json
import os
import random
import sys
from itertools import count
from pathlib import Path
from typing import Any

from pbrt_geo.registry import migrate
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.backup import backup
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Conflict, Registry, Work
from registry.registries import ON, RTS, add_household, fill_places

N_HOUSEHOLDS = 8
"""Households of one import."""
N_PEOPLE = 3
N_ROWS = N_HOUSEHOLDS * (2 + 2 * N_PEOPLE)
"""Rows of one import: household, residence, people, memberships."""


class Worker:
    """Somebody who works until the power fails."""

    def __init__(self, where: str, ledger: str, kind: str, seed: int, folder: str) -> None:
        self.where, self.kind, self.folder = where, kind, Path(folder)
        self.ledger = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.random, self.seed, self.serials = random.Random(seed), seed, count(seed * 1000)

    def run(self) -> None:
        """Do what was ordered, over and over."""
        registry = Registry.open(self.where)
        tasks = [self.do_import, self.do_edit, self.do_edit, self.do_backup, self.do_migrate]
        named = {task.__name__: task for task in tasks}
        while True:
            task = named.get(f"do_{self.kind}") or self.random.choice(tasks)
            task(registry)

    def acknowledged(self, **entry: Any) -> None:
        """Write down that the registry said it stored something."""
        os.write(self.ledger, (json.dumps(entry) + "\n").encode())
        os.fsync(self.ledger)

    def do_import(self, registry: Registry) -> None:
        """Store some households with their people in one transaction."""
        rts = list(RTS)
        with registry.write(COMMAND, ON, "import", "uji", n_rows=N_ROWS) as work:
            made = [
                add_household(work, self.random.choice(rts), next(self.serials), N_PEOPLE)
                for _ in range(N_HOUSEHOLDS)
            ]
            batch = work.batch_id
        self.acknowledged(do="import", batch=batch, households=made)

    def do_edit(self, registry: Registry) -> None:
        """Change the note of one household, and the name of one of its people."""
        token = f"{self.seed}-{next(self.serials)}"
        try:
            with registry.write(COMMAND, ON, "edit", "uji", n_rows=2) as work:
                household, person = self._some(work, t.households), self._some(work, t.residents)
                if household is None or person is None:
                    return
                key, version = household["id"], household["version"]
                after = work.update(t.households, key, version, note=token)
                work.update(t.residents, person["id"], person["version"], name=f"Warga {token}")
        except Conflict:
            return
        self.acknowledged(do="edit", household=key, version=after, note=token)

    def do_backup(self, registry: Registry) -> None:
        """Replace the backup."""
        found = backup(registry, self.folder / "backup.db")
        self.acknowledged(do="backup", hash=found.hash)

    def do_migrate(self, registry: Registry) -> None:
        """Make a registry as this program does, then bring it to that of a later program."""
        file = self.folder / f"migrated-{next(self.serials)}.db"
        now = migrate._HERE
        other = Registry.create(file)
        fill_places(other)
        other.close()
        migrate._HERE = self.folder / "migrations"
        Registry.create(file).close()
        migrate._HERE = now
        self.acknowledged(do="migrate", file=file.name)

    def _some(self, work: Work, table: t.Table) -> Any:
        seen = work.visible(table)
        keys = [row["id"] for row in work.rows(seen.select().with_only_columns(seen.c.id))]
        return work.get(table, self.random.choice(keys)) if keys else None


def main() -> None:
    """Fork a worker for each order; say its number, and how it ended."""
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            Worker(**json.loads(line)).run()
            os._exit(1)
        print(process, flush=True)
        _, status = os.waitpid(process, 0)
        print(status, flush=True)


if __name__ == "__main__":
    main()
