"""Tables are read cell by cell, each as a person would copy it."""

import datetime as dt
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

import pbrt_geo
from benchmarks.mutate_sheets import read_here
from intake.sheet_files import (
    MAIN,
    cells,
    first,
    nik,
    number,
    parts_of,
    rows_xml,
    sheet_xml,
    xlsx,
    zipped,
)
from pbrt_geo.read.formats import form_of_code
from pbrt_geo.read.meaning import day_of, digits
from pbrt_geo.read.sheets import read_sheet_file


def written(fill: Any, **options: Any) -> bytes:
    """Return a workbook by XlsxWriter."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True} | options) as book:
        fill(book)
    return file.getvalue()


# ── what a cell is ──────────────────────────────────────────────────────────────────────────────


def test_each_kind_of_cell() -> None:
    table = [
        ["teks", number(12), number("1.5"), number(45689, 1), number(7, 2)],
        [
            '<c r="@" t="b"><v>1</v></c>',
            '<c r="@" t="e"><v>#N/A</v></c>',
            '<c r="@"><f>A1</f></c>',
            '<c r="@" t="str"><f>A1</f><v>x &amp; y</v></c>',
            '<c r="@" s="1"/>',
        ],
    ]
    sheet = first(xlsx(table, formats=["dd/mm/yyyy", "000"]))
    assert sheet.cells == [
        ["teks", "12", "1.5", "2025-02-01", "007"],
        ["TRUE", "#N/A", "", "x & y", ""],
    ]
    assert sheet.kinds == [
        ["text", "number", "number", "date", "number"],
        ["bool", "error", "formula_empty", "text", ""],
    ]


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0.0", "0"),
        ("12.50", "12.50"),
        ("-3", "-3"),
        ("1E3", "1000"),
        ("1.5E-3", "0.0015"),
        ("5.20701010101E+15", str(5_207_010_101_010_000)),
        (repr(1.15 - 2**-52), "1.15"),  # what Excel stores for 1.15
        (repr(0.1 + 0.2), "0.3"),
    ],
)
def test_numbers_are_written_from_their_digits(stored: str, text: str) -> None:
    assert digits(stored) == text


@given(st.integers(0, 10**18))
def test_a_whole_number_keeps_every_digit(value: int) -> None:
    assert digits(str(value)) == str(value)


@given(st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 31)), st.integers(1, 86_399))
def test_days_come_back_from_their_numbers(day: dt.date, seconds: int) -> None:
    serial = (day - dt.date(1899, 12, 30)).days
    assert day_of(serial, "date", False) == day.isoformat()
    clock = str(dt.timedelta(seconds=seconds)).zfill(8)
    assert day_of(serial + seconds / 86_400, "date", False) == f"{day} {clock}"
    if day.year > 1904:
        assert day_of(serial - 1462, "date", True) == day.isoformat()


def test_days_that_never_were() -> None:
    assert day_of(60, "date", False) == ""  # Excel's 29 February 1900
    assert day_of(59, "date", False) == "1900-02-28"
    assert day_of(1, "date", False) == "1900-01-01"
    assert day_of(-1, "date", False) == day_of(2_958_466, "date", False) == ""
    assert day_of(0.5, "time", False) == "12:00:00"


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("General", ""),
        ("0.00", ""),
        ("000", "000"),
        ("[$-421]dd mmmm yyyy;@", "date"),
        ("[$-F800]dddd, mmmm dd, yyyy", "date"),
        ("mmm", "date"),
        ("h:mm:ss AM/PM", "time"),
        ("[h]:mm", ""),
        ('"Rp" #,##0', ""),
        ('0 "hari"', ""),
        (r"0\d", ""),
        ("[Red]0.0", ""),
        ("_-* #,##0_-", ""),
        ("@", ""),
    ],
)
def test_formats_that_make_a_number_a_day(code: str, form: str) -> None:
    assert form_of_code(code) == form


def test_days_in_a_workbook_that_counts_from_1904() -> None:
    data = xlsx([["a", number(0.5, 1), number(100, 1)]], formats=["14"])
    since_1904 = xlsx(
        [["a", number(0.5, 1), number(100, 1)]],
        formats=["14"],
        settings='<workbookPr date1904="1"/>',
    )
    assert cells(data) == [["a", "0.5", "1900-04-09"]]
    assert cells(since_1904) == [["a", "0.5", "1904-04-10"]]


def test_shared_strings_with_fonts_and_readings() -> None:
    shared = [
        "plain",
        "<si><r><t>two </t></r><r><rPr><b/></rPr><t>fonts</t></r></si>",
        "<si><t>kanji</t><rPh sb='0' eb='1'><t>reading</t></rPh></si>",
        "line_x000A_break and _x005F_x000A_",
        "<si/>",
    ]
    row = [f'<c r="@" t="s"><v>{i}</v></c>' for i in range(5)] + ["end"]
    assert cells(xlsx([row], shared=shared)) == [
        ["plain", "two fonts", "kanji", "line\nbreak and _x000A_", "", "end"]
    ]


def test_the_same_as_another_reader_reads() -> None:
    day = dt.date(2008, 2, 1)

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Data")
        dated = book.add_format({"num_format": "dd/mm/yyyy"})
        for i in range(200):
            sheet.write_row(i, 1, [f"nama {i % 7} é & <b>", i / 8, i])
            sheet.write_datetime(i, 5, dt.datetime.combine(day, dt.time()), dated)
            sheet.write_boolean(i, 6, i % 2 == 0)
            if i % 3:
                sheet.write_string(i, 7, nik(i))

    for options in ({}, {"constant_memory": True}):
        data = written(fill, **options)
        other = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
        expected = [list(map(_shown, row)) for row in other.to_python(skip_empty_area=False)]
        assert cells(data) == expected


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:g}" if isinstance(value, float) else str(value)


# ── two ways through one sheet ──────────────────────────────────────────────────────────────────

TABLE = [
    ["Nama & <kode>", number(1), '<c r="@" t="b"><v>0</v></c>'],
    ["", number("91715E+3"), ""],
    [],
    ["x", "", '<c r="@"><f>1+1</f><v>2</v></c>'],
]


def variants() -> dict[str, bytes]:
    """Return one sheet as different programs would write it."""
    plain = sheet_xml(rows_xml(TABLE))
    xml = {
        "plain": plain,
        "prefixed": _prefixed(plain),
        "spaced": plain.replace("><", ">\n  <"),
        "commented": plain.replace("<sheetData>", "<!-- <sheetData></sheetData> --><sheetData>"),
        "quoted": plain.replace('r="A1"', "r='A1'"),
        "strict": plain.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"),
        "turned": plain.replace('<c r="A1" t="inlineStr">', '<c t="inlineStr" r="A1">'),
        "unplaced": plain.replace(' r="A1"', "").replace('<row r="1">', "<row>"),
        "more": plain.replace('<row r="1">', '<row r="1" spans="1:3" customHeight="1">'),
    }
    return {name: zipped(parts_of({"Data": text})) for name, text in xml.items()}


def _prefixed(xml: str) -> str:
    for name in ("worksheet", "sheetData", "row", "c", "v", "f", "is", "t"):
        for end in (" ", ">", "/>"):
            xml = xml.replace(f"<{name}{end}", f"<x:{name}{end}")
        xml = xml.replace(f"</{name}>", f"</x:{name}>")
    return xml.replace("xmlns=", "xmlns:x=")


def test_all_ways_of_writing_a_sheet_read_alike() -> None:
    read = {name: read_here(data).sheets[0] for name, data in variants().items()}
    assert len(set(variants().values())) == len(read), "a variant changes nothing"
    for name, sheet in read.items():
        assert sheet.cells == read["plain"].cells, name
        assert sheet.kinds == read["plain"].kinds, name
    assert read["plain"].cells == [
        ["Nama & <kode>", "1", "FALSE"],
        ["", "91715000", ""],
        ["", "", ""],
        ["x", "", "2"],
    ]


texts = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12)


@given(st.lists(st.lists(texts, min_size=1, max_size=6), min_size=1, max_size=6))
def test_what_is_written_is_read(table: list[list[str]]) -> None:
    table = [[text.replace("_x", "") for text in row] for row in table]
    table[0][0] = "x" + table[0][0].strip("<")

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        for i, row in enumerate(table):
            for j, text in enumerate(row):
                sheet.write_string(i, j, text)

    read = read_here(written(fill)).sheets[0].cells
    width, height = len(read[0]), len(read)
    full = [[*row, *[""] * 6][:6] for row in table]
    assert [[*row, *[""] * (6 - width)] for row in read] == full[:height]
    assert not any(any(row) for row in full[height:])


# ── sheets ──────────────────────────────────────────────────────────────────────────────────────


def test_several_sheets_hidden_ones_charts_and_names() -> None:
    empty, filled = sheet_xml(""), sheet_xml(rows_xml([["", "a"], [], ["b"]]))
    parts = parts_of(
        {"Kosong": empty, "Is`i": filled, "Is<i": filled}, states={"Is<i": "veryHidden"}
    )
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        "</sheets>", '<sheet name="Grafik" sheetId="9" r:id="rId9"/></sheets>'
    )
    links = "xl/_rels/workbook.xml.rels"
    chart = '<Relationship Id="rId9" Type="x/chartsheet" Target="chartsheets/sheet1.xml"/>'
    parts[links] = parts[links].replace("</Relationships>", chart + "</Relationships>")
    file = read_sheet_file(zipped(parts), name="../../data.xlsx")
    assert [(s.name, s.hidden, s.n_rows, s.n_columns) for s in file.sheets] == [
        ("Kosong", False, 0, 0),
        ("Isi", False, 3, 2),
        ("Isi (2)", True, 3, 2),
    ]
    assert (file.name, file.kind, len(file.content_hash)) == ("data.xlsx", "xlsx", 64)
    assert set(file.walls) == {"network", "resources", "files", "python"}
    assert all(file.walls.values()) or sys.platform != "linux"


def test_a_value_merged_over_rows_stands_in_each() -> None:
    table = [["KK", "Nama"], ["1", "A"], ["", "B"], ["", "C"], ["2", "D"]]
    merged = '<mergeCells><mergeCell ref="A2:A4"/><mergeCell ref="A9:B9"/></mergeCells>'
    sheet = first(xlsx(table, after=merged))
    assert [row[0] for row in sheet.cells] == ["KK", "1", "1", "1", "2"]
    assert sheet.kinds[3] == ["text", "text"]
    assert sheet.merged == ((1, 0, 3, 0), (8, 0, 8, 1))


def test_what_excel_hides_is_read_and_counted() -> None:
    data = xlsx(
        [["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"]],
        before='<cols><col min="2" max="500" width="9" hidden="1"/></cols>',
    )
    parts = sheet_xml(
        rows_xml([["a", "b"], ["1", "2"], ["3", "4"]]).replace('"2">', '"2" hidden="1">', 1)
    )
    assert first(data).n_hidden_columns == 2
    sheet = first(zipped(parts_of({"Data": parts})))
    assert (sheet.n_hidden_rows, sheet.n_hidden_columns, sheet.n_rows) == (1, 0, 3)


def test_a_path_is_read_as_its_bytes_are(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(xlsx([["a", "b"]]))
    by_path, by_bytes = read_sheet_file(path), read_sheet_file(path.read_bytes(), name="data.csv")
    assert by_path == by_bytes
    assert by_path.kind == "xlsx"


# ── separated values ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "separator", "second"),
    [
        ("nama,luas\nA,1.5\n", ",", ["A", "1.5"]),
        ("nama;luas\nA;1,5\nB;2,5\n", ";", ["A", "1,5"]),
        ("Data, Desa X\nnama;luas;n\nA;1,5;2\nB;2,5;3\n", ";", ["nama", "luas", "n"]),
        ("nama\tluas\nA\t1,5\n", "\t", ["A", "1,5"]),
        ("nama|luas\nA|1\n", "|", ["A", "1"]),
        ("sep=;\r\nnama;luas\r\nA;1\r\n", ";", ["A", "1"]),
        ("nama,luas\rA,1\r", ",", ["A", "1"]),
        ('nama,alamat\nA,"Jl. X\nRT 1"\n', ",", ["A", "Jl. X\nRT 1"]),
        ('nama,alamat\nA,"5"" pipa"\n', ",", ["A", '5" pipa']),
        ('nama,alamat\nA,5" pipa\n', ",", ["A", '5" pipa']),
        ("nama,luas\n\nA,1\n", ",", ["", ""]),
    ],
)
def test_separators_quotes_and_line_ends(text: str, separator: str, second: list[str]) -> None:
    file = read_here(text.encode())
    assert file.found["separator"] == separator
    assert file.sheets[0].cells[1] == [
        *second,
        *[""] * (file.sheets[0].n_columns - len(second)),
    ]


def test_a_line_that_tells_another_separator_is_a_line_like_others() -> None:
    assert read_here(b'sep="\na,b\n1,2\n').sheets[0].cells[0] == ['sep="', ""]


def test_the_readers_load_only_what_they_need() -> None:
    code = (
        "import sys, types; p = types.ModuleType('pbrt_geo'); p.__path__ = [sys.argv[1]]; "
        "sys.modules['pbrt_geo'] = p; import pbrt_geo.read.workbook, pbrt_geo.read.delimited; "
        "print(*sys.modules)"
    )
    told = [sys.executable, "-I", "-c", code, str(Path(pbrt_geo.__file__).parent)]
    loaded = subprocess.run(told, capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert not {"pandas", "shapely", "sqlalchemy", "pbrt_geo.errors", "ssl"} & set(loaded)


def test_kinds_of_separated_values() -> None:
    file = read_sheet_file(b"a,b\n1,\n", name="x.csv")
    assert file.kind == "csv"
    assert file.sheets[0].name == "CSV"
    assert file.sheets[0].kinds == [["text", "text"], ["text", ""]]
