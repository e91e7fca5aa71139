"""People for tests: the sample with those of a few RT; a village written a household at a time."""

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from pbrt_geo.region import Region, read_region
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.rounds import people_on
from registry.registries import ON, RTS

SAMPLE = Path(__file__).resolve().parents[2] / "geodata" / "sample"
ROUNDS = tuple(dt.date(year, 12, 31) for year in (2006, 2007, 2008))

RT1, *_ = RTS


@cache
def sample() -> Region:
    return read_region(SAMPLE)


@cache
def part_of_sample(n_kept: int = 120) -> Region:
    """The sample with the people of every `n_kept`-th RT; all areas, events and programmes."""
    region = sample()
    homes = region.tables["households"]
    rts = homes["rt_id"].sort_values().unique()[::n_kept]
    homes = homes[homes["rt_id"].isin(rts)]
    here = pd.MultiIndex.from_frame(homes[["household_id", "as_of"]])
    tables = dict(region.tables)
    tables["households"] = homes.reset_index(drop=True)
    for name in ("residents", "enrolments"):
        keys = pd.MultiIndex.from_frame(tables[name][["household_id", "as_of"]])
        tables[name] = tables[name][keys.isin(here)].reset_index(drop=True)
    reports = tables["programme_reports"]
    tables["programme_reports"] = reports[reports["rt_id"].isin(rts)].reset_index(drop=True)
    return replace(region, tables=tables)


class Village:
    """Writes people into a registry, a few words each."""

    def __init__(self, registry):
        self.registry = registry

    def add(self, table, **values):
        with self.registry.write(COMMAND, ON, "form", "uji") as work:
            return work.insert(table, **values)

    def household(self, rt_id=RT1, since=ON, until=None, cause="recorded", **values):
        key = self.add(t.households, **{"kk_state": "none"} | values)
        self.lives(key, rt_id, since, until, cause)
        return key

    def lives(self, household, rt_id, since, until=None, cause="recorded"):
        period = {"valid_from": since, "valid_to": until, "cause": cause}
        self.add(t.residences, household_id=household, rt_id=rt_id, **period)

    def member(self, household, since=ON, until=None, cause="recorded", role="other", **values):
        about = {"name": "Barulan Talonara", "nik_state": "none"} | values
        who = self.add(t.residents, **about)
        belongs = {"resident_id": who, "household_id": household, "role": role}
        period = {"valid_from": since, "valid_to": until, "cause": cause}
        self.add(t.memberships, **belongs, **period)
        return who

    def found(self, household, day=ON, source="survey", **values):
        self.add(t.evidence, household_id=household, as_of=day, source=source, **values)

    def on(self, *dates):
        return people_on(self.registry, COMMAND, dates or (ON,))

    def sizes(self, *dates):
        return list(self.on(*dates)["households"]["n_residents"])
