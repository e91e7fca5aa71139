"""Repairing and simplifying a coverage; the situations are drawn."""

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from boundary_files import PICTURE
from drawing import CELL, SOUTH, WEST, draw
from hypothesis import given, settings
from hypothesis import strategies as st

from pbrt_geo.boundaries import (
    area_m2,
    gaps,
    overlaps,
    repair_boundaries,
    simplify_coverage,
)
from pbrt_geo.errors import BoundaryError

# ── repair ────────────────────────────────────────────────────────────────────────────────────────


def test_a_true_coverage_comes_back_to_the_last_digit() -> None:
    drawn = draw(PICTURE)
    repair = repair_boundaries(drawn)
    assert shapely.equals_identical(repair.boundaries.geometry.array, drawn.geometry.array).all()
    assert repair.largest_change == 0


def test_overlap_and_gap_are_repaired_within_one_percent() -> None:
    drawn = draw("A A A B B B\nA A A B B B\nA A A B B B")
    edge = WEST + 3 * CELL
    drawn.loc["A", "geometry"] = shapely.box(WEST, SOUTH, edge + 0.01 * CELL, SOUTH + 3 * CELL)
    hair = shapely.box(edge + CELL, SOUTH + CELL, edge + 1.02 * CELL, SOUTH + 2 * CELL)
    drawn.loc["B", "geometry"] = shapely.difference(drawn.geometry["B"], hair)
    repair = repair_boundaries(drawn)
    shapes = repair.boundaries.geometry.to_numpy()
    assert (repair.n_overlaps, repair.n_gaps) == (1, 1)
    assert shapely.coverage_is_valid(shapes)
    assert len(overlaps(shapes)) == len(gaps(shapes)) == 0
    assert 0 < repair.largest_change <= 0.01


def test_an_overlap_that_would_cost_an_area_more_is_refused_by_name() -> None:
    drawn = draw("A A B B")
    drawn.loc["A", "geometry"] = shapely.box(WEST, SOUTH, WEST + 3 * CELL, SOUTH + CELL)
    with pytest.raises(BoundaryError, match="lebih dari 1 %") as caught:
        repair_boundaries(drawn)
    assert caught.value.problems[0].facts["areas"] in ("A", "B")


SMALL = st.floats(-3e-5, 3e-5)  # degrees: up to 3 m


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 35), SMALL, SMALL), max_size=12))
def test_repair_never_changes_an_area_by_more_than_one_percent(
    nudges: list[tuple[int, float, float]],
) -> None:
    drawn = draw("A A A B B B\nA A A B B B\nC C C C D D\nC C C C D D")
    shapes = [_nudged(shape, nudges, k) for k, shape in enumerate(drawn.geometry)]
    hurt = drawn.set_geometry(gpd.GeoSeries(shapes, index=drawn.index, crs=4326))
    before = area_m2(shapes)
    try:
        repair = repair_boundaries(hurt)
    except BoundaryError:
        return
    after = area_m2(repair.boundaries.geometry.to_numpy())
    assert (np.abs(after / before - 1) <= 0.01).all()
    assert abs(after.sum() / before.sum() - 1) <= 0.01
    assert len(overlaps(repair.boundaries.geometry.to_numpy())) == 0
    assert repair.boundaries.geometry.is_valid.all()


def _nudged(shape: Any, nudges: list[tuple[int, float, float]], k: int) -> shapely.Polygon:
    corners = shapely.get_coordinates(shape)[:-1]
    for place, dx, dy in nudges:
        if place % 4 == k:
            corners[place % len(corners)] += (dx, dy)
    return shapely.Polygon(corners)


def test_simplified_neighbours_still_share_their_edges() -> None:
    waves = np.linspace(0, 2 * CELL, 200)
    line = np.column_stack([WEST + CELL + 2e-5 * np.sin(waves * 4e4), SOUTH + waves])
    west = shapely.Polygon([(WEST, SOUTH), *line, (WEST, SOUTH + 2 * CELL)])
    east = shapely.Polygon([(WEST + 2 * CELL, SOUTH), *line, (WEST + 2 * CELL, SOUTH + 2 * CELL)])
    rows = gpd.GeoDataFrame(geometry=[west, None, east], index=["w", "none", "e"], crs=4326)
    simple = simplify_coverage(rows, tolerance_m=5)
    drawn = simple.geometry.dropna().to_numpy()
    assert shapely.coverage_is_valid(drawn)
    assert shapely.get_num_coordinates(drawn).sum() < 100
    assert list(simple.index) == ["w", "none", "e"]
    assert simple.geometry.isna()["none"]
