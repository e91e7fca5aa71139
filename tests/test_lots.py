"""Lots: what is withheld for nothing, so that withholding tells nothing."""

from dataclasses import replace

import numpy as np
import pytest
from districts import random_shelf

from pbrt_geo.disclosure.lots import N_STEPS, UNIT_LEVELS, Lots
from pbrt_geo.disclosure.rule import read_rule
from pbrt_geo.schema import LEVELS

NAMES = ("desil_1_4_rate", "poverty_rate", "poverty_gap", "child_in_poor_rate")


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lots")
    random = np.random.default_rng(3)
    return random_shelf(random, 1, folder, n_desa=(40, 40), n_rt=(2, 4), indicators=NAMES)[0]


def rule(share):
    return replace(read_rule(), lots=dict.fromkeys(UNIT_LEVELS, share))


def changed(edition):
    """Return the same edition with one household more in the numerator of one RT."""
    values = edition.values.copy()
    at = values.index[(values["level"] == "rt") & (values["indicator"] == NAMES[0])][0]
    values.loc[at, "numerator"] += 1
    other = replace(edition)
    other.__dict__["values"] = values
    return other


def test_what_hangs_together_is_one_family(edition):
    families = Lots(edition, read_rule()).families
    assert frozenset(NAMES[:1]) in families
    assert frozenset(NAMES[1:]) in families


def test_a_desa_goes_with_its_rts_and_its_family(edition):
    rt = edition.ids("rt")[0]
    desa = edition.areas.at[rt, "desa_id"]
    rts = [name for name in edition.ids("rt") if edition.areas.at[name, "desa_id"] == desa]
    found = Lots(edition, read_rule()).around(rt, {"poverty_rate"}, 0)
    areas = {("desa", desa), *(("rt", name) for name in rts)}
    assert found == {(*area, name) for area in areas for name in NAMES[1:]}


def test_above_the_desa_only_the_area_itself_goes(edition):
    rt, lots = edition.ids("rt")[0], Lots(edition, read_rule())
    for step, level in enumerate(UNIT_LEVELS[1:], start=1):
        area = edition.areas.at[rt, f"{level}_id"]
        assert lots.around(rt, {"desil_1_4_rate"}, step) == {(level, area, "desil_1_4_rate")}


def test_at_last_the_family_goes_everywhere(edition):
    rt, lots = edition.ids("rt")[0], Lots(edition, read_rule())
    found = lots.around(rt, {"desil_1_4_rate"}, N_STEPS - 1)
    everywhere = {(level, area) for level in LEVELS for area in edition.ids(level)}
    assert found == {(*area, "desil_1_4_rate") for area in everywhere}
    assert lots.around(rt, {"desil_1_4_rate"}, N_STEPS) == set()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_so_many_are_drawn(edition, share):
    drawn = Lots(edition, rule(share)).drawn()
    desa = {(area, name) for level, area, name in drawn if level == "desa"}
    expected = share * len(edition.ids("desa")) * len(NAMES)
    assert abs(len(desa) - expected) <= 0.25 * expected


def test_lots_are_the_same_for_the_same_numbers_only(edition):
    one = Lots(edition, rule(0.5)).drawn()
    assert Lots(edition, rule(0.5)).drawn() == one
    assert Lots(changed(edition), rule(0.5)).drawn() != one


def test_whatever_surrounds_a_leak_could_be_drawn(edition):
    """Every unit is a lot: with a share near 1, all of them are."""
    everything = Lots(edition, rule(1 - 1e-12)).drawn()
    lots = Lots(edition, read_rule())
    for rt in edition.ids("rt"):
        for step in range(N_STEPS):
            assert lots.around(rt, set(NAMES), step) <= everything
