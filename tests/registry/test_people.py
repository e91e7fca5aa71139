"""Search and the view of a household: what is found, in which order, by whom, on which day."""

import datetime as dt

import pytest

from pbrt_geo.registry import people
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.names import masked, name_key
from pbrt_geo.registry.people import history, household_view, search
from pbrt_geo.registry.rights import COMMAND, PUBLIC
from registry.households import (
    GOA,
    RT,
    SINCE,
    SUNING,
    account,
    add_household,
    look,
    names_of,
    nik,
    no_kk,
)
from registry.registries import ON


@pytest.fixture
def homes(sample_places):
    """Three households: two in Goa, one in Air Suning."""
    return [
        add_household(sample_places, RT[0], ["Sahbandar", "Siti Ma'ruf", "Lalu Sahban"], 1),
        add_household(sample_places, RT[1], ["Denda Sahira"], 2),
        add_household(sample_places, RT[2], ["Sahdan Air", "Rukmini"], 3),
    ]


def found(registry, text, actor=COMMAND, **more):
    with registry.read(actor, ON) as reading:
        return search(reading, text, **more)


def names(registry, text, actor=COMMAND, **more):
    return [hit.name for hit in found(registry, text, actor, **more).rows]


# ── names and numbers ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Siti Ma'ruf", "SITI MARUF"),
        ("  h. Abdul-Karim ", "H ABDUL KARIM"),
        ("Ma`ruf", "MARUF"),
        ("José", "JOSE"),
        ("%_", ""),
    ],
)
def test_key_of_a_name(name, key):
    assert name_key(name) == key


def test_the_middle_of_a_number_is_hidden():
    assert masked(nik(7)) == "5207" + "•" * 8 + "0007"
    assert masked(None) == ""


# ── search ──────────────────────────────────────────────────────────────────────────────────────


def test_names_that_begin_so_come_first(sample_places, homes):
    assert names(sample_places, "sah") == ["Sahbandar", "Sahdan Air", "Denda Sahira", "Lalu Sahban"]


def test_every_word_counts_and_apostrophes_do_not(sample_places, homes):
    assert names(sample_places, "maruf siti") == ["Siti Ma'ruf"]
    assert names(sample_places, "lalu maruf") == []


def test_wildcards_of_sql_find_nobody(sample_places, homes):
    for text in ("%%%", "___", "S%xyz", "' OR 1=1 --", "S_h"):
        assert names(sample_places, text) == []


def test_a_number_finds_the_person_or_the_household(sample_places, homes):
    assert names(sample_places, nik(11)) == ["Siti Ma'ruf"]
    assert names(sample_places, f"{nik(11)[:4]} {nik(11)[4:]}") == ["Siti Ma'ruf"]
    assert names(sample_places, no_kk(3)) == ["Sahdan Air", "Rukmini"]
    assert len(names(sample_places, nik(0)[:6])) == 6


def test_a_short_question_is_not_asked(sample_places, homes):
    for text in ("", " ", "sa", "s h", "520"):
        assert found(sample_places, text).rows == ()


def test_an_rt_lists_its_households_by_their_heads(sample_places, homes):
    hits = found(sample_places, "", rt_id=RT[0]).rows
    assert [(hit.name, hit.n_members, hit.rt_name) for hit in hits] == [("Sahbandar", 3, "RT 001")]
    assert names(sample_places, "sah", rt_id=RT[1]) == ["Denda Sahira"]


def test_a_household_without_a_head_is_listed_too(sample_places):
    home = add_household(sample_places, RT[0], [])
    (hit,) = found(sample_places, "", rt_id=RT[0]).rows
    assert (hit.household_id, hit.resident_id, hit.name, hit.n_members) == (home, None, "", 0)


def test_hits_hold_no_whole_number(sample_places, homes):
    hits = found(sample_places, "sah").rows
    assert {hit.nik for hit in hits} == {masked(nik(n)) for n in (10, 12, 20, 30)}


def test_at_most_fifty_and_then_the_next(sample_places, monkeypatch):
    monkeypatch.setattr(people, "LIMIT", 2)
    for number in range(5):
        add_household(sample_places, RT[0], [f"Amaq {'ABCDE'[number]}"], number + 1)
    pages = [found(sample_places, "amaq", start=start) for start in (0, 2, 4)]
    assert [hit.name[-1] for page in pages for hit in page.rows] == list("ABCDE")
    assert [page.more for page in pages] == [True, True, False]


def test_only_the_own_area_is_found(sample_places, homes):
    desa = account(sample_places, "desa-goa", "operator_desa", GOA)
    rt = account(sample_places, "rt-2", "operator_rt", RT[1])
    assert names(sample_places, "sah", desa) == ["Sahbandar", "Denda Sahira", "Lalu Sahban"]
    assert names(sample_places, "sah", rt) == ["Denda Sahira"]
    for asked in (nik(30), no_kk(3)):
        assert names(sample_places, asked, desa) == []
    assert names(sample_places, "", rt, rt_id=RT[0]) == []
    assert names(sample_places, "sah", PUBLIC) == []


def test_what_was_found_is_recorded(sample_places, homes):
    operator = account(sample_places, "desa-goa", "operator_desa", GOA)
    hits = found(sample_places, "sah", operator)
    sample_places.saw(operator, "search", hits.seen())
    with sample_places.read(COMMAND, ON) as reading:
        rows = reading.rows(reading.visible(t.sightings).select())
    assert [row["resident_id"] for row in rows] == [hit.resident_id for hit in hits.rows]


# ── one household ───────────────────────────────────────────────────────────────────────────────


def test_view_of_a_household(sample_places, homes):
    seen = look(sample_places, homes[0])
    assert names_of(seen) == ["Sahbandar", "Siti Ma'ruf", "Lalu Sahban"]
    assert seen.head.resident["name"] == "Sahbandar"
    assert (seen.place["name"], seen.place["desa_name"]) == ("RT 001", "Goa")
    assert seen.residence["valid_from"] == SINCE
    assert seen.former == ()


def test_a_household_elsewhere_is_as_if_there_were_none(sample_places, homes):
    goa = account(sample_places, "goa", "operator_desa", GOA)
    with sample_places.read(goa, ON) as reading:
        assert household_view(reading, homes[2]) is None
        assert household_view(reading, 999) is None


def test_who_is_no_member_any_more_is_told_apart(sample_places, homes):
    seen = look(sample_places, homes[0])
    row = seen.members[2].membership
    with sample_places.write(COMMAND, ON, "mutation", "test") as work:
        work.update(t.memberships, row["id"], 1, valid_to=ON - dt.timedelta(days=1))
    seen = look(sample_places, homes[0])
    assert names_of(seen) == ["Sahbandar", "Siti Ma'ruf"]
    assert [m.resident["name"] for m in seen.former] == ["Lalu Sahban"]
    (hit,) = found(sample_places, "lalu").rows
    assert (hit.household_id, hit.role) == (homes[0], None)


def test_history_tells_who_changed_what_newest_first(sample_places, homes):
    operator = account(sample_places, "goa", "operator_desa", GOA)
    head = look(sample_places, homes[0]).head.resident
    with sample_places.write(operator, ON, "form", "salah ketik") as work:
        work.update(t.residents, head["id"], 1, name="Sahbandar Ali")
    with sample_places.read(operator, ON) as reading:
        last, first = history(reading, household_view(reading, homes[0]))
    assert (last.actor, last.role, last.reason) == ("goa", "operator_desa", "salah ketik")
    assert [(row["before"], row["after"]) for row in last.rows] == [
        ({"name": "Sahbandar"}, {"name": "Sahbandar Ali"})
    ]
    assert {row["entity"] for row in first.rows} == {
        "households",
        "residences",
        "memberships",
        "residents",
    }
    assert SUNING not in repr(first)
