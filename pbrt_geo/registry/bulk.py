"""Storing very many rows: an import brings half a million, each with its entry in the record.

Asked for its key, each row is stored by itself (SQLite), or a thousand at once in one statement so
long that reading it takes longer (PostgreSQL). So keys are taken first, and rows go down as is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, func, insert, select, update

_FEW = 50
"""So few rows are stored as usual; SQLAlchemy keeps the statement for them."""


def insert_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> list[int]:
    """Store rows, all with the same columns; return their keys, in order."""
    (key,) = table.primary_key.columns
    if len(rows) < _FEW:
        stored = insert(table).returning(key, sort_by_parameter_order=True)
        return list(connection.execute(stored, [dict(row) for row in rows]).scalars())
    ids = _new_keys(connection, key, len(rows))
    _run(connection, table, [{key.name: i, **row} for i, row in zip(ids, rows, strict=True)])
    return ids


def _new_keys(connection: Connection, key: Column[Any], n: int) -> list[int]:
    """Take keys: in SQLite whoever writes is alone, and may count."""
    if connection.dialect.name == "sqlite":
        last = connection.execute(select(func.coalesce(func.max(key), 0))).scalar_one()
        return list(range(last + 1, last + 1 + n))
    sequence = func.pg_get_serial_sequence(key.table.name, key.name)
    each = func.generate_series(1, n).table_valued("number")
    found = connection.execute(select(func.nextval(sequence)).select_from(each))
    return sorted(found.scalars())


def _run(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Hand rows to the driver, each value written as its column is."""
    names = list(rows[0])
    compiled = insert(table).compile(dialect=connection.dialect, column_keys=names)
    order = list(compiled.positiontup or names)
    columns = [_written(connection, table, name, [row[name] for row in rows]) for name in order]
    told: list[Any] = list(zip(*columns, strict=True))
    if not compiled.positiontup:
        told = [dict(zip(order, row, strict=True)) for row in told]
    connection.exec_driver_sql(str(compiled), told)


def _written(connection: Connection, table: Table, name: str, values: list[Any]) -> list[Any]:
    dialect = connection.dialect
    write = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return values if write is None else [write(value) for value in values]


def update_rows(
    connection: Connection, table: Table, changes: Sequence[tuple[int, int, Mapping[str, Any]]]
) -> int:
    """
    Change rows, each given as key, version that was read, and new values; return how many were so.

    Rows with the same columns are handed down together.
    """
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row_id, version, values in changes:
        row = {"of_id": row_id, "of_version": version, "new_version": version + 1}
        row |= {f"new_{name}": value for name, value in values.items()}
        alike.setdefault(tuple(values), []).append(row)
    at = (table.c.id == bindparam("of_id")) & (table.c.version == bindparam("of_version"))
    done = 0
    for names, rows in alike.items():
        new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in (*names, "version")}
        done += connection.execute(update(table).where(at).values(new), rows).rowcount
    return done
