"""Where the people of one date count on another, and on what evidence."""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from pbrt_geo.schema import EVIDENCE, LEVELS
from pbrt_geo.state import State, taken


@dataclass(frozen=True, eq=False)
class Placement:
    """
    The households of one date on the RTs of another.

    `rows`, `codes` and `weights` belong together: the household in that row of
    `State.households` counts with that weight in the RT at that position of `ids`; the weights of
    a household add up to 1. `weights_table` has a row for each pair of RTs that may share people:
    `from_id`, `to_id`, `weight` (share of the placed households of `from_id`), `n_households`,
    `evidence`. `evidence` names for each RT of `ids` the weakest evidence its numbers rest on.
    `unplaced` are the rows of households that no RT takes; `strays` says for each upper level
    which of them still count there, because the desa (or above) they lived in is the same.
    """

    state_date: dt.date
    date: dt.date
    ids: pd.Index
    rows: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    weights_table: pd.DataFrame
    evidence: pd.Series
    unplaced: np.ndarray
    strays: dict[str, tuple[np.ndarray, np.ndarray]]


def evidence_by_level(placement: Placement, state: State, onto: State) -> dict[str, pd.Series]:
    """
    Name for each area of each level, on the date of `onto`, the weakest evidence it rests on.

    A desa or kecamatan rests on what crossed its border: where all that happened stayed inside,
    its numbers are its own, `unchanged`.
    """
    found = {"rt": placement.evidence}
    pairs = placement.weights_table
    pairs = pairs[pairs["weight"] > 0]
    from_ = state.ids["rt"].get_indexer(pairs["from_id"])
    to = placement.ids.get_indexer(pairs["to_id"])
    for lower, upper in pairwise(LEVELS):
        from_ = taken(state.parent_codes[lower], from_, -1)
        to = taken(onto.parent_codes[lower], to, -1)
        left = state.ids[upper].take(from_, fill_value=np.nan)
        got = onto.ids[upper].take(to, fill_value=np.nan)
        crossed = np.asarray(left != got)
        areas = pd.Series([*left[crossed], *got[crossed]], dtype=object)
        kinds = pd.Series([*pairs["evidence"][crossed]] * 2, dtype=object)
        of_area = weakest(areas, kinds).reindex(onto.ids[upper])
        found[upper] = of_area.fillna(EVIDENCE[0])
    return found


def weakest(areas: pd.Series, evidence: pd.Series) -> pd.Series:
    """Return the weakest evidence of each area."""
    ranks = pd.Series(pd.Index(EVIDENCE).get_indexer(evidence), index=areas.to_numpy())
    highest = ranks.groupby(level=0).max()
    return highest.map(dict(enumerate(EVIDENCE))).astype(object)
