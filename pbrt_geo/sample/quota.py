"""How many households and RTs each desa has at the start; all of it invented but the totals."""

from importlib.resources import files

import numpy as np
import pandas as pd

from pbrt_geo.sample.terrain import Floats, Ints, random_of

KABUPATEN = "52.07"
N_RT = 612
N_HOUSEHOLDS = 25_600
RT_KM2 = (0.045, 0.42)
"""Smallest and largest usual land of an RT inside a settlement; others hold the fields."""

DENSE_KM2 = 0.07
"""A desa with less land than this per RT is built up to its border."""


def read_facts(name: str) -> pd.DataFrame:
    """Read a small table of `data/`; every column is text but those of quantities."""
    quantities = dict.fromkeys(("area_km2", "label_lon", "label_lat", "lon", "lat"), float)
    with (files("pbrt_geo.sample") / "data" / name).open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str)
    return table.astype({k: v for k, v in quantities.items() if k in table})


def set_quotas(seed: int) -> pd.DataFrame:
    """
    Return the facts of each desa and what is decided for it.

    Adds `is_mapped`, `is_town`, `households`, `n_rt`, `n_outer` (RTs over fields and forest),
    `rt_km2` (usual land of each other RT) and `core_km2` (land of all these).
    """
    desa = read_facts("desa.csv")
    desa["is_mapped"] = desa["label_lon"].notna()
    desa["is_town"] = desa["kind"] == "Kelurahan"
    desa["households"] = _households(desa, random_of(seed, "quota"))
    size = np.where(desa["is_town"], 47.0, 40.5)
    desa["n_rt"] = round_to((desa["households"] / size).to_numpy(), N_RT, least=4)
    each = desa["area_km2"] / desa["n_rt"]
    outer = (np.sqrt(desa["area_km2"]) / 1.7).round().clip(1, (desa["n_rt"] // 3).clip(lower=1))
    desa["n_outer"] = outer.where(each >= DENSE_KM2, 0).fillna(0).astype(int)
    desa["rt_km2"] = (0.13 * each).clip(*RT_KM2).fillna(RT_KM2[0])
    core = np.minimum(0.5 * desa["area_km2"], desa["rt_km2"] * (desa["n_rt"] - desa["n_outer"]))
    desa["core_km2"] = core.where(desa["n_outer"] > 0, desa["area_km2"])
    return desa


def _households(desa: pd.DataFrame, random: np.random.Generator) -> Floats:
    """Share the households out: kecamatan by the census, desa inside by kind, size and luck."""
    people = read_facts("kecamatan.csv").set_index("kecamatan_id")["population_2010"].astype(int)
    crowd = np.where(desa["is_town"], 2.1, 1.0) * np.exp(random.normal(0, 0.28, len(desa)))
    crowd = crowd * np.clip(desa["area_km2"].fillna(3.0) / 3.0, 0.2, 1) ** 0.5
    share = crowd / crowd.groupby(desa["kecamatan_id"]).transform("sum")
    people_of = share * desa["kecamatan_id"].map(people)
    return (people_of / people_of.sum() * N_HOUSEHOLDS).to_numpy()


def round_to(amounts: Floats, total: int, least: int, most: int | None = None) -> Ints:
    """Turn amounts into whole numbers with a given sum, none below `least` or above `most`."""
    top = np.inf if most is None else most
    exact = np.clip(amounts / amounts.sum() * total, least, top)
    whole = np.floor(exact).astype(int)
    while whole.sum() != total:
        step = int(np.sign(total - whole.sum()))
        free = (whole + step >= least) & (whole + step <= top)
        whole[np.argmax(np.where(free, (exact - whole) * step, -np.inf))] += step
    return whole
