"""People and households of 2006, and what happens to them until 2008.

Between two rounds people die and are born, households leave, move, arrive, and grown children
found households of their own. A new settlement is founded by newcomers. A household keeps its
pseudonym through all of this.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from pbrt_geo.sample.homes import Homes
from pbrt_geo.sample.lineage import Lineage
from pbrt_geo.sample.terrain import Floats, Ints, random_of

ROUNDS = tuple(pd.Timestamp(f"{year}-12-31") for year in (2006, 2007, 2008))
SIZES = np.array([0.07, 0.15, 0.23, 0.26, 0.16, 0.08, 0.03, 0.014, 0.006])
"""Share of households with 1, 2, … 9 people."""

YEAR = 365.25
HEAD, SPOUSE, CHILD, ELDER = range(4)


@dataclass
class Town:
    """
    Households (block, lon, lat) and living people (household, role, male, born).

    The index is the number of the household or person, never used again; households whose
    people have all gone keep their row. `born` counts days from 1970-01-01.
    """

    households: pd.DataFrame
    people: pd.DataFrame
    n_people_ever: int


def live(lineage: Lineage, homes: Homes, seed: int) -> list[Town]:
    """Return the state of the people in each round."""
    random = random_of(seed, "people")
    blocks = np.repeat(np.arange(len(lineage.blocks)), lineage.blocks["households"].astype(int))
    town = _found(random.permutation(blocks), ROUNDS[0], homes, random)
    states = [town]
    for before, today in pairwise(ROUNDS):
        town = _pass_year(town, today, _settlers(lineage, before, today), homes, random)
        states.append(town)
    return states


def _settlers(lineage: Lineage, before: pd.Timestamp, today: pd.Timestamp) -> Ints:
    """Return the block of each household that founds a new settlement between two rounds."""
    blocks = lineage.blocks[(lineage.blocks["day"] > before) & (lineage.blocks["day"] <= today)]
    return np.repeat(blocks.index.to_numpy(), blocks["arrivals"])


def _days(date: pd.Timestamp) -> int:
    return (date - pd.Timestamp(0)).days


def _found(blocks: Ints, today: pd.Timestamp, homes: Homes, random: np.random.Generator) -> Town:
    """Make households with people in them, one for each entry of `blocks`."""
    points = homes.draw(blocks, random)
    households = pd.DataFrame({"block": blocks, "lon": points[:, 0], "lat": points[:, 1]})
    sizes = 1 + random.choice(len(SIZES), len(blocks), p=SIZES / SIZES.sum())
    people = _members(sizes, _days(today), random)
    return Town(households, people, len(people))


def _members(sizes: Ints, today: int, random: np.random.Generator) -> pd.DataFrame:
    """Fill households: a head, most often a spouse, sometimes an elder, else children."""
    household = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(household)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    head_age = np.clip(random.normal(43, 13, len(sizes)), 20, 82) + 9 * (sizes == 1)
    man = random.random(len(sizes)) < np.where(sizes == 1, 0.45, 0.88)
    wed = random.random(len(sizes)) < np.where(sizes == 1, 0, 0.88)
    elder = (random.random(len(sizes)) < 0.16) & (sizes >= 3) & (head_age < 52)
    role = np.full(len(household), CHILD)
    role[place == 0] = HEAD
    role[(place == 1) & wed[household]] = SPOUSE
    role[(place == sizes[household] - 1) & elder[household] & (place > 1)] = ELDER
    age = _ages(role, head_age[household], random)
    male = np.where(role == HEAD, man[household], random.random(len(role)) < 0.51)
    male = np.where(role == SPOUSE, ~man[household], male)
    male = np.where(role == ELDER, random.random(len(role)) < 0.35, male)
    born = np.floor(today - age * YEAR).astype(int)
    return pd.DataFrame({"household": household, "role": role, "male": male, "born": born})


def _ages(role: Ints, head: Floats, random: np.random.Generator) -> Floats:
    age = head.copy()
    spouse = np.clip(head - random.normal(3, 3.5, len(role)), 18, 80)
    mother = np.clip(head - 3, 18, 60)
    child = np.clip(mother - random.uniform(20, 40, len(role)), 0, 27)
    child = np.where(child == 0, random.uniform(0, 6, len(role)), child + random.random(len(role)))
    elder = np.clip(head + random.normal(26, 5, len(role)), 55, 93)
    age = np.where(role == SPOUSE, spouse, age)
    age = np.where(role == CHILD, np.minimum(child, 29), age)
    return np.where(role == ELDER, elder, age)


def _pass_year(
    town: Town, today: pd.Timestamp, settlers: Ints, homes: Homes, random: np.random.Generator
) -> Town:
    people = _deaths(town.people, _days(today), random)
    stays = random.random(len(town.households)) > 0.008
    stays &= np.bincount(people["household"], minlength=len(stays)) > 0
    people = people[stays[people["household"]]]
    households = _moves(town.households, stays, homes, random)
    people, spouses, founded = _leave_home(people, households, _days(today), random)
    babies = _births(people, _days(today), random)
    around = households["block"].to_numpy()[stays]
    others = random.choice(around, round(0.010 * stays.sum()) - len(settlers))
    newcomers = _found(np.r_[others, settlers], today, homes, random)
    newcomers.people["household"] += len(households) + len(founded)
    points = homes.draw(founded, random)
    young = pd.DataFrame({"block": founded, "lon": points[:, 0], "lat": points[:, 1]})
    households = pd.concat([households, young, newcomers.households], ignore_index=True)
    new = pd.concat([spouses, babies, newcomers.people], ignore_index=True)
    new.index += town.n_people_ever
    return Town(households, pd.concat([people, new]), town.n_people_ever + len(new))


def _deaths(people: pd.DataFrame, today: int, random: np.random.Generator) -> pd.DataFrame:
    age = (today - people["born"]) / YEAR
    risk = 0.0012 + 0.00004 * np.exp(age / 11.5) + 0.012 * (age < 1)
    alive = people[random.random(len(people)) > risk].copy()
    order = alive.sort_values(["household", "role", "born"], kind="stable")
    eldest = ~order["household"].duplicated()
    alive.loc[order.index[eldest], "role"] = HEAD
    return alive


def _moves(
    households: pd.DataFrame, stays: np.ndarray, homes: Homes, random: np.random.Generator
) -> pd.DataFrame:
    """Let a few households move to the block of some other household."""
    households = households.copy()
    movers = np.flatnonzero(stays & (random.random(len(households)) < 0.014))
    goals = households["block"].to_numpy()[random.choice(np.flatnonzero(stays), len(movers))]
    points = homes.draw(goals, random)
    households.loc[movers, "block"] = goals
    households.loc[movers, ["lon", "lat"]] = points
    return households


def _leave_home(
    people: pd.DataFrame, households: pd.DataFrame, today: int, random: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame, Ints]:
    """Let some grown children found a household nearby, most of them with a spouse from afar."""
    age = (today - people["born"]) / YEAR
    grown = people.index[(people["role"] == CHILD) & (age > 20)]
    leavers = grown[random.random(len(grown)) < 0.04]
    leavers = leavers[~people.loc[leavers, "household"].duplicated()]
    people = people.copy()
    blocks = households["block"].to_numpy()[people.loc[leavers, "household"]]
    numbers = len(households) + np.arange(len(leavers))
    people.loc[leavers, "household"] = numbers
    people.loc[leavers, "role"] = HEAD
    wed = random.random(len(leavers)) < 0.7
    spouses = people.loc[leavers[wed]].copy()
    spouses["role"], spouses["male"] = SPOUSE, ~spouses["male"]
    spouses["born"] += random.integers(-900, 900, len(spouses))
    return people, spouses, blocks


def _births(people: pd.DataFrame, today: int, random: np.random.Generator) -> pd.DataFrame:
    """Let households with a young couple have a child, unless they are nine already."""
    age = (today - people["born"]) / YEAR
    parents = people[(people["role"] == SPOUSE) & (age > 18) & (age < 42)]
    size = people["household"].map(people["household"].value_counts())
    parents = parents[(random.random(len(parents)) < 0.16) & (size[parents.index] < 9)]
    babies = parents.copy()
    babies["role"], babies["male"] = CHILD, random.random(len(babies)) < 0.51
    babies["born"] = today - random.integers(0, 365, len(babies))
    return babies
