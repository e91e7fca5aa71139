"""One indicator of one level with the classes and colours it has on the map."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.show import ranks, words
from pbrt_geo.show.charts.style import Look, Rows, finish, note_below, nothing_to_show, safe
from pbrt_geo.show.classes import Classes, Method
from pbrt_geo.show.columns import classes_for, ranges_in
from pbrt_geo.show.palette import NOTHINGS, Shade, class_shades, nothing_shade
from pbrt_geo.show.words import join_words
from pbrt_geo.text import say

_PATTERNS = {
    "": "",
    "rings": ".",
    "dots": ".",
    "hatch": "/",
    "dashed": "",
    "crosses": "x",
    "minus": "-",
}


@dataclass(frozen=True)
class Cut:
    """
    How classes are cut, to be the same as on the map beside (`paint.paint_from`).

    `pool` holds the editions of other years that fixed classes are to serve too.
    """

    method: Method = "fixed"
    pool: tuple[Edition, ...] = ()


USUAL_CUT = Cut()


@dataclass(frozen=True)
class Classed:
    """What charts of many areas draw; areas outside `within` count for the classes only."""

    edition: Edition
    level: str
    indicator: Indicator
    look: Look
    within: str | None = None
    cut: Cut = USUAL_CUT

    @cached_property
    def column(self) -> pd.DataFrame:
        """Rows of the areas that are drawn."""
        column = self.edition.column(self.indicator.id, self.level)
        return column.loc[ranks.areas_within(self.edition, self.level, self.within)]

    @cached_property
    def classes(self) -> Classes:
        """Cut the classes, from the numbers of all areas and years given."""
        found = classes_for(
            self.edition, self.indicator, self.level, self.cut.method, self.cut.pool
        )
        # the ends of the outer classes are the exact values of two areas
        hidden = self.look.hides(self.level, self.edition)
        return replace(found, lowest=None, highest=None) if hidden else found

    @property
    def tells_ranges(self) -> bool:
        """Tell whether some of the areas are told in ranges, not numbers."""
        return bool(ranges_in(self.column).any())

    @cached_property
    def class_of(self) -> pd.Series:
        """Class of each area drawn, -1 where it has none; zero is no class."""
        values = self.column["value"].where(self.column["state"] == "value")
        return pd.Series(self.classes.of(values), index=self.column.index)

    @cached_property
    def states(self) -> pd.Series:
        """State of each area drawn."""
        return words.states(self.column)

    def fills(self, areas: Sequence[str] | pd.Index) -> list[str]:
        """Return the colours that areas have on the map."""
        shades = class_shades(self.classes.count, self.look.theme)
        pairs = zip(self.class_of.loc[list(areas)], self.states.loc[list(areas)], strict=True)
        return [
            shades[k].fill if k >= 0 else nothing_shade(state, self.look.theme).fill
            for k, state in pairs
        ]

    def class_label(self, area_id: str) -> str:
        """Write the class an area is in, or why it is in none."""
        k = int(self.class_of[area_id])
        if k >= 0:
            return self.classes.labels(self.look.language)[k]
        return say(f"state.{self.states[area_id]}", self.look.language)

    def class_label_of(self, value: float) -> str:
        """Write the class a value is in; empty where there is no number."""
        if pd.isna(value):
            return ""
        if value == 0:
            return say("state.zero", self.look.language)
        return self.classes.labels(self.look.language)[int(self.classes.of(np.array([value]))[0])]

    def as_class(self, values: pd.Series) -> pd.Series:
        """Return the class of each value, zero in the lowest; NaN stays NaN."""
        found = pd.Series(self.classes.of(values), index=values.index, dtype=float)
        return found.where(values.notna())

    @property
    def name(self) -> str:
        """Full name of the indicator."""
        return words.indicator_name(self.indicator, self.look.language, self.edition.programmes)

    @property
    def title(self) -> str:
        """Name of the indicator and the area it is drawn for."""
        if self.within is None:
            return self.name
        return f"{self.name}: {words.area_name(self.edition.areas.loc[self.within])}"

    def hover(self, areas: Sequence[str] | pd.Index) -> list[list[str]]:
        """Return `area_id`, name, value and basis of areas, for `customdata`."""
        rows = self.column.loc[list(areas)].to_dict("records")
        places = self.edition.areas.loc[list(areas)].to_dict("records")
        language = self.look.language
        return [
            [
                area,
                safe(words.area_name(place)),
                safe(words.value_with_unit(self.indicator, row, language)),
                safe(words.value_note(self.indicator, row, language, self.edition.as_of)),
            ]
            for area, place, row in zip(areas, places, rows, strict=True)
        ]


HOVER = "<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<extra></extra>"
"""How the `customdata` of `Classed.hover` is shown."""


def class_counts(
    edition: Edition,
    level: str,
    indicator_id: str,
    look: Look | None = None,
    *,
    within: str | None = None,
    cut: Cut = USUAL_CUT,
) -> go.Figure:
    """
    Draw how many areas are in each class of the map, and in each state without a number.

    It tells nothing about a single area, so it stands in for charts of RTs in a meeting.
    """
    look = look or Look()
    data = Classed(edition, level, edition.indicator(indicator_id), look, within, cut)
    title = look.say(f"class_counts.{level}", indicator=data.title)
    rows = _rows_of(data)
    if not sum(row.n for row in rows):
        return nothing_to_show(look, title, "no_data")
    figure = class_bars(rows, look, title)
    if data.tells_ranges and level != "rt":
        note_below(figure, look, [say("map.public.ranges", look.language)])
    mark_converted(figure, look, data.column)
    return figure


def cells_of(
    edition: Edition, indicator_ids: Iterable[str], level: str, areas: Sequence[str] | pd.Index
) -> list[pd.DataFrame]:
    """Return the rows of some areas from the columns of several indicators."""
    names = [name for name in indicator_ids if edition.has(name, level)]
    return [edition.column(name, level).reindex(areas).dropna(subset="state") for name in names]


class ClassRow(NamedTuple):
    """A class, or a state without one: its label, how many areas, and its shade."""

    label: str
    n: int
    shade: Shade


def class_bars(found: Sequence[ClassRow], look: Look, title: str) -> go.Figure:
    """Draw how many areas each class has, from the bottom of the chart to its top."""
    rows = Rows(tuple(row.label for row in found), look)
    figure = go.Figure()
    for place, row in zip(rows.places, found, strict=True):
        # a trace each, since plotly takes the colours of a pattern only one for a whole trace
        bar = rows.bars([row.n], [f" <b>{look.number(row.n)}</b>"], **_marked(row.shade, look))
        figure.add_trace(bar.update(y=[place]))
    pairs = [f"{row.label}: {look.number(row.n)}" for row in found]
    finish(figure, look, title, f"{title}. {join_words(pairs[::-1], look.language)}.", 40)
    rows.label(figure)
    figure.update_xaxes(visible=False, range=[0, max(row.n for row in found) * 1.12])
    return figure


def mark_converted(figure: go.Figure, look: Look, *columns: pd.DataFrame, axis: int = 0) -> None:
    """Say below a figure, and in its alternative text, which of its numbers were converted how."""
    evidence = {name for column in columns for name in words.evidences(column).unique()}
    mark = words.conversion_mark(evidence, look.language)
    if mark:
        note_below(figure, look, [f"{words.SIGN} {mark}"], axis)
        figure.layout.meta["alt"] += f" {mark[:1].upper()}{mark[1:]}."


def _marked(shade: Shade, look: Look) -> dict[str, Any]:
    """Return the fill of a bar with the mark that a shade has on the map."""
    pattern = {"shape": _PATTERNS.get(shade.mark, ""), "size": 7, "solidity": 0.25}
    dashed = shade.mark == "dashed"  # bars have no dashed border: the quiet colour stands for it
    return {
        "color": shade.fill,
        "line": {"color": look.colour("muted" if dashed else "border"), "width": 0.8},
        "pattern": pattern | {"fgcolor": shade.ink, "bgcolor": shade.fill},
    }


def _rows_of(data: Classed) -> list[ClassRow]:
    """Return labels, counts and shades, from the bottom of the chart to its top."""
    shades = class_shades(data.classes.count, data.look.theme)
    labels = data.classes.labels(data.look.language)
    return state_rows(data.states, data.look) + [
        ClassRow(label, int((data.class_of == k).sum()), shades[k])
        for k, label in enumerate(labels)
    ]


def state_rows(states: pd.Series, look: Look) -> list[ClassRow]:
    """Return the states without a class that occur, the last of the legend first."""
    counts = {state: int((states == state).sum()) for state in NOTHINGS[::-1]}
    return [
        ClassRow(say(f"state.{state}", look.language), n, nothing_shade(state, look.theme))
        for state, n in counts.items()
        if n
    ]
