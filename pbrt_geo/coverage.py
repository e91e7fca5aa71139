"""Programmes: whom they are meant for, whom they reach, whom they miss.

A household is reached if it is enrolled; it is missed if its RT has reported and it is not
enrolled; without a report it is unknown. A programme meant for the poor has targeting errors:
exclusion (the poor it misses) and inclusion (those it reaches who are not poor).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from pbrt_geo.measures import Tally, measure
from pbrt_geo.poverty import poor_households
from pbrt_geo.schema import PILLARS
from pbrt_geo.state import State, codes_in, remembered


class Reach(NamedTuple):
    """Of each household: 1, 0 or NaN (unknown)."""

    eligible: np.ndarray
    reached: np.ndarray


def targeting_errors(reached: np.ndarray, meant_for: np.ndarray) -> tuple[float, float]:
    """
    Return exclusion and inclusion error of a programme.

    Exclusion: share of those it is meant for who are not reached. Inclusion: share of those
    reached for whom it is not meant. NaN where nobody is meant, or nobody reached.

    References
    ----------
    Grosh, Leite, Wai-Poi and Tesliuc (2022), Revisiting Targeting in Social Assistance, ch. 7.
    """
    reached, meant_for = np.asarray(reached, dtype=bool), np.asarray(meant_for, dtype=bool)
    exclusion = (~reached & meant_for).sum() / meant_for.sum() if meant_for.any() else np.nan
    inclusion = (reached & ~meant_for).sum() / reached.sum() if reached.any() else np.nan
    return float(exclusion), float(inclusion)


# ── what is known of each household ─────────────────────────────────────────────────────────────


@remembered
def reach(state: State, programme_id: str) -> Reach:
    """Tell for each household whether one programme is meant for it and whether it is reached."""
    reached = np.where(_reported(state, programme_id)[state.household_codes], 0.0, np.nan)
    reached[_enrolled_rows(state)[programme_id]] = 1.0
    return Reach(eligible(state, state.programmes.at[programme_id, "target"]), reached)


@remembered
def _enrolled_rows(state: State) -> dict[str, np.ndarray]:
    """Return the rows of the households each programme reaches."""
    rows = codes_in(state.enrolments["household_id"], state.household_index)
    programmes = codes_in(state.enrolments["programme_id"], state.programmes.index)
    known = rows >= 0
    return {name: rows[known & (programmes == i)] for i, name in enumerate(state.programmes.index)}


def _reported(state: State, programme_id: str) -> np.ndarray:
    """Mark the RTs that have reported on a programme; the last place stands for code -1."""
    rts = state.reports.loc[state.reports["programme_id"] == programme_id, "rt_id"]
    reported = np.zeros(len(state.rt) + 1, dtype=bool)
    codes = state.ids["rt"].get_indexer(rts)
    reported[codes[codes >= 0]] = True
    return reported


def eligible(state: State, target: str) -> np.ndarray:
    """Return 1 for households a target group includes, 0 for others, NaN if unknown."""
    if target == "all":
        return np.ones(len(state.households))
    poor = poor_households(state)
    if target == "poor":
        return poor
    return np.where(_has_school_child(state), poor, 0.0)


@remembered
def _has_school_child(state: State) -> np.ndarray:
    first, below = state.parameter("school_age_from"), state.parameter("school_age_below")
    child = (state.ages >= first) & (state.ages < below) & (state.resident_rows >= 0)
    return np.bincount(state.resident_rows[child], minlength=len(state.households)) > 0


def joint_reach(state: State, programme_ids: list[str]) -> Reach:
    """Tell whether any of several programmes is meant for a household, and any such reaches it."""
    parts = [reach(state, programme_id) for programme_id in programme_ids]
    meant = np.array([part.eligible for part in parts])
    served = np.where(meant == 1, np.array([part.reached for part in parts]), 0.0)
    return Reach(_any(meant), _any(served))


def _any(table: np.ndarray) -> np.ndarray:
    """Logical or down the rows: 1 beats unknown, unknown beats 0."""
    found = (table == 1).any(axis=0)
    return np.where(found, 1.0, np.where(np.isnan(table).any(axis=0), np.nan, 0.0))


def programmes_of(state: State, group: str) -> list[str]:
    """Return the programmes of `group`: a programme id, `field/<field>` or `pillar/<pillar>`."""
    kind, _, name = group.rpartition("/")
    if not kind:
        return [group]
    return list(state.programmes.index[state.programmes[kind] == name])


def groups(state: State) -> list[str]:
    """Return all groups for which coverage is told: programmes, fields, pillars."""
    programmes = state.programmes
    fields = [f"field/{name}" for name in pd.unique(programmes["field"])]
    pillars = [f"pillar/{name}" for name in PILLARS if (programmes["pillar"] == name).any()]
    return [*programmes.index, *fields, *pillars]


def targeted(state: State) -> list[str]:
    """Return the programmes that are not meant for everyone."""
    return list(state.programmes.index[state.programmes["target"] != "all"])


# ── indicators by area ──────────────────────────────────────────────────────────────────────────


@remembered
def _counted(state: State, group: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each household: may be meant, is meant and reached, is meant and known."""
    meant, reached = joint_reach(state, programmes_of(state, group))
    is_meant = meant == 1
    return meant != 0, is_meant & (reached == 1), is_meant & ~np.isnan(reached)


@measure(topic="coverage", kind="rate", better="high", breaks=(0.2, 0.4, 0.6, 0.8), members=groups)
def coverage_rate(state: State, group: str) -> Tally:
    """
    Share of the households a programme is meant for that it reaches.

    Households of RTs that have not reported are unknown and left out, and so are households of
    which it is not known whether the programme is meant for them.
    """
    meant, reached, known = _counted(state, group)
    return Tally("household", reached * 1.0, known * 1.0, known * 1.0, meant * 1.0)


@measure(topic="coverage", kind="count", better="high", breaks=(5, 10, 20, 40), members=groups)
def n_reached(state: State, group: str) -> Tally:
    """Households a programme is meant for and reaches."""
    meant, reached, known = _counted(state, group)
    return Tally("household", reached * 1.0, None, known * 1.0, meant * 1.0)


@measure(topic="coverage", kind="count", better="low", breaks=(5, 10, 20, 40), members=groups)
def n_missed(state: State, group: str) -> Tally:
    """Households a programme is meant for and is known not to reach."""
    meant, reached, known = _counted(state, group)
    return Tally("household", (known & ~reached) * 1.0, None, known * 1.0, meant * 1.0)


@measure(topic="coverage", kind="count", better="low", breaks=(5, 10, 20, 40), members=groups)
def n_unknown(state: State, group: str) -> Tally:
    """
    Households a programme is or may be meant for of which nobody knows whether it reaches them.

    With `n_reached` and `n_missed` they make up all households it is or may be meant for.
    """
    meant, _, known = _counted(state, group)
    return Tally("household", (meant & ~known) * 1.0, None, meant * 1.0, meant * 1.0)


@measure(topic="coverage", kind="rate", better="low", breaks=(0.2, 0.4, 0.6, 0.8), members=targeted)
def exclusion_error(state: State, programme_id: str) -> Tally:
    """
    Share of the households a targeted programme is meant for that it misses.

    References
    ----------
    Grosh, Leite, Wai-Poi and Tesliuc (2022), Revisiting Targeting in Social Assistance, ch. 7.
    """
    meant, reached, known = _counted(state, programme_id)
    return Tally("household", (known & ~reached) * 1.0, known * 1.0, known * 1.0, meant * 1.0)


@measure(topic="coverage", kind="rate", better="low", breaks=(0.1, 0.2, 0.3, 0.5), members=targeted)
def inclusion_error(state: State, programme_id: str) -> Tally:
    """
    Share of the households a targeted programme reaches for which it is not meant.

    Reached households of unknown eligibility are left out.

    References
    ----------
    Grosh, Leite, Wai-Poi and Tesliuc (2022), Revisiting Targeting in Social Assistance, ch. 7.
    """
    meant, reached = reach(state, programme_id)
    served = reached == 1
    known = served & ~np.isnan(meant)
    return Tally("household", (served & (meant == 0)) * 1.0, known * 1.0, known * 1.0, served * 1.0)


@measure(topic="coverage", kind="mean", better="high", breaks=(1, 2, 4, 6))
def n_programmes_mean(state: State) -> Tally:
    """Mean number of programmes that reach a poor household; unknown reach counts as not known."""
    poor, number = _programmes_per_poor_household(state)
    known = poor & ~np.isnan(number)
    return Tally("household", np.nan_to_num(number) * known, known * 1.0, known * 1.0, poor * 1.0)


@measure(topic="coverage", kind="rate", better="low", breaks=(0.05, 0.1, 0.2, 0.4))
def none_reached_rate(state: State) -> Tally:
    """Share of poor households that no programme meant for the poor reaches."""
    poor, _ = _programmes_per_poor_household(state)
    reached = joint_reach(state, targeted(state)).reached
    known = poor & ~np.isnan(reached)
    return Tally("household", (known & (reached == 0)) * 1.0, known * 1.0, known * 1.0, poor * 1.0)


def _programmes_per_poor_household(state: State) -> tuple[np.ndarray, np.ndarray]:
    reached = np.array([reach(state, programme).reached for programme in state.programmes.index])
    return poor_households(state) == 1, reached.sum(axis=0)


def overlaps(state: State) -> pd.DataFrame:
    """
    Households reached by both of two programmes.

    Returns
    -------
    overlaps
        Square table by `programme_id`; the diagonal is the households each programme reaches.
    """
    ids = list(state.programmes.index)
    reached = np.array([reach(state, programme).reached == 1 for programme in ids], dtype=float)
    return pd.DataFrame(reached @ reached.T, index=ids, columns=ids).astype(int)
