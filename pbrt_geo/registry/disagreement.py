"""Where the village and the national register disagree: own verification against the DTSEN.

Compared are households that were judged by a confirmed list of the poor of the RT they lived in on
its day, and whose desil is known. A household that lived there and is not on the list was not
poor in the eyes of the musyawarah. Neither side is called right; each difference is a question.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.lists import POOR, STAYS
from pbrt_geo.registry.rights import holds_on
from pbrt_geo.registry.store import Reading
from pbrt_geo.registry.welfare import RULES, desils_of

KINDS = ("listed_high", "unlisted_low")
"""Poor by the own list but of a high desil; not on the own list but of a low desil."""
OUTCOMES = (*KINDS, "agrees", "no_desil", "not_verified")

Desil = tuple[int | None, dt.date | None, str]
_UNKNOWN: Desil = (None, None, "")


@dataclass(frozen=True)
class Difference:
    """One household on which they disagree; personal."""

    household_id: int
    rt_id: str
    kind: str
    list_id: int
    as_of: dt.date
    desil: int
    desil_on: dt.date | None
    desil_edition: str


@dataclass(frozen=True)
class DesaCount:
    """How the households of a desa compare; `n` counts them by outcome."""

    desa_id: str
    desa_name: str
    n: Mapping[str, int]

    @property
    def n_compared(self) -> int:
        """Count the households of which both sides know something."""
        return sum(self.n[outcome] for outcome in (*KINDS, "agrees"))


@dataclass(frozen=True)
class Comparison:
    """Differences by household, and counts per desa; every household in sight is counted once."""

    differences: tuple[Difference, ...]
    desa: tuple[DesaCount, ...]


def compare_with_dtsen(reading: Reading, on: dt.date) -> Comparison:
    """Compare the lists in force on a day with the DTSEN, for the households in sight."""
    homes = _homes(reading, on)
    judged, desils = _judged(reading, on), desils_of(reading, on)
    differences, counts = [], Counter[tuple[str, str]]()
    for household, rt in homes.items():
        verdict, desil = judged.get(household), desils.get(household, _UNKNOWN)
        kind = _outcome(verdict, desil[0])
        counts[rt["desa_id"], kind] += 1
        if kind in KINDS and verdict is not None:
            found = (verdict.list_id, verdict.as_of, *desil)
            differences.append(Difference(household, rt["rt_id"], kind, *found))  # type: ignore[arg-type]
    return Comparison(tuple(differences), _by_desa(homes.values(), counts))


def low_desil() -> int:
    """Return the highest desil that counts as low: that of the declared rule."""
    highest = RULES["desil"].desil_at_most
    assert highest is not None  # the rule asks for nothing else
    return highest


@dataclass(frozen=True)
class _Verdict:
    list_id: int
    as_of: dt.date
    is_listed: bool


def _outcome(verdict: _Verdict | None, desil: int | None) -> str:
    if verdict is None:
        return "not_verified"
    if desil is None:
        return "no_desil"
    if verdict.is_listed == (desil <= low_desil()):
        return "agrees"
    return "listed_high" if verdict.is_listed else "unlisted_low"


def _homes(reading: Reading, on: dt.date) -> dict[int, RowMapping]:
    """Return in which RT and desa each household in sight lives on a day."""
    r, p = reading.visible(t.residences), reading.visible(t.places)
    query = (
        select(r.c.household_id, r.c.rt_id, p.c.desa_id, p.c.desa_name)
        .join_from(r, p, r.c.rt_id == p.c.rt_id)
        .where(holds_on(r, on), holds_on(p, on))
    )
    return {row["household_id"]: row for row in reading.rows(query)}


def _judged(reading: Reading, on: dt.date) -> dict[int, _Verdict]:
    """Return what the newest list in force says of each household that lived in its RT then."""
    in_force = {row["rt_id"]: row for row in _confirmed(reading, on)}  # the newest comes last
    listed = _listed(reading, [row["id"] for row in in_force.values()])
    r = reading.visible(t.residences)
    rows = reading.rows(select(r.c.household_id, r.c.rt_id, r.c.valid_from, r.c.valid_to))
    found: dict[int, _Verdict] = {}
    for row in rows:
        of = in_force.get(row["rt_id"])
        if of is None or not _lived(row, of["as_of"]):
            continue
        before = found.get(row["household_id"])
        if before is None or before.as_of < of["as_of"]:
            is_listed = (of["id"], row["household_id"]) in listed
            found[row["household_id"]] = _Verdict(of["id"], of["as_of"], is_listed)
    return found


def _confirmed(reading: Reading, on: dt.date) -> Sequence[RowMapping]:
    seen = reading.visible(t.lists)
    query = select(seen.c.id, seen.c.rt_id, seen.c.as_of).where(
        seen.c.state == "confirmed", seen.c.purpose == POOR, seen.c.as_of <= on
    )
    return reading.rows(query.order_by(seen.c.as_of, seen.c.id))


def _listed(reading: Reading, list_ids: list[int]) -> set[tuple[int, int]]:
    e = reading.visible(t.list_entries)
    wanted = set(list_ids)
    query = select(e.c.list_id, e.c.household_id).where(e.c.decision.in_(STAYS))
    rows = reading.rows(query)
    return {(row["list_id"], row["household_id"]) for row in rows if row["list_id"] in wanted}


def _lived(row: RowMapping, day: dt.date) -> bool:
    return row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])


def _by_desa(
    homes: Iterable[RowMapping], counts: Counter[tuple[str, str]]
) -> tuple[DesaCount, ...]:
    names = {row["desa_id"]: row["desa_name"] for row in homes}
    return tuple(
        DesaCount(desa, name, {outcome: counts[desa, outcome] for outcome in OUTCOMES})
        for desa, name in sorted(names.items())
    )
