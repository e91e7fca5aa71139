"""`pbrt registry import`: examines by default, stores with --accept, says what it did."""

import argparse
import datetime as dt

import pytest
from registry.registries import ON, RTS, fill_places

from intake.people_files import living_in, rows_of
from intake.test_doctor import PEOPLE, WIRE, changed, workbook
from pbrt_geo.commands import intake
from pbrt_geo.intake.doctor import Choices, examine
from pbrt_geo.read.sheets import read_sheet_file
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry

RT = list(RTS)


@pytest.fixture
def run(sqlite_template, tmp_path, capsys):
    where = tmp_path / "registry.db"
    where.write_bytes(sqlite_template.read_bytes())
    registry = Registry.open(where)
    fill_places(registry)

    def run(rows, *arguments):
        file = tmp_path / "data.xlsx"
        file.write_bytes(workbook(rows))
        parser = argparse.ArgumentParser()
        parser.add_argument("--lang", default="id")
        intake.declare(parser.add_subparsers())
        told = ["import", str(file), "--registry", str(where), "--date", "2026-03-01"]
        options = parser.parse_args([*told, *arguments])
        return options.run(options), capsys.readouterr().out

    run.registry, run.folder = registry, tmp_path
    yield run
    registry.close()


def test_it_examines_and_stores_nothing(run):
    code, out = run(PEOPLE)
    assert code == 0
    assert "Keluarga: Baru 2" in out and "Orang: Baru 3" in out
    assert "tidak ada yang tersimpan" in out
    assert rows_of(run.registry, t.residents) == []


def test_it_stores_when_asked_to(run):
    code, out = run(PEOPLE, "--accept")
    assert code == 0
    assert "3 orang baru, 0 berubah, 0 sama" in out
    assert living_in(run.registry) == {RT[0]: ["RATNA", "SURA"], RT[2]: ["WIRE"]}
    _, out = run(PEOPLE, "--accept")
    assert "Tidak ada yang perlu disimpan" in out


def test_problems_are_told_and_marked_in_a_file_that_can_be_sent_again(run):
    marked = run.folder / "marked.xlsx"
    code, out = run((changed(WIRE, desa="Air Sunig"),), "--marked", str(marked))
    assert code == 1
    assert "sel F3" in out and "Air Suning (52.07.03.2002)" in out
    assert "WIRE" not in out
    file = read_sheet_file(marked)
    assert len(file.sheets) == 2
    again = examine(run.registry, COMMAND, ON, file, Choices(as_of=dt.date(2026, 3, 1)))
    assert again.layout.sheet == "Data"
    assert [problem.key for problem in again.problems] == ["desa_unknown"]


def test_places_columns_and_questions_are_answered_on_the_command_line(run):
    rows = (changed(WIRE, desa="Air Sunig"),)
    _, out = run(rows)
    key = out.split('--place "')[1].split("=")[0]
    code, out = run(rows, "--place", f"{key}=52.07.03.2002", "--column", "Desil=", "--accept")
    assert code == 0
    assert "H Desil → dilewati" in out
    assert living_in(run.registry) == {RT[2]: ["WIRE"]}
    assert [e["dtsen_desil"] for e in rows_of(run.registry, t.evidence)] == []
    text = (changed(WIRE, name="HASAN", born="06-06-1990"),)
    _, out = run(text)
    assert "--decide other_person=file|registry|leave" in out
    run(text, "--decide", "other_person=file", "--accept")
    assert rows_of(run.registry, t.residents)[0]["birth_date"] == dt.date(1990, 6, 6)
