"""The file that comes back: every cell as it was, every problem in front and in its place."""

import io
import re
import zipfile
from xml.etree import ElementTree as ET

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from registry.registries import ON, RTS

from pbrt_geo.intake import marked
from pbrt_geo.intake.doctor import examine
from pbrt_geo.intake.fields import known_headers
from pbrt_geo.intake.header import choose_sheet
from pbrt_geo.intake.marked import marked_file
from pbrt_geo.intake.problems import CellProblem
from pbrt_geo.read.sheets import Sheet, SheetFile, read_sheet_file
from pbrt_geo.registry.rights import COMMAND

HEADERS = ["Nama", "NIK", "No. KK", "Tanggal Lahir", "Pengeluaran"]


def sheet_of(*rows, name="Data", hidden=False):
    """A sheet from rows of texts, or of (text, kind)."""
    pairs = [[cell if isinstance(cell, tuple) else (cell, "text" if cell else "") for cell in row]
             for row in rows]  # fmt: skip
    return Sheet(
        name,
        [[text for text, _ in row] for row in pairs],
        [[kind for _, kind in row] for row in pairs],
        hidden,
    )


def file_of(*sheets):
    return SheetFile("warga.xlsx", "xlsx", "0" * 64, tuple(sheets))


def at(row, column, severity="error", sheet="Data"):
    return CellProblem(sheet, row, column, "formula_empty", {}, severity)


def again(data):
    """What is read when the marked file is sent."""
    return read_sheet_file(data, name="warga-masalah.xlsx")


def xml_of(data, member):
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return ET.fromstring(book.read(member))


# ── every cell as it was ────────────────────────────────────────────────────────────────────────

NIK = "".join(str(n % 10) for n in range(1, 17))
PAPUA = "91710101" + "01010001"
"""Beyond 2^53, where a float damages it."""
DAMAGED = "52070101" + "01010000"

CELLS = [
    ("Ma'ruf", "text"),
    (NIK, "text"),
    ("0012", "text"),
    ("1.500", "text"),
    ("=1+1", "text"),
    ("@SUM(A1)", "text"),
    ("http://contoh.example", "text"),
    (" spasi ", "text"),
    ("baris\nbaru", "text"),
    ("TRUE", "text"),
    ("#N/A", "text"),
    ("_x0041_", "text"),
    ("12.5", "number"),
    ("1.125", "number"),
    ("0.1", "number"),
    ("-3", "number"),
    ("1500000", "number"),
    (NIK, "number"),
    (PAPUA, "number"),
    (DAMAGED, "number"),
    ("007", "number"),
    ("2008-02-01", "date"),
    ("2008-02-01 13:45:00", "date"),
    ("13:45:00", "date"),
    ("TRUE", "bool"),
    ("FALSE", "bool"),
    ("#DIV/0!", "error"),
    ("", ""),
]


@pytest.mark.parametrize("large", [False, True], ids=["in memory", "large"])
def test_every_cell_is_read_again_as_it_was(monkeypatch, large):
    """Were a number to become text, a NIK that Excel damaged would look sound."""
    if large:
        monkeypatch.setattr(marked, "_IN_MEMORY_CELLS", 1)
    width = 7
    rows = [CELLS[start : start + width] for start in range(0, len(CELLS), width)]
    sheet = sheet_of(*rows)
    problems = [at(1, column) for column in range(width)] + [at(2, None)]
    back = again(marked_file(file_of(sheet), problems)).sheets[1]
    assert back.cells == sheet.cells
    assert back.kinds == sheet.kinds


@pytest.mark.parametrize(
    "cell",
    [
        (NIK + "7", "number"),  # more digits than a workbook keeps
        ("1900-02-29", "date"),  # in Excel only
        ("1899-12-31", "date"),
        ("24:00:00", "date"),
        ("x", "number"),
    ],
)
def test_what_a_workbook_cannot_store_alike_comes_back_as_text(cell):
    back = again(marked_file(file_of(sheet_of(["Nama"], [cell])), [])).sheets[1]
    assert (back.cells[1], back.kinds[1]) == ([cell[0]], ["text"])


def test_a_formula_without_a_result_stays_unreadable():
    sheet = sheet_of(["Nama", "NIK"], ["x", ("", "formula_empty")])
    back = again(marked_file(file_of(sheet), [at(1, 1)])).sheets[1]
    assert (back.cells[1][1], back.kinds[1][1]) == ("#N/A", "error"), "never an empty cell"


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), max_size=20)
SENT = st.one_of(
    TEXTS.map(lambda text: (text, "text" if text else "")),
    st.integers(-(10**15), 10**15).map(lambda n: (str(n), "number")),
    st.dates(marked._FIRST_DAY).map(lambda day: (day.isoformat(), "date")),
    st.booleans().map(lambda yes: (str(yes).upper(), "bool")),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(SENT, min_size=4, max_size=4), min_size=1, max_size=12), st.data())
def test_any_cells_are_read_again_as_they_were(rows, data):
    sheet = sheet_of(["Nama", "NIK", "Alamat", "Catatan"], *rows)
    places = st.tuples(st.integers(0, len(rows)), st.one_of(st.none(), st.integers(0, 3)))
    problems = [at(*place) for place in data.draw(st.lists(places, max_size=6))]
    back = again(marked_file(file_of(sheet), problems)).sheets[1]
    n_rows = len(back.cells)  # rows at the end that hold nothing are not told again
    assert back.cells == sheet.cells[:n_rows]
    assert back.kinds == sheet.kinds[:n_rows]
    assert not any(any(kinds) for kinds in sheet.kinds[n_rows:])


def test_hostile_28_nothing_becomes_a_formula_or_an_address():
    sheet = sheet_of(["=1+1", "=cmd|' /C calc'!A0", "https://contoh.example", "+62", "{=1}"])
    data = marked_file(file_of(sheet), [at(0, 0)])
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        for name in book.namelist():
            text = book.read(name).decode()
            assert "<f>" not in text and "<f " not in text, name
            assert not re.search(r'TargetMode="External"', text), name


# ── problems in front, and where they are ───────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def messy():
    sheet = sheet_of(
        HEADERS,
        ["Barulan Talonara", (DAMAGED, "number"), NIK, "31/02/1990", "1.500"],
        ["Amirinda Wanasari", NIK, "", "1990-02-11", ("", "formula_empty")],
    )
    problems = [
        at(1, 1),
        CellProblem("Data", 1, 3, "error_value", {"read": "#N/A"}, "warning"),
        at(2, 4),
        at(2, 4, "note"),
        at(2, None, "note"),
    ]
    return marked_file(file_of(sheet), problems)


def test_the_first_sheet_lists_every_problem(messy):
    first = again(messy).sheets[0]
    assert first.name == "Masalah"
    assert first.cells[1][0] == "Berkas warga.xlsx: 2 kesalahan, 1 peringatan, 2 catatan."
    assert first.cells[4][:3] == ["Lembar", "Sel", "Tingkat"]
    empty = (
        "Hasil rumus tidak tersimpan dalam berkas. "
        "Buka dan simpan dahulu di Excel, lalu kirim lagi."
    )
    error = (
        "Sel ini berisi galat Excel (#N/A), bukan nilai. Perbaiki rumusnya atau isikan nilainya."
    )
    assert first.cells[5:] == [
        ["Data", "B2", "Kesalahan", empty],
        ["Data", "D2", "Peringatan", error],
        ["Data", "E3", "Kesalahan", empty],
        ["Data", "E3", "Catatan", empty],
        ["Data", "3:3", "Catatan", empty],
    ]


def test_cells_have_comments_and_colours(messy):
    namespace = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    comments = {
        comment.get("ref"): "".join(comment.itertext())
        for comment in xml_of(messy, "xl/comments1.xml").iter(f"{namespace}comment")
    }
    assert set(comments) == {"B2", "D2", "E3", "A3"}
    assert comments["E3"].startswith("Kesalahan: Hasil rumus")
    assert "\n\nCatatan: Hasil rumus" in comments["E3"]
    cells = {c.get("r"): c.get("s") for c in xml_of(messy, "xl/worksheets/sheet2.xml").iter(
        f"{namespace}c")}  # fmt: skip
    plain = cells["A1"]
    assert plain is None
    assert cells["B2"] and cells["D2"] and cells["B2"] != cells["D2"], "error, warning"
    assert cells["E3"] == cells["B2"], "the worst of a cell decides"
    assert cells["A3"] == cells["C3"], "a problem of the row colours all of it, empty cells too"


def test_the_list_leads_to_the_cells(messy):
    namespace = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    links = xml_of(messy, "xl/worksheets/sheet1.xml").iter(f"{namespace}hyperlink")
    assert [link.get("location") for link in links] == [
        *("'Data'!B2", "'Data'!D2", "'Data'!E3", "'Data'!E3", "'Data'!A3")
    ]


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_mended_file_can_be_imported_again(messy, language):
    """The list is not taken for data, and not carried along the next time."""
    file = again(messy)
    sheet, header = choose_sheet(file, known_headers())
    assert (sheet.name, list(header.names)) == ("Data", HEADERS)
    once_more = again(marked_file(file, [at(1, 1)], language))
    assert [s.name for s in once_more.sheets] == [
        {"id": "Masalah", "en": "Problems"}[language],
        "Data",
    ]
    assert once_more.sheets[1].cells[1:3] == file.sheets[1].cells[1:3]


def test_a_file_without_problems_says_so():
    first = again(marked_file(file_of(sheet_of(HEADERS)), [])).sheets[0]
    assert first.cells[1][0] == "Berkas warga.xlsx: 0 kesalahan, 0 peringatan, 0 catatan."


def test_a_sheet_that_is_only_called_like_the_list_is_kept():
    data = marked_file(file_of(sheet_of(HEADERS, name="Masalah")), [at(0, 1, sheet="Masalah")])
    assert [s.name for s in again(data).sheets] == ["Masalah", "Masalah (2)"]
    assert again(data).sheets[0].cells[5][0] == "Masalah"


def test_sheet_names_that_excel_refuses_are_changed_and_links_follow():
    names = ["a/b[c]:d*?\\", "A/B_C__D___", "'kutip'", "x" * 40, "x" * 41]
    sheets = [sheet_of(["satu"], name=name) for name in names]
    data = marked_file(file_of(*sheets), [at(0, 0, sheet=name) for name in names])
    found = [sheet.name for sheet in again(data).sheets[1:]]
    assert found == [
        *("a_b_c__d___", "A_B_C__D___ (2)", "kutip", "x" * 31, "x" * 27 + " (2)"),
    ]


def test_hidden_sheets_stay_hidden():
    """Else the file would have two sheets that fit, and be asked about."""
    hidden = sheet_of(HEADERS, name="Lama", hidden=True)
    back = again(marked_file(file_of(sheet_of(HEADERS), hidden), []))
    assert [sheet.hidden for sheet in back.sheets] == [False, False, True]


def test_more_problems_than_excel_bears(monkeypatch):
    monkeypatch.setattr(marked, "MOST_COMMENTS", 2)
    monkeypatch.setattr(marked, "MOST_LISTED", 3)
    monkeypatch.setattr(marked, "MOST_LINKS", 1)
    sheet = sheet_of(HEADERS, *[["x"] * 5] * 5)
    data = marked_file(file_of(sheet), [at(row, 0) for row in range(1, 6)])
    first = again(data).sheets[0]
    assert first.cells[1][0] == "Berkas warga.xlsx: 5 kesalahan, 0 peringatan, 0 catatan."
    assert [row[1] for row in first.cells[5:]] == ["A2", "A3", "A4", ""]
    assert first.cells[-1][0] == (
        "… dan 2 lagi, yang selnya diwarnai di lembarnya. Perbaiki dahulu yang terdaftar di sini, "
        "lalu impor lagi."
    )
    assert xml_of(data, "xl/comments1.xml") is not None
    namespace = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert len([*xml_of(data, "xl/comments1.xml").iter(f"{namespace}comment")]) == 2
    styles = {c.get("r"): c.get("s") for c in xml_of(data, "xl/worksheets/sheet2.xml").iter(
        f"{namespace}c")}  # fmt: skip
    assert styles["A6"] == styles["A2"]


def test_a_real_workbook_there_and_back():
    """Not only what we made: a workbook of another hand, marked, is read as it was."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        target = book.add_worksheet("Warga")
        target.write_row(0, 0, HEADERS)
        target.write_row(1, 0, ["Barulan", int(NIK), NIK, "1/2/1990", 1234.5])
        target.merge_range(2, 0, 3, 0, "Amirinda")
        target.write_string(3, 1, NIK)
    before = read_sheet_file(out.getvalue(), name="a.xlsx").sheets[0]
    problems = [at(1, 1, sheet="Warga")]
    after = again(marked_file(file_of(before), problems)).sheets[1]
    assert (after.cells, after.kinds) == (before.cells, before.kinds)


def test_marking_mends_nothing_by_itself(sample_places):
    """Sent again untouched, the file has the same problems in the same cells, of the same rows."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        target = book.add_worksheet("Warga")
        target.write_row(0, 0, ["Kode RT", "Nama Lengkap", "NIK", "Tanggal Lahir", "Luas Lantai"])
        rt_id = next(iter(RTS))
        target.write_row(1, 0, [rt_id, "Barulan Talonara", int(DAMAGED), "31/02/1990", 36])
        target.write_row(2, 0, [rt_id, "Amirinda Wanasari", "", "11-02-1990", "enam"])
        target.write_row(3, 0, [rt_id, "Sarindani Rarakanda", "", 32915, 1.125])
    file = read_sheet_file(out.getvalue(), name="warga.xlsx")
    problems = examine(sample_places, COMMAND, ON, file).problems
    told = [(problem.sheet, problem.cell, problem.key) for problem in problems]
    assert {cell for _, cell, _ in told} >= {"C2", "D2", "E3"}
    found = examine(sample_places, COMMAND, ON, again(marked_file(file, problems))).problems
    assert [(problem.sheet, problem.cell, problem.key) for problem in found] == told
