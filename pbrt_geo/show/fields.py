"""Columns of an edition as packed fields: what a map knows of each area, rounded as written."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pbrt_geo.show.classes import in_steps
from pbrt_geo.show.packing import Field
from pbrt_geo.show.palette import NOTHINGS
from pbrt_geo.show.words import is_count


def state_field(states: pd.Series, class_of: pd.Series) -> Field:
    """Pack what each area is filled with: a state without a number, or a class above those."""
    values = np.full(len(states), np.nan)
    for code, state in enumerate(NOTHINGS):
        values[(states == state).to_numpy()] = code
    classes = class_of.to_numpy()
    return Field("state", np.where(classes >= 0, classes + len(NOTHINGS), values))


def evidence_field(evidence: pd.Series, named: Sequence[str]) -> Field:
    """Pack what converted the number of each area, as a place in `named`; NaN: nothing."""
    places = {name: float(place) for place, name in enumerate(named)}
    return Field("evidence", evidence.map(places).to_numpy(dtype=float))


def told_field(told: Sequence[tuple[str, str]]) -> Field:
    """Pack what a public edition says of each area, as a place among the distinct texts."""
    places = {text: float(place) for place, text in enumerate(dict.fromkeys(told))}
    return Field("told", np.array([places[text] for text in told]))


def number_fields(kind: str, column: pd.DataFrame, note: str) -> list[Field]:
    """Pack the numbers of a column: the value, what `note` names of it, how much is known."""
    shown = column["state"].isin(("value", "zero"))
    known = column["known_rate"].where(shown).to_numpy(dtype=float)
    fields = [
        _plain_field(name, column[name].where(shown).to_numpy(dtype=float), is_count(kind, name))
        for name in ("numerator", "denominator")
        if f"{{{name}}}" in note
    ]
    if not _is_their_ratio(kind, column["value"].where(shown), fields):
        fields.append(value_field(kind, column["value"].where(shown)))
    if np.nanmin(known, initial=1.0) < 1:
        # 99.6 % known is not "100 %": somebody is missing
        fields.append(Field("known", np.where(known < 1, np.floor(known * 100), known * 100)))
    return fields


def _is_their_ratio(kind: str, values: pd.Series, fields: list[Field]) -> bool:
    """Tell whether the browser can divide the value itself; that saves a tenth of the bytes."""
    if kind != "rate" or len(fields) != 2 or any(field.scale != 1 for field in fields):
        return False
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = fields[0].values / fields[1].values
    return np.array_equal(ratio, values.to_numpy(dtype=float), equal_nan=True)


def value_field(kind: str, values: pd.Series) -> Field:
    """Pack values rounded as their kind is written."""
    numbers = values.to_numpy(dtype=float)
    if kind in ("rate", "index"):
        return Field("value", in_steps(numbers, kind, 0.001))
    if kind == "count":
        return Field("value", np.rint(numbers))
    return Field("value", _hundredths(numbers, kind))


def _plain_field(name: str, numbers: np.ndarray, counted: bool) -> Field:
    known = numbers[~np.isnan(numbers)]
    if (known == np.rint(known)).all():
        return Field(name, numbers)
    if counted:
        return Field(name, np.rint(np.round(numbers, 1) * 10), scale=10)
    return Field(name, _hundredths(numbers, ""), scale=100)


def _hundredths(numbers: np.ndarray, kind: str) -> np.ndarray:
    """Round each number as it is written (4,25; 42,5; 425) and return it in hundredths."""
    sizes = np.abs(numbers)
    steps = np.where(sizes >= 100, 1.0, np.where(sizes >= 10, 0.1, 0.01))
    found = np.full(len(numbers), np.nan)
    for step in (1.0, 0.1, 0.01):
        here = (steps == step) & ~np.isnan(numbers)
        found[here] = in_steps(numbers[here], kind, step) * round(step * 100)
    return found
