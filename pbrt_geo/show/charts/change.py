"""Charts of the change between two dates on common boundaries, in the colours of its map."""

import pandas as pd
import plotly.graph_objects as go

from pbrt_geo.edition import Edition
from pbrt_geo.show import change, ranks, ways, words
from pbrt_geo.show.charts.classed import (
    HOVER,
    ClassRow,
    class_bars,
    mark_converted,
    state_rows,
)
from pbrt_geo.show.charts.style import Look, Rows, finish, note_below, nothing_to_show, safe
from pbrt_geo.show.palette import change_shades, way_shades
from pbrt_geo.show.words import join_words
from pbrt_geo.text import say


def change_ranking(
    before: Edition,
    after: Edition,
    level: str,
    indicator_id: str,
    look: Look | None = None,
    *,
    within: str | None = None,
    selected: str | None = None,
    n: int = 8,
) -> go.Figure:
    """
    Draw the areas with the largest rises and falls between two dates.

    Both editions are on common boundaries. Areas with few known households on either date are
    left out. In a meeting RTs are counted by the classes of the map instead, and areas of public
    editions by which way they went.

    Parameters
    ----------
    n
        Rises and falls at most, each.
    """
    look = look or Look()
    title = _title(before, after, indicator_id, look, within)
    if after.is_public and ways.are_told(before, after, indicator_id, level):
        return _way_counts(before, after, level, indicator_id, look, within)
    if look.hides(level, after):
        return _class_counts(before, after, level, indicator_id, look, title, within)
    shown = _ends(before, after, level, indicator_id, within, n)
    if shown.empty:
        return nothing_to_show(look, title, "no_change")
    written = _written(shown, after.indicator(indicator_id).kind, look)
    rows = Rows(tuple(_names(after, level, shown.index)), look)
    classes = change.change_classes(before, after, indicator_id, level)
    shades = change_shades(look.theme)
    colours = [shades[k].fill for k in classes.of(shown["change"])]
    figure = go.Figure(_bars(shown, written, colours, rows, selected))
    listed = [f"{name} {t}" for name, t in zip(rows.labels[::-1], written[::-1], strict=True)]
    finish(figure, look, title, f"{title}: {join_words(listed, look.language)}.", 40)
    rows.label(figure, _row_labels(shown.index, rows, selected))
    figure.update_xaxes(range=_range(shown["change"]), showticklabels=False, ticks="")
    figure.add_vline(x=0, line={"color": look.colour("muted"), "width": 1.2}, layer="below")
    mark_converted(figure, look, shown)
    return figure


def _ends(
    before: Edition, after: Edition, level: str, indicator_id: str, within: str | None, n: int
) -> pd.DataFrame:
    """Return the largest falls and rises, the largest fall first."""
    order = change.rankable_changes(before, after, indicator_id, level, within)
    ways = change.way_of(order, after.indicator(indicator_id).kind)
    parts = [order[ways.eq(change.UP)].head(n), order[ways.eq(change.DOWN)].tail(n)]
    return pd.concat(parts)[::-1]


def _names(edition: Edition, level: str, areas: pd.Index) -> list[str]:
    rows = edition.areas.loc[areas].to_dict("records")
    return [words.area_name(row) if level == "rt" else str(row["name"]) for row in rows]


def _written(shown: pd.DataFrame, kind: str, look: Look) -> list[str]:
    return [
        change.write_change(value, kind, look.language, unit=False)
        + (f"\u00a0{words.SIGN}" if mark else "")
        for value, mark in zip(shown["change"], shown["evidence"], strict=True)
    ]


def _row_labels(areas: pd.Index, rows: Rows, selected: str | None) -> list[str]:
    pairs = zip(areas, map(safe, rows.labels), strict=True)
    return [f"<b>{label}</b>" if area == selected else label for area, label in pairs]


def _range(changes: pd.Series) -> list[float]:
    """Return the ends of the axis, with room for what is written beyond the bars."""
    low, high = min(float(changes.min()), 0.0), max(float(changes.max()), 0.0)
    room = 0.42 * (high - low)
    return [low - room if low < 0 else low - 0.02 * room, high + room if high > 0 else high]


def _title(
    before: Edition, after: Edition, indicator_id: str, look: Look, within: str | None
) -> str:
    name = words.indicator_name(after.indicator(indicator_id), look.language, after.programmes)
    years = [words.year_name(edition, look.language) for edition in (before, after)]
    kind = after.indicator(indicator_id).kind
    key = "title.change_points" if kind == "rate" else "title.change"
    title = look.say(key, indicator=name, first=years[0], last=years[1])
    if within is None:
        return title
    return f"{title}: {words.area_name(after.areas.loc[within])}"


def _bars(
    shown: pd.DataFrame, written: list[str], colours: list[str], rows: Rows, selected: str | None
) -> go.Bar:
    look = rows.look
    marks = [words.conversion_mark([evidence], look.language) for evidence in shown["evidence"]]
    chosen = [area == selected for area in shown.index]
    edges = {
        "color": [look.colour("select" if hit else "border") for hit in chosen],
        "width": [3 if hit else 0.8 for hit in chosen],
    }
    bars = rows.bars(shown["change"], [f" {safe(t)} " for t in written], color=colours, line=edges)
    told = zip(shown.index, rows.labels, written, marks, strict=True)
    said = [[area, *map(safe, texts)] for area, *texts in told]
    return bars.update(customdata=said, hoverinfo=None, hovertemplate=HOVER)


def _class_counts(
    before: Edition,
    after: Edition,
    level: str,
    indicator_id: str,
    look: Look,
    title: str,
    within: str | None,
) -> go.Figure:
    """Count areas by the classes of the map of the change, and those without a number."""
    table = change.change_table(before, after, indicator_id, level, within)
    classes = change.change_classes(before, after, indicator_id, level)
    found = classes.of(table["change"].where(table["state"] == "value"))
    rows = state_rows(table["state"], look)
    shades = change_shades(look.theme)
    if classes.limits:
        labels = classes.labels(look.language)
        rows += [ClassRow(x, int((found == k).sum()), shades[k]) for k, x in enumerate(labels)]
    if not sum(row.n for row in rows):
        return nothing_to_show(look, title, "no_change")
    figure = class_bars(rows, look, title)
    mark_converted(figure, look, table)
    return figure


def _way_counts(
    before: Edition,
    after: Edition,
    level: str,
    indicator_id: str,
    look: Look,
    within: str | None,
) -> go.Figure:
    """Count areas by which way their class or range went, and those without one."""
    ids = ranks.areas_within(after, level, within)
    table = ways.ways(before, after, indicator_id, level, ids)
    name = words.indicator_name(after.indicator(indicator_id), look.language, after.programmes)
    years = [words.year_name(edition, look.language) for edition in (before, after)]
    title = look.say("title.change", indicator=name, first=years[0], last=years[1])
    if within is not None:
        title += f": {words.area_name(after.areas.loc[within])}"
    rows = state_rows(table["state"], look)
    named = zip(ways.WAYS, ways.CLASSES.labels(look.language), way_shades(look.theme), strict=True)
    rows += [ClassRow(label, int((table["way"] == way).sum()), s) for way, label, s in named]
    if level != "rt":
        rows = [row for row in rows if row.n]
    if not sum(row.n for row in rows):
        return nothing_to_show(look, title, "no_change")
    figure = class_bars(rows, look, title)
    note_below(figure, look, [say("map.public.ways", look.language)])
    return figure
