"""The waterfall of the RTs: from the count of one date to that of the next, way by way.

Rows run downwards, so that thirteen of them fit a phone. The axis does not begin at zero, since ten
RTs beside seven hundred would be a hair; so the counts are points, which claim no length, and only
the changes are bars.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import plotly.graph_objects as go

from pbrt_geo.edition import Edition
from pbrt_geo.show import growth, words
from pbrt_geo.show.charts.growth import title_for
from pbrt_geo.show.charts.style import Look, Rows, finish, nothing_to_show, safe

_SEEN_FROM_ZERO = 40  # RTs: one more or less of so few is a bar that can be seen


@dataclass(frozen=True, eq=False)
class _Step:
    """One row: a count on a date (`way` is empty), or a change that starts at `start`."""

    name: str
    n: int
    start: int = 0
    way: str = ""
    estimated: bool = False

    @property
    def end(self) -> int:
        return self.start + self.n

    @property
    def colour(self) -> str:
        known = dict.fromkeys(growth.MOVED, "muted")
        known |= dict.fromkeys(growth.BORN, "strong") | dict.fromkeys(growth.ENDED, "missed")
        return known.get(self.way, "ink")


def births_and_ends(
    shelf: Sequence[Edition], look: Look | None = None, area_id: str | None = None
) -> go.Figure:
    """
    Draw a waterfall from the RTs of the first edition to those of the last.

    Between two editions stand the ways in which RTs were born, ended and moved to or from the
    area (`growth.WAYS`), so that their sum is the difference; an estimated year has a hollow mark.

    Parameters
    ----------
    area_id
        Kecamatan or desa; the whole kabupaten where left out.
    """
    look = look or Look()
    title = title_for("births_and_ends", shelf, look, area_id)
    steps = _steps(shelf, look, area_id)
    if len(steps) < 2:
        return nothing_to_show(look, title, "one_year")
    told = [growth.signed(s.n) if s.way else look.number(s.n) for s in steps]
    alt = ", ".join(f"{s.name} {text}" for s, text in zip(steps, told, strict=True))
    rows = Rows(tuple(step.name for step in steps[::-1]), look)
    figure = go.Figure()
    places = dict(zip(steps[::-1], rows.places, strict=True))
    _add_bars(figure, [s for s in steps if s.way], places, rows)
    _add_counts(figure, [s for s in steps if not s.way], places, look)
    finish(figure, look, title, f"{title}: {alt}.", 30)
    rows.label(figure, [safe(s.name) if s.way else f"<b>{safe(s.name)}</b>" for s in steps[::-1]])
    _add_links(figure, steps, places, look)
    figure.update_xaxes(visible=False, range=_range(steps))
    return figure


def _steps(shelf: Sequence[Edition], look: Look, area_id: str | None) -> list[_Step]:
    table = growth.steps(shelf, area_id)
    by_date = {edition.as_of: edition for edition in shelf}
    found: list[_Step] = []
    for date, row in table.iterrows():
        if not found:
            before = [edition for edition in shelf if edition.as_of < date][-1]
            found.append(_total(before, int(row["before"]), look))
        at = int(row["before"])
        for way in growth.WAYS:
            if row[way]:
                found.append(_Step(look.say(f"way.{way}"), int(row[way]), at, way))
                at += int(row[way])
        found.append(_total(by_date[date], at, look))
    return found


def _total(edition: Edition, n: int, look: Look) -> _Step:
    estimated = bool(edition.about["as_of_estimated"])
    return _Step(words.year_name(edition, look.language), n, estimated=estimated)


def _range(steps: Sequence[_Step]) -> list[float]:
    """Return the ends of the axis: from zero where the changes can be seen beside the counts."""
    low, high = min(step.end for step in steps), max(step.end for step in steps)
    span = high - low
    if high <= _SEEN_FROM_ZERO or low <= 2 * span:
        return [-0.02 * max(high, 1), 1.25 * max(high, 1)]
    return [low - 0.1 * max(span, 1), high + 0.28 * max(span, 1)]


def _add_bars(
    figure: go.Figure, steps: Sequence[_Step], places: dict[_Step, float], rows: Rows
) -> None:
    look = rows.look
    figure.add_bar(
        x=[abs(step.n) for step in steps],
        base=[min(step.start, step.end) for step in steps],
        y=[places[step] for step in steps],
        orientation="h",
        width=rows.width,
        marker={"color": [look.colour(step.colour) for step in steps]},
        customdata=[["", step.way] for step in steps],
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[max(step.start, step.end) for step in steps],
        y=[places[step] for step in steps],
        mode="text",
        text=[f" {growth.signed(step.n)}" for step in steps],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
    )


def _add_counts(
    figure: go.Figure, steps: Sequence[_Step], places: dict[_Step, float], look: Look
) -> None:
    figure.add_scatter(
        x=[step.n for step in steps],
        y=[places[step] for step in steps],
        mode="markers+text",
        text=[f" <b>{look.number(step.n)}</b>" for step in steps],
        textposition="middle right",
        textfont={"size": round(look.size * 1.15)},
        cliponaxis=False,
        hoverinfo="skip",
        marker={
            "symbol": ["circle-open" if step.estimated else "circle" for step in steps],
            "size": round(look.size * 0.85),
            "color": look.colour("ink"),
            "line": {"width": 2, "color": look.colour("ink")},
        },
    )


def _add_links(
    figure: go.Figure, steps: Sequence[_Step], places: dict[_Step, float], look: Look
) -> None:
    """Lead the eye from the end of each row to the start of the next."""
    for step, following in pairwise(steps):
        line = {"color": look.colour("muted"), "width": 1, "dash": "dot"}
        ends = {"y0": places[step], "y1": places[following]}
        figure.add_shape(type="line", x0=step.end, x1=step.end, line=line, layer="below", **ends)
