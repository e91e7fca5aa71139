"""Files as they come: the survey of housing, extracts of DTSEN, forms; and text that attacks."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.cells import kk, nik, read
from pbrt_geo.intake.fields import FIELDS
from pbrt_geo.intake.mapping import propose
from pbrt_geo.intake.problems import CellProblem
from pbrt_geo.text import LANGUAGES

SECRET = "SITI RAHASIA"


def read_table(text, **how):
    """A table drawn in text, its columns parted by |, read by the fields that are proposed."""
    header, *rows = [
        [cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()
    ]
    mapping = propose(header)
    mapping.check()
    return {
        field: read(field, *(row[column] for row in rows), **how)
        for field, column in mapping.columns.items()
    }


def test_the_survey_of_housing_with_its_sentinels():
    found = read_table(f"""
        Nama   | NIK        | No KK   | Koordinat         | Luas Rumah | Dinding   | Status Rumah
        ADI    | {nik(1)}   | {kk(1)} | -8.7512, 116.8512 | 36 m2      | Tembok    | Milik Sendiri
        BUNGA  | {"0" * 16} | 0       | Tidak Ada         | 0          | Tidak Ada | Menumpang
        CITRA  | Tidak Ada  | 0       | 0, 0              | 45,5       | Papan     | Tidak Ada
    """)
    assert found["nik"].values == [nik(1), None, None]
    assert found["nik"].none_told == {1, 2}
    assert found["no_kk"].values == [kk(1), None, None]
    assert found["no_kk"].none_told == {1, 2}
    assert found["latlon"].values == [(-8.7512, 116.8512), None, None]
    assert found["floor_area_m2"].values == [36, None, 45.5]
    assert found["floor_area_m2"].problems == [(1, "number_zero", {}, "warning")]
    assert found["wall"].values == ["masonry", None, "wood"]
    assert found["tenure"].values == ["own", "rent_free", None]
    others = [parsed for name, parsed in found.items() if name != "floor_area_m2"]
    assert not any(parsed.problems for parsed in others)


def test_an_extract_of_dtsen():
    found = read_table(f"""
        nomor_induk_kependudukan | desil_nasional | pkh   | pbi_nas | jenis_lantai_terluas | skor
        {nik(1)}                 | 1              | YA    | 1       | Semen/bata merah     | 0,123
        {nik(2)}                 |                | TIDAK | 0       | Tanah                | 0,456
    """)
    assert found["nik"].values == [nik(1), nik(2)]
    assert found["dtsen_desil"].values == [1, None]
    assert found["pkh"].values == [True, False]
    assert found["pbi_nas"].values == [True, False]
    assert found["floor"].values == ["cement", "earth"]
    assert "skor" not in found
    assert not any(parsed.problems for parsed in found.values())


def test_an_export_of_kobo():
    found = read_table(f"""
        today      | keluarga/no_kk | _rumah_latitude | bantuan/pkh | kriteria/1 | _index | _uuid
        2026-03-17 | {kk(1)}        | -8.7512         | 1           | 0          | 1      | a-b
        2026-03-18 | {kk(2)}        |                 | 0           | 1          | 2      | c-d
    """)
    assert found["as_of"].values == [dt.date(2026, 3, 17), dt.date(2026, 3, 18)]
    assert found["no_kk"].values == [kk(1), kk(2)]
    assert found["lat"].values == [-8.7512, None]
    assert found["pkh"].values == [True, False]
    assert found["criterion_01"].values == [False, True]
    assert found["household_key"].values == ["1", "2"]
    assert not any(parsed.problems for parsed in found.values())


def test_hostile_33_a_column_that_became_float_is_read_where_that_lost_nothing():
    numbers = [nik(serial) for serial in (1, 12, 23)]
    parsed = read("nik", f"{numbers[0]}.0", "", f"{numbers[1]}.0", f"{numbers[2]}.0")
    assert parsed.values == [numbers[0], None, numbers[1], numbers[2]]
    papua = nik(1, province="91")
    assert read("nik", f"{float(papua):.1f}").values == [None]


def test_the_14_criteria_come_from_yes_and_no():
    header = " | ".join(f"Kriteria {number}" for number in range(1, 15))
    row = " | ".join(["Ya", "Tidak"] * 7)
    found = read_table(f"{header}\n{row}")
    assert [found[f"criterion_{n:02d}"].values[0] for n in range(1, 15)] == [True, False] * 7


# ── what a cell can hold ────────────────────────────────────────────────────────────────────────

ATTACKS = (
    *("=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>", "${alert(1)}", "{0.__class__}", "%s%n"),
    *("![x](http://x)", "'; DROP TABLE residents; --", "\u202e5207", "\x00\x01", "x" * 40_000),
    *(
        "9" * 400,
        "-" * 400,
        "1e999",
        "nan",
        "inf",
        "∞",
        "½",
        "٣",
        "²",
        "0x10",
        "1_000",
        "+5",
        "--1",
    ),
    *(
        "99/99/9999",
        "00-00-00",
        "1-1-0000",
        "31 Foo 1",
        "Januari",
        "T",
        ",",
        "., ",
        "Rp",
        "/",
        "a/b",
    ),
)
KINDS = ("text", "number", "date", "bool", "error", "formula_empty", "")


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_no_text_of_any_kind_breaks_a_reader(field):
    for kind in KINDS:
        parsed = read(field, *ATTACKS, kinds=[kind] * len(ATTACKS))
        assert len(parsed.values) == len(ATTACKS)


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_no_message_repeats_what_a_cell_holds_but_short_numbers(field):
    cells = (SECRET, nik(), kk(), f"{SECRET} {nik()}", "-7.7654321, 115.7654321", f"{nik()}9")
    parsed = read(field, *cells)
    for index, key, facts, severity in parsed.problems:
        problem = CellProblem("Data", index, 0, key, facts, severity)
        for language in LANGUAGES:
            text = problem.text(language)
            assert not [told for told in (*cells, nik()[:8], "115.76") if told in text]


@given(st.text(max_size=30), st.sampled_from(sorted(FIELDS)), st.sampled_from(KINDS))
def test_whatever_is_written_gives_a_value_a_problem_or_nothing(text, field, kind):
    parsed = read(field, text, kinds=[kind])
    (value,) = parsed.values
    if parsed.problems:
        errors = [key for _, key, _, severity in parsed.problems if severity == "error"]
        assert value is None or not errors
    for index, key, facts, severity in parsed.problems:
        for language in LANGUAGES:
            assert CellProblem("Data", index, 0, key, facts, severity).text(language)


def test_a_nik_is_read_as_it_stands_or_refused():
    """What is stored is what stood there: a mutated NIK is read as it stands, or refused."""
    rng = random.Random(5)
    for _ in range(2_000):
        written = list(nik(rng.randint(1, 9999)))
        written[rng.randrange(16)] = rng.choice("0123456789OIl .-'x")
        text = "".join(written)
        (value,) = read("nik", text).values
        assert value is None or value == text
