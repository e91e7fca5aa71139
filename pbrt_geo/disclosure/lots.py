"""What is withheld although the rule allows it: around a leak, and by lot.

That something was withheld around a leak would itself tell something: that the number was one of
those that leak. So a few figures are withheld for nothing, drawn by lot, and nobody outside can
tell the ones from the others. What is withheld around a leak is made of the very units that lots
are drawn of: whatever is public could have come about by lot alone, from any numbers that fit it.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from itertools import product

import numpy as np

from pbrt_geo.disclosure.cells import is_protected, told
from pbrt_geo.disclosure.families import families
from pbrt_geo.disclosure.links import links_of
from pbrt_geo.disclosure.rule import Rule
from pbrt_geo.edition import Edition
from pbrt_geo.schema import LEVELS

Told = tuple[str, str, str]
"""Level, area and indicator of a statement."""

UNIT_LEVELS = LEVELS[1:]
"""Levels of the areas whose figures can be withheld."""

N_STEPS = len(UNIT_LEVELS) + 1
"""Around a leak go its desa, its kecamatan, the kabupaten, and at last the family everywhere."""


class Lots:
    """
    The units of one publication that can be withheld.

    A unit is an area above the RT and a family of indicators that hang together. Of a desa, what
    its RTs are told goes with it.
    """

    def __init__(self, internal: Edition, rule: Rule) -> None:
        self._internal, self._rule = internal, rule
        self._areas = internal.areas
        self.families = _families(internal, rule)

    def drawn(self) -> set[Told]:
        """
        Draw lots: the same for the same numbers, and not to be known without them.

        Returns
        -------
        drawn
            Every figure of the units drawn.
        """
        random = np.random.default_rng(_seed(self._internal))
        found: set[Told] = set()
        for level in UNIT_LEVELS:
            units = list(product(self._internal.ids(level), self.families))
            hit = random.random(len(units)) < self._rule.lots[level]
            for at in np.flatnonzero(hit):
                found.update(self._unit(level, *units[at]))
        return found

    def around(self, rt: str, indicators: Collection[str], step: int) -> set[Told]:
        """Return what is withheld around an RT at a step; nothing after the last."""
        if step >= N_STEPS:
            return set()
        if step < len(UNIT_LEVELS):
            level = UNIT_LEVELS[step]
            areas = [(level, self._areas.at[rt, f"{level}_id"])]
        else:
            areas = [(level, area) for level in UNIT_LEVELS for area in self._internal.ids(level)]
        hit = [family for family in self.families if not family.isdisjoint(indicators)]
        return {
            told
            for (level, area), family in product(areas, hit)
            for told in self._unit(level, area, family)
        }

    def _unit(self, level: str, area: str, family: Iterable[str]) -> Iterator[Told]:
        areas = [(level, area)]
        if level == UNIT_LEVELS[0]:
            inside = (self._areas["level"] == "rt") & (self._areas[f"{level}_id"] == area)
            areas += [("rt", rt) for rt in self._areas.index[inside]]
        return ((at, name, indicator) for at, name in areas for indicator in family)


def _families(internal: Edition, rule: Rule) -> list[frozenset[str]]:
    """Return the protected indicators that are told, together those that hang together."""
    names = [name for name in told(internal, rule) if is_protected(internal.indicator(name), rule)]
    links = links_of(names, internal.programmes)
    first = {name: links.numerators[name].terms[0][0] for name in names}
    return [
        frozenset(name for name in names if first[name] in quantities)
        for quantities in families(links, set(first.values()))
    ]


def _seed(internal: Edition) -> int:
    """Return a number that nobody can know who does not know the numbers of every RT."""
    own = internal.values[internal.values["level"] == "rt"]
    numbers = np.nan_to_num(own["numerator"].to_numpy(dtype=float))
    return int.from_bytes(hashlib.sha256(numbers.tobytes()).digest(), "big")
