"""Charts of programmes: whom they reach, whom they miss, of whom nobody knows."""

import textwrap
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from pbrt_geo.edition import Edition
from pbrt_geo.show import ranks, words
from pbrt_geo.show.charts.classed import Classed, cells_of, class_counts, mark_converted
from pbrt_geo.show.charts.ranges import ranges_of_indicators, ranking_of_ranges
from pbrt_geo.show.charts.style import (
    Look,
    Rows,
    finish,
    key_above,
    note_below,
    nothing_to_show,
    safe,
    value_axis,
)

PARTS = ("reached", "missed", "unknown")
"""The three ways a household can stand to a programme that is or may be meant for it."""

ERRORS = {"exclusion_error": ("missed", "circle"), "inclusion_error": ("strong", "diamond")}
"""Colour and sign of each targeting error."""

_WIDE_ENOUGH = 0.12  # share of a bar in which its label fits


def coverage_by_group(
    edition: Edition, area_id: str, look: Look | None = None, by: str = "programme"
) -> go.Figure:
    """
    Draw for one area which share of the target each programme, field or pillar reaches.

    Bars are the households a programme is or may be meant for: reached, missed, not known. In a
    meeting an RT shows the class of each coverage only. A public edition tells the range of the
    share reached, and of RTs its class.

    Parameters
    ----------
    by
        `programme`, `field` or `pillar`.
    """
    look = look or Look()
    area = edition.areas.loc[area_id]
    title = look.say(f"coverage.{by}", area=words.area_name(area))
    groups = coverage_groups(edition, by)
    if look.hides(area["level"], edition):
        return classes_of_groups(edition, area_id, groups, look, title)
    if edition.is_public:
        ids = [f"coverage_rate:{group}" for group in groups]
        title = look.say(f"coverage_ranges.{by}", area=words.area_name(area))
        return ranges_of_indicators(edition, area_id, ids, look, title)
    table = _parts(edition, area["level"], groups).xs(area_id, level="area_id")
    names = {
        group: words.subject_name(group, look.language, edition.programmes) for group in groups
    }
    figure = _stack(table, names, look, title, [""] * len(table))
    _mark(figure, look, edition, area["level"], groups, [area_id])
    return figure


def coverage_by_area(
    edition: Edition,
    level: str,
    group: str,
    look: Look | None = None,
    *,
    within: str | None = None,
    n: int = 15,
) -> go.Figure:
    """
    Draw for each area which share of the target one programme, field or pillar reaches.

    The `n` areas with the most households missed are drawn, those with the most first; of a
    public edition, the ranges of the share reached, the lowest first.
    """
    look = look or Look()
    name = words.subject_name(group, look.language, edition.programmes)
    title = look.say(f"coverage_area.{level}", group=name)
    if within is not None:
        title += f": {words.area_name(edition.areas.loc[within])}"
    if edition.is_public and not edition.has(f"coverage_rate:{group}", level):
        return nothing_to_show(look, title, "not_public")
    if look.hides(level, edition):
        return class_counts(edition, level, f"coverage_rate:{group}", look, within=within)
    if edition.is_public:
        return _ranges_by_area(edition, level, group, look, within, n)
    table = _parts(edition, level, [group]).xs(group, level="group")
    table = table.loc[table.index.isin(ranks.areas_within(edition, level, within))]
    order = table["missed"].sort_values(ascending=False, kind="stable").index[:n]
    row_name = words.area_name if level == "rt" else lambda row: row["name"]
    names = {area: row_name(edition.areas.loc[area]) for area in order}
    figure = _stack(table.loc[order], names, look, title, list(order))
    _mark(figure, look, edition, level, [group], order)
    return figure


def _ranges_by_area(
    edition: Edition, level: str, group: str, look: Look, within: str | None, n: int
) -> go.Figure:
    data = Classed(edition, level, edition.indicator(f"coverage_rate:{group}"), look, within)
    known = data.column[ranks.has_number(data.column)].sort_values("low", kind="stable")
    return ranking_of_ranges(data, list(known.index[:n][::-1]), data.title)


def _mark(
    figure: go.Figure,
    look: Look,
    edition: Edition,
    level: str,
    groups: Sequence[str],
    areas: Sequence[str] | pd.Index,
) -> None:
    """Say which households were carried from the boundaries of another date."""
    ids = [f"n_{part}:{group}" for group in groups for part in PARTS]
    mark_converted(figure, look, *cells_of(edition, ids, level, areas), axis=1)


def coverage_groups(edition: Edition, by: str) -> list[str]:
    """Return the programmes, fields or pillars whose coverage an edition tells, in its order."""
    members = [i.member for i in edition.indicators if i.base == "coverage_rate"]
    if by == "programme":
        return [member for member in members if "/" not in member]
    return [member for member in members if member.startswith(f"{by}/")]


def _parts(edition: Edition, level: str, groups: Sequence[str]) -> pd.DataFrame:
    """Return households reached, missed and not known, by `group` and `area_id`."""
    tables = {}
    for group in groups:
        columns = {part: edition.column(f"n_{part}:{group}", level)["value"] for part in PARTS}
        tables[group] = pd.DataFrame(columns)
    empty = pd.DataFrame({part: pd.Series(dtype=float) for part in PARTS})
    if not tables:
        index = pd.MultiIndex.from_arrays([[], []], names=["group", "area_id"])
        return empty.set_index(index)
    return pd.concat(tables, names=["group", "area_id"])


def _stack(
    table: pd.DataFrame, names: dict[str, str], look: Look, title: str, areas: list[str]
) -> go.Figure:
    known = table.notna().any(axis=1) & (table.sum(axis=1) > 0)
    areas = [area for area, keep in zip(areas, known, strict=True) if keep][::-1]
    table = table[known].fillna(0.0)[::-1]
    if table.empty:
        return nothing_to_show(look, title, "no_data")
    rows = Rows(tuple(names[row] for row in table.index), look)
    figure = go.Figure()
    for part in PARTS:
        figure.add_bar(**_part_bars(table, part, rows, areas))
    finish(figure, look, title, _stack_alt(table, rows, title), 44)
    figure.update_layout(barmode="stack")
    figure.update_xaxes(**value_axis("rate", 1.0, look, room=1.0))
    rows.label(figure)
    entries = [
        ("\u25a0", look.colour("reached"), look.say("part.reached")),
        ("\u25a0", look.colour("missed"), look.say("part.missed")),
        ("\u25a8", look.colour("muted"), look.say("part.unknown")),
    ]
    key_above(figure, look, entries)
    return figure


def _part_bars(table: pd.DataFrame, part: str, rows: Rows, areas: list[str]) -> dict[str, object]:
    look, counts = rows.look, table[part]
    shares = counts / table.sum(axis=1)
    name = look.say(f"part.{part}")
    said = [
        look.say("part.hover", name=label, part=name, n=int(n), share=_share(share, look))
        for label, n, share in zip(rows.labels, counts, shares, strict=True)
    ]
    keys = areas or list(table.index)
    pattern = {"shape": "/", "fgcolor": look.colour("muted"), "size": 6, "solidity": 0.12}
    return {
        "x": shares.tolist(),
        "y": rows.places,
        "width": rows.width,
        "orientation": "h",
        "name": safe(name),
        "text": [
            look.number(n) if share >= _WIDE_ENOUGH else ""
            for n, share in zip(counts, shares, strict=True)
        ],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "customdata": [[key, safe(text)] for key, text in zip(keys, said, strict=True)],
        "hovertemplate": "%{customdata[1]}<extra></extra>",
        "marker": {
            "color": look.colour(part),
            "line": {"color": look.colour("paper"), "width": 1},
            "pattern": (pattern | {"bgcolor": look.colour(part)}) if part == "unknown" else {},
        },
    }


def _share(share: float, look: Look) -> str:
    return words.format_share(share, look.language)


def _stack_alt(table: pd.DataFrame, rows: Rows, title: str) -> str:
    said, look = [], rows.look
    for label, (_, row) in zip(rows.labels[::-1], table[::-1].iterrows(), strict=True):
        facts = {part: look.number(row[part]) for part in PARTS}
        said.append(look.say("part.alt", name=label, **facts))
    return f"{title}. {' '.join(said)}"


def targeting_errors(edition: Edition, area_id: str, look: Look | None = None) -> go.Figure:
    """
    Draw for each programme meant for the poor how much of its target it misses, and leaks.

    Exclusion error: share of target households not reached. Inclusion error: share of recipients
    outside the target. Not drawn for an RT in a meeting.
    """
    look = look or Look()
    area = edition.areas.loc[area_id]
    title = look.say("title.targeting", area=words.area_name(area))
    if edition.is_public:
        return nothing_to_show(look, title, "not_public")
    if look.hides(area["level"]):
        return nothing_to_show(look, title, "hidden")
    table = _errors(edition, area_id, area["level"])
    if table.empty:
        return nothing_to_show(look, title, "no_data")
    names = [words.subject_name(p, look.language, edition.programmes) for p in table.index]
    rows = Rows(tuple(names), look)
    figure = go.Figure()
    _error_lines(figure, table, rows)
    said = []
    for kind in ERRORS:
        texts = [_error_text(edition, area_id, kind, p, look) for p in table.index]
        figure.add_scatter(**_error_dots(table, kind, rows, area_id, texts))
        said += [f"{name}: {text}" for name, text in zip(names, texts, strict=True)]
    finish(figure, look, title, f"{title}. {'. '.join(said)}.", 50)
    figure.update_xaxes(**value_axis("rate", 1.0, look, room=1.03), showgrid=True)
    rows.label(figure)
    entries = [
        ("\u25cf", look.colour("missed"), look.say("error.exclusion_error")),
        ("\u25c6", look.colour("strong"), look.say("error.inclusion_error")),
    ]
    key_above(figure, look, entries)
    ids = [f"{kind}:{programme}" for kind in ERRORS for programme in table.index]
    mark_converted(figure, look, *cells_of(edition, ids, area["level"], [area_id]), axis=1)
    return figure


def _error_dots(
    table: pd.DataFrame, kind: str, rows: Rows, area_id: str, texts: list[str]
) -> dict[str, object]:
    look = rows.look
    colour, symbol = ERRORS[kind]
    leftmost = table[kind] <= table.min(axis=1)
    return {
        "x": table[kind].tolist(),
        "y": rows.places,
        "mode": "markers+text",
        "text": [f" {_share(v, look)} " if pd.notna(v) else "" for v in table[kind]],
        "textposition": ["middle left" if left else "middle right" for left in leftmost],
        "textfont": {"size": round(look.size * 0.9), "color": look.colour("muted")},
        "cliponaxis": False,
        "name": safe(look.say(f"error.{kind}")),
        "customdata": [
            [area_id, safe(name), safe(text)] for name, text in zip(rows.labels, texts, strict=True)
        ],
        "hovertemplate": "<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        "marker": {"color": look.colour(colour), "size": look.size, "symbol": symbol},
    }


def _errors(edition: Edition, area_id: str, level: str) -> pd.DataFrame:
    """Return both errors by programme, the most missed at the top; NaN where not known."""
    programmes = [i.member for i in edition.indicators if i.base == "exclusion_error"]
    rows = {
        programme: {
            kind: edition.column(f"{kind}:{programme}", level)["value"].get(area_id)
            for kind in ("exclusion_error", "inclusion_error")
        }
        for programme in programmes
    }
    table = pd.DataFrame.from_dict(rows, orient="index", dtype=float)
    if table.empty:
        return table
    return table.dropna(how="all").sort_values("exclusion_error", kind="stable")


def _error_lines(figure: go.Figure, table: pd.DataFrame, rows: Rows) -> None:
    ends = zip(rows.places, table.min(axis=1), table.max(axis=1), strict=True)
    for place, low, high in ends:
        line = {"color": rows.look.colour("grid"), "width": 3}
        figure.add_shape(type="line", x0=low, x1=high, y0=place, y1=place, line=line, layer="below")


def _error_text(edition: Edition, area_id: str, kind: str, programme: str, look: Look) -> str:
    indicator = edition.indicator(f"{kind}:{programme}")
    row = edition.column(indicator.id, edition.areas.at[area_id, "level"]).loc[area_id]
    value = words.format_value(indicator, row, look.language)
    note = words.value_note(indicator, row, look.language)
    text = f"{look.say(f'error.{kind}')} {value}"
    return f"{text} ({note})" if note else text


def classes_of_groups(
    edition: Edition,
    area_id: str,
    groups: Sequence[str],
    look: Look,
    title: str,
    base: str = "coverage_rate",
) -> go.Figure:
    """Draw the class of each of several rates of one area as a strip in the colour of the map."""
    level = edition.areas.at[area_id, "level"]
    rows = []
    for group in groups[::-1]:
        if not edition.has(f"{base}:{group}", level):
            continue
        data = Classed(edition, level, edition.indicator(f"{base}:{group}"), look)
        name = words.subject_name(group, look.language, edition.programmes)
        rows.append((name, data.class_label(area_id), data.fills([area_id])[0]))
    if not rows:
        return nothing_to_show(look, title, "not_public" if edition.is_public else "no_data")
    strip = Rows(tuple(name for name, _, _ in rows), look)
    figure = go.Figure(
        go.Bar(
            x=[1] * len(rows),
            y=strip.places,
            width=strip.width,
            orientation="h",
            text=[f"<b>{safe(label)}</b>" for _, label, _ in rows],
            textposition="inside",
            insidetextanchor="middle",
            constraintext="none",
            hoverinfo="skip",
            marker={
                "color": [fill for _, _, fill in rows],
                "line": {"color": look.colour("border"), "width": 0.8},
            },
        )
    )
    alt = ", ".join(f"{name}: {label}" for name, label, _ in rows[::-1])
    finish(figure, look, title, f"{title}. {alt}.", 40)
    figure.update_xaxes(visible=False, range=[0, 1])
    strip.label(figure)
    if len(rows) < len(groups):
        note_below(figure, look, [look.say("not_of_rt", n=len(groups) - len(rows))])
    ids = [f"{base}:{group}" for group in groups]
    mark_converted(figure, look, *cells_of(edition, ids, level, [area_id]))
    return figure


def overlaps(edition: Edition, look: Look | None = None) -> go.Figure:
    """
    Draw, of the households each programme reaches, the share that each other one reaches too.

    Read along a row: of all households of this programme, so many are also in that one.
    """
    look = look or Look()
    title = look.say("title.overlaps")
    if edition.is_public:
        return nothing_to_show(look, title, "not_public")
    table = edition.overlaps
    reached = pd.Series({p: float(table.at[p, p]) for p in table.index}, dtype=float)
    table = table.loc[reached > 0, [p for p in table.columns if reached[p] > 0]]
    if len(table) < 2:
        return nothing_to_show(look, title, "no_data")
    shares = table.div(reached[table.index], axis=0).astype(float)[::-1]
    names = {p: words.programme_name(p, look.language, edition.programmes) for p in table.index}
    texts = [
        ["" if row == column else look.number(shares.at[row, column] * 100) for column in shares]
        for row in shares.index
    ]
    figure = go.Figure(
        go.Heatmap(
            z=[[None if r == c else shares.at[r, c] for c in shares] for r in shares.index],
            text=texts,
            texttemplate="%{text}",
            hoverinfo="skip",
            showscale=False,
            xgap=2,
            ygap=2,
            zmin=0,
            zmax=1,
            colorscale=[[0, look.colour("grid")], [1, look.colour("reached")]],
        )
    )
    alt = look.say("alt.overlaps", title=title, n=len(table))
    finish(figure, look, title, alt, 120)
    figure.update_layout(height=figure.layout.height + round(4.2 * look.size * len(table)))
    numbers = [str(k + 1) for k in range(len(names))]
    rows = [
        "<br>".join(safe(line) for line in textwrap.wrap(f"{k} {names[p]}", 16))
        for p, k in zip(table.index, numbers, strict=True)
    ]
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=rows[::-1])
    figure.update_xaxes(tickvals=list(range(len(rows))), ticktext=numbers, side="top")
    return figure
