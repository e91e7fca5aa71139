"""The database: SQLite in one file, or PostgreSQL by its address.

SQLite writes ahead and waits for the disk before a change counts as stored; a writer takes its turn
at the start of a transaction, so two never overwrite each other. Parameters never enter a message:
they are people.
"""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from pbrt_geo.errors import PbrtError

WAIT_S = 30
"""How long a writer waits for another one."""

_PRAGMAS = {
    "foreign_keys": "ON",
    "journal_mode": "WAL",
    "synchronous": "FULL",  # what was acknowledged survives a loss of power
    "secure_delete": "ON",
    "temp_store": "MEMORY",  # no person in a temporary file
}
_FULL, _READ_ONLY, _BUSY = ("disk is full", "No space left"), ("readonly", "read-only"), ("locked",)


class RegistryError(PbrtError):
    """The registry cannot do what was asked; what was there before is still there."""


def url_of(where: str | Path) -> URL:
    """Return the address of a registry: a database URL, or the file of SQLite."""
    text = str(where)
    if "://" in text:
        url = make_url(text)
        plain = url.drivername in ("postgresql", "postgres")
        return url.set(drivername="postgresql+psycopg") if plain else url
    return URL.create("sqlite", database=str(Path(text).absolute()))


def engine_of(where: str | Path) -> Engine:
    """Return the engine for a registry; nothing is opened yet."""
    url = url_of(where)
    common: dict[str, Any] = {"hide_parameters": True, "json_serializer": as_json}
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, **common)
    options = {"timeout": WAIT_S, "check_same_thread": False}
    engine = create_engine(url, connect_args=options, **common)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction(engine: Engine, writes: bool) -> Iterator[Connection]:
    """
    Run one transaction: all of it is stored, or nothing.

    Raises
    ------
    RegistryError
        If the disk is full or read-only, somebody else writes for too long, or the database
        fails otherwise.
    """
    try:
        with engine.connect().execution_options(writes=writes) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        raise RegistryError.of(_reason(error)) from None  # its text may hold what was written


def _reason(error: DBAPIError) -> str:
    text = str(error.orig)
    for signs, key in (
        (_FULL, "registry_full"),
        (_READ_ONLY, "registry_read_only"),
        (_BUSY, "registry_busy"),
    ):
        if any(sign in text for sign in signs):
            return key
    return "registry_failed"


def as_json(value: Any) -> str:
    """Write values of rows as JSON; dates as ISO 8601."""
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
