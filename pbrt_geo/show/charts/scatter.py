"""Two indicators of the same areas against each other."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pbrt_geo.edition import Edition
from pbrt_geo.show import ranks
from pbrt_geo.show.charts.areas import values_above
from pbrt_geo.show.charts.classed import USUAL_CUT, Classed, Cut, mark_converted
from pbrt_geo.show.charts.ranges import scatter_of_ranges
from pbrt_geo.show.charts.style import (
    Look,
    axis_title,
    finish,
    level_line,
    nothing_to_show,
    reference_line,
    room_above,
    safe,
    value_axis,
)
from pbrt_geo.text import say


def scatter(
    edition: Edition,
    level: str,
    x_id: str,
    y_id: str,
    look: Look | None = None,
    *,
    within: str | None = None,
    selected: str | None = None,
    cut: Cut = USUAL_CUT,
) -> go.Figure:
    """
    Draw two indicators of the same areas against each other: need and coverage, for example.

    The size of a dot stands for the residents, its colour for the class of the first indicator;
    dotted lines are the values of the kabupaten. In a meeting RTs are counted by the classes of
    both instead; of a public edition, each larger area is the rectangle of its two ranges.
    """
    look = look or Look()
    x = Classed(edition, level, edition.indicator(x_id), look, within, cut)
    y = Classed(edition, level, edition.indicator(y_id), look, within, cut)
    title = look.say("title.scatter", x=x.name, y=y.name)
    both = ranks.has_number(x.column) & ranks.has_number(y.column)
    areas = x.column.index[both]
    if not len(areas):
        return nothing_to_show(look, title, "no_data")
    alt = look.say("alt.scatter", title=title, n=len(areas))
    if look.hides(level, edition):
        return _class_matrix(x, y, areas, title, alt)
    ranges = x.tells_ranges or y.tells_ranges
    if ranges:
        figure = scatter_of_ranges(x, y, areas, look, selected)
    else:
        figure = go.Figure(_scatter_dots(x, y, areas, selected))
    finish(figure, look, title, alt, 420)
    for axis, data in ((figure.update_xaxes, x), (figure.update_yaxes, y)):
        highest = float(data.column["high" if ranges else "value"].loc[areas].max())
        axis(
            **value_axis(data.indicator.kind, highest, look, room=1.1),
            showgrid=True,
            title=axis_title(data.name, look),
        )
    for label, value in values_above(x, None):
        reference_line(figure, look, value, label)
    for label, value in values_above(y, None):
        level_line(figure, look, value, label)
    room_above(figure, look, 1)
    figure.update_layout(dragmode="select")
    mark_converted(figure, look, x.column.loc[areas], y.column.loc[areas], axis=1)
    return figure


def _scatter_dots(x: Classed, y: Classed, areas: pd.Index, selected: str | None) -> go.Scatter:
    look, edition = x.look, x.edition
    people = pd.Series(100.0, index=areas)
    if edition.has("n_residents", x.level):
        people = edition.column("n_residents", x.level)["value"].loc[areas].fillna(0)
    largest = 22 if len(areas) < 100 else 11
    sizes = 5 + largest * np.sqrt(people / max(people.max(), 1.0))
    chosen = [area == selected for area in areas]
    said = [[*one, *other[2:]] for one, other in zip(x.hover(areas), y.hover(areas), strict=True)]
    return go.Scatter(
        x=x.column["value"].loc[areas].tolist(),
        y=y.column["value"].loc[areas].tolist(),
        mode="markers",
        customdata=said,
        hovertemplate=(
            "<b>%{customdata[1]}</b>"
            f"<br>{_plain(x.name)}: %{{customdata[2]}} (%{{customdata[3]}})"
            f"<br>{_plain(y.name)}: %{{customdata[4]}} (%{{customdata[5]}})<extra></extra>"
        ),
        marker={
            "color": x.fills(areas),
            "size": sizes.tolist(),
            "opacity": 0.85,
            "line": {
                "color": [look.colour("select" if hit else "border") for hit in chosen],
                "width": [3.0 if hit else 0.7 for hit in chosen],
            },
        },
    )


def _plain(name: str) -> str:
    """Keep the name of a programme from being read as a part of a hover template."""
    return safe(name).replace("%{", "% {").replace("{", "&#123;")


def _class_matrix(x: Classed, y: Classed, areas: pd.Index, title: str, alt: str) -> go.Figure:
    """Count areas by the classes of two indicators; zero counts as a class below the lowest."""
    look = x.look
    counts = pd.crosstab(y.class_of.loc[areas], x.class_of.loc[areas])
    counts = counts.reindex(
        index=range(-1, y.classes.count), columns=range(-1, x.classes.count), fill_value=0
    )
    zero = say("state.zero", look.language)
    labels = [[zero, *data.classes.labels(look.language)] for data in (x, y)]
    figure = go.Figure(
        go.Heatmap(
            z=counts.to_numpy(),
            text=[[look.number(n) if n else "" for n in row] for row in counts.to_numpy()],
            texttemplate="%{text}",
            hoverinfo="skip",
            showscale=False,
            xgap=2,
            ygap=2,
            colorscale=[[0, look.colour("grid")], [1, look.colour("bar")]],
        )
    )
    finish(figure, look, title, alt, 380)
    for axis, data, texts in (
        (figure.update_xaxes, x, labels[0]),
        (figure.update_yaxes, y, labels[1]),
    ):
        axis(
            tickvals=list(range(len(texts))),
            ticktext=[safe(text) for text in texts],
            title=axis_title(data.name, look, 34),
        )
    figure.update_xaxes(tickangle=0, ticktext=[_in_two_lines(text) for text in labels[0]])
    return figure


def _in_two_lines(text: str) -> str:
    """Break a class label near its middle, at a space or after the dash."""
    breaks = [k + 1 for k, c in enumerate(text) if c in " –"]
    if not breaks:
        return safe(text)
    middle = min(breaks, key=lambda k: abs(k - len(text) / 2))
    return f"{safe(text[:middle].strip())}<br>{safe(text[middle:])}"
