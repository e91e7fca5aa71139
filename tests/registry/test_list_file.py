"""A list as a file to print: what is in it, who may make it, what is recorded of it."""

import io

import pytest
from python_calamine import CalamineWorkbook

from pbrt_geo.registry import tables as t
from pbrt_geo.registry import verification as v
from pbrt_geo.registry.export import ExportRefused
from pbrt_geo.registry.list_file import list_file, rule_text
from pbrt_geo.registry.lists import VerificationError, read_list
from pbrt_geo.registry.rights import COMMAND, NotAllowed
from pbrt_geo.registry.welfare import RULES
from registry.listed_people import AIR_SUNING, RT_1, account, evidence, household, operator
from registry.registries import ON

WHY = "Dibawa ke musyawarah"


@pytest.fixture
def proposed(sample_places):
    """A list with two households, one of which has a head whose name looks like a formula."""
    first = operator(sample_places, "satu")
    for head in ("=HYPERLINK(1)", "Burhan"):
        evidence(sample_places, household(sample_places, RT_1, head), met=10, desil=2)
    told = {"rule": "either", "reason": "Uji"}
    return first, v.propose(sample_places, first, ON, RT_1, ON, **told)


def cells(data: bytes) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def made(registry, actor, list_id, **more) -> list[list]:
    return cells(list_file(registry, actor, ON, list_id, **({"reason": WHY} | more)))


def recorded(registry, table):
    with registry.read(COMMAND, ON) as reading:
        return [dict(row) for row in reading.rows(reading.visible(table).select())]


def test_before_the_musyawarah_decision_and_reason_are_to_be_filled_in(sample_places, proposed):
    actor, list_id = proposed
    rows = made(sample_places, actor, list_id)
    assert "satu" in rows[0][0]
    assert WHY in rows[0][0]
    assert rows[1][0] == "Daftar keluarga miskin RT 001, Goa"
    assert "belum diputuskan" in rows[2][0]
    head = next(at for at, row in enumerate(rows) if row[0] == "No")
    people = [row for row in rows[head + 1 :] if isinstance(row[0], float)]
    assert [row[1:3] for row in people] == [["=HYPERLINK(1)", 1], ["Burhan", 1]]
    assert [row[4:8] for row in people] == [[10, 2, "", ""]] * 2
    assert any("Ketua RT" in row for row in rows)


def test_afterwards_who_was_removed_comes_last_and_the_seal_is_told(sample_places, proposed):
    actor, list_id = proposed
    second = operator(sample_places, "dua")
    with sample_places.read(actor, ON) as reading:
        first_entry = read_list(reading, list_id).entries[0]
    told = {"decision": "remove", "reason": "Sudah bekerja"}
    v.decide(sample_places, actor, ON, first_entry.id, 1, **told)
    v.keep_rest(sample_places, actor, ON, list_id)
    v.close(sample_places, actor, ON, list_id, 1, held_on=ON, minutes="BA 7")
    with sample_places.read(second, ON) as reading:
        seen = read_list(reading, list_id).content_hash
    v.confirm(sample_places, second, ON, list_id, 2, seen=seen)
    rows = made(sample_places, second, list_id, language="en")
    assert "minutes BA 7" in rows[2][0]
    assert seen in rows[2][0]
    people = [row for row in rows if isinstance(row[0], float)]
    assert [(row[1], row[6], row[7]) for row in people] == [
        ("Burhan", "stays", ""),
        (first_entry.household.head, "removed", "Sudah bekerja"),
    ]


def test_the_file_and_each_household_on_it_are_recorded(sample_places, proposed):
    actor, list_id = proposed
    made(sample_places, actor, list_id)
    batch = recorded(sample_places, t.batches)[-1]
    assert (batch["kind"], batch["actor"], batch["reason"]) == ("export", "satu", WHY)
    assert (batch["about"]["list_id"], batch["about"]["n_households"]) == (list_id, 2)
    seen = recorded(sample_places, t.sightings)
    assert [(row["what"], row["actor"]) for row in seen] == [("export", "satu")] * 2


@pytest.mark.parametrize("reason", ["", "cetak", "1234567890 5"])
def test_without_a_reason_there_is_no_file(sample_places, proposed, reason):
    actor, list_id = proposed
    with pytest.raises(ExportRefused):
        made(sample_places, actor, list_id, reason=reason)
    assert recorded(sample_places, t.sightings) == []


def test_who_may_not_export_or_sees_nothing_of_it_gets_no_file(sample_places, proposed):
    _, list_id = proposed
    camat = account(sample_places, "camat", "kecamatan", "52.07.01")
    for actor in (camat, account(sample_places, "rt", "operator_rt", RT_1)):
        with pytest.raises(NotAllowed):
            made(sample_places, actor, list_id)
    with pytest.raises(VerificationError):
        made(sample_places, operator(sample_places, "lain", AIR_SUNING), list_id)
    assert recorded(sample_places, t.sightings) == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_rule_is_told_with_its_numbers(language):
    assert {rule: [n for n in ("9", "4") if n in rule_text(rule, language)] for rule in RULES} == {
        "either": ["9", "4"],
        "criteria": ["9", "4"],  # of the 14
        "desil": ["4"],
    }
    assert rule_text("aturan lama", language) == ""
