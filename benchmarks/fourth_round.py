"""The sample region with one round more, so that an edition has three public ones before it.

The round of 2009 is made of that of 2008: within each desa, a share of the households exchange all
that is known of them (spending, desil, criteria, programmes), while they stay where they live.
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

SAMPLE = Path(__file__).resolve().parents[1] / "geodata" / "sample"
LAST, NEXT = pd.Timestamp("2008-12-31"), pd.Timestamp("2009-12-31")
EXCHANGED = 0.4
"""Share of the households that take part. In the sample, from 2007 to 2008, the poverty of 27 % of
them changed and the desil of 60 %."""

_STAYS = ("household_id", "as_of", "rt_id", "n_residents", "lon", "lat")


def make(folder: Path, seed: int = 9) -> Path:
    """Write the region into a folder that is not there yet; `seed` says who exchanges with whom."""
    shutil.copytree(SAMPLE, folder)
    households = pd.read_parquet(folder / "households.parquet")
    source = _sources(households[households["as_of"] == LAST], seed)
    _append(folder / "households.parquet", lambda last: _exchanged(last, source))
    _append(folder / "enrolments.parquet", lambda last: _handed_over(last, source))
    for name in ("residents", "programme_reports"):
        _append(folder / f"{name}.parquet", lambda last: last)
    about = (folder / "region.toml").read_text()
    mark = "[[source]]"
    more = f"[[round]]\nas_of = {NEXT.date()}\nestimated = true\n\n{mark}"
    (folder / "region.toml").write_text(about.replace(mark, more, 1))
    parameters = (folder / "parameters.csv").read_text()
    (folder / "parameters.csv").write_text(
        parameters.replace("2008-01-01,2009-01-01", "2008-01-01,2010-01-01")
    )
    return folder


def _sources(households: pd.DataFrame, seed: int) -> pd.Series:
    """Return for each household the one whose circumstances it takes over, mostly itself."""
    random = np.random.default_rng(seed)
    ids = households["household_id"].to_numpy(dtype=object)
    found, takes_part = ids.copy(), random.random(len(ids)) < EXCHANGED
    for rows in households.groupby(_desa_of(households), sort=True).indices.values():
        chosen = rows[takes_part[rows]]
        found[chosen] = ids[random.permutation(chosen)]
    return pd.Series(found, index=ids)


def _desa_of(households: pd.DataFrame) -> np.ndarray:
    """Return where each RT came to lie last."""
    units = pd.read_csv(SAMPLE / "event_units.csv", dtype=str)
    units = units[units["role"] == "after"].drop_duplicates("unit_id", keep="last")
    return units.set_index("unit_id")["parent_id"].loc[households["rt_id"]].to_numpy()


def _append(file: Path, change) -> None:  # type: ignore[no-untyped-def]
    table = pd.read_parquet(file)
    last = table[table["as_of"] == LAST]
    more = change(last).assign(as_of=NEXT).astype(table.dtypes)
    pd.concat([table, more], ignore_index=True).to_parquet(file)


def _exchanged(last: pd.DataFrame, source: pd.Series) -> pd.DataFrame:
    moved = [name for name in last.columns if name not in _STAYS]
    theirs = last.set_index("household_id").loc[source.loc[last["household_id"]], moved]
    return last.assign(**{name: theirs[name].array for name in moved})


def _handed_over(last: pd.DataFrame, source: pd.Series) -> pd.DataFrame:
    taker = pd.Series(source.index, index=source.to_numpy())
    kept = last[last["household_id"].isin(taker.index)]
    return kept.assign(household_id=taker.loc[kept["household_id"]].to_numpy())
