"""The lineage of the schematic region: its register, its boundaries and its households agree."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
import pytest
import shapely

from pbrt_geo.codes import is_rt_id
from pbrt_geo.lineage import Lineage, read_lineage
from pbrt_geo.region import Region, read_region
from pbrt_geo.sample import write

SAMPLE = Path(__file__).parents[1] / "geodata" / "sample"
FOUNDED = pd.Timestamp("2003-12-18")
ROUNDS = [pd.Timestamp(f"{year}-12-31") for year in (2006, 2007, 2008)]
DAY = pd.Timedelta(days=1)
LAMUNGA = "52.07.02.2021"


@pytest.fixture(scope="module")
def region() -> Region:
    return read_region(SAMPLE)


@pytest.fixture(scope="module")
def lineage(region) -> Lineage:
    tables = region.tables
    return read_lineage(tables["events"], tables["event_units"], tables["areas"])


def shapes_on(region: Region, day: pd.Timestamp) -> pd.Series:
    table = region.tables["rt_boundaries"]
    holds = (table["valid_from"] <= day) & ~(table["valid_to"] <= day)
    return table[holds].set_index("rt_id")["geometry"]


def happened(lineage: Lineage, level: str = "rt") -> Iterator[tuple[str, pd.Series, dict]]:
    """Every event after the beginning, with the units before and after it."""
    chosen = lineage.events[(lineage.events["level"] == level) & (lineage.events["kind"] != "awal")]
    for event_id, event in chosen.iterrows():
        mine = lineage.units[lineage.units["event_id"] == event_id]
        roles = {role: set(mine.loc[mine["role"] == role, "unit_id"]) for role in mine["role"]}
        yield event_id, event, {"before": set()} | roles


def days_of(lineage: Lineage) -> list[pd.Timestamp]:
    return sorted({FOUNDED, *lineage.events["date"], *ROUNDS})


def pairs(table: pd.DataFrame, one: str, other: str) -> set[tuple]:
    return set(table[[one, other]].itertuples(index=False, name=None))


def united(shapes: pd.Series, ids: set[str]) -> shapely.Geometry:
    return shapely.coverage_union_all(shapes[sorted(ids)].to_numpy()).normalize()


def test_kinds_of_events(lineage):
    kinds = lineage.events.groupby(["level", "kind"]).size()
    assert kinds["rt"].to_dict() == {
        "awal": 65,  # a desa each
        "bentuk": 3,
        "pecah": 87,
        "gabung": 6,
        "bubar": 1,
        "ubah_batas": 1,
        "pindah": 1,
        "ganti_nama": 5,
        "ganti_nomor": 2,
    }
    assert kinds["dusun"].to_dict() == {"awal": 65, "pecah": 1}
    assert kinds["rw"].to_dict() == {"awal": 7}


def test_births_and_ends_explain_612_622_and_695(lineage):
    lives = lineage.lives()
    assert all(is_rt_id(rt_id) for rt_id in lives.index)
    assert lives["born"].isna().sum() == 612  # there when recording began: birth unknown
    assert (lives.loc[lives["born"].isna(), "begun"] == FOUNDED).all()
    assert lives["begun"].is_monotonic_increasing  # serials follow the order of birth
    assert lives["born"].dt.year.value_counts().to_dict() == {2007: 12, 2008: 79}
    assert lives["ended"].dt.year.value_counts().to_dict() == {2007: 2, 2008: 6}
    assert [len(lineage.on(day)) for day in (FOUNDED, *ROUNDS)] == [612, 612, 622, 695]


def test_every_way_to_be_born_and_to_end_is_there(lineage):
    born = dict.fromkeys(["bentuk", "pecah"], 0)
    ended = dict.fromkeys(["gabung", "bubar", "pecah"], 0)
    for _, event, units in happened(lineage):
        if new := len(units["after"] - units["before"]):
            born[event["kind"]] += new
        if gone := len(units["before"] - units["after"]):
            ended[event["kind"]] += gone
    assert born == {"bentuk": 3, "pecah": 88}
    assert ended == {"gabung": 6, "bubar": 1, "pecah": 1}


def test_one_rt_divides_in_both_years(lineage):
    parents = [
        rt
        for _, event, units in happened(lineage)
        if event["kind"] == "pecah"
        for rt in units["before"]
    ]
    twice = {rt for rt in parents if parents.count(rt) == 2}
    assert len(twice) == 1
    assert len(lineage.successors(twice.pop(), ROUNDS[-1].date())) == 1  # it lives on itself


def test_one_wrong_date_is_corrected_with_a_reason(region, lineage):
    events = region.tables["events"].set_index("event_id")
    right = events[events["corrects"].notna()].squeeze()
    wrong = events.loc[right["corrects"]]
    assert right["date"] - wrong["date"] == 14 * DAY
    assert "musyawarah" in right["reason"]
    assert right["recorded_on"] > wrong["recorded_on"]
    assert right["corrects"] not in lineage.events.index
    assert right["sk_number"] == wrong["sk_number"]


def test_decisions_have_numbers_and_are_written_down_later(region):
    events = region.tables["events"]
    later = events[events["kind"] != "awal"]
    assert later["sk_number"].str.fullmatch(r"140/\d{2,3}/KPTS/200[78]").all()
    assert (later["sk_number"].str[-4:] == later["date"].dt.year.astype(str)).all()
    assert (later["recorded_on"] > later["date"]).all()
    assert later["recorded_on"].is_monotonic_increasing
    assert events.loc[events["kind"] == "awal", "sk_number"].isna().all()


class Drawn(Exception):
    """Raised when the generator has drawn the RTs: the rest takes longer and is not needed."""


@pytest.fixture(scope="module")
def drawn() -> dict[str, Any]:
    """What the generator made on its way to the register."""
    made: dict[str, Any] = {}

    def kept(name):
        make = getattr(write, name)

        def call(*arguments):
            made[name] = make(*arguments)
            return made[name]

        return patch.object(write, name, call)

    stop = patch.object(write, "block_shapes", side_effect=Drawn)
    with kept("grow"), kept("name_all"), kept("event_tables"), stop, pytest.raises(Drawn):
        write.make_tables()
    return made


def test_the_register_yields_the_rt_that_the_generator_drew(region, drawn):
    areas = region.tables["areas"]
    read = read_lineage(*drawn["event_tables"], areas)
    rt = drawn["grow"].rt
    desa_ids = areas.query("level == 'desa'")["area_id"].reset_index(drop=True)
    for day in sorted({*days_of(read), *(day - DAY for day in read.events["date"])}):
        lives = (rt["born"] <= day) & ~(rt["ended"] <= day)
        told = drawn["name_all"].on(day).reindex(rt.index[lives])
        found = read.on(day.date())
        assert list(found.index) == list(rt.loc[lives, "rt_id"])
        assert list(found["parent_id"]) == list(desa_ids[told["desa"]])
        assert list(found["name"]) == list(told["name"])
    assert len(read.on(ROUNDS[-1].date())) == 695


def test_boundaries_change_with_the_events_and_only_then(region, lineage):
    table = region.tables["rt_boundaries"]
    touched = {
        (rt, event["date"]) for _, event, units in happened(lineage) for rt in units["after"]
    }
    ended = {
        (rt, event["date"])
        for _, event, units in happened(lineage)
        for rt in units["before"] - units["after"]
    }
    settled = lineage.events.query("kind == 'bentuk'")["date"]
    changes = table[table["valid_from"] > FOUNDED]
    alone = pairs(changes, "rt_id", "valid_from") - touched
    assert sorted(day for _, day in alone) == sorted(settled)  # who gave land to a settlement
    over = table[table["valid_to"].notna()].drop_duplicates("rt_id", keep="last")
    gone = over[~over["rt_id"].isin(table.loc[table["valid_to"].isna(), "rt_id"])]
    assert pairs(gone, "rt_id", "valid_to") <= ended


def test_every_rt_outside_lamunga_has_a_polygon_on_every_day(region, lineage):
    for day in days_of(lineage):
        living = lineage.on(day.date())
        drawn = shapes_on(region, day)
        assert drawn.index.is_unique
        assert set(drawn.index) == set(living.index[living["parent_id"] != LAMUNGA])


def test_land_goes_from_those_before_to_those_after_and_nowhere_else(region, lineage):
    hosts = 0
    for _, event, units in happened(lineage):
        before, after = shapes_on(region, event["date"] - DAY), shapes_on(region, event["date"])
        if event["kind"] == "bentuk":
            (new,) = units["after"]
            point = after[new].representative_point()
            host = next(rt for rt, shape in before.items() if shape.contains(point))
            losing, gaining = {host}, {host, new}
            hosts += 1
        else:
            losing, gaining = units["before"], units["after"]
        if losing <= set(before.index):  # not those of Lamunga
            assert united(before, losing).equals_exact(united(after, gaining), 0)
    assert hosts == 3


def test_households_stay_whole_and_go_where_the_events_say(region, lineage):
    households = region.tables["households"]
    assert not households.duplicated(["household_id", "as_of"]).any()
    rounds = {
        day: households[households["as_of"] == day].set_index("household_id") for day in ROUNDS
    }
    n_moved = 0
    for early, late in pairwise(ROUNDS):
        assert rounds[late]["rt_id"].isin(lineage.on(late.date()).index).all()
        both = rounds[early].merge(
            rounds[late], left_index=True, right_index=True, suffixes=("", "_late")
        )
        stayed = both[(both["lon"] == both["lon_late"]) & (both["lat"] == both["lat_late"])]
        links = lineage.links(early.date(), late.date())
        known = pd.MultiIndex.from_frame(links[["from_id", "to_id"]])
        assert pd.MultiIndex.from_frame(stayed[["rt_id", "rt_id_late"]]).isin(known).all()
        n_moved += (stayed["rt_id"] != stayed["rt_id_late"]).sum()
    assert n_moved > 1500  # 88 births by division, about 17 households each


def test_settlements_are_founded_by_newcomers(region, lineage):
    households = region.tables["households"]
    for _, event, units in happened(lineage):
        if event["kind"] != "bentuk":
            continue
        mine = households[households["rt_id"].isin(units["after"])]
        first = mine[mine["as_of"] == mine["as_of"].min()]
        assert mine["as_of"].min() == pd.Timestamp(event["date"].year, 12, 31)
        assert 26 <= len(first) <= 45
        before = households.loc[households["as_of"] < event["date"], "household_id"]
        assert not first["household_id"].isin(before).any()
        assert "(RT-5207-" in event["note"]  # whose empty land it was


def test_the_people_of_a_dissolved_rt_are_taken_over_by_two(region, lineage):
    (_event, units) = next((e, u) for _, e, u in happened(lineage) if e["kind"] == "bubar")
    (gone,) = units["before"] - units["after"]
    assert set(lineage.successors(gone, ROUNDS[-1].date())) == units["after"]
    households = region.tables["households"]
    had = households.query("as_of == @ROUNDS[1] and rt_id == @gone")["household_id"]
    now = households[(households["as_of"] == ROUNDS[2]) & households["household_id"].isin(had)]
    assert len(now) > 0.8 * len(had)
    assert set(now["rt_id"]) >= units["after"]


def test_one_rt_passes_to_a_neighbouring_desa_with_its_land(region, lineage):
    (event, units) = next((e, u) for _, e, u in happened(lineage) if e["kind"] == "pindah")
    (rt,) = units["after"]
    before, after = lineage.on(event["date"] - DAY).loc[rt], lineage.on(event["date"]).loc[rt]
    assert before["parent_id"] != after["parent_id"]
    assert before["parent_id"][:8] == after["parent_id"][:8]
    shapes = shapes_on(region, event["date"])
    home = lineage.on(event["date"])["parent_id"].reindex(shapes.index)
    for desa in (before["parent_id"], after["parent_id"]):
        union = shapely.coverage_union_all(shapes[home == desa].to_numpy())
        largest = max(part.area for part in shapely.get_parts(union))
        assert largest > 0.97 * union.area  # islands are small


def test_two_rt_exchange_land_and_houses(region, lineage):
    (_event, units) = next((e, u) for _, e, u in happened(lineage) if e["kind"] == "ubah_batas")
    a, b = sorted(units["after"])
    households = region.tables["households"].set_index("household_id")
    then = households.query("as_of == @ROUNDS[1]")["rt_id"]
    now = households.query("as_of == @ROUNDS[2]")["rt_id"]
    both = pd.DataFrame({"then": then, "now": now}).dropna()
    assert ((both["then"] == a) & (both["now"] == b)).sum() >= 5
    assert ((both["then"] == b) & (both["now"] == a)).sum() >= 5
    earlier, later = shapes_on(region, ROUNDS[1]), shapes_on(region, ROUNDS[2])
    for one, other in ((a, b), (b, a)):
        share = earlier[one].intersection(later[other]).area / earlier[one].area
        assert 0.1 < share < 0.3


def test_every_dusun_and_rw_has_rt_and_every_rt_its_dusun(lineage):
    for day in days_of(lineage):
        rt, dusun, rw = (lineage.on(day.date(), level) for level in ("rt", "dusun", "rw"))
        assert pairs(rt, "parent_id", "dusun") == pairs(dusun, "parent_id", "dusun")
        town = rt[rt["rw"].notna()]
        assert pairs(town, "parent_id", "rw") == pairs(rw, "parent_id", "number")
        assert not dusun.duplicated(["parent_id", "name"]).any()
        assert not rt.duplicated(["parent_id", "name"]).any()


def test_a_dusun_divides_with_its_rt(lineage):
    ((_, event, units),) = happened(lineage, "dusun")
    (new,) = units["after"] - units["before"]
    name = lineage.on(event["date"], "dusun").at[new, "dusun"]
    renamed = lineage.events[lineage.events["sk_number"] == event["sk_number"]]
    assert renamed["kind"].value_counts().to_dict() == {"ganti_nama": 3, "pecah": 1}
    rt = lineage.on(event["date"])
    desa_id = lineage.on(event["date"], "dusun").at[new, "parent_id"]
    assert ((rt["dusun"] == name) & (rt["parent_id"] == desa_id)).sum() == 3
