"""The lie of the land: a local plane in km, wandering noise, and a coast drawn by hand.

Nothing here is surveyed. The control points of the coast are in `data/coast.toml`; between
them the line is broken again and again at its midpoint, as real coasts are.
"""

import math
import tomllib
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ORIGIN = (116.9, -8.8)
KM_PER_DEGREE = (110.017, 110.599)
"""Kilometres per degree of longitude and latitude at the origin (WGS 84)."""

DECIMALS = 6
"""Decimals of a degree that are kept: 0.1 m."""


def to_plane(degrees: Floats) -> Floats:
    """Turn longitude and latitude into km east and north of the origin."""
    return (np.asarray(degrees, dtype=float) - ORIGIN) * KM_PER_DEGREE


def to_degrees(plane: Floats, decimals: int = DECIMALS) -> Floats:
    """Turn km east and north of the origin into rounded longitude and latitude."""
    return np.round(np.asarray(plane) / KM_PER_DEGREE + ORIGIN, decimals)


def random_of(seed: int, purpose: str) -> np.random.Generator:
    """Return the random numbers of one purpose, so that changing one part leaves the others."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def noise(points: Floats, wavelength: float, random: np.random.Generator) -> Floats:
    """Smooth noise from about -1 to 1: random heights on a lattice, blended between them."""
    lattice = random.uniform(-1, 1, (64, 64))
    place = points / wavelength + random.uniform(0, 64, 2)
    corner = np.floor(place).astype(int)
    share = place - corner
    share = share * share * share * (share * (share * 6 - 15) + 10)
    x0, y0 = corner.T % 64
    x1, y1 = (x0 + 1) % 64, (y0 + 1) % 64
    south = lattice[x0, y0] * (1 - share[:, 0]) + lattice[x1, y0] * share[:, 0]
    north = lattice[x0, y1] * (1 - share[:, 0]) + lattice[x1, y1] * share[:, 0]
    return south * (1 - share[:, 1]) + north * share[:, 1]


def fractal_noise(
    points: Floats, wavelength: float, octaves: int, random: np.random.Generator
) -> Floats:
    """Noise on several scales: each octave half as long and half as strong."""
    parts = [noise(points, wavelength / 2**k, random) / 2**k for k in range(octaves)]
    return np.sum(parts, axis=0)


def warp(points: Floats, random: np.random.Generator, reach: float, wavelength: float) -> Floats:
    """Push points about by at most about `reach` km, so that straight borders wander."""
    push = [fractal_noise(points, wavelength, 5, random) for _ in range(2)]
    return points + reach * np.column_stack(push)


def wander(
    line: Floats, rough: Floats, random: np.random.Generator, finest: float = 0.12
) -> Floats:
    """Break each piece of an open line at its midpoint until pieces are `finest` km long."""
    while True:
        step = np.diff(line, axis=0)
        length = np.hypot(*step.T)
        if length.max() <= finest:
            return line
        side = np.column_stack([-step[:, 1], step[:, 0]])
        stray = np.clip(random.normal(0, 1, len(step)), -1.6, 1.6) * rough
        middle = (line[:-1] + line[1:]) / 2 + side * stray[:, None]
        longer = length > finest
        line = np.insert(line, np.flatnonzero(longer) + 1, middle[longer], axis=0)
        rough = np.repeat(rough, 1 + longer)


def distance_to_lines(points: Floats, lines: shapely.MultiLineString) -> Floats:
    """Distance from each point to the nearest of many lines."""
    starts, ends = [], []
    for line in lines.geoms:
        corners = np.asarray(line.coords)
        starts.append(corners[:-1])
        ends.append(corners[1:])
    pieces = shapely.linestrings(np.stack([np.vstack(starts), np.vstack(ends)], axis=1))
    tree = shapely.STRtree(pieces)
    (at, _), apart = tree.query_nearest(
        shapely.points(points), return_distance=True, all_matches=False
    )
    result = np.empty(len(points))
    result[at] = apart
    return result


@dataclass(frozen=True)
class Land:
    """The outline in the plane: the mainland, and the islands with the desa that owns each."""

    mainland: shapely.Polygon
    islands: list[tuple[str, shapely.Polygon]]

    @property
    def outlines(self) -> shapely.MultiLineString:
        """The coast of everything, and the land border."""
        polygons = [self.mainland, *(island for _, island in self.islands)]
        return shapely.MultiLineString([polygon.exterior for polygon in polygons])


@cache
def _drawing() -> dict[str, Any]:
    file = files("pbrt_geo.sample") / "data" / "coast.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _mainland(random: np.random.Generator) -> shapely.Polygon:
    points, rough = [], []
    for stretch in _drawing()["stretch"]:
        points += stretch["points"]
        rough += [stretch["rough"]] * len(stretch["points"])
    ring = to_plane(np.array([*points, points[0]]))
    return _largest(shapely.Polygon(wander(ring, np.array(rough), random)))


def _island(drawn: dict[str, Any], random: np.random.Generator) -> shapely.Polygon:
    angle = np.linspace(0, 2 * math.pi, 10)[:-1] + random.uniform(-0.25, 0.25, 9)
    radius = random.uniform(0.8, 1.2, 9)
    length, width = drawn["size_km"]
    ellipse = np.column_stack([np.cos(angle) * length, np.sin(angle) * width]) / 2
    turn = math.radians(drawn["turn"])
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    ring = (ellipse * radius[:, None]) @ rotation + to_plane(np.array(drawn["centre"]))
    closed = np.vstack([ring, ring[:1]])
    return _largest(shapely.Polygon(wander(closed, np.full(9, 0.16), random, 0.06)))


def _largest(polygon: shapely.Polygon) -> shapely.Polygon:
    parts = shapely.get_parts(shapely.make_valid(polygon))
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    return shapely.Polygon(max(polygons, key=lambda part: part.area).exterior)


def draw_land(seed: int) -> Land:
    """Draw the outline of the region."""
    random = random_of(seed, "coast")
    mainland = _mainland(random)
    islands = [(drawn["desa_id"], _island(drawn, random)) for drawn in _drawing()["island"]]
    return Land(mainland, islands)
