"""The stages of an RT: in order within a round, skipped ones told, round after round."""

import datetime as dt
import random
from itertools import pairwise

import pytest

from pbrt_geo.registry import stages
from pbrt_geo.registry.matters import SocialError
from pbrt_geo.registry.rights import NotAllowed
from pbrt_geo.registry.store import Conflict
from pbrt_geo.registry.tables import STAGES
from registry.listed_people import RT_1, RT_2, account, operator
from registry.registries import ON

NEW_YEAR = dt.date(2026, 1, 1)


def day(number: int) -> dt.date:
    """The day of that number of 2026."""
    return NEW_YEAR + dt.timedelta(days=number - 1)


class Rt:
    """RT 001 of Goa and its operator."""

    def __init__(self, registry) -> None:
        self.registry, self.actor = registry, operator(registry)

    def record(self, stage: str, number: int, *, again: bool = False, evidence="BA 1/2026") -> int:
        told = {"stage": stage, "date": day(number), "evidence": evidence, "begins_round": again}
        return stages.record_stage(self.registry, self.actor, ON, RT_1, **told)

    def change(self, key: int, number: int, version: int = 1, evidence="BA 2/2026") -> int:
        told = {"date": day(number), "evidence": evidence, "reason": "Salah tanggal"}
        return stages.change_stage(self.registry, self.actor, ON, key, version, **told)

    def rounds(self) -> list[list[tuple[str, int]]]:
        with self.registry.read(self.actor, ON) as reading:
            found = stages.stages_of(reading, RT_1)
        return [[(r["stage"], (r["date"] - NEW_YEAR).days + 1) for r in one] for one in found]


@pytest.fixture
def rt(sample_places) -> Rt:
    return Rt(sample_places)


def refused(key: str):
    return pytest.raises(SocialError, match=_MESSAGES[key])


_MESSAGES = {
    "again": "sudah tercatat pada putaran ini",
    "early": "yang mendahuluinya bertanggal",
    "late": "yang menyusul bertanggal",
    "ahead": "belum tiba",
    "evidence": "Bukti belum diisi",
    "identity": "16 angka",
}


def test_stages_in_order_are_one_round(rt):
    for number, stage in enumerate(STAGES, 1):
        rt.record(stage, number * 10)
    assert rt.rounds() == [[(stage, n * 10) for n, stage in enumerate(STAGES, 1)]]


def test_a_stage_is_not_dated_before_the_one_before_it(rt):
    rt.record("sosialisasi", 10)
    with refused("early") as caught:
        rt.record("pemetaan", 9)
    assert "Sosialisasi" in caught.value.text("id")
    assert "2026-01-10" in caught.value.text("en")
    rt.record("pemetaan", 10)  # on the same day: one meeting may do both
    assert rt.rounds() == [[("sosialisasi", 10), ("pemetaan", 10)]]


def test_a_stage_recorded_late_fits_between_its_neighbours(rt):
    rt.record("sosialisasi", 10)
    rt.record("musrenbang_rt", 30)
    with refused("late"):
        rt.record("pemetaan", 31)
    rt.record("pemetaan", 20)
    assert rt.rounds() == [[("sosialisasi", 10), ("pemetaan", 20), ("musrenbang_rt", 30)]]


def test_skipped_stages_are_told(rt):
    rt.record("sosialisasi", 10)
    rt.record("usulan", 20)
    with rt.registry.read(rt.actor, ON) as reading:
        [one] = stages.stages_of(reading, RT_1)
    assert stages.skipped(one) == ("pemetaan", "identifikasi", "musrenbang_rt")
    assert stages.next_stage(one) == "realisasi"
    rt.record("realisasi", 30)
    with rt.registry.read(rt.actor, ON) as reading:
        [one] = stages.stages_of(reading, RT_1)
    assert stages.next_stage(one) == ""


def test_a_new_round_is_said_and_begins_after_the_old_one(rt):
    rt.record("sosialisasi", 10)
    rt.record("realisasi", 50)
    with refused("again"):
        rt.record("sosialisasi", 60)
    with refused("early"):
        rt.record("sosialisasi", 50, again=True)
    rt.record("sosialisasi", 60, again=True)
    rt.record("pemetaan", 70)
    assert rt.rounds() == [
        [("sosialisasi", 10), ("realisasi", 50)],
        [("sosialisasi", 60), ("pemetaan", 70)],
    ]


def test_a_round_may_begin_anywhere_but_not_inside_the_one_before(rt):
    rt.record("usulan", 10)
    rt.record("realisasi", 20)
    rt.record("usulan", 30, again=True)
    with refused("early"):
        rt.record("pemetaan", 20)
    rt.record("pemetaan", 25)
    assert rt.rounds()[1] == [("pemetaan", 25), ("usulan", 30)]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("ahead", {"number": (ON - NEW_YEAR).days + 2}),
        ("evidence", {"number": 1, "evidence": " "}),
        ("identity", {"number": 1, "evidence": "5207" + "1" * 12}),
    ],
)
def test_what_cannot_be_is_refused(rt, key, told):
    with refused(key):
        rt.record("sosialisasi", **told)
    assert rt.rounds() == []


def test_a_day_is_corrected_within_its_neighbours(rt):
    rt.record("sosialisasi", 10)
    key = rt.record("pemetaan", 20)
    rt.record("identifikasi", 30)
    with refused("early"):
        rt.change(key, 9)
    with refused("late"):
        rt.change(key, 31)
    assert rt.change(key, 30) == 2
    assert rt.rounds() == [[("sosialisasi", 10), ("pemetaan", 30), ("identifikasi", 30)]]
    with pytest.raises(Conflict):
        rt.change(key, 25, version=1)


def test_rounds_are_not_mixed_by_a_correction(rt):
    rt.record("sosialisasi", 10)
    rt.record("realisasi", 20)
    key = rt.record("sosialisasi", 30, again=True)
    for number in (20, 15, 5):
        with refused("early"):
            rt.change(key, number)
    assert rt.change(key, 21) == 2


def test_a_stage_is_taken_back_with_a_reason(rt):
    rt.record("sosialisasi", 10)
    key = rt.record("pemetaan", 20)
    with pytest.raises(SocialError):
        stages.void_stage(rt.registry, rt.actor, ON, key, 1, reason="")
    stages.void_stage(rt.registry, rt.actor, ON, key, 1, reason="Bukan RT ini")
    assert rt.rounds() == [[("sosialisasi", 10)]]
    with pytest.raises(SocialError, match="tidak ada lagi"):
        rt.change(key, 10)


def test_the_rounds_of_all_rt_in_sight_are_told_at_once(rt):
    rt.record("sosialisasi", 10)
    rt.record("pemetaan", 20)
    told = {"stage": "usulan", "date": day(5), "evidence": "BA 9"}
    stages.record_stage(rt.registry, rt.actor, ON, RT_2, **told)
    with rt.registry.read(rt.actor, ON) as reading:
        found = stages.stages_by_rt(reading)
    last = {rt_id: [row["stage"] for row in rounds[-1]] for rt_id, rounds in found.items()}
    assert last == {RT_1: ["sosialisasi", "pemetaan"], RT_2: ["usulan"]}
    other = operator(rt.registry, "lain", "52.07.03.2002")
    with rt.registry.read(other, ON) as reading:
        assert stages.stages_by_rt(reading) == {}


def test_another_area_records_nothing(rt):
    rt.record("sosialisasi", 10)
    other = operator(rt.registry, "lain", "52.07.03.2002")
    bupati = account(rt.registry, "bupati", "bupati", "52.07")
    for rt.actor in (other, bupati):
        with pytest.raises(NotAllowed):
            rt.record("pemetaan", 20)
        assert rt.rounds() == []


def test_whatever_is_accepted_is_in_order(sample_places):
    """Of many random records: within a round order and days agree, and rounds follow each other."""
    rt, luck = Rt(sample_places), random.Random(5)
    accepted = 0
    for _ in range(60):
        try:
            rt.record(luck.choice(STAGES), luck.randint(1, 40), again=luck.random() < 0.3)
        except SocialError:
            continue
        accepted += 1
        found = rt.rounds()
        for one in found:
            places = [STAGES.index(stage) for stage, _ in one]
            assert places == sorted(set(places))
            assert [n for _, n in one] == sorted(n for _, n in one)
        for before, after in pairwise(found):
            assert before[-1][1] < after[0][1]
    assert accepted >= 6
    assert sum(map(len, rt.rounds())) == accepted
