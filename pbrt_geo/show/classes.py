"""Classes of a map: where they are cut, how they are written, which class a value is in.

Values are first rounded to the step in which they are shown (0.1 % for rates, 1 for counts) and
only then classed. So the legend can name both ends of a class, "10,0–19,9 %", nothing falls
between two classes, and a value that reads 20,0 % is never in the class that ends at 19,9 %.
Classes of counts are whole numbers for the same reason. There are never more than five.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from pbrt_geo.edition import Indicator
from pbrt_geo.show.words import decimals_for, format_number, format_range, range_ends
from pbrt_geo.text import number, say

Method = Literal["fixed", "equal", "quantile"]

METHODS: tuple[Method, ...] = ("fixed", "equal", "quantile")
"""Fixed limits (the same in every year), equal intervals, equally many areas."""

MOST = 5
"""More shades of one colour cannot be told apart on a projector."""

NO_CLASS = -1

_STEPS = {"count": 1.0, "rate": 0.001, "index": 0.001}


@dataclass(frozen=True)
class Classes:
    """
    The classes of one map.

    `limits` are the inner limits in whole steps, ascending: class k holds the values from
    `limits[k - 1]` up to, not including, `limits[k]`. `lowest` and `highest` are the ends of
    what was classed; None where the class is open, because the limits serve other years too.
    Classes that are `told` are those in which a public edition tells an RT, written as its cells
    are; `keys` name classes that are no ranges of numbers.
    """

    kind: str
    step: float
    limits: tuple[int, ...]
    lowest: int | None = None
    highest: int | None = None
    changes: bool = False
    told: bool = False
    keys: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of classes."""
        return len(self.limits) + 1

    def steps(self, values: pd.Series | np.ndarray) -> np.ndarray:
        """Write values as whole steps, rounded as they are shown; NaN stays NaN."""
        return in_steps(np.asarray(values, dtype=float), self.kind, self.step)

    def of(self, values: pd.Series | np.ndarray) -> np.ndarray:
        """Return the class of each value, 0 the lowest; `NO_CLASS` where there is no number."""
        steps = self.steps(values)
        found = np.searchsorted(self.limits, np.nan_to_num(steps), side="right")
        return np.where(np.isnan(steps), NO_CLASS, found).astype(np.int8)

    def labels(self, language: str = "id") -> list[str]:
        """Write the range of each class, lowest first."""
        if self.keys:
            return [say(key, language) for key in self.keys]
        if self.told:
            return self._told_labels(language)
        lows = [self.lowest, *self.limits]
        highs = [*(limit - 1 for limit in self.limits), self.highest]
        return [self._label(low, high, language) for low, high in zip(lows, highs, strict=True)]

    def _told_labels(self, language: str) -> list[str]:
        limits = [limit * self.step for limit in self.limits]
        # a share ends at 1; what may be more than all has no end
        top = 1.0 if self.kind == "rate" and limits[-1] < 1 else math.nan
        pairs = zip([0.0, *limits], [*limits, top], strict=True)
        ends = [range_ends(self.kind, low, high, closed=False) for low, high in pairs]
        return [format_range(self.kind, low, high, language) for low, high in ends]

    def _label(self, low: int | None, high: int | None, language: str) -> str:
        if low is None:
            return self._open_below(high, language)
        if high is None:
            return say("map.class.from", language, limit=self._write(low, language))
        if low >= high:
            return self._write(low, language)
        # "10,0–19,9 %" says the unit once
        first = self._write(low, language).rstrip("%").rstrip()
        key = "map.class.between" if self.changes else "map.class.range"
        return say(key, language, low=first, high=self._write(high, language))

    def _open_below(self, high: int | None, language: str) -> str:
        if high is None:
            return say("map.class.all", language)
        if self.changes:
            return say("map.class.to", language, limit=self._write(high, language))
        return say("map.class.below", language, limit=self._write(high + 1, language))

    def _write(self, steps: int, language: str) -> str:
        value = steps * self.step
        if self.kind in ("rate", "index"):
            written = format_number(value, self.kind, language)
        else:
            written = number(value, language, max(0, round(-math.log10(self.step))))
        if not self.changes:
            return written
        # a rate changes by percentage points, which the title says
        written = written.rstrip("%").rstrip().replace("-", "\u2212")
        return f"+{written}" if value > 0 else written


def classify(
    values: pd.Series | np.ndarray,
    kind: str,
    method: Method = "fixed",
    breaks: Sequence[float] | None = None,
    pool: pd.Series | np.ndarray | None = None,
) -> Classes:
    """
    Cut the values of a map into at most five classes.

    Parameters
    ----------
    values
        The numbers of the map. NaN and zero (which has its own colour) are left out.
    kind
        Kind of the indicator: `count`, `rate`, `mean`, `density` or `index`.
    method
        `fixed`: the declared `breaks`, or limits from `pool`; the same for every year that gives
        the same pool. `equal`: intervals of one width. `quantile`: about equally many areas each.
    breaks
        Declared inner limits, for `fixed`.
    pool
        Numbers of all years, so that one legend serves them all; `values` where left out.
    """
    own = _numbers(values)
    pooled = own if pool is None else _numbers(pool)
    step = step_of(kind, pooled)
    if method == "fixed":
        return Classes(kind, step, _fixed_limits(pooled, kind, step, breaks))
    ordered = np.sort(in_steps(own, kind, step))
    if not len(ordered):
        return Classes(kind, step, ())
    cut = _equal_limits if method == "equal" else _quantile_limits
    return Classes(kind, step, cut(ordered), int(ordered[0]), int(ordered[-1]))


def told_classes(indicator: Indicator) -> Classes:
    """Return the classes in which a public edition tells an indicator of an RT."""
    limits = np.asarray(indicator.classes, dtype=float)
    step = step_of(indicator.kind, limits)
    return Classes(
        indicator.kind, step, _distinct(in_steps(limits, indicator.kind, step)), told=True
    )


def classify_change(differences: pd.Series | np.ndarray, kind: str) -> Classes:
    """
    Cut differences between two years into classes that are symmetric around no change.

    The middle class holds the third that changed least; the limits are as far above zero as
    below it, so that equal colours mean equal changes.
    """
    own = np.abs(_numbers(differences))
    step = step_of(kind, own)
    sizes = np.sort(in_steps(own, kind, step))
    if not len(sizes):
        return Classes(kind, step, (), changes=True)
    small = max(1, _round_off(sizes[len(sizes) // 3]))
    large = max(small + 1, _round_off(sizes[2 * len(sizes) // 3]))
    return Classes(kind, step, (1 - large, 1 - small, small, large), changes=True)


def step_of(kind: str, values: np.ndarray) -> float:
    """Return the step in which values of a kind are classed and named in the legend."""
    if kind in _STEPS:
        return _STEPS[kind]
    largest = float(np.max(np.abs(values))) if len(values) else 0.0
    return float(10.0 ** -decimals_for(largest))


def in_steps(values: np.ndarray, kind: str, step: float) -> np.ndarray:
    """Round values to whole steps exactly as they are written: 1.25 % is 12 steps of 0.1 %."""
    scaled = values if step == 1 else values * round(1 / step)
    steps = np.rint(scaled)
    # a tie is decided by the decimal writing of the number, not by its binary neighbour
    ties = np.abs(np.abs(scaled - np.floor(scaled)) - 0.5) < 1e-6
    for position in np.flatnonzero(ties):
        steps[position] = _as_written(float(values[position]), kind, step)
    return steps


def _as_written(value: float, kind: str, step: float) -> int:
    if kind == "rate":
        return round(float(f"{value * 100:.1f}") * 10)
    decimals = max(0, round(-math.log10(step)))
    return round(float(f"{value:.{decimals}f}") * 10**decimals)


def _numbers(values: pd.Series | np.ndarray) -> np.ndarray:
    numbers = np.asarray(values, dtype=float)
    return numbers[np.isfinite(numbers) & (numbers != 0)]


def _fixed_limits(
    pooled: np.ndarray, kind: str, step: float, breaks: Sequence[float] | None
) -> tuple[int, ...]:
    steps = np.sort(in_steps(pooled, kind, step))
    if breaks:
        declared = _distinct(in_steps(np.asarray(breaks, dtype=float), kind, step))[: MOST - 1]
        if kind in ("rate", "index") or _fits(declared, steps):
            return declared
    if not len(steps):
        return ()
    rounded = [_round_off(limit) for limit in _quantile_limits(steps)]
    return tuple(limit for limit in _distinct(rounded) if limit > steps[0])


def _fits(limits: tuple[int, ...], steps: np.ndarray) -> bool:
    """Tell whether limits made for RTs still separate the (larger) values of this level."""
    if len(np.unique(steps)) < MOST:
        return True
    shares = np.bincount(np.searchsorted(limits, steps, side="right")) / len(steps)
    return bool((shares > 0).sum() >= 3 and shares.max() <= 0.8)


def _equal_limits(ordered: np.ndarray) -> tuple[int, ...]:
    low, span = int(ordered[0]), int(ordered[-1] - ordered[0]) + 1
    n = min(MOST, len(np.unique(ordered)))
    return _distinct([low - (-k * span // n) for k in range(1, n)])


def _quantile_limits(ordered: np.ndarray) -> tuple[int, ...]:
    # only values that occur are limits, so repeated values make fewer classes, not empty ones
    picks = [ordered[k * len(ordered) // MOST] for k in range(1, MOST)]
    return tuple(limit for limit in _distinct(picks) if limit > ordered[0])


def _distinct(limits: Sequence[float] | np.ndarray) -> tuple[int, ...]:
    return tuple(sorted({int(limit) for limit in limits}))


def _round_off(steps: float) -> int:
    """Round to two digits, so that a limit of all years reads well: 1 234 becomes 1 200."""
    size = 10 ** max(0, len(str(abs(int(steps)))) - 2)
    return round(int(steps) / size) * size
