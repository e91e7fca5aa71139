"""Where things lie: the desa and their facts, roads between them, villages along the roads."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from pbrt_geo.sample.mesh import SEA, Mesh, build_mesh, cell_size, find_land
from pbrt_geo.sample.partition import keep_whole, share_out
from pbrt_geo.sample.quota import read_facts
from pbrt_geo.sample.terrain import (
    Floats,
    Ints,
    Land,
    distance_to_lines,
    fractal_noise,
    random_of,
    to_plane,
    wander,
    warp,
)


@dataclass(frozen=True)
class Places:
    """The mesh, its land, the desa of each cell, the roads, and the villages of each desa."""

    mesh: Mesh
    piece: Ints
    desa: pd.DataFrame
    desa_of: Ints
    roads: shapely.MultiLineString
    villages: Floats
    remote: Floats


def lay_out(land: Land, desa: pd.DataFrame, seed: int) -> Places:
    """Lay roads and villages, cover the land with a mesh, and share it among the desa."""
    centres = to_plane(desa.loc[desa["is_mapped"], ["label_lon", "label_lat"]].to_numpy())
    roads = _roads(centres, random_of(seed, "roads"))
    villages, owner = _villages(centres, roads, land)
    reach = _reach(desa[desa["is_mapped"]], owner)

    def size(points: Floats) -> Floats:
        return cell_size(points, land, _remote(points, villages, roads, reach, seed))

    mesh = build_mesh(land, size, random_of(seed, "mesh"))
    piece = find_land(mesh, land)
    desa_of = _share_desa(mesh, piece, land, desa, seed)
    remote = _remote(mesh.sites, villages, roads, 0 * reach, seed)
    return Places(mesh, piece, desa, desa_of, roads, villages, remote)


def _roads(centres: Floats, random: np.random.Generator) -> shapely.MultiLineString:
    """Join the villages by the shortest network of roads (a spanning tree)."""
    apart = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
    joined, lines = {0}, []
    while len(joined) < len(centres):
        inside = np.array(sorted(joined))
        outside = np.setdiff1d(np.arange(len(centres)), inside)
        a, b = np.unravel_index(
            np.argmin(apart[np.ix_(inside, outside)]), (len(inside), len(outside))
        )
        ends = centres[[inside[a], outside[b]]]
        lines.append(wander(ends, np.array([0.10]), random, 0.1))
        joined.add(int(outside[b]))
    return shapely.MultiLineString(lines)


def _villages(centres: Floats, roads: shapely.MultiLineString, land: Land) -> tuple[Floats, Ints]:
    """Put the main village of each desa at its known point, and hamlets along the roads."""
    kept, owner = list(centres), list(range(len(centres)))
    shapely.prepare(land.mainland)
    for road in roads.geoms:
        for at in np.arange(0.9, road.length, 0.3):
            point = np.array(road.interpolate(at).coords[0])
            apart = np.hypot(*(np.array(kept) - point).T).min()
            to_main = np.hypot(*(centres - point).T)
            inland = shapely.contains_xy(land.mainland, *point)
            if apart > 1.5 and to_main.min() < 2.6 and inland:
                kept.append(point)
                owner.append(int(to_main.argmin()))
    return np.array(kept), np.array(owner)


def _reach(desa: pd.DataFrame, owner: Ints) -> Floats:
    """Say how far from each village its houses go; 1.35 is the shape that `_remote` gives."""
    each = desa["core_km2"].to_numpy() / np.bincount(owner, minlength=len(desa))
    return np.sqrt(each / 1.35)[owner]


def _remote(
    points: Floats, villages: Floats, roads: shapely.MultiLineString, reach: Floats, seed: int
) -> Floats:
    """Say how far outside the villages points lie; villages are long along their roads."""
    apart = np.full(len(points), np.inf)
    for village, radius in zip(villages, reach, strict=True):
        apart = np.minimum(apart, np.hypot(*(points - village).T) - radius)
    off_road = np.minimum(distance_to_lines(points, roads), 2.0)
    ripple = fractal_noise(points, 0.8, 3, random_of(seed, "ripple"))
    return apart + 0.9 * off_road + 0.08 * ripple


def _share_desa(mesh: Mesh, piece: Ints, land: Land, desa: pd.DataFrame, seed: int) -> Ints:
    """Give each land cell the row number of its desa, so that areas come close to the facts."""
    number = {desa_id: row for row, desa_id in enumerate(desa["desa_id"])}
    owner = np.full(len(piece), SEA)
    for k, (desa_id, _) in enumerate(land.islands, 1):
        owner[piece == k] = number[desa_id]
    wanted = desa["area_km2"].fillna(0).to_numpy()
    wanted = wanted - np.bincount(owner[owner >= 0], mesh.area[owner >= 0], len(desa))
    seeds, seed_desa = _desa_seeds(desa, number)
    cells = np.flatnonzero(piece == 0)
    places = warp(mesh.sites[cells], random_of(seed, "desa"), 1.0, 6.0)
    places[:] = _calm_near(mesh.sites[cells], places, seeds)
    mapped = np.unique(seed_desa)
    rank = np.searchsorted(mapped, seed_desa)
    share = share_out(mesh, cells, places, seeds, wanted[mapped], group=rank)
    label = np.where(piece == 0, SEA, SEA - 1)
    label[cells] = mapped[share]
    label = keep_whole(mesh, label, piece, fixed=SEA - 1)
    return np.where(piece == 0, label, owner)


def _calm_near(sites: Floats, places: Floats, seeds: Floats) -> Floats:
    """Let the warp fade near the villages, so that each stays in its own desa."""
    apart = np.hypot(*(sites[:, None] - seeds[None]).transpose(2, 0, 1)).min(axis=1)
    strength = np.clip(apart / 1.5, 0, 1)[:, None]
    return sites + (places - sites) * strength


def _desa_seeds(desa: pd.DataFrame, number: dict[str, int]) -> tuple[Floats, Ints]:
    mapped = desa[desa["label_lon"].notna()]
    arms = read_facts("arms.csv")
    points = np.vstack([mapped[["label_lon", "label_lat"]], arms[["lon", "lat"]]])
    owner = [number[desa_id] for desa_id in [*mapped["desa_id"], *arms["desa_id"]]]
    return to_plane(points), np.array(owner)
