"""The certificate of a public edition: what was attacked, and what was left to know."""

from typing import Any

import pandas as pd

from pbrt_geo.disclosure.attack import Findings
from pbrt_geo.disclosure.model import Knowledge
from pbrt_geo.disclosure.rule import UNITS, Rule

FALLBACK, HELD = "fallback", "held"
"""Why something is withheld by lot or after an attack, or is told of an earlier date."""


def certificate_of(
    knowledge: Knowledge, findings: Findings, table: pd.DataFrame, rule: Rule
) -> dict[str, Any]:
    """
    Return the certificate, in a form that JSON can hold.

    It counts statements and what remains possible, never households or residents.

    Returns
    -------
    certificate
        `n_claims` and `dates` of all editions attacked together; `n_cells` numbers of RTs that
        were sought; `needed` and `narrowest` by unit, `narrowest_change`: how many numbers had to
        and do stay possible; `n_fallbacks` statements withheld by lot or after an attack;
        `n_inherited` numbers that earlier editions and new facts give away, whatever is told now;
        `shown` by indicator and level; `not_public`: reason by indicator.
    """
    return {
        "n_claims": len(knowledge.claims),
        "dates": sorted(date.isoformat() for date in knowledge.snapshots),
        "n_cells": len(findings.cells),
        "needed": {unit: rule.values_needed(unit) for unit in UNITS},
        "narrowest": {unit: findings.narrowest(unit) for unit in UNITS},
        "narrowest_change": findings.narrowest_change,
        "n_fallbacks": int((table["why"] == FALLBACK).sum()),
        "n_inherited": len(findings.leaks),
        "shown": _shown(table),
        "not_public": {base: dict(reason) for base, reason in rule.hidden.items()},
    }


def _shown(table: pd.DataFrame) -> dict[str, dict[str, list[int]]]:
    """Count by indicator and level: shown, withheld, no data, and shown as of an earlier date."""
    state = table["state"].astype("str")
    marks = pd.DataFrame(
        {
            "shown": state.isin(("value", "zero")),
            "withheld": state == "withheld",
            "no_data": state == "no_data",
            "held": table["why"] == HELD,
        }
    ).astype(int)
    keys = [table[name].astype("str") for name in ("indicator", "level")]
    found: dict[str, dict[str, list[int]]] = {}
    for (indicator, level), counts in marks.groupby(keys, sort=True).sum().iterrows():
        found.setdefault(indicator, {})[level] = [int(count) for count in counts]
    return found
