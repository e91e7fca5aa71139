"""Attacks on public editions of random districts, by an attacker that knows nothing of the door.

`python -m benchmarks.attack_districts` does the same to hundreds of districts.
"""

import datetime as dt
from itertools import product

import numpy as np
import pandas as pd
import pytest
from second_attack import FACT, Attack, Background, second_attack

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
