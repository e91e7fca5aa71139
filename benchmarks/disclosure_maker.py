"""Invented public knowledge: households that come, leave and change, and ranges said of them.

Households are drawn one by one, so that every number, every change and every relation between
numbers is true; what is said of them follows the rule of statements in a short form.
"""

import datetime as dt

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.model import CLAIM, Knowledge, Links, Numerator, Relation, Snapshot

DATES = tuple(dt.date(2005 + i, 12, 31) for i in range(4))
NEEDED = {"household": 5, "resident": 16}
RT_PER_DESA, DESA_PER_KECAMATAN, KECAMATAN_PER_KABUPATEN = 11, 8, 12
LADDER = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
PROGRAMMES = 8
DIMENSIONS = 6
FIELDS = {"field0": (0, 1, 2), "field1": (3, 4), "pillar0": (0, 1, 2, 3, 4), "pillar1": (5, 6, 7)}
EVERYWHERE = ("rt", "desa", "kecamatan", "kabupaten")
CLASSES = np.array([0, 0.2, 0.4, 0.6, 1.0])

_LEAVE, _FLIP = 0.02, 0.02
"""Shares of the households that leave, and whose circumstances change, from date to date."""


class People:
    """All households that ever lived there; arrays are dates by households."""

    def __init__(self, n_rt: int) -> None:
        self.random = np.random.default_rng(4)
        size = np.clip(self.random.lognormal(np.log(45), 0.45, n_rt), 4, 150).astype(int)
        self.n_rt, self.rt = n_rt, np.repeat(np.arange(n_rt), size)
        n = len(self.rt)
        self.persons = 1.0 + self.random.binomial(7, 0.39, n)
        self.children = np.floor(self.persons * self.random.uniform(0, 0.6, n))
        self.elderly = np.minimum(self.persons - self.children, self.random.integers(0, 3, n))
        alive = np.cumsum(self.random.random((len(DATES), n)) < _LEAVE, axis=0) % 2 == 0
        self.alive = alive.astype(float)

    def states(self, share: np.ndarray | float) -> np.ndarray:
        """Return a state of each household, 1 or 0, that changes now and then."""
        draws = self.random.random((len(DATES), len(self.rt)))
        again = self.random.random(draws.shape) < _FLIP
        for i in range(1, len(DATES)):
            draws[i] = np.where(again[i], draws[i], draws[i - 1])
        return (draws < share) * 1.0

    def shares(self, low: float, high: float) -> np.ndarray:
        """Return a share that differs from desa to desa, by household."""
        return self.random.uniform(low, high, self.n_rt // RT_PER_DESA + 1)[self.rt // RT_PER_DESA]


def indicators(people: People) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], Links]:
    """Return numerator and denominator of each indicator by household, and their links."""
    everyone, one = people.persons * people.alive, people.alive
    poor = people.states(people.shares(0.1, 0.45))
    gap = poor * people.random.uniform(0.02, 0.6, poor.shape[1])
    found = {
        "poverty_rate": (poor * everyone, everyone),
        "poverty_gap": (gap * everyone, everyone),
        "poverty_severity": (gap**2 * everyone, everyone),
        "watts": (-np.log1p(-gap) * everyone, everyone),
        "child_in_poor_rate": (poor * people.children * one, people.children * one),
        "elderly_in_poor_rate": (poor * people.elderly * one, people.elderly * one),
        "desil_1_4_rate": (people.states(people.shares(0.2, 0.6)) * one, one),
        "criteria_poor_rate": (people.states(people.shares(0.1, 0.4)) * one, one),
        "none_reached_rate": (people.states(0.1) * poor * one, poor * one),
    }
    afflicted = people.states(people.shares(0.1, 0.5))
    found["af_headcount_rate"] = (afflicted * everyone, everyone)
    parts = [afflicted * people.states(0.4) * people.random.choice([0.5, 1.0]) for _ in range(6)]
    for i, part in enumerate(parts):
        found[f"af_censored_rate:{i}"] = (part * everyone, everyone)
    found["af_m0"] = (sum(parts) / DIMENSIONS * everyone, everyone)
    reached = [people.states(people.shares(0.1, 0.7)) for _ in range(PROGRAMMES)]
    for i, part in enumerate(reached):
        found[f"coverage_rate:{i}"] = (part * one, one)
    for name, inside in FIELDS.items():
        either = np.max([reached[i] for i in inside], axis=0)
        found[f"coverage_rate:{name}"] = (either * one, one)
    return found, _links(found)


def quantity(name: str) -> str:
    """Return the quantity that an indicator's numerator is; by its name it is whole or not."""
    fractional = {"poverty_gap": "gap", "poverty_severity": "severity"}
    return fractional.get(name, name.replace("af_censored_rate:", "af:"))


def _links(found: dict[str, tuple[np.ndarray, np.ndarray]]) -> Links:
    numerators = {name: Numerator(((quantity(name), 1.0),)) for name in found if name != "af_m0"}
    dimensions = [f"af:{i}" for i in range(DIMENSIONS)]
    numerators["af_m0"] = Numerator(tuple((name, 1 / DIMENSIONS) for name in dimensions))
    nested = [("severity", "gap"), ("gap", "poverty_rate")]
    nested += [(name, "af_headcount_rate") for name in dimensions]
    relations = [Relation(((less, 1.0), (more, -1.0))) for less, more in nested]
    ages = (("child_in_poor_rate", 1.0), ("elderly_in_poor_rate", 1.0), ("poverty_rate", -1.0))
    relations.append(Relation(ages))
    for name, inside in FIELDS.items():
        whole, parts = f"coverage_rate:{name}", [f"coverage_rate:{i}" for i in inside]
        relations += [Relation(((part, 1.0), (whole, -1.0))) for part in parts]
        relations.append(Relation(((whole, 1.0), *((part, -1.0) for part in parts))))
    names = {quantity(name) for name in found if name != "af_m0"}
    whole_names = frozenset(names - {"gap", "severity", "watts", *dimensions})
    unit = {quantity(name): unit_of(name) for name in found if name != "af_m0"}
    return Links(numerators, tuple(relations), whole_names, unit)


def unit_of(name: str) -> str:
    """Return what an indicator counts."""
    of_people = ("poverty", "watts", "child", "elderly", "af")
    return "resident" if name.startswith(of_people) else "household"


def levels(name: str) -> tuple[str, ...]:
    """Return where an indicator is told."""
    if name.startswith(("child", "elderly", "none")):
        return EVERYWHERE[1:]
    if "field" in name or "pillar" in name:  # a class of a group with one of its programmes tells
        return EVERYWHERE[1:]
    return (
        EVERYWHERE[2:]
        if name in ("poverty_gap", "poverty_severity", "watts", "af_m0")
        else EVERYWHERE
    )


def areas(n_rt: int) -> pd.DataFrame:
    """Return the tree of areas, the same on all dates."""
    rt = np.arange(n_rt)
    desa = rt // RT_PER_DESA
    kecamatan = desa // DESA_PER_KECAMATAN
    kabupaten = kecamatan // KECAMATAN_PER_KABUPATEN
    codes = {"desa": desa, "kecamatan": kecamatan, "kabupaten": kabupaten}
    names = {f"{level}_id": np.char.mod(f"{level}%05d", code) for level, code in codes.items()}
    table = pd.DataFrame({"area_id": np.char.mod("RT%06d", rt), "level": "rt"} | names)
    uppers = [
        table.drop_duplicates(f"{level}_id").assign(
            level=level, area_id=lambda t, n=level: t[f"{n}_id"]
        )
        for level in codes
    ]
    return pd.concat([table, *uppers]).set_index("area_id")


def knowledge(n_rt: int, n_dates: int = 4) -> Knowledge:
    """Return all an attacker holds of a region of so many RTs."""
    people, tree = People(n_rt), areas(n_rt)
    found, links = indicators(people)
    rts = tree.index[:n_rt]
    sums = {
        name: tuple(np.array([_by_rt(people, row) for row in part]) for part in parts)
        for name, parts in found.items()
    }
    dates = DATES[:n_dates]
    snapshots = {
        date: Snapshot(
            date, tree, pd.DataFrame({name: part[1][i] for name, part in sums.items()}, index=rts)
        )
        for i, date in enumerate(dates)
    }
    pairs = [(a, b) for a in range(n_dates) for b in range(a + 1, n_dates)]
    changed = {
        (name, pair): _turnover(people, found[name], unit_of(name), pair)
        for name in found
        for pair in pairs
    }
    told = [
        table
        for name, part in sums.items()
        for table in _claims(name, part, changed, links, tree, dates)
    ]
    turnover = [
        pd.DataFrame({"group": np.arange(n_rt), "n_changed": n, "bound": bound}).assign(
            before=pd.Timestamp(dates[a]), after=pd.Timestamp(dates[b]), indicator=name
        )
        for (name, (a, b)), (n, bound) in changed.items()
    ]
    kin = [
        pd.DataFrame({"group": np.arange(n_rt), "rt_id": rts, "side": side}).assign(
            before=pd.Timestamp(dates[a]), after=pd.Timestamp(dates[b])
        )
        for a, b in pairs
        for side in ("before", "after")
    ]
    return Knowledge(
        snapshots,
        pd.concat(told, ignore_index=True)[list(CLAIM)],
        pd.concat(turnover, ignore_index=True) if turnover else _NO_TURNOVER,
        pd.concat(kin, ignore_index=True) if kin else _NO_KIN,
        links,
    )


_NO_TURNOVER = pd.DataFrame(
    {name: [] for name in ("before", "after", "group", "indicator", "n_changed", "bound")}
)
_NO_KIN = pd.DataFrame({name: [] for name in ("before", "after", "group", "side", "rt_id")})


def _by_rt(people: People, row: np.ndarray) -> np.ndarray:
    return np.bincount(people.rt, row, minlength=people.n_rt)


def _turnover(
    people: People, parts: tuple[np.ndarray, np.ndarray], unit: str, pair: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return by RT how many households changed, and by how much its number can have changed."""
    before, after = pair
    differs = np.abs(parts[0][before] - parts[0][after]) + np.abs(
        parts[1][before] - parts[1][after]
    )
    changed = (differs > 1e-9) * 1.0
    n, weight = _by_rt(people, changed), people.persons if unit == "resident" else 1.0
    most = max(1.0, (parts[0] / people.persons).max() if unit == "resident" else 1.0)
    return n.astype(int), _by_rt(people, changed * weight) * most


def _claims(name, part, changed, links, tree, dates):
    """Say ranges of an indicator: classes of RTs, then of areas what its parts leave open."""
    numerator, denominator = part
    needed = NEEDED[unit_of(name)]
    known_low, known_high = np.zeros_like(numerator), denominator.copy()
    rts = tree.iloc[: numerator.shape[1]]
    for level in levels(name):
        codes = np.arange(len(rts)) if level == "rt" else pd.factorize(rts[f"{level}_id"])[0]
        ids = rts.index if level == "rt" else rts[f"{level}_id"].unique()
        since = np.full(len(ids), -1)
        for i, date in enumerate(dates):
            total, most = (np.bincount(codes, values[i]) for values in part)
            low, high = _limits(level, total, most, needed)
            lower, upper = np.bincount(codes, known_low[i]), np.bincount(codes, known_high[i])
            step = 1e-9 if quantity(name) in links.whole else 0
            first, last = np.ceil(low * most - step), np.minimum(np.ceil(high * most) - 1, most)
            say = np.isfinite(low)
            if level != "rt":
                say &= (last >= lower + needed) & (first <= upper - needed)
            say &= _may_be_renewed(name, i, since, codes, changed, needed)
            since = np.where(say, i, since)
            if level == "rt":
                known_low[i] = np.where(say, first, 0)
                known_high[i] = np.where(say, last, denominator[i])
            yield pd.DataFrame(
                {"area_id": ids, "low": low, "high": np.minimum(high, 1.0), "closed": high >= 1}
            ).assign(date=pd.Timestamp(date), level=level, indicator=name)[say]


def _limits(level, total, most, needed):
    """Return the ends of the range of each area; NaN where there is none."""
    rate = np.where(most > 0, total / np.maximum(most, 1e-9), 0.0)
    if level == "rt":
        at = np.clip(np.searchsorted(CLASSES, rate + 1e-12, side="right") - 1, 0, 3)
        narrowest = np.floor(0.2 * most - 1e-9)
        low = np.where(narrowest >= needed, CLASSES[at], np.nan)
        return low, CLASSES[at + 1]
    width = np.full(len(most), np.nan)
    for step in LADDER[::-1]:
        width = np.where(step * most >= needed + 1, step, width)
    low = np.floor(rate / width + 1e-9) * width
    return low, np.where(rate >= 1, 1.0, low + width)


def _may_be_renewed(name, i, since, codes, changed, needed):
    """A range is said anew only where enough households changed since it was last said."""
    may = since < 0
    for earlier in range(i):
        n, bound = (np.bincount(codes, part) for part in changed[name, (earlier, i)])
        may |= (since == earlier) & (n >= 6) & (bound >= needed + 1)
    return may
