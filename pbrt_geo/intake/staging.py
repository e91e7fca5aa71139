"""From the columns of a file to households with their people, nothing of the registry asked yet.

Rows with the same No. KK, or the same number of the household in the file, are one household. What
is said of a household must be the same in all its rows. An empty cell says nothing: it never takes
away what is known.

A household is taken as a whole or not at all: where one row is refused, the others wait with it,
since four people of five would be counted as a household of four.
"""

import datetime as dt
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pbrt_geo.intake.problems import Severity
from pbrt_geo.registry.names import name_key

Column = tuple[str, str]
"""Table and column of the registry."""

NIK, NAME, KK = ("residents", "nik"), ("residents", "name"), ("households", "no_kk")
KEY, AS_OF, ROLE = ("row", "household_key"), ("row", "as_of"), ("memberships", "role")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a row, at a table and column of the registry or a field of the place."""

    row: int
    at: Column
    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "error"


@dataclass(slots=True, repr=False)  # who is in it must not get into a log
class Person:
    """A person as the file tells; `values` are columns of `residents` that are known."""

    number: int
    row: int
    values: dict[str, Any]
    role: str = ""

    @property
    def nik(self) -> str | None:
        """NIK, None if there is none."""
        return self.values["nik"]


@dataclass(slots=True, repr=False)
class Household:
    """
    A household as the file tells.

    `as_of` is the day for which it tells; `rt_id` is "" where nothing is said of the RT, `desa_id`
    where nothing is said at all.
    `values` are columns of `households`, `evidence` those of `evidence`, both only what is known;
    `programmes` whether each reaches it.
    """

    number: int
    rows: list[int]
    as_of: dt.date
    values: dict[str, Any]
    rt_id: str = ""
    desa_id: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    programmes: dict[str, bool] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)

    @property
    def no_kk(self) -> str | None:
        """No. KK, None if there is none."""
        return self.values["no_kk"]


@dataclass(frozen=True)
class Origin:
    """Where the file comes from: for what day, from which list, as which kind of evidence."""

    as_of: dt.date
    source: str
    evidence: str


@dataclass
class Staged:
    """All households of a file; `refused` are the rows that cannot be taken as they are."""

    origin: Origin
    households: list[Household]
    troubles: list[Trouble]
    refused: set[int]

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return sum(len(household.rows) for household in self.households)


def stage(
    rows: Sequence[int],
    columns: Mapping[Column, Sequence[Any]],
    places: tuple[Sequence[str], Sequence[str]],
    origin: Origin,
    troubles: Iterable[Trouble] = (),
    blank_kk: Sequence[bool] = (),
    refused: Iterable[int] = (),
    skip: Container[int] = (),
) -> Staged:
    """
    Make households of rows.

    Parameters
    ----------
    rows
        Numbers of the rows in the sheet.
    columns
        Values of each, None where nothing is known.
    places
        RT and desa of each, "" where nothing is said of it.
    troubles
        What is known to be wrong already.
    blank_kk
        Where the cell of the No. KK is empty; a sign for "has none" is not empty.
    refused
        Rows that are refused already.
    skip
        Rows that are left out.
    """
    told = [*troubles, *_needed(rows, columns, blank_kk)]
    rt_ids, desa_ids = ([area or None for area in areas] for areas in places)
    parts = _parts(columns) | {"where": [("rt_id", rt_ids), ("desa_id", desa_ids)]}
    households = []
    for number, members in enumerate(_grouped(rows, columns, skip)):
        there = [rows[i] for i in members]
        household = Household(number, there, origin.as_of, {"no_kk": None})
        _fill(household, members, parts, told)
        _settle(household, members, parts, told)
        _people(household, members, rows, columns, parts)
        households.append(household)
    told = [trouble for trouble in told if trouble.row not in skip]
    bad = {trouble.row for trouble in told if trouble.severity == "error"}
    return Staged(origin, households, told, bad.union(refused))


def _needed(
    rows: Sequence[int], columns: Mapping[Column, Sequence[Any]], blank_kk: Sequence[bool]
) -> list[Trouble]:
    """Refuse rows without a name where the file is about people, and with a forgotten No. KK."""
    found = []
    if NAME in columns:
        names = zip(rows, columns[NAME], strict=True)
        found += [Trouble(row, NAME, "name_empty") for row, name in names if not name]
    elif NIK in columns and KK not in columns:
        found += [Trouble(row, NIK, "name_not_there") for row in rows]
    if blank_kk and KEY not in columns and NAME in columns:
        empty = zip(rows, blank_kk, strict=True)
        found += [Trouble(row, KK, "kk_empty") for row, blank in empty if blank]
    return found


def _grouped(
    rows: Sequence[int], columns: Mapping[Column, Sequence[Any]], skip: Container[int]
) -> list[list[int]]:
    """Return the positions of the rows of each household, in the order of the file."""
    nothing: Sequence[Any] = [None] * len(rows)
    keys, numbers = columns.get(KEY, nothing), columns.get(KK, nothing)
    groups: dict[Any, list[int]] = {}
    for i, (key, number) in enumerate(zip(keys, numbers, strict=True)):
        if rows[i] in skip:
            continue
        name = ("key", key) if key is not None else ("kk", number) if number else ("row", i)
        groups.setdefault(name, []).append(i)
    return list(groups.values())


_Part = list[tuple[str, Sequence[Any]]]


def _parts(columns: Mapping[Column, Sequence[Any]]) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    for (table, column), values in columns.items():
        parts.setdefault(table, []).append((column, values))
    return parts


def _fill(
    household: Household, members: list[int], parts: Mapping[str, _Part], told: list[Trouble]
) -> None:
    """Take what is said of the household from its rows."""
    for name, values in parts.get("households", ()):
        said = _said(household, members, values)
        if name == "no_kk":
            told += _differ(said, KK)
        if said:
            household.values[name] = said[0][1]
    for name, values in parts.get("evidence", ()):
        said = _said(household, members, values)
        told += _differ(said, ("evidence", name))
        if said:
            household.evidence[name] = said[0][1]
    for name, values in parts.get("enrolments", ()):
        said = _said(household, members, values)
        if said:
            household.programmes[name] = any(value for _, value in said)
    household.values["kk_state"] = "valid" if household.no_kk else "none"


def _settle(
    household: Household, members: list[int], parts: Mapping[str, _Part], told: list[Trouble]
) -> None:
    """Take where it lives, and the day for which that holds."""
    for name, values in (*parts.get("where", ()), *parts.get("row", ())):
        if name == "household_key":
            continue
        said = _said(household, members, values)
        told += _differ(said, AS_OF if name == "as_of" else ("place", name.removesuffix("_id")))
        if said:
            setattr(household, name, said[0][1])


def _said(household: Household, members: list[int], values: Sequence[Any]) -> list[tuple[int, Any]]:
    """Return row and value where something is said."""
    pairs = zip(household.rows, members, strict=True)
    return [(row, values[i]) for row, i in pairs if values[i] is not None]


def _differ(said: list[tuple[int, Any]], at: Column) -> list[Trouble]:
    """Say of each row that it does not say what the first one does."""
    if len(said) < 2:
        return []
    first, value = said[0]
    facts = {"row": str(first + 1)}
    return [Trouble(row, at, "household_differs", facts) for row, other in said if other != value]


def _people(
    household: Household,
    members: list[int],
    rows: Sequence[int],
    columns: Mapping[Column, Sequence[Any]],
    parts: Mapping[str, _Part],
) -> None:
    if NAME not in columns and NIK not in columns:
        return
    roles = columns.get(ROLE)
    for i in members:
        values = {name: column[i] for name, column in parts["residents"] if column[i] is not None}
        nik = values.setdefault("nik", None)
        values["nik_state"] = "valid" if nik else "none"
        if "name" in values:
            values["name_key"] = name_key(values["name"])
        household.people.append(Person(i, rows[i], values, (roles[i] if roles else None) or ""))
