"""Files of personal rows: for whom, of whom, marked, logged, and dead text only."""

import csv
import datetime as dt
import io
import zipfile

import pytest
from sqlalchemy import select

from pbrt_geo.intake.doctor import examine
from pbrt_geo.intake.mapping import propose
from pbrt_geo.read.sheets import read_sheet_file
from pbrt_geo.registry import export
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.export import COLUMNS, USUAL, ExportRefused, export_people
from pbrt_geo.registry.invented import fill_from
from pbrt_geo.registry.rights import COMMAND, PUBLIC, Actor, NotAllowed
from pbrt_geo.registry.watermark import Watermark
from registry.people_regions import ROUNDS, Village, part_of_sample
from registry.registries import KABUPATEN, ON, RTS

RT1, RT2, RT3, RT4 = RTS
GOA, AIR_SUNING = "52.07.01.2001", "52.07.03.2002"
DESA = Actor("goa", "operator_desa", GOA)
ALL = Actor("perencana", "bappeda", KABUPATEN)
WHY = "Bahan musyawarah RT bulan Juni"
NUMBER = "529901" + "0105700001"
HOSTILE = ("=1+1", "+62", "-1", "@SUM(A1)", "\tx", "＝1", "https://contoh.example", "{=1}")


@pytest.fixture
def village(sample_places):
    """Two households in Goa, one in Air Suning."""
    village = Village(sample_places)
    home = village.household(RT1, address="=HYPERLINK(1)", lat=-8.8, lon=116.9)
    village.member(home, role="child", name="Sarindani Wanasari", sex="female")
    about = {"nik": NUMBER, "nik_state": "valid", "sex": "male", "disability": "netra"}
    village.member(home, role="head", birth_date=dt.date(1970, 5, 1), **about)
    village.found(home, spending_idr=1234567.5, dtsen_desil=2, criterion_01=True)
    other = village.household(RT2)
    village.member(other, role="head", name="Kartolan Belosanda")
    village.member(village.household(RT3), role="head", name="Amirinda Rarakanda")
    return village


def rows_of(data):
    """Sheets of a workbook by name: rows of texts."""
    file = read_sheet_file(data, name="ekspor.xlsx")
    return {sheet.name: sheet.cells for sheet in file.sheets}


def kinds_of(data):
    return read_sheet_file(data, name="ekspor.xlsx").sheets[0].kinds


def made(village, actor=DESA, **options):
    return export_people(village.registry, actor, ON, WHY, **options)


def people(found):
    """Names in the sheet of people."""
    at = list(USUAL["people"]).index("name")
    return [row[at] for row in rows_of(found.data)["Warga"][2:]]


# ── for whom, of whom ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "actor",
    [
        PUBLIC,
        Actor("rt", "operator_rt", RT1),
        Actor("kec", "kecamatan", "52.07.01"),
        Actor("bupati", "bupati", KABUPATEN),
        Actor("admin", "admin", KABUPATEN),
    ],
    ids=lambda actor: actor.role,
)
def test_only_roles_with_the_right_get_a_file(village, actor):
    with pytest.raises(NotAllowed) as refused:
        made(village, actor)
    assert "mengekspor data warga" in refused.value.text()
    assert logged(village) == ([], []), "nothing happened, nothing is logged"


def test_the_file_holds_the_own_area(village):
    assert people(made(village)) == ["Barulan Talonara", "Sarindani Wanasari", "Kartolan Belosanda"]
    assert len(people(made(village, ALL))) == 4


@pytest.mark.parametrize(
    ("area_id", "n"), [(RT1, 2), (RT2, 1), (GOA, 3), ("52.07.01", 3), (KABUPATEN, 4), (RT3, 1)]
)
def test_a_part_of_the_area_can_be_asked_for(village, area_id, n):
    assert made(village, ALL, area_id=area_id).n_rows == n


@pytest.mark.parametrize("area_id", [RT3, RT4, AIR_SUNING, "52.07.99.2001"])
def test_elsewhere_and_nowhere_are_answered_alike(village, area_id):
    with pytest.raises(ExportRefused) as refused:
        made(village, area_id=area_id)
    assert refused.value.text() == (
        "Tidak diekspor: tidak ada warga yang terlihat oleh akun ini di wilayah itu pada "
        "2026-06-01. Periksa wilayah dan tanggalnya."
    )
    assert logged(village) == ([], [])


def test_an_opd_gets_the_households_its_programmes_reach(village):
    with village.registry.read(COMMAND, ON) as reading:
        home = min(row["id"] for row in reading.rows(select(reading.visible(t.households))))
    village.add(t.enrolments, programme_id="pkh", household_id=home, valid_from=ON, source="uji")
    found = made(village, Actor("dinsos", "opd", KABUPATEN, programmes=("pkh",)))
    assert (found.n_households, found.n_rows) == (1, 2)


def test_who_died_or_left_is_not_in_the_file(village):
    home = village.household(RT1)
    village.member(home, name="Olinara Malukara", death_date=ON)
    village.member(home, name="Olindra Malukara", since=ON - dt.timedelta(9), until=ON)
    assert not [name for name in people(made(village)) if "Malukara" in name]


# ── what is in it ───────────────────────────────────────────────────────────────────────────────


def test_the_usual_file_holds_no_more_than_who_lives_where(village):
    cells = rows_of(made(village).data)["Warga"]
    assert cells[1] == [
        *("Desa/Kelurahan", "Nama RT", "Kode RT", "No. KK", "NIK", "Nama Lengkap"),
        *("Hubungan Keluarga", "Jenis Kelamin", "Tanggal Lahir", "Alamat"),
    ]
    assert cells[2] == [
        *("Goa", "RT 001", RT1, "", NUMBER, "Barulan Talonara", "Kepala keluarga", "Laki-laki"),
        *("1970-05-01", "=HYPERLINK(1)"),
    ]
    text = "".join("".join(row) for row in cells)
    assert not [told for told in ("netra", "116.9", "1234567") if told in text]


def test_more_is_there_if_asked_for(village):
    parts = {"people": ("name", "disability", "lat", "lon"), "evidence": USUAL["evidence"]}
    sheets = rows_of(made(village, parts=parts).data)
    assert sheets["Warga"][2] == ["Barulan Talonara", "netra", "-8.8", "116.9"]
    headings, row = sheets["Keadaan keluarga"][1:3]
    told = dict(zip(headings, row, strict=True))
    assert told["Tanggal Pendataan"] == "2026-06-01"
    assert told["Sumber"] == "Pendataan"
    assert told["Pengeluaran per Orang per Bulan"] == "1234567.5"
    assert (told["Kriteria 1"], told["Kriteria 2"]) == ("Ya", "")


@pytest.mark.parametrize(("form", "language"), [("xlsx", "id"), ("csv", "id"), ("xlsx", "en")])
def test_a_file_that_comes_back_changes_nothing(registry, form, language):
    """What was exported is read by the import as it was, of every person of the sample's RTs."""
    fill_from(registry, part_of_sample())
    day = ROUNDS[-1]
    made = export_people(registry, COMMAND, day, WHY, form=form, language=language)
    file = read_sheet_file(made.data, name=f"ekspor.{form}")
    found = examine(registry, COMMAND, day, file)
    assert found.people["unchanged"] == made.n_rows > 100
    assert not [n for kind, n in found.people.items() if n and kind != "unchanged"]
    assert not found.problems


def test_a_nik_is_text_and_a_date_a_date(village):
    kinds = kinds_of(made(village).data)[2]
    at = list(USUAL["people"]).index
    assert (kinds[at("nik")], kinds[at("birth_date")]) == ("text", "date")


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("part", list(COLUMNS))
def test_the_headings_are_those_an_import_knows(part, language):
    headings, _ = export._table([], COLUMNS[part], language)
    fields = [match.field for match in propose(headings).matches]
    assert fields == ["" if name == "source" else name for name in COLUMNS[part]]


def test_the_file_can_be_read_as_csv(village):
    data = made(village, form="csv").data
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][0].startswith("DATA PRIBADI, jangan diteruskan. Diambil dari SIOS oleh goa")
    assert rows[1][:2] == ["Desa/Kelurahan", "Nama RT"]
    assert rows[2][-1] == "'=HYPERLINK(1)"
    assert rows[2][4] == NUMBER
    english = made(village, form="csv", language="en").data.decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(english)))[0].startswith("PERSONAL DATA")


def test_numbers_in_a_csv_are_written_as_the_language_does(village):
    parts = {"evidence": ("spending_idr", "criterion_01", "criterion_02", "dtsen_desil")}
    for language, row in (("id", "1234567,5;Ya;;2"), ("en", "1234567.5,Yes,,2")):
        data = made(village, parts=parts, form="csv", language=language).data
        assert data.decode("utf-8-sig").splitlines()[2] == row


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_hostile_28_29_nothing_in_an_export_is_alive(village, form):
    home = village.household(RT1)
    for text in HOSTILE:
        village.member(home, name=text)
    data = made(village, form=form).data
    if form == "csv":
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
        cells = [cell for line in lines for cell in line]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "＝"))]
        assert {f"'{text}" for text in HOSTILE[:6]} <= set(cells)
        return
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        text = "".join(book.read(name).decode() for name in book.namelist())
    assert "<f>" not in text
    assert "<hyperlink " not in text
    assert "External" not in text
    assert set(HOSTILE) <= set(people(made(village)))


# ── marked and logged ───────────────────────────────────────────────────────────────────────────


def logged(village):
    """Rows of `batches` of exports, households of `sightings`."""
    with village.registry.read(COMMAND, ON) as reading:
        b, s = reading.visible(t.batches), reading.visible(t.sightings)
        batches = reading.rows(select(b).where(b.c.kind == "export").order_by(b.c.id))
        return list(batches), list(reading.rows(select(s).order_by(s.c.seq)))


def test_every_sheet_and_page_says_who_when_and_why(village):
    parts = {"people": USUAL["people"], "evidence": USUAL["evidence"]}
    found = made(village, parts=parts)
    at = "UTC, nomor " + str(found.number)
    for cells in rows_of(found.data).values():
        assert cells[0][0].startswith(
            "DATA PRIBADI, jangan diteruskan. Diambil dari SIOS oleh goa "
        )
        assert cells[0][0].endswith(f"{at}, untuk: {WHY}. Hapus setelah selesai (UU 27/2022).")
    with zipfile.ZipFile(io.BytesIO(found.data)) as book:
        for number in (1, 2):
            text = book.read(f"xl/worksheets/sheet{number}.xml").decode()
            assert "<oddFooter>&amp;LData pribadi dari SIOS, goa (operator desa)" in text


def test_the_record_tells_who_took_what(village):
    found = made(village, area_id=GOA)
    ((batch,), sights) = logged(village)
    assert (batch["id"], batch["actor"], batch["reason"]) == (found.number, "goa", WHY)
    assert batch["about"]["n_households"] == found.n_households == 2
    assert batch["about"]["n_rows"] == found.n_rows == 3
    assert batch["about"]["parts"] == {"people": list(USUAL["people"])}
    assert batch["content_hash"] is None, "that of an import, which this is not"
    assert {(s["actor"], s["role"], s["what"]) for s in sights} == {
        ("goa", "operator_desa", "export")
    }
    assert len({s["household_id"] for s in sights}) == len(sights) == 2


def test_nobody_gets_a_byte_before_it_is_logged(village, monkeypatch):
    def full(*_):
        raise OSError("no space")

    monkeypatch.setattr(type(village.registry), "saw", full)
    monkeypatch.setitem(export._FORMS, "xlsx", lambda *_: pytest.fail("a file was made"))
    with pytest.raises(OSError, match="no space"):
        made(village)


@pytest.mark.parametrize("reason", ["", "  ", "penting", "1234567890 123"])
def test_a_reason_must_say_something(village, reason):
    with pytest.raises(ExportRefused) as refused:
        export_people(village.registry, DESA, ON, reason)
    assert refused.value.text() == (
        "Tidak diekspor: alasannya belum ditulis. Tulis untuk apa data warga ini dipakai, "
        "sekurangnya 10 huruf; alasan itu tercetak pada berkas dan tersimpan dalam riwayat."
    )


def test_a_csv_holds_one_part(village):
    parts = {"people": ("name",), "evidence": ("spending_idr",)}
    with pytest.raises(ExportRefused, match="satu berkas CSV memuat satu bagian"):
        made(village, parts=parts, form="csv")


def test_only_declared_columns_leave(village):
    with pytest.raises(ValueError, match="note"):
        made(village, parts={"people": ("name", "note")})


def test_a_watermark_fits_on_the_page_whatever_was_typed():
    at = dt.datetime(2026, 6, 1, 3, 4, tzinfo=dt.UTC)
    mark = Watermark(Actor("a&b" * 200, "opd"), at, "baris\nbaru\x07 " + "x" * 40_000, 7)
    assert "baris baru x" in mark.line()
    assert len(mark.line()) < 32_000
    assert len(mark.printed()) <= 245
    assert "&" not in mark.printed().replace("&&", "")
    short = Watermark(Actor("goa", "operator_desa"), at, "untuk musyawarah", 7)
    assert short.line() == (
        "DATA PRIBADI, jangan diteruskan. Diambil dari SIOS oleh goa (operator desa) pada "
        "2026-06-01 03:04 UTC, nomor 7, untuk: untuk musyawarah. Hapus setelah selesai "
        "(UU 27/2022)."
    )
