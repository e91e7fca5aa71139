"""Who may do what, and whose rows somebody sees.

What a role may do is told in `rights.toml`. Which rows it sees follows from the area to which the
account is bound: households that live there on the day that is asked about, and what belongs to
them. An OPD sees the households its programmes reach.
"""

import datetime as dt
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, or_, select

from pbrt_geo.errors import PbrtError
from pbrt_geo.registry import tables as t

ACTIONS = (
    "see_people",
    "change_people",
    "import_people",
    "export_people",
    "confirm_lists",
    "map_rt",
    "internal_editions",
    "build_editions",
    "manage_users",
    "see_audit",
    "let_in",
)


FOREVER = "9999-12-31T23:59:59.000+00:00"
"""In `users.locked_until`: locked until somebody opens the account again."""


class NotAllowed(PbrtError):
    """The role or the area of the account does not allow it."""


class SessionEnded(NotAllowed):
    """Since the login, the account got another password, role or area, or was closed."""


@dataclass(frozen=True)
class Actor:
    """
    Who acts: an account in its role, bound to an area; or a command on the machine.

    `mark` tells in each transaction whether the account still is what it was at the login.
    """

    login: str
    role: str
    area_id: str = ""
    user_id: int | None = None
    programmes: tuple[str, ...] = ()
    mark: str = field(default="", repr=False)

    def may(self, action: str) -> bool:
        """Tell whether the role allows an action anywhere."""
        return action in rights()[self.role]

    def require(self, action: str) -> None:
        """Raise `NotAllowed` if the role does not allow an action."""
        if not self.may(action):
            raise NotAllowed.of("not_allowed", role=self.role, action=action)


PUBLIC = Actor("publik", "publik")
COMMAND = Actor("pbrt", "command")
"""Who works with the commands on the machine itself can open its files anyway."""


def actor_of_row(row: RowMapping) -> Actor:
    """Return the actor of an account as it is stored, for a session that begins."""
    about = (row["login"], row["role"], row["area_id"], row["id"], tuple(row["programmes"]))
    return Actor(*about, mark=_mark(row))


def _mark(row: RowMapping) -> str:
    told = [row[name] for name in ("id", "role", "area_id", "programmes", "password_hash")]
    closed = row["is_void"] or row["locked_until"] == FOREVER
    return hashlib.sha256(json.dumps([*told, closed]).encode()).hexdigest()


def check_session(connection: Connection, actor: Actor) -> None:
    """
    See that the account of somebody who logged in still is what it was then.

    Raises
    ------
    SessionEnded
        If it has another password, role, area or programmes, or was closed.
    """
    if not actor.mark:
        return
    found = connection.execute(select(t.users).where(t.users.c.id == actor.user_id)).mappings()
    row = found.one_or_none()
    if row is None or _mark(row) != actor.mark:
        raise SessionEnded.of("session_ended")


@cache
def rights() -> Mapping[str, frozenset[str]]:
    """Return the actions that each role is allowed."""
    told = tomllib.loads(files(__package__).joinpath("rights.toml").read_text(encoding="utf-8"))
    found = {role: frozenset(entry["may"]) for role, entry in told.items()}
    unknown = set().union(*found.values()) - set(ACTIONS)
    if unknown or set(found) != {*t.ROLES, "publik", "door", "command"}:
        raise ValueError(f"rights.toml: {sorted(unknown)}")
    return found


def place_condition(actor: Actor, rt_id: ColumnElement[str], on: dt.date) -> ColumnElement[bool]:
    """Return the condition that an RT lies in the actor's area on a day."""
    p = t.places
    column = _level_column(actor.area_id)
    inside = select(p.c.rt_id).where(column == actor.area_id, holds_on(p, on))
    return rt_id.in_(inside)


def _level_column(area_id: str) -> ColumnElement[str]:
    if area_id.startswith("RT-"):
        return t.places.c.rt_id
    level = {2: "kabupaten_id", 3: "kecamatan_id", 4: "desa_id"}[area_id.count(".") + 1]
    return t.places.c[level]


def holds_on(table: Any, on: dt.date) -> ColumnElement[bool]:
    """Return the condition that a row with `valid_from` and `valid_to` holds on a day."""
    ends = or_(table.c.valid_to.is_(None), table.c.valid_to > on)
    return (table.c.valid_from <= on) & ends


def households_seen(actor: Actor, on: dt.date) -> Select[Any] | None:
    """Return the keys of the households that an actor sees on a day; None: all of them."""
    if actor.role == "command":
        return None
    r, e = t.residences, t.enrolments
    if not actor.may("see_people"):
        return select(r.c.household_id).where(r.c.id < 0)
    here = select(r.c.household_id).where(
        ~r.c.is_void, holds_on(r, on), place_condition(actor, r.c.rt_id, on)
    )
    if actor.role != "opd":
        return here
    reached = select(e.c.household_id).where(
        ~e.c.is_void, holds_on(e, on), e.c.programme_id.in_(actor.programmes)
    )
    return here.where(r.c.household_id.in_(reached))


def rows_seen(actor: Actor, table: Table, on: dt.date) -> Select[Any]:  # noqa: PLR0911
    """Return the query of the living rows of a table that an actor sees on a day."""
    query = select(table)
    if "is_void" in table.c:
        query = query.where(~table.c.is_void)
    households = households_seen(actor, on)
    if households is None:
        return query
    if table is t.households:
        return query.where(table.c.id.in_(households))
    if table is t.residents:
        m = t.memberships
        members = select(m.c.resident_id).where(~m.c.is_void, m.c.household_id.in_(households))
        return query.where(table.c.id.in_(members))
    if "household_id" in table.c and table is not t.sightings:
        return query.where(table.c.household_id.in_(households))
    if table is t.places:
        return query if actor.area_id else query.where(table.c.rt_id == "")
    if "rt_id" in table.c:
        if not (actor.may("see_people") or actor.may("map_rt")):
            return query.where(table.c.id < 0)
        return query.where(place_condition(actor, table.c.rt_id, on))
    if table is t.users and actor.may("let_in"):
        return query
    needed = {"users": "manage_users", "sightings": "see_audit"}.get(table.name)
    needed = needed or ("see_audit" if table in t.APPEND_ONLY else None)
    if needed is None or not actor.may(needed):
        raise NotAllowed.of("not_allowed", role=actor.role, action=needed or table.name)
    return query
