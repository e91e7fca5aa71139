"""Carrying totals to other boundaries, for those who have no list of households."""

import pandas as pd


def carry(values: pd.Series, weights: pd.DataFrame) -> pd.Series:
    """
    Carry counts to the areas of another date.

    Parameters
    ----------
    values
        Counts by area id; missing ones count as nothing known and are left out.
    weights
        `from_id`, `to_id`, `weight`, as in `Placement.weights_table` or from `area_weights`; the
        weights of each `from_id` add up to 1.

    Returns
    -------
    carried
        Counts by `to_id`, sorted. Their total is that of the `values` that have weights.
    """
    known = values.dropna()
    used = weights[weights["from_id"].isin(known.index)]
    parts = known.loc[used["from_id"]].to_numpy(dtype=float) * used["weight"].to_numpy(dtype=float)
    carried = pd.Series(parts, index=pd.Index(used["to_id"], name="to_id")).groupby(level=0).sum()
    return carried.rename(values.name)


def carry_rate(numerator: pd.Series, denominator: pd.Series, weights: pd.DataFrame) -> pd.Series:
    """
    Make rates on the areas of another date from their sums; never an average of rates.

    Returns
    -------
    rate
        Carried numerator by carried denominator, by `to_id`; NaN where the denominator is 0. An
        area with only one of the two known is left out of both.
    """
    known = numerator.notna() & denominator.reindex(numerator.index).notna()
    above = carry(numerator[known], weights)
    below = carry(denominator.reindex(numerator.index)[known], weights)
    return above / below.where(below > 0)
