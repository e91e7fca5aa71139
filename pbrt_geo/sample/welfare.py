"""Spending, desil and criteria: clustered in space as in life, with gaps as in life."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pbrt_geo.sample.lineage import Lineage
from pbrt_geo.sample.people import ROUNDS, Town
from pbrt_geo.sample.places import Places
from pbrt_geo.sample.quota import read_facts
from pbrt_geo.sample.terrain import Floats, Ints, fractal_noise, random_of
from pbrt_geo.schema import CRITERIA

POVERTY_RATES = (0.203, 0.193, 0.178)
"""Share of residents below the (invented) poverty line in each round."""

EASE = np.array([-0.3, -0.2, 0.3, 0.2, -0.7, 0.1, 0.8, 0.6, -1.2, -1.3, -0.2, 0.6, 0.8, 0.4])
"""How common each of the 14 criteria is (log odds of a household of middling welfare)."""


CAPITAL, MINE = np.array([-6.1, 6.1]), np.array([-14.0, -14.0])
"""Where people are better off, in km from the origin: around the capital and the mine's port."""


@dataclass(frozen=True)
class Welfare:
    """What is true of the households of one round, known or not (index: household number)."""

    spending: pd.Series
    is_poor: pd.Series
    standing: pd.Series
    n_residents: pd.Series


def poverty_lines() -> dict[int, float]:
    """Return the invented poverty line of each round's year."""
    table = read_facts("parameters.csv")
    lines = table[table["parameter_id"] == "poverty_line"]
    years = lines["valid_from"].str[:4].astype(int)
    return dict(zip(years, lines["value"].astype(float), strict=True))


def prosper(places: Places, lineage: Lineage, towns: list[Town], seed: int) -> list[Welfare]:
    """Give every household of every round its spending per person."""
    random = random_of(seed, "welfare")
    n = len(towns[-1].households)
    own = random.normal(0, 0.36, n)
    of_block = _of_blocks(places, lineage, random)
    trend = _trend_of_blocks(places, lineage, random)
    found = []
    for year, (today, town, rate) in enumerate(zip(ROUNDS, towns, POVERTY_RATES, strict=True)):
        size = town.people["household"].value_counts().sort_index()
        block = town.households["block"].to_numpy()[size.index]
        shock = random.normal(0, 0.09, n)
        log = own + shock
        log = log[size.index] + of_block[block] + year * trend[block] - 0.075 * (size - 4)
        found.append(_level(log, size, rate, poverty_lines()[today.year]))
    return found


def _level(log: pd.Series, size: pd.Series, rate: float, line: float) -> Welfare:
    """Set the level so that the wanted share of residents lies below the line."""
    order = np.argsort(log.to_numpy(), kind="stable")
    reached = np.searchsorted(np.cumsum(size.to_numpy()[order]), rate * size.sum())
    spending = np.exp(log - log.iloc[order[reached]]) * line
    spending = (spending / 1000).round() * 1000
    standing = (log - log.mean()) / log.std()
    return Welfare(spending, spending < line, standing, size)


def _of_blocks(places: Places, lineage: Lineage, random: np.random.Generator) -> Floats:
    """
    Say how well off each block is: town and coast better, the mountains worse.

    Two RTs are an exception on purpose: a poor one in the capital, a well-off one far away.
    """
    where = _block_sites(places, lineage)
    to_town, to_mine = (np.hypot(*(where - spot).T) for spot in (CAPITAL, MINE))
    near = 0.30 * np.exp(-((to_town / 6.0) ** 2)) + 0.34 * np.exp(-((to_mine / 6.0) ** 2))
    east = np.clip((where[:, 0] + 12) / 30, 0, 1) * 0.30
    south = np.clip((-where[:, 1] - 16) / 14, 0, 1) * 0.16
    value = near - east - south + 0.13 * fractal_noise(where, 9.0, 4, random)
    value += random.normal(0, 0.07, len(places.desa))[lineage.blocks["desa"]]
    value += random.normal(0, 0.10, len(where))
    origin = lineage.blocks["origin"].to_numpy()
    cut_off = origin != np.arange(len(origin))
    value[np.argmin(to_town)] -= 0.60
    value[np.argmax(np.where(cut_off, -np.inf, where[:, 0]))] += 0.60
    value[cut_off] = value[origin[cut_off]] + random.normal(0, 0.05, cut_off.sum())
    return value


def _trend_of_blocks(places: Places, lineage: Lineage, random: np.random.Generator) -> Floats:
    where = _block_sites(places, lineage)
    mine = 0.05 * np.exp(-((np.hypot(*(where - MINE).T) / 9.0) ** 2))
    return mine + random.normal(0, 0.045, len(where))


def _block_sites(places: Places, lineage: Lineage) -> Floats:
    """Return the most built-up cell of each block; without polygon, a spot beside the capital."""
    sites = np.tile([-4.0, 5.0], (len(lineage.blocks), 1))
    order = np.argsort(-places.remote, kind="stable")
    has = lineage.block_of[order] >= 0
    sites[lineage.block_of[order][has]] = places.mesh.sites[order][has]
    return sites


def known_spending(welfare: Welfare, rt: Ints, random: np.random.Generator) -> pd.Series:
    """Leave out 4 % of the spending, and all of it in a handful of RTs."""
    lost = random.random(len(rt)) < 0.034
    silent = random.choice(np.unique(rt), 5, replace=False)
    return welfare.spending.mask(lost | np.isin(rt, silent))


def desil(welfare: Welfare, random: np.random.Generator) -> pd.Series:
    """Rank households from 1 to 10, known for about 60 %; it follows spending only loosely."""
    score = welfare.standing + random.normal(0.12, 0.62, len(welfare.standing))
    edges = np.quantile(score, np.arange(1, 10) / 10) - 0.05
    ranks = pd.Series(1 + np.searchsorted(edges, score), welfare.standing.index)
    return ranks.mask(random.random(len(ranks)) > 0.61).astype("Int8")


def criteria(welfare: Welfare, random: np.random.Generator) -> pd.DataFrame:
    """Say which of the 14 criteria each household meets; poorer ones meet more."""
    n = len(welfare.standing)
    need = -1.45 * welfare.standing.to_numpy() + random.normal(0, 0.5, n)
    odds = need[:, None] + EASE[None, :] - 0.95
    met: NDArray[np.bool_] = random.random((n, 14)) < 1 / (1 + np.exp(-odds))
    unknown = (random.random((n, 14)) < 0.012) | (random.random(n) < 0.03)[:, None]
    table = pd.DataFrame(met, index=welfare.standing.index, columns=list(CRITERIA))
    return table.astype("boolean").mask(unknown)
