"""The legend of a paint, and the shade of every area, for images, charts and pages."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pbrt_geo.show import words
from pbrt_geo.show.palette import (
    NOTHINGS,
    Shade,
    Theme,
    change_shades,
    class_shades,
    mark_shade,
    nothing_shade,
    way_shades,
)
from pbrt_geo.text import say

if TYPE_CHECKING:
    from pbrt_geo.show.paint import Paint


@dataclass(frozen=True)
class LegendRow:
    """One line of a legend: what a shade means, and how many areas have it."""

    label: str
    shade: Shade
    n_areas: int
    state: str


def legend_rows(paint: "Paint", theme: Theme = "light") -> list[LegendRow]:
    """
    Return the legend of a paint, highest class first, then the states that occur.

    Every area is in one row; what is drawn over areas is in `mark_rows`.
    """
    language = paint.content["language"]
    labels = paint.content["classes"]
    shades = _class_shades(paint, theme)
    counts = paint.class_of.value_counts()
    rows = [
        LegendRow(labels[k], shades[k], int(counts.get(k, 0)), "value")
        for k in reversed(range(len(labels)))
    ]
    for state in NOTHINGS:
        n_areas = int((paint.states == state).sum())
        if n_areas:
            label = say(f"state.{state}", language)
            rows.append(LegendRow(label, nothing_shade(state, theme), n_areas, state))
    return rows


def _class_shades(paint: "Paint", theme: Theme) -> tuple[Shade, ...]:
    if paint.classes.keys:
        return way_shades(theme)
    if paint.classes.changes:
        return change_shades(theme)
    return class_shades(len(paint.content["classes"]), theme)


def mark_rows(paint: "Paint", theme: Theme = "light") -> list[LegendRow]:
    """Return what the legend says below its classes: converted numbers, indicative boundaries."""
    language = paint.content["language"]
    converted = paint.evidence[paint.evidence != ""]
    said = {
        "converted": (words.conversion_mark(converted.unique(), language), len(converted)),
        "indicative": (say("boundary_kind.indicative", language), int(paint.indicative.sum())),
    }
    return [
        LegendRow(label, mark_shade(mark, theme), n_areas, mark)
        for mark, (label, n_areas) in said.items()
        if n_areas
    ]


def shades_of(paint: "Paint", theme: Theme = "light") -> pd.Series:
    """Return the shade of every area, by `area_id`, for images and charts."""
    classes = _class_shades(paint, theme)
    pairs = zip(paint.states, paint.class_of, strict=True)
    shades = [classes[k] if k >= 0 else nothing_shade(s, theme) for s, k in pairs]
    return pd.Series(shades, index=paint.states.index, dtype=object)
