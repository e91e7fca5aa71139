"""What a person accepted of a comparison of boundaries, recorded as events."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pandas as pd

from pbrt_geo.codes import is_code, parent_of
from pbrt_geo.errors import LineageError
from pbrt_geo.lineage import lineage_of
from pbrt_geo.lineage.rules import level_of_units
from pbrt_geo.recording import Draft, record_events
from pbrt_geo.region import read_table
from pbrt_geo.schema import AREAS, EVENT_UNITS, EVENTS, RT
from pbrt_geo.text import say

RENAMES = ("ganti_nama", "ganti_nomor")

Proposal = dict[str, Any]
"""One accepted proposal: `proposal_id`, `kind`, `before` and `after` (ids), `names` by id."""


def accept_proposals(
    region_dir: Path | str,
    proposals: pd.DataFrame,
    date: dt.date,
    sk_number: str | None = None,
    source: str | None = None,
    *,
    recorded_on: dt.date | None = None,
    check_only: bool = False,
) -> list[str]:
    """
    Record the proposals whose `decision` is "terima" as events of one day, all or none.

    A new name of a unit to which something else happens is written into that event, and moved
    boundaries that share a unit become one event: a unit has one event a day. A desa without any
    event so far is first recorded as having been there (`awal`).

    Parameters
    ----------
    proposals
        Columns `proposal_id`, `kind`, `before`, `after`, `names_before`, `names_after` (several
        in a cell are separated by ";") and `decision`.
    date
        First day on which what the events bring about holds.

    Returns
    -------
    event_ids
        Ids of the events recorded.

    Raises
    ------
    LineageError
        If nothing is accepted, a unit has no usable code, or the events are refused.
    """
    folder = Path(region_dir)
    accepted = [_read(row) for row in proposals.fillna("").to_dict("records") if _said_yes(row)]
    if not accepted:
        raise LineageError.of("lineage_nothing_accepted", n=len(proposals))
    level = _level(accepted)
    _refuse_codes(accepted, level)
    about = {"date": date, "sk_number": sk_number, "source": source, "level": level}
    about["recorded_on"] = recorded_on
    drafts = _founding(folder, accepted, level, date)
    drafts += [_draft(each, about, level) for each in _combined(accepted, level)]
    return record_events(folder, drafts, check_only=check_only)


def _said_yes(row: dict[str, Any]) -> bool:
    return str(row["decision"]).strip().casefold() == "terima"


def _read(row: dict[str, Any]) -> Proposal:
    before, after = (_cells(row[side]) for side in ("before", "after"))
    names = dict(zip(after, _cells(row["names_after"], keep_empty=True), strict=False))
    kept = {"proposal_id": row["proposal_id"], "kind": row["kind"], "names": names}
    if row["kind"] == "bubar":  # who takes over is there before, too
        before += [unit for unit in after if unit not in before]
    return kept | {"before": before, "after": after, "told": {}}


def _cells(text: Any, keep_empty: bool = False) -> list[str]:
    parts = [part.strip() for part in str(text).split(";")]
    return parts if keep_empty else [part for part in parts if part]


def _level(accepted: list[Proposal]) -> str:
    """The level of the units before, or of those after where nothing was before."""
    units = [unit for each in accepted for unit in each["before"]]
    units = units or [unit for each in accepted for unit in each["after"]]
    levels = set(level_of_units(pd.Index(units, dtype="str"))) & {"rt", "desa", "kecamatan"}
    return str(levels.pop()) if len(levels) == 1 else "rt"


def _refuse_codes(accepted: list[Proposal], level: str) -> None:
    """Refuse units known by their row only, and units that would change their identity."""
    uncoded = [each for each in accepted if any("#" in unit for unit in each["before"])]
    if level != "rt":
        uncoded += [e for e in accepted if any(not is_code(u, "kemendagri") for u in e["after"])]
    recoded = [e for e in accepted if e["kind"] in RENAMES and e["before"] != e["after"]]
    for key, wrong in (
        ("lineage_proposal_uncoded", uncoded),
        ("lineage_proposal_recoded", recoded),
    ):
        if wrong:
            where = ", ".join(dict.fromkeys(str(each["proposal_id"]) for each in wrong))
            raise LineageError.of(key, n=len(wrong), where=where)


def _combined(accepted: list[Proposal], level: str) -> list[Proposal]:
    """Join what happens to the same units on the one day, as far as one event can say it."""
    found: list[Proposal] = []
    for each in (e for e in accepted if e["kind"] not in RENAMES):
        shared = [f for f in found if each["kind"] == f["kind"] == "ubah_batas" and _meet(each, f)]
        found = [f for f in found if f not in shared] + [_joined([*shared, each])]
    for each in (e for e in accepted if e["kind"] in RENAMES):
        unit = each["after"][0]
        told = _told_by_name(each["names"].get(unit, ""), level, each["kind"])
        hosts = [f for f in found if unit in f["before"] and unit in f["after"]]
        if hosts:
            hosts[0]["told"][unit] = told
        else:
            found.append(each | {"told": {unit: told}})
    return found


def _joined(proposals: list[Proposal]) -> Proposal:
    sides = {
        side: list(dict.fromkeys(unit for each in proposals for unit in each[side]))
        for side in ("before", "after")
    }
    return proposals[-1] | sides


def _meet(one: Proposal, other: Proposal) -> bool:
    return not set(one["before"]).isdisjoint(other["before"])


def _told_by_name(name: str, level: str, kind: str) -> dict[str, Any]:
    """Name and, for an RT that is renumbered or new, the number in it."""
    number = re.search(r"\d{1,3}", name) if level == "rt" and kind != "ganti_nama" else None
    told = {"name": name} if name else {}
    return told | ({"number": f"{int(number[0]):03d}"} if number else {})


def _draft(proposal: Proposal, about: dict[str, Any], level: str) -> Draft:
    units: list[dict[str, Any]] = [
        {"role": "before", "unit_id": unit} for unit in proposal["before"]
    ]
    for unit in proposal["after"]:
        row: dict[str, Any] = {"role": "after", "unit_id": unit, **proposal["told"].get(unit, {})}
        if unit not in proposal["before"]:
            row |= _new(unit, proposal, level)
        units.append(row)
    event = about | {"kind": proposal["kind"]}
    said = say("lineage.source_proposal", "id", proposal=proposal["proposal_id"])
    event["source"] = about["source"] or about["sk_number"] or said
    return Draft(event, units)


def _new(unit: str, proposal: Proposal, level: str) -> dict[str, Any]:
    """Describe a unit that is born; an RT that has no id of ours gets the next one."""
    told = _told_by_name(proposal["names"].get(unit, ""), level, proposal["kind"])
    if level == "rt":
        return told | ({} if unit.startswith("RT-") else {"unit_id": None})
    return told | {"parent_id": parent_of(unit)}


def _founding(folder: Path, accepted: list[Proposal], level: str, date: dt.date) -> list[Draft]:
    """Areas of which nothing is recorded yet were there already when recording began."""
    if level == "rt":
        return []
    names = ("events", "event_units", "areas", "rt")
    tables = dict(
        zip(names, (read_table(t, folder) for t in (EVENTS, EVENT_UNITS, AREAS, RT)), strict=True)
    )
    lineage = lineage_of(tables)
    areas = tables["areas"].set_index("area_id")
    units = dict.fromkeys(unit for each in accepted for unit in each["before"])
    new = [unit for unit in units if unit not in lineage.touches.ids and unit in areas.index]
    if not new:
        return []
    first = min([*lineage.events["date"].head(1), pd.Timestamp(date) - pd.Timedelta(days=1)])
    told = areas.loc[new, ["name", "parent_id"]].assign(role="after").rename_axis("unit_id")
    event = {"kind": "awal", "level": level, "date": first, "source": "areas.csv"}
    return [Draft(event, told.reset_index().to_dict(orient="records"))]
