"""Moves, splits, deaths, births: which periods end and begin, and what is refused."""

import datetime as dt

import pytest

from pbrt_geo.registry import mutations as m
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.editing import EntryError
from pbrt_geo.registry.people import household_view
from pbrt_geo.registry.rights import COMMAND, NotAllowed
from pbrt_geo.registry.store import Conflict
from registry.households import (
    GOA,
    RT,
    SINCE,
    account,
    add_household,
    look,
    names_of,
    nik,
    no_kk,
)
from registry.registries import ON

DAY = dt.date(2026, 3, 5)
WHY = "surat pindah"


@pytest.fixture
def home(sample_places):
    return add_household(sample_places, RT[0], ["Sahbandar", "Siti", "Lalu", "Denda"], 1)


@pytest.fixture
def goa(sample_places):
    return account(sample_places, "goa", "operator_desa", GOA)


def ids(seen):
    return [member.resident["id"] for member in seen.members]


def rows(registry, table):
    with registry.read(COMMAND, ON) as reading:
        seen = reading.visible(table)
        return reading.rows(seen.select().order_by(seen.c.id))


def periods(registry, table, *columns):
    return [
        tuple(row[c] for c in (*columns, "valid_from", "valid_to", "cause"))
        for row in rows(registry, table)
    ]


# ── a move ──────────────────────────────────────────────────────────────────────────────────────


def test_a_move_ends_one_period_and_begins_another(sample_places, goa, home):
    seen = look(sample_places, home, goa)
    m.move_household(sample_places, goa, ON, seen, RT[1], DAY, WHY)
    assert periods(sample_places, t.residences, "rt_id") == [
        (RT[0], SINCE, DAY, "recorded"),
        (RT[1], DAY, None, "moved"),
    ]
    assert look(sample_places, home, goa).place["name"] == "RT 002"


def test_the_house_stays_where_it_is_when_a_household_moves(sample_places, goa, home):
    with sample_places.write(COMMAND, ON, "form", "alamat") as work:
        house = {"address": "Jl. Rekaan 1", "lon": 116.8, "lat": -8.7}
        work.update(t.households, home, 1, **house)
    m.move_household(sample_places, goa, ON, look(sample_places, home), RT[1], DAY, WHY)
    moved = look(sample_places, home).household
    assert [moved[name] for name in house] == [None, None, None]


def test_a_move_on_the_day_it_came_is_a_correction(sample_places, goa, home):
    seen = look(sample_places, home)
    m.move_household(sample_places, goa, ON, seen, RT[1], SINCE, "RT keliru")
    assert periods(sample_places, t.residences, "rt_id") == [(RT[1], SINCE, None, "corrected")]


def test_a_household_may_move_out_of_sight(sample_places, goa, home):
    m.move_household(sample_places, goa, ON, look(sample_places, home), RT[2], DAY, WHY)
    with sample_places.read(goa, ON) as reading:
        assert household_view(reading, home) is None
    assert look(sample_places, home).place["desa_name"] == "Air Suning"


def test_nobody_takes_a_household_from_elsewhere(sample_places, goa):
    elsewhere = look(sample_places, add_household(sample_places, RT[2], ["Sahdan"], 2))
    with pytest.raises((NotAllowed, Conflict)):
        m.move_household(sample_places, goa, ON, elsewhere, RT[0], DAY, WHY)
    assert len(rows(sample_places, t.residences)) == 1


@pytest.mark.parametrize(
    ("rt_id", "date", "reason", "key"),
    [
        (RT[0], DAY, WHY, "mutation_same_rt"),
        ("RT-5207-99999-0", DAY, WHY, "mutation_no_rt"),
        (RT[1], ON + dt.timedelta(days=1), WHY, "mutation_future"),
        (RT[1], SINCE - dt.timedelta(days=1), WHY, "mutation_too_early"),
        (RT[1], DAY, "  ", "mutation_reason"),
    ],
)
def test_a_move_that_cannot_be(sample_places, goa, home, rt_id, date, reason, key):
    with pytest.raises(m.MutationError) as caught:
        m.move_household(sample_places, goa, ON, look(sample_places, home), rt_id, date, reason)
    assert caught.value.problems[0].key == key
    assert "Tidak tersimpan" in caught.value.text()
    assert len(rows(sample_places, t.residences)) == 1


def test_two_who_move_the_same_household(sample_places, goa, home):
    seen = look(sample_places, home)
    m.move_household(sample_places, goa, ON, seen, RT[1], DAY, WHY)
    with pytest.raises(Conflict):
        m.move_household(sample_places, COMMAND, ON, seen, RT[3], DAY, WHY)
    assert len(rows(sample_places, t.residences)) == 2


def test_a_household_that_left_is_in_no_rt(sample_places, goa, home):
    m.record_leaving(sample_places, goa, ON, look(sample_places, home), DAY, "pindah ke Lombok")
    seen = look(sample_places, home, goa)
    assert (seen.residence, seen.place) == (None, None)
    with pytest.raises(m.MutationError, match="tidak tercatat tinggal"):
        m.move_household(sample_places, goa, ON, seen, RT[1], DAY, WHY)


# ── a split ─────────────────────────────────────────────────────────────────────────────────────


def split(registry, actor, home, leaving, heads, **more):
    place = m.Home(more.pop("rt_id", RT[1]), no_kk(9))
    seen = look(registry, home)
    return m.split_household(registry, actor, ON, seen, leaving, heads, place, DAY, WHY)


def test_a_split_makes_a_household_of_those_who_leave(sample_places, goa, home):
    _, _, son, daughter = ids(look(sample_places, home))
    new = split(sample_places, goa, home, {son, daughter}, (son, None))
    assert names_of(look(sample_places, home, goa)) == ["Sahbandar", "Siti"]
    seen = look(sample_places, new, goa)
    assert names_of(seen) == ["Lalu", "Denda"]
    assert [member.membership["role"] for member in seen.members] == ["head", "other"]
    assert seen.household["no_kk"] == no_kk(9)
    assert (seen.residence["rt_id"], seen.residence["valid_from"]) == (RT[1], DAY)
    with sample_places.read(COMMAND, DAY - dt.timedelta(days=1)) as reading:
        assert len(household_view(reading, home).members) == 4


def test_where_the_head_leaves_somebody_follows(sample_places, goa, home):
    head, wife, *_ = ids(look(sample_places, home))
    with pytest.raises(m.MutationError, match="kepala keluarga"):
        split(sample_places, goa, home, {head}, (head, None))
    split(sample_places, goa, home, {head}, (head, wife))
    seen = look(sample_places, home)
    assert seen.head.resident["id"] == wife
    with sample_places.read(COMMAND, DAY - dt.timedelta(days=1)) as reading:
        assert household_view(reading, home).member(wife).membership["role"] == "spouse"


def test_a_split_of_nobody_or_everybody_is_refused(sample_places, goa, home):
    everybody = ids(look(sample_places, home))
    for leaving in ((), everybody):
        with pytest.raises(m.MutationError, match="dari 4 anggota"):
            split(sample_places, goa, home, leaving, (everybody[0], None))
    with pytest.raises(m.MutationError, match="bukan anggota"):
        split(sample_places, goa, home, {999}, (999, None))


def test_a_split_into_an_rt_out_of_sight_stores_nothing(sample_places, goa, home):
    son = ids(look(sample_places, home))[2]
    with pytest.raises(NotAllowed):
        split(sample_places, goa, home, {son}, (son, None), rt_id=RT[2])
    assert len(rows(sample_places, t.households)) == 1
    assert len(look(sample_places, home).members) == 4


# ── a death ─────────────────────────────────────────────────────────────────────────────────────


def test_a_death_ends_the_membership(sample_places, goa, home):
    son = ids(look(sample_places, home))[2]
    m.record_death(sample_places, goa, ON, look(sample_places, home), son, DAY, "surat kematian")
    seen = look(sample_places, home, goa)
    assert names_of(seen) == ["Sahbandar", "Siti", "Denda"]
    (gone,) = seen.former
    assert (gone.resident["death_date"], gone.membership["valid_to"]) == (DAY, DAY)


def test_a_head_who_dies_is_followed(sample_places, goa, home):
    head, wife, *_ = ids(look(sample_places, home))
    seen = look(sample_places, home)
    with pytest.raises(m.MutationError, match="kepala keluarga"):
        m.record_death(sample_places, goa, ON, seen, head, DAY, "surat kematian")
    m.record_death(sample_places, goa, ON, seen, head, DAY, "surat kematian", wife)
    assert look(sample_places, home).head.resident["id"] == wife


def test_a_household_of_nobody_ends(sample_places, goa):
    home = add_household(sample_places, RT[0], ["Sahnim"], 5)
    seen = look(sample_places, home)
    m.record_death(sample_places, goa, ON, seen, ids(seen)[0], DAY, "surat kematian")
    assert periods(sample_places, t.residences) == [(SINCE, DAY, "recorded")]


# ── a birth, and who comes ──────────────────────────────────────────────────────────────────────


def test_a_birth_is_a_membership_from_that_day_on(sample_places, goa, home):
    child = m.Person("Lalu Kecil", "male", DAY)
    who = m.record_birth(sample_places, goa, ON, look(sample_places, home), child, "akta")
    member = look(sample_places, home, goa).member(who)
    assert (member.membership["valid_from"], member.membership["cause"]) == (DAY, "born")
    assert (member.resident["nik_state"], member.resident["name_key"]) == ("none", "LALU KECIL")


@pytest.mark.parametrize(
    ("person", "error"),
    [
        (m.Person("Kecil"), m.MutationError),
        (m.Person("", "male", DAY), EntryError),
        (m.Person("Kecil", "male", DAY, "123"), EntryError),
        (m.Person("Kecil", "male", ON + dt.timedelta(days=1)), EntryError),
        (m.Person("Kecil", "male", DAY, role="head"), m.MutationError),
    ],
)
def test_a_birth_that_cannot_be(sample_places, goa, home, person, error):
    with pytest.raises(error):
        m.record_birth(sample_places, goa, ON, look(sample_places, home), person, "akta")
    assert len(look(sample_places, home).members) == 4


def test_a_household_is_recorded_with_its_head(sample_places, goa):
    place, head = m.Home(RT[0], no_kk(7), "Jalan Lama"), m.Person("Sahnim", nik=nik(70))
    seen = look(
        sample_places, m.create_household(sample_places, goa, ON, place, head, DAY, "sensus"), goa
    )
    assert (seen.head.resident["name"], seen.household["kk_state"]) == ("Sahnim", "valid")
    assert seen.residence["cause"] == "recorded"
    with pytest.raises(NotAllowed):
        outside = m.Home(RT[2])
        m.create_household(sample_places, goa, ON, outside, m.Person("Sahdi"), DAY, "sensus")


def test_a_mutation_leaves_its_reason(sample_places, goa, home):
    m.move_household(sample_places, goa, ON, look(sample_places, home), RT[1], DAY, f" {WHY} ")
    batch = rows(sample_places, t.batches)[-1]
    assert (batch["kind"], batch["actor"], batch["reason"]) == ("mutation", "goa", WHY)
