"""The change between two public editions: which way a class or range went, never by how much.

It is said only where the two cannot be the same: an RT is in another class, or two ranges do not
overlap. A claim that was only repeated says nothing of the later date, and an RT whose land or
people were cut anew is another one of the same name; of both no way can be told.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.show import growth, words
from pbrt_geo.show.classes import Classes
from pbrt_geo.show.columns import column_for, difference, ranges_in
from pbrt_geo.show.public import UNTOLD, Told
from pbrt_geo.text import say

WAYS = ("down", "unclear", "same", "up")

CLASSES = Classes("count", 1.0, (1, 2, 3), changes=True, keys=tuple(f"map.way.{w}" for w in WAYS))
"""Classes of a map of ways; the class of an area is the place of its way in `WAYS`."""

_CUT_ANEW = ("pecah", "gabung", "bubar", "ubah_batas", "bentuk")


def are_told(before: Edition, after: Edition, indicator_id: str, level: str) -> bool:
    """Tell whether ways are told of an indicator, not differences of numbers."""
    columns = [e.column(indicator_id, level) for e in (before, after) if e.has(indicator_id, level)]
    return any(ranges_in(column).any() for column in columns)


def ways(
    before: Edition, after: Edition, indicator_id: str, level: str, ids: pd.Index
) -> pd.DataFrame:
    """
    Tell which way each area went.

    Returns
    -------
    ways
        By `area_id`: `way` (one of `WAYS`; empty where a figure is missing) and `state` (`value`,
        or what stands in the way). Above RT level no area stayed the `same`: a range is too wide
        to say so.
    """
    old, new = (column_for(edition, indicator_id, level, ids) for edition in (before, after))
    _, states = difference(old, new)
    renewed = new["since"].gt(old["since"])
    up = new["low"].gt(old["high"]) | (new["low"].eq(old["high"]) & ~old["closed"].astype(bool))
    down = old["low"].gt(new["high"]) | (old["low"].eq(new["high"]) & ~new["closed"].astype(bool))
    same = old["low"].eq(new["low"]) & (level == "rt")
    comparable = renewed & ~ids.isin(cut_anew(before, after))
    found = np.select(
        [~comparable, same, up, down], ["unclear", "same", "up", "down"], default="unclear"
    )
    way = pd.Series(found, index=ids, dtype=object).where(states == "value", "")
    return pd.DataFrame({"way": way, "state": states}, index=ids)


def cut_anew(before: Edition, after: Edition) -> pd.Index:
    """Return the RTs whose land or people were cut anew between two editions."""
    rows = growth.unit_rows(after)
    if rows.empty:
        return pd.Index([])
    rows = rows[rows["kind"].isin(_CUT_ANEW) & growth.between(rows["date"], before, after)]
    return pd.Index(rows["unit_id"].unique())


def class_of(way: pd.Series) -> pd.Series:
    """Return the class of each way in `CLASSES`; -1 for none."""
    places = {name: place for place, name in enumerate(WAYS)}
    return way.map(places).fillna(-1).astype("int8")


def told(
    editions: tuple[Edition, Edition],
    indicator: Indicator,
    level: str,
    way: pd.Series,
    language: str,
) -> list[Told]:
    """Say of each area which way it went, and what was told of it on both dates."""
    columns = [column_for(edition, indicator.id, level, way.index) for edition in editions]
    rows = zip(way, *(column.to_dict("records") for column in columns), strict=True)
    return [
        (say(f"map.way.{name}", language), _on_both(indicator, cells, language)) if name else UNTOLD
        for name, *cells in rows
    ]


def _on_both(indicator: Indicator, cells: Sequence[words.Row], language: str) -> str:
    """Write the figure of both dates: 2006: 0–20 % → 2008: 20–40 %."""
    return " → ".join(
        f"{row['since'].year}: {words.value_with_unit(indicator, row, language)}" for row in cells
    )
