"""Which numbers are taken by people or households out of sight.

A NIK and a No. KK belong to one living row of the whole registry. Who works for one desa must not
record a neighbour's resident a second time, and must not see that resident either: this tells only
that a number is taken, for numbers that the asker holds already. Whoever asks it records the
sighting (`Registry.saw`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND, holds_on
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
    """
    Return which numbers belong to rows that the actor does not see, or to people who live there.

    Whoever belongs to no household now is out of sight only if no row of theirs is seen.
    """
    if reading.actor.role == COMMAND.role:
        return Elsewhere({}, {})
    home = reading.visible(t.households)
    seen = {row["id"] for row in reading.rows(select(home.c.id))}
    everything = Reading(reading._connection, COMMAND, reading.on)
    h, p = everything.visible(t.households), everything.visible(t.residents)
    found = chosen(everything, select(h.c.id, h.c.no_kk), h.c.no_kk, _few(no_kks))
    wanted = set(no_kks)
    kks = {r["no_kk"]: r["id"] for r in found if r["no_kk"] in wanted and r["id"] not in seen}
    m = everything.visible(t.memberships)
    lives = (m.c.resident_id == p.c.id) & holds_on(m, reading.on)
    query = select(p.c.id, p.c.nik, m.c.household_id).select_from(p).outerjoin(m, lives)
    people = chosen(everything, query, p.c.nik, _few(niks))
    return Elsewhere(_unseen_people(reading, people, set(niks), seen), kks)


def _few(keys: Sequence[str]) -> Sequence[str] | None:
    return keys if len(keys) <= MANY else None


def _unseen_people(
    reading: Reading, people: Iterable[RowMapping], niks: set[str], seen: set[int]
) -> dict[str, int]:
    named = [row for row in people if row["nik"] in niks]
    unseen = {row["nik"]: row["id"] for row in named if row["household_id"] not in seen}
    homeless = {r["id"] for r in named if r["household_id"] is None}
    if not homeless:
        return unseen
    person = reading.visible(t.residents)
    known = {row["id"] for row in chosen(reading, select(person.c.id), person.c.id, homeless)}
    return {nik: row_id for nik, row_id in unseen.items() if row_id not in homeless & known}
