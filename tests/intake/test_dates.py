"""Dates: what the column decides, what a cell tells, what nobody can know."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.cells import ON, keys, problem, read, values

DAY = dt.date(1990, 3, 17)


@pytest.mark.parametrize(
    "text",
    [
        *("17-03-1990", "17/03/1990", "17.3.1990", "17 03 1990", "17/3/90", "17-03-1990 00:00:00"),
        *("17 Maret 1990", "17-Mar-90", "17 MARET 1990", "17Mar1990", "Taliwang, 17-03-1990"),
        *("1990-03-17", "1990/03/17", "1990-03-17T08:15:00.000+08:00", "1990-03-17 08:15:00"),
        *("17031990", "19900317", "32949", "32949.0", " 17-03-1990\u200b"),
    ],
)
def test_ways_of_writing_a_day(text):
    assert values("birth_date", text) == [DAY]


@pytest.mark.parametrize(
    ("month", "number"),
    [
        *(("Januari", 1), ("Peb", 2), ("Februari", 2), ("Mei", 5), ("Agustus", 8), ("Agt", 8)),
        *(("Nopember", 11), ("Okt", 10), ("October", 10), ("Desember", 12), ("Dec", 12)),
    ],
)
def test_months_in_both_languages(month, number):
    assert values("birth_date", f"2 {month} 1985") == [dt.date(1985, number, 2)]


@given(st.dates(dt.date(1900, 1, 1), ON))
def test_every_day_is_read_back(day):
    ways = (f"{day:%d-%m-%Y}", f"{day:%Y-%m-%d}", f"{day:%d%m%Y}", f"{day:%Y%m%d}")
    for way in ways:
        assert values("birth_date", way) == [day]
    assert values("birth_date", day.isoformat(), kind="date") == [day]


@given(st.dates(dt.date(1927, 5, 18), ON))
def test_every_serial_of_excel_is_read_back(day):
    serial = str((day - dt.date(1899, 12, 30)).days)
    assert values("birth_date", serial) == values("birth_date", serial, kind="number") == [day]


def test_hostile_47_day_first_serial_impossible_and_another_calendar():
    parsed = read("birth_date", "01/02/2025", "45689", "32/13/2025", "01/02/2567")
    assert parsed.values == [dt.date(2025, 2, 1), dt.date(2025, 2, 1), None, None]
    assert keys(parsed) == {2: "date_impossible", 3: "date_range"}
    assert problem("birth_date", "01/02/2567")[1] == (
        "Tanggal 01/02/2567 di luar 01-01-1900 sampai 01-06-2026. "
        "Periksa tahunnya; tahun ditulis menurut kalender Masehi."
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("31/02/1990", "date_impossible"),
        ("00/03/1990", "date_impossible"),
        ("1990-13-01", "date_impossible"),
        ("17-03-1899", "date_range"),
        ("02-06-2026", "date_range"),
        ("1990", "date_year_only"),
        ("1990.0", "date_year_only"),
        ("17-03-12", "date_two_digits"),
        ("35", "date_form"),
        ("170390", "date_form"),
        ("17 Foo 1990", "date_form"),
        ("sebelum puasa", "date_form"),
        ("17-03", "date_form"),
    ],
)
def test_what_is_no_day_is_refused(text, key):
    assert problem("birth_date", text)[0] == key


def test_a_year_of_two_digits_is_read_where_one_century_is_possible():
    assert values("birth_date", "17-03-27", "17-03-99") == [
        dt.date(1927, 3, 17),
        dt.date(1999, 3, 17),
    ]


@pytest.mark.parametrize("text", ["0000-00-00", "00/00/0000", "0", "-", "Tidak tahu"])
def test_what_says_that_there_is_no_date(text):
    parsed = read("birth_date", text)
    assert (parsed.values, parsed.problems, parsed.none_told) == ([None], [], {0})


def test_one_date_that_only_reads_month_first_puts_the_column_in_question():
    texts = ("01/02/1980", "05/13/1980", "13/02/1980", "03/03/1980", "1980-02-01")
    parsed = read("birth_date", *texts)
    assert parsed.question.setting == "date_order"
    assert parsed.question.options == ("dmy", "mdy")
    assert parsed.question.cells == (0, 1)
    assert parsed.values[:2] == [None, None]
    assert keys(parsed) == {0: "date_order", 1: "date_order"}
    assert parsed.values[2:] == [
        dt.date(1980, 2, 13),
        dt.date(1980, 3, 3),
        dt.date(1980, 2, 1),
    ]


def test_the_answer_reads_the_column():
    texts = ("01/02/1980", "05/13/1980")
    assert values("birth_date", *texts, date_order="mdy") == [
        dt.date(1980, 1, 2),
        dt.date(1980, 5, 13),
    ]
    parsed = read("birth_date", *texts, date_order="dmy")
    assert parsed.values == [dt.date(1980, 2, 1), None]
    assert keys(parsed) == {1: "date_impossible"}
    assert parsed.question is None


def test_date_cells_in_which_excel_took_days_for_months_are_refused():
    cells = [
        f"1980-{day:02d}-{month:02d}" for day, month in zip(range(1, 13), range(1, 13), strict=True)
    ]
    texts = ["13/02/1980", "17/05/1981", "30/11/1975"]
    kinds = ["date"] * 12 + ["text"] * 3
    parsed = read("birth_date", *cells, *texts, kinds=kinds)
    assert parsed.values[:12] == [None] * 12
    assert set(keys(parsed).values()) == {"date_swapped"}
    assert parsed.values[12:] == [dt.date(1980, 2, 13), dt.date(1981, 5, 17), dt.date(1975, 11, 30)]
    told = read("birth_date", *cells, "1980-01-20", *texts, kinds=["date", *kinds])
    assert told.problems == []  # the 20th shows that Excel knew
    mixed = read("birth_date", *cells, *texts, "03/02/1980", kinds=[*kinds, "text"])
    assert mixed.problems == []  # a text that an American Excel would have taken
