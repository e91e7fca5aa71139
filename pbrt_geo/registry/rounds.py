"""People of the registry as the tables from which editions are built, on any dates.

Names, numbers and addresses stay behind; a household and a person are called by the key of their
row, which means nothing outside the registry. An edition counts everybody, so the registry is read
whole: who may build one must be bound to the whole kabupaten.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Select, select

from pbrt_geo import schema
from pbrt_geo.errors import Problem, SchemaError
from pbrt_geo.region import Region, empty_table, reference_problems, typed
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.findings import (
    EvidenceRule,
    Findings,
    read_evidence_rule,
    years_before,
)
from pbrt_geo.registry.rights import COMMAND, Actor, NotAllowed, level_of, sees_all
from pbrt_geo.registry.store import Reading, Registry
from pbrt_geo.text import LANGUAGES, say

PEOPLE = (schema.HOUSEHOLDS, schema.RESIDENTS, schema.PROGRAMME_REPORTS, schema.ENROLMENTS)

_FOUND = ("spending_idr", "dtsen_desil", *schema.CRITERIA)
_TAKEN_OVER = ("recorded", "corrected")
"""Causes by which somebody comes into a household on paper only."""


def region_with_people(
    region: Region,
    registry: Registry,
    actor: Actor,
    dates: Collection[dt.date],
    rule: EvidenceRule | None = None,
) -> Region:
    """
    Return a region whose people are those of the registry, with a round for each date.

    A date on which the registry knows of no household is no round: nobody was counted then.
    An edition built from it names the registry as a source; `about["left_out"]` tells for each
    date how many households have no member and do not count.

    Raises
    ------
    NotAllowed
        If the actor may not build editions of the whole kabupaten.
    SchemaError
        If the registry holds what no edition can count, such as an RT that the region lacks.
    """
    rule = read_evidence_rule() if rule is None else rule
    people, left_out = _people_on(registry, actor, dates, rule)
    tables = region.tables | people
    problems: list[Problem] = [p for table in PEOPLE for p in table.problems(tables[table.name])]
    problems = problems or reference_problems(tables)
    if problems:
        raise SchemaError(*problems)
    there = people["households"]["as_of"].dt.date.unique()
    rounds = [{"as_of": day, "estimated": region.rounds.get(day, False)} for day in sorted(there)]
    sources = [*region.about.get("source", []), _source(rule)]
    about = region.about | {"round": rounds, "left_out": left_out, "source": sources}
    return replace(region, about=about, tables=tables)


def _source(rule: EvidenceRule) -> dict[str, dict[str, str]]:
    """Return what an edition says of where its people come from."""
    facts: dict[str, Any] = {"evidence": rule.evidence_years, "reports": rule.report_years}
    return {
        "what": {name: say("registry_rounds.source", name) for name in LANGUAGES},
        "text": {name: say("registry_rounds.source_text", name, **facts) for name in LANGUAGES},
    }


def people_on(
    registry: Registry,
    actor: Actor,
    dates: Collection[dt.date],
    rule: EvidenceRule | None = None,
) -> dict[str, pd.DataFrame]:
    """
    Return households, residents, lists that came in and enrolments as of some dates.

    A household is there while it lives in an RT, a person while a member of a household that is
    there. The house has coordinates on a date if the household did not move since. Members are
    counted by name; to them come those who were counted in the household and never named. A
    household without any member is left out, as nobody is known to live in it.

    Returns
    -------
    people
        By the names of the tables in `pbrt_geo.schema`, `as_of` being the date.

    Raises
    ------
    NotAllowed
        If the actor may not build editions of the whole kabupaten.
    """
    return _people_on(registry, actor, dates, rule or read_evidence_rule())[0]


def _people_on(
    registry: Registry, actor: Actor, dates: Collection[dt.date], rule: EvidenceRule
) -> tuple[dict[str, pd.DataFrame], dict[dt.date, int]]:
    actor.require("build_editions")
    if not sees_all(actor) and level_of(actor.area_id) != "kabupaten":
        raise NotAllowed.outside(actor)
    days = sorted(set(dates))
    last = max(days, default=registry.clock().date())
    with registry.read(actor, last):
        pass  # the account still is what it was at the login
    with registry.read(COMMAND, last) as reading:
        kept = _Kept.of(reading)
    rounds = {date: _round(kept, date, rule) for date in days}
    parts = [found for found, _ in rounds.values()]
    tables = {table.name: _table(table, [part[table.name] for part in parts]) for table in PEOPLE}
    return tables, {date: n for date, (_, n) in rounds.items()}


def _table(table: schema.Table, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    columns = [column.name for column in table.columns]
    rows = [part[columns] for part in parts if len(part)]
    return typed(pd.concat(rows, ignore_index=True), table) if rows else empty_table(table)


# ── what is read ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Kept:
    """All that editions need of the registry, whatever the date."""

    residences: pd.DataFrame
    members: pd.DataFrame
    evidence: pd.DataFrame
    enrolments: pd.DataFrame
    reports: pd.DataFrame

    @classmethod
    def of(cls, reading: Reading) -> "_Kept":
        h, r = reading.visible(t.households), reading.visible(t.residences)
        m, p = reading.visible(t.memberships), reading.visible(t.residents)
        lived = [r.c.household_id, r.c.rt_id, r.c.valid_from, r.c.valid_to, r.c.cause]
        lives = select(*lived, h.c.lon, h.c.lat).join_from(r, h, r.c.household_id == h.c.id)
        member = [m.c.resident_id, m.c.household_id, m.c.valid_from, m.c.valid_to, m.c.cause]
        told = [p.c.sex, p.c.birth_date, p.c.death_date]
        belongs = select(*member, *told).join_from(m, p, m.c.resident_id == p.c.id)
        e, n = reading.visible(t.evidence), reading.visible(t.enrolments)
        found = [e.c.household_id, e.c.as_of, e.c.source, e.c.n_residents]
        found += [e.c[name] for name in _FOUND]
        reached = [n.c.programme_id, n.c.household_id, n.c.valid_from, n.c.valid_to]
        s = reading.visible(t.programme_reports)
        return cls(
            _frame(reading, lives, "household_id", "valid_from", "rt_id"),
            _frame(reading, belongs, "resident_id", "valid_from", "household_id"),
            _frame(reading, select(*found), "household_id", "as_of"),
            _frame(reading, select(*reached), "programme_id", "household_id"),
            _frame(
                reading, select(s.c.programme_id, s.c.as_of, s.c.rt_id), "programme_id", "rt_id"
            ),
        )


def _frame(reading: Reading, query: Select[Any], *order: str) -> pd.DataFrame:
    """Run a query; its rows in an order that does not depend on the database."""
    names = [column.name for column in query.selected_columns]
    rows = [tuple(row.values()) for row in reading.rows(query)]
    frame = pd.DataFrame(rows, columns=names)
    for name in names:
        if name in ("as_of", "valid_from", "valid_to", "birth_date", "death_date"):
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    return frame.sort_values(list(order), ignore_index=True, kind="stable")


def _holds(rows: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    return (rows["valid_from"] <= day) & (rows["valid_to"].isna() | (rows["valid_to"] > day))


# ── one date ────────────────────────────────────────────────────────────────────────────────────


def _round(kept: _Kept, date: dt.date, rule: EvidenceRule) -> tuple[dict[str, pd.DataFrame], int]:
    """Return the tables of one date, and how many households have no member."""
    day = pd.Timestamp(date)
    homes = _homes(kept.residences, day)
    people = kept.members[_holds(kept.members, day) & ~(kept.members["death_date"] <= day)]
    people = people[people["household_id"].isin(homes.index)]
    people = people.drop_duplicates("resident_id", keep="last")
    findings = Findings(kept.evidence, date, rule)
    sizes = _sizes(homes.index, people, kept.members, findings, day)
    known = {name: findings.column(name, homes.index) for name in _FOUND}
    homes = homes.assign(n_residents=sizes, **known)[sizes > 0]
    reached = kept.enrolments[_holds(kept.enrolments, day)]
    reached = reached[reached["household_id"].isin(homes.index)]
    since = pd.Timestamp(years_before(date, rule.report_years))
    came_in = kept.reports[(kept.reports["as_of"] > since) & (kept.reports["as_of"] <= day)]
    found = {
        "households": homes.reset_index(),
        "residents": people,
        "enrolments": reached.drop_duplicates(["programme_id", "household_id"]),
        "programme_reports": came_in.drop_duplicates(["programme_id", "rt_id"]),
    }
    named = {name: _called(rows.assign(as_of=day)) for name, rows in found.items()}
    return named, int((sizes == 0).sum())


def _homes(residences: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return the households that live somewhere on a day: RT, and where the house is."""
    homes = residences[_holds(residences, day)]
    homes = homes.drop_duplicates("household_id", keep="last").set_index("household_id")
    later = (residences["cause"] == "moved") & (residences["valid_from"] > day)
    moved = homes.index.isin(residences.loc[later, "household_id"])
    homes.loc[moved, ["lon", "lat"]] = np.nan
    return homes[["rt_id", "lon", "lat"]].copy()


def _sizes(
    households: pd.Index,
    people: pd.DataFrame,
    members: pd.DataFrame,
    findings: Findings,
    day: pd.Timestamp,
) -> pd.Series:
    """Count the members by name, and those who were counted and never named."""
    named_now = _distinct(people, households)
    counted = findings.column("n_residents", households)
    days = findings.day("n_residents", households)
    counted_on = days.reindex(members["household_id"]).set_axis(members.index)
    on_paper = members["cause"].isin(_TAKEN_OVER) & (members["valid_from"] <= day)
    there = (members["valid_from"] <= counted_on) | on_paper
    there &= members["valid_to"].isna() | (members["valid_to"] > counted_on)
    unnamed = (counted - _distinct(members[there], households)).clip(lower=0)
    return named_now + unnamed.fillna(0).astype("int64")


def _distinct(members: pd.DataFrame, households: pd.Index) -> pd.Series:
    once = members.drop_duplicates(["household_id", "resident_id"])
    counts = once["household_id"].value_counts()
    return counts.reindex(households, fill_value=0)


def _called(rows: pd.DataFrame) -> pd.DataFrame:
    """Call households and people by the keys of their rows."""
    names = {"household_id": "H", "resident_id": "P"}
    return rows.assign(
        **{name: _pseudonyms(rows[name], letter) for name, letter in names.items() if name in rows}
    )


def _pseudonyms(keys: Iterable[int], letter: str) -> list[str]:
    return [f"{letter}{key:07d}" for key in keys]
