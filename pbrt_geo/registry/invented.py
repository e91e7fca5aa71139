"""A registry of invented people, from the people of a region: for demonstrations, tests, speed.

A region holds pseudonyms and rounds; a registry holds names and periods. What a region tells in two
rounds in a row becomes one period; a change begins on the day of the round that first shows it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Table, func, select

from pbrt_geo.region import Region
from pbrt_geo.registry import invented_people as invented
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import RegistryError
from pbrt_geo.registry.names import name_key
from pbrt_geo.registry.places import sync_places
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry, Work
from pbrt_geo.schema import CRITERIA

_AT_ONCE = 20_000
"""Rows stored at once, so that memory does not grow with the region."""

_SURVEY = ("household_id", "as_of", "n_residents", "spending_idr", *CRITERIA)

Rounds = Sequence[pd.Timestamp]


def fill_from(
    registry: Registry, region: Region, progress: Callable[[float], None] = lambda share: None
) -> dict[str, int]:
    """
    Fill an empty registry with the people of a region, under invented names and numbers.

    Returns
    -------
    counts
        Rows stored, by table.

    Raises
    ------
    RegistryError
        If the registry holds households already: the invented never mix with the real.
    """
    sync_places(registry, region)
    rounds = [pd.Timestamp(date) for date in sorted(region.rounds)]
    day = rounds[-1].date() if rounds else registry.clock().date()
    about = {"region": region.about["id"], "invented": True}
    with registry.write(
        COMMAND, day, "sample", "Orang rekaan dari contoh wilayah", **about
    ) as work:
        _refuse_unless_empty(work)
        return _Filling(work, region.tables, rounds, progress).run()


def _refuse_unless_empty(work: Work) -> None:
    count = select(func.count().label("n")).select_from(work.visible(t.households))
    n = work.rows(count)[0]["n"]
    if n:
        raise RegistryError.of("registry_not_empty", n=n)


class _Filling:
    """One filling; households and people first, then what refers to them."""

    def __init__(
        self,
        work: Work,
        tables: dict[str, pd.DataFrame],
        rounds: Rounds,
        progress: Callable[[float], None],
    ) -> None:
        self.work, self.tables, self.rounds, self.progress = work, tables, rounds, progress
        self.counts: dict[str, int] = {}

    def run(self) -> dict[str, int]:
        homes = self.tables["households"]
        people = self.tables["residents"]
        people = people[people["household_id"].isin(homes["household_id"])]
        named = _residents(people)
        households = self._store_keyed(t.households, _households(homes, self.tables["rt"]))
        self.progress(0.1)
        residents = self._store_keyed(t.residents, named)
        self.progress(0.3)
        self._store(t.residences, _residences(homes, self.rounds), households)
        members = _memberships(people, self.rounds, named["birth_date"])
        self._store(t.memberships, members, households, residents)
        self.progress(0.5)
        self._store(t.evidence, _survey(homes), households)
        self._store(t.evidence, _dtsen(homes), households)
        self.progress(0.75)
        reached = spells(self.tables["enrolments"], ["programme_id", "household_id"], self.rounds)
        reached = reached.drop(columns="at").assign(source="contoh")
        self._store(
            t.enrolments, reached[reached["household_id"].isin(households.index)], households
        )
        self._store(t.programme_reports, self.tables["programme_reports"])
        self.progress(1.0)
        return self.counts

    def _store_keyed(self, table: Table, rows: pd.DataFrame) -> pd.Series:
        """Store rows; return their keys by pseudonym, which is the index."""
        return pd.Series(self._store(table, rows), rows.index, dtype="int64")

    def _store(self, table: Table, rows: pd.DataFrame, *keys: pd.Series) -> list[int]:
        """Store rows whose pseudonyms are first replaced by keys; return their own keys."""
        for ids in keys:
            rows = rows.assign(**{str(ids.index.name): rows[ids.index.name].map(ids)})
        stored: list[int] = []
        for start in range(0, len(rows), _AT_ONCE):
            stored += self.work.insert_many(table, plain(rows.iloc[start : start + _AT_ONCE]))
        self.counts[table.name] = self.counts.get(table.name, 0) + len(stored)
        return stored


def plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as a database takes them: None where empty, dates as dates."""
    columns = []
    for _, column in rows.items():
        dates = column.dtype.kind == "M"
        values = (column.dt.date if dates else column).tolist()
        empty = column.isna().tolist()
        columns.append([None if e else v for v, e in zip(values, empty, strict=True)])
    return [dict(zip(rows.columns, row, strict=True)) for row in zip(*columns, strict=True)]


# ── who they are ────────────────────────────────────────────────────────────────────────────────


def _households(homes: pd.DataFrame, rt: pd.DataFrame) -> pd.DataFrame:
    """Return each household as it was seen last, by pseudonym, in the order of the pseudonyms."""
    ordered = homes.sort_values(["household_id", "as_of"])
    first = ordered.drop_duplicates("household_id").set_index("household_id")
    last = ordered.drop_duplicates("household_id", keep="last").set_index("household_id")
    names = rt.drop_duplicates("rt_id", keep="last").set_index("rt_id")["name"]
    return last[["lon", "lat"]].assign(
        no_kk=invented.card_numbers(first["as_of"]),
        kk_state="valid",
        address=last["rt_id"].map(names),
    )


def _residents(people: pd.DataFrame) -> pd.DataFrame:
    """Return each person, by pseudonym, in the order of the pseudonyms."""
    ordered = people.sort_values(["resident_id", "as_of"])
    found = ordered.drop_duplicates("resident_id").set_index("resident_id")[["sex", "birth_date"]]
    found = found.assign(name=invented.names(found["sex"]))
    found["nik"] = invented.niks(found["sex"], found["birth_date"])
    keys = {name: name_key(name) for name in found["name"].unique()}
    return found.assign(
        name_key=found["name"].map(keys),
        nik_state=np.where(found["nik"].isna(), "none", "valid"),
    )


# ── when what held ──────────────────────────────────────────────────────────────────────────────


def spells(table: pd.DataFrame, what: list[str], rounds: Rounds) -> pd.DataFrame:
    """
    Join what holds in rounds that follow each other into periods.

    Returns
    -------
    spells
        Columns `what`, `valid_from` (day of the first round), `valid_to` (day of the first round
        in which it no longer holds; empty: it holds in the last), `at` (position of the first).
    """
    rows = table[what].assign(at=pd.Index(rounds).get_indexer(table["as_of"]))
    rows = rows.sort_values([*what, "at"], ignore_index=True)
    before = rows.shift()
    goes_on = rows["at"] == before["at"] + 1
    for name in what:
        goes_on &= rows[name] == before[name]
    begins = np.flatnonzero(~goes_on)
    ends = np.append(begins[1:], len(rows)) - 1
    days = pd.Series([*rounds, pd.NaT], dtype="datetime64[s]")
    found = rows.iloc[begins].reset_index(drop=True)
    first, after = found["at"].to_numpy(), rows["at"].to_numpy()[ends[: len(begins)]] + 1
    return found.assign(valid_from=days.to_numpy()[first], valid_to=days.to_numpy()[after])


def _residences(homes: pd.DataFrame, rounds: Rounds) -> pd.DataFrame:
    """Return where each household lived: it moved where the house is another one."""
    places = homes["lon"].map(str) + " " + homes["lat"].map(str)
    found = spells(homes.assign(house=places), ["household_id", "rt_id", "house"], rounds)
    found = found.sort_values(["household_id", "at"])
    before = found.shift()
    moved = (found["household_id"] == before["household_id"]) & (found["house"] != before["house"])
    cause = np.where(moved, "moved", "recorded")
    return found.drop(columns=["house", "at"]).assign(cause=cause)


def _memberships(people: pd.DataFrame, rounds: Rounds, birth_date: pd.Series) -> pd.DataFrame:
    """Return who belonged to which household, in which place."""
    parts = [part.assign(role=invented.roles(part)) for _, part in people.groupby("as_of")]
    if not parts:
        return pd.DataFrame(columns=["resident_id", "household_id", "role", "cause"])
    told = pd.concat(parts)
    found = spells(told, ["resident_id", "household_id", "role"], rounds)
    found = found.sort_values(["resident_id", "at"])
    before = found.shift()
    new = found["resident_id"] != before["resident_id"]
    founded = told.groupby("household_id")["as_of"].min()
    is_founded = found["household_id"].map(founded) == found["valid_from"]
    previous = pd.Series([pd.NaT, *rounds[:-1]]).to_numpy()[found["at"]]
    cause = pd.Series("recorded", found.index)
    came = new & (found["at"] > 0) & ~is_founded
    cause[came] = np.where(
        found["resident_id"].map(birth_date)[came] > previous[came], "born", "moved"
    )
    changed = ~new & (found["household_id"] != before["household_id"])
    cause[changed] = np.where(is_founded[changed], "split", "moved")
    return found.drop(columns="at").assign(cause=cause)


# ── what is known of them ───────────────────────────────────────────────────────────────────────


def _survey(homes: pd.DataFrame) -> pd.DataFrame:
    return homes[list(_SURVEY)].assign(source="survey")


def _dtsen(homes: pd.DataFrame) -> pd.DataFrame:
    """Return the families that a DTSEN lists: those with a desil, and those that had one before."""
    rows = homes[["household_id", "as_of", "dtsen_desil"]].sort_values(["household_id", "as_of"])
    had = rows["dtsen_desil"].notna().groupby(rows["household_id"]).cummax()
    rows = rows[had].assign(source="dtsen")
    return rows.assign(dtsen_edition=rows["as_of"].dt.strftime("%Y-%m"))
