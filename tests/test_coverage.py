"""Reached, missed and unknown; targeting errors by area."""

import numpy as np
import pytest
import village
from village import RT1, RT2

from pbrt_geo import coverage

PROGRAMMES = """
programme_id  name   name_en  pillar          field      target  valid_from  source
aid           Aid    Aid      empowerment     economic   poor    2000-01-01  test
watch         Watch  Watch    basic_services  health     all     2000-01-01  test
"""
HOUSEHOLDS = """
household_id rt n_residents spending_idr
poor1        1  4           50
poor2        1  4           60
rich         1  2           500
unsure       1  2           .
far          2  2           70
"""
REPORTS = f"""
programme_id as_of      rt_id
aid          2008-12-31 {RT1}
watch        2008-12-31 {RT1}
"""
ENROLMENTS = """
programme_id as_of      household_id
aid          2008-12-31 poor1
aid          2008-12-31 rich
watch        2008-12-31 unsure
"""


@pytest.fixture(scope="module")
def state():
    return village.state(
        households=village.households(HOUSEHOLDS),
        programmes=village.table("programmes", PROGRAMMES),
        programme_reports=village.table("programme_reports", REPORTS),
        enrolments=village.table("enrolments", ENROLMENTS),
    )


def test_only_those_it_is_meant_for_are_covered(state):
    assert coverage.n_reached(state, "aid")[RT1] == 1
    assert coverage.n_missed(state, "aid")[RT1] == 1
    assert coverage.coverage_rate(state, "aid")[RT1] == pytest.approx(1 / 2)


def test_without_a_report_it_is_unknown_not_missed(state):
    assert np.isnan(coverage.coverage_rate(state, "aid")[RT2])
    assert coverage.n_unknown(state, "aid")[RT2] == 1


def test_reached_missed_and_unknown_make_up_all_it_may_be_meant_for(state):
    for group in coverage.groups(state):
        parts = [
            m(state, group, level="kabupaten")
            for m in (coverage.n_reached, coverage.n_missed, coverage.n_unknown)
        ]
        eligible = coverage.joint_reach(state, coverage.programmes_of(state, group)).eligible
        assert sum(part["52.07"] for part in parts) == (eligible != 0).sum()


def test_targeting_errors_leave_out_households_of_unknown_poverty(state):
    assert coverage.exclusion_error(state, "aid")[RT1] == pytest.approx(1 / 2)
    assert coverage.inclusion_error(state, "aid")[RT1] == pytest.approx(1 / 2)


def test_a_pillar_reaches_whom_any_of_its_programmes_reaches(state):
    assert coverage.coverage_rate(state, "pillar/basic_services")[RT1] == pytest.approx(1 / 4)
    assert coverage.coverage_rate(state, "field/economic")[RT1] == pytest.approx(1 / 2)


def test_overlaps_count_households_reached_by_both(state):
    joint = coverage.overlaps(state)
    assert joint.loc["aid", "aid"] == 2
    assert joint.loc["aid", "watch"] == 0


def test_poor_households_that_no_programme_reaches(state):
    assert coverage.none_reached_rate(state)[RT1] == pytest.approx(1 / 2)
    assert coverage.n_programmes_mean(state)[RT1] == pytest.approx(1 / 2)


def test_nobody_it_is_meant_for_is_undefined_and_not_unknown(state):
    from pbrt_geo import compute

    rich = village.households("household_id rt n_residents spending_idr\na 1 2 500")
    reported = village.state(
        households=rich,
        programmes=village.table("programmes", PROGRAMMES),
        programme_reports=village.table("programme_reports", REPORTS),
    )
    values = compute(reported).set_index(["indicator", "area_id"])
    assert values.loc[("coverage_rate:aid", RT1), "state"] == "undefined"
    assert values.loc[("n_missed:aid", RT1), "state"] == "zero"
    assert values.loc[("coverage_rate:aid", RT2), "state"] == "no_data"
