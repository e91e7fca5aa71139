"""A region with people for tests: the sample with those of a few RT."""

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from pbrt_geo.region import Region, read_region

SAMPLE = Path(__file__).resolve().parents[2] / "geodata" / "sample"
ROUNDS = tuple(dt.date(year, 12, 31) for year in (2006, 2007, 2008))


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
