"""Which events stand: later rows correct earlier ones, nothing is erased."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pbrt_geo.errors import Problem
from pbrt_geo.lineage.told import listed

EVENT_COLUMNS = ("level", "kind", "date", "sk_number", "corrects", "reason", "note", "source")


def standing(events: pd.DataFrame) -> pd.DataFrame:
    """
    Return the events that no later one corrects and that did happen, by date and number.

    Returns
    -------
    events
        Indexed by `event_id`; columns `EVENT_COLUMNS`.
    """
    out = events["event_id"].isin(events["corrects"].dropna()) | (events["kind"] == "batal")
    kept = events[~out]
    order = np.lexsort((serials(kept["event_id"]), kept["date"].to_numpy()))
    return kept.iloc[order].set_index("event_id")[list(EVENT_COLUMNS)]


def serials(event_ids: pd.Series) -> np.ndarray:
    """Return the number in each event id: 12 of E00012."""
    return event_ids.str.slice(1).astype("int64").to_numpy()


def correction_problems(events: pd.DataFrame, units: pd.DataFrame) -> list[Problem]:
    """List corrections of unknown or later events, without a reason, or of one event twice."""
    ids, target = events["event_id"], events["corrects"]
    at = pd.Index(ids).get_indexer(target)
    number = serials(ids)
    known, corrects = at >= 0, target.notna()
    earlier = np.r_[number, -1][at] < number
    voids = events["kind"] == "batal"
    silent = events["reason"].isna() | (events["reason"].str.strip() == "")
    told = units["event_id"].isin(ids[voids])
    checks = {
        "lineage_corrects_unknown": corrects & ~known,
        "lineage_corrects_later": known & ~earlier,
        "lineage_corrects_twice": corrects & target.duplicated(keep=False),
        "lineage_no_reason": corrects & silent,
        "lineage_void_alone": voids & ~corrects,
    }
    found = [_problem(key, ids[bad], target[bad]) for key, bad in checks.items() if bad.any()]
    if told.any():
        found.append(
            _problem("lineage_void_units", *units.loc[told, ["event_id", "unit_id"]].T.values)
        )
    return found


def _problem(key: str, events: Iterable[object], others: Iterable[object]) -> Problem:
    n, where = listed(events, others)
    return Problem(key, {"n": n, "where": where})
