"""What is known of households, and whom the rules propose."""

import datetime as dt

import pytest

from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry
from pbrt_geo.registry.welfare import RULES, Known, Rule, judge, known_of
from registry.listed_people import FOUND, evidence, household
from registry.registries import ON

RULE = Rule("both", criteria_at_least=9, desil_at_most=4)
DAY = dt.timedelta(days=1)


def known(registry: Registry, key: int, day: dt.date = ON, *others: int) -> Known:
    with registry.read(COMMAND, day) as reading:
        return known_of(reading, [key, *others], day)[key]


@pytest.mark.parametrize(
    ("met", "open_", "desil", "answer"),
    [
        (9, 0, None, True),  # one condition holds: the other need not be known
        (9, 5, None, True),
        (8, 1, None, None),  # the open one could be the ninth
        (8, 0, None, None),  # not by the criteria, but the desil is unknown
        (8, 0, 4, True),
        (8, 0, 5, False),
        (7, 1, 5, False),  # even the open one would not make nine
        (0, 14, 10, None),
        (0, 14, 1, True),
    ],
)
def test_a_rule_proposes_refuses_or_does_not_know(met, open_, desil, answer):
    assert judge(RULE, Known(n_met=met, n_open=open_, desil=desil)) is answer


def test_a_rule_of_one_condition_asks_nothing_else():
    assert judge(Rule("criteria", criteria_at_least=9), Known(8, 0)) is False
    assert judge(Rule("desil", desil_at_most=4), Known(14, 0)) is None
    assert judge(Rule("desil", desil_at_most=4), Known(desil=5)) is False


def test_the_declared_rules_are_nine_of_fourteen_and_desil_one_to_four():
    """Nine of the 14 criteria: BPS; desil 1-4: those whom PKH and Sembako choose from."""
    assert list(RULES) == ["either", "criteria", "desil"]
    assert RULES["either"] == Rule("either", 9, 4)
    assert RULES["criteria"] == Rule("criteria", 9, None)
    assert RULES["desil"] == Rule("desil", None, 4)


def test_of_nothing_nothing_is_known(sample_places):
    assert known(sample_places, household(sample_places)) == Known()


def test_the_newest_survey_counts_as_a_whole_and_the_desil_beside_it(sample_places):
    key = household(sample_places)
    evidence(sample_places, key, met=3, as_of=FOUND)
    evidence(sample_places, key, desil=2, as_of=FOUND, source="dtsen")
    evidence(sample_places, key, met=10, unanswered=1, as_of=FOUND + DAY)
    other = household(sample_places)
    evidence(sample_places, other, met=0, as_of=FOUND + DAY)  # all 14 were asked that day
    found = known(sample_places, key, ON, other)
    assert (found.n_met, found.n_open, found.criteria_on) == (10, 1, FOUND + DAY)
    assert (found.desil, found.desil_on, found.desil_edition) == (2, FOUND, "2026-1")


def test_of_one_day_the_musyawarah_counts_more_than_a_table(sample_places):
    key = household(sample_places)
    evidence(sample_places, key, met=12, desil=3, source="verification")
    evidence(sample_places, key, met=1, desil=9, source="dtsen")
    assert known(sample_places, key).n_met == 12
    assert known(sample_places, key).desil == 3


def test_what_is_older_than_the_law_allows_is_not_known(sample_places):
    """UU 13/2011, article 8 (5): verified at least every two years."""
    key = household(sample_places)
    evidence(sample_places, key, met=12, as_of=dt.date(2024, 6, 1))
    evidence(sample_places, key, desil=1, as_of=dt.date(2024, 6, 2), source="dtsen")
    found = known(sample_places, key, dt.date(2026, 6, 1))
    assert (found.n_met, found.n_open, found.desil) == (0, 14, 1)


def test_what_was_found_later_is_not_known_yet(sample_places):
    key = household(sample_places)
    evidence(sample_places, key, met=12, as_of=FOUND)
    assert known(sample_places, key, FOUND - DAY) == Known()
    assert known(sample_places, key, FOUND).n_met == 12
