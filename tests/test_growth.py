"""RTs on a date, births and ends."""

import datetime as dt

import village

from pbrt_geo import growth
from pbrt_geo.region import Region


def test_an_rt_lives_from_its_first_day_to_the_day_before_it_ends():
    def alive(day):
        return set(village.state(day).rt.index)

    assert village.RT3 not in alive(dt.date(2008, 2, 29))
    assert village.RT3 in alive(dt.date(2008, 3, 1))
    assert village.RT4 in alive(dt.date(2008, 5, 31))
    assert village.RT4 not in alive(dt.date(2008, 6, 1))


def test_births_and_ends_are_counted_where_they_happened():
    state = village.state()
    assert growth.n_rt_born(state, level="desa")["52.07.02.1001"] == 1
    assert growth.n_rt_ended(state, level="desa")["52.07.02.1001"] == 1
    assert growth.n_rt_born(state, level="kecamatan")["52.07.01"] == 0


def test_a_new_name_is_not_a_birth():
    rts = village.rt_table("""
        serial valid_from  valid_to    desa_id
        1      2003-01-01  2008-01-01  52.07.01.2001
        1      2008-01-01  .           52.07.01.2001
    """)
    state = village.state(rt=rts)
    assert growth.n_rt(state, level="kabupaten")["52.07"] == 1
    assert growth.n_rt_born(state, level="kabupaten")["52.07"] == 0
    assert growth.n_rt_ended(state, level="kabupaten")["52.07"] == 0


def test_births_minus_ends_explain_the_growth_between_rounds():
    about = {"round": [{"as_of": dt.date(year, 12, 31)} for year in (2006, 2007, 2008)]}
    table = growth.growth_table(Region(None, about, village.tables()))
    assert list(table["n_rt"]) == [3, 3, 3]
    assert table["born"].tolist()[1:] == [0, 1]
    assert table["ended"].tolist()[1:] == [0, 1]
