"""Rows become households; what is said of one must be the same in all its rows."""

import datetime as dt

from intake.people_files import DAY, RT, assert_said, drawn, number_of, staged_of
from pbrt_geo.intake.staging import Origin, stage

FAMILY = """
kk rt nik name   born       role  spending
1  1  1   SURA   1970-03-17 head  400000
1  1  2   RATNA  1972-01-02 -     -
2  2  3   WIRE   1980-05-05 -     -
"""


def test_rows_of_one_no_kk_are_one_household():
    first, second = staged_of(FAMILY).households
    assert first.rows == [1, 2]
    assert first.rt_id == RT[0]
    assert first.values == {"no_kk": number_of(1, "kk"), "kk_state": "valid"}
    assert first.evidence == {"spending_idr": 400_000}
    assert [p.values["name"] for p in first.people] == ["SURA", "RATNA"]
    assert [p.role for p in first.people] == ["head", ""]
    assert second.rows == [3]
    assert second.as_of == DAY


def test_the_number_of_the_household_in_the_file_comes_before_the_no_kk():
    staged = staged_of("key kk nik name\na - 1 SURA\na - 2 RATNA\nb - 3 WIRE")
    assert [h.rows for h in staged.households] == [[1, 2], [3]]
    assert [h.values["kk_state"] for h in staged.households] == ["none", "none"]


def test_rows_of_a_household_that_say_different_things_are_refused():
    rows = FAMILY.replace("RATNA  1972-01-02 -     -", "RATNA  1972-01-02 -     500000")
    staged = staged_of(rows)
    assert staged.refused == {2}
    (trouble,) = staged.troubles
    assert_said(trouble)
    assert (trouble.key, trouble.at) == ("household_differs", ("evidence", "spending_idr"))
    assert trouble.facts == {"row": "2"}  # the first row of the household, as Excel counts


def test_two_rt_in_one_household_are_refused():
    staged = staged_of("kk rt nik name\n1 1 1 SURA\n1 2 2 RATNA")
    assert staged.refused == {2}
    assert {trouble.at for trouble in staged.troubles} == {("place", "rt")}


def test_an_empty_name_is_refused_and_a_sign_for_no_nik_is_not():
    staged = staged_of("kk rt nik name\n1 1 1 -\n2 1 - WIRE")
    assert [(t.row, t.key) for t in staged.troubles] == [(1, "name_empty")]
    for trouble in staged.troubles:
        assert_said(trouble)
    assert staged.households[1].people[0].values["nik_state"] == "none"


def test_a_forgotten_no_kk_is_refused_but_none_told_is_not():
    rows, columns, places = drawn("kk rt nik name\n- 1 1 SURA\n- 1 2 RATNA")
    staged = stage(rows, columns, places, Origin(DAY, "plain", "form"), blank_kk=[True, False])
    assert [(t.row, t.key) for t in staged.troubles] == [(1, "kk_empty")]


def test_rows_tell_their_own_day():
    (household,) = staged_of("kk rt nik name day\n1 1 1 SURA 2025-12-01").households
    assert household.as_of == dt.date(2025, 12, 1)


def test_a_programme_reaches_a_household_if_one_row_says_so():
    (household,) = staged_of("kk rt nik name pkh\n1 1 1 SURA no\n1 1 2 RATNA yes").households
    assert household.programmes == {"pkh": True}
