"""Everything that is wrong with a boundary file, said at once."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.boundaries.lives import lineage_in
from pbrt_geo.boundaries.place import listed, place
from pbrt_geo.boundaries.repair import Repair, repair_boundaries
from pbrt_geo.boundaries.shapes import GAP_WIDTH_M, area_m2, gaps, overlaps, polygons_of
from pbrt_geo.boundaries.tables import read_areas, read_rt
from pbrt_geo.boundaries.units import Options, Units, units_of
from pbrt_geo.codes import Scheme
from pbrt_geo.errors import BoundaryError, Problem
from pbrt_geo.lineage import Lineage
from pbrt_geo.read.sandbox import BoundaryFile, Limits, read_boundary_file
from pbrt_geo.text import say

_NAMED = 10  # areas without polygon that are named in a sentence
_KINDS = {0: "point", 4: "point", 1: "line", 2: "line", 5: "line", 7: "collection"}
_DEFECTS = {
    "null": "boundary_no_shape",
    "empty": "boundary_no_shape",
    "point": "boundary_not_polygon",
    "line": "boundary_not_polygon",
    "collection": "boundary_not_polygon",
    "ring": "boundary_ring",
    "number": "boundary_number",
}


@dataclass(frozen=True)
class BoundaryReport:
    """
    What a check found.

    `figures` are numbers with stable names; `problems` come in the order in which they are
    best solved; `units` are the areas with their polygons in EPSG:4326. `repair` is what an
    import would store, if nothing stands against it. `compared` tells whether codes were looked
    up in the tables of a region.
    """

    file: str
    kind: str
    scheme: str
    figures: dict[str, Any]
    problems: list[Problem]
    units: gpd.GeoDataFrame = field(repr=False)
    repair: Repair | None = field(default=None, repr=False)
    compared: bool = False

    @property
    def usable(self) -> bool:
        """Tell whether nothing stands against an import: what is left can be repaired."""
        return not self.errors

    @property
    def errors(self) -> list[Problem]:
        """The problems that somebody has to solve in the source, or by an option."""
        return [problem for problem in self.problems if problem.severity == "error"]

    def text(self, language: str = "id") -> str:
        """Say the whole report, one line for each problem."""
        lines = [say("boundaries.summary", language, file=self.file, **self.figures)]
        for problem in self.problems:
            mark = say(f"boundaries.severity.{problem.severity}", language)
            lines.append(f"- {mark}: {problem.text(language)}")
        percent = (self.figures["largest_change"] or 0) * 100
        state = "refused" if not self.usable else "usable_repaired" if percent else "usable"
        facts: dict[str, Any] = {"n": len(self.errors), "percent": percent}
        return "\n".join([*lines, say(f"boundaries.{state}", language, **facts)])

    def as_dict(self, language: str = "id") -> dict[str, Any]:
        """Return the report in a form that JSON can hold."""
        return {
            "file": self.file,
            "kind": self.kind,
            "scheme": self.scheme,
            "usable": self.usable,
            "figures": self.figures,
            "problems": [problem.as_dict(language) for problem in self.problems],
        }


def check_file(
    path: Path | str | bytes,
    region_dir: Path | str | None = None,
    *,
    scheme: Scheme | None = None,
    level: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
    swap: bool = False,
    date: dt.date | None = None,
    name: str | None = None,
    limits: Limits | None = None,
) -> BoundaryReport:
    """
    Read a boundary file that need not be trusted and report all its problems.

    Parameters
    ----------
    path
        The file, or its bytes.
    region_dir
        Region to compare codes and names with; without it only the shapes are judged.
    scheme, level, layer, crs, swap
        What the file itself does not say: the code scheme, "desa" or "rt", the layer, the
        coordinate system, and whether latitude comes first.
    date
        Day on which the RTs must live; needed to tell which RT have no polygon.
    name
        What to call the file in the report.
    limits
        Other limits of size and time than the usual ones.

    Raises
    ------
    FileRefused
        If the file is not read at all.
    """
    file = read_boundary_file(path, layer=layer, name=name, limits=limits)
    areas = None if region_dir is None else read_areas(Path(region_dir))
    rt = None if region_dir is None else read_rt(Path(region_dir))
    options = Options(level=level, scheme=scheme, date=date)
    lineage = None if region_dir is None else lineage_in(Path(region_dir))
    return check_boundaries(
        file, areas, rt=rt, lineage=lineage, options=options, crs=crs, swap=swap
    )


def check_boundaries(
    boundaries: BoundaryFile | gpd.GeoDataFrame,
    areas: pd.DataFrame | None = None,
    *,
    rt: pd.DataFrame | None = None,
    lineage: Lineage | None = None,
    options: Options | None = None,
    crs: str | None = None,
    swap: bool = False,
    gap_width_m: float = GAP_WIDTH_M,
) -> BoundaryReport:
    """
    Report every problem of boundaries that have been read: place, shapes, codes, coverage.

    Parameters
    ----------
    boundaries
        What `read_boundary_file` returned, or any GeoDataFrame.
    areas, rt
        Tables of the region (`pbrt_geo.schema`), to compare with.
    lineage
        Where the region has events: tells who came after an RT that has ended.
    """
    file = _as_file(boundaries)
    rows = file.rows.assign(row=np.arange(1, len(file.rows) + 1))
    options = options or Options()
    problems = _shape_problems(file)
    placed = place(rows, areas, crs, swap)
    units = units_of(placed.rows, areas, rt, options, lineage)
    problems += placed.problems + units.problems
    shapes, covered = _coverage(units, gap_width_m)
    problems += covered + _completeness(units, areas)
    repair = _tried(units, problems, gap_width_m)
    figures = _figures(file, units, shapes, repair)
    compared = areas is not None
    return BoundaryReport(
        file.name, units.kind, units.scheme, figures, problems, units.rows, repair, compared
    )


def _tried(units: Units, problems: list[Problem], gap_width_m: float) -> Repair | None:
    """Repair where nothing stands against it; what stands against the repair is a problem, too."""
    if any(problem.severity == "error" for problem in problems):
        return None
    drawn = units.rows[units.rows.geometry.notna()].set_index("unit_id")
    try:
        return repair_boundaries(drawn, gap_width_m=gap_width_m)
    except BoundaryError as error:
        problems += error.problems
        return None


def _as_file(boundaries: BoundaryFile | gpd.GeoDataFrame) -> BoundaryFile:
    if isinstance(boundaries, BoundaryFile):
        return boundaries
    shapes = boundaries.geometry.to_numpy().copy()
    kinds = shapely.get_type_id(shapes)
    defects = {i: _KINDS[k] for i, k in enumerate(kinds.tolist()) if k in _KINDS}
    defects |= dict.fromkeys(np.flatnonzero(kinds < 0).tolist(), "null")
    empty = np.flatnonzero(shapely.is_empty(shapes) & (kinds >= 0)).tolist()
    defects |= dict.fromkeys(empty, "empty")
    n_3d = int(shapely.has_z(shapes).sum())
    shapes = shapely.force_2d(shapes)
    shapes[list(defects)] = None
    told = pd.DataFrame(boundaries.drop(columns=boundaries.geometry.name))
    told = told.reset_index(drop=told.index.name is None)  # a named index may hold the codes
    rows = gpd.GeoDataFrame(told, geometry=shapes, crs=boundaries.crs)
    return BoundaryFile("-", "frame", rows, defects, n_3d)


def _shape_problems(file: BoundaryFile) -> list[Problem]:
    """Rows whose shape could not be made, and heights, which a boundary does not have."""
    found: dict[str, list[int]] = {}
    for row, reason in sorted(file.defects.items()):
        found.setdefault(_DEFECTS[reason], []).append(row + 1)
    problems = [
        Problem(key, {"n": len(rows), "rows": listed(pd.Series(rows))})
        for key, rows in found.items()
    ]
    if file.n_3d:
        problems.append(Problem("boundary_3d", {"n": file.n_3d}, "note"))
    return problems


_NO_SHAPES: dict[str, float] = {
    "area_km2": 0,
    "n_invalid": 0,
    "n_multipart": 0,
    "n_overlaps": 0,
    "overlap_ha": 0,
    "n_gaps": 0,
    "gap_ha": 0,
    "n_holes": 0,
    "hole_ha": 0,
}


def _coverage(units: Units, gap_width_m: float) -> tuple[dict[str, float], list[Problem]]:
    """Judge the shapes as a coverage: rings, overlaps, gaps, the same shape twice."""
    drawn = units.rows[units.rows.geometry.notna()]
    if drawn.empty:
        return _NO_SHAPES, []
    raw = drawn.geometry.to_numpy()
    shapes = polygons_of(raw)
    invalid, apart = ~shapely.is_valid(raw), shapely.get_num_geometries(raw) > 1
    crossing, holes = overlaps(shapes), gaps(shapes)
    slivers, lakes = holes.narrow(gap_width_m), holes.wide(gap_width_m)
    problems = [
        *_rows_problem("boundary_invalid", drawn["row"][invalid], "warning"),
        *_rows_problem("boundary_same_shape", drawn["row"][_same_shape(shapes)], "error"),
        *_area_problem("boundary_overlaps", crossing.m2, "warning"),
        *_area_problem("boundary_gaps", slivers.m2, "warning"),
        *_area_problem("boundary_holes", lakes.m2, "note"),
        *_rows_problem("boundary_multipart", drawn["row"][apart], "note"),
    ]
    figures: dict[str, float] = {
        "area_km2": round(float(area_m2(shapes).sum()) / 1e6, 4),
        "n_invalid": int(invalid.sum()),
        "n_multipart": int(apart.sum()),
        "n_overlaps": len(crossing),
        "overlap_ha": round(crossing.ha, 4),
        "n_gaps": len(slivers),
        "gap_ha": round(slivers.ha, 4),
        "n_holes": len(lakes),
        "hole_ha": round(lakes.ha, 4),
    }
    return figures, problems


def _same_shape(shapes: np.ndarray) -> np.ndarray:
    keys = pd.Series(shapely.to_wkb(shapely.normalize(shapes)))
    return keys.duplicated(keep=False).to_numpy()


def _rows_problem(key: str, rows: pd.Series, severity: Any) -> list[Problem]:
    return [Problem(key, {"n": len(rows), "rows": listed(rows)}, severity)] if len(rows) else []


def _area_problem(key: str, m2: np.ndarray, severity: Any) -> list[Problem]:
    if not len(m2):
        return []
    total = float(m2.sum())
    return [Problem(key, {"n": len(m2), "ha": round(total / 1e4, 4), "m2": round(total)}, severity)]


def _completeness(units: Units, areas: pd.DataFrame | None) -> list[Problem]:
    """The same area twice, and areas that have no polygon: these are named."""
    told = units.rows[units.rows["unit_id"].notna()]
    problems = []
    twice = told["unit_id"].duplicated(keep=False)
    if twice.any():
        facts = {"n": int(twice.sum()), "rows": listed(told["row"][twice])}
        ids = ", ".join(list(dict.fromkeys(told["unit_id"][twice]))[:5])
        problems.append(Problem("boundary_code_twice", facts | {"ids": ids}))
    missing = _missing(units)
    if len(missing):
        facts = {"n": len(missing), "areas": _named(missing, areas)}
        problems.append(Problem("boundary_without_polygon", facts, "warning"))
    return problems


def _missing(units: Units) -> list[str]:
    if units.expected is None:
        return []
    drawn = units.rows["unit_id"][units.rows.geometry.notna()]
    return [area for area in units.expected if area not in set(drawn)]


def _named(ids: list[str], areas: pd.DataFrame | None) -> str:
    names = {} if areas is None else dict(zip(areas["area_id"], areas["name"], strict=True))
    told = [f"{names[area]} ({area})" if area in names else area for area in ids[:_NAMED]]
    return ", ".join(told) + (", …" if len(ids) > _NAMED else "")


def _figures(
    file: BoundaryFile, units: Units, shapes: dict[str, float], repair: Repair | None
) -> dict[str, Any]:
    missing = _missing(units)
    return {
        "n_rows": len(file.rows),
        "n_units": len(units.rows),
        "n_matched": int(units.rows["unit_id"].nunique()),
        "n_expected": None if units.expected is None else len(units.expected),
        "n_missing": len(missing),
        "missing": missing,
        "n_uninhabited": units.n_uninhabited,
        "n_3d": file.n_3d,
        **shapes,
        "largest_change": None if repair is None else round(repair.largest_change, 6),
    }
