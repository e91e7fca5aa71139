"""Numbers, money and coordinates: the column decides about dots and commas, or asks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.cells import keys, problem, read, values
from pbrt_geo.intake.fields import FIELDS

AMOUNT = replace(FIELDS["spending_idr"], minimum=None, maximum=None)
"""Rupiah without limits."""


@pytest.mark.parametrize(
    ("text", "rupiah"),
    [
        ("1500000", 1_500_000),
        ("1.500.000", 1_500_000),
        ("1,500,000", 1_500_000),
        ("1 500 000", 1_500_000),
        ("Rp 1.500.000", 1_500_000),
        ("Rp1.500.000,00", 1_500_000),
        ("Rp. 1.500.000,-", 1_500_000),
        ("IDR 1,500,000.50", 1_500_000.5),
        ("1.234,5", 1_234.5),
        ("1,234.5", 1_234.5),
        ("1500000.0", 1_500_000),
        ("500 ribu", 500_000),
        ("500rb", 500_000),
        ("1,5 juta", 1_500_000),
        ("1.25 jt", 1_250_000),
        ("750.000,- /bulan", 750_000),
    ],
)
def test_ways_of_writing_money(text, rupiah):
    assert values(AMOUNT, text) == [rupiah]


@given(st.integers(1, 999_999_999), st.sampled_from([",", "."]))
def test_every_amount_is_read_back_where_the_sign_is_declared(amount, decimal):
    written = f"{amount:,}".replace(",", "." if decimal == "," else ",")
    assert values(AMOUNT, written, decimal=decimal) == [amount]


@given(st.lists(st.integers(1, 999_999), min_size=1, max_size=6), st.sampled_from([",", "."]))
def test_no_amount_is_ever_read_as_another(amounts, decimal):
    """Whatever a column holds, what is read undeclared is what was meant, or is asked."""
    texts = [f"{amount:,}".replace(",", "." if decimal == "," else ",") for amount in amounts]
    parsed = read(AMOUNT, *texts)
    asked = set(parsed.question.cells) if parsed.question else set()
    for index, amount in enumerate(amounts):
        assert parsed.values[index] == (None if index in asked else amount)


def test_hostile_38_one_and_a_half_or_fifteen_hundred_is_asked_once():
    parsed = read(AMOUNT, "1.500", "2.750", "900")
    assert parsed.values == [None, None, 900]
    assert parsed.question.setting == "decimal"
    assert parsed.question.options == (",", ".")
    assert parsed.question.cells == (0, 1)
    assert problem(AMOUNT, "1.500") == (
        "number_decimal",
        "1.500 dapat berarti ribuan atau pecahan, dan kolom ini tidak menunjukkan yang mana. "
        "Pilih tanda desimal untuk seluruh kolom.",
    )


def test_hostile_38_the_answer_or_another_cell_decides():
    assert values(AMOUNT, "1.500", decimal=",") == [1500]
    assert values(AMOUNT, "1.500", decimal=".") == [1.5]
    assert values(AMOUNT, "1.500", "12,5") == [1500, 12.5]
    assert values(AMOUNT, "1.500", "1.500.000") == [1500, 1_500_000]
    assert values(AMOUNT, "1,500", "1.5") == [1500, 1.5]


def test_cells_that_contradict_each_other_decide_nothing():
    parsed = read(AMOUNT, "1.500", "12,5", "12.5")
    assert parsed.values == [None, 12.5, 12.5]
    assert parsed.question.cells == (0,)
    declared = read(AMOUNT, "1.500", "12,5", "12.5", decimal=",")
    assert declared.values == [1500, 12.5, None]
    assert keys(declared) == {2: "number_other_mark"}


def test_a_number_that_excel_stored_needs_no_decision():
    assert values(AMOUNT, "1500.0", "1.5", kind="number") == [1500, 1.5]
    parsed = read(AMOUNT, "1.500", "1.5", kinds=["text", "number"])
    assert parsed.question.cells == (0,)  # the number says nothing of how people write


@pytest.mark.parametrize("text", ["1e6", "1,5E+06", "5.2e-3"])
def test_powers_of_ten_are_refused(text):
    assert problem(AMOUNT, text)[0] == "number_scientific"


@pytest.mark.parametrize(
    "text", ["6x6", "500.000-1.000.000", "1.23.456", "12,34,56", "lima ratus", "12%", "1.500,00.0"]
)
def test_what_is_no_number_is_refused(text):
    assert problem(AMOUNT, text)[0] == "number_form"


def test_zero_is_not_known_and_never_poor():
    parsed = read("spending_idr", "0", "Rp 0,00", "500000")
    assert parsed.values == [None, None, 500_000]
    assert parsed.problems == [(i, "number_zero", {}, "warning") for i in (0, 1)]


def test_hostile_38_amounts_in_thousands_are_not_taken_for_rupiah():
    assert problem("spending_idr", "750") == (
        "number_range",
        "750 di luar 10.000 sampai 1.000.000.000. Periksa angkanya.",
    )


def test_units_and_limits():
    assert values("floor_area_m2", "36 m2", "36m²", "45,5", "40 M") == [36, 36, 45.5, 40]
    assert values("n_residents", "4 orang", "5 Jiwa", "3.0") == [4, 5, 3]
    assert keys(read("n_residents", "61", "-2", "3,5")) == {
        0: "number_range",
        1: "number_range",
        2: "number_whole",
    }
    assert problem("n_residents", "61")[1] == "61 di luar 1 sampai 60. Periksa angkanya."


def test_desil():
    assert values("dtsen_desil", "1", "Desil 2", "D3", "desil-10", "4.0") == [1, 2, 3, 10, 4]
    assert values("dtsen_desil", "", "Belum ada", "-") == [None] * 3
    parsed = read("dtsen_desil", "6-10", ">5", "11", "0")
    assert keys(parsed) == {0: "desil_form", 1: "desil_form", 2: "number_range", 3: "number_zero"}


# ── coordinates ─────────────────────────────────────────────────────────────────────────────────


def test_coordinates_take_a_comma_for_decimals():
    assert values("lat", "-8,751", "-8.7512", "−8.75°", "1.5") == [-8.751, -8.7512, -8.75, 1.5]
    assert values("lon", "116,851", "116.8512", kind="number") == [116.851, 116.8512]


def test_coordinates_that_are_none():
    for text in ("0", "0.0", "-", "Tidak Ada"):
        assert read("lat", text).none_told == {0}


def test_coordinates_elsewhere_are_refused_and_swapped_ones_noticed():
    assert problem("lat", "116.85")[0] == "coordinate_swapped"
    assert problem("lon", "-8.75")[0] == "coordinate_swapped"
    assert problem("lat", "52.1")[0] == "coordinate_outside"
    assert problem("lat", "-8.751.234")[0] == "coordinate_form"
    assert problem("lat", "8°45'S")[0] == "coordinate_form"
    assert problem("lon", "482000")[0] == "coordinate_form"


@pytest.mark.parametrize(
    "text",
    [
        *("-8.75, 116.85", "-8.75,116.85", "-8.75 116.85", "-8.75;116.85", "(-8.75, 116.85)"),
        *("-8,75 116,85", "-8,75, 116,85", "-8,75,116,85", "-8,75; 116,85"),
        *("-8.75 116.85 12.0 4.5", "-8.75 116.85 0 0", "−8.75, 116.85"),
    ],
)
def test_pairs_of_coordinates(text):
    assert values("latlon", text) == [(-8.75, 116.85)]


def test_pairs_that_are_none_or_wrong():
    parsed = read("latlon", "0, 0", "0.0 0.0 0 0", "Tidak Ada")
    assert parsed.none_told == {0, 1, 2}
    assert problem("latlon", "116.85, -8.75")[0] == "latlon_swapped"
    assert problem("latlon", "51.5, -0.1")[0] == "coordinate_outside"
    for text in ("-8.75", "rumah pak RT", "1, 2, 3, 4, 5", "https://maps/x"):
        assert problem("latlon", text)[0] == "latlon_form"
