"""Growth of the institution itself: how many RTs there are, were born and ended."""

import numpy as np
import pandas as pd

from pbrt_geo.measures import Tally, measure
from pbrt_geo.region import Region
from pbrt_geo.state import State, rt_lives


@measure(topic="growth", kind="count", breaks=(5, 10, 15, 25))
def n_rt(state: State) -> Tally:
    """RTs that live on the date."""
    return Tally("rt", np.ones(len(state.rt)))


@measure(topic="growth", kind="count", breaks=(1, 2, 3, 5))
def n_rt_born(state: State) -> Tally:
    """RTs born in the calendar year up to the date, whether or not they still live."""
    return _per_desa(state, "born")


@measure(topic="growth", kind="count", breaks=(1, 2, 3, 5))
def n_rt_ended(state: State) -> Tally:
    """RTs that ended in the calendar year up to the date (merged or dissolved)."""
    return _per_desa(state, "ended")


def _per_desa(state: State, event: str) -> Tally:
    in_year = state.rt_lives[event].dt.year == state.date.year
    desa = state.ids["desa"]
    codes = desa.get_indexer(state.rt_lives.loc[in_year, "desa_id"])
    events = np.bincount(codes, minlength=len(desa)).astype(float)
    everyone = np.ones(len(desa))
    known = everyone * (len(state.rt_lives) > 0)  # without a list of RTs nothing is known
    return Tally("desa", events, None, known, everyone)


def growth_table(region: Region) -> pd.DataFrame:
    """
    RTs on the date of each round, and births and ends since the round before.

    Returns
    -------
    growth_table
        Columns `year`, `n_rt`, `born`, `ended`, `estimated`; the first round has no births or
        ends, since nothing before it is recorded. In every other row
        `n_rt` = `n_rt` before + `born` - `ended`.
    """
    rows = []
    before = None
    for date, estimated in sorted(region.rounds.items()):
        lives = rt_lives(region.tables["rt"], date)
        alive = int(lives["ended"].isna().sum())
        born = ended = pd.NA
        if before is not None:
            born = int((lives["born"] > pd.Timestamp(before)).sum())
            ended = int((lives["ended"] > pd.Timestamp(before)).sum())
        rows.append((date.year, alive, born, ended, estimated))
        before = date
    table = pd.DataFrame(rows, columns=["year", "n_rt", "born", "ended", "estimated"])
    return table.astype({"born": "Int64", "ended": "Int64"})
