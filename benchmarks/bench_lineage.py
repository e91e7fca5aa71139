"""RTs on a date from events: 100,000 RTs with 30,000 events, and smaller cases.

Ours is `Lineage.on` and, a row of its own, loading (checks and layout, once for a region). The
baseline replays the events one by one up to the date, as a program without a library would; it
checks nothing. Both must give the same RTs with the same desa. `links` follows every RT from the
first day to the last.
"""

import datetime as dt

import numpy as np
import pandas as pd

from benchmarks import harness
from benchmarks.harness import Contestant, Row
from pbrt_geo.lineage import Lineage, read_lineage
from pbrt_geo.schema import EVENT_UNITS, EVENTS

BENCH = "lineage"
ON = "ours: Lineage.on"
REPLAY = "replay, event by event"
READ = "ours: checks and layout, once"
LINKS = "ours: links first to last day"
SIZES = (10_000, 30_000, 100_000)
EVENTS_PER_RT = 0.3
RT_PER_DESA = 10
MOST_S = 0.2
DATE = dt.date(2008, 12, 31)
FIRST, DAYS = np.datetime64("2003-01-01", "s"), 2100
SHARES = {"pecah": 0.5, "gabung": 0.15, "ganti_nama": 0.15, "ubah_batas": 0.1, "bubar": 0.1}


class Inputs:
    """Events of invented RTs, as tables and laid out."""

    def __init__(self, n_rt: int) -> None:
        self.events, self.units = tables(n_rt)
        self.lineage = read_lineage(self.events, self.units)
        self.history = _history(self.events, self.units)


def _history(
    events: pd.DataFrame, units: pd.DataFrame
) -> list[tuple[pd.Timestamp, list[str], dict[str, str]]]:
    """Return date, units before and units after (with their desa) of each event, by date."""
    before: dict[str, list[str]] = {event: [] for event in events["event_id"]}
    after: dict[str, dict[str, str]] = {event: {} for event in events["event_id"]}
    columns = (units[name] for name in ("event_id", "role", "unit_id", "parent_id"))
    for event, role, unit, parent in zip(*columns, strict=True):
        if role == "before":
            before[event].append(unit)
        else:
            after[event][unit] = parent
    by_date = events.sort_values("date")
    pairs = zip(by_date["date"], by_date["event_id"], strict=True)
    return [(date, before[event], after[event]) for date, event in pairs]


def tables(n_rt: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each event takes RTs of its own from one desa, so that any order of days is possible."""
    random = np.random.default_rng(3)
    n_events = int(n_rt * EVENTS_PER_RT)
    n_first = n_rt - int(n_events * SHARES["pecah"])
    ids = np.array([f"RT-{5207 + i // 99_999}-{i % 99_999 + 1:05d}-0" for i in range(n_rt)])
    desa = np.array([f"52.07.{i // 9000:02d}.{1000 + i % 9000}" for i in range(n_first)])
    desa = desa[np.arange(n_first) // RT_PER_DESA]
    kinds = random.permutation(
        np.repeat(list(SHARES), [round(n_events * s) for s in SHARES.values()])
    )
    pairs = random.permutation(np.flatnonzero(np.arange(n_first) % 2 == 0))[: len(kinds)]
    days = FIRST + random.integers(1, DAYS, len(kinds)).astype("timedelta64[D]")
    units = [_units("E00001", "after", ids[:n_first], desa)]
    born = n_first + np.cumsum(kinds == "pecah") - 1
    for kind in SHARES:
        chosen = kinds == kind
        names = np.char.mod("E%05d", np.flatnonzero(chosen) + 2)
        first, second = pairs[chosen], pairs[chosen] + 1
        units.append(_units(names, "before", ids[first], None))
        if kind not in ("pecah", "ganti_nama"):
            units.append(_units(names, "before", ids[second], None))
        if kind != "bubar":
            units.append(_units(names, "after", ids[first], desa[first]))
        if kind == "pecah":
            units.append(_units(names, "after", ids[born[chosen]], desa[first]))
        elif kind in ("ubah_batas", "bubar"):
            units.append(_units(names, "after", ids[second], desa[second]))
    events = pd.DataFrame(
        {
            "event_id": ["E00001", *np.char.mod("E%05d", np.arange(len(kinds)) + 2)],
            "kind": ["awal", *kinds],
            "date": [FIRST, *days],
        }
    ).assign(level="rt", source="invented")
    events = events.reindex(columns=[c.name for c in EVENTS.columns])
    return events, pd.concat(units, ignore_index=True)


def _units(events: object, role: str, ids: np.ndarray, desa: np.ndarray | None) -> pd.DataFrame:
    rows = pd.DataFrame({"unit_id": ids}).assign(event_id=events, role=role)
    if role == "after":
        rows = rows.assign(parent_id=desa, number="001", name="RT 001")
    return rows.reindex(columns=[c.name for c in EVENT_UNITS.columns])


def ours(inputs: Inputs) -> pd.Series:
    return inputs.lineage.on(DATE)["parent_id"]


def replay(inputs: Inputs) -> pd.Series:
    living: dict[str, str] = {}
    day = pd.Timestamp(DATE)
    for date, before, after in inputs.history:
        if date > day:
            break
        for unit in before:
            del living[unit]
        living.update(after)
    return pd.Series(living).sort_index()


def load(inputs: Inputs) -> Lineage:
    return read_lineage(inputs.events, inputs.units)


def links(inputs: Inputs) -> pd.DataFrame:
    return inputs.lineage.links(pd.Timestamp(FIRST), DATE)


def same(ours_values: pd.Series, values: pd.Series) -> bool:
    return ours_values.to_dict() == values.to_dict()


def case(n_rt: int, rounds: int) -> list[Row]:
    inputs = Inputs(n_rt)
    contestants = [Contestant(ON, ours), Contestant(REPLAY, replay)]
    timings = harness.race(contestants, inputs, same, rounds)
    for name, run in ((READ, load), (LINKS, links)):
        timings |= harness.race([Contestant(name, run)], inputs, lambda a, b: True, rounds)
    label = f"{n_rt:,} RT, {len(inputs.events) - 1:,} events"
    rows = harness.as_rows(BENCH, label, ON, timings)
    rows[0].note = f"must be <= {MOST_S:g} s: {'yes' if rows[0].wall_s <= MOST_S else '**no**'}"
    return rows


def rows(quick: bool = False) -> list[Row]:
    sizes, rounds = (SIZES[:1], 1) if quick else (SIZES, harness.ROUNDS)
    found = [row for n_rt in sizes for row in case(n_rt, rounds)]
    cases = [row.case for row in found if row.what == ON]
    harness.add_growth(found, dict(zip(cases, sizes, strict=True)))
    return found


if __name__ == "__main__":
    harness.main(rows)
