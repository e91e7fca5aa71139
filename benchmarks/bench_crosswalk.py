"""Land of one date in areas of another: our weights against `tobler`, with the same totals.

Two vintages of a coverage. In "5 % changed" every second changed area is split in two, every fourth
is merged with a neighbour, the rest exchange land with one; all others keep their polygon to the
last digit. In "all changed" the second vintage is drawn anew: no edge is shared. Ours counts
finding what did not change, the weights, and carrying a count over; tobler is asked for the same
count (`area_interpolate`, total allocated). GEOS works on all processors for ours and on one for
tobler, as each does when nothing is said: compare the CPU seconds, too. tobler's own parallel mode
starts processes that wait five minutes for more before they end; it is left out. It keeps weights
as 32-bit numbers, so its totals are compared to 1 in 100,000; ours must keep the sum to 1e-9.
"""

from collections.abc import Callable
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from tobler.area_weighted import area_interpolate

from benchmarks import harness
from benchmarks.coverage_maker import coverage
from benchmarks.harness import Contestant, Row
from pbrt_geo.areal import area_weights

BENCH = "crosswalk"
OURS = "ours: weights + count"
TOBLER = "tobler.area_interpolate"
TARGETS = {"5 % changed": 8.0, "all changed": 1.0}
SIZES = (1_000, 10_000, 100_000)
GOAL = SIZES[-1]


class Inputs(NamedTuple):
    before: gpd.GeoDataFrame
    after: gpd.GeoDataFrame


def prepare(n: int, changed: str) -> Inputs:
    before = coverage(n)
    after = coverage(n, seed=1) if changed == "all changed" else redrawn(before, 0.05)
    people = np.random.default_rng(2).integers(20, 400, n).astype(float)
    # Without a coordinate system: tobler warns of degrees at every turn.
    return Inputs(
        gpd.GeoDataFrame({"people": people}, index=before.index, geometry=before.to_numpy()),
        gpd.GeoDataFrame(index=after.index, geometry=after.to_numpy()),
    )


def redrawn(areas: gpd.GeoSeries, share: float) -> gpd.GeoSeries:
    """Return the next vintage: `share` of the areas are split, merged, or exchange land."""
    rng = np.random.default_rng(3)
    shapes = areas.to_numpy()
    free = np.ones(len(shapes), dtype=bool)
    shuffled = rng.permutation(len(shapes))
    touching = shapely.STRtree(shapes)
    new: dict[str, shapely.Geometry] = {}
    n_left = round(len(shapes) * share)
    for turn, chosen in enumerate(shuffled):
        if n_left <= 0:
            break
        near = touching.query(shapes[chosen], predicate="intersects")
        near = near[free[near] & (near != chosen)]
        if not free[chosen] or not len(near):
            continue
        taken, made = _changed(
            shapes, chosen, near[0], ("split", "merge", "split", "move")[turn % 4]
        )
        free[taken] = False
        n_left -= len(taken)
        new |= {f"N{turn}-{part}": shape for part, shape in enumerate(made)}
    made = gpd.GeoSeries(new, crs=areas.crs)
    return pd.concat([areas[free], made]).sample(frac=1, random_state=4)


def _changed(shapes: np.ndarray, one: int, other: int, how: str) -> tuple[list[int], list]:
    """Return which areas are gone, and what stands in their place."""
    if how == "split":
        return [one], _halves(shapes[one])
    if how == "merge":
        return [one, other], [shapely.union(shapes[one], shapes[other])]
    kept, given = _halves(shapes[one])
    return [one, other], [kept, shapely.union(shapes[other], given)]


def _halves(shape: shapely.Geometry) -> list[shapely.Geometry]:
    west, south, east, north = shape.bounds
    middle = (west + east) / 2
    parts = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    return [shapely.intersection(shape, part) for part in parts]


def ours(inputs: Inputs) -> np.ndarray:
    weights = area_weights(inputs.before.geometry, inputs.after.geometry)
    people = inputs.before["people"]
    moved = weights["weight"].to_numpy() * people.reindex(weights["from_id"]).to_numpy()
    found = pd.Series(moved).groupby(weights["to_id"].to_numpy()).sum()
    assert abs(found.sum() / people.sum() - 1) < 1e-9, "people were lost"
    return found.reindex(inputs.after.index, fill_value=0.0).to_numpy()


def tobler(inputs: Inputs) -> np.ndarray:
    found = area_interpolate(inputs.before, inputs.after, extensive_variables=["people"])
    return found["people"].to_numpy()


CONTESTANTS: dict[str, Callable[[Inputs], np.ndarray]] = {OURS: ours, TOBLER: tobler}


def same(first: np.ndarray, other: np.ndarray) -> bool:
    """Compare the people of every area; 0.001 of a person is rounding."""
    return bool(np.allclose(first, other, rtol=1e-5, atol=1e-3))


def case(name: str, rounds: int, n: int, changed: str) -> list[Row]:
    inputs = prepare(n, changed)
    contestants = [Contestant(what, run) for what, run in CONTESTANTS.items()]
    rows = harness.as_rows(BENCH, name, OURS, harness.race(contestants, inputs, same, rounds))
    for row in rows:
        row.peak_mb = harness.peak_mb(CONTESTANTS[row.what], prepare, n, changed)
        at_goal = n == GOAL and row.what == TOBLER
        row.target = TARGETS[changed] if at_goal else None
    return rows


def rows(quick: bool = False) -> list[Row]:
    found = []
    for changed in TARGETS:
        sizes = {f"{n:,}, {changed}": n for n in (SIZES[:1] if quick else SIZES)}
        for name, n in sizes.items():
            found += case(name, 2 if quick else harness.ROUNDS, n, changed)
        harness.add_growth(found, sizes)
    return found


if __name__ == "__main__":
    harness.main(rows)
