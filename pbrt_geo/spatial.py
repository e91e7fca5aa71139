"""Areas and points on the ellipsoid: how large an area is, and which area holds a point."""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from pbrt_geo._edge_grid import EdgeGrid
from pbrt_geo.errors import BoundaryError, Problem

_WGS84 = pyproj.Geod(ellps="WGS84")


def geodesic_area_km2(geometries: gpd.GeoSeries | np.ndarray) -> np.ndarray:
    """
    Area of each polygon on the WGS 84 ellipsoid, its edges taken as geodesics.

    Holes are taken off, the parts of a multipolygon are added, and the direction in which a ring
    is drawn does not matter. Areas that share an edge add up to the area of their union.

    Parameters
    ----------
    geometries
        Polygons and multipolygons, longitude and latitude in degrees.

    Returns
    -------
    area_km2
        Square kilometres in the order of `geometries`; 0 where empty, NaN where there is none.

    References
    ----------
    Karney (2013), Algorithms for geodesics, Journal of Geodesy 87, 43-55.
    """
    shapes = np.asarray(geometries, dtype=object)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    corners = np.split(points, np.flatnonzero(np.diff(ring)) + 1) if len(rings) else []
    areas = [abs(_WGS84.polygon_area_perimeter(*ring.T)[0]) / 1e6 for ring in corners]
    is_hole = np.diff(part, prepend=-1) == 0
    total = np.bincount(owner[part], np.where(is_hole, -1, 1) * areas, minlength=len(shapes))
    return np.where(shapely.is_missing(shapes), np.nan, total)


class PointLocator:
    """
    Find for many points the area that holds each of them; built once, asked often.

    One rule decides every case: of all areas that hold a point, boundary included, the one with
    the smallest id is taken. So a point on a shared boundary, and one where areas overlap, gets
    the same answer whatever the order of points and of areas. A point in a gap, in a hole, or
    outside of all areas gets -1, and so does a point without coordinates.

    Answers are those of GEOS. Invalid polygons that cross themselves are judged by the even-odd
    rule; repair them first (`pbrt_geo.boundaries`).

    Parameters
    ----------
    polygons
        Polygons and multipolygons, indexed by area id; `None` and empty ones hold no point. Any
        coordinate system, as long as the points are given in the same.

    Raises
    ------
    BoundaryError
        If shapes are not polygons or have coordinates that are not numbers.
    """

    def __init__(self, polygons: gpd.GeoSeries) -> None:
        ids = polygons.index.to_numpy()
        self._position = np.append(np.argsort(ids, kind="stable"), -1)
        self._areas = np.asarray(polygons, dtype=object)[self._position[:-1]]
        _check_shapes(self._areas)
        self._grid = EdgeGrid(self._areas)

    def locate(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return for each point the position in `polygons` of the area that holds it, or -1."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        found, doubtful = self._grid.locate(x, y)
        doubtful = np.flatnonzero(doubtful)
        if len(doubtful):
            found[doubtful] = self._ask_geos(x[doubtful], y[doubtful])
        return self._position[found]

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._areas)

    def _ask_geos(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        point, area = self._tree.query(shapely.points(x, y), predicate="intersects")
        first = np.full(len(x), len(self._areas))
        np.minimum.at(first, point, area)
        return np.where(first < len(self._areas), first, -1)


def locate(x: np.ndarray, y: np.ndarray, polygons: gpd.GeoSeries) -> np.ndarray:
    """
    Return for each point the position in `polygons` of the area that holds it, -1 where none does.

    On boundaries and in overlaps the area with the smallest id is taken; see `PointLocator`, which
    spares building the index again for the same polygons.
    """
    return PointLocator(polygons).locate(x, y)


def _check_shapes(areas: np.ndarray) -> None:
    problems = []
    polygonal = np.isin(shapely.get_type_id(areas), (-1, 3, 6))
    if not polygonal.all():
        problems.append(Problem("area_not_polygon", {"n": int((~polygonal).sum())}))
    if not np.isfinite(shapely.get_coordinates(areas).sum()):
        points, owner = shapely.get_coordinates(areas, return_index=True)
        unreal = np.unique(owner[~np.isfinite(points).all(axis=1)])
        problems.append(Problem("area_not_finite", {"n": len(unreal)}))
    if problems:
        raise BoundaryError(*problems)


# ── households ──────────────────────────────────────────────────────────────────────────────────


def assign_households(households: pd.DataFrame, boundaries: gpd.GeoDataFrame) -> pd.Series:
    """
    Find the RT in which the house of each household stands.

    Parameters
    ----------
    households
        One row per household: `lon`, `lat` (degrees; empty where not known).
    boundaries
        Polygons of RTs in degrees (EPSG:4326), indexed by `rt_id`.

    Returns
    -------
    rt_id
        Indexed as `households`; missing where the house has no point or stands outside of all RTs.
        A house on a boundary belongs to the RT with the smaller id.

    Raises
    ------
    BoundaryError
        If the boundaries are not in degrees or are not polygons.
    """
    _, _, position = _located(households, boundaries)
    ids = boundaries.index.take(position, fill_value=np.nan)  # position -1 becomes missing
    return pd.Series(ids, index=households.index, name="rt_id")


@dataclass(frozen=True)
class LocationReport:
    """
    How well the points of houses agree with the RT in which the households are recorded.

    The first six counts add up to all households. Distances are metres from the house to the
    nearest place of its own RT; NaN where there is none. `by_rt` has the counts of each RT that is
    recorded for a household, with the same names. No coordinate is in it.
    """

    n_households: int
    n_own: int
    n_other: int
    n_outside: int
    n_no_point: int
    n_no_polygon: int
    other_median_m: float
    other_max_m: float
    outside_median_m: float
    outside_max_m: float
    by_rt: pd.DataFrame

    @property
    def problems(self) -> list[Problem]:
        """Say what should be looked at; an empty list where every house stands in its own RT."""
        found = []
        for place, farthest in (("other", self.other_max_m), ("outside", self.outside_max_m)):
            houses = self.by_rt[f"n_{place}"]
            if houses.sum():
                facts = {"n": int(houses.sum()), "n_rt": int((houses > 0).sum())}
                facts["distance_m"] = round(farthest)
                found.append(Problem(f"houses_{place}", facts, "warning"))
        for reason in ("no_point", "no_polygon"):
            if n := getattr(self, f"n_{reason}"):
                found.append(Problem(f"houses_{reason}", {"n": n}, "note"))
        return found


_PLACES = ("own", "other", "outside", "no_point", "no_polygon")


def location_report(households: pd.DataFrame, boundaries: gpd.GeoDataFrame) -> LocationReport:
    """
    Compare the RT in which each house stands with the RT in which its household is recorded.

    A house on the boundary of its own RT stands in its own RT, whichever RT the rule for
    boundaries would give it to.

    Parameters
    ----------
    households
        One row per household: `rt_id` (as recorded), `lon`, `lat` (degrees; empty: not known).
    boundaries
        Polygons of RTs in degrees (EPSG:4326), indexed by `rt_id`.

    Raises
    ------
    BoundaryError
        If the boundaries are not in degrees or are not polygons.
    """
    x, y, position = _located(households, boundaries)
    own_polygons = boundaries.geometry.reindex(households["rt_id"]).to_numpy()
    place = _places(x, y, position, own_polygons, boundaries.index.get_indexer(households["rt_id"]))
    strayed = np.isin(place, ["other", "outside"])
    metres = np.full(len(x), np.nan)
    metres[strayed] = _metres_to(own_polygons[strayed], x[strayed], y[strayed])
    other, outside = metres[place == "other"], metres[place == "outside"]
    by_rt = pd.crosstab(households["rt_id"].to_numpy(), place).reindex(columns=_PLACES).fillna(0)
    by_rt = by_rt.astype(int).add_prefix("n_").rename_axis(index="rt_id", columns=None)
    counts = pd.Series(place).value_counts().reindex(_PLACES, fill_value=0).add_prefix("n_")
    return LocationReport(
        **counts.to_dict(),
        n_households=len(households),
        other_median_m=_median(other),
        other_max_m=_largest(other),
        outside_median_m=_median(outside),
        outside_max_m=_largest(outside),
        by_rt=by_rt,
    )


def _places(
    x: np.ndarray, y: np.ndarray, position: np.ndarray, own_polygons: np.ndarray, own: np.ndarray
) -> np.ndarray:
    """Name for each house where it stands."""
    no_point = np.isnan(x) | np.isnan(y)
    no_polygon = shapely.is_missing(own_polygons) | shapely.is_empty(own_polygons)
    in_own = position == own
    asked = np.flatnonzero(~(no_point | no_polygon | in_own))  # perhaps on its boundary
    in_own[asked] = shapely.intersects_xy(own_polygons[asked], x[asked], y[asked])
    conditions = [no_point, no_polygon, in_own, position >= 0]
    return np.select(conditions, ["no_point", "no_polygon", "own", "other"], "outside")


def _located(
    households: pd.DataFrame, boundaries: gpd.GeoDataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if boundaries.crs is not None and not boundaries.crs.is_geographic:
        raise BoundaryError.of("areas_not_in_degrees", crs=boundaries.crs.to_string())
    x = households["lon"].to_numpy(dtype=float, na_value=np.nan)
    y = households["lat"].to_numpy(dtype=float, na_value=np.nan)
    return x, y, locate(x, y, boundaries.geometry)


def _metres_to(shapes: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the geodesic distance from each point to the nearest place of its own polygon."""
    if not len(x):
        return np.zeros(0)
    # A degree of longitude is shorter than one of latitude; without this the nearest place in
    # degrees would not be the nearest on the ground.
    shrunk = np.cos(np.radians(np.mean(y))), 1.0
    flat = shapely.transform(shapes, lambda points: points * shrunk)
    points = shapely.points(x * shrunk[0], y)
    ends = shapely.get_coordinates(shapely.shortest_line(points, flat)) / shrunk
    return _WGS84.inv(x, y, ends[1::2, 0], ends[1::2, 1])[2]


def _median(metres: np.ndarray) -> float:
    return float(np.median(metres)) if len(metres) else np.nan


def _largest(metres: np.ndarray) -> float:
    return float(metres.max()) if len(metres) else np.nan
