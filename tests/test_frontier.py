"""What a rule leaves of the map: against counting by hand, and against what is then published."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from districts import random_shelf

from pbrt_geo.disclosure.frontier import (
    OUTCOMES,
    VALUES,
    frontier,
    only,
    outcomes,
    rank_correlation,
    rule_at,
    share,
)
from pbrt_geo.disclosure.lots import Lots
from pbrt_geo.disclosure.preview import preview
from pbrt_geo.disclosure.publish import publish
from pbrt_geo.disclosure.rule import read_rule
from pbrt_geo.errors import PublicationError
from pbrt_geo.show.charts import alt_text, title_of
from pbrt_geo.show.charts.frontier import frontier as draw
from pbrt_geo.text import LANGUAGES

DESIL = "desil_1_4_rate"
DRAWN = {"n_desa": (3, 4), "n_rt": (3, 6), "lineage": False, "months": 1, "single": True}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("districts")
    return random_shelf(np.random.default_rng(7), 2, folder / "drawn", **DRAWN)


@pytest.fixture(scope="module")
def rule():
    return read_rule()


# ── the rule ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("n_households", "n_residents"), [(5, 16), (3, 9), (9, 31), (2, 5)])
def test_residents_go_along_with_households(rule, n_households, n_residents):
    # the width of 4 households is 15 persons, so of one 3.75: 2 are 7.5, 8 are 30
    needed = rule_at(rule, n_households).needed
    assert needed == {"household": n_households, "resident": n_residents}


def test_only_keeps_what_was_asked_for_and_the_rate_that_a_count_repeats(rule):
    assert [entry.base for entry in only(rule, ["n_poor"]).entries] == ["poverty_rate", "n_poor"]
    assert not only(rule, ["n_poor"]).opened


# ── measures ────────────────────────────────────────────────────────────────────────────────────


def test_rank_correlation_is_spearmans():
    # ranks 1 2 3 4 and 1.5 1.5 3.5 3.5: covariance 1, variances 1.25 and 1
    found = rank_correlation(pd.Series([0.1, 0.2, 0.3, 0.9]), pd.Series([0.0, 0.0, 0.2, 0.2]))
    assert found == pytest.approx(1 / math.sqrt(1.25))


def test_rank_correlation_of_one_class_is_not_told():
    assert math.isnan(rank_correlation(pd.Series([0.1, 0.2]), pd.Series([0.0, 0.0])))


def test_share_of_nothing_is_not_told():
    assert math.isnan(share(np.array([True]), np.array([False])))
    assert share(np.array([True, False, True]), np.array([True, True, False])) == 0.5


# ── the frontier ────────────────────────────────────────────────────────────────────────────────


def has_room(denominator: int, breaks: tuple[float, ...], needed: int) -> bool:
    """Count with whole numbers, one by one, how many lie in each class."""
    edges = (0.0, *breaks)
    shares = [k / denominator for k in range(int(denominator) + 1)]
    of = [max(i for i, edge in enumerate(edges) if s >= edge - 1e-9) for s in shares]
    return all(of.count(i) >= needed for i in range(len(edges)))


@pytest.mark.parametrize("indicator", [DESIL, "af_headcount_rate"])
def test_rts_are_shown_where_every_class_has_room(shelf, rule, indicator):
    found = frontier(shelf[0], [], indicator, rule, (3, 5, 8))
    column = shelf[0].column(indicator, "rt")
    known = column[column["state"] != "no_data"]
    breaks = rule.entry(indicator).classes
    for n in (3, 5, 8):
        needed = found.at[n, "n_needed"]
        shown = [has_room(d, breaks, needed) for d in known["denominator"]]
        assert found.at[n, "n_shown"] == sum(shown)
        assert found.at[n, "shown_rate"] == pytest.approx(np.mean(shown))
        large = shelf[0].column("n_households", "rt")["value"].loc[known.index] >= 30
        assert found.at[n, "shown_rate_large"] == pytest.approx(np.array(shown)[large].mean())


def test_a_stricter_rule_never_shows_more(shelf, rule):
    found = frontier(shelf[0], [], "poverty_rate", rule)
    assert list(found.index) == list(VALUES)
    assert found["n_shown"].is_monotonic_decreasing
    assert found["n_rt"].nunique() == 1


@pytest.mark.parametrize("indicator", ["n_poor", "none_reached_rate", "n_households"])
def test_there_is_no_frontier_where_rts_have_no_classes(shelf, rule, indicator):
    with pytest.raises(PublicationError, match=indicator):
        frontier(shelf[0], [], indicator, rule)


def test_outcomes_are_counted_by_indicator_and_level():
    rows = [
        ("rt", "poor", "value", ""),
        ("rt", "poor", "value", "held"),
        ("rt", "poor", "withheld", "small"),
        ("rt", "poor", "withheld", "group_changed"),
        ("rt", "poor", "no_data", ""),
        ("desa", "poor", "withheld", "too_coarse"),
        ("desa", "n_rt", "zero", ""),
    ]
    found = outcomes(pd.DataFrame(rows, columns=["level", "indicator", "state", "why"]))
    assert list(found.columns) == list(OUTCOMES)
    assert list(found.index) == [("poor", "rt"), ("poor", "desa"), ("n_rt", "desa")]
    # shown, held, small, group changed, too coarse, fallback, no data
    assert found.loc[("poor", "rt")].tolist() == [1, 1, 1, 1, 0, 0, 1]
    assert found.loc[("poor", "desa")].tolist() == [0, 0, 0, 0, 1, 0, 0]
    assert found.loc[("n_rt", "desa")].tolist() == [1, 0, 0, 0, 0, 0, 0]


# ── the preview ─────────────────────────────────────────────────────────────────────────────────


def test_the_preview_is_what_is_published(shelf, rule, tmp_path):
    published = publish(shelf[0], tmp_path / "public", [], rule)
    drawn = len(Lots(shelf[0], rule).drawn())
    assert published.about["disclosure"]["certificate"]["n_fallbacks"] == drawn
    seen = preview(shelf[0], [], rule)
    assert seen.is_public
    for indicator in published.indicators:
        assert seen.indicator(indicator.id) == indicator
        for level in ("rt", "desa", "kecamatan", "kabupaten"):
            if published.has(indicator.id, level):
                expected = published.column(indicator.id, level)
                found = seen.column(indicator.id, level)
                pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_the_preview_refuses_what_publishing_would(shelf, rule, tmp_path):
    later = publish(shelf[1], tmp_path / "later", [], rule)
    with pytest.raises(PublicationError):
        preview(shelf[0], [later], rule)


# ── the chart ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chart_tells_the_shares_of_every_rule(shelf, rule, language):
    from pbrt_geo.show.charts import Look

    table = frontier(shelf[0], [], DESIL, rule, (3, 5))
    figure = draw(table, 5, "Desil", Look(language))
    assert title_of(figure).endswith("Desil")
    assert [list(line.x) for line in figure.data[:2]] == [[3, 5], [3, 5]]
    assert list(figure.data[1].y) == table["shown_rate"].tolist()
    assert alt_text(figure).count("%") == 4
