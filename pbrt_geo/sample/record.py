"""The register of events: what happened, by which decision, and when it was written down."""

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from pbrt_geo.codes import rt_id
from pbrt_geo.sample.lineage import FOUNDED, Change, Lineage
from pbrt_geo.sample.naming import Names
from pbrt_geo.sample.places import Places
from pbrt_geo.sample.quota import KABUPATEN
from pbrt_geo.sample.terrain import random_of
from pbrt_geo.schema import EVENT_LEVELS, EVENT_UNITS, EVENTS

BEGUN = pd.Timestamp("2006-01-16")
"""Day on which the register was begun with what was there already."""

Unit = dict[str, Any]


@dataclass
class Entry:
    """One row of the register: ids before, units after with what holds from then on."""

    day: pd.Timestamp
    level: str
    kind: str
    desa_id: str
    before: list[str]
    after: list[Unit]
    note: str | None = None
    sk_number: str | None = None
    recorded_on: pd.Timestamp = BEGUN
    reason: str | None = None
    corrects: "Entry | None" = field(default=None, repr=False)

    @property
    def order(self) -> tuple:
        """Order of writing: rows written on a day by the day of the event, then by unit."""
        unit = (self.before or [self.after[0]["unit_id"]])[0]
        return self.recorded_on, self.day, EVENT_LEVELS.index(self.level), self.desa_id, unit


def event_tables(
    places: Places, lineage: Lineage, names: Names, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables `events` and `event_units`."""
    random = random_of(seed, "events")
    words = _words()
    entries = _at_the_start(places, lineage, names, words)
    entries += [_of_change(places, lineage, names, change, words) for change in names.changes]
    entries += _of_dusun(places, names)
    _decide(entries, words, random)
    entries += _mistake(entries, words, random)
    return _tables(sorted(entries, key=lambda entry: entry.order), words["source"])


def _words() -> dict[str, Any]:
    file = files("pbrt_geo.sample") / "data" / "events.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _unit_id(prefix: str, number: int) -> str:
    return prefix + rt_id(KABUPATEN, number + 1).removeprefix("RT")


def _rt_units(places: Places, lineage: Lineage, rows: pd.DataFrame) -> list[Unit]:
    """Describe RTs as their rows of the names say."""
    table = rows[["number", "rw", "dusun", "name"]].copy()
    table.insert(0, "unit_id", lineage.rt["rt_id"].reindex(rows.index))
    table.insert(1, "parent_id", places.desa["desa_id"].to_numpy()[rows["desa"]])
    return table.to_dict("records")


def _dusun_units(places: Places, rows: pd.DataFrame) -> list[Unit]:
    """Describe dusun and lingkungan."""
    kind = np.where(rows["is_town"], "Lingkungan ", "Dusun ")
    table = rows[["rw", "dusun"]].assign(name=kind + rows["dusun"])
    table.insert(0, "unit_id", [_unit_id("DSN", number) for number in rows.index])
    table.insert(1, "parent_id", places.desa["desa_id"].to_numpy()[rows["desa"]])
    return table.to_dict("records")


def _rw_units(places: Places, rows: pd.DataFrame) -> list[Unit]:
    """Describe the RW of a kelurahan."""
    table = rows[["rw"]].rename(columns={"rw": "number"}).assign(name="RW " + rows["rw"])
    table.insert(0, "unit_id", [_unit_id("RW", number) for number in rows.index])
    table.insert(1, "parent_id", places.desa["desa_id"].to_numpy()[rows["desa"]])
    return table.to_dict("records")


def _at_the_start(
    places: Places, lineage: Lineage, names: Names, words: dict[str, Any]
) -> list[Entry]:
    """Register what was there when the register was begun: for each desa its RT, RW and dusun."""
    first = names.on(FOUNDED)
    hamlets = names.hamlets[names.hamlets["born"] == FOUNDED]
    found = []
    for desa, desa_id in enumerate(places.desa["desa_id"]):
        mine = hamlets[hamlets["desa"] == desa]
        units = {
            "rt": _rt_units(places, lineage, first[first["desa"] == desa]),
            "rw": _rw_units(places, mine[mine["is_town"]]),
            "dusun": _dusun_units(places, mine),
        }
        found += [
            Entry(FOUNDED, level, "awal", desa_id, [], some, words["note"]["awal"])
            for level, some in units.items()
            if some
        ]
    return found


def _of_change(
    places: Places, lineage: Lineage, names: Names, change: Change, words: dict[str, Any]
) -> Entry:
    """Register what happened to RTs."""
    ids = lineage.rt["rt_id"]
    rows = names.on(change.day)
    after = _rt_units(places, lineage, rows.loc[list(change.after)])
    decided_by = lineage.rt.at[(change.before or change.after)[0], "desa"]
    desa_id = places.desa.at[decided_by, "desa_id"]
    before = [ids[rt] for rt in change.before]
    host = lineage.rt.at[change.after[0], "parent"] if change.kind == "bentuk" else None
    facts = {
        "host": "" if host is None else f"{rows.at[host, 'name']} ({ids[host]})",
        "takers": "; ".join(f"{unit['name']} ({unit['unit_id']})" for unit in after),
    }
    note = words["note"].get(change.kind, "").format(**facts) or None
    return Entry(change.day, "rt", change.kind, desa_id, before, after, note)


def _of_dusun(places: Places, names: Names) -> list[Entry]:
    """Register the dusun that divided."""
    found = []
    for number, new in names.hamlets[names.hamlets["born"] > FOUNDED].iterrows():
        rows = names.hamlets.loc[[new["parent"], number]]
        desa_id, before = places.desa.at[new["desa"], "desa_id"], [_unit_id("DSN", new["parent"])]
        after = _dusun_units(places, rows)
        found.append(Entry(new["born"], "dusun", "pecah", desa_id, before, after))
    return found


def _decide(entries: list[Entry], words: dict[str, Any], random: np.random.Generator) -> None:
    """Give what a desa decided on a day a number and the day on which it was written down."""
    decisions = sorted({(entry.day, entry.desa_id) for entry in entries if entry.day > FOUNDED})
    numbers: dict[int, int] = {}
    known = {}
    for day, desa_id in decisions:
        number = numbers.get(day.year, 0) + int(random.integers(1, 5))
        numbers[day.year] = number
        written = day + pd.Timedelta(days=int(random.integers(4, 26)))
        known[day, desa_id] = words["sk_number"].format(number=number, year=day.year), written
    for entry in entries:
        if entry.day > FOUNDED:
            entry.sk_number, entry.recorded_on = known[entry.day, entry.desa_id]


def _mistake(
    entries: list[Entry], words: dict[str, Any], random: np.random.Generator
) -> list[Entry]:
    """Let one division be written down with a wrong date, and return the row that corrects it."""
    able = [entry for entry in entries if entry.kind == "pecah" and entry.level == "rt"]
    wrong = able[int(random.integers(len(able) // 4, len(able) // 2))]
    right = Entry(**vars(wrong))
    right.recorded_on += pd.Timedelta(days=int(random.integers(20, 40)))
    right.corrects, right.reason = wrong, words["correction"]["reason"]
    wrong.day += pd.Timedelta(days=words["correction"]["days"])
    return [right]


def _tables(entries: list[Entry], source: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    event_ids = {id(entry): f"E{number:05d}" for number, entry in enumerate(entries, 1)}
    events, units = [], []
    for entry in entries:
        event_id = event_ids[id(entry)]
        kept = ("level", "kind", "sk_number", "reason", "recorded_on", "note")
        row = {"event_id": event_id, "date": entry.day, "source": source}
        row |= {name: getattr(entry, name) for name in kept}
        events.append(row | {"corrects": event_ids.get(id(entry.corrects))})
        units += [{"event_id": event_id, "role": "before", "unit_id": u} for u in entry.before]
        units += [{"event_id": event_id, "role": "after"} | unit for unit in entry.after]
    of_events = [column.name for column in EVENTS.columns]
    of_units = [column.name for column in EVENT_UNITS.columns if not column.optional]
    return pd.DataFrame(events)[of_events], pd.DataFrame(units)[of_units]
