"""Measuring and simplifying a coverage: polygons that should share edges and never overlap.

Shapes come in longitude and latitude (EPSG:4326). Cutting and joining happens in these
coordinates as the file has them, so that shared corners stay the same to the last digit;
areas are measured on an equal-area projection of the ellipsoid (EPSG:6933), which agrees
with the geodesic area to better than one part in 100,000 at this scale.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely

METRES_PER_DEGREE = 111_320.0
GAP_WIDTH_M = 25.0
"""A hole narrower than this is a slip of drawing; a wider one may be a lake or a missing RT."""

LEAST_OVERLAP_M2 = 1.0


@cache
def _equal_area() -> Any:
    return pyproj.Transformer.from_crs(4326, 6933, always_xy=True)


def area_m2(shapes: Any) -> np.ndarray:
    """Return the area of each shape in square metres; 0 for one that is empty or off the globe."""
    shapes = np.atleast_1d(np.asarray(shapes, dtype=object))
    flat = shapely.transform(shapes, _equal_area().transform, interleaved=False)
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(shapely.area(flat), posinf=0)


def polygons_of(shapes: Any) -> np.ndarray:
    """Make every shape valid and polygonal; what has no area becomes an empty polygon."""
    shapes = np.asarray(shapes, dtype=object)
    bad = ~shapely.is_valid(shapes)
    made = shapes.copy()
    made[bad] = [_polygonal(shape) for shape in shapely.make_valid(shapes[bad], method="structure")]
    return made


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[shapely.get_type_id(parts) == 3])


@dataclass(frozen=True)
class Overlaps:
    """Pairs of shapes (positions) that cover the same ground, and how much of it."""

    first: np.ndarray
    second: np.ndarray
    m2: np.ndarray

    def __len__(self) -> int:
        return len(self.m2)

    @property
    def ha(self) -> float:
        """Sum over all pairs, in hectares."""
        return float(self.m2.sum()) / 1e4


def overlaps(shapes: Any, least_m2: float = LEAST_OVERLAP_M2) -> Overlaps:
    """Find all pairs of valid polygons that overlap by more than `least_m2`."""
    shapes = np.asarray(shapes, dtype=object)
    # An overlap always shows as an edge that no neighbour matches: most shapes need no look.
    odd = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    tree = shapely.STRtree(shapes)
    taken, other = tree.query(shapes[odd], predicate="intersects")
    pairs = np.sort(np.column_stack([odd[taken], other]), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)
    common = area_m2(shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]]))
    keep = common > least_m2
    return Overlaps(pairs[keep, 0], pairs[keep, 1], common[keep])


@dataclass(frozen=True)
class Gaps:
    """Holes between shapes: the ground of each, its area and its width."""

    shapes: np.ndarray
    m2: np.ndarray
    width_m: np.ndarray

    def __len__(self) -> int:
        return len(self.m2)

    @property
    def ha(self) -> float:
        """Sum over all holes, in hectares."""
        return float(self.m2.sum()) / 1e4

    def narrow(self, width_m: float) -> "Gaps":
        """Return the holes that are slips of drawing."""
        return self._where(self.width_m < width_m)

    def wide(self, width_m: float) -> "Gaps":
        """Return the holes that may be meant."""
        return self._where(self.width_m >= width_m)

    def _where(self, keep: np.ndarray) -> "Gaps":
        return Gaps(self.shapes[keep], self.m2[keep], self.width_m[keep])


def gaps(shapes: Any) -> Gaps:
    """
    Find the holes that a set of valid polygons leaves between them.

    However thin, a hole counts if it has an area: it keeps two neighbours from sharing an edge.
    """
    shapes = np.asarray(shapes, dtype=object)
    parts = shapely.get_parts(shapely.union_all(shapes))
    rings = [ring for part in parts for ring in part.interiors]
    holes = shapely.polygons(rings) if rings else np.array([], dtype=object)
    m2 = area_m2(holes) if rings else np.array([])
    keep = m2 > 0
    return Gaps(holes[keep], m2[keep], _widths_m(holes[keep]))


def _widths_m(holes: np.ndarray) -> np.ndarray:
    """Diameter of the largest circle inside: what GEOS, too, takes for the width of a gap."""
    metric = [_in_metres(hole) for hole in holes]
    circles = [shapely.maximum_inscribed_circle(hole, 0.5) for hole in metric]
    return np.array([2 * circle.length for circle in circles])


def _in_metres(shape: Any, back: bool = False) -> Any:
    """Stretch degrees to metres around Indonesia's middle latitude, or back."""
    factor = 1 / METRES_PER_DEGREE if back else METRES_PER_DEGREE
    return shapely.transform(shape, lambda xy: xy * factor)


def simplify_coverage(boundaries: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """
    Simplify polygons so that neighbours still share their edges exactly.

    Parameters
    ----------
    boundaries
        Polygons in EPSG:4326; a missing or empty one stays as it is.
    tolerance_m
        About the length, in metres, of details that vanish (Visvalingam and Whyatt: the root
        of the area of the triangle that a removed corner makes).

    Returns
    -------
    simplified
        The same rows with simpler geometry.
    """
    shapes = boundaries.geometry.to_numpy().copy()
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    shapes[drawn] = shapely.coverage_simplify(shapes[drawn], tolerance_m / METRES_PER_DEGREE)
    return boundaries.set_geometry(
        gpd.GeoSeries(shapes, index=boundaries.index, crs=boundaries.crs)
    )
