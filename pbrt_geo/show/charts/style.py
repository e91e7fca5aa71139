"""The one visual language of all charts: type, colours, axes, labels, alternative text.

A chart is a plotly figure that loads nothing and holds its title and a description for those who
cannot see it (`title_of`, `alt_text`). Points carry the `area_id` first in `customdata`, so that a
choice in a chart can be followed on the map.
"""

import html
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from pbrt_geo.edition import Edition
from pbrt_geo.show.palette import PAGE, Theme
from pbrt_geo.text import number, percent, say

CONFIG = {"displayModeBar": False, "displaylogo": False, "responsive": True, "doubleClick": "reset"}
"""What to give `st.plotly_chart(config=...)` and `figure.show(config=...)`."""

FONT = '"Source Sans", "Source Sans 3", "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif'

COLOURS: dict[str, dict[str, str]] = {
    "light": {
        "ink": "#1b2529",
        "muted": "#56646a",
        "grid": "#e3e8e9",
        "paper": "#ffffff",
        "bar": "#7ba3b6",
        "strong": "#175676",
        "reached": "#2f7fa6",
        "missed": "#d95f0e",
        "unknown": "#c4c7ca",
        "select": PAGE["light"]["select"],
        "border": PAGE["light"]["border"],
    },
    "dark": {
        "ink": "#e9eef0",
        "muted": "#a5b4ba",
        "grid": "#2c393e",
        "paper": "#12191c",
        "bar": "#55859b",
        "strong": "#7cc0e0",
        "reached": "#4f9dc2",
        "missed": "#dd7428",
        "unknown": "#565b61",
        "select": PAGE["dark"]["select"],
        "border": "#0c1113",
    },
}
"""Sea blue for what is counted, orange for who is missed; classes have the colours of the map."""

INVISIBLE = "rgba(0,0,0,0)"

_LONGEST_BESIDE = 17
_KEY_COLUMNS = 46


@dataclass(frozen=True)
class Look:
    """How a chart is drawn: for whom, on which ground, with its title or with one on the page."""

    language: str = "id"
    theme: Theme = "light"
    rapat: bool = False
    titled: bool = True

    @property
    def size(self) -> int:
        """Size of type in pixels."""
        return 20 if self.rapat else 14

    def colour(self, name: str) -> str:
        """Return a colour of the chart's ground."""
        return COLOURS[self.theme][name]

    def say(self, key: str, **facts: Any) -> str:
        """Return a text of `charts.toml`."""
        return say(f"chart.{key}", self.language, **facts)

    def number(self, value: float) -> str:
        """Write a count."""
        return number(value, self.language, 0)

    def hides(self, level: str, *editions: Edition) -> bool:
        """Tell whether only classes may be shown of areas of this level of these editions."""
        return level == "rt" and (self.rapat or any(e.is_public for e in editions))


def safe(text: object) -> str:
    """
    Make plotly show text letter by letter.

    Plotly reads a few HTML tags in every text, and `$...$` as a formula where MathJax is loaded.
    """
    return html.escape(str(text), quote=False).replace("$", "&#36;")


def muted(text: str, look: Look) -> str:
    """Write safe text in the quiet colour, a little smaller."""
    size = round(look.size * 0.88)
    return f'<span style="color:{look.colour("muted")};font-size:{size}px">{text}</span>'


def finish(figure: go.Figure, look: Look, title: str, alt: str, height: int) -> go.Figure:
    """Give a figure the common look, its title and its alternative text."""
    ink = look.colour("ink")
    figure.update_layout(
        template="none",
        height=round(height * look.size / 14),
        font={"family": FONT, "size": look.size, "color": ink},
        paper_bgcolor=INVISIBLE,
        plot_bgcolor=INVISIBLE,
        separators=",." if look.language == "id" else ".,",
        margin={"l": 8, "r": 2 * look.size, "t": 16, "b": 8},
        hovermode="closest",
        hoverlabel={
            "font": {"family": FONT, "size": look.size, "color": ink},
            "bgcolor": look.colour("paper"),
            "bordercolor": look.colour("muted"),
            "align": "left",
        },
        showlegend=False,
        bargap=0.28,
        dragmode=False,
        clickmode="event+select",
        meta={"title": title, "alt": alt},
    )
    quiet = {"zeroline": False, "automargin": True, "showgrid": False, "fixedrange": True}
    figure.update_xaxes(
        **quiet, tickangle=0, linecolor=look.colour("grid"), gridcolor=look.colour("grid")
    )
    figure.update_yaxes(**quiet, linecolor=look.colour("grid"), gridcolor=look.colour("grid"))
    if look.titled:
        _write_title(figure, look, title)
    return figure


def _write_title(figure: go.Figure, look: Look, title: str) -> None:
    lines = textwrap.wrap(title, 44 if look.rapat else 56)
    size = round(look.size * 1.2)
    room = round(len(lines) * size * 1.3) + 18
    figure.update_layout(
        title={
            "text": f"<b>{'<br>'.join(safe(line) for line in lines)}</b>",
            "font": {"size": size},
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            # plotly hangs a title by its last line
            "pad": {"l": 8, "t": 6 + round((len(lines) - 1) * size * 1.3)},
        },
        margin_t=figure.layout.margin.t + room,
        height=figure.layout.height + room,
    )


def title_of(figure: go.Figure) -> str:
    """Return the title of a figure as plain text."""
    return str(figure.layout.meta["title"])


def alt_text(figure: go.Figure) -> str:
    """Describe a figure for those who cannot see it: what it shows, and its main numbers."""
    return str(figure.layout.meta["alt"])


@dataclass(frozen=True)
class Rows:
    """
    Rows of a chart of bars or dots, from the bottom up.

    Short labels stand beside the rows; long ones above them, so that a narrow screen keeps its
    width for the figures.
    """

    labels: tuple[str, ...]
    look: Look

    @property
    def above(self) -> bool:
        """Tell whether the labels stand above their rows."""
        return max(map(len, self.labels), default=0) > _LONGEST_BESIDE

    @property
    def places(self) -> list[float]:
        """Where each row is drawn."""
        shift = 0.2 if self.above else 0.0
        return [row - shift for row in range(len(self.labels))]

    @property
    def width(self) -> float:
        """Thickness of a bar."""
        return 0.5 if self.above else 0.68

    def label(self, figure: go.Figure, written: list[str] | None = None) -> None:
        """Write the labels and give the figure its height; `written` is their safe markup."""
        texts = written or [safe(label) for label in self.labels]
        n = len(texts)
        per_row = (3.0 if self.above else 1.9) * self.look.size
        figure.update_layout(height=figure.layout.height + round(per_row * n))
        figure.update_yaxes(range=[-0.55, n - 0.45])
        if not self.above:
            figure.update_yaxes(tickvals=list(range(n)), ticktext=texts)
            return
        figure.update_yaxes(showticklabels=False, ticks="")
        for row, text in enumerate(texts):
            # on the paper, over the lines for comparison
            paper = {"bgcolor": self.look.colour("paper"), "borderpad": 0}
            write_left(figure, text, y=row + 0.27, yanchor="middle", **paper)

    def bars(self, lengths: Sequence[float], texts: Sequence[str], **marker: Any) -> go.Bar:
        """Return bars with what is written (safe markup) beyond their ends, and no hover."""
        return go.Bar(
            x=list(lengths),
            y=self.places,
            width=self.width,
            orientation="h",
            text=list(texts),
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
            marker=marker,
        )


def write_left(figure: go.Figure, text: str, **at: Any) -> None:
    """Write safe markup flush left in the drawing; `at` is where and how."""
    usual = {"x": 0, "xref": "paper", "xanchor": "left", "align": "left", "showarrow": False}
    figure.add_annotation(text=text, **usual | at)


def key_above(figure: go.Figure, look: Look, entries: list[tuple[str, str, str]]) -> None:
    """
    Explain marks above the drawing: sign, colour and text of each.

    Plotly's own legend takes a line for each entry on a narrow screen and then lies on the chart.
    """
    lines: list[list[str]] = [[]]
    length = 0
    for sign, colour, text in entries:
        if lines[-1] and length + len(text) + 3 > _KEY_COLUMNS:
            lines.append([])
            length = 0
        lines[-1].append(f'<span style="color:{colour}">{sign}</span>\u00a0{safe(text)}')
        length += len(text) + 3
    text = "<br>".join("\u2002 ".join(line) for line in lines)
    write_left(figure, text, y=1, yref="paper", yanchor="bottom", yshift=6)
    room_above(figure, look, len(lines))
    figure.update_layout(margin_t=figure.layout.margin.t + 6)


def note_below(figure: go.Figure, look: Look, lines: Sequence[str], axis: int = 0) -> None:
    """
    Write plain text below the drawing, in lines that fit a phone.

    Parameters
    ----------
    axis
        Lines of ticks between the drawing and the text.
    """
    wrapped = [safe(part) for line in lines for part in textwrap.wrap(line, _KEY_COLUMNS)]
    written_below(figure, look, [muted(line, look) for line in wrapped], axis)


def written_below(figure: go.Figure, look: Look, lines: Sequence[str], axis: int) -> None:
    """Write lines of safe markup below the drawing and make room for them."""
    room, shift = round(len(lines) * look.size * 1.3), round(look.size * (0.4 + 1.7 * axis))
    write_left(figure, "<br>".join(lines), y=0, yref="paper", yanchor="top", yshift=-shift)
    figure.update_layout(
        height=figure.layout.height + room + shift, margin_b=figure.layout.margin.b + room + shift
    )


def nothing_to_show(look: Look, title: str, reason: str) -> go.Figure:
    """Return a figure that says why there is none."""
    figure = go.Figure()
    words_of = look.say(f"nothing.{reason}")
    finish(figure, look, title, words_of, 90)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    write_left(figure, safe(words_of), y=0.5, yref="paper", font={"color": look.colour("muted")})
    return figure


def value_axis(kind: str, highest: float, look: Look, room: float = 1.03) -> dict[str, Any]:
    """Return an axis of values from 0 with round ticks, written as the language does."""
    ticks = round_ticks(highest, 1.0 if kind == "count" else 0.0)
    return {
        "range": [0.0, max(highest * room, ticks[-1]) or 1.0],
        "tickvals": ticks,
        "ticktext": [tick_text(tick, kind, look) for tick in ticks],
        "tickfont": {"color": look.colour("muted")},
    }


def tick_text(value: float, kind: str, look: Look) -> str:
    """Write a tick with only the decimals it needs."""
    if kind == "rate":
        whole = abs(value * 100 - round(value * 100)) < 1e-9
        return percent(value, look.language, 0 if whole else 1)
    for decimals in range(4):
        if abs(round(value, decimals) - value) < 1e-9:
            break
    return number(value, look.language, decimals)


def round_ticks(highest: float, finest: float = 0.0, most: int = 5) -> list[float]:
    """Return at most `most` + 1 ticks from 0 in steps of 1, 2, 2.5 or 5 times a power of ten."""
    if not highest > 0:
        return [0.0]
    size = 10.0 ** math.floor(math.log10(highest / most))
    steps = (factor * size for factor in (1, 2, 2.5, 5, 10))
    step = next(step for step in steps if highest / step <= most + 1e-9)
    step = max(step, finest)
    return [k * step for k in range(math.floor(highest / step + 1e-9) + 1)]


def reference_line(
    figure: go.Figure, look: Look, value: float, label: str, *, row: int = 0, colour: str = "muted"
) -> None:
    """Draw a vertical line for comparison with its label above; `row` moves the label up."""
    ink = look.colour(colour)
    line = {"color": ink, "width": 2 if colour == "select" else 1.2, "dash": "dot"}
    figure.add_shape(
        type="line", x0=value, x1=value, y0=0, y1=1, yref="paper", line=line, layer="below"
    )
    low, high = figure.layout.xaxis.range
    place = (value - low) / (high - low)
    figure.add_annotation(
        text=safe(label),
        font={"color": ink, "size": round(look.size * 0.9)},
        x=value,
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="left" if place < 0.3 else "right" if place > 0.7 else "center",
        yshift=round(row * look.size * 1.35),
        showarrow=False,
    )


def level_line(figure: go.Figure, look: Look, value: float, label: str) -> None:
    """Draw a horizontal line for comparison with its label at the right end."""
    ink = look.colour("muted")
    line = {"color": ink, "width": 1.2, "dash": "dot"}
    figure.add_shape(
        type="line", x0=0, x1=1, xref="paper", y0=value, y1=value, line=line, layer="below"
    )
    figure.add_annotation(
        text=safe(label),
        font={"color": ink, "size": round(look.size * 0.9)},
        x=1,
        xref="paper",
        xanchor="right",
        y=value,
        yanchor="bottom",
        showarrow=False,
    )


def axis_title(name: str, look: Look, columns: int = 48) -> dict[str, Any]:
    """Return the title of an axis, broken into lines that fit."""
    lines = [safe(line) for line in textwrap.wrap(name, columns)]
    return {"text": "<br>".join(lines), "font": {"size": look.size}}


def room_above(figure: go.Figure, look: Look, lines: int) -> None:
    """Make room for lines of labels above the drawing."""
    room = round(lines * look.size * 1.45)
    figure.update_layout(margin_t=figure.layout.margin.t + room, height=figure.layout.height + room)
