"""Safety against use: what a rule would leave to see, before anything is published.

The stricter the rule, the fewer RTs keep a class. Nothing here is public: it is what a planner
looks at to choose a rule, and what docs/privacy.md argues the defaults from.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.lots import Lots
from pbrt_geo.disclosure.rule import Rule
from pbrt_geo.disclosure.statements import decide
from pbrt_geo.edition import Edition
from pbrt_geo.errors import PublicationError

VALUES = range(3, 13)
"""Rules to compare: households that must stay possible."""

LARGE = 30
"""Households from which on an RT is no longer small."""

OUTCOMES = ("shown", "held", "small", "group_changed", "too_coarse", "fallback", "no_data")
"""What becomes of a figure: told of this date, repeated from an earlier one, withheld for one of
four reasons, or never known."""

FRONTIER = ("n_needed", "n_rt", "n_shown", "shown_rate", "shown_rate_large", "rank_correlation")


def rule_at(rule: Rule, n_households: int) -> Rule:
    """Return the rule for another number of households; residents go along in proportion."""
    width = (rule.needed["resident"] - 1) / (rule.needed["household"] - 1)
    n_residents = math.ceil(round((n_households - 1) * width, 9)) + 1
    return rule.with_values(household=n_households, resident=n_residents)


def only(rule: Rule, bases: Iterable[str]) -> Rule:
    """Return the rule for some protected indicators alone."""
    wanted = set(bases)
    wanted |= {entry.like for entry in rule.entries if entry.base in wanted and entry.like}
    entries = tuple(entry for entry in rule.entries if entry.base in wanted)
    return replace(rule, entries=entries, opened=())


def frontier(
    internal: Edition,
    earlier: Sequence[Edition],
    indicator: str,
    rule: Rule,
    values: Iterable[int] = VALUES,
) -> pd.DataFrame:
    """
    Measure for one indicator how much of the map of RTs is left as the rule grows stricter.

    Parameters
    ----------
    internal
        Edition with exact numbers.
    earlier
        Public editions before it; what they said may have to be repeated.
    indicator
        One whose RTs the rule tells in classes.
    values
        Households that must stay possible, one rule each; see `rule_at`.

    Returns
    -------
    frontier
        By `n_households` (the rule): `n_needed` (in the unit of the indicator), `n_rt` (with any
        data), `n_shown`, `shown_rate` (0–1), `shown_rate_large` (of RTs with `LARGE` households or
        more), `rank_correlation` (Spearman, of the true rate with the class shown; NaN where one
        class is left).

    Raises
    ------
    PublicationError
        If the rule does not tell RTs of the indicator in classes.
    """
    base = indicator.partition(":")[0]
    entry = rule.entry(base)
    if entry is None or "rt" not in entry.levels:
        raise PublicationError.of("frontier_indicator", indicator=indicator)
    alone = replace(rule, entries=(replace(entry, levels=("rt",)),), opened=())
    rows, withheld = {}, Lots(internal, rule).drawn()
    for n in values:
        strict = rule_at(alone, n)
        table = decide(internal, earlier, strict, withheld)
        needed = strict.values_needed(entry.unit)
        rows[n] = {"n_needed": needed} | _left(internal, table, indicator)
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(FRONTIER)).rename_axis(
        "n_households"
    )


def _left(internal: Edition, table: pd.DataFrame, indicator: str) -> dict[str, float]:
    """Return what a table of statements leaves of one indicator's RTs."""
    told = rt_cells(table, indicator)
    true = internal.column(indicator, "rt").loc[told.index, "value"]
    known = (told["state"] != "no_data").to_numpy()
    shown = (told["state"] == "value").to_numpy()
    large = known & (internal.column("n_households", "rt").loc[told.index, "value"] >= LARGE)
    return {
        "n_rt": int(known.sum()),
        "n_shown": int(shown.sum()),
        "shown_rate": share(shown, known),
        "shown_rate_large": share(shown, large),
        "rank_correlation": rank_correlation(true[shown], told.loc[shown, "low"]),
    }


def rt_cells(table: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Return what is said of one indicator's RTs, by `area_id`."""
    own = (table["indicator"] == indicator) & (table["level"] == "rt")
    return table[own].set_index("area_id")


def share(part: np.ndarray, whole: np.ndarray) -> float:
    """Return the share of `whole` that is in `part`; NaN of nothing."""
    of = np.asarray(whole)
    return float(np.asarray(part)[of].mean()) if of.any() else math.nan


def rank_correlation(one: pd.Series, other: pd.Series) -> float:
    """Return Spearman's correlation; NaN where one of the two is all the same."""
    ranks = pd.DataFrame({"one": one.rank(), "other": other.rank()}).dropna()
    if len(ranks) < 2 or (ranks.nunique() < 2).any():
        return math.nan
    return float(ranks["one"].corr(ranks["other"]))


def outcomes(table: pd.DataFrame) -> pd.DataFrame:
    """
    Count what becomes of the figures of every indicator at every level.

    Parameters
    ----------
    table
        What `statements.decide` returns.

    Returns
    -------
    outcomes
        By `indicator` and `level`, in their order in `table`: a column of counts for each of
        `OUTCOMES`.
    """
    why = table["why"].astype("str")
    state = table["state"].astype("str")
    outcome = np.select(
        [state == "no_data", state == "withheld", why == "held"],
        ["no_data", why.where(why != "", "too_coarse"), "held"],
        "shown",
    )
    names = [table[name].astype("str") for name in ("indicator", "level")]
    counts = pd.crosstab(names, pd.Categorical(outcome, list(OUTCOMES)), dropna=False)
    counts = counts.loc[pd.MultiIndex.from_frame(pd.concat(names, axis=1).drop_duplicates())]
    return counts.rename_axis(columns=None).astype("int64")
