"""Who saw whom: the answer to a resident who asks, and to whoever looks into a breach.

A person was seen by whoever looked at the person, or at the household to which the person belonged
on that day. The answer holds no names of people, only keys; logins are those of accounts.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import transaction
from pbrt_geo.registry.rights import Actor, check_session
from pbrt_geo.registry.store import Registry

_END = "9999"
"""After every time in ISO 8601."""


@dataclass(frozen=True)
class Sight:
    """Somebody looked: when (UTC, ISO 8601), who, in which role, where, at whom."""

    at: str
    login: str
    role: str
    what: str
    of: Literal["person", "household"]


@dataclass(frozen=True)
class Reach:
    """Whom an account looked at: what would have to be told to people after a breach."""

    n_sights: int
    resident_ids: tuple[int, ...]
    household_ids: tuple[int, ...]


def who_saw_person(registry: Registry, actor: Actor, resident_id: int, days: int) -> list[Sight]:
    """
    Return who looked at a person in the last days, or at the household at that time; newest first.

    Raises
    ------
    NotAllowed
        If the role may not read who saw whom.
    """
    s = t.sightings
    with _record(registry, actor) as connection:
        since = _since(registry, days)
        found = _sights(connection, s.c.resident_id == resident_id, since, _END, "person")
        for household_id, first, last in _households_of(connection, resident_id):
            at = (s.c.household_id == household_id) & s.c.resident_id.is_(None)
            found += _sights(connection, at, max(since, first), last, "household")
    return sorted(set(found), key=lambda sight: sight.at, reverse=True)


def who_saw_household(
    registry: Registry, actor: Actor, household_id: int, days: int
) -> list[Sight]:
    """Return who looked at a household in the last days, newest first; raises as for a person."""
    at = t.sightings.c.household_id == household_id
    with _record(registry, actor) as connection:
        found = _sights(connection, at, _since(registry, days), _END, "household")
    return sorted(set(found), key=lambda sight: sight.at, reverse=True)


def whom_saw(registry: Registry, actor: Actor, login: str, days: int) -> Reach:
    """Return whom an account looked at in the last days; raises as for a person."""
    s = t.sightings
    query = select(s.c.resident_id, s.c.household_id)
    query = query.where(s.c.actor == login, s.c.at >= _since(registry, days))
    with _record(registry, actor) as connection:
        rows = connection.execute(query).all()
    residents, households = ({row[i] for row in rows} - {None} for i in (0, 1))
    return Reach(len(rows), tuple(sorted(residents)), tuple(sorted(households)))


@contextmanager
def _record(registry: Registry, actor: Actor) -> Iterator[Connection]:
    """Open the record of sightings for whoever may read it: keys only, whatever the area."""
    actor.require("see_audit")
    with transaction(registry.engine, writes=False) as connection:
        check_session(connection, actor)
        yield connection


def _since(registry: Registry, days: int) -> str:
    begin = registry.clock().astimezone(dt.UTC) - dt.timedelta(days=days)
    return begin.isoformat(timespec="milliseconds")


def _sights(
    connection: Connection,
    at: ColumnElement[bool],
    first: str,
    last: str,
    of: Literal["person", "household"],
) -> list[Sight]:
    s = t.sightings
    query = select(s.c.at, s.c.actor, s.c.role, s.c.what)
    rows = connection.execute(query.where(at, s.c.at >= first, s.c.at < last))
    return [Sight(*row, of) for row in rows]


def _households_of(connection: Connection, resident_id: int) -> Iterator[tuple[int, str, str]]:
    """
    Give the households of a person, each with the time of belonging to it as ISO 8601.

    A day more on either side: sightings are in UTC, days of people are not.
    """
    m, day = t.memberships, dt.timedelta(days=1)
    query = select(m.c.household_id, m.c.valid_from, m.c.valid_to)
    query = query.where(m.c.resident_id == resident_id, ~m.c.is_void)
    for household_id, first, last in connection.execute(query):
        until = (last + day).isoformat() if last else _END
        yield household_id, (first - day).isoformat(), until
