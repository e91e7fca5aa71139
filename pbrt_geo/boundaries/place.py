"""Are the coordinates where the region is, and if not, what are they?"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from pbrt_geo.errors import BoundaryError, Problem
from pbrt_geo.read.rows import KNOWN_CRS

_INDONESIA = (94.0, -12.0, 142.0, 7.0)
_MARGIN_DEGREES = 0.25
_ZONES_TRIED = 3
_MOSTLY = 0.9  # share of the shapes that must lie in the region for a guess to count
SWAP = "swap"


@dataclass(frozen=True)
class Placed:
    """Boundaries in EPSG:4326 and what was found out about their coordinates."""

    rows: gpd.GeoDataFrame
    problems: list[Problem]


def envelope_of(areas: pd.DataFrame | None) -> tuple[float, float, float, float]:
    """Return the box in which a region lies: around its label points, else Indonesia."""
    if areas is None or "label_lon" not in areas:
        return _INDONESIA
    lon = pd.to_numeric(areas["label_lon"], errors="coerce").dropna()
    lat = pd.to_numeric(areas["label_lat"], errors="coerce").dropna()
    if lon.empty or lat.empty:
        return _INDONESIA
    margin = max(_MARGIN_DEGREES, (lon.max() - lon.min()) / 2, (lat.max() - lat.min()) / 2)
    return lon.min() - margin, lat.min() - margin, lon.max() + margin, lat.max() + margin


def place(
    rows: gpd.GeoDataFrame,
    areas: pd.DataFrame | None,
    crs: str | None = None,
    swap: bool = False,
) -> Placed:
    """
    Bring `rows` to EPSG:4326 and report every doubt about where they lie.

    `crs` replaces what the file declares; `swap` exchanges longitude and latitude. Nothing is
    guessed: where the coordinates look like something else, a problem says which option to give.
    """
    rows = _declared(_swapped(rows) if swap else rows, crs)
    envelope, problems = envelope_of(areas), []
    guess = _guess(rows.geometry.dropna().to_numpy(), envelope)
    if rows.crs is None:
        problems.append(_undeclared(guess))
        rows = rows.set_crs(guess if guess and guess != SWAP else 4326)
    elif rows.crs != "EPSG:4326":
        problems.append(Problem("boundary_reprojected", {"crs": _short(rows.crs)}, "note"))
    stated = _short(rows.crs)
    rows = _in_degrees(rows)
    outside = ~_inside(rows.geometry.to_numpy(), envelope) & rows.geometry.notna()
    if outside.any():
        problems.append(_misplaced(rows["row"][outside], len(rows), guess, stated))
    return Placed(rows, problems)


def _declared(rows: gpd.GeoDataFrame, crs: str | None) -> gpd.GeoDataFrame:
    if crs is None:
        return rows
    code = crs.upper().removeprefix("EPSG:")
    if not code.isdigit() or int(code) not in KNOWN_CRS:
        raise BoundaryError.of("boundary_crs_option", crs=crs[:30])
    return rows.set_crs(int(code), allow_override=True)


def _swapped(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    flipped = shapely.transform(rows.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    return rows.set_geometry(gpd.GeoSeries(flipped, index=rows.index, crs=rows.crs))


def _in_degrees(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Reproject; a corner that has no place on the globe takes its shape along."""
    if rows.crs == "EPSG:4326":
        return rows
    moved = rows.to_crs(4326)
    shapes = moved.geometry.to_numpy().copy()
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    shapes[np.unique(owner[~np.isfinite(xy).all(axis=1)])] = None
    return moved.set_geometry(gpd.GeoSeries(shapes, index=rows.index, crs=4326))


def _inside(shapes: np.ndarray, envelope: tuple[float, float, float, float]) -> np.ndarray:
    west, south, east, north = envelope
    box = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        return (
            (box[:, 0] >= west) & (box[:, 1] >= south) & (box[:, 2] <= east) & (box[:, 3] <= north)
        )


def _guess(shapes: np.ndarray, envelope: tuple[float, float, float, float]) -> str | None:
    """Return the reading of the bare numbers that puts them into the region, if there is one."""
    box = shapely.bounds(shapes)
    if not len(box):
        return None
    middle = np.column_stack([(box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2])
    readings = {"EPSG:4326": middle, SWAP: middle[:, ::-1]}
    if np.abs(middle).max() > 360:
        readings = {crs: _unprojected(middle, crs) for crs in _projections(envelope)}
    for name, points in readings.items():
        if _inside(shapely.points(points), envelope).mean() >= _MOSTLY:
            return name
    return None


def _projections(envelope: tuple[float, float, float, float]) -> list[str]:
    """UTM zones around the region, its own first, and Web Mercator."""
    west, south, east, north = envelope
    own = int((west + east) / 2 // 6) + 31
    near = sorted(
        range(own - _ZONES_TRIED, own + _ZONES_TRIED + 1), key=lambda zone: abs(zone - own)
    )
    hemispheres = (32700, 32600) if south + north < 0 else (32600, 32700)
    return [f"EPSG:{base + zone}" for base in hemispheres for zone in near] + ["EPSG:3857"]


def _unprojected(points: np.ndarray, crs: str) -> np.ndarray:
    to_degrees = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    made = np.column_stack(to_degrees.transform(points[:, 0], points[:, 1]))
    return np.where(np.isfinite(made), made, 999.0)


def _short(crs: pyproj.CRS) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.name


def _undeclared(guess: str | None) -> Problem:
    if guess is None or guess == SWAP:
        return Problem("boundary_no_crs")
    return Problem("boundary_no_crs_guess", {"crs": guess, "name": _known_as(guess)})


def _misplaced(rows: pd.Series, n_all: int, guess: str | None, stated: str) -> Problem:
    facts = {"n": len(rows), "rows": listed(rows)}
    if guess == SWAP:
        return Problem("boundary_swapped", facts)
    if guess and guess != stated and len(rows) >= _MOSTLY * n_all:
        more = {"crs": guess, "name": _known_as(guess), "stated": stated}
        return Problem("boundary_wrong_crs", facts | more)
    return Problem("boundary_outside", facts)


def _known_as(crs: str) -> str:
    return pyproj.CRS(crs).name.replace(" / ", " ").replace(" zone ", " ")


def listed(rows: pd.Series, most: int = 5) -> str:
    """Write row numbers for a message: the first few, then an ellipsis."""
    numbers = [str(row) for row in rows]
    return ", ".join(numbers[:most]) + (", …" if len(numbers) > most else "")
