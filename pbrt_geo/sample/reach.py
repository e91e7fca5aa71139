"""Whom each programme reaches: more every year, unevenly in space, and not always the poor."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbrt_geo.sample.lineage import Lineage
from pbrt_geo.sample.people import ROUNDS, YEAR, Town
from pbrt_geo.sample.quota import read_facts
from pbrt_geo.sample.terrain import Floats, random_of
from pbrt_geo.sample.welfare import Welfare

REACH = {
    "sios": (0.58, 0.74, 0.88),
    "bantuan_usaha": (0.24, 0.33, 0.43),
    "kesadaran_swadaya": (0.30, 0.38, 0.47),
    "kearifan_lokal": (0.34, 0.37, 0.44),
    "musrenbang_rt": (0.36, 0.48, 0.62),
    "pendampingan": (0.20, 0.31, 0.42),
    "pelatihan": (0.0, 0.16, 0.27),
    "juru_pantau": (0.0, 0.42, 0.63),
    "kebersihan": (0.40, 0.46, 0.55),
    "bantuan_pendidikan": (0.31, 0.40, 0.52),
}
"""Share of the households meant that a programme reaches in a middling RT, per round."""

LEAK = {
    "bantuan_usaha": 0.22,
    "pendampingan": 0.17,
    "pelatihan": 0.29,
    "bantuan_pendidikan": 0.20,
}
"""Share of those reached by a targeted programme who are not meant (inclusion error)."""

REPORTED = (0.87, 0.92, 0.95)
"""Share of RTs whose list of recipients came in, per round."""


@dataclass(frozen=True)
class Reach:
    """Lists that came in, and households on them."""

    reports: pd.DataFrame
    enrolments: pd.DataFrame


def run_programmes(lineage: Lineage, towns: list[Town], welfare: list[Welfare], seed: int) -> Reach:
    """Run the ten programmes through the rounds."""
    programmes = read_facts("programmes.csv")
    reports, enrolments = [], []
    for _, programme in programmes.iterrows():
        random = random_of(seed, programme["programme_id"])
        uneven = _unevenness(lineage, random)
        for turn, today in enumerate(ROUNDS):
            if today < pd.Timestamp(programme["valid_from"]):
                continue
            came_in = _lists(lineage, today, REPORTED[turn], random)
            base = REACH[programme["programme_id"]][turn]
            households = towns[turn].households.loc[welfare[turn].is_poor.index]
            block = households["block"].to_numpy()
            chance = _chance(programme, base, uneven[block], towns[turn], welfare[turn], today)
            on_list = np.isin(lineage.rt_on(today)[block], came_in)
            got = households.index[(random.random(len(chance)) < chance) & on_list]
            key = {"programme_id": programme["programme_id"], "as_of": today}
            reports.append(pd.DataFrame(key | {"rt": came_in}))
            enrolments.append(pd.DataFrame(key | {"household": got}))
    return Reach(pd.concat(reports), pd.concat(enrolments))


def _unevenness(lineage: Lineage, random: np.random.Generator) -> Floats:
    """Log odds of being reached, by block: some desa work well, some RTs do not."""
    desa = lineage.blocks["desa"].to_numpy()
    return random.normal(0, 0.55, desa.max() + 1)[desa] + random.normal(0, 0.5, len(desa))


def _lists(
    lineage: Lineage, today: pd.Timestamp, share: float, random: np.random.Generator
) -> np.ndarray:
    """Choose the RTs whose list came in; where a desa is late, most of its RTs are."""
    rt = lineage.rt
    lives = lineage.lives_on(today)
    late_desa = random.random(rt["desa"].max() + 1) < (1 - share) / 3
    missing = random.random(len(rt)) < np.where(late_desa[rt["desa"]], 0.85, (1 - share) * 0.75)
    return rt.index[lives & ~missing].to_numpy()


def _chance(
    programme: pd.Series,
    base: float,
    uneven: Floats,
    town: Town,
    welfare: Welfare,
    today: pd.Timestamp,
) -> Floats:
    """Return the chance of each household to be reached."""
    reached = 1 / (1 + np.exp(-(np.log(base / (1 - base)) + uneven)))
    if programme["target"] == "all":
        return reached
    meant = welfare.is_poor.to_numpy()
    if programme["target"] == "poor_with_school_children":
        meant = meant & _has_school_children(town, today)[welfare.is_poor.index].to_numpy()
    near = np.exp(-1.1 * np.clip(welfare.standing.to_numpy() + 0.9, 0, None)) * reached
    near = np.where(meant, 0, near)
    leak = LEAK[programme["programme_id"]]
    scale = (reached * meant).sum() * leak / (1 - leak) / near.sum()
    return np.where(meant, reached, np.clip(near * scale, 0, 0.9))


def _has_school_children(town: Town, today: pd.Timestamp) -> pd.Series:
    age = ((today - pd.Timestamp(0)).days - town.people["born"]) / YEAR
    pupils = town.people.loc[(age >= 7) & (age < 19), "household"]
    return pd.Series(town.households.index.isin(pupils), town.households.index)
