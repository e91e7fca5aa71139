"""What is known of the welfare of households on a day, and whom a declared rule proposes.

Which evidence counts is told in `evidence.toml`, the same as for editions; what a survey asked is
judged by the households that are looked at. What nobody answered stays unknown: it is not a "no".
"""

import datetime as dt
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd
from sqlalchemy import select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.findings import Findings, read_evidence_rule
from pbrt_geo.registry.store import Reading
from pbrt_geo.schema import CRITERIA

_AT_ONCE = 500
"""Keys named in one query."""


@dataclass(frozen=True)
class Rule:
    """A rule that proposes households; a condition that is None is not asked."""

    id: str
    criteria_at_least: int | None = None
    desil_at_most: int | None = None


def _declared() -> dict[str, Rule]:
    told = tomllib.loads(files(__package__).joinpath("welfare.toml").read_text(encoding="utf-8"))
    return {name: Rule(name, **conditions) for name, conditions in told.items()}


RULES: Mapping[str, Rule] = _declared()
"""The rules, the usual one first."""


@dataclass(frozen=True)
class Known:
    """
    What is known of one household on a day.

    `n_met` criteria hold and `n_open` of the 14 were never answered; the dates are those of the
    newest answer.
    """

    n_met: int = 0
    n_open: int = len(CRITERIA)
    criteria_on: dt.date | None = None
    desil: int | None = None
    desil_on: dt.date | None = None
    desil_edition: str = ""


def judge(rule: Rule, known: Known) -> bool | None:
    """Tell whether a rule proposes a household; None where what is known does not decide."""
    answers = []
    if rule.criteria_at_least is not None:
        answers.append(_enough(known.n_met, known.n_open, rule.criteria_at_least))
    if rule.desil_at_most is not None:
        low = None if known.desil is None else known.desil <= rule.desil_at_most
        answers.append(low)
    if True in answers:
        return True
    return None if None in answers else False


def _enough(n_met: int, n_open: int, wanted: int) -> bool | None:
    """Tell whether enough criteria hold; open ones leave it open only while they could decide."""
    if n_met >= wanted:
        return True
    return None if n_met + n_open >= wanted else False


def known_of(reading: Reading, household_ids: Collection[int], day: dt.date) -> dict[int, Known]:
    """Return what is known of households on a day; those without evidence included."""
    found = _findings(reading, household_ids, day, ("dtsen_desil", "dtsen_edition", *CRITERIA))
    ids = pd.Index(list(household_ids), dtype="int64")
    met = pd.DataFrame({name: found.column(name, ids).astype("boolean") for name in CRITERIA})
    days = pd.DataFrame({name: found.day(name, ids) for name in CRITERIA}).max(axis=1)
    desils = _desils(found, ids)
    return {
        int(household): Known(
            int(row.fillna(False).sum()), int(row.isna().sum()), _day(days[household]), *desil
        )
        for (household, row), desil in zip(met.iterrows(), desils, strict=True)
    }


def desils_of(reading: Reading, day: dt.date) -> dict[int, tuple[int | None, dt.date | None, str]]:
    """Return the desil of all households in sight that have evidence, its day and edition."""
    found = _findings(reading, None, day, ("dtsen_desil", "dtsen_edition"))
    told = _desils(found, found.households)
    return {int(household): desil for household, desil in zip(found.households, told, strict=True)}


def _desils(found: Findings, ids: pd.Index) -> list[tuple[int | None, dt.date | None, str]]:
    columns = (found.column("dtsen_desil", ids), found.day("dtsen_desil", ids))
    editions = found.column("dtsen_edition", ids)
    return [
        (None if pd.isna(desil) else int(desil), _day(day), "" if pd.isna(edition) else edition)
        for desil, day, edition in zip(*columns, editions, strict=True)
    ]


def _day(moment: Any) -> dt.date | None:
    return None if pd.isna(moment) else moment.date()


def _findings(
    reading: Reading, household_ids: Collection[int] | None, day: dt.date, names: Sequence[str]
) -> Findings:
    """Return the evidence that counts on a day, of some households or all that are seen."""
    e = reading.visible(t.evidence)
    columns = ("household_id", "as_of", "source", *names)
    query = select(*(e.c[name] for name in columns)).where(e.c.as_of <= day)
    parts = (
        [query]
        if household_ids is None
        else [query.where(e.c.household_id.in_(part)) for part in in_parts(household_ids)]
    )
    rows = [tuple(row.values()) for part in parts for row in reading.rows(part)]
    frame = pd.DataFrame(rows, columns=columns).astype({"household_id": "int64"})
    return Findings(frame.assign(as_of=pd.to_datetime(frame["as_of"])), day, read_evidence_rule())


def in_parts(ids: Iterable[int]) -> list[list[int]]:
    """Divide keys into parts that fit in one query."""
    rest = list(ids)
    return [rest[start : start + _AT_ONCE] for start in range(0, len(rest), _AT_ONCE)]
