"""Which RTs divide, join, begin, end, exchange land or pass to another desa, and when not."""

from dataclasses import dataclass

import numpy as np

from pbrt_geo.sample.borders import Borders, borders_between, cut_empty, exchange, is_whole
from pbrt_geo.sample.neighbourhoods import Neighbourhoods
from pbrt_geo.sample.places import Places
from pbrt_geo.sample.terrain import Ints

BIRTHS = {2007: 12, 2008: 79}
SETTLEMENTS = {2007: 1, 2008: 2}
"""Of the births: RTs formed on empty land, by newcomers only; all others divide from a parent."""

MERGERS = {2007: 2, 2008: 4}
"""Further ends in 2008: one RT that is dissolved, one whose land goes to two new ones."""

BOOM = {"52.07.08": 1.35, "52.07.04": 1.25, "52.07.02": 1.1, "52.07.06": 1.1}
"""Kecamatan that grow faster: around the mine, the capital and the ferry port."""

CLEARING_KM2, CLEARING_APART_KM = 1.3, 1.6
EXCHANGED = 0.2
MOVED_MOST = 0.05
"""Most land that passes to the neighbouring desa, as share of either desa."""


@dataclass(frozen=True)
class Choices:
    """
    What is to happen, by numbers of RTs; no RT is in two of them but `again`.

    `splits` and `mergers` (leaver, taker) are by year. `again` divides in 2007 and in 2008;
    `replaced`, one of the splits of 2008, ends as it divides in two new ones. `hosts` lose empty
    land to a settlement. `dissolved` is an RT and the two that take its people. `swap` exchange
    land. `mover` is an RT and the desa (row) it passes to.
    """

    splits: dict[int, Ints]
    again: int
    replaced: int
    hosts: dict[int, list[int]]
    mergers: dict[int, list[tuple[int, int]]]
    dissolved: tuple[int, int, int]
    swap: tuple[int, int]
    mover: tuple[int, int]


def choose(places: Places, start: Neighbourhoods, random: np.random.Generator) -> Choices:
    """Choose large RTs where the kabupaten grows to divide, small neighbours to join, and so on."""
    cells = np.bincount(start.rt_of[start.rt_of >= 0], minlength=len(start.desa))
    splits = _splits(places, start, cells, random)
    early, late = splits.values()
    roomy = early[cells[early] >= 40]
    again = int(roomy[np.argmax(start.n_households[roomy])])
    solid = late[cells[late] >= 20]
    replaced = int(solid[np.argmax(start.n_households[solid])])
    busy = set(early.tolist()) | set(late.tolist())
    hosts = _hosts(places, start, cells, busy)
    busy |= {host for some in hosts.values() for host in some}
    near = borders_between(places.mesh, start.rt_of).within(start.desa)
    mergers = _mergers(start, near, busy)
    busy |= {rt for some in mergers.values() for pair in some for rt in pair}
    dissolved = _dissolved(start, near, cells, busy)
    busy |= set(dissolved)
    swap = _swap(places, start, near, cells, busy)
    mover = _mover(places, start, busy | set(swap))
    return Choices(splits, again, replaced, hosts, mergers, dissolved, swap, mover)


def _splits(
    places: Places, start: Neighbourhoods, cells: Ints, random: np.random.Generator
) -> dict[int, Ints]:
    """Choose which RTs divide; in 2008 one divides again, and one gives two births."""
    can = (cells >= 10) | ~places.desa["is_mapped"].to_numpy()[start.desa]
    boom = places.desa["kecamatan_id"].map(BOOM).fillna(0.95).to_numpy()
    rule = np.where(places.desa["is_town"], 50, 30)  # Permendagri 7/1983: most KK in an RT
    pressure = start.n_households / (np.sqrt(rule) / boom)[start.desa]
    pressure = pressure * np.exp(random.normal(0, 0.16, len(cells)))
    ranked = np.argsort(np.where(can, -pressure, np.inf), kind="stable")
    n_first = BIRTHS[2007] - SETTLEMENTS[2007]
    n_second = BIRTHS[2008] - SETTLEMENTS[2008] - 2
    early = np.sort(random.choice(ranked[: 3 * n_first], n_first, replace=False))
    late = np.sort(np.setdiff1d(ranked, early, assume_unique=True)[:n_second])
    return {2007: early, 2008: late}


def _hosts(
    places: Places, start: Neighbourhoods, cells: Ints, busy: set[int]
) -> dict[int, list[int]]:
    """Choose the widest RTs, each in another desa, that have a clearing to give."""
    land = np.bincount(
        start.rt_of[start.rt_of >= 0],
        places.mesh.area[start.rt_of >= 0],
        len(start.desa),
    )
    found: list[int] = []
    for rt in np.argsort(-land, kind="stable").tolist():
        fresh = rt not in busy and start.desa[rt] not in start.desa[found]
        if fresh and len(_clearing(places, start, rt)):
            found.append(rt)
        if len(found) == sum(SETTLEMENTS.values()):
            break
    first = SETTLEMENTS[2007]
    return {2007: found[:first], 2008: found[first:]}


def _clearing(places: Places, start: Neighbourhoods, rt: int) -> Ints:
    mine = np.flatnonzero(start.rt_of == rt)
    if (places.piece[mine] > 0).any():
        return mine[:0]
    return cut_empty(places, mine, CLEARING_KM2, CLEARING_APART_KM)


def _mergers(
    start: Neighbourhoods, near: Borders, busy: set[int]
) -> dict[int, list[tuple[int, int]]]:
    """Choose the smallest pairs of neighbours, one in a desa: the smaller joins the larger."""
    pairs = near.free(busy).pairs
    both = start.n_households[pairs].sum(axis=1)
    taken: set[int] = set()
    found = []
    for pair in pairs[np.argsort(both, kind="stable")]:
        small, large = sorted(pair.tolist(), key=lambda rt: start.n_households[rt])
        if int(start.desa[small]) not in taken:
            found.append((small, large))
            taken.add(int(start.desa[small]))
    n_first, n_second = MERGERS.values()
    return {2007: found[:n_first], 2008: found[n_first : n_first + n_second]}


def _dissolved(
    start: Neighbourhoods, near: Borders, cells: Ints, busy: set[int]
) -> tuple[int, int, int]:
    """Choose the smallest RT with two free neighbours that have room for half its people each."""
    near = near.free(busy)
    for rt in np.argsort(start.n_households, kind="stable").tolist():
        if rt in busy or cells[rt] < 10:
            continue
        takers, _ = near.around(rt)
        room = takers[start.n_households[takers] < 50]
        if len(room) >= 2:
            return rt, int(room[0]), int(room[1])
    raise AssertionError("no RT to dissolve: the seed gives too few neighbours")


def _swap(
    places: Places, start: Neighbourhoods, near: Borders, cells: Ints, busy: set[int]
) -> tuple[int, int]:
    """Choose the pair with most households that can exchange land and stay in one piece."""
    pairs = near.free(busy).pairs
    both = start.n_households[pairs].sum(axis=1)
    for pair in pairs[np.argsort(-both, kind="stable")]:
        a, b = (np.flatnonzero(start.rt_of == rt) for rt in pair)
        on_land = not places.piece[np.r_[a, b]].any()
        if on_land and cells[pair].min() >= 40 and exchange(places, a, b, EXCHANGED):
            return int(pair[0]), int(pair[1])
    raise AssertionError("no RTs to exchange land: the seed gives too few neighbours")


def _mover(places: Places, start: Neighbourhoods, busy: set[int]) -> tuple[int, int]:
    """Choose the RT that lies most against a neighbouring desa of its own kecamatan."""
    near = borders_between(places.mesh, start.rt_of)
    kecamatan = places.desa["kecamatan_id"].astype("category").cat.codes.to_numpy()[start.desa]
    town = places.desa["is_town"].to_numpy()[start.desa]
    near = near.within(kecamatan)
    has = start.rt_of >= 0
    land = np.bincount(start.rt_of[has], places.mesh.area[has], len(start.desa))
    of_desa = np.bincount(start.desa, land)
    best, found = 0.0, None
    for rt in np.flatnonzero(~town & (land > 0)).tolist():
        others, length = near.around(rt)
        abroad = (start.desa[others] != start.desa[rt]) & ~town[others]
        if rt in busy or not abroad.any():
            continue
        goal = int(start.desa[others[abroad]][0])
        share = length[start.desa[others] == goal].sum() / length.sum()
        small = land[rt] < MOVED_MOST * min(of_desa[goal], of_desa[start.desa[rt]])
        if small and share > best and _can_leave(places, start, rt):
            best, found = share, (rt, goal)
    if found is None:
        raise AssertionError("no RT to pass to another desa: the seed gives none small enough")
    return found


def _can_leave(places: Places, start: Neighbourhoods, rt: int) -> bool:
    """Tell whether the desa hangs together without the RT."""
    stay = (start.desa[start.rt_of] == start.desa[rt]) & (start.rt_of >= 0) & (start.rt_of != rt)
    return is_whole(places.mesh, np.flatnonzero(stay & (places.piece == 0)))
