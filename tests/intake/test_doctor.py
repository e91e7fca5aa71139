"""From a file to the registry: what is shown is what is stored, or nothing is."""

import datetime as dt
import functools
import io
import re

import pytest
import xlsxwriter
from registry.registries import ON, RTS

from intake.people_files import living_in, number_of, rows_of
from pbrt_geo.intake.doctor import Choices, Stopped, accept, examine
from pbrt_geo.intake.problems import IntakeError
from pbrt_geo.read.sheets import read_sheet_file
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND, PUBLIC, Actor, NotAllowed

DAY = dt.date(2026, 3, 1)
CHOICES = Choices(as_of=DAY)
HEADER = ("No. KK", "NIK", "Nama", "Tgl Lahir", "JK", "Desa", "RT", "Desil", "PKH")
SURA = (1, 1, "SURA", "17-03-1970", "L", "Goa", "RT 001", "3", "Ya")
RATNA = (1, 2, "RATNA", "02-01-1972", "P", "Goa", "1", "3", "Ya")
WIRE = (2, 3, "WIRE", "05-05-1980", "L", "Air Suning", "3", "7", "Tidak")
PEOPLE = (SURA, RATNA, WIRE)
RT = list(RTS)


_BORN = {1: "170370", 2: "420172", 3: "050580"}


def nik_of(serial):
    """A NIK that tells the birth date and the sex of the person with that number."""
    return f"520701{_BORN[serial]}{serial:04d}"


@functools.cache
def xlsx(rows=PEOPLE, header=HEADER):
    """A file of people, as read."""
    return read_sheet_file(workbook(rows, header), name="data.xlsx")


def workbook(rows, header=HEADER):
    """A workbook with a title and a header; numbers of KK and NIK are made."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet("Data")
    sheet.write_row(0, 0, ["DAFTAR KELUARGA"])
    sheet.write_row(1, 0, header)
    for number, (kk, nik, *rest) in enumerate(rows, 2):
        told = [number_of(kk, "kk") if isinstance(kk, int) else kk]
        told += [nik_of(nik) if isinstance(nik, int) else nik]
        sheet.write_row(number, 0, [*told, *rest])
    book.close()
    return data.getvalue()


def changed(row, **values):
    names = dict(
        zip(("kk", "nik", "name", "born", "sex", "desa", "rt", "desil", "pkh"), row, strict=True)
    )
    return tuple((names | values).values())


def look(registry, rows=PEOPLE, choices=CHOICES, actor=COMMAND, **more):
    return examine(registry, actor, ON, xlsx(rows), choices, **more)


def take(registry, examination, actor=COMMAND, **more):
    return accept(registry, actor, ON, examination, "uji", **more)


def everything(registry):
    return {table.name: rows_of(registry, table) for table in t.VERSIONED if table is not t.users}


def told(counts):
    return {kind: n for kind, n in counts.items() if n}


# ── what is shown is what is stored ─────────────────────────────────────────────────────────────


def test_examining_stores_nothing_and_accepting_all(sample_places):
    before = everything(sample_places)
    examination = look(sample_places)
    assert everything(sample_places) == before
    assert told(examination.people) == {"new": 3}
    assert told(examination.households) == {"new": 2}
    assert examination.may_accept and not examination.problems
    receipt = take(sample_places, examination)
    assert (receipt.n_new, receipt.n_changed, receipt.n_unchanged) == (3, 0, 0)
    assert living_in(sample_places) == {RT[0]: ["RATNA", "SURA"], RT[2]: ["WIRE"]}
    people = rows_of(sample_places, t.residents)
    assert [p["birth_date"] for p in people] == [
        dt.date(1970, 3, 17),
        dt.date(1972, 1, 2),
        dt.date(1980, 5, 5),
    ]
    assert [e["dtsen_desil"] for e in rows_of(sample_places, t.evidence)] == [3, 7]
    assert len(rows_of(sample_places, t.enrolments)) == 1


def test_hostile_51_the_same_file_again_changes_nothing_and_says_so(sample_places):
    take(sample_places, look(sample_places))
    before = everything(sample_places)
    again = look(sample_places)
    assert told(again.people) == {"unchanged": 3}
    assert not again.may_accept
    assert again.already
    assert [note.key for note in again.notes] == ["intake_already"]
    receipt = take(sample_places, again)
    assert (receipt.batch_id, receipt.n_unchanged) == (None, 3)
    assert everything(sample_places) == before


def test_hostile_51_a_file_with_fewer_rows_deletes_nobody(sample_places):
    take(sample_places, look(sample_places))
    examination = look(sample_places, (WIRE,), Choices(as_of=dt.date(2026, 4, 1)))
    take(sample_places, examination)
    assert len(rows_of(sample_places, t.residents)) == 3
    assert living_in(sample_places)[RT[0]] == ["RATNA", "SURA"]


def test_the_batch_says_who_what_and_how_many_and_nothing_personal(sample_places):
    receipt = take(sample_places, look(sample_places))
    with sample_places.read(COMMAND, ON) as reading:
        batch = reading.visible(t.batches)
        (row,) = [r for r in reading.rows(batch.select()) if r["id"] == receipt.batch_id]
    assert (row["kind"], row["reason"], row["about"]["people"]["new"]) == ("import", "uji", 3)
    assert not re.search(r"\d{16}|SURA", str(row["about"]))


# ── problems ────────────────────────────────────────────────────────────────────────────────────


def test_every_problem_has_its_cell_and_its_household_waits(sample_places):
    rows = (changed(SURA, nik="12345"), RATNA, WIRE)
    examination = look(sample_places, rows)
    assert told(examination.people) == {"new": 1, "refused": 1, "waiting": 1}
    first, second = examination.problems
    assert (first.cell, first.key, first.severity) == ("B3", "id_length", "error")
    assert (second.cell, second.key, second.severity) == ("4:4", "household_waits", "warning")
    assert "baris 3" in second.text()
    take(sample_places, examination)
    assert living_in(sample_places) == {RT[2]: ["WIRE"]}


def test_no_message_repeats_a_name_or_a_number(sample_places):
    rows = (
        changed(SURA, kk="", rt="99"),
        changed(RATNA, nik="123456789012345X"),
        changed(WIRE, desa="Tidak Ada Desanya", born="32/13/2025"),
    )
    examination = look(sample_places, rows)
    assert len(examination.problems) >= 4
    text = " ".join(p.text(language) for p in examination.problems for language in ("id", "en"))
    assert not re.search(r"SURA|RATNA|WIRE|\d{9}", text)


def test_a_mended_file_is_taken(sample_places):
    take(sample_places, look(sample_places, (changed(SURA, rt="77"), RATNA, WIRE)))
    assert len(rows_of(sample_places, t.residents)) == 1
    examination = look(sample_places)
    assert told(examination.people) == {"new": 2, "unchanged": 1}
    take(sample_places, examination)
    assert len(rows_of(sample_places, t.residents)) == 3


def test_an_exact_copy_is_left_out_and_told(sample_places):
    examination = look(sample_places, (*PEOPLE, SURA))
    assert told(examination.people) == {"new": 3}
    assert examination.copies == [(5, 2)]
    assert [p.key for p in examination.problems] == ["copy"]


def test_a_question_waits_for_its_answer(sample_places):
    rows = (*PEOPLE, changed(SURA, kk=2, desa="Air Suning", rt="3", desil="7", pkh="Tidak"))
    examination = look(sample_places, rows)
    (question,) = examination.questions
    assert question.kind == "two_households"
    asked = [p for p in examination.problems if p.key == "ask_two_households"]
    assert [p.cell for p in asked] == ["B3", "B6"]
    assert "baris 3, 6" in asked[0].text() and "rows 3, 6" in asked[0].text("en")
    assert told(examination.people) == {"conflict": 2, "waiting": 2}
    assert not examination.may_accept
    answered = Choices(as_of=DAY, decisions={question.key: "row:2"})
    examination = look(sample_places, rows, answered)
    assert told(examination.people) == {"new": 3}
    take(sample_places, examination)
    assert living_in(sample_places) == {RT[0]: ["RATNA", "SURA"], RT[2]: ["WIRE"]}


def test_a_place_is_asked_with_its_candidates_and_taken_as_answered(sample_places):
    rows = tuple(changed(row, desa="Air Sunig") for row in (WIRE,))
    examination = look(sample_places, rows)
    (question,) = examination.places
    assert ("52.07.03.2002", "Air Suning") in question.candidates
    assert question.rows == [2]
    chosen = Choices(as_of=DAY, places={question.key: "52.07.03.2002"})
    assert told(look(sample_places, rows, chosen).people) == {"new": 1}


def test_two_columns_for_one_field_are_chosen_by_a_person(sample_places):
    header = (*HEADER, "Nama Lengkap Anggota")
    file = xlsx(((*SURA, "ISTRI"),), header)
    mapping = {"Nama Lengkap Anggota": "name"}
    examination = examine(sample_places, COMMAND, ON, file, Choices(as_of=DAY, mapping=mapping))
    take(sample_places, examination)
    assert rows_of(sample_places, t.residents)[0]["name"] == "ISTRI"
    learned = examine(sample_places, COMMAND, ON, file, CHOICES)
    assert learned.layout.columns.columns["name"] == 9


def test_the_day_of_the_file_cannot_lie_ahead(sample_places):
    with pytest.raises(IntakeError, match="2027-01-01"):
        look(sample_places, choices=Choices(as_of=dt.date(2027, 1, 1)))


# ── two at work, stopping, rights ───────────────────────────────────────────────────────────────


def test_what_changed_since_it_was_shown_is_not_overwritten(sample_places):
    take(sample_places, look(sample_places))
    examination = look(sample_places, (changed(WIRE, name="LALU WIRE"),))
    (person,) = [p for p in rows_of(sample_places, t.residents) if p["name"] == "WIRE"]
    with sample_places.write(COMMAND, ON, "form", "uji") as work:
        work.update(t.residents, person["id"], person["version"], name="BAIQ", name_key="BAIQ")
    before = everything(sample_places)
    with pytest.raises(IntakeError, match="registri berubah"):
        take(sample_places, examination)
    assert everything(sample_places) == before


def test_what_changed_elsewhere_does_not_matter(sample_places):
    take(sample_places, look(sample_places))
    examination = look(sample_places, (changed(WIRE, name="LALU WIRE"),))
    person = rows_of(sample_places, t.residents)[0]
    with sample_places.write(COMMAND, ON, "form", "uji") as work:
        work.update(t.residents, person["id"], person["version"], disability="fisik")
    assert take(sample_places, examination).n_changed == 1


def test_stopping_leaves_the_old_state(sample_places):
    examination = look(sample_places)
    before = everything(sample_places)
    seen = []
    with pytest.raises(Stopped):
        take(sample_places, examination, progress=seen.append, stop=lambda: len(seen) > 3)
    assert everything(sample_places) == before
    with pytest.raises(Stopped):
        look(sample_places, stop=lambda: True)
    take(sample_places, examination, progress=seen.append)
    assert seen[-1] == 1.0


def test_what_does_not_read_back_is_not_stored(sample_places, monkeypatch):
    from pbrt_geo.intake import storing

    examination = look(sample_places)
    insert = storing._insert

    def forgetful(work, table, rows, step):
        return insert(work, table, [r for r in rows if table is not t.evidence], step)

    monkeypatch.setattr(storing, "_insert", forgetful)
    with pytest.raises(IntakeError, match="tidak terbaca"):
        take(sample_places, examination)
    assert rows_of(sample_places, t.residents) == []


def test_who_may_not_import_does_not(sample_places):
    for actor in (PUBLIC, Actor("b", "bupati", "52.07"), Actor("o", "opd", "52.07")):
        with pytest.raises(NotAllowed):
            look(sample_places, actor=actor)


GOA = Actor("goa", "operator_desa", "52.07.01.2001")


def test_rows_outside_the_area_are_refused_one_by_one(sample_places):
    examination = look(sample_places, actor=GOA)
    assert told(examination.people) == {"new": 2, "refused": 1}
    (problem,) = examination.problems
    assert (problem.cell, problem.key) == ("G5", "outside_area")
    take(sample_places, examination, actor=GOA)
    assert living_in(sample_places) == {RT[0]: ["RATNA", "SURA"]}


def test_who_lives_elsewhere_is_refused_and_the_asking_is_recorded(sample_places):
    take(sample_places, look(sample_places))
    before = everything(sample_places)
    rows = (changed(WIRE, kk=9, desa="Goa", rt="1"),)
    examination = look(sample_places, rows, actor=GOA)
    assert [p.key for p in examination.problems] == ["nik_elsewhere"]
    assert not examination.may_accept
    with sample_places.read(COMMAND, ON) as reading:
        seen = list(reading.rows(reading.visible(t.sightings).select()))
    assert [(s["actor"], s["what"]) for s in seen] == [("goa", "import")]
    assert everything(sample_places) == before


def test_an_operator_of_one_desa_need_not_write_it(sample_places):
    rows = tuple(changed(row, desa="") for row in (SURA, RATNA))
    assert told(look(sample_places, rows, actor=GOA).people) == {"new": 2}
    assert [p.key for p in look(sample_places, rows).problems] == ["rt_missing", "household_waits"]
