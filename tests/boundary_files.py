"""Boundary files of three desa as people send them, and the region they are compared with."""

import datetime as dt
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from drawing import draw

from pbrt_geo.codes import rt_id

SHARED = Path(__file__).parents[1].parent / "shared"
DATE = dt.date(2008, 12, 31)
LATER = dt.date(2009, 6, 1)

AREAS = pd.DataFrame(
    [
        ("52.07", "kabupaten", "Contoh", "5207"),
        ("52.07.01", "kecamatan", "Jereweh", "5207020"),
        ("52.07.01.2001", "desa", "Goa", "5207020004"),
        ("52.07.01.2002", "desa", "Belo", "5207020002"),
        ("52.07.01.2003", "desa", "Beru", "5207020005"),
        ("52.07.02.2021", "desa", "Lamunga", "5207030018"),
    ],
    columns=["area_id", "level", "name", "bps_code"],
).assign(
    other_names=None,
    label_lon=[None, None, "116.801", "116.803", "116.805", "116.802"],
    label_lat=[None, None, "-8.799", "-8.798", "-8.799", "-8.797"],
)
DESA = {"A": "52.07.01.2001", "B": "52.07.01.2002", "C": "52.07.01.2003"}
NAMES = {"A": "Goa", "B": "BELO", "C": "Desa Beru"}

PICTURE = """
    A A B B
    A A B B
    C C C C
"""


def desa(picture: str = PICTURE, **changes: Any) -> gpd.GeoDataFrame:
    """Draw desa with their codes and names; `changes` replace a shape by its letter."""
    drawn = draw(picture)
    for letter, shape in changes.items():
        drawn.loc[letter, "geometry"] = shape
    told = {"kode": drawn.index.map(DESA), "nama": drawn.index.map(NAMES)}
    return drawn.assign(**told).reset_index(drop=True)


def keys(report: Any) -> dict[str, str]:
    return {problem.key: problem.severity for problem in report.problems}


def facts(report: Any, key: str) -> dict[str, Any]:
    return next(problem.facts for problem in report.problems if problem.key == key)


def saved(rows: gpd.GeoDataFrame, folder: Path, name: str = "batas.geojson") -> Path:
    rows.to_file(folder / name, driver="GeoJSON", COORDINATE_PRECISION=15)
    return folder / name


def write_region(folder: Path) -> Path:
    """Write a region that knows its areas only."""
    folder.mkdir(exist_ok=True)
    AREAS.to_csv(folder / "areas.csv", index=False)
    return folder


def rt_table(*rts: tuple[str, str]) -> pd.DataFrame:
    rows = [
        {
            "rt_id": rt_id("52.07", serial),
            "valid_from": "2006-01-01",
            "valid_to": None,
            "desa_id": desa_id,
            "number": number,
            "rw": None,
            "dusun": None,
            "name": f"RT {number}",
            "source": "rekaan",
        }
        for serial, (desa_id, number) in enumerate(rts, 1)
    ]
    return pd.DataFrame(rows)
