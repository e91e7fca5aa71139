"""A file against the registry: what would change, what a person decides, what is refused."""

import datetime as dt

import pytest

from intake.people_files import DAY, LATER, RT, assert_said, compared, imported, number_of
from pbrt_geo.intake.plan import KINDS
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import Actor

FAMILY = """
kk rt nik name   born       role   spending
1  1  1   SURA   1970-03-17 head   400000
1  1  2   RATNA  1972-01-02 spouse -
2  2  3   WIRE   1980-05-05 head   900000
"""
DESA = Actor("goa", "operator_desa", "52.07.01.2001", None)
"""Works for the desa of the first two RT."""


@pytest.fixture
def filled(sample_places):
    imported(sample_places, FAMILY)
    return sample_places


def counts(found, what="people"):
    return {kind: n for kind, n in found.count(what).items() if n}


def keys(found):
    for trouble in found.troubles:
        assert_said(trouble)
    return [(trouble.row, trouble.key) for trouble in found.troubles]


def test_into_an_empty_registry_everybody_is_new(sample_places):
    _, found = compared(sample_places, FAMILY)
    assert counts(found) == {"new": 3}
    assert counts(found, "households") == {"new": 2}
    assert set(found.count("people")) == set(KINDS)


def test_the_same_file_again_changes_nothing(filled):
    _, found = compared(filled, FAMILY)
    assert counts(found) == {"unchanged": 3}
    assert counts(found, "households") == {"unchanged": 2}
    assert found.plan.size == 0


def test_who_is_missing_stays(filled):
    _, found = compared(filled, "\n".join(FAMILY.strip().splitlines()[:2]), LATER)
    assert counts(found) == {"unchanged": 1}
    assert not found.plan.updates and not found.plan.closing


def test_an_empty_cell_takes_nothing_away(filled):
    _, found = compared(filled, "kk rt nik name born\n1 1 1 SURA -\n1 1 - RATNA 1972-01-02")
    assert counts(found) == {"unchanged": 2}


def test_another_spelling_is_the_same_person_changed(filled):
    _, found = compared(filled, "kk rt nik name born\n2 2 3 LALU_WIRE 1980-05-05")
    assert counts(found) == {"changed": 1}
    assert list(found.changed.values()) == [("name",)]


@pytest.mark.parametrize("row", ["HASAN 1980-05-05", "WIRE 1981-05-05"])
def test_another_name_or_birth_date_is_for_a_person_to_decide(filled, row):
    name, born = row.split()
    text = f"kk rt nik name born\n2 2 3 {name} {born}"
    _, found = compared(filled, text)
    assert counts(found) == {"conflict": 1}
    assert found.plan.size == 0
    (question,) = found.questions
    assert (question.kind, question.options) == ("other_person", ("file", "registry", "leave"))
    _, found = compared(filled, text, decisions={question.key: "file"})
    assert counts(found) == {"changed": 1}
    _, found = compared(filled, text, decisions={"other_person": "registry"})
    assert counts(found) == {"unchanged": 1}
    _, found = compared(filled, text, decisions={question.key: "leave"})
    assert counts(found) == {"left_out": 1}


def test_a_household_waits_as_a_whole(filled):
    text = "kk rt nik name born\n1 1 1 HASAN 1970-03-17\n1 1 2 RATNA 1972-01-02\n5 1 9 SITI -"
    _, found = compared(filled, text)
    assert counts(found) == {"new": 1, "conflict": 1, "waiting": 1}
    assert counts(found, "households") == {"new": 1, "conflict": 1}


def test_who_died_and_stands_in_the_file_is_asked(filled):
    imported(filled, "kk rt nik name died\n2 2 3 WIRE 2026-04-01", LATER)
    _, found = compared(filled, "kk rt nik name\n2 2 3 WIRE", LATER)
    assert [question.kind for question in found.questions] == ["dead"]


def test_a_new_household_needs_an_rt_and_people(filled):
    _, found = compared(filled, "kk nik name\n7 9 SITI")
    assert keys(found) == [(1, "rt_missing")]
    _, found = compared(filled, "kk desil\n7 3")
    assert keys(found) == [(1, "household_unknown")]
    _, found = compared(filled, "kk nik\n7 9\n1 1")
    assert (1, "nik_unknown") in keys(found)
    assert counts(found) == {"refused": 1, "unchanged": 1}


def test_a_known_household_needs_no_rt(filled):
    _, found = compared(filled, "kk desil\n1 3\n2 4", source="dtsen")
    assert counts(found, "households") == {"changed": 2}
    assert len(found.plan.evidence) == 2


def test_a_file_of_an_earlier_day_does_not_undo_what_came_after(filled):
    _, found = compared(filled, FAMILY.replace("1  1", "1  2"), dt.date(2025, 1, 1))
    assert not found.plan.residences and not found.plan.closing
    assert found.n_older > 0


def test_a_new_no_kk_of_the_same_people_is_the_same_household(filled):
    _, found = compared(filled, FAMILY.replace("1  1", "8  1"), LATER)
    assert counts(found, "households") == {"changed": 2}  # the evidence of a later day is new
    assert [u[3]["no_kk"] for u in found.plan.updates if u[0] == "households"] == [
        number_of(8, "kk")
    ]


def test_a_file_of_an_earlier_day_fills_what_is_empty_and_corrects_nothing(filled):
    text = "kk rt nik name born address disability\n1 1 1 SURYA 1970-03-17 Jl._Lama fisik"
    _, found = compared(filled, text, dt.date(2025, 1, 1))
    assert [(u[0], u[3]) for u in found.plan.updates] == [
        ("households", {"address": "Jl. Lama"}),
        ("residents", {"disability": "fisik"}),
    ]
    _, found = compared(filled, "kk rt nik name\n8 1 1 SURA", dt.date(2025, 1, 1))
    assert keys(found) == [(1, "household_older")]


def test_one_who_leaves_with_a_new_no_kk_is_another_household(filled):
    _, found = compared(filled, "kk rt nik name\n8 1 2 RATNA", LATER)
    assert counts(found, "households") == {"new": 1}
    assert [entry[4] for entry in found.plan.memberships] == ["split"]


def test_without_a_no_kk_a_household_is_known_by_its_head(filled):
    _, found = compared(filled, "rt nik name\n1 1 SURA")
    assert counts(found, "households") == {"unchanged": 1}
    _, found = compared(filled, "rt nik name\n1 2 RATNA")
    assert keys(found) == [(1, "kk_needed")]


def test_without_any_number_by_name_and_birth_date_in_the_rt(sample_places):
    text = "rt name born\n1 SITI 1950-02-03"
    imported(sample_places, text)
    _, found = compared(sample_places, text)
    assert counts(found) == {"unchanged": 1}
    _, found = compared(sample_places, "rt name born\n2 SITI 1950-02-03")
    assert counts(found) == {"new": 1}
    _, found = compared(sample_places, "rt name\n2 SITI")
    assert keys(found) == [(1, "not_recognisable")]


def test_a_nik_comes_to_who_had_none(sample_places):
    imported(sample_places, "kk rt nik name born\n1 1 - BAYI 2024-01-01")
    _, found = compared(sample_places, "kk rt nik name born\n1 1 5 BAYI 2024-01-01")
    assert counts(found) == {"changed": 1}
    assert found.plan.updates[0][3] == {"nik": number_of(5), "nik_state": "valid"}


# ── areas ───────────────────────────────────────────────────────────────────────────────────────


def test_numbers_taken_out_of_sight_are_refused_and_nothing_is_told_of_them(filled):
    imported(filled, "kk rt nik name\n9 3 90 ASRI", LATER)
    text = "kk rt nik name\n7 1 90 BUDI\n9 1 91 CANDRA\n6 1 92 DEWI"
    _, found = compared(filled, text, LATER, actor=DESA)
    assert keys(found) == [(1, "nik_elsewhere"), (2, "kk_elsewhere")]
    assert all(not trouble.facts for trouble in found.troubles)
    assert counts(found) == {"refused": 2, "new": 1}


def test_an_operator_sees_the_own_people_as_known(filled):
    _, found = compared(filled, FAMILY, actor=DESA)
    assert counts(found) == {"unchanged": 3}


def test_places_are_those_of_the_tests():
    assert len(RT) == 4 and DAY < LATER
    assert t.residents.c.nik.info["personal"]
