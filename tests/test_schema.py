"""Tables keep their rules, and a broken rule is told with its rows."""

import pandas as pd
import pytest
import village

from pbrt_geo import schema
from pbrt_geo.codes import is_rt_id, rt_id
from pbrt_geo.errors import CodeError, SchemaError
from pbrt_geo.region import reference_problems


def test_a_broken_rule_says_how_many_what_where_and_what_to_do():
    households = village.households("household_id rt n_residents\na 1 4\nb 1 0\nc 1 -2")
    with pytest.raises(SchemaError) as caught:
        schema.HOUSEHOLDS.check(households)
    text = caught.value.text("id")
    assert "2 baris" in text
    assert "`n_residents`" in text
    assert "baris 2, 3" in text
    assert "wajib diisi; 1 atau lebih" in text


def test_all_problems_come_at_once():
    households = village.households("household_id rt n_residents\na 1 0").drop(columns="rt_id")
    keys = [problem.key for problem in schema.HOUSEHOLDS.problems(households)]
    assert keys == ["missing_column", "broken_rule"]


def test_a_key_used_twice_is_refused():
    households = village.households("household_id rt n_residents\na 1 4\na 1 3")
    assert schema.HOUSEHOLDS.problems(households)[0].key == "duplicate_key"


def test_a_row_that_points_nowhere_is_told():
    rts = village.rt_table("serial valid_from valid_to desa_id\n1 2003-01-01 . 52.07.09.2001")
    problems = reference_problems(village.tables(rt=rts))
    assert [problem.key for problem in problems] == ["dangling"]
    assert "`desa_id`" in problems[0].text("en")


def test_no_message_repeats_a_value():
    households = village.households("household_id rt n_residents\nSITI 1 0")
    assert "SITI" not in schema.HOUSEHOLDS.problems(households)[0].text()


def test_every_table_has_a_key_of_its_own_columns():
    for table in schema.TABLES:
        assert set(table.key) <= {column.name for column in table.columns}


def test_rt_ids_find_every_single_wrong_digit():
    good = rt_id("52.07", 412)
    assert is_rt_id(good)
    for place, digit in enumerate(good):
        if digit.isdigit():
            wrong = good[:place] + str((int(digit) + 1) % 10) + good[place + 1 :]
            assert not is_rt_id(wrong)
    assert not is_rt_id("52070100010001")  # a BPS idsls


@pytest.mark.parametrize(("kabupaten", "serial"), [("5207", 1), ("52.07", 0), ("52.07", 100_000)])
def test_rt_ids_refuse_what_does_not_fit(kabupaten, serial):
    with pytest.raises(CodeError):
        rt_id(kabupaten, serial)


def test_half_open_intervals():
    from datetime import date

    from pbrt_geo.parameters import holds_on

    table = pd.DataFrame(
        {"valid_from": [pd.Timestamp("2006-01-01")], "valid_to": [pd.Timestamp("2007-01-01")]}
    )
    assert holds_on(table, date(2006, 1, 1)).all()
    assert holds_on(table, date(2006, 12, 31)).all()
    assert not holds_on(table, date(2007, 1, 1)).any()
