"""Who lives where: households, residents and how densely they live."""

import numpy as np

from pbrt_geo.crosswalk import Placement
from pbrt_geo.measures import Tally, Unit, measure, roll_up
from pbrt_geo.spatial import geodesic_area_km2
from pbrt_geo.state import State, remembered


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


def land_unit(state: State) -> Unit:
    """Return the level whose given polygons are the land: RT, or desa where RTs have none."""
    return "rt" if len(state.boundaries) else "desa"


@remembered
def land_km2(state: State, unit: Unit) -> np.ndarray:
    """Return the geodesic area of RTs or desa in the order of `State.ids`; 0 without a polygon."""
    polygons = state.boundaries if unit == "rt" else state.area_boundaries
    area_km2 = np.zeros(len(state.ids[unit]))
    positions = state.ids[unit].get_indexer(polygons.index)
    mapped = positions >= 0
    area_km2[positions[mapped]] = geodesic_area_km2(polygons.geometry[mapped])
    return area_km2


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
    unit = land_unit(state)
    residents = n_residents(state, level=unit).fillna(0).to_numpy()
    return _per_km2(state, unit, residents)


@density_km2.carried
def _(state: State, placement: Placement, onto: State) -> Tally:
    unit = land_unit(onto)
    residents = roll_up(state, n_residents.tally(state), placement, onto)[unit].numerator
    return _per_km2(onto, unit, residents)


def _per_km2(state: State, unit: Unit, residents: np.ndarray) -> Tally:
    area_km2 = land_km2(state, unit)
    counted = residents * (area_km2 > 0)
    # Nobody recorded is nothing known, not an empty place.
    return Tally(unit, counted, area_km2, counted, np.maximum(residents, 1))
