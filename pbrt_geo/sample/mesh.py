"""A mesh of small cells that covers the land: fine in settlements, coarse in the forest.

Every area of the sample is a set of mesh cells, so areas cannot overlap or leave gaps; borders
run along the edges of the mesh, which are irregular by birth (a Voronoi diagram of jittered
points).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from pbrt_geo.sample.terrain import Floats, Ints, Land, distance_to_lines

SEA = -1
"""Owner of the cells that are not land."""

WIDEST_KM = 1.44
FOREST_KM, COAST_KM = 0.36, 0.09
"""Width of cells; each is the widest halved some times."""


@dataclass(frozen=True)
class Mesh:
    """Cells (their site and area in km²) and the edges between them, sorted by first cell."""

    sites: Floats
    area: Floats
    corners: Floats
    edge_corners: Ints
    edge_cells: Ints
    edge_length: Floats

    @cached_property
    def _first_edge(self) -> Ints:
        return np.searchsorted(self.edge_cells[:, 0], np.arange(len(self.sites) + 1))

    def edges_from(self, cells: Ints) -> Ints:
        """Return the edges whose first cell is one of `cells`."""
        first = self._first_edge[cells]
        count = self._first_edge[cells + 1] - first
        return np.arange(count.sum()) + np.repeat(first - np.cumsum(count) + count, count)


def coastal_size(points: Floats, land: Land) -> Floats:
    """Say how wide a cell may be at each point for the sake of the coast."""
    to_coast = distance_to_lines(points, land.outlines)
    return np.minimum(COAST_KM + 0.45 * np.clip(to_coast - 0.1, 0, None), FOREST_KM)


def _leaves(land: Land, size_at: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    """Divide squares into four until each is as small as its place asks for."""
    size = WIDEST_KM
    west, south, east, north = land.outlines.bounds
    columns, rows = np.arange(west - size, east + size, size), np.arange(south, north + size, size)
    centres = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    done, sizes = [], []
    while len(centres):
        small = size <= size_at(centres) * 1.05
        done.append(centres[small])
        sizes.append(np.full(small.sum(), size))
        size /= 2
        shift = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]]) * size / 2
        centres = (centres[~small][:, None, :] + shift).reshape(-1, 2)
    return np.vstack(done), np.concatenate(sizes)


def build_mesh(
    land: Land, size_at: Callable[[Floats], Floats], random: np.random.Generator
) -> Mesh:
    """Scatter points and draw the Voronoi cell of each."""
    centres, sizes = _leaves(land, size_at)
    sites = centres + random.uniform(-0.5, 0.5, centres.shape) * sizes[:, None]
    sites = shapely.get_coordinates(shapely.centroid(_voronoi(sites)))  # evens the cells out
    cells = _voronoi(sites)
    corners, edge_corners, edge_cells = _edges(cells)
    length = np.hypot(*(corners[edge_corners[:, 0]] - corners[edge_corners[:, 1]]).T)
    return Mesh(sites, shapely.area(cells), corners, edge_corners, edge_cells, length)


def _voronoi(sites: Floats) -> np.ndarray:
    return shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(sites), ordered=True))


def _edges(cells: np.ndarray) -> tuple[Floats, Ints, Ints]:
    """Find the edges that two cells share; edges on the rim of the mesh have one cell."""
    points, owner = shapely.get_coordinates(cells, return_index=True)
    corners, index = np.unique(points, axis=0, return_inverse=True)
    index = index.ravel()
    inside = owner[:-1] == owner[1:]
    start, end, cell = index[:-1][inside], index[1:][inside], owner[:-1][inside]
    pair = np.column_stack([np.minimum(start, end), np.maximum(start, end)])
    order = np.lexsort(pair.T)
    pair, cell = pair[order], cell[order]
    twin = (pair[:-1] == pair[1:]).all(axis=1)
    first = np.flatnonzero(twin)
    cells = np.column_stack([cell[first], cell[first + 1]])
    order = np.lexsort(cells.T[::-1])
    return corners, pair[first][order], cells[order]


def find_land(mesh: Mesh, land: Land) -> Ints:
    """Give each cell its piece of land: 0 the mainland, 1… the islands, `SEA` otherwise."""
    piece = np.full(len(mesh.sites), SEA)
    for number, polygon in enumerate([land.mainland, *(island for _, island in land.islands)]):
        shapely.prepare(polygon)
        piece[shapely.contains_xy(polygon, *mesh.sites.T)] = number
    return _without_crumbs(mesh, piece)


def _without_crumbs(mesh: Mesh, piece: Ints) -> Ints:
    """Fill ponds and drop specks that hang on the mainland by no edge."""
    blobs = components(mesh, piece)
    weight = np.bincount(blobs, mesh.area)
    largest = {
        int(p): int(np.argmax(np.where(_piece_of(blobs, piece) == p, weight, -1)))
        for p in np.unique(piece)
    }
    stray = blobs != np.array([largest[int(p)] for p in piece])
    return np.where(stray & (piece == SEA), 0, np.where(stray, SEA, piece))


def _piece_of(blobs: Ints, piece: Ints) -> Ints:
    result = np.empty(blobs.max() + 1, dtype=piece.dtype)
    result[blobs] = piece
    return result


def components(mesh: Mesh, label: Ints) -> Ints:
    """Number the connected groups of cells that carry the same label."""
    same = label[mesh.edge_cells[:, 0]] == label[mesh.edge_cells[:, 1]]
    a, b = mesh.edge_cells[same].T
    root = np.arange(len(label))
    while True:
        lowest = root.copy()
        np.minimum.at(lowest, a, root[b])
        np.minimum.at(lowest, b, root[a])
        np.minimum.at(lowest, root, lowest)
        lowest = lowest[lowest]
        if (lowest == root).all():
            return np.unique(root, return_inverse=True)[1]
        root = lowest
