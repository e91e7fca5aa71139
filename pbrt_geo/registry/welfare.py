"""What is known of the welfare of households on a day, and whom a declared rule proposes.

Of each fact the newest answer on or before the day counts; of two of one day that of the better
source. What nobody answered stays unknown: it is not a "no".
"""

import datetime as dt
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from sqlalchemy import RowMapping, select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.store import Reading
from pbrt_geo.schema import CRITERIA

SOURCES = ("dtsen", "survey", "form", "verification")
"""Sources of evidence, the weakest first: who sat at the table knows better than a table."""

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
    facts: dict[int, dict[str, Any]] = {household: {} for household in household_ids}
    dates: dict[int, dict[str, dt.date]] = {household: {} for household in household_ids}
    for row in _evidence(reading, household_ids, day):
        for name in _FACTS:
            if row[name] is not None:
                facts[row["household_id"]][name] = row[name]
                dates[row["household_id"]][name] = row["as_of"]
                if name == "dtsen_desil":
                    facts[row["household_id"]]["edition"] = row["dtsen_edition"] or ""
    return {household: _known(facts[household], dates[household]) for household in household_ids}


_FACTS = ("dtsen_desil", *CRITERIA)


def _known(facts: Mapping[str, Any], dates: Mapping[str, dt.date]) -> Known:
    answered = [name for name in CRITERIA if name in facts]
    return Known(
        n_met=sum(facts[name] for name in answered),
        n_open=len(CRITERIA) - len(answered),
        criteria_on=max((dates[name] for name in answered), default=None),
        desil=facts.get("dtsen_desil"),
        desil_on=dates.get("dtsen_desil"),
        desil_edition=facts.get("edition", ""),
    )


def _evidence(reading: Reading, household_ids: Collection[int], day: dt.date) -> list[RowMapping]:
    """Return the evidence on or before a day, what counts more later."""
    e = reading.visible(t.evidence)
    columns = [e.c[name] for name in ("household_id", "as_of", "source", "dtsen_edition", *_FACTS)]
    found: list[RowMapping] = []
    for part in in_parts(household_ids):
        query = select(*columns).where(e.c.household_id.in_(part), e.c.as_of <= day)
        found.extend(reading.rows(query))
    return sorted(found, key=lambda row: (row["as_of"], SOURCES.index(row["source"])))


def in_parts(ids: Iterable[int]) -> list[list[int]]:
    """Divide keys into parts that fit in one query."""
    rest = list(ids)
    return [rest[start : start + _AT_ONCE] for start in range(0, len(rest), _AT_ONCE)]
