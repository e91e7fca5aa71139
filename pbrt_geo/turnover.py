"""What changed between two rounds: which RTs are kin, and how many households differ in them.

The numbers of an RT move by its own households alone. Who knows how many of them came, left or
changed between two rounds knows by how much its numbers can have moved; that is what the door
between internal and public editions must reckon with. Households are the same if their
`household_id` is; RTs are kin if people or land passed between them.
"""

from collections.abc import Collection, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, DTypeLike

from pbrt_geo.measures import PEOPLE, Sums, Tally, by_household
from pbrt_geo.state import State, taken

SIDES = ("before", "after")

_SAME = 1e-9
"""What a household adds may differ by the rounding of sums and still be the same."""


class Kin(NamedTuple):
    """Groups of RTs of two dates: the group of each RT, in the order of `State.ids["rt"]`."""

    before: np.ndarray
    after: np.ndarray

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return int(max(self.before.max(initial=-1), self.after.max(initial=-1))) + 1


def kin_of(before: State, after: State) -> Kin:
    """
    Group the RTs of two dates by kinship: what is connected by ways of people or land.

    An RT to which nothing happened is a group with itself; so is one that was formed of nobody, or
    left its people to nobody, on its one date. Groups are numbered in the order of the RTs before,
    then of those after.
    """
    links = after.lineage.links(before.date, after.date)
    n_before, n_after = len(before.ids["rt"]), len(after.ids["rt"])
    source = before.ids["rt"].get_indexer(links["from_id"])
    target = after.ids["rt"].get_indexer(links["to_id"])
    known = (source >= 0) & (target >= 0)
    labels = connected(source[known], target[known] + n_before, n_before + n_after)
    groups = np.unique(labels, return_inverse=True)[1]
    return Kin(groups[:n_before], groups[n_before:])


def connected(left: np.ndarray, right: np.ndarray, n: int) -> np.ndarray:
    """Return for each of `n` things the smallest one that pairs connect it with."""
    labels = np.arange(n)
    while True:
        least = np.minimum(labels[left], labels[right])
        found = labels.copy()
        np.minimum.at(found, left, least)
        np.minimum.at(found, right, least)
        found = found[found]
        if np.array_equal(found, labels):
            return labels
        labels = found


class Meeting:
    """Two states with each household of one found in the other, and the RTs grouped by kinship."""

    def __init__(self, before: State, after: State) -> None:
        self.before, self.after = before, after
        self.kin = kin_of(before, after)
        there = after.household_index.get_indexer(before.households["household_id"])
        group_before = taken(self.kin.before, before.household_codes, -1)
        group_after = taken(self.kin.after, after.household_codes, -1)
        stayed = (group_before >= 0) & (group_before == taken(group_after, there, -1))
        self._stayed = np.flatnonzero(stayed), there[stayed], group_before[stayed]
        left = np.flatnonzero((group_before >= 0) & ~stayed)
        came = group_after >= 0
        came[there[stayed]] = False
        self._left = left, group_before[left]
        self._came = np.flatnonzero(came), group_after[came]

    def turnover(self, before: Sums, after: Sums) -> tuple[np.ndarray, np.ndarray]:
        """
        Compare what each household adds to an indicator.

        Parameters
        ----------
        before, after
            By household of the two states, as `measures.by_household`.

        Returns
        -------
        n_changed, bound
            Of each group: households that came, left or stayed and whose part of numerator or
            denominator differs; and the most that the numerator can have moved through them.
        """
        rows_before, rows_after, group = self._stayed
        changed = _differs(before, rows_before, after, rows_after)
        weight = np.maximum(_weight(before)[rows_before], _weight(after)[rows_after])
        groups, weights = [group[changed]], [weight[changed]]
        for sums, (rows, group) in ((before, self._left), (after, self._came)):
            counts = (sums.numerator[rows] > 0) | (sums.denominator[rows] > 0)
            groups.append(group[counts])
            weights.append(_weight(sums)[rows[counts]])
        at, most = np.concatenate(groups), max(_most(before), _most(after))
        n_changed = np.bincount(at, minlength=self.kin.n_groups)
        bound = np.bincount(at, weights=np.concatenate(weights), minlength=self.kin.n_groups)
        return n_changed, bound * most


def _differs(before: Sums, rows: np.ndarray, after: Sums, others: np.ndarray) -> np.ndarray:
    parts = ((before.numerator, after.numerator), (before.denominator, after.denominator))
    differ = [np.abs(a[rows] - b[others]) > _SAME for a, b in parts]
    return differ[0] | differ[1]


def _weight(sums: Sums) -> np.ndarray:
    """What a household counts for: 1, or its persons, or those of them that are asked about."""
    return np.maximum(sums.everyone, sums.denominator)


def _most(sums: Sums) -> float:
    """Most that any household adds for each unit of its weight; 1 for shares."""
    weight = _weight(sums)
    counts = weight > 0
    return float(max(1.0, (sums.numerator[counts] / weight[counts]).max(initial=1.0)))


Pair = tuple[int, int]


class Register:
    """Collects, indicator by indicator, what changed between each two of some states."""

    def __init__(self, states: Sequence[State]) -> None:
        """Let each two of the states meet; they stand by date."""
        self.states = states
        pairs = list(combinations(range(len(states)), 2))
        self._meetings: dict[Pair, Meeting] = {
            (a, b): Meeting(states[a], states[b]) for a, b in pairs
        }
        self._found: list[_Found] = []

    def see(self, identifier: str, tallies: Sequence[Tally | None]) -> None:
        """Compare the tallies of one indicator; None where a state does not have it."""
        added = [
            None if tally is None or tally.unit not in PEOPLE else by_household(state, tally)
            for state, tally in zip(self.states, tallies, strict=True)
        ]
        for pair, meeting in self._meetings.items():
            before, after = (added[at] for at in pair)
            if before is not None and after is not None:
                self._found.append(_Found(pair, identifier, *meeting.turnover(before, after)))

    def turnover(self, without: Collection[int] = ()) -> pd.DataFrame:
        """Return `Edition.turnover`, pair by pair; leave out states by position."""
        kept = [
            found for pair in self._pairs(without) for found in self._found if found.pair == pair
        ]
        sizes = [len(found.bound) for found in kept]
        names = list(dict.fromkeys(found.indicator for found in kept))
        codes = [names.index(found.indicator) for found in kept]
        columns = self._dates([found.pair for found in kept], sizes) | {
            "indicator": pd.Categorical.from_codes(np.repeat(codes, sizes).astype(int), names),
            "group": _stacked([np.arange(size) for size in sizes], np.int32),
            "n_changed": _stacked([found.n_changed for found in kept], np.int32),
            "bound": _stacked([found.bound for found in kept], np.float64),
        }
        return pd.DataFrame(columns)

    def kin(self, without: Collection[int] = ()) -> pd.DataFrame:
        """Return `Edition.kin`, pair by pair; leave out states by position."""
        kept = [(pair, side) for pair in self._pairs(without) for side in (0, 1)]
        groups = [self._meetings[pair].kin[side] for pair, side in kept]
        ids = [self.states[pair[side]].ids["rt"] for pair, side in kept]
        sizes = [len(part) for part in groups]
        sides = np.repeat([side for _, side in kept], sizes).astype(int)
        columns = self._dates([pair for pair, _ in kept], sizes) | {
            "group": _stacked(groups, np.int32),
            "side": pd.Categorical.from_codes(sides, list(SIDES)),
            "rt_id": pd.Series(_stacked(ids, object), dtype="str"),
        }
        return pd.DataFrame(columns)

    def _pairs(self, without: Collection[int]) -> list[Pair]:
        return [pair for pair in self._meetings if not set(pair) & set(without)]

    def _dates(self, pairs: list[Pair], sizes: list[int]) -> dict[str, np.ndarray]:
        dates = np.array([state.date for state in self.states], dtype="datetime64[s]")
        ends = np.array(pairs, dtype=int).reshape(-1, 2)
        return {name: np.repeat(dates[ends[:, at]], sizes) for at, name in enumerate(SIDES)}


class _Found(NamedTuple):
    """What changed between two states in one indicator, by group."""

    pair: Pair
    indicator: str
    n_changed: np.ndarray
    bound: np.ndarray


def _stacked(parts: Sequence[ArrayLike], dtype: DTypeLike) -> np.ndarray:
    """Put arrays under each other; of no arrays, none."""
    return np.concatenate([np.zeros(0, dtype=dtype), *parts]).astype(dtype)
