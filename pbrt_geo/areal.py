"""How the land of areas of one date lies in the areas of another: shares by area of overlap."""

import os
from concurrent.futures import Executor, ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

LEAST_SHARE = 1e-9
"""A smaller share is rounding where two areas only touch: of one square kilometre, 10 cm²."""

_AT_ONCE = 4_000  # pairs cut in one go: what they leave in memory stays small


def area_weights(
    before: gpd.GeoSeries, after: gpd.GeoSeries, links: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Share of the land of each area of `before` that lies in each area of `after`.

    Shares are taken of the land that is found again: where a source reaches beyond all targets,
    what lies outside is shared out in proportion, so that nobody who lives there is lost. A source
    whose polygon is among the targets unchanged goes there wholly, without cutting; the start and
    direction of its rings do not matter. That is what cutting gives, too, where targets do not
    overlap; where they do, what did not change stays where it is.

    Areas are compared in the plane of the coordinates. In degrees, the north of a polygon then
    weighs wrongly against its south, by tan(latitude) times its height in radians: for an RT of
    5 km at 9° south by 1 part in 8,000, and a share of one half by 1 part in 30,000 at most.

    Parameters
    ----------
    before, after
        Polygons in the same coordinate system, indexed by ids that do not repeat. Missing and
        empty ones meet nothing; invalid ones are repaired first.
    links
        `from_id` and `to_id` that may be joined, where that is known (`Lineage.links`); without
        it, all that overlap.

    Returns
    -------
    weights
        `from_id`, `to_id`, `weight` (over 0, at most 1), in the order of `before` and then of
        `after`; the weights of each source add up to 1. Sources that meet no target have no row.
    """
    sources, targets = _drawn(before), _drawn(after)
    same = _unchanged(before.index, after.index, sources, targets)
    if links is None:
        source, target = _meeting(sources, targets, same)
    else:
        source, target, same = _linked(before.index, after.index, links, same)
    land = _common_area(sources, targets, source, target)
    stays = np.flatnonzero(same >= 0)
    source, target = np.append(source, stays), np.append(target, same[stays])
    share = _shares(source, np.append(land, np.ones(len(stays))), len(sources))
    order = np.lexsort((target, source))
    order = order[share[order] > 0]
    columns = {"from_id": before.index[source[order]], "to_id": after.index[target[order]]}
    return pd.DataFrame(columns | {"weight": share[order]})


def _drawn(areas: gpd.GeoSeries) -> np.ndarray:
    """Return the shapes; None where there is nothing to cut."""
    shapes = np.array(areas, dtype=object)
    shapes[shapely.is_empty(shapes)] = None
    return shapes


# ── what did not change ─────────────────────────────────────────────────────────────────────────


def _unchanged(
    before: pd.Index, after: pd.Index, sources: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Return for each source the position of the target with the same polygon, or -1."""
    same = after.get_indexer(before)
    namesakes = np.flatnonzero(same >= 0)
    equal = shapely.equals_identical(sources[namesakes], targets[same[namesakes]])
    same[namesakes[~equal]] = -1
    # Most polygons keep their id; only the others are compared with everything that is left.
    left, free = np.flatnonzero(same < 0), np.setdiff1d(np.arange(len(targets)), same)
    left, free = left[sources[left] != None], free[targets[free] != None]  # noqa: E711
    first, second = _matches(_fingerprints(sources[left]), _fingerprints(targets[free]))
    left, free = left[first], free[second]
    equal = shapely.equals_exact(sources[left], targets[free], normalize=True)
    same[left[equal]] = free[equal]
    return same


def _fingerprints(shapes: np.ndarray) -> np.ndarray:
    """One number for each shape, the same for rings that start elsewhere or run backwards."""
    extent = np.column_stack([shapely.bounds(shapes), shapely.get_num_coordinates(shapes)])
    return pd.util.hash_pandas_object(pd.DataFrame(extent), index=False).to_numpy()


def _matches(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of equal numbers in both; one that repeats within either is left out."""
    (a, n_a), (b, n_b) = (np.unique_counts(numbers) for numbers in (first, second))
    once = np.intersect1d(a[n_a == 1], b[n_b == 1], assume_unique=True)
    order_a, order_b = np.argsort(first), np.argsort(second)
    return (
        order_a[np.searchsorted(first, once, sorter=order_a)],
        order_b[np.searchsorted(second, once, sorter=order_b)],
    )


# ── what did ────────────────────────────────────────────────────────────────────────────────────


def _meeting(
    sources: np.ndarray, targets: np.ndarray, same: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of changed sources and the targets they meet."""
    changed = np.flatnonzero(same < 0)
    asked = sources[changed]
    source, target = shapely.STRtree(targets).query(asked, predicate="intersects")
    stays = np.zeros(len(targets), dtype=bool)
    stays[same[same >= 0]] = True
    # A changed area mostly just touches its unchanged neighbours: telling so is quicker than
    # cutting. Changed areas mostly cross, so the question would only cost.
    doubtful = np.flatnonzero(stays[target])
    touches = shapely.touches(asked[source[doubtful]], targets[target[doubtful]])
    keep = np.ones(len(source), dtype=bool)
    keep[doubtful[touches]] = False
    return changed[source[keep]], target[keep]


def _linked(
    before: pd.Index, after: pd.Index, links: pd.DataFrame, same: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pairs of `links` that must be cut, and `same` as far as `links` allows it."""
    source, target = before.get_indexer(links["from_id"]), after.get_indexer(links["to_id"])
    known = (source >= 0) & (target >= 0)
    source, target = source[known], target[known]
    allowed = np.full(len(before), -1)
    kept = same[source] == target
    allowed[source[kept]] = target[kept]
    cut = allowed[source] < 0
    return source[cut], target[cut], allowed


def _common_area(
    sources: np.ndarray, targets: np.ndarray, source: np.ndarray, target: np.ndarray
) -> np.ndarray:
    """Area that the shapes of each pair have in common; GEOS works on all processors at once."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        sources, targets = _valid(sources, source, threads), _valid(targets, target, threads)

        def cut(pairs: np.ndarray) -> np.ndarray:
            cuts = shapely.intersection(sources[source[pairs]], targets[target[pairs]])
            return shapely.area(cuts)

        found = list(threads.map(cut, _portions(np.arange(len(source)))))
    return np.nan_to_num(np.concatenate(found)) if found else np.zeros(0)


def _valid(shapes: np.ndarray, used: np.ndarray, threads: Executor) -> np.ndarray:
    """Return the shapes; those at positions `used` are repaired where they are invalid."""
    asked = np.zeros(len(shapes), dtype=bool)
    asked[used] = True
    asked &= ~shapely.is_missing(shapes)
    places = _portions(np.flatnonzero(asked))
    valid = threads.map(shapely.is_valid, [shapes[some] for some in places])
    bad = [some[~good] for some, good in zip(places, valid, strict=True)]
    if any(len(some) for some in bad):
        shapes, at = shapes.copy(), np.concatenate(bad)
        shapes[at] = shapely.make_valid(shapes[at], method="structure")
    return shapes


def _portions(values: np.ndarray) -> list[np.ndarray]:
    return [values[at : at + _AT_ONCE] for at in range(0, len(values), _AT_ONCE)]


def _shares(source: np.ndarray, land: np.ndarray, n: int) -> np.ndarray:
    """Divide by the sum of each source, 0 for what is rounding only."""
    for least in (LEAST_SHARE, 0):  # what is left without the slivers adds up to 1 again
        whole = np.bincount(source, land, minlength=n)[source]
        share = np.divide(land, whole, out=np.zeros(len(land)), where=whole > 0)
        land = np.where(share < least, 0, share)
    return land
