"""The header is found where people put it, and names that occur twice are refused."""

from typing import Any

import pytest

from benchmarks.mutate_sheets import read_here
from intake.sheet_files import first, number, refused, xlsx
from pbrt_geo.intake.fields import known_headers
from pbrt_geo.intake.header import (
    Header,
    choose_sheet,
    data_rows,
    find_header,
    notes_on,
)
from pbrt_geo.intake.problems import CellProblem, IntakeError, letters
from pbrt_geo.read.sheets import Sheet, SheetFile

KNOWN = known_headers()


def sheet_of(text: str, merged: Any = (), name: str = "Data") -> Sheet:
    """Draw a sheet: a line for each row, columns separated by bars; `#` before a number."""
    rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines()]
    width = max(map(len, rows))
    cells = [[*row, *[""] * (width - len(row))] for row in rows]
    kinds = [["number" if c.startswith("#") else "text" if c else "" for c in r] for r in cells]
    return Sheet(name, [[c.lstrip("#") for c in r] for r in cells], kinds, merged=merged)


def file_of(*sheets: Sheet) -> SheetFile:
    return SheetFile("data.xlsx", "xlsx", "", sheets)


def error(act: Any) -> str:
    with pytest.raises(IntakeError) as caught:
        act()
    return caught.value.text()


def test_a_header_in_the_first_row() -> None:
    sheet = sheet_of("No|NIK|Nama\n#1|a|b\n||\n#2|c|d")
    header = find_header(sheet, KNOWN)
    assert header == Header(0, ("No", "NIK", "Nama"), 0)
    assert data_rows(sheet, header) == [1, 3]


def test_a_header_below_titles() -> None:
    sheet = sheet_of(
        "DATA PENDUDUK|\nDesa|Beru\n\nNo|NIK|Nama Lengkap\n#1|a|b", merged=((0, 0, 0, 2),)
    )
    assert find_header(sheet, KNOWN) == Header(3, ("No", "NIK", "Nama Lengkap"), 3)


def test_groups_above_the_names_are_put_before_names_that_occur_twice() -> None:
    sheet = sheet_of(
        "No|Kepala Keluarga||Pendamping||Alamat\n|NIK|Nama|NIK|Nama|RT\n#1|a|b|c|d|001",
        merged=((0, 1, 0, 2), (0, 3, 0, 4)),
    )
    names = (
        "No",
        "Kepala Keluarga / NIK",
        "Kepala Keluarga / Nama",
        "Pendamping / NIK",
        "Pendamping / Nama",
        "RT",
    )
    assert find_header(sheet, KNOWN) == Header(1, names, 0)


def test_names_in_the_row_below_for_some_columns() -> None:
    sheet = sheet_of("NIK|Nama|Alamat|\n|||RW\n||Jalan|RT\n", merged=((0, 2, 0, 3),))
    assert find_header(sheet, KNOWN).names == ("NIK", "Nama", "Alamat", "RW")
    sheet = sheet_of("No KK|NIK|Nama|Domisili|\n|||RT|RW\na|b|c|001|002", merged=((0, 3, 0, 4),))
    header = find_header(sheet, KNOWN)
    assert header == Header(1, ("No KK", "NIK", "Nama", "RT", "RW"), 0)
    assert data_rows(sheet, header) == [2]


def test_a_first_row_of_data_that_holds_the_words_of_a_header_is_data() -> None:
    sheet = sheet_of("NIK|Nama|Hubungan|RT\n1|a|Kepala Keluarga|001\n2|b|Anak|001")
    header = find_header(sheet, KNOWN)
    assert header == Header(0, ("NIK", "Nama", "Hubungan", "RT"), 0)
    assert data_rows(sheet, header) == [1, 2]


def test_numbered_columns_and_repeated_headers_are_no_data() -> None:
    sheet = sheet_of("NIK|Nama|RT\n(1)|(2)|(3)\na|b|001\nNIK|Nama|RT\n(1)|(2)|(3)\nc|d|002")
    header = find_header(sheet, KNOWN)
    assert header == Header(1, ("NIK", "Nama", "RT"), 0)
    assert data_rows(sheet, header) == [2, 5]
    numbers = sheet_of("NIK|Nama|RT\n#1|#2|#3\na|b|001")
    assert data_rows(numbers, find_header(numbers, KNOWN)) == [2]
    counted = sheet_of("NIK|Nama|RT\na|#2|#3\na|b|001")
    assert data_rows(counted, find_header(counted, KNOWN)) == [1, 2]


def test_headers_of_survey_programs() -> None:
    sheet = sheet_of("start|keluarga/nik|keluarga/nama|_index\nx|a|b|#1")
    assert find_header(sheet, KNOWN).row == 0


def test_line_breaks_and_marks_in_names() -> None:
    sheet = Sheet("S", [["NIK\n(16  digit)", "Na`ma"]], [["text", "text"]])
    assert find_header(sheet, {"nik", "na_ma"}).names == ("NIK (16 digit)", "Na'ma")


def test_no_header_is_told() -> None:
    text = error(lambda: find_header(sheet_of("a|b\nc|d\n"), KNOWN))
    assert text == (
        "Lembar `Data`: baris judul kolom tidak ditemukan di 2 baris pertama yang terisi. "
        "Yang diharapkan: satu baris dengan nama kolom seperti NIK, Nama, No. KK, Desa, RT. "
        "Tambahkan atau perbaiki baris itu, lalu kirim lagi."
    )
    assert "0 baris" in error(lambda: find_header(Sheet("Data", [], []), KNOWN))
    assert error(lambda: find_header(sheet_of("NIK|x\na|b"), KNOWN))  # one known name is chance


def test_hostile_42_titles_merged_headers_and_two_header_rows_in_a_file() -> None:
    table = [
        ["DATA RUMAH TANGGA MISKIN", "", "", ""],
        ["", "", "", ""],
        ["NIK", "Nama", "Alamat", ""],
        ["", "", "RT", "RW"],
        ["x", "y", "001", "002"],
    ]
    merged = "".join(f'<mergeCell ref="{ref}"/>' for ref in ("A1:D1", "A3:A4", "B3:B4", "C3:D3"))
    sheet = first(xlsx(table, after=f"<mergeCells>{merged}</mergeCells>"))
    header = find_header(sheet, KNOWN)
    assert header == Header(3, ("NIK", "Nama", "RT", "RW"), 2)
    assert data_rows(sheet, header) == [4]


def test_hostile_44_names_that_occur_twice_are_refused_with_their_cells() -> None:
    sheet = first(xlsx([["", ""], ["kode", "NIK", "Kode", "Nama"], ["1", "2", "3", "4"]]))
    assert error(lambda: find_header(sheet, KNOWN)) == (
        "Lembar `Data`: 1 nama kolom dipakai lebih dari sekali: `kode` (A2, C2). Ganti nama salah "
        "satunya agar jelas mana yang dibaca, lalu kirim lagi."
    )


def test_hostile_46_formulas_that_were_never_computed_are_named() -> None:
    formula = '<c r="@"><f>A1&amp;B1</f></c>'
    sheet = first(xlsx([["NIK", "Nama"], ["1", formula]]))
    assert sheet.kinds[1] == ["text", "formula_empty"]
    assert CellProblem(sheet.name, 1, 1, sheet.kinds[1][1]).line() == (
        "Lembar `Data`, sel B2: Hasil rumus tidak tersimpan dalam berkas. "
        "Buka dan simpan dahulu di Excel, lalu kirim lagi."
    )


def test_hostile_46_placeholders_of_programs_that_compute_nothing_do_not_count() -> None:
    table = [["a", '<c r="@"><f>1+1</f><v>0</v></c>', number(5)]]
    written = read_here(xlsx(table, settings='<calcPr calcId="1" fullCalcOnLoad="1"/>'))
    assert written.sheets[0].kinds == [["text", "formula_empty", "number"]]
    assert written.sheets[0].cells == [["a", "", "5"]]
    assert read_here(xlsx(table)).sheets[0].cells == [["a", "0", "5"]]


def test_the_sheet_that_fits_is_chosen() -> None:
    people, notes = sheet_of("NIK|Nama\na|b", name="Orang"), sheet_of("x|y", name="Catatan")
    empty = Sheet("Kosong", [], [])
    hidden = Sheet("Lama", people.cells, people.kinds, hidden=True)
    assert choose_sheet(file_of(notes, empty, hidden, people), KNOWN)[0] is people
    assert choose_sheet(file_of(people, hidden), KNOWN, "Lama")[0] is hidden
    assert "di Excel: `Lama`. " in error(lambda: choose_sheet(file_of(hidden, empty), KNOWN))
    both = file_of(people, Sheet("Lain", people.cells, people.kinds))
    assert "`Orang`, `Lain`" in error(lambda: choose_sheet(both, KNOWN))
    assert "`Orang`" in error(lambda: choose_sheet(file_of(people), KNOWN, "Tiada"))
    lines = error(lambda: choose_sheet(file_of(notes, notes), KNOWN)).splitlines()
    assert len(lines) == 2


def test_what_a_person_should_know_of_the_reading() -> None:
    sheet = Sheet("S", [["a"]], [["text"]], n_hidden_rows=3, n_hidden_columns=1)
    file = SheetFile("x.csv", "csv", "", (sheet,), {}, {"encoding": "cp1252"})
    notes = notes_on(file, sheet)
    assert [(n.key, n.severity) for n in notes] == [
        ("sheet_hidden_rows", "note"),
        ("sheet_hidden_columns", "note"),
        ("csv_guessed_encoding", "note"),
    ]
    assert "3 baris disembunyikan" in notes[0].text()
    assert all(note.text("en") for note in notes)
    assert notes_on(file_of(sheet_of("a")), sheet_of("a")) == []


def test_places_of_problems() -> None:
    names = [letters(i) for i in range(16_384)]
    assert (names[0], names[25], names[26], names[701], names[702]) == ("A", "Z", "AA", "ZZ", "AAA")
    assert (names[-1], len(set(names))) == ("XFD", 16_384)
    row = CellProblem("Data", 11_999, None, "formula_empty")
    assert row.cell == "12000:12000"
    assert row.where() == "Lembar `Data`, baris 12000"
    assert CellProblem("Data", 6, 2, "x").where("en") == "Sheet `Data`, cell C7"


def test_a_file_without_anything_is_refused() -> None:
    refused(xlsx([[""], []]), "sheet_no_cells")
