"""What the door reasons about: numerators per RT on dates, and limits said of their sums.

A *quantity* is a number of households or residents that belongs to every RT on a date, for
instance "poor residents"; an indicator's numerator is a sum of quantities. A *claim* is one
published sentence: the indicator of this area, for the people of this date, lies between `low`
and `high`. The publisher makes claims, the attacker reads them.
"""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

CLAIM = ("date", "level", "area_id", "indicator", "low", "high", "closed")
"""Columns of a table of claims. The value lies in [low, high), or [low, high] where `closed`."""


@dataclass(frozen=True)
class Numerator:
    """How quantities make up the numerator of an indicator: a weighted sum, and so many times
    the denominator (the missed are those meant minus those reached)."""

    terms: tuple[tuple[str, float], ...]
    of_denominator: float = 0.0


@dataclass(frozen=True)
class Relation:
    """What always holds between quantities of one RT: the weighted sum is ≤ 0, or = 0."""

    terms: tuple[tuple[str, float], ...]
    equal: bool = False


@dataclass(frozen=True)
class Links:
    """How the indicators of one publication hang together."""

    numerators: dict[str, Numerator]
    relations: tuple[Relation, ...] = ()
    whole: frozenset[str] = frozenset()
    """Quantities that are whole numbers (people), unlike sums of poverty gaps."""
    unit: dict[str, str] = field(default_factory=dict)
    """Whether a quantity counts `household` or `resident`."""


@dataclass(frozen=True)
class Snapshot:
    """
    What is public knowledge about one date.

    `areas` as in an edition (`level`, `desa_id`, `kecamatan_id`, `kabupaten_id` by `area_id`);
    `denominators` per RT (rows) and indicator (columns): the attacker is granted even those that
    are not public.
    """

    date: dt.date
    areas: pd.DataFrame
    denominators: pd.DataFrame


@dataclass(frozen=True)
class Knowledge:
    """
    Everything the attacker holds.

    Attributes
    ----------
    snapshots
        Of every date that a claim is about.
    claims
        Columns `CLAIM`; of this and of all earlier public editions.
    turnover
        `before`, `after` (dates), `group`, `indicator`, `n_changed` (households of the group that
        came, left or changed what they add to the indicator), `bound` (most by which the
        numerator of the group can have changed through them).
    kin
        `before`, `after`, `group`, `side` (`before` or `after`), `rt_id`: the RTs of a group on
        both dates. A group is one RT, or all RTs that split, merged or exchanged land.
    """

    snapshots: dict[dt.date, Snapshot]
    claims: pd.DataFrame
    turnover: pd.DataFrame
    kin: pd.DataFrame
    links: Links


def numerator_limits(
    low: np.ndarray, high: np.ndarray, closed: np.ndarray, denominator: np.ndarray, parts: int
) -> tuple[np.ndarray, np.ndarray]:
    """
    Return the least and the largest numerator that a claim allows.

    Numerators are multiples of 1 / `parts`: whole with 1, thirds with 3. With 0 they may be any
    number, and the open upper limit is taken as reached.
    """
    # 0.2 · 30 is 6.000000000000001 in floating point, and must not become 7
    times = max(parts, 1)
    least = np.round(np.asarray(low) * denominator * times, 9)
    most = np.round(np.asarray(high) * denominator * times, 9)
    if not parts:
        return least, most
    return np.ceil(least) / times, np.where(closed, np.floor(most), np.ceil(most) - 1) / times
