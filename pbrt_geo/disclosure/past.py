"""What earlier public editions said, and how much can have changed since.

A claim of an earlier date is knowledge about today too: the number lies no further from it than
what the households that changed can add. Whether a claim may be renewed depends only on how many
households changed, which a neighbour may know, never on what they changed to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.bins import Range
from pbrt_geo.disclosure.cells import BY_PROGRAMME, UPPER, Cells
from pbrt_geo.disclosure.links import UNBOUNDED, base_of, is_whole_indicator, members_of
from pbrt_geo.disclosure.model import numerator_limits
from pbrt_geo.edition import Edition


@dataclass
class Step:
    """
    From an earlier date to the date of the cells: groups of RTs between which people passed.

    Attributes
    ----------
    rts
        RTs on the earlier date.
    then, now
        Group of each RT on the earlier date, and of each on the date of the cells.
    places
        By level, the position today of the area that each RT lay in then.
    turnover
        Rows of `Edition.turnover` between the two dates.
    denominators
        RTs on the earlier date by indicator.
    """

    date: pd.Timestamp
    cells: Cells
    rts: pd.Index
    then: np.ndarray
    now: np.ndarray
    places: dict[str, np.ndarray]
    turnover: pd.DataFrame
    denominators: pd.DataFrame
    _changed: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    @cached_property
    def n_groups(self) -> int:
        """How many groups there are."""
        return int(max(self.then.max(initial=-1), self.now.max(initial=-1))) + 1

    def changed(self, indicator: str) -> tuple[np.ndarray, np.ndarray]:
        """Return by group how many households changed, and by how much the numerator can have."""
        if indicator not in self._changed:
            rows = self._rows.get(indicator)
            n, bound = np.zeros(self.n_groups), np.full(self.n_groups, np.inf)
            if rows is not None:
                group = rows["group"].to_numpy(dtype=int)
                bound = np.zeros(self.n_groups)
                n[group], bound[group] = rows["n_changed"], rows["bound"]
            self._changed[indicator] = n, bound
        return self._changed[indicator]

    @cached_property
    def _rows(self) -> dict[str, pd.DataFrame]:
        names = self.turnover["indicator"].astype("str")
        return {str(name): rows for name, rows in self.turnover.groupby(names, sort=False)}

    @cached_property
    def alone(self) -> np.ndarray:
        """Mark the RTs of today that are the same RT as then, with no other in their group."""
        sizes = [np.bincount(side, minlength=self.n_groups) for side in (self.then, self.now)]
        before = self.rts.get_indexer(self.cells.ids["rt"])
        same = (before >= 0) & (self.then[before] == self.now)
        return same & (sizes[0][self.now] == 1) & (sizes[1][self.now] == 1)

    @cached_property
    def _touching(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """By level, pairs of group and area that share an RT, today or then; −1: an area gone."""
        found = {}
        for level in UPPER:
            groups = np.concatenate([self.now, self.then])
            areas = np.concatenate([self.cells.home[level], self.places[level]])
            pairs = np.unique(np.stack([groups, areas]), axis=1)
            found[level] = pairs[0], pairs[1]
        return found

    def inside(self, level: str) -> np.ndarray:
        """Return for each group the area that all its RTs lie in, today and then; −1 if none."""
        groups, areas = self._touching[level]
        n_areas = np.bincount(groups, minlength=self.n_groups)
        found = np.full(self.n_groups, -1)
        found[groups] = areas
        return np.where(n_areas == 1, found, -1)

    def closed(self, level: str) -> np.ndarray:
        """Mark the areas of today from which no group reaches out, today or then."""
        groups, areas = self._touching[level]
        open_ = areas[(self.inside(level)[groups] == -1) & (areas >= 0)]
        found = np.ones(self.cells.n(level), dtype=bool)
        found[open_] = False
        return found

    def total(self, level: str, values: np.ndarray) -> np.ndarray:
        """Add values of groups up to all areas of today that they touch."""
        groups, areas = self._touching[level]
        kept = areas >= 0
        n = self.cells.n(level)
        return np.bincount(areas[kept], weights=values[groups[kept]], minlength=n)


@dataclass(frozen=True)
class Claims:
    """
    What was said of one indicator at one level about one earlier date.

    `at` is the position today of each area (−1 gone), `numerators` what each claim allowed then.
    """

    step: Step
    ids: pd.Index
    at: np.ndarray
    low: np.ndarray
    high: np.ndarray
    closed: np.ndarray
    numerators: Range


class Past:
    """All claims of earlier public editions, by indicator and level, the earliest first."""

    def __init__(self, cells: Cells, earlier: Sequence[Edition], bases: Sequence[str]) -> None:
        self.cells = cells
        self.editions = sorted(earlier, key=lambda edition: edition.as_of)
        self.steps: dict[pd.Timestamp, Step] = {}
        self._said = self._read(frozenset(bases))

    def _read(self, bases: frozenset[str]) -> dict[tuple[str, str], pd.DataFrame]:
        parts = [self._claims(edition, bases) for edition in self.editions]
        if not parts:
            return {}
        table = pd.concat(parts, ignore_index=True)
        table = table.drop_duplicates(["indicator", "level", "area_id", "since"])
        return {
            (str(name), str(level)): rows.sort_values("since", kind="stable")
            for (name, level), rows in table.groupby(["indicator", "level"], sort=False)
        }

    def _claims(self, edition: Edition, bases: frozenset[str]) -> pd.DataFrame:
        table = edition.values
        names = table["indicator"].astype("str")
        known = [n for n in names.unique() if base_of(n) in bases and self._is_same(n, edition)]
        kept = table[names.isin(known) & (table["state"].astype("str") == "value")]
        columns = ["indicator", "level", "area_id", "low", "high", "closed", "since"]
        return kept[columns].astype({"indicator": "str", "level": "str", "area_id": "str"})

    def _is_same(self, indicator: str, edition: Edition) -> bool:
        """Tell whether an indicator was about the same programmes."""
        base, _, group = indicator.partition(":")
        then, now = edition.programmes, self.cells.edition.programmes
        if base == "none_reached_rate":
            return set(then.index[then["target"] != "all"]) == set(
                now.index[now["target"] != "all"]
            )
        return base not in BY_PROGRAMME or members_of(group, then) == members_of(group, now)

    def rows(self, indicator: str, level: str) -> pd.DataFrame:
        """Return all claims of one indicator at one level as they were said, by `since`."""
        return self._said.get((indicator, level), pd.DataFrame({"area_id": [], "since": []}))

    def claims(self, indicator: str, level: str) -> list[Claims]:
        """Return the claims of one indicator at one level, one entry for each earlier date."""
        rows = self.rows(indicator, level)
        return [
            self._of(indicator, level, self._step(pd.Timestamp(date)), part)
            for date, part in rows.groupby("since", sort=True)
        ]

    def _of(self, indicator: str, level: str, step: Step, rows: pd.DataFrame) -> Claims:
        ids = pd.Index(rows["area_id"])
        low, high = (rows[name].to_numpy(dtype=float) for name in ("low", "high"))
        closed = rows["closed"].to_numpy(dtype=bool)
        of = self._denominator(step, indicator, level, ids)
        with np.errstate(invalid="ignore"):
            least, most = numerator_limits(low, high, closed, of, is_whole_indicator(indicator))
        at = self.cells.ids[level].get_indexer(ids)
        numerators = Range(np.nan_to_num(least), np.where(np.isnan(most), np.inf, most))
        return Claims(step, ids, at, low, high, closed, numerators)

    def _denominator(self, step: Step, indicator: str, level: str, ids: pd.Index) -> np.ndarray:
        by_rt = step.denominators[indicator]
        if level == "rt":
            return by_rt.reindex(ids).fillna(0.0).to_numpy()
        areas = self._areas_on(step.date)
        return by_rt.groupby(areas.loc[by_rt.index, f"{level}_id"]).sum().reindex(ids).to_numpy()

    def _areas_on(self, date: pd.Timestamp) -> pd.DataFrame:
        for edition in self.editions:
            if pd.Timestamp(edition.as_of) >= date:
                return edition.areas
        return self.cells.edition.areas

    def _step(self, date: pd.Timestamp) -> Step:
        if date not in self.steps:
            self.steps[date] = self._make_step(date)
        return self.steps[date]

    def _make_step(self, date: pd.Timestamp) -> Step:
        internal, cells = self.cells.edition, self.cells
        kin = _between(internal.kin, date, cells.date)
        before = kin[kin["side"].astype("str") == "before"]
        after = kin[kin["side"].astype("str") == "after"].set_index("rt_id")["group"]
        earlier = internal.earlier
        then = earlier[earlier["date"] == date].astype({"indicator": "str", "area_id": "str"})
        areas = self._areas_on(date)
        rts = pd.Index(before["rt_id"].astype("str"))
        return Step(
            date=date,
            cells=cells,
            rts=rts,
            then=before["group"].to_numpy(dtype=int),
            now=after.reindex(cells.ids["rt"]).to_numpy(dtype=int),
            places={level: _places(cells, areas, rts, level) for level in UPPER},
            turnover=_between(internal.turnover, date, cells.date),
            denominators=then.pivot(index="area_id", columns="indicator", values="denominator"),
        )


def _between(table: pd.DataFrame, before: pd.Timestamp, after: pd.Timestamp) -> pd.DataFrame:
    return table[(table["before"] == before) & (table["after"] == after)]


def _places(cells: Cells, areas: pd.DataFrame, rts: pd.Index, level: str) -> np.ndarray:
    return cells.ids[level].get_indexer(areas[f"{level}_id"].reindex(rts))


# ── what follows for today ──────────────────────────────────────────────────────────────────────


def may_renew(
    claims: Sequence[Claims], indicator: str, level: str, n: int, least: tuple[int, int]
) -> np.ndarray:
    """
    Mark the areas of which something new may be said.

    For every earlier claim about the area, or about an RT that it shares a group with, at least
    `least[0]` households must have changed, and the numerator by up to `least[1]` or more.
    """
    allowed = np.ones(n, dtype=bool)
    for claim in claims:
        step = claim.step
        changed = step.changed(indicator)
        if level == "rt":
            said = np.zeros(step.n_groups, dtype=bool)
            said[step.then[step.rts.get_indexer(claim.ids)]] = True
            concerned = said[step.now]
            enough = [part[step.now] >= needed for part, needed in zip(changed, least, strict=True)]
        else:
            concerned = np.zeros(n, dtype=bool)
            concerned[claim.at[claim.at >= 0]] = True
            enough = [
                step.total(level, part) >= needed
                for part, needed in zip(changed, least, strict=True)
            ]
        allowed &= ~concerned | (enough[0] & enough[1])
    return allowed


def narrowed(claims: Sequence[Claims], indicator: str, level: str, known: Range) -> Range:
    """Return what is known of areas today, given also what was said of them before."""
    least, most = known.least.copy(), known.most.copy()
    for claim in claims:
        step = claim.step
        bound = step.changed(indicator)[1]
        same = step.alone if level == "rt" else step.closed(level)
        reach = bound[step.now] if level == "rt" else step.total(level, bound)
        kept = (claim.at >= 0) & same[claim.at]
        at = claim.at[kept]
        least[at] = np.maximum(least[at], claim.numerators.least[kept] - reach[at])
        most[at] = np.minimum(most[at], claim.numerators.most[kept] + reach[at])
    return Range(least, most)


def desa_sums(claims: Sequence[Claims], indicator: str, cells: Cells, rts: Range) -> Range:
    """
    Return what is known of the desa from what is known of their RTs, today and before.

    Where RTs split or merged, their group as a whole is bound by what was said before.
    """
    found = Range(cells.up("rt", rts.least), cells.up("rt", rts.most))
    for claim in claims:
        found = found.within(_desa_sums_by_group(claim, indicator, cells, rts))
    return found


def _desa_sums_by_group(claim: Claims, indicator: str, cells: Cells, rts: Range) -> Range:
    step, n = claim.step, cells.n("desa")
    place = claim.step.rts.get_indexer(claim.ids)
    of = step.denominators[indicator].reindex(step.rts).fillna(0.0).to_numpy()
    least, most = np.zeros(len(of)), of if base_of(indicator) not in UNBOUNDED else of + np.inf
    least[place], most[place] = claim.numerators.least, claim.numerators.most
    bound = step.changed(indicator)[1]
    groups = Range(
        _sum(step.now, rts.least, step.n_groups), _sum(step.now, rts.most, step.n_groups)
    ).within(
        Range(
            _sum(step.then, least, step.n_groups) - bound,
            _sum(step.then, most, step.n_groups) + bound,
        )
    )
    inside = step.inside("desa")
    loose = inside[step.now] == -1
    home = cells.home["desa"][loose]
    return Range(
        _sum(inside[inside >= 0], groups.least[inside >= 0], n) + _sum(home, rts.least[loose], n),
        _sum(inside[inside >= 0], groups.most[inside >= 0], n) + _sum(home, rts.most[loose], n),
    )


def _sum(codes: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    return np.bincount(codes, weights=values, minlength=n)
