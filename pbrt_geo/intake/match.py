"""Which household and which people of the registry a household of the file is."""

import datetime as dt
from typing import Any

from pbrt_geo.intake.known import Known, holding
from pbrt_geo.intake.staging import Household, Person


def match_household(household: Household, known: Known, claimed: set[int]) -> int | None:
    """
    Return the household of the registry that this one is, None if there is none.

    By No. KK. A number that is not known may be a new one of a household whose members are all
    here, its head too; and who has none is found by its members, by NIK, else by RT, name and
    birth date. `claimed` are households that others of the file are.
    """
    if household.no_kk in known.by_kk:
        return known.by_kk[household.no_kk]
    people = {known.by_nik[p.nik] for p in household.people if p.nik and p.nik in known.by_nik}
    homes = {home_of(known, pid, household.as_of) for pid in people}
    free = [hid for hid in homes if hid in known.households and hid not in claimed]
    fits = [hid for hid in free if hid is not None and _is(household, hid, people, known)]
    if fits:
        return fits[0] if len(fits) == 1 else None
    if household.no_kk:
        return None
    found = looking_like(household, known) - claimed
    return found.pop() if len(found) == 1 else None


def home_of(known: Known, pid: int, on: dt.date) -> int | None:
    """Return the household to which somebody belongs on a day, or first after it."""
    rows = known.memberships.get(pid, [])
    later = sorted((r for r in rows if r["valid_from"] > on), key=lambda r: r["valid_from"])
    row = holding(rows, on) or next(iter(later), None)
    return None if row is None else row["household_id"]


def _is(household: Household, hid: int, people: set[int], known: Known) -> bool:
    now = [m for m in known.members[hid] if m["valid_to"] is None]
    members = {m["resident_id"] for m in now}
    heads = {m["resident_id"] for m in now if m["role"] == "head"}
    if household.no_kk and known.households[hid]["no_kk"]:  # a new number, or a split
        return members <= people and bool(heads & people or len(people) == len(household.people))
    return members <= people or bool(heads & people)


def looking_like(household: Household, known: Known) -> set[int]:
    """Return the households of the RT without a No. KK that have somebody in common by look."""
    looks = {look for p in household.people if (look := _look(p.values)) is not None}
    found: set[int] = set()
    return found.union(*(known.unnumbered_at(household.rt_id, look) for look in looks))


def is_recognisable(person: Person) -> bool:
    """Tell whether somebody will be known again, by NIK or by name and birth date."""
    return bool(person.nik) or _look(person.values) is not None


def _look(values: Any) -> tuple[str, dt.date] | None:
    name, born = values.get("name_key"), values.get("birth_date")
    return (name, born) if name and born else None


def match_people(
    household: Household, hid: int | None, known: Known
) -> tuple[dict[int, int], list[int]]:
    """
    Return the keys of the people who are known, by their number in the file.

    And the rows of those of whom the household has several that could be meant.
    """
    found = {
        p.number: known.by_nik[p.nik] for p in household.people if p.nik and p.nik in known.by_nik
    }
    unsure: list[int] = []
    if hid is None or len(found) == len(household.people):
        return found, unsure
    used = set(found.values())
    rows = known.members.get(hid, ())
    members = [m for m in rows if m["valid_to"] is None or m["valid_to"] > household.as_of]
    for person in household.people:
        if person.number in found:
            continue
        free = [m["resident_id"] for m in members if m["resident_id"] not in used]
        alike = [pid for pid in free if _alike(person, known, pid)]
        if len(alike) == 1:
            found[person.number] = alike[0]
            used.add(alike[0])
        elif alike:
            unsure.append(person.row)
    return found, unsure


def _alike(person: Person, known: Known, pid: int) -> bool:
    """Tell whether somebody without a NIK on one side is called the same and born the same day."""
    there = known.residents.get(pid)
    if there is None or (person.nik and there["nik"]):
        return False
    born, told = there["birth_date"], person.values.get("birth_date")
    same = born == told or born is None or told is None
    return same and there["name_key"] == person.values.get("name_key")
