"""Silsilah: the lives of an RT and its kin as lines from left to right, and what happened on them.

Events are numbered on the lines and told below, so that dates and decisions can be read on a phone
as well as on a projector. An RT that ended has a dashed line with a cross at its end; one that was
there before recording began comes dotted out of the time before.
"""

import datetime as dt
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pbrt_geo.edition import Edition
from pbrt_geo.show import told
from pbrt_geo.show.charts.style import (
    Look,
    finish,
    muted,
    nothing_to_show,
    safe,
    write_left,
    written_below,
)
from pbrt_geo.show.lineage import Family, family

_KEY_COLUMNS = 43
_LABEL_COLUMNS = 50  # of smaller type
_LINE, _LIFE = 1.35, 1.5  # heights, in sizes of type
_APART = 0.055  # of the width, between the numbers on one line


@dataclass(frozen=True)
class _Drawing:
    """A family with the place of each member and the ends of time."""

    edition: Edition
    family: Family
    look: Look
    events: list[told.Told]

    @cached_property
    def labels(self) -> dict[str, list[str]]:
        """Safe lines above each life: the name, and how long the RT has been there."""
        return {unit: self._label(unit) for unit in self.family.members.index}

    def _label(self, unit: str) -> list[str]:
        look, name = self.look, safe(self.name(unit))
        life = told.life_told(self.family, unit, look.language)
        if unit == self.family.rt_id:
            name = f'<span style="color:{look.colour("select")}"><b>{name}</b></span>'
        if len(self.name(unit)) + len(life) + 1 <= _KEY_COLUMNS:
            return [f"{name} {muted(safe(life), look)}"]
        return [name, *(muted(line, look) for line in _wrapped(life, _LABEL_COLUMNS))]

    @cached_property
    def rows(self) -> dict[str, float]:
        """Where each life is drawn, in lines of type below the top."""
        places, below = {}, 0.0
        for unit, lines in self.labels.items():
            below += _LINE * len(lines) + _LIFE
            places[unit] = below - _LIFE / 2
        return places

    @property
    def end(self) -> float:
        return day_number(self.family.date)

    @property
    def start(self) -> float:
        """First day drawn: a little before the year of the first event, so that it is named."""
        days = [event.date for event in self.events]
        first = min(days, default=self.family.members["begun"].min())
        year = day_number(dt.date((first - pd.Timedelta(days=120)).year, 1, 1))
        return year - 0.07 * (self.end - year)

    def begin_of(self, unit: str) -> float:
        return max(day_number(self.family.members.at[unit, "begun"]), self.start)

    def end_of(self, unit: str) -> float:
        ended = self.family.members.at[unit, "ended"]
        return self.end if pd.isna(ended) else day_number(ended)

    def name(self, unit: str) -> str:
        return told.unit_name(self.family, self.edition, unit, self.look.language)


def day_number(day: pd.Timestamp | dt.date) -> float:
    """Write a day as a number, since plotly would write dates in English."""
    return float(day.toordinal())


def silsilah(edition: Edition, rt_id: str, look: Look | None = None, most: int = 12) -> go.Figure:
    """
    Draw the family of an RT up to the date of an edition, the RT itself marked.

    Parameters
    ----------
    most
        Members at most; the text below says how many are left out.
    """
    look = look or Look()
    kin = family(edition, rt_id, most)
    if rt_id not in kin.members.index:
        return nothing_to_show(look, look.say("title.silsilah", area=rt_id), "no_lineage")
    drawing = _Drawing(edition, kin, look, told.events_told(kin, edition, look.language))
    title = look.say("title.silsilah", area=drawing.name(rt_id))
    said = told.family_sentences(edition, kin, look.language)
    figure = go.Figure()
    for unit in kin.members.index:
        _add_life(figure, drawing, unit)
    _add_marks(figure, drawing)
    finish(figure, look, title, f"{title}. {' '.join(said)}", 24)
    _add_links(figure, drawing)
    _add_labels(figure, drawing)
    _set_axes(figure, drawing)
    _tell_below(figure, drawing)
    return figure


def _add_life(figure: go.Figure, drawing: _Drawing, unit: str) -> None:
    look, row = drawing.look, drawing.rows[unit]
    begin, end = drawing.begin_of(unit), drawing.end_of(unit)
    member = drawing.family.members.loc[unit]
    has_ended = pd.notna(member["ended"])
    chosen = unit == drawing.family.rt_id
    colour = look.colour("select" if chosen else "muted" if has_ended else "strong")
    line: dict[str, Any] = {"color": colour, "width": 6 if chosen else 3}
    if member["is_awal"]:  # its line comes out of the time before records, and has no first day
        begin = max(begin, drawing.start + 0.08 * (drawing.end - drawing.start))
        before = line | {"dash": "dot", "width": line["width"] * 0.7}
        figure.add_scatter(x=[drawing.start, begin], y=[row, row], **_plain_line(before))
    signs = ["line-ns" if member["is_awal"] else "circle"]
    signs.append("x-thin-open" if has_ended else "triangle-right")
    figure.add_scatter(
        x=[begin, end],
        y=[row, row],
        mode="lines+markers",
        line=line | ({"dash": "dash"} if has_ended else {}),
        marker={
            "symbol": signs,
            "size": [8, 12],
            "color": colour,
            "line": {"color": colour, "width": 2.5 if has_ended else 0},
        },
        customdata=[[unit]] * 2,
        name=safe(drawing.name(unit)),
        hoverinfo="skip",
        cliponaxis=False,
    )


def _plain_line(line: dict[str, Any]) -> dict[str, Any]:
    return {"mode": "lines", "line": line, "hoverinfo": "skip", "cliponaxis": False}


def _add_links(figure: go.Figure, drawing: _Drawing) -> None:
    """Join the lines of parents and children on the day of the event."""
    for edge in drawing.family.edges.itertuples():
        x = day_number(edge.date)
        figure.add_shape(
            type="line",
            x0=x,
            x1=x,
            y0=drawing.rows[edge.from_id],
            y1=drawing.rows[edge.to_id],
            layer="below",
            line={"color": drawing.look.colour("muted"), "width": 2},
        )


def _add_marks(figure: go.Figure, drawing: _Drawing) -> None:
    """Put the number of each event on the lines it starts from or goes to."""
    look = drawing.look
    apart = _APART * (drawing.end - drawing.start) * look.size / 14
    last: dict[str, float] = {}
    places, rows, numbers, said = [], [], [], []
    for number, event in enumerate(drawing.events, 1):
        for unit in event.units:
            place = max(day_number(event.date), last.get(unit, -apart) + apart)
            last[unit] = place
            places.append(place)
            rows.append(drawing.rows[unit])
            numbers.append(f"<b>{number}</b>")
            said.append([unit, "<br>".join(_wrapped(event.sentence, _KEY_COLUMNS))])
    figure.add_scatter(
        x=places,
        y=rows,
        mode="markers+text",
        text=numbers,
        textfont={"size": round(look.size * 0.8), "color": look.colour("ink")},
        customdata=said,
        hovertemplate="%{customdata[1]}<extra></extra>",
        cliponaxis=False,
        marker={
            "symbol": "circle",
            "size": round(look.size * 1.35),
            "color": look.colour("paper"),
            "line": {"color": look.colour("ink"), "width": 1.5},
        },
    )


def _add_labels(figure: go.Figure, drawing: _Drawing) -> None:
    paper = {"bgcolor": drawing.look.colour("paper"), "borderpad": 0}
    for unit, lines in drawing.labels.items():
        place = drawing.rows[unit] - 0.6
        write_left(figure, "<br>".join(lines), y=place, yanchor="bottom", **paper)


def _set_axes(figure: go.Figure, drawing: _Drawing) -> None:
    look = drawing.look
    first, last = (dt.date.fromordinal(int(day)) for day in (drawing.start, drawing.end))
    years = [dt.date(year, 1, 1) for year in range(first.year + 1, last.year + 1)]
    every = -(-len(years) // 6)
    figure.update_xaxes(
        range=[drawing.start, drawing.end + 0.02 * (drawing.end - drawing.start)],
        tickvals=[day_number(day) for day in years[::every]],
        ticktext=[str(day.year) for day in years[::every]],
        tickfont={"color": look.colour("muted")},
        ticks="outside",
        tickcolor=look.colour("muted"),
        showgrid=True,
        showline=True,
    )
    deepest = max(drawing.rows.values()) + _LIFE
    figure.update_yaxes(visible=False, range=[deepest, 0])
    figure.update_layout(height=figure.layout.height + round(deepest * look.size))


def _tell_below(figure: go.Figure, drawing: _Drawing) -> None:
    """Write what the numbers stand for, and how many kin are left out."""
    look = drawing.look
    lines = []
    for number, event in enumerate(drawing.events, 1):
        wrapped = _wrapped(event.sentence, _KEY_COLUMNS)
        lines += [f"<b>{number}</b>\u2002{wrapped[0]}"]
        lines += [f"\u2003\u2002{line}" for line in wrapped[1:]]
    if drawing.family.n_left_out:
        left = told.say("family.left_out", look.language, n=drawing.family.n_left_out)
        lines += [muted(line, look) for line in _wrapped(left, _KEY_COLUMNS)]
    if lines:
        written_below(figure, look, lines, axis=1)


def _wrapped(text: str, columns: int) -> Sequence[str]:
    return [safe(line) for line in textwrap.wrap(text, columns)] or [""]
