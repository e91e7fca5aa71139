"""Chart of the rule on the size of an RT: what splits did."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from pbrt_geo.edition import Edition
from pbrt_geo.show import rule
from pbrt_geo.show.charts.growth import title_for
from pbrt_geo.show.charts.style import Look, Rows, finish, key_above, nothing_to_show

_SERIES = {"before": ("bar", 0.2), "after": ("strong", -0.2)}
"""Colour of the RTs before and after their split, and where their bar is in the row."""


def splits(
    shelf: Sequence[Edition], look: Look | None = None, area_id: str | None = None
) -> go.Figure:
    """
    Draw how large RTs were before they split, and those after, by the households allowed.

    It shows no figure of a single RT, so it may be shown in a meeting. A public edition does not
    tell sizes so finely.
    """
    look = look or Look()
    title = title_for("splits", shelf, look, area_id)
    if shelf[-1].is_public:
        return nothing_to_show(look, title, "not_public")
    table = rule.sizes_of_splits(shelf, area_id)[::-1]
    if not table.to_numpy().sum():
        return nothing_to_show(look, title, "no_splits")
    rows = Rows(tuple(look.say(f"size.{size}") for size in table.index), look)
    figure = go.Figure()
    for when, (colour, shift) in _SERIES.items():
        bars = rows.bars(table[when], [f" {look.number(n)}" for n in table[when]])
        places = [place + shift * rows.width * 1.25 for place in rows.places]
        bars.update(y=places, width=rows.width / 2, marker={"color": look.colour(colour)})
        figure.add_trace(bars)
    finish(figure, look, title, f"{title}. {_alt(table, rows)}", 40)
    figure.update_layout(barmode="overlay")
    rows.label(figure)
    figure.update_layout(height=figure.layout.height + round(len(table) * look.size * 0.8))
    key_above(
        figure,
        look,
        [
            ("\u25a0", look.colour(colour), look.say(f"size.{when}", n=int(table[when].sum())))
            for when, (colour, _) in _SERIES.items()
        ],
    )
    figure.update_xaxes(visible=False, range=[0, table.to_numpy().max() * 1.12])
    return figure


def _alt(table: pd.DataFrame, rows: Rows) -> str:
    look, said = rows.look, []
    for label, (_, row) in zip(rows.labels[::-1], table[::-1].iterrows(), strict=True):
        counts = {when: int(row[when]) for when in _SERIES}
        said.append(look.say("size.alt", size=label, **counts))
    return " ".join(said)
