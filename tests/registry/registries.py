"""Registries for tests: SQLite in a file, and PostgreSQL where its programs are installed.

The fixture `registry` gives either. Both are copies of one whose tables were made once, so that a
test starts in some hundredths of a second. The PostgreSQL server belongs to the tests: own folder,
own port, gone at the end.
"""

import contextlib
import datetime as dt
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import RowMapping, Table, insert, select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import transaction
from pbrt_geo.registry.store import Registry, Work

ON = dt.date(2026, 6, 1)
"""The day on which the tests work."""
KINDS = ("sqlite", "postgresql")

KABUPATEN = "52.07"
DESA = {"52.07.01.2001": "Goa", "52.07.03.2002": "Air Suning"}
RTS = {
    "RT-5207-00001-8": "52.07.01.2001",
    "RT-5207-00002-6": "52.07.01.2001",
    "RT-5207-00003-4": "52.07.03.2002",
    "RT-5207-00004-2": "52.07.03.2002",
}
"""Four RT in two desa of two kecamatan, by desa."""


# ── a few places ────────────────────────────────────────────────────────────────────────────────


def place_rows(rts: Mapping[str, str] = RTS) -> list[dict[str, Any]]:
    """Rows of `places` for RTs that were always in their desa."""
    return [
        {
            "rt_id": rt_id,
            "valid_from": dt.date(2006, 1, 1),
            "valid_to": None,
            "desa_id": desa_id,
            "kecamatan_id": desa_id.rsplit(".", 1)[0],
            "kabupaten_id": KABUPATEN,
            "name": f"RT {number:03d}",
            "desa_name": DESA[desa_id],
        }
        for number, (rt_id, desa_id) in enumerate(rts.items(), 1)
    ]


def fill_places(registry: Registry) -> None:
    """Put the few places into a registry."""
    with transaction(registry.engine, writes=True) as connection:
        connection.execute(insert(t.places), place_rows())


# ── PostgreSQL ──────────────────────────────────────────────────────────────────────────────────


def postgres_programs() -> Path | None:
    """Folder of the newest installed server; None if there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@dataclass
class Server:
    """A PostgreSQL server of the tests' own."""

    programs: Path
    folder: Path
    port: int
    names: Iterator[int]

    def url(self, database: str) -> str:
        return f"postgresql://pbrt@127.0.0.1:{self.port}/{database}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs, as somebody without rights: it refuses to run as root."""
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        options = {"capture_output": True, "cwd": self.folder, **_unprivileged()}
        done = subprocess.run(command, check=False, **options)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode()}")

    def start(self) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -F"
        self.run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-w", "-m", "immediate", "stop")

    def create(self, template: str = "template0") -> str:
        """Make a new database; return its URL."""
        name = f"registry_{next(self.names)}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self._say(f"DROP DATABASE {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextlib.contextmanager
def postgres_server() -> Iterator[Server]:
    """Start a server, stop it at the end."""
    programs = postgres_programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="pbrt-postgres-"))
    with contextlib.ExitStack() as at_end:
        at_end.callback(shutil.rmtree, folder, ignore_errors=True)
        if os.getuid() == 0:
            shutil.chown(folder, *_account())
        server = Server(programs, folder, _free_port(), count(1))
        server.run("initdb", "-U", "pbrt", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        server.start()
        at_end.callback(server.stop)
        yield server


def _unprivileged() -> dict[str, Any]:
    if os.getuid() != 0:
        return {}
    user, group = _account()
    return {"user": user, "group": group, "extra_groups": []}


def _account() -> tuple[int, int]:
    """Postgres' own account, or nobody's."""
    import pwd

    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return entry.pw_uid, entry.pw_gid


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


# ── invented people ─────────────────────────────────────────────────────────────────────────────


def nik(serial: int) -> str:
    """A NIK that could be one, of nobody."""
    return "520701" + "150380" + f"{serial:04d}"


def add_household(work: Work, rt_id: str, serial: int, n_people: int = 2) -> int:
    """Store a household that lives in an RT, with its people; return its key."""
    kk = "520701" + "010110" + f"{serial:04d}"
    household = work.insert(t.households, no_kk=kk, kk_state="valid", address=f"Dusun {serial}")
    period = {"valid_from": ON, "valid_to": None, "cause": "recorded"}
    work.insert(t.residences, household_id=household, rt_id=rt_id, **period)
    people = [
        {"nik": nik(10 * serial + n), "nik_state": "valid", "name": f"Warga {serial} {n}"}
        for n in range(n_people)
    ]
    for number, key in enumerate(work.insert_many(t.residents, people)):
        role = "head" if number == 0 else "other"
        at = {"resident_id": key, "household_id": household, "role": role}
        work.insert(t.memberships, **at, **period)
    return household


def rows_of(registry: Registry, table: Table) -> list[RowMapping]:
    """All rows that a table really has, void ones too."""
    with transaction(registry.engine, writes=False) as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key)).mappings())
