"""The numbers of an internal edition as arrays, with the tree of areas.

A cell is one indicator in one area. Arrays stand in the order of `Cells.ids[level]`; a position
says where an area stands in it, and −1 that it is not there.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.links import UNIT_OF, is_for_everyone, members_of
from pbrt_geo.disclosure.rule import Rule
from pbrt_geo.edition import Edition, Indicator, blocks_of
from pbrt_geo.schema import LEVELS

BY_PROGRAMME = frozenset({"coverage_rate", "n_reached", "n_missed", "exclusion_error"})
"""Families whose members are groups of programmes."""

UPPER = LEVELS[1:]


class Figures(NamedTuple):
    """One indicator at one level; numerator and denominator are 0 where nothing is known."""

    value: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    state: np.ndarray


@dataclass(frozen=True)
class Cells:
    """
    The cells of one edition.

    Attributes
    ----------
    ids
        Areas by level.
    home
        By level above the RT, the position of the area that each RT lies in.
    parent
        By level but the highest, the position of the area above each area.
    """

    edition: Edition
    ids: dict[str, pd.Index]
    home: dict[str, np.ndarray]
    parent: dict[str, np.ndarray]

    @property
    def date(self) -> pd.Timestamp:
        """Date on which the numbers were true."""
        return pd.Timestamp(self.edition.as_of)

    @cached_property
    def _columns(self) -> Figures:
        values = self.edition.values
        value, *sums = (values[name].to_numpy(dtype=float) for name in Figures._fields[:3])
        numerator, denominator = map(np.nan_to_num, sums)
        return Figures(value, numerator, denominator, np.asarray(values["state"]))

    @cached_property
    def _blocks(self) -> dict[tuple[str, str], slice]:
        return blocks_of(self.edition.values)

    def figures(self, indicator_id: str, level: str) -> Figures:
        """Return the numbers of one indicator at one level."""
        block = self._blocks[indicator_id, level]
        return Figures(*(part[block] for part in self._columns))

    def n(self, level: str) -> int:
        """Return how many areas a level has."""
        return len(self.ids[level])

    def up(self, level: str, values: np.ndarray) -> np.ndarray:
        """Add the areas of a level up to the areas of the next level."""
        upper = LEVELS[LEVELS.index(level) + 1]
        return np.bincount(self.parent[level], weights=values, minlength=self.n(upper))


def cells_of(edition: Edition) -> Cells:
    """Return the cells of an internal edition."""
    ids = {level: edition.ids(level) for level in LEVELS}
    rts = edition.areas.loc[ids["rt"]]
    home = {level: ids[level].get_indexer(rts[f"{level}_id"]) for level in UPPER}
    parent = {
        lower: ids[upper].get_indexer(edition.areas.loc[ids[lower], f"{upper}_id"])
        for lower, upper in pairwise(LEVELS)
    }
    return Cells(edition, ids, home, parent)


def told(edition: Edition, rule: Rule) -> dict[str, tuple[str, ...]]:
    """
    Return what a rule makes public of an edition.

    Returns
    -------
    told
        Levels by indicator, protected and open, in the order of the edition.
    """
    found = {}
    for indicator in edition.indicators:
        levels = _levels(indicator, edition, rule)
        levels = tuple(level for level in levels if edition.has(indicator.id, level))
        if levels and _has_its_rate(indicator, edition, rule):
            found[indicator.id] = levels
    return found


def _levels(indicator: Indicator, edition: Edition, rule: Rule) -> tuple[str, ...]:
    entry = rule.entry(indicator.base)
    if entry is None or indicator.base not in BY_PROGRAMME:
        return rule.levels(indicator.base)
    if entry.single and len(members_of(indicator.member, edition.programmes)) > 1:
        return ()
    return rule.levels(indicator.base, is_for_everyone(indicator.member, edition.programmes))


def rate_of(indicator: Indicator, rule: Rule) -> str:
    """Return the rate that a count repeats, or nothing."""
    entry = rule.entry(indicator.base)
    if entry is None or not entry.like:
        return ""
    return f"{entry.like}:{indicator.member}" if indicator.member else entry.like


def _has_its_rate(indicator: Indicator, edition: Edition, rule: Rule) -> bool:
    """Tell whether a count can be told: programmes for everyone have no exclusion error."""
    rate = rate_of(indicator, rule)
    return not rate or edition.has(rate, "rt")


def is_protected(indicator: Indicator, rule: Rule) -> bool:
    """Tell whether an indicator is about the circumstances of people."""
    return indicator.base in UNIT_OF and rule.entry(indicator.base) is not None
