"""Numbers and names: RT 003 Dusun Beringin, and in a kelurahan RT 003 RW 002 Lingkungan Jati."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbrt_geo.sample.lineage import FOUNDED, Change, Lineage
from pbrt_geo.sample.partition import middles
from pbrt_geo.sample.places import Places
from pbrt_geo.sample.quota import read_facts
from pbrt_geo.sample.terrain import Floats, Ints, random_of

SOURCE = "Rekaan untuk contoh skematik; hanya jumlah RT per tahun berasal dari naskah PBRT"
RENAMED = pd.Timestamp("2008-09-01")
"""On this day a dusun is divided, and a few other RTs pass to the next dusun."""

RENUMBERED = pd.Timestamp("2008-11-03")
"""On this day the last RT of two desa takes the number that a merger left free."""

NEW_DUSUN_RTS, PASSED_ON, N_RENUMBERED = 3, 2, 2


@dataclass(frozen=True)
class Names:
    """
    What every RT is called in time.

    `periods` has a row per RT and period with the same name: rt (its number), day (the first),
    desa (row number), hamlet, dusun, rw, number, name. `hamlets` has a row per dusun or
    lingkungan, and RW of a kelurahan: desa, hamlet, dusun, rw, name, born, parent (a row, or -1).
    `changes` are those of the lineage and the changes of names and numbers.
    """

    periods: pd.DataFrame
    hamlets: pd.DataFrame
    changes: list[Change]

    def on(self, day: pd.Timestamp) -> pd.DataFrame:
        """Return the last row of each RT up to a day, by its number."""
        past = self.periods[self.periods["day"] <= day]
        return past.drop_duplicates("rt", keep="last").set_index("rt")


def name_all(places: Places, lineage: Lineage, seed: int) -> Names:
    """Give every RT its dusun, number and name, and let a few of them change."""
    random = random_of(seed, "naming")
    hamlet = _hamlets(places, lineage, random)
    first = _with_numbers(places, lineage, hamlet)
    hamlets = _hamlet_table(places, first, random)
    divided, passed = _renamed(places, lineage, first, random)
    hamlets = _divide_hamlet(hamlets, first.set_index("rt").loc[divided], random)
    renamed = _again(first, divided, RENAMED, hamlet=int(hamlets["hamlet"].iloc[-1]))
    several = [_again(first, [rt], RENAMED, hamlet=to) for rt, to in passed.items()]
    numbers = _renumbered(places, lineage, first)
    again = [_again(first, [rt], RENUMBERED, number=to) for rt, to in numbers.items()]
    periods = pd.concat([first, renamed, *several, *again]).sort_values(["rt", "day"])
    periods = _spelled(periods, hamlets, places)
    changes = [Change(RENAMED, "ganti_nama", (rt,), (rt,)) for rt in [*divided, *passed]]
    changes += [Change(RENUMBERED, "ganti_nomor", (rt,), (rt,)) for rt in numbers]
    return Names(periods.reset_index(drop=True), hamlets, lineage.changes + changes)


def _hamlets(places: Places, lineage: Lineage, random: np.random.Generator) -> Ints:
    """Group the RTs of each desa into dusun by where they lie; a new RT joins its parent's."""
    rt = lineage.rt
    hamlet = np.zeros(len(rt), dtype=int)
    for _, group in rt[rt["parent"] < 0].groupby("desa"):
        n = int(np.clip(round(len(group) / 5), 1, 6))
        where = _positions(places, lineage, group.index.to_numpy())
        centres = middles(where, np.ones(len(group)), n, random)
        nearest = _nearest(where, centres)
        shared = np.bincount(nearest, minlength=n) > 1  # a merger must not empty a dusun
        centres = centres[shared]
        nearest = _nearest(where, centres)
        order = np.argsort(np.argsort(-centres[:, 1], kind="stable"))
        _, hamlet[group.index] = np.unique(order[nearest], return_inverse=True)
    for child in rt.index[rt["parent"] >= 0]:
        hamlet[child] = hamlet[rt.at[child, "parent"]]
    return hamlet


def _nearest(where: Floats, centres: Floats) -> Ints:
    return ((where[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)


def _positions(places: Places, lineage: Lineage, numbers: Ints) -> Floats:
    """Return a place for RTs of the start: the most built-up cell, or made up without polygon."""
    found = np.column_stack([np.arange(len(numbers)) // 4, numbers % 4]).astype(float)
    for k, number in enumerate(numbers):
        cells = np.flatnonzero(lineage.block_of == number)
        if len(cells):
            found[k] = places.mesh.sites[cells[np.argmin(places.remote[cells])]]
    return found


def _with_numbers(places: Places, lineage: Lineage, hamlet: Ints) -> pd.DataFrame:
    """Number the RTs of each desa, or RW of a kelurahan, in the order in which they came to it."""
    rt = lineage.rt
    columns = {"rt": rt.index, "day": rt["born"], "desa": rt["desa"], "hamlet": hamlet}
    born = pd.DataFrame(columns)
    moved = born[rt["moved_on"].notna()].copy()
    moved["day"] = rt.loc[moved.index, "moved_on"]
    moved["desa"] = rt.loc[moved.index, "moved_to"].astype(int)
    goals = zip(moved["rt"], moved["desa"], strict=True)
    moved["hamlet"] = [_nearest_hamlet(places, lineage, hamlet, *goal) for goal in goals]
    table = pd.concat([born, moved]).sort_values(["day", "rt"])
    town = places.desa["is_town"].to_numpy()[table["desa"]]
    scope = [table["desa"], table["hamlet"].where(town, 0)]
    table["number"] = (table.groupby(scope).cumcount() + 1).map("{:03d}".format)
    return table.sort_values(["rt", "day"]).reset_index(drop=True)


def _nearest_hamlet(places: Places, lineage: Lineage, hamlet: Ints, moved: int, desa: int) -> int:
    rt = lineage.rt
    there = rt.index[(rt["desa"] == desa) & (rt["parent"] < 0)].to_numpy()
    where = _positions(places, lineage, np.r_[there, moved])
    return int(hamlet[there[np.argmin(np.hypot(*(where[:-1] - where[-1]).T))]])


def _hamlet_table(places: Places, first: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """List the dusun and lingkungan of the start, with names that differ within a desa."""
    table = first.groupby(["desa", "hamlet"], as_index=False).size().drop(columns="size")
    names = read_facts("names.csv")["name"].to_numpy()
    chosen = {desa: random.permutation(names) for desa in table["desa"].unique()}
    table["dusun"] = [chosen[row.desa][row.hamlet] for row in table.itertuples()]
    table["is_town"] = places.desa["is_town"].to_numpy()[table["desa"]]
    table["rw"] = (table["hamlet"] + 1).map("{:03d}".format).where(table["is_town"])
    table["born"], table["parent"] = FOUNDED, -1
    return table


def _renamed(
    places: Places, lineage: Lineage, first: pd.DataFrame, random: np.random.Generator
) -> tuple[list[int], dict[int, int]]:
    """
    Choose the RTs of a new dusun, and those that pass to another one.

    The first are the northernmost of the largest dusun; the others come with the dusun they
    pass to. None of them is busy with anything else, and no dusun loses its last RT.
    """
    busy = {rt for change in lineage.changes for rt in (*change.before, *change.after)}
    born = first.drop_duplicates("rt").set_index("rt")
    size = born.groupby(["desa", "hamlet"])["day"].transform("size")
    village = ~places.desa["is_town"].to_numpy()[born["desa"]]
    able = village & (size > 3) & ~born.index.isin(sorted(busy)) & (born["day"] == FOUNDED)
    free = born[able]
    of_dusun = free.groupby(["desa", "hamlet"])["day"].transform("size")
    mapped = places.desa["is_mapped"].to_numpy()[free["desa"]]
    largest = free[mapped].loc[of_dusun[mapped].idxmax()]
    mine = free.index[(free[["desa", "hamlet"]] == largest[["desa", "hamlet"]]).all(axis=1)]
    north = _positions(places, lineage, mine.to_numpy())[:, 1]
    divided = mine[np.argsort(-north, kind="stable")[:NEW_DUSUN_RTS]].sort_values()
    several = born.groupby("desa")["hamlet"].transform("max").loc[free.index] > 0
    others = free.index[several & (free["desa"] != largest["desa"])]
    passed = np.sort(random.choice(others, PASSED_ON, replace=False))
    to = {int(rt): 0 if born.at[rt, "hamlet"] else 1 for rt in passed}
    return divided.tolist(), to


def _divide_hamlet(
    hamlets: pd.DataFrame, leaving: pd.DataFrame, random: np.random.Generator
) -> pd.DataFrame:
    """Add the dusun that some RTs of another one make up from `RENAMED` on."""
    desa, old = leaving[["desa", "hamlet"]].iloc[0]
    of_desa = hamlets["desa"] == desa
    parent = hamlets[of_desa & (hamlets["hamlet"] == old)].copy()
    names = np.setdiff1d(read_facts("names.csv")["name"], hamlets.loc[of_desa, "dusun"])
    new = parent.assign(
        hamlet=hamlets.loc[of_desa, "hamlet"].max() + 1,
        dusun=random.choice(names),
        born=RENAMED,
        parent=parent.index[0],
    )
    return pd.concat([hamlets, new], ignore_index=True)


def _again(first: pd.DataFrame, rts: list[int], day: pd.Timestamp, **other: object) -> pd.DataFrame:
    """Repeat the last rows of RTs from a day on, with something else in them."""
    last = first.drop_duplicates("rt", keep="last").set_index("rt", drop=False)
    return last.loc[rts].assign(day=day, **other)


def _renumbered(places: Places, lineage: Lineage, first: pd.DataFrame) -> dict[int, str]:
    """Give numbers that mergers left free to the last RT of the desa, in desa without RW."""
    found: dict[int, str] = {}
    last = first.drop_duplicates("rt", keep="last").set_index("rt")
    living = last[lineage.lives_on(RENUMBERED)]
    for change in sorted(lineage.changes, key=lambda change: (change.day, change.after)):
        gone = min(set(change.before) - set(change.after), default=-1)
        if change.kind != "gabung" or places.desa.at[last.at[gone, "desa"], "is_town"]:
            continue
        numbers = living.loc[living["desa"] == last.at[gone, "desa"], "number"]
        if numbers.max() > last.at[gone, "number"] and len(found) < N_RENUMBERED:
            found[int(numbers.idxmax())] = str(last.at[gone, "number"])
    return found


def _spelled(periods: pd.DataFrame, hamlets: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Add dusun, RW and the name as people write it."""
    known = hamlets[["desa", "hamlet", "dusun", "rw"]]
    periods = periods.merge(known, on=["desa", "hamlet"], how="left", validate="many_to_one")
    in_town = " RW " + periods["rw"] + " Lingkungan "
    periods["name"] = "RT " + periods["number"] + in_town.fillna(" Dusun ") + periods["dusun"]
    return periods
