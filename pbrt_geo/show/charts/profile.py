"""Charts of one area: its years beside those of the areas above, and its deprivations."""

import math
import textwrap
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pbrt_geo.edition import Edition
from pbrt_geo.show import ranks, words
from pbrt_geo.show.charts.classed import Classed
from pbrt_geo.show.charts.growth import year_tick
from pbrt_geo.show.charts.style import (
    Look,
    finish,
    legend_above,
    nothing_to_show,
    safe,
    tick_text,
    value_axis,
)

_LEVELS = ("desa", "kecamatan", "kabupaten")


def years(
    shelf: Sequence[Edition],
    area_id: str,
    indicator_ids: Sequence[str],
    look: Look | None = None,
    columns: int = 2,
) -> go.Figure:
    """
    Draw how indicators of one area went over the years, a small chart each.

    The desa, kecamatan and kabupaten that hold the area stand beside it as thin lines; counts are
    drawn without them. In a meeting an RT is drawn by the class it is in.
    """
    look = look or Look()
    last = shelf[-1]
    area = last.areas.loc[area_id]
    title = look.say("title.years", area=words.area_name(area))
    found = [i for i in indicator_ids if any(e.has(i, area["level"]) for e in shelf)]
    if len(shelf) < 2 or not found:
        return nothing_to_show(look, title, "one_year" if found else "no_data")
    columns = 1 if look.rapat else columns
    n_rows = math.ceil(len(found) / columns)
    names = [_panel_name(last, identifier, look) for identifier in found]
    figure = make_subplots(
        n_rows,
        columns,
        subplot_titles=names,
        vertical_spacing=0.36 / n_rows,
        horizontal_spacing=0.14,
    )
    said = []
    for k, identifier in enumerate(found):
        said.append(_panel(figure, shelf, area_id, identifier, look, divmod(k, columns)))
    finish(figure, look, title, f"{title}. {' '.join(said)}", 20 + 215 * n_rows)
    ticks = [year_tick(edition, look) for edition in shelf]
    figure.update_xaxes(
        tickvals=list(range(len(shelf))), ticktext=ticks, range=[-0.3, len(shelf) - 0.7]
    )
    _place_heads(figure, look, columns)
    return figure


def _place_heads(figure: go.Figure, look: Look, columns: int) -> None:
    """Set the small titles flush left, and the legend above them."""
    for k, note in enumerate(figure.layout.annotations):
        axis = figure.layout["xaxis" if k == 0 else f"xaxis{k + 1}"]
        note.update(x=axis.domain[0], xanchor="left", yshift=6, font={"size": look.size})
        note.text = f"<b>{note.text}</b>"
    legend_above(figure, look)
    room = round(look.size * 2)
    drawn = figure.layout.height - figure.layout.margin.t - 40
    figure.update_layout(
        legend_y=1 + room / drawn,
        margin_t=figure.layout.margin.t + room,
        height=figure.layout.height + room,
    )


def _panel_name(edition: Edition, identifier: str, look: Look) -> str:
    indicator = edition.indicator(identifier)
    name = words.indicator_name(indicator, look.language, edition.programmes)
    return "<br>".join(safe(line) for line in textwrap.wrap(name, 40))


def _panel(
    figure: go.Figure,
    shelf: Sequence[Edition],
    area_id: str,
    identifier: str,
    look: Look,
    place: tuple[int, int],
) -> str:
    """Draw one small chart and return what it shows in words."""
    at = {"row": place[0] + 1, "col": place[1] + 1}
    last, first = shelf[-1], place == (0, 0)
    indicator, area = last.indicator(identifier), last.areas.loc[area_id]
    own = _series(shelf, area_id, identifier)
    beside = {} if indicator.kind == "count" else _above(shelf, area, identifier)
    hidden = look.hides(area["level"])
    if hidden:
        data = Classed.of(last, "rt", identifier, look)
        written = [data.class_label_of(value) for value in own]
        own, beside = data.as_class(own), {k: data.as_class(v) for k, v in beside.items()}
        _class_axis(figure, data, at)
    else:
        written = [_written(value, indicator.kind, look) for value in own]
        highest = pd.concat([own, *beside.values()]).max()
        axis = value_axis(indicator.kind, 0.0 if pd.isna(highest) else float(highest), look, 1.15)
        figure.update_yaxes(**axis, showgrid=True, **at)
    for level, values in beside.items():
        figure.add_scatter(**_line(values, look.say(f"above.{level}"), level, look, first), **at)
    name = words.area_name(area)
    labels = [""] * len(own) if hidden else written  # the classes stand at the axis
    figure.add_scatter(**_own_line(own, labels, name, area_id, look, first), **at)
    said = [
        f"{words.year_name(edition, look.language)} {text or look.say('nothing.short')}"
        for edition, text in zip(shelf, written, strict=True)
    ]
    title = words.indicator_name(indicator, look.language, last.programmes)
    return f"{title}: {', '.join(said)}."


def _written(value: float, kind: str, look: Look) -> str:
    if pd.isna(value):
        return ""
    if kind == "rate":
        return words.format_share(value, look.language)
    return words.format_number(value, kind, look.language)


def _series(shelf: Sequence[Edition], area_id: str, identifier: str) -> pd.Series:
    """Return the values of one area by year; NaN where there is no number."""
    values = []
    for edition in shelf:
        value = math.nan
        if area_id in edition.areas.index:
            level = edition.areas.at[area_id, "level"]
            if edition.has(identifier, level):
                column = edition.column(identifier, level)
                value = column["value"].where(ranks.has_number(column)).get(area_id, math.nan)
        values.append(value)
    return pd.Series(values, dtype=float)


def _above(shelf: Sequence[Edition], area: pd.Series, identifier: str) -> dict[str, pd.Series]:
    found = {}
    for level in _LEVELS:
        upper = area[f"{level}_id"]
        if level != area["level"] and isinstance(upper, str):
            found[level] = _series(shelf, upper, identifier)
    return found


def _class_axis(figure: go.Figure, data: Classed, at: dict[str, int]) -> None:
    labels = data.classes.labels(data.look.language)
    figure.update_yaxes(
        tickvals=list(range(len(labels))),
        ticktext=[safe(label) for label in labels],
        range=[-0.6, len(labels) - 0.4],
        showgrid=True,
        **at,
    )


def _line(
    values: pd.Series, name: str, level: str, look: Look, in_legend: bool
) -> dict[str, object]:
    dash = {"desa": "dash", "kecamatan": "dashdot", "kabupaten": "dot"}[level]
    return {
        "x": list(range(len(values))),
        "y": [None if pd.isna(v) else v for v in values],
        "mode": "lines",
        "name": safe(name),
        "legendgroup": level,
        "showlegend": in_legend,
        "hoverinfo": "skip",
        "line": {"color": look.colour("muted"), "width": 1.5, "dash": dash},
    }


def _own_line(
    values: pd.Series, written: list[str], name: str, area_id: str, look: Look, in_legend: bool
) -> dict[str, object]:
    return {
        "x": list(range(len(values))),
        "y": [None if pd.isna(v) else v for v in values],
        "mode": "lines+markers+text",
        "name": safe(name),
        "legendgroup": "own",
        "showlegend": in_legend,
        "text": [f"<b>{safe(text)}</b>" for text in written],
        "textposition": "top center",
        "cliponaxis": False,
        "customdata": [[area_id]] * len(values),
        "hoverinfo": "skip",
        "line": {"color": look.colour("strong"), "width": 3},
        "marker": {"color": look.colour("strong"), "size": 9},
    }


def dimensions(edition: Edition, area_id: str, look: Look | None = None) -> go.Figure:
    """
    Draw what the multidimensional poverty (M0) of one area is made of.

    Bars are the deprivations of the poor in each dimension (censored rates), the largest first;
    marks are the same of the kabupaten. Not drawn for an RT in a meeting.
    """
    look = look or Look()
    area = edition.areas.loc[area_id]
    title = look.say("title.dimensions", area=words.area_name(area))
    if look.hides(area["level"]):
        return nothing_to_show(look, title, "hidden")
    table = _dimension_table(edition, area_id, area["level"])
    if table.empty:
        return nothing_to_show(look, title, "no_data")
    names = [words.subject_name(member, look.language) for member in table.index]
    written = [words.format_share(v, look.language) for v in table["own"]]
    figure = go.Figure(
        go.Bar(
            x=table["own"].tolist(),
            y=list(range(len(table))),
            orientation="h",
            width=0.66,
            text=[f" {text}" for text in written],
            textposition="outside",
            cliponaxis=False,
            customdata=[[area_id]] * len(table),
            hoverinfo="skip",
            marker={"color": look.colour("bar")},
            name=safe(words.area_name(area)),
        )
    )
    if area["level"] != "kabupaten":
        _kabupaten_marks(figure, table, look)
    said = [f"{name} {text}" for name, text in zip(names[::-1], written[::-1], strict=True)]
    finish(figure, look, title, f"{title}. {', '.join(said)}.", 40)
    figure.update_layout(height=figure.layout.height + round(2.3 * look.size * len(table)))
    figure.update_xaxes(**value_axis("rate", float(table.max().max()), look, room=1.16))
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[safe(name[:1].upper() + name[1:]) for name in names],
    )
    if area["level"] != "kabupaten":
        legend_above(figure, look)
    return figure


def _dimension_table(edition: Edition, area_id: str, level: str) -> pd.DataFrame:
    members = [i.member for i in edition.indicators if i.base == "af_censored_rate"]
    top = ranks.kabupaten_id(edition)
    rows = {}
    for member in members:
        identifier = f"af_censored_rate:{member}"
        own = edition.column(identifier, level)["value"].get(area_id, math.nan)
        above = edition.column(identifier, "kabupaten")["value"].get(top, math.nan)
        rows[member] = {"own": own, "kabupaten": above}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["own", "kabupaten"])
    return table.astype(float).dropna(subset="own").sort_values("own", kind="stable")


def _kabupaten_marks(figure: go.Figure, table: pd.DataFrame, look: Look) -> None:
    figure.add_scatter(
        x=table["kabupaten"].tolist(),
        y=list(range(len(table))),
        mode="markers",
        name=safe(look.say("above.kabupaten")),
        customdata=[[tick_text(round(v, 3), "rate", look)] for v in table["kabupaten"]],
        hovertemplate="%{customdata[0]}<extra></extra>",
        marker={
            "symbol": "line-ns",
            "size": look.size * 1.7,
            "line": {"color": look.colour("ink"), "width": 2.5},
        },
    )
