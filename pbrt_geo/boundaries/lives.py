"""RTs that do not live on a day: when they ended, by what, and who came after them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pbrt_geo.boundaries.place import listed
from pbrt_geo.boundaries.tables import has_events, read_areas
from pbrt_geo.errors import Problem
from pbrt_geo.lineage import Lineage, read_lineage
from pbrt_geo.region import read_table
from pbrt_geo.schema import EVENT_UNITS, EVENTS
from pbrt_geo.text import say

_TOLD = 5  # RTs that are told one by one


def lineage_in(region: Path) -> Lineage | None:
    """Return the lineage of a region folder; None if it has no events, only a list of RTs."""
    if not has_events(region):
        return None
    events, units = read_table(EVENTS, region), read_table(EVENT_UNITS, region)
    return read_lineage(events, units, read_areas(region))


def ends_of(rt: pd.DataFrame | None, date: dt.date) -> pd.Series:
    """Return by RT that has ended up to `date` the day on which it did."""
    if rt is None or rt.empty:
        return pd.Series(dtype="datetime64[s]")
    last = rt["valid_to"].fillna("9999-12-31").groupby(rt["rt_id"]).max()
    return pd.to_datetime(last[last <= date.isoformat()]).astype("datetime64[s]")


def lives_problems(
    rows: pd.DataFrame, rt: pd.DataFrame, date: dt.date | None, lineage: Lineage | None
) -> list[Problem]:
    """
    Say of rows whose RT does not live on `date` why: ended, not yet there, or not known at all.

    Parameters
    ----------
    rows
        `row` and `unit_id` of those rows.
    rt
        All RTs there ever were, as text; `date` missing: until further notice.
    """
    began = rt.groupby("rt_id")["valid_from"].min()
    known = rows["unit_id"].isin(began.index)
    future = rows["unit_id"].map(began) > ("9999" if date is None else date.isoformat())
    problems = []
    for key, which in (
        ("boundary_rt_ended", known & ~future),
        ("boundary_rt_not_yet", known & future),
        ("boundary_rt_unknown", ~known),
    ):
        found = rows[which.to_numpy(bool)]
        if found.empty:
            continue
        facts = {"n": len(found), "rows": listed(found["row"])}
        if key == "boundary_rt_ended":
            facts["told"] = _ended(found["unit_id"], rt, date, lineage)
        if key == "boundary_rt_not_yet":
            facts["told"] = listed(found["unit_id"] + " " + found["unit_id"].map(began))
        problems.append(Problem(key, facts))
    return problems


def _ended(
    ids: pd.Series, rt: pd.DataFrame, date: dt.date | None, lineage: Lineage | None
) -> Callable[[str], str]:
    """Tell of each RT when and by what it ended, and its successors, in a language."""
    ends = ends_of(rt, date or dt.date(9999, 12, 30)).dt.strftime("%Y-%m-%d")
    told = []
    for rt_id in list(dict.fromkeys(ids))[:_TOLD]:
        day = str(ends.get(rt_id, ""))
        kind, number, after = _by_event(rt_id, day, date, lineage)
        told.append({"rt": rt_id, "day": day, "kind": kind, "sk": number, "to": after})
    more = ids.nunique() > _TOLD

    def say_all(language: str) -> str:
        parts = [_said(language, **facts) for facts in told]
        return "; ".join(parts) + ("; …" if more else "")

    return say_all


def _by_event(
    rt_id: str, day: str, date: dt.date | None, lineage: Lineage | None
) -> tuple[str, str, list[str]]:
    """Kind and decision of the event that ended an RT, and who lives in its place on the date."""
    if lineage is None:
        return "", "", []
    own = lineage.units["event_id"][lineage.units["unit_id"] == rt_id].unique()
    events = lineage.events.loc[own]
    event = events[events["date"] == pd.Timestamp(day)].iloc[0]
    until = date or lineage.events["date"].max().date()
    number = event["sk_number"] if isinstance(event["sk_number"], str) else ""
    return str(event["kind"]), number, lineage.successors(rt_id, until)


def _said(language: str, *, rt: str, day: str, kind: str, sk: str, to: list[str]) -> str:
    what = say(f"lineage.kind.{kind}", language) if kind else say("vintages.ended", language)
    by = f" ({sk})" if sk else ""
    key = "vintages.successors" if to else "vintages.no_successors"
    after = say(key, language, ids=", ".join(to))
    return f"{rt} {what} {day}{by}, {after}"
