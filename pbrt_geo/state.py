"""Everything that was true on one date, with integer codes for fast sums.

A `State` holds the living RTs, their boundaries and the latest data round up to the date.
Rows that point to an RT which did not live on that date are kept, counted by `match_report`,
and belong to no area: nothing is dropped silently and nothing is guessed.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from itertools import pairwise
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from pbrt_geo.lineage import Lineage, lineage_of
from pbrt_geo.parameters import Parameters, holds_on
from pbrt_geo.schema import LEVELS, RT

Found = TypeVar("Found")


@dataclass(frozen=True)
class State:
    """
    The tables as of `date`.

    `areas` is indexed by `area_id`, `rt` and `boundaries` by `rt_id`, `programmes` by
    `programme_id`; the other tables keep a plain index. `rt_lives` has one row per RT that ever
    lived up to `date`: `desa_id` (the last one), `born` (missing: it was there already when
    recording began), `ended`. A desa or kecamatan with events is in `areas` only while it lives,
    by the name and parent of the date; one without events always is.
    """

    date: dt.date
    areas: pd.DataFrame
    rt: pd.DataFrame
    rt_lives: pd.DataFrame
    boundaries: gpd.GeoDataFrame
    area_boundaries: gpd.GeoDataFrame
    households: pd.DataFrame
    residents: pd.DataFrame
    programmes: pd.DataFrame
    reports: pd.DataFrame
    enrolments: pd.DataFrame
    parameters: Parameters
    lineage: Lineage

    def parameter(self, name: str, default: float | None = None) -> float:
        """Return a dated value as it was on the state's date; NaN where nobody is recorded."""
        if default is None and self.households.empty:
            default = np.nan  # a region may begin with boundaries alone
        return self.parameters.on(name, self.date, default)

    @cached_property
    def ids(self) -> dict[str, pd.Index]:
        """Identifiers of all areas of each level, in the order of the codes."""
        levels = self.areas["level"]
        ids = {level: self.areas.index[levels == level].sort_values() for level in LEVELS[1:]}
        return {"rt": self.rt.index} | ids

    @cached_property
    def parent_codes(self) -> dict[str, np.ndarray]:
        """For each level below the top: the code of each area's parent, -1 where it has none."""
        parents = {"rt": self.rt["desa_id"]}
        for level in LEVELS[1:-1]:
            parents[level] = self.areas.loc[self.ids[level], "parent_id"]
        uppers = dict(pairwise(LEVELS))
        return {
            level: self.ids[uppers[level]].get_indexer(parent) for level, parent in parents.items()
        }

    @cached_property
    def household_codes(self) -> np.ndarray:
        """Code of the RT of each household, -1 where its RT does not live on the date."""
        return codes_in(self.households["rt_id"], self.ids["rt"])

    @cached_property
    def household_index(self) -> pd.Index:
        """Household identifiers, to find the row of a household."""
        return pd.Index(self.households["household_id"])

    @cached_property
    def resident_rows(self) -> np.ndarray:
        """Row of the household of each resident, -1 where the household is not in the round."""
        return codes_in(self.residents["household_id"], self.household_index)

    @cached_property
    def resident_codes(self) -> np.ndarray:
        """Code of the RT of each resident, -1 where unknown."""
        return taken(self.household_codes, self.resident_rows, -1)

    @cached_property
    def ages(self) -> np.ndarray:
        """Completed years of life of each resident on the date; NaN without a birth date."""
        born = self.residents["birth_date"]
        day = pd.Timestamp(self.date)
        years = (day.year - born.dt.year).to_numpy(dtype=float, na_value=np.nan)
        had_birthday = (born.dt.month * 100 + born.dt.day) <= day.month * 100 + day.day
        return years - ~had_birthday.to_numpy(dtype=bool, na_value=False)

    @cached_property
    def memo(self) -> dict[tuple, Any]:
        """What functions marked `remembered` have found out about this state."""
        return {}

    def match_report(self) -> pd.DataFrame:
        """
        Tell for each table how many rows joined an RT living on the date, and why others did not.

        Returns
        -------
        match_report
            Columns `table`, `n_rows`, `n_matched`, `n_unmatched`, `reason` (empty if all joined).
        """
        no_polygon = ~self.rt.index.isin(self.boundaries.index)
        in_round = codes_in(self.enrolments["household_id"], self.household_index) >= 0
        checks = {
            ("households", "rt_not_alive"): self.household_codes >= 0,
            ("residents", "household_not_in_round"): self.resident_rows >= 0,
            ("enrolments", "household_not_in_round"): in_round,
            ("programme_reports", "rt_not_alive"): self.reports["rt_id"].isin(self.rt.index),
            ("rt", "no_polygon"): ~no_polygon,
        }
        rows = [
            (table, len(good), int(np.sum(good)), int(np.sum(~np.asarray(good))), reason)
            for (table, reason), good in checks.items()
        ]
        report = pd.DataFrame(
            rows, columns=["table", "n_rows", "n_matched", "n_unmatched", "reason"]
        )
        report.loc[report["n_unmatched"] == 0, "reason"] = ""
        return report

    def expired(self) -> pd.DataFrame:
        """
        Return the RT codes of the data that do not live on the date, and who came after them.

        Returns
        -------
        expired
            One row per table and code: `rt_id`, `table`, `n_rows`, `ended` (missing: not yet born
            on the date), `kind` and `sk_number` of the event that ended it, `successors` (list of
            the RTs living on the date that may hold its people).
        """
        parts = [
            _lost(self.households["rt_id"], "households", self.rt.index),
            _lost(self.reports["rt_id"], "programme_reports", self.rt.index),
        ]
        rows = pd.concat(parts, ignore_index=True)
        fates = self.lineage.fates(rows["rt_id"].tolist(), self.date)
        return rows.join(fates.reset_index(drop=True))


def _lost(codes: pd.Series, table: str, living: pd.Index) -> pd.DataFrame:
    counts = codes[~codes.isin(living)].value_counts().sort_index()
    return pd.DataFrame({"rt_id": counts.index, "table": table, "n_rows": counts.to_numpy()})


def remembered(function: Callable[..., Found]) -> Callable[..., Found]:
    """Ask `function(state, ...)` only once for each state; several indicators share the answer."""

    @wraps(function)
    def ask(state: State, *arguments: Any) -> Found:
        key = (function.__module__, function.__name__, *arguments)
        if key not in state.memo:
            state.memo[key] = function(state, *arguments)
        return state.memo[key]

    return ask


def codes_in(values: pd.Series, index: pd.Index) -> np.ndarray:
    """Return the position of each value in `index`, -1 where it is absent."""
    if len(values) <= len(index):
        return index.get_indexer(values)
    # A register repeats its RT many times: look each distinct one up once.
    codes, distinct = pd.factorize(values)
    return taken(index.get_indexer(distinct), codes, -1)


def taken(values: np.ndarray, rows: np.ndarray, missing: float) -> np.ndarray:
    """Return `values[rows]`, with `missing` where the row is -1."""
    if not len(values):
        return np.full(len(rows), missing)
    return np.where(rows >= 0, values[rows], missing).astype(values.dtype)


def state_on(
    tables: dict[str, pd.DataFrame],
    parameters: Parameters,
    date: dt.date,
    lineage: Lineage | None = None,
) -> State:
    """
    Cut the tables of a region down to what was true on `date`.

    `lineage` is that of the tables; it is worked out where it is not given.
    """
    lineage = lineage_of(tables) if lineage is None else lineage
    living = rt_on(lineage, date)
    return State(
        date=date,
        areas=areas_on(tables["areas"], lineage, date),
        rt=living,
        rt_lives=_rt_lives(lineage, date),
        boundaries=boundaries_on(tables["rt_boundaries"], living.index, date),
        area_boundaries=_indexed(tables["area_boundaries"], "area_id", date),
        households=latest_round(tables["households"], date),
        residents=latest_round(tables["residents"], date),
        programmes=_indexed(tables["programmes"], "programme_id", date),
        reports=latest_round(tables["programme_reports"], date),
        enrolments=latest_round(tables["enrolments"], date),
        parameters=parameters,
        lineage=lineage,
    )


def rt_on(lineage: Lineage, date: dt.date) -> pd.DataFrame:
    """Return the RTs that live on `date`, indexed by `rt_id`; columns as the table `rt`."""
    rows = lineage.on(date).rename(columns={"parent_id": "desa_id"}).rename_axis("rt_id")
    return rows[[column.name for column in RT.columns if column.name != "rt_id"]]


def boundaries_on(table: gpd.GeoDataFrame, living: pd.Index, date: dt.date) -> gpd.GeoDataFrame:
    """Return the polygons that hold on `date` of the RTs in `living`, indexed by `rt_id`."""
    rows = _indexed(table, "rt_id", date)
    return rows.loc[living.intersection(rows.index)]


def areas_on(areas: pd.DataFrame, lineage: Lineage, date: dt.date) -> pd.DataFrame:
    """Return the areas that are there on `date`, by their names and parents of that date."""
    table = areas.set_index("area_id").sort_index()
    levels = ("desa", "kecamatan")
    told = lineage.periods.loc[lineage.periods["level"].isin(levels), "unit_id"]
    if told.empty:
        return table
    living = pd.concat([lineage.on(date, level) for level in levels])
    table = table[~table.index.isin(told) | table.index.isin(living.index)].copy()
    table.loc[living.index, ["name", "parent_id"]] = living[["name", "parent_id"]]
    return table


def _rt_lives(lineage: Lineage, date: dt.date) -> pd.DataFrame:
    lives = lineage.lives("rt", date).rename(columns={"parent_id": "desa_id"})
    return lives[["desa_id", "born", "ended"]].rename_axis("rt_id")


def rt_lives(rt: pd.DataFrame, date: dt.date) -> pd.DataFrame:
    """
    Return when each RT was born and ended, as known on `date`; an RT that lives has no `ended`.

    Several rows of one RT (a new number, a new name) are one life.
    """
    past = rt[rt["valid_from"] <= pd.Timestamp(date)].sort_values("valid_from")
    # Not groupby().last(), which would skip the empty `valid_to` of an RT that lives.
    lives = past.drop_duplicates("rt_id", keep="last").set_index("rt_id").sort_index()
    lives = lives[["desa_id", "valid_to"]].rename(columns={"valid_to": "ended"})
    lives.insert(1, "born", past.groupby("rt_id")["valid_from"].min())
    lives.loc[lives["ended"] > pd.Timestamp(date), "ended"] = pd.NaT
    return lives


def latest_round(table: pd.DataFrame, date: dt.date) -> pd.DataFrame:
    """Return the rows of the latest data round up to `date`."""
    rounds = table["as_of"]
    past = rounds <= pd.Timestamp(date)
    if not past.any():
        return table.iloc[:0].reset_index(drop=True)
    return table[rounds == rounds[past].max()].reset_index(drop=True)


def _indexed(table: pd.DataFrame, key: str, date: dt.date) -> pd.DataFrame:
    return table[holds_on(table, date)].set_index(key).sort_index()
