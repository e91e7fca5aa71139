"""What the registry knows of the people of a file, read in a few queries."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import RowMapping, select

from pbrt_geo.intake.staging import Staged
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.elsewhere import AT_ONCE, MANY, Elsewhere, chosen, taken_elsewhere
from pbrt_geo.registry.store import Reading

Rows = list[RowMapping]


@dataclass
class Known:
    """Rows of the registry that have to do with a file, as its reader sees them."""

    households: dict[int, RowMapping]
    residents: dict[int, RowMapping]
    elsewhere: Elsewhere
    homes: dict[int, Rows] = field(default_factory=dict)
    memberships: dict[int, Rows] = field(default_factory=dict)
    members: dict[int, Rows] = field(default_factory=dict)
    evidence: dict[tuple[int, dt.date], RowMapping] = field(default_factory=dict)
    enrolments: dict[tuple[int, str], Rows] = field(default_factory=dict)
    desa_of: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay out the numbers."""
        households, people = self.households.values(), self.residents.values()
        self.by_kk = {row["no_kk"]: row["id"] for row in households if row["no_kk"]}
        self.by_nik = {row["nik"]: row["id"] for row in people if row["nik"]}
        self._looks: dict[tuple[str, str, dt.date], set[int]] | None = None

    def unnumbered_at(self, rt_id: str, look: tuple[str, dt.date]) -> set[int]:
        """Return the households without a No. KK in an RT where somebody looks so."""
        if self._looks is None:
            self._looks = {}
            for hid, homes in self.homes.items():
                if hid in self.households and not self.households[hid]["no_kk"]:
                    self._look_at(hid, {home["rt_id"] for home in homes})
        return self._looks.get((rt_id, *look), set())

    def _look_at(self, hid: int, rt_ids: set[str]) -> None:
        assert self._looks is not None
        for member in self.members.get(hid, ()):
            person = self.residents.get(member["resident_id"])
            if person is not None and person["birth_date"]:
                for rt_id in rt_ids:
                    look = (rt_id, person["name_key"], person["birth_date"])
                    self._looks.setdefault(look, set()).add(hid)


def holding(rows: Iterable[RowMapping], on: dt.date) -> RowMapping | None:
    """Return the row that holds on a day, None if there is none."""
    return next((row for row in rows if _holds(row, on)), None)


def _holds(row: RowMapping, on: dt.date) -> bool:
    return row["valid_from"] <= on and (row["valid_to"] is None or row["valid_to"] > on)


def is_newer(rows: Iterable[RowMapping], on: dt.date) -> bool:
    """Tell whether something is known of the time after a day: a row that begins or ends then."""
    return any(row["valid_from"] > on or (row["valid_to"] or on) > on for row in rows)


def known_of(reading: Reading, staged: Staged) -> Known:
    """Read what the registry knows of the people and households of a file, and of their RT."""
    niks = [p.nik for h in staged.households for p in h.people if p.nik]
    no_kks = [h.no_kk for h in staged.households if h.no_kk]
    elsewhere = taken_elsewhere(reading, niks, no_kks)
    few = staged.n_rows <= MANY
    people, homes = _concerned(reading, staged, niks, no_kks) if few else (None, None)
    known = Known(
        {row["id"]: row for row in _rows(reading, t.households, "id", homes)},
        {row["id"]: row for row in _rows(reading, t.residents, "id", people)},
        elsewhere,
    )
    for row in _rows(reading, t.residences, "household_id", homes):
        known.homes.setdefault(row["household_id"], []).append(row)
    for row in _rows(reading, t.memberships, "resident_id", people):
        known.memberships.setdefault(row["resident_id"], []).append(row)
        known.members.setdefault(row["household_id"], []).append(row)
    _read_welfare(reading, staged, known, homes)
    return known


def _concerned(
    reading: Reading, staged: Staged, niks: Sequence[str], no_kks: Sequence[str]
) -> tuple[set[int], set[int]]:
    """Return the keys of the people and households that a small file can mean."""
    people = {row["id"] for row in _rows(reading, t.residents, "nik", niks)}
    homes = {row["id"] for row in _rows(reading, t.households, "no_kk", no_kks)}
    members = _rows(reading, t.memberships, "resident_id", people)
    homes |= {row["household_id"] for row in members}
    unnumbered = {h.rt_id for h in staged.households if h.rt_id and not h.no_kk}
    homes |= {row["household_id"] for row in _rows(reading, t.residences, "rt_id", unnumbered)}
    members = _rows(reading, t.memberships, "household_id", homes)
    return people | {row["resident_id"] for row in members}, homes


def _rows(reading: Reading, table: Any, column: str, keys: Iterable[Any] | None) -> Rows:
    seen = reading.visible(table)
    return chosen(reading, select(seen), seen.c[column], None if keys is None else set(keys))


def _read_welfare(reading: Reading, staged: Staged, known: Known, homes: set[int] | None) -> None:
    days = {h.as_of for h in staged.households if h.evidence}
    if days:
        seen = reading.visible(t.evidence)
        query = select(seen).where(seen.c.source == staged.origin.evidence)
        if len(days) <= AT_ONCE:
            query = query.where(seen.c.as_of.in_(sorted(days)))
        for row in chosen(reading, query, seen.c.household_id, homes):
            known.evidence[row["household_id"], row["as_of"]] = row
    programmes = {name for h in staged.households for name in h.programmes}
    if programmes:
        seen = reading.visible(t.enrolments)
        query = select(seen).where(seen.c.programme_id.in_(sorted(programmes)))
        for row in chosen(reading, query, seen.c.household_id, homes):
            key = row["household_id"], row["programme_id"]
            known.enrolments.setdefault(key, []).append(row)
