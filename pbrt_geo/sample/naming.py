"""Numbers and names: RT 003 Dusun Beringin, and in a kelurahan RT 003 RW 002 Lingkungan Jati."""

import numpy as np
import pandas as pd

from pbrt_geo.sample.lineage import Lineage
from pbrt_geo.sample.partition import middles
from pbrt_geo.sample.places import Places
from pbrt_geo.sample.quota import read_facts
from pbrt_geo.sample.terrain import Floats, Ints, random_of
from pbrt_geo.schema import RT

SOURCE = "Rekaan untuk contoh skematik; hanya jumlah RT per tahun berasal dari naskah PBRT"
RENAMED = pd.Timestamp("2008-09-01")
"""On this day a few RTs pass to another dusun, as happens when a desa is reorganised."""


def rt_table(places: Places, lineage: Lineage, seed: int) -> pd.DataFrame:
    """Return the table of RTs with their numbers and names in time."""
    random = random_of(seed, "naming")
    rt = lineage.rt.copy()
    rt["hamlet"] = _hamlets(places, lineage, random)
    rt["dusun"] = _dusun_names(rt, random)
    town = places.desa["is_town"].to_numpy()[rt["desa"]]
    rt["rw"] = np.where(town, (rt["hamlet"] + 1).map("{:03d}".format), None)
    scope = [rt["desa"], rt["hamlet"].where(town, 0)]
    rt["number"] = (rt.groupby(scope).cumcount() + 1).map("{:03d}".format)
    rt["valid_from"], rt["valid_to"] = rt["born"], rt["ended"]
    rt = pd.concat([rt, *_renamings(rt, town, random)])
    rt["desa_id"] = places.desa["desa_id"].to_numpy()[rt["desa"]]
    in_town = " RW " + rt["rw"] + " Lingkungan "
    rt["name"] = "RT " + rt["number"] + in_town.fillna(" Dusun ") + rt["dusun"]
    rt["source"] = SOURCE
    columns = [column.name for column in RT.columns if column.name in rt]
    return rt.sort_values(list(RT.key))[columns].reset_index(drop=True)


def _hamlets(places: Places, lineage: Lineage, random: np.random.Generator) -> Ints:
    """Group the RTs of each desa into dusun by where they lie; a new RT joins its parent's."""
    rt = lineage.rt
    hamlet = np.zeros(len(rt), dtype=int)
    for _, group in rt[rt["parent"] < 0].groupby("desa"):
        n = int(np.clip(round(len(group) / 5), 1, 6))
        where = _positions(places, lineage, group.index.to_numpy())
        centres = middles(where, np.ones(len(group)), n, random)
        nearest = ((where[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        order = np.argsort(np.argsort(-centres[:, 1], kind="stable"))
        _, hamlet[group.index] = np.unique(order[nearest], return_inverse=True)
    children = rt.index[rt["parent"] >= 0]
    hamlet[children] = hamlet[rt.loc[children, "parent"]]
    return hamlet


def _positions(places: Places, lineage: Lineage, numbers: Ints) -> Floats:
    """Return a place for each RT: its most built-up cell, or a made-up one without polygon."""
    found = np.column_stack([np.arange(len(numbers)) // 4, numbers % 4]).astype(float)
    for k, number in enumerate(numbers):
        cells = np.flatnonzero(lineage.block_of == number)
        if len(cells):
            found[k] = places.mesh.sites[cells[np.argmin(places.remote[cells])]]
    return found


def _dusun_names(rt: pd.DataFrame, random: np.random.Generator) -> Ints:
    names = read_facts("names.csv")["name"].to_numpy()
    chosen = {desa: random.permutation(names)[:8] for desa in rt["desa"].unique()}
    return np.array([chosen[d][h] for d, h in zip(rt["desa"], rt["hamlet"], strict=True)])


def _renamings(
    rt: pd.DataFrame, town: np.ndarray, random: np.random.Generator
) -> list[pd.DataFrame]:
    """End the row of three RTs and begin another under the name of the next dusun."""
    several = rt.groupby("desa")["hamlet"].transform("max") > 0
    able = rt.index[~town & several & rt["ended"].isna() & (rt["parent"] < 0)]
    rows = []
    for number in np.sort(random.choice(able, 3, replace=False)):
        again = rt.loc[[number]].copy()
        others = rt[(rt["desa"] == rt.at[number, "desa"]) & (rt["dusun"] != rt.at[number, "dusun"])]
        again["dusun"] = others["dusun"].iloc[0]
        again["valid_from"] = RENAMED
        rt.loc[number, "valid_to"] = RENAMED
        rows.append(again)
    return rows
