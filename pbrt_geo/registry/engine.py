"""The database: SQLite in one file, or PostgreSQL by its address.

Both are used alike. Who writes takes a turn at the start of a transaction, so two never overwrite
each other; who reads sees one moment, and cannot write. SQLite waits for the disk before a change
counts as stored. Parameters never enter a message: they are people.
"""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from pbrt_geo.registry.encryption import driver, key, refuse_mismatch, unlock
from pbrt_geo.registry.problems import RegistryError, told

WAIT_S = 30
"""How long a writer waits for another one."""

_PRAGMAS = {
    "synchronous": "FULL",  # what was acknowledged survives a loss of power
    "secure_delete": "ON",
    "temp_store": "MEMORY",  # no person in a temporary file
    "journal_size_limit": "1000000",  # the log of a big import does not lie about afterwards
}
_GONE = {
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "idle_in_transaction_session_timeout": "300s",
}
"""When a server gives up a client that fell silent, for whose turn others wait."""
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_FRESH = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
_TURN = "SELECT pg_advisory_xact_lock(52072006)"
"""The lock that writers of PostgreSQL take in turn; what they read after it is what holds now."""

_AT_WORK: ContextVar[frozenset[int]] = ContextVar("_AT_WORK", default=frozenset())
"""The registries in which a transaction writes just now, in this thread."""


def url_of(where: str | Path) -> URL:
    """
    Return the address of a registry: a database URL, or the file of SQLite.

    Raises
    ------
    RegistryError
        If it is neither.
    """
    text = str(where)
    if "://" not in text:
        return URL.create("sqlite", database=str(Path(text).absolute()))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise RegistryError.of("registry_address") from None  # its text holds the password
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    raise RegistryError.of("registry_address")


def file_of(engine: Engine) -> Path | None:
    """Return the file of an SQLite registry; None for PostgreSQL."""
    return Path(str(engine.url.database)) if engine.dialect.name == "sqlite" else None


def engine_of(where: str | Path, journal: str = "WAL") -> Engine:
    """
    Return the engine for a registry; nothing is opened yet.

    Parameters
    ----------
    journal
        How SQLite keeps what it must be able to undo; other than `WAL` only for a file that
        nobody else uses.
    """
    url = url_of(where)
    common: dict[str, Any] = {"hide_parameters": True, "json_serializer": as_json}
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, journal, common)
    settings = {"lock_timeout": f"{WAIT_S}s", "timezone": "UTC", **_GONE}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    arguments = {"connect_timeout": 10, "options": options}
    engine = create_engine(url, pool_pre_ping=True, connect_args=arguments, **common)
    event.listen(engine, "begin", _begin_postgres)
    event.listen(engine, "handle_error", _note_failure)
    return engine


def _sqlite(url: URL, journal: str, common: dict[str, Any]) -> Engine:
    secret, file = key(), Path(str(url.database))
    options = {"timeout": WAIT_S, "check_same_thread": False}
    engine = create_engine(url, module=driver(secret is not None), connect_args=options, **common)

    def prepare(connection: Any, record: Any) -> None:
        refuse_mismatch(file, secret)
        unlock(connection, secret)
        connection.isolation_level = None  # transactions are begun by `_begin_sqlite`
        for name, value in {"journal_mode": journal, **_PRAGMAS}.items():
            connection.execute(f"PRAGMA {name}={value}")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _note_failure)
    return engine


def _note_failure(context: ExceptionContext) -> None:
    """Let the transaction know that a statement failed, whoever catches the error."""
    if context.connection is not None:
        context.connection.get_execution_options().get("failed", []).append(True)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    writes = options.get("writes", False)
    connection.exec_driver_sql(f"PRAGMA foreign_keys={options.get('references', True):d}")
    connection.exec_driver_sql(f"PRAGMA query_only={not writes:d}")
    if options.get("begins", True):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("writes", False):
        connection.exec_driver_sql(_SNAPSHOT)
    elif options.get("turn", True):
        connection.exec_driver_sql(f"{_FRESH}; {_TURN}")


@contextmanager
def transaction(engine: Engine, writes: bool, **options: bool) -> Iterator[Connection]:
    """
    Run one transaction: all of it is stored, or nothing.

    Parameters
    ----------
    options
        `turn=False`: rows are only added that nobody else reads to decide something, so
        PostgreSQL need not wait for others who write. `references=False`: a migration may
        rebuild tables that others refer to; it sees to the references itself. `begins=False`:
        SQLite copies its file only outside of a transaction.

    Raises
    ------
    RegistryError
        If the disk is full or read-only, somebody else writes for too long, the values break a
        rule of the tables, or the database fails otherwise; also where an error was caught on
        the way: PostgreSQL would store nothing of the rest, SQLite a part, and neither would tell.
    """
    failed: list[bool] = []
    settings = {"writes": writes, "failed": failed, **options}
    try:
        with (
            _alone(engine, writes),
            engine.connect().execution_options(**settings) as connection,
            connection.begin(),
        ):
            yield connection
            if failed:
                raise RegistryError.of("registry_failed")
    except (DBAPIError, PoolTimeout, UnicodeError) as error:
        raise told(error) from None


@contextmanager
def _alone(engine: Engine, writes: bool) -> Iterator[None]:
    """Refuse to write inside of writing at once, rather than to wait for oneself."""
    at_work = _AT_WORK.get()
    if writes and id(engine) in at_work:
        raise ValueError("a transaction that writes inside of another of the same registry")
    token = _AT_WORK.set(at_work | {id(engine)} if writes else at_work)
    try:
        yield
    finally:
        _AT_WORK.reset(token)


def as_json(value: Any) -> str:
    """Write values of rows as JSON; dates as ISO 8601."""
    return json.dumps(value, default=_plain, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


__all__ = ["RegistryError", "as_json", "engine_of", "file_of", "transaction", "url_of"]
