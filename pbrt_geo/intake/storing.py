"""Storing a plan: everything in one transaction, many rows at once.

Between steps the caller may be told how far it is, and may stop: then nothing is stored at all.
What is new is stored before what ends, so that nobody is out of sight in between.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Table

from pbrt_geo.intake.plan import Plan
from pbrt_geo.intake.staging import Staged
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.store import Work

AT_ONCE = 5_000
"""Rows stored between two looks at whether to go on."""

Step = Callable[[int], None]
"""Is told how many more rows are done; raises to stop."""

Change = tuple[int, int, dict[str, Any]]
"""Key, version that was read, and new values."""

_KEPT = ("id", "version", "is_void")


def store(work: Work, staged: Staged, plan: Plan, step: Step) -> None:
    """Store a plan that was made in this very transaction."""
    households = {household.number: household for household in staged.households}
    people = {p.number: p for household in staged.households for p in household.people}
    homes = _insert_named(
        work, t.households, ((n, households[n].values) for n in plan.new_households), step
    )
    homes |= plan.households
    persons = _insert_named(
        work, t.residents, ((n, people[n].values) for n in plan.new_residents), step
    )
    persons |= plan.residents
    _insert(work, t.residences, _residences(plan, homes), step)
    _insert(work, t.memberships, _memberships(plan, homes, persons), step)
    source = staged.origin.evidence
    found = ((households[n], homes[n]) for n in plan.evidence)
    rows = ({"household_id": i, "as_of": h.as_of, "source": source} | h.evidence for h, i in found)
    _insert(work, t.evidence, rows, step)
    _insert(work, t.enrolments, _enrolments(plan, homes, staged.origin.source), step)
    _change(work, plan, homes, step)


def _residences(plan: Plan, homes: Mapping[int, int]) -> Iterator[dict[str, Any]]:
    for number, rt_id, day, cause in plan.residences:
        yield {"household_id": homes[number], "rt_id": rt_id, "valid_from": day, "cause": cause}


def _memberships(
    plan: Plan, homes: Mapping[int, int], persons: Mapping[int, int]
) -> Iterator[dict[str, Any]]:
    for person, household, role, day, cause in plan.memberships:
        who = {"resident_id": persons[person], "household_id": homes[household]}
        yield who | {"role": role, "valid_from": day, "cause": cause}


def _enrolments(plan: Plan, homes: Mapping[int, int], source: str) -> Iterator[dict[str, Any]]:
    for number, programme, day in plan.enrolments:
        about = {"programme_id": programme, "household_id": homes[number]}
        yield about | {"valid_from": day, "source": source}


# ── new rows ────────────────────────────────────────────────────────────────────────────────────


def _insert_named(
    work: Work, table: Table, rows: Iterable[tuple[int, Mapping[str, Any]]], step: Step
) -> dict[int, int]:
    """Store new rows; return the key of each by its number in the file."""
    numbers, values = [], []
    for number, row in rows:
        numbers.append(number)
        values.append(row)
    return dict(zip(numbers, _insert(work, table, values, step), strict=True))


def _insert(work: Work, table: Table, rows: Iterable[Mapping[str, Any]], step: Step) -> list[int]:
    """Store new rows with all columns of the table; what is not known is empty."""
    empty: dict[str, Any] = {
        column.name: None for column in table.columns if column.name not in _KEPT
    }
    full = [{**empty, **row} for row in rows]
    ids: list[int] = []
    for part in _pieces(full):
        ids += work.insert_many(table, part)
        step(len(part))
    return ids


def _pieces(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


# ── rows that change ────────────────────────────────────────────────────────────────────────────


def _change(work: Work, plan: Plan, homes: Mapping[int, int], step: Step) -> None:
    moved = [
        (i, version, {"household_id": homes[number], "role": role, "cause": "corrected"})
        for i, version, number, role in plan.rehoused
    ]
    voided = [(i, version, {"is_void": True}) for _, i, version in plan.voids]
    _update(work, t.memberships, moved, step)
    for updates in (plan.updates, plan.closing):
        by_table: dict[str, list[Change]] = {}
        for table, row_id, version, values in updates:
            by_table.setdefault(table, []).append((row_id, version, values))
        for table, changes in by_table.items():
            _update(work, t.metadata.tables[table], changes, step)
    _update(work, t.enrolments, voided, step)


def _update(work: Work, table: Table, changes: Sequence[Change], step: Step) -> None:
    for part in _pieces(changes):
        work.update_many(table, part)
        step(len(part))
