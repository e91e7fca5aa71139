"""Two vintages of boundaries compared: what stayed, and what must have happened to the rest.

What is found is proposed, not done: a person accepts, edits or rejects each proposal, and only
what is accepted becomes an event (`pbrt lineage accept`).
"""

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pbrt_geo.boundaries.overlay import SLIVER_WIDTH_M, overlay
from pbrt_geo.boundaries.pairing import code_key, pair_units
from pbrt_geo.boundaries.proposals import Scribe
from pbrt_geo.boundaries.reasons import told
from pbrt_geo.boundaries.shapes import polygons_of
from pbrt_geo.errors import BoundaryError, Problem
from pbrt_geo.text import say
from pbrt_geo.text import vintages as words


@dataclass(frozen=True)
class Comparison:
    """
    What a comparison found.

    `proposals` has the columns of `pbrt_geo.text.vintages.COLUMNS` and `reasons` (a list of
    `Reason`); ids within a cell are separated by ";". A unit that lives on has one id on both
    sides, unless its code changed; one without any code is called by its row, `old#3` or `new#3`.

    `units` tells of each unit its `side`, `position`, `unit_id`, `name` and `partner`: the id of
    the unit on the other side that it is. `outline` lists units whose outer line changed towards
    land that belongs to nobody in either set: no event, for nobody else gains or loses it.
    `sides` tells where either set comes from, if that is known.
    """

    level: str
    tolerance_m: float
    old: gpd.GeoDataFrame = field(repr=False)
    new: gpd.GeoDataFrame = field(repr=False)
    proposals: pd.DataFrame = field(repr=False)
    units: pd.DataFrame = field(repr=False)
    outline: pd.DataFrame = field(repr=False)
    counts: dict[str, Any]
    notes: list[Problem]
    sides: dict[str, dict[str, Any]] = field(default_factory=dict)

    def summary(self, language: str = "id") -> str:
        """Say in figures what stayed and what is proposed."""
        return words.summary(self.counts, self.tolerance_m, language)

    def as_dict(self, language: str = "id") -> dict[str, Any]:
        """Return the comparison in a form that JSON can hold, without the shapes."""
        rows = self.proposals.to_dict(orient="records")
        return {
            "level": self.level,
            "tolerance_m": self.tolerance_m,
            "sides": self.sides,
            "counts": self.counts,
            "notes": [note.as_dict(language) for note in self.notes],
            "proposals": [row | {"reasons": list(told(row["reasons"], language))} for row in rows],
            "outline": self.outline.to_dict(orient="records"),
        }

    def text(self, language: str = "id") -> str:
        """Say what was found, one proposal after the other."""
        lines = [self.summary(language)]
        lines += [f"- {note.text(language)}" for note in self.notes]
        if self.proposals.empty:
            return "\n".join([*lines, say("vintages.none", language)])
        for row in self.proposals.itertuples():
            lines += ["", words.proposal(row, language)]
            lines += [f"  - {reason}" for reason in told(row.reasons, language)]
        return "\n".join([*lines, "", say("vintages.next", language)])


def compare_boundaries(
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    *,
    level: str = "desa",
    tolerance_m: float = SLIVER_WIDTH_M,
) -> Comparison:
    """
    Compare two sets of boundaries and propose the events that lead from one to the other.

    Parameters
    ----------
    old, new
        Polygons of one level in EPSG:4326, one row per unit, in any order. Columns `code` and
        `name`, both may be missing or empty; codes do not repeat within a set. Rows without a
        shape are left out and counted in a note.
    level
        "desa" or "rt": where names are numbers, a new name of an RT is a new number.
    tolerance_m
        Land narrower than this between two lines is noise of drawing.

    Raises
    ------
    BoundaryError
        If a set has no shapes, or a code twice.
    """
    old, notes = _prepared(old, "old")
    new, more = _prepared(new, "new")
    laid = overlay(old.geometry.to_numpy(), new.geometry.to_numpy(), tolerance_m)
    pairing = pair_units(old, new, laid)
    scribe = Scribe(old, new, level, tolerance_m, pairing)
    return Comparison(
        level,
        tolerance_m,
        old,
        new,
        scribe.proposals,
        scribe.units(),
        scribe.outline(),
        scribe.counts(),
        notes + more + scribe.notes(),
    )


_LONGEST = 100  # letters of a name
_CODE = r"[A-Za-z0-9_.\-/ ]{1,40}"  # what else stands in a cell is no code


def _cells(rows: gpd.GeoDataFrame, column: str) -> pd.Series:
    """Return the text of a column, None where it is empty or there is no such column."""
    values = rows[column] if column in rows else [None] * len(rows)
    told = [_plain(value) or None for value in values]
    return pd.Series(told, index=rows.index, dtype=object)


def _plain(value: Any) -> str:
    """Text of a cell without what steers a terminal or turns the direction of writing."""
    text = " ".join(str(value).split()) if pd.notna(value) else ""
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST]


def _prepared(rows: gpd.GeoDataFrame, side: str) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Fill missing columns, leave out rows without a shape, refuse a code that repeats."""
    codes, names = (_cells(rows, column) for column in ("code", "name"))
    codes = codes.where(codes.isna() | codes.astype(str).str.fullmatch(_CODE), None)
    rows = rows.assign(code=codes, name=names)
    rows["row"] = rows["row"] if "row" in rows else np.arange(1, len(rows) + 1)
    shapes = rows.geometry.to_numpy()
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    n_without = int((~drawn).sum())
    notes = [Problem(f"vintage_no_shape_{side}", {"n": n_without}, "note")] if n_without else []
    rows = rows[drawn].reset_index(drop=True)
    if rows.empty:
        raise BoundaryError.of(f"vintage_empty_{side}")
    keys = rows["code"].map(code_key)
    twice = (keys != "") & keys.duplicated(keep=False)
    if twice.any():
        codes = ", ".join(sorted(set(rows["code"][twice]))[:5])
        raise BoundaryError.of(f"vintage_code_twice_{side}", n=int(twice.sum()), ids=codes)
    return rows.set_geometry(gpd.GeoSeries(polygons_of(rows.geometry), crs=4326)), notes
