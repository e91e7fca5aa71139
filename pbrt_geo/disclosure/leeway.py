"""Systems with columns more that say how far some rows are from their limits, or from a value."""

import numpy as np

from pbrt_geo.disclosure.lp import Sums, System

_ROOM = ((4.0, 1.0), (16.0, 0.2), (64.0, 0.02))
"""Steps away from a limit, and what each of them is worth."""


def across(sums: Sums, label: np.ndarray) -> np.ndarray:
    """Mark the rows with columns of several parts."""
    first, last = np.full(sums.n, np.iinfo(int).max), np.full(sums.n, -1)
    np.minimum.at(first, sums.row, label[sums.column])
    np.maximum.at(last, sums.row, label[sums.column])
    return first < last


def roomy(system: System, rows: np.ndarray) -> tuple[System, np.ndarray]:
    """
    Return the system with, for some rows, how far each is from its limits: columns more.

    The objective wants it far, first a little for every row, then more: where a sum stands at its
    very limit, no desa can move.
    """
    sums, m = system.sums, int(rows.sum())
    shared, row = sums.chosen(rows), np.tile(np.arange(m), len(_ROOM))
    column = np.arange(m * len(_ROOM)) + system.n
    parts = [(sums.row, sums.column, sums.weight)]
    for number, sign in enumerate((-1.0, 1.0)):
        first = sums.n + number * m
        parts.append((shared.row + first, shared.column, shared.weight))
        parts.append((row + first, column, np.full(len(row), sign)))
    of_row, of_column, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
    most, none = np.repeat([size for size, _ in _ROOM], m), np.zeros(len(row))
    wider = System(
        np.concatenate([system.lower, none]),
        np.concatenate([system.upper, most]),
        np.concatenate([system.whole, none.astype(bool)]),
        Sums(of_row, of_column, weight, sums.n + 2 * m),
        np.concatenate([system.least, system.least[rows], np.full(m, -np.inf)]),
        np.concatenate([system.most, np.full(m, np.inf), system.most[rows]]),
    )
    worth = np.repeat([worth for _, worth in _ROOM], m)
    return wider, np.concatenate([np.zeros(system.n), worth])


def centred(system: System, rows: np.ndarray, wanted: np.ndarray) -> tuple[System, np.ndarray]:
    """
    Return the system with, for some rows, how far each is from what is wanted: two columns more.

    They are what is too much and what is missing, and the objective wants them small.
    """
    sums = system.sums
    shared, n, m = sums.chosen(rows), system.n, int(rows.sum())
    target, row = wanted[rows], np.arange(m)
    more = Sums(
        np.concatenate([sums.row, shared.row + sums.n, row + sums.n, row + sums.n]),
        np.concatenate([sums.column, shared.column, row + n, row + n + m]),
        np.concatenate([sums.weight, shared.weight, -np.ones(m), np.ones(m)]),
        sums.n + m,
    )
    wider = System(
        np.concatenate([system.lower, np.zeros(2 * m)]),
        np.concatenate([system.upper, np.full(2 * m, np.inf)]),
        np.concatenate([system.whole, np.zeros(2 * m, dtype=bool)]),
        more,
        np.concatenate([system.least, target]),
        np.concatenate([system.most, target]),
    )
    return wider, np.concatenate([np.zeros(n), -np.ones(2 * m)])
