"""Geodesic areas, the area of each point, and houses against the RT in which they are recorded."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.coverage_maker import coverage, points_in
from pbrt_geo import _edge_grid, read_region
from pbrt_geo.errors import BoundaryError
from pbrt_geo.spatial import (
    PointLocator,
    assign_households,
    geodesic_area_km2,
    locate,
    location_report,
)

SAMPLE = Path(__file__).parents[1] / "geodata" / "sample"


# ── geodesic areas ──────────────────────────────────────────────────────────────────────────────


def test_an_eighth_of_the_ellipsoid():
    # NIMA TR8350.2 (2000), table 3.3-5: the surface of WGS 84 is 510 065 621.724 km2.
    octant = shapely.Polygon([(0, 0), (90, 0), (90, 90), (0, 90)])
    assert geodesic_area_km2([octant])[0] == pytest.approx(510_065_621.724 / 8, abs=0.001)


def test_holes_are_taken_off_and_direction_does_not_matter():
    ring, hole = shapely.box(116, -9, 116.2, -8.8), shapely.box(116.05, -8.95, 116.1, -8.9)
    with_hole = shapely.Polygon(ring.exterior.coords, [hole.exterior.coords])
    both = shapely.MultiPolygon([shapely.box(117, -9, 117.1, -8.9), with_hole])
    areas = geodesic_area_km2(np.array([ring, hole, with_hole, with_hole.reverse(), both]))
    assert areas[2] == pytest.approx(areas[0] - areas[1], rel=1e-12)
    assert areas[3] == pytest.approx(areas[2], rel=1e-12)
    geod = pyproj.Geod(ellps="WGS84")
    expected = abs(geod.geometry_area_perimeter(shapely.orient_polygons(both))[0]) / 1e6
    assert areas[4] == pytest.approx(expected, rel=1e-12)


def test_areas_of_a_coverage_add_up_to_the_area_of_the_whole():
    areas = coverage(50)
    whole = geodesic_area_km2([shapely.coverage_union_all(areas.to_numpy())])
    assert geodesic_area_km2(areas).sum() == pytest.approx(whole[0], rel=1e-9)


def test_nothing_has_no_area_and_empty_has_zero():
    areas = geodesic_area_km2(gpd.GeoSeries([None, shapely.Polygon()]))
    assert np.isnan(areas[0])
    assert areas[1] == 0
    assert len(geodesic_area_km2(gpd.GeoSeries([]))) == 0


# ── points in areas ─────────────────────────────────────────────────────────────────────────────


def by_geos(polygons, x, y):
    """The rule, word for word: of all areas that GEOS says hold the point, the smallest id."""
    order = np.argsort(polygons.index.to_numpy(), kind="stable")
    shapes = polygons.to_numpy()[order]
    holds = np.array([shapely.intersects_xy(shape, x, y) for shape in shapes])
    return np.where(holds.any(axis=0), order[holds.argmax(axis=0)], -1)


def stars(seed, n=25):
    """Overlapping stars, some with a hole, some in several parts, ids in random order."""
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(n):
        angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(4, 80)))
        radius = rng.uniform(0.05, 0.4) * rng.uniform(0.3, 1, len(angle))
        middle = rng.uniform(0, 1, (2, 1))
        corners = (middle + radius * [np.cos(angle), np.sin(angle)]).T
        hole = shapely.Point(middle.ravel()).buffer(rng.uniform(0, 0.05))
        shapes.append(shapely.make_valid(shapely.Polygon(corners)).buffer(0).difference(hole))
    shapes[3], shapes[4] = None, shapely.Polygon()
    return gpd.GeoSeries(shapes, index=rng.permutation([f"A{i:02d}" for i in range(n)]))


def points_about(polygons, seed, n=1500):
    """Points anywhere, on corners, on edges, and a hair beside them."""
    rng = np.random.default_rng(seed)
    corners, area = shapely.get_coordinates(polygons, return_index=True)
    start = rng.choice(np.flatnonzero(np.diff(area) == 0), n)
    share = np.append(rng.random((n // 2, 1)), np.full((n - n // 2, 1), 0.5), axis=0)
    on_edges = corners[start] + share * (corners[start + 1] - corners[start])
    west, south, east, north = polygons.total_bounds
    anywhere = rng.uniform([west - 0.1, south - 0.1], [east + 0.1, north + 0.1], (n, 2))
    beside = np.nextafter(on_edges, rng.choice([-np.inf, np.inf], (n, 2)))
    return np.vstack([anywhere, corners[start], on_edges, beside]).T


@pytest.mark.parametrize("seed", range(6))
def test_overlapping_areas_agree_with_geos(seed):
    polygons = stars(seed)
    x, y = points_about(polygons, seed)
    np.testing.assert_array_equal(locate(x, y, polygons), by_geos(polygons, x, y))


@pytest.mark.parametrize("shape", [{}, {"clustered": 0.95, "spread": 0.05}])
def test_coverages_agree_with_geos(shape):
    polygons = coverage(150, **shape)
    x, y = np.hstack([points_in(polygons, 3000), points_about(polygons, 7)])
    np.testing.assert_array_equal(locate(x, y, polygons), by_geos(polygons, x, y))


@pytest.mark.parametrize(("scale", "shift"), [(1e-4, 0), (1e5, 5e5), (1, 180)])
def test_any_coordinate_system_will_do(scale, shift):
    polygons = stars(9)
    polygons = polygons.set_axis(polygons.index).scale(scale, scale, origin=(0, 0)).translate(shift)
    x, y = points_about(polygons, 9)
    np.testing.assert_array_equal(locate(x, y, polygons), by_geos(polygons, x, y))


def test_small_blocks_and_split_cells_give_the_same_answers(monkeypatch):
    polygons = stars(11)
    x, y = points_about(polygons, 11)
    expected = locate(x, y, polygons)
    for name, value in {"CROWDED": 12, "BLOCK": 700, "PAIRS": 50}.items():
        monkeypatch.setattr(_edge_grid, name, value)
    locator = PointLocator(polygons)
    assert locator._grid.top.finer is not None
    np.testing.assert_array_equal(locator.locate(x, y), expected)


def test_a_cell_much_wider_than_the_areas_does_not_blur_their_edges(monkeypatch):
    """Rounding grows with the distance to the anchor, not only with the coordinates."""
    monkeypatch.setattr(_edge_grid, "SIDE", 100.0)
    boxes = [shapely.box(0, i / 16, 1 / 16, (i + 1) / 16) for i in range(4)]
    polygons = gpd.GeoSeries(boxes).scale(0.01, 0.01, origin=(0, 0))
    x, y = (part.ravel() * 0.01 for part in np.meshgrid(np.arange(4) / 32, np.arange(12) / 32))
    np.testing.assert_array_equal(locate(x, y, polygons), by_geos(polygons, x, y))


def test_away_from_edges_geos_is_not_asked():
    polygons = coverage(300)
    x, y = points_in(polygons, 20_000)
    locator = PointLocator(polygons)
    assert locator._grid.locate(x, y)[1].sum() == 0
    assert "_tree" not in vars(locator)


def test_many_copies_of_one_area_are_left_to_geos():
    one = shapely.Point(0, 0).buffer(1, quad_segs=50)
    polygons = gpd.GeoSeries([one] * 300, index=[f"A{300 - i:03d}" for i in range(300)])
    x, y = np.array([0.0, 0.999, 0.9999, 2.0]), np.array([0.0, 0.0, 0.5, 0.0])
    np.testing.assert_array_equal(locate(x, y, polygons), [299, 299, -1, -1])


LETTERS = st.lists(
    st.lists(st.sampled_from("ABCD."), min_size=4, max_size=4), min_size=4, max_size=4
)


@settings(max_examples=60, deadline=None)
@example([list("AABB"), list("ADDB"), list("ADDB"), list("CC.C")])
@given(LETTERS)
def test_ties_on_boundaries_go_to_the_smallest_id(rows):
    """On a drawn map the rule can be read off: the first letter among the squares at a point."""
    squares = {}
    for top, row in enumerate(rows):
        for left, letter in enumerate(row):
            squares.setdefault(letter, []).append((left, top))
    ids = sorted(squares.keys() - {"."}, reverse=True)  # the smallest id comes last
    shapes = [
        shapely.union_all([shapely.box(i, j, i + 1, j + 1) for i, j in squares[a]]) for a in ids
    ]
    halves = np.arange(-1, 10) / 2
    x, y = (part.ravel() for part in np.meshgrid(halves, halves))
    found = locate(x, y, gpd.GeoSeries(shapes, index=ids))
    for px, py, position in zip(x, y, found, strict=True):
        around = {
            letter
            for letter, places in squares.items()
            for i, j in places
            if i <= px <= i + 1 and j <= py <= j + 1
        }
        expected = min(around - {"."}, default=None)
        assert (ids[position] if position >= 0 else None) == expected


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 5), st.randoms(use_true_random=False))
def test_the_order_of_points_and_of_areas_does_not_matter(seed, random):
    polygons = stars(seed)
    x, y = points_about(polygons, seed, 200)
    expected = np.append(polygons.index, "none")[locate(x, y, polygons)]
    points, areas = list(range(len(x))), list(range(len(polygons)))
    random.shuffle(points)
    random.shuffle(areas)
    mixed = polygons.iloc[areas]
    found = np.append(mixed.index, "none")[locate(x[points], y[points], mixed)]
    np.testing.assert_array_equal(found, expected[points])


def test_holes_gaps_and_missing_points_belong_to_no_area():
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    polygons = gpd.GeoSeries([ring, None, shapely.box(4, 0, 5, 3)], index=["a", "b", "c"])
    x = np.array([0.5, 1.5, 3.5, 4.5, np.nan, 4.5, np.inf, -7.0, 1.0])
    y = np.array([0.5, 1.5, 1.0, 1.0, 1.0, np.nan, 1.0, 1.0, 1.5])
    np.testing.assert_array_equal(locate(x, y, polygons), [0, -1, -1, 2, -1, -1, -1, -1, 0])


@pytest.mark.parametrize("shapes", [[], [None], [shapely.Polygon(), None]])
def test_without_areas_no_point_is_found(shapes):
    assert locate([1.0, np.nan], [2.0, 3.0], gpd.GeoSeries(shapes)).tolist() == [-1, -1]


def test_shapes_that_are_no_areas_are_refused():
    with np.errstate(invalid="ignore"):
        broken = shapely.Polygon([(0, 0), (1, np.nan), (1, 1)])
    shapes = [shapely.Point(0, 0), broken, shapely.box(0, 0, 1, 1)]
    with pytest.raises(BoundaryError) as caught:
        locate([0.0], [0.0], gpd.GeoSeries(shapes))
    indonesian, english = caught.value.text("id"), caught.value.text("en")
    assert indonesian.startswith("1 batas wilayah bukan poligon. Diharapkan: Polygon")
    assert "1 batas wilayah memuat koordinat yang bukan angka." in indonesian
    assert "1 boundary shape(s) are not polygons." in english


# ── houses ──────────────────────────────────────────────────────────────────────────────────────

RT1, RT2, RT3, RT4 = (f"RT-5207-0000{i}-{i}" for i in (1, 2, 3, 4))


def two_rts():
    """RT 1 and RT 2 side by side, one hundredth of a degree wide; RT 3 has no polygon."""
    shapes = [
        shapely.box(116.01, -8.51, 116.02, -8.5),
        shapely.box(116.0, -8.51, 116.01, -8.5),
        None,
    ]
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, index=[RT2, RT1, RT3], crs=4326))


def houses():
    rows = [
        (RT1, 116.005, -8.505),  # in its own RT
        (RT2, 116.010, -8.505),  # on the boundary with RT 1, which has the smaller id
        (RT2, 116.008, -8.505),  # in RT 1, 0.002 degree west of its own
        (RT1, 116.005, -8.499),  # outside, 0.001 degree north of its own
        (RT1, np.nan, np.nan),
        (RT3, 116.005, -8.505),  # its RT has no polygon
        (RT4, 116.500, -8.505),  # its RT is not there at all
    ]
    return pd.DataFrame(rows, columns=["rt_id", "lon", "lat"], index=list("abcdefg"))


def test_the_rt_in_which_a_house_stands():
    found = assign_households(houses(), two_rts())
    assert found.name == "rt_id"
    assert found.dropna().to_dict() == dict.fromkeys("abcf", RT1)
    assert found.index.equals(houses().index)


def test_houses_that_stand_elsewhere_are_counted_and_measured():
    report = location_report(houses(), two_rts())
    counts = {name: value for name, value in vars(report).items() if name.startswith("n_")}
    assert counts == {
        "n_households": 7,
        "n_own": 2,
        "n_other": 1,
        "n_outside": 1,
        "n_no_point": 1,
        "n_no_polygon": 2,
    }
    # One degree at 8.5 degrees south: 110.60 km of latitude, 110.11 km of longitude.
    assert report.other_max_m == pytest.approx(0.002 * 110_110, abs=0.2)
    assert report.outside_median_m == pytest.approx(0.001 * 110_600, abs=0.2)
    assert report.by_rt.loc[RT1].to_dict() == {
        "n_own": 1,
        "n_other": 0,
        "n_outside": 1,
        "n_no_point": 1,
        "n_no_polygon": 0,
    }
    assert report.by_rt.to_numpy().sum() == report.n_households


def test_what_is_said_of_houses_holds_no_coordinate():
    problems = location_report(houses(), two_rts()).problems
    said = [problem.text("id") for problem in problems]
    assert said[0].startswith(
        "1 rumah, tercatat di 1 RT, berdiri di dalam RT lain; yang terjauh 220 m"
    )
    assert said[1].startswith(
        "1 rumah, tercatat di 1 RT, berdiri di luar semua RT; yang terjauh 111 m"
    )
    assert [problem.severity for problem in problems] == ["warning", "warning", "note", "note"]
    everything = " ".join(said + [problem.text("en") for problem in problems])
    assert "116" not in everything
    assert "8.5" not in everything
    assert "8,5" not in everything


def test_no_households_is_no_problem():
    report = location_report(houses().iloc[:0], two_rts())
    assert report.n_households == 0
    assert report.problems == []


def test_boundaries_in_metres_are_refused():
    with pytest.raises(BoundaryError, match=r"EPSG:32750.+EPSG:4326"):
        assign_households(houses(), two_rts().to_crs(32750))


@pytest.mark.parametrize("year", [2006, 2007, 2008])
def test_every_house_of_the_sample_stands_in_its_own_rt(year):
    region = read_region(SAMPLE)
    state = region.on(next(date for date in region.rounds if date.year == year))
    report = location_report(state.households, state.boundaries)
    assert report.n_own > 20_000
    assert report.n_other == report.n_outside == 0
    placed = assign_households(state.households, state.boundaries).dropna()
    assert (placed == state.households["rt_id"][placed.index]).all()
