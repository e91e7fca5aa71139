"""Repair of a coverage: no overlap, no sliver gap, and nobody's area changed by more than 1 %."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.boundaries.shapes import (
    GAP_WIDTH_M,
    METRES_PER_DEGREE,
    area_m2,
    gaps,
    overlaps,
    polygons_of,
)
from pbrt_geo.errors import BoundaryError, Problem

MOST_CHANGE = 0.01
"""Largest share by which repair may change an area."""

_STRATEGIES = ("longest_border", "min_area", "max_area")


@dataclass(frozen=True)
class Repair:
    """
    Repaired boundaries and what the repair did to each.

    `changes` has the index of `boundaries` and the columns `before_km2`, `after_km2` and
    `change_rate` (a share; negative where the area shrank).
    """

    boundaries: gpd.GeoDataFrame
    changes: pd.DataFrame
    n_overlaps: int
    n_gaps: int

    @property
    def largest_change(self) -> float:
        """Largest share by which any area changed, up or down."""
        return float(self.changes["change_rate"].abs().max())


def repair_boundaries(
    boundaries: gpd.GeoDataFrame,
    *,
    most_change: float = MOST_CHANGE,
    gap_width_m: float = GAP_WIDTH_M,
) -> Repair:
    """
    Make rings valid, give each overlap to one of its two areas, and fill sliver gaps.

    What is already a coverage comes back as it was, to the last digit.

    Parameters
    ----------
    boundaries
        Polygons in EPSG:4326, none missing, with an index that names them.
    most_change
        Largest share by which an area may change.
    gap_width_m
        Holes narrower than this are filled; wider ones stay.

    Raises
    ------
    BoundaryError
        If an area would change by more, or if overlaps would remain; nothing is returned.
    """
    shapes = boundaries.geometry.to_numpy()
    before, valid = area_m2(shapes), polygons_of(shapes)
    found, holes = overlaps(valid), gaps(valid).narrow(gap_width_m)
    cleaned = _cleaned(valid, before, gap_width_m, most_change)
    changes = _changes(boundaries.index, before, area_m2(cleaned))
    _refuse_large(changes, most_change)
    left = overlaps(cleaned)
    if len(left):
        raise BoundaryError.of("boundary_repair_failed", n=len(left), ha=round(left.ha, 2))
    geometry = gpd.GeoSeries(cleaned, index=boundaries.index, crs=boundaries.crs)
    return Repair(boundaries.set_geometry(geometry), changes, len(found), len(holes))


def _cleaned(
    shapes: np.ndarray, before: np.ndarray, gap_width_m: float, most_change: float
) -> np.ndarray:
    """Clean with the first way of sharing out overlaps that keeps every area."""
    width = gap_width_m / METRES_PER_DEGREE
    if shapely.coverage_is_valid(shapes) and not len(gaps(shapes).narrow(gap_width_m)):
        return shapes
    tries = []
    for strategy in _STRATEGIES:
        made = shapely.coverage_clean(shapes, gap_width=width, merge_strategy=strategy)
        worst = np.abs(_rates(before, area_m2(made))).max()
        if worst <= most_change:
            return made
        tries.append((worst, made))
    return min(tries, key=lambda attempt: attempt[0])[1]


def _rates(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(before > 0, after / before - 1, np.inf)


def _changes(index: pd.Index, before: np.ndarray, after: np.ndarray) -> pd.DataFrame:
    columns = {
        "before_km2": before / 1e6,
        "after_km2": after / 1e6,
        "change_rate": _rates(before, after),
    }
    return pd.DataFrame(columns, index=index)


def _refuse_large(changes: pd.DataFrame, most: float) -> None:
    large = changes["change_rate"].abs() > most
    if not large.any():
        return
    worst = changes["change_rate"].abs()[large].sort_values(ascending=False)
    facts = {
        "n": int(large.sum()),
        "areas": ", ".join(str(area) for area in worst.index[:5]),
        "percent": round(min(float(worst.iloc[0]), 9.99) * 100, 1),
        "most": most * 100,
    }
    raise BoundaryError(Problem("boundary_change", facts))
