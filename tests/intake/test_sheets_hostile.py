"""Tables that attack, mislead or are broken: read exactly, or refused in one clear sentence.

The numbers are those of the catalogue of hostile inputs: A files that attack the server, C tables
from the field, 58 what is no table at all. What a value means (a damaged NIK, a shortened code) is
judged where columns are understood; here it must come through as it is in the file.
"""

import io
import struct
import sys
import time
import zipfile
from pathlib import Path

import pytest

from benchmarks.mutate_sheets import read_here
from intake.sheet_files import (
    SECRET,
    cells,
    first,
    nik,
    number,
    parts_of,
    refused,
    rows_xml,
    sheet_xml,
    xlsx,
    zipped,
)
from pbrt_geo.errors import FileRefused
from pbrt_geo.read.limits import Limits, Refused
from pbrt_geo.read.sheets import read_sheet_file

DATA = [["NIK", "Nama", "RT"], [nik(1), "A", "001"], [nik(2), "B", "002"]]
TABLE = {"Data": sheet_xml(rows_xml(DATA))}
SHEET = "xl/worksheets/sheet1.xml"


LOOSE = Limits(ratio=10**6)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def changed(part: str, old: str, new: str, **more: object) -> bytes:
    parts = parts_of(TABLE, **more)  # type: ignore[arg-type]
    assert old in parts[part]
    return zipped(parts | {part: parts[part].replace(old, new, 1)})


# ── A: files that attack the server ─────────────────────────────────────────────────────────────


def test_hostile_13_a_bomb_is_refused_by_its_directory() -> None:
    row = '<row r="1">' + " " * 200 + "</row>"
    start = time.monotonic()
    text = refused(zipped(parts_of({"Data": sheet_xml(row * 500_000)})), "sheet_unpacked")
    assert time.monotonic() - start < 20
    assert text == (
        "Isi berkas `data.xlsx` setelah dibuka melebihi 600 MB atau termampatkan secara tidak "
        "wajar. Salin hanya baris yang terisi ke buku kerja baru, atau bagi per kecamatan."
    )


def test_hostile_13_so_are_too_many_rows_columns_cells_and_parts() -> None:
    cell = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
    far_down = parts_of({"Data": sheet_xml(cell.format(400_001, "A"))})
    far_right = parts_of({"Data": sheet_xml(cell.format(1, "XFD"))})
    corners = cell.format(1, "ALL") + cell.format(400_000, "A")
    assert "400.000 baris" in refused(zipped(far_down), "sheet_rows")
    assert "kolom ke-1.000" in refused(zipped(far_right), "sheet_columns")
    assert "16.000.000 sel" in refused(zipped(parts_of({"D": sheet_xml(corners)})), "sheet_cells")
    refused(zipped(parts_of(TABLE) | {f"x{i}": "" for i in range(1_000)}), "sheet_members")
    blank = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="0"/></row><row r="1048576"/>'
    assert cells(zipped(parts_of({"Data": sheet_xml(blank)}, formats=[]))) == [["1"]]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel limits time and memory on Linux")
def test_hostile_13_what_eats_time_or_memory_is_stopped() -> None:
    rows = "".join(f'<row r="{i}"><c r="A{i}"><v>{i}.5</v></c></row>' for i in range(1, 300_000))
    data = zipped(parts_of({"Data": sheet_xml(rows)}))
    refused(data, "sheet_slow", limits=Limits(memory_bytes=200 * 2**20, rows=400_000))
    refused(data, "sheet_slow", limits=Limits(wall_seconds=0))


def test_hostile_13_a_row_of_cells_without_end_does_not_hang() -> None:
    rows = '<row r="1">' + '<c r="A1">' * 1_000_000 + "</row>"
    start = time.monotonic()
    refused(zipped(parts_of({"Data": sheet_xml(rows)})), "sheet_damaged", limits=LOOSE)
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "_rels/.rels"])
def test_hostile_14_entities_are_never_expanded(part: str) -> None:
    laughs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    doctype = f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]>'
    parts = parts_of(TABLE, shared=["x"])
    head, mark, rest = parts[part].partition("?>")
    start = time.monotonic()
    text = refused(zipped(parts | {part: head + mark + doctype + rest}), "sheet_entities")
    assert time.monotonic() - start < 5
    assert text.startswith("Berkas `data.xlsx` memuat deklarasi XML yang dapat membengkak")


def test_hostile_14_an_outer_entity_brings_nothing_in(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    doctype = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    data = changed(SHEET, "<worksheet", doctype + "<worksheet")
    refused(data, "sheet_entities")
    late = changed(SHEET, "<worksheet", " " * 3_000_000 + doctype + "<worksheet")
    refused(late, "sheet_entities", limits=Limits(ratio=10_000))


def test_hostile_15_members_are_never_unpacked_by_name(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    parts = parts_of(TABLE) | {"../../x.txt": "x", "/tmp/pbrt-x.txt": "x", "C:\\x.txt": "x"}
    path = inner / "data.xlsx"
    path.write_bytes(zipped(parts))
    assert read_sheet_file(path).sheets[0].cells == DATA
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["data.xlsx"]
    assert not Path("/tmp/pbrt-x.txt").exists()


def test_hostile_15_relations_lead_nowhere_outside_the_file(tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_text(TABLE["Data"].replace("Nama", SECRET), encoding="utf-8")
    links = "xl/_rels/workbook.xml.rels"
    for target in ("../../../../etc/passwd", str(tmp_path / "secret.xml"), "http://127.0.0.1:9/x"):
        refused(changed(links, "worksheets/sheet1.xml", target), "sheet_damaged")
    outside = changed(links, 'Target="worksheets', 'TargetMode="External" Target="worksheets')
    refused(outside, "sheet_damaged")
    assert cells(changed(links, "worksheets", "/xl/./x/../worksheets")) == DATA


def test_hostile_16_zips_that_are_no_workbook() -> None:
    workbook = xlsx(DATA)
    for parts in (
        {"data.xlsx": workbook},
        {"a.csv": b"a,b\n1,2\n", "__MACOSX/._a.csv": b"\0"},
        {"a.zip": zipped({"b.zip": workbook})},
        {"a.shp": b"x", "b.shp": b"x"},
        {"xl/workbook.xml": b"<workbook/>"},
    ):
        text = refused(zipped(parts), "sheet_zip")
        assert "Keluarkan dahulu satu berkas" in text
    refused(zipped({"mimetype": "application/vnd.oasis", "content.xml": "<x/>"}), "sheet_ods")
    word = parts_of({}) | {"xl/workbook.xml": "<document/>"}
    refused(zipped(word), "sheet_zip")
    binary = changed("_rels/.rels", "workbook.xml", "workbook.bin")
    refused(binary, "sheet_xlsb")


def test_hostile_16_a_member_that_is_there_twice_is_refused() -> None:
    file = io.BytesIO(xlsx(DATA))
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, TABLE["Data"].replace("Nama", "Lain"))
    refused(file.getvalue(), "sheet_damaged")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../x.csv", "x.csv"),
        ("C:\\Users\\Ani\\x.xlsx", "x.xlsx"),
        ("a" * 300 + ".csv", "a" * 59 + "…"),
        ("gnp\u202excod.exe", "gnpxcod.exe"),
        ("a\0b\n.csv", "ab.csv"),
        ("`<b>x</b>.csv", "b.csv"),
        ("", "?"),
    ],
)
def test_hostile_17_the_name_is_display_text_only(name: str, shown: str) -> None:
    text = refused(b"", "sheet_empty", name=name)
    assert f"Berkas `{shown}` kosong" in text


def test_hostile_17_names_of_sheets_are_display_text_too() -> None:
    names = ["../x`<b>\u202e", "b" * 300]
    sheets = read_here(zipped(parts_of(dict.fromkeys(names, TABLE["Data"])))).sheets
    assert [sheet.name for sheet in sheets] == ["../xb", "b" * 60]


def test_hostile_18_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "besar.csv"
    with path.open("wb") as file:
        file.truncate(210 * 2**20)
    start = time.monotonic()
    text = refused(path, "sheet_too_large", name=None)
    assert time.monotonic() - start < 5
    assert text == (
        "Berkas `besar.csv` lebih besar dari 100 MB. Kirim per kecamatan, lalu coba lagi."
    )
    refused(bytes(101 * 2**20), "sheet_too_large")


# ── C: spreadsheets and CSV from the field ──────────────────────────────────────────────────────


def test_hostile_31_a_nik_stored_as_a_number_is_told_apart() -> None:
    whole = nik(7)
    damaged = whole[:15] + "0"
    by_excel = f"{whole[0]}.{whole[1:15]}E+15"
    sheet = first(xlsx([["NIK"], [number(by_excel)], [number(damaged)], [whole]]))
    assert [row[0] for row in sheet.cells] == ["NIK", damaged, damaged, whole]
    assert [row[0] for row in sheet.kinds] == ["text", "number", "number", "text"]


def test_hostile_32_numbers_of_every_province_keep_sixteen_digits() -> None:
    provinces = [*range(11, 22), 31, 32, 33, 34, 35, 36, *range(51, 54), *range(61, 66)]
    provinces += [*range(71, 77), 81, 82, *range(91, 97)]
    niks = [nik(i, province) for province in provinces for i in (1, 33, 9_999)]
    assert max(map(int, niks)) > 2**53
    sheet = first(xlsx([["NIK"], *[[number(n)] for n in niks]]))
    assert [row[0] for row in sheet.cells[1:]] == niks
    assert cells("".join(f"{n};x\n" for n in niks).encode()) == [[n, "x"] for n in niks]


def test_hostile_33_a_blank_line_changes_no_number() -> None:
    niks = [nik(i, 91) for i in range(1, 4)]
    data = f"NIK,Nama\n{niks[0]},A\n\n{niks[1]},B\n,C\n{niks[2]},D\n".encode()
    assert [row[0] for row in cells(data)] == ["NIK", niks[0], "", niks[1], "", niks[2]]


def test_hostile_34_scientific_writing_in_text_is_left_as_it_is() -> None:
    assert cells(b"NIK;Nama\n5,20701E+15;A\n")[1] == ["5,20701E+15", "A"]
    assert first(xlsx([["5,20701E+15"]])).kinds == [["text"]]


def test_hostile_35_codes_with_dots_are_text() -> None:
    assert cells(b"kode,nama\n52.10,A\n52.1,B\n") == [
        ["kode", "nama"],
        ["52.10", "A"],
        ["52.1", "B"],
    ]
    sheet = first(xlsx([["52.10", number("52.1")]]))
    assert (sheet.cells, sheet.kinds) == ([["52.10", "52.1"]], [["text", "number"]])


def test_hostile_36_zeros_in_front_stay() -> None:
    assert cells(b"RT,RW\n001,02\n")[1] == ["001", "02"]
    table = [["001", number(1, 1), number(1)]]  # typed as text; shown as 001; a number
    assert cells(xlsx(table, formats=["000"])) == [["001", "001", "1"]]


def test_hostile_39_semicolons_and_decimal_commas() -> None:
    file = read_sheet_file(b"nama;luas\nA;5,5\nB;6,25\n", name="a.csv")
    assert file.found["separator"] == ";"
    assert file.sheets[0].cells == [["nama", "luas"], ["A", "5,5"], ["B", "6,25"]]
    assert refused(b"nama\nA\nB\n", "csv_one_column", name="a.csv") == (
        "Berkas `a.csv` hanya memuat satu kolom, atau pemisah kolomnya tidak dikenal. Yang "
        "diharapkan: koma, titik koma, tab, atau garis tegak. Simpan ulang di Excel sebagai .xlsx."
    )
    refused(b"a:b\n1:2\n", "csv_one_column")
    refused(b"a;b,c\n1;2,3\n4;5,6\n", "csv_separator")  # both fit
    refused(b"nama;luas,n,m\nA;1,2,3\n", "csv_separator")  # the header holds the other one


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("cp1252", "cp1252"), ("utf-16", "utf-16"), ("utf-8-sig", "utf-8-sig")],
)
def test_hostile_40_encodings(encoding: str, found: str) -> None:
    text = "nama,desa\nCafé,Beru\nA,B\nÖ,“x”\nñ,é\né,é\n"
    file = read_sheet_file(text.encode(encoding), name="a.csv")
    assert file.sheets[0].cells[:2] == [["nama", "desa"], ["Café", "Beru"]]
    assert file.found == {
        "encoding": found,
        "separator": ",",
        "samples": ["Café,Beru", "Ö,“x”", "ñ,é"],
    }


def test_hostile_40_encodings_that_are_mixed_or_unknown() -> None:
    good, old = "Café,x\n".encode(), "Café,x\n".encode("cp1252")
    text = refused(b"a,b\n" + good + old, "csv_encoding", name="a.csv")
    assert text == (
        "Berkas `a.csv` memakai pengodean huruf yang tidak dikenal atau tercampur. "
        'Simpan ulang di Excel sebagai "CSV UTF-8" atau .xlsx.'
    )
    refused(b"\xef\xbb\xbfa,b\n" + old, "csv_encoding")
    refused(b"a,b\n\x81\x8d,x\n", "csv_encoding")  # no letters in cp1252
    refused("a,b\n1,2\n".encode("utf-16-le"), "csv_encoding")  # without its mark
    refused("a,b\n1,2\n".encode("utf-16")[:-1], "csv_encoding")


def test_hostile_41_the_mark_of_utf8_is_no_part_of_the_first_name() -> None:
    assert cells(b"\xef\xbb\xbfNIK,Nama\n1,2\n")[0] == ["NIK", "Nama"]


def test_hostile_42_titles_above_the_header_of_a_csv() -> None:
    read = cells(b"DATA PENDUDUK\nTahun 2008, sementara\n\nNIK,Nama,RT,RW\n1,2,3,4\n")
    assert read[:2] == [["DATA PENDUDUK", "", "", ""], ["Tahun 2008", " sementara", "", ""]]
    assert read[3:] == [["NIK", "Nama", "RT", "RW"], ["1", "2", "3", "4"]]


def test_hostile_43_rows_with_a_comma_too_many_or_too_few_are_listed() -> None:
    rows = ["a,b,c", "1,2,3", "4,5,6,7", "8,9", "", "1,2,3"]
    text = refused("\n".join(rows).encode(), "csv_columns", name="a.csv")
    assert text == (
        "Berkas `a.csv`: 2 baris (baris 3, 4) tidak memuat 3 kolom seperti baris lainnya, sehingga "
        "isinya bergeser. Periksa tanda pemisah yang kurang atau berlebih di baris itu."
    )
    many = "a,b,c\n" + "1,2,3\n" * 30 + "1,2\n" * 12
    assert "32, 33, 34, 35, 36, 37, 38, 39, 40, 41, …)" in refused(many.encode(), "csv_columns")
    shifted = "nik,nama,umur\n" + "1,x,y,30\n" * 3  # the header is the row that is too short
    assert "(baris 1)" in refused(shifted.encode(), "csv_columns")


def test_hostile_45_names_that_look_like_nothing() -> None:
    words = ["NA", "NULL", "None", "Nan", "nan", "N/A", "-", "TRUE", "#N/A", "inf"]
    assert [row[0] for row in cells("".join(f"{w},x\n" for w in words).encode())] == words
    sheet = first(xlsx([[word] for word in words]))
    assert [row[0] for row in sheet.cells] == words
    assert {row[0] for row in sheet.kinds} == {"text"}


def test_hostile_48_a_quote_without_its_partner_names_its_row() -> None:
    text = refused(b'a,b,c\n1,2,3\n4,"5,6\n7,8,9\n', "csv_quote", name="a.csv")
    assert text == (
        'Berkas `a.csv`: tanda kutip (") tidak berpasangan mulai baris 3, sehingga baris '
        "sesudahnya ikut terbaca sebagai satu sel. Perbaiki tanda kutip di baris itu."
    )
    swallowing = b'a,b,c\n1,2,3\n4,"5,6\n7,8,9\n1,x",3\n1,2,3\n'  # as wide as the others
    assert "baris 3" in refused(swallowing, "csv_quote")
    assert "baris 2" in refused(b'a,b\n"x"y,2\n', "csv_quote")
    long = b'a,b\n1,"' + b"x" * 200_000 + b'"\n'
    assert "baris 2" in refused(long, "csv_quote")


def test_hostile_48_line_breaks_inside_a_cell_are_read() -> None:
    read = cells(b'a,b,c\n1,"Jl. X, No. 2\r\nRT 1",3\n4,5,6\n')
    assert read[1:] == [["1", "Jl. X, No. 2\r\nRT 1", "3"], ["4", "5", "6"]]


# ── D: what is no table ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "sheet_empty"),
        (b"\n\n  \n", "csv_one_column"),
        (b",,\n,,\n", "csv_one_column"),
        (b"<!DOCTYPE html><html><table><tr><td>NIK</td></tr></table>", "sheet_markup"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "sheet_markup"),
        (b'{"type": "FeatureCollection", "type": "x"}', "sheet_unknown"),
        (b"%PDF-1.4 a,b", "sheet_unknown"),
        (b"SQLite format 3\0", "sheet_unknown"),
        (b"PAR1", "sheet_unknown"),
        (b"\x1f\x8b\x08", "sheet_unknown"),
        (b"\x89PNG\r\n", "sheet_unknown"),
        (bytes(range(1, 32)) * 40, "sheet_unknown"),
        (OLE, "sheet_old_excel"),
        (b"\t\0\4\0\2\0" + bytes(60), "sheet_old_excel"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "sheet_locked"),
        (b"a,b\n1,x\0y\n" * 3, "csv_nul"),
        (b"PK\3\4", "sheet_damaged"),
        (b"PK\5\6" + bytes(18), "sheet_zip"),
    ],
)
def test_hostile_58_what_is_no_table_is_told_in_its_own_words(data: bytes, key: str) -> None:
    refused(data, key)


def test_hostile_58_a_nul_names_its_row() -> None:
    assert "baris 3 memuat karakter NUL" in refused(b"a,b\n1,2\n3,x\0y\n" + b"4,5\n" * 9, "csv_nul")
    refused(xlsx([["a_x0000_b"]]), "sheet_nul")


def test_hostile_58_the_name_decides_nothing() -> None:
    assert read_sheet_file(xlsx(DATA), name="data.csv").kind == "xlsx"
    assert read_sheet_file(b"a,b\n1,2\n", name="data.xlsx").kind == "csv"
    assert cells(xlsx(DATA)) == DATA


def test_hostile_58_a_workbook_that_is_cut_short_is_refused() -> None:
    data = xlsx(DATA, shared=["x"], formats=["000"])
    for end in range(4, len(data), 37):
        with pytest.raises(Refused):
            read_here(data[:end])


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (SHEET, "</row>", ""),
        (SHEET, "</worksheet>", ""),
        (SHEET, "<sheetData>", "<sheetData><sheetData/>"),
        (SHEET, "</sheetData>", "</sheetData><sheetData/>"),
        (SHEET, '<row r="2">', '<row r="1">'),  # a row twice
        (SHEET, '<row r="1">', '<row r="7">'),  # out of order
        (SHEET, '<row r="1">', '<row r="1048577">'),
        (SHEET, 'r="B2"', 'r="B3"'),  # a cell of another row
        (SHEET, 'r="B2"', 'r="A2"'),  # a cell twice
        (SHEET, 'r="B2"', 'r="C2"'),
        (SHEET, 'r="C2"', 'r="XFE2"'),
        (SHEET, 'r="B2"', 'r="b2"'),
        (SHEET, 't="inlineStr"', 't="z"'),
        (SHEET, "<is><t>NIK</t></is>", "<is><x>NIK</x></is>"),
        (SHEET, "<is><t>NIK</t></is>", "<is><r><x>NIK</x></r></is>"),
        (SHEET, "<is><t>NIK</t></is>", "<x>NIK</x>"),
        (SHEET, "<is><t>NIK</t></is>", "<v>1</v><v>2</v>"),
        (SHEET, '<row r="2">', '<row r="2"><x/>'),
        (SHEET, "</row>", "</row><x/>"),
        (SHEET, "</worksheet>", '<row r="9"/></worksheet>'),
        (SHEET, "<c ", "<x ><c "),
        (SHEET, 't="inlineStr"><is><t>NIK</t></is>', 't="s"><v>1</v>'),  # one shared string only
        (SHEET, 't="inlineStr"><is><t>NIK</t></is>', 't="s"><v>-1</v>'),
        (SHEET, 't="inlineStr"><is><t>NIK</t></is>', "><v>12x</v>"),
        (SHEET, 't="inlineStr"><is><t>NIK</t></is>', "><v>1E999</v>"),
        (SHEET, 't="inlineStr"><is><t>NIK</t></is>', "><v>NaN</v>"),
        (SHEET, 't="inlineStr"><is><t>NIK</t></is>', 's="9"><v>1</v>'),  # no such style
        (SHEET, 't="inlineStr"><is><t>NIK</t></is>', 't="b"><v>2</v>'),
        (SHEET, 't="inlineStr"><is><t>NIK</t></is>', 't="d"><v>kemarin</v>'),
        (SHEET, "NIK", "N&unknown;K"),
        (SHEET, "NIK", "N\x01K"),
        (SHEET, 'encoding="UTF-8"', 'encoding="UTF-16"'),
        (SHEET, "</worksheet>", '<mergeCells><mergeCell ref="A1:"/></mergeCells></worksheet>'),
        (SHEET, "<worksheet ", "<chartsheet "),
        ("xl/workbook.xml", "rId1", "rId7"),
        ("xl/workbook.xml", "</sheets>", "</sheet>"),
        ("xl/_rels/workbook.xml.rels", "sheet1.xml", "sheet2.xml"),
        ("xl/_rels/workbook.xml.rels", "sharedStrings.xml", "x.xml"),
        ("xl/_rels/workbook.xml.rels", "styles.xml", "x.xml"),
        ("xl/sharedStrings.xml", "</si>", ""),
        ("xl/sharedStrings.xml", "</sst>", "<x/></sst>"),
        ("xl/sharedStrings.xml", "<sst ", '<sst uniqueCount="2" '),
        ("xl/styles.xml", "</cellXfs>", ""),
        ("xl/styles.xml", "<xf ", "<x "),
        ("xl/styles.xml", '<xf numFmtId="164"', '<xf numFmtId="165"'),
        ("_rels/.rels", "workbook.xml", "book.xml"),
    ],
)
def test_hostile_58_a_workbook_that_contradicts_itself_is_refused(
    part: str, old: str, new: str
) -> None:
    data = changed(part, old, new, shared=["x"], formats=["000"])
    with pytest.raises(Refused, match="sheet_damaged"):
        read_here(data)


def test_hostile_58_a_locked_member_is_refused() -> None:
    data = bytearray(xlsx(DATA))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # the bit that says: a password
        at = 0
        while (at := data.find(mark, at)) >= 0:
            (flags,) = struct.unpack_from("<H", data, at + offset)
            struct.pack_into("<H", data, at + offset, flags | 1)
            at += 4
    assert "kata sandi" in refused(bytes(data), "sheet_locked")


def test_hostile_58_deep_nesting_does_not_hang() -> None:
    deep = "<a>" * 300_000 + "</a>" * 300_000
    start = time.monotonic()
    with pytest.raises(FileRefused):
        read_sheet_file(changed(SHEET, "</row>", "</row>" + deep), limits=LOOSE)
    beside = changed(SHEET, "</worksheet>", deep + "</worksheet>")
    assert read_sheet_file(beside, limits=LOOSE).sheets[0].cells == DATA
    assert time.monotonic() - start < 20


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    read_sheet_file(xlsx(DATA), name="a.xlsx")
    refused(b"PK\3\4", "sheet_damaged")
    assert list(tmp_path.iterdir()) == []


def test_rare_but_allowed_ways_of_writing_read_alike() -> None:
    parts = parts_of(TABLE, formats=["000"])
    bare = '<styleSheet xmlns="x"></styleSheet>'  # a program that knows no formats
    assert cells(zipped(parts | {"xl/styles.xml": bare})) == DATA
    upper = {name.replace("sheet1", "Sheet1"): text for name, text in parts.items()}
    assert cells(zipped(upper)) == DATA
    back = {name.replace("/", "\\") if "sheet1" in name else name: t for name, t in parts.items()}
    assert cells(zipped(back)) == DATA
