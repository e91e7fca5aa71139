"""Where the areas of a map are: what is zoomed to, drawn over them, and cannot be drawn."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pbrt_geo.show.ranks import areas_within
from pbrt_geo.text import say

if TYPE_CHECKING:
    from pbrt_geo.edition import Edition

OUTLINES = {"rt": ("desa", "kecamatan"), "desa": ("kecamatan",)}
"""Levels whose borders and names are drawn over each level."""


def outlines(edition: "Edition", level: str) -> tuple[Path, ...]:
    """Return the map files of the levels drawn over a level."""
    above = (edition.map_file(upper) for upper in OUTLINES.get(level, ()))
    return tuple(path for path in above if path.exists())


def places(
    edition: "Edition", level: str, ids: pd.Index, focus: str | None, selected: str | None
) -> dict[str, Any]:
    """Say what the map is zoomed to, which areas lie in it, and which one is marked."""
    found: dict[str, Any] = {"focus": focus or ""}
    if focus is not None:
        inside = ids.isin(_inside(edition, level, focus))
        if inside.any():
            found["inside"] = ranges(inside)
    if selected in ids:
        found["selected"] = selected
    return found


def ranges(flags: np.ndarray) -> list[list[int]]:
    """Return where flags are set: first place, and the place after the last."""
    edges = np.flatnonzero(np.diff(np.r_[0, flags.astype(int), 0]))
    return edges.reshape(-1, 2).tolist()


def _inside(edition: "Edition", level: str, focus: str) -> list[str]:
    if focus not in edition.areas.index:
        return []
    found = list(areas_within(edition, level, focus))
    above = edition.areas.loc[focus].get(f"{level}_id")
    return found or ([above] if isinstance(above, str) else [])


def foot(
    edition: "Edition", drawn: "Edition", level: str, ids: pd.Index, language: str
) -> dict[str, Any]:
    """Say at the foot of the legend: areas that cannot be drawn, and that data are invented."""
    said: dict[str, Any] = {}
    areas = drawn.areas
    lost = areas.index[areas["level"] == level].difference(ids, sort=False)
    if len(lost):
        named = areas.loc[lost, "desa_name" if level == "rt" else "name"].dropna().unique()
        names = ", ".join(named[:3]) + (", …" if len(named) > 3 else "")
        said["missing"] = say("map.without_shape", language, n=len(lost), names=names)
    if edition.about["region"].get("invented"):
        said["invented"] = True
    return said
