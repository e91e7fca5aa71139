"""Cells around points, drawn once for a whole region so that neighbours share every corner.

What is built upon a house must not show where it stands. Bisectors between houses do: from a few of
them the houses can be computed back. So houses are first counted in the squares of a fixed
grid, and only "which RT has most houses in this square" goes into the drawing. Why so, and
what is left to see: docs/decisions/0012.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.boundaries.shapes import METRES_PER_DEGREE
from pbrt_geo.spatial import locate

_SHAKEN = 0.02  # of a square: no four centres on one circle, where corners would nearly meet
_OVERSHOOT = 1e-7  # degrees, about 1 cm: lines must cross the border of their desa to be cut there


@dataclass
class Faces:
    """
    Pieces of land, each inside one desa and nearest to one RT.

    `desa` and `unit` are positions, `house` is the piece of each house (-1: none), `n` counts the
    houses by (piece, unit of the house), and `border` has the pairs of pieces of the same desa
    that share an edge, with its length.
    """

    shapes: np.ndarray
    desa: np.ndarray
    unit: np.ndarray
    house: np.ndarray
    n: pd.Series
    border: pd.DataFrame


def into_squares(points: pd.DataFrame, side_m: float) -> pd.DataFrame:
    """
    Move every house to the middle of its square.

    Parameters
    ----------
    points
        One row per house: `x`, `y` in degrees; other columns stay.
    side_m
        Side of the squares, metres. They lie on a fixed grid, the same for all data.
    """
    side = side_m / METRES_PER_DEGREE
    column = np.floor(points["x"].to_numpy() / side).astype(np.int64)
    row = np.floor(points["y"].to_numpy() / side).astype(np.int64)
    x = (column + 0.5 + _SHAKEN * _noise(column, row)) * side
    y = (row + 0.5 + _SHAKEN * _noise(row, column)) * side
    return points.assign(x=x, y=y)


def squares_of(points: pd.DataFrame) -> pd.DataFrame:
    """
    Give each square to the unit with most houses in it, the first if equal.

    Parameters
    ----------
    points
        Houses in the middle of their squares: `x`, `y`, `desa` and `unit` (positions).

    Returns
    -------
    squares
        `x`, `y`, `desa`, `unit`; one row per desa and square.
    """
    counted = points[["x", "y", "desa", "unit"]].value_counts().rename("n").reset_index()
    counted = counted.sort_values(["n", "unit"], ascending=[False, True], kind="stable")
    first = counted.drop_duplicates(["x", "y", "desa"]).drop(columns="n")
    return first.sort_values(["desa", "x", "y"], ignore_index=True)


def _noise(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Numbers from -0.5 to 0.5 that depend on the square alone, never on what is in it."""
    mixed = (a * 73_856_093) ^ (b * 19_349_663)
    return (mixed * 2_654_435_761 % 2**32) / 2**32 - 0.5


def faces_of(centres: pd.DataFrame, land: np.ndarray, points: pd.DataFrame) -> Faces:
    """
    Cut the land of every desa into pieces, by which unit's centre is nearest.

    All lines are cut with each other in one go: a corner is computed once, also where a line ends
    on the border of its desa and the neighbour's piece needs the corner, too.

    Parameters
    ----------
    centres
        `x`, `y`, `desa`, `unit`.
    land
        Valid polygons of the desa; only those with a centre are cut.
    points
        Houses as in `squares_of`, to be counted in the pieces.
    """
    used = np.unique(centres["desa"])
    lines = [*shapely.boundary(land[used]), *_lines(centres, land)]
    shapes = shapely.get_parts(shapely.polygonize([shapely.union_all(lines)]))
    inside = shapely.get_coordinates(shapely.point_on_surface(shapes))
    desa = np.append(used, -1)[locate(inside[:, 0], inside[:, 1], gpd.GeoSeries(land[used]))]
    shapes, inside, desa = shapes[desa >= 0], inside[desa >= 0], desa[desa >= 0]
    unit = _nearest(inside, desa, centres)
    house = _face_of(points, shapes, desa)
    counted = pd.DataFrame({"face": house, "unit": points["unit"]})[house >= 0]
    return Faces(shapes, desa, unit, house, counted.value_counts(), _borders(shapes, desa))


def _face_of(points: pd.DataFrame, shapes: np.ndarray, desa: np.ndarray) -> np.ndarray:
    """Piece of each house; the nearest of its desa where the middle of its square is beyond it."""
    face = locate(points["x"], points["y"], gpd.GeoSeries(shapes))
    own = points["desa"].to_numpy()
    beyond = np.append(desa, -1)[face] != own
    face[beyond] = -1
    for here in np.unique(own[beyond]):
        pieces, asked = np.flatnonzero(desa == here), np.flatnonzero(beyond & (own == here))
        if len(pieces):
            spots = shapely.points(points[["x", "y"]].to_numpy()[asked])
            face[asked] = pieces[shapely.STRtree(shapes[pieces]).nearest(spots)]
    return face


def _lines(centres: pd.DataFrame, land: np.ndarray) -> list[shapely.Geometry]:
    """Lines between the cells of different units in each desa, a little longer than it."""
    found = []
    for desa, own in centres.groupby("desa"):
        if own["unit"].nunique() < 2:
            continue
        spots = shapely.MultiPoint(own[["x", "y"]].to_numpy())
        cells = shapely.voronoi_polygons(spots, extend_to=land[desa], ordered=True)
        edges = _edges(shapely.get_parts(cells))
        unit = own["unit"].to_numpy()
        parted = unit[edges["first"]] != unit[edges["second"]]
        ends = edges.loc[parted, ["x1", "y1", "x2", "y2"]].to_numpy().reshape(-1, 2, 2)
        near = shapely.buffer(land[desa], _OVERSHOOT, quad_segs=1)
        found.append(shapely.intersection(shapely.multilinestrings(list(ends)), near))
    return found


def _edges(shapes: np.ndarray) -> pd.DataFrame:
    """Edges that two shapes share: the two ends and the positions of both shapes."""
    rings, owner = shapely.get_rings(shapes, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    a, b = points[:-1][same], points[1:][same]
    turn = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    a[turn], b[turn] = b[turn], a[turn].copy()
    ends = pd.DataFrame(np.hstack([a, b]), columns=["x1", "y1", "x2", "y2"])
    ends["first"] = owner[ring[:-1][same]]
    places = ["x1", "y1", "x2", "y2"]
    ends = ends.sort_values([*places, "first"], ignore_index=True)
    nxt = ends.shift(-1)
    pairs = ends[(ends[places] == nxt[places]).all(axis=1)]
    return pairs.assign(second=nxt.loc[pairs.index, "first"].astype(int))


def _borders(shapes: np.ndarray, desa: np.ndarray) -> pd.DataFrame:
    edges = _edges(shapes)
    edges = edges[desa[edges["first"]] == desa[edges["second"]]]
    length = np.hypot(edges["x2"] - edges["x1"], edges["y2"] - edges["y1"])
    one_way = edges[["first", "second"]].assign(length=length)
    other_way = one_way.rename(columns={"first": "second", "second": "first"})
    both = pd.concat([one_way, other_way])
    return both.groupby(["first", "second"], as_index=False)["length"].sum()


def _nearest(inside: np.ndarray, desa: np.ndarray, centres: pd.DataFrame) -> np.ndarray:
    unit = np.full(len(inside), -1)
    for own_desa, own in centres.groupby("desa"):
        asked = np.flatnonzero(desa == own_desa)
        tree = shapely.STRtree(shapely.points(own["x"], own["y"]))
        unit[asked] = own["unit"].to_numpy()[tree.nearest(shapely.points(inside[asked]))]
    return unit


# ── islands ─────────────────────────────────────────────────────────────────────────────────────


def settle(faces: Faces, total: np.ndarray, least: np.ndarray, stray_share: float) -> None:
    """
    Give small parts of a unit to the neighbour with the longest common border, in place.

    A part stays if it is the unit's largest, or holds more than `stray_share` of its houses; and
    in any case only with `least` houses. One with no neighbour in its desa stays as well.

    Parameters
    ----------
    total
        Houses of each unit.
    least
        Houses that a part of each unit must hold.
    """
    for _ in range(len(faces.shapes)):
        parts = _parts(faces)
        parts["small"] = (parts["n"] < least[parts["unit"]]) | (
            ~parts["largest"] & (parts["n"] <= stray_share * total[parts["unit"]])
        )
        moves = _moves(faces, parts)
        if moves.empty:
            return
        faces.unit[moves.index] = moves.to_numpy()


def _parts(faces: Faces) -> pd.DataFrame:
    """Connected pieces of the same unit, by piece: `part`, `unit`, `n`, `largest`."""
    part = np.arange(len(faces.shapes))
    first, second = faces.border["first"].to_numpy(), faces.border["second"].to_numpy()
    alike = faces.unit[first] == faces.unit[second]
    first, second = first[alike], second[alike]
    while (part[first] != part[second]).any():
        np.minimum.at(part, first, part[second])
        part = part[part]
    at = pd.MultiIndex.from_arrays([np.arange(len(part)), faces.unit])
    own = faces.n.reindex(at, fill_value=0).to_numpy()
    found = pd.DataFrame({"part": part, "unit": faces.unit, "area": shapely.area(faces.shapes)})
    found["n"] = np.bincount(part, own, minlength=len(part))[part].astype(int)
    found["area"] = np.bincount(part, found["area"], minlength=len(part))[part]
    ranked = found.sort_values(["n", "area", "part"], ascending=[False, False, True])
    main = ranked.drop_duplicates("unit").set_index("unit")["part"]
    found["largest"] = found["part"].to_numpy() == main.reindex(found["unit"]).to_numpy()
    return found


def _moves(faces: Faces, parts: pd.DataFrame) -> pd.Series:
    """New unit of the pieces that change hands: small parts beside one that is not small."""
    border = faces.border.assign(
        part=parts["part"].to_numpy()[faces.border["first"]],
        unit=faces.unit[faces.border["second"]],
    )
    small = parts["small"].to_numpy()
    useful = small[border["first"]] & ~small[border["second"]]
    shared = border[useful].groupby(["part", "unit"], as_index=False)["length"].sum()
    shared = shared.sort_values(["length", "unit"], ascending=[False, True])
    taker = shared.drop_duplicates("part").set_index("part")["unit"]
    moved = parts["part"].map(taker)
    return moved[moved.notna()].astype(int)


def dissolved(faces: Faces, tolerance_m: float) -> pd.DataFrame:
    """
    Join the pieces of each unit, and smooth lines inside a desa; its border stays as it is.

    Returns
    -------
    cells
        `desa`, `unit`, `geometry`: one row per unit.
    """
    rows = []
    for (desa, unit), own in pd.Series(faces.shapes).groupby([faces.desa, faces.unit]):
        rows.append((desa, unit, shapely.coverage_union_all(own.to_numpy())))
    cells = pd.DataFrame(rows, columns=["desa", "unit", "geometry"])
    for _, own in cells.groupby("desa"):
        smooth = shapely.coverage_simplify(
            own["geometry"].to_numpy(), tolerance_m / METRES_PER_DEGREE, simplify_boundary=False
        )
        cells.loc[own.index, "geometry"] = smooth
    return cells
