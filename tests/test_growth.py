"""RTs on a date, births and ends."""

import datetime as dt

import village

from benchmarks import bench_edition
from pbrt_geo import growth, read_region
from pbrt_geo.region import Region

GOA, BELO = "52.07.01.2001", "52.07.01.2002"


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


def table_of(events):
    about = {"round": [{"as_of": dt.date(year, 12, 31)} for year in (2006, 2007, 2008)]}
    region = Region(None, about, village.tables(**village.event_tables(events)))
    return growth.growth_table(region).set_index("year")


def test_births_minus_ends_explain_the_growth_between_rounds():
    about = {"round": [{"as_of": dt.date(year, 12, 31)} for year in (2006, 2007, 2008)]}
    table = growth.growth_table(Region(None, about, village.tables()))
    assert list(table["n_rt"]) == [3, 3, 3]
    assert table["born"].tolist()[1:] == [0, 1]
    assert table["ended"].tolist()[1:] == [0, 1]


def test_growth_is_told_by_kind_of_event():
    table = table_of(f"""
        2003-01-01 awal > 1:{GOA} 2:{GOA} 3:{GOA} 4:{BELO}
        2007-02-01 pecah 1 > 1 5:{GOA} 6:{GOA}
        2007-03-01 gabung 2 3 > 2
        2007-12-31 bentuk > 7:{BELO}
        2008-01-01 pecah 4 > 8:{BELO} 9:{BELO}
        2008-05-01 bubar 7 >
        2008-05-01 pindah 2 > 2:{BELO}
        2008-06-01 awal > 10:{BELO}
    """)
    assert table["n_rt"].tolist() == [4, 6, 7]
    # 2007: two more by the split, one less by the merger, one formed on the last day.
    # 2008: RT 4 ended and became two; RT 7 dissolved; RT 10 had been there, but was not recorded.
    counts = ["born", "ended", "split", "formed", "merged", "dissolved", "recorded"]
    assert table.loc[2007, counts].tolist() == [3, 1, 2, 1, 1, 0, 0]
    assert table.loc[2008, counts].tolist() == [2, 2, 1, 0, 0, 1, 1]
    assert table.loc[2006, counts].isna().all()


def test_who_was_there_when_recording_began_was_not_born():
    events = village.event_tables(f"2008-01-01 awal > 1:{GOA}\n2008-02-01 bentuk > 2:{GOA}")
    state = village.state(**events)
    assert growth.n_rt_born(state, level="desa")[GOA] == 1


def test_the_sample_grows_as_its_source_says():
    table = growth.growth_table(read_region(bench_edition.SAMPLE)).set_index("year")
    assert table["n_rt"].tolist() == [612, 622, 695]
    for year in (2007, 2008):
        row = table.loc[year].astype(int)
        assert row["born"] - row["ended"] == row["n_rt"] - table.loc[year - 1, "n_rt"]
        by_kind = row["split"] + row["formed"] - row["merged"] - row["dissolved"]
        assert by_kind == row["born"] - row["ended"]
        assert row["recorded"] == 0


# ── the rule on the size of an RT ───────────────────────────────────────────────────────────────

SIZES = "household_id rt n_residents\n" + "\n".join(
    f"h{rt}-{i} {rt} 1" for rt, n in ((1, 3), (2, 2), (3, 4)) for i in range(n)
)
"""Three households in RT 1 and two in RT 2, of desa; four in RT 3, of a kelurahan."""


def sized(limit_desa=2, limit_kelurahan=5, households=SIZES, **given):
    limits = village.tables()["parameters"].iloc[:2].copy()
    limits["parameter_id"] = ["rt_max_households_desa", "rt_max_households_kelurahan"]
    limits["value"] = [float(limit_desa), float(limit_kelurahan)]
    return village.state(households=village.households(households), parameters=limits, **given)


def test_the_size_of_an_rt_against_the_rule():
    state = sized()
    assert growth.limit_use_rate(state).to_dict() == {
        village.RT1: 1.5,
        village.RT2: 1,
        village.RT3: 0.8,
    }
    # 3 + 2 + 4 households in RTs that may have 2 + 2 + 5.
    assert growth.limit_use_rate(state, level="kabupaten")["52.07"] == 1
    over = growth.n_rt_over_limit(state)
    assert over.to_dict() == {village.RT1: 1, village.RT2: 0, village.RT3: 0}
    assert growth.n_rt_over_limit(state, level="kabupaten")["52.07"] == 1


def test_an_rt_without_households_is_left_out_of_the_rule():
    state = sized(households="\n".join(SIZES.splitlines()[:4]))
    assert growth.limit_use_rate(state, level="kabupaten")["52.07"] == 1.5
    assert growth.n_rt_over_limit(state)[[village.RT2, village.RT3]].isna().all()


def test_without_a_rule_nothing_is_said():
    state = village.state(households=village.households(SIZES))
    assert growth.limit_use_rate(state, level="kabupaten").isna().all()
    assert growth.n_rt_over_limit(state).isna().all()
