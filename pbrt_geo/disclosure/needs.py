"""What must stay uncertain: every number of an RT that is told of, and every change of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.lp import Sums, System


@dataclass(frozen=True)
class Targets:
    """
    What must stay uncertain in a puzzle.

    `sums` gives its value from the columns; `needed` how many values it must be able to take, of
    those between `first` and `last`; `whole` whether it is a whole number.
    """

    sums: Sums
    needed: np.ndarray
    first: np.ndarray
    last: np.ndarray
    whole: np.ndarray

    def and_more(self, other: "Targets") -> "Targets":
        """Return these targets and, numbered after them, others of the same columns."""
        pairs = zip(
            (self.needed, self.first, self.last, self.whole),
            (other.needed, other.first, other.last, other.whole),
            strict=True,
        )
        return Targets(self.sums.above(other.sums), *(np.concatenate(pair) for pair in pairs))


def cells(sums: Sums, system: System, before: System, wanted: np.ndarray) -> Targets:
    """
    Return numbers that must be able to take `wanted` values each.

    Those that could not even before anything was published (`before`) must take all they could:
    an RT of two households has no five possibilities, and nothing may be told of it.
    """
    whole = _is_whole(sums, system)
    possible = n_values(*sums.reach(before.lower, before.upper), whole)
    anything = np.full(sums.n, np.inf)
    return Targets(sums, np.minimum(wanted, possible), -anything, anything, whole)


def changes(sums: Sums, system: System, before: System, table: pd.DataFrame) -> Targets:
    """
    Return changes that must be able to take two values each.

    `table` has a row for each: `n_changed` and `bound` as in `Knowledge.turnover`, `grown` by how
    much the denominator changed, `offset` what is to be added to the sum.

    Where a single household changed, more is known than a bound. If the denominator stayed, the
    numerator did not; if the denominator grew by that household, the numerator stayed or grew by
    it. Either way it is the ends that must be possible.
    """
    whole = _is_whole(sums, system)
    bound, grown, offset = (table[name].to_numpy(float) for name in ("bound", "grown", "offset"))
    one = table["n_changed"].to_numpy() == 1
    came = one & (grown != 0)
    least, most = sums.reach(before.lower, before.upper)
    first = np.maximum(np.where(came, np.minimum(0, grown), -bound) - offset, least)
    last = np.minimum(np.where(came, np.maximum(0, grown), bound) - offset, most)
    possible = n_values(first, last, whole)
    needed = np.where(one & whole, possible, np.minimum(2, possible))
    return Targets(sums, needed, first, last, whole)


def _is_whole(sums: Sums, system: System) -> np.ndarray:
    """Tell which sums are of whole columns, with whole weights."""
    part = ~system.whole[sums.column] | (sums.weight != np.round(sums.weight))
    return np.bincount(sums.row, part, minlength=sums.n) == 0


def n_values(lowest: np.ndarray, highest: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return how many whole values lie in ranges, or how many steps of 1 with one more."""
    exact = np.floor(highest + 1e-6) - np.ceil(lowest - 1e-6) + 1
    steps = np.floor(highest - lowest + 1e-6) + 1
    return np.maximum(0, np.where(whole, exact, steps)).astype(int)
