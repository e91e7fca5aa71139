"""From mesh cells to smooth polygons that fit together exactly, for every date.

The border of each block is cut into lines between junctions; each line is smoothed once
(Chaikin's corner cutting, which cannot make lines of a Voronoi mesh cross), rounded once, and
used by the block on either side. The boundary of an RT on a date is the union of its blocks.
"""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.sample.lineage import Lineage
from pbrt_geo.sample.mesh import SEA, Mesh
from pbrt_geo.sample.terrain import Floats, Ints, to_degrees

CRS = "EPSG:4326"


def block_shapes(mesh: Mesh, block_of: Ints) -> dict[int, shapely.Geometry]:
    """Draw each block that has land, in degrees."""
    lines, sides = _border_lines(mesh, block_of)
    smooth = [shapely.linestrings(to_degrees(_round_off(mesh.corners[line]))) for line in lines]
    around: dict[int, list[shapely.LineString]] = {}
    for line, pair in zip(smooth, sides, strict=True):
        for block in pair:
            around.setdefault(int(block), []).append(line)
    land = [block for block in sorted(around) if block != SEA]
    return {block: shapely.build_area(shapely.MultiLineString(around[block])) for block in land}


def _border_lines(mesh: Mesh, block_of: Ints) -> tuple[list[Ints], list[Ints]]:
    """Chain the edges between different blocks into lines from junction to junction."""
    sides = block_of[mesh.edge_cells]
    border = np.flatnonzero(sides[:, 0] != sides[:, 1])
    ends, sides = mesh.edge_corners[border], np.sort(sides[border], axis=1)
    degree = np.bincount(ends.ravel(), minlength=len(mesh.corners))
    order = np.argsort(ends.ravel(), kind="stable")
    start = np.searchsorted(ends.ravel()[order], np.arange(len(mesh.corners) + 1))
    used = np.zeros(len(border), dtype=bool)
    lines, pairs = [], []

    def follow(edge: int, corner: int) -> None:
        line = [corner]
        while True:
            used[edge] = True
            corner = int(ends[edge].sum() - line[-1])
            line.append(corner)
            if degree[corner] != 2 or corner == line[0]:
                break
            a, b = order[start[corner] : start[corner] + 2] // 2
            edge = int(b if a == edge else a)
        lines.append(np.array(line))
        pairs.append(sides[edge])

    junctions = np.flatnonzero((degree[ends] != 2).ravel())
    for slot in junctions:
        if not used[slot // 2]:
            follow(int(slot // 2), int(ends.ravel()[slot]))
    for edge in np.flatnonzero(~used):  # rings without a junction: islands
        if not used[edge]:
            follow(int(edge), int(ends[edge, 0]))
    return lines, pairs


def _round_off(line: Floats, rounds: int = 2) -> Floats:
    """Cut corners; the ends stay where they are, and a ring stays a ring."""
    for _ in range(rounds):
        if len(line) < 3:
            break
        ring = bool((line[0] == line[-1]).all())
        near, far = line[:-1] * 0.75 + line[1:] * 0.25, line[:-1] * 0.25 + line[1:] * 0.75
        cut = np.stack([near, far], axis=1).reshape(-1, 2)
        line = np.vstack([cut, cut[:1]]) if ring else np.vstack([line[:1], cut[1:-1], line[-1:]])
    return line


def rt_boundaries(
    shapes: dict[int, shapely.Geometry], lineage: Lineage, source: str
) -> gpd.GeoDataFrame:
    """Return the boundary of each RT for each period in which it did not change."""
    rows = []
    for number, life in lineage.rt.iterrows():
        for day, until, blocks in _periods(lineage, int(number), life):
            parts = [shapes[block] for block in blocks if block in shapes]
            if parts:
                rows.append((life["rt_id"], day, until, shapely.coverage_union_all(parts)))
    table = pd.DataFrame(rows, columns=["rt_id", "valid_from", "valid_to", "geometry"])
    table.insert(3, "boundary_kind", "schematic")
    table.insert(4, "source", source)
    table[["valid_from", "valid_to"]] = table[["valid_from", "valid_to"]].astype("datetime64[ms]")
    return gpd.GeoDataFrame(table, geometry="geometry", crs=CRS)


def _periods(
    lineage: Lineage, number: int, life: pd.Series
) -> Iterator[tuple[pd.Timestamp, pd.Timestamp, Ints]]:
    """Yield the periods in the life of an RT, each with the blocks it holds."""
    first, second = lineage.blocks["first"].to_numpy(), lineage.blocks["second"].to_numpy()
    mine = np.flatnonzero((first == number) | (second == number))
    changed = lineage.blocks["day"].iloc[mine]
    days = sorted({life["born"], *changed.dropna()} - {life["ended"]})
    for day, until in zip(days, [*days[1:], life["ended"]], strict=True):
        holds = np.where((changed <= day).to_numpy(), second[mine], first[mine])
        yield day, until, mine[holds == number]
