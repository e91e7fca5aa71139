"""Words, marks, places and codes; and that a column of a big file takes no time."""

import doctest
import importlib
import re
import time
import tomllib
from pathlib import Path

import pytest

import pbrt_geo.intake
from intake.cells import keys, kk, nik, problem, read, values
from pbrt_geo.codes import rt_id
from pbrt_geo.intake.choices_of import choices, folded, label, values_of
from pbrt_geo.intake.fields import FIELDS, TYPES
from pbrt_geo.registry.tables import MEMBER_ROLES, SEXES
from pbrt_geo.text import LANGUAGES, texts

CHOICES = [name for name, field in FIELDS.items() if field.type == "choice"]
MODULES = ("choices_of", "dates", "fields", "identity", "mapping", "numbers", "parsed", "values")


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    assert doctest.testmod(importlib.import_module(f"pbrt_geo.intake.{name}")).failed == 0


# ── choices ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("sex", {"L": "male", "P": "female", "1": "male", "2.0": "female", "Laki-laki": "male"}),
        ("sex", {"1. Laki-laki": "male", "2 - Perempuan": "female", "PEREMPUAN": "female"}),
        ("role", {"Kepala Keluarga": "head", "ISTERI": "spouse", "Cucu": "other"}),
        ("role", {"Orang tua/mertua": "parent", "Anak": "child"}),
        ("floor", {"Tanah": "earth", "Marmer/granit": "marble", "Semen/bata merah": "cement"}),
        ("floor", {"Ubin/tegel": "tile", "Tegel/Teraso": "tile"}),
        ("wall", {"Kayu/papan (kualitas rendah)": "wood_low", "Tembok": "masonry"}),
        ("roof", {"Seng": "metal", "Jerami/ijuk/daun-daunan/rumbia": "thatch"}),
        ("toilet", {"Ada, digunakan hanya ART sendiri": "own", "Tidak Ada": "none", "-": None}),
        (
            "water",
            {"Sumur tak terlindung": "well_unprotected", "mata air terlindung": "spring_protected"},
        ),
        ("lighting", {"Listrik PLN tanpa meteran": "grid_unmetered", "Bukan listrik": "none"}),
        ("cooking_fuel", {"Gas elpiji 3 kg": "lpg_3kg", "Kayu bakar": "firewood"}),
        ("cooking_fuel", {"Gas elpiji 5,5 kg/blue gaz": "lpg_large"}),
        ("sewage", {"Lubang tanah": "pit", "Tangki septik": "septic_tank"}),
        ("tenure", {"Bebas sewa": "rent_free", "kontrak_sewa": "rented"}),
        ("disability", {"Tuna netra": "sight", "Tidak ada": None, "0": None, "Ya": "unspecified"}),
    ],
)
def test_what_words_mean(field, told):
    assert values(field, *told) == list(told.values())


@pytest.mark.parametrize("name", CHOICES)
def test_every_value_has_a_label_and_is_read_by_its_label_and_itself(name):
    for value in values_of(name):
        assert values(name, value) == [value]
        for language in LANGUAGES:
            assert label(name, value, language)
    told = [folded(label(name, value)) for value in values_of(name)]
    assert len(told) == len(set(told))


@pytest.mark.parametrize("name", CHOICES)
def test_no_word_means_two_things(name):
    file = Path(pbrt_geo.intake.__file__).with_name("words.toml")
    declared = tomllib.loads(file.read_text(encoding="utf-8"))["choice"][name]
    spellings = [folded(word) for words in declared.values() for word in words]
    assert len(spellings) == len(set(spellings)) == len(choices(name))


def test_values_are_those_the_registry_allows():
    assert set(values_of("sex")) == set(SEXES)
    assert set(values_of("role")) == set(MEMBER_ROLES)


def test_a_misspelling_is_not_guessed_but_offered():
    assert problem("sex", "Perempuann") == (
        "choice_near",
        "Isi sel ini tidak dikenal; mungkin maksudnya “perempuan”. "
        "Pilihannya: laki-laki; perempuan.",
    )
    assert problem("wall", "SITI AMINAH")[0] == "choice_unknown"
    assert "SITI" not in problem("wall", "SITI AMINAH")[1]


def test_codes_of_choices_need_a_code_book():
    assert problem("wall", "3")[0] == "choice_code"
    assert values("wall", "3", "3.0", "Tembok", words={"3": "bamboo"}) == [
        "bamboo",
        "bamboo",
        "masonry",
    ]


def test_a_p_beside_w_is_unclear():
    assert values("sex", "L", "P") == ["male", "female"]
    assert keys(read("sex", "P", "W")) == {0: "choice_p"}
    assert values("sex", "L", "W") == ["male", "female"]
    assert keys(read("sex", "L", "W", "P")) == {2: "choice_p"}


# ── yes and no ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (("Ya", "Tidak", ""), [True, False, None]),
        (("Y", "T", "N"), [True, False, False]),
        (("1", "0"), [True, False]),
        (("1", "2"), [True, False]),
        (("1.0", "0.0"), [True, False]),
        (("1. Ya", "2. Tidak"), [True, False]),
        (("V", "X", "-"), [True, False, None]),
        (("✓", ""), [True, None]),
        (("TRUE", "FALSE"), [True, False]),
        (("Tidak tahu",), [None]),
    ],
)
def test_ways_of_saying_yes_and_no(texts, told):
    assert values("pkh", *texts) == told
    assert values("criterion_04", *texts) == told


@pytest.mark.parametrize(
    ("texts", "unclear"),
    [(("1", "0", "2"), {0, 1, 2}), (("X", ""), {0}), (("T", "F"), {0}), (("T", "F", "Ya"), {0})],
)
def test_marks_that_may_mean_either_are_refused(texts, unclear):
    found = keys(read("pkh", *texts))
    assert {index for index, key in found.items() if key == "yes_no_unclear"} == unclear


def test_having_answers_for_a_programme_but_not_for_a_criterion():
    """ "Ada" below "Tanpa fasilitas BAB" may be a toilet, or that there is none."""
    texts = ("Ada", "Tidak Ada", "Penerima", "Bukan penerima")
    assert values("pkh", *texts) == [True, False, True, False]
    found = keys(read("criterion_04", *texts, "Ya"))
    assert found == dict.fromkeys(range(4), "yes_no_unclear")


def test_cells_of_excel_that_are_true_or_false():
    assert values("pkh", "TRUE", "FALSE", "1", "0", kind="bool") == [True, False, True, False]
    assert problem("pkh", "kadang")[0] == "yes_no_unknown"


# ── places and codes ────────────────────────────────────────────────────────────────────────────


def test_hostile_36_an_rt_has_three_digits():
    assert values("rt", "1", "01", "001", "1.0", "RT 1", "Rt.01", "no. 12") == [
        *["001"] * 6,
        "012",
    ]
    assert values("rt", "RT 03 DUSUN I", "MAWAR") == ["RT 03 DUSUN I", "MAWAR"]
    assert read("rt", "0", "-").none_told == {0, 1}


def test_rt_and_rw_together():
    texts = ("3/1", "003/001", "RT 03/RW 01", "RT.03 RW.01", "3-1", "03 01", "rt3rw1")
    assert values("rt_rw", *texts) == ["003/001"] * len(texts)
    assert read("rt_rw", "0/0", "000/000").none_told == {0, 1}
    assert problem("rt_rw", "0301")[0] == "rt_rw_form"
    assert problem("rt_rw", "2026-01-03", kind="date")[0] == "rt_date"
    assert problem("rt", "2026-01-03", kind="date")[1].startswith("Excel mengubah nomor RT/RW")


def test_hostile_37_two_ways_of_writing_a_code_are_one():
    both = ("52.07.01.2001", "5207012001")
    assert values("desa_code", *both, scheme="kemendagri") == ["52.07.01.2001"] * 2
    assert values("desa_code", *both) == list(both)  # undeclared: the column is asked elsewhere
    assert values("desa_code", "5207012001.0", "5207012001", kind="number") == ["5207012001"] * 2
    assert problem("desa_code", "5207010001", scheme="kemendagri")[0] == "code_scheme"
    assert problem("desa_code", "Goa")[0] == "code_form"


def test_hostile_35_a_code_that_lost_its_last_zero_is_refused_and_offered():
    assert problem("kabupaten_code", "52.1", kind="number") == (
        "code_number",
        "Kode 52.1 disimpan sebagai bilangan, sehingga nol di belakang hilang; mungkin maksudnya "
        "52.10. Atur format kolom menjadi Teks, lalu tulis kodenya lengkap.",
    )
    assert values("kabupaten_code", "52.10") == ["52.10"]


def test_codes_of_neighbourhoods_and_rt():
    sls = "52070700010001"
    assert values("idsls", sls, sls + "01") == [sls, sls + "01"]
    assert problem("idsls", sls[:10])[0] == "code_sls"
    own = rt_id("52.07", 412)
    assert values("rt_id", own) == [own]
    assert problem("rt_id", own[:-1] + str((int(own[-1]) + 1) % 10))[0] == "rt_id_form"


def test_texts_are_kept_but_not_without_end():
    assert values("address", " Jl.  Melati 3 ", "Tidak Ada") == ["Jl. Melati 3", None]
    assert values("note", "na") == ["na"]
    assert values("household_key", "12.0", kind="number") == ["12"]
    assert problem("address", "x" * 301)[0] == "text_long"


# ── all of it ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_every_field_reads_an_empty_column_and_refuses_no_empty_cell(field):
    parsed = read(field, "", "  ", "\u200b", "-")
    assert parsed.values == [None] * 4
    assert parsed.problems == []
    assert read(field).values == []


def test_every_type_is_used():
    assert {field.type for field in FIELDS.values()} == set(TYPES)


def test_every_text_belongs_to_a_problem():
    folder = Path(pbrt_geo.intake.__file__).parent
    source = "".join((folder / f"{name}.py").read_text(encoding="utf-8") for name in MODULES)
    declared = set(re.findall(r'"((?:[a-z]+_)+[a-z]+)"', source))
    for language in LANGUAGES:
        file = folder.parent / "text" / language / "intake_values.toml"
        keys_ = set(tomllib.loads(file.read_text(encoding="utf-8"))["problem"]["cell"])
        assert keys_ <= declared | {"desil_form", "number_form"}  # put together there
        assert {f"problem.cell.{key}" for key in keys_} <= texts(language).keys()


def test_a_column_of_a_big_file_is_read_at_once():
    """150,000 values in 0.3 s on two free cores; ten times that is far too slow on any machine."""
    n = 150_000
    numbers = [nik(i % 9999 + 1, born=(i % 28 + 1, i % 12 + 1, i % 100)) for i in range(n)]
    columns = {
        "nik": numbers,
        "no_kk": [kk(i % 9999 + 1) for i in range(n)],
        "birth_date": [f"{i % 28 + 1:02d}-{i % 12 + 1:02d}-{1930 + i % 90}" for i in range(n)],
        "spending_idr": [f"Rp {i % 900 + 100}.000,00" for i in range(n)],
        "pkh": ["Ya", "Tidak"] * (n // 2),
    }
    for field, column in columns.items():
        start = time.process_time()
        parsed = read(field, *column)
        assert time.process_time() - start < 3
        assert not parsed.problems
