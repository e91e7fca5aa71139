"""Looking people up: search by name, number or RT, and all that is known of one household."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, or_, select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.names import masked, name_key
from pbrt_geo.registry.rights import holds_on
from pbrt_geo.registry.store import Reading

Row = RowMapping | Mapping[str, Any]

LIMIT = 50
"""How many hits are shown at once."""
SHORTEST_NAME, SHORTEST_NUMBER = 3, 4
NUMBER_LENGTH = 16


@dataclass(frozen=True)
class Hit:
    """One line of what a search found: a person, or a household without a head."""

    household_id: int
    resident_id: int | None
    name: str
    nik: str
    sex: str | None
    birth_date: dt.date | None
    role: str | None
    n_members: int
    rt_name: str
    desa_name: str


@dataclass(frozen=True)
class Hits:
    """What a search found, at most `LIMIT` at once, and whether there is more."""

    rows: tuple[Hit, ...]
    more: bool

    def seen(self) -> list[dict[str, int]]:
        """Return what the record of sightings has to hold."""
        people = [{"resident_id": hit.resident_id} for hit in self.rows if hit.resident_id]
        empty = [{"household_id": hit.household_id} for hit in self.rows if not hit.resident_id]
        return people + empty


@dataclass(frozen=True)
class Member:
    """A person in a household: the membership and the person, as stored."""

    membership: RowMapping
    resident: RowMapping


@dataclass(frozen=True)
class HouseholdView:
    """What is known of a household on a day, each row with the version that was read."""

    household: RowMapping
    residence: RowMapping | None
    place: RowMapping | None
    members: tuple[Member, ...]
    former: tuple[Member, ...]
    residences: tuple[RowMapping, ...]
    evidence: tuple[RowMapping, ...]
    enrolments: tuple[RowMapping, ...]

    @property
    def id(self) -> int:
        """Key of the household."""
        return int(self.household["id"])

    @property
    def head(self) -> Member | None:
        """The head; None where none is recorded."""
        return next((m for m in self.members if m.membership["role"] == "head"), None)

    def member(self, resident_id: int) -> Member | None:
        """Return a member by the key of the person."""
        return next((m for m in self.members if m.resident["id"] == resident_id), None)

    def seen(self) -> list[dict[str, int]]:
        """Return what the record of sightings has to hold."""
        people = [{"resident_id": int(m.resident["id"])} for m in (*self.members, *self.former)]
        return [{"household_id": self.id}, *people]


@dataclass(frozen=True)
class Change:
    """One transaction that changed something of a household."""

    at: str
    actor: str
    role: str
    kind: str
    reason: str
    rows: tuple[RowMapping, ...]


# ── search ──────────────────────────────────────────────────────────────────────────────────────


def is_enough(text: str, rt_id: str = "") -> bool:
    """Tell whether a question is narrow enough to be asked."""
    digits = _digits(text)
    if digits:
        return len(digits) >= SHORTEST_NUMBER
    letters = len(name_key(text).replace(" ", ""))
    return letters >= SHORTEST_NAME or bool(rt_id and not text.strip())


def search(reading: Reading, text: str, rt_id: str = "", start: int = 0) -> Hits:
    """
    Find people by a part of the name or by the beginning of a NIK or No. KK; all of an RT.

    A No. KK finds the members of the household, a name people with every word of it, those whose
    name begins so first. Without a text the households of the RT are listed. Whoever died or left
    is found where the household was last; only the area of whoever asks is searched.

    Parameters
    ----------
    text
        Part of a name, or digits.
    rt_id
        Only in this RT.
    start
        How many to leave out, for the next page.
    """
    if not is_enough(text, rt_id):
        return Hits((), more=False)
    if not text.strip():
        return _details(reading, _heads_in(reading, rt_id, start))
    digits = _digits(text)
    if digits:
        found = _by_number(reading, digits, rt_id, start)
    else:
        found = _by_name(reading, name_key(text), rt_id, start)
    return _details(reading, _with_homes(reading, found))


def _digits(text: str) -> str:
    plain = "".join(c for c in text if c not in " .-•")
    return plain if plain.isascii() and plain.isdigit() else ""


def _by_name(reading: Reading, key: str, rt_id: str, start: int) -> list[int]:
    """Return whose names begin so, then who else has all the words: each in order of the index."""
    person = _people(reading, rt_id)
    near = person.c.name_key.between(key, key + "Z" * 20)  # so that the index is used
    begins = near & person.c.name_key.startswith(key, autoescape=True)
    first = _ids(reading, _in_order(person, begins), start)
    if len(first) > LIMIT:
        return first
    n_first = start + len(first) if first or not start else _count(reading, person, begins)
    words = [person.c.name_key.contains(word, autoescape=True) for word in key.split()]
    others = _in_order(person, and_(~begins, *words))
    return first + _ids(reading, others, max(start - n_first, 0), LIMIT + 1 - len(first))


def _by_number(reading: Reading, digits: str, rt_id: str, start: int) -> list[int]:
    """Return the members of households with the No. KK, then whose NIK begins so."""
    person, home = _people(reading, rt_id), reading.visible(t.households)
    member = reading.visible(t.memberships)
    homes = select(home.c.id).where(_begins(home.c.no_kk, digits)).order_by(home.c.no_kk)
    keys = [row["id"] for row in reading.rows(homes.limit(start + LIMIT + 1))]
    of_homes = select(member.c.resident_id).where(
        member.c.household_id.in_(keys), holds_on(member, reading.on)
    )
    own = select(person.c.id).where(_begins(person.c.nik, digits)).order_by(person.c.nik)
    members = select(person.c.id).where(person.c.id.in_(of_homes)).order_by(person.c.id)
    found = _ids(reading, members, 0, None) if keys else []
    found += [i for i in _ids(reading, own, 0, start + LIMIT + 1) if i not in set(found)]
    return found[start : start + LIMIT + 1]


def _people(reading: Reading, rt_id: str) -> Any:
    """Return the people in sight; with an RT those of its households."""
    person = reading.visible(t.residents)
    if not rt_id:
        return person
    member = reading.visible(t.memberships)
    here = select(member.c.resident_id).where(
        member.c.household_id.in_(_living_in(reading, rt_id)), holds_on(member, reading.on)
    )
    within = [row["resident_id"] for row in reading.rows(here)]
    return select(person).where(person.c.id.in_(within)).subquery("people_here")


def _in_order(person: Any, condition: ColumnElement[bool]) -> Select[Any]:
    return select(person.c.id).where(condition).order_by(person.c.name_key, person.c.id)


def _ids(reading: Reading, query: Select[Any], start: int, n: int | None = LIMIT + 1) -> list[int]:
    shown = query.offset(start).limit(n) if n is not None else query
    return [int(row["id"]) for row in reading.rows(shown)]


def _count(reading: Reading, person: Any, condition: ColumnElement[bool]) -> int:
    query = select(func.count().label("n")).select_from(person).where(condition)
    return int(reading.rows(query)[0]["n"])


def _begins(column: Any, digits: str) -> ColumnElement[bool]:
    """Return the condition that a number of 16 digits begins so; the index answers."""
    if len(digits) == NUMBER_LENGTH:
        return column == digits
    return column.between(digits.ljust(NUMBER_LENGTH, "0"), digits.ljust(NUMBER_LENGTH, "9"))


def _with_homes(reading: Reading, people: Sequence[int]) -> list[Row]:
    """Return each person with the household of the last membership."""
    rows = _rows_of(reading, t.memberships, "resident_id", people)
    last: dict[int, RowMapping] = {}
    for row in sorted(rows, key=lambda row: (row["valid_from"], row["id"])):
        last[row["resident_id"]] = row
    return [
        {"resident_id": who, "household_id": last[who]["household_id"]}
        for who in people
        if who in last
    ]


def _living_in(reading: Reading, rt_id: str) -> Select[Any]:
    home = reading.visible(t.residences)
    return select(home.c.household_id).where(home.c.rt_id == rt_id, holds_on(home, reading.on))


def _heads_in(reading: Reading, rt_id: str, start: int) -> Sequence[RowMapping]:
    home, member = reading.visible(t.residences), reading.visible(t.memberships)
    person = reading.visible(t.residents)
    heads = and_(
        member.c.household_id == home.c.household_id,
        member.c.role == "head",
        holds_on(member, reading.on),
    )
    query = (
        select(home.c.household_id, func.min(person.c.id).label("resident_id"))
        .select_from(home)
        .outerjoin(member, heads)
        .outerjoin(person, person.c.id == member.c.resident_id)
        .where(home.c.rt_id == rt_id, holds_on(home, reading.on))
        .group_by(home.c.household_id)
        .order_by(func.min(person.c.name_key), home.c.household_id)
    )
    return reading.rows(query.offset(start).limit(LIMIT + 1))


def _details(reading: Reading, found: Sequence[Row]) -> Hits:
    shown = found[:LIMIT]
    homes = {row["household_id"] for row in shown}
    people = {row["resident_id"] for row in shown} - {None}
    told = {row["id"]: row for row in _rows_of(reading, t.residents, "id", people)}
    members = _current(reading, t.memberships, homes)
    roles = {(row["household_id"], row["resident_id"]): row["role"] for row in members}
    places = _places_of(reading, homes)
    sizes = {home: sum(row["household_id"] == home for row in members) for home in homes}
    rows = (
        _hit(row, told.get(row["resident_id"]), roles, sizes, places.get(row["household_id"]))
        for row in shown
    )
    return Hits(tuple(rows), more=len(found) > LIMIT)


def _hit(
    row: Row,
    person: RowMapping | None,
    roles: Mapping[tuple[int, int], str],
    sizes: Mapping[int, int],
    place: RowMapping | None,
) -> Hit:
    home, resident = int(row["household_id"]), row["resident_id"]
    return Hit(
        home,
        resident,
        person["name"] if person else "",
        masked(person["nik"]) if person else "",
        person["sex"] if person else None,
        person["birth_date"] if person else None,
        roles.get((home, resident)) if resident else None,
        sizes[home],
        place["name"] if place else "",
        place["desa_name"] if place else "",
    )


def _rows_of(
    reading: Reading, table: Any, column: str, keys: Iterable[int]
) -> Sequence[RowMapping]:
    seen = reading.visible(table)
    return reading.rows(select(seen).where(seen.c[column].in_(sorted(keys))).order_by(seen.c.id))


def _current(reading: Reading, table: Any, homes: Iterable[int]) -> list[RowMapping]:
    rows = _rows_of(reading, table, "household_id", homes)
    return [row for row in rows if holds(row, reading.on)]


def holds(row: Row, on: dt.date) -> bool:
    """Tell whether a row with `valid_from` and `valid_to` holds on a day."""
    return row["valid_from"] <= on and (row["valid_to"] is None or row["valid_to"] > on)


def _places_of(reading: Reading, homes: Iterable[int]) -> dict[int, RowMapping]:
    current = _current(reading, t.residences, homes)
    named = {row["rt_id"]: row for row in places_on(reading, {row["rt_id"] for row in current})}
    return {r["household_id"]: named[r["rt_id"]] for r in current if r["rt_id"] in named}


def places_on(reading: Reading, rt_ids: Iterable[str] | None = None) -> Sequence[RowMapping]:
    """Return the RTs that live on the day, by desa and name; all of them, or those named."""
    place = reading.visible(t.places)
    query = select(place).where(holds_on(place, reading.on))
    if rt_ids is not None:
        query = query.where(place.c.rt_id.in_(sorted(rt_ids)))
    return reading.rows(query.order_by(place.c.desa_name, place.c.name, place.c.rt_id))


# ── one household ───────────────────────────────────────────────────────────────────────────────


def household_view(reading: Reading, household_id: int) -> HouseholdView | None:
    """Return all that is known of a household; None if it is out of sight, or there is none."""
    household = reading.get(t.households, household_id)
    if household is None:
        return None
    residences = _rows_of(reading, t.residences, "household_id", [household_id])
    residence = next((row for row in residences if holds(row, reading.on)), None)
    place = places_on(reading, [residence["rt_id"]]) if residence else ()
    members = _members(reading, household_id)
    current = tuple(m for m in members if holds(m.membership, reading.on))
    now = {m.resident["id"] for m in current}
    return HouseholdView(
        household,
        residence,
        place[0] if place else None,
        current,
        tuple(m for m in members if m.resident["id"] not in now),
        tuple(residences),
        _newest_first(reading, t.evidence, household_id, "as_of"),
        _newest_first(reading, t.enrolments, household_id, "valid_from"),
    )


def _members(reading: Reading, household_id: int) -> list[Member]:
    rows = _rows_of(reading, t.memberships, "household_id", [household_id])
    people = _rows_of(reading, t.residents, "id", {row["resident_id"] for row in rows})
    by_id = {person["id"]: person for person in people}
    found = [Member(row, by_id[row["resident_id"]]) for row in rows if row["resident_id"] in by_id]
    return sorted(found, key=_member_order)


def _member_order(member: Member) -> tuple[Any, ...]:
    born = member.resident["birth_date"] or dt.date.max
    return t.MEMBER_ROLES.index(member.membership["role"]), born, member.resident["id"]


def _newest_first(
    reading: Reading, table: Any, household_id: int, by: str
) -> tuple[RowMapping, ...]:
    rows = _rows_of(reading, table, "household_id", [household_id])
    return tuple(sorted(rows, key=lambda row: (row[by], row["id"]), reverse=True))


def history(reading: Reading, seen: HouseholdView) -> list[Change]:
    """Return who changed what of a household and of its people, the newest first."""
    c, b = reading.visible(t.changes), reading.visible(t.batches)
    about = or_(*(and_(c.c.entity == name, c.c.row_id.in_(ids)) for name, ids in _own(seen)))
    query = (
        select(c, b.c.at, b.c.actor, b.c.role, b.c.kind, b.c.reason)
        .join_from(c, b, c.c.batch_id == b.c.id)
        .where(about)
        .order_by(c.c.seq.desc())
    )
    by_batch: dict[int, list[RowMapping]] = {}
    for row in reading.rows(query):
        by_batch.setdefault(row["batch_id"], []).append(row)
    return [_change(rows) for rows in by_batch.values()]


def _own(seen: HouseholdView) -> Iterable[tuple[str, list[int]]]:
    """Return the keys of the rows of a household, which its reader sees: by name of the table."""
    everybody = (*seen.members, *seen.former)
    yield "households", [seen.id]
    yield "residences", [row["id"] for row in seen.residences]
    yield "memberships", [m.membership["id"] for m in everybody]
    yield "residents", [m.resident["id"] for m in everybody]
    yield "evidence", [row["id"] for row in seen.evidence]
    yield "enrolments", [row["id"] for row in seen.enrolments]


def _change(rows: Sequence[RowMapping]) -> Change:
    told = {name: rows[0][name] for name in ("at", "actor", "role", "kind", "reason")}
    return Change(**told, rows=tuple(rows))


def name_of_area(reading: Reading, area_id: str) -> str:
    """Name an area by what the registry knows of it on the day; its code where it knows nothing."""
    place = reading.visible(t.places)
    here = or_(place.c.rt_id == area_id, place.c.desa_id == area_id)
    found = reading.rows(select(place).where(here, holds_on(place, reading.on)).limit(1))
    if not found:
        return area_id
    row = found[0]
    return row["desa_name"] if row["desa_id"] == area_id else f"{row['name']}, {row['desa_name']}"


def in_area(place: Row, area_id: str) -> bool:
    """Tell whether an RT lies in an area."""
    levels = ("rt_id", "desa_id", "kecamatan_id", "kabupaten_id")
    return area_id in [place[level] for level in levels]
