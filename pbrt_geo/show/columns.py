"""Columns of editions on the areas of one map, and what two of them differ by."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pbrt_geo.schema import EVIDENCE
from pbrt_geo.show import words
from pbrt_geo.show.classes import Classes, Method, classify, told_classes

if TYPE_CHECKING:
    from pbrt_geo.edition import Edition, Indicator


def column_for(edition: "Edition", indicator_id: str, level: str, ids: pd.Index) -> pd.DataFrame:
    """Return a column for the areas of a map; an area the edition does not know did not exist."""
    column = edition.column(indicator_id, level).astype({"state": object})
    if column.index.equals(ids):
        return column
    return column.reindex(ids).fillna({"state": "not_yet_formed", "evidence": ""})


def numbers_of(edition: "Edition", indicator_id: str, level: str) -> np.ndarray:
    """
    Return the numbers of one level that are not zero, to cut classes from.

    Of ranges these are the lower ends: a limit of a class is then a number that was told.
    """
    if not edition.has(indicator_id, level):
        return np.array([])
    column = edition.column(indicator_id, level)
    part = "low" if edition.is_public else "value"
    return column[part][column["state"] == "value"].to_numpy(dtype=float)


def classes_for(
    edition: "Edition",
    indicator: "Indicator",
    level: str,
    method: Method = "fixed",
    pool: Sequence["Edition"] = (),
) -> Classes:
    """
    Cut the classes of one indicator at one level; in a public edition they are always fixed.

    There an RT is told in classes already, and others would cut ranges at their middle.
    """
    if edition.is_public and level == "rt" and indicator.classes:
        return told_classes(indicator)
    pooled = [numbers_of(other, indicator.id, level) for other in pool]
    return classify(
        numbers_of(edition, indicator.id, level),
        indicator.kind,
        "fixed" if edition.is_public else method,
        indicator.breaks,
        np.concatenate(pooled) if pooled else None,
    )


def ranges_in(column: pd.DataFrame) -> pd.Series:
    """Mark the rows of a column that tell a range (`words.is_range`)."""
    if "low" not in column:
        return pd.Series(False, index=column.index)
    return column["state"].isin(words.NUMBERS) & column["low"].ne(column["high"])


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
