"""What is stored is what was planned: mutations by period, nothing lost, nothing half."""

import datetime as dt

import pytest
from registry.registries import ON

from intake.people_files import (
    DAY,
    LATER,
    RT,
    compared,
    imported,
    living_in,
    number_of,
    rows_of,
)
from pbrt_geo.intake.storing import store
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND

FAMILY = """
kk rt nik name   born       role   spending pkh address
1  1  1   SURA   1970-03-17 head   400000   yes Jl._Melati
1  1  2   RATNA  1972-01-02 spouse -        -   -
2  2  3   WIRE   1980-05-05 head   900000   no  -
"""


@pytest.fixture
def filled(sample_places):
    imported(sample_places, FAMILY)
    return sample_places


def settled(registry, text, day, **more):
    """Store a file; see that it then reads as it says."""
    imported(registry, text, day, **more)
    _, found = compared(registry, text, day, **more)
    assert found.plan.size == 0


def test_every_value_of_the_file_is_in_the_registry(filled):
    first, second = rows_of(filled, t.households)
    assert (first["no_kk"], first["address"]) == (number_of(1, "kk"), "Jl. Melati")
    assert second["kk_state"] == "valid"
    people = rows_of(filled, t.residents)
    assert [p["nik"] for p in people] == [number_of(n) for n in (1, 2, 3)]
    assert people[1]["birth_date"] == dt.date(1972, 1, 2)
    assert [m["role"] for m in rows_of(filled, t.memberships)] == ["head", "spouse", "head"]
    assert {m["valid_from"] for m in rows_of(filled, t.memberships)} == {DAY}
    assert [e["spending_idr"] for e in rows_of(filled, t.evidence)] == [400_000, 900_000]
    (enrolment,) = rows_of(filled, t.enrolments)
    assert (enrolment["programme_id"], enrolment["household_id"]) == ("pkh", first["id"])
    assert living_in(filled) == {RT[0]: ["RATNA", "SURA"], RT[1]: ["WIRE"]}


def test_a_household_that_moves_keeps_its_past(filled):
    settled(filled, "kk rt nik name\n1 3 1 SURA\n1 3 2 RATNA", LATER)
    assert living_in(filled, LATER) == {RT[2]: ["RATNA", "SURA"], RT[1]: ["WIRE"]}
    assert living_in(filled, DAY)[RT[0]] == ["RATNA", "SURA"]
    old, _, new = rows_of(filled, t.residences)
    assert (old["valid_to"], new["valid_from"], new["cause"]) == (LATER, LATER, "moved")


def test_on_the_same_day_another_rt_corrects(filled):
    settled(filled, "kk rt nik name\n1 3 1 SURA\n1 3 2 RATNA", DAY)
    assert [r["cause"] for r in rows_of(filled, t.residences)] == ["corrected", "recorded"]
    assert living_in(filled, DAY)[RT[2]] == ["RATNA", "SURA"]


def test_a_person_who_joins_another_household_leaves_the_old_one(filled):
    settled(filled, "kk rt nik name role\n2 2 3 WIRE head\n2 2 2 RATNA other", LATER)
    assert living_in(filled, LATER) == {RT[0]: ["SURA"], RT[1]: ["RATNA", "WIRE"]}


def test_a_household_that_everybody_left_ends(filled):
    settled(filled, "kk rt nik name\n2 2 3 WIRE\n2 2 1 SURA\n2 2 2 RATNA", LATER)
    assert living_in(filled, LATER) == {RT[1]: ["RATNA", "SURA", "WIRE"]}
    first = rows_of(filled, t.residences)[0]
    assert first["valid_to"] == LATER


def test_a_split_on_the_day_of_recording_corrects_the_membership(filled):
    settled(filled, "kk rt nik name role\n9 1 2 RATNA head", DAY)
    assert rows_of(filled, t.memberships)[1]["cause"] == "corrected"
    assert living_in(filled, DAY)[RT[0]] == ["RATNA", "SURA"]


def test_evidence_of_another_day_is_added_and_of_the_same_day_corrected(filled):
    settled(filled, "kk rt nik name spending\n2 2 3 WIRE 950000", DAY)
    assert [e["spending_idr"] for e in rows_of(filled, t.evidence)] == [400_000, 950_000]
    settled(filled, "kk rt nik name spending\n2 2 3 WIRE 990000", LATER)
    assert [e["spending_idr"] for e in rows_of(filled, t.evidence)] == [400_000, 950_000, 990_000]


def test_a_no_ends_what_the_same_list_told(filled):
    settled(filled, "kk pkh\n1 no", LATER, source="dtsen")
    assert rows_of(filled, t.enrolments)[0]["valid_to"] is None  # another list told of it
    settled(filled, "kk pkh\n1 no", LATER)
    assert rows_of(filled, t.enrolments)[0]["valid_to"] == LATER


def test_a_decision_for_the_file_changes_who_the_nik_is(filled):
    text = "kk rt nik name born\n2 2 3 HASAN 1981-05-05"
    settled(filled, text, LATER, decisions={"other_person": "file"})
    assert rows_of(filled, t.residents)[2]["name"] == "HASAN"
    settled(filled, text.replace("HASAN", "BUDI"), LATER, decisions={"other_person": "registry"})
    assert rows_of(filled, t.residents)[2]["name"] == "HASAN"


def test_who_was_thought_dead_lives_by_decision(filled):
    settled(filled, "kk rt nik name died\n2 2 3 WIRE 2026-04-01", LATER)
    settled(filled, "kk rt nik name\n2 2 3 WIRE", LATER, decisions={"dead": "file"})
    assert rows_of(filled, t.residents)[2]["death_date"] is None


def test_stopping_in_the_middle_leaves_everything_as_it_was(filled):
    staged, found = compared(filled, FAMILY.replace("1  1", "5  3").replace(" 3   W", " 8   W"))
    before = {table.name: rows_of(filled, table) for table in t.VERSIONED if table is not t.users}

    def stop(n):
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        filled.write(COMMAND, ON, "import", "uji") as work,
    ):
        store(work, staged, found.plan, stop)
    for table in t.VERSIONED:
        if table is not t.users:
            assert rows_of(filled, table) == before[table.name], table.name
