"""Growth of the institution itself: how many RTs there are, were born and ended, and their size."""

import datetime as dt

import numpy as np
import pandas as pd

from pbrt_geo.lineage import Lineage
from pbrt_geo.measures import Tally, measure
from pbrt_geo.region import Region
from pbrt_geo.state import State, remembered


@measure(topic="growth", kind="count", breaks=(5, 10, 15, 25))
def n_rt(state: State) -> Tally:
    """RTs that live on the date."""
    return Tally("rt", np.ones(len(state.rt)))


@measure(topic="growth", kind="count", breaks=(1, 2, 3, 5))
def n_rt_born(state: State) -> Tally:
    """
    RTs born in the calendar year up to the date, whether or not they still live.

    An RT that was there already when recording began (`awal`) was not born.
    """
    return _per_desa(state, "born")


@measure(topic="growth", kind="count", breaks=(1, 2, 3, 5))
def n_rt_ended(state: State) -> Tally:
    """RTs that ended in the calendar year up to the date (merged or dissolved)."""
    return _per_desa(state, "ended")


def _per_desa(state: State, event: str) -> Tally:
    in_year = state.rt_lives[event].dt.year == state.date.year
    desa = state.ids["desa"]
    codes = desa.get_indexer(state.rt_lives.loc[in_year, "desa_id"])
    codes = codes[codes >= 0]  # a desa that is no more
    events = np.bincount(codes, minlength=len(desa)).astype(float)
    everyone = np.ones(len(desa))
    known = everyone * (len(state.rt_lives) > 0)  # without a list of RTs nothing is known
    return Tally("desa", events, None, known, everyone)


# ── the rule on the size of an RT ───────────────────────────────────────────────────────────────


@measure(topic="growth", kind="rate", better="low", breaks=(0.5, 1, 1.5, 2))
def limit_use_rate(state: State) -> Tally:
    """
    Households of an RT by the number the rule allows; above 1 it has more than it should.

    The limits are the dated parameters `rt_max_households_desa` and `rt_max_households_kelurahan`.
    Of an area: households of its RTs by the sum of their limits. RTs without any recorded
    household, and all where no limit is given, are left out.

    References
    ----------
    Permendagri 7/1983: at most 30 households in an RT of a desa, 50 of a kelurahan.
    """
    households, limit = _households_and_limit(state)
    known = _size_known(state)
    return Tally("rt", households * known, np.nan_to_num(limit) * known, known, np.ones(len(known)))


@measure(topic="growth", kind="count", better="low", breaks=(1, 2, 5, 10))
def n_rt_over_limit(state: State) -> Tally:
    """
    RTs with more households than the rule allows (see `limit_use_rate`).

    References
    ----------
    Permendagri 7/1983: at most 30 households in an RT of a desa, 50 of a kelurahan.
    """
    households, limit = _households_and_limit(state)
    known = _size_known(state)
    return Tally("rt", (households > limit) * known, None, known, np.ones(len(known)))


@remembered
def _households_and_limit(state: State) -> tuple[np.ndarray, np.ndarray]:
    """Return households and limit of each RT; NaN without a limit."""
    codes = state.household_codes
    households = np.bincount(codes[codes >= 0], minlength=len(state.rt)).astype(float)
    kind = state.rt["desa_id"].map(state.areas["kind"])
    limit = np.full(len(state.rt), np.nan)
    for name in ("Desa", "Kelurahan"):
        allowed = state.parameter(f"rt_max_households_{name.lower()}", default=np.nan)
        limit[(kind == name).to_numpy()] = allowed
    return households, limit


def _size_known(state: State) -> np.ndarray:
    households, limit = _households_and_limit(state)
    return ((households > 0) & (limit > 0)).astype(float)


# ── why there are more ──────────────────────────────────────────────────────────────────────────


def growth_table(region: Region) -> pd.DataFrame:
    """
    RTs on the date of each round, and what happened since the round before.

    Returns
    -------
    growth_table
        `year`, `n_rt`, `born`, `ended`, and by kind of event what it added or took away: `split`
        (RTs more by splits), `formed`, `merged` (RTs fewer by mergers), `dissolved`; `recorded`
        (were there before but are told of only from then on) and `estimated` (the date of the
        round is an estimate). The first round has no changes, since nothing before it is
        recorded. In every other row `n_rt` = `n_rt` before + `recorded` + `born` - `ended`, and
        `born` - `ended` = `split` + `formed` - `merged` - `dissolved`.
    """
    changes = rt_changes(region.lineage)
    rows = []
    before = None
    for date, estimated in sorted(region.rounds.items()):
        alive = len(region.lineage.on(date))
        since = [pd.NA] * len(_CHANGES) if before is None else _counts(changes, before, date)
        rows.append((date.year, alive, *since, estimated))
        before = date
    table = pd.DataFrame(rows, columns=["year", "n_rt", *_CHANGES, "estimated"])
    return table.astype(dict.fromkeys(_CHANGES, "Int64"))


_CHANGES = ("born", "ended", "split", "formed", "merged", "dissolved", "recorded")


def rt_changes(lineage: Lineage) -> pd.DataFrame:
    """
    List every RT that an event brought about or ended.

    Returns
    -------
    rt_changes
        `rt_id`, `event_id`, `date`, `kind`, `change` (+1: there from then on, -1: no more), by
        date. A kind says what happened: the new RTs of a split are +1 of `pecah`.
    """
    events = lineage.events[["level", "kind", "date"]]
    units = lineage.units
    both = units.duplicated(["event_id", "unit_id"], keep=False)
    alone = units[~both].join(events, on="event_id")
    alone = alone[alone["level"] == "rt"]
    change = np.where(alone["role"] == "after", 1, -1)
    table = alone.rename(columns={"unit_id": "rt_id"})[["rt_id", "event_id", "date", "kind"]]
    return table.assign(change=change).sort_values(["date", "rt_id"], ignore_index=True)


def _counts(changes: pd.DataFrame, after: dt.date, until: dt.date) -> tuple[int, ...]:
    """Count changes after a day up to and with another, in the order of `_CHANGES`."""
    date = changes["date"]
    new = changes[(date > pd.Timestamp(after)) & (date <= pd.Timestamp(until))]
    net = new.groupby("kind")["change"].sum().to_dict()
    kinds = [net.get(kind, 0) for kind in ("pecah", "bentuk", "gabung", "bubar", "awal")]
    events = new.loc[new["kind"] != "awal", "change"]
    born, ended = int((events > 0).sum()), int((events < 0).sum())
    split, formed, merged, dissolved, recorded = map(int, kinds)
    return born, ended, split, formed, -merged, -dissolved, recorded
