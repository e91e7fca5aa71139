"""A very small region for tests, written as text so that a test shows what it is about."""

import datetime as dt
from io import StringIO

import geopandas as gpd
import pandas as pd
import shapely

from pbrt_geo import schema
from pbrt_geo.codes import rt_id
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
    """All tables of the small region; those not given are the defaults above, or empty."""
    made = {t.name: empty_table(t) for t in schema.TABLES}
    made["areas"] = table("areas", AREAS)
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
