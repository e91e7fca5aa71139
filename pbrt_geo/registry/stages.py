"""The stages an RT goes through, from sosialisasi to realisasi, each with its day and evidence.

An RT goes through them again and again: a round ends where a stage comes that is not later in the
order than the one before. Within a round no stage is dated before one that precedes it; skipped
stages are told, not refused, for that is how it was.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.matters import SocialError, check_day, plain_text
from pbrt_geo.registry.rights import Actor
from pbrt_geo.registry.store import Reading, Registry
from pbrt_geo.registry.tables import STAGES
from pbrt_geo.text import say

Row = Mapping[str, Any]
Round = tuple[Row, ...]


def stages_of(reading: Reading, rt_id: str) -> tuple[Round, ...]:
    """Return the rounds of an RT, the oldest first, each with its stages in order."""
    return rounds(_rows(reading, rt_id))


def stages_by_rt(reading: Reading) -> dict[str, tuple[Round, ...]]:
    """Return the rounds of every RT the actor may map that went through any stage."""
    s = reading.visible(t.rt_stages)
    found: dict[str, list[Row]] = {}
    for row in reading.rows(select(s).order_by(s.c.id)):
        found.setdefault(row["rt_id"], []).append(dict(row))
    return {rt_id: rounds(rows) for rt_id, rows in found.items()}


def rounds(rows: Iterable[Row]) -> tuple[Round, ...]:
    """Divide stages into rounds: one begins where a stage is not later than the one before."""
    found: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: (row["date"], _place(row))):
        if not found or _place(row) <= _place(found[-1][-1]):
            found.append([])
        found[-1].append(row)
    return tuple(tuple(one) for one in found)


def skipped(one: Round) -> tuple[str, ...]:
    """Return the stages that a round passed over."""
    done = {row["stage"] for row in one}
    last = max(_place(row) for row in one)
    return tuple(stage for stage in STAGES[:last] if stage not in done)


def next_stage(one: Round) -> str:
    """Return the stage after the last one of a round; empty if it came to its end."""
    after = _place(one[-1]) + 1
    return STAGES[after] if after < len(STAGES) else ""


def record_stage(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    rt_id: str,
    *,
    stage: str,
    date: dt.date,
    evidence: str,
    begins_round: bool = False,
) -> int:
    """
    Record that an RT went through a stage; return the key of the row.

    Parameters
    ----------
    evidence
        Number of the minutes, or where they are kept; names nobody.
    begins_round
        The stage is in the last round already, and begins another one.

    Raises
    ------
    SocialError
        If the day lies ahead, is before a stage that precedes or after one that follows, the
        stage is recorded already, or the evidence is missing.
    NotAllowed
        If the actor may not map the RT.
    """
    new = {"rt_id": rt_id, "stage": stage, "date": date, "evidence": plain_text(evidence)}
    with registry.write(actor, on, "stage", "") as work:
        check_day(date, on)
        before = stages_of(work, rt_id)
        _check_fits(before, new, begins_round)
        return work.insert(t.rt_stages, **new)


def change_stage(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    row_id: int,
    version: int,
    *,
    date: dt.date,
    evidence: str,
    reason: str,
) -> int:
    """Correct the day or the evidence of a stage; return the new version. Raises as recording."""
    told = plain_text(evidence)
    with registry.write(actor, on, "stage", plain_text(reason, key="social_reason")) as work:
        found = work.get(t.rt_stages, row_id)
        if found is None:
            raise SocialError.of("social_missing")
        row = dict(found)
        check_day(date, on)
        others = [one for one in _rows(work, row["rt_id"]) if one["id"] != row_id]
        was = rounds([*others, row])
        now = rounds([*others, {**row, "date": date}])
        if _order(was) != _order(now):
            _refuse_order(row["stage"], date, _neighbours(was, row_id))
        return work.update(t.rt_stages, row_id, version, date=date, evidence=told)


def void_stage(
    registry: Registry, actor: Actor, on: dt.date, row_id: int, version: int, *, reason: str
) -> None:
    """Take back a stage that was recorded by mistake, with the reason."""
    with registry.write(actor, on, "stage", plain_text(reason, key="social_reason")) as work:
        work.void(t.rt_stages, row_id, version)


def _rows(reading: Reading, rt_id: str) -> list[Row]:
    s = reading.visible(t.rt_stages)
    query = select(s).where(s.c.rt_id == rt_id).order_by(s.c.id)
    return [dict(row) for row in reading.rows(query)]


def _place(row: Row) -> int:
    return STAGES.index(row["stage"])


def _check_fits(before: tuple[Round, ...], new: Row, begins_round: bool) -> None:
    """Refuse a stage that is there already, or whose day contradicts the order."""
    last = before[-1] if before else ()
    again = next((row for row in last if row["stage"] == new["stage"]), None)
    if again is not None and not begins_round:
        raise SocialError.of("stage_again", stage=_name(new), date=again["date"].isoformat())
    starts = begins_round and bool(last) and _place(new) <= _place(last[-1])
    if starts:
        if new["date"] <= last[-1]["date"]:
            _refuse_order(new["stage"], new["date"], (last[-1], None))
        return
    earlier = [row for row in last if _place(row) < _place(new)]
    later = [row for row in last if _place(row) > _place(new)]
    sides = (earlier[-1] if earlier else _end_of_round_before(before), later[0] if later else None)
    _check_between(new, sides, strictly=not earlier)


def _end_of_round_before(before: tuple[Round, ...]) -> Row | None:
    return before[-2][-1] if len(before) > 1 else None


def _check_between(new: Row, sides: tuple[Row | None, Row | None], strictly: bool) -> None:
    after, until = sides
    early = after is not None and (
        new["date"] < after["date"] or (strictly and new["date"] == after["date"])
    )
    if early or (until is not None and new["date"] > until["date"]):
        _refuse_order(new["stage"], new["date"], sides)


def _order(of: tuple[Round, ...]) -> list[list[str]]:
    return [[row["stage"] for row in one] for one in of]


def _neighbours(of: tuple[Round, ...], row_id: int) -> tuple[Row | None, Row | None]:
    line = [row for one in of for row in one]
    at = next(i for i, row in enumerate(line) if row["id"] == row_id)
    return (line[at - 1] if at else None, line[at + 1] if at + 1 < len(line) else None)


def _refuse_order(stage: str, date: dt.date, sides: tuple[Row | None, Row | None]) -> None:
    after, until = sides
    told = {"stage": _name({"stage": stage}), "date": date.isoformat()}
    if after is not None and date <= after["date"]:
        facts = {"other": _name(after), "limit": after["date"].isoformat()}
        raise SocialError.of("stage_too_early", **told, **facts)
    assert until is not None
    facts = {"other": _name(until), "limit": until["date"].isoformat()}
    raise SocialError.of("stage_too_late", **told, **facts)


def _name(row: Row) -> Any:
    """Name a stage in the language of the message."""
    return lambda language: say(f"stage.{row['stage']}", language)
