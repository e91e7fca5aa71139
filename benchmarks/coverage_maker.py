"""Invented coverages of any size: `coverage(n)` gives n areas that touch without gap or overlap.

Areas are Voronoi cells of clustered seeds (villages are dense, forest is not); every shared edge
is bent into the same ragged line for both neighbours, about 95 vertices per polygon, as in the
boundaries of real neighbourhoods. The same arguments always give the same coordinates.
"""

import geopandas as gpd
import numpy as np
import shapely

PIECES = 16  # straight pieces that replace one shared edge
AREA_KM2 = 0.5  # mean area
DEGREE_KM = 111.0
GRID = 1e7  # coordinates are rounded to 1e-7 degree, about 1 cm
ORIGIN = np.array([115.0, -3.5])


def side_degrees(n: int) -> float:
    """Return the side of the square that holds `n` areas, in degrees."""
    return float(np.sqrt(n * AREA_KM2) / DEGREE_KM)


def coverage(n: int, seed: int = 0, clustered: float = 0.6, spread: float = 0.35) -> gpd.GeoSeries:
    """
    Make `n` areas that fill a square.

    Parameters
    ----------
    n
        Number of areas, at least 4.
    seed
        Another seed gives another map.
    clustered
        Share of the areas that gather around village centres; the rest is spread evenly.
    spread
        Width of a village, as a share of the distance between villages.

    Returns
    -------
    coverage
        Polygons in EPSG:4326, indexed by ids `A000000`, `A000001`, … in no spatial order.
    """
    rng = np.random.default_rng(seed)
    seeds = _seeds(n, rng, clustered, spread)
    rings, start, cell = _voronoi_edges(seeds, n)
    points, ends = _bent(rings, start, cell, seeds, rng)
    scaled = np.round(points * side_degrees(n) * GRID) / GRID + ORIGIN
    polygons = _polygons(np.round(scaled * GRID) / GRID, ends)
    ids = [f"A{i:06d}" for i in range(n)]
    return gpd.GeoSeries(polygons, index=ids, crs="EPSG:4326").rename_axis("area_id")


def points_in(areas: gpd.GeoSeries, m: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """
    Draw `m` points, each near the middle of a random area: people live where areas are dense.

    About one in a hundred falls outside of all areas.
    """
    rng = np.random.default_rng(seed)
    west, south, east, north = areas.bounds.to_numpy()[rng.integers(0, len(areas), m)].T
    x = west + (east - west) * rng.normal(0.5, 0.22, m)
    y = south + (north - south) * rng.normal(0.5, 0.22, m)
    away = rng.random(m) < 0.01
    x[away] += side_degrees(len(areas)) * 2
    return x, y


def _seeds(n: int, rng: np.random.Generator, clustered: float, spread: float) -> np.ndarray:
    """Place seeds in the unit square, and mirror those near its border to make it straight."""
    villages = rng.random((max(2, n // 11), 2))
    in_village = int(n * clustered)
    around = villages[rng.integers(0, len(villages), in_village)]
    around = around + rng.normal(0, spread / np.sqrt(len(villages)), (in_village, 2))
    inside = np.abs(np.vstack([around, rng.random((n - in_village, 2))]))
    inside = np.clip(np.where(inside > 1, 2 - inside, inside), 1e-6, 1 - 1e-6)
    inside = inside[rng.permutation(n)]
    near = 1.0 if n < 400 else 4 / np.sqrt(n)
    mirrored = [inside]
    for axis in (0, 1):
        for edge in (0, 1):
            copy = inside[np.abs(inside[:, axis] - edge) < near].copy()
            copy[:, axis] = 2 * edge - copy[:, axis]
            mirrored.append(copy)
    return np.vstack(mirrored)


def _voronoi_edges(seeds: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the corners of the first `n` cells: end and start of each edge, and its cell."""
    cells = shapely.voronoi_polygons(shapely.MultiPoint(seeds), ordered=True)
    polygons = shapely.orient_polygons(shapely.get_parts(cells)[:n])
    corners, cell = shapely.get_coordinates(polygons, return_index=True)
    corners[np.abs(corners) < 1e-12] = 0
    corners[np.abs(corners - 1) < 1e-12] = 1
    same = cell[1:] == cell[:-1]
    return corners[1:][same], corners[:-1][same], cell[1:][same]


def _bent(
    end: np.ndarray,
    start: np.ndarray,
    cell: np.ndarray,
    seeds: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Bend each edge inside the kite of its two seeds, where no other edge can come."""
    backwards = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    a = np.where(backwards[:, None], end, start)
    b = np.where(backwards[:, None], start, end)
    key = np.round(np.hstack([a, b]) * 1e12).astype(np.int64)
    _, first, edge = np.unique(key, axis=0, return_index=True, return_inverse=True)
    edge = edge.ravel()
    once = np.bincount(edge) == 1  # on the border: stays straight
    lines = _lines(a[first], b[first], seeds[cell[first]], once, rng)
    t = np.arange(PIECES)
    pieces = lines[edge[:, None], np.where(backwards[:, None], PIECES - t, t)]
    return pieces.reshape(-1, 2), np.repeat(cell, PIECES)


def _lines(
    a: np.ndarray, b: np.ndarray, seed: np.ndarray, straight: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    along = b - a
    length = np.maximum(np.hypot(*along.T), 1e-15)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / length[:, None]
    height = np.abs(((seed - a) * normal).sum(axis=1))
    foot = np.clip(((seed - a) * along).sum(axis=1) / length**2, 1e-9, 1 - 1e-9)
    t = np.arange(PIECES + 1) / PIECES
    room = height[:, None] * np.minimum(t / foot[:, None], (1 - t) / (1 - foot[:, None]))
    room = np.minimum(room, 0.6 * length[:, None] * np.minimum(t, 1 - t))
    offset = 0.45 * room * _ragged(len(a), t, rng)
    offset[straight] = 0
    lines = a[:, None] + t[:, None] * along[:, None] + offset[..., None] * normal[:, None]
    lines[:, -1] = b
    return lines


def _ragged(n: int, t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mix a coarse and a fine noise: the line is ragged at two scales."""
    coarse = rng.uniform(-1, 1, (n, 6))
    knot = (t * 4).astype(int)
    share = t * 4 - knot
    mixed = coarse[:, knot] * (1 - share) + coarse[:, knot + 1] * share
    return 0.7 * mixed + 0.3 * rng.uniform(-1, 1, (n, len(t)))


def _polygons(points: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Close one ring per cell, without the points that rounding made equal."""
    repeated = np.zeros(len(points), dtype=bool)
    repeated[1:] = (points[1:] == points[:-1]).all(axis=1) & (cell[1:] == cell[:-1])
    points, cell = points[~repeated], cell[~repeated]
    return shapely.polygons(shapely.linearrings(points, indices=cell))
