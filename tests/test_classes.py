from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from pbrt_geo.show.classes import METHODS, MOST, NO_CLASS, classify, classify_change, in_steps
from pbrt_geo.show.palette import (
    NOTHINGS,
    THEMES,
    change_shades,
    class_shades,
    greyscale,
    nothing_shade,
)
from pbrt_geo.show.words import format_number

RNG = np.random.default_rng(20080615)
RATES = RNG.beta(2, 10, 695)
COUNTS = RNG.poisson(4, 695).astype(float)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (RATES, "rate"),
        (COUNTS, "count"),
        (RNG.lognormal(5, 2, 695), "density"),
        (RATES / 10, "index"),
        (np.array([3.0]), "count"),
        (np.full(50, 0.25), "rate"),
        (np.array([]), "rate"),
        (np.array([np.nan, 0.0]), "count"),
    ],
)
def test_never_more_than_five_classes_and_every_number_in_one(method, values, kind):
    classes = classify(values, kind, method, breaks=(0.05, 0.1, 0.2, 0.35, 0.5, 0.6))
    assert classes.count <= MOST
    assert list(classes.limits) == sorted(set(classes.limits))
    assert len(classes.labels("id")) == classes.count
    found = classes.of(values)
    assert ((found >= 0) == ~np.isnan(values)).all()
    assert found.max(initial=0) < classes.count


def test_a_class_ends_where_its_label_says():
    classes = classify(RATES, "rate", "fixed", breaks=(0.05, 0.1, 0.2, 0.35))
    assert classes.labels("id")[1:3] == ["5,0–9,9\u00a0%", "10,0–19,9\u00a0%"]
    assert classes.labels("en")[0] == "below 5.0%"
    # 19.96 % is written 20,0 % and therefore stands in the class that begins there
    assert classes.of(np.array([0.1994, 0.1996, 0.2])).tolist() == [2, 3, 3]


def test_values_are_rounded_as_they_are_written():
    ties = np.array([k / 80 for k in range(81)] + [0.0115, 0.0235, 0.1005])
    written = [format_number(v, "rate", "en") for v in ties]
    assert [f"{s / 10:.1f}%" for s in in_steps(ties, "rate", 0.001)] == written


def test_classes_of_counts_are_whole_numbers():
    classes = classify(COUNTS, "count", "equal")
    assert classes.labels("id")[0] == "1–3"
    assert all(float(limit).is_integer() for limit in classes.limits)
    assert classify(np.array([1.0, 2.0, 2.0, 3.0]), "count", "equal").labels("id") == [
        "1",
        "2",
        "3",
    ]


@pytest.mark.parametrize("method", METHODS)
def test_repeated_values_do_not_move_the_limits(method):
    once = classify(COUNTS, "count", method)
    assert once == classify(np.tile(COUNTS, 7), "count", method)
    assert once == classify(RNG.permutation(COUNTS), "count", method)
    heap = classify(np.r_[np.full(600, 2.0), COUNTS[:50]], "count", "quantile")
    held = heap.of(np.r_[np.full(600, 2.0), COUNTS[:50]])
    assert set(range(heap.count)) == set(held[held != NO_CLASS])  # no class is empty


def test_quantiles_hold_about_equally_many_areas():
    found = np.bincount(classify(RATES, "rate", "quantile").of(RATES))
    assert found.min() > 0.15 * len(RATES)


def test_fixed_limits_are_the_same_in_every_year():
    years = [RATES, RATES * 0.7]
    pool = np.concatenate(years)
    first, second = (classify(year, "rate", "fixed", None, pool) for year in years)
    assert first == second
    assert first.lowest is None
    assert first.highest is None


def test_limits_made_for_rt_are_replaced_where_they_separate_nothing():
    kecamatan = np.array([900, 1100, 1300, 2100, 2500, 2700, 3100, 5200.0])
    classes = classify(kecamatan, "count", "fixed", breaks=(5, 10, 20, 40))
    assert len(set(classes.of(kecamatan))) >= 3
    rt = classify(RNG.integers(1, 60, 695).astype(float), "count", "fixed", breaks=(5, 10, 20, 40))
    assert rt.limits == (5, 10, 20, 40)


def test_change_is_symmetric_around_none():
    change = pd.Series(RNG.normal(0, 0.05, 695))
    classes = classify_change(change, "rate")
    assert classes.limits[0] == 1 - classes.limits[3]
    assert classes.of(np.array([-0.9, -0.0, 0.9])).tolist() == [0, 2, 4]
    mirrored = classify_change(-change, "rate")
    assert (classes.of(change) == 4 - mirrored.of(-change)).all()
    assert classes.labels("id")[0].endswith("atau kurang")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("count", range(1, MOST + 1))
def test_shades_keep_their_order_in_greyscale(theme, count):
    greys = [greyscale(shade.fill) for shade in class_shades(count, theme)]
    assert len(greys) == count
    assert all(lighter - darker > 9 for lighter, darker in pairwise(greys))


@pytest.mark.parametrize("theme", THEMES)
def test_every_nothing_has_its_own_mark(theme):
    shades = [nothing_shade(state, theme) for state in NOTHINGS]
    assert len({shade.mark for shade in shades}) == len(NOTHINGS)
    assert "" not in {shade.mark for shade in shades}
    assert nothing_shade("withheld", theme).mark == "hatch"
    for shade in shades:
        assert abs(greyscale(shade.fill) - greyscale(shade.ink)) > 15  # the mark is visible


@pytest.mark.parametrize("theme", THEMES)
def test_decreases_and_increases_differ_in_greyscale_too(theme):
    shades = change_shades(theme)
    assert [bool(shade.mark) for shade in shades] == [True, True, False, False, False]
    middle = greyscale(shades[2].fill)
    assert all(greyscale(shade.fill) < middle for shade in shades if shade is not shades[2])


def test_greyscale_matches_known_lightness():
    assert greyscale("#ffffff") == pytest.approx(100, abs=0.01)
    assert greyscale("#000000") == pytest.approx(0, abs=0.01)
    assert greyscale("#777777") == pytest.approx(50.03, abs=0.05)
