"""A very small public edition, written by hand to a folder: every kind of public cell in it.

The areas, names and boundaries are those of `small_edition`. Its figures are made up here as they
would be told: classes per RT, ranges above, exact where everybody may know, some withheld, some
held from the year before. `truth` is what they were made from, and is nowhere in the folder.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from small_edition import DESA, indicator, rt, small_edition

from pbrt_geo.edition import (
    ABOUT,
    CELL,
    FORMAT,
    RANGE,
    SINCE_FORMAT_2,
    SINCE_FORMAT_3,
    Edition,
    Indicator,
    content_hash,
    file_hash,
    read_edition,
)
from pbrt_geo.seal import write_boundaries, write_map, write_parquet

LEVELS = ("rt", "desa", "kecamatan", "kabupaten")
YEARS = (2006, 2007, 2008)

CLASSES: dict[str, tuple[float, ...]] = {
    "n_households": (25.0, 35.0, 45.0, 60.0),
    "n_residents": (90.0, 130.0, 170.0, 220.0),
    "density_km2": (50.0, 250.0, 1000.0, 4000.0),
    "limit_use_rate": (0.5, 1.0, 1.5, 2.0),
    "poverty_rate": (0.2, 0.4, 0.6),
    "af_censored_rate:criterion_03": (0.2, 0.4, 0.6),
    "coverage_rate:juru": (0.2, 0.4, 0.6, 0.8),
    "coverage_rate:field/health": (0.2, 0.4, 0.6, 0.8),
}
"""Classes in which an RT is told; what is missing here is told of no RT, or exactly."""

EXACT = ("n_rt", "n_rt_born", "n_rt_ended", "n_rt_over_limit")
OPEN = (*EXACT, "n_households", "n_residents", "density_km2", "limit_use_rate")
STEPS = {"desa": 0.02, "kecamatan": 0.01, "kabupaten": 0.005}
FIRST_LEVEL = {"n_poor": "desa", "none_reached_rate": "desa", "poverty_gap": "kecamatan"}
FIRST_LEVEL |= {"coverage_rate:usaha": "desa", "coverage_rate:pillar/empowerment": "desa"}

_DECLARED = [
    ("n_rt", "count", "growth"),
    ("n_households", "count", "population"),
    ("n_residents", "count", "population"),
    ("density_km2", "density", "population"),
    ("n_poor", "count", "poverty"),
    ("poverty_rate", "rate", "poverty"),
    ("poverty_gap", "index", "poverty"),
    ("af_censored_rate:criterion_03", "rate", "multidimensional"),
    ("coverage_rate:juru", "rate", "coverage"),
    ("coverage_rate:usaha", "rate", "coverage"),
    ("coverage_rate:field/health", "rate", "coverage"),
    ("coverage_rate:pillar/empowerment", "rate", "coverage"),
    ("none_reached_rate", "rate", "coverage"),
    ("n_rt_born", "count", "growth"),
    ("n_rt_ended", "count", "growth"),
    ("n_rt_over_limit", "count", "growth"),
    ("limit_use_rate", "rate", "growth"),
]


def _indicator(id_: str, kind: str, topic: str) -> Indicator:
    made = asdict(indicator(id_, kind, topic, "high" if "coverage_rate" in id_ else "low"))
    return Indicator(**made | {"classes": CLASSES.get(id_, ())})


INDICATORS = [_indicator(*told) for told in _DECLARED]

NO_DATA, WITHHELD, HELD = rt(2), (rt(5), rt(14)), rt(3)
"""Of these RTs nothing protected is known, shown, or new since 2007."""

WITHHELD_DESA, HELD_DESA = DESA[3], DESA[1]


def truth(id_: str, level: str, place: int, year: int) -> float:
    """Return the figure that is told as a class or range: recognisable, and in no public file."""
    base, later = id_.partition(":")[0], year - YEARS[0]
    if base in OPEN:
        return _open_truth(base, level, place, later)
    if base == "n_poor":
        return (43.0 + 10 * place + later) * {"desa": 1, "kecamatan": 2, "kabupaten": 4}[level]
    if level == "rt":
        return 0.0137 + ((5 * place + 3 * later + len(id_)) % 16) / 17
    return 0.1837 + 0.0731 * place + 0.0113 * later + 0.01 * (len(id_) % 7)


def _open_truth(base: str, level: str, place: int, later: int) -> float:
    households = {"rt": 23 + 4 * place, "desa": 211, "kecamatan": 423, "kabupaten": 847}[level]
    return {
        "n_rt": {"rt": 1.0, "desa": 4.0, "kecamatan": 8.0, "kabupaten": 16.0}[level],
        "n_households": float(households + 3 * later),
        "n_residents": float(round(3.7 * (households + 3 * later))),
        "density_km2": 37.3 + 91 * place,
        "limit_use_rate": households / 30 / {"rt": 1, "desa": 4, "kecamatan": 8}.get(level, 16),
    }.get(base, float(place in (7, 9)) if level == "rt" else 1.0 + later)


def public_values(areas: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the table `values` of a public edition."""
    rows = [
        _cell(told, level, place, area, year)
        for told in INDICATORS
        for level in levels_of(told.id)
        for place, area in enumerate(areas.index[areas["level"] == level])
    ]
    table = pd.DataFrame(rows, columns=["area_id", "level", "period", "indicator", *CELL, *RANGE])
    numbers = [*CELL[:4], "low", "high"]
    table[numbers] = table[numbers].astype(float)
    return table.astype({"closed": bool, "state": "category", "since": "datetime64[ns]"})


def levels_of(id_: str) -> tuple[str, ...]:
    """Return the levels at which the public edition tells an indicator."""
    return LEVELS[LEVELS.index(FIRST_LEVEL.get(id_, "rt")) :]


def _cell(told: Indicator, level: str, place: int, area: str, year: int) -> dict[str, Any]:
    day = pd.Timestamp(year, 12, 31)
    cell = {"area_id": area, "level": level, "period": day, "indicator": told.id, "since": day}
    none = dict.fromkeys((*CELL[:4], "low", "high"), np.nan) | {"closed": False}
    if told.id not in OPEN:
        if area == NO_DATA:
            return cell | none | {"state": "no_data"}
        if area in (*WITHHELD, WITHHELD_DESA):
            return cell | none | {"state": "withheld", "since": pd.NaT}
        if area in (HELD, HELD_DESA) and year == 2008:
            cell["since"], year = pd.Timestamp(2007, 12, 31), 2007
    low, high, closed = _limits(told, level, truth(told.id, level, place, year))
    value = low if np.isnan(high) else (low + high) / 2
    state = "zero" if low == high == 0 else "value"
    ends = {"low": low, "high": high, "closed": closed, "value": value, "state": state}
    return cell | none | ends


def _limits(told: Indicator, level: str, value: float) -> tuple[float, float, bool]:
    """Return the class of an RT, the range of a larger area, or the number itself twice."""
    if told.id in EXACT or (told.id in OPEN and level != "rt"):
        return value, value, True
    if level == "rt":
        last = 1.0 if told.kind == "rate" and told.classes[-1] < 1 else np.nan
        edges = np.array([0.0, *told.classes, last])
    elif told.kind == "count":
        # as many times the residents as a range of a rate would be
        edges = 100.4 * np.arange(30)
    else:
        edges = np.round(np.arange(0, 1 + 1e-9, STEPS[level]), 9)
    place = int(np.searchsorted(edges[:-1], value, side="right")) - 1
    return float(edges[place]), float(edges[place + 1]), bool(edges[place + 1] == 1.0)


def _about(year: int, files: Iterator[Path], shapes: dict[str, gpd.GeoDataFrame]) -> dict[str, Any]:
    small = small_edition(year).about
    kept = {name: small[name] for name in ("region", "as_of", "as_of_estimated", "boundary_date")}
    rule = {"household": 5, "resident": 16, "ladder": [0.01, 0.02, 0.05, 0.1], "indicator": []}
    certificate = {
        "n_claims": 400, "dates": [f"{y}-12-31" for y in YEARS if y <= year], "n_cells": 96,
        "narrowest": {"household": 5, "resident": 17}, "narrowest_change": 2, "n_fallbacks": 1,
        "n_inherited": 2, "shown": {"poverty_rate": {"rt": [13, 2, 1, 1]}}, "not_public": {},
    }  # fmt: skip
    about = kept | {
        "format": FORMAT, "kind": "public", "method_version": "1", "sources": small["sources"],
        "n_polygons": {level: len(polygons) for level, polygons in shapes.items()},
        "indicators": [asdict(told) for told in INDICATORS],
        "disclosure": {"rule": rule, "certificate": certificate},
        "files": {file.name: file_hash(file) for file in sorted(files)},
    }  # fmt: skip
    return about | {"id": content_hash(about)}


def write_public_edition(folder: Path, year: int = 2008) -> Edition:
    """Write the public edition of one year to a folder of its own, and open it."""
    folder.mkdir(parents=True, exist_ok=True)
    small = small_edition(year)
    areas = small.areas.rename_axis("area_id").assign(born=pd.NaT, bps_code=None)
    parents = areas["desa_id"].where(areas["level"] == "rt", areas["kecamatan_id"])
    areas["parent_id"] = parents.where(areas["level"].isin(("rt", "desa")))
    tables = {
        "areas": areas.reset_index(), "values": public_values(areas, year),
        "programmes": small.programmes.reset_index(), "rt_lives": small.rt_lives.reset_index(),
        "events": small.events.reset_index(), "event_units": small.event_units,
        "overlaps": pd.DataFrame({"programme_id": pd.Series(dtype=object)}),
    }  # fmt: skip
    for name, columns in (SINCE_FORMAT_2 | SINCE_FORMAT_3).items():
        tables.setdefault(name, pd.DataFrame(columns=list(columns)))
    for name, table in tables.items():
        write_parquet(table, folder / f"{name}.parquet")
    shapes = {level: small.boundaries(level).rename_axis("area_id") for level in LEVELS}
    for level, polygons in shapes.items():
        write_boundaries(polygons, folder / f"boundaries_{level}.parquet")
        write_map(polygons, areas, folder / f"map_{level}.json")
    about = _about(year, (file for file in folder.iterdir() if file.name != ABOUT), shapes)
    (folder / ABOUT).write_text(json.dumps(about, indent=1, sort_keys=True), encoding="utf-8")
    return read_edition(folder)


def write_public_shelf(folder: Path) -> list[Edition]:
    """Write the public editions of three years to a folder, and open them by date."""
    return [
        write_public_edition(folder / f"kecil-public-{date(year, 12, 31).isoformat()}", year)
        for year in YEARS
    ]
