"""Two sets of polygons laid over each other: which share land, how much, and how wide it is.

The same boundary drawn twice never lies in the same place twice, and between the two lines are
slivers. So land counts as having changed hands only where it is wider than a tolerance; how
large a sliver is says little, for it grows with the length of the boundary.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from pbrt_geo.boundaries.shapes import LEAST_OVERLAP_M2, METRES_PER_DEGREE, area_m2

SLIVER_WIDTH_M = 25.0
"""Land narrower than this, between an old and a new line, is noise of drawing."""

NARROW = 0.25
"""A small area may be narrower than the tolerance: at most this share of its width is noise."""


@dataclass(frozen=True)
class Overlay:
    """
    Old polygons over new ones.

    `pairs` has a row for each old and new polygon that share land: `old` and `new` (positions),
    `m2`, `wide_m2` (what of it is wider than the tolerance), `share_old` and `share_new` (`m2`
    over the area of the old, of the new). `lost_m2` and `gained_m2` are the land, wider than the
    tolerance, of each old one that no new one covers and of each new one that no old one did.
    """

    pairs: pd.DataFrame
    old_m2: np.ndarray
    new_m2: np.ndarray
    lost_m2: np.ndarray
    gained_m2: np.ndarray


def overlay(old: np.ndarray, new: np.ndarray, tolerance_m: float = SLIVER_WIDTH_M) -> Overlay:
    """Lay valid polygons over each other; what is identical in both is not cut."""
    old_m2, new_m2 = area_m2(old), area_m2(new)
    twins = _identical(old, new)
    first, second = _crossing(old, new, twins)
    # A boundary that runs along another leaves lines and points behind; they have no area.
    common = shapely.intersection(old[first], new[second])
    m2 = area_m2(common)
    keep = m2 > LEAST_OVERLAP_M2
    first, second, common, m2 = first[keep], second[keep], common[keep], m2[keep]
    width = _width(np.minimum(old_m2[first], new_m2[second]), tolerance_m)
    told = {"old": first, "new": second, "m2": m2, "wide_m2": wide_m2(common, width)}
    pairs = pd.concat([_twin_rows(twins, old_m2), pd.DataFrame(told)], ignore_index=True)
    pairs["share_old"] = pairs["m2"] / old_m2[pairs["old"]]
    pairs["share_new"] = pairs["m2"] / new_m2[pairs["new"]]
    lost = _uncovered(old, new, pairs.rename(columns={"old": "own", "new": "other"}), old_m2)
    gained = _uncovered(new, old, pairs.rename(columns={"new": "own", "old": "other"}), new_m2)
    return Overlay(
        pairs,
        old_m2,
        new_m2,
        wide_m2(lost, _width(old_m2, tolerance_m)),
        wide_m2(gained, _width(new_m2, tolerance_m)),
    )


def _width(m2: np.ndarray, tolerance_m: float) -> np.ndarray:
    return np.minimum(tolerance_m, NARROW * np.sqrt(m2))


def wide_m2(shapes: np.ndarray, width_m: np.ndarray) -> np.ndarray:
    """Return the area of those parts of each shape into which a circle of `width_m` fits."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)  # of a collection
    owner = owner[inner]
    solid = shapely.get_type_id(parts) == 3
    parts, owner = parts[solid], owner[solid]
    fits = ~shapely.is_empty(shapely.buffer(_metric(parts), -width_m[owner] / 2, quad_segs=2))
    return np.bincount(owner[fits], area_m2(parts[fits]), minlength=len(shapes))


def _metric(shapes: np.ndarray) -> np.ndarray:
    """Stretch degrees to metres around the middle latitude of the shapes."""
    if not len(shapes):
        return shapes
    _, south, _, north = shapely.total_bounds(shapes)
    scale = METRES_PER_DEGREE * np.array([np.cos(np.radians((south + north) / 2)), 1.0])
    return shapely.transform(shapes, lambda xy: xy * scale)


def _identical(old: np.ndarray, new: np.ndarray) -> pd.DataFrame:
    """Pairs of the same shape to the last digit, wherever its rings begin."""
    left = pd.DataFrame({"shape": _bytes(old), "old": np.arange(len(old))})
    right = pd.DataFrame({"shape": _bytes(new), "new": np.arange(len(new))})
    both = left.drop_duplicates("shape").merge(right.drop_duplicates("shape"), on="shape")
    return both[["old", "new"]]


def _bytes(shapes: Any) -> list[bytes]:
    return list(shapely.to_wkb(shapely.normalize(shapes)))


def _crossing(
    old: np.ndarray, new: np.ndarray, twins: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs that may share land, except between two that have a twin each."""
    first, second = shapely.STRtree(new).query(old, predicate="intersects")
    stayed = np.isin(first, twins["old"]), np.isin(second, twins["new"])
    keep = ~(stayed[0] & stayed[1])
    # What changed mostly just touches what did not: telling so is quicker than cutting.
    doubtful = np.flatnonzero(stayed[0] ^ stayed[1])
    keep[doubtful] = ~shapely.touches(old[first[doubtful]], new[second[doubtful]])
    return first[keep], second[keep]


def _twin_rows(twins: pd.DataFrame, old_m2: np.ndarray) -> pd.DataFrame:
    m2 = old_m2[twins["old"]]
    return twins.assign(m2=m2, wide_m2=m2)


def _uncovered(
    shapes: np.ndarray, others: np.ndarray, pairs: pd.DataFrame, m2: np.ndarray
) -> np.ndarray:
    """What is left of each shape without all others that share land with it."""
    left = shapes.copy()
    covered = np.bincount(pairs["own"], pairs["m2"], minlength=len(shapes))
    left[np.abs(m2 - covered) <= LEAST_OVERLAP_M2] = shapely.Polygon()
    other = pairs["other"].to_numpy()
    for position, at in pairs.groupby("own").indices.items():
        if not left[position].is_empty:
            cover = shapely.union_all(others[other[at]])
            left[position] = shapely.difference(shapes[position], cover)
    return left
