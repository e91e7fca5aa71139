"""Social mapping of an RT: sections, problems and hopes."""

import datetime as dt

import pytest

from pbrt_geo.registry import matters, social
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.matters import SocialError
from pbrt_geo.registry.rights import COMMAND, NotAllowed
from pbrt_geo.registry.store import Conflict
from registry.listed_people import RT_1, RT_3, account, operator
from registry.registries import ON

DAY = dt.timedelta(days=1)
NUMBER = "5207" + "0" * 11 + "7"
"""Sixteen digits."""


@pytest.fixture
def actor(sample_places):
    return operator(sample_places)


def write(registry, actor, text="Jalan tanah, 40 rumah", **more):
    told = {"section": "gambaran", "as_of": ON} | more
    return social.write_note(registry, actor, ON, RT_1, text=text, **told)


def name(registry, actor, text="Air bersih sulit", **more):
    told = {"kind": "masalah", "as_of": ON} | more
    return matters.name_matter(registry, actor, ON, RT_1, text=text, **told)


def notes(registry, actor):
    with registry.read(actor, ON) as reading:
        return social.notes_of(reading, RT_1)


def named(registry, actor):
    with registry.read(actor, ON) as reading:
        return matters.matters_of(reading, RT_1)


def key_of(caught) -> str:
    return caught.value.problems[0].key


# ── sections ────────────────────────────────────────────────────────────────────────────────────


def test_sections_are_kept_by_day_the_newest_first(sample_places, actor):
    write(sample_places, actor, "Dahulu", as_of=ON - DAY)
    write(sample_places, actor, " Sekarang\nbaris kedua ")
    write(sample_places, actor, "Kelompok tani", section="potensi")
    found = notes(sample_places, actor)
    assert [row["text"] for row in found["gambaran"]] == ["Sekarang\nbaris kedua", "Dahulu"]
    assert [row["text"] for row in found["potensi"]] == ["Kelompok tani"]
    assert found["tokoh"] == []


def test_a_section_is_put_right_not_written_twice(sample_places, actor):
    key = write(sample_places, actor)
    with pytest.raises(SocialError) as caught:
        write(sample_places, actor, "Lain")
    assert key_of(caught) == "social_again"
    assert social.change_note(sample_places, actor, ON, key, 1, text="Benar") == 2
    with pytest.raises(Conflict) as conflict:
        social.change_note(sample_places, actor, ON, key, 1, text="Salah")
    assert conflict.value.theirs["text"] == "Benar"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("social_text", {"text": " \n "}),
        ("social_long", {"text": "a" * 4001}),
        ("social_identity", {"text": f"Pak RT, NIK {NUMBER}"}),
        ("social_ahead", {"as_of": ON + DAY}),
    ],
)
def test_a_section_that_cannot_be_is_refused(sample_places, actor, key, told):
    with pytest.raises(SocialError) as caught:
        write(sample_places, actor, **told)
    assert key_of(caught) == key
    assert notes(sample_places, actor)["gambaran"] == []
    assert NUMBER not in str(caught.value)


# ── problems and hopes ──────────────────────────────────────────────────────────────────────────


def test_problems_come_first_and_what_most_named_first(sample_places, actor):
    name(sample_places, actor, "Jalan rusak", frequency=3, root_cause="Drainase buntu")
    name(sample_places, actor, "Ada posyandu", kind="harapan", frequency=30)
    name(sample_places, actor, "Air bersih sulit", frequency=12)
    name(sample_places, actor, "Sampah")
    texts = [row["text"] for row in named(sample_places, actor)]
    assert texts == ["Air bersih sulit", "Jalan rusak", "Sampah", "Ada posyandu"]
    road = named(sample_places, actor)[1]
    assert (road["root_cause"], road["frequency"]) == ("Drainase buntu", 3)
    assert named(sample_places, actor)[2]["root_cause"] is None


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("social_text", {"text": ""}),
        ("social_long", {"text": "a" * 501}),
        ("social_identity", {"text": f"Bantu {NUMBER}"}),
        ("social_identity", {"root_cause": "KK 5207.0000 0000-0007"}),
        ("social_frequency", {"frequency": 0}),
        ("social_ahead", {"as_of": ON + DAY}),
    ],
)
def test_a_matter_that_cannot_be_is_refused(sample_places, actor, key, told):
    with pytest.raises(SocialError) as caught:
        name(sample_places, actor, **told)
    assert key_of(caught) == key
    assert named(sample_places, actor) == []


def test_a_matter_keeps_its_key_when_it_is_put_right(sample_places, actor):
    key = name(sample_places, actor)
    told = {"text": "Air bersih jauh", "root_cause": "Sumur kering", "frequency": 9}
    assert matters.change_matter(sample_places, actor, ON, key, 1, **told) == 2
    [row] = named(sample_places, actor)
    assert (row["id"], row["text"], row["frequency"]) == (key, "Air bersih jauh", 9)
    with pytest.raises(Conflict):
        matters.change_matter(sample_places, actor, ON, key, 1, text="Lama")


def test_a_matter_is_taken_back_with_a_reason_and_stays_for_the_record(sample_places, actor):
    key = name(sample_places, actor)
    with pytest.raises(SocialError):
        matters.void_matter(sample_places, actor, ON, key, 1, reason=" ")
    matters.void_matter(sample_places, actor, ON, key, 1, reason="Dobel")
    assert named(sample_places, actor) == []
    with sample_places.read(COMMAND, ON) as reading:
        batches = reading.rows(reading.visible(t.batches).select())
    assert batches[-1]["reason"] == "Dobel"


# ── who ─────────────────────────────────────────────────────────────────────────────────────────


def test_another_area_and_a_role_without_the_right_see_and_write_nothing(sample_places, actor):
    key, matter = write(sample_places, actor), name(sample_places, actor)
    for other in (
        operator(sample_places, "lain", "52.07.03.2002"),
        account(sample_places, "bupati", "bupati", "52.07"),
    ):
        with pytest.raises(NotAllowed):
            write(sample_places, other, section="tokoh")
        with pytest.raises(NotAllowed):
            name(sample_places, other)
        with pytest.raises((NotAllowed, Conflict)):
            social.change_note(sample_places, other, ON, key, 1, text="Diubah")
        with pytest.raises((NotAllowed, Conflict)):
            matters.change_matter(sample_places, other, ON, matter, 1, text="Diubah")
        assert notes(sample_places, other)["gambaran"] == []
        assert named(sample_places, other) == []
    assert notes(sample_places, actor)["gambaran"][0]["version"] == 1


def test_an_operator_of_an_rt_maps_the_own_rt_only(sample_places):
    rt = account(sample_places, "rt", "operator_rt", RT_1)
    write(sample_places, rt)
    with pytest.raises(NotAllowed):
        told = {"section": "gambaran", "as_of": ON, "text": "Tetangga"}
        social.write_note(sample_places, rt, ON, RT_3, **told)
