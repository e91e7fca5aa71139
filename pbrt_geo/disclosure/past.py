"""What earlier public editions said, and how many households changed since then, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.bins import Range
from pbrt_geo.disclosure.cells import BY_PROGRAMME, UPPER, Cells
from pbrt_geo.disclosure.links import base_of, members_of, parts_of_indicator
from pbrt_geo.disclosure.model import numerator_limits
from pbrt_geo.edition import Edition
from pbrt_geo.schema import LEVELS


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
        By level, the position today of the area that each RT lay in then; −1 if it is gone.
    turnover
        By indicator and group, how many households changed, and by how much the numerator can.
    denominators
        By indicator, of each RT on the earlier date; 0 where nothing was known.
    """

    date: pd.Timestamp
    cells: Cells
    rts: pd.Index
    then: np.ndarray
    now: np.ndarray
    places: dict[str, np.ndarray]
    turnover: dict[str, tuple[np.ndarray, np.ndarray]]
    denominators: dict[str, np.ndarray]

    @property
    def n_groups(self) -> int:
        """How many groups there are."""
        return _n_groups(self.then, self.now)

    def changed(self, indicator: str) -> tuple[np.ndarray, np.ndarray]:
        """Return by group how many households changed, and by how much the numerator can have."""
        unknown = np.zeros(self.n_groups), np.full(self.n_groups, np.inf)
        return self.turnover.get(indicator, unknown)

    def denominator(self, indicator: str, level: str) -> np.ndarray:
        """Return the denominators then: of the RTs of then, or of the upper areas of today."""
        by_rt = self.denominators.get(indicator, np.zeros(len(self.rts)))
        if level == "rt":
            return by_rt
        kept = self.places[level] >= 0
        return summed(self.places[level][kept], by_rt[kept], self.cells.n(level))

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

    @cached_property
    def inside(self) -> dict[str, np.ndarray]:
        """By level, the area that all RTs of each group lie in, today and then; −1 if none."""
        found = {}
        for level, (groups, areas) in self._touching.items():
            n_areas = np.bincount(groups, minlength=self.n_groups)
            one = np.full(self.n_groups, -1)
            one[groups] = areas
            found[level] = np.where(n_areas == 1, one, -1)
        return found

    @cached_property
    def closed(self) -> dict[str, np.ndarray]:
        """By level, mark the areas of today from which no group reaches out, today or then."""
        found = {}
        for level, (groups, areas) in self._touching.items():
            found[level] = np.ones(self.cells.n(level), dtype=bool)
            found[level][areas[(self.inside[level][groups] == -1) & (areas >= 0)]] = False
        return found

    def total(self, level: str, values: np.ndarray) -> np.ndarray:
        """Add values of groups up to all areas of today that they touch."""
        groups, areas = self._touching[level]
        kept = areas >= 0
        return summed(areas[kept], values[groups[kept]], self.cells.n(level))


@dataclass(frozen=True)
class Claims:
    """
    What was said of one indicator at one level about one earlier date.

    `at` is the position today of each area (−1 gone), `then` that of an RT among the RTs of that
    date; `numerators` is what each claim allowed then.
    """

    step: Step
    at: np.ndarray
    then: np.ndarray
    low: np.ndarray
    high: np.ndarray
    closed: np.ndarray
    numerators: Range


class Past:
    """All claims of earlier public editions."""

    def __init__(self, cells: Cells, earlier: Sequence[Edition], bases: Sequence[str]) -> None:
        self.cells = cells
        self._editions = sorted(earlier, key=lambda edition: edition.as_of)
        self._found: dict[tuple[str, str], list[Claims]] = {}
        self.steps: dict[pd.Timestamp, Step] = {}
        table = self._said(frozenset(bases))
        for since, rows in table.groupby("since", sort=True):
            step = self.steps[pd.Timestamp(since)] = self._step(pd.Timestamp(since))
            for level in LEVELS:
                self._add(step, level, rows[rows["level"] == level])

    def claims(self, indicator: str, level: str) -> list[Claims]:
        """Return the claims of one indicator at one level, one entry by date, earliest first."""
        return self._found.get((indicator, level), [])

    def _said(self, bases: frozenset[str]) -> pd.DataFrame:
        columns = ["indicator", "level", "area_id", "low", "high", "closed", "since"]
        parts = [pd.DataFrame(columns=columns)]
        for edition in self._editions:
            table = edition.values
            names = table["indicator"].astype("category").cat
            told = [base_of(n) in bases and self._is_same(n, edition) for n in names.categories]
            kept = np.array([*told, False])[names.codes] & table["state"].eq("value").to_numpy()
            parts.append(table.loc[kept, columns])
        parts = [part.astype({"indicator": "str", "level": "str"}) for part in parts if len(part)]
        if not parts:
            return pd.DataFrame(columns=columns)
        # a claim that was held is the same claim
        return pd.concat(parts).drop_duplicates(["indicator", "level", "area_id", "since"])

    def _is_same(self, indicator: str, edition: Edition) -> bool:
        """Tell whether an indicator was about the same programmes."""
        base, _, group = indicator.partition(":")
        then, now = edition.programmes, self.cells.edition.programmes
        if base == "none_reached_rate":
            return set(then.index[then["target"] != "all"]) == set(
                now.index[now["target"] != "all"]
            )
        return base not in BY_PROGRAMME or members_of(group, then) == members_of(group, now)

    def _add(self, step: Step, level: str, rows: pd.DataFrame) -> None:
        """Sort the claims about one date at one level by indicator."""
        at = self.cells.ids[level].get_indexer(rows["area_id"])
        then = step.rts.get_indexer(rows["area_id"]) if level == "rt" else np.full(len(rows), -1)
        low, high = (rows[name].to_numpy(dtype=float) for name in ("low", "high"))
        closed = rows["closed"].to_numpy(dtype=bool)
        for indicator, i in rows.groupby("indicator", sort=False).indices.items():
            name = str(indicator)
            denominator = step.denominator(name, level)
            of = denominator[then[i] if level == "rt" else at[i]]
            with np.errstate(invalid="ignore"):  # no end, times nobody
                least, most = numerator_limits(
                    low[i], high[i], closed[i], of, parts_of_indicator(name)
                )
            numerators = Range(least, np.where(np.isnan(most), 0.0, most))
            claims = Claims(step, at[i], then[i], low[i], high[i], closed[i], numerators)
            self._found.setdefault((name, level), []).append(claims)

    def _step(self, date: pd.Timestamp) -> Step:
        internal, cells = self.cells.edition, self.cells
        kin = _between(internal.kin, date, cells.date)
        before = kin[kin["side"].eq("before")]
        after = kin[kin["side"].eq("after")].set_index("rt_id")["group"]
        then = before["group"].to_numpy(dtype=int)
        now = after.reindex(cells.ids["rt"]).to_numpy(dtype=int)
        rts, areas = pd.Index(before["rt_id"]), self._areas_on(date)
        return Step(
            date=date,
            cells=cells,
            rts=rts,
            then=then,
            now=now,
            places={
                level: cells.ids[level].get_indexer(areas[f"{level}_id"].reindex(rts))
                for level in UPPER
            },
            turnover=_by_group(_between(internal.turnover, date, cells.date), _n_groups(then, now)),
            denominators=_by_rt(internal.earlier[internal.earlier["date"] == date], rts),
        )

    def _areas_on(self, date: pd.Timestamp) -> pd.DataFrame:
        """Return the areas of a date; where its edition is gone, those of the next."""
        later = [edition for edition in self._editions if pd.Timestamp(edition.as_of) >= date]
        return (later[0] if later else self.cells.edition).areas


def _between(table: pd.DataFrame, before: pd.Timestamp, after: pd.Timestamp) -> pd.DataFrame:
    return table[(table["before"] == before) & (table["after"] == after)]


def _by_group(table: pd.DataFrame, n_groups: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    group = table["group"].to_numpy(dtype=int)
    parts = [table[name].to_numpy(dtype=float) for name in ("n_changed", "bound")]
    rows = table.groupby("indicator", sort=False, observed=True).indices
    return {
        str(name): (
            summed(group[i], parts[0][i], n_groups),
            summed(group[i], parts[1][i], n_groups),
        )
        for name, i in rows.items()
    }


def _by_rt(table: pd.DataFrame, rts: pd.Index) -> dict[str, np.ndarray]:
    at = rts.get_indexer(table["area_id"])
    values = np.nan_to_num(table["denominator"].to_numpy(dtype=float))
    found = {}
    for name, i in table.groupby("indicator", sort=False, observed=True).indices.items():
        kept = i[at[i] >= 0]
        found[str(name)] = summed(at[kept], values[kept], len(rts))
    return found


def _n_groups(then: np.ndarray, now: np.ndarray) -> int:
    return int(max(then.max(initial=-1), now.max(initial=-1))) + 1


def summed(codes: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """Add values up by code, for codes 0 to n - 1."""
    return np.bincount(codes, weights=values, minlength=n)
