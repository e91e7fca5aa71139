"""Boundaries: what is wrong with them, repair without moving anybody, and import into a region."""

from pbrt_geo.boundaries.bring import ImportResult, import_boundaries, import_file
from pbrt_geo.boundaries.check import BoundaryReport, check_boundaries, check_file
from pbrt_geo.boundaries.repair import Repair, repair_boundaries
from pbrt_geo.boundaries.shapes import area_m2, gaps, overlaps, simplify_coverage
from pbrt_geo.boundaries.units import Options

__all__ = [
    "BoundaryReport",
    "ImportResult",
    "Options",
    "Repair",
    "area_m2",
    "check_boundaries",
    "check_file",
    "gaps",
    "import_boundaries",
    "import_file",
    "overlaps",
    "repair_boundaries",
    "simplify_coverage",
]
