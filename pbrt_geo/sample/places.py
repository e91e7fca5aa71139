"""Where things lie: the desa and their facts, roads between them, villages along the roads."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from pbrt_geo.sample.mesh import SEA, Mesh, build_mesh, coastal_size, find_land
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

TINY_KM2 = 0.5
"""Desa smaller than this would be pushed off their point by their neighbours."""

FIXED = SEA - 1
"""Mark of cells that are given out already."""


@dataclass(frozen=True)
class Places:
    """
    The mesh and what is known of each cell of it.

    `piece` is the piece of land (0 the mainland), `desa_of` the row of `desa`, `remote` how far
    houses are: near a village and along its road it is small.
    """

    mesh: Mesh
    piece: Ints
    desa: pd.DataFrame
    desa_of: Ints
    remote: Floats


def lay_out(land: Land, desa: pd.DataFrame, seed: int) -> Places:
    """Lay roads and villages, cover the land with a mesh, and share it among the desa."""
    mapped = desa[desa["is_mapped"]].reset_index(drop=True)
    centres = to_plane(mapped[["label_lon", "label_lat"]].to_numpy())
    roads = _roads(centres, random_of(seed, "roads"))
    villages, owner = _villages(centres, roads, land)
    reach = _reach(mapped, owner)
    finest = np.sqrt(mapped["rt_km2"].to_numpy()[owner]) / 5

    def size(points: Floats) -> Floats:
        off_road = _off_road(points, roads, seed)
        allowed = [
            cell + 0.28 * np.clip(np.hypot(*(points - village).T) - radius + off_road, 0, None)
            for village, radius, cell in zip(villages, reach, finest, strict=True)
        ]
        return np.minimum.reduce([coastal_size(points, land), *allowed])

    mesh = build_mesh(land, size, random_of(seed, "mesh"))
    piece = find_land(mesh, land)
    desa_of = _share_desa(mesh, piece, land, desa, seed)
    apart = shapely.distance(shapely.points(mesh.sites), shapely.multipoints(villages))
    remote = apart + _off_road(mesh.sites, roads, seed)
    return Places(mesh, piece, desa, desa_of, remote)


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
    """Say how far from each village its houses go; 1.35 is the shape that roads give."""
    each = desa["core_km2"].to_numpy() / np.bincount(owner, minlength=len(desa))
    return np.sqrt(each / 1.35)[owner]


def _off_road(points: Floats, roads: shapely.MultiLineString, seed: int) -> Floats:
    """Say how much farther than it is a point off the road seems: villages follow roads."""
    ripple = fractal_noise(points, 0.8, 3, random_of(seed, "ripple"))
    return 0.9 * np.minimum(distance_to_lines(points, roads), 2.0) + 0.08 * ripple


def _share_desa(mesh: Mesh, piece: Ints, land: Land, desa: pd.DataFrame, seed: int) -> Ints:
    """Give each land cell the row number of its desa, so that areas come close to the facts."""
    number = {desa_id: row for row, desa_id in enumerate(desa["desa_id"])}
    owner = np.full(len(piece), SEA)
    for k, (desa_id, _) in enumerate(land.islands, 1):
        owner[piece == k] = number[desa_id]
    _place_tiny(mesh, piece, desa, owner, random_of(seed, "tiny"))
    given = owner >= 0
    wanted = desa["area_km2"].fillna(0).to_numpy()
    wanted = wanted - np.bincount(owner[given], mesh.area[given], len(desa))
    seeds, seed_desa = _desa_seeds(desa, number)
    cells = np.flatnonzero((piece == 0) & ~given)
    strayed = warp(mesh.sites[cells], random_of(seed, "desa"), 0.8, 3.5)
    villages = to_plane(desa.loc[desa["is_mapped"], ["label_lon", "label_lat"]].to_numpy())
    where = _calm_near(mesh.sites[cells], strayed, villages)
    mapped, area_of = np.unique(seed_desa, return_inverse=True)
    share = share_out(mesh, cells, where, seeds, wanted[mapped], area_of=area_of)
    label = np.where(given, FIXED, SEA)
    label[cells] = mapped[share]
    label = keep_whole(mesh, label, piece, fixed=FIXED)
    return np.where(given, owner, label)


def _place_tiny(
    mesh: Mesh, piece: Ints, desa: pd.DataFrame, owner: Ints, random: np.random.Generator
) -> None:
    """Give desa that are a speck the land around their point, before the others share the rest."""
    for row in np.flatnonzero(desa["area_km2"] < TINY_KM2):
        point = to_plane(desa.loc[row, ["label_lon", "label_lat"]].to_numpy(float))
        apart = np.hypot(*(mesh.sites - point).T)
        apart = apart * (1 + 0.3 * fractal_noise(mesh.sites, 0.4, 3, random))
        order = np.argsort(np.where(piece == 0, apart, np.inf), kind="stable")
        owner[order[np.cumsum(mesh.area[order]) <= desa.loc[row, "area_km2"]]] = row


def _calm_near(sites: Floats, places: Floats, villages: Floats) -> Floats:
    """Let the warp fade near the villages, so that each stays in its own desa."""
    apart = np.hypot(*(sites[:, None] - villages[None]).transpose(2, 0, 1)).min(axis=1)
    strength = np.clip(apart / 1.3, 0, 1)[:, None]
    return sites + (places - sites) * strength


def _desa_seeds(desa: pd.DataFrame, number: dict[str, int]) -> tuple[Floats, Ints]:
    shared = desa[desa["is_mapped"] & (desa["area_km2"] >= TINY_KM2)]
    arms = read_facts("arms.csv")
    points = np.vstack([shared[["label_lon", "label_lat"]], arms[["lon", "lat"]]])
    owner = [number[desa_id] for desa_id in [*shared["desa_id"], *arms["desa_id"]]]
    return to_plane(points), np.array(owner)
