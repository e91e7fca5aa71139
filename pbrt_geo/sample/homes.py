"""Where houses stand: inside the block of their RT, close together, near the road."""

import numpy as np
import shapely

from pbrt_geo.sample.lineage import Lineage
from pbrt_geo.sample.places import Places
from pbrt_geo.sample.terrain import Floats, Ints, to_degrees

HOUSE_DECIMALS = 5
SPREAD_KM = 0.22
"""How quickly houses thin out away from village and road."""


class Homes:
    """Draws house points for blocks; a block without polygon gives no point (NaN)."""

    def __init__(
        self, places: Places, lineage: Lineage, shapes: dict[int, shapely.Geometry]
    ) -> None:
        self._sites, self._area = places.mesh.sites, places.mesh.area
        self._shapes = np.full(len(lineage.blocks), None, dtype=object)
        self._cells: dict[int, tuple[Ints, Floats]] = {}
        for block, shape in shapes.items():
            shapely.prepare(shape)
            self._shapes[block] = shape
            cells = np.flatnonzero((lineage.block_of == block) & (places.piece == 0))
            remote = places.remote[cells] - places.remote[cells].min()
            weight = self._area[cells] * np.exp(-remote / SPREAD_KM)
            self._cells[block] = cells, np.cumsum(weight) / weight.sum()

    def draw(self, blocks: Ints, random: np.random.Generator) -> Floats:
        """Return one point (lon, lat) in each of `blocks`; blocks may repeat."""
        points = np.full((len(blocks), 2), np.nan)
        open_ = np.flatnonzero([shape is not None for shape in self._shapes[blocks]])
        for _ in range(20):
            points[open_] = self._try(blocks[open_], random)
            inside = shapely.contains_xy(self._shapes[blocks[open_]], *points[open_].T)
            open_ = open_[~inside]
            if not len(open_):
                return points
        within = shapely.point_on_surface(self._shapes[blocks[open_]])
        points[open_] = np.round(shapely.get_coordinates(within), HOUSE_DECIMALS)
        return points

    def _try(self, blocks: Ints, random: np.random.Generator) -> Floats:
        chosen = np.empty(len(blocks), dtype=int)
        luck = random.random(len(blocks))
        for block in np.unique(blocks):
            mine = blocks == block
            cells, share = self._cells[int(block)]
            chosen[mine] = cells[np.searchsorted(share, luck[mine])]
        shift = random.uniform(-0.5, 0.5, (len(blocks), 2))
        size = np.minimum(np.sqrt(self._area[chosen]), 0.2)
        return to_degrees(self._sites[chosen] + shift * size[:, None], HOUSE_DECIMALS)
