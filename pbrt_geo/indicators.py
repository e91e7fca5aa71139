"""All indicators of a state, computed in one pass: the table of numbers that an edition seals.

To add an indicator, declare one function with `@measure` in the file of its topic below, and
write its texts; nothing else needs to know of it.
"""

from typing import Any

import numpy as np
import pandas as pd

# Imported for their declarations: each file of measures registers its own.
from pbrt_geo import coverage, growth, population, poverty  # noqa: F401
from pbrt_geo.measures import Measure, Sums, declared_measures, roll_up, states_of, values_of
from pbrt_geo.state import State


def compute(state: State) -> pd.DataFrame:
    """
    Compute every indicator for every area of every level.

    Returns
    -------
    values
        One row per indicator and area: `area_id`, `level`, `period` (date of the state),
        `indicator`, `value` (NaN where not known or not defined), `numerator`, `denominator`
        (NaN for counts), `known_rate` (share from 0 to 1; NaN where nothing is to be known) and
        `state`. Rows of one indicator and level stand together, in the order of `state.ids`.
    """
    blocks = [
        _block(measure, identifier, level, sums)
        for measure in declared_measures()
        for identifier, tally in measure.each(state)
        for level, sums in roll_up(state, tally).items()
    ]
    sizes = [len(block["value"]) for block in blocks]
    columns = {
        name: np.concatenate([block[name] for block in blocks])
        for name in ("value", "numerator", "denominator", "known_rate", "state")
    }
    levels = [block["level"] for block in blocks]
    table = pd.DataFrame(columns)
    ids = np.concatenate([state.ids[level].to_numpy(dtype=object) for level in levels])
    table.insert(0, "area_id", ids)
    table.insert(1, "level", _repeated(levels, sizes))
    table.insert(2, "period", pd.Timestamp(state.date))
    table.insert(3, "indicator", _repeated([block["indicator"] for block in blocks], sizes))
    table["state"] = pd.Categorical(table["state"])
    return table


def catalogue(state: State) -> list[dict[str, object]]:
    """Describe every indicator of a state: identifier, family, kind, classes, programme group."""
    return [
        {
            "id": identifier,
            "base": measure.base,
            "member": member,
            "kind": measure.kind,
            "topic": measure.topic,
            "better": measure.better,
            "breaks": list(measure.breaks),
        }
        for measure in declared_measures()
        for identifier, member in measure.names(state)
    ]


def _block(measure: Measure, identifier: str, level: str, sums: Sums) -> dict[str, Any]:
    numerator, denominator, known, everyone, _ = sums
    value = values_of(sums, measure.kind)
    with np.errstate(divide="ignore", invalid="ignore"):
        known_rate = np.where(everyone > 0, known / everyone, np.nan)
    return {
        "indicator": identifier,
        "level": level,
        "value": value,
        "numerator": numerator,
        "denominator": np.full_like(value, np.nan) if measure.kind == "count" else denominator,
        "known_rate": known_rate,
        "state": states_of(value, sums),
    }


def _repeated(names: list[str], sizes: list[int]) -> pd.Categorical:
    categories = list(dict.fromkeys(names))
    codes = np.repeat([categories.index(name) for name in names], sizes)
    return pd.Categorical.from_codes(codes, categories)
