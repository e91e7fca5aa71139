"""The areas by which rights are given: which RT lay in which desa and kecamatan, and when.

They follow from the region, whose events say when an RT was formed, moved or renamed; nobody types
them into the registry.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pbrt_geo.region import Region
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry

Row = dict[str, Any]

_COLUMNS = tuple(column.name for column in t.places.columns)
_ALWAYS = pd.Timestamp("1900-01-01").as_unit("s")
_UPPER = ("area_id", "area_from", "area_to", "parent_id", "area_name")


def sync_places(registry: Registry, region: Region) -> int:
    """
    Make the areas of a registry those of a region; return how many rows differ from before.

    Where nothing differs nothing is written, so that this may be done at each start.

    Raises
    ------
    RegistryError
        If it cannot be stored; the areas are as before.
    """
    day = registry.clock().date()
    wanted = {_key(row): row for row in place_rows(region)}
    about = {"region": region.about["id"]}
    with registry.write(COMMAND, day, "places", "RT dan wilayah dari berkas wilayah", **about) as w:
        there = {_key(row): dict(row) for row in w.rows(w.visible(t.places).select())}
        gone = [key for key in there if key not in wanted]
        new = [row for key, row in wanted.items() if there.get(key) != row]
        if gone or new:
            w.record(n_new=len(new), n_gone=len(gone))
        w.put(t.places, new)
        w.remove(t.places, gone)
    return len(gone) + len(new)


def place_rows(region: Region) -> list[Row]:
    """Return the rows of the table `places`: one per RT and period, by RT and time."""
    rt = region.lineage.periods.query("level == 'rt'")
    rows = rt[["unit_id", "valid_from", "valid_to", "parent_id", "name"]]
    rows = rows.rename(columns={"unit_id": "rt_id", "parent_id": "desa_id"})
    rows = _within(rows, _upper(region, "desa"), "desa_id")
    rows = rows.rename(columns={"parent_id": "kecamatan_id", "area_name": "desa_name"})
    rows = _within(rows, _upper(region, "kecamatan"), "kecamatan_id")
    rows = rows.rename(columns={"parent_id": "kabupaten_id"}).drop(columns="area_name")
    return _plain(rows.sort_values(["rt_id", "valid_from"])[list(_COLUMNS)])


def _upper(region: Region, level: str) -> pd.DataFrame:
    """Return the periods of the areas of a level; one without events was there always."""
    areas = region.tables["areas"].query("level == @level")
    told = region.lineage.periods.query("level == @level")
    told = told[["unit_id", "valid_from", "valid_to", "parent_id", "name"]]
    always = areas.loc[~areas["area_id"].isin(told["unit_id"]), ["area_id", "parent_id", "name"]]
    always = always.assign(valid_from=_ALWAYS, valid_to=pd.NaT).astype(
        {"valid_to": "datetime64[s]"}
    )
    always = always[["area_id", "valid_from", "valid_to", "parent_id", "name"]]
    parts = [part.set_axis(_UPPER, axis=1) for part in (told, always) if len(part)]
    return pd.concat(parts, ignore_index=True)


def _within(rows: pd.DataFrame, upper: pd.DataFrame, column: str) -> pd.DataFrame:
    """Give rows what their area was, cut where it changed."""
    joined = rows.merge(upper, left_on=column, right_on="area_id")
    begin = joined[["valid_from", "area_from"]].max(axis=1)
    end = joined[["valid_to", "area_to"]].min(axis=1)  # of an open end and a day, the day
    cut = joined.assign(valid_from=begin, valid_to=end)
    cut = cut[cut["valid_to"].isna() | (cut["valid_from"] < cut["valid_to"])]
    return cut.drop(columns=["area_id", "area_from", "area_to"])


def _plain(rows: pd.DataFrame) -> list[Row]:
    return [
        {name: _date(value) if name.startswith("valid_") else str(value) for name, value in row}
        for row in (zip(_COLUMNS, values, strict=True) for values in rows.itertuples(index=False))
    ]


def _date(value: pd.Timestamp) -> Any:
    return None if pd.isna(value) else value.date()


def _key(row: Any) -> Sequence[Any]:
    return (row["rt_id"], row["valid_from"])
