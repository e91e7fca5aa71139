"""How public figures hang together: stated by hand, and held against the true numbers."""

import numpy as np
import pandas as pd
import pytest
from shelves import SAMPLE

from pbrt_geo.disclosure.links import (
    UNIT_OF,
    holding,
    is_for_everyone,
    is_whole_indicator,
    links_of,
    members_of,
    true_quantities,
)
from pbrt_geo.disclosure.model import Numerator, Relation
from pbrt_geo.region import read_region
from pbrt_geo.seal import build_edition

PROGRAMMES = pd.DataFrame(
    {
        "target": ["all", "all", "poor", "poor_with_school_children"],
        "field": ["health", "health", "economic", "education"],
        "pillar": ["sios", "sios", "sios", "basic_services"],
    },
    index=pd.Index(["a", "b", "c", "d"], name="programme_id"),
)


def relations(*indicators):
    return set(links_of(indicators, PROGRAMMES).relations)


def at_most(*lesser, than):
    return Relation((*((name, 1.0) for name in lesser), *((name, -1.0) for name in than)))


def test_a_count_is_the_numerator_of_its_rate():
    links = links_of(["poverty_rate", "n_poor", "coverage_rate:a", "n_reached:a"], PROGRAMMES)
    assert links.numerators["n_poor"] == links.numerators["poverty_rate"]
    assert links.numerators["n_reached:a"] == links.numerators["coverage_rate:a"]
    assert links.unit == {"poor": "resident", "reached:a": "household"}


def test_the_missed_are_those_meant_less_those_reached():
    links = links_of(["exclusion_error:c", "n_missed:c"], PROGRAMMES)
    assert links.numerators["exclusion_error:c"] == Numerator((("reached:c", -1.0),), 1.0)
    assert links.numerators["n_missed:c"] == links.numerators["exclusion_error:c"]


def test_groups_of_the_same_programmes_are_one_quantity():
    links = links_of(["coverage_rate:c", "coverage_rate:field/economic"], PROGRAMMES)
    assert len(set(links.numerators.values())) == 1


def test_a_group_reaches_no_less_than_each_part_and_no_more_than_all():
    found = relations("coverage_rate:field/health")
    assert found == {
        at_most("reached:a", than=["reached:a+b"]),
        at_most("reached:b", than=["reached:a+b"]),
        at_most("reached:a+b", than=["reached:a", "reached:b"]),
    }


def test_a_group_is_bound_by_groups_within_it_too():
    found = relations("coverage_rate:field/health", "coverage_rate:pillar/sios")
    assert at_most("reached:a+b", than=["reached:a+b+c"]) in found


def test_the_poor_whom_nothing_reaches_are_the_rest_of_those_whom_something_does():
    links = links_of(["none_reached_rate", "coverage_rate:c"], PROGRAMMES)
    assert links.numerators["none_reached_rate"] == Numerator((("reached:c+d", -1.0),), 1.0)
    assert at_most("reached:c", than=["reached:c+d"]) in links.relations


def test_m0_is_the_mean_of_its_dimensions_and_none_is_above_the_headcount():
    links = links_of(["af_m0", "af_headcount_rate"], PROGRAMMES)
    terms = dict(links.numerators["af_m0"].terms)
    assert len(terms) == 6
    assert sum(terms.values()) == pytest.approx(1)
    assert at_most("af:housing", than=["af_poor"]) in links.relations
    assert "af:housing" not in links.whole
    assert "af_poor" in links.whole


def test_gaps_nest_and_children_and_elderly_are_parts_of_the_poor():
    found = relations(
        "poverty_rate", "poverty_gap", "poverty_severity", "child_in_poor_rate",
        "elderly_in_poor_rate",
    )  # fmt: skip
    assert at_most("severity", than=["gap"]) in found
    assert at_most("gap", than=["poor"]) in found
    assert at_most("poor_children", "poor_elderly", than=["poor"]) in found


def test_what_is_not_published_is_not_linked():
    assert relations("poverty_gap") == set()
    assert relations("child_in_poor_rate") == set()


def test_which_numerators_are_whole():
    fractional = {"poverty_gap", "poverty_severity", "watts", "af_m0", "af_censored_rate:housing"}
    assert not any(map(is_whole_indicator, fractional))
    assert all(is_whole_indicator(n) for n in ("poverty_rate", "coverage_rate:a", "n_missed:a"))


def test_groups_and_for_whom_they_are():
    assert members_of("pillar/sios", PROGRAMMES) == {"a", "b", "c"}
    assert is_for_everyone("field/health", PROGRAMMES)
    assert not is_for_everyone("pillar/sios", PROGRAMMES)


# ── against the sample ──────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    region = read_region(SAMPLE)
    edition = build_edition(region, max(region.rounds), tmp_path_factory.mktemp("sample") / "last")
    names = [entry.id for entry in edition.indicators if entry.base in UNIT_OF]
    return edition, links_of(names, edition.programmes)


def test_every_quantity_of_the_sample_is_told_by_some_indicator(sample):
    edition, links = sample
    assert set(true_quantities(edition, links)) == set(links.unit)


def test_every_relation_holds_of_the_true_numbers(sample):
    edition, links = sample
    assert len(links.relations) > 20
    assert holding(links, edition).relations == links.relations


def test_a_relation_that_the_numbers_contradict_is_left_out(sample):
    edition, links = sample
    wrong = Relation((("poor", 1.0), ("gap", -1.0)))
    spoilt = links.__class__(links.numerators, (*links.relations, wrong), links.whole, links.unit)
    assert holding(spoilt, edition).relations == links.relations


def test_every_numerator_is_its_quantities_rt_by_rt(sample):
    edition, links = sample
    true = true_quantities(edition, links)
    for name, parts in links.numerators.items():
        column = edition.column(name, "rt")
        total = sum(true[quantity] * weight for quantity, weight in parts.terms)
        if parts.of_denominator:
            rate = name.replace("n_missed", "coverage_rate")
            total = total + parts.of_denominator * edition.column(rate, "rt")["denominator"]
        assert np.allclose(total, column["numerator"]), name


def test_denominators_agree_where_relations_join_rates(sample):
    """A relation of numerators narrows a rate only where both are shares of the same people."""
    edition, _ = sample
    same = [
        ("poverty_rate", "poverty_gap", "poverty_severity"),
        ("af_headcount_rate", "af_m0", "af_censored_rate:housing"),
    ]
    for first, *others in same:
        of = edition.column(first, "rt")["denominator"]
        assert all((edition.column(name, "rt")["denominator"] == of).all() for name in others)
