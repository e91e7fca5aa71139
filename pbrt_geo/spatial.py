"""Areas and points on the ellipsoid."""

import geopandas as gpd
import numpy as np
import pyproj

_WGS84 = pyproj.Geod(ellps="WGS84")


def geodesic_area_km2(geometries: gpd.GeoSeries) -> np.ndarray:
    """Return the geodesic area of each polygon in square kilometres (EPSG:4326 in)."""
    return np.array([abs(_WGS84.geometry_area_perimeter(shape)[0]) / 1e6 for shape in geometries])
