"""How RTs are born, change and end: 612 at the end of 2006, 622 of 2007, 695 of 2008.

An RT that divides lives on with less land, and a new RT is born (*pecah*); an RT that is joined
to a neighbour ends (*gabung*). Land never changes but by whole *blocks*: a block is the land
that goes from one RT to another on one day, so every boundary of every year is a union of
blocks and edges that did not change are the same to the last digit. Households stand on blocks,
so they go where their land goes and stay whole.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbrt_geo.codes import rt_id
from pbrt_geo.sample.borders import cut_across, cut_empty, cut_towards, exchange
from pbrt_geo.sample.choices import (
    CLEARING_APART_KM,
    CLEARING_KM2,
    EXCHANGED,
    Choices,
    choose,
)
from pbrt_geo.sample.neighbourhoods import Neighbourhoods
from pbrt_geo.sample.places import Places
from pbrt_geo.sample.quota import KABUPATEN
from pbrt_geo.sample.terrain import Ints, random_of

FOUNDED = pd.Timestamp("2003-12-18")
DAYS = ("02-01", "03-15", "05-01", "07-01", "08-15", "10-01")
ARRIVALS = (26, 40)
"""Fewest and most households that come to a new settlement in its first year."""


@dataclass(frozen=True)
class Change:
    """What happened to RTs on a day, by their numbers: those before and those after."""

    day: pd.Timestamp
    kind: str
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True)
class Lineage:
    """
    The life of every RT and block.

    `rt` has one row per RT that ever lived: desa (row number, at birth), born, ended, parent (the
    RT whose land it got, -1 at the start), moved_on and moved_to (desa from that day), rt_id.
    `blocks` has one row per block: first (RT until the day), day, second (RT from the day),
    households (of 2006), arrivals (households that come in the year of the day), desa, origin
    (block it was cut from; itself at the start). `block_of` is the block of each cell of the mesh.
    """

    rt: pd.DataFrame
    blocks: pd.DataFrame
    block_of: Ints
    changes: list[Change]

    def rt_on(self, date: pd.Timestamp) -> Ints:
        """Return the RT of each block on a date."""
        changed = (self.blocks["day"] <= date).to_numpy()
        return np.where(changed, self.blocks["second"], self.blocks["first"])

    def desa_on(self, date: pd.Timestamp) -> pd.Series:
        """Return the desa (row number) of each RT on a date."""
        return self.rt["desa"].where(~(self.rt["moved_on"] <= date), self.rt["moved_to"])

    def lives_on(self, date: pd.Timestamp) -> pd.Series:
        """Tell of each RT whether it lives on a date."""
        return (self.rt["born"] <= date) & ~(self.rt["ended"] <= date)


def grow(places: Places, start: Neighbourhoods, seed: int) -> Lineage:
    """Let RTs divide, join, begin and end, with the counts that the source states."""
    random = random_of(seed, "lineage")
    chosen = choose(places, start, random)
    growth = _Growth(places, start)
    for day, kind, rt in _plan_births(start, chosen, random):
        if kind == "bentuk":
            growth.settle(day, rt, int(random.integers(*ARRIVALS)))
        else:
            growth.divide(day, rt, random, ends=rt == chosen.replaced)
    for year, pairs in chosen.mergers.items():
        for leaver, taker in pairs:
            growth.join(_day(year, random), leaver, taker)
    growth.dissolve(_day(2008, random), *chosen.dissolved)
    growth.swap(_day(2008, random), *chosen.swap)
    growth.move(_day(2008, random), *chosen.mover)
    return growth.finished()


def _day(year: int, random: np.random.Generator) -> pd.Timestamp:
    return pd.Timestamp(f"{year}-{DAYS[random.integers(len(DAYS))]}")


def _plan_births(
    start: Neighbourhoods, chosen: Choices, random: np.random.Generator
) -> list[tuple[pd.Timestamp, str, int]]:
    """Return day, kind and parent (or host) of each birth in order; one day per desa and year."""
    plan = []
    for year, splits in chosen.splits.items():
        parents = splits if year == 2007 else np.sort(np.r_[splits, chosen.again])
        day_of_desa = {desa: _day(year, random) for desa in np.unique(start.desa[parents])}
        plan += [(day_of_desa[start.desa[parent]], "pecah", int(parent)) for parent in parents]
        plan += [(_day(year, random), "bentuk", host) for host in chosen.hosts[year]]
    return sorted(plan)


class _Growth:
    """RTs and blocks while they change."""

    def __init__(self, places: Places, start: Neighbourhoods) -> None:
        self._places, self._block_of = places, start.rt_of.copy()
        self._rt = [
            {"desa": desa, "born": FOUNDED, "ended": pd.NaT, "parent": -1}
            for desa in start.desa.tolist()
        ]
        self._blocks = [
            {"first": rt, "day": pd.NaT, "second": rt, "households": n, "arrivals": 0}
            | {"desa": desa, "origin": rt}
            for rt, (desa, n) in enumerate(
                zip(start.desa.tolist(), start.n_households.tolist(), strict=True)
            )
        ]
        self._changes: list[Change] = []

    def divide(
        self, day: pd.Timestamp, parent: int, random: np.random.Generator, *, ends: bool
    ) -> None:
        """Let an RT divide: a new one on part of its land; if it `ends`, another on the rest."""
        share = random.uniform(0.40, 0.52)
        land = self._land(parent)
        part = cut_across(self._places, land, share) if len(land) else land
        child = self._born(day, parent)
        self._cut(parent, part, share, day, child)
        stays = parent
        if ends:
            stays = self._born(day, parent)
            self._end(day, parent)
            self._blocks[parent] |= {"day": day, "second": stays}
        self._note(day, "pecah", (parent,), (stays, child))

    def settle(self, day: pd.Timestamp, host: int, arrivals: int) -> None:
        """Let an RT be formed on empty land; its people come in the course of the year."""
        land = self._land(host)
        clearing = cut_empty(self._places, land, CLEARING_KM2, CLEARING_APART_KM)
        child = self._born(day, host)
        self._cut(host, clearing, 0.0, day, child)
        self._blocks[-1]["arrivals"] = arrivals
        self._note(day, "bentuk", (), (child,))

    def join(self, day: pd.Timestamp, leaver: int, taker: int) -> None:
        """Let an RT end and a neighbour take its land and people."""
        self._end(day, leaver)
        self._blocks[leaver] |= {"day": day, "second": taker}
        self._note(day, "gabung", (leaver, taker), (taker,))

    def dissolve(self, day: pd.Timestamp, leaver: int, first: int, second: int) -> None:
        """Let an RT end and two neighbours take half of its land each."""
        lands = (self._land(rt) for rt in (leaver, first, second))
        self._cut(leaver, cut_towards(self._places, *lands), 0.5, day, second)
        self._end(day, leaver)
        self._blocks[leaver] |= {"day": day, "second": first}
        self._note(day, "bubar", (leaver, first, second), (first, second))

    def swap(self, day: pd.Timestamp, a: int, b: int) -> None:
        """Let two RTs exchange some land and the houses on it."""
        pieces = exchange(self._places, self._land(a), self._land(b), EXCHANGED)
        for rt, piece, other in zip((a, b), pieces or (), (b, a), strict=True):
            self._cut(rt, piece, EXCHANGED, day, other)
        self._note(day, "ubah_batas", (a, b), (a, b))

    def move(self, day: pd.Timestamp, rt: int, desa: int) -> None:
        """Let an RT pass to another desa with its land."""
        self._rt[rt] |= {"moved_on": day, "moved_to": desa}
        self._note(day, "pindah", (rt,), (rt,))

    def finished(self) -> Lineage:
        """Return what has come about."""
        rt = pd.DataFrame(self._rt).astype(
            {"ended": "datetime64[us]", "moved_on": "datetime64[us]"}
        )
        rt["rt_id"] = [rt_id(KABUPATEN, serial) for serial in rt.index + 1]
        blocks = pd.DataFrame(self._blocks).astype({"day": "datetime64[us]"})
        return Lineage(rt, blocks, self._block_of, self._changes)

    def _land(self, rt: int) -> Ints:
        """Return the cells of an RT of the start that nobody has been given yet."""
        return np.flatnonzero(self._block_of == rt)

    def _born(self, day: pd.Timestamp, parent: int) -> int:
        desa = self._rt[parent]["desa"]
        self._rt.append({"desa": desa, "born": day, "ended": pd.NaT, "parent": parent})
        return len(self._rt) - 1

    def _end(self, day: pd.Timestamp, rt: int) -> None:
        self._rt[rt]["ended"] = day

    def _cut(self, rt: int, cells: Ints, share: float, day: pd.Timestamp, taker: int) -> None:
        """Make a block of part of an RT's land, with its share of the households."""
        self._block_of[cells] = len(self._blocks)
        moved = round(self._blocks[rt]["households"] * share)
        self._blocks[rt]["households"] -= moved
        self._blocks.append(
            {"first": rt, "day": day, "second": taker, "households": moved, "arrivals": 0}
            | {"desa": self._blocks[rt]["desa"], "origin": rt}
        )

    def _note(
        self, day: pd.Timestamp, kind: str, before: tuple[int, ...], after: tuple[int, ...]
    ) -> None:
        self._changes.append(Change(day, kind, before, after))
