"""Who lives where: households, residents and how densely they live."""

import numpy as np

from pbrt_geo.measures import Tally, Unit, measure
from pbrt_geo.spatial import geodesic_area_km2
from pbrt_geo.state import State


@measure(topic="population", kind="count", breaks=(25, 35, 45, 60))
def n_households(state: State) -> Tally:
    """
    Households recorded in the latest round.

    Every household counts, whatever else is known of it. An area without any recorded household
    has no data, not zero households.
    """
    return Tally("household", np.ones(len(state.households)))


@measure(topic="population", kind="count", breaks=(90, 130, 170, 220))
def n_residents(state: State) -> Tally:
    """Residents by the size of the household as recorded (persons)."""
    return Tally("household", state.households["n_residents"].to_numpy(dtype=float))


@measure(topic="population", kind="density", breaks=(50, 250, 1000, 4000))
def density_km2(state: State) -> Tally:
    """
    Residents per square kilometre of geodesic area (WGS 84 ellipsoid).

    Residents of areas without a polygon are left out of numerator and denominator, so that a
    kecamatan with a missing polygon is not made to look denser than it is; `known_rate` tells
    their share.

    References
    ----------
    Karney (2013), Journal of Geodesy 87, 43-55 (area of a geodesic polygon).
    """
    unit: Unit = "rt" if len(state.boundaries) else "desa"
    polygons = state.boundaries if unit == "rt" else state.area_boundaries
    ids = state.ids[unit]
    area_km2 = np.zeros(len(ids))
    positions = ids.get_indexer(polygons.index)
    mapped = positions >= 0
    area_km2[positions[mapped]] = geodesic_area_km2(polygons.geometry[mapped])
    residents = n_residents(state, level=unit).fillna(0).to_numpy()
    counted = residents * (area_km2 > 0)
    # Nobody recorded is nothing known, not an empty place.
    return Tally(unit, counted, area_km2, counted, np.maximum(residents, 1))
