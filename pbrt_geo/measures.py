"""How an indicator is declared, summed and rolled up.

One indicator is one function: it takes a `State` and returns a `Tally`, the numerator and
denominator of each row of one table (households, residents, RTs or desa). This file adds the rows
up at the RT, rolls the sums up to desa, kecamatan and kabupaten, and only then divides. A rate of
an area is therefore never the average of the rates of its parts.

    @measure(topic="poverty", kind="rate", better="low", breaks=(0.05, 0.1, 0.2, 0.3))
    def poverty_rate(state: State) -> Tally: ...

    poverty_rate(state)                     # Series by RT
    poverty_rate(state, level="kecamatan")  # Series by kecamatan
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from pbrt_geo.crosswalk import Placement
from pbrt_geo.schema import LEVELS
from pbrt_geo.state import State

Unit = Literal["household", "resident", "rt", "desa"]
PEOPLE = ("household", "resident")
"""Units that can be placed on the boundaries of another date; RTs and desa are what they are."""

Kind = Literal["count", "rate", "mean", "density", "index"]
Topic = Literal["population", "poverty", "multidimensional", "coverage", "growth"]


class Tally(NamedTuple):
    """
    What each row of the unit table adds to an indicator.

    `numerator` and `denominator` are 0 where the row does not count or is unknown; a count has no
    denominator. `known` and `everyone` are the weights behind `known_rate`: how much of what
    should be known is known. Left out, every row is known with weight 1.
    """

    unit: Unit
    numerator: np.ndarray
    denominator: np.ndarray | None = None
    known: np.ndarray | None = None
    everyone: np.ndarray | None = None


Carry = Callable[[State, Placement, State], Tally]
"""How a measure about land tallies the people of a state placed on the areas of another."""


class Sums(NamedTuple):
    """Totals of a tally for the areas of one level; arrays in the order of `State.ids[level]`."""

    numerator: np.ndarray
    denominator: np.ndarray
    known: np.ndarray
    everyone: np.ndarray
    rows: np.ndarray


@dataclass(eq=False)
class Measure:
    """A declared indicator, or a family with one member per programme, field or dimension."""

    tally: Callable[..., Tally]
    base: str
    kind: Kind
    topic: Topic
    better: Literal["low", "high"] | None
    breaks: tuple[float, ...]
    members: Callable[[State], list[str]] | None
    carry: Carry | None = None

    def carried(self, carry: Carry) -> Carry:
        """Declare how the indicator is carried to other boundaries, where it is about land."""
        self.carry = carry
        return carry

    def __call__(self, state: State, member: str | None = None, *, level: str = "rt") -> pd.Series:
        """Return the values of the areas of `level`; NaN where not known or not defined."""
        arguments = (state,) if member is None else (state, member)
        sums = roll_up(state, self.tally(*arguments))[level]
        name = self.base if member is None else f"{self.base}:{member}"
        return pd.Series(values_of(sums, self.kind), index=state.ids[level], name=name)

    def names(self, state: State) -> list[tuple[str, str]]:
        """Return identifier and member of every indicator of the family."""
        if self.members is None:
            return [(self.base, "")]
        return [(f"{self.base}:{member}", member) for member in self.members(state)]

    def of(self, state: State, member: str) -> Tally:
        """Return the tally of one indicator of the family; `member` is empty where it is none."""
        return self.tally(state, member) if member else self.tally(state)


MEASURES: dict[str, Measure] = {}
"""Every declared indicator by its base name."""


def measure(
    *,
    topic: Topic,
    kind: Kind,
    better: Literal["low", "high"] | None = None,
    breaks: tuple[float, ...] = (),
    members: Callable[[State], list[str]] | None = None,
) -> Callable[[Callable[..., Tally]], Measure]:
    """
    Declare the decorated function as an indicator.

    `breaks` are the inner limits of the fixed classes of its maps, the same in every year;
    `better` tells in which direction things improve, where that can be said.
    """

    def declare(tally: Callable[..., Tally]) -> Measure:
        declared = Measure(tally, tally.__name__, kind, topic, better, breaks, members)
        update_wrapper(declared, tally, updated=())
        MEASURES[declared.base] = declared
        return declared

    return declare


def declared_measures() -> list[Measure]:
    """Return every declared indicator, topic by topic, in the order of declaration."""
    order = get_args(Topic)
    return sorted(MEASURES.values(), key=lambda declared: order.index(declared.topic))


def roll_up(
    state: State, tally: Tally, placement: Placement | None = None, onto: State | None = None
) -> dict[str, Sums]:
    """
    Add the rows of a tally up at their own level, then level by level to the kabupaten.

    With a `placement` of the households of `state` on the RTs of `onto`, they are added up there.
    Residents follow their household. A household that no RT takes still counts in the desa, or
    above, that is the same on both dates.
    """
    if placement is None or onto is None:
        level, codes = _codes(state, tally.unit)
        return _upwards(state, level, _sum_rows(tally, codes, len(state.ids[level])))
    people = by_household(state, tally)
    placed = Sums(*(part[placement.rows] * placement.weights for part in people))
    sums = _added(placement.codes, placed, len(onto.ids["rt"]))
    strays = {
        level: _added(codes, Sums(*(part[rows] for part in people)), len(onto.ids[level]))
        for level, (rows, codes) in placement.strays.items()
        if len(rows)
    }
    return _upwards(onto, "rt", sums, strays)


def _upwards(
    state: State, level: str, sums: Sums, strays: dict[str, Sums] | None = None
) -> dict[str, Sums]:
    by_level = {level: sums}
    for lower, upper in pairwise(LEVELS):
        if lower in by_level:
            total = _added(state.parent_codes[lower], by_level[lower], len(state.ids[upper]))
            if strays and upper in strays:
                total = Sums(*map(np.add, total, strays[upper]))
            by_level[upper] = total
    return by_level


def values_of(sums: Sums, kind: Kind) -> np.ndarray:
    """Divide sums into values; NaN where nothing is known or the denominator is 0."""
    known = _is_known(sums)
    if kind == "count":
        return np.where(known, sums.numerator, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known & (sums.denominator > 0), sums.numerator / sums.denominator, np.nan)


def states_of(values: np.ndarray, sums: Sums) -> np.ndarray:
    """Name the state of each value: `value`, `zero`, `undefined` or `no_data`."""
    missing = np.isnan(values)
    conditions = [missing & _is_known(sums), missing, values == 0]
    return np.select(conditions, ["undefined", "no_data", "zero"], "value")


def _is_known(sums: Sums) -> np.ndarray:
    """Mark areas of which something is known, if only that it concerns nobody there."""
    return (sums.known > 0) | ((sums.everyone == 0) & (sums.rows > 0))


def _codes(state: State, unit: Unit) -> tuple[str, np.ndarray | None]:
    if unit == "household":
        return "rt", state.household_codes
    if unit == "resident":
        return "rt", state.resident_codes
    return unit, None  # one row per area already


def by_household(state: State, tally: Tally) -> Sums:
    """Return what each household adds to a tally of people, with its residents."""
    if tally.unit not in PEOPLE:
        raise ValueError(f"a tally of {tally.unit} has no people to place")
    rows = state.resident_rows if tally.unit == "resident" else None
    return _sum_rows(tally, rows, len(state.households))


def _sum_rows(tally: Tally, codes: np.ndarray | None, n_areas: int) -> Sums:
    ones = np.ones(len(tally.numerator))
    everyone = ones if tally.everyone is None else tally.everyone
    known = everyone if tally.known is None else tally.known
    denominator = known if tally.denominator is None else tally.denominator
    parts = Sums(tally.numerator, denominator, known, everyone, ones)
    if codes is None:
        return Sums(*(np.asarray(part, dtype=float) for part in parts))
    return _added(codes, parts, n_areas)


def _added(codes: np.ndarray, parts: Sums, n_areas: int) -> Sums:
    """Add the rows of each part up by code; code -1 belongs to no area."""
    return Sums(*(_total(codes, part, n_areas) for part in parts))


def _total(codes: np.ndarray, values: np.ndarray, n_areas: int) -> np.ndarray:
    # Code -1 (belongs to no area) lands in an extra first bin, which is dropped.
    return np.bincount(codes + 1, weights=values, minlength=n_areas + 1)[1 : n_areas + 1]
