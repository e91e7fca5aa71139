"""People on the boundaries of another date: nobody is lost, nobody counts twice, and how we know.

Drawings are maps of RTs by serial; a house stands in the middle of the cell `x y`, counted from
the lower left corner. Every village has its events, so that the lineage is the one of the library.
"""

import datetime as dt
from dataclasses import replace
from functools import lru_cache
from io import StringIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import village
from drawing import CELL, SOUTH, WEST, draw
from hypothesis import given, settings
from hypothesis import strategies as st
from lineages import histories

from pbrt_geo import compute, schema
from pbrt_geo.codes import rt_id
from pbrt_geo.crosswalk import carry, carry_rate, evidence_by_level, place
from pbrt_geo.lineage import read_lineage
from pbrt_geo.measures import roll_up
from pbrt_geo.parameters import Parameters
from pbrt_geo.population import density_km2, n_households, n_residents
from pbrt_geo.region import typed
from pbrt_geo.schema import EVIDENCE, LEVELS
from pbrt_geo.state import latest_round, state_on

GOA, BELO = "52.07.01.2001", "52.07.01.2002"
OLD, NEW = dt.date(2006, 12, 31), dt.date(2008, 12, 31)

START = f"2003-01-01 awal > 1:{GOA} 2:{GOA} 3:{BELO}\n"
SPLIT = START + f"2007-05-01 pecah 1 > 1 5:{GOA}"
MERGER = START + "2007-05-01 gabung 1 2 > 1"
MOVE = START + f"2007-05-01 pindah 2 > 2:{BELO}"
SHIFT = START + "2007-05-01 ubah_batas 1 2 > 1 2"
FORMED = START + f"2007-05-01 bentuk > 5:{GOA}"
DISSOLVED = START + "2007-05-01 bubar 2 > "

BEFORE = """
1 1 2 3
1 1 2 3
"""
AFTER_SPLIT = """
5 1 2 3
5 1 2 3
"""


def rt(serial):
    return rt_id("52.07", serial)


def boundaries(kind="official", **maps):
    """Polygons of drawings; `y2007` holds from the first of May 2007 until the next begins."""
    starts = [pd.Timestamp(int(name[1:]), 5, 1) for name in maps]
    parts = []
    for start, end, picture in zip(starts, [*starts[1:], pd.NaT], maps.values(), strict=True):
        shapes = draw(picture)
        part = gpd.GeoDataFrame(
            {"rt_id": [rt(int(name)) for name in shapes.index], "boundary_kind": kind},
            geometry=shapes.geometry.to_numpy(),
            crs=4326,
        )
        parts.append(part.assign(valid_from=start, valid_to=end, source="test"))
    return typed(pd.concat(parts, ignore_index=True), schema.RT_BOUNDARIES)


def households(text):
    """Lines of `household year rt x y`, with `n` persons if that column is there."""
    cells = pd.read_csv(
        StringIO(text.strip()), sep=r"\s+", na_values=["."], dtype={"household": str}
    )
    made = village.households(
        "household_id rt n_residents\n"
        + "\n".join(f"{h} {r} 1" for h, r in zip(cells["household"], cells["rt"], strict=True))
    )
    made["n_residents"] = cells["n"].to_numpy() if "n" in cells else 1
    made["as_of"] = pd.to_datetime(cells["year"].astype(str) + "-12-31").astype("datetime64[s]")
    made["lon"] = WEST + (cells["x"].astype(float) + 0.5) * CELL
    made["lat"] = SOUTH + (cells["y"].astype(float) + 0.5) * CELL
    return made


def states(events, people, **given):
    tables = village.event_tables(events) | {"households": households(people)} | given
    return village.state(OLD, **tables), village.state(NEW, **tables)


def carried(state, onto):
    """Households of each RT of the other date, and the evidence, by serial."""
    placed = place(state, onto, state.lineage)
    counts = np.bincount(placed.codes, placed.weights, minlength=len(placed.ids))
    names = [int(name[8:13]) for name in placed.ids]
    assert placed.date == onto.date
    assert len(placed.unplaced) + counts.sum() == pytest.approx((state.household_codes >= 0).sum())
    return dict(zip(names, counts, strict=True)), dict(zip(names, placed.evidence, strict=True))


def evidence_of(state, onto, level):
    placed = place(state, onto, state.lineage)
    return evidence_by_level(placed, state, onto)[level].to_dict()


# ── what the lineage alone decides ──────────────────────────────────────────────────────────────

THREE = "household year rt x y\n" + "\n".join(
    f"{name} {year} {rt_} . ."
    for year in (2006, 2008)
    for name, rt_ in zip("abc", (1, 2, 3), strict=True)
)


def test_where_nothing_happened_nothing_changes():
    named = START + f"2007-05-01 ganti_nama 1 > 1:{GOA}:Mawar"
    old, new = states(named, THREE)
    assert carried(old, new) == ({1: 1, 2: 1, 3: 1}, dict.fromkeys((1, 2, 3), "unchanged"))
    assert set(evidence_of(old, new, "kabupaten").values()) == {"unchanged"}


def test_a_merger_is_exact_by_the_lineage():
    old, new = states(MERGER, THREE.replace("2008 2", "2008 1"))
    assert carried(old, new) == ({1: 2, 3: 1}, {1: "lineage", 3: "unchanged"})
    # Inside the desa nothing was gained or lost.
    assert set(evidence_of(old, new, "desa").values()) == {"unchanged"}


def test_going_back_over_a_split_is_exact_by_the_lineage():
    people = "household year rt x y\na 2008 1 . .\nb 2008 5 . .\nc 2008 3 . ."
    old, new = states(SPLIT, people)
    assert carried(new, old) == (
        {1: 2, 2: 0, 3: 1},
        {1: "lineage", 2: "unchanged", 3: "unchanged"},
    )


def test_an_rt_that_moves_takes_its_people_to_the_other_desa():
    old, new = states(MOVE, THREE)
    assert carried(old, new)[1] == {1: "unchanged", 2: "lineage", 3: "unchanged"}
    assert evidence_of(old, new, "desa") == {
        GOA: "lineage",
        BELO: "lineage",
        "52.07.02.1001": "unchanged",
    }
    assert evidence_of(old, new, "kecamatan")["52.07.01"] == "unchanged"
    placed = place(old, new, old.lineage)
    sums = roll_up(old, n_households.tally(old), placed, new)["desa"].numerator
    assert dict(zip(new.ids["desa"], sums, strict=True)) == {GOA: 1, BELO: 2, "52.07.02.1001": 0}


def test_people_of_a_dissolved_rt_whom_nobody_took_over_still_count_in_their_desa():
    old, new = states(DISSOLVED, THREE)
    placed = place(old, new, old.lineage)
    assert list(old.households["household_id"].iloc[placed.unplaced]) == ["b"]
    sums = roll_up(old, n_households.tally(old), placed, new)
    assert sums["rt"].numerator.sum() == 2
    assert sums["desa"].numerator[list(new.ids["desa"]).index(GOA)] == 2
    assert sums["kabupaten"].numerator.tolist() == [3]


# ── which way, where there are several ──────────────────────────────────────────────────────────


def test_the_list_of_households_decides_before_the_point():
    people = """
    household year rt x y
    a         2006 1  0 0
    b         2006 1  1 0
    c         2006 1  1 1
    a         2008 1  0 0
    b         2008 5  . .
    c         2008 1  1 1
    """
    old, new = states(SPLIT, people, rt_boundaries=boundaries(y2003=BEFORE, y2007=AFTER_SPLIT))
    assert carried(old, new) == (
        {1: 2, 2: 0, 3: 0, 5: 1},
        {1: "households", 2: "unchanged", 3: "unchanged", 5: "households"},
    )


def test_a_household_that_moved_house_is_placed_where_it_was():
    people = """
    household year rt x y
    a         2006 1  0 0
    a         2008 1  1 0
    """
    old, new = states(SPLIT, people, rt_boundaries=boundaries(y2003=BEFORE, y2007=AFTER_SPLIT))
    assert carried(old, new) == (
        {1: 0, 2: 0, 3: 0, 5: 1},
        {1: "points", 2: "unchanged", 3: "unchanged", 5: "points"},
    )


def test_a_household_that_left_for_an_rt_of_no_relation_is_placed_by_its_old_point():
    people = """
    household year rt x y
    a         2006 1  0 0
    a         2008 3  . .
    """
    old, new = states(SPLIT, people, rt_boundaries=boundaries(y2003=BEFORE, y2007=AFTER_SPLIT))
    assert carried(old, new)[0] == {1: 0, 2: 0, 3: 0, 5: 1}


def test_a_household_without_point_follows_its_neighbours():
    people = """
    household year rt x y
    a         2006 1  0 0
    b         2006 1  0 1
    c         2006 1  1 1
    d         2006 1  . .
    """
    old, new = states(SPLIT, people, rt_boundaries=boundaries(y2003=BEFORE, y2007=AFTER_SPLIT))
    counts, evidence = carried(old, new)
    # Two of three known houses stand in RT 5, so two thirds of the fourth do.
    assert counts == pytest.approx({1: 1 + 1 / 3, 2: 0, 3: 0, 5: 2 + 2 / 3})
    assert evidence[5] == "points"


@pytest.mark.parametrize(("kind", "evidence"), [("official", "area"), ("indicative", "labels")])
def test_land_decides_last(kind, evidence):
    after = "5 1 1 2 3"
    before = "1 1 1 2 3"
    people = "household year rt x y\na 2006 1 . .\nb 2006 1 . .\nc 2006 1 . ."
    old, new = states(SPLIT, people, rt_boundaries=boundaries(kind, y2003=before, y2007=after))
    counts, found = carried(old, new)
    assert counts == pytest.approx({1: 2, 2: 0, 3: 0, 5: 1})
    assert found == {1: evidence, 2: "unchanged", 3: "unchanged", 5: evidence}


def test_without_list_points_and_land_people_are_unplaced_and_their_areas_unknown():
    people = "household year rt x y\na 2006 1 0 0\nb 2006 2 . ."
    old, new = states(SPLIT, people)
    assert carried(old, new)[0] == {1: 0, 2: 1, 3: 0, 5: 0}
    placed = place(old, new, old.lineage)
    values = compute(old, placed, new)
    counts = values[(values["indicator"] == "n_households") & (values["level"] == "rt")]
    assert dict(zip(counts["area_id"], counts["state"], strict=True)) == {
        rt(1): "no_data",
        rt(2): "value",
        rt(3): "no_data",
        rt(5): "no_data",
    }
    assert placed.evidence[rt(5)] == placed.evidence[rt(1)] == "area"
    assert n_households(old, level="desa")[GOA] == 2  # its own, and still so after conversion:
    assert evidence_by_level(placed, old, new)["desa"][GOA] == "unchanged"


def test_an_old_list_does_not_say_who_went_where():
    """The list of 2006 is the latest on 1 June 2007, a month after the split; it still says 1."""
    people = "household year rt x y\na 2006 1 0 0\nb 2006 1 1 0"
    given = {"rt_boundaries": boundaries(y2003=BEFORE, y2007=AFTER_SPLIT)}
    tables = village.event_tables(SPLIT) | {"households": households(people)} | given
    old, june = village.state(OLD, **tables), village.state(dt.date(2007, 6, 1), **tables)
    assert carried(old, june) == (
        {1: 1, 2: 0, 3: 0, 5: 1},
        {1: "points", 2: "unchanged", 3: "unchanged", 5: "points"},
    )


def test_land_that_changes_hands_takes_its_houses_along():
    after = "1 2 2 3\n1 2 2 3"
    people = """
    household year rt x y
    a         2006 1  0 0
    b         2006 1  1 1
    c         2006 2  2 0
    d         2006 3  3 0
    """
    old, new = states(SHIFT, people, rt_boundaries=boundaries(y2003=BEFORE, y2007=after))
    assert carried(old, new) == (
        {1: 1, 2: 2, 3: 1},
        {1: "points", 2: "points", 3: "unchanged"},
    )


def test_going_back_over_a_merger_old_households_by_list_and_new_ones_by_point():
    after = "1 1 1 3\n1 1 1 3"
    people = """
    household year rt x y
    a         2006 1  . .
    b         2006 2  . .
    a         2008 1  . .
    b         2008 1  . .
    c         2008 1  2 1
    d         2008 3  . .
    """
    old, new = states(MERGER, people, rt_boundaries=boundaries(y2003=BEFORE, y2007=after))
    assert carried(new, old) == (
        {1: 1, 2: 2, 3: 1},
        {1: "households", 2: "points", 3: "unchanged"},
    )


def test_people_of_an_rt_that_was_formed_go_back_where_their_houses_stand():
    after = "1 1 2 3\n5 1 2 3"
    people = """
    household year rt x y
    a         2008 1  1 0
    b         2008 5  0 0
    c         2008 5  9 9
    """
    old, new = states(FORMED, people, rt_boundaries=boundaries(y2003=BEFORE, y2007=after))
    assert carried(new, old) == (
        {1: 2, 2: 0, 3: 0},
        {1: "points", 2: "unchanged", 3: "unchanged"},
    )
    # Forward, nothing of 2006 is known of it: not formed yet.
    assert carried(old, new)[1][5] == "unchanged"


def test_an_rt_without_households_still_has_its_way():
    old, new = states(
        SPLIT,
        "household year rt x y\nc 2006 3 . .",
        rt_boundaries=boundaries(y2003=BEFORE, y2007=AFTER_SPLIT),
    )
    table = place(old, new, old.lineage).weights_table.set_index(["from_id", "to_id"])
    assert table["weight"].to_dict() == pytest.approx(
        {(rt(1), rt(1)): 0.5, (rt(1), rt(5)): 0.5, (rt(2), rt(2)): 1, (rt(3), rt(3)): 1}
    )
    assert table["n_households"].sum() == 1
    assert table.loc[(rt(1), rt(5)), "evidence"] == "area"


def test_without_any_household_nothing_is_placed():
    old, new = states(SPLIT, THREE.replace("2006", "2008"))
    assert carried(old, new)[0] == {1: 0, 2: 0, 3: 0, 5: 0}


# ── indicators ──────────────────────────────────────────────────────────────────────────────────


def test_density_is_carried_over_the_land_of_the_other_date():
    people = "household year rt x y n\na 2006 1 0 0 6\nb 2006 1 1 0 2"
    old, new = states(SPLIT, people, rt_boundaries=boundaries(y2003=BEFORE, y2007=AFTER_SPLIT))
    values = compute(old, place(old, new, old.lineage), new)
    density = values[(values["indicator"] == "density_km2") & (values["level"] == "rt")]
    by_rt = density.set_index("area_id")
    land = density_km2.tally(new).denominator
    assert by_rt["numerator"].to_dict() == {rt(1): 2, rt(2): 0, rt(3): 0, rt(5): 6}
    assert by_rt.loc[rt(5), "value"] == pytest.approx(6 / land[3])


def test_what_is_told_of_the_rt_as_an_institution_is_not_carried():
    old, new = states(SPLIT, THREE)
    names = set(compute(old, place(old, new, old.lineage), new)["indicator"])
    assert "n_households" in names
    assert not names & {"n_rt", "n_rt_born", "n_rt_ended"}


def test_placed_onto_itself_a_state_has_its_own_numbers():
    old, _ = states(SPLIT, THREE, rt_boundaries=boundaries(y2003=BEFORE))
    own, again = compute(old), compute(old, place(old, old, old.lineage), old)
    own = own[own["indicator"].isin(again["indicator"].unique())].reset_index(drop=True)
    for column in ("area_id", "level", "indicator", "state"):
        assert list(own[column]) == list(again[column])
    for column in ("value", "numerator", "denominator", "known_rate"):
        np.testing.assert_allclose(own[column], again[column], rtol=1e-12)


# ── what must hold in any village ───────────────────────────────────────────────────────────────

CHANGES = {
    "split": (SPLIT, AFTER_SPLIT),
    "merger": (MERGER, "1 1 1 3\n1 1 1 3"),
    "move": (MOVE, BEFORE),
    "shift": (SHIFT, "1 2 2 3\n1 2 2 3"),
    "formed": (FORMED, "1 1 2 3\n5 1 2 3"),
    "dissolved": (DISSOLVED, "1 1 . 3\n1 1 . 3"),
}


@lru_cache
def empty_states(change, with_map):
    events, after = CHANGES[change]
    maps = {"rt_boundaries": boundaries(y2003=BEFORE, y2007=after)} if with_map else {}
    return states(events, "household year rt x y\nh 2003 1 . .", **maps)


def states_with(people, change, with_map):
    """The states of `states`, for many examples: events and maps are worked out once."""
    listed = households(people)
    return (
        replace(state, households=latest_round(listed, state.date))
        for state in empty_states(change, with_map)
    )


HOUSE = st.tuples(st.integers(0, 3), st.integers(0, 1), st.booleans(), st.sampled_from("bBa"))


def drawn_people(houses, change):
    """Houses in cells of the map; listed in both rounds, or one, with a point or without."""
    first, second = (
        [row.split() for row in reversed(picture.strip().splitlines())]
        for picture in (BEFORE, CHANGES[change][1])
    )
    lines = []
    for number, (x, y, has_point, rounds) in enumerate(houses):
        place_ = f"{x} {y}" if has_point else ". ."
        if rounds in "bB":
            lines.append(f"h{number} 2006 {first[y][x]} {place_} {number % 4 + 1}")
        if rounds in "ba" and second[y][x] != ".":
            lines.append(f"h{number} 2008 {second[y][x]} {place_} {number % 4 + 1}")
    return "household year rt x y n\n" + "\n".join(lines or ["h 2006 1 0 0 1"])


@settings(max_examples=60, deadline=None)
@given(st.lists(HOUSE, max_size=9), st.sampled_from(sorted(CHANGES)), st.booleans(), st.booleans())
def test_nobody_is_lost_and_nobody_counts_twice(houses, change, with_map, forward):
    old, new = states_with(drawn_people(houses, change), change, with_map)
    state, onto = (old, new) if forward else (new, old)
    placed = place(state, onto, state.lineage)
    per_household = np.bincount(placed.rows, placed.weights, minlength=len(state.households))
    per_household[placed.unplaced] += 1
    assert per_household == pytest.approx((state.household_codes >= 0) * 1.0)
    for measure in (n_households, n_residents):
        sums = roll_up(state, measure.tally(state), placed, onto)
        own = roll_up(state, measure.tally(state))
        at_home = measure.tally(state).numerator[placed.unplaced].sum()
        totals = {level: sums[level].numerator.sum() for level in LEVELS}
        whole = own["rt"].numerator.sum()
        assert totals["rt"] + at_home == pytest.approx(whole)
        assert totals["desa"] == pytest.approx(whole)
        assert totals["kabupaten"] == pytest.approx(whole)
    table = placed.weights_table
    total = table.groupby("from_id")["weight"].sum()
    assert (np.isclose(total, 1) | (total == 0)).all()
    assert set(table["evidence"]) <= set(EVIDENCE)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 1), st.booleans()), min_size=1, max_size=8
    ),
    st.sampled_from(["split", "merger", "move", "shift"]),
)
def test_with_one_list_of_households_forward_and_back_is_the_identity(houses, change):
    """Who is listed on both dates and did not move stands where the other list has them."""
    people = drawn_people([(*house, "b") for house in houses], change)
    old, new = states_with(people, change, with_map=False)
    for state, onto in ((old, new), (new, old)):
        placed = place(state, onto, state.lineage)
        sums = roll_up(state, n_residents.tally(state), placed, onto)
        own = roll_up(onto, n_residents.tally(onto))
        for level in LEVELS:
            np.testing.assert_allclose(sums[level].numerator, own[level].numerator)
        there = carry(n_residents(state).fillna(0), placed.weights_table)
        if change == "move":
            back = carry(there, place(onto, state, state.lineage).weights_table)
            assert back.to_dict() == pytest.approx(n_residents(state).fillna(0).to_dict())


# ── whatever happens to RTs ─────────────────────────────────────────────────────────────────────

PLAIN = village.tables()


def listed_states(history, days):
    """The states on some days, with a full list of the households made on each, without points."""
    lineage = read_lineage(history.events, history.units)
    rounds = [
        pd.DataFrame(
            {
                "household_id": [str(key) for key in history.homes_on(day)],
                "rt_id": list(history.homes_on(day).values()),
                "as_of": pd.Timestamp(day),
            }
        )
        for day in dict.fromkeys(days)
    ]
    listed = pd.concat(rounds).assign(n_residents=1, lon=np.nan, lat=np.nan)
    tables = PLAIN | {"households": listed}
    parameters = Parameters(PLAIN["parameters"])
    return {day: state_on(tables, parameters, day, lineage) for day in days}


@settings(max_examples=50, deadline=None, derandomize=True)
@given(histories(20), st.data())
def test_in_any_history_every_household_is_carried_where_it_lives(history, data):
    """Fifty times twenty kabupaten; all that is known is the lineage and a list on each day."""
    days = [data.draw(st.sampled_from(history.days)) for _ in range(2)]
    by_day = listed_states(history, days)
    state, onto = by_day[days[0]], by_day[days[1]]
    placed = place(state, onto, state.lineage)
    whole = np.bincount(placed.rows, placed.weights, minlength=len(state.households))
    whole[placed.unplaced] += 1
    np.testing.assert_allclose(whole, 1)
    now = pd.Series({str(key): rt for key, rt in history.homes_on(onto.date).items()}, dtype=str)
    names = state.households["household_id"]
    lives = now.reindex(names.iloc[placed.rows]).to_numpy()
    # Others: their RT was dissolved, or is not formed yet, and nobody knows where they were.
    known = pd.notna(lives)
    assert (placed.ids[placed.codes[known]] == lives[known]).all()
    assert (placed.weights[known] == 1).all()
    assert not names.iloc[placed.unplaced].isin(now.index).any()


# ── totals alone ────────────────────────────────────────────────────────────────────────────────

WEIGHTS = pd.DataFrame(
    {"from_id": ["a", "a", "b"], "to_id": ["a", "c", "c"], "weight": [0.25, 0.75, 1.0]}
)


def test_counts_are_carried_whole():
    carried_ = carry(pd.Series({"a": 8, "b": 10}), WEIGHTS)
    assert carried_.to_dict() == {"a": 2, "c": 16}
    assert carry(pd.Series({"a": 8, "b": None}), WEIGHTS).to_dict() == {"a": 2, "c": 6}


def test_rates_are_made_again_from_their_sums():
    poor, people = pd.Series({"a": 4, "b": 1}), pd.Series({"a": 8, "b": 10})
    # c: (3 + 1) of (6 + 10); the average of 1/2 and 1/10 would be something else.
    assert carry_rate(poor, people, WEIGHTS).to_dict() == {"a": 0.5, "c": 0.25}
    nobody = carry_rate(pd.Series({"a": 0, "b": None}), pd.Series({"a": 0, "b": 9}), WEIGHTS)
    assert nobody.isna().all()
