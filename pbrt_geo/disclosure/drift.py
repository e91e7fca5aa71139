"""What earlier claims mean for today: what is known already, and what may be said anew.

A claim of an earlier date is knowledge about today too: the number lies no further from it than
what the households that changed can add. Whether a claim may be renewed depends only on how many
households changed, which a neighbour may know, never on what they changed to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.bins import CLEAN, Range
from pbrt_geo.disclosure.cells import UPPER, Cells
from pbrt_geo.disclosure.links import UNBOUNDED, base_of, is_whole_indicator
from pbrt_geo.disclosure.past import Claims, Past, Step, summed
from pbrt_geo.schema import LEVELS

# ── may something new be said? ──────────────────────────────────────────────────────────────────


def enough_changed(
    claims: Sequence[Claims], indicator: str, level: str, n: int, least: tuple[int, int]
) -> np.ndarray:
    """
    Mark the areas in which enough households changed to hide each of them.

    For every earlier claim about the area, or about an RT that it shares a group with, at least
    `least[0]` households must have changed, and the numerator by up to `least[1]` or more.
    """
    allowed = np.ones(n, dtype=bool)
    for claim in claims:
        parts = claim.step.changed(indicator)
        if level == "rt":
            changed = [part[claim.step.now] for part in parts]
        else:
            changed = [claim.step.total(level, part) for part in parts]
        allowed &= ~_concerned(claim, level, n) | (
            (changed[0] >= least[0]) & (changed[1] >= least[1])
        )
    return allowed


def _concerned(claim: Claims, level: str, n: int) -> np.ndarray:
    """Mark the areas of today that claims are about, RTs also through others of their group."""
    found = np.zeros(n, dtype=bool)
    if level != "rt":
        found[claim.at[claim.at >= 0]] = True
        return found
    said = np.zeros(claim.step.n_groups, dtype=bool)
    said[claim.step.then[claim.then]] = True
    return said[claim.step.now]


def leaves_enough(
    claims: Sequence[Claims], indicator: str, classes: Range, needed: int
) -> np.ndarray:
    """
    Mark the RTs of which any class may be told today without narrowing what was said before.

    Where an RT can have moved just into the edge of a class, telling that class would tell its
    number today and then. So no class is told of it anew, also not one that would do no harm:
    else holding back would give the edge away.

    Parameters
    ----------
    classes
        Least and largest numerator of each class today, RTs by classes.
    """
    whole = 1 if is_whole_indicator(indicator) else 0
    enough = np.ones(len(classes.least), dtype=bool)
    for claim in claims:
        step = claim.step
        kept = (claim.at >= 0) & step.alone[claim.at]
        at = claim.at[kept]
        bound = step.changed(indicator)[1][step.now[at]][:, None]
        least, most = (
            part[kept][:, None] for part in (claim.numerators.least, claim.numerators.most)
        )
        today = Range(classes.least[at], classes.most[at])
        left = _size(today.within(Range(least - bound, most + bound)), whole)
        left_then = _size(Range(least, most).within(_wider(today, bound)), whole)
        then = np.minimum(needed, most - least + whole)
        fits = (left >= needed) & (left_then >= then)
        enough[at] &= (fits | (left <= 0)).all(axis=1)
    return enough


def _size(values: Range, whole: int) -> np.ndarray:
    return np.round(values.most - values.least, CLEAN) + whole


def _wider(values: Range, by: np.ndarray) -> Range:
    return Range(values.least - by, values.most + by)


# ── what is known already ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Groups:
    """
    What is known of the groups of one step: their numbers `then`, `now`, and `change` in between.

    A group changes by no more than its households can, but a new RT can only add people, and one
    that ended only take them away.
    """

    step: Step
    then: Range
    now: Range
    change: Range

    @property
    def confined(self) -> Range:
        """What is known of the groups today, given also what was known then."""
        return self.now.within(
            Range(self.then.least + self.change.least, self.then.most + self.change.most)
        )


def groups_of(claim: Claims, indicator: str, rts: Range) -> Groups:
    """Return what is known of groups from claims about RTs then, and from `rts`, those of today."""
    step, n = claim.step, claim.step.n_groups
    known = _then(claim, indicator)
    then = Range(summed(step.then, known.least, n), summed(step.then, known.most, n))
    now = Range(summed(step.now, rts.least, n), summed(step.now, rts.most, n))
    bound = step.changed(indicator)[1]
    change = Range(
        np.maximum(-bound, now.least - then.most), np.minimum(bound, now.most - then.least)
    )
    return Groups(step, then, now, change)


def _then(claim: Claims, indicator: str) -> Range:
    """Return what is known of all RTs of then, where claims are about some of them."""
    of = claim.step.denominator(indicator, "rt")
    unbounded = base_of(indicator) in UNBOUNDED
    least, most = np.zeros(len(of)), np.where(of > 0, np.inf, 0.0) if unbounded else of.copy()
    at = claim.then >= 0
    least[claim.then[at]] = claim.numerators.least[at]
    most[claim.then[at]] = claim.numerators.most[at]
    return Range(least, most)


def groups_since(
    history: Past, claims: Sequence[Claims], indicator: str, rts: Range
) -> dict[pd.Timestamp, Groups]:
    """Return what is known of the groups since each date, given claims about RTs of then."""
    of_rts = {claim.step.date: claim for claim in claims}
    return {
        date: groups_of(of_rts.get(date, _nothing_said(step)), indicator, rts)
        for date, step in history.steps.items()
    }


def _nothing_said(step: Step) -> Claims:
    """Return no claims about a date."""
    no, none = np.zeros(0, dtype=int), np.zeros(0)
    return Claims(step, no, no, none, none, no.astype(bool), Range(none, none))


def implied(history: Past, indicator: str) -> list[Claims]:
    """
    Return what all claims about an earlier date say of its RTs, also those about larger areas.

    A desa of one RT that is withheld tells of that RT; a class of the RT later is then not new.
    """
    by_date: dict[pd.Timestamp, dict[str, Claims]] = {}
    for level in LEVELS:
        for claim in history.claims(indicator, level):
            by_date.setdefault(claim.step.date, {})[level] = claim
    return [_implied(history.steps[date], by_date[date], indicator) for date in sorted(by_date)]


def _implied(step: Step, said: Mapping[str, Claims], indicator: str) -> Claims:
    free = _then(_nothing_said(step), indicator)
    known = _then(said.get("rt", _nothing_said(step)), indicator)
    if base_of(indicator) not in UNBOUNDED:
        known = _handed_down(step, said, known)
    place = np.flatnonzero((known.least > free.least) | (known.most < free.most))
    at = _positions(step)[place]
    blank = np.full(len(place), np.nan)
    numerators = Range(known.least[place], known.most[place])
    return Claims(step, at, place, blank, blank, np.zeros(len(place), dtype=bool), numerators)


def _positions(step: Step) -> np.ndarray:
    """Return where the RTs of then stand among those of today; −1 if they are gone."""
    return step.cells.ids["rt"].get_indexer(step.rts)


def _handed_down(step: Step, said: Mapping[str, Claims], rts: Range) -> Range:
    """Confine RTs by what was said of the areas that they lay in, level by level and back."""
    parts, parents = [rts], []
    home, lost = np.arange(len(step.rts)), np.zeros(len(step.rts), dtype=bool)
    for level in UPPER:
        n, below = step.cells.n(level), parts[-1]
        above = np.where(step.places[level] < 0, n, step.places[level])  # n: areas that are gone
        parent = np.full(len(below.least), n)
        parent[home[~lost]] = above[~lost]
        total = Range(summed(parent, below.least, n + 1), summed(parent, below.most, n + 1))
        incomplete = np.zeros(n + 1, dtype=bool)
        incomplete[above[lost]] = True
        parts.append(_as_said(total, said.get(level), incomplete))
        parents.append(parent)
        home, lost = above, lost | (above == n)
    whole = parts.pop()
    while parts:
        part, parent = parts.pop(), parents.pop()
        n = len(whole.least)
        least, most = summed(parent, part.least, n), summed(parent, part.most, n)
        left = Range(
            whole.least[parent] - (most[parent] - part.most),
            whole.most[parent] - (least[parent] - part.least),
        )
        whole = part.within(left)
    return whole


def _as_said(total: Range, claim: Claims | None, incomplete: np.ndarray) -> Range:
    if claim is None:
        return total
    kept = (claim.at >= 0) & ~incomplete[claim.at]
    least, most = total.least.copy(), total.most.copy()
    at = claim.at[kept]
    least[at] = np.maximum(least[at], claim.numerators.least[kept])
    most[at] = np.minimum(most[at], claim.numerators.most[kept])
    return Range(least, most)


def narrowed_rts(claims: Sequence[Claims], indicator: str, known: Range) -> Range:
    """Return what is known of RTs today, given also what was said of them before."""
    least, most = known.least.copy(), known.most.copy()
    for claim in claims:
        step = claim.step
        kept = (claim.at >= 0) & step.alone[claim.at]
        at = claim.at[kept]
        reach = step.changed(indicator)[1][step.now[at]]
        least[at] = np.maximum(least[at], claim.numerators.least[kept] - reach)
        most[at] = np.minimum(most[at], claim.numerators.most[kept] + reach)
    return Range(least, most)


def narrowed(
    claims: Sequence[Claims], level: str, known: Range, groups: dict[pd.Timestamp, Groups]
) -> Range:
    """Return what is known of areas above the RT today, given also what was said of them before."""
    least, most = known.least.copy(), known.most.copy()
    for claim in claims:
        step, change = claim.step, groups[claim.step.date].change
        kept = (claim.at >= 0) & step.closed[level][claim.at]
        at = claim.at[kept]
        lowest = claim.numerators.least[kept] + step.total(level, change.least)[at]
        highest = claim.numerators.most[kept] + step.total(level, change.most)[at]
        least[at] = np.maximum(least[at], lowest)
        most[at] = np.minimum(most[at], highest)
    return Range(least, most)


def desa_sums(cells: Cells, rts: Range, groups: Iterable[Groups]) -> Range:
    """
    Return what is known of the desa from what is known of their RTs, today and before.

    Where RTs split or merged, their group as a whole is bound by what was said before.
    """
    found = Range(cells.up("rt", rts.least), cells.up("rt", rts.most))
    for group in groups:
        found = found.within(_desa_sums_by_group(cells, rts, group))
    return found


def _desa_sums_by_group(cells: Cells, rts: Range, groups: Groups) -> Range:
    """Add groups up that lie in one desa, and of the others their RTs."""
    step, n, known = groups.step, cells.n("desa"), groups.confined
    home = step.inside["desa"]
    whole, loose = home >= 0, home[step.now] == -1
    at, of = home[whole], cells.home["desa"][loose]
    return Range(
        summed(at, known.least[whole], n) + summed(of, rts.least[loose], n),
        summed(at, known.most[whole], n) + summed(of, rts.most[loose], n),
    )
