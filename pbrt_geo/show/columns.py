"""Columns of editions on the areas of one map, and what two of them differ by."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pbrt_geo.schema import EVIDENCE
from pbrt_geo.show import words

if TYPE_CHECKING:
    from pbrt_geo.edition import Edition


def column_for(edition: "Edition", indicator_id: str, level: str, ids: pd.Index) -> pd.DataFrame:
    """Return a column for the areas of a map; an area the edition does not know did not exist."""
    column = edition.column(indicator_id, level).astype({"state": object})
    if column.index.equals(ids):
        return column
    return column.reindex(ids).fillna({"state": "not_yet_formed", "evidence": ""})


def numbers_of(edition: "Edition", indicator_id: str, level: str) -> np.ndarray:
    """Return the numbers of one level that are not zero, to cut classes from."""
    if not edition.has(indicator_id, level):
        return np.array([])
    column = edition.column(indicator_id, level)
    return column["value"][column["state"] == "value"].to_numpy(dtype=float)


def difference(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return what was added, and the state: `value`, or what stands in the way of a number."""
    known = [column["state"].isin(words.NUMBERS) for column in (before, after)]
    states = after["state"].where(~known[1], before["state"])
    states = states.where(~(known[0] & known[1]), "value")
    numbers = [column["value"].where(states == "value") for column in (before, after)]
    return numbers[1] - numbers[0], states


def weaker_evidence(before: pd.DataFrame, after: pd.DataFrame) -> pd.Series:
    """Return the weaker evidence of two numbers: a difference rests on both."""
    order = ("", *EVIDENCE)
    ranks = [words.evidences(column).map(order.index) for column in (before, after)]
    return np.maximum(*ranks).map(dict(enumerate(order)))
