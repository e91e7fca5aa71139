"""Which numbers are taken by people or households out of sight.

A NIK and a No. KK belong to one living row of the whole registry. Who works for one desa must not
record a neighbour's resident a second time, and must not see that resident either: this tells only
that a number is taken, for numbers that the asker holds already. Whoever asks it records the
sighting (`Registry.saw`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, Table, select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Reading

AT_ONCE = 500
"""Keys named in one query."""

MANY = 5_000
"""From so many keys on, one query for all rows is quicker than many for some."""


@dataclass(frozen=True)
class Elsewhere:
    """Numbers that are taken out of sight, each with the key of its row."""

    niks: dict[str, int]
    no_kks: dict[str, int]


def chosen(
    reading: Reading, query: Select[Any], column: Any, keys: Iterable[Any] | None
) -> list[RowMapping]:
    """Run a query for some keys of a column, 500 at once; None: without asking for keys."""
    if keys is None:
        return list(reading.rows(query))
    wanted = sorted(keys)
    parts = (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))
    return [row for part in parts for row in reading.rows(query.where(column.in_(part)))]


def taken_elsewhere(reading: Reading, niks: Sequence[str], no_kks: Sequence[str]) -> Elsewhere:
    """Return which numbers belong to living rows that the actor does not see."""
    if reading.actor.role == COMMAND.role:
        return Elsewhere({}, {})
    people = _unseen(reading, t.residents, "nik", niks)
    return Elsewhere(people, _unseen(reading, t.households, "no_kk", no_kks))


def _unseen(reading: Reading, table: Table, column: str, numbers: Sequence[str]) -> dict[str, int]:
    wanted = set(numbers)
    few = len(wanted) <= MANY
    all_rows = Reading(reading._connection, COMMAND, reading.on)
    each, seen = all_rows.visible(table), reading.visible(table)
    query = select(each.c.id, each.c[column])
    found = chosen(all_rows, query, each.c[column], wanted if few else None)
    taken = {row[column]: row["id"] for row in found if row[column] in wanted}
    keys = taken.values() if few else None
    known = {row["id"] for row in chosen(reading, select(seen.c.id), seen.c.id, keys)}
    return {number: row_id for number, row_id in taken.items() if row_id not in known}
