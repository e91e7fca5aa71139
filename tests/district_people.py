"""Drawn districts: households that come, leave, move and change, in RTs that split and merge."""

import datetime as dt
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from pbrt_geo.codes import rt_id

KABUPATEN = "52.07"
LIMITS = (0.2, 0.4, 0.6, 0.8)
PROGRAMMES = ("kebersihan", "sios", "bantuan_usaha")
GROUPS = (
    *PROGRAMMES,
    *("field/environment", "field/registry", "field/economic"),
    *("pillar/empowerment", "pillar/basic_services"),
)
INDICATORS = (
    *("n_households", "n_residents", "n_poor", "poverty_rate", "desil_1_4_rate"),
    *("af_headcount_rate", "af_censored_rate:housing", "af_censored_rate:energy"),
    *(f"coverage_rate:{group}" for group in GROUPS),
)


@dataclass(frozen=True)
class Options:
    """How a district is drawn; pairs are the least and the most."""

    n_desa: tuple[int, int] = (1, 4)
    n_rt: tuple[int, int] = (1, 6)
    n_households: tuple[int, int] = (8, 80)
    months: int = 12
    churn: tuple[float, float] = (0.0, 0.3)
    single: bool = False
    """Between two dates only one household of each RT changes, and only in some RTs."""
    lineage: bool = True
    extreme: float = 0.5
    """Share of RTs in which all, none, or exactly as many as a class limit have a feature."""
    indicators: tuple[str, ...] = INDICATORS


@dataclass
class District:
    """Who lives where now: `people` by household, `rts` by RT with `desa`, `born`, `place`."""

    rng: np.random.Generator
    options: Options
    people: pd.DataFrame = field(default_factory=pd.DataFrame)
    rts: pd.DataFrame = field(default_factory=pd.DataFrame)
    lives: dict[str, dict] = field(default_factory=dict)
    mixed: bool = False
    """Whether a programme for the poor stands in one pillar with programmes for everyone."""
    date: dt.date = dt.date(2006, 12, 31)
    edges: list[list[tuple[str, str]]] = field(default_factory=list)
    """Since each date: which RT became which."""


@dataclass(frozen=True)
class Moment:
    """A district on one date."""

    date: dt.date
    people: pd.DataFrame
    rts: pd.DataFrame
    lives: dict[str, dict]
    edges: list[tuple[str, str]]


# ── drawing people ──────────────────────────────────────────────────────────────────────────────


def settle(rng: np.random.Generator, options: Options) -> District:
    mixed = bool(rng.random() < 0.3)
    if mixed:  # nothing is left in the other pillar
        told = tuple(n for n in options.indicators if not n.endswith("pillar/empowerment"))
        options = replace(options, indicators=told)
    district = District(rng, options, mixed=mixed)
    for desa in range(rng.integers(*options.n_desa, endpoint=True)):
        for _ in range(1 if rng.random() < 0.25 else rng.integers(*options.n_rt, endpoint=True)):
            _found(district, _desa_id(desa), _size(district))
    return district


def _desa_id(number: int) -> str:
    return f"{KABUPATEN}.{1 + number // 2:02d}.{2001 + number % 2}"


def _size(district: District) -> int:
    low, high = district.options.n_households
    if district.rng.random() < 0.1:
        return int(district.rng.integers(1, low, endpoint=True))
    return int(district.rng.integers(low, high, endpoint=True))


def _found(district: District, desa: str, n: int) -> str:
    name = rt_id(KABUPATEN, len(district.lives) + 1)
    place, first = len(district.lives), pd.NaT if not district.edges else _day(district)
    district.lives[name] = {"desa_id": desa, "born": first, "ended": pd.NaT}
    row = pd.DataFrame({"desa": desa, "place": place}, index=[name])
    district.rts = pd.concat([district.rts, row])
    if n:
        district.people = pd.concat([district.people, _draw_people(district, name, n)])
    return name


def _day(district: District) -> pd.Timestamp:
    return pd.Timestamp(district.date) - pd.Timedelta(days=10)


def _draw_people(district: District, rt: str, n: int) -> pd.DataFrame:
    rng = district.rng
    sizes = np.full(n, 4) if rng.random() < 0.15 else 1 + rng.binomial(9, 0.3, n)
    poor, desil = _feature(district, n), _feature(district, n)
    people = pd.DataFrame(
        {
            "rt": rt,
            "persons": sizes,
            "poor": np.where(rng.random(n) < rng.choice([0, 0.05]), np.nan, poor),
            "desil": np.where(rng.random(n) < 0.5, poor, desil),
            "af": _feature(district, n),
            "housing": rng.integers(0, 4, n) / 3,
            "energy": rng.integers(0, 3, n) / 2,
        },
        index=rng.integers(1 << 40, size=n),
    )
    for name in PROGRAMMES:
        people[name] = np.full(n, np.nan) if rng.random() < 0.03 else _feature(district, n)
    return people


def _feature(district: District, n: int) -> np.ndarray:
    """Draw a feature of `n` households: often of all, none, or just as many as a class limit."""
    rng = district.rng
    if rng.random() < district.options.extreme:
        share = rng.choice([0.0, 0.0, 1.0, *LIMITS])
        count = np.clip(round(share * n) - (rng.random() < 0.2), 0, n)
    else:
        count = rng.binomial(n, rng.beta(1, 2))
    return rng.permutation(np.arange(n) < count).astype(float)


# ── what happens between two dates ──────────────────────────────────────────────────────────────


def live_on(district: District) -> None:
    """Let the time to the next date pass."""
    next_date = pd.Timestamp(district.date) + pd.DateOffset(months=district.options.months)
    district.date = next_date.date()
    district.edges.append([(name, name) for name in district.rts.index])
    if district.options.single:
        _one_household_each(district)
        return
    if district.options.lineage:
        for _ in range(district.rng.integers(0, 3)):
            _change_an_rt(district)
    _churn(district)


def _one_household_each(district: District) -> None:
    for rt in district.rts.index:
        inside = district.people.index[district.people["rt"] == rt]
        if len(inside) > 1 and district.rng.random() < 0.6:
            _change_a_household(district, district.rng.choice(inside))


def _churn(district: District) -> None:
    rng = district.rng
    rates = {rt: rng.uniform(*district.options.churn) for rt in district.rts.index}
    rates = {rt: rate * (rng.random() < 0.7) for rt, rate in rates.items()}
    chance = district.people["rt"].map(rates).to_numpy(dtype=float)
    for household in district.people.index[rng.random(len(chance)) < chance]:
        _change_a_household(district, household)


def _change_a_household(district: District, household: int) -> None:
    rng, people = district.rng, district.people
    rt = people.at[household, "rt"]
    what = rng.choice(["change", "leave", "come", "move"], p=[0.6, 0.15, 0.15, 0.1])
    if what == "leave" and (people["rt"] == rt).sum() > 1:
        district.people = people.drop(household)
    elif what == "come":
        district.people = pd.concat([people, _draw_people(district, rt, 1)])
    elif what == "move" and not district.options.single and (people["rt"] == rt).sum() > 1:
        people.loc[household, "rt"] = rng.choice(district.rts.index)
    else:
        name = rng.choice(["poor", "desil", "af", "housing", *PROGRAMMES])
        people.loc[household, name] = 1.0 - np.nan_to_num(people.at[household, name])


def _change_an_rt(district: District) -> None:
    what = district.rng.choice(["split", "merge", "exchange", "move", "form", "dissolve"])
    {
        "split": _split,
        "merge": _merge,
        "exchange": _exchange,
        "move": _move,
        "form": lambda d: _found(d, d.rng.choice(d.rts["desa"]), _size(d)),
        "dissolve": _dissolve,
    }[what](district)


def _split(district: District) -> None:
    rt = district.rng.choice(district.rts.index)
    inside = district.people.index[district.people["rt"] == rt]
    if len(inside) < 6:
        return
    part = district.rng.choice(inside, len(inside) // 2, replace=False)
    name = _found(district, district.rts.at[rt, "desa"], 0)
    district.people.loc[part, "rt"] = name
    district.edges[-1] += [(old, name) for old, new in district.edges[-1] if new == rt]


def _neighbours(district: District) -> tuple[str, str] | None:
    rts = district.rts
    desas = [group.index for _, group in rts.groupby("desa") if len(group) > 1]
    if not desas:
        return None
    chosen = desas[district.rng.integers(len(desas))]
    return tuple(district.rng.choice(chosen, 2, replace=False))


def _merge(district: District) -> None:
    if not (pair := _neighbours(district)):
        return
    ended, stays = pair
    district.people.loc[district.people["rt"] == ended, "rt"] = stays
    district.edges[-1] += [(old, stays) for old, new in district.edges[-1] if new == ended]
    _end(district, ended)


def _end(district: District, rt: str) -> None:
    district.edges[-1] = [(old, new) for old, new in district.edges[-1] if new != rt]
    district.lives[rt] = district.lives[rt] | {"ended": _day(district)}
    district.rts = district.rts.drop(rt)


def _exchange(district: District) -> None:
    if not (pair := _neighbours(district)):
        return
    giver, taker = pair
    inside = district.people.index[district.people["rt"] == giver]
    part = district.rng.choice(inside, min(3, len(inside) - 1), replace=False)
    district.people.loc[part, "rt"] = taker
    district.edges[-1] += [(old, taker) for old, new in district.edges[-1] if new == giver]


def _move(district: District) -> None:
    sizes = district.rts["desa"].value_counts()
    movable = district.rts.index[district.rts["desa"].map(sizes) > 1]
    if len(movable):
        rt = district.rng.choice(movable)
        district.rts.loc[rt, "desa"] = district.rng.choice(district.rts["desa"])


def _dissolve(district: District) -> None:
    if pair := _neighbours(district):
        district.people = district.people[district.people["rt"] != pair[0]]
        _end(district, pair[0])
