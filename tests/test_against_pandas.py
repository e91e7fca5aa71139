"""Every figure of the sample, computed a second time with pandas alone."""

import pandas as pd
import pytest

from benchmarks import bench_edition, edition_in_pandas
from pbrt_geo import compute, read_region


@pytest.fixture(scope="module")
def region():
    return read_region(bench_edition.SAMPLE)


@pytest.mark.parametrize("year", [2006, 2007, 2008])
def test_all_indicators_at_all_levels_agree_with_pandas(region, year):
    date = next(date for date in region.rounds if date.year == year)
    ours = compute(region.on(date))
    theirs = edition_in_pandas.by_groupby(region.tables, date)
    assert theirs.index.unique("indicator").size >= 110
    assert theirs.notna().sum() > 50_000
    assert bench_edition.same(ours, theirs)


def test_a_difference_would_be_found(region):
    date = min(region.rounds)
    ours = compute(region.on(date))
    theirs = edition_in_pandas.by_groupby(region.tables, date)
    place = theirs[theirs > 0].sample(1, random_state=1).index[0]
    theirs[place] *= 1 + 1e-8
    assert not bench_edition.same(ours, theirs)


def test_functions_by_area_give_the_same_as_sums_by_level():
    frame = pd.DataFrame({"rt": ["a", "a", "b"], "desa": ["d", "d", "d"]})
    ones = pd.Series([1.0, 1.0, 0.0])
    term = edition_in_pandas.Term(pd.Series([1.0, 0.0, 0.0]), ones, ones)
    groups = frame.assign(**term).groupby("rt")[list(term)]
    assert groups.apply(edition_in_pandas._value_of_group).fillna(-1).to_dict() == {
        "a": 0.5,
        "b": -1,
    }
