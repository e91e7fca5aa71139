"""A grid over the edges of areas that answers "which area holds this point?" for many points.

A cell that no edge touches lies wholly inside or outside of every area: its points are answered
by one look-up. In the other cells a straight line is drawn from the cell's anchor, whose areas are
known, to the point; each edge of an area that the line crosses turns "inside" to "outside" or
back. Crowded cells are split in four, so that a dense village costs no more than a wide forest.
Where rounding could decide (a point or an anchor on an edge, or nearly) and where edges stay
crowded, the point is called doubtful and left to GEOS by `pbrt_geo.spatial`.
"""

from dataclasses import dataclass

import numpy as np
import shapely

Pairs = tuple[np.ndarray, np.ndarray]
Triples = tuple[np.ndarray, np.ndarray, np.ndarray]

ANCHOR = 0.5317  # place of the anchor in its cell, odd enough that round coordinates avoid it
SIDE = 2.5  # side of a cell in mean edge lengths; from 2 to 3.5 it makes little difference
CROWDED = 48  # a cell that more edges touch is split; with as many left at the end GEOS is faster
SPLITS = 12  # how often in a row
MARGIN = 1e-6  # of a cell's side: more than rounding can move an edge
ROUNDING = 64 * np.finfo(float).eps  # of a number: more than our few steps of rounding can change
BLOCK = 1 << 16  # edges or points worked on at once: their columns stay in the cache
PAIRS = 1 << 14  # pairs of a point and an edge worked on at once, for the same reason


@dataclass(frozen=True)
class _Edges:
    """All edges as rows of x, y, x, y; the area of each; the largest coordinate there is."""

    lines: np.ndarray
    area: np.ndarray
    n_areas: int
    reach: float


def _read_edges(areas: np.ndarray) -> Pairs:
    parts, area = shapely.get_parts(areas, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    moves = (points[1:, 0] != points[:-1, 0]) | (points[1:, 1] != points[:-1, 1])
    start = np.flatnonzero((ring[1:] == ring[:-1]) & moves)
    lines = np.hstack([points.take(start, axis=0), points.take(start + 1, axis=0)])
    return lines, area.take(part).take(ring.take(start))


def _ranges(first: np.ndarray, count: np.ndarray) -> Pairs:
    """Write out ranges of numbers: of each number, which range it belongs to, and the number."""
    which = np.repeat(np.arange(len(count)), count)
    return which, np.arange(len(which)) + np.repeat(first - np.cumsum(count) + count, count)


class _Layer:
    """
    Square cells of one size, which need not touch each other.

    Of each cell are kept: its anchor `x`, `y`; the edges that touch it, `edge[first : first +
    count]`; `owner`, the first area that holds the anchor (-1: none), the others in `more_cell`
    and `more_area`; `child`, the first of its four quarters in the layer `finer` (-1: not split);
    `unsure`, if its points are left to GEOS.
    """

    def __init__(
        self, edges: _Edges, side: float, anchors: Pairs, touched: Pairs, held: Pairs
    ) -> None:
        self.edges, self.side = edges, side
        self.near = ROUNDING * max(edges.reach, side)  # a distance that rounding could make
        self.x, self.y = anchors
        n_cells = len(self.x)
        cell, edge = touched
        self.edge = edge.take(np.argsort(cell, kind="stable"))
        self.count = np.bincount(cell, minlength=n_cells).astype(np.int32)
        self.first = np.cumsum(self.count) - self.count
        cell, area = held  # areas ascend within a cell
        self.owner = np.full(n_cells, -1, dtype=np.int32)
        self.owner[cell[::-1]] = area[::-1]
        more = np.flatnonzero(self.owner.take(cell) != area)
        more = more[np.argsort(cell[more], kind="stable")]
        self.more_cell, self.more_area = cell[more], area[more]
        self.unsure = np.zeros(n_cells, dtype=bool)
        self.finer: _Layer | None = None

    def locate(self, cell: np.ndarray, x: np.ndarray, y: np.ndarray) -> Pairs:
        """Return for each point the first area that holds it (-1: none), and if it is doubtful."""
        if self.finer is None:
            return self._locate_here(cell, x, y)
        found, doubtful = np.empty(len(x), dtype=np.int64), np.empty(len(x), dtype=bool)
        split = self.child[cell] >= 0
        here, deeper = np.flatnonzero(~split), np.flatnonzero(split)
        found[here], doubtful[here] = self._locate_here(cell[here], x[here], y[here])
        parent, px, py = cell[deeper], x[deeper], y[deeper]
        quarter = (px >= self._middle(self.x[parent])) + 2 * (py >= self._middle(self.y[parent]))
        found[deeper], doubtful[deeper] = self.finer.locate(self.child[parent] + quarter, px, py)
        return found, doubtful

    def split(self, splits: int = SPLITS) -> None:
        """Split crowded cells again and again, while the list of edges stays within bounds."""
        crowded = self.count > CROWDED
        parents = np.flatnonzero(crowded & ~self.unsure)
        if len(parents) and splits and self.count[parents].sum() <= len(self.edges.lines):
            self.child = np.full(len(self.x), -1, dtype=np.int32)
            self.child[parents] = 4 * np.arange(len(parents))
            self.finer = self._quarters(parents)
            self.finer.split(splits - 1)
        else:
            self.unsure |= crowded

    def _middle(self, anchor: np.ndarray) -> np.ndarray:
        return anchor + (0.5 - ANCHOR) * self.side

    def _locate_here(self, cell: np.ndarray, x: np.ndarray, y: np.ndarray) -> Pairs:
        found, doubtful = self.owner.take(cell).astype(np.int64), self.unsure.take(cell)
        busy = np.flatnonzero((self.count.take(cell) > 0) & ~doubtful)
        point, crossed, near = self._crossings(cell[busy], x[busy], y[busy])
        doubtful[busy[near]] = True
        moved = np.flatnonzero(np.bincount(point, minlength=len(busy)))
        found[busy[moved]] = -1
        point, area = self._held(cell[busy], moved, point, crossed)
        found[busy[point[::-1]]] = area[::-1]  # the last to be written is the first area
        return found, doubtful

    def _crossings(self, cell: np.ndarray, x: np.ndarray, y: np.ndarray) -> Triples:
        """
        Draw a line from anchor to point.

        Returns which points cross an edge of which area, and which points are nearly on an edge.
        """
        pairs = np.cumsum(self.count[cell], dtype=np.int64)
        n_pieces = 1 + int(pairs[-1]) // PAIRS if len(pairs) else 1
        if n_pieces == 1:
            return self._crossings_at_once(cell, x, y)
        limits = np.searchsorted(pairs, np.arange(1, n_pieces) * PAIRS)
        starts, ends = np.append(0, limits), np.append(limits, len(cell))
        found = []
        for start, end in zip(starts, ends, strict=True):
            some = slice(start, end)
            point, area, near = self._crossings_at_once(cell[some], x[some], y[some])
            found.append((point + start, area, near + start))
        point, area, near = (np.concatenate(part) for part in zip(*found, strict=True))
        return point, area, near

    def _crossings_at_once(self, cell: np.ndarray, x: np.ndarray, y: np.ndarray) -> Triples:
        point, entry = _ranges(self.first.take(cell), self.count.take(cell))
        edge = self.edge.take(entry)
        anchor_x, anchor_y = self.x.take(cell), self.y.take(cell)
        px, py = (x - anchor_x).take(point), (y - anchor_y).take(point)
        lines = self.edges.lines.take(edge, axis=0)
        lines -= _twice(anchor_x, anchor_y).take(point, axis=0)
        ax, ay, bx, by = lines.T
        # The same corner gives the same number in both of its edges, so a line through a corner
        # crosses both edges or neither, as it must.
        side_a, side_b = px * ay - py * ax, px * by - py * bx
        slack = 2 * self.side * self.near
        reached = (np.minimum(side_a, side_b) <= slack) & (np.maximum(side_a, side_b) >= -slack)
        some = np.flatnonzero(reached)
        ax, ay, side_a, side_b = ax[some], ay[some], side_a[some], side_b[some]
        dx, dy = bx[some] - ax, by[some] - ay
        of_anchor = dy * ax - dx * ay
        of_point = of_anchor - (side_b - side_a)
        close = np.minimum(np.abs(of_anchor), np.abs(of_point))
        near = close <= self.near * (np.abs(dx) + np.abs(dy)) + ROUNDING * self.side**2
        crosses = ((side_a >= 0) != (side_b >= 0)) & ((of_anchor >= 0) != (of_point >= 0))
        return point[some[crosses]], self.edges.area[edge[some[crosses]]], point[some[near]]

    def _held(
        self, cell: np.ndarray, points: np.ndarray, point: np.ndarray, crossed: np.ndarray
    ) -> Pairs:
        """Return, in order, pairs of `points` and the areas that hold them, by their crossings."""
        owner = self.owner[cell[points]]
        owned = owner >= 0
        first = np.searchsorted(self.more_cell, cell[points])
        count = np.searchsorted(self.more_cell, cell[points], side="right") - first
        which, entry = _ranges(first, count)
        holder = np.concatenate([point, points[owned], points[which]])
        area = np.concatenate([crossed, owner[owned], self.more_area[entry]])
        pairs = np.sort(holder * self.edges.n_areas + area)
        start = np.flatnonzero(np.diff(pairs, prepend=-1))
        odd = np.diff(start, append=len(pairs)) % 2 == 1
        return np.divmod(pairs[start[odd]], self.edges.n_areas)

    def _quarters(self, parents: np.ndarray) -> "_Layer":
        """Make the layer of the four quarters of each parent."""
        side, n = self.side / 2, len(parents)
        parent = np.repeat(parents, 4)
        west = self.x[parent] - ANCHOR * self.side + side * np.tile([0, 1, 0, 1], n)
        south = self.y[parent] - ANCHOR * self.side + side * np.tile([0, 0, 1, 1], n)
        x, y = west + ANCHOR * side, south + ANCHOR * side
        point, crossed, near = self._crossings(parent, x, y)
        held = self._held(parent, np.arange(len(x)), point, crossed)
        child, entry = _ranges(self.first[parent], self.count[parent])
        edge = self.edge[entry]
        touches = _touches(
            self.edges.lines[edge], west[child] + side / 2, south[child] + side / 2, side
        )
        layer = _Layer(self.edges, side, (x, y), (child[touches], edge[touches]), held)
        layer.unsure[near] = True
        return layer


def _twice(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack([x, y, x, y], axis=1)


def _touches(lines: np.ndarray, x: np.ndarray, y: np.ndarray, side: float) -> np.ndarray:
    """Tell which edges touch the square around x, y (no line separates the two)."""
    ax, ay, bx, by = (lines - _twice(x, y)).T
    dx, dy, half = bx - ax, by - ay, side * (0.5 + MARGIN)
    beside = np.abs(ax + bx) <= 2 * half + np.abs(dx)
    above = np.abs(ay + by) <= 2 * half + np.abs(dy)
    across = np.abs(ax * dy - ay * dx) <= half * (np.abs(dx) + np.abs(dy))
    return beside & above & across


class EdgeGrid:
    """The grid over an array of polygons; `None` and empty ones hold no point."""

    def __init__(self, areas: np.ndarray) -> None:
        lines, area = _read_edges(areas)
        self.n_edges = len(lines)
        if not self.n_edges:
            return
        bounds, length = shapely.total_bounds(areas), float(np.nansum(shapely.length(areas)))
        self.edges = _Edges(lines, area, len(areas), float(np.abs(bounds).max()))
        self._lay_out(bounds, length / self.n_edges)
        across = self.west + (np.arange(self.columns) + ANCHOR) * self.side
        upwards = self.south + (np.arange(self.rows) + ANCHOR) * self.side
        anchors = np.tile(across, self.rows), np.repeat(upwards, self.columns)
        self.top = _Layer(self.edges, self.side, anchors, self._touched(), self._held(upwards))
        self.top.split()

    def locate(self, x: np.ndarray, y: np.ndarray) -> Pairs:
        """Return for each point the first area that holds it (-1: none), and if it is doubtful."""
        found, doubtful = np.full(len(x), -1), np.zeros(len(x), dtype=bool)
        for start in range(0, len(x) if self.n_edges else 0, BLOCK):
            column = (x[start : start + BLOCK] - self.west) / self.side
            row = (y[start : start + BLOCK] - self.south) / self.side
            inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
            some = np.flatnonzero(inside)
            cell = row[some].astype(np.int32) * self.columns + column[some].astype(np.int32)
            some += start
            found[some], doubtful[some] = self.top.locate(cell, x[some], y[some])
        return found, doubtful

    def _lay_out(self, bounds: np.ndarray, edge_length: float) -> None:
        """Choose the side of the cells by the mean length of edges; at most four for an edge."""
        self.west, self.south, east, north = bounds
        width, height = east - self.west, north - self.south
        for_few_cells = max(np.sqrt(width * height / self.n_edges) / 2, width / self.n_edges)
        for_rounding = ROUNDING * self.edges.reach / MARGIN
        self.side = max(SIDE * edge_length, for_few_cells, height / self.n_edges, for_rounding)
        self.columns, self.rows = int(width / self.side) + 1, int(height / self.side) + 1

    def _touched(self) -> Pairs:
        """Pair each edge with the cells that it touches."""
        pieces = [self._touched_by(start) for start in range(0, self.n_edges, BLOCK)]
        cell, edge = np.hstack([np.zeros((2, 0), dtype=np.int32), *pieces])
        return cell, edge

    def _touched_by(self, start: int) -> np.ndarray:
        """Go row by row along a block of edges, so that long edges do no harm."""
        origin = [self.west, self.south, self.west, self.south]
        lines = (self.edges.lines[start : start + BLOCK] - origin) / self.side
        x0, y0, x1, y1 = np.ascontiguousarray(lines.T)
        low, high = np.minimum(y0, y1), np.maximum(y0, y1)
        edge, row = _spans(low, high, self.rows)
        slope = np.divide(x1 - x0, y1 - y0, out=np.zeros_like(x0), where=y0 != y1)[edge]
        enters = x0[edge] + (np.maximum(row - MARGIN, low[edge]) - y0[edge]) * slope
        leaves = x0[edge] + (np.minimum(row + 1 + MARGIN, high[edge]) - y0[edge]) * slope
        level = np.flatnonzero((y0 == y1)[edge])
        leaves[level] = x1[edge[level]]
        low, high = np.minimum(enters, leaves), np.maximum(enters, leaves)
        which, column = _spans(low, high, self.columns)
        cell = row[which] * self.columns + column
        return np.stack([cell, edge[which] + start]).astype(np.int32)

    def _held(self, levels: np.ndarray) -> Pairs:
        """Pair anchors with the areas that hold them: fill between the crossings of each row."""
        pieces = [self._crossings_of(start, levels) for start in range(0, self.n_edges, BLOCK)]
        area_row, place = np.hstack([np.zeros((2, 0)), *pieces])
        order = np.lexsort([place, area_row])
        place = place.take(order)
        area, row = np.divmod(area_row.take(order[::2]).astype(np.int64), self.rows)
        begins = np.ceil(np.maximum(place[::2], 0)).astype(np.int64)
        ends = np.floor(np.minimum(place[1::2], self.columns - 1)).astype(np.int64)
        which, column = _ranges(begins, np.maximum(ends - begins + 1, 0))
        return (row * self.columns).take(which) + column, area.take(which)

    def _crossings_of(self, start: int, levels: np.ndarray) -> np.ndarray:
        """Return where edges cross the rows of anchors: area and row in one number, and place."""
        x0, y0, x1, y1 = self.edges.lines[start : start + BLOCK].T
        low = (np.minimum(y0, y1) - self.south) / self.side - ANCHOR
        high = (np.maximum(y0, y1) - self.south) / self.side - ANCHOR
        first = np.ceil(np.maximum(low - MARGIN, 0)).astype(np.int64)
        last = np.floor(np.minimum(high + MARGIN, self.rows - 1)).astype(np.int64)
        edge, row = _ranges(first, np.maximum(last - first + 1, 0))
        crosses = (y0[edge] <= levels[row]) != (y1[edge] <= levels[row])
        edge, row = edge[crosses], row[crosses]
        slope = (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
        place = (x0[edge] + (levels[row] - y0[edge]) * slope - self.west) / self.side - ANCHOR
        return np.stack([self.edges.area[edge + start] * self.rows + row, place])


def _spans(low: np.ndarray, high: np.ndarray, n: int) -> Pairs:
    """Write out the rows (or columns) that each span from `low` to `high` touches."""
    first = np.maximum(low - MARGIN, 0).astype(np.int32)
    last = np.minimum(high + MARGIN, n - 1).astype(np.int32)
    return _ranges(first, last - first + 1)
