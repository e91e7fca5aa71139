"""Charts that set areas beside each other: ranking, distribution, two indicators at once."""

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pbrt_geo.edition import Edition
from pbrt_geo.show import ranks, words
from pbrt_geo.show.charts.classed import (
    HOVER,
    USUAL_CUT,
    Classed,
    Cut,
    class_counts,
    mark_converted,
)
from pbrt_geo.show.charts.ranges import ranking_of_ranges
from pbrt_geo.show.charts.style import (
    Look,
    Rows,
    finish,
    muted,
    nothing_to_show,
    reference_line,
    room_above,
    safe,
    value_axis,
)

_BINS = 32
_TALLEST = 26  # dots above each other; a fuller bin lays them side by side
_MOST_DOTS = 2000


def ranking(
    edition: Edition,
    level: str,
    indicator_id: str,
    look: Look | None = None,
    *,
    within: str | None = None,
    selected: str | None = None,
    n: int = 10,
    cut: Cut = USUAL_CUT,
) -> go.Figure:
    """
    Draw the areas with the highest and the lowest values, in the colours of the map.

    Areas with few known households are left out (`ranks.rankable`). The area `selected` is always
    there, with its place; dotted lines mark the values of the areas above. Of a public edition
    ranges are drawn, without places.

    Parameters
    ----------
    n
        Areas at either end; all of them where there are not many more.
    """
    look = look or Look()
    data = Classed(edition, level, edition.indicator(indicator_id), look, within, cut)
    if look.hides(level, edition):
        return class_counts(edition, level, indicator_id, look, within=within, cut=cut)
    title = look.say("title.ranking", indicator=data.title)
    order = ranks.ranked(edition, indicator_id, level, within)["value"]
    if data.tells_ranges:
        areas = [area for area in _chosen_rows(order, n, selected) if area]
        return ranking_of_ranges(data, areas, data.title)
    if order.empty:
        return nothing_to_show(look, title, "no_data")
    shown = _chosen_rows(order, n, selected)
    rows = Rows(tuple(_row_name(data, area) for area in shown), look)
    figure = go.Figure(_rank_bars(data, shown, rows, selected))
    finish(figure, look, title, _ranking_alt(data, order, selected), 40)
    rows.label(figure, [_rank_label(data, order, area, selected) for area in shown])
    highest = float(order[order.index.isin(shown)].max())
    axis = value_axis(data.indicator.kind, highest, look, room=1.16)
    figure.update_xaxes(**axis, showgrid=True, showticklabels=False, ticks="")
    _mark_above(figure, data, selected)
    mark_converted(figure, look, data.column.loc[[area for area in shown if area]])
    return figure


def _chosen_rows(order: pd.Series, n: int, selected: str | None) -> list[str]:
    """Return the areas from the bottom of the chart to its top; an empty text is a gap."""
    ids = list(order.index)
    if len(ids) <= 2 * n + 2:
        return ids[::-1]
    rows = [*ids[:n], ""]
    if selected in ids[n:-n]:
        rows += [str(selected), ""]
    return [*rows, *ids[-n:]][::-1]


def _rank_bars(data: Classed, shown: list[str], rows: Rows, selected: str | None) -> go.Bar:
    look = data.look
    areas = [area for area in shown if area]
    values = data.column["value"].loc[areas]
    longest = values.max()
    edges = [look.colour("select" if area == selected else "border") for area in areas]
    written = words.format_column(data.indicator, data.column.loc[areas], look.language)
    return go.Bar(
        x=values.tolist(),
        y=[place for place, area in zip(rows.places, shown, strict=True) if area],
        orientation="h",
        width=rows.width,
        text=[f" {safe(text)} " for text in written],
        textposition=["inside" if v > 0.25 * longest else "outside" for v in values],
        constraintext="none",
        insidetextanchor="end",
        textangle=0,
        cliponaxis=False,
        customdata=data.hover(areas),
        hovertemplate=HOVER,
        marker={
            "color": data.fills(areas),
            "line": {"color": edges, "width": [3 if a == selected else 0.6 for a in areas]},
        },
    )


def _row_name(data: Classed, area: str) -> str:
    if not area:
        return ""
    row = data.edition.areas.loc[area]
    return words.area_name(row) if data.level == "rt" else str(row["name"])


def _rank_label(data: Classed, order: pd.Series, area: str, selected: str | None) -> str:
    if not area:
        return muted("\u00b7\u00b7\u00b7", data.look)
    place = int((order > order[area]).sum()) + 1
    label = f"{muted(str(place), data.look)}  {safe(_row_name(data, area))}"
    return f"<b>{label}</b>" if area == selected else label


def _ranking_alt(data: Classed, order: pd.Series, selected: str | None) -> str:
    language, areas = data.look.language, data.edition.areas

    def said(area: str) -> str:
        value = words.format_value(data.indicator, data.column.loc[area], language)
        return f"{words.area_name(areas.loc[area])} ({value})"

    facts = {"indicator": data.title, "n": len(order)}
    ends = {"highest": said(order.index[0]), "lowest": said(order.index[-1])}
    text = data.look.say("alt.ranking", **facts, **ends)
    if selected in order.index:
        place = int((order > order[selected]).sum()) + 1
        text += " " + data.look.say("alt.selected", area=said(str(selected)), place=place)
    return text


def _mark_above(figure: go.Figure, data: Classed, selected: str | None) -> None:
    """Mark the values of the areas that hold the selected one, or all of them."""
    lines = values_above(data, selected or data.within)
    for row, (label, value) in enumerate(lines):
        reference_line(figure, data.look, value, label, row=row)
    room_above(figure, data.look, len(lines))


def values_above(data: Classed, area_id: str | None) -> list[tuple[str, float]]:
    """Return label and value of the areas above an area, the kabupaten first."""
    edition, indicator = data.edition, data.indicator
    if indicator.kind == "count":
        return []  # a sum over many areas cannot stand beside one of them
    top = ranks.kabupaten_id(edition)
    above = {} if top is None else {"kabupaten": top}
    if area_id is not None:
        row = edition.areas.loc[area_id]
        above |= {level: row[f"{level}_id"] for level in ("kecamatan", "desa")}
    found = []
    for level in ("kabupaten", "kecamatan", "desa"):
        area = above.get(level)
        if isinstance(area, str) and level != data.level and edition.has(indicator.id, level):
            cell = edition.column(indicator.id, level).loc[area]
            if cell["state"] in words.NUMBERS and not words.is_range(cell):
                name = data.look.say(f"above.{level}")
                written = words.format_value(indicator, cell, data.look.language)
                found.append((f"{name} {written}", float(cell["value"])))
    return found


def distribution(
    edition: Edition,
    level: str,
    indicator_id: str,
    look: Look | None = None,
    *,
    within: str | None = None,
    selected: str | None = None,
    cut: Cut = USUAL_CUT,
) -> go.Figure:
    """
    Draw every area as a dot above its value, in the colours of the map.

    More than two thousand areas are drawn as columns; where ranges are told, areas are counted by
    their classes. Areas without a number are counted in the
    alternative text.
    """
    look = look or Look()
    data = Classed(edition, level, edition.indicator(indicator_id), look, within, cut)
    if look.hides(level, edition) or data.tells_ranges:
        return class_counts(edition, level, indicator_id, look, within=within, cut=cut)
    title = look.say(f"distribution.{level}", indicator=data.title)
    values = data.column["value"][ranks.has_number(data.column)]
    if values.empty:
        return nothing_to_show(look, title, "no_data")
    places = _places(values, data.indicator.kind)
    highest = float(places.max()) or 1.0
    n_bins = _BINS if len(values) > 150 else 2 * _BINS
    bins = np.minimum((places / highest * n_bins).astype(int), n_bins - 1)
    draw = _dots if len(values) <= _MOST_DOTS else _columns
    figure = go.Figure()
    tallest = draw(figure, data, values, bins, highest / n_bins)
    facts = {"n": len(values), "without": len(data.column) - len(values)}
    middle = words.format_number(float(values.median()), data.indicator.kind, look.language)
    alt = look.say("alt.distribution", title=title, median=middle, **facts)
    finish(figure, look, title, alt, 280)
    figure.update_xaxes(**_place_axis(data.indicator.kind, highest, look), ticks="outside")
    figure.update_yaxes(visible=False, range=[-0.8, max(tallest, 8) + 0.5])
    lines = [
        (label, _place(value, data.indicator.kind), "muted")
        for label, value in values_above(data, selected or within)
    ]
    if selected in values.index:
        label = f"{words.area_name(edition.areas.loc[selected])} "
        label += words.format_value(data.indicator, data.column.loc[selected], look.language)
        lines.append((label, float(places[selected]), "select"))
    for row, (label, place, colour) in enumerate(lines):
        reference_line(figure, look, place, label, row=row, colour=colour)
    room_above(figure, look, len(lines))
    mark_converted(figure, look, data.column, axis=1)
    return figure


def _places(values: pd.Series, kind: str) -> pd.Series:
    """Place values on the axis: densities by their powers of ten, others as they are."""
    return np.log10(1 + values.clip(lower=0)) if kind == "density" else values


def _place(value: float, kind: str) -> float:
    return float(_places(pd.Series([value]), kind).iloc[0])


def _place_axis(kind: str, highest: float, look: Look) -> dict[str, Any]:
    if kind != "density":
        return value_axis(kind, highest, look)
    ticks = [0.0, *(10.0**power for power in range(math.ceil(highest) + 1))]
    return value_axis(kind, highest, look) | {
        "tickvals": [_place(tick, kind) for tick in ticks],
        "ticktext": [look.number(tick) for tick in ticks],
    }


def _dots(
    figure: go.Figure, data: Classed, values: pd.Series, bins: pd.Series, width: float
) -> int:
    values = values.sort_values(kind="stable")
    bins = bins.loc[values.index]
    turn = bins.groupby(bins).cumcount()
    per_row = math.ceil((turn.max() + 1) / _TALLEST)
    beside = (turn % per_row + 0.5) / per_row * 0.88 + 0.06
    heights = turn // per_row
    figure.add_scatter(
        x=((bins + beside) * width).tolist(),
        y=heights.tolist(),
        mode="markers",
        customdata=data.hover(values.index),
        hovertemplate=HOVER,
        marker={
            "color": data.fills(values.index),
            "size": max(4.0, min(11.0, 230.0 / (heights.max() + 2), 18.0 / per_row)),
            "line": {"color": data.look.colour("border"), "width": 0.6},
        },
    )
    return int(heights.max()) + 1


def _columns(
    figure: go.Figure, data: Classed, values: pd.Series, bins: pd.Series, width: float
) -> int:
    fills = pd.Series(data.fills(values.index), index=values.index)
    for fill in dict.fromkeys(data.fills(values.sort_values().index)):
        counts = bins[fills == fill].value_counts()
        figure.add_bar(
            x=((counts.index + 0.5) * width).tolist(),
            y=counts.tolist(),
            width=width * 0.92,
            marker={"color": fill},
            hoverinfo="skip",
        )
    figure.update_layout(barmode="stack")
    return int(bins.value_counts().max())
