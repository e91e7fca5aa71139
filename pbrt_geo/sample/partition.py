"""Share cells out among areas so that each gets the size it should have.

The shares are the cells of a power diagram whose weights are found by Newton's method
(semi-discrete optimal transport): the length of the border between two areas says how much
land changes hands when a weight changes.
"""

import numpy as np

from pbrt_geo.sample.mesh import Mesh, components
from pbrt_geo.sample.terrain import Floats, Ints


def share_out(
    mesh: Mesh,
    cells: Ints,
    places: Floats,
    seeds: Floats,
    wanted: Floats,
    group: Ints | None = None,
    rounds: int = 60,
) -> Ints:
    """
    Give each of `cells` to one of the areas so that area k gets about `wanted[k]` of the land.

    `places` are the positions of the cells that count (usually warped, so that borders wander).
    `group` is the area of each seed, in order; without it every seed is an area of its own.
    """
    if len(wanted) == 1:
        return np.zeros(len(cells), dtype=int)
    group = np.arange(len(seeds)) if group is None else group
    area = mesh.area[cells]
    wanted = wanted / wanted.sum() * area.sum()
    distance, centres = _distances(places, seeds, group)
    links, length = _links(mesh, cells)
    weight, best, best_miss = np.zeros(len(wanted)), np.zeros(len(cells), dtype=int), np.inf
    for turn in range(rounds):
        owner = np.argmin(distance - weight, axis=1)
        got = np.bincount(owner, area, len(wanted))
        miss = np.abs(got - wanted).max()
        if miss < best_miss:
            best, best_miss = owner, miss
        pull = _pull(owner, links, length, centres)
        step = np.linalg.solve(pull, wanted - got)
        weight = np.round(weight + step * min(1.0, 0.25 + turn / 20), 9)
        weight -= weight[0]
    return best


def _distances(places: Floats, seeds: Floats, group: Ints) -> tuple[Floats, Floats]:
    """Return squared distances to the nearest seed of each area, and the areas' middles."""
    order = np.argsort(group, kind="stable")
    seeds, group = seeds[order], group[order]
    first = np.flatnonzero(np.r_[True, np.diff(group) > 0])
    squares = ((places[:, None, :] - seeds[None, :, :]) ** 2).sum(axis=2)
    middle = np.add.reduceat(seeds, first) / np.diff(np.r_[first, len(seeds)])[:, None]
    return np.minimum.reduceat(squares, first, axis=1), middle


def _links(mesh: Mesh, cells: Ints) -> tuple[Ints, Floats]:
    """Return the edges inside a set of cells, with cells counted from 0, and their length."""
    local = np.full(len(mesh.sites), -1)
    local[cells] = np.arange(len(cells))
    ends = local[mesh.edge_cells]
    inside = (ends >= 0).all(axis=1)
    return ends[inside], mesh.edge_length[inside]


def _pull(owner: Ints, links: Ints, length: Floats, seeds: Floats) -> Floats:
    """Estimate how much land each area gains when a weight grows by one."""
    n = len(seeds)
    a, b = owner[links].T
    border = a != b
    apart = 2 * np.hypot(*(seeds[a[border]] - seeds[b[border]]).T) + 1e-9
    flow = np.bincount(a[border] * n + b[border], length[border] / apart, n * n).reshape(n, n)
    flow = flow + flow.T
    return np.diag(flow.sum(axis=1) + 0.02 * flow.sum() / n + 1e-9) - flow


def keep_whole(mesh: Mesh, label: Ints, within: Ints, fixed: int = -2) -> Ints:
    """
    Give pieces cut off from the main part of their area to a neighbour.

    Land changes hands only inside the same `within` (the desa, say); cells labelled `fixed`
    neither give nor take.
    """
    for _ in range(12):
        blobs = components(mesh, label)
        size = np.bincount(blobs, mesh.area)
        owner = np.empty(len(size), dtype=label.dtype)
        owner[blobs] = label
        order = np.lexsort([-size, owner])
        main = np.zeros(len(size), dtype=bool)
        main[order[np.r_[True, owner[order][1:] != owner[order][:-1]]]] = True
        loose = ~main[blobs] & (label != fixed)
        if not loose.any():
            break
        label = _adopt(mesh, label, loose, within, fixed)
    return label


def _adopt(mesh: Mesh, label: Ints, loose: Ints, within: Ints, fixed: int) -> Ints:
    """Let each loose cell take the label across its longest edge to a cell that is not loose."""
    a, b = np.vstack([mesh.edge_cells, mesh.edge_cells[:, ::-1]]).T
    length = np.tile(mesh.edge_length, 2)
    use = loose[a] & ~loose[b] & (label[b] != fixed) & (within[a] == within[b])
    a, b, length = a[use], b[use], length[use]
    order = np.lexsort([length, a])
    label = label.copy()
    label[a[order]] = label[b[order]]
    return label


def middles(points: Floats, weight: Floats, n: int, random: np.random.Generator) -> Floats:
    """Spread `n` seeds over weighted points (k-means, begun from points far apart)."""
    seeds = [points[random.choice(len(points), p=weight / weight.sum())]]
    while len(seeds) < n:
        apart = ((points[:, None] - np.array(seeds)[None]) ** 2).sum(axis=2).min(axis=1)
        chance = apart * weight + 1e-12
        seeds.append(points[random.choice(len(points), p=chance / chance.sum())])
    centres = np.array(seeds)
    for _ in range(10):
        owner = ((points[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        mass = np.bincount(owner, weight, n)
        moved = [np.bincount(owner, weight * axis, n) for axis in points.T]
        centres = np.where(
            mass[:, None] > 0, np.column_stack(moved) / (mass[:, None] + 1e-12), centres
        )
    return centres
