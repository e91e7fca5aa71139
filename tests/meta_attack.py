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
    true = _said(decide(edition, earlier))
    sizes = denominators(edition)
    kept = [
        numbers
        for numbers in product(*[range(size + 1) for size in sizes])
        if _said(decide(with_numbers(edition, numbers), earlier)).equals(true)
    ]
    return np.array(kept).reshape(-1, len(sizes))


def _said(table: pd.DataFrame) -> pd.DataFrame:
    said = table.loc[table["indicator"] == INDICATOR, SAID]
    return said.astype({"level": "str", "indicator": "str", "state": "str"}).reset_index(drop=True)


def with_numbers(edition: Edition, numbers: Sequence[int]) -> Edition:
    """Return an edition that differs in the numerators of its RTs."""
    by_rt = pd.Series(numbers, index=edition.ids("rt"), dtype=float)
    values = edition.values.astype({"state": "str"})
    for level in ("rt", "desa", "kecamatan", "kabupaten"):
        rows = (values["indicator"] == INDICATOR) & (values["level"] == level)
        home = by_rt.index if level == "rt" else edition.areas.loc[by_rt.index, f"{level}_id"]
        sums = by_rt.groupby(np.asarray(home)).sum()
        values.loc[rows, "numerator"] = values.loc[rows, "area_id"].map(sums)
    rows = (values["indicator"] == INDICATOR) & (values["denominator"] > 0)
    values.loc[rows, "value"] = values["numerator"] / values["denominator"]
    values.loc[rows, "state"] = np.where(values.loc[rows, "numerator"] > 0, "value", "zero")
    changed = Edition(edition.path, edition.about)
    changed.__dict__["values"] = values
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
