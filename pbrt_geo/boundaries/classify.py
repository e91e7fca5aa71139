"""From paired units to what must have happened: split, merger, exchange of land, new, gone."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbrt_geo.boundaries.pairing import MAINLY, Pairing

PART = 0.05
"""A unit that ended lives on in those that got at least this share of its land."""

WHOLLY = 0.8
"""With this share of its land in one other unit, a unit went into that one."""


@dataclass(frozen=True)
class Change:
    """One thing that happened: positions of the units before and after, and the land that moved."""

    kind: str
    before: tuple[int, ...]
    after: tuple[int, ...]
    moved_m2: float = 0.0


def changes_of_land(pairing: Pairing) -> list[Change]:
    """Find what happened to land: splits, mergers, units new and gone, exchanges."""
    finder = _Finder(pairing)
    finder.mergers_into_new()
    finder.births()
    finder.ends()
    finder.exchanges()
    return finder.found


class _Finder:
    """Goes through the units that nothing explains yet; each step explains some of them."""

    def __init__(self, pairing: Pairing) -> None:
        self.pairing = pairing
        self.pairs = pairing.overlay.pairs
        self.ended = set(np.flatnonzero(pairing.same < 0).tolist())
        self.born = set(np.flatnonzero(pairing.back < 0).tolist())
        self.found: list[Change] = []
        fresh = pairing.same[self.pairs["old"]] != self.pairs["new"].to_numpy()
        self.flows = self.pairs[fresh & (self.pairs["wide_m2"] > 0)]
        self._covered_old = self._covered("old", "share_old", len(pairing.same))
        self._covered_new = self._covered("new", "share_new", len(pairing.back))

    def _covered(self, side: str, share: str, n: int) -> np.ndarray:
        return np.bincount(self.pairs[side], self.pairs[share], minlength=n)

    def _moved(self, before: set[int], after: set[int]) -> float:
        rows = self.flows[self.flows["old"].isin(before) & self.flows["new"].isin(after)]
        return float(rows["wide_m2"].sum())

    def _add(self, kind: str, before: set[int], after: set[int], moved_m2: float) -> None:
        self.found.append(Change(kind, tuple(sorted(before)), tuple(sorted(after)), moved_m2))

    def mergers_into_new(self) -> None:
        """Several units that ended lie in one that is new."""
        to, back = self.pairing.goes_to, self.pairing.comes_from
        for new in sorted(self.born):
            parts = {old for old in self.ended if to[old] == new or back[new] == old}
            if len(parts) > 1:
                self._add("gabung", parts, {new}, self._moved(parts, {new}))
                self.ended -= parts
                self.born.discard(new)

    def births(self) -> None:
        """New units on the land of an older one split from it; on no one's land they are new."""
        children = defaultdict(set)
        for new in sorted(self.born):
            if self._covered_new[new] > MAINLY:
                children[self._parent(new)].add(new)
        for parent, parts in sorted(children.items()):
            heir = int(self.pairing.same[parent])
            if heir >= 0 or (len(parts) > 1 and parent in self.ended):
                after = parts | ({heir} if heir >= 0 else set())
                self._add("pecah", {parent}, after, self._moved({parent}, parts))
                self.ended.discard(parent)
                self.born -= parts
        for new in sorted(self.born):
            self._add("bentuk", set(), {new}, float(self.pairing.overlay.new_m2[new]))

    def _parent(self, new: int) -> int:
        rows = self.pairs[self.pairs["new"] == new]
        return int(rows["old"].iloc[rows["m2"].to_numpy().argmax()])

    def ends(self) -> None:
        """What ended went into one other unit, or was shared out, or is gone."""
        mergers = defaultdict(set)
        for old in sorted(self.ended):
            heirs = self._heirs(old)
            if len(heirs) == 1:
                mergers[heirs.pop()].add(old)
                continue
            keepers = {int(self.pairing.back[new]) for new in heirs}
            self._add("bubar", {old} | keepers, heirs, float(self.pairing.overlay.old_m2[old]))
        for new, parts in sorted(mergers.items()):
            before = parts | {int(self.pairing.back[new])}
            self._add("gabung", before, {new}, self._moved(parts, {new}))

    def _heirs(self, old: int) -> set[int]:
        """Units that live on and got the land of one that ended; none if most of it is gone."""
        if self._covered_old[old] <= MAINLY:
            return set()
        rows = self.flows[(self.flows["old"] == old) & (self.flows["share_old"] >= PART)]
        rows = rows[self.pairing.back[rows["new"]] >= 0]
        wholly = rows[rows["share_old"] >= WHOLLY]
        return {int(new) for new in (wholly if len(wholly) else rows)["new"]}

    def exchanges(self) -> None:
        """Units that live on and exchanged land, neighbours of neighbours taken together."""
        back = self.pairing.back[self.flows["new"]]
        lives = (self.pairing.same[self.flows["old"]] >= 0) & (back >= 0)
        flows = self.flows[lives].assign(other=back[lives])
        if flows.empty:
            return
        for units in _connected(flows["old"], flows["other"]):
            moved = float(flows["wide_m2"][flows["old"].isin(units)].sum())
            self._add("ubah_batas", units, {int(self.pairing.same[u]) for u in units}, moved)


def _connected(first: pd.Series, second: pd.Series) -> list[set[int]]:
    """Groups of units that hang together by the pairs."""
    group: dict[int, set[int]] = {}
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        joined = group.get(one, {one}) | group.get(other, {other})
        group |= dict.fromkeys(joined, joined)
    return sorted({min(units): units for units in group.values()}.values(), key=min)
