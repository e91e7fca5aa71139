"""Share cells out among areas so that each gets the size it should have.

The shares are the cells of a power diagram whose weights are found by Newton's method
(semi-discrete optimal transport): the length of the border between two areas says how much
land changes hands when a weight changes.
"""

import numpy as np

from pbrt_geo.sample.mesh import Mesh, components
from pbrt_geo.sample.terrain import Floats, Ints

ROUNDS = 50
CLOSE_ENOUGH = 0.01
PACES = (1.0, 0.5, 0.25, 0.12, 0.06, 0.03, 0.015)
"""Shares of a Newton step that are tried until one helps and empties no area."""


def share_out(
    mesh: Mesh,
    cells: Ints,
    places: Floats,
    seeds: Floats,
    wanted: Floats,
    *,
    area_of: Ints | None = None,
    mass: Floats | None = None,
) -> Ints:
    """
    Give each of `cells` to one of the areas so that area k gets its share `wanted[k]`.

    `places` are the positions of the cells that count (usually warped, so that borders wander).
    `area_of` is the area of each seed, from 0 without gaps; without it each seed is an area.
    `mass` is what is shared out, for each cell; without it land.
    """
    if len(wanted) == 1:
        return np.zeros(len(cells), dtype=int)
    mass = np.asarray(mesh.area[cells] if mass is None else mass, dtype=np.float64)
    area_of = np.arange(len(seeds)) if area_of is None else area_of
    wanted = wanted / wanted.sum() * mass.sum()
    distance = _squares(places, seeds, area_of)
    middle = np.array([seeds[area_of == k].mean(axis=0) for k in range(len(wanted))])
    links, flow = _links(mesh, cells, mass)
    weight = np.zeros(len(wanted))
    owner, got = _give(distance, weight, mass)
    for _ in range(ROUNDS):
        if np.abs(got / wanted - 1).max() < CLOSE_ENOUGH:
            break
        step = np.linalg.solve(_gain(owner, links, flow, middle), wanted - got)
        for pace in PACES:
            trial: Floats = (weight + pace * step).round(9)
            tried, now = _give(distance, trial, mass)
            if now.min() > 0.2 * got.min() and _miss(now, wanted) < _miss(got, wanted):
                weight, owner, got = trial, tried, now
                break
        else:
            break
    return owner


def _give(distance: Floats, weight: Floats, mass: Floats) -> tuple[Ints, Floats]:
    owner: Ints = np.argmin(distance - weight, axis=1).astype(np.int64)
    return owner, np.bincount(owner, mass, len(weight)).astype(float)


def _miss(got: Floats, wanted: Floats) -> float:
    return float(np.linalg.norm(got - wanted))


def _squares(places: Floats, seeds: Floats, area_of: Ints) -> Floats:
    """Return the squared distance from each place to the nearest seed of each area."""
    found = np.full((len(places), area_of.max() + 1), np.inf)
    for seed, area in zip(seeds, area_of, strict=True):
        square = ((places - seed) ** 2).sum(axis=1)
        np.minimum(found[:, area], square, out=found[:, area])
    return found


def _links(mesh: Mesh, cells: Ints, mass: Floats) -> tuple[Ints, Floats]:
    """Return the edges inside a set of cells, with cells counted from 0, and mass per km moved."""
    local = np.full(len(mesh.sites), -1)
    local[cells] = np.arange(len(cells))
    edges = mesh.edges_from(cells)
    ends = local[mesh.edge_cells[edges]]
    inside = ends[:, 1] >= 0
    density = (mass / mesh.area[cells])[ends[inside]].mean(axis=1)
    return ends[inside], mesh.edge_length[edges[inside]] * density


def _gain(owner: Ints, links: Ints, flow: Floats, seeds: Floats) -> Floats:
    """Estimate how much mass each area gains when a weight grows by one."""
    n = len(seeds)
    a, b = owner[links].T
    border = a != b
    apart = 2 * np.hypot(*(seeds[a[border]] - seeds[b[border]]).T) + 1e-9
    gain = np.bincount(a[border] * n + b[border], flow[border] / apart, n * n).reshape(n, n)
    gain = gain + gain.T
    return np.diag(gain.sum(axis=1) + 0.02 * gain.sum() / n + 1e-9) - gain


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
