"""The lineage of a region: checked events, and what follows from them on any date."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from pbrt_geo.errors import LineageError, Problem
from pbrt_geo.lineage.corrections import correction_problems, standing
from pbrt_geo.lineage.kinship import (
    Edges,
    edges_of,
    family_edges,
    family_units,
    reached,
    relatives,
)
from pbrt_geo.lineage.rules import rule_problems, without_units
from pbrt_geo.lineage.touches import ATTRIBUTES, FOREVER, Ints, Touches, touches_of
from pbrt_geo.schema import EVENT_UNITS, EVENTS, RT, Table, dangling

UNIT_COLUMNS = ("event_id", "role", "unit_id", *ATTRIBUTES)


@dataclass(frozen=True)
class Lineage:
    """
    Everything that happened to the units of every level.

    Intervals are half-open: on the day of an event what it brings about holds already.

    Attributes
    ----------
    events
        The events that stand, indexed by `event_id`, by date: `level`, `kind`, `date`,
        `sk_number`, `corrects`, `reason`, `note`, `source`.
    units
        Their units: `event_id`, `role`, `unit_id` and, in the rows `after`, all that holds of the
        unit from then on, also what the event left as it was.
    periods
        One row per unit and period in which nothing written of it changed: `unit_id`, `level`,
        `valid_from`, `valid_to` (empty: until further notice), `parent_id`, `number`, `rw`,
        `dusun`, `name`, `idsls`, `source`.
    """

    events: pd.DataFrame
    units: pd.DataFrame
    periods: pd.DataFrame
    touches: Touches = field(repr=False)

    @cached_property
    def _periods_of(self) -> dict[str, pd.DataFrame]:
        by_level = self.periods.groupby("level", sort=False)
        return {str(level): rows.set_index("unit_id") for level, rows in by_level}

    @cached_property
    def _edges(self) -> Edges:
        return edges_of(self.touches)

    def on(self, date: dt.date, level: str = "rt") -> pd.DataFrame:
        """Return the units that live on a date, indexed by `unit_id`; columns as `periods`."""
        day = pd.Timestamp(date)
        rows = self._periods_of.get(level)
        if rows is None:
            return self.periods.iloc[:0].set_index("unit_id")
        open_ended = rows["valid_to"].isna().to_numpy()
        holds = (rows["valid_from"] <= day).to_numpy() & (open_ended | (rows["valid_to"] > day))
        return rows[holds]

    def lives(self, level: str = "rt", date: dt.date | None = None) -> pd.DataFrame:
        """
        Return the life of each unit that ever lived, as known on `date` (without: to the end).

        Returns
        -------
        lives
            Indexed by `unit_id`: `parent_id` (the last), `born` (missing: it was there already
            when recording began), `begun` (first day known), `ended` (missing: it lives).
        """
        touches = self.touches
        day = FOREVER if date is None else _day(date)
        known = np.flatnonzero((touches.date <= day) & (touches.level == level))
        unit = touches.unit[known]
        last = known[np.r_[unit[1:] != unit[:-1], True][: len(unit)]]
        first = known[touches.first[known]]
        begun = pd.Series(touches.date[first])
        ended = pd.Series(touches.date[last])
        index = pd.Index(touches.ids[touches.unit[last]], name="unit_id", dtype="str")
        columns = {
            "parent_id": touches.column("parent_id", last),
            "born": begun.mask(touches.kind[first] == "awal"),
            "begun": begun,
            "ended": ended.mask(touches.after[last]),
        }
        return pd.DataFrame(columns).set_index(index)

    def rt_table(self) -> pd.DataFrame:
        """Return the periods of the RTs as the table `rt` of the schema."""
        rows = self.periods[self.periods["level"] == "rt"]
        rows = rows.rename(columns={"unit_id": "rt_id", "parent_id": "desa_id"})
        return rows[[column.name for column in RT.columns]].reset_index(drop=True)

    def links(self, before: dt.date, after: dt.date, level: str = "rt") -> pd.DataFrame:
        """
        Return each unit living at `before` with each living at `after` that may hold people of it.

        Either date may be the earlier one; the other way round the links are the transpose. Who
        was formed in between (bentuk) or dissolved into nothing has no link.

        Returns
        -------
        links
            `from_id`, `to_id`, `n_ways` (units at `after` that may hold people of `from_id`; 1:
            all went one way), `moved` (an event in between moved people or land; False: the same
            unit with the same land).
        """
        early, late = sorted((_day(before), _day(after)))
        touches = self.touches
        start = touches.living(early)
        start = start[touches.level[start] == level]
        origin, span, moved = reached(touches, self._edges, start, late)
        ends = [touches.unit[start][origin], touches.unit[span]]
        if _day(before) > _day(after):
            ends.reverse()
        order = np.lexsort((ends[1], ends[0]))
        links = pd.DataFrame({"from_id": self._ids(ends[0]), "to_id": self._ids(ends[1])})
        n_ways = np.bincount(ends[0], minlength=len(touches.ids))[ends[0]]
        return links.assign(n_ways=n_ways, moved=moved).iloc[order].reset_index(drop=True)

    def _ids(self, codes: Ints) -> pd.Series:
        """Unit ids by code, missing for -1."""
        known = pd.Series([*self.touches.ids, None], dtype="str")
        return known.iloc[codes].reset_index(drop=True)

    def successors(self, unit_id: str, date: dt.date) -> list[str]:
        """
        Return the units living on `date` that may hold the people of a unit, by id.

        The unit itself if it lives; nothing if it is unknown, not yet born, or nobody took its
        people over.
        """
        return self.fates([unit_id], date)["successors"].iloc[0]

    def fates(self, unit_ids: Sequence[str], date: dt.date) -> pd.DataFrame:
        """
        Return what has become of some units, as known on a date.

        Returns
        -------
        fates
            Indexed by `unit_ids`: `ended` (missing: it lives, is not yet born, or is unknown),
            `kind` and `sk_number` of the event that ended it, `successors` (list; as the method).
        """
        touches, day = self.touches, _day(date)
        known = np.flatnonzero(touches.date <= day)
        last = np.full(len(touches.ids) + 1, -1)  # one more for unknown units
        last[touches.unit[known]] = known  # of a unit's touches the last is kept
        at = last[touches.ids.get_indexer(pd.Index(unit_ids, dtype="str"))]
        gone = (at >= 0) & ~np.append(touches.after, True)[at]
        # An ended unit is followed from the span before its end.
        rows = np.flatnonzero(at >= 0)
        origin, span, _ = reached(touches, self._edges, (at - gone)[rows], day)
        found: list[list[str]] = [[] for _ in unit_ids]
        for row, unit in zip(rows[origin], touches.ids[touches.unit[span]], strict=True):
            found[row].append(str(unit))
        ends = self.events.iloc[touches.event[at[gone]]]
        fates = pd.DataFrame({"successors": [sorted(units) for units in found]})
        told = ends[["date", "kind", "sk_number"]].set_index(np.flatnonzero(gone))
        fates = told.rename(columns={"date": "ended"}).reindex(fates.index).join(fates)
        return fates.set_index(pd.Index(unit_ids, name="unit_id", dtype="str"))

    def ancestors(self, unit_id: str) -> pd.DataFrame:
        """
        Return the units whose people came into this one by split, merger or dissolution.

        Returns
        -------
        ancestors
            Columns `unit_id`, `event_id`, `date` (of the step), `generation` (1: directly).
        """
        return relatives(self.family(unit_id), unit_id, older=True)

    def descendants(self, unit_id: str) -> pd.DataFrame:
        """Return the units that got people of this one; columns as `ancestors`."""
        return relatives(self.family(unit_id), unit_id, older=False)

    def family(self, unit_id: str) -> pd.DataFrame:
        """
        Return all that happened to a unit and to everybody related to it, by date.

        Returns
        -------
        family
            `event_id`, `date`, `kind`, `sk_number`, `from_id` (missing: formed, or there from the
            beginning), `to_id` (missing: dissolved, nobody took over). A unit that lives on
            through an event has an edge to itself.
        """
        code = self._code(unit_id)
        members = family_units(self.touches, self._edges, code) if code >= 0 else np.array([], int)
        event, from_unit, to_unit = family_edges(self.touches, self._edges, members)
        about = self.events.iloc[event][["date", "kind", "sk_number"]].reset_index()
        edges = about.assign(from_id=self._ids(from_unit), to_id=self._ids(to_unit))
        return edges.sort_values(["date", "event_id", "from_id", "to_id"], ignore_index=True)

    def _code(self, unit_id: str) -> int:
        return int(self.touches.ids.get_indexer([unit_id])[0])


def _day(date: dt.date) -> np.datetime64:
    return np.datetime64(pd.Timestamp(date), "s")


def read_lineage(
    events: pd.DataFrame, event_units: pd.DataFrame, areas: pd.DataFrame | None = None
) -> Lineage:
    """
    Check events and lay them out.

    Parameters
    ----------
    events, event_units
        As in the schema, in any order of rows.
    areas
        Areas of the region, to check parents against; without them only the form of codes is.

    Raises
    ------
    LineageError
        With all problems at once: contradictory events, broken rules, ill corrections.
    """
    events, event_units = _plain(events, EVENTS), _plain(event_units, EVENT_UNITS)
    problems = _table_problems(events, event_units)
    if problems:
        raise LineageError(*problems)
    standing_events, units, touches = _laid_out(events, event_units)
    problems = [
        *correction_problems(events, event_units),
        *without_units(standing_events, touches),
        *rule_problems(standing_events, touches, areas),
    ]
    if problems:
        raise LineageError(*problems)
    return Lineage(
        standing_events, _filled(units, touches), _periods(standing_events, touches), touches
    )


def lineage_problems(
    events: pd.DataFrame, event_units: pd.DataFrame, areas: pd.DataFrame | None = None
) -> list[Problem]:
    """List everything that `read_lineage` would refuse; empty if nothing."""
    try:
        read_lineage(events, event_units, areas)
    except LineageError as error:
        return list(error.problems)
    return []


def _plain(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Give text its type even where it is all empty, and rows a plain index."""
    text = {c.name: "str" for c in table.columns if c.type == "text" and c.name in rows}
    return rows.reset_index(drop=True).astype(text)


def _table_problems(events: pd.DataFrame, units: pd.DataFrame) -> list[Problem]:
    """What makes it impossible to look further: broken columns, references to nowhere."""
    found = EVENTS.problems(events) + EVENT_UNITS.problems(units)
    if found:
        return found
    return dangling(units, EVENT_UNITS, {"events.event_id": events["event_id"]})


def _laid_out(
    events: pd.DataFrame, units: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, Touches]:
    kept = standing(events)
    position = kept.index.get_indexer(units["event_id"])
    after = (units["role"] == "after").to_numpy(dtype=bool)
    ids = units["unit_id"].to_numpy(dtype=object)
    order = np.lexsort((ids, after, position))
    order = order[position[order] >= 0]
    sorted_units = units.iloc[order].reset_index(drop=True)
    return kept, sorted_units, touches_of(kept, sorted_units)


def _filled(units: pd.DataFrame, touches: Touches) -> pd.DataFrame:
    """Write into the rows after an event also what the event left as it was."""
    touch_of = np.full(len(units), -1)
    touch_of[touches.row[touches.after]] = np.flatnonzero(touches.after)
    columns = {name: units[name] for name in ("event_id", "role", "unit_id")}
    after = touch_of >= 0
    for name in ATTRIBUTES:
        columns[name] = touches.column(name, touch_of).where(after) if len(touches) else None
    return pd.DataFrame(columns)[list(UNIT_COLUMNS)]


def _periods(events: pd.DataFrame, touches: Touches) -> pd.DataFrame:
    """Join the spans of each unit between which nothing written of it changed."""
    changed = np.any([touches.changed(name) for name in ATTRIBUTES], axis=0) | touches.first
    starts = np.flatnonzero(changed & touches.after)
    last = np.flatnonzero(
        np.r_[changed[1:] | ~touches.after[1:], True][: len(touches)] & touches.after
    )
    until = pd.Series(touches.end[last])
    columns = {
        "unit_id": pd.Series(touches.ids[touches.unit[starts]], dtype="str"),
        "level": pd.Series(touches.level[starts], dtype="str"),
        "valid_from": pd.Series(touches.date[starts]),
        "valid_to": until.mask(until == FOREVER),
    }
    columns |= {name: touches.column(name, starts) for name in ATTRIBUTES}
    source = events["source"].iloc[touches.event[starts]].reset_index(drop=True)
    return pd.DataFrame(columns | {"source": source})
