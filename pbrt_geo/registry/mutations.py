"""What happens to households: a move, a split of a KK, a death, a birth, somebody who comes.

Nothing is overwritten: a period ends on a day and another begins, each with its cause. Each of
these is one transaction, made from what somebody saw: if it changed since, nothing is stored.
"""

import datetime as dt
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from pbrt_geo.errors import PbrtError, Problem
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.editing import check_value, refuse, stored
from pbrt_geo.registry.people import HouseholdView, Member, places_on
from pbrt_geo.registry.rights import Actor
from pbrt_geo.registry.store import Reading, Registry, Work


class MutationError(PbrtError):
    """What is told cannot have happened so; nothing was stored."""


@dataclass(frozen=True)
class Person:
    """Somebody who is not in the registry yet."""

    name: str
    sex: str | None = None
    birth_date: dt.date | None = None
    nik: str | None = None
    role: str = "child"
    disability: str | None = None

    def values(self) -> dict[str, Any]:
        """Return the columns of `residents`."""
        names = ("nik", "name", "sex", "birth_date", "disability")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Home:
    """A household that is not in the registry yet."""

    rt_id: str
    no_kk: str | None = None
    address: str | None = None

    def values(self) -> dict[str, Any]:
        """Return the columns of `households`."""
        return {"no_kk": self.no_kk, "address": self.address}


def move_household(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    seen: HouseholdView,
    rt_id: str,
    date: dt.date,
    reason: str,
) -> None:
    """
    Move a household to another RT, from `date` on; the same day as it came is a correction.

    The RT may lie outside the area of the account: then the household is out of its sight. Address
    and coordinates are of the house that it left, and go; they stay in the record of changes.

    Raises
    ------
    MutationError
        If the day is in the future or before the household came, or the RT is the same or does
        not live.
    Conflict
        If the residence is not what was seen.
    """
    with _change(registry, actor, on, reason) as work:
        residence = _residence_of(seen)
        _check_day(date, on, residence["valid_from"])
        if rt_id == residence["rt_id"]:
            raise MutationError.of("mutation_same_rt")
        _check_rt(work, rt_id)
        if date == residence["valid_from"]:
            _correct(work, residence, rt_id)
        else:
            house = dict.fromkeys(("address", "lon", "lat"))
            work.update(t.households, seen.id, seen.household["version"], **house)
            _end(work, t.residences, residence, date)
            since = _since(date, "moved")
            work.insert(t.residences, household_id=seen.id, rt_id=rt_id, **since)


def split_household(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    seen: HouseholdView,
    leaving: Collection[int],
    heads: tuple[int, int | None],
    home: Home,
    date: dt.date,
    reason: str,
) -> int:
    """
    Split a KK: some members form a household of their own from `date` on; return its key.

    Parameters
    ----------
    leaving
        Keys of the people who leave.
    heads
        Who is the head of the new household; and of the old one, if its head leaves.

    Raises
    ------
    MutationError
        If nobody or everybody leaves, a head is missing, or the day does not fit.
    Conflict
        If a membership is not what was seen.
    """
    gone = _leaving(seen, leaving)
    _check_heads(seen, {m.resident["id"] for m in gone}, heads)
    refuse(_problems(home.values(), on))
    with _change(registry, actor, on, reason) as work:
        for member in gone:
            _check_day(date, on, member.membership["valid_from"])
        new = _insert_home(work, home, date, "split")
        for member in gone:
            role = _role_in_new(member, heads[0])
            _join(work, new, member.resident["id"], role, _since(date, "split"))
            _end(work, t.memberships, member.membership, date)
        _follow(work, seen, heads[1], date, "split")
    return new


def record_death(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    seen: HouseholdView,
    resident_id: int,
    date: dt.date,
    reason: str,
    new_head: int | None = None,
) -> None:
    """
    Record a death: the person is no member from that day on; a household of nobody ends.

    Raises
    ------
    MutationError
        If the day does not fit, or the head died and nobody is named to follow.
    Conflict
        If the person or the membership is not what was seen.
    """
    died = _member(seen, resident_id)
    rest = [m for m in seen.members if m is not died]
    is_head = died.membership["role"] == "head"
    if is_head and rest and new_head not in {m.resident["id"] for m in rest}:
        raise MutationError.of("mutation_head_missing")
    with _change(registry, actor, on, reason) as work:
        _check_day(date, on, died.membership["valid_from"])
        person = died.resident
        work.update(t.residents, person["id"], person["version"], death_date=date)
        _end(work, t.memberships, died.membership, date)
        if is_head:
            _follow(work, seen, new_head, date, "died")
        if not rest and seen.residence is not None:
            _end(work, t.residences, seen.residence, date)


def record_leaving(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    seen: HouseholdView,
    date: dt.date,
    reason: str,
) -> None:
    """
    Record that a household left for a place outside the registry.

    Raises
    ------
    MutationError
        If the day does not fit.
    Conflict
        If the residence is not what was seen.
    """
    with _change(registry, actor, on, reason) as work:
        residence = _residence_of(seen)
        _check_day(date, on, residence["valid_from"])
        _end(work, t.residences, residence, date)


def add_member(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    seen: HouseholdView,
    person: Person,
    date: dt.date,
    reason: str,
    cause: str = "recorded",
) -> int:
    """
    Add somebody to a household from `date` on: a birth (`born`), or who was not recorded.

    Raises
    ------
    EntryError
        If a value cannot be stored.
    MutationError
        If the day is in the future, or there would be a second head.
    """
    refuse(_problems(person.values(), on))
    if person.role == "head" and seen.head is not None:
        raise MutationError.of("mutation_second_head")
    with _change(registry, actor, on, reason) as work:
        _check_day(date, on, dt.date.min)
        return _insert_person(work, seen.id, person, _since(date, cause))


def record_birth(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    seen: HouseholdView,
    person: Person,
    reason: str,
) -> int:
    """Record a birth: a member from the day of birth on. Raises as `add_member`."""
    if person.birth_date is None:
        raise MutationError.of("mutation_birth_date")
    return add_member(registry, actor, on, seen, person, person.birth_date, reason, "born")


def create_household(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    home: Home,
    head: Person,
    date: dt.date,
    reason: str,
) -> int:
    """
    Record a household that was not in the registry, with its head; return its key.

    Raises
    ------
    EntryError
        If a value cannot be stored.
    MutationError
        If the day is in the future or the RT does not live.
    NotAllowed
        If the RT lies outside the area of the account.
    """
    refuse(_problems({**home.values(), **head.values()}, on))
    with _change(registry, actor, on, reason) as work:
        _check_day(date, on, dt.date.min)
        new = _insert_home(work, home, date, "recorded")
        _insert_person(work, new, head, _since(date, "recorded"), "head")
    return new


# ── steps ───────────────────────────────────────────────────────────────────────────────────────


def _change(
    registry: Registry, actor: Actor, on: dt.date, reason: str
) -> AbstractContextManager[Work]:
    if not reason.strip():
        raise MutationError.of("mutation_reason")
    return registry.write(actor, on, "mutation", reason.strip())


def _problems(values: dict[str, Any], on: dt.date) -> list[Problem]:
    plain = {c: v.isoformat() if isinstance(v, dt.date) else v for c, v in values.items()}
    return [problem for c, v in plain.items() for problem in check_value(c, v, on)]


def _check_day(date: dt.date, on: dt.date, since: dt.date) -> None:
    if date > on:
        raise MutationError.of("mutation_future")
    if date < since:
        raise MutationError.of("mutation_too_early", since=since.isoformat())


def _check_rt(reading: Reading, rt_id: str) -> None:
    if not places_on(reading, [rt_id]):
        raise MutationError.of("mutation_no_rt")


def _residence_of(seen: HouseholdView) -> Any:
    if seen.residence is None:
        raise MutationError.of("mutation_no_residence")
    return seen.residence


def _member(seen: HouseholdView, resident_id: int) -> Member:
    found = seen.member(resident_id)
    if found is None:
        raise MutationError.of("mutation_no_member")
    return found


def _leaving(seen: HouseholdView, leaving: Collection[int]) -> list[Member]:
    found = [_member(seen, resident_id) for resident_id in sorted(leaving)]
    if not found or len(found) == len(seen.members):
        raise MutationError.of("mutation_split_who", n=len(found), of=len(seen.members))
    return found


def _check_heads(seen: HouseholdView, gone: set[int], heads: tuple[int, int | None]) -> None:
    new, old = heads
    stays = {m.resident["id"] for m in seen.members} - gone
    head_leaves = seen.head is None or seen.head.resident["id"] in gone
    if new not in gone or (head_leaves and old not in stays):
        raise MutationError.of("mutation_head_missing")


def _role_in_new(member: Member, head: int) -> str:
    """Return the place in a new household: `spouse` and so on were told of the old head."""
    return "head" if member.resident["id"] == head else "other"


def _since(date: dt.date, cause: str) -> dict[str, Any]:
    return {"valid_from": date, "valid_to": None, "cause": cause}


def _end(work: Work, table: Any, row: Any, date: dt.date) -> None:
    """End a period; one that would end before it began is taken back."""
    if date <= row["valid_from"]:
        work.void(table, row["id"], row["version"])
    else:
        work.update(table, row["id"], row["version"], valid_to=date)


def _correct(work: Work, residence: Any, rt_id: str) -> None:
    values = {"rt_id": rt_id, "cause": "corrected"}
    work.update(t.residences, residence["id"], residence["version"], **values)


def _join(work: Work, home: int, person: int, role: str, since: dict[str, Any]) -> None:
    work.insert(t.memberships, resident_id=person, household_id=home, role=role, **since)


def _follow(
    work: Work, seen: HouseholdView, new_head: int | None, date: dt.date, cause: str
) -> None:
    """Make a member the head from a day on, if somebody has to follow."""
    if new_head is None or (seen.head and seen.head.resident["id"] == new_head):
        return
    row = _member(seen, new_head).membership
    begins = max(date, row["valid_from"])
    _join(work, seen.id, new_head, "head", _since(begins, cause))
    _end(work, t.memberships, row, begins)


def _insert_home(work: Work, home: Home, date: dt.date, cause: str) -> int:
    _check_rt(work, home.rt_id)
    new = work.insert(t.households, **stored(home.values()))
    work.insert(t.residences, household_id=new, rt_id=home.rt_id, **_since(date, cause))
    return new


def _insert_person(
    work: Work, home: int, person: Person, since: dict[str, Any], role: str = ""
) -> int:
    new = work.insert(t.residents, **stored(person.values()))
    _join(work, home, new, role or person.role, since)
    return new
