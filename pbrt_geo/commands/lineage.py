"""`pbrt lineage …`: what happened to RT, RW, dusun, desa and kecamatan; record and correct it."""

import argparse
import datetime as dt
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbrt_geo.commands.tools import Commands, add, as_date, group, print_csv
from pbrt_geo.errors import LineageError
from pbrt_geo.schema import EVENT_LEVELS
from pbrt_geo.text import say

if TYPE_CHECKING:
    import pandas as pd

    from pbrt_geo.lineage import Lineage
    from pbrt_geo.recording import Draft

EVENT_KEYS = {"kind", "date", "level", "sk_number", "note", "source", "before", "after"}
UNIT_KEYS = {"unit_id", "parent_id", "number", "rw", "dusun", "name", "idsls"}


def declare(commands: Commands) -> None:
    """Declare the commands of this file."""
    commands = group(commands, "lineage", "events in the lives of RT, desa and what lies between")
    listed = add(commands, "list", list_events)
    listed.add_argument("--level", choices=EVENT_LEVELS, default="rt")
    listed.add_argument("--from", dest="first", type=as_date, help="YYYY-MM-DD")
    listed.add_argument("--to", dest="last", type=as_date, help="YYYY-MM-DD, that day included")
    listed.add_argument("--csv", action="store_true")
    add(commands, "show", show).add_argument("unit", metavar="UNIT_ID")
    living = add(commands, "on", on)
    living.add_argument("date", type=as_date, metavar="DATE")
    living.add_argument("--level", choices=EVENT_LEVELS, default="rt")
    after = add(commands, "successors", successors)
    after.add_argument("unit", metavar="UNIT_ID")
    after.add_argument("--date", type=as_date, required=True, help="YYYY-MM-DD")
    recorded = add(commands, "record", record)
    recorded.add_argument("file", type=Path, nargs="?", help="TOML file of events")
    recorded.add_argument("--example", action="store_true", help="print such a file, to fill in")
    corrected = add(commands, "correct", correct)
    corrected.add_argument("event", metavar="EVENT_ID")
    corrected.add_argument("--reason", required=True, help="why the record was wrong")
    corrected.add_argument("--by", type=Path, help="TOML file with what happened; else: nothing")
    accepted = add(commands, "accept", accept)
    accepted.add_argument("comparison", type=Path, help="folder or proposals.csv")
    accepted.add_argument("--date", type=as_date, required=True, help="YYYY-MM-DD")
    accepted.add_argument("--sk", help="number of the decision")
    accepted.add_argument("--source", help="where it is recorded")
    for command in (recorded, corrected, accepted):
        command.add_argument("--check", action="store_true", help="only see whether it would do")
    for command in (listed, living, after, recorded, corrected, accepted, commands.choices["show"]):
        command.add_argument("--region", type=Path, default=Path("geodata/sample"))


# ── looking ─────────────────────────────────────────────────────────────────────────────────────


def list_events(options: argparse.Namespace) -> int:
    """Print the events that stand, by date."""
    lineage = _lineage(options)
    events = lineage.events[lineage.events["level"] == options.level]
    day = events["date"].dt.date
    events = events[
        (day >= (options.first or dt.date.min)) & (day <= (options.last or dt.date.max))
    ]
    if options.csv:
        print_csv(events.reset_index().to_csv(index=False, lineterminator="\n"))
        return 0
    units = lineage.units.groupby(["event_id", "role"])["unit_id"].agg(list).to_dict()
    for event in events.reset_index().to_dict("records"):
        before = _short(units.get((event["event_id"], "before"), []))
        after = _short(units.get((event["event_id"], "after"), []))
        print(_event_line(event, before, after, options.lang))
    print(say("lineage.cli.n_events", options.lang, n=len(events)))
    return 0


def _short(ids: list[str], most: int = 6) -> str:
    return ", ".join(ids[:most]) + (", …" if len(ids) > most else "") if ids else "–"


def _event_line(event: dict[str, Any], before: str, after: str, language: str) -> str:
    facts = {
        "event": event["event_id"],
        "date": event["date"].date().isoformat(),
        "kind": say(f"lineage.kind.{event['kind']}", language),
        "before": before,
        "after": after,
        "sk": event["sk_number"] if isinstance(event["sk_number"], str) else "–",
    }
    return say("lineage.cli.event", language, **facts)


def show(options: argparse.Namespace) -> int:
    """Print everything that happened to a unit and to those it is related to."""
    import pandas as pd

    lineage = _known(options)
    family = lineage.family(options.unit)
    for _, edges in family.groupby("event_id", sort=False):
        before, after = (_distinct(edges[side]) for side in ("from_id", "to_id"))
        print(_event_line(edges.iloc[0].to_dict(), _short(before), _short(after), options.lang))
    periods = lineage.periods[lineage.periods["unit_id"] == options.unit]
    for period in periods.itertuples():
        facts = {"name": period.name, "parent": period.parent_id}
        facts["first"] = period.valid_from.date().isoformat()
        if pd.isna(period.valid_to):
            print(say("lineage.cli.period_open", options.lang, **facts))
        else:
            last = period.valid_to.date().isoformat()
            print(say("lineage.cli.period", options.lang, last=last, **facts))
    return 0


def _distinct(ids: "pd.Series") -> list[str]:
    return [str(unit) for unit in ids.dropna().unique()]


def on(options: argparse.Namespace) -> int:
    """Print, as CSV, the units that live on a date."""
    living = _lineage(options).on(options.date, options.level)
    print_csv(living.reset_index().to_csv(index=False, lineterminator="\n"))
    return 0


def successors(options: argparse.Namespace) -> int:
    """Print the units that may hold the people of a unit on a date."""
    lineage = _known(options)
    found = lineage.successors(options.unit, options.date)
    facts = {"unit": options.unit, "date": options.date.isoformat()}
    if found == [options.unit]:
        print(say("lineage.cli.lives", options.lang, **facts))
    elif found:
        print(say("lineage.cli.successors", options.lang, n=len(found), **facts))
        for unit in found:
            period = lineage.on(options.date, _level_of(lineage, unit)).loc[unit]
            print(f"- {unit}: {period['name']}, {period['parent_id']}")
    else:
        print(say("lineage.cli.no_successors", options.lang, **facts))
    return 0


def _level_of(lineage: "Lineage", unit: str) -> str:
    return str(lineage.periods.loc[lineage.periods["unit_id"] == unit, "level"].iloc[0])


def _lineage(options: argparse.Namespace) -> "Lineage":
    from pbrt_geo.lineage import lineage_of
    from pbrt_geo.region import read_about, read_table
    from pbrt_geo.schema import AREAS, EVENT_UNITS, EVENTS, RT

    read_about(options.region)
    return lineage_of(
        {t.name: read_table(t, options.region) for t in (AREAS, EVENTS, EVENT_UNITS, RT)}
    )


def _known(options: argparse.Namespace) -> "Lineage":
    lineage = _lineage(options)
    if options.unit not in lineage.touches.ids:
        raise LineageError.of("lineage_no_such_unit", unit=options.unit[:20])
    return lineage


# ── recording ───────────────────────────────────────────────────────────────────────────────────


def record(options: argparse.Namespace) -> int:
    """Record the events of a TOML file, all or none; `--example` prints such a file."""
    from pbrt_geo.recording import record_events

    if options.example:
        print(say("lineage.cli.example", options.lang))
        return 0
    if options.file is None:
        raise LineageError.of("lineage_no_file")
    drafts = read_drafts(options.file)
    return _told(record_events(options.region, drafts, check_only=options.check), options)


def correct(options: argparse.Namespace) -> int:
    """Replace an event by what a TOML file says happened; without a file, it never happened."""
    from pbrt_geo.recording import correction, record_events

    drafts = [] if options.by is None else read_drafts(options.by)
    if len(drafts) > 1:
        raise LineageError.of("lineage_one_event", file=options.by.name, n=len(drafts))
    event, units = (drafts[0].event, drafts[0].units) if drafts else (None, ())
    draft = correction(options.event, options.reason, event, units, dt.date.today())
    return _told(record_events(options.region, [draft], check_only=options.check), options)


def accept(options: argparse.Namespace) -> int:
    """Record the proposals of a comparison whose decision is `terima`, all or none."""
    from pbrt_geo.acceptance import accept_proposals
    from pbrt_geo.comparison import read_proposals

    recorded = accept_proposals(
        options.region,
        read_proposals(options.comparison),
        options.date,
        options.sk,
        options.source,
        recorded_on=dt.date.today(),
        check_only=options.check,
    )
    return _told(recorded, options)


def _told(event_ids: list[str], options: argparse.Namespace) -> int:
    key = "lineage.cli.would_do" if options.check else "lineage.cli.recorded"
    print(say(key, options.lang, n=len(event_ids), ids=_short(event_ids)))
    return 0


def read_drafts(path: Path) -> "list[Draft]":
    """
    Read the events of a TOML file, to be recorded today.

    Raises
    ------
    LineageError
        If it is no TOML file of events, or has keys that mean nothing.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LineageError.of("lineage_file_unreadable", file=path.name) from error
    events = told.get("event")
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise LineageError.of("lineage_file_unreadable", file=path.name)
    return [_draft(event, number, path.name) for number, event in enumerate(events, 1)]


def _draft(event: dict[str, Any], number: int, file: str) -> "Draft":
    from pbrt_geo.recording import Draft

    before, after = event.get("before", []), event.get("after", [])
    rows = [{"unit_id": unit} if isinstance(unit, str) else unit for unit in after]
    shaped = isinstance(before, list) and all(isinstance(unit, str) for unit in before)
    if not shaped or not all(isinstance(row, dict) for row in rows):
        raise LineageError.of("lineage_file_units", file=file, number=number)
    strange = event.keys() - EVENT_KEYS | {key for row in rows for key in row.keys() - UNIT_KEYS}
    missing = {"kind", "date"} - event.keys()
    if strange or missing:
        facts = {"file": file, "number": number, "keys": ", ".join(sorted(strange | missing))}
        raise LineageError.of("lineage_file_keys", **facts)
    about = {key: value for key, value in event.items() if key not in ("before", "after")}
    units = [{"role": "before", "unit_id": unit} for unit in before]
    units += [{"role": "after", **row} for row in rows]
    return Draft(about | {"recorded_on": dt.date.today()}, units)
