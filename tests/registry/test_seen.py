"""Who saw whom: by person, by household of that day, by account."""

import datetime as dt

import pytest

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND, NotAllowed
from pbrt_geo.registry.seen import who_saw_household, who_saw_person, whom_saw
from registry.registries import ON
from registry.watched_people import fill


class Clock:
    def __init__(self):
        self.now = dt.datetime(2026, 6, 1, 8, 0, tzinfo=dt.UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def offices(sample_places):
    sample_places.clock = Clock()
    return sample_places


@pytest.fixture
def actors(offices):
    return fill(offices)


def looked(sights):
    return [(sight.login, sight.what, sight.of) for sight in sights]


def later(registry, days):
    registry.clock.now += dt.timedelta(days=days)


def test_a_person_was_seen_by_who_looked_at_it_or_at_its_household(offices, actors):
    later(offices, 1)
    offices.saw(actors["desa"], "export", [{"household_id": 1}, {"household_id": 2}])
    later(offices, 1)
    offices.saw(actors["bappeda"], "search", [{"resident_id": 2}, {"resident_id": 1}])
    expected = [
        ("bappeda", "search", "person"),
        ("desa", "export", "household"),
        ("rt", "form", "person"),
        ("rt", "form", "household"),
    ]
    found = looked(who_saw_person(offices, actors["admin"], 1, 30))
    assert sorted(found) == sorted(expected) and found[:2] == expected[:2]
    assert looked(who_saw_household(offices, actors["admin"], 2, 30)) == [
        ("desa", "export", "household")
    ]


def test_the_days_are_counted_from_now(offices, actors):
    later(offices, 31)
    offices.saw(actors["desa"], "form", [{"resident_id": 1}])
    assert looked(who_saw_person(offices, COMMAND, 1, 30)) == [("desa", "form", "person")]
    assert len(who_saw_person(offices, COMMAND, 1, 32)) == 3


def test_a_household_counts_while_the_person_belongs_to_it(offices, actors):
    with offices.write(COMMAND, ON, "mutation", "Uji") as work:
        work.update(t.memberships, 1, 1, valid_to=ON)
        row = {"resident_id": 1, "household_id": 3, "role": "child", "cause": "moved"}
        work.insert(t.memberships, **row, valid_from=ON, valid_to=None)
    later(offices, 5)
    offices.saw(actors["desa"], "form", [{"household_id": 1}])
    offices.saw(actors["bappeda"], "form", [{"household_id": 3}])
    assert ("bappeda", "form", "household") in looked(who_saw_person(offices, COMMAND, 1, 3))
    assert ("desa", "form", "household") not in looked(who_saw_person(offices, COMMAND, 1, 3))


def test_whoever_was_seen_by_an_account_is_told_after_a_breach(offices, actors):
    later(offices, 1)
    offices.saw(actors["desa"], "export", [{"household_id": 1}, {"household_id": 2}])
    offices.saw(actors["desa"], "search", [{"resident_id": 2}])
    reach = whom_saw(offices, actors["admin"], "desa", 30)
    assert (reach.n_sights, reach.resident_ids, reach.household_ids) == (3, (2,), (1, 2))
    assert whom_saw(offices, actors["admin"], "kecamatan", 30).n_sights == 0


def test_nobody_else_reads_it(offices, actors):
    for who in ("publik", "rt", "desa", "kecamatan", "opd", "bappeda", "bupati"):
        for ask in (who_saw_person, who_saw_household):
            with pytest.raises(NotAllowed):
                ask(offices, actors[who], 1, 30)
        with pytest.raises(NotAllowed):
            whom_saw(offices, actors[who], "rt", 30)


def test_a_look_is_in_the_name_of_who_is_logged_in(offices, actors):
    sight = who_saw_person(offices, COMMAND, 1, 30)[0]
    assert (sight.login, sight.role, sight.at) == (
        "rt",
        "operator_rt",
        "2026-06-01T08:00:00.000+00:00",
    )
