"""Whether a registry is whole: a hash of all it holds, and what contradicts itself in it."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Engine, Select, Table, func, inspect, select

from pbrt_geo.errors import PbrtError
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import RegistryError, as_json, transaction
from pbrt_geo.text import number, say

Progress = Callable[[float], None]
Row = Sequence[Any]

_AT_ONCE = 5_000


def silent(share: float) -> None:
    """Report no progress."""


@dataclass(frozen=True)
class Content:
    """What a registry holds: the hash of all its rows, the same on every database, and how many."""

    hash: str
    n_rows: int


def content(connection: Connection, progress: Progress = silent) -> Content:
    """Hash all rows of all tables, in the order of their keys."""
    total, n_rows = hashlib.sha256(), 0
    tables = tables_there(connection)
    for done, (table, columns) in enumerate(tables.items(), 1):
        total.update(as_json([table.name, *(column.name for column in columns)]).encode())
        for rows in parts(connection, table, columns):
            total.update(_written(rows))
            n_rows += len(rows)
        progress(done / len(tables))
    return Content(total.hexdigest(), n_rows)


def tables_there(connection: Connection) -> dict[Table, list[Column[Any]]]:
    """Return our tables and columns that a database has: an older one lacks some."""
    there = inspect(connection)
    found = {}
    for table in t.metadata.sorted_tables:
        if there.has_table(table.name):
            names = {column["name"] for column in there.get_columns(table.name)}
            found[table] = [column for column in table.columns if column.name in names]
    return found


def parts(
    connection: Connection, table: Table, columns: Sequence[Column[Any]]
) -> Iterator[Sequence[Row]]:
    """Give the rows of a table in the order of its key, some thousand at once."""
    keys = list(table.primary_key.columns)
    query = select(*columns)
    if len(keys) == 1:
        some = query.order_by(*keys).execution_options(yield_per=_AT_ONCE)
        yield from connection.execute(some).partitions()
        return
    rows = connection.execute(query).all()  # few; databases differ in how they order text
    at = [columns.index(key) for key in keys]
    rows = sorted(rows, key=lambda row: [str(row[i]) for i in at])
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _written(rows: Sequence[Row]) -> bytes:
    listed = [list(row) for row in rows]
    return json.dumps(listed, default=str, ensure_ascii=False, sort_keys=True).encode()


def examine(engine: Engine) -> dict[str, Any]:
    """
    Examine a registry from top to bottom; return facts to report.

    Raises
    ------
    RegistryError
        If something contradicts itself, by kind and with how much.
    """
    with transaction(engine, writes=False) as connection:
        wrong = faults(connection)
        if wrong:
            raise _unsound(wrong)
        found = content(connection)
        n_changes = connection.execute(select(func.count()).select_from(t.changes)).scalar_one()
    facts = {"n_rows": found.n_rows, "hash": found.hash[:12], "n_changes": n_changes}
    return facts | {"n_tables": len(t.metadata.tables)}


def _unsound(wrong: dict[str, int]) -> PbrtError:
    def listed(language: str) -> str:
        told = (
            f"{number(n, language)} {say(f'registry.fault_{kind}', language)}"
            for kind, n in wrong.items()
        )
        return ", ".join(told)

    return RegistryError.of("registry_unsound", n_faults=sum(wrong.values()), faults=listed)


def faults(connection: Connection) -> dict[str, int]:
    """
    Return what is wrong with a registry, by kind, with how much; empty if nothing.

    The kinds are `pages` (of an SQLite file), `references`, `versions` (a row that is not in the
    version that the record of changes says) and `tables` (not those of this program).
    """
    found = {"tables": _n_other_tables(connection)}
    if connection.dialect.name == "sqlite":
        pages = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        found["pages"] = sum(page != "ok" for page in pages)
        found["references"] = len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())
    if not found["tables"]:
        found["versions"] = sum(
            connection.execute(_unrecorded(table)).scalar_one() for table in t.VERSIONED
        )
    return {kind: n for kind, n in found.items() if n}


def _unrecorded(table: Table) -> Select[Any]:
    """Count rows whose version is not the last that the record of changes tells of."""
    c = t.changes
    last = (
        select(c.c.row_id, func.max(c.c.version).label("version"))
        .where(c.c.entity == table.name)
        .group_by(c.c.row_id)
        .subquery()
    )
    joined = table.outerjoin(last, last.c.row_id == table.c.id)
    same = func.coalesce(last.c.version, 0) == table.c.version
    return select(func.count()).select_from(joined).where(~same)


def _n_other_tables(connection: Connection) -> int:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return len(compare_metadata(context, t.metadata))
