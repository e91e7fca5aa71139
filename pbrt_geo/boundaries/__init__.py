"""Boundaries: check, repair without moving anybody, import into a region, compare vintages."""

from pbrt_geo.boundaries.bring import ImportResult, import_boundaries, import_file
from pbrt_geo.boundaries.build import build_indicative
from pbrt_geo.boundaries.check import BoundaryReport, check_boundaries, check_file
from pbrt_geo.boundaries.compare import Comparison, compare_boundaries
from pbrt_geo.boundaries.indicative import Indicative, indicative_boundaries
from pbrt_geo.boundaries.repair import Repair, repair_boundaries
from pbrt_geo.boundaries.shapes import area_m2, gaps, overlaps, simplify_coverage
from pbrt_geo.boundaries.units import Options
from pbrt_geo.boundaries.vintages import FileOptions, compare_vintages

__all__ = [
    "BoundaryReport",
    "Comparison",
    "FileOptions",
    "ImportResult",
    "Indicative",
    "Options",
    "Repair",
    "area_m2",
    "build_indicative",
    "check_boundaries",
    "check_file",
    "compare_boundaries",
    "compare_vintages",
    "gaps",
    "import_boundaries",
    "import_file",
    "indicative_boundaries",
    "overlaps",
    "repair_boundaries",
    "simplify_coverage",
]
