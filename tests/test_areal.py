"""Shares of land between two dates, against overlaying every area with every other."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from drawing import cell, draw

from benchmarks.coverage_maker import coverage
from pbrt_geo import areal
from pbrt_geo.areal import area_weights


def drawn(picture):
    return draw(picture).geometry


def as_dict(weights):
    pairs = zip(weights["from_id"], weights["to_id"], strict=True)
    return dict(zip(pairs, weights["weight"].round(9), strict=True))


def overlaid(before, after):
    """What GEOS gives when each area is cut with each other, nothing left out."""
    land = shapely.area(shapely.intersection(*np.meshgrid(before, after, indexing="ij")))
    whole = land.sum(axis=1, keepdims=True)
    shares = np.divide(land, whole, out=np.zeros_like(land), where=whole > 0)
    return pd.DataFrame(shares, index=before.index, columns=after.index)


def as_table(weights, before, after):
    table = weights.pivot(index="from_id", columns="to_id", values="weight")
    return table.reindex(index=before.index, columns=after.index).fillna(0)


def assert_overlaid(before, after):
    weights = area_weights(before, after)
    table = as_table(weights, before, after)
    np.testing.assert_allclose(table, overlaid(before, after), rtol=0, atol=1e-8)
    assert weights["weight"].between(0, 1, inclusive="right").all()
    met = table.loc[weights["from_id"].unique()].sum(axis=1)
    np.testing.assert_allclose(met, 1, rtol=0, atol=1e-12)


# ── drawn ───────────────────────────────────────────────────────────────────────────────────────


def test_a_split_a_merger_and_one_that_stays():
    before = drawn("""
        A A A A B
        C C D D B
    """)
    after = drawn("""
        P Q Q Q B
        R R R R B
    """)
    assert as_dict(area_weights(before, after)) == {
        ("A", "P"): 0.25,
        ("A", "Q"): 0.75,
        ("B", "B"): 1,
        ("C", "R"): 1,
        ("D", "R"): 1,
    }


def test_a_border_that_moved():
    before, after = drawn("A A A B"), drawn("A A B B")
    weights = as_dict(area_weights(before, after))
    assert weights == {("A", "A"): round(2 / 3, 9), ("A", "B"): round(1 / 3, 9), ("B", "B"): 1}


def test_a_renumbered_area_goes_over_wholly():
    before, after = drawn("A A B"), drawn("B B A")
    assert as_dict(area_weights(before, after)) == {("A", "B"): 1, ("B", "A"): 1}


def test_land_that_is_not_found_again_is_shared_in_proportion():
    before = drawn("A A A A")
    after = drawn("P Q Q .")
    weights = as_dict(area_weights(before, after))
    assert weights == {("A", "P"): round(1 / 3, 9), ("A", "Q"): round(2 / 3, 9)}


def test_an_area_that_meets_nothing_has_no_row():
    before = drawn("A . B")
    assert as_dict(area_weights(before, drawn("P . ."))) == {("A", "P"): 1}
    empty = area_weights(before, before[:0])
    assert empty.empty
    assert list(empty) == ["from_id", "to_id", "weight"]


def test_missing_and_empty_shapes_meet_nothing():
    before = gpd.GeoSeries({"A": cell(0, 0), "B": None, "C": shapely.Polygon()}, crs=4326)
    after = gpd.GeoSeries({"A": cell(0, 0), "B": None, "C": shapely.Polygon()}, crs=4326)
    assert as_dict(area_weights(before, after)) == {("A", "A"): 1}


def test_an_invalid_shape_is_repaired_first():
    low, high = cell(0, 0).bounds[:2], cell(1, 1).bounds[2:]
    bow = [low, (high[0], low[1]), (low[0], high[1]), high]  # crosses itself in the middle
    before = gpd.GeoSeries({"A": shapely.Polygon(bow)}, crs=4326)
    after = drawn("P P\nQ Q")
    assert as_dict(area_weights(before, after)) == {("A", "P"): 0.5, ("A", "Q"): 0.5}


def test_links_leave_out_what_cannot_be():
    before, after = drawn("A A A B"), drawn("P P Q Q")
    links = pd.DataFrame([("A", "P"), ("B", "Q"), ("A", "absent")], columns=["from_id", "to_id"])
    assert as_dict(area_weights(before, after, links)) == {("A", "P"): 1, ("B", "Q"): 1}


def test_links_decide_also_where_the_polygon_is_the_same():
    before, after = drawn("A A B B"), drawn("P P Q Q")
    links = pd.DataFrame([("A", "P"), ("A", "Q"), ("B", "P")], columns=["from_id", "to_id"])
    assert as_dict(area_weights(before, after, links)) == {("A", "P"): 1}


# ── what did not change is not cut ──────────────────────────────────────────────────────────────


def turned(areas):
    """The same areas; rings begin elsewhere, every other one runs the other way."""
    shapes = []
    for number, shape in enumerate(areas):
        ring = list(shape.exterior.coords)[:-1]
        ring = ring[number % len(ring) :] + ring[: number % len(ring)]
        shapes.append(shapely.Polygon(ring[::-1] if number % 2 else ring))
    return gpd.GeoSeries(shapes, index=areas.index, crs=areas.crs)


@pytest.mark.parametrize("change", [lambda a: a, turned, lambda a: a.rename(lambda i: f"N{i}")])
def test_the_same_polygons_are_never_cut(monkeypatch, change):
    before = coverage(40)
    monkeypatch.setattr(areal.shapely, "intersection", lambda *_: pytest.fail("cut"))
    weights = area_weights(before, change(before)[::-1])
    assert weights["from_id"].tolist() == before.index.tolist()
    assert weights["to_id"].str[-7:].tolist() == before.index.tolist()
    assert (weights["weight"] == 1).all()


def test_another_shape_with_the_same_extent_is_cut():
    before = drawn("A A\nA .")
    after = drawn("P P\n. P")
    assert before["A"].bounds == after["P"].bounds
    after = pd.concat([after, drawn(". .\nQ .")])
    assert as_dict(area_weights(before, after)) == {
        ("A", "P"): round(2 / 3, 9),
        ("A", "Q"): round(1 / 3, 9),
    }


def test_where_targets_overlap_what_did_not_change_stays_and_what_did_is_shared():
    before = drawn("A A B")
    after = pd.concat([drawn("A A ."), drawn(". P P").iloc[:1]])
    weights = as_dict(area_weights(before, after))
    assert weights == {("A", "A"): 1, ("B", "P"): 1}
    reversed_ = as_dict(area_weights(after, before))
    assert reversed_ == {("A", "A"): 1, ("P", "A"): 0.5, ("P", "B"): 0.5}


def test_a_changed_area_on_top_of_an_unchanged_one_loses_nobody():
    before = pd.concat([drawn("A A"), drawn("B .").iloc[:1]])  # B was drawn inside of A
    assert as_dict(area_weights(before, drawn("A A"))) == {("A", "A"): 1, ("B", "A"): 1}


def test_two_areas_with_the_same_new_polygon_share_it():
    before = drawn("A A")
    after = gpd.GeoSeries({"P": before["A"], "Q": before["A"]}, crs=4326)
    assert as_dict(area_weights(before, after)) == {("A", "P"): 0.5, ("A", "Q"): 0.5}


# ── random ──────────────────────────────────────────────────────────────────────────────────────


def redrawn(areas, seed):
    """The same coverage after splits, mergers and moved corners in some places."""
    rng = np.random.default_rng(seed)
    chosen = areas.index[rng.permutation(len(areas))[: len(areas) // 4]]
    kept = areas.drop(chosen)
    land = shapely.union_all(areas[chosen].to_numpy())
    seeds = shapely.MultiPoint(rng.uniform(*np.reshape(land.bounds, (2, 2)), (12, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=land))
    new = shapely.intersection(cells, land)
    new = gpd.GeoSeries(new, index=[f"N{n}" for n in range(len(new))], crs=areas.crs)
    return pd.concat([kept, new[~new.is_empty]])


@pytest.mark.parametrize("seed", range(6))
def test_random_coverages_give_what_the_plain_overlay_gives(seed):
    before = coverage(60, seed=seed)
    after = redrawn(before, seed)
    assert_overlaid(before, after)
    assert_overlaid(after, before)


def test_wholly_other_coverages_give_what_the_plain_overlay_gives():
    assert_overlaid(coverage(60, seed=1), coverage(50, seed=2))


def test_no_count_is_gained_or_lost_on_the_way():
    before = coverage(300)
    after = redrawn(before, 0)
    people = pd.Series(np.arange(1, 301) ** 2, index=before.index)
    weights = area_weights(before, after)
    moved = (weights["weight"] * weights["from_id"].map(people)).groupby(weights["to_id"]).sum()
    assert moved.sum() == pytest.approx(people.sum(), rel=1e-9)


def test_degrees_are_good_enough_for_an_rt_and_the_docstring_says_how_good():
    """An RT of 5 km at 9° south, halved at the middle parallel: the equal-area share."""
    height = 5 / 111.32
    whole = shapely.box(117, -9 - height / 2, 117.05, -9 + height / 2)
    before = gpd.GeoSeries({"A": whole}, crs=4326)
    halves = [shapely.box(117, -9, 117.05, -8), shapely.box(117, -10, 117.05, -9)]
    after = gpd.GeoSeries(dict(zip("NS", halves, strict=True)), crs=4326)
    flat = area_weights(before, after)["weight"]
    equal_area = area_weights(before.to_crs(6933), after.to_crs(6933))["weight"]
    difference = (flat - equal_area).abs().max()
    assert difference < 1 / 30_000
    assert difference > 1 / 100_000, "then the docstring says too much"
