"""A very small region for tests, written as text so that a test shows what it is about."""

import datetime as dt
from io import StringIO

import geopandas as gpd
import pandas as pd
import shapely

from pbrt_geo import schema
from pbrt_geo.codes import rt_id
from pbrt_geo.lineage import lineage_of
from pbrt_geo.parameters import Parameters
from pbrt_geo.region import empty_table, typed
from pbrt_geo.state import State, state_on

DATE = dt.date(2008, 12, 31)
RT1, RT2, RT3, RT4 = (rt_id("52.07", serial) for serial in (1, 2, 3, 4))

AREAS = """
area_id        level      name      kind       parent_id
52.07          kabupaten  Contoh    Kabupaten  .
52.07.01       kecamatan  Utara     Kecamatan  52.07
52.07.02       kecamatan  Selatan   Kecamatan  52.07
52.07.01.2001  desa       Goa       Desa       52.07.01
52.07.01.2002  desa       Belo      Desa       52.07.01
52.07.02.1001  desa       Menala    Kelurahan  52.07.02
"""

PARAMETERS = {
    "poverty_line": 100.0,
    "criteria_threshold": 9,
    "af_cutoff": 1 / 3,
    "children_under_age": 18,
    "elderly_from_age": 60,
    "school_age_from": 7,
    "school_age_below": 19,
}


def table(name: str, text: str) -> pd.DataFrame:
    """Turn an aligned text table into a table of the schema; `.` is an empty cell."""
    declared = next(t for t in schema.TABLES if t.name == name)
    cells = pd.read_csv(StringIO(text.strip()), sep=r"\s+", dtype=str, na_values=["."])
    for column in declared.columns:
        if column.name not in cells:
            cells[column.name] = None
    return typed(cells, declared)


def rt_table(text: str) -> pd.DataFrame:
    """RTs from lines of `serial valid_from valid_to desa_id`."""
    cells = pd.read_csv(StringIO(text.strip()), sep=r"\s+", dtype=str, na_values=["."])
    cells["rt_id"] = [rt_id("52.07", int(serial)) for serial in cells["serial"]]
    cells["number"] = cells["serial"].str.zfill(3)
    cells["name"] = "RT " + cells["number"]
    cells["source"] = "test"
    for column in ("rw", "dusun", "idsls"):
        cells[column] = None
    return typed(cells.drop(columns="serial"), schema.RT)


def event_tables(text: str) -> dict[str, pd.DataFrame]:
    """
    Events of RTs, one a line: `date kind before > after`, RTs by their serials.

    After a colon stands what is new of an RT: its desa, then its name; `=E00002` at the end of a
    line corrects that event. Give what this returns to `tables` or `state`.

        2003-01-01 awal        > 1:52.07.01.2001 2:52.07.01.2001
        2007-01-01 pecah     1 > 1 3:52.07.01.2001
        2008-01-01 gabung 2 3  > 2
    """
    events, units = [], []
    for number, line in enumerate(text.strip().splitlines(), 1):
        told, _, corrects = line.partition("=")
        left, _, right = told.partition(">")
        date, kind, *before = left.split()
        event_id = f"E{number:05d}"
        about = {"event_id": event_id, "level": "rt", "kind": kind, "date": date}
        reason = "test" if corrects else None
        events.append(about | {"corrects": corrects.strip() or None, "reason": reason})
        units += [_event_unit(event_id, "before", word) for word in before]
        units += [_event_unit(event_id, "after", word) for word in right.split()]
    columns = {t.name: [c.name for c in t.columns] for t in (schema.EVENTS, schema.EVENT_UNITS)}
    event_table = pd.DataFrame(events).reindex(columns=columns["events"]).assign(source="test")
    unit_table = pd.DataFrame(units).reindex(columns=columns["event_units"])
    return {
        "events": typed(event_table, schema.EVENTS),
        "event_units": typed(unit_table, schema.EVENT_UNITS),
    }


def _event_unit(event_id: str, role: str, word: str) -> dict[str, str | None]:
    serial, *told = word.split(":")
    unit = {"event_id": event_id, "role": role, "unit_id": rt_id("52.07", int(serial))}
    if told:
        unit |= {"parent_id": told[0] or None, "number": f"{int(serial):03d}"}
        unit |= {"name": told[1] if len(told) > 1 else f"RT {int(serial):03d}"}
    return unit


RTS = """
serial valid_from  valid_to    desa_id
1      2003-01-01  .           52.07.01.2001
2      2003-01-01  .           52.07.01.2002
3      2008-03-01  .           52.07.02.1001
4      2003-01-01  2008-06-01  52.07.02.1001
"""


def boundaries(*rt_ids: str) -> gpd.GeoDataFrame:
    """Squares of 0.01 degrees side by side, one for each RT."""
    shapes = [shapely.box(116 + i / 100, -9, 116.01 + i / 100, -8.99) for i in range(len(rt_ids))]
    frame = gpd.GeoDataFrame(
        {
            "rt_id": rt_ids,
            "valid_from": pd.Timestamp("2003-01-01"),
            "valid_to": pd.NaT,
            "boundary_kind": "schematic",
            "source": "test",
        },
        geometry=shapes,
        crs=4326,
    )
    return typed(frame, schema.RT_BOUNDARIES)


def tables(**given: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """
    All tables of the small region; those not given are the defaults above, or empty.

    With `events`, the table `rt` follows from them.
    """
    made = {t.name: empty_table(t) for t in schema.TABLES}
    made["areas"] = table("areas", AREAS)
    if "events" in given:
        given["rt"] = lineage_of(made | given).rt_table()
    else:
        made["rt"] = rt_table(RTS)
    made["parameters"] = pd.DataFrame(
        {
            "parameter_id": list(PARAMETERS),
            "area_id": "52.07",
            "valid_from": pd.Timestamp("2000-01-01"),
            "valid_to": pd.NaT,
            "value": list(PARAMETERS.values()),
            "unit": "",
            "source": "test",
        }
    )
    return made | given


def state(date: dt.date = DATE, **given: pd.DataFrame) -> State:
    """Return the small region as it was on `date`."""
    made = tables(**given)
    return state_on(made, Parameters(made["parameters"]), date)


def households(text: str) -> pd.DataFrame:
    """Households from aligned text; `rt` is the serial of the RT, criteria are unanswered."""
    cells = table("households", text.replace("rt ", "rt_id ", 1))
    cells["rt_id"] = [rt_id("52.07", int(serial)) for serial in cells["rt_id"]]
    if cells["as_of"].isna().all():
        cells["as_of"] = pd.Timestamp(DATE)
    return cells
