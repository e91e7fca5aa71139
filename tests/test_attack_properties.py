"""The attack against two plain programs for every number, on small random knowledge."""

import numpy as np
import pandas as pd
import pytest
from attack_by_scipy import Plain
from attack_puzzles import A, B, C, own_kin, rate, snapshot, tree

from pbrt_geo.disclosure.attack import attack
from pbrt_geo.disclosure.model import CLAIM, Knowledge, Links, Numerator, Relation
from pbrt_geo.disclosure.needs import n_values

NEEDED = {"household": 3, "resident": 3}
FAMILIES = {
    "single": rate("p"),
    "union": rate(
        "p", "q", "any",
        relations=[
            ({"p": 1.0, "any": -1.0}, False),
            ({"q": 1.0, "any": -1.0}, False),
            ({"any": 1.0, "p": -1.0, "q": -1.0}, False),
        ],
    ),
    "m0": Links(
        {
            "h": Numerator((("h", 1.0),)),
            "a": Numerator((("af:a", 1.0),)),
            "m0": Numerator((("af:a", 0.5), ("af:b", 0.5))),
        },
        (Relation((("af:a", 1.0), ("h", -1.0))), Relation((("af:b", 1.0), ("h", -1.0)))),
        frozenset({"h"}),
        dict.fromkeys(("h", "af:a", "af:b"), "resident"),
    ),
    "missed": Links(
        {"reached": Numerator((("q", 1.0),)), "missed": Numerator((("q", -1.0),), 1.0)},
        (),
        frozenset({"q"}),
        {"q": "household"},
    ),
}  # fmt: skip


def people(random, n_rt, dates):
    """Households by RT: circumstances on each date; rows are alive, then three more."""
    rts = np.repeat(np.arange(n_rt), random.integers(3, 12, n_rt))
    states = [random.random((4, len(rts))) < np.array([[0.9], [0.5], [0.4], [0.4]])]
    for _ in dates[1:]:
        again = random.random((4, len(rts))) < 0.15
        states.append(np.where(again, random.random((4, len(rts))) < 0.5, states[-1]))
    return rts, [np.array(s, dtype=float) for s in states]


def true_numbers(family, state):
    """Numerator and denominator of each indicator by household."""
    alive, first, second, third = state
    one, other = alive * first, alive * second
    if family == "union":
        return {"p": one, "q": other, "any": np.maximum(one, other)}, alive
    if family == "m0":
        return {"h": one, "a": one * second, "m0": one * (second + third) / 2}, alive
    if family == "missed":
        return {"reached": one, "missed": alive - one}, alive
    return {"p": one}, alive


def draw(seed):
    """Random people, and random ranges of random areas that are true."""
    random = np.random.default_rng(seed)
    family = list(FAMILIES)[seed % len(FAMILIES)]
    dates = (A, B, C)[: random.integers(1, 4)]
    n_desa = random.integers(1, 4)
    rts = [f"r{i}" for i in range(random.integers(n_desa, 7))]
    desa = np.concatenate([np.arange(n_desa), random.integers(0, n_desa, len(rts) - n_desa)])
    lines = [
        f"K{d // 2} D{d}: " + " ".join(rt for rt, at in zip(rts, desa, strict=True) if at == d)
        for d in range(n_desa)
    ]
    areas = tree("\n".join(lines))
    home, states = people(random, len(rts), dates)
    numbers = [true_numbers(family, state) for state in states]
    sums = [
        ({name: np.bincount(home, v, len(rts)) for name, v in found.items()},
         np.bincount(home, alive, len(rts)))
        for found, alive in numbers
    ]  # fmt: skip
    snapshots = {}
    for date, (_, total) in zip(dates, sums, strict=True):
        denominators = {name: dict(zip(rts, total, strict=True)) for name in sums[0][0]}
        snapshots[date] = snapshot(date, areas, **denominators)
    told = list(_claims(random, areas, rts, dict(zip(dates, sums, strict=True))))
    kin = own_kin(snapshots)
    changed = list(_turnover(dict(zip(dates, numbers, strict=True)), home, rts, kin))
    columns = ["before", "after", "group", "indicator", "n_changed", "bound"]
    claims = pd.DataFrame(told, columns=list(CLAIM))
    return Knowledge(
        snapshots, claims, pd.DataFrame(changed, columns=columns), kin, FAMILIES[family]
    )


def _claims(random, areas, rts, sums):
    for date, (found, total) in sums.items():
        for name, values in found.items():
            for area, row in areas.iterrows():
                level = row["level"]
                inside = [
                    rt == area if level == "rt" else areas.at[rt, f"{level}_id"] == area
                    for rt in rts
                ]
                if random.random() < 0.4 or not total[inside].sum():
                    continue
                width = random.choice([0.1, 0.25, 0.5])
                share = values[inside].sum() / total[inside].sum()
                low = np.floor(share / width + 1e-9) * width
                yield date, level, area, name, low, min(1.0, low + width), low + width >= 1


def _turnover(numbers, home, rts, kin):
    group = kin.drop_duplicates("rt_id").set_index("rt_id")["group"]
    dates = list(numbers)
    for i, before in enumerate(dates):
        for after in dates[i + 1 :]:
            (old, was), (new, now) = numbers[before], numbers[after]
            for name in old:
                differs = (old[name] != new[name]) | (was != now)
                n = np.bincount(home, differs, len(rts)).astype(int)
                for rt, count in zip(rts, n, strict=True):
                    yield (
                        pd.Timestamp(before),
                        pd.Timestamp(after),
                        group[rt],
                        name,
                        count,
                        float(count),
                    )


def close(found, ends, whole):
    """The same range, for whole numbers as far as whole numbers go."""
    if whole:
        ends = np.ceil(ends[0] - 1e-6), np.floor(ends[1] + 1e-6)
        found = np.ceil(found[0] - 1e-6), np.floor(found[1] + 1e-6)
    return np.allclose(found, ends, atol=1e-5)


def check(row, plain, parts, offset, is_whole):
    """What is said of a number must agree with its true range, parts of people or not."""
    loose, strict = (np.add(plain.ends(parts, whole), offset) for whole in (False, True))
    inside = strict[0] - 1e-5 <= row.lowest and row.highest <= strict[1] + 1e-5
    found = (row.lowest, row.highest)
    if row.exact:
        assert close(found, loose, is_whole) or close(found, strict, is_whole)
    elif row.lowest <= row.highest:
        assert inside
    if row.n_possible >= row.needed:
        assert inside
    return loose


@pytest.mark.parametrize("seed", range(32))
def test_ranges_agree_with_two_programs_for_every_number(seed):
    known = draw(seed)
    findings, plain = attack(known, NEEDED), Plain(known)
    assert len(findings.cells) or known.claims.empty
    for row in findings.cells.itertuples():
        sums = row.quantity in known.links.numerators and row.quantity == "m0"
        date = pd.Timestamp(row.date)
        parts = (
            plain.numerator("m0", date, [row.rt_id])
            if sums
            else [(1.0, row.quantity, date, row.rt_id)]
        )
        is_whole = row.quantity in known.links.whole
        loose = check(row, plain, parts, 0.0, is_whole)
        possible = n_values(np.array(loose[0]), np.array(loose[1]), np.array(is_whole))
        if possible < row.needed:  # an attacker who does not even use that people are whole
            assert row.n_possible < row.needed


@pytest.mark.parametrize("seed", range(32))
def test_changes_agree_with_two_programs_for_every_change(seed):
    known = draw(seed)
    findings, plain = attack(known, NEEDED), Plain(known)
    turnover = known.turnover
    for row in findings.changes.itertuples():
        at = (turnover["before"] == row.before) & (turnover["after"] == row.after)
        at &= turnover["group"] == row.group
        for _, moved in turnover[at].iterrows():
            number = known.links.numerators[moved["indicator"]]
            name = number.terms[0][0] if len(number.terms) == 1 else moved["indicator"]
            if name != row.quantity or number.of_denominator:
                continue
            parts, offset = plain.change(moved)
            check(row, plain, parts, offset, name in known.links.whole)
