"""Indicative boundaries: cells around the houses of each RT, where nobody has drawn its boundary.

They show about where an RT is, so that a map can be read. They decide nothing: where a real
boundary is imported, it takes their place. What the drawing may show of houses and why:
docs/decisions/0012.
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.boundaries import cells
from pbrt_geo.boundaries.shapes import polygons_of
from pbrt_geo.errors import BoundaryError
from pbrt_geo.spatial import location_report
from pbrt_geo.text import percent, say

SQUARE_M = 50.0
"""Side of the squares in which houses are counted before anything is drawn."""

LEAST_SQUARE_M = 25.0
LEAST_HOUSES = 5
"""An RT, or a part of it, that would be drawn around fewer houses is not drawn."""

STRAY_SHARE = 0.05
"""Part of an RT's houses up to which a piece amid another RT is taken for strayed points."""

LEAST_PLACED = 0.5
"""Share of a desa's RT that must be known: else the cells of a few would cover the land of all."""

_PLACES = {"x": float, "y": float, "unit": np.int64, "desa": np.int64}

DRAWN = ("points", "labels", "whole")
MISSING = ("too_few", "hidden", "no_points", "outside", "others_missing", "no_land")
"""What became of an RT: drawn from houses, around a label, as the whole of its desa; or why not."""

_MARK = "sel RT "  # the words with which texts `indicative.source.*` begin in Indonesian


def drawn_here(boundaries: pd.DataFrame) -> pd.Series:
    """Mark the rows of `rt_boundaries` that `build_indicative` drew, not imported ones."""
    ours = boundaries["source"].astype("string").str.startswith(_MARK).fillna(False)
    return ours.astype(bool) & (boundaries["boundary_kind"] == "indicative")


@dataclass(frozen=True)
class Indicative:
    """
    Cells of RT, and how well they fit.

    `boundaries` is indexed by `rt_id` with `desa_id`, `basis` (see `MISSING`) and the geometry.
    `report` has a row for every RT that was asked for: `desa_id`, `state` (see `MISSING`) and
    counts of its houses: `n_houses`, of these `n_own` (in its own cell), `n_other` (in the cell of
    another RT), `n_outside` (in none), `n_no_point`, and `n_no_polygon` where it has no cell
    itself; `n_stray` were in a part given to the RT around it. No coordinate is in it.
    """

    boundaries: gpd.GeoDataFrame
    report: pd.DataFrame

    @property
    def own_rate(self) -> float:
        """Share of the houses with a point, of RT with a cell, that are in their own cell."""
        n = self.report[["n_own", "n_other", "n_outside"]].to_numpy().sum()
        return float(self.report["n_own"].sum() / n) if n else np.nan

    def text(self, language: str = "id") -> str:
        """Say what was drawn, then which RT were not and why, then where houses lie elsewhere."""
        lines = [self._summary(language)]
        for state in MISSING:
            ids = self.report.index[self.report["state"] == state]
            if len(ids):
                facts: dict[str, Any] = {"n": len(ids), "ids": _listed(ids), "least": LEAST_HOUSES}
                lines.append("- " + say(f"indicative.state.{state}", language, **facts))
        away = self.report[self.report[["n_other", "n_outside"]].sum(axis=1) > 0]
        if len(away):
            columns = ["n_other", "n_outside", "n_stray"]
            told: dict[str, Any] = away[columns].sum().to_dict()
            lines.append(say("indicative.away", language, n=len(away), **told))
            rows = away.assign(rt_id=away.index).to_dict("records")
            lines += ["- " + say("indicative.away_rt", language, **row) for row in rows]
        return "\n".join(lines)

    def _summary(self, language: str) -> str:
        counts = self.report["state"].value_counts().reindex(list(DRAWN), fill_value=0)
        facts: dict[str, Any] = {f"n_{state}": int(n) for state, n in counts.items()}
        facts |= {"n": len(self.boundaries), "n_desa": self.boundaries["desa_id"].nunique()}
        told = say("indicative.summary", language, **facts)
        if np.isnan(self.own_rate):
            return told
        return told + " " + say("indicative.own", language, share=percent(self.own_rate, language))


def _listed(ids: pd.Index, most: int = 10) -> str:
    return ", ".join(ids[:most]) + (", …" if len(ids) > most else "")


def indicative_boundaries(
    points: gpd.GeoDataFrame,
    desa: gpd.GeoDataFrame,
    rt: pd.DataFrame,
    labels: gpd.GeoDataFrame | None = None,
    square_m: float = SQUARE_M,
) -> Indicative:
    """
    Draw a cell for each RT: the land of its desa that is nearest to its houses.

    Houses are counted in squares first, and a square belongs to the RT with most of them. Lines are
    smoothed by half a square; the border of the desa stays as it is. Inside each desa the cells
    leave no gap and do not overlap, and over the region they are a coverage if the desa are one.

    Parameters
    ----------
    points
        One row per house: `rt_id` and a point in degrees; missing where it is not known.
    desa
        Polygons of the desa in degrees, indexed by `desa_id`: the land that is to be shared out.
    rt
        The RT to be drawn, indexed by `rt_id`, with `desa_id`.
    labels
        `rt_id` and one point each, for RT without enough houses: a post, a mosque.
    square_m
        Side of the squares, at least 25 m. In a town with RT of one hectare take the least.

    Raises
    ------
    BoundaryError
        If the squares are too small to hide a house.
    """
    if square_m < LEAST_SQUARE_M:
        raise BoundaryError.of("indicative_square", least=LEAST_SQUARE_M)
    land, desa_ids = _land(desa)
    wanted = rt[["desa_id"]].assign(desa=desa_ids.get_indexer(rt["desa_id"]))
    houses = cells.into_squares(_in_their_desa(points, wanted, land), square_m)
    n = np.bincount(houses["unit"], minlength=len(wanted))
    marks = _in_their_desa(labels, wanted, land)
    state = _states(wanted, n, marks["unit"].unique(), points)
    centres = _centres(wanted, state, houses, marks, land)
    drawn, strayed = _drawn(centres, land, houses, state, n, square_m)
    boundaries = gpd.GeoDataFrame(
        wanted.iloc[drawn["unit"]][["desa_id"]].assign(basis=state[drawn["unit"]]),
        geometry=drawn["geometry"].to_numpy(),
        crs=4326,
    ).sort_index()
    state[np.isin(state, DRAWN) & ~wanted.index.isin(boundaries.index)] = "hidden"
    report = _report(wanted, state, points, boundaries)
    report["n_stray"] = np.bincount(houses["unit"][strayed], minlength=len(wanted))
    return Indicative(boundaries, report)


def _land(desa: gpd.GeoDataFrame) -> tuple[np.ndarray, pd.Index]:
    """Return the desa that have land: valid polygons, and their ids."""
    shapes = polygons_of(desa.geometry.to_numpy())
    some = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return shapes[some], desa.index[some]


def _in_their_desa(
    points: gpd.GeoDataFrame | None, wanted: pd.DataFrame, land: np.ndarray
) -> pd.DataFrame:
    """Points of RT that are wanted, as far as they lie in their own desa: `x`, `y`, unit, desa."""
    if points is None or not len(land):
        return pd.DataFrame({"x": [], "y": [], "unit": [], "desa": []}).astype(_PLACES)
    x, y = shapely.get_x(points.geometry.to_numpy()), shapely.get_y(points.geometry.to_numpy())
    unit = wanted.index.get_indexer(points["rt_id"])
    found = pd.DataFrame({"x": x, "y": y, "unit": unit})
    found["desa"] = np.append(wanted["desa"].to_numpy(), -1)[unit]
    found = found[found["x"].notna() & (found["desa"] >= 0)]
    inside = shapely.intersects_xy(land[found["desa"]], found["x"], found["y"])
    return found[inside].reset_index(drop=True)


def _states(
    wanted: pd.DataFrame, n: np.ndarray, marked: np.ndarray, points: gpd.GeoDataFrame
) -> np.ndarray:
    """Tell for each RT from what it can be drawn, or why it cannot."""
    desa = wanted["desa"]
    given = wanted.index.isin(points["rt_id"][points.geometry.notna()])
    label = np.isin(np.arange(len(wanted)), marked)
    alone = desa.map(desa.value_counts()) == 1
    conditions = [desa < 0, alone, n >= LEAST_HOUSES, label, n > 0, given]
    state = np.select(
        conditions, ["no_land", "whole", "points", "labels", "too_few", "outside"], "no_points"
    ).astype(object)
    placed = pd.Series(np.isin(state, DRAWN)).groupby(desa.to_numpy()).transform("mean")
    state[np.isin(state, DRAWN) & (placed.to_numpy() < LEAST_PLACED)] = "others_missing"
    return state


def _centres(
    wanted: pd.DataFrame,
    state: np.ndarray,
    houses: pd.DataFrame,
    marks: pd.DataFrame,
    land: np.ndarray,
) -> pd.DataFrame:
    """Points around which cells are drawn: squares with houses, labels, any point of a whole."""
    squares = cells.squares_of(houses[state[houses["unit"]] == "points"])
    whole = np.flatnonzero(state == "whole")
    inside = shapely.point_on_surface(land[wanted["desa"].to_numpy()[whole]])
    x, y = shapely.get_x(inside), shapely.get_y(inside)
    middles = pd.DataFrame({"x": x, "y": y, "unit": whole, "desa": wanted["desa"].iloc[whole]})
    marks = marks[state[marks["unit"]] == "labels"].drop_duplicates(["x", "y", "desa"])
    return pd.concat([squares, marks, middles], ignore_index=True).astype(_PLACES)


def _drawn(
    centres: pd.DataFrame,
    land: np.ndarray,
    houses: pd.DataFrame,
    state: np.ndarray,
    n: np.ndarray,
    square_m: float,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the cell of each RT, and which houses were in a part that was given to another."""
    if centres.empty:
        return pd.DataFrame({"unit": [], "geometry": []}).astype({"unit": int}), houses["unit"] < 0
    faces = cells.faces_of(centres, land, houses)
    unit = houses["unit"].to_numpy()
    was_own = np.append(faces.unit, -1)[faces.house] == unit
    cells.settle(faces, n, np.where(state == "points", LEAST_HOUSES, 0), STRAY_SHARE)
    strayed = was_own & (np.append(faces.unit, -1)[faces.house] != unit)
    return cells.dissolved(faces, square_m / 2), strayed


def _report(
    wanted: pd.DataFrame, state: np.ndarray, points: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame
) -> pd.DataFrame:
    own = points[points["rt_id"].isin(wanted.index)]
    places = own[["rt_id"]].assign(lon=own.geometry.x, lat=own.geometry.y)
    counts = location_report(pd.DataFrame(places), boundaries).by_rt.reindex(wanted.index)
    counts = counts.fillna(0).astype(int)
    return wanted[["desa_id"]].assign(state=state, n_houses=counts.sum(axis=1)).join(counts)
