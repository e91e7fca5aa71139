"""Which RTs touch, and pieces of their land that leave both sides in one piece."""

from dataclasses import dataclass

import numpy as np

from pbrt_geo.sample.mesh import Mesh, components
from pbrt_geo.sample.partition import share_out
from pbrt_geo.sample.places import Places
from pbrt_geo.sample.terrain import Floats, Ints


@dataclass(frozen=True)
class Borders:
    """Pairs of areas that touch (smaller number first) and the length of the border in km."""

    pairs: Ints
    length: Floats

    def within(self, group: Ints) -> "Borders":
        """Keep the pairs of which both are in the same group."""
        same = group[self.pairs[:, 0]] == group[self.pairs[:, 1]]
        return Borders(self.pairs[same], self.length[same])

    def free(self, busy: set[int]) -> "Borders":
        """Keep the pairs of which none is busy."""
        free = ~np.isin(self.pairs, sorted(busy)).any(axis=1)
        return Borders(self.pairs[free], self.length[free])

    def around(self, area: int) -> tuple[Ints, Floats]:
        """Return the neighbours of an area, longest border first, and the lengths."""
        mine = (self.pairs == area).any(axis=1)
        others = self.pairs[mine].sum(axis=1) - area
        order = np.argsort(-self.length[mine], kind="stable")
        return others[order], self.length[mine][order]


def borders_between(mesh: Mesh, area_of: Ints) -> Borders:
    """Find which areas touch; cells with a negative number belong to none."""
    sides = np.sort(area_of[mesh.edge_cells], axis=1)
    touching = (sides[:, 0] != sides[:, 1]) & (sides[:, 0] >= 0)
    pairs, index = np.unique(sides[touching], axis=0, return_inverse=True)
    length = np.bincount(index.ravel(), mesh.edge_length[touching])
    return Borders(pairs, length.astype(float))


def is_whole(mesh: Mesh, cells: Ints) -> bool:
    """Tell whether cells hang together."""
    inside = np.zeros(len(mesh.sites), dtype=int)
    inside[cells] = 1
    return len(np.unique(components(mesh, inside)[cells])) == 1


def cut_across(places: Places, cells: Ints, share: float) -> Ints:
    """Cut off about a `share` of an RT's land, across its longer side."""
    inland = cells[places.piece[cells] == 0]
    sites: Floats = places.mesh.sites[inland]
    _, axes = np.linalg.eigh(np.cov(sites.T, aweights=places.mesh.area[inland]))
    spread = np.sqrt(places.mesh.area[inland].sum()) / 4
    axis = axes[:, -1] * (1 if axes[0, -1] > 0 else -1)
    seeds = sites.mean(axis=0) + np.array([axis, -axis]) * spread
    side = share_out(places.mesh, inland, sites, seeds, np.array([1 - share, share]))
    return inland[side == 1]


def cut_empty(places: Places, cells: Ints, km2: float, apart_km: float) -> Ints:
    """
    Cut a clearing off an RT: about `km2` around the spot easiest to reach that is far from houses.

    No cells if the RT has no such spot or would not hang together without the clearing.
    """
    sites, mesh = places.mesh.sites[cells], places.mesh
    village = sites[np.argmin(places.remote[cells])]
    far = np.hypot(*(sites - village).T) > apart_km
    if not far.any():
        return cells[:0]
    centre = sites[np.argmin(np.where(far, places.remote[cells], np.inf))]
    order = np.argsort(np.hypot(*(sites - centre).T), kind="stable")
    n = np.searchsorted(np.cumsum(mesh.area[cells[order]]), km2) + 1
    clearing, rest = cells[order[:n]], cells[order[n:]]
    good = len(rest) > n and is_whole(mesh, clearing) and is_whole(mesh, rest)
    return clearing if good else cells[:0]


def cut_towards(places: Places, cells: Ints, first: Ints, second: Ints) -> Ints:
    """Halve an RT between two neighbours, given by their cells; return the half of the second."""
    mesh = places.mesh
    edges = mesh.edge_cells[mesh.edges_from(cells)]
    edges = np.vstack([edges, mesh.edge_cells[np.isin(mesh.edge_cells[:, 1], cells)][:, ::-1]])
    seeds = [
        mesh.sites[edges[np.isin(edges[:, 1], side), 0]].mean(axis=0) for side in (first, second)
    ]
    sites = mesh.sites[cells]
    side = share_out(mesh, cells, sites, np.array(seeds), np.array([0.5, 0.5]))
    return cells[side == 1]


def exchange(places: Places, a: Ints, b: Ints, share: float) -> tuple[Ints, Ints] | None:
    """
    Find a piece of each of two neighbours for the other, at the two ends of their border.

    None if one of them would not hang together afterwards.
    """
    mesh = places.mesh
    edges = mesh.edge_cells
    common = (np.isin(edges[:, 0], a) & np.isin(edges[:, 1], b)) | (
        np.isin(edges[:, 0], b) & np.isin(edges[:, 1], a)
    )
    if common.sum() < 4:
        return None
    middle = mesh.sites[edges[common]].mean(axis=1)
    _, axes = np.linalg.eigh(np.cov(middle.T))
    along = (middle @ axes[:, -1]) * (1 if axes[0, -1] > 0 else -1)
    from_a = _nearest(mesh, a, middle[np.argmin(along)], share)
    from_b = _nearest(mesh, b, middle[np.argmax(along)], share)
    now_a, now_b = np.r_[np.setdiff1d(a, from_a), from_b], np.r_[np.setdiff1d(b, from_b), from_a]
    pieces = (from_a, from_b, now_a, now_b, np.setdiff1d(a, from_a), np.setdiff1d(b, from_b))
    return (from_a, from_b) if all(is_whole(mesh, piece) for piece in pieces) else None


def _nearest(mesh: Mesh, cells: Ints, spot: Floats, share: float) -> Ints:
    order = np.argsort(np.hypot(*(mesh.sites[cells] - spot).T), kind="stable")
    land = np.cumsum(mesh.area[cells[order]])
    return cells[order[: np.searchsorted(land, share * land[-1]) + 1]]
