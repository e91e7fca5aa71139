"""Poverty of households: Foster-Greer-Thorbecke, Watts, DTSEN, the 14 criteria, Alkire-Foster.

The first functions are the published formulas on plain arrays; the others are the indicators by
area, built on them. Residents are counted, not households, as BPS does; what is not known is left
out of numerator and denominator and shown as `known_rate`, never taken for "not poor".
"""

from dataclasses import dataclass

import numpy as np

from pbrt_geo.measures import Tally, measure
from pbrt_geo.schema import CRITERIA
from pbrt_geo.state import State, remembered, taken

# ── formulas on arrays ──────────────────────────────────────────────────────────────────────────


def poverty_shortfalls(spending: np.ndarray, line: float, alpha: int) -> np.ndarray:
    """
    Return what each unit adds to the Foster-Greer-Thorbecke index of order `alpha`.

    Its mean, weighted by persons, is the headcount rate (0), gap (1) or severity (2). Who spends
    exactly the line is not poor. NaN where spending is NaN.

    References
    ----------
    Foster, Greer and Thorbecke (1984), Econometrica 52(3), 761-766.
    """
    shortfall = np.where(spending < line, ((line - spending) / line) ** alpha, 0.0)
    return np.where(np.isnan(spending), np.nan, shortfall)


def watts_terms(spending: np.ndarray, line: float) -> np.ndarray:
    """
    Return what each unit adds to the Watts index: ln(line / spending) of the poor, else 0.

    NaN where spending is NaN or 0, for which the index is not defined.

    References
    ----------
    Watts (1968), An economic definition of poverty.
    """
    positive = np.where(spending > 0, spending, np.nan)
    return np.where(np.isnan(positive), np.nan, np.log(line) - np.log(np.minimum(positive, line)))


@dataclass(frozen=True)
class AlkireFoster:
    """Result of `alkire_foster`; shares from 0 to 1, arrays by indicator of deprivation."""

    headcount_rate: float
    intensity: float
    m0: float
    scores: np.ndarray
    uncensored_rates: np.ndarray
    censored_rates: np.ndarray
    contributions: np.ndarray


def alkire_foster(
    deprived: np.ndarray, weights: np.ndarray, cutoff: float, persons: np.ndarray | None = None
) -> AlkireFoster:
    """
    Adjusted headcount ratio M0 = H x A of Alkire and Foster.

    Parameters
    ----------
    deprived
        Units by indicators, 1 where deprived, 0 where not; nothing may be missing.
    weights
        Weight of each indicator; they sum to 1.
    cutoff
        Share of weighted deprivations from which a unit is poor (k).
    persons
        Persons in each unit; one each if left out.

    References
    ----------
    Alkire and Foster (2011), Journal of Public Economics 95(7-8), 476-487.
    """
    deprived = np.asarray(deprived, dtype=float)
    persons = np.ones(len(deprived)) if persons is None else persons
    scores = deprived @ weights
    poor = is_multidimensionally_poor(scores, cutoff)
    headcount = float(np.average(poor, weights=persons))
    m0 = float(np.average(scores * poor, weights=persons))
    censored = np.average(deprived * poor[:, None], axis=0, weights=persons)
    return AlkireFoster(
        headcount_rate=headcount,
        intensity=m0 / headcount if headcount else np.nan,
        m0=m0,
        scores=scores,
        uncensored_rates=np.average(deprived, axis=0, weights=persons),
        censored_rates=censored,
        contributions=weights * censored / m0 if m0 else np.full(len(weights), np.nan),
    )


def is_multidimensionally_poor(scores: np.ndarray, cutoff: float) -> np.ndarray:
    """Mark scores at or above the cut-off, up to the rounding of sums of weights."""
    return scores >= cutoff - 1e-9


# ── what is known of each household ─────────────────────────────────────────────────────────────


def persons(state: State) -> np.ndarray:
    """Return the persons of each household."""
    return state.households["n_residents"].to_numpy(dtype=float)


@remembered
def poor_households(state: State) -> np.ndarray:
    """Return 1 for households below the poverty line, 0 for others, NaN if unknown."""
    spending = state.households["spending_idr"].to_numpy(dtype=float, na_value=np.nan)
    return poverty_shortfalls(spending, state.parameter("poverty_line"), 0)


def _by_person(state: State, term: np.ndarray) -> Tally:
    """Weigh a term of each household by its persons; NaN terms are unknown."""
    everyone = persons(state)
    known = everyone * ~np.isnan(term)
    return Tally("household", everyone * np.nan_to_num(term), known, known, everyone)


def _shortfall(state: State, alpha: int) -> np.ndarray:
    spending = state.households["spending_idr"].to_numpy(dtype=float, na_value=np.nan)
    return poverty_shortfalls(spending, state.parameter("poverty_line"), alpha)


# ── indicators by area ──────────────────────────────────────────────────────────────────────────


@measure(topic="poverty", kind="count", better="low", breaks=(10, 20, 40, 80))
def n_poor(state: State) -> Tally:
    """Residents of households known to spend less than the poverty line (persons)."""
    return _by_person(state, poor_households(state))._replace(denominator=None)


@measure(topic="poverty", kind="rate", better="low", breaks=(0.05, 0.10, 0.20, 0.35))
def poverty_rate(state: State) -> Tally:
    """
    Share of residents who live below the poverty line (Foster-Greer-Thorbecke P0).

    From a register: never to be labelled as the survey figure of BPS.

    References
    ----------
    Foster, Greer and Thorbecke (1984), Econometrica 52(3), 761-766.
    """
    return _by_person(state, poor_households(state))


@measure(topic="poverty", kind="index", better="low", breaks=(0.01, 0.02, 0.04, 0.08))
def poverty_gap(state: State) -> Tally:
    """Mean shortfall of all residents as a share of the poverty line (FGT P1)."""
    return _by_person(state, _shortfall(state, 1))


@measure(topic="poverty", kind="index", better="low", breaks=(0.003, 0.006, 0.012, 0.024))
def poverty_severity(state: State) -> Tally:
    """Mean squared shortfall of all residents as a share of the poverty line (FGT P2)."""
    return _by_person(state, _shortfall(state, 2))


@measure(topic="poverty", kind="index", better="low", breaks=(0.01, 0.025, 0.05, 0.1))
def watts(state: State) -> Tally:
    """Watts index: mean over residents of ln(line / spending) of the poor."""
    spending = state.households["spending_idr"].to_numpy(dtype=float, na_value=np.nan)
    return _by_person(state, watts_terms(spending, state.parameter("poverty_line")))


@measure(topic="poverty", kind="rate", better="low", breaks=(0.2, 0.3, 0.4, 0.5))
def desil_1_4_rate(state: State) -> Tally:
    """
    Share of households in DTSEN desil 1 to 4, of those whose desil is known.

    A desil is a national rank of families: 40 % is what an average place would show.
    """
    desil = state.households["dtsen_desil"].to_numpy(dtype=float, na_value=np.nan)
    known = (~np.isnan(desil)).astype(float)
    return Tally("household", (desil <= 4).astype(float), known, known, np.ones(len(desil)))


@measure(topic="poverty", kind="rate", better="low", breaks=(0.03, 0.06, 0.12, 0.24))
def criteria_poor_rate(state: State) -> Tally:
    """
    Share of households that meet at least 9 of the 14 BPS criteria.

    A household with unanswered criteria is known as soon as the answers decide: enough are met,
    or too few are open to reach the threshold.
    """
    met, open_ = _criteria(state)
    threshold = state.parameter("criteria_threshold")
    poor = met.sum(axis=1) >= threshold
    decided = poor | (met.sum(axis=1) + open_.sum(axis=1) < threshold)
    known = decided.astype(float)
    return Tally("household", poor.astype(float), known, known, np.ones(len(poor)))


@measure(topic="poverty", kind="rate", better="low", breaks=(0.05, 0.10, 0.20, 0.35))
def child_in_poor_rate(state: State) -> Tally:
    """Share of children who live in households below the poverty line."""
    children = state.ages < state.parameter("children_under_age")
    return _people_in_poor_households(state, children)


@measure(topic="poverty", kind="rate", better="low", breaks=(0.05, 0.10, 0.20, 0.35))
def elderly_in_poor_rate(state: State) -> Tally:
    """Share of elderly people who live in households below the poverty line."""
    elderly = state.ages >= state.parameter("elderly_from_age")
    return _people_in_poor_households(state, elderly)


def _people_in_poor_households(state: State, group: np.ndarray) -> Tally:
    poor = taken(poor_households(state), state.resident_rows, np.nan)
    poverty_known, age_known = ~np.isnan(poor), ~np.isnan(state.ages)
    counted = (group & poverty_known).astype(float)
    return Tally(
        "resident",
        np.nan_to_num(poor) * counted,
        counted,
        (poverty_known & age_known & (group | ~age_known)).astype(float),
        (group | ~age_known).astype(float),
    )


# ── Alkire-Foster by area ───────────────────────────────────────────────────────────────────────

DIMENSIONS: dict[str, tuple[int, ...]] = {
    "housing": (1, 2, 3),
    "sanitation_water": (4, 6),
    "energy": (5, 7),
    "food_clothing": (8, 9, 10),
    "health_education": (11, 13),
    "livelihood": (12, 14),
}
"""Dimensions of deprivation and the BPS criteria in each; equal weights, nested."""


def criterion_weights() -> np.ndarray:
    """Weight of each of the 14 criteria: dimensions weigh the same, and criteria within each."""
    weights = np.zeros(len(CRITERIA))
    for numbers in DIMENSIONS.values():
        weights[[number - 1 for number in numbers]] = 1 / len(DIMENSIONS) / len(numbers)
    return weights


@remembered
def _criteria(state: State) -> tuple[np.ndarray, np.ndarray]:
    """Return criteria met and criteria not answered, households by 14, as booleans."""
    table = state.households[list(CRITERIA)].to_numpy(dtype=float, na_value=np.nan)
    return table == 1, np.isnan(table)


@remembered
def _deprivation(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return criteria met, weighted score and "is poor" of each household; NaN if unanswered."""
    met, open_ = _criteria(state)
    score = np.where(open_.any(axis=1), np.nan, met @ criterion_weights())
    poor = np.where(
        np.isnan(score), np.nan, is_multidimensionally_poor(score, state.parameter("af_cutoff"))
    )
    return met, score, poor


@measure(topic="multidimensional", kind="rate", better="low", breaks=(0.1, 0.2, 0.3, 0.45))
def af_headcount_rate(state: State) -> Tally:
    """
    Share of residents in multidimensionally poor households (Alkire-Foster H).

    Households with an unanswered criterion are left out.

    References
    ----------
    Alkire and Foster (2011), Journal of Public Economics 95(7-8), 476-487.
    """
    return _by_person(state, _deprivation(state)[2])


@measure(topic="multidimensional", kind="rate", better="low", breaks=(0.6, 0.65, 0.7, 0.75))
def af_intensity(state: State) -> Tally:
    """Mean share of deprivations among the multidimensionally poor (Alkire-Foster A)."""
    _, score, poor = _deprivation(state)
    tally = _by_person(state, score * poor)
    return tally._replace(denominator=persons(state) * np.nan_to_num(poor))


@measure(topic="multidimensional", kind="index", better="low", breaks=(0.05, 0.1, 0.15, 0.25))
def af_m0(state: State) -> Tally:
    """Adjusted headcount ratio M0 = H x A of Alkire and Foster."""
    _, score, poor = _deprivation(state)
    return _by_person(state, score * poor)


@measure(
    topic="multidimensional",
    kind="rate",
    better="low",
    breaks=(0.05, 0.1, 0.15, 0.25),
    members=lambda state: list(DIMENSIONS),
)
def af_censored_rate(state: State, dimension: str) -> Tally:
    """
    Deprivation of the multidimensionally poor in one dimension, spread over all residents.

    M0 is the mean of these rates over the dimensions, so that they show what M0 is made of.
    """
    met, _, poor = _deprivation(state)
    numbers = [number - 1 for number in DIMENSIONS[dimension]]
    return _by_person(state, met[:, numbers].mean(axis=1) * poor)
