"""Recording what happened: events are added and corrected, never changed; all or nothing.

The first event of a region that has only `rt.csv` turns that list into events; from then on the
list follows from them, and the file goes.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pbrt_geo.codes import unit_id
from pbrt_geo.errors import LineageError
from pbrt_geo.files import write_all
from pbrt_geo.lineage import Lineage, events_from_periods, read_lineage, refuse_disagreement
from pbrt_geo.lineage.corrections import serials
from pbrt_geo.lineage.touches import EMPTIED
from pbrt_geo.region import read_about, read_table, typed
from pbrt_geo.schema import (
    AREAS,
    EVENT_UNITS,
    EVENTS,
    HOUSEHOLDS,
    PROGRAMME_REPORTS,
    RT,
    RT_BOUNDARIES,
    Table,
)

USERS = (HOUSEHOLDS, PROGRAMME_REPORTS, RT_BOUNDARIES)
"""Tables whose rows point to RTs."""

SERIAL_LEVELS = {"rt": "RT-", "rw": "RW-", "dusun": "DSN-"}


@dataclass(frozen=True)
class Draft:
    """
    One event to be recorded.

    `event` has `kind` and `date`, and where it is so `level` (else "rt"), `sk_number`, `note`,
    `source` (else the number of the decision, or the reason), `corrects`, `reason`,
    `recorded_on`. Each of `units` has `role`, and `unit_id` unless it is a new RT, RW or dusun:
    then it gets the next free one. What a unit does not say of itself stays as it was; "" empties
    it.
    """

    event: Mapping[str, Any]
    units: Sequence[Mapping[str, Any]] = field(default=())


def record_event(
    region_dir: Path | str, event: Mapping[str, Any], units: Sequence[Mapping[str, Any]]
) -> str:
    """
    Record one event; see `Draft` for what it says, `record_events` for errors.

    Returns
    -------
    event_id
        The id it was given.
    """
    return record_events(region_dir, [Draft(event, units)])[0]


def correct_event(
    region_dir: Path | str,
    event_id: str,
    reason: str,
    event: Mapping[str, Any] | None = None,
    units: Sequence[Mapping[str, Any]] = (),
) -> str:
    """
    Replace an event wholly by another, or, without `event`, record that it never happened.

    The old rows stay in the files. Returns the id of the correction.

    Raises
    ------
    LineageError
        As `record_events`; also if later events or data rest on what would no longer be true.
    """
    return record_events(region_dir, [correction(event_id, reason, event, units)])[0]


def correction(
    event_id: str,
    reason: str,
    event: Mapping[str, Any] | None = None,
    units: Sequence[Mapping[str, Any]] = (),
    recorded_on: dt.date | None = None,
) -> Draft:
    """Return the draft of a correction; without `event`, that of a cancellation."""
    about = {"kind": "batal"} if event is None else dict(event)
    marks = {"corrects": event_id, "reason": reason, "recorded_on": recorded_on}
    return Draft(about | marks, units)


def record_events(
    region_dir: Path | str, drafts: Sequence[Draft], *, check_only: bool = False
) -> list[str]:
    """
    Record several events, all or none; with `check_only`, only see whether that would do.

    Returns
    -------
    event_ids
        The ids they were given, in order.

    Raises
    ------
    LineageError
        With all problems; nothing is then written.
    """
    ids, files = event_files(region_dir, drafts)
    if not check_only:
        write_all(files)
    return ids


def event_files(
    region_dir: Path | str, drafts: Sequence[Draft]
) -> tuple[list[str], dict[Path, bytes | None]]:
    """
    Return the ids of new events and the files that hold them, for who writes more at once.

    A file to be taken away is None: `rt.csv`, since the list of RTs follows from the events.

    Raises
    ------
    LineageError
        With all problems.
    """
    book = _Book(Path(region_dir))
    ids = [book.add(draft) for draft in drafts]
    book.close()
    return ids, book.files()


class _Book:
    """The events of a region, open for writing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.areas = read_table(AREAS, folder)
        self.kabupaten_id = str(read_about(folder)["kabupaten_id"])
        self.events, self.units = read_table(EVENTS, folder), read_table(EVENT_UNITS, folder)
        rt = read_table(RT, folder)
        if self.events.empty:
            self.events, self.units = events_from_periods(rt)
        self.lineage = self._read()
        self.at_first = set(self.lineage.touches.ids)
        self._touched: set[str] = set()  # by events of this batch
        self._given: list[str] = []  # ids handed out
        refuse_disagreement(rt, self.lineage)

    def _read(self) -> Lineage:
        return read_lineage(self.events, self.units, self.areas)

    def close(self) -> None:
        """
        Check everything that was added.

        Raises
        ------
        LineageError
            With all problems; also if data point to an RT that would never have been.
        """
        self.lineage = self._read()
        self._refuse_orphans(self.at_first - set(self.lineage.touches.ids))

    def _refuse_orphans(self, gone: set[str]) -> None:
        for table in USERS if gone else ():
            used = read_table(table, self.folder)["rt_id"]
            used = used[used.isin(gone)]
            if len(used):
                where = ", ".join(sorted(set(used))[:5])
                raise LineageError.of(
                    "lineage_still_used", n=len(used), table=table.name, where=where
                )

    def files(self) -> dict[Path, bytes | None]:
        """Files of the events, and None for a list of RTs."""
        contents: dict[Path, bytes | None] = {}
        for table, rows in ((EVENT_UNITS, self.units), (EVENTS, self.events)):
            contents |= table_file(self.folder, table, rows)
        for kind in ("csv", "parquet"):
            if (self.folder / f"rt.{kind}").exists():
                contents[self.folder / f"rt.{kind}"] = None
        return contents

    def add(self, draft: Draft) -> str:
        """Put an event into the tables under the next free id."""
        numbers = serials(self.events["event_id"].astype("str"))
        event_id = f"E{int(numbers.max(initial=0)) + 1:05d}"
        event = {**self._defaults(draft.event), **draft.event, "event_id": event_id}
        event["source"] = event.get("source") or event.get("sk_number") or event.get("reason")
        units = [self._described(event, unit, draft.units) for unit in draft.units]
        self.events = _appended(self.events, [event], EVENTS)
        self.units = _appended(self.units, units, EVENT_UNITS)
        self._touched |= {str(unit["unit_id"]) for unit in units}
        return event_id

    def _defaults(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Level, and for a correction the date, where the event says neither."""
        known = self.events[self.events["event_id"] == event.get("corrects")]
        if known.empty:
            return {"level": "rt"}
        return {"level": known["level"].iloc[0], "date": known["date"].iloc[0]}

    def _described(
        self, event: Mapping[str, Any], unit: Mapping[str, Any], units: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Complete what a unit says of itself."""
        told = {"event_id": event["event_id"], **unit}
        if unit["role"] == "before":
            return told
        if not told.get("unit_id"):
            told["unit_id"] = self._next_id(str(event["level"]))
            was = None
        else:
            was = self._as_it_was(event, str(told["unit_id"]))
        if was is not None:
            for name in EMPTIED.get(str(event["kind"]), ()):
                told.setdefault(name, was[name])
        elif event["kind"] in ("pecah", "gabung"):
            told.setdefault("parent_id", self._parent(event, units))
        if was is None and told.get("number"):
            told.setdefault("name", f"RT {told['number']}")
        return told

    def _as_it_was(self, event: Mapping[str, Any], unit: str) -> pd.Series | None:
        """What held of a unit on the day before; None if it did not live."""
        if unit in self._touched:
            self.lineage, self._touched = self._read(), set()
        days = [pd.Timestamp(event["date"])]
        if event.get("corrects") in self.lineage.events.index:
            days.append(self.lineage.events.at[event["corrects"], "date"])
        living = self.lineage.on(min(days) - pd.Timedelta(days=1), str(event["level"]))
        return living.loc[unit] if unit in living.index else None

    def _parent(self, event: Mapping[str, Any], units: Sequence[Mapping[str, Any]]) -> str | None:
        """The one parent of the units before; None if it is not one."""
        before = [str(unit.get("unit_id")) for unit in units if unit["role"] == "before"]
        found = [self._as_it_was(event, unit) for unit in before]
        parents = {str(was["parent_id"]) for was in found if was is not None}
        return parents.pop() if len(parents) == 1 else None

    def _next_id(self, level: str) -> str:
        if level not in SERIAL_LEVELS:
            raise LineageError.of("lineage_code_needed", level=level)
        known = pd.Series([*self.units["unit_id"], *self._given], dtype="str")
        own = known[known.str.startswith(SERIAL_LEVELS[level])].str.split("-").str[2]
        serial = int(own.astype("int64").max()) if len(own) else 0
        self._given.append(unit_id(level, self.kabupaten_id, serial + 1))
        return self._given[-1]


def table_file(folder: Path, table: Table, rows: pd.DataFrame) -> dict[Path, bytes | None]:
    """Return the file of a table, of the kind it has in the folder already (else CSV)."""
    parquet = folder / f"{table.name}.parquet"
    if parquet.exists():
        return {parquet: rows.to_parquet(index=False, compression="zstd")}
    csv = rows.to_csv(index=False, lineterminator="\n")
    return {folder / f"{table.name}.csv": csv.encode("utf-8")}


def _appended(rows: pd.DataFrame, new: Sequence[Mapping[str, Any]], table: Table) -> pd.DataFrame:
    names = [column.name for column in table.columns]
    dates = [column.name for column in table.columns if column.type == "date"]
    added = pd.DataFrame([{n: row.get(n) or None for n in names} for row in new], columns=names)
    added = added.astype(object).assign(**{n: pd.to_datetime(added[n]) for n in dates})
    old = rows.reindex(columns=names)
    return typed(pd.DataFrame({n: [*old[n], *added[n]] for n in names}), table)
