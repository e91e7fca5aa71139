"""Charts of one area: its years beside those of the areas above, and its deprivations."""

import itertools
import math
import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.show import ranks, words
from pbrt_geo.show.charts.classed import Classed, cells_of, mark_converted
from pbrt_geo.show.charts.coverage import classes_of_groups
from pbrt_geo.show.charts.growth import year_tick
from pbrt_geo.show.charts.ranges import ranges_of_indicators
from pbrt_geo.show.charts.style import (
    Look,
    Rows,
    finish,
    key_above,
    nothing_to_show,
    room_above,
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
    columns: int = 1,
) -> go.Figure:
    """
    Draw how indicators of one area went over the years, a small chart each.

    The desa, kecamatan and kabupaten that hold the area stand beside it as thin lines; counts are
    drawn without them. In a meeting an RT is drawn by the class it is in. One indicator alone
    gives its name to the chart, so that a page may set several side by side.
    """
    look = look or Look()
    last = shelf[-1]
    area = last.areas.loc[area_id]
    title = look.say("title.years", area=words.area_name(area))
    if len(indicator_ids) == 1:
        title = _panel_name(last, indicator_ids[0], look)
    found = [i for i in indicator_ids if any(e.has(i, area["level"]) for e in shelf)]
    if len(shelf) < 2 or not found:
        return nothing_to_show(look, title, "one_year" if found else "no_data")
    columns = 1 if look.rapat else columns
    columns = min(columns, len(found))
    n_rows = math.ceil(len(found) / columns)
    names = [_panel_name(last, identifier, look) for identifier in found]
    figure = make_subplots(
        n_rows,
        columns,
        subplot_titles=[_head(name) for name in names] if len(found) > 1 else None,
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
    _place_heads(figure, look)
    _explain_lines(figure, look, len(found) > 1)
    cells = [cells_of(e, found, area["level"], [area_id]) for e in shelf]
    n_lines = 2 if any("<br>" in tick for tick in ticks) else 1
    mark_converted(figure, look, *itertools.chain(*cells), axis=n_lines)
    return figure


def _head(name: str) -> str:
    return f"<b>{'<br>'.join(safe(line) for line in textwrap.wrap(name, 38))}</b>"


def _place_heads(figure: go.Figure, look: Look) -> None:
    """Set the small titles flush left."""
    for k, note in enumerate(figure.layout.annotations):
        axis = figure.layout["xaxis" if k == 0 else f"xaxis{k + 1}"]
        note.update(
            x=axis.domain[0], xanchor="left", align="left", yshift=6, font={"size": look.size}
        )


def _explain_lines(figure: go.Figure, look: Look, has_heads: bool) -> None:
    entries = {}
    for trace in figure.select_traces({"type": "scatter"}):
        signs = {"dash": "\u2504", "dashdot": "\u2505", "dot": "\u2508"}
        sign = signs.get(trace.line.dash, "\u2501")
        entries[trace.name] = (sign * 2, trace.line.color, trace.meta)
    if entries:
        key_above(figure, look, list(entries.values()))
    if entries and has_heads:
        room_above(figure, look, 2)
        figure.layout.annotations[-1].yshift += round(look.size * 2)


def _panel_name(edition: Edition, identifier: str, look: Look) -> str:
    indicator = edition.indicator(identifier)
    return words.indicator_name(indicator, look.language, edition.programmes)


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
    last = shelf[-1]
    indicator, area = last.indicator(identifier), last.areas.loc[area_id]
    own = _series(shelf, area_id, identifier)
    beside = {} if indicator.kind == "count" else _above(shelf, area, identifier)
    hidden = look.hides(area["level"], last)
    told = _told(shelf, area_id, identifier)
    if any(told) and not hidden:
        _range_panel(figure, shelf, told, indicator, look, at)
        return _said(shelf, indicator, _public_texts(shelf, area_id, identifier, look)[0], look)
    if hidden:
        data = Classed(last, "rt", last.indicator(identifier), look)
        written = [data.class_label_of(value) for value in own]
        own, beside = data.as_class(own), {k: data.as_class(v) for k, v in beside.items()}
        _class_axis(figure, data, at)
    else:
        written = [_written(value, indicator.kind, look) for value in own]
        carried = _is_converted(shelf, area_id, identifier)
        written = [
            f"{text}\u00a0{words.SIGN}" if text and is_carried else text
            for text, is_carried in zip(written, carried, strict=True)
        ]
        highest = pd.concat([own, *beside.values()]).max()
        axis = value_axis(indicator.kind, 0.0 if pd.isna(highest) else float(highest), look, 1.15)
        figure.update_yaxes(**axis, showgrid=True, **at)
    labels = [""] * len(own) if hidden else written  # the classes stand at the axis
    if last.is_public:
        beside = {}
        written, dates = _public_texts(shelf, area_id, identifier, look)
        known = own.notna()
        labels = dates if hidden else list(pd.Series(written).where(known, ""))
    for level, values in beside.items():
        figure.add_scatter(**_line(values, look.say(f"above.{level}"), level, look), **at)
    name = words.area_name(area)
    figure.add_scatter(**_own_line(own, labels, name, area_id, look), **at)
    return _said(shelf, indicator, written, look)


def _said(shelf: Sequence[Edition], indicator: Indicator, written: list[str], look: Look) -> str:
    said = [
        f"{words.year_name(edition, look.language)} {text or look.say('nothing.short')}"
        for edition, text in zip(shelf, written, strict=True)
    ]
    title = words.indicator_name(indicator, look.language, shelf[-1].programmes)
    return f"{title}: {', '.join(said)}."


def _told(shelf: Sequence[Edition], area_id: str, identifier: str) -> list[dict[str, Any] | None]:
    """Return the public range of one area in each edition; None where there is none."""
    level = str(shelf[-1].areas.at[area_id, "level"])
    found: list[dict[str, Any] | None] = []
    for edition in shelf:
        cells = cells_of(edition, [identifier], level, [area_id])
        rows = [row for cell in cells for row in cell.to_dict("records")]
        found.append(next((row for row in rows if words.is_range(row)), None))
    return found


def _public_texts(
    shelf: Sequence[Edition], area_id: str, identifier: str, look: Look
) -> tuple[list[str], list[str]]:
    """Write what each public edition tells of an area, and of which date if of an earlier one."""
    level = str(shelf[-1].areas.at[area_id, "level"])
    indicator, texts, dates = shelf[-1].indicator(identifier), [], []
    for edition in shelf:
        rows = [c for c in cells_of(edition, [identifier], level, [area_id]) if len(c)]
        row = rows[0].iloc[0] if rows else None
        known, as_of = row is not None, edition.as_of
        texts.append(words.format_value(indicator, row, look.language, as_of) if known else "")
        dates.append(words.since_year(row, look.language, as_of) if known else "")
    return texts, dates


def _range_panel(
    figure: go.Figure,
    shelf: Sequence[Edition],
    told: Sequence[dict[str, Any] | None],
    indicator: Indicator,
    look: Look,
    at: dict[str, int],
) -> None:
    """Draw the range of each year as an upright bar."""
    years = [k for k, row in enumerate(told) if row is not None]
    rows = [row for row in told if row is not None]
    figure.add_bar(
        x=years,
        base=[row["low"] for row in rows],
        y=[row["high"] - row["low"] for row in rows],
        width=0.34,
        text=[_held(row, shelf[k], indicator, look) for k, row in zip(years, rows, strict=True)],
        textposition="outside",
        constraintext="none",
        cliponaxis=False,
        hoverinfo="skip",
        marker={"color": look.colour("strong")},
        **at,
    )
    axis = value_axis(indicator.kind, max(row["high"] for row in rows), look, 1.25)
    figure.update_yaxes(**axis, showgrid=True, **at)


def _held(row: dict[str, Any], edition: Edition, indicator: Indicator, look: Look) -> str:
    """Write the range at its bar, and below it the earlier year it is of."""
    since = words.since_year(row, look.language, edition.as_of)
    written = f"<b>{safe(words.format_value(indicator, row, look.language))}</b>"
    return f"{written}<br>{safe(since)}" if since else written


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


def _is_converted(shelf: Sequence[Edition], area_id: str, identifier: str) -> list[bool]:
    level = str(shelf[-1].areas.at[area_id, "level"])
    cells = [cells_of(edition, [identifier], level, [area_id]) for edition in shelf]
    return [any(words.evidences(rows).ne("").any() for rows in found) for found in cells]


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


def _line(values: pd.Series, name: str, level: str, look: Look) -> dict[str, object]:
    dash = {"desa": "dash", "kecamatan": "dashdot", "kabupaten": "dot"}[level]
    return {
        "x": list(range(len(values))),
        "y": [None if pd.isna(v) else v for v in values],
        "mode": "lines",
        "name": safe(name),
        "meta": name,
        "hoverinfo": "skip",
        "line": {"color": look.colour("muted"), "width": 1.5, "dash": dash},
    }


def _own_line(
    values: pd.Series, written: list[str], name: str, area_id: str, look: Look
) -> dict[str, object]:
    return {
        "x": list(range(len(values))),
        "y": [None if pd.isna(v) else v for v in values],
        "mode": "lines+markers+text",
        "name": safe(name),
        "meta": name,
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
    marks are the same of the kabupaten. Not drawn for an RT in a meeting; of a public edition the
    classes of an RT, and ranges of larger areas.
    """
    look = look or Look()
    area = edition.areas.loc[area_id]
    title = look.say("title.dimensions", area=words.area_name(area))
    if edition.is_public:
        return _public_dimensions(edition, area_id, look, title)
    if look.hides(area["level"]):
        return nothing_to_show(look, title, "hidden")
    table = _dimension_table(edition, area_id, area["level"])
    if table.empty:
        return nothing_to_show(look, title, "no_data")
    names = [words.subject_name(member, look.language) for member in table.index]
    rows = Rows(tuple(name[:1].upper() + name[1:] for name in names), look)
    written = [words.format_share(v, look.language) for v in table["own"]]
    bars = rows.bars(table["own"], [f" {text}" for text in written], color=look.colour("bar"))
    bars.update(customdata=[[area_id]] * len(table), name=safe(words.area_name(area)))
    figure = go.Figure(bars)
    if area["level"] != "kabupaten":
        _kabupaten_marks(figure, table, rows)
    said = [f"{name} {text}" for name, text in zip(names[::-1], written[::-1], strict=True)]
    finish(figure, look, title, f"{title}. {', '.join(said)}.", 44)
    figure.update_xaxes(**value_axis("rate", float(table.max().max()), look, room=1.16))
    rows.label(figure)
    if area["level"] != "kabupaten":
        entries = [
            ("\u25a0", look.colour("bar"), words.area_name(area)),
            ("\u2503", look.colour("ink"), look.say("above.kabupaten")),
        ]
        key_above(figure, look, entries)
    ids = [f"af_censored_rate:{member}" for member in table.index]
    mark_converted(figure, look, *cells_of(edition, ids, area["level"], [area_id]), axis=1)
    return figure


def _public_dimensions(edition: Edition, area_id: str, look: Look, title: str) -> go.Figure:
    members = [i.member for i in edition.indicators if i.base == "af_censored_rate"]
    if edition.areas.at[area_id, "level"] == "rt":
        return classes_of_groups(edition, area_id, members, look, title, "af_censored_rate")
    ids = [f"af_censored_rate:{member}" for member in members]
    return ranges_of_indicators(edition, area_id, ids, look, title)


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


def _kabupaten_marks(figure: go.Figure, table: pd.DataFrame, rows: Rows) -> None:
    look = rows.look
    figure.add_scatter(
        x=table["kabupaten"].tolist(),
        y=rows.places,
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
