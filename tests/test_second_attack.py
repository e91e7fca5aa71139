"""Attacks on public editions of random districts, by an attacker that knows nothing of the door.

`python -m benchmarks.attack_districts` does the same to hundreds of districts.
"""

import datetime as dt
from dataclasses import replace
from functools import partial
from itertools import product

import meta_attack
import numpy as np
import pandas as pd
import pytest
from attacked_districts import A_MONTH_APART, Attacked, door, draw, naive, publish_all
from second_attack import FACT, Attack, Background, second_attack

from pbrt_geo.disclosure.lots import Lots
from pbrt_geo.disclosure.rule import Rule, read_rule
from pbrt_geo.disclosure.statements import decide
from pbrt_geo.edition import Edition

RULE = read_rule()
DISTRICTS = range(20)
MONTHS = (dt.date(2008, 1, 1), dt.date(2008, 2, 1))
DESA_OF = {"RT-1": "D1", "RT-2": "D1", "RT-3": "D2"}


def background(denominators: dict[str, int], bounds: dict[str, int]) -> Background:
    """Two months of three RTs in two desa, each a group of its own."""
    desas = dict.fromkeys(DESA_OF.values())
    rows = [{"area_id": rt, "level": "rt", "desa_id": desa} for rt, desa in DESA_OF.items()]
    rows += [{"area_id": desa, "level": "desa", "desa_id": desa} for desa in desas]
    areas = pd.DataFrame(rows).set_index("area_id").assign(kabupaten_id="K")
    days = {"before": pd.Timestamp(MONTHS[0]), "after": pd.Timestamp(MONTHS[1])}
    kin = [{"group": i, "side": s, "rt_id": rt} for i, rt in enumerate(DESA_OF) for s in days]
    turnover = [
        {"indicator": "desil_1_4_rate", "group": i, "n_changed": bounds[rt], "bound": bounds[rt]}
        for i, rt in enumerate(DESA_OF)
    ]
    return Background(
        areas=dict.fromkeys(MONTHS, areas),
        denominators=dict.fromkeys(MONTHS, pd.DataFrame({"desil": denominators})),
        turnover=pd.DataFrame(turnover).assign(**days),
        kin=pd.DataFrame(kin).assign(**days),
        members={},
    )


def said(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame([(*row[:3], "desil", *row[3:]) for row in rows], columns=list(FACT))


def test_what_can_be_worked_out_by_hand_is_found():
    # RT-1 and RT-2 have 7 together, RT-2 at least 4; RT-1 then has 3 or fewer, and a month later,
    # when one household changed, 4 or fewer
    known = background({"RT-1": 10, "RT-2": 10, "RT-3": 5}, {"RT-1": 1, "RT-2": 0, "RT-3": 0})
    facts = said((MONTHS[0], "desa", "D1", 7, 7), (MONTHS[0], "rt", "RT-2", 4, 10),
                 (MONTHS[1], "rt", "RT-1", 0, 10))  # fmt: skip
    cells, changes = second_attack(facts, known, {"household": 5, "resident": 16}, exact=True)
    ends = {(c.date, c.rt_id): (c.lowest, c.highest) for c in cells.itertuples()}
    assert ends == {
        (MONTHS[0], "RT-1"): (0, 3),
        (MONTHS[0], "RT-2"): (4, 7),
        (MONTHS[1], "RT-1"): (0, 4),
    }
    assert changes[["lowest", "highest"]].values.tolist() == [[-1, 1]]


@pytest.mark.parametrize("seed", range(12))
def test_the_attacker_finds_what_trying_everything_finds(seed):
    rng = np.random.default_rng(seed)
    denominators = {rt: int(rng.integers(1, 5)) for rt in DESA_OF}
    known = background(denominators, {rt: int(rng.integers(0, 3)) for rt in DESA_OF})
    keys = [(date, rt) for date in MONTHS for rt in DESA_OF]
    worlds = [dict(zip(keys, values, strict=True)) for values in _all(denominators)]
    moved = known.turnover["bound"].tolist()
    worlds = [
        w for w in worlds if all(_moves(w, rt) <= b for rt, b in zip(DESA_OF, moved, strict=True))
    ]
    facts = _drawn_facts(rng, worlds[rng.integers(len(worlds))], denominators)
    worlds = [w for w in worlds if all(_holds(w, fact) for fact in facts.itertuples())]
    attack = Attack(facts, known)
    for row in attack.spans(attack.cell_targets({"household": 5}), exact=True).itertuples():
        values = [world[row.date, row.rt_id] for world in worlds]
        assert (row.lowest, row.highest) == (min(values), max(values))


def _all(denominators: dict[str, int]) -> product:
    return product(*[range(denominators[rt] + 1) for _ in MONTHS for rt in DESA_OF])


def _moves(world: dict, rt: str) -> int:
    return abs(world[MONTHS[1], rt] - world[MONTHS[0], rt])


def _sum(world: dict, date: dt.date, area: str) -> int:
    return sum(world[date, rt] for rt, desa in DESA_OF.items() if area in (rt, desa))


def _holds(world: dict, fact: object) -> bool:
    return fact.least <= _sum(world, fact.date, fact.area_id) <= fact.most


def _drawn_facts(rng: np.random.Generator, truth: dict, denominators: dict) -> pd.DataFrame:
    rows = []
    for date in MONTHS:
        for area in rng.choice(["RT-1", "RT-2", "RT-3", "D1", "D2"], 3, replace=False):
            number, level = _sum(truth, date, area), "rt" if area in DESA_OF else "desa"
            rows.append((date, level, area, number - rng.integers(2), number + rng.integers(2)))
    return said(*rows)


# ── random districts ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> list[Attacked]:
    """Districts of which three editions were published through the door."""
    return [door(seed, tmp_path_factory.mktemp("door"), RULE) for seed in DISTRICTS]


def test_nothing_is_recovered_from_what_the_door_lets_through(published):
    assert sum(len(found.cells) for found in published) > 1500
    assert [found.n_recovered for found in published] == [0] * len(published)
    assert [found.n_too_narrow for found in published] == [0] * len(published)
    assert min(found.narrowest("household") for found in published) >= RULE.needed["household"]
    assert min(found.narrowest("resident") for found in published) >= RULE.needed["resident"]


def test_no_change_between_two_editions_is_recovered(published):
    assert sum(len(found.changes) for found in published) > 1000
    assert [found.n_changes_recovered for found in published] == [0] * len(published)


def test_the_door_refuses_no_ordinary_district(published):
    assert sum(found.n_refused for found in published) == 0


def test_hiding_below_five_gives_most_of_what_it_hides_away(tmp_path_factory):
    found = [naive(seed, tmp_path_factory.mktemp("naive"), RULE) for seed in DISTRICTS[:5]]
    n_hidden = sum(len(district.cells) for district in found)
    n_recovered = sum(district.n_recovered for district in found)
    n_changes = sum(district.n_changes_recovered for district in found)
    share = n_changes / sum(len(district.changes) for district in found)
    print(f"hidden below five: {n_recovered} of {n_hidden} recovered; {share:.0%} of changes")
    assert n_recovered > 0.2 * n_hidden > 0
    assert share > 0.5


@pytest.mark.parametrize("seed", range(100, 106))
def test_one_household_that_changes_between_two_months_stays_hidden(seed, tmp_path):
    found = door(seed, tmp_path / "door", RULE, n_editions=2, **A_MONTH_APART)
    assert found.n_changes_recovered == found.n_too_narrow == found.n_refused == 0
    beside = naive(seed, tmp_path / "naive", RULE, n_editions=2, **A_MONTH_APART)
    assert beside.n_changes_recovered > 0.5 * len(beside.changes)


# ── who knows how the door decides ──────────────────────────────────────────────────────────────

TINY = {
    "n_desa": (1, 1), "n_rt": (1, 2), "n_households": (6, 11), "churn": (0.2, 1.0),
    "lineage": False, "indicators": (meta_attack.INDICATOR,),
}  # fmt: skip
FEWEST = 3
"""Values that must stay possible in a district of a dozen households."""


def tiny_rule(share: float) -> Rule:
    """Return the rule for one indicator, with two classes and fewer values: what tiny RTs allow."""
    entry = replace(RULE.entry(meta_attack.INDICATOR), classes=(0.5,))
    lots = dict.fromkeys(RULE.lots, share)
    return replace(RULE, opened=(), entries=(entry,), lots=lots).with_values(household=FEWEST)


@pytest.mark.parametrize("seed", [7, 24])
@pytest.mark.parametrize("share", [0.0, 0.3])
def test_knowing_how_the_door_decides_tells_nothing_more(seed, share, tmp_path):
    rule = tiny_rule(share)
    internal = draw(seed, tmp_path, n_editions=2, **TINY)
    public = publish_all(internal, tmp_path, rule)
    drawn = [Lots(edition, rule).drawn() for edition in internal]
    for edition, lots in zip(public, drawn, strict=True):
        assert edition.about["disclosure"]["certificate"]["n_fallbacks"] == len(lots)
    assert any(drawn) == (share > 0)
    # whoever knows how lots are drawn still does not know of which numbers: any could draw these
    before, after = (
        meta_attack.worlds(edition, public[:i], partial(decide, rule=rule, withheld=lots))
        for i, (edition, lots) in enumerate(zip(internal, drawn, strict=True))
    )
    bounds = bounds_of(internal[-1])
    found = meta_attack.possible_together(before, after, bounds)
    for edition, n_possible in zip(internal, found[:2], strict=True):
        sizes = meta_attack.denominators(edition).to_numpy()
        assert (n_possible >= np.minimum(sizes + 1, FEWEST)).all()
    assert (found[2][bounds > 0] >= 2).all()


def bounds_of(edition: Edition) -> np.ndarray:
    """Return by how much each RT can have changed; they stand in the same order on both dates."""
    kin = edition.kin[edition.kin["side"] == "after"].set_index("rt_id")["group"]
    bounds = edition.turnover.set_index("group")["bound"]
    return kin.reindex(edition.ids("rt")).map(bounds).to_numpy()
