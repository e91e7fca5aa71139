"""Which ranges may be told of a number, given what is known of it anyway.

Nothing here looks at a number before the ranges stand: they follow from its denominator and from
limits that a reader holds already, so that a wide range, or none, tells nothing by itself.
"""

from dataclasses import dataclass

import numpy as np

from pbrt_geo.disclosure.model import numerator_limits

CLEAN = 9
"""Decimals that are kept of products, so that 0.2 · 30 is 6 and not 6.000000000000001."""


@dataclass(frozen=True)
class Range:
    """
    What may be known of the numerators of some areas: between `least` and `most`.

    Without knowledge that is 0 and the denominator.
    """

    least: np.ndarray
    most: np.ndarray

    def within(self, other: "Range") -> "Range":
        """Return what is left where both hold."""
        return Range(np.maximum(self.least, other.least), np.minimum(self.most, other.most))


@dataclass(frozen=True)
class Said:
    """Ranges told, [low, high) or [low, high] where `closed`; `shown` where one is told at all."""

    low: np.ndarray
    high: np.ndarray
    closed: np.ndarray
    shown: np.ndarray

    def limits(self, denominator: np.ndarray, parts: int) -> Range:
        """Return the numerators that each range allows; of what is not shown, all."""
        with np.errstate(invalid="ignore"):
            least, most = numerator_limits(self.low, self.high, self.closed, denominator, parts)
        return Range(np.where(self.shown, least, -np.inf), np.where(self.shown, most, np.inf))


def rt_classes(
    share: np.ndarray,
    denominator: np.ndarray,
    classes: tuple[float, ...],
    needed: int,
    parts: int = 1,
    bounded: bool = True,
) -> Said:
    """
    Tell RTs in fixed classes, where each class leaves `needed` numerators possible.

    Whether an RT is shown depends on its denominator alone, not on its class.
    """
    edges, last = _edges(classes, bounded)
    limits = class_limits(denominator, classes, parts, bounded)
    room = limits.most - limits.least + (1 if parts == 1 else 0)
    code = np.searchsorted(np.array(classes), np.round(np.nan_to_num(share), 12), side="right")
    shown = (np.round(room, CLEAN) >= needed).all(axis=1)
    return Said(edges[code], edges[code + 1], last[code], shown)


def class_limits(
    denominator: np.ndarray, classes: tuple[float, ...], parts: int = 1, bounded: bool = True
) -> Range:
    """Return the least and the largest numerator of every class, RTs by classes."""
    edges, last = _edges(classes, bounded)
    of = np.asarray(denominator, dtype=float)[:, None]
    with np.errstate(invalid="ignore"):  # no limit times nobody
        return Range(*numerator_limits(edges[:-1], edges[1:], last, of, parts))


def _edges(classes: tuple[float, ...], bounded: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of classes, and which class is closed."""
    edges = np.array([0.0, *classes, 1.0 if bounded else np.inf])
    return edges, np.arange(len(edges) - 1) == len(edges) - 2


@dataclass(frozen=True)
class Grid:
    """
    Ranges that may be told of areas: bins of a width, those at both ends merged.

    `first` is the last bin of the lowest range and `last` the first bin of the highest: bins up
    to `first` are told as one, and so are those from `last` on. Both reach no further than the bins
    `lowest` and `highest`, beyond which the parts of the area leave no number. `any` tells where at
    least two ranges are left; one alone would say nothing.
    """

    width: np.ndarray
    first: np.ndarray
    last: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    any: np.ndarray
    bounded: bool

    def say(self, numerator: np.ndarray, denominator: np.ndarray) -> Said:
        """Return the range in which each number lies."""
        size = np.where(self.any, self.width * denominator, 1.0)
        top = np.where(self.any, self.n_bins - 1, 0)
        code = np.minimum(np.floor(np.round(numerator / size, CLEAN)), top)
        is_low, is_high = code <= self.first, code >= self.last
        low = np.where(is_low, self.lowest, np.where(is_high, self.last, code)) * self.width
        high = (
            np.where(is_high, self.highest, np.where(is_low, self.first, code)) + 1
        ) * self.width
        end = 1.0 if self.bounded else np.inf
        high = np.minimum(np.round(high, 6), end)
        blank = np.where(self.any, 0.0, np.nan)
        return Said(np.round(low, 6) + blank, high + blank, self.any & (high == end), self.any)

    @property
    def n_bins(self) -> np.ndarray:
        """How many bins there are before any are merged."""
        if not self.bounded:
            return np.full(len(self.width), np.inf)
        return np.ceil(np.round(1 / self.width, CLEAN))


def grid_of(
    denominator: np.ndarray,
    known: Range,
    needed: int,
    widths: tuple[float, ...],
    bounded: bool = True,
) -> Grid:
    """
    Lay ranges for areas.

    The width is the smallest of `widths` that leaves `needed` numerators possible. The lowest
    range then reaches `needed` above the least that is known of the parts of the area, and the
    highest begins `needed` below the most: otherwise a range of the whole would narrow a part.
    """
    ladder = np.array([*widths, np.inf])
    with np.errstate(divide="ignore", invalid="ignore"):
        least_width = np.round(needed / denominator, 12)
        width = ladder[np.searchsorted(ladder, least_width)]
        found = np.isfinite(width)
        width = np.where(found, width, 1.0)
        size = np.where(denominator > 0, width * denominator, 1.0)
        first = np.floor(np.round((known.least + needed) / size, CLEAN))
        last = np.floor(np.round((known.most - needed) / size, CLEAN))
        lowest, highest = (
            np.floor(np.round(end / size, CLEAN)) for end in (known.least, known.most)
        )
    if bounded:
        top = np.ceil(np.round(1 / width, CLEAN)) - 1
        reaches = denominator >= known.least + needed
        first, last = np.where(reaches, np.minimum(first, top), np.inf), np.minimum(last, top)
    lowest = np.clip(lowest, 0, first)
    highest = np.maximum(highest, last)
    return Grid(width, first, last, lowest, highest, found & (first < last), bounded)
