"""How RTs are born and end: 612 at the end of 2006, 622 of 2007, 695 of 2008.

An RT that divides lives on with less land, and a new RT is born (*pecah*); an RT that is joined
to a neighbour ends (*gabung*). Land never changes but by whole *blocks*: a block is the land
that goes from one RT to another on one day, so every boundary of every year is a union of
blocks and edges that did not change are the same to the last digit.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbrt_geo.codes import rt_id
from pbrt_geo.sample.neighbourhoods import Neighbourhoods
from pbrt_geo.sample.partition import share_out
from pbrt_geo.sample.places import Places
from pbrt_geo.sample.quota import KABUPATEN
from pbrt_geo.sample.terrain import Floats, Ints, random_of

FOUNDED = pd.Timestamp("2003-12-18")
CHANGES = {2007: (12, 2), 2008: (79, 6)}
"""RTs born and ended per year."""

BOOM = {"52.07.08": 1.35, "52.07.04": 1.25, "52.07.02": 1.1, "52.07.06": 1.1}
"""Kecamatan that grow faster: around the mine, the capital and the ferry port."""

DAYS = ("02-01", "03-15", "05-01", "07-01", "08-15", "10-01")


@dataclass(frozen=True)
class Lineage:
    """
    The life of every RT and block.

    `rt` has one row per RT that ever lived: desa (row number), born, ended, parent, rt_id.
    `blocks` has one row per block: first (RT until the day), day, second (RT from the day),
    households (of 2006). `block_of` is the block of each cell of the mesh.
    """

    rt: pd.DataFrame
    blocks: pd.DataFrame
    block_of: Ints

    def rt_on(self, date: pd.Timestamp) -> Ints:
        """Return the RT of each block on a date."""
        changed = (self.blocks["day"] <= date).to_numpy()
        return np.where(changed, self.blocks["second"], self.blocks["first"])


def grow(places: Places, start: Neighbourhoods, seed: int) -> Lineage:
    """Let RTs divide and join, with the counts that the source states."""
    random = random_of(seed, "lineage")
    rt = pd.DataFrame({"desa": start.desa, "born": FOUNDED, "ended": pd.NaT, "parent": -1})
    blocks = pd.DataFrame(
        {"first": rt.index, "day": pd.NaT, "second": rt.index, "households": start.n_households}
    )
    parents, ending = _choose(places, start, random)
    block_of = start.rt_of.copy()
    rt, blocks = _divide(places, rt, blocks, block_of, parents, random)
    for year, leavers in ending.items():
        for leaver, taker in leavers:
            day = _day(year, random)
            rt.loc[leaver, "ended"] = day
            blocks.loc[leaver, ["day", "second"]] = [day, taker]
    rt["rt_id"] = [rt_id(KABUPATEN, serial) for serial in rt.index + 1]
    return Lineage(rt.astype({"ended": "datetime64[us]"}), blocks, block_of)


def _day(year: int, random: np.random.Generator) -> pd.Timestamp:
    return pd.Timestamp(f"{year}-{DAYS[random.integers(len(DAYS))]}")


def _choose(
    places: Places, start: Neighbourhoods, random: np.random.Generator
) -> tuple[dict[int, Ints], dict[int, list[tuple[int, int]]]]:
    """Choose which RTs divide (large ones, where the kabupaten grows) and which end (small)."""
    cells = np.bincount(start.rt_of[start.rt_of >= 0], minlength=len(start.desa))
    can = (cells >= 10) | ~places.desa["is_mapped"].to_numpy()[start.desa]
    boom = places.desa["kecamatan_id"].map(BOOM).fillna(0.95).to_numpy()
    rule = np.where(places.desa["is_town"], 50, 30)  # Permendagri 7/1983: most KK in an RT
    pressure = start.n_households / (np.sqrt(rule) / boom)[start.desa]
    pressure = pressure * np.exp(random.normal(0, 0.16, len(cells)))
    ranked = np.argsort(np.where(can, -pressure, np.inf), kind="stable")
    n_first, n_second = CHANGES[2007][0], CHANGES[2008][0]
    early = np.sort(random.choice(ranked[: 3 * n_first], n_first, replace=False))
    late = np.sort(np.setdiff1d(ranked, early, assume_unique=True)[:n_second])
    return {2007: early, 2008: late}, _mergers(places, start, np.r_[early, late])


def _mergers(places: Places, start: Neighbourhoods, busy: Ints) -> dict[int, list[tuple[int, int]]]:
    """Choose the smallest pairs of neighbours, one in a desa: the smaller joins the larger."""
    a, b = start.rt_of[places.mesh.edge_cells].T
    touching = (a != b) & (a >= 0) & (b >= 0)
    pairs = np.unique(np.sort(np.column_stack([a, b])[touching], axis=1), axis=0)
    same = start.desa[pairs[:, 0]] == start.desa[pairs[:, 1]]
    free = ~np.isin(pairs, busy).any(axis=1)
    pairs = pairs[same & free]
    both = start.n_households[pairs].sum(axis=1)
    taken: set[int] = set()
    found = []
    for pair in pairs[np.argsort(both, kind="stable")]:
        small, large = sorted(pair.tolist(), key=lambda rt: start.n_households[rt])
        if taken.isdisjoint(start.desa[pair].tolist()):
            found.append((small, large))
            taken.add(int(start.desa[small]))
    n_first, n_second = CHANGES[2007][1], CHANGES[2008][1]
    return {2007: found[:n_first], 2008: found[n_first : n_first + n_second]}


def _divide(
    places: Places,
    rt: pd.DataFrame,
    blocks: pd.DataFrame,
    block_of: Ints,
    parents: dict[int, Ints],
    random: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let the chosen RTs divide: a new RT and a new block each, numbered in order of birth."""
    births = []
    for year, chosen in parents.items():
        day_of_desa = {desa: _day(year, random) for desa in np.unique(rt["desa"][chosen])}
        births += [(day_of_desa[rt.at[parent, "desa"]], int(parent)) for parent in chosen]
    for day, parent in sorted(births):
        child = len(rt)
        cells = np.flatnonzero(block_of == parent)
        share = random.uniform(0.40, 0.52)
        if len(cells):
            block_of[_part(places, cells, share, random)] = child
        moved = round(blocks.at[parent, "households"] * share)
        blocks.loc[parent, "households"] -= moved
        rt.loc[child] = [rt.at[parent, "desa"], day, pd.NaT, parent]
        blocks.loc[child] = [parent, day, child, moved]
    return rt, blocks


def _part(places: Places, cells: Ints, share: float, random: np.random.Generator) -> Ints:
    """Cut off about a `share` of an RT's land, across its longer side."""
    inland = cells[places.piece[cells] == 0]
    sites: Floats = places.mesh.sites[inland]
    _, axes = np.linalg.eigh(np.cov(sites.T, aweights=places.mesh.area[inland]))
    spread = np.sqrt(places.mesh.area[inland].sum()) / 4
    axis = axes[:, -1] * (1 if axes[0, -1] > 0 else -1)
    seeds = sites.mean(axis=0) + np.array([axis, -axis]) * spread
    side = share_out(places.mesh, inland, sites, seeds, np.array([1 - share, share]))
    return inland[side == 1]
