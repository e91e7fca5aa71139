"""The family of an RT (silsilah): from which RTs it comes, and which came from it."""

from dataclasses import dataclass

import pandas as pd

from pbrt_geo.edition import Edition
from pbrt_geo.show.growth import unit_rows

KIN = ("pecah", "gabung", "bubar")
"""Kinds of event that make one RT the descendant of another."""

_MEMBER = ["name", "number", "desa_id", "desa_name", "begun", "is_awal", "ended"]
_EDGES = ["event_id", "date", "kind", "sk_number", "from_id", "to_id"]


@dataclass(frozen=True)
class Family:
    """
    An RT with its ancestors, descendants and their kin, up to the date of an edition.

    Attributes
    ----------
    members
        By `unit_id`, parents above their children: `name`, `number` and `desa_id` as they were
        last, `desa_name`, `begun` (first day known), `is_awal` (it was there before, its founding
        date is unknown), `ended` (missing: it lives).
    edges
        `event_id`, `date`, `kind`, `sk_number`, `from_id`, `to_id`: who descends from whom.
    rows
        All events of the members, as `growth.unit_rows`; other units of these events included.
    n_left_out
        Kin that were left out because the family is large.
    """

    rt_id: str
    date: pd.Timestamp
    members: pd.DataFrame
    edges: pd.DataFrame
    rows: pd.DataFrame
    n_left_out: int = 0


def family(edition: Edition, rt_id: str, most: int = 12) -> Family:
    """
    Collect the family of an RT from the events of an edition.

    Parameters
    ----------
    most
        Members at most; those with the fewest steps to the RT are kept.

    Returns
    -------
    family
        Without members where the events do not know the RT on that date.
    """
    rows = unit_rows(edition)
    edges = _edges(rows)
    date = pd.Timestamp(edition.as_of)
    if rt_id not in set(rows["unit_id"]):
        return Family(rt_id, date, pd.DataFrame(columns=_MEMBER), edges[:0], rows[:0])
    steps = _steps_from(rt_id, edges)
    kept = steps[:most]
    edges = edges[edges["from_id"].isin(kept) & edges["to_id"].isin(kept)].reset_index(drop=True)
    events = rows.loc[rows["unit_id"].isin(kept), "event_id"].unique()
    rows = rows[rows["event_id"].isin(events)]
    # others that were there at first, or were formed by the same decision, are no kin
    beside = rows["kind"].isin(("awal", "bentuk")) & ~rows["unit_id"].isin(kept)
    rows = rows[~beside].reset_index(drop=True)
    members = _members(edition, rows[rows["unit_id"].isin(kept)])
    members = members.loc[_parents_first(members, edges)]
    return Family(rt_id, date, members, edges, rows, len(steps) - len(kept))


def _edges(rows: pd.DataFrame) -> pd.DataFrame:
    """List who descends from whom: an RT that lives on is not its own child."""
    kin = rows[rows["kind"].isin(KIN)]
    before, after = (kin[kin["role"] == role] for role in ("before", "after"))
    pairs = before.merge(after[["event_id", "unit_id"]], on="event_id", suffixes=("", "_to"))
    pairs = pairs.rename(columns={"unit_id": "from_id", "unit_id_to": "to_id"})
    stays = pd.MultiIndex.from_frame(after[["event_id", "unit_id"]])
    was = pd.MultiIndex.from_frame(before[["event_id", "unit_id"]])
    # the land or people of a unit that stays goes to new ones only; to a stayer only from the gone
    child_is_new = ~pd.MultiIndex.from_frame(pairs[["event_id", "to_id"]]).isin(was)
    parent_ends = ~pd.MultiIndex.from_frame(pairs[["event_id", "from_id"]]).isin(stays)
    return pairs.loc[child_is_new | parent_ends, _EDGES].reset_index(drop=True)


def _steps_from(rt_id: str, edges: pd.DataFrame) -> list[str]:
    """List an RT and its kin by the number of steps to it, then by code."""
    both = list(zip(edges["from_id"], edges["to_id"], strict=True))
    near: dict[str, list[str]] = {}
    for a, b in [*both, *((b, a) for a, b in both)]:
        near.setdefault(a, []).append(b)
    found, edge = [rt_id], [rt_id]
    seen = {rt_id}
    while edge:
        edge = sorted({other for unit in edge for other in near.get(unit, []) if other not in seen})
        found += edge
        seen.update(edge)
    return found


def _members(edition: Edition, rows: pd.DataFrame) -> pd.DataFrame:
    by_unit = rows.groupby("unit_id", sort=True)
    table = by_unit[["name", "number", "parent_id"]].last()
    table = table.rename(columns={"parent_id": "desa_id"})
    table["desa_name"] = [desa_name(edition, desa) for desa in table["desa_id"]]
    first = rows[rows["role"] == "after"].drop_duplicates("unit_id").set_index("unit_id")
    table["begun"], table["is_awal"] = first["date"], first["kind"].eq("awal")
    after = pd.MultiIndex.from_frame(rows.loc[rows["role"] == "after", ["event_id", "unit_id"]])
    here = pd.MultiIndex.from_frame(rows[["event_id", "unit_id"]])
    ends = rows[~here.isin(after)].drop_duplicates("unit_id").set_index("unit_id")
    table["ended"] = ends["date"].reindex(table.index).astype("datetime64[ns]")
    return table


def desa_name(edition: Edition, desa_id: str) -> str:
    """Name a desa of an edition; the code of one that is no longer there."""
    if desa_id in edition.areas.index:
        return str(edition.areas.at[desa_id, "name"])
    return str(desa_id)


def _parents_first(members: pd.DataFrame, edges: pd.DataFrame) -> list[str]:
    """Order members so that children stand below the parent they come from first."""
    children = {a: list(part["to_id"]) for a, part in edges.sort_values("date").groupby("from_id")}
    born = edges[edges["date"].eq(edges["to_id"].map(members["begun"]))]
    roots = [unit for unit in members.index if unit not in set(born["to_id"])]
    order: list[str] = []

    def visit(unit: str) -> None:
        if unit not in order:
            order.append(unit)
            for child in children.get(unit, []):
                visit(child)

    for unit in [*roots, *members.index]:
        visit(unit)
    return order
