"""Changing what is stored of a household, and what to do when two people do so at once.

Whoever opens a form takes a copy of the rows with their versions: the base. What was typed is a
set of edits on it. Storing compares both with the rows as they are now: if any of them changed
since, nothing is stored, and what differs is laid side by side, field by field.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pbrt_geo.errors import PbrtError, Problem
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.names import name_key
from pbrt_geo.registry.people import NUMBER_LENGTH, HouseholdView, Row
from pbrt_geo.registry.rights import Actor
from pbrt_geo.registry.store import Registry
from pbrt_geo.schema import CRITERIA

Values = dict[str, Any]
Rows = dict[str, Values]
"""Values by column, by the name of the row: `residents:8`. Dates are ISO 8601, as in a draft."""

EDITABLE = {
    "households": ("no_kk", "address", "note"),
    "memberships": ("role",),
    "residents": ("nik", "name", "sex", "birth_date", "disability"),
}
"""Columns that a form changes, by table."""

OWN_SOURCE = "form"
"""Source of the evidence that staff enter themselves."""

EVIDENCE = ("n_residents", "spending_idr", "floor_area_m2", *CRITERIA)
"""Columns of evidence that staff enter themselves."""

_RANGES = {
    "n_residents": (1, 60),
    "spending_idr": (0, 100_000_000),
    "floor_area_m2": (1, 2_000),
}
_STATE_OF = {"nik": "nik_state", "no_kk": "kk_state"}
_DATES = ("birth_date", "death_date")
_OLDEST = dt.date(1890, 1, 1)


class EntryError(PbrtError):
    """What was typed cannot be stored; nothing was. The facts of a problem name the field."""


@dataclass(frozen=True)
class Clash:
    """A field of which the stored value changed since the form was opened."""

    row: str
    column: str
    was: Any
    mine: Any
    theirs: Any

    @property
    def is_mine_too(self) -> bool:
        """Tell whether it was changed in the form as well, to something else."""
        return self.mine not in (self.was, self.theirs)


def base_of(seen: HouseholdView) -> Rows:
    """Return the rows a form changes, as they are now, each with its version."""
    return {
        _name(table, row): {"version": row["version"]}
        | {column: _plain(row[column]) for column in EDITABLE[table]}
        for table, row in _rows(seen)
    }


def clashes(seen: HouseholdView, base: Rows, edits: Rows) -> list[Clash]:
    """Return the fields that somebody else changed since `base`; a row that is gone is left out."""
    now = base_of(seen)
    return [
        Clash(
            name, column, was[column], edits.get(name, {}).get(column, was[column]), theirs[column]
        )
        for name, was in base.items()
        if (theirs := now.get(name)) is not None
        for column in was
        if column != "version" and theirs[column] != was[column]
    ]


def is_stale(seen: HouseholdView, base: Rows) -> bool:
    """Tell whether rows changed, came or went since `base`."""
    now = base_of(seen)
    return {name: row["version"] for name, row in base.items()} != {
        name: row["version"] for name, row in now.items()
    }


def without_same(base: Rows, edits: Rows) -> Rows:
    """Return the edits that differ from what is stored, and whose row is there."""
    found = {
        name: {c: v for c, v in values.items() if v != base[name].get(c)}
        for name, values in edits.items()
        if name in base
    }
    return {name: values for name, values in found.items() if values}


def check_edits(seen: HouseholdView, edits: Rows, on: dt.date) -> list[Problem]:
    """Return what is wrong with edits; none if they can be stored."""
    found = [
        problem
        for name, values in edits.items()
        for column, value in values.items()
        for problem in check_value(column, value, on)
    ]
    roles = {_name("memberships", m.membership): m.membership["role"] for m in seen.members}
    changed = {name: v["role"] for name, v in edits.items() if "role" in v and name in roles}
    if changed and list({**roles, **changed}.values()).count("head") != 1:
        found.append(Problem("entry_one_head", {"field": "role"}))
    return found


def check_value(column: str, value: Any, on: dt.date) -> Iterator[Problem]:
    """Say what is wrong with one value as typed; `field` names its column."""
    about = {"field": column}
    if column == "name" and not name_key(value or ""):
        yield Problem("entry_name_empty", about)
    if column in _STATE_OF and value and not is_number(value):
        yield Problem("entry_number", about)
    if column in _DATES and value and not _OLDEST <= dt.date.fromisoformat(value) <= on:
        yield Problem("entry_date", about)


def is_number(text: str) -> bool:
    """Tell whether a text can be a NIK or No. KK: 16 digits that are not all zero."""
    digits = text.isascii() and text.isdigit()
    return digits and len(text) == NUMBER_LENGTH and set(text) != {"0"}


def store_edits(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    seen: HouseholdView,
    base: Rows,
    edits: Rows,
    reason: str,
) -> int:
    """
    Store what a form changed, in one transaction; return how many rows changed.

    Raises
    ------
    EntryError
        If a value cannot be stored.
    Conflict
        If a row that is to be changed is not what it was in `base`.
    NotAllowed
        If the role or the area of the account does not allow it.
    """
    wanted = without_same(base, edits)
    refuse(check_edits(seen, wanted, on))
    with registry.write(actor, on, "form", reason) as work:
        for name, values in wanted.items():
            table, row_id = _row(name, values)
            work.update(t.metadata.tables[table], row_id, base[name]["version"], **stored(values))
    return len(wanted)


def record_evidence(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    seen: HouseholdView,
    as_of: dt.date,
    values: Values,
    reason: str,
) -> int:
    """
    Store what staff found of the welfare of a household on a day; return the key of the row.

    What was found for the same day before is changed; what other sources say stays as it is.

    Parameters
    ----------
    values
        Columns of `evidence`: `n_residents`, `spending_idr`, `floor_area_m2`, the 14 criteria.

    Raises
    ------
    EntryError
        If nothing was found, a value is out of range or the day in the future.
    Conflict
        If the row for that day is not what was seen.
    """
    refuse(list(_check_evidence(as_of, values, on)))
    found = [r for r in seen.evidence if (r["as_of"], r["source"]) == (as_of, OWN_SOURCE)]
    with registry.write(actor, on, "form", reason) as work:
        if found:
            work.update(t.evidence, found[0]["id"], found[0]["version"], **values)
            return int(found[0]["id"])
        about = {"household_id": seen.id, "as_of": as_of, "source": OWN_SOURCE}
        return work.insert(t.evidence, **about, **values)


def _check_evidence(as_of: dt.date, values: Values, on: dt.date) -> Iterator[Problem]:
    if set(values) - set(EVIDENCE):
        raise ValueError(sorted(set(values) - set(EVIDENCE))[0])
    if not _OLDEST <= as_of <= on:
        yield Problem("entry_date", {"field": "as_of"})
    if all(value is None for value in values.values()):
        yield Problem("entry_no_evidence", {"field": "as_of"})
    for column, (least, most) in _RANGES.items():
        value = values.get(column)
        if value is not None and not least <= value <= most:
            facts = {"field": column, "least": least, "most": most}
            yield Problem("entry_range", facts)


def refuse(problems: list[Problem]) -> None:
    """Raise `EntryError` if there is any problem."""
    if problems:
        raise EntryError(*problems)


def stored(values: Mapping[str, Any]) -> Values:
    """Return typed values as the tables hold them, with what follows from them."""
    row: Values = {c: (v.strip() or None) if isinstance(v, str) else v for c, v in values.items()}
    for column in _DATES:
        if isinstance(row.get(column), str):
            row[column] = dt.date.fromisoformat(row[column])
    for column, state in _STATE_OF.items():
        if column in row:
            row[state] = "valid" if row[column] else "none"
    if "name" in row:
        row["name_key"] = name_key(row["name"])
    return row


def _rows(seen: HouseholdView) -> Iterator[tuple[str, Row]]:
    yield "households", seen.household
    for member in seen.members:
        yield "memberships", member.membership
        yield "residents", member.resident


def _name(table: str, row: Row) -> str:
    return f"{table}:{row['id']}"


def _row(name: str, values: Values) -> tuple[str, int]:
    table, _, row_id = name.partition(":")
    if table not in EDITABLE:
        raise ValueError(table)
    strange = sorted(set(values) - set(EDITABLE[table]))
    if strange:
        raise ValueError(strange[0])
    return table, int(row_id)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
