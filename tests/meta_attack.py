"""An attacker who also knows how the door decides: tries all data, keeps what gives the same door.

Only for tiny districts and one indicator of households. Every assignment of numbers to RTs that
the denominators allow is published as the door would; those whose statements are the same as the
true ones are what such an attacker is left with.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np
import pandas as pd

from pbrt_geo.edition import Edition

INDICATOR = "desil_1_4_rate"
SAID = ["level", "area_id", "indicator", "state", "low", "high", "closed", "since"]

Decide = Callable[[Edition, Sequence[Edition]], pd.DataFrame]
"""Statements of an internal edition beside earlier public ones."""


def denominators(edition: Edition) -> pd.Series:
    """Return how many households of each RT are asked about."""
    return edition.column(INDICATOR, "rt")["denominator"].astype(int)


def worlds(edition: Edition, earlier: Sequence[Edition], decide: Decide) -> np.ndarray:
    """Return all numbers by RT (worlds by RTs) that would have been published as the true ones."""
    true, other = _said(decide(edition, earlier)), Others(edition)
    sizes = denominators(edition)
    kept = [
        numbers
        for numbers in product(*[range(size + 1) for size in sizes])
        if _said(decide(other.with_numbers(numbers), earlier)).equals(true)
    ]
    return np.array(kept).reshape(-1, len(sizes))


def _said(table: pd.DataFrame) -> pd.DataFrame:
    return table.loc[(table["indicator"] == INDICATOR).to_numpy(), SAID]


class Others:
    """Editions that differ from one in the numerators of its RTs, and in their sums."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        values = edition.values
        own = (values["indicator"] == INDICATOR).to_numpy()
        self.rows = own.nonzero()[0]
        areas = edition.areas.loc[edition.ids("rt"), ["desa_id", "kecamatan_id", "kabupaten_id"]]
        homes = areas.assign(rt=areas.index).to_numpy(dtype=object)
        places = values["area_id"].to_numpy(dtype=object)[self.rows]
        self.inside = (homes[None] == places[:, None, None]).any(axis=2).astype(float)
        self.denominator = values["denominator"].to_numpy()[self.rows]
        self.state = values["state"].to_numpy(dtype=object)

    def with_numbers(self, numbers: Sequence[int]) -> Edition:
        """Return the edition with other numerators, in the order of its RTs."""
        numerator, value = (
            self.edition.values[n].to_numpy().copy() for n in ("numerator", "value")
        )
        state, has = self.state.copy(), self.denominator > 0
        sums = self.inside @ np.asarray(numbers, dtype=float)
        numerator[self.rows] = sums
        value[self.rows[has]] = sums[has] / self.denominator[has]
        state[self.rows[has]] = np.where(sums[has] > 0, "value", "zero")
        changed = Edition(self.edition.path, self.edition.about)
        tables = {name: getattr(self.edition, name) for name in ("areas", "turnover", "kin")}
        values = self.edition.values.assign(numerator=numerator, value=value, state=state)
        changed.__dict__.update(tables | {"values": values, "earlier": self.edition.earlier})
        return changed


def possible_together(
    before: np.ndarray, after: np.ndarray, bounds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Keep the worlds of two dates that go with any of the other date.

    RTs are the same on both dates and in one order; `bounds` is by how much each can have changed.

    Returns
    -------
    n_before, n_after, n_changes
        By RT, how many values of its number, and of its change, remain.
    """
    changes = after[None] - before[:, None]
    fits = (np.abs(changes) <= bounds).all(axis=2)
    sides = (before[fits.any(axis=1)], after[fits.any(axis=0)], changes[fits])
    return tuple(np.array(list(_n_values(side))) for side in sides)


def _n_values(table: np.ndarray) -> Iterator[int]:
    for column in table.T:
        yield len(np.unique(column))
