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
    n_rt = desa["n_rt"].to_numpy()
    first = np.cumsum(n_rt) - n_rt
    rt_of = np.full(len(mesh.sites), SEA)
    for row in np.flatnonzero(desa["is_mapped"]):
        cells = np.flatnonzero((places.desa_of == row) & (places.piece == 0))
        rt_of[cells] = first[row] + _divide(places, cells, desa.loc[row], random)
    rt_of[places.piece > 0] = SEA - 1
    rt_of = keep_whole(mesh, rt_of, places.desa_of, fixed=SEA - 1)
    sizes = _sizes(desa, random)
    return Neighbourhoods(
        _with_islands(places, rt_of), np.repeat(np.arange(len(desa)), n_rt), sizes
    )


def _sizes(desa: pd.DataFrame, random: np.random.Generator) -> Ints:
    """Share the households of each desa among its RTs, unevenly, 15 to 74 each."""
    sizes = []
    for total, n in zip(desa["households"].round().astype(int), desa["n_rt"], strict=True):
        luck = np.exp(np.clip(random.normal(0, 0.33, n), -0.8, 0.8))
        sizes.append(round_to(luck, total, least=15, most=74))
    return np.concatenate(sizes)


def _divide(places: Places, cells: Ints, desa: pd.Series, random: np.random.Generator) -> Ints:
    """Divide the cells of one desa among its RTs: the village first, the rest among a few."""
    area = places.mesh.area[cells]
    n_core = desa["n_rt"] - desa["n_outer"]
    order = np.argsort(places.remote[cells], kind="stable")
    core = np.zeros(len(cells), dtype=bool)
    core[order] = (np.cumsum(area[order]) <= desa["core_km2"]) | (desa["n_outer"] == 0)
    label = np.empty(len(cells), dtype=int)
    label[core] = _draw(places, cells[core], n_core, 0.25, random)
    if desa["n_outer"]:
        label[~core] = n_core + _draw(places, cells[~core], desa["n_outer"], 0.5, random)
    return label


def _draw(places: Places, cells: Ints, n: int, spread: float, random: np.random.Generator) -> Ints:
    """Draw `n` RTs over some cells, their sizes uneven by `spread`."""
    sites, area = places.mesh.sites[cells], places.mesh.area[cells]
    size = np.sqrt(area.sum() / n)
    seeds = middles(sites, area, n, random)
    wanted = np.exp(random.normal(0, spread, n))
    where = warp(sites, random, 0.16 * size, 1.3 * size)
    return share_out(places.mesh, cells, where, seeds, wanted, rounds=30)


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
