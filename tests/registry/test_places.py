"""The areas of a registry are those of the region, by period."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from lineages import history
from test_lineage import BELO, GOA, levels
from village import RT1, RT2, tables

from pbrt_geo.region import Region, read_region
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.places import place_rows, sync_places
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry


@pytest.fixture(scope="module")
def sample() -> Region:
    return read_region("geodata/sample")


def on(rows: list[dict], day: dt.date) -> dict[str, dict]:
    living = [
        row
        for row in rows
        if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])
    ]
    found = {row["rt_id"]: row for row in living}
    assert len(found) == len(living)
    return found


@pytest.mark.parametrize("year", [2006, 2007, 2008])
def test_the_areas_of_a_day_are_those_of_the_region(sample: Region, year: int) -> None:
    day = dt.date(year, 12, 31)
    found, state = on(place_rows(sample), day), sample.on(day)
    assert set(found) == set(state.rt.index)
    for rt_id, row in found.items():
        desa = state.rt.loc[rt_id, "desa_id"]
        assert row["desa_id"] == desa
        assert row["desa_name"] == state.areas.loc[desa, "name"]
        assert row["kecamatan_id"] == state.areas.loc[desa, "parent_id"]
        assert row["kabupaten_id"] == "52.07"


def test_syncing_replaces_what_was_there_and_again_changes_nothing(
    sample_places: Registry, sample: Region
) -> None:
    assert sync_places(sample_places, sample) > 600
    with sample_places.read(COMMAND, dt.date(2008, 1, 1)) as reading:
        rows = [dict(row) for row in reading.rows(reading.visible(t.places).select())]
        batches = reading.rows(reading.visible(t.batches).select())
    key = ("rt_id", "valid_from")
    assert sorted(rows, key=lambda row: [row[k] for k in key]) == place_rows(sample)
    assert [batch["kind"] for batch in batches] == ["places"]
    assert sync_places(sample_places, sample) == 0
    with sample_places.read(COMMAND, dt.date(2008, 1, 1)) as reading:
        assert len(reading.rows(reading.visible(t.batches).select())) == 1


def test_an_area_that_is_renamed_or_joined_gives_its_rts_a_new_row() -> None:
    """Goa and Belo become one desa in 2008; RT 2 was of Belo. Worked out by hand."""
    region = Region(Path(), {"id": "x"}, tables(**levels()))
    told = [
        (
            row["rt_id"],
            str(row["valid_from"]),
            str(row["valid_to"]),
            row["desa_id"],
            row["desa_name"],
        )
        for row in place_rows(region)
    ]
    assert told == [
        (RT1, "2003-12-18", "2008-01-01", GOA, "Goa"),
        (RT1, "2008-01-01", "None", GOA, "Goa_Belo"),
        (RT2, "2003-12-18", "2008-01-01", BELO, "Belo"),
        (RT2, "2008-01-01", "None", GOA, "Goa_Belo"),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_any_history_gives_each_rt_its_desa_of_every_day(seed: int) -> None:
    told = history(seed)
    desa = sorted({desa for day in told.desa.values() for desa in day.values()})
    rows = [(desa_id, "desa", desa_id, "Desa", desa_id.rsplit(".", 1)[0]) for desa_id in desa]
    rows += [("52.07.01", "kecamatan", "Jereweh", "Kecamatan", "52.07")]
    areas = pd.DataFrame(rows, columns=["area_id", "level", "name", "kind", "parent_id"])
    made = tables() | {"events": told.events, "event_units": told.units, "areas": areas}
    found = place_rows(Region(Path(), {"id": "x"}, made))
    for day, expected in told.desa.items():
        assert {rt: row["desa_id"] for rt, row in on(found, day).items()} == expected
