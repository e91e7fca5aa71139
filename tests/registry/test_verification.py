"""A list is proposed, deliberated and confirmed by a second person; then it never changes."""

import datetime as dt

import pytest
from sqlalchemy import update

from pbrt_geo.registry import tables as t
from pbrt_geo.registry import verification as v
from pbrt_geo.registry.engine import transaction
from pbrt_geo.registry.lists import VerificationError, lists_of, read_list
from pbrt_geo.registry.rights import COMMAND, Actor, NotAllowed
from pbrt_geo.registry.store import Conflict, Registry
from pbrt_geo.registry.welfare import RULES
from registry.listed_people import (
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


class Village:
    """RT 001 of Goa: two households that the rule proposes, one it does not, one unknown."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.first, self.second = operator(registry, "satu"), operator(registry, "dua")
        heads = {"poor": "Ratna", "poorer": "Burhan", "fine": "Cahya", "unknown": "Dewi"}
        self.key = {name: household(registry, RT_1, head) for name, head in heads.items()}
        evidence(registry, self.key["poor"], met=9, desil=6)
        evidence(registry, self.key["poorer"], met=3, desil=2)
        evidence(registry, self.key["fine"], met=2, desil=8)

    def propose(self, as_of: dt.date = AS_OF, **more) -> int:
        told = {"rule": "either", "reason": "Musyawarah RT"} | more
        return v.propose(self.registry, self.first, ON, RT_1, as_of, **told)

    def shown(self, list_id: int, actor: Actor | None = None):
        with self.registry.read(actor or self.first, ON) as reading:
            return read_list(reading, list_id)

    def entry(self, list_id: int, name: str):
        entries = self.shown(list_id, COMMAND).entries
        return next(e for e in entries if e.household.household_id == self.key[name])

    def decide(self, list_id: int, name: str, decision: str, reason: str = "") -> int:
        entry = self.entry(list_id, name)
        told = {"decision": decision, "reason": reason}
        return v.decide(self.registry, self.first, ON, entry.id, entry.version, **told)

    def add(self, list_id: int, name: str, reason: str = "Dilihat sendiri") -> int:
        return v.add(self.registry, self.first, ON, list_id, self.key[name], reason=reason)

    def close(self, list_id: int, held_on: dt.date = AS_OF, minutes: str = "BA 1/2026") -> int:
        version = self.shown(list_id).row["version"]
        told = {"held_on": held_on, "minutes": minutes}
        return v.close(self.registry, self.first, ON, list_id, version, **told)

    def deliberated(self) -> int:
        """The poorer stays, the poor goes, the unknown is added; the meeting is over."""
        list_id = self.propose()
        self.decide(list_id, "poor", "remove", "Sudah bekerja tetap")
        self.decide(list_id, "poorer", "keep")
        self.add(list_id, "unknown")
        self.close(list_id)
        return list_id

    def confirm(self, list_id: int, actor: Actor | None = None, **more) -> int:
        shown = self.shown(list_id, COMMAND)
        told = {"seen": shown.content_hash} | more
        version = shown.row["version"]
        return v.confirm(self.registry, actor or self.second, ON, list_id, version, **told)


@pytest.fixture
def village(sample_places) -> Village:
    return Village(sample_places)


def refused(key: str):
    """Expect the message `key` of verification."""
    return pytest.raises(VerificationError, match=_start(key))


def _start(key: str) -> str:
    import re

    from pbrt_geo.text import texts

    return re.escape(texts("id")[f"problem.{key}"].split("{")[0])


def state(village: Village) -> list[tuple]:
    """Everything there is of lists, to see that a refusal leaves it alone."""
    with village.registry.read(COMMAND, ON) as reading:
        found = [
            reading.rows(reading.visible(table).select()) for table in (t.lists, t.list_entries)
        ]
    return [tuple(row.values()) for rows in found for row in rows]


# ── proposing ───────────────────────────────────────────────────────────────────────────────────


def test_the_rule_proposes_and_the_unknown_are_told_apart(village):
    with village.registry.read(village.first, ON) as reading:
        found = v.proposed_by_rule(reading, RT_1, RULES["either"], AS_OF)
    heads = {answer: [h.head for h in part] for answer, part in found.items()}
    assert heads == {True: ["Burhan", "Ratna"], False: ["Cahya"], None: ["Dewi"]}


def test_a_proposed_list_holds_whom_the_rule_proposes(village):
    shown = village.shown(village.propose())
    assert [e.household.head for e in shown.entries] == ["Burhan", "Ratna"]
    assert {(e.is_proposed, e.decision, e.reason) for e in shown.entries} == {(True, "", "")}
    assert [h.head for h in shown.others] == ["Cahya", "Dewi"]
    assert (shown.row["state"], shown.rule, shown.n_undecided) == ("proposed", "either", 2)
    assert shown.row["proposed_by"] == village.first.user_id


def test_households_of_another_day_or_rt_are_not_proposed(village):
    late = household(village.registry, RT_1, "Eka", since=AS_OF + DAY)
    evidence(village.registry, late, met=14)
    other = household(village.registry, RT_2, "Fitri")
    evidence(village.registry, other, met=14)
    ids = {e.household.household_id for e in village.shown(village.propose()).entries}
    assert ids == {village.key["poor"], village.key["poorer"]}


def test_a_list_where_nobody_is_proposed_can_be_filled_by_the_musyawarah(village):
    village.propose(rule="desil", as_of=dt.date(2026, 2, 1))  # before anything was found
    with village.registry.read(village.first, ON) as reading:
        [row] = lists_of(reading, RT_1)
    assert village.shown(row["id"]).entries == ()
    village.add(row["id"], "fine")
    assert [e.decision for e in village.shown(row["id"]).entries] == ["add"]


@pytest.mark.parametrize(
    ("key", "as_of"), [("list_ahead", ON + DAY), ("list_no_households", dt.date(2019, 1, 1))]
)
def test_a_day_that_cannot_be_is_refused(village, key, as_of):
    with refused(key):
        village.propose(as_of)
    assert state(village) == []


def test_one_list_at_a_time(village):
    village.propose()
    with refused("list_open"):
        village.propose()


def test_no_list_older_than_the_one_in_force(village):
    village.confirm(village.deliberated())
    with refused("list_older"):
        village.propose(AS_OF - DAY)
    village.propose(AS_OF)


def test_who_may_not_change_people_or_is_elsewhere_proposes_nothing(village):
    camat = account(village.registry, "camat", "kecamatan", "52.07.01")
    elsewhere = operator(village.registry, "lain", "52.07.03.2002")
    for actor in (camat, elsewhere):
        with pytest.raises(NotAllowed):
            v.propose(village.registry, actor, ON, RT_1, AS_OF, rule="either", reason="Uji")
    assert state(village) == []


# ── deciding ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("decision", ["remove", "change"])
@pytest.mark.parametrize("reason", ["", "  \n "])
def test_what_differs_from_the_proposal_needs_a_reason(village, decision, reason):
    list_id = village.propose()
    before = state(village)
    with refused("list_reason"):
        village.decide(list_id, "poor", decision, reason)
    with refused("list_reason"):
        village.add(list_id, "fine", reason)
    assert state(village) == before


def test_decisions_are_kept_with_their_reason_and_can_be_taken_back(village):
    list_id = village.propose()
    village.decide(list_id, "poor", "remove", "Pindah  bekerja\nke kota")
    assert village.entry(list_id, "poor").reason == "Pindah bekerja ke kota"
    assert not village.entry(list_id, "poor").stays
    village.decide(list_id, "poor", "change", "Kepala keluarga sudah berganti")
    assert village.entry(list_id, "poor").stays
    village.decide(list_id, "poor", "")
    entry = village.entry(list_id, "poor")
    assert (entry.decision, entry.reason, entry.version) == ("", "", 4)


@pytest.mark.parametrize("decision", ["add", "menolak"])
def test_a_decision_that_does_not_fit_is_refused(village, decision):
    list_id = village.propose()
    with pytest.raises(VerificationError, match=f"“{decision}” tidak berlaku"):
        village.decide(list_id, "poor", decision, "Uji")


def test_what_was_added_can_only_be_taken_back(village):
    list_id = village.propose()
    village.add(list_id, "fine")
    with pytest.raises(VerificationError, match="“keep” tidak berlaku"):
        village.decide(list_id, "fine", "keep")
    with pytest.raises(VerificationError, match="tidak berlaku"):
        village.decide(list_id, "fine", "")
    added, proposed = village.entry(list_id, "fine"), village.entry(list_id, "poor")
    with pytest.raises(VerificationError, match="tidak berlaku"):
        v.take_back(village.registry, village.first, ON, proposed.id, proposed.version)
    v.take_back(village.registry, village.first, ON, added.id, added.version)
    assert "Cahya" in [h.head for h in village.shown(list_id).others]
    village.add(list_id, "fine")


def test_only_households_of_the_rt_can_be_added_and_once(village):
    list_id = village.propose()
    village.key["neighbour"] = household(village.registry, RT_2, "Fitri")
    village.key["far"] = household(village.registry, RT_3, "Gita")
    for name in ("neighbour", "far"):
        with refused("list_not_here"):
            village.add(list_id, name)
    village.add(list_id, "fine")
    for name in ("fine", "poor"):
        with refused("list_already"):
            village.add(list_id, name)


def test_the_rest_can_be_kept_at_once(village):
    list_id = village.propose()
    village.decide(list_id, "poor", "remove", "Uji")
    assert v.keep_rest(village.registry, village.first, ON, list_id) == 1
    decisions = {e.household.head: e.decision for e in village.shown(list_id).entries}
    assert decisions == {"Ratna": "remove", "Burhan": "keep"}
    assert v.keep_rest(village.registry, village.first, ON, list_id) == 0


def test_two_who_decide_on_one_household_see_the_conflict(village):
    list_id = village.propose()
    entry = village.entry(list_id, "poor")
    village.decide(list_id, "poor", "keep")
    with pytest.raises(Conflict) as caught:
        told = {"decision": "remove", "reason": "Uji"}
        v.decide(village.registry, village.second, ON, entry.id, entry.version, **told)
    assert caught.value.theirs["decision"] == "keep"


def test_two_who_decide_on_two_households_do_not_disturb_each_other(village):
    list_id = village.propose()
    first, second = village.entry(list_id, "poor"), village.entry(list_id, "poorer")
    v.decide(village.registry, village.first, ON, first.id, first.version, decision="keep")
    v.decide(village.registry, village.second, ON, second.id, second.version, decision="keep")
    assert village.shown(list_id).n_undecided == 0


# ── closing the musyawarah ──────────────────────────────────────────────────────────────────────


def test_the_musyawarah_ends_when_all_is_decided(village):
    list_id = village.propose()
    village.decide(list_id, "poor", "keep")
    with pytest.raises(VerificationError, match="1 keluarga di daftar belum diputuskan"):
        village.close(list_id)
    village.decide(list_id, "poorer", "keep")
    village.close(list_id)
    shown = village.shown(list_id)
    assert (shown.row["state"], shown.row["deliberated_on"]) == ("deliberated", AS_OF)
    assert shown.minutes == "BA 1/2026"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("list_ahead", {"held_on": ON + DAY}),
        ("list_held_before", {"held_on": AS_OF - DAY}),
        ("list_minutes", {"minutes": " "}),
    ],
)
def test_a_musyawarah_has_a_possible_day_and_minutes(village, key, told):
    list_id = village.propose()
    v.keep_rest(village.registry, village.first, ON, list_id)
    with pytest.raises(VerificationError) as caught:
        village.close(list_id, **told)
    assert caught.value.problems[0].key == key
    assert village.shown(list_id).row["state"] == "proposed"


def test_after_the_musyawarah_nothing_is_decided_until_it_is_sent_back(village):
    list_id = village.deliberated()
    with refused("list_is_deliberated"):
        village.decide(list_id, "poor", "keep")
    with refused("list_is_deliberated"):
        village.add(list_id, "fine")
    with refused("list_is_deliberated"):
        village.close(list_id)
    version = village.shown(list_id).row["version"]
    with refused("list_reason"):
        v.send_back(village.registry, village.second, ON, list_id, version, reason="")
    v.send_back(village.registry, village.second, ON, list_id, version, reason="Cek Ratna lagi")
    shown = village.shown(list_id)
    assert (shown.row["state"], shown.row["deliberated_on"]) == ("proposed", None)
    village.decide(list_id, "poor", "keep")
    village.close(list_id)
    village.confirm(list_id)  # who sent it back decided nothing, and may confirm


# ── the second person ───────────────────────────────────────────────────────────────────────────


def test_a_second_person_confirms_and_the_list_is_sealed(village):
    list_id = village.deliberated()
    village.confirm(list_id)
    shown = village.shown(list_id)
    assert (shown.row["state"], shown.row["confirmed_on"]) == ("confirmed", ON)
    assert shown.row["confirmed_by"] == village.second.user_id
    assert len(shown.seal) == 64
    assert shown.is_sealed_well
    stays = {e.household.head for e in shown.entries if e.stays}
    assert stays == {"Burhan", "Dewi"}


def test_neither_who_proposed_nor_who_decided_confirms(village):
    list_id = village.deliberated()
    third = operator(village.registry, "tiga")
    for actor in (village.first, COMMAND):
        with refused("list_same_person"):
            village.confirm(list_id, actor)
    version = village.shown(list_id).row["version"]
    v.send_back(village.registry, village.second, ON, list_id, version, reason="Cek lagi")
    entry = village.entry(list_id, "poor")
    v.decide(village.registry, village.second, ON, entry.id, entry.version, decision="keep")
    village.close(list_id)
    with refused("list_same_person"):
        village.confirm(list_id, village.second)
    village.confirm(list_id, third)
    assert village.shown(list_id).authors == {village.first.user_id, village.second.user_id}


def test_a_role_without_the_right_confirms_nothing(village):
    list_id = village.deliberated()
    rt = account(village.registry, "rt", "operator_rt", RT_1)
    with pytest.raises(NotAllowed):
        village.confirm(list_id, rt)


def test_camat_confirms_without_changing_people(village):
    camat = account(village.registry, "camat", "kecamatan", "52.07.01")
    list_id = village.propose()
    entry = village.entry(list_id, "poor")
    with pytest.raises(NotAllowed):
        v.decide(village.registry, camat, ON, entry.id, entry.version, decision="keep")
    v.keep_rest(village.registry, village.first, ON, list_id)
    with pytest.raises(NotAllowed):
        told = {"held_on": AS_OF, "minutes": "BA"}
        v.close(village.registry, camat, ON, list_id, 1, **told)
    version = village.close(list_id)
    told = {"reason": "Cek lagi"}
    v.send_back(village.registry, camat, ON, list_id, version, **told)
    village.close(list_id)
    with pytest.raises(NotAllowed):
        v.withdraw(village.registry, camat, ON, list_id, version + 2, **told)
    village.confirm(list_id, camat)


def test_another_area_neither_sees_nor_confirms(village):
    list_id = village.deliberated()
    other = operator(village.registry, "lain", "52.07.03.2002")
    with refused("list_missing"):
        village.shown(list_id, other)
    with refused("list_missing"):
        village.confirm(list_id, other)
    with village.registry.read(other, ON) as reading:
        assert lists_of(reading) == []


def test_what_was_seen_is_what_is_sealed(village):
    list_id = village.deliberated()
    with refused("list_other"):
        village.confirm(list_id, seen="0" * 64)
    seen = village.shown(list_id).content_hash
    version = village.shown(list_id).row["version"]
    v.send_back(village.registry, village.second, ON, list_id, version, reason="Cek lagi")
    village.decide(list_id, "poor", "keep")
    village.close(list_id)
    with refused("list_other"):
        village.confirm(list_id, seen=seen)


def test_an_old_version_is_a_conflict(village):
    list_id = village.deliberated()
    shown = village.shown(list_id)
    with pytest.raises(Conflict):
        told = {"seen": shown.content_hash}
        v.confirm(village.registry, village.second, ON, list_id, 1, **told)


def test_a_list_that_is_not_closed_is_not_confirmed(village):
    with refused("list_is_proposed"):
        village.confirm(village.propose())


def test_a_confirmed_list_never_changes(village):
    list_id = village.deliberated()
    village.confirm(list_id)
    before = state(village)
    version = village.shown(list_id).row["version"]
    added = village.entry(list_id, "unknown")
    attempts = [
        lambda: village.decide(list_id, "poor", "keep"),
        lambda: village.add(list_id, "fine"),
        lambda: v.keep_rest(village.registry, village.first, ON, list_id),
        lambda: v.take_back(village.registry, village.first, ON, added.id, added.version),
        lambda: village.close(list_id),
        lambda: v.send_back(village.registry, village.second, ON, list_id, version, reason="Uji"),
        lambda: v.withdraw(village.registry, village.first, ON, list_id, version, reason="Uji"),
        lambda: village.confirm(list_id),
    ]
    for attempt in attempts:
        with refused("list_is_confirmed"):
            attempt()
    assert state(village) == before


def test_the_seal_shows_what_was_changed_behind_it(village):
    list_id = village.deliberated()
    village.confirm(list_id)
    entry = village.entry(list_id, "poor")
    with transaction(village.registry.engine, writes=True) as connection:
        rows = update(t.list_entries).where(t.list_entries.c.id == entry.id)
        connection.execute(rows.values(decision="keep"))
    assert not village.shown(list_id).is_sealed_well


def test_the_seal_survives_the_erasure_of_a_reason(village):
    list_id = village.deliberated()
    village.confirm(list_id)
    with transaction(village.registry.engine, writes=True) as connection:
        connection.execute(update(t.list_entries).values(reason=None))
    assert village.shown(list_id).is_sealed_well


def test_a_new_list_takes_the_place_of_the_old_one(village):
    old = village.deliberated()
    village.confirm(old)
    new = village.propose(ON)
    with village.registry.read(village.first, ON) as reading:
        assert [row["id"] for row in lists_of(reading, RT_1)] == [new, old]
    assert village.shown(old).is_sealed_well


# ── who moved away, who takes back ──────────────────────────────────────────────────────────────


def test_who_moved_out_of_sight_is_counted_not_shown(village):
    list_id = village.deliberated()
    move(village.registry, village.key["poorer"], RT_3, AS_OF + DAY)
    shown = village.shown(list_id)
    assert ([e.household.head for e in shown.entries], shown.n_hidden) == (["Dewi", "Ratna"], 1)
    with pytest.raises(VerificationError, match="1 keluarga di daftar ini kini tinggal di luar"):
        village.confirm(list_id)
    bappeda = account(village.registry, "bappeda", "bappeda", "52.07")
    village.confirm(list_id, bappeda)
    shown = village.shown(list_id)
    assert (shown.is_sealed_well, shown.n_hidden) == (True, 1)


def test_who_moved_out_of_sight_undecided_holds_the_list_up_and_says_so(village):
    list_id = village.propose()
    move(village.registry, village.key["poorer"], RT_3, AS_OF + DAY)
    assert v.keep_rest(village.registry, village.first, ON, list_id) == 1
    with pytest.raises(VerificationError, match="1 keluarga di daftar ini kini tinggal di luar"):
        village.close(list_id)
    bappeda = account(village.registry, "bappeda", "bappeda", "52.07")
    assert v.keep_rest(village.registry, bappeda, ON, list_id) == 1
    village.close(list_id)


def test_who_moved_within_the_desa_stays_on_the_list_of_that_day(village):
    list_id = village.deliberated()
    move(village.registry, village.key["poorer"], RT_2, AS_OF + DAY)
    assert village.shown(list_id).n_hidden == 0
    rt = account(village.registry, "rt", "operator_rt", RT_1)
    assert village.shown(list_id, rt).n_hidden == 1
    village.confirm(list_id)


def test_an_open_list_can_be_withdrawn_with_a_reason(village):
    list_id = village.deliberated()
    version = village.shown(list_id).row["version"]
    with refused("list_reason"):
        v.withdraw(village.registry, village.first, ON, list_id, version, reason="")
    v.withdraw(village.registry, village.first, ON, list_id, version, reason="Tanggal keliru")
    with refused("list_missing"):
        village.shown(list_id)
    village.propose()


def test_messages_name_nobody(village):
    list_id = village.deliberated()
    names = ("Ratna", "Burhan", "Dewi", "Contoh")
    for attempt in (
        lambda: village.add(list_id, "fine"),
        lambda: village.confirm(list_id, village.first),
        lambda: village.confirm(list_id, seen=""),
    ):
        with pytest.raises(VerificationError) as caught:
            attempt()
        for language in ("id", "en"):
            assert not any(name in caught.value.text(language) for name in names)
    assert GOA not in str(caught.value)
