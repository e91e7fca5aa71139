"""An invented edition of any size that the map code reads like a real one: `SyntheticEdition(n)`.

Boundaries come from `coverage_maker.coverage`, simplified as a coverage and written like the map
files of an edition; desa and kecamatan are squares of cells. Values are smooth in space, so that
the map looks like a map, with every state among them.
"""

import datetime as dt
import html
import json
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.coverage_maker import coverage
from pbrt_geo.edition import Indicator

TOLERANCE = 0.0004  # degrees, about 45 m
INDICATORS = (
    Indicator("poverty_rate", "poverty_rate", "", "rate", "poverty", "low", (0.05, 0.1, 0.2, 0.35)),
    Indicator(
        "desil_1_4_rate", "desil_1_4_rate", "", "rate", "poverty", "low", (0.1, 0.2, 0.3, 0.4)
    ),
    Indicator("n_poor", "n_poor", "", "count", "poverty", "low", (10, 20, 40, 80)),
)
NAMES: dict[int, str] = {
    0: "Ma`ruf",
    1: "<img src=x onerror=\"parent.document.title='attacked'\">",
    2: "${7*7}",
    3: "![x](http://example.org/x.png)",
    4: "</script><script>parent.document.title='attacked'</script>",
    5: "Jl. Raya \\u RT & {{7*7}}",
}
"""Names that code could mistake for something else; drawn exactly, they do nothing."""


class SyntheticEdition:
    """What the map reads of an edition, made up for `n` areas in `folder`."""

    def __init__(self, n: int, folder: Path, hostile: bool = False, year: int = 2008) -> None:
        self.n, self.folder, self.hostile = n, folder, hostile
        self.as_of = dt.date(year, 12, 31)
        self._columns: dict[tuple[str, str], pd.DataFrame] = {}
        self.programmes = pd.DataFrame(columns=["name", "name_en"])
        self.indicators = list(INDICATORS)
        self.mapped_levels = ("rt", "desa", "kecamatan")
        self.about: dict[str, Any] = {"as_of_estimated": False, "region": {"invented": True}}
        self.about["boundary_date"] = "2008-12-31"  # of all years: the cells are the same
        self.is_converted = self.is_public = False

    @cached_property
    def cells(self) -> gpd.GeoDataFrame:
        """Areas in reading order, with the desa and kecamatan of each."""
        cells = gpd.GeoDataFrame(geometry=coverage(self.n))
        middle = cells.representative_point()
        low, high = cells.total_bounds[:2], cells.total_bounds[2:]
        place = (np.column_stack([middle.x, middle.y]) - low) / (high - low + 1e-12)
        side = max(2, round(np.sqrt(self.n / 11 / 9)))
        outer = (place * side).astype(int) @ [1, side]
        inner = (place * side * 3).astype(int) @ [1, side * 3]
        cells["kecamatan_id"] = [f"52.{k // 100:02d}.{k % 100:02d}" for k in outer]
        cells["desa_id"] = [
            f"{k}.{2000 + d}" for k, d in zip(cells["kecamatan_id"], inner, strict=True)
        ]
        cells["x"], cells["y"] = place.T
        return cells.sort_values(["desa_id", "y"], kind="stable").reset_index(drop=True)

    @cached_property
    def areas(self) -> pd.DataFrame:
        """All areas of three levels, indexed by `area_id`."""
        rt = self.cells[["kecamatan_id", "desa_id"]].copy()
        rt["area_id"] = [f"RT-5207-{i:05d}-0" for i in range(self.n)]
        rt["name"] = [f"RT {i % 30 + 1:03d}" for i in range(self.n)]
        if self.hostile:
            rt.loc[list(NAMES), "name"] = list(NAMES.values())
        rt["desa_name"] = "Desa " + rt["desa_id"].str[-4:]
        desa = rt.drop_duplicates("desa_id").assign(area_id=lambda t: t["desa_id"])
        desa = desa.assign(name=desa["desa_name"])
        upper = rt.drop_duplicates("kecamatan_id").assign(area_id=lambda t: t["kecamatan_id"])
        upper = upper.assign(name="Kecamatan " + upper["kecamatan_id"].str[-5:], desa_id=None)
        tables = {"rt": rt, "desa": desa, "kecamatan": upper}
        joined = pd.concat([table.assign(level=level) for level, table in tables.items()])
        return joined.assign(boundary_kind="schematic").set_index("area_id")

    def indicator(self, indicator_id: str) -> Indicator:
        """Return one indicator."""
        return next(i for i in self.indicators if i.id == indicator_id)

    def has(self, indicator_id: str, level: str) -> bool:
        """Tell whether an indicator exists at a level."""
        return level in self.mapped_levels and any(i.id == indicator_id for i in self.indicators)

    def column(self, indicator_id: str, level: str) -> pd.DataFrame:
        """Return one indicator at one level, as `Edition.column` does."""
        if (indicator_id, level) not in self._columns:
            self._columns[indicator_id, level] = self._invented(indicator_id, level)
        return self._columns[indicator_id, level]

    def _invented(self, indicator_id: str, level: str) -> pd.DataFrame:
        ids = self.areas.index[self.areas["level"] == level]
        rng = np.random.default_rng([self.as_of.year, len(indicator_id), len(ids)])
        smooth = self._smooth(level, ids, rng)
        denominator = rng.poisson(170, len(ids)) + 20.0
        numerator = np.minimum(rng.poisson(denominator * smooth), denominator)
        counts = self.indicator(indicator_id).kind == "count"
        table = pd.DataFrame(index=ids)
        table["value"] = numerator if counts else numerator / denominator
        table["numerator"], table["denominator"] = numerator, denominator
        table["known_rate"] = 1 - rng.integers(0, 12, len(ids)) / 100
        table["state"] = np.where(numerator == 0, "zero", "value").astype(object)
        for k, state in enumerate(("no_data", "withheld", "not_yet_formed")):
            chosen = ids[k + 7 :: 41]
            table.loc[chosen, "state"] = state
            table.loc[chosen, ["value", "numerator", "denominator", "known_rate"]] = np.nan
        table["evidence"] = ""
        return table

    def _smooth(self, level: str, ids: pd.Index, rng: np.random.Generator) -> np.ndarray:
        if level == "rt":
            x, y = self.cells["x"].to_numpy(), self.cells["y"].to_numpy()
        else:
            x, y = rng.random((2, len(ids)))
        a, b = rng.uniform(3, 8, 2)
        wave = 0.18 + 0.15 * np.sin(a * x + b) * np.cos(b * y + a)
        return np.maximum(wave - 0.16 * (rng.random(len(x)) < 0.08), 0)

    def map_file(self, level: str) -> Path:
        """Return the GeoJSON of one level, written when first asked for."""
        path = self.folder / f"map_{level}.json"
        if not path.exists():
            path.write_text(
                json.dumps(self._collection(level), separators=(",", ":")), encoding="utf-8"
            )
        return path

    @cached_property
    def _simplified(self) -> np.ndarray:
        return shapely.coverage_simplify(self.cells.geometry.to_numpy(), TOLERANCE)

    def _collection(self, level: str) -> dict[str, Any]:
        areas = self.areas[self.areas["level"] == level]
        shapes = gpd.GeoSeries(self._simplified)
        if level != "rt":
            groups = gpd.GeoDataFrame(geometry=shapes).assign(by=self.cells[f"{level}_id"])
            shapes = groups.dissolve("by", method="coverage").geometry.reindex(areas.index)
        facts = zip(shapes, areas.index, areas["name"], areas["desa_name"], strict=True)
        features = [_feature(k, *fact) for k, fact in enumerate(facts)]
        return {"type": "FeatureCollection", "features": features}


def _feature(
    k: int, shape: shapely.Geometry, area_id: str, name: str, parent: str
) -> dict[str, Any]:
    properties = {"i": k, "id": area_id, "n": html.escape(name), "p": html.escape(parent)}
    parts = shape.geoms if shape.geom_type == "MultiPolygon" else [shape]
    rings = [[_ring(ring) for ring in (part.exterior, *part.interiors)] for part in parts]
    geometry = {"type": "MultiPolygon", "coordinates": rings}
    if len(rings) == 1:
        geometry = {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _ring(ring: shapely.LinearRing) -> list[list[float]]:
    return np.round(shapely.get_coordinates(ring), 5).tolist()
