"""Who may do what, and whose rows somebody sees.

What a role may do is told in `rights.toml`. Which rows it sees follows from the area to which the
account is bound: households that live there on the day that is asked about, and what belongs to
them. An OPD sees the households its programmes reach.
"""

import datetime as dt
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import (
    Column,
    ColumnClause,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    case,
    false,
    func,
    null,
    or_,
    select,
    true,
    tuple_,
)

from pbrt_geo.errors import PbrtError
from pbrt_geo.registry import tables as t
from pbrt_geo.schema import AREA_ID, RT_ID
from pbrt_geo.text import say

ACTIONS = (
    "see_people",
    "change_people",
    "import_people",
    "export_people",
    "erase_people",
    "confirm_lists",
    "map_rt",
    "internal_editions",
    "build_editions",
    "manage_users",
    "see_audit",
    "let_in",
)


SECRET = ("password_hash", "totp_secret")
"""Columns of `users` that nobody is shown; the record says only that they changed."""

FOREVER = "9999-12-31T23:59:59.000+00:00"
"""In `users.locked_until`: locked until somebody opens the account again."""


class NotAllowed(PbrtError):
    """The role or the area of the account does not allow it."""

    @classmethod
    def to(cls, actor: "Actor", action: str) -> "PbrtError":
        """Make the error of a role that may not do something."""
        facts = {"role": _name_of("role", actor.role), "action": _name_of("action", action)}
        return cls.of("not_allowed", **facts)

    @classmethod
    def outside(cls, actor: "Actor") -> "PbrtError":
        """Make the error of what lies outside the area, whether or not it is there."""
        return cls.of("outside_area", role=_name_of("role", actor.role))


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
            raise NotAllowed.to(self, action)


def _name_of(kind: str, name: str) -> Callable[[str], str]:
    return lambda language: say(f"{kind}.{name}", language)


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


def holds_on(table: Any, on: dt.date) -> ColumnElement[bool]:
    """Return the condition that a row with `valid_from` and `valid_to` holds on a day."""
    ends = or_(table.c.valid_to.is_(None), table.c.valid_to > on)
    return (table.c.valid_from <= on) & ends


# ── areas ───────────────────────────────────────────────────────────────────────────────────────

_CODE, _RT = re.compile(AREA_ID), re.compile(RT_ID)


def level_of(area_id: str) -> str:
    """Return the level of an area by its code, 52.07.01.2001 or RT-…; empty if it is none."""
    if _RT.fullmatch(area_id):
        return "rt"
    if not _CODE.fullmatch(area_id):
        return ""
    return ("", "kabupaten", "kecamatan", "desa")[area_id.count(".")]


def place_condition(actor: Actor, rt_id: ColumnElement[str], on: dt.date) -> ColumnElement[bool]:
    """
    Return the condition that an RT lies in the actor's area on a day.

    An RT that ended stays where it was last: whoever still lives there by the registry must be
    seen, to be moved to the RT that took the people over.
    """
    p, level = t.places, level_of(actor.area_id)
    if not level:
        return false()
    known = p.alias("known")
    last = select(func.max(known.c.valid_from)).where(
        known.c.rt_id == p.c.rt_id, known.c.valid_from <= on
    )
    inside = select(p.c.rt_id).where(
        p.c[f"{level}_id"] == actor.area_id, p.c.valid_from == last.scalar_subquery()
    )
    return rt_id.in_(inside)


def _account_condition(actor: Actor, on: dt.date) -> ColumnElement[bool]:
    """Return the condition that an account is bound to the actor's area, or to one within it."""
    bound = t.users.c.area_id
    within = bound.startswith(f"{actor.area_id}.", autoescape=True)
    return or_(bound == actor.area_id, within, place_condition(actor, bound, on))


# ── whose rows ──────────────────────────────────────────────────────────────────────────────────


def sees_all(actor: Actor) -> bool:
    """Tell whether nothing is hidden: from a command on the machine."""
    return actor.role == "command"


def _lives_here(actor: Actor, on: dt.date, household_id: ColumnElement[int]) -> ColumnElement[bool]:
    """
    Return the condition that a household is in sight of an actor on a day.

    It counts where it lived last: the area that it left for elsewhere still sees it.
    """
    if not actor.may("see_people"):
        return false()
    r = t.residences.alias()
    in_area = place_condition(actor, r.c.rt_id, on)
    homes = _last_periods(r, "household_id", on).where(in_area)
    if actor.role == "opd":
        e = t.enrolments.alias()
        reached = select(e.c.id).where(
            e.c.household_id == r.c.household_id,
            ~e.c.is_void,
            holds_on(e, on),
            e.c.programme_id.in_(actor.programmes),
        )
        homes = homes.where(reached.correlate(r).exists())
    return _found(actor, household_id, homes, r.c.household_id)


def _last_periods(table: Any, whose: str, on: dt.date) -> Select[Any]:
    """Return the keys of whose last period began by a day: no later one of theirs has begun."""
    later = table.element.alias()
    begun_later = select(later.c.id).where(
        later.c[whose] == table.c[whose],
        ~later.c.is_void,
        later.c.valid_from <= on,
        tuple_(later.c.valid_from, later.c.id) > tuple_(table.c.valid_from, table.c.id),
    )
    last = ~begun_later.correlate(table).exists()
    return select(table.c[whose]).where(~table.c.is_void, table.c.valid_from <= on, last)


def _found(
    actor: Actor, key: ColumnElement[int], rows: Select[Any], keys: ColumnElement[int]
) -> ColumnElement[bool]:
    """Return the condition that a key is among the keys of some rows."""
    if level_of(actor.area_id) in ("kecamatan", "kabupaten"):  # many: asked one by one
        assert isinstance(key, Column | ColumnClause)
        return rows.where(keys == key).correlate(key.table).exists()
    return key.in_(rows)


def rows_seen(actor: Actor, table: Table, on: dt.date) -> Select[Any]:
    """
    Return the query of the living rows of a table that an actor sees on a day.

    Raises
    ------
    NotAllowed
        If the actor sees nothing of this table, whatever the area.
    """
    query = select(*_columns_seen(actor, table))
    if "is_void" in table.c:
        query = query.where(~table.c.is_void)
    if sees_all(actor):
        return query
    return query.where(_RULES[table.name](actor, table, on))


def _columns_seen(actor: Actor, table: Table) -> list[ColumnElement[Any]]:
    """Return the columns of a table, without what is not for the eyes of this actor."""
    if table is t.users and actor.role not in ("command", "door"):
        return [_masked(c) if c.name in SECRET else c for c in table.c]
    if table is t.changes and actor.role != "command" and actor.may("see_audit"):
        return [null().label(c.name) if c.info.get("personal") else c for c in table.c]
    return list(table.c)


def _masked(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((column.is_(None), None), else_="•").label(column.name)


def _of_household(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    return _lives_here(actor, on, table.c.household_id)


def _household(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    return _lives_here(actor, on, table.c.id)


def _resident(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    m = t.memberships.alias()
    rows = _last_periods(m, "resident_id", on).where(_lives_here(actor, on, m.c.household_id))
    return _found(actor, table.c.id, rows, m.c.resident_id)


def _enrolment(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    own = table.c.programme_id.in_(actor.programmes) if actor.role == "opd" else true()
    return _of_household(actor, table, on) & own


def _of_rt(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    if not (actor.may("see_people") or actor.may("map_rt")):
        return false()
    return place_condition(actor, table.c.rt_id, on)


def _list_entry(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    """By the RT of the list, which stays whole when a household on it moves away."""
    rows = select(t.lists.c.id).where(~t.lists.c.is_void, _of_rt(actor, t.lists, on))
    return table.c.list_id.in_(rows)


def _place(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    return true() if actor.area_id else false()


def _account(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    if actor.may("let_in"):
        return true()
    if actor.may("manage_users"):
        return _account_condition(actor, on)
    if actor.user_id is None:
        actor.require("manage_users")
    return table.c.id == actor.user_id


def _draft(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    if actor.user_id is None:
        actor.require("change_people")
    return table.c.user_id == actor.user_id


def _mapping(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    actor.require("import_people")
    return true()


def _record(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    actor.require("see_audit")
    return true()


def _change(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    """The whole record, without values, for who watches; that of the own rows for the others."""
    if actor.may("see_audit"):
        return true()
    actor.require("see_people")
    return or_(*(_about(table, seen, actor, on) for seen in _RECORDED))


def _about(record: Table, table: Table, actor: Actor, on: dt.date) -> ColumnElement[bool]:
    rows = select(table.c.id).where(table.c.id == record.c.row_id)
    if "is_void" in table.c:
        rows = rows.where(~table.c.is_void)
    rows = rows.where(_RULES[table.name](actor, table, on))
    return (record.c.entity == table.name) & rows.correlate(record).exists()


def _batch(actor: Actor, table: Table, on: dt.date) -> ColumnElement[bool]:
    if actor.may("see_audit"):
        return true()
    c = t.changes
    told = select(c.c.seq).where(c.c.batch_id == table.c.id, _change(actor, c, on))
    return told.correlate(table).exists()


_Rule = Callable[[Actor, Table, dt.date], ColumnElement[bool]]
_RULES: Mapping[str, _Rule] = {
    "places": _place,
    "households": _household,
    "residences": _of_household,
    "residents": _resident,
    "memberships": _of_household,
    "evidence": _of_household,
    "enrolments": _enrolment,
    "programme_reports": _of_rt,
    "lists": _of_rt,
    "list_entries": _list_entry,
    "rt_notes": _of_rt,
    "rt_matters": _of_rt,
    "rt_stages": _of_rt,
    "users": _account,
    "batches": _batch,
    "changes": _change,
    "sightings": _record,
    "drafts": _draft,
    "mappings": _mapping,
}
"""The rule of every table: which of its rows somebody who is not a command sees."""

_RECORDED = tuple(table for table in t.VERSIONED if table is not t.users)
"""Tables whose record is seen by whoever sees the row."""
