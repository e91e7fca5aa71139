"""Cells around houses where nobody has drawn an RT; the desa and the houses are drawn in text."""

import argparse
import datetime as dt
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from drawing import CELL, SOUTH, WEST, draw
from village import AREAS, rt_table, table

from benchmarks.coverage_maker import coverage
from pbrt_geo.boundaries import (
    Options,
    area_m2,
    check_boundaries,
    gaps,
    import_boundaries,
    overlaps,
)
from pbrt_geo.boundaries.build import build_indicative
from pbrt_geo.boundaries.indicative import MISSING, drawn_here, indicative_boundaries
from pbrt_geo.boundaries.tables import read_areas, read_rt
from pbrt_geo.codes import rt_id
from pbrt_geo.commands.indicative import declare_indicative
from pbrt_geo.errors import BoundaryError, FileRefused
from pbrt_geo.region import read_region, typed
from pbrt_geo.schema import AREA_BOUNDARIES, HOUSEHOLDS, RT_BOUNDARIES
from pbrt_geo.text import say, texts

SAMPLE = Path(__file__).parents[1] / "geodata" / "sample"
SPOTS = ((0.2, 0.2), (0.8, 0.3), (0.5, 0.5), (0.3, 0.8), (0.7, 0.7))


def houses(picture, spots=SPOTS):
    """Five houses in each drawn cell, of the RT that its letter names; one for a small letter."""
    rows = []
    for y, line in enumerate(reversed(picture.strip().splitlines())):
        for x, name in enumerate(line.split()):
            for dx, dy in () if name == "." else spots if name.isupper() else spots[2:3]:
                place = shapely.Point(WEST + (x + dx) * CELL, SOUTH + (y + dy) * CELL)
                rows.append((name.upper(), place))
    return gpd.GeoDataFrame(rows, columns=["rt_id", "geometry"], crs=4326)


def rts(**desa):
    """RT by name: `rts(A="D")` is one in desa D."""
    table = pd.DataFrame({"desa_id": desa}, dtype=object)
    return table.rename_axis("rt_id")


def land_of(made, name):
    """Area of a cell, in drawn cells."""
    return made.boundaries.geometry[name].area / CELL**2


def assert_same_land(cells, desa):
    """The border is that of the desa: every corner of it is there, the rest lies on its lines."""
    assert area_m2(shapely.symmetric_difference(cells, desa))[0] < 0.1
    assert set(map(tuple, shapely.get_coordinates(desa))) <= set(
        map(tuple, shapely.get_coordinates(cells))
    )


def assert_fills(made, desa):
    """No gap, no overlap, all corners shared, and nothing outside."""
    shapes = made.boundaries.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert len(overlaps(shapes)) == 0
    for name, own in made.boundaries.groupby("desa_id"):
        assert len(gaps(own.geometry.to_numpy())) == len(gaps([desa.geometry[name]]))
        assert_same_land(shapely.union_all(own.geometry), desa.geometry[name])


ONE_DESA = draw("D D D D D D\n" * 4)
HALVES = "A A A B B B\n" * 4


# ── what is drawn ───────────────────────────────────────────────────────────────────────────────


def test_two_halves_part_in_the_middle_as_far_as_squares_can_tell():
    made = indicative_boundaries(houses(HALVES), ONE_DESA, rts(A="D", B="D"))
    assert made.boundaries.index.tolist() == ["A", "B"]
    assert made.boundaries["basis"].tolist() == ["points", "points"]
    assert land_of(made, "A") == pytest.approx(12, abs=1)
    assert made.own_rate > 0.9
    assert_fills(made, ONE_DESA)


def test_a_village_within_another_is_not_taken_for_an_island():
    picture = """
        A A A A A
        A A A A A
        A A B B A
        A A B B A
        A A A A A
    """
    desa = draw("D D D D D\n" * 5)
    made = indicative_boundaries(houses(picture), desa, rts(A="D", B="D"))
    assert len(made.boundaries.geometry["A"].interiors) == 1
    assert land_of(made, "B") == pytest.approx(4, abs=1)
    assert_fills(made, desa)


def test_a_stray_house_makes_no_island_and_is_counted():
    picture = """
        A A A B B B
        A A A B a B
        A A A B B B
        A A A B B B
    """
    made = indicative_boundaries(houses(picture), ONE_DESA, rts(A="D", B="D"))
    assert made.boundaries.geom_type.tolist() == ["Polygon", "Polygon"]
    assert made.boundaries.geometry["B"].interiors[:] == []
    assert made.report.loc["A", "n_stray"] == 1
    assert made.report.loc["A", "n_other"] >= 1
    assert_fills(made, ONE_DESA)


def test_a_second_village_of_an_rt_stays():
    picture = """
        A A B B A A
        A A B B A A
        A A B B B B
        A A B B B B
    """
    made = indicative_boundaries(houses(picture), ONE_DESA, rts(A="D", B="D"))
    assert len(made.boundaries.geometry["A"].geoms) == 2
    assert made.report["n_stray"].tolist() == [0, 0]


def test_many_houses_in_one_place_and_two_rt_in_one_square():
    tower = houses("b . . . . .", spots=[(0.5, 0.5)] * 3)
    points = pd.concat([houses(HALVES), tower, tower, tower], ignore_index=True)
    made = indicative_boundaries(points, ONE_DESA, rts(A="D", B="D"))
    assert made.boundaries.index.tolist() == ["A", "B"]
    assert made.report.loc["B", "n_other"] >= 3  # the tower lies in the corner of A
    same = pd.concat([houses("A . . . . ."), houses("B . . . . ."), houses(". . . C C C")])
    made = indicative_boundaries(same, ONE_DESA, rts(A="D", B="D", C="D"))
    assert made.report["state"].to_dict() == {"A": "points", "B": "hidden", "C": "points"}


def test_the_only_rt_of_a_desa_has_all_its_land_and_needs_no_house():
    made = indicative_boundaries(houses("a"), ONE_DESA, rts(A="D"))
    assert made.boundaries.geometry["A"].equals(ONE_DESA.geometry["D"])
    assert made.report.loc["A", "state"] == "whole"


def test_rt_that_cannot_be_drawn_are_told_with_the_reason():
    desa = draw("D D D D D D E E\n" * 4)
    points = pd.concat(
        [
            houses("A A A B B B . .\n" * 4),
            houses("c . . . . . . ."),
            houses(". . . . . . K K"),
            houses(". . . . . . L L", spots=[(9, 9)] * 5),
            houses("O . . . . . . ."),
        ]
    )
    rt = rts(A="D", B="D", C="D", N="D", K="E", L="E", M="E", O="X")
    made = indicative_boundaries(points, desa, rt)
    assert made.report["state"].to_dict() == {
        "A": "points",
        "B": "points",
        "C": "too_few",
        "N": "no_points",
        "K": "others_missing",
        "L": "outside",
        "M": "no_points",
        "O": "no_land",
    }
    assert made.report.loc["C", "n_no_polygon"] == 1
    assert made.boundaries.index.tolist() == ["A", "B"]
    assert_fills(made, desa)


def test_rt_scattered_among_others_are_not_drawn_around_single_houses():
    picture = """
        c A A B B c
        A A A B B B
        A A A B B B
        c A A B c B
    """
    spread = houses(picture)
    spread = pd.concat([spread, houses("c . . . . .\n. . . . . .")])
    made = indicative_boundaries(spread, ONE_DESA, rts(A="D", B="D", C="D"))
    assert made.report["state"].to_dict() == {"A": "points", "B": "points", "C": "hidden"}
    assert_fills(made, ONE_DESA)


def test_labels_stand_in_for_missing_houses():
    labels = houses("a . . . . c")
    points = houses(". . . B B .")
    made = indicative_boundaries(points, ONE_DESA, rts(A="D", B="D", C="D"), labels)
    assert made.boundaries["basis"].to_dict() == {"A": "labels", "B": "points", "C": "labels"}
    for name, label in labels.set_index("rt_id").geometry.items():
        assert made.boundaries.geometry[name].contains(label)
    assert_fills(made, ONE_DESA)
    outside = houses("a . . . . .").assign(geometry=shapely.Point(0, 0))
    made = indicative_boundaries(points, ONE_DESA, rts(A="D", B="D", C="D"), outside)
    assert made.report.loc["A", "state"] == "no_points"


def test_houses_without_a_point_or_of_another_rt_change_nothing():
    made = indicative_boundaries(houses(HALVES), ONE_DESA, rts(A="D", B="D"))
    none = gpd.GeoDataFrame({"rt_id": ["A", "Z"]}, geometry=[None, shapely.Point(0, 0)], crs=4326)
    more = pd.concat([houses(HALVES), none], ignore_index=True)
    again = indicative_boundaries(more, ONE_DESA, rts(A="D", B="D"))
    assert again.boundaries.geometry.geom_equals(made.boundaries.geometry).all()
    assert again.report.loc["A", "n_no_point"] == 1


def test_no_house_and_no_desa_at_all():
    none = gpd.GeoDataFrame({"rt_id": []}, geometry=[], crs=4326)
    made = indicative_boundaries(none, ONE_DESA, rts(A="D", B="D"))
    assert made.boundaries.empty
    assert np.isnan(made.own_rate)
    assert made.report["state"].tolist() == ["no_points", "no_points"]
    made = indicative_boundaries(houses(HALVES), ONE_DESA[:0], rts(A="D", B="D"))
    assert made.report["state"].tolist() == ["no_land", "no_land"]


# ── the coverage ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(4))
def test_cells_of_neighbouring_desa_share_their_corners(seed):
    """Ragged desa, houses anywhere, RT around random middles: no gap, no overlap, one coverage."""
    rng = np.random.default_rng(seed)
    desa = gpd.GeoDataFrame(geometry=coverage(12, seed=seed))
    rows = []
    for name, shape in desa.geometry.items():
        west, south, east, north = shape.bounds
        xy = rng.uniform((west, south), (east, north), (300, 2))
        xy = xy[shapely.contains_xy(shape, *xy.T)]
        middles = xy[:4]
        near = np.argmin(((xy[:, None] - middles) ** 2).sum(axis=2), axis=1)
        near = np.where(rng.random(len(xy)) < 0.03, rng.integers(0, 4, len(xy)), near)
        rows += [(f"{name}-{n}", name, x, y) for n, (x, y) in zip(near, xy, strict=True)]
    table = pd.DataFrame(rows, columns=["rt_id", "desa_id", "x", "y"])
    points = gpd.GeoDataFrame(
        table[["rt_id"]], geometry=gpd.points_from_xy(table["x"], table["y"]), crs=4326
    )
    rt = table.drop_duplicates("rt_id").set_index("rt_id")[["desa_id"]]
    made = indicative_boundaries(points, desa, rt)
    assert set(made.boundaries["desa_id"]) == set(desa.index)
    assert_fills(made, desa)
    mixed = indicative_boundaries(points.sample(frac=1, random_state=1), desa, rt)
    assert mixed.boundaries.geometry.geom_equals_exact(made.boundaries.geometry, 0).all()


# ── what must not be seen ───────────────────────────────────────────────────────────────────────


def test_where_a_house_stands_in_its_square_changes_nothing():
    points = houses(HALVES)
    x, y = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
    side = 50 / 111_320
    rng = np.random.default_rng(0)
    moved_x = (np.floor(x / side) + rng.uniform(0.01, 0.99, len(x))) * side
    moved_y = (np.floor(y / side) + rng.uniform(0.01, 0.99, len(y))) * side
    inside = shapely.contains_xy(ONE_DESA.geometry["D"], moved_x, moved_y)
    moved = points.set_geometry(gpd.points_from_xy(moved_x, moved_y, crs=4326))[inside]
    first = indicative_boundaries(points[inside], ONE_DESA, rts(A="D", B="D")).boundaries
    second = indicative_boundaries(moved, ONE_DESA, rts(A="D", B="D")).boundaries
    assert first.geometry.geom_equals_exact(second.geometry, 0).all()


def test_squares_that_hide_nothing_are_refused():
    with pytest.raises(BoundaryError, match="--square-m 25"):
        indicative_boundaries(houses(HALVES), ONE_DESA, rts(A="D", B="D"), square_m=5)


def test_the_report_holds_counts_and_no_place():
    points = pd.concat([houses(HALVES), houses("c . . . . .")])
    made = indicative_boundaries(points, ONE_DESA, rts(A="D", B="D", C="D", N="D"))
    told = made.text("id")
    assert "Batas indikatif digambar untuk 2 RT di 1 desa/kelurahan: 2 RT dari titik rumah" in told
    assert "1 RT tidak digambar karena titik rumahnya kurang dari 5" in told
    assert "1 RT tidak digambar karena tidak ada titik rumahnya (N)" in told
    assert "Indicative boundaries are drawn for 2 RT" in made.text("en")
    for text in (told, made.text("en")):
        assert "116" not in text
        assert "8.8" not in text
    assert not [c for c in made.report if made.report[c].dtype.kind == "f"]


def test_every_reason_has_a_sentence_in_both_languages_and_the_mark_is_kept():
    for language in ("id", "en"):
        assert {f"indicative.state.{state}" for state in MISSING} <= texts(language).keys()
    for basis in ("points", "labels", "whole"):
        rows = pd.DataFrame({"source": [say(f"indicative.source.{basis}", "id", date="x")]})
        assert drawn_here(rows.assign(boundary_kind="indicative")).all()
        assert not drawn_here(rows.assign(boundary_kind="official")).any()


# ── a region ────────────────────────────────────────────────────────────────────────────────────

DAY, LATER = dt.date(2008, 12, 31), dt.date(2009, 12, 31)
DESA = "52.07.01.2001"
A, B, C, E, F = (rt_id("52.07", serial) for serial in (1, 2, 3, 4, 5))
NAMES = {"A": A, "B": B, "C": C, "E": E, "F": F}
ABOUT = """
id = "contoh"
name = "Contoh"
kabupaten_id = "52.07"
[[round]]
as_of = 2008-12-31
[[round]]
as_of = 2009-12-31
"""


def numbered(points, day):
    known = points[points["rt_id"].isin(list(NAMES))]
    told = {"rt_id": known["rt_id"].map(NAMES), "lon": known.geometry.x, "lat": known.geometry.y}
    ids = [f"H{day.year}{n:04d}" for n in range(len(known))]
    return pd.DataFrame(told).assign(household_id=ids, as_of=pd.Timestamp(day), n_residents=3)


@pytest.fixture
def region(tmp_path):
    """One desa with A and B since 2003, and C from 2009 on, where the east of B was."""
    areas = table("areas", AREAS)
    areas[areas["area_id"].str.startswith(DESA[:8]) | (areas["area_id"] == "52.07")].to_csv(
        tmp_path / "areas.csv", index=False
    )
    (tmp_path / "region.toml").write_text(ABOUT, encoding="utf-8")
    rt = rt_table(f"""
        serial valid_from  valid_to    desa_id
        1      2003-01-01  .           {DESA}
        2      2003-01-01  .           {DESA}
        3      2009-03-01  .           {DESA}
    """)
    rt.to_csv(tmp_path / "rt.csv", index=False)
    desa = ONE_DESA.assign(area_id=DESA, valid_from=pd.Timestamp("2003-01-01"), valid_to=pd.NaT)
    desa = desa.assign(boundary_kind="official", source="test")
    typed(desa, AREA_BOUNDARIES).to_parquet(tmp_path / "area_boundaries.parquet", index=False)
    rounds = [numbered(houses(HALVES), DAY), numbered(houses("A A A B B C\n" * 4), LATER)]
    people = pd.concat(rounds, ignore_index=True)
    for column in HOUSEHOLDS.columns:
        if column.name not in people:
            people[column.name] = None
    typed(people, HOUSEHOLDS).to_parquet(tmp_path / "households.parquet", index=False)
    return tmp_path


def test_a_region_without_rt_polygons_gets_them_marked_as_what_they_are(region):
    made = build_indicative(region, DAY)
    stored = read_region(region).tables["rt_boundaries"]
    assert stored["rt_id"].tolist() == [A, B]
    assert set(stored["boundary_kind"]) == {"indicative"}
    assert set(stored["source"]) == {"sel RT dari titik rumah, disusun untuk 2008-12-31"}
    assert stored["valid_to"].isna().all()
    assert shapely.equals_exact(stored.geometry, made.boundaries.geometry.to_numpy()).all()
    with pytest.raises(BoundaryError, match="Semua RT yang ada pada 2008-12-31 sudah berpoligon"):
        build_indicative(region, DAY)


def test_a_new_rt_is_drawn_with_its_neighbours_and_the_older_cells_end(region):
    build_indicative(region, DAY)
    build_indicative(region, LATER)
    state = read_region(region)
    assert state.boundaries_on(DAY).index.tolist() == [A, B]
    now = state.boundaries_on(LATER)
    assert now.index.tolist() == [A, B, C]
    assert len(overlaps(now.geometry)) == 0
    assert now.geometry[C].area / CELL**2 == pytest.approx(4, abs=1)
    build_again = state.tables["rt_boundaries"]
    assert build_again["valid_to"].notna().tolist() == [True, False, True, False, False]


def test_an_imported_polygon_stays_and_only_the_rest_is_shared_out(region):
    real = draw("A A . . . .\n" * 4)
    real = real.assign(rt_id=A, valid_from=pd.Timestamp("2005-01-01"), valid_to=pd.NaT)
    real = typed(real.assign(boundary_kind="official", source="SK"), RT_BOUNDARIES)
    real.to_parquet(region / "rt_boundaries.parquet", index=False)
    build_indicative(region, LATER)
    now = read_region(region).boundaries_on(LATER)
    assert now["boundary_kind"].to_dict() == {A: "official", B: "indicative", C: "indicative"}
    assert now.geometry[A].equals(real.geometry.iloc[0])
    assert shapely.area(now.geometry).sum() / CELL**2 == pytest.approx(24)
    assert len(overlaps(now.geometry)) == 0


@pytest.mark.parametrize("kind", ["official", "indicative"])
def test_real_boundaries_take_the_place_of_the_cells(region, kind):
    build_indicative(region, DAY)
    real = draw("A A B B B B\n" * 4)
    real.index = pd.Index([A, B], name="rt_id")
    day = dt.date(2009, 1, 31)
    report = check_boundaries(
        real.reset_index(), read_areas(region), rt=read_rt(region), options=Options(date=day)
    )
    import_boundaries(report, region, date=day, boundary_kind=kind)
    after = read_region(region).boundaries_on(day)
    assert not drawn_here(after).any()
    assert shapely.equals(after.geometry.to_numpy(), real.geometry.to_numpy()).all()
    assert drawn_here(read_region(region).boundaries_on(DAY)).all()


def test_an_older_date_leaves_later_polygons_alone(region):
    build_indicative(region, LATER)
    build_indicative(region, DAY)
    rows = read_region(region).tables["rt_boundaries"]
    assert rows["valid_to"].dt.date.tolist() == [LATER, pd.NaT, LATER, pd.NaT, pd.NaT]


def test_nothing_is_written_where_nothing_can_be_drawn(region):
    (region / "households.parquet").unlink()
    with pytest.raises(BoundaryError, match="Tidak satu pun dari 2 RT"):
        build_indicative(region, DAY)
    assert not (region / "rt_boundaries.parquet").exists()


def write_labels(region, *rows, head="rt_id,lon,lat"):
    file = region / "labels.csv"
    file.write_text("\n".join([head, *rows]), encoding="utf-8")
    return file


def test_labels_from_a_file_stand_in_for_households(region):
    (region / "households.parquet").unlink()
    labels = write_labels(region, f"{A},{WEST + 0.0012},{SOUTH + 0.002}", f"{B},116.8048,-8.798")
    build_indicative(region, DAY, labels)
    stored = read_region(region).tables["rt_boundaries"]
    assert stored["rt_id"].tolist() == [A, B]
    assert set(stored["source"]) == {"sel RT dari titik label, disusun untuk 2008-12-31"}
    assert shapely.area(stored.geometry).tolist() == pytest.approx([12 * CELL**2] * 2)


@pytest.mark.parametrize(
    ("rows", "head", "told"),
    [
        ([], "rt,x,y", "kolom `rt_id`, `lon` (bujur), dan `lat` (lintang)"),
        ([f"{A},116.8,-8.8", f"{A},116.9,-8.8"], "rt_id,lon,lat", "2 baris (baris 2, 3)"),
        ([f"{A},x,-8.8", "RT 1,116.8,-8.8"], "rt_id,lon,lat", "2 baris (baris 2, 3)"),
        ([f"{C},116.8,-8.8"], "rt_id,lon,lat", "1 RT tidak ada pada 2008-12-31 (baris 2)"),
    ],
)
def test_labels_that_are_none_are_refused_with_the_rows(region, rows, head, told):
    with pytest.raises(FileRefused) as refused:
        build_indicative(region, DAY, write_labels(region, *rows, head=head))
    assert told in refused.value.text("id")
    assert "labels.csv" in refused.value.text("en")
    assert not (region / "rt_boundaries.parquet").exists()


def test_the_command_says_what_was_drawn(region, capsys):
    parser = argparse.ArgumentParser()
    parser.set_defaults(lang="id")
    declare_indicative(parser.add_subparsers())
    options = ["indicative", "--region", str(region), "--date", DAY.isoformat()]
    given = parser.parse_args(options)
    assert given.run(given) == 0
    told = capsys.readouterr().out
    assert "Batas indikatif digambar untuk 2 RT di 1 desa/kelurahan" in told
    assert "Batas indikatif disimpan untuk 2008-12-31" in told


# ── the sample ──────────────────────────────────────────────────────────────────────────────────


def test_on_the_sample_97_of_100_houses_fall_in_the_cell_of_their_rt():
    state = read_region(SAMPLE).on(dt.date(2008, 12, 31))
    drawn = state.boundaries.join(state.rt["desa_id"])
    desa = drawn.dissolve("desa_id", method="coverage")[["geometry"]]
    table = state.households
    points = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float))
    points[table["lon"].isna().to_numpy()] = None
    given = gpd.GeoDataFrame({"rt_id": table["rt_id"].to_numpy()}, geometry=points, crs=4326)
    made = indicative_boundaries(given, desa, state.rt)
    assert made.own_rate >= 0.97
    assert len(made.boundaries) == len(drawn)
    counts = made.report[["n_own", "n_other", "n_outside", "n_no_point", "n_no_polygon"]]
    assert counts.to_numpy().sum() == len(table) == made.report["n_houses"].sum()
    away = made.report["n_other"] + made.report["n_outside"]
    assert made.text().count("keluarga\n") + 1 >= (away > 0).sum()
    shapes = made.boundaries.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    for name, own in made.boundaries.groupby("desa_id"):
        assert_same_land(shapely.union_all(own.geometry), desa.geometry[name])
    assert (shapely.get_num_geometries(shapes) > 1).mean() < 0.05, "a map, not confetti"
