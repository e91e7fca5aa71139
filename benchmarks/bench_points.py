"""House points to RT: our locator against `geopandas.sjoin` and against the best of shapely.

Ours counts building the index and asking for all points. `sjoin` is what one would first write; it
gets its points as ready-made geometries, free of charge. Best practice with shapely was, of four
ways tried, a tree of the points asked with the areas and `contains_xy` on prepared polygons. In
"even" coverages area sizes vary as between quarters of a town; in "villages" 95 % of the areas
crowd on 1 % of the land.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from benchmarks import harness
from benchmarks.coverage_maker import coverage, points_in
from benchmarks.harness import Contestant, Row
from pbrt_geo.spatial import PointLocator

BENCH = "points"
OURS = "ours: index + points"
SJOIN = "geopandas.sjoin"
TREE = "STRtree of points + contains_xy"
TARGET = 2.5
CASES = ((100_000, 1_000), (1_000_000, 10_000), (3_000_000, 30_000))
GOAL = "1,000,000 × 10,000"
VILLAGES = {"clustered": 0.95, "spread": 0.05}


class Inputs(NamedTuple):
    areas: gpd.GeoSeries
    x: np.ndarray
    y: np.ndarray
    points: gpd.GeoDataFrame


def prepare(n_points: int, n_areas: int, **shape: float) -> Inputs:
    areas = coverage(n_areas, **shape)
    x, y = points_in(areas, n_points)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y, crs=areas.crs))
    return Inputs(areas, x, y, points)


def ours(inputs: Inputs) -> np.ndarray:
    return PointLocator(inputs.areas).locate(inputs.x, inputs.y)


def sjoin(inputs: Inputs) -> np.ndarray:
    areas = gpd.GeoDataFrame(geometry=inputs.areas.to_numpy(), crs=inputs.areas.crs)
    joined = gpd.sjoin(inputs.points, areas, predicate="within")
    found = np.full(len(inputs.x), -1)
    found[joined.index] = joined["index_right"]
    return found


def tree(inputs: Inputs) -> np.ndarray:
    areas = np.asarray(inputs.areas, dtype=object)
    area, point = shapely.STRtree(shapely.points(inputs.x, inputs.y)).query(areas)
    shapely.prepare(areas)
    inside = shapely.contains_xy(areas[area], inputs.x[point], inputs.y[point])
    shapely.destroy_prepared(areas)  # or later rounds, and others, would find them prepared
    found = np.full(len(inputs.x), -1)
    found[point[inside]] = area[inside]
    return found


CONTESTANTS: dict[str, Callable[[Inputs], np.ndarray]] = {OURS: ours, SJOIN: sjoin, TREE: tree}


def case(name: str, rounds: int, n_points: int, n_areas: int, **shape: float) -> list[Row]:
    inputs = prepare(n_points, n_areas, **shape)
    contestants = [Contestant(what, run) for what, run in CONTESTANTS.items()]
    rows = harness.as_rows(
        BENCH, name, OURS, harness.race(contestants, inputs, np.array_equal, rounds)
    )
    for row in rows:
        run = CONTESTANTS[row.what]
        row.peak_mb = harness.peak_mb(run, partial(prepare, **shape), n_points, n_areas)
    return rows + _index_kept(name, rounds, inputs, rows[0].wall_s)


def _index_kept(name: str, rounds: int, inputs: Inputs, ours_s: float) -> list[Row]:
    """Measure asking alone, with the index kept from an earlier question."""
    locator = PointLocator(inputs.areas)
    kept = [Contestant("ours: points only, index kept", lambda i: locator.locate(i.x, i.y))]
    rows = harness.as_rows(
        BENCH, name, kept[0].name, harness.race(kept, inputs, np.array_equal, rounds)
    )
    rows[0].times_ours = rows[0].wall_s / ours_s
    return rows


def rows(quick: bool = False) -> list[Row]:
    rounds, cases = (2, CASES[:1]) if quick else (harness.ROUNDS, CASES)
    sizes = {f"{m:,} × {n:,} even": m for m, n in cases}
    found = []
    for name, (m, n) in zip(sizes, cases, strict=True):
        found += case(name, rounds, m, n)
    harness.add_growth(found, sizes)
    for row in found:
        row.target = TARGET if (row.case, row.what) == (f"{GOAL} even", SJOIN) else None
    m, n = cases[min(1, len(cases) - 1)]
    return found + case(f"{m:,} × {n:,} villages", rounds, m, n, **VILLAGES)


if __name__ == "__main__":
    harness.main(rows)
