"""Verification: a list of households is proposed, deliberated in the RT, and confirmed by another.

proposed → deliberated → confirmed. As proposed it can be decided on, household by household, each
decision with its reason; after the musyawarah it waits for a second person, who may send it back.
Confirmed it never changes again: a new list takes its place.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import RowMapping, select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.lists import (
    POOR,
    Household,
    VerificationError,
    authors_of,
    content_of,
    entries_of,
    hash_of,
    households,
    households_in,
    lists_of,
    the_list,
)
from pbrt_geo.registry.rights import Actor, holds_on
from pbrt_geo.registry.store import Reading, Registry, Work
from pbrt_geo.registry.welfare import RULES, Rule, judge

REASON_NEEDED = ("add", "remove", "change")
DECISIONS = {True: ("keep", "change", "remove"), False: ("add",)}
"""What can be decided on a household, by whether the list proposed it."""


def proposed_by_rule(
    reading: Reading, rt_id: str, rule: Rule, as_of: dt.date
) -> dict[bool | None, list[Household]]:
    """Divide the households of an RT: those a rule proposes, those it does not, the unknown."""
    found: dict[bool | None, list[Household]] = {True: [], False: [], None: []}
    for household in households(reading, households_in(reading, rt_id, as_of), as_of):
        found[judge(rule, household.known)].append(household)
    return found


def propose(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    rt_id: str,
    as_of: dt.date,
    *,
    rule: str,
    reason: str,
    purpose: str = POOR,
) -> int:
    """
    Propose a list to the musyawarah of an RT; return its key.

    Raises
    ------
    VerificationError
        If the day lies ahead or before the list that holds, the RT has no households then, or
        another list of the RT is still open.
    NotAllowed
        If the actor may not change people, or the RT is not in the own area.
    """
    actor.require("change_people")
    with registry.write(actor, on, "proposal", reason, rule=rule) as work:
        _check_day(as_of, on)
        _check_before(work, rt_id, purpose, as_of)
        values = {"rt_id": rt_id, "as_of": as_of, "purpose": purpose, "state": "proposed"}
        list_id = work.insert(t.lists, **values, proposed_by=actor.user_id)
        found = proposed_by_rule(work, rt_id, RULES[rule], as_of)
        if not any(found.values()):
            raise VerificationError.of("list_no_households", date=as_of.isoformat())
        work.insert_many(t.list_entries, [_new(list_id, h.household_id, True) for h in found[True]])
    return list_id


def _new(list_id: int, household_id: int, is_proposed: bool, **more: Any) -> dict[str, Any]:
    told = {"list_id": list_id, "household_id": household_id, "is_proposed": is_proposed}
    return told | {"decision": None, "reason": None} | more


def _check_day(day: dt.date, on: dt.date) -> None:
    if day > on:
        raise VerificationError.of("list_ahead", date=day.isoformat(), today=on.isoformat())


def _check_before(work: Work, rt_id: str, purpose: str, as_of: dt.date) -> None:
    before = lists_of(work, rt_id, purpose)
    if any(row["state"] != "confirmed" for row in before):
        raise VerificationError.of("list_open")
    newest = max((row["as_of"] for row in before), default=as_of)
    if newest > as_of:
        told = {"date": as_of.isoformat(), "newest": newest.isoformat()}
        raise VerificationError.of("list_older", **told)


# ── the musyawarah ──────────────────────────────────────────────────────────────────────────────


def decide(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    entry_id: int,
    version: int,
    *,
    decision: str,
    reason: str = "",
) -> int:
    """
    Record what the musyawarah decided on one household; return the new version.

    `keep` and `change` leave a household on the list, `change` says that its data have to be put
    right; `remove` takes it off. An empty decision takes back what was decided. Of a household
    that was added only the reason changes.

    Raises
    ------
    VerificationError
        If the list is not open any more, the decision does not fit, or the reason is missing.
    Conflict
        If somebody else decided meanwhile.
    """
    with _deliberating(registry, actor, on) as work:
        entry = _entry_of_open_list(work, entry_id)
        if decision not in ("", *DECISIONS[entry["is_proposed"]]) or (
            not decision and not entry["is_proposed"]
        ):
            raise VerificationError.of("list_decision", decision=decision or "–")
        told = _reason(reason, needed=decision in REASON_NEEDED)
        after = {"decision": decision or None, "reason": told if decision else None}
        return work.update(t.list_entries, entry_id, version, **after)


def keep_rest(registry: Registry, actor: Actor, on: dt.date, list_id: int) -> int:
    """Decide to keep every proposed household on which nothing was decided; return how many."""
    with _deliberating(registry, actor, on) as work:
        _open_list(work, list_id)
        seen = _in_sight(work, list_id)
        rest = [entry for entry in seen if entry["is_proposed"] and entry["decision"] is None]
        for entry in rest:
            work.update(t.list_entries, entry["id"], entry["version"], decision="keep")
    return len(rest)


def add(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    list_id: int,
    household_id: int,
    *,
    reason: str,
) -> int:
    """
    Add a household of the RT that was not proposed; return the key of its entry.

    Raises
    ------
    VerificationError
        If the list is not open any more, the household did not live in the RT on the day of the
        list, is on it already, or the reason is missing.
    """
    with _deliberating(registry, actor, on) as work:
        row = _open_list(work, list_id)
        if not _lived_in(work, household_id, row["rt_id"], row["as_of"]):
            raise VerificationError.of("list_not_here", date=row["as_of"].isoformat())
        e = work.visible(t.list_entries)
        at = (e.c.list_id == list_id) & (e.c.household_id == household_id)
        if work.rows(select(e.c.id).where(at)):
            raise VerificationError.of("list_already")
        told = {"decision": "add", "reason": _reason(reason, needed=True)}
        return work.insert(t.list_entries, **_new(list_id, household_id, False, **told))


def take_back(registry: Registry, actor: Actor, on: dt.date, entry_id: int, version: int) -> None:
    """Take back a household that was added; one that was proposed can only be removed."""
    with _deliberating(registry, actor, on) as work:
        if _entry_of_open_list(work, entry_id)["is_proposed"]:
            raise VerificationError.of("list_decision", decision="–")
        work.void(t.list_entries, entry_id, version)


def close(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    list_id: int,
    version: int,
    *,
    held_on: dt.date,
    minutes: str,
) -> int:
    """
    Say that the musyawarah is over: the list waits for a second person; return the new version.

    Parameters
    ----------
    held_on
        Day of the musyawarah, from the day of the list on.
    minutes
        Number of the minutes (berita acara), or where they are kept.

    Raises
    ------
    VerificationError
        If households are undecided, the day cannot be, or the minutes are not named.
    """
    told = _reason(minutes, needed=True, key="list_minutes")
    with registry.write(actor, on, "musyawarah", told or "") as work:
        actor.require("change_people")
        row = _open_list(work, list_id)
        _check_day(held_on, on)
        if held_on < row["as_of"]:
            days = {"date": held_on.isoformat(), "as_of": row["as_of"].isoformat()}
            raise VerificationError.of("list_held_before", **days)
        undecided = [e["id"] for e in entries_of(work, list_id) if e["decision"] is None]
        hidden = set(undecided) - {e["id"] for e in _in_sight(work, list_id)}
        if undecided:
            key = "list_hidden" if hidden else "list_undecided"
            raise VerificationError.of(key, n=len(hidden or undecided))
        return work.update(t.lists, list_id, version, state="deliberated", deliberated_on=held_on)


def send_back(
    registry: Registry, actor: Actor, on: dt.date, list_id: int, version: int, *, reason: str
) -> int:
    """Send a list back to the musyawarah, with the reason; return the new version."""
    told = _reason(reason, needed=True) or ""
    with registry.write(actor, on, "sent_back", told) as work:
        _in_state(work, list_id, "deliberated")
        return work.update(t.lists, list_id, version, state="proposed", deliberated_on=None)


def withdraw(
    registry: Registry, actor: Actor, on: dt.date, list_id: int, version: int, *, reason: str
) -> None:
    """Take a list back that was not confirmed, so that another can be proposed."""
    told = _reason(reason, needed=True) or ""
    with registry.write(actor, on, "withdrawal", told) as work:
        actor.require("change_people")
        _in_state(work, list_id, "proposed", "deliberated")
        work.void(t.lists, list_id, version)


# ── the second person ───────────────────────────────────────────────────────────────────────────


def may_confirm(actor: Actor, authors: frozenset[int]) -> bool:
    """Tell whether an actor is somebody who may confirm a list of these authors."""
    return actor.may("confirm_lists") and actor.user_id is not None and actor.user_id not in authors


def confirm(
    registry: Registry, actor: Actor, on: dt.date, list_id: int, version: int, *, seen: str
) -> int:
    """
    Confirm a list as the second person; it is sealed and never changes again.

    The seal, `seen`, goes into the record of transactions, which nobody can change.

    Parameters
    ----------
    seen
        `content_hash` of the list as it was shown: what was seen is what is sealed.

    Raises
    ------
    VerificationError
        If the actor proposed it, decided on it or has no account; if households on it moved out
        of sight; if it is not what was seen.
    NotAllowed
        If the role may not confirm lists.
    """
    actor.require("confirm_lists")
    with registry.write(actor, on, "confirmation", "", content_hash=seen) as work:
        row = _in_state(work, list_id, "deliberated")
        if not may_confirm(actor, authors_of(work, list_id)):
            raise VerificationError.of("list_same_person")
        entries = entries_of(work, list_id)
        hidden = len(entries) - len(_in_sight(work, list_id))
        if hidden:
            raise VerificationError.of("list_hidden", n=hidden)
        if hash_of(content_of(row, entries)) != seen:
            raise VerificationError.of("list_other")
        done = {"state": "confirmed", "confirmed_by": actor.user_id, "confirmed_on": on}
        return work.update(t.lists, list_id, version, **done)


# ── what every step asks ────────────────────────────────────────────────────────────────────────


@contextmanager
def _deliberating(registry: Registry, actor: Actor, on: dt.date) -> Iterator[Work]:
    with registry.write(actor, on, "musyawarah", "") as work:
        yield work


def _in_state(work: Work, list_id: int, *states: str) -> RowMapping:
    row = the_list(work, list_id)
    if row["state"] not in states:
        raise VerificationError.of(f"list_is_{row['state']}")
    return row


def _open_list(work: Work, list_id: int) -> RowMapping:
    return _in_state(work, list_id, "proposed")


def _entry_of_open_list(work: Work, entry_id: int) -> RowMapping:
    entry = work.get(t.list_entries, entry_id)
    if entry is None:
        raise VerificationError.of("list_entry_missing")
    _open_list(work, entry["list_id"])
    return entry


def _in_sight(reading: Reading, list_id: int) -> list[RowMapping]:
    """Return the entries whose household the actor sees today."""
    e, h = reading.visible(t.list_entries), reading.visible(t.households)
    query = select(e).join_from(e, h, e.c.household_id == h.c.id).where(e.c.list_id == list_id)
    return list(reading.rows(query))


def _lived_in(reading: Reading, household_id: int, rt_id: str, day: dt.date) -> bool:
    r = reading.visible(t.residences)
    at = (r.c.household_id == household_id) & (r.c.rt_id == rt_id)
    return bool(reading.rows(select(r.c.id).where(at, holds_on(r, day))))


def _reason(text: str, *, needed: bool, key: str = "list_reason") -> str | None:
    told = " ".join(text.split())
    if needed and not told:
        raise VerificationError.of(key)
    return told or None
