"""Public editions in memory, from a table of statements; for tests of what may be said next."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.model import numerator_limits
from pbrt_geo.edition import Edition
from pbrt_geo.schema import LEVELS


def public_of(internal: Edition, table: pd.DataFrame) -> Edition:
    """Return a public edition of the date of `internal` that says what `table` does."""
    edition = replace(internal, about=internal.about | {"kind": "public"})
    blank = dict.fromkeys(("numerator", "denominator", "known_rate"), np.nan)
    edition.__dict__["values"] = table.assign(period=pd.Timestamp(internal.as_of), **blank)
    for name in ("areas", "programmes"):
        edition.__dict__[name] = getattr(internal, name)
    return edition


def ranges_of_rts(
    internal: Edition, table: pd.DataFrame, indicator: str, whole: bool = True
) -> pd.DataFrame:
    """
    Return what one date's claims about one indicator leave of each RT's numerator.

    Exact for numbers on a tree: what is known is added upwards, what is left is handed down.
    Returns `least`, `most`, `denominator` by RT.
    """
    areas = internal.areas
    rows = table[(table["indicator"] == indicator) & (table["since"] == str(internal.as_of))]
    of = {level: internal.column(indicator, level)["denominator"].fillna(0) for level in LEVELS}
    limits = {level: _claimed(rows[rows["level"] == level], of[level], whole) for level in LEVELS}
    for lower, upper in pairwise(LEVELS):
        parents = areas.loc[limits[lower].index, f"{upper}_id"]
        total = limits[lower].groupby(parents).sum().reindex(limits[upper].index).fillna(0)
        limits[upper] = _within(limits[upper], total)
    for upper, lower in pairwise(LEVELS[::-1]):
        limits[lower] = _handed_down(limits[lower], limits[upper], areas[f"{upper}_id"])
    return limits["rt"].assign(denominator=of["rt"])


def _claimed(rows: pd.DataFrame, of: pd.Series, whole: bool) -> pd.DataFrame:
    found = pd.DataFrame({"least": 0.0, "most": of.astype(float)})
    at = rows["area_id"]
    parts = (rows["low"].to_numpy(), rows["high"].to_numpy(), rows["closed"].to_numpy())
    least, most = numerator_limits(*parts, of[at].to_numpy(), whole)
    found.loc[at] = np.stack([least, most], axis=1)
    return found


def _within(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    least = np.maximum(one["least"], other["least"])
    return pd.DataFrame({"least": least, "most": np.minimum(one["most"], other["most"])})


def _handed_down(parts: pd.DataFrame, wholes: pd.DataFrame, home: pd.Series) -> pd.DataFrame:
    """Confine parts by their whole less what the other parts can be."""
    at = home[parts.index]
    sums = parts.groupby(at).sum().loc[at].to_numpy()
    whole, own = wholes.loc[at].to_numpy(), parts.to_numpy()
    others = sums - own
    left = pd.DataFrame(
        {"least": whole[:, 0] - others[:, 1], "most": whole[:, 1] - others[:, 0]},
        index=parts.index,
    )
    return _within(parts, left)
