"""Chart of the rule of publishing: how many RTs keep a class as it grows stricter."""

import math
from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from pbrt_geo.show.charts.style import Look, axis_title, finish, key_above, safe
from pbrt_geo.text import number, percent

LINES: Mapping[str, tuple[str, str]] = {
    "shown_rate_large": ("large", "strong"),
    "shown_rate": ("all", "missed"),
}
"""Text and colour of the line of each column."""


def frontier(table: pd.DataFrame, chosen: int, name: str, look: Look | None = None) -> go.Figure:
    """
    Draw the share of RTs that keep a class against the rule, the chosen rule marked.

    Parameters
    ----------
    table
        By the households that must stay possible: `shown_rate`, `shown_rate_large` (shares of
        RTs), `rank_correlation`; see `pbrt_geo.disclosure.frontier`.
    chosen
        The rule that is marked; its values are written out.
    name
        Name of the indicator.
    """
    look = look or Look()
    title = look.say("frontier.title", indicator=name)
    figure = go.Figure()
    for column, (_, colour) in LINES.items():
        figure.add_scatter(**_line(table, column, colour, look))
    finish(figure, look, title, f"{title}. {_alt(table, look)}", 330)
    _mark(figure, table, chosen, look)
    entries = [(key, colour, column) for column, (key, colour) in LINES.items()]
    key_above(
        figure,
        look,
        [
            (
                "\u25cf",
                look.colour(colour),
                look.say(f"frontier.{key}", share=_at(table, c, chosen, look)),
            )
            for key, colour, c in entries
        ],
    )
    ticks = [float(share) for share in (0, 0.25, 0.5, 0.75, 1)]
    figure.update_yaxes(
        range=[-0.03, 1.05],
        tickvals=ticks,
        ticktext=[percent(tick, look.language, 0) for tick in ticks],
        tickfont={"color": look.colour("muted")},
        showgrid=True,
    )
    figure.update_xaxes(
        tickvals=list(table.index),
        ticktext=[number(n, look.language) for n in table.index],
        range=[table.index[0] - 0.4, table.index[-1] + 0.4],
        title=axis_title(look.say("frontier.axis"), look),
    )
    return figure


def _line(table: pd.DataFrame, column: str, colour: str, look: Look) -> dict:
    text = look.say("frontier.hover")
    return {
        "x": list(table.index),
        "y": table[column].tolist(),
        "mode": "lines+markers",
        "line": {"color": look.colour(colour), "width": 2.5},
        "marker": {"size": 7},
        "customdata": [[_share(value, look)] for value in table[column]],
        "hovertemplate": f"{safe(text)}<extra></extra>",
    }


def _mark(figure: go.Figure, table: pd.DataFrame, chosen: int, look: Look) -> None:
    """Mark the chosen rule with a vertical line and rings."""
    line = {"color": look.colour("select"), "width": 2, "dash": "dot"}
    figure.add_shape(
        type="line", x0=chosen, x1=chosen, y0=0, y1=1, yref="paper", line=line, layer="below"
    )
    for column, (_, colour) in LINES.items():
        figure.add_scatter(
            x=[chosen],
            y=[table.at[chosen, column]],
            mode="markers",
            hoverinfo="skip",
            marker={
                "size": 13,
                "color": look.colour(colour),
                "line": {"color": look.colour("select"), "width": 2.5},
            },
        )


def _at(table: pd.DataFrame, column: str, chosen: int, look: Look) -> str:
    return _share(float(table.at[chosen, column]), look)


def _share(value: float, look: Look) -> str:
    return "–" if math.isnan(value) else percent(value, look.language, 0)


def _alt(table: pd.DataFrame, look: Look) -> str:
    said = [
        look.say(
            "frontier.alt",
            n=int(n),
            all=_share(row["shown_rate"], look),
            large=_share(row["shown_rate_large"], look),
        )
        for n, row in table.iterrows()
    ]
    return " ".join(said)
