"""The schematic region keeps its promises: counts, geometry, people, and the same bytes."""

import platform
import re
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from pyproj import Geod

from pbrt_geo.region import Region, read_region
from pbrt_geo.sample import write, write_sample
from pbrt_geo.text import LANGUAGES, say

SAMPLE = Path(__file__).parents[1] / "geodata" / "sample"
ROUNDS = [pd.Timestamp(f"{year}-12-31") for year in (2006, 2007, 2008)]
LAMUNGA = "52.07.02.2021"


@pytest.fixture(scope="module")
def region() -> Region:
    return read_region(SAMPLE)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> tuple[Path, list[tuple[float, str]]]:
    folder = tmp_path_factory.mktemp("sample") / "new"
    steps: list[tuple[float, str]] = []
    write_sample(folder, progress=lambda share, step: steps.append((share, step)))
    return folder, steps


def on(table: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    return table[(table["valid_from"] <= day) & ~(table["valid_to"] <= day)]


def shapes_on(region: Region, day: pd.Timestamp) -> gpd.GeoSeries:
    return on(region.tables["rt_boundaries"], day).set_index("rt_id")["geometry"]


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="the committed files were made on Linux x86-64; elsewhere a last digit may differ",
)
def test_the_same_bytes_come_out_again(fresh):
    folder, _ = fresh
    names = sorted(file.name for file in SAMPLE.iterdir())
    assert sorted(file.name for file in folder.iterdir()) == names
    for name in names:
        if name.endswith(".parquet"):
            assert pq.read_table(folder / name).equals(pq.read_table(SAMPLE / name)), name
        else:
            assert (folder / name).read_bytes() == (SAMPLE / name).read_bytes(), name


def test_the_steps_have_a_text_in_every_language(fresh):
    _, steps = fresh
    shares = [share for share, _ in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    for language in LANGUAGES:
        assert all(say(step, language) for _, step in steps)


def test_a_run_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    def fail(table, path):
        if path.name == "events.csv":
            raise OSError("disk full")
        path.write_text("x")

    monkeypatch.setattr(write, "make_tables", lambda *_: {"areas.csv": None, "events.csv": None})
    monkeypatch.setattr(write, "_write", fail)
    (tmp_path / "region").mkdir()
    (tmp_path / "region" / "areas.csv").write_text("old")
    with pytest.raises(OSError, match="disk full"):
        write_sample(tmp_path / "region")
    assert [file.name for file in tmp_path.rglob("*")] == ["region", "areas.csv"]
    assert (tmp_path / "region" / "areas.csv").read_text() == "old"


def test_it_is_small():
    assert sum(file.stat().st_size for file in SAMPLE.iterdir()) < 15e6


def test_it_says_that_it_is_invented(region):
    assert region.about["invented"] is True
    assert region.tables["events"]["source"].str.contains("Rekaan.*nomor SK").all()
    assert region.tables["rt_boundaries"]["source"].str.contains("Rekaan").all()
    assert set(region.tables["rt_boundaries"]["boundary_kind"]) == {"schematic"}
    lines = region.tables["parameters"].query("parameter_id == 'poverty_line'")
    early = lines["valid_from"] < "2009"
    assert lines.loc[early, "source"].str.contains("invented").all()
    assert lines.loc[~early, "source"].str.contains("BPS").all()


def test_the_readme_counts_the_rows(region):
    text = (SAMPLE.parent / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)\.(?:csv|parquet)` \| ([\d,]+) \|", text, flags=re.MULTILINE)
    assert len(told) == 10
    for name, rows in told:
        assert int(rows.replace(",", "")) == len(region.tables[name]), name


def test_areas_are_8_kecamatan_and_65_desa(region):
    areas = region.tables["areas"]
    assert areas["level"].value_counts().to_dict() == {"desa": 65, "kecamatan": 8, "kabupaten": 1}
    assert areas["kind"].value_counts()["Kelurahan"] == 7
    assert areas["bps_code"].is_unique
    assert areas.set_index("area_id").at["52.07.02.1004", "bps_code"] == "5207030009"


def test_rt_counts(region):
    counts = [on(region.tables["rt"], day)["rt_id"].nunique() for day in ROUNDS]
    assert counts == [612, 622, 695]


def test_names_tell_rt_apart_within_a_desa(region):
    rt = on(region.tables["rt"], ROUNDS[-1])
    assert not rt.duplicated(["desa_id", "name"]).any()
    town = rt["desa_id"].str.fullmatch(r".*\.1\d{3}")
    assert rt.loc[town, "name"].str.fullmatch(r"RT \d{3} RW \d{3} Lingkungan \w+").all()
    assert rt.loc[~town, "name"].str.fullmatch(r"RT \d{3} Dusun \w+").all()


def test_boundaries_are_a_coverage_on_every_day_of_change(region):
    table = region.tables["rt_boundaries"]
    assert table.is_valid.all()
    assert set(table.geom_type) == {"Polygon", "MultiPolygon"}
    outline = shapely.coverage_union_all(shapes_on(region, ROUNDS[0]).values)
    for day in sorted({*ROUNDS, *table["valid_from"], *table["valid_to"].dropna()}):
        shapes = shapes_on(region, day)
        assert shapes.index.is_unique
        assert shapely.coverage_is_valid(shapes.values)
        assert shapely.area(shapes.values).sum() == pytest.approx(outline.area, rel=1e-12)


def test_every_rt_but_those_of_lamunga_has_a_polygon(region):
    for day in ROUNDS:
        rt = on(region.tables["rt"], day)
        without = rt[~rt["rt_id"].isin(shapes_on(region, day).index)]
        assert set(without["desa_id"]) == {LAMUNGA}
        assert (rt["desa_id"] == LAMUNGA).sum() == len(without)


def test_desa_have_about_the_area_they_should(region):
    shapes = shapes_on(region, ROUNDS[-1])
    desa = on(region.tables["rt"], ROUNDS[-1]).set_index("rt_id")["desa_id"]
    geod = Geod(ellps="WGS84")
    km2 = shapes.map(lambda shape: abs(geod.geometry_area_perimeter(shape)[0]) / 1e6)
    drawn = km2.groupby(desa.reindex(km2.index)).sum()
    areas = region.tables["areas"].set_index("area_id")
    assert np.abs(drawn / areas["official_area_km2"].reindex(drawn.index) - 1).max() < 0.15
    assert drawn.sum() == pytest.approx(1741.6, rel=0.01)


def test_labels_lie_inside_and_kecamatan_hang_together(region):
    shapes = shapes_on(region, ROUNDS[-1])
    desa = on(region.tables["rt"], ROUNDS[-1]).set_index("rt_id")["desa_id"]
    areas = region.tables["areas"].set_index("area_id")
    mainland = 0.9  # islands are small
    for length in (5, 8, 13):
        for area_id, group in shapes.groupby(desa.reindex(shapes.index).str[:length]):
            union = shapely.coverage_union_all(group.values)
            point = shapely.Point(areas.at[area_id, "label_lon"], areas.at[area_id, "label_lat"])
            assert union.contains(point), area_id
            largest = max(part.area for part in shapely.get_parts(union))
            assert largest > (0.6 if length == 13 else mainland) * union.area, area_id


def test_houses_stand_inside_their_rt(region):
    households = region.tables["households"]
    for day in ROUNDS:
        now = households[households["as_of"] == day]
        assert now["rt_id"].isin(on(region.tables["rt"], day)["rt_id"]).all()
        seen = now[now["lon"].notna()]
        assert 0.02 < 1 - len(seen) / len(now) < 0.06
        shapes = shapes_on(region, day).reindex(seen["rt_id"])
        assert shapely.contains_xy(shapes.values, seen["lon"], seen["lat"]).all()


def test_people_add_up(region):
    households, residents = region.tables["households"], region.tables["residents"]
    counted = residents.groupby(["household_id", "as_of"]).size()
    told = households.set_index(["household_id", "as_of"])["n_residents"]
    assert told.sort_index().tolist() == counted.sort_index().tolist()
    assert told.between(1, 9).mean() > 0.999
    people = residents.groupby("as_of").size()
    assert people.between(90_000, 105_000).all()
    assert people.pct_change().dropna().between(0.015, 0.03).all()
    assert residents["birth_date"].isna().mean() < 0.02
    assert not (residents["birth_date"] > residents["as_of"]).any()
    stay = set(households.loc[households["as_of"] == ROUNDS[0], "household_id"])
    assert (
        len(stay & set(households.loc[households["as_of"] == ROUNDS[2], "household_id"])) > 24_000
    )


def test_pseudonyms_are_opaque(region):
    assert region.tables["households"]["household_id"].str.fullmatch(r"H\d{6}").all()
    assert region.tables["residents"]["resident_id"].str.fullmatch(r"P\d{7}").all()
    text = " ".join(region.tables["residents"].columns) + " ".join(region.tables["households"])
    assert not re.search(r"nik|kk|address|alamat", text)


def test_rt_have_the_size_of_neighbourhoods(region):
    size = region.tables["households"].groupby(["as_of", "rt_id"]).size()
    assert size.min() >= 12
    assert size.max() <= 85
    assert size.groupby("as_of").mean().between(36, 45).all()


def poverty(region: Region, day: pd.Timestamp) -> pd.DataFrame:
    line = region.parameters.on("poverty_line", day.date())
    now = region.tables["households"].query("as_of == @day")
    known = now["n_residents"].where(now["spending_idr"].notna(), 0)
    poor = now["n_residents"].where(now["spending_idr"] < line, 0)
    return pd.DataFrame({"rt_id": now["rt_id"], "known": known, "poor": poor})


def test_poverty_falls_and_has_a_geography(region):
    rates = []
    for day in ROUNDS:
        table = poverty(region, day)
        by_rt = table.groupby("rt_id")[["known", "poor"]].sum()
        assert 3 <= (by_rt["known"] == 0).sum() <= 10  # RTs without any data
        assert (by_rt["poor"][by_rt["known"] > 0] == 0).sum() >= 20  # RTs without any poor
        rates.append(table["poor"].sum() / table["known"].sum())
    assert rates == sorted(rates, reverse=True)
    assert rates == pytest.approx([0.20, 0.19, 0.18], abs=0.01)
    desa = on(region.tables["rt"], ROUNDS[-1]).set_index("rt_id")["desa_id"]
    by_kecamatan = by_rt.groupby(desa.reindex(by_rt.index).str[:8]).sum()
    rate = by_kecamatan["poor"] / by_kecamatan["known"]
    assert rate["52.07.08"] < rate["52.07.02"] < rate["52.07.05"]  # port, capital, mountains


def test_unknown_stays_unknown(region):
    households = region.tables["households"]
    assert 0.02 < households["spending_idr"].isna().mean() < 0.06
    assert 0.35 < households["dtsen_desil"].isna().mean() < 0.45
    assert households["criterion_01"].dtype == "boolean"
    assert households["criterion_01"].isna().any()
    ranked = households.groupby("dtsen_desil")["spending_idr"].median()
    assert ranked.is_monotonic_increasing


def test_programmes_reach_more_each_year_and_only_where_lists_came_in(region):
    tables = region.tables
    assert len(tables["programmes"]) == 10
    home = tables["households"][["household_id", "as_of", "rt_id"]]
    reached = tables["enrolments"].merge(home, on=["household_id", "as_of"], how="left")
    key = ["programme_id", "as_of", "rt_id"]
    listed = pd.MultiIndex.from_frame(tables["programme_reports"][key])
    assert pd.MultiIndex.from_frame(reached[key]).isin(listed).all()
    n = reached.groupby(["programme_id", "as_of"]).size().unstack()
    assert (n[ROUNDS[2]] > n[ROUNDS[1]]).all()
    late = tables["programmes"].query("valid_from >= '2007'")["programme_id"]
    assert len(late) == 2
    assert n.loc[late, ROUNDS[0]].isna().all()
    alive = {day: on(tables["rt"], day)["rt_id"].nunique() for day in ROUNDS}
    lists = tables["programme_reports"].groupby(["programme_id", "as_of"]).size()
    share = lists / lists.index.get_level_values("as_of").map(alive)
    assert share.between(0.75, 0.995).all()  # some lists are always missing


def test_targeted_programmes_leak(region):
    households = region.tables["households"]
    reached = region.tables["enrolments"].merge(households, on=["household_id", "as_of"])
    year = reached["as_of"].dt.year
    line = year.map({day.year: region.parameters.on("poverty_line", day.date()) for day in ROUNDS})
    known = reached["spending_idr"].notna()
    not_poor = (reached["spending_idr"] >= line)[known].groupby(reached["programme_id"]).mean()
    targeted = region.tables["programmes"].query("target == 'poor'")["programme_id"]
    assert not_poor[targeted].between(0.12, 0.35).all()
