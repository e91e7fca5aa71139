"""A list of RTs with dates (`rt.csv`) as events: the simple way to begin."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pbrt_geo.errors import LineageError
from pbrt_geo.lineage.core import Lineage, read_lineage
from pbrt_geo.lineage.told import MOST
from pbrt_geo.schema import EVENT_UNITS, EVENTS

COMPARED = ("rt_id", "valid_from", "valid_to", "desa_id", "number", "rw", "dusun", "name", "idsls")


def lineage_of(tables: dict[str, pd.DataFrame]) -> Lineage:
    """
    Return the lineage of a region's tables: of its events, or else of its list of RTs.

    Raises
    ------
    LineageError
        With all problems of the events, or of the list.
    """
    if len(tables["events"]):
        return read_lineage(tables["events"], tables["event_units"], tables["areas"])
    return read_lineage(*events_from_periods(tables["rt"]), tables["areas"])


def events_from_periods(rt: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Turn a list of RTs with dates into events.

    RTs of the first day of the whole list were there already (`awal`), later ones are formed
    (`bentuk`); what differs between two rows of an RT is `ganti_nama`, `ganti_nomor` or `pindah`,
    and an end is `bubar`. Which RT another came from is not in such a list.

    Returns
    -------
    events, event_units
        As in the schema.

    Raises
    ------
    LineageError
        If an RT has two rows for one day, or a gap: an id that ended never lives again.
    """
    rows = rt.sort_values(["rt_id", "valid_from"], ignore_index=True)
    _refuse_gaps(rows)
    born = ~rows["rt_id"].duplicated()
    kind = _kinds(rows, born)
    starts = rows.assign(kind=kind, date=rows["valid_from"])
    ends = rows[rows["valid_to"].notna() & ~rows["rt_id"].duplicated(keep="last")]
    ends = ends.assign(kind="bubar", date=ends["valid_to"])
    all_rows = pd.concat([starts, ends], ignore_index=True)
    all_rows = all_rows.sort_values(["date", "rt_id"], ignore_index=True)
    return _events(all_rows), _units(all_rows)


def _kinds(rows: pd.DataFrame, born: pd.Series) -> np.ndarray:
    """Kind of the event by which each row begins."""
    differs = {name: _differs(rows[name]) for name in rows if name in COMPARED[3:]}
    numbered = differs["number"] | differs.get("idsls", False)
    kinds = np.where(numbered, "ganti_nomor", "ganti_nama").astype(object)
    kinds[differs["desa_id"]] = "pindah"
    first_day = rows["valid_from"] == rows["valid_from"].min()
    kinds[born & first_day] = "awal"
    kinds[born & ~first_day] = "bentuk"
    return kinds


def _differs(cells: pd.Series) -> np.ndarray:
    codes = pd.factorize(cells)[0]
    return codes != np.r_[-2, codes[:-1]][: len(codes)]


def _refuse_gaps(rows: pd.DataFrame) -> None:
    later = rows["rt_id"].duplicated()
    previous = rows["valid_to"].shift()
    bad = later & (previous.isna() | (previous != rows["valid_from"]))
    bad |= rows["valid_to"] <= rows["valid_from"]
    if bad.any():
        ids = rows.loc[bad, "rt_id"].unique()
        raise LineageError.of("lineage_rt_gaps", n=len(ids), where=_first(ids))


def _events(rows: pd.DataFrame) -> pd.DataFrame:
    columns = {column.name: None for column in EVENTS.columns} | {"level": "rt"}
    events = rows[["kind", "date", "source"]].assign(event_id=_ids(len(rows)))
    return events.assign(**{k: v for k, v in columns.items() if k not in events})[list(columns)]


def _ids(n: int) -> list[str]:
    return [f"E{number:05d}" for number in range(1, n + 1)]


def _units(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.rename(columns={"rt_id": "unit_id", "desa_id": "parent_id"})
    rows = rows.assign(event_id=_ids(len(rows)))
    before = rows.loc[~rows["kind"].isin(("awal", "bentuk")), ["event_id", "unit_id"]]
    after = rows[rows["kind"] != "bubar"].assign(role="after")
    both = pd.concat([before.assign(role="before"), after], ignore_index=True)
    return both.reindex(columns=[column.name for column in EVENT_UNITS.columns])


def refuse_disagreement(rt: pd.DataFrame, lineage: Lineage) -> None:
    """
    Refuse a list of RTs beside events that tell otherwise; an empty list tells nothing.

    Raises
    ------
    LineageError
        With the number of rows that differ; also if the list contradicts itself.
    """
    differing = _differing(rt, lineage) if len(rt) else rt
    if len(differing):
        where = _first(differing["rt_id"].unique())
        raise LineageError.of("lineage_rt_disagrees", n=len(differing), where=where)


def _differing(rt: pd.DataFrame, lineage: Lineage) -> pd.DataFrame:
    """Rows in which a list of RTs and the lineage differ, source apart."""
    listed = read_lineage(*events_from_periods(rt)).rt_table()
    names = [name for name in COMPARED if name != "idsls" or "idsls" in rt]
    both = pd.concat([listed[names], lineage.rt_table()[names]], ignore_index=True)
    return both[~both.duplicated(keep=False)].sort_values(["rt_id", "valid_from"])


def _first(ids: Sequence[str]) -> str:
    return ", ".join(ids[:MOST]) + (", …" if len(ids) > MOST else "")
