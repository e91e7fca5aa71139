"""Lists for the musyawarah of an RT as they are read: who is on them, and what seals them.

A list stays whole for whoever sees its RT, but a household that moved out of sight since is only
counted. The hash of a list covers who is on it and what was decided, not the words of the reasons:
those may have to be erased by law, and the list must stay what it was.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, select

from pbrt_geo.errors import PbrtError
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import holds_on
from pbrt_geo.registry.store import Reading
from pbrt_geo.registry.welfare import Known, in_parts, known_of

STAYS = ("keep", "add", "change")
"""Decisions after which a household is on the list."""
POOR = "poor"
"""Purpose of the list of the poor; any other is the programme the list is for."""


class VerificationError(PbrtError):
    """A list cannot be changed like this; it is as it was."""


@dataclass(frozen=True)
class Household:
    """A household as somebody deciding on it needs to see it; personal."""

    household_id: int
    head: str
    n_members: int
    address: str
    known: Known


@dataclass(frozen=True)
class Entry:
    """One household on a list; personal. `version` goes with every change."""

    id: int
    version: int
    household: Household
    is_proposed: bool
    decision: str
    reason: str

    @property
    def stays(self) -> bool:
        """Tell whether the household is on the list, as far as it was decided."""
        return self.decision in STAYS


@dataclass(frozen=True)
class ShownList:
    """
    A list as an actor sees it.

    `last_step` tells who changed its state last, when and why: `actor`, `at`, `reason`.
    `others` are the households of the RT that are not on it. `n_hidden` entries are of households
    that live elsewhere by now, out of the actor's sight. `minutes` tells where the minutes are.
    `content_hash` is that of the whole list as it is, `seal` what it was when it was confirmed
    (empty before). `authors` are the accounts whose decisions are in it.
    """

    row: RowMapping
    last_step: RowMapping
    rule: str
    minutes: str
    entries: tuple[Entry, ...]
    others: tuple[Household, ...]
    n_hidden: int
    content_hash: str
    seal: str
    authors: frozenset[int]

    @property
    def is_sealed_well(self) -> bool:
        """Tell whether a confirmed list is still what was confirmed."""
        return self.seal == self.content_hash

    @property
    def n_undecided(self) -> int:
        """Count the entries shown on which nothing was decided yet."""
        return sum(not entry.decision for entry in self.entries)


def lists_of(reading: Reading, rt_id: str = "", purpose: str = POOR) -> list[RowMapping]:
    """Return the lists of an RT (or of all that are seen), the newest first."""
    seen = reading.visible(t.lists)
    query = select(seen).where(seen.c.purpose == purpose)
    if rt_id:
        query = query.where(seen.c.rt_id == rt_id)
    return list(reading.rows(query.order_by(seen.c.as_of.desc(), seen.c.id.desc())))


def read_list(reading: Reading, list_id: int) -> ShownList:
    """
    Return a list with its households.

    Whoever shows it records that these were seen (`Registry.saw`).

    Raises
    ------
    VerificationError
        If there is no such list, or the actor does not see it.
    """
    row = the_list(reading, list_id)
    entries, steps = entries_of(reading, list_id), _steps(reading, list_id)
    listed = {entry["household_id"] for entry in entries}
    ids = listed | households_in(reading, row["rt_id"], row["as_of"])
    found = {h.household_id: h for h in households(reading, ids, row["as_of"])}
    shown = [_entry(entry, found) for entry in entries if entry["household_id"] in found]
    return ShownList(
        row,
        next(step for step in reversed(steps) if step["entity"] == t.lists.name),
        str((_of_step(steps, "proposal", "about") or {}).get("rule", "")),
        _of_step(steps, "musyawarah", "reason") or "",
        tuple(sorted(shown, key=lambda entry: (entry.household.head, entry.id))),
        tuple(found[i] for i in found if i not in listed),
        len(entries) - len(shown),
        hash_of(content_of(row, entries)),
        _of_step(steps, "confirmation", "content_hash") or "",
        _authors(steps),
    )


def entries_of(reading: Reading, list_id: int) -> list[RowMapping]:
    """Return all entries of a list, also of households out of sight."""
    e = reading.visible(t.list_entries)
    return list(reading.rows(select(e).where(e.c.list_id == list_id).order_by(e.c.household_id)))


def _entry(row: RowMapping, found: dict[int, Household]) -> Entry:
    told = (row["decision"] or "", row["reason"] or "")
    household = found[row["household_id"]]
    return Entry(row["id"], row["version"], household, row["is_proposed"], *told)


def the_list(reading: Reading, list_id: int) -> RowMapping:
    """Return a list that the actor sees; raise `VerificationError` if there is none."""
    row = reading.get(t.lists, list_id)
    if row is None:
        raise VerificationError.of("list_missing")
    return row


# ── households ──────────────────────────────────────────────────────────────────────────────────


def households_in(reading: Reading, rt_id: str, day: dt.date) -> set[int]:
    """Return the households the actor sees that lived in an RT on a day."""
    r, h = reading.visible(t.residences), reading.visible(t.households)
    query = select(r.c.household_id).join_from(r, h, r.c.household_id == h.c.id)
    return {
        row["household_id"]
        for row in reading.rows(query.where(r.c.rt_id == rt_id, holds_on(r, day)))
    }


def households(reading: Reading, ids: Collection[int], day: dt.date) -> list[Household]:
    """Return households with their head, size and welfare on a day, by name of the head."""
    known = known_of(reading, ids, day)
    people = _members(reading, ids, day)
    h = reading.visible(t.households)
    found = []
    for part in in_parts(ids):
        for row in reading.rows(select(h.c.id, h.c.address).where(h.c.id.in_(part))):
            members = people.get(row["id"], [])
            head = next((m["name"] for m in members if m["role"] == "head"), "")
            address = row["address"] or ""
            found.append(Household(row["id"], head, len(members), address, known[row["id"]]))
    return sorted(found, key=lambda household: (household.head, household.household_id))


def _members(reading: Reading, ids: Collection[int], day: dt.date) -> dict[int, list[RowMapping]]:
    m, p = reading.visible(t.memberships), reading.visible(t.residents)
    found: dict[int, list[RowMapping]] = {}
    for part in in_parts(ids):
        query = (
            select(m.c.household_id, m.c.role, p.c.name)
            .join_from(m, p, m.c.resident_id == p.c.id)
            .where(m.c.household_id.in_(part), holds_on(m, day))
        )
        for row in reading.rows(query):
            found.setdefault(row["household_id"], []).append(row)
    return found


# ── what a list is, to the last entry ───────────────────────────────────────────────────────────


def content_of(row: RowMapping, entries: Iterable[RowMapping]) -> dict[str, Any]:
    """Return what a list says, as it is sealed; of the households only their keys."""
    told = [[e["household_id"], e["is_proposed"], e["decision"]] for e in entries]
    dates = {name: _iso(row[name]) for name in ("as_of", "deliberated_on")}
    return {"rt_id": row["rt_id"], "purpose": row["purpose"], "entries": told} | dates


def hash_of(content: dict[str, Any]) -> str:
    """Return the SHA-256 of what a list says."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def authors_of(reading: Reading, list_id: int) -> frozenset[int]:
    """Return the accounts that proposed a list the actor sees or decided on it."""
    return _authors(_steps(reading, list_id))


def _authors(steps: Sequence[RowMapping]) -> frozenset[int]:
    made = [step["user_id"] for step in steps if step["kind"] in ("proposal", "musyawarah")]
    return frozenset(made) - {None}


def _steps(reading: Reading, list_id: int) -> Sequence[RowMapping]:
    """Return what the record, which nobody can change, says of a list and its entries, in order."""
    c, b, e = (reading.visible(table) for table in (t.changes, t.batches, t.list_entries))
    entries = select(e.c.id).where(e.c.list_id == list_id)
    ours = ((c.c.entity == t.lists.name) & (c.c.row_id == list_id)) | (
        (c.c.entity == t.list_entries.name) & c.c.row_id.in_(entries)
    )
    told = [b.c[name] for name in ("user_id", "actor", "at", "kind", "reason", "about")]
    query = select(c.c.entity, b.c.content_hash, *told).join_from(c, b, c.c.batch_id == b.c.id)
    return reading.rows(query.where(ours).order_by(c.c.seq))


def _of_step(steps: Sequence[RowMapping], kind: str, column: str) -> Any:
    """Return what was recorded when a list last went through a step."""
    of_kind = [s for s in steps if s["entity"] == t.lists.name and s["kind"] == kind]
    return of_kind[-1][column] if of_kind else None
