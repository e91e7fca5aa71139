"""Where the lists of the villages and the DTSEN disagree, household by household and per desa."""

import datetime as dt

import pytest
from sqlalchemy import update

from pbrt_geo.registry import tables as t
from pbrt_geo.registry import verification as v
from pbrt_geo.registry.disagreement import compare_with_dtsen
from pbrt_geo.registry.engine import transaction
from pbrt_geo.registry.lists import read_list
from pbrt_geo.registry.rights import COMMAND, Actor
from pbrt_geo.registry.store import Registry
from registry.listed_people import (
    AIR_SUNING,
    FOUND,
    GOA,
    RT_1,
    RT_2,
    RT_3,
    account,
    evidence,
    household,
    move,
    operator,
)
from registry.registries import ON

DAY = dt.timedelta(days=1)
AS_OF = dt.date(2026, 5, 1)


class Desa:
    """Goa with one account that decides and one that confirms."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.first, self.second = (
            account(registry, login, "bappeda", "52.07") for login in ("satu", "dua")
        )

    def home(self, name: str, rt_id: str = RT_1, *, met: int = 0, desil: int | None = None) -> int:
        """A household that an own survey and, with a desil, the DTSEN knows."""
        key = household(self.registry, rt_id, name)
        evidence(self.registry, key, met=met)
        if desil is not None:
            evidence(self.registry, key, desil=desil, source="dtsen")
        return key

    def confirmed(self, rt_id: str = RT_1, as_of: dt.date = AS_OF, confirm: bool = True) -> int:
        """A list by the 14 criteria, kept as proposed."""
        told = {"rule": "criteria", "reason": "Uji"}
        list_id = v.propose(self.registry, self.first, ON, rt_id, as_of, **told)
        v.keep_rest(self.registry, self.first, ON, list_id)
        held = {"held_on": as_of, "minutes": "BA"}
        version = v.close(self.registry, self.first, ON, list_id, 1, **held)
        if confirm:
            with self.registry.read(self.second, ON) as reading:
                seen = read_list(reading, list_id).content_hash
            v.confirm(self.registry, self.second, ON, list_id, version, seen=seen)
        return list_id

    def compared(self, actor: Actor = COMMAND, on: dt.date = ON):
        with self.registry.read(actor, on) as reading:
            return compare_with_dtsen(reading, on)

    def found(self, actor: Actor = COMMAND) -> dict[int, str]:
        return {d.household_id: d.kind for d in self.compared(actor).differences}

    def counts(self, actor: Actor = COMMAND) -> dict[str, dict[str, int]]:
        """The counts by desa, without zeros."""
        desa = self.compared(actor).desa
        return {c.desa_id: {name: n for name, n in c.n.items() if n} for c in desa}


@pytest.fixture
def desa(sample_places) -> Desa:
    return Desa(sample_places)


def test_both_kinds_of_difference_are_found_and_agreement_is_counted(desa):
    poor_high = desa.home("Ratna", met=9, desil=5)
    desa.home("Burhan", met=9, desil=4)
    fine_low = desa.home("Cahya", met=2, desil=4)
    desa.home("Dewi", met=2, desil=10)
    desa.home("Eka", met=9)
    list_id = desa.confirmed()
    assert desa.found() == {poor_high: "listed_high", fine_low: "unlisted_low"}
    assert desa.counts() == {GOA: {"listed_high": 1, "unlisted_low": 1, "agrees": 2, "no_desil": 1}}
    [count] = desa.compared().desa
    assert (count.desa_name, count.n_compared) == ("Goa", 4)
    one = next(d for d in desa.compared().differences if d.kind == "listed_high")
    assert (one.rt_id, one.list_id, one.as_of, one.desil) == (RT_1, list_id, AS_OF, 5)
    assert (one.desil_on, one.desil_edition) == (FOUND, "2026-1")


def test_who_was_removed_is_not_on_the_list_and_who_was_added_is(desa):
    removed, added = desa.home("Ratna", met=9, desil=1), desa.home("Cahya", met=0, desil=9)
    told = {"rule": "criteria", "reason": "Uji"}
    list_id = v.propose(desa.registry, desa.first, ON, RT_1, AS_OF, **told)
    with desa.registry.read(desa.first, ON) as reading:
        [entry] = read_list(reading, list_id).entries
    v.decide(desa.registry, desa.first, ON, entry.id, 1, decision="remove", reason="Uji")
    v.add(desa.registry, desa.first, ON, list_id, added, reason="Uji")
    version = v.close(desa.registry, desa.first, ON, list_id, 1, held_on=AS_OF, minutes="BA")
    with desa.registry.read(desa.second, ON) as reading:
        seen = read_list(reading, list_id).content_hash
    v.confirm(desa.registry, desa.second, ON, list_id, version, seen=seen)
    assert desa.found() == {removed: "unlisted_low", added: "listed_high"}


def test_only_a_confirmed_list_is_a_verification(desa):
    desa.home("Ratna", met=9, desil=5)
    desa.confirmed(confirm=False)
    assert desa.found() == {}
    assert desa.counts() == {GOA: {"not_verified": 1}}


def test_the_newest_list_in_force_counts(desa):
    key = desa.home("Ratna", met=9, desil=5)
    desa.confirmed()
    evidence(desa.registry, key, met=0, as_of=AS_OF + DAY)
    desa.confirmed(as_of=AS_OF + DAY)
    assert desa.found() == {}
    assert {d.kind for d in desa.compared(on=AS_OF).differences} == {"listed_high"}


def test_who_moved_in_after_the_list_was_not_judged_by_it(desa):
    desa.home("Ratna", met=9, desil=4)
    mover = desa.home("Cahya", RT_2, met=0, desil=1)
    desa.confirmed()
    move(desa.registry, mover, RT_1, AS_OF + DAY)
    assert desa.counts() == {GOA: {"agrees": 1, "not_verified": 1}}


def test_who_moved_on_is_judged_by_the_newest_list_it_lived_under_and_counted_where_it_lives(desa):
    mover = desa.home("Ratna", met=9, desil=5)
    desa.confirmed()
    move(desa.registry, mover, RT_3, AS_OF + DAY)
    assert desa.found() == {mover: "listed_high"}
    assert desa.counts() == {AIR_SUNING: {"listed_high": 1}}
    evidence(desa.registry, mover, met=0, as_of=AS_OF + DAY)
    desa.confirmed(RT_3, AS_OF + DAY)
    assert desa.found() == {}
    assert desa.counts() == {AIR_SUNING: {"agrees": 1}}


def test_everybody_in_sight_is_counted_once_and_others_not_at_all(desa):
    for rt_id, name in ((RT_1, "Ratna"), (RT_2, "Burhan"), (RT_3, "Cahya")):
        desa.home(name, rt_id, met=9, desil=5)
        desa.confirmed(rt_id)
    assert desa.counts() == {GOA: {"listed_high": 2}, AIR_SUNING: {"listed_high": 1}}
    goa = operator(desa.registry, "goa", GOA)
    assert desa.counts(goa) == {GOA: {"listed_high": 2}}
    rt = account(desa.registry, "rt", "operator_rt", RT_1)
    assert list(desa.counts(rt).values()) == [{"listed_high": 1}]
    bupati = account(desa.registry, "bupati", "bupati", "52.07")
    assert desa.compared(bupati).desa == ()


def test_void_evidence_is_no_evidence(desa):
    desa.home("Ratna", met=9, desil=5)
    desa.confirmed()
    with transaction(desa.registry.engine, writes=True) as connection:
        from_dtsen = update(t.evidence).where(t.evidence.c.source == "dtsen")
        connection.execute(from_dtsen.values(is_void=True))
    assert desa.counts() == {GOA: {"no_desil": 1}}
