"""What the registry refuses, whoever writes the query or the change.

A query may be made of nothing but what `Reading.visible` gave: a table named directly would be
every row of it. A change may not name rows out of sight, keys of its own choice or somebody else
as who did it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.elements import ColumnClause, TextClause
from sqlalchemy.sql.selectable import TableClause

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import Actor, NotAllowed

NEEDED = {
    "users": ("manage_users", "let_in"),
    "places": ("manage_users",),  # who lives where decides who is seen by whom
    "mappings": ("import_people",),
    "rt_notes": ("map_rt",),
    "rt_matters": ("map_rt",),
    "rt_stages": ("map_rt",),
    "lists": ("change_people", "confirm_lists"),  # who confirms need not change people
}
"""Which of these is needed to change a table, where it is not `change_people`."""

_OF_CONFIRMING = {"state", "deliberated_on", "confirmed_by", "confirmed_on"}
"""What the second person changes of a list: it is sealed, or goes back to the musyawarah."""

_TEXT_PLACES = ("_prefixes", "_suffixes", "_hints", "_statement_hints")
"""Where a query holds SQL text that is no element of it."""

_TYPED_AT_ONCE = 50
"""More rows at once than somebody types."""

_KEPT = ("id", "version")
"""Columns that the registry itself counts."""


def check_query(query: ClauseElement, given: Collection[ClauseElement]) -> None:
    """
    See that a query rests on nothing but the given subqueries.

    Raises
    ------
    ValueError
        If it names a table or holds SQL text: a mistake of who wrote it, not of who reads.
    """
    for element in _parts(query, given):
        named = isinstance(element, TableClause | TextClause) or _is_text(element)
        if named or any(getattr(element, place, ()) for place in _TEXT_PLACES):
            raise ValueError("a query of the registry is made of what `visible` gives")


def _parts(element: ClauseElement, given: Collection[ClauseElement]) -> Iterator[ClauseElement]:
    waiting, done = [element], set()
    while waiting:
        part = waiting.pop()
        if part in given or id(part) in done:
            continue
        done.add(id(part))
        yield part
        waiting.extend(part.get_children())  # type: ignore[arg-type]
        if isinstance(part, ColumnClause) and part.table is not None:
            waiting.append(part.table)


def _is_text(element: ClauseElement) -> bool:
    if not isinstance(element, ColumnClause) or not element.is_literal:
        return False
    return element.name != "*" and not element.name.isdecimal()


def check_may_change(actor: Actor, table: Table) -> None:
    """Raise `NotAllowed` if the role does not allow changes of a table."""
    needed = NEEDED.get(table.name, ("change_people",))
    if not any(actor.may(action) for action in needed):
        actor.require(needed[0])


def check_values(actor: Actor, table: Table, rows: Collection[Mapping[str, Any]]) -> None:
    """
    Refuse keys and versions of one's own choice, and somebody else's name under a change.

    Raises
    ------
    NotAllowed
        If a row names another account than that of the actor, or who may confirm lists would
        write one.
    """
    own = {None, actor.user_id}
    for row in rows:
        if any(name in row for name in _KEPT):
            raise ValueError(f"{table.name}: id and version are counted by the registry")
        if actor.role != "command" and any(row.get(name) not in own for name in _signed(table)):
            raise NotAllowed.to(actor, "sign")
        if table is t.lists and not (actor.may("change_people") or row.keys() <= _OF_CONFIRMING):
            actor.require("change_people")


@cache
def _signed(table: Table) -> tuple[str, ...]:
    """Return the columns in which an account stands for what somebody did."""
    return tuple(column for column, parent in _references(table) if parent is t.users)


@cache
def parents(table: Table) -> tuple[tuple[str, Table], ...]:
    """Return the columns that name rows of other tables, which must be in sight."""
    return tuple((column, parent) for column, parent in _references(table) if parent is not t.users)


def _references(table: Table) -> Iterator[tuple[str, Table]]:
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        yield key.parent.name, key.column.table


# ── numbers that belong to one row only ─────────────────────────────────────────────────────────

_NUMBERS = {"residents": "nik", "households": "no_kk"}


def numbers(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the NIK or No. KK of a few rows, each with its table; imports ask beforehand."""
    name = _NUMBERS.get(table.name)
    if name is None or len(rows) > _TYPED_AT_ONCE:
        return []
    return [(table.name, row[name]) for row in rows if row.get(name)]


def owners(connection: Connection, typed: Iterable[tuple[str, str]]) -> list[dict[str, int]]:
    """Return whose the numbers are, as `Registry.saw` takes it; none of those nobody has."""
    found = []
    for name, number in typed:
        table = t.metadata.tables[name]
        owner = select(table.c.id).where(table.c[_NUMBERS[name]] == number, ~table.c.is_void)
        key = "resident_id" if table is t.residents else "household_id"
        found += [{key: row_id} for row_id in connection.execute(owner).scalars()]
    return found
