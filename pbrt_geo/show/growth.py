"""Why the number of RTs changed: every birth, end and move of an edition's events, counted once.

The rule: RTs of a split that were not there before are born by it, RTs of a merger that are not
there afterwards end by it. An RT that was there when recording began (`awal`) is not born, and a
move between desa adds to one area what it takes from another. So the RTs of an area on one date,
plus what is counted up to another date, are the RTs of that area on the other date.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from pbrt_geo.edition import Edition
from pbrt_geo.show import ranks

BORN = ("pecah_born", "bentuk_born", "gabung_born", "born")
ENDED = ("gabung_ended", "bubar_ended", "pecah_ended", "ended")
MOVED = ("pindah_in", "pindah_out", "other")

WAYS = (
    *("pecah_born", "bentuk_born", "gabung_born", "born", "pindah_in"),
    *("gabung_ended", "bubar_ended", "pecah_ended", "ended", "pindah_out", "other"),
)
"""Ways in which an area gains or loses an RT; `born` and `ended` where the kind is not recorded,
`other` what remains: for example RTs whose whole desa went to another kecamatan."""

_COLUMNS = ["date", "event_id", "kind", "sk_number", "unit_id", "desa_id", "way", "n"]


def unit_rows(edition: Edition, level: str = "rt") -> pd.DataFrame:
    """
    Return the units of all events of one level with what is told about the event.

    Returns
    -------
    unit_rows
        `event_id`, `date`, `kind`, `sk_number`, `corrects`, `reason`, `note`, `role`, `unit_id`,
        `parent_id`, `number`, `name`, oldest first. Rows before an event hold what was true then.
        Empty where the edition holds no events.
    """
    told = ["date", "kind", "sk_number", "corrects", "reason", "note"]
    held = ["parent_id", "number", "name"]
    events = _by_event(edition.events)
    if events.empty:
        return pd.DataFrame(columns=["event_id", *told, "role", "unit_id", *held])
    events = events.loc[events["level"] == level, told]
    units = edition.event_units[["event_id", "role", "unit_id", *held]]
    rows = units.join(events, on="event_id", how="inner")
    rows = rows.astype(dict.fromkeys(("role", "kind", *held), object))
    # what is said after an event holds until the next one
    rows = rows.assign(_after=rows["role"].eq("after"))
    rows = rows.sort_values(["date", "event_id", "_after"], kind="stable", ignore_index=True)
    rows[held] = rows[held].where(rows["_after"]).groupby(rows["unit_id"]).ffill()
    return rows.drop(columns="_after")


def _by_event(events: pd.DataFrame) -> pd.DataFrame:
    return events.set_index("event_id") if "event_id" in events else events


def counted(edition: Edition) -> pd.DataFrame:
    """
    List every RT that an area gains or loses, with the event.

    Returns
    -------
    counted
        `date`, `event_id`, `kind`, `sk_number`, `unit_id`, `desa_id`, `way` (one of `WAYS`), `n`
        (+1 or −1). An RT that moves has two rows. Where the edition holds no events, births and
        ends are those of `rt_lives`, without a kind.
    """
    rows = unit_rows(edition)
    if rows.empty:
        return _from_lives(edition)
    other_side = rows["role"].map({"before": "after", "after": "before"})
    keys = pd.MultiIndex.from_frame(rows[["event_id", "role", "unit_id"]])
    facing = pd.MultiIndex.from_arrays([rows["event_id"], other_side, rows["unit_id"]])
    stays = facing.isin(keys)
    comes = rows["role"].eq("after")
    changes = (~stays & rows["kind"].ne("awal")) | rows["kind"].eq("pindah")
    rows, comes = rows[changes].rename(columns={"parent_id": "desa_id"}), comes[changes]
    ends = pd.Series(["_born" if come else "_ended" for come in comes], index=rows.index)
    moves = pd.Series(["_in" if come else "_out" for come in comes], index=rows.index)
    way = rows["kind"] + ends.mask(rows["kind"] == "pindah", moves)
    sign = comes.map({True: 1, False: -1}).astype("int64")
    return rows.assign(way=way, n=sign)[_COLUMNS].reset_index(drop=True)


def _from_lives(edition: Edition) -> pd.DataFrame:
    parts = []
    for way, sign in (("born", 1), ("ended", -1)):
        lives = edition.rt_lives.dropna(subset=[way])
        facts = {"event_id": None, "kind": way, "sk_number": None, "way": way, "n": sign}
        part = pd.DataFrame({"date": lives[way], "desa_id": lives["desa_id"]}).assign(**facts)
        parts.append(part.assign(unit_id=lives.index))
    return pd.concat(parts)[_COLUMNS].sort_values("date", kind="stable", ignore_index=True)


def first_recorded(edition: Edition, rt_id: str) -> pd.Timestamp | None:
    """Return the first day on which the events know an RT; None where they do not."""
    units = edition.event_units
    known = units.loc[units["unit_id"] == rt_id, "event_id"].unique()
    return _by_event(edition.events).loc[known, "date"].min() if len(known) else None


def between(dates: pd.Series, before: Edition, after: Edition) -> pd.Series:
    """Mark the dates after one edition up to another: an event counts from its own day on."""
    return (dates > pd.Timestamp(before.as_of)) & (dates <= pd.Timestamp(after.as_of))


def area_of(edition: Edition, desa_ids: pd.Series, level: str) -> pd.Series:
    """Return the area of a level that holds each desa; of a desa that ended by its code."""
    if level == "desa":
        return desa_ids
    known = edition.areas[f"{level}_id"]
    codes = desa_ids.str[: 8 if level == "kecamatan" else 5]
    return desa_ids.map(known[~known.index.duplicated()]).fillna(codes)


def steps(shelf: Sequence[Edition], area_id: str | None = None) -> pd.DataFrame:
    """
    Explain the change of the number of RTs from each edition to the next.

    Parameters
    ----------
    area_id
        Kecamatan or desa; the whole kabupaten where left out. Moves inside the area cancel.

    Returns
    -------
    steps
        One row per pair of editions, indexed by the date of the later: `before` and `after` (RTs
        on either date) and a column for each of `WAYS`; `before` plus all ways is `after`. Pairs
        in which the area has no number are absent.
    """
    area = area_id or ranks.kabupaten_id(shelf[-1])
    level = str(shelf[-1].areas["level"].get(area, "kabupaten"))
    changes = counted(shelf[-1])
    changes = changes.assign(area_id=area_of(shelf[-1], changes["desa_id"], level))
    changes = changes[changes["area_id"].eq(area)]
    counts = [(edition, n_rt(edition, area)) for edition in shelf]
    known = [(edition, n) for edition, n in counts if n is not None]
    rows = {}
    for (before, n_before), (after, n_after) in pairwise(known):
        part = changes[between(changes["date"], before, after)]
        ways = _net_of_moves(part).groupby("way")["n"].sum().reindex(WAYS, fill_value=0)
        ways["other"] = n_after - n_before - int(ways.sum())
        rows[after.as_of] = {"before": n_before, "after": n_after, **ways}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["before", "after", *WAYS])


def _net_of_moves(changes: pd.DataFrame) -> pd.DataFrame:
    """Leave out moves that begin and end inside one area."""
    moves = changes[changes["kind"].eq("pindah")]
    both = moves.groupby(["event_id", "unit_id", "area_id"])["n"].transform("size").eq(2)
    return changes.drop(index=both.index[both])


def n_rt(edition: Edition, area_id: str | None) -> int | None:
    """Return the RTs of an area; None where the edition has no number of it."""
    level = edition.areas["level"].get(area_id)
    if level is None or not edition.has("n_rt", level):
        return None
    row = edition.column("n_rt", level).loc[area_id]
    return int(row["value"]) if row["state"] in ("value", "zero") else None


def by_area(
    shelf: Sequence[Edition], level: str = "kecamatan", within: str | None = None
) -> pd.DataFrame:
    """
    Explain the growth of every area from the first edition of a shelf to the last.

    Returns
    -------
    by_area
        Indexed by the areas of the last edition: `before`, `after` and a column for each of
        `WAYS`, all whole numbers or missing; an area the first edition lacks begins with 0.
    """
    first, last = shelf[0], shelf[-1]
    areas = ranks.areas_within(last, level, within)
    changes = counted(last)
    changes = changes[between(changes["date"], first, last)]
    changes = changes.assign(area_id=area_of(last, changes["desa_id"], level))
    ways = _net_of_moves(changes).pivot_table(
        index="area_id", columns="way", values="n", aggfunc="sum", fill_value=0
    )
    ways = ways.reindex(index=areas, columns=WAYS, fill_value=0).astype("Int64")
    counts = {"before": _counts(first, level, areas), "after": _counts(last, level, areas)}
    counts["before"] = counts["before"].where(areas.isin(first.areas.index), 0)
    table = pd.DataFrame(counts, index=areas).join(ways)
    table["other"] = table["after"] - table["before"] - table[[*WAYS[:-1]]].sum(axis=1)
    return table


def _counts(edition: Edition, level: str, areas: pd.Index) -> pd.Series:
    """Return the RTs of areas; missing where the edition has no number."""
    if not edition.has("n_rt", level):
        return pd.Series(pd.NA, index=areas, dtype="Int64")
    column = edition.column("n_rt", level)
    return column["value"].where(ranks.has_number(column)).reindex(areas).astype("Int64")


def births(
    shelf: Sequence[Edition],
    level: str = "kecamatan",
    within: str | None = None,
    by: str = "period",
) -> pd.DataFrame:
    """
    Count the RTs born between the editions of a shelf, by area.

    Parameters
    ----------
    by
        `period`: a column for the date of each edition but the first; `way`: one for each way of
        being born that occurred.
    """
    last = shelf[-1]
    areas = ranks.areas_within(last, level, within)
    born = counted(last)
    born = born[born["way"].isin(BORN)]
    home = area_of(last, born["desa_id"], level)
    columns: dict[Any, pd.Series] = {
        after.as_of: between(born["date"], before, after) for before, after in pairwise(shelf)
    }
    if by == "way":
        inside = between(born["date"], shelf[0], last)
        columns = {way: inside & born["way"].eq(way) for way in BORN}
        columns = {way: mask for way, mask in columns.items() if mask.any()}
    counts = {
        name: home[mask].value_counts().reindex(areas, fill_value=0)
        for name, mask in columns.items()
    }
    return pd.DataFrame(counts, index=areas)


def signed(change: int) -> str:
    """Write a change with its sign, as print does: +10, −3, ±0."""
    return f"{change:+d}".replace("-", "\u2212") if change else "\u00b10"


def kinds_table(shelf: Sequence[Edition], area_id: str | None = None) -> pd.DataFrame:
    """
    Count births and ends by their kind, from the first edition of a shelf to the last.

    Returns
    -------
    kinds_table
        One row per way that occurred, in the order of `WAYS` and without moves: `n` (RTs) and
        `share` (of all RTs born, or of all that ended).
    """
    total = steps(shelf, area_id)[list(WAYS)].sum().abs()
    rows = []
    for ways in (BORN, ENDED):
        whole = total[list(ways)].sum()
        rows += [(way, int(total[way]), total[way] / whole) for way in ways if total[way]]
    return pd.DataFrame(rows, columns=["way", "n", "share"]).set_index("way")
