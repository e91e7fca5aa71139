"""Backups, and registries made of them.

A backup of either database is one SQLite file with the same tables, so that the backup of a server
can be restored on a laptop and the other way round, needs no other program to be read, and is
encrypted like a registry where there is a key. A seal in it holds the hash of all its rows.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, func, insert, select
from sqlalchemy.exc import DBAPIError

from pbrt_geo.files import _sync_folder
from pbrt_geo.registry.encryption import VARIABLE, driver, is_plain, key, unlock
from pbrt_geo.registry.engine import RegistryError, engine_of, file_of, transaction, url_of
from pbrt_geo.registry.integrity import Content, Progress, content, parts, silent, tables_there
from pbrt_geo.registry.migrate import is_known, revision, upgrade
from pbrt_geo.registry.problems import forget
from pbrt_geo.registry.store import Registry

_SEAL = "CREATE TABLE backup_seal (content_hash TEXT NOT NULL, n_rows INTEGER NOT NULL)"
_OF_BACKUP = tuple(
    f"registry_{kind}" for kind in ("failed", "rule", "value", "damaged", "no_database")
)
"""What goes wrong with a new registry because its backup is damaged."""
_OPEN_KEEPS_NAME = sys.platform == "win32"
"""Whether a file that is open can be neither renamed nor removed."""


def backup(registry: Registry, path: Path, progress: Progress = silent) -> Content:
    """
    Write all that a registry holds at one moment into a file; others may go on working.

    The file takes the place of an earlier backup of that name when it is complete and on the
    disk, not before.

    Raises
    ------
    RegistryError
        If the registry cannot be read or the file cannot be written; an earlier backup is intact.
    """
    with _staged(path) as new:
        if file_of(registry.engine):
            _copy_file(registry.engine, new)
        else:
            with transaction(registry.engine, writes=False) as source, _engine(new) as target:
                _fill(target, source, progress)
        return _seal(new, progress)


def restore(path: Path, where: str | Path, progress: Progress = silent) -> Content:
    """
    Make a new registry of a backup, equal to the one that was backed up.

    A backup of an older version of this program is brought up to date on the way.

    Raises
    ------
    RegistryError
        If the backup is damaged, or there is a registry already; nothing was made.
    """
    with _opened(path) as source:
        sealed = _sealed(source, path)
        url = url_of(where)
        if url.get_backend_name() != "sqlite":
            with _engine(where) as target:
                _fill(target, source, progress, sealed)
            return sealed
        file = Path(str(url.database))
        _refuse_taken(file)
        with _staged(file) as new:
            with _engine(new) as target:
                _fill(target, source, progress, sealed)
            _refuse_taken(file)
    return sealed


# ── files ───────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _staged(path: Path) -> Iterator[Path]:
    """Give an empty file beside another, to be filled; it takes the other's place, or is gone."""
    new = path.with_name(f".{path.name}.new")
    try:
        with contextlib.closing(_Held(new)) as held:
            held.take(path.name)
            yield new
            held.rename(path)
    except OSError:
        raise RegistryError.of("backup_unwritten", file=path.name) from None


class _Held:
    """A file under a temporary name that one process holds until it is done or dies."""

    def __init__(self, file: Path) -> None:
        self.file, self.is_ours = file, False
        self.handle: int | None = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self, name: str) -> None:
        """Take the file, and clear away what a process left in it that was killed."""
        assert self.handle is not None
        self.is_ours = _locked(self.handle) and self._has_its_name()
        if not self.is_ours:
            raise RegistryError.of("backup_running", file=name)
        self._remove_companions()
        os.ftruncate(self.handle, 0)

    def rename(self, path: Path) -> None:
        """Give the file its lasting name, once it is on the disk."""
        assert self.handle is not None
        os.fsync(self.handle)
        if _OPEN_KEEPS_NAME:
            self._let_go()
        self.file.replace(path)
        _sync_folder(path.parent)

    def close(self) -> None:
        """Let go of the file; remove it if it did not get its lasting name."""
        if self.is_ours and self._has_its_name():
            self._remove_companions()
            if _OPEN_KEEPS_NAME:
                self._let_go()
            self.file.unlink()  # elsewhere before it is let go, or another could have it by now
        self._let_go()

    def _let_go(self) -> None:
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None

    def _has_its_name(self) -> bool:
        with contextlib.suppress(FileNotFoundError):
            named = self.file.stat()
            return self.handle is None or os.path.samestat(os.fstat(self.handle), named)
        return False

    def _remove_companions(self) -> None:
        for ending in ("-journal", "-wal", "-shm"):
            self.file.with_name(self.file.name + ending).unlink(missing_ok=True)


def _locked(handle: int) -> bool:
    if sys.platform != "win32":  # there a file that is open elsewhere cannot be removed anyway
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _refuse_taken(file: Path) -> None:
    """A registry is never replaced; nor is the log of one that is missing, which belongs to it."""
    log = file.with_name(file.name + "-wal")
    if file.exists() or log.exists():
        raise RegistryError.of("restore_not_new")


@contextmanager
def _engine(where: str | Path) -> Iterator[Engine]:
    """Open a database that nobody else uses: it needs no log beside it."""
    engine = engine_of(where, journal="DELETE")
    try:
        yield engine
    finally:
        engine.dispose()


# ── copying ─────────────────────────────────────────────────────────────────────────────────────


def _copy_file(engine: Engine, new: Path) -> None:
    """Copy an SQLite file; pages that were freed stay behind, and with them what was erased."""
    with transaction(engine, writes=True, begins=False) as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(new),))


def _fill(
    engine: Engine, source: Connection, progress: Progress, sealed: Content | None = None
) -> None:
    """Make the tables as they were, copy all rows, then bring the tables up to date."""
    with transaction(engine, writes=True, references=False) as target:
        if tables_there(target):
            raise RegistryError.of("restore_not_new")
        upgrade(target, revision(source) or "base")
        _copy_rows(source, target, progress)
        if sealed and content(target) != sealed:
            raise RegistryError.of("registry_failed")
        upgrade(target, "head")


def _copy_rows(source: Connection, target: Connection, progress: Progress) -> None:
    tables = tables_there(source)
    for number, (table, columns) in enumerate(tables.items(), 1):
        names = [column.name for column in columns]
        for rows in parts(source, table, columns):
            target.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        if target.dialect.name == "postgresql":
            _count_on(target, table)
        progress(number / len(tables))


def _count_on(target: Connection, table: Table) -> None:
    """Let PostgreSQL give new rows keys after those that were copied."""
    key_columns = list(table.primary_key.columns)
    if len(key_columns) == 1:
        sequence = func.pg_get_serial_sequence(table.name, key_columns[0].name)
        last = select(func.coalesce(func.max(key_columns[0]), 0) + 1).scalar_subquery()
        target.execute(select(func.setval(sequence, last, False)))


# ── the seal ────────────────────────────────────────────────────────────────────────────────────


def _seal(new: Path, progress: Progress) -> Content:
    with _engine(new) as engine, transaction(engine, writes=True) as connection:
        found = content(connection, progress)
        connection.exec_driver_sql(_SEAL)
        sealed = "INSERT INTO backup_seal (content_hash, n_rows) VALUES (?, ?)"
        connection.exec_driver_sql(sealed, (found.hash, found.n_rows))
    return found


@contextmanager
def _opened(path: Path) -> Iterator[Connection]:
    """Open a backup for reading only; whatever goes wrong with its rows means it is damaged."""
    engine = _engine_for_reading(path)
    try:
        with engine.connect() as connection:
            yield connection
    except RegistryError as error:
        if error.problems[0].key not in _OF_BACKUP:
            raise
        raise RegistryError.of("backup_damaged", file=path.name) from None
    except (DBAPIError, ValueError, LookupError) as error:
        has_other_key = "not a database" in str(error) and not is_plain(path)
        forget(error)  # its text may hold what stood there
        key_of = "registry_no_database" if has_other_key else "backup_damaged"
        raise RegistryError.of(key_of, file=path.name) from None
    finally:
        engine.dispose()


def _engine_for_reading(path: Path) -> Engine:
    if not path.is_file() or not os.access(path, os.R_OK):
        raise RegistryError.of("backup_missing", file=path.name)
    secret = None if is_plain(path) else key()
    if secret is None and not is_plain(path):
        raise RegistryError.of("registry_encrypted", variable=VARIABLE)
    module = driver(secret is not None)
    address = path.absolute().as_uri() + "?mode=ro&immutable=1"

    def connect() -> Any:
        connection = module.connect(address, uri=True, check_same_thread=False)
        unlock(connection, secret)
        return connection

    return create_engine("sqlite://", creator=connect, module=module, hide_parameters=True)


def _sealed(source: Connection, path: Path) -> Content:
    """Return what the seal of a backup says; its rows are compared when they were copied."""
    pages = source.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    if pages != ["ok"]:
        raise RegistryError.of("backup_damaged", file=path.name)
    if not is_known(source):
        raise RegistryError.of("backup_newer", file=path.name)
    row = source.exec_driver_sql("SELECT content_hash, n_rows FROM backup_seal").one()
    return Content(*row)
