"""Published worked examples, and what happens to the unknown."""

import json
from pathlib import Path

import numpy as np
import pytest
import village

from pbrt_geo import poverty
from pbrt_geo.coverage import targeting_errors
from pbrt_geo.poverty import alkire_foster, poverty_shortfalls, watts_terms

EXAMPLES = json.loads((Path(__file__).parent / "data/published_worked_examples.json").read_text())
FGT = {example["id"]: example for example in EXAMPLES["fgt"]}
SCENARIOS = EXAMPLES["targeting"]["scenarios"]


@pytest.mark.parametrize("name", FGT)
def test_fgt_as_published(name):
    example = FGT[name]
    spending = np.array(example["y"], dtype=float)
    for alpha in (0, 1, 2):
        index = poverty_shortfalls(spending, example["z"], alpha).mean()
        assert index == pytest.approx(example[f"P{alpha}"], abs=5e-5)


@pytest.mark.parametrize("name", [name for name in FGT if "watts" in FGT[name]])
def test_watts_as_published(name):
    example = FGT[name]
    index = watts_terms(np.array(example["y"], dtype=float), example["z"]).mean()
    assert index == pytest.approx(example["watts"], abs=1e-7)


def test_total_gap_as_published():
    example = FGT["wb_2022_table7.3"]
    spending = np.array(example["y"], dtype=float)
    assert spending.sum() == example["total_income"]
    gap = poverty_shortfalls(spending, example["z"], 1).sum() * example["z"]
    assert gap == pytest.approx(example["total_gap"])


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("group", ["PL", "P20"])
def test_targeting_errors_as_published(name, group):
    scenario = SCENARIOS[name]
    target = {"PL": "poor_line_index", "P20": "poorest20"}[group]
    reached, meant = np.zeros(10, dtype=bool), np.zeros(10, dtype=bool)
    reached[scenario["beneficiaries"]] = True
    meant[EXAMPLES["targeting"][target]] = True
    exclusion, inclusion = targeting_errors(reached, meant)
    assert exclusion == pytest.approx(scenario[f"EE_{group}"])
    assert inclusion == pytest.approx(scenario[f"IE_{group}"])


def test_alkire_foster_as_published():
    example = next(e for e in EXAMPLES["alkire_foster"] if e["id"] == "mpitbR_vignette")
    deprived, weights = np.array(example["g0"]), np.array(example["w"])
    result = alkire_foster(deprived, weights, example["k"])
    assert result.scores == pytest.approx(example["c"])
    assert result.headcount_rate == pytest.approx(example["H"])
    assert result.intensity == pytest.approx(example["A"])
    assert result.m0 == pytest.approx(example["M0"])
    assert result.uncensored_rates == pytest.approx(example["h_uncensored"])
    assert result.censored_rates == pytest.approx(example["h_censored"])
    assert result.contributions == pytest.approx(example["phi"])
    for group in example["groups"].values():
        part = alkire_foster(deprived[group["rows"]], weights, example["k"])
        assert part.m0 == pytest.approx(group["M0"])


def test_alkire_foster_by_count_of_deprivations():
    example = next(e for e in EXAMPLES["alkire_foster"] if e["id"] == "af_4x4")
    deprived = np.array(example["X"]) < np.array(example["z"])
    result = alkire_foster(deprived, np.full(4, 0.25), example["k"] / 4)
    assert result.scores * 4 == pytest.approx(example["c"])
    assert (result.headcount_rate, result.intensity, result.m0) == pytest.approx(
        (example["H"], example["A"], example["M0"])
    )


def test_who_spends_exactly_the_line_is_not_poor():
    assert list(poverty_shortfalls(np.array([99.0, 100.0]), 100, 0)) == [1, 0]


def test_unknown_spending_is_left_out_and_not_taken_for_wealth():
    households = village.households("""
        household_id rt n_residents spending_idr
        a            1  4           50
        b            1  2           150
        c            1  6           .
        d            2  3           .
    """)
    state = village.state(households=households)
    rate = poverty.poverty_rate(state)
    assert rate[village.RT1] == pytest.approx(4 / 6)
    assert np.isnan(rate[village.RT2])


def test_rate_of_a_desa_is_not_the_mean_of_its_rts():
    households = village.households("""
        household_id rt n_residents spending_idr
        a            1  9           50
        b            2  1           150
    """)
    state = village.state(households=households)
    assert list(poverty.poverty_rate(state))[:2] == [1, 0]
    assert poverty.poverty_rate(state, level="kecamatan")["52.07.01"] == pytest.approx(0.9)


def test_zero_spending_counts_for_the_headcount_but_has_no_watts_value():
    households = village.households("""
        household_id rt n_residents spending_idr
        a            1  1           0
        b            1  1           50
    """)
    state = village.state(households=households)
    assert poverty.poverty_rate(state)[village.RT1] == 1
    assert poverty.watts(state)[village.RT1] == pytest.approx(np.log(2))


@pytest.mark.parametrize(
    ("met", "open_", "expected"),
    [(9, 5, 1.0), (8, 0, 0.0), (8, 1, np.nan), (3, 5, 0.0), (0, 14, np.nan)],
)
def test_criteria_are_decided_as_soon_as_the_answers_decide(met, open_, expected):
    households = village.households("household_id rt n_residents\na 1 1")
    answers = [True] * met + [None] * open_ + [False] * (14 - met - open_)
    for name, answer in zip(poverty.CRITERIA, answers, strict=True):
        households[name] = [answer]
    households = households.astype(dict.fromkeys(poverty.CRITERIA, "boolean"))
    rate = poverty.criteria_poor_rate(village.state(households=households))[village.RT1]
    assert rate == pytest.approx(expected, nan_ok=True)


def test_children_in_poor_households_need_both_age_and_spending():
    households = village.households("""
        household_id rt n_residents spending_idr
        a            1  2           50
        b            1  1           150
        c            1  1           .
    """)
    residents = village.table(
        "residents",
        """
        resident_id as_of      household_id birth_date
        p           2008-12-31 a            2000-05-01
        q           2008-12-31 a            1970-05-01
        r           2008-12-31 b            2001-01-01
        s           2008-12-31 c            2001-01-01
    """,
    )
    state = village.state(households=households, residents=residents)
    assert poverty.child_in_poor_rate(state)[village.RT1] == pytest.approx(1 / 2)


def test_age_is_in_completed_years_on_the_date():
    residents = village.table(
        "residents",
        """
        resident_id as_of      household_id birth_date
        p           2008-12-31 a            1990-12-31
        q           2008-12-31 a            1991-01-01
        r           2008-12-31 a            .
    """,
    )
    ages = village.state(residents=residents).ages
    assert list(ages[:2]) == [18, 17]
    assert np.isnan(ages[2])


def test_m0_is_the_mean_of_the_censored_rates_over_the_dimensions():
    households = village.households("household_id rt n_residents\na 1 3\nb 1 2\nc 1 4")
    for number, name in enumerate(poverty.CRITERIA):
        households[name] = [True, number % 3 == 0, False]
    state = village.state(households=households)
    m0 = poverty.af_m0(state)[village.RT1]
    parts = [poverty.af_censored_rate(state, d)[village.RT1] for d in poverty.DIMENSIONS]
    assert m0 == pytest.approx(np.mean(parts))
    assert m0 == pytest.approx(
        poverty.af_headcount_rate(state)[village.RT1] * poverty.af_intensity(state)[village.RT1]
    )
