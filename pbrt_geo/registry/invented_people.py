"""Invented names, numbers and places in the household, for people of a sample.

Nobody can be meant by them: names are made of two invented ones (`invented.toml`), and every number
begins with a kabupaten that does not exist (99 of a province that does, so that it has the form of
a real one and passes the checks of an import). The same people get the same names and numbers.
"""

import tomllib
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

NOWHERE = "529901"
"""First digits of every invented number: kecamatan 01 of kabupaten 99, NTB. Real ones end at 08
(kabupaten) and begin at 71 (kota)."""

_GROWN = 18
_GENERATION = 15
"""Years between people of one generation at most, and of two at least."""

_SEED = 20081231


def names(sex: pd.Series) -> pd.Series:
    """Return a name for each person, by sex; whose sex is not known gets a name of either."""
    told = _words()
    random = np.random.default_rng(_SEED)
    given = {kind: random.choice(told[kind], len(sex)) for kind in ("female", "male")}
    first = np.where(sex == "female", given["female"], given["male"])
    return pd.Series(first, sex.index) + " " + random.choice(told["second"], len(sex))


@cache
def _words() -> dict[str, list[str]]:
    text = files(__package__).joinpath("invented.toml").read_text(encoding="utf-8")
    return {kind: told["names"].split() for kind, told in tomllib.loads(text).items()}


def niks(sex: pd.Series, birth_date: pd.Series) -> pd.Series:
    """
    Return a NIK for each person; missing where sex or birth date is not known, as it holds both.

    Of women 40 is added to the day; who was born on one day, by sex, is counted from 0001.
    """
    day = birth_date.dt.day + 40 * (sex == "female")
    date = birth_date.dt.strftime("%m%y")
    known = birth_date.notna() & sex.notna()
    date = day[known].astype(int).map("{:02d}".format) + date[known]
    return (NOWHERE + date + _counted(date)).reindex(sex.index)


def card_numbers(first_seen: pd.Series) -> pd.Series:
    """Return a No. KK for each household, by the day on which it was first seen."""
    spread = first_seen - pd.to_timedelta(np.arange(len(first_seen)) % 360, unit="D")
    date = spread.dt.strftime("%d%m%y")
    return NOWHERE + date + _counted(date)


def _counted(date: pd.Series) -> pd.Series:
    return (date.groupby(date).cumcount() + 1).map("{:04d}".format)


def roles(people: pd.DataFrame) -> pd.Series:
    """
    Return each person's place in the household, from order and age alone.

    The head is who is named first among the grown, the spouse the first of the other sex and
    generation; who is a generation younger is a child, who is one older a parent.

    Parameters
    ----------
    people
        One round: `household_id`, `resident_id` (in the order in which they are named), `sex`,
        `birth_date`, `as_of`.
    """
    order = people.assign(child=_years(people["birth_date"], people["as_of"]) < _GROWN)
    order = order.sort_values(["household_id", "child", "resident_id"])
    is_head = ~order["household_id"].duplicated()
    heads = order[is_head].set_index("household_id")[["sex", "birth_date"]]
    head = heads.loc[order["household_id"]].set_index(order.index)
    younger = _years(order["birth_date"], head["birth_date"]) * -1
    role = pd.Series("other", order.index)
    role[younger >= _GENERATION] = "child"
    role[younger <= -_GENERATION] = "parent"
    may_wed = ~is_head & ~order["child"] & (role == "other") & (order["sex"] != head["sex"])
    may_wed &= order["sex"].notna() & head["sex"].notna()
    wed = order.index[may_wed][~order.loc[may_wed, "household_id"].duplicated()]
    role[wed] = "spouse"
    role[is_head] = "head"
    return role.reindex(people.index)


def _years(since: pd.Series, until: pd.Series) -> pd.Series:
    return (until - since).dt.days / 365.25
