"""Editions of many regions side by side, each a copy of one that was built.

The copies have identifiers of their own and the same numbers, so each of them is as hard to judge
as the region that was built. All lie in one kabupaten, whose numbers are those of all copies added
up, or each is a kabupaten of one province. Written are only the tables that publishing reads, and
of what changed between rounds only what did since a date, as if there were no rounds before it.
"""

import json
import shutil
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from pbrt_geo.disclosure.writing import public_values
from pbrt_geo.edition import ABOUT, Edition, read_edition
from pbrt_geo.files import write_parquet
from pbrt_geo.schema import LEVELS

_IDS = ("area_id", "rt_id", "parent_id", *(f"{level}_id" for level in LEVELS[1:]))
_BETWEEN = {"turnover": "before", "kin": "before", "earlier": "date"}
"""Tables about two rounds, and their column of the earlier one."""


def internally(
    edition: Edition, n: int, folder: Path, since: pd.Timestamp, province: bool = False
) -> Edition:
    """Write so many copies of an internal edition, in one kabupaten or each one of a province."""
    shared = [] if province else list(edition.ids(LEVELS[-1]))
    n_groups = int(edition.kin["group"].max() + 1) if len(edition.kin) else 0
    tables = {"areas": edition.areas.reset_index(), "values": edition.values}
    for name, column in _BETWEEN.items():
        table = getattr(edition, name)
        tables[name] = table[table[column] >= since].reset_index(drop=True)
    _start(edition, folder)
    for name, table in tables.items():
        copies = [_renamed(table, k, n_groups, shared) for k in range(n)]
        write_parquet(_joined(copies, shared), folder / f"{name}.parquet")
    return read_edition(folder)


def publicly(internal: Edition, statements: pd.DataFrame, folder: Path) -> Edition:
    """Write what is said of an edition as a public one that later editions can be held against."""
    _start(internal, folder)
    shutil.copyfile(internal.path / "areas.parquet", folder / "areas.parquet")
    write_parquet(public_values(internal, statements), folder / "values.parquet")
    about = json.dumps(internal.about | {"kind": "public"})
    (folder / ABOUT).write_text(about, encoding="utf-8")
    return read_edition(folder)


def _start(edition: Edition, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in (ABOUT, "programmes.parquet"):
        shutil.copyfile(edition.path / name, folder / name)


def _renamed(table: pd.DataFrame, k: int, n_groups: int, shared: Collection[str]) -> pd.DataFrame:
    """Give the areas and the groups of RTs of a copy their own names, but for what all share."""
    ids = {name: table[name] for name in _IDS if name in table}
    own = {name: (c + f"/{k}").where(~c.isin(shared), c) for name, c in ids.items()}
    if "group" in table:
        own["group"] = table["group"] + k * n_groups
    return table.assign(**own)


def _joined(copies: list[pd.DataFrame], shared: Collection[str]) -> pd.DataFrame:
    """Put copies one below the other, what they share once; in `values` block by block."""
    together = pd.concat(copies, ignore_index=True)
    if "level" not in together:
        return together
    is_shared = together["area_id"].isin(shared)
    kept = ~is_shared | (together.index < len(copies[0]))
    if "numerator" in together:
        together = _added_up(together, is_shared, len(copies))
        blocks = np.tile(_block(copies[0]), len(copies))
        order = np.argsort(blocks, kind="stable")
        return together.iloc[order][kept.iloc[order]]
    return together[kept]


def _added_up(values: pd.DataFrame, is_shared: pd.Series, n: int) -> pd.DataFrame:
    """Return values in which shared areas have the people of `n` equal copies; rates stay."""
    times = is_shared * (n - 1) + 1
    is_count = values["denominator"].isna()
    sums = {name: values[name] * times for name in ("numerator", "denominator")}
    return values.assign(**sums, value=values["value"].where(~is_count, values["value"] * times))


def _block(values: pd.DataFrame) -> np.ndarray:
    """Number the blocks of one indicator at one level, in the order in which they stand."""
    keys = values.groupby(["indicator", "level"], sort=False, observed=True)
    return keys.ngroup().to_numpy()
