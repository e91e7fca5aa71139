"""What lived when, and who came from whom: small lives worked out by hand."""

import datetime as dt

import pandas as pd
import pytest
from village import AREAS, RT1, RT2, RT3, RT4, event_tables, households, state, table, tables

from pbrt_geo.codes import rt_id, unit_id
from pbrt_geo.errors import LineageError
from pbrt_geo.lineage import (
    Lineage,
    events_from_periods,
    lineage_of,
    lineage_problems,
    read_lineage,
)
from pbrt_geo.region import typed
from pbrt_geo.schema import EVENT_UNITS, RT

RT5, RT6 = rt_id("52.07", 5), rt_id("52.07", 6)
GOA, BELO = "52.07.01.2001", "52.07.01.2002"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def lineage(text: str) -> Lineage:
    return read_lineage(**event_tables(text), areas=table("areas", AREAS))


def keys(text: str) -> dict[str, str]:
    """Problems of some events, by key, with the text in English."""
    problems = lineage_problems(**event_tables(text), areas=table("areas", AREAS))
    return {problem.key: problem.text("en") for problem in problems}


LIVES = f"""
2003-12-18 awal         > 1:{GOA} 2:{GOA} 5:{BELO}
2007-05-01 pecah    1   > 1 3:{GOA}
2007-09-01 bentuk       > 4:{BELO}
2008-02-01 gabung   2 3 > 2
2008-04-01 pindah   2   > 2:{BELO}
2008-06-01 bubar    4 5 > 5
"""


# ── on a date ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("date", "living"),
    [
        ("2003-12-17", []),
        ("2003-12-18", [RT1, RT2, RT5]),
        ("2007-04-30", [RT1, RT2, RT5]),
        ("2007-05-01", [RT1, RT2, RT3, RT5]),
        ("2008-01-31", [RT1, RT2, RT3, RT4, RT5]),
        ("2008-02-01", [RT1, RT2, RT4, RT5]),
        ("2008-06-01", [RT1, RT2, RT5]),
    ],
)
def test_on_the_day_of_an_event_the_new_state_holds(date: str, living: list[str]) -> None:
    assert list(lineage(LIVES).on(day(date)).index) == living


def test_a_life_knows_birth_end_and_last_desa() -> None:
    lives = lineage(LIVES).lives()
    assert lives["born"].isna().to_dict() == {
        RT1: True,
        RT2: True,
        RT3: False,
        RT4: False,
        RT5: True,
    }
    assert lives.loc[RT3, ["begun", "ended"]].tolist() == [
        pd.Timestamp("2007-05-01"),
        pd.Timestamp("2008-02-01"),
    ]
    assert lives["parent_id"].to_dict() == {RT1: GOA, RT2: BELO, RT3: GOA, RT4: BELO, RT5: BELO}
    earlier = lineage(LIVES).lives(date=day("2008-01-31"))
    assert earlier["ended"].isna().all()
    assert earlier.at[RT2, "parent_id"] == GOA


def test_periods_join_what_did_not_change() -> None:
    rows = lineage(LIVES).rt_table()
    assert RT.problems(rows) == []
    of_two = rows[rows["rt_id"] == RT2]
    assert of_two["desa_id"].tolist() == [GOA, BELO]
    assert of_two["valid_from"].dt.date.tolist() == [day("2003-12-18"), day("2008-04-01")]
    assert (rows["rt_id"] == RT1).sum() == 1, "a split leaves what is written of the parent"


# ── who came from whom ──────────────────────────────────────────────────────────────────────────


def test_links_lead_every_way_people_may_have_gone() -> None:
    links = lineage(LIVES).links(day("2007-01-01"), day("2008-03-01"))
    assert links.to_numpy().tolist() == [
        [RT1, RT1, 2, True],
        [RT1, RT2, 2, True],
        [RT2, RT2, 1, True],
        [RT5, RT5, 1, False],
    ]
    back = lineage(LIVES).links(day("2008-03-01"), day("2007-01-01"))
    assert back[["from_id", "to_id", "n_ways"]].to_numpy().tolist() == [
        [RT1, RT1, 1],
        [RT2, RT1, 2],
        [RT2, RT2, 2],
        [RT5, RT5, 1],
    ], "RT 4 was formed in between: it comes from nobody"


def test_a_boundary_that_moves_connects_both_and_a_takeover_only_one_way() -> None:
    text = f"""
    2003-12-18 awal           > 1:{GOA} 2:{GOA} 3:{GOA}
    2007-01-01 ubah_batas 1 2 > 1 2
    2008-01-01 bubar      2 3 > 3
    """
    links = lineage(text).links(day("2006-01-01"), day("2008-01-01"))
    pairs = links[["from_id", "to_id"]].to_numpy().tolist()
    assert pairs == [[RT1, RT1], [RT1, RT3], [RT2, RT1], [RT2, RT3], [RT3, RT3]]


def test_successors_live_on_the_date() -> None:
    found = lineage(LIVES)
    assert found.successors(RT3, day("2008-12-31")) == [RT2]
    assert found.successors(RT4, day("2008-12-31")) == [RT5]
    assert found.successors(RT3, day("2007-12-31")) == [RT3]
    assert found.successors(RT3, day("2007-04-30")) == [], "not born yet"
    assert found.successors(RT6, day("2008-12-31")) == [], "never heard of"
    gone = lineage(f"2003-12-18 awal > 1:{GOA}\n2007-01-01 bubar 1 >")
    assert gone.successors(RT1, day("2008-12-31")) == []


def test_family_ancestors_and_descendants() -> None:
    found = lineage(LIVES)
    assert found.ancestors(RT2)[["unit_id", "event_id", "generation"]].to_numpy().tolist() == [
        [RT3, "E00004", 1],
        [RT1, "E00002", 2],
    ]
    assert found.descendants(RT1)["unit_id"].tolist() == [RT3, RT2]
    assert found.ancestors(RT1).empty
    family = found.family(RT3)
    edges = family[["event_id", "from_id", "to_id"]].astype(object).where(family.notna(), None)
    assert edges.to_numpy().tolist() == [
        ["E00001", None, RT1],
        ["E00001", None, RT2],
        ["E00002", RT1, RT1],
        ["E00002", RT1, RT3],
        ["E00004", RT2, RT2],
        ["E00004", RT3, RT2],
        ["E00005", RT2, RT2],
    ]
    assert found.family(RT6).empty


def test_who_split_after_the_merger_is_no_ancestor() -> None:
    text = f"""
    2003-12-18 awal       > 1:{GOA} 2:{GOA}
    2007-01-01 pecah  1   > 1 3:{GOA}
    2008-01-01 gabung 1 2 > 2
    """
    assert lineage(text).descendants(RT3).empty
    assert lineage(text).ancestors(RT3)["unit_id"].tolist() == [RT1], "not RT 2, which came later"


# ── corrections ─────────────────────────────────────────────────────────────────────────────────


def test_a_correction_replaces_the_event_wholly() -> None:
    text = f"""
    2003-12-18 awal      > 1:{GOA} 2:{GOA}
    2007-05-01 pecah 1   > 1 3:{GOA}
    2007-06-01 pecah 2   > 2 3:{GOA}          = E00002
    2007-07-01 batal     >                    = E00003
    2007-08-01 pecah 2   > 2 4:{GOA}          = E00004
    """
    found = lineage(text)
    assert list(found.events.index) == ["E00001", "E00005"]
    assert found.events.at["E00005", "corrects"] == "E00004"
    assert list(found.on(day("2008-01-01")).index) == [RT1, RT2, RT4]


CORRECTED = f"2003-12-18 awal > 1:{GOA} 2:{GOA}\n2007-05-01 ganti_nama 1 > 1::Satu\n"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("2007-05-01 batal > =E00009", "lineage_corrects_unknown"),
        ("2007-05-01 batal > =E00003", "lineage_corrects_later"),
        ("2007-05-01 batal >", "lineage_void_alone"),
        ("2007-05-01 batal 1 > =E00002", "lineage_void_units"),
        ("2007-05-01 batal > =E00002\n2007-05-02 batal > =E00002", "lineage_corrects_twice"),
    ],
)
def test_ill_corrections_are_refused(line: str, key: str) -> None:
    assert "E00003" in keys(CORRECTED + line)[key]


def test_a_correction_says_why() -> None:
    made = event_tables(CORRECTED + "2007-05-01 batal > =E00002")
    made["events"]["reason"] = " "
    assert [problem.key for problem in lineage_problems(**made)] == ["lineage_no_reason"]


# ── what contradicts ────────────────────────────────────────────────────────────────────────────

START = f"2003-12-18 awal > 1:{GOA} 2:{GOA} 3:{BELO}\n"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("2007-01-01 bubar 1 >\n2007-05-01 pecah 1 > 1 4:{GOA}", "lineage_ended_unit"),
        ("2007-01-01 bentuk > 2:{GOA}", "lineage_born_twice"),
        ("2007-01-01 bentuk > 4:{GOA}\n2007-02-01 bentuk > 4:{GOA}", "lineage_born_twice"),
        ("2007-01-01 bubar 1 >\n2007-02-01 bentuk > 1:{GOA}", "lineage_born_twice"),
        ("2007-01-01 gabung 1 3 > 1", "lineage_across"),
        ("2007-01-01 pecah 1 > 1 4:{BELO}", "lineage_across"),
        ("2003-01-01 pecah 1 > 1 4:{GOA}", "lineage_unknown_unit"),
        ("2007-01-01 bubar 5 >", "lineage_unknown_unit"),
        ("2007-01-01 ganti_nama 1 > 1::A\n2007-01-01 bubar 1 >", "lineage_two_a_day"),
        ("2007-01-01 pecah 1 > 1", "lineage_kind_rule"),
        ("2007-01-01 pecah 1 2 > 1 2 4:{GOA}", "lineage_kind_rule"),
        ("2007-01-01 gabung 1 > 4:{GOA}", "lineage_kind_rule"),
        ("2007-01-01 gabung 1 2 > 1 2", "lineage_kind_rule"),
        ("2007-01-01 ubah_batas 1 > 1", "lineage_kind_rule"),
        ("2007-01-01 ubah_batas 1 2 > 1 2 4:{GOA}", "lineage_kind_rule"),
        ("2007-01-01 bubar 1 > 4:{GOA}", "lineage_kind_rule"),
        ("2007-01-01 bentuk 1 > 1 4:{GOA}", "lineage_kind_rule"),
        ("2007-01-01 ganti_nama 1 > 1 4:{GOA}", "lineage_kind_rule"),
        ("2007-01-01 ganti_nama 1 > 1:{BELO}", "lineage_moved_aside"),
        ("2007-01-01 pindah 1 > 1:{GOA}", "lineage_not_moved"),
        ("2007-01-01 bentuk > 4", "lineage_incomplete"),
        ("2007-01-01 bentuk > 4:52.07.01", "lineage_parent_unknown"),
        ("2007-01-01 bentuk > 4:52.07.09.2001", "lineage_parent_unknown"),
        ("2007-01-01 bubar >", "lineage_no_units"),
    ],
)
def test_what_contradicts_is_refused(line: str, key: str) -> None:
    found = keys(START + line.replace("{GOA}", GOA).replace("{BELO}", BELO))
    assert "E0000" in found[key]
    assert set(found) <= {key, "lineage_kind_rule"}


def test_all_problems_are_told_at_once_with_their_units() -> None:
    text = (
        START + f"2007-01-01 bubar 1 >\n2007-05-01 pecah 1 > 1 4:{GOA}\n2008-01-01 gabung 2 3 > 2"
    )
    with pytest.raises(LineageError) as told:
        lineage(text)
    assert told.value.text("id").splitlines() == [
        f"1 peristiwa menyangkut satuan yang sudah berakhir: E00003 ({RT1}). Perbaiki kodenya atau "
        "tanggalnya, atau koreksi peristiwa yang mengakhirinya.",
        f"1 pemecahan atau penggabungan melintasi induk: E00004 ({RT2}, {RT3}). Satuan sebelum dan "
        "sesudahnya harus di bawah satu induk (RT: satu desa); catat `pindah` dahulu.",
    ]


def test_a_new_name_changes_no_number() -> None:
    made = event_tables(START + "2007-01-01 ganti_nama 1 > 1::Satu")
    made["event_units"].loc[made["event_units"]["name"] == "Satu", "number"] = "009"
    assert [problem.key for problem in lineage_problems(**made)] == ["lineage_kind_rule"]


def test_units_of_another_level_are_refused() -> None:
    made = event_tables(START)
    made["events"]["level"] = "dusun"
    assert [problem.key for problem in lineage_problems(**made)] == ["lineage_level"]


# ── every level ─────────────────────────────────────────────────────────────────────────────────

UNITS = """
event_id role   unit_id        parent_id      number name
E00001   after  52.07.01.2001  52.07.01       .      Goa
E00001   after  52.07.01.2002  52.07.01       .      Belo
E00002   after  RT-5207-00001-8 52.07.01.2001 001    Satu
E00002   after  RT-5207-00002-6 52.07.01.2002 002    Dua
E00003   after  DSN-5207-00001-8 52.07.01.2001 .     Melati
E00004   before 52.07.01.2002  .              .      .
E00004   before 52.07.01.2001  .              .      .
E00004   after  52.07.01.2001  .              .      Goa_Belo
E00005   before RT-5207-00002-6 .             .      .
E00005   after  RT-5207-00002-6 52.07.01.2001 .      .
"""
LEVELS = """
event_id level kind   date       source
E00001   desa  awal   2003-12-18 test
E00002   rt    awal   2003-12-18 test
E00003   dusun bentuk 2005-01-01 test
E00004   desa  gabung 2008-01-01 test
E00005   rt    pindah 2008-01-01 test
"""


def levels() -> dict[str, pd.DataFrame]:
    return {"events": table("events", LEVELS), "event_units": table("event_units", UNITS)}


def test_desa_come_and_go_by_the_same_events() -> None:
    made = tables(**levels())
    before, after = (state(day(date), **levels()) for date in ("2007-12-31", "2008-01-01"))
    assert lineage_of(made).on(day("2006-01-01"), "dusun")["name"].tolist() == ["Melati"]
    assert unit_id("dusun", "52.07", 1) == "DSN-5207-00001-8"
    assert list(before.ids["desa"]) == [GOA, BELO, "52.07.02.1001"]
    assert before.areas.at[GOA, "name"] == "Goa"
    assert list(after.ids["desa"]) == [GOA, "52.07.02.1001"], "Menala has no events: always there"
    assert after.areas.at[GOA, "name"] == "Goa_Belo"
    assert after.rt["desa_id"].tolist() == [GOA, GOA]


def test_no_rt_stays_in_a_desa_that_ends() -> None:
    made = levels()
    for name, rows in made.items():
        made[name] = rows[rows["event_id"] != "E00005"]
    problems = lineage_problems(**made, areas=table("areas", AREAS))
    assert [problem.key for problem in problems] == ["lineage_parent_gone"]
    assert f"E00002 ({RT2} → {BELO})" in problems[0].text()


def test_an_area_with_events_is_registered() -> None:
    areas = table("areas", AREAS)
    problems = lineage_problems(**levels(), areas=areas[areas["area_id"] != BELO])
    assert "lineage_area_unknown" in [problem.key for problem in problems]


# ── what cells of a living unit leave and empty ─────────────────────────────────────────────────


def test_a_cell_left_empty_leaves_what_was_unless_the_kind_may_empty_it() -> None:
    units = table(
        "event_units",
        f"""
        event_id role   unit_id parent_id number rw  dusun  name
        E00001   after  {RT1}   {GOA}     001    002 Melati Satu
        E00002   before {RT1}   .         .      .   .      .
        E00002   after  {RT1}   .         .      .   .      Dua
        E00003   before {RT1}   .         .      .   .      .
        E00003   after  {RT1}   {BELO}    .      001 .      .
        """,
    )
    events = table(
        "events",
        """
        event_id level kind       date       source
        E00001   rt    awal       2003-12-18 test
        E00002   rt    ganti_nama 2006-01-01 test
        E00003   rt    pindah     2007-01-01 test
        """,
    )
    rows = read_lineage(events, units).periods
    told = rows[["parent_id", "number", "rw", "dusun", "name"]].astype(object)
    assert told.where(told.notna(), None).to_numpy().tolist() == [
        [GOA, "001", "002", "Melati", "Satu"],
        [GOA, "001", None, None, "Dua"],
        [BELO, "001", "001", None, "Dua"],
    ]


# ── lists of RTs with dates ─────────────────────────────────────────────────────────────────────


def listed(text: str) -> pd.DataFrame:
    rows = table("rt", text)
    rows["rt_id"] = [rt_id("52.07", int(serial)) for serial in rows["rt_id"]]
    return typed(rows.assign(source="test", name=rows["name"].fillna("RT")), RT)


LISTED = """
rt_id valid_from valid_to   desa_id       number rw  name
1     2003-12-18 2007-03-01 52.07.01.2001 001    001 .
1     2007-03-01 2008-01-01 52.07.01.2001 002    001 .
1     2008-01-01 .          52.07.01.2002 002    001 .
2     2003-12-18 2008-02-01 52.07.01.2001 003    .   .
3     2007-05-01 2007-06-01 52.07.01.2001 004    .   A
3     2007-06-01 .          52.07.01.2001 004    .   B
"""


def test_a_list_of_rts_becomes_events() -> None:
    events, units = events_from_periods(listed(LISTED))
    assert EVENT_UNITS.problems(units) == []
    kinds = events["kind"].tolist()
    assert kinds == ["awal", "awal", "ganti_nomor", "bentuk", "ganti_nama", "pindah", "bubar"]
    rows = read_lineage(events, units).rt_table()
    expected = listed(LISTED)
    names = ["rt_id", "valid_from", "valid_to", "desa_id", "number", "name"]
    pd.testing.assert_frame_equal(rows[names], expected[names], check_dtype=False)


@pytest.mark.parametrize(
    "line", ["2 2009-01-01 . 52.07.01.2001 003 . .", "3 2008-01-01 . 52.07.01.2001 004 . ."]
)
def test_a_list_with_gaps_or_overlaps_is_refused(line: str) -> None:
    with pytest.raises(LineageError, match=rt_id("52.07", int(line[0]))):
        events_from_periods(listed(LISTED + line))


# ── the state ───────────────────────────────────────────────────────────────────────────────────


def test_expired_codes_are_told_with_those_who_came_after() -> None:
    homes = households(
        """
        household_id rt as_of n_residents
        a            1  .     1
        b            3  .     2
        c            3  .     1
        d            6  .     1
        """
    )
    text = LIVES + f"2009-01-01 bentuk > 6:{GOA}"
    expired = state(households=homes, **event_tables(text)).expired()
    assert expired[["rt_id", "table", "n_rows"]].to_numpy().tolist() == [
        [RT3, "households", 2],
        [RT6, "households", 1],
    ]
    assert expired["kind"].tolist()[0] == "gabung"
    assert expired["successors"].tolist() == [[RT2], []]
    assert expired["ended"].tolist()[0] == pd.Timestamp("2008-02-01")
    assert pd.isna(expired["ended"].tolist()[1]), "not born yet"


def test_births_of_those_already_there_are_not_known() -> None:
    lives = state(**event_tables(LIVES)).rt_lives
    assert lives["born"].dt.year.dropna().to_dict() == {RT3: 2007, RT4: 2007}
    assert lives["ended"].dt.year.dropna().to_dict() == {RT3: 2008, RT4: 2008}
