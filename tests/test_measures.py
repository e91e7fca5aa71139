"""What holds for every indicator, whatever the data."""

import numpy as np
import pandas as pd
import pytest
import village
from hypothesis import given, settings
from hypothesis import strategies as st

from pbrt_geo import compute
from pbrt_geo.measures import declared_measures
from pbrt_geo.population import n_residents
from pbrt_geo.poverty import poverty_rate
from pbrt_geo.schema import CRITERIA

maybe = st.one_of(st.none(), st.booleans())
HOUSEHOLD = st.fixed_dictionaries(
    {
        "serial": st.integers(1, 3),
        "n_residents": st.integers(1, 9),
        "spending_idr": st.one_of(st.none(), st.floats(0, 500)),
        "dtsen_desil": st.one_of(st.none(), st.integers(1, 10)),
        "enrolled": st.booleans(),
        **dict.fromkeys(CRITERIA, maybe),
    }
)


def small_state(rows):
    cells = pd.DataFrame(rows)
    ids = [f"h{i}" for i in range(len(rows))]
    households = village.households(
        "household_id rt n_residents\n" + "\n".join(f"{i} 1 1" for i in ids)
    )
    households["rt_id"] = [village.rt_id("52.07", serial) for serial in cells["serial"]]
    households["n_residents"] = cells["n_residents"]
    households["spending_idr"] = cells["spending_idr"].astype("float64")
    households["dtsen_desil"] = cells["dtsen_desil"].astype("Int64")
    for name in CRITERIA:
        households[name] = cells[name].astype("boolean")
    enrolled = households.loc[cells["enrolled"], "household_id"]
    programmes = "programme_id name name_en pillar field target valid_from source\n"
    reports = "programme_id as_of rt_id\n"
    return village.state(
        households=households,
        residents=village.table(
            "residents",
            "resident_id as_of household_id birth_date\n"
            + "\n".join(f"p{i} 2008-12-31 {i} 19{50 + n % 50}-01-01" for n, i in enumerate(ids)),
        ),
        programmes=village.table(
            "programmes", programmes + "aid a a empowerment economic poor 2000-01-01 t"
        ),
        programme_reports=village.table(
            "programme_reports", f"{reports}aid 2008-12-31 {village.RT1}"
        ),
        enrolments=pd.DataFrame(
            {"programme_id": "aid", "as_of": pd.Timestamp(village.DATE), "household_id": enrolled}
        ),
    )


@settings(max_examples=20, deadline=None)
@given(st.lists(HOUSEHOLD, min_size=1, max_size=12))
def test_rates_are_shares_and_sums_agree_on_every_level(rows):
    values = compute(small_state(rows))
    kinds = {measure.base: measure.kind for measure in declared_measures()}
    kind = values["indicator"].astype("str").str.split(":").str[0].map(kinds)
    # An RT may hold more households than the rule allows; every other rate is a share.
    share = (kind == "rate") & (values["indicator"] != "limit_use_rate")
    rates = values.loc[share, "value"].dropna()
    assert rates.between(0, 1).all()
    assert values["known_rate"].dropna().between(0, 1).all()
    totals = values.groupby(["indicator", "level"], observed=True)["numerator"].sum().unstack()
    spread = totals.max(axis=1) - totals.min(axis=1)
    assert (spread < 1e-6).all()


@settings(max_examples=15, deadline=None)
@given(st.lists(HOUSEHOLD, min_size=2, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    shuffled = rows.copy()
    random.shuffle(shuffled)
    for level in ("rt", "kabupaten"):
        before, after = (poverty_rate(small_state(r), level=level) for r in (rows, shuffled))
        pd.testing.assert_series_equal(before, after)


@settings(max_examples=15, deadline=None)
@given(st.lists(HOUSEHOLD, min_size=1, max_size=10))
def test_a_state_is_zero_only_for_a_known_zero(rows):
    values = compute(small_state(rows))
    assert (values.loc[values["state"] == "zero", "value"] == 0).all()
    assert values.loc[values["state"] == "no_data", "value"].isna().all()
    assert not values.loc[values["state"] == "value", "value"].isna().any()


def test_every_measure_keeps_the_same_contract():
    state = small_state(
        [
            {
                "serial": 1,
                "n_residents": 3,
                "spending_idr": 50.0,
                "dtsen_desil": 1,
                "enrolled": True,
            }
            | dict.fromkeys(CRITERIA, True)
        ]
    )
    for measure in declared_measures():
        for name, member in measure.names(state):
            series = measure(state, member or None, level="desa")
            assert series.name == name
            assert list(series.index) == list(state.ids["desa"])
            assert series.dtype == float
        assert measure.__doc__
        assert len(measure.breaks) == 4


def test_a_household_of_a_dead_rt_belongs_nowhere_and_is_reported():
    households = village.households("household_id rt n_residents\na 1 4\nb 4 5")
    state = village.state(households=households)
    assert n_residents(state, level="kabupaten")["52.07"] == 4
    report = state.match_report().set_index("table")
    assert report.loc["households", "n_unmatched"] == 1
    assert report.loc["households", "reason"] == "rt_not_alive"


def test_levels_of_an_area_without_people_have_no_data():
    state = village.state(households=village.households("household_id rt n_residents\na 1 4"))
    assert np.isnan(n_residents(state)[village.RT2])
    assert n_residents(state, level="desa")["52.07.01.2001"] == pytest.approx(4)
