"""NIK, No. KK and names: what is one, what is none, what was damaged."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.cells import keys, kk, nik, problem, read, values
from pbrt_geo.intake.identity import (
    PROVINCES,
    Told,
    against_nik,
    has_mixed_scripts,
    told_by,
)

BORN = st.dates(dt.date(1926, 1, 1), dt.date(2025, 12, 31))


@given(
    province=st.sampled_from(sorted(PROVINCES)),
    born=BORN,
    female=st.booleans(),
    serial=st.integers(1, 9999),
)
def test_every_nik_of_every_province_is_read_as_it_is(province, born, female, serial):
    number = nik(
        serial,
        province=province,
        born=(born.day, born.month, born.year % 100),
        female=female,
    )
    assert values("nik", number) == [number]
    sex = "female" if female else "male"
    assert told_by(number) == Told(sex, born.day, born.month, born.year % 100)


@given(
    province=st.sampled_from(sorted(PROVINCES)),
    born=BORN,
    serial=st.integers(1, 9999),
    n=st.just(6),
)
def test_hostile_32_no_nik_that_was_a_number_is_read_as_another(province, born, serial, n):
    """A program keeps a number as float64, Excel only 15 digits of it; either way none is wrong."""
    numbers = [
        nik(
            (serial + i) % 9999 + 1, province=province, born=(born.day, born.month, born.year % 100)
        )
        for i in range(n)
    ]
    for stored in (
        [repr(float(number)) for number in numbers],
        [str(int(float(number))) for number in numbers],
        [number[:15] + "0" for number in numbers],
    ):
        parsed = read("nik", *stored, kind="number")
        told = zip(parsed.values, numbers, strict=True)
        assert all(value is None or value == number for value, number in told)
        refused = {index for index, *_ in parsed.problems}
        assert refused == {i for i, value in enumerate(parsed.values) if value is None}


@pytest.mark.parametrize("province", ["91", "92", "93", "94", "95", "96"])
def test_above_two_to_the_53_no_number_is_trusted(province):
    stored = [repr(float(nik(serial, province=province))) for serial in (1, 2, 3, 13, 17)]
    parsed = read("nik", *stored, kind="number")
    assert parsed.values == [None] * 5
    assert set(keys(parsed).values()) == {"id_number"}


def test_numbers_below_keep_all_digits_when_a_program_wrote_them():
    numbers = [nik(serial) for serial in (1, 2, 3, 14, 27)]
    assert values("nik", *numbers, kind="number") == numbers
    assert values("nik", *(f"{number}.0" for number in numbers)) == numbers


def test_hostile_31_numbers_of_a_column_that_ends_mostly_in_0_are_all_refused():
    stored = [nik(serial)[:15] + "0" for serial in (21, 35, 46, 57)] + [nik(3)]
    parsed = read("nik", *stored, kind="number")
    assert parsed.values == [None] * 5
    assert keys(parsed) == dict.fromkeys(range(5), "id_number")
    _, text = problem("nik", nik(20), kind="number")
    assert text == (
        "Disimpan Excel sebagai bilangan: hanya 15 angka pertama yang terjaga, angka ke-16 dapat "
        "berubah menjadi 0 (1 dari 1 bilangan di kolom ini berakhir 0). "
        "Atur format kolom menjadi Teks, lalu tulis ulang dari kartu."
    )


def test_texts_that_were_once_numbers_show_by_their_endings():
    stored = [nik(serial)[:15] + "0" for serial in (21, 35, 46, 57, 68)] + [nik(3)]
    parsed = read("nik", *stored)
    assert parsed.values == [None] * 5 + [nik(3)]
    assert set(keys(parsed).values()) == {"id_text_damaged"}
    partly = [nik(i)[:15] + "0" if i % 4 == 0 else nik(i) for i in range(11, 411)]
    assert len(keys(read("nik", *partly))) == sum(text[-1] == "0" for text in partly)
    tenth = [nik(serial) for serial in range(1, 101)]
    assert values("nik", *tenth) == tenth  # one in ten ends in 0 by right


@pytest.mark.parametrize("text", ["5,20701E+15", "5.20701e15", "5E+15"])
def test_hostile_34_a_power_of_ten_is_refused(text):
    assert problem("nik", text) == (
        "id_scientific",
        "Berupa bilangan pangkat (misalnya 5,2E+15), sehingga angka aslinya sudah hilang. Atur "
        "format kolom menjadi Teks, lalu tulis ulang 16 angka dari kartu.",
    )


@pytest.mark.parametrize(
    ("number", "key"),
    [
        (nik()[:15], "id_length"),
        (nik() + "0", "id_length"),
        ("99" + nik()[2:], "id_province"),
        ("00" + nik()[2:], "id_province"),
        (nik(place="0001"), "nik_region"),
        (nik(place="0700"), "nik_region"),
        (nik(born=(0, 3, 90)), "nik_birth"),
        (nik(born=(32, 3, 90)), "nik_birth"),
        (nik(born=(32, 3, 90), female=True), "nik_birth"),
        (nik(born=(31, 4, 90)), "nik_birth"),
        (nik(born=(30, 2, 90)), "nik_birth"),
        (nik(born=(29, 2, 90)), "nik_birth"),
        (nik(born=(17, 13, 90)), "nik_birth"),
        (nik(0), "nik_serial"),
        ("1" * 16, "id_repeated"),
        (nik().replace("0", "O"), "id_letter"),
        (nik().replace("1", "I", 1), "id_letter"),
        ("KTP hilang", "id_not_digits"),
        (nik() + "/" + nik(2), "id_not_digits"),
    ],
)
def test_hostile_50_what_cannot_be_a_nik_is_refused(number, key):
    found, text = problem("nik", number)
    assert found == key
    assert number not in text


def test_leap_days_and_women_are_read():
    numbers = [nik(born=(29, 2, 0)), nik(born=(29, 2, 88), female=True), nik(born=(31, 12, 99))]
    assert values("nik", *numbers) == numbers


@pytest.mark.parametrize(
    "text",
    ["0" * 16, "0", "00", "Tidak Ada", "tidak ada", "-", "–", "N/A", "belum ada", "NULL", "0.0"],
)
def test_hostile_50_no_nik_is_a_state_of_its_own(text):
    parsed = read("nik", nik(), text, "", "  ")
    assert parsed.values == [nik(), None, None, None]
    assert parsed.problems == []
    assert parsed.none_told == {1}


def test_signs_between_the_digits_are_no_harm():
    number = nik()
    loose = f"{number[:4]} {number[4:8]} {number[8:12]} {number[12:]}"
    texts = (f"'{number}", f" {number}\u200b", f"{number[:6]}.{number[6:]}", loose)
    full = number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert values("nik", *texts, full) == [number] * 5


@pytest.mark.parametrize(
    "field", ["nik", "name", "birth_date", "spending_idr", "wall", "pkh", "rt"]
)
def test_errors_and_formulas_without_a_result_are_told(field):
    parsed = read(field, "#N/A", "", kinds=["error", "formula_empty"])
    assert keys(parsed) == {0: "error_value", 1: "formula_empty"}


def test_no_kk_has_16_digits_of_a_province():
    assert values("no_kk", kk()) == [kk()]
    assert read("no_kk", "0" * 16).none_told == {0}
    assert problem("no_kk", kk()[:15])[0] == "id_length"
    assert problem("no_kk", "99" + kk()[2:])[0] == "id_province"
    assert problem("no_kk", kk(20), kind="number")[0] == "id_number"


def test_a_nik_that_tells_otherwise_is_a_warning():
    niks = [nik(born=(17, 3, 90)), nik(born=(17, 3, 90), female=True), nik(), None]
    births = [dt.date(1990, 3, 17), dt.date(1990, 3, 18), None, dt.date(1990, 3, 17)]
    sexes = ["male", "male", "male", "female"]
    found = against_nik(niks, births, sexes)
    assert found == [
        (1, "nik_other_birth", {}, "warning"),
        (1, "nik_other_sex", {}, "warning"),
    ]


# ── names ───────────────────────────────────────────────────────────────────────────────────────


def test_hostile_45_words_that_programs_take_for_nothing_are_names():
    names = ["NA", "NULL", "None", "Nan", "Nihil", "INF"]
    assert values("name", *names) == names


def test_no_name_is_told():
    parsed = read("name", "-", "Tidak Ada", "")
    assert parsed.values == [None] * 3
    assert parsed.none_told == {0, 1}


def test_hostile_30_invisible_signs_go_and_forms_are_one():
    decomposed = "Cafe\u0301"
    parsed = values(
        "name", "SITI\u200b \u202eAMINAH", decomposed, " Ma`ruf  Jati ", "H. M. Amin, S.Pd"
    )
    assert parsed == ["SITI AMINAH", "Caf\u00e9", "Ma`ruf Jati", "H. M. Amin, S.Pd"]


def test_hostile_30_letters_of_two_scripts_in_a_word_are_a_warning():
    parsed = read("name", "S\u0406TI", "SITI")
    assert parsed.values == ["S\u0406TI", "SITI"]
    assert parsed.problems == [(0, "name_mixed_scripts", {}, "warning")]
    assert not has_mixed_scripts("José Ñuñez")
    assert not has_mixed_scripts("\u0410\u043c\u0438\u0440 Amir")


def test_digits_in_a_name_are_a_warning_and_a_name_without_letters_an_error():
    assert read("name", "ANI 2").problems == [(0, "name_digits", {}, "warning")]
    assert problem("name", "12 34")[0] == "name_no_letters"
