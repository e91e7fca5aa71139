"""The numbers of one year from the tables: all indicators, all levels, against pandas.

Ours is `region.on(date)` and `compute`; it also gives numerators, denominators and the share
known, which pandas is not asked for. The first baseline calls a Python function for each
indicator, level and area (`groupby.apply`); the second merges and adds all columns up at once with
one `groupby` for each level. The case is the sample of 2008; the larger ones are copies of it side
by side. Values must agree to 1e-9. Reading files, checking events
and writing the edition are not in it.
"""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks import edition_in_pandas, harness
from benchmarks.harness import Contestant, Row
from pbrt_geo import compute, read_region
from pbrt_geo.lineage import Lineage, lineage_of
from pbrt_geo.parameters import Parameters
from pbrt_geo.state import state_on

BENCH = "edition"
OURS = "ours: state + compute"
APPLY = "pandas groupby.apply"
GROUPBY = "pandas merge + groupby"
TARGETS = {APPLY: 20, GROUPBY: 2}
SAMPLE = Path(__file__).parents[1] / "geodata" / "sample"
COPIES = (1, 3, 10)
CODES = ("area_id", "parent_id", "rt_id", "desa_id", "unit_id")
EVENT_IDS = ("event_id", "corrects")
PEOPLE = ("household_id", "resident_id")


class Inputs(NamedTuple):
    tables: dict[str, pd.DataFrame]
    date: dt.date
    lineage: Lineage


def prepare(copies: int = 1) -> Inputs:
    region = read_region(SAMPLE)
    tables = region.tables
    if copies > 1:
        tables = {name: _copied(table, name, copies) for name, table in tables.items()}
    return Inputs(tables, max(region.rounds), lineage_of(tables))


def _copied(table: pd.DataFrame, name: str, copies: int) -> pd.DataFrame:
    """Put copies of a table one below the other, each with identifiers of its own."""
    if name in ("parameters", "programmes"):
        return table
    return pd.concat([_renamed(table, k) for k in range(copies)], ignore_index=True)


def _renamed(table: pd.DataFrame, k: int) -> pd.DataFrame:
    """Move the codes to another province (52, 53, …) and give people and events new ids."""
    if k == 0:
        return table
    codes = {c: table[c].str.replace("52", str(52 + k), n=1) for c in CODES if c in table}
    events = {c: table[c].str.replace("E", f"E{k}", n=1) for c in EVENT_IDS if c in table}
    people = {c: table[c] + f"/{k}" for c in PEOPLE if c in table}
    return table.assign(**codes, **events, **people)


def ours(inputs: Inputs) -> pd.DataFrame:
    parameters = Parameters(inputs.tables["parameters"])
    return compute(state_on(inputs.tables, parameters, inputs.date, inputs.lineage))


def by_apply(inputs: Inputs) -> pd.Series:
    return edition_in_pandas.by_apply(inputs.tables, inputs.date)


def by_groupby(inputs: Inputs) -> pd.Series:
    return edition_in_pandas.by_groupby(inputs.tables, inputs.date)


def same(ours_values: pd.DataFrame, values: pd.DataFrame | pd.Series) -> bool:
    """Compare value by value, to 1e-9, whatever indicators pandas was taught."""
    if isinstance(values, pd.DataFrame):
        return values.equals(ours_values)
    keys = ["indicator", "level", "area_id"]
    expected = ours_values.astype(dict.fromkeys(keys, "str")).set_index(keys)["value"]
    expected = expected[expected.index.isin(values.index.unique("indicator"), level="indicator")]
    # Pandas leaves out areas without rows: there ours must say that nothing is known.
    found = values.reindex(expected.index)
    assert values.index.isin(expected.index).all()
    return bool(np.isclose(found, expected, rtol=1e-9, atol=1e-12, equal_nan=True).all())


CONTESTANTS = {OURS: ours, APPLY: by_apply, GROUPBY: by_groupby}


def case(copies: int, rounds: int) -> list[Row]:
    inputs = prepare(copies)
    n_rt = int((inputs.tables["rt"]["valid_to"].isna()).sum())
    n_people = int((inputs.tables["residents"]["as_of"] == pd.Timestamp(inputs.date)).sum())
    names = list(CONTESTANTS) if copies == 1 else [OURS, GROUPBY]  # apply would take minutes
    contestants = [Contestant(name, CONTESTANTS[name]) for name in names]
    timings = harness.race(contestants, inputs, same, rounds)
    rows = harness.as_rows(BENCH, f"{n_rt:,} RT, {n_people:,} people", OURS, timings)
    for row in rows:
        row.peak_mb = harness.peak_mb(CONTESTANTS[row.what], prepare, copies)
        row.target = TARGETS.get(row.what) if copies == 1 else None
    return rows


def rows(quick: bool = False) -> list[Row]:
    rounds, sizes = (1, COPIES[:1]) if quick else (harness.ROUNDS, COPIES)
    found = [row for copies in sizes for row in case(copies, rounds)]
    cases = [row.case for row in found if row.what == OURS]
    harness.add_growth(found, dict(zip(cases, sizes, strict=True)))
    return found


if __name__ == "__main__":
    harness.main(rows)
