"""The RTs of 2006: small ones in the villages, a few large ones over fields and forest."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbrt_geo.sample.mesh import SEA
from pbrt_geo.sample.partition import keep_whole, middles, share_out
from pbrt_geo.sample.places import Places
from pbrt_geo.sample.quota import round_to
from pbrt_geo.sample.terrain import Ints, random_of, warp


@dataclass(frozen=True)
class Neighbourhoods:
    """RT of each cell (numbered from 0), and per RT its desa and its households in 2006."""

    rt_of: Ints
    desa: Ints
    n_households: Ints


def settle(places: Places, seed: int) -> Neighbourhoods:
    """Decide how many RTs each desa has, draw them, and say how many households live there."""
    random = random_of(seed, "neighbourhoods")
    desa, mesh = places.desa, places.mesh
    sizes = _sizes(desa, random)
    of_desa = np.repeat(np.arange(len(desa)), desa["n_rt"])
    rt_of = np.full(len(mesh.sites), SEA)
    for row in np.flatnonzero(desa["is_mapped"]):
        cells = np.flatnonzero((places.desa_of == row) & (places.piece == 0))
        mine = np.flatnonzero(of_desa == row)
        rt_of[cells] = mine[_divide(places, cells, desa.loc[row], sizes[mine], random)]
    rt_of[places.piece > 0] = SEA - 1
    rt_of = keep_whole(mesh, rt_of, places.desa_of, fixed=SEA - 1)
    return Neighbourhoods(_with_islands(places, rt_of), of_desa, sizes)


def _sizes(desa: pd.DataFrame, random: np.random.Generator) -> Ints:
    """Share the households of each desa among its RTs, unevenly, 15 to 74 each."""
    sizes = []
    for total, n in zip(desa["households"].round().astype(int), desa["n_rt"], strict=True):
        luck = np.exp(np.clip(random.normal(0, 0.33, n), -0.8, 0.8))
        sizes.append(round_to(luck, total, least=15, most=74))
    return np.concatenate(sizes)


def _divide(
    places: Places, cells: Ints, desa: pd.Series, sizes: Ints, random: np.random.Generator
) -> Ints:
    """
    Divide the cells of one desa among its RTs, each with land for its households.

    Households are thought dense in the village, ever thinner away from it, and a few everywhere:
    so RTs are small in the village and large over fields and forest.
    """
    area, remote = places.mesh.area[cells], places.remote[cells]
    order = np.argsort(remote, kind="stable")
    last = min(np.searchsorted(np.cumsum(area[order]), desa["core_km2"]), len(order) - 1)
    edge = remote[order[last]] - remote.min()
    dense = area / (1 + ((remote - remote.min()) / edge) ** 3)
    spread = 0.6 * desa["n_outer"] / desa["n_rt"]
    mass = (1 - spread) * dense / dense.sum() + spread * area / area.sum()
    sites = places.mesh.sites[cells]
    where = warp(sites, random, 0.07 * edge, 0.7 * edge)
    far = np.clip((remote - remote.min()) / 5, 0, 1)[:, None]
    where += far * (warp(sites, random, 1.1, 4.5) - sites)
    seeds = middles(where, mass, desa["n_rt"], random)
    return share_out(places.mesh, cells, where, seeds, sizes.astype(float), mass=mass)


def _with_islands(places: Places, rt_of: Ints) -> Ints:
    """Let each island belong to the nearest coastal RT of the desa that owns it."""
    rt_of = rt_of.copy()
    sites = places.mesh.sites
    for piece in range(1, places.piece.max() + 1):
        island = np.flatnonzero(places.piece == piece)
        own = np.flatnonzero((places.desa_of == places.desa_of[island[0]]) & (places.piece == 0))
        apart = np.hypot(*(sites[own] - sites[island].mean(axis=0)).T)
        rt_of[island] = rt_of[own[np.argmin(apart)]]
    return rt_of
