"""Who came from whom: from span to span, along the events between two days."""

from dataclasses import dataclass
from itertools import count

import numpy as np
import pandas as pd

from pbrt_geo.lineage.touches import MOVING, Bools, Ints, Touches

KIN = ("pecah", "gabung", "bubar")
"""Kinds that make relatives; neighbours who only move a boundary are none."""

Step = tuple[str, str, pd.Timestamp]
Steps = dict[str, list[Step]]


@dataclass(frozen=True)
class Edges:
    """
    One edge for each span and span of the next day that may hold people of it, sorted by `source`.

    `moves` marks events by which people may pass to another unit; `first[i] : first[i + 1]` are the
    edges that leave span `i`.
    """

    source: Ints
    target: Ints
    moves: Bools
    first: Ints


def edges_of(touches: Touches) -> Edges:
    """Connect every span that a touch ends with the spans that begin by the same event."""
    stays = np.flatnonzero(touches.before & touches.after & ~touches.first)
    moving = np.isin(touches.kind, MOVING)
    dissolves = touches.kind == "bubar"
    gives = touches.before & moving & ~touches.first & ~(dissolves & touches.after)
    takes = touches.after & moving
    left = pd.DataFrame({"event": touches.event[gives], "giver": np.flatnonzero(gives)})
    right = pd.DataFrame({"event": touches.event[takes], "taker": np.flatnonzero(takes)})
    pairs = left.merge(right, on="event")
    pairs = pairs[pairs["giver"] != pairs["taker"]]
    source = np.r_[stays, pairs["giver"].to_numpy()] - 1  # the span before the touch
    target = np.r_[stays, pairs["taker"].to_numpy()]
    order = np.lexsort((target, source))
    source, target = source[order], target[order]
    first = np.searchsorted(source, np.arange(len(touches) + 1))
    return Edges(source, target, moving[target], first)


def reached(
    touches: Touches, edges: Edges, start: Ints, day: np.datetime64
) -> tuple[Ints, Ints, Bools]:
    """
    Follow the people of some spans up to a day.

    Returns
    -------
    origin, span, moved
        Each pair of a position in `start` and a span that holds on the day and may hold people of
        it, once; `moved` if an event that moves people lies between.
    """
    origin, span = np.arange(len(start)), np.asarray(start)
    moved = np.zeros(len(start), dtype=bool)
    found = []
    while len(span):
        holds = touches.end[span] > day
        found.append((origin[holds], span[holds], moved[holds]))
        origin, span, moved = (part[~holds] for part in (origin, span, moved))
        n = edges.first[span + 1] - edges.first[span]
        at = np.repeat(edges.first[span] - np.r_[0, np.cumsum(n)][:-1], n) + np.arange(n.sum())
        origin, span = np.repeat(origin, n), edges.target[at]
        moved = np.repeat(moved, n) | edges.moves[at]
        origin, span, moved = _distinct(origin, span, moved, len(touches))
    if not found:
        return origin, span, moved
    origin, span, moved = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return _distinct(origin, span, moved, len(touches))


def _distinct(origin: Ints, span: Ints, moved: Bools, n: int) -> tuple[Ints, Ints, Bools]:
    keys, at = np.unique(origin * max(n, 1) + span, return_inverse=True)
    any_moved = np.zeros(len(keys), dtype=bool)
    any_moved[at[moved]] = True
    origin, span = np.divmod(keys, max(n, 1))
    return origin, span, any_moved


def family_units(touches: Touches, edges: Edges, unit: int) -> Ints:
    """Return the units that descend, through whatever steps, from common ancestors of `unit`."""
    kin = np.isin(touches.kind[edges.target], KIN)
    giver, taker = touches.unit[edges.source[kin]], touches.unit[edges.target[kin]]
    members = np.array([unit])
    while True:
        near = np.isin(giver, members) | np.isin(taker, members)
        grown = np.union1d(members, np.r_[giver[near], taker[near]])
        if len(grown) == len(members):
            return grown
        members = grown


def family_edges(touches: Touches, edges: Edges, members: Ints) -> tuple[Ints, Ints, Ints]:
    """
    Return every event in the lives of `members` as edges: event, from unit, to unit.

    A unit is -1 where it comes from nowhere (formed) or goes nowhere (nobody takes over).
    """
    inside = np.isin(touches.unit, members)
    own = np.isin(touches.unit[edges.source], members) & np.isin(
        touches.unit[edges.target], members
    )
    source, target = edges.source[own], edges.target[own]
    births = np.flatnonzero(inside & touches.first)
    births = births[~np.isin(births, target)]
    ends = np.flatnonzero(inside & touches.before & ~touches.after & ~touches.first)
    ends = ends[~np.isin(ends - 1, source)]
    event = np.r_[touches.event[target], touches.event[births], touches.event[ends]]
    nobody = np.full(len(births), -1), np.full(len(ends), -1)
    from_unit = np.r_[touches.unit[source], nobody[0], touches.unit[ends]]
    to_unit = np.r_[touches.unit[target], touches.unit[births], nobody[1]]
    return event, from_unit, to_unit


def relatives(family: pd.DataFrame, unit_id: str, older: bool) -> pd.DataFrame:
    """
    Return the ancestors (`older`) or descendants of a unit in its family.

    Returns
    -------
    relatives
        Columns `unit_id`, `event_id`, `date` (of the event that made the step), `generation` (1 is
        a parent or child); each unit once, by its shortest way, nearest first.
    """
    near, far = ("to_id", "from_id") if older else ("from_id", "to_id")
    kin = family.dropna(subset=["from_id", "to_id"])
    kin = kin[kin["kind"].isin(KIN) & (kin["from_id"] != kin["to_id"])]
    steps: Steps = {}
    columns = [kin[name] for name in (near, far, "event_id", "date")]
    for unit, other, event, date in zip(*columns, strict=True):
        steps.setdefault(unit, []).append((other, event, date))
    always = pd.Timestamp.max if older else pd.Timestamp.min
    seen, front = {unit_id: always}, [unit_id]
    rows: dict[str, tuple[str, str, pd.Timestamp, int]] = {}
    for generation in count(1):
        reached_now = []
        for other, event, date in (
            step for unit in front for step in _in_time(steps, seen, unit, older)
        ):
            if other in seen and (date <= seen[other] if older else date >= seen[other]):
                continue
            seen[other] = date
            rows.setdefault(other, (other, event, date, generation))
            reached_now.append(other)
        if not reached_now:
            break
        front = reached_now
    table = pd.DataFrame(rows.values(), columns=["unit_id", "event_id", "date", "generation"])
    return table.sort_values(["generation", "date", "unit_id"], ignore_index=True)


def _in_time(steps: Steps, seen: dict[str, pd.Timestamp], unit: str, older: bool) -> list[Step]:
    """Steps from a unit that lie on the far side of the step by which it was reached."""
    bound = seen[unit]
    return [s for s in steps.get(unit, []) if (s[2] < bound if older else s[2] > bound)]
