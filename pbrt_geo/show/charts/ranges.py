"""Charts of a public edition: bars from the lower to the upper end of what is told of an area.

Nothing is drawn at the middle of a range, and no place is told: ranges overlap.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.show import words
from pbrt_geo.show.charts.classed import HOVER, Classed
from pbrt_geo.show.charts.style import (
    Look,
    Rows,
    finish,
    note_below,
    nothing_to_show,
    safe,
    value_axis,
)

_THINNEST = 0.004  # of the axis: an exact figure is a range without width


class RangeRow(NamedTuple):
    """One bar: what it is of, both ends, and both in words."""

    area_id: str
    label: str
    low: float
    high: float
    text: str
    note: str
    year: str
    fill: str


def range_row(
    edition: Edition, indicator: Indicator, area_id: str, label: str, look: Look, fill: str = ""
) -> RangeRow | None:
    """Return the bar of one area; None where nothing is told of it."""
    level = str(edition.areas.at[area_id, "level"])
    if not edition.has(indicator.id, level):
        return None
    row = edition.column(indicator.id, level).loc[area_id]
    if row["state"] not in words.NUMBERS or pd.isna(row["high"]):
        return None
    text = words.value_with_unit(indicator, row, look.language)
    note = words.since_note(row, look.language, edition.as_of)
    year = words.since_year(row, look.language, edition.as_of)
    ends = float(row["low"]), float(row["high"])
    return RangeRow(area_id, label, *ends, text, note, year, fill or look.colour("bar"))


def range_chart(
    found: Iterable[RangeRow | None], kind: str, look: Look, title: str, untold: int = 0
) -> go.Figure:
    """
    Draw bars from the bottom of the chart to its top; what is None is left out.

    Parameters
    ----------
    untold
        Areas of which nothing is told; said below the chart.
    """
    shown = [row for row in found if row is not None]
    if not shown:
        return nothing_to_show(look, title, "untold" if untold else "no_data")
    rows = Rows(tuple(row.label for row in shown), look)
    highest = max(row.high for row in shown)
    figure = go.Figure(_bars(shown, rows, highest))
    said = [f"{row.label}: {_in_words(row.text, row.note)}" for row in shown[::-1]]
    finish(figure, look, title, f"{title}. {'; '.join(said)}.", 44)
    figure.update_xaxes(**value_axis(kind, highest, look, room=1.6), showgrid=True)
    rows.label(figure)
    notes = [look.say("ranges")]
    if untold:
        notes.append(look.say("untold", n=untold))
    note_below(figure, look, notes, axis=1)
    return figure


def _in_words(text: str, note: str) -> str:
    return f"{text} ({note})" if note else text


def _bars(shown: Sequence[RangeRow], rows: Rows, highest: float) -> go.Bar:
    look = rows.look
    thinnest = _THINNEST * highest
    lengths = [max(row.high - row.low, thinnest) for row in shown]
    fills, border = [row.fill for row in shown], look.colour("border")
    marker: dict[str, Any] = {"color": fills, "line": {"color": border, "width": 0.8}}
    texts = [f" {safe(_in_words(row.text, row.year))} " for row in shown]
    bars = rows.bars(lengths, texts, **marker)
    told = [[row.area_id, *map(safe, (row.label, row.text, row.note))] for row in shown]
    return bars.update(
        base=[row.low for row in shown], customdata=told, hoverinfo=None, hovertemplate=HOVER
    )


def ranking_of_ranges(data: Classed, areas: Sequence[str], title: str) -> go.Figure:
    """Draw the ranges of some areas, from the bottom of the chart to its top."""
    rows = [
        range_row(
            data.edition,
            data.indicator,
            area,
            str(data.edition.areas.at[area, "name"]),
            data.look,
            data.fills([area])[0],
        )
        for area in areas
    ]
    untold = int((~data.states.isin(words.NUMBERS)).sum())
    return range_chart(rows, data.indicator.kind, data.look, title, untold)


def ranges_of_indicators(
    edition: Edition, area_id: str, ids: Sequence[str], look: Look, title: str
) -> go.Figure:
    """Draw the ranges of several rates of one area, named by what each is of."""
    rows = []
    for identifier in ids[::-1]:
        indicator = edition.indicator(identifier)
        name = words.subject_name(indicator.member, look.language, edition.programmes)
        label = name[:1].upper() + name[1:]
        rows.append(range_row(edition, indicator, area_id, label, look))
    return range_chart(rows, "rate", look, title, sum(row is None for row in rows))


def scatter_of_ranges(
    x: Classed, y: Classed, areas: pd.Index, look: Look, selected: str | None
) -> go.Figure:
    """Draw each area as the rectangle in which both of its figures lie."""
    figure = go.Figure()
    named = zip(areas, x.hover(areas), y.hover(areas), x.fills(areas), strict=True)
    for area, one, other, fill in named:
        left, right = x.column.loc[area, ["low", "high"]]
        low, high = y.column.loc[area, ["low", "high"]]
        label = f"<b>{one[1]}</b><br>{safe(x.name)}: {one[2]}<br>{safe(y.name)}: {other[2]}"
        edge = "select" if area == selected else "border"
        figure.add_scatter(
            x=[left, right, right, left, left],
            y=[low, low, high, high, low],
            mode="lines",
            fill="toself",
            fillcolor=fill,
            opacity=0.85,
            line={"color": look.colour(edge), "width": 3 if area == selected else 0.8},
            customdata=[[area]] * 5,
            name=one[1],
            text=label,
            hoverinfo="text",
            hoveron="fills+points",
        )
    return figure
