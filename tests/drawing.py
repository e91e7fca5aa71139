"""Maps drawn in text, so that a test shows the situation it is about."""

import geopandas as gpd
import shapely

CELL = 0.001
"""Side of one drawn cell, degrees: about 110 m, so a cell has about 1.22 ha."""

WEST, SOUTH = 116.80, -8.80


def draw(picture: str, west: float = WEST, south: float = SOUTH) -> gpd.GeoDataFrame:
    """
    Turn a drawing into polygons (EPSG:4326); equal letters form one area, `.` is empty land.

    Neighbours share their corners, as in a true coverage.

    >>> draw('''
    ...     A A B
    ...     A C C
    ... ''').index.tolist()
    ['A', 'B', 'C']
    """
    cells: dict[str, list[shapely.Polygon]] = {}
    for y, row in enumerate(reversed(picture.strip().splitlines())):
        for x, name in enumerate(row.split()):
            if name != ".":
                cells.setdefault(name, []).append(cell(x, y, west, south))
    names = sorted(cells)
    shapes = shapely.coverage_clean([shapely.union_all(cells[name]) for name in names])
    return gpd.GeoDataFrame(index=names, geometry=shapes, crs=4326)


def cell(x: float, y: float, west: float = WEST, south: float = SOUTH) -> shapely.Polygon:
    """Return one cell of a drawing, counted from its lower left corner."""
    left, low = west + x * CELL, south + y * CELL
    return shapely.box(left, low, left + CELL, low + CELL)
