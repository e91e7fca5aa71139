"""Charts of the institution itself: how many RTs there are, where and how they were born."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pbrt_geo.edition import Edition
from pbrt_geo.show import growth, ranks, words
from pbrt_geo.show.charts.style import (
    Look,
    Rows,
    finish,
    key_above,
    muted,
    nothing_to_show,
    safe,
)
from pbrt_geo.show.sentences import growth_sentence, join_words


def rt_counts(
    shelf: Sequence[Edition], look: Look | None = None, area_id: str | None = None
) -> go.Figure:
    """
    Draw the number of RTs of each edition as bars; an estimated year is hatched and says so.

    Parameters
    ----------
    area_id
        Kecamatan or desa; the whole kabupaten where left out.
    """
    look = look or Look()
    title = title_for("rt_counts", shelf, look, area_id)
    counts = _counts(shelf, area_id)
    if not counts:
        return nothing_to_show(look, title, "no_data")
    numbers = [n for _, n in counts]
    figure = go.Figure(
        go.Bar(
            x=list(range(len(counts))),
            y=numbers,
            text=_labels(numbers, look),
            textposition="outside",
            cliponaxis=False,
            width=0.62,
            customdata=[[area_id or "", edition.as_of.isoformat()] for edition, _ in counts],
            hoverinfo="skip",
            marker=marker(
                [look.colour("bar")] * len(counts),
                [edition.about["as_of_estimated"] for edition, _ in counts],
                look,
            ),
        )
    )
    alt = growth_sentence(shelf, look.language, area_id) or title
    finish(figure, look, title, alt, 320)
    ticks = [year_tick(edition, look) for edition, _ in counts]
    figure.update_xaxes(tickvals=list(range(len(counts))), ticktext=ticks)
    figure.update_yaxes(visible=False, range=[0, max(*numbers, 1) * 1.2])
    return figure


def births_by_area(
    shelf: Sequence[Edition],
    look: Look | None = None,
    level: str = "kecamatan",
    within: str | None = None,
    most: int = 15,
    by: str = "period",
) -> go.Figure:
    """
    Draw how many RTs were born in each area between the editions.

    Parameters
    ----------
    level
        `kecamatan` or `desa`.
    within
        Only areas inside this one.
    most
        Areas with the most births that are drawn; the alternative text counts the others.
    by
        What the colours of the bars tell: `period`, or `way` (split, formed, merged).
    """
    look = look or Look()
    title = look.say(f"births.{level}", since=words.format_date(shelf[0].as_of, look.language))
    table = births_table(shelf, level, within, by)
    if len(shelf) < 2 or not table.to_numpy().sum():
        return nothing_to_show(look, title, "no_births")
    order = table.sum(axis=1).sort_values(ascending=False, kind="stable")
    table = table.loc[order.index[order > 0][:most][::-1]]
    names = shelf[-1].areas.loc[table.index, "name"].tolist()
    rows = Rows(tuple(names), look)
    parts = _periods(shelf, look) if by == "period" else _born_ways(list(table), look)
    figure = go.Figure()
    for column, part in zip(table, parts, strict=True):
        figure.add_bar(**_part_bars(table[column], part, rows))
    _total_labels(figure, table, rows)
    named = zip(names[::-1], table.sum(axis=1)[::-1], strict=True)
    listed = join_words([f"{name} {look.number(n)}" for name, n in named], look.language)
    rest = look.say("births.alt", listed=listed, others=int((order == 0).sum()))
    finish(figure, look, title, f"{title}. {rest}", 30)
    rows.label(figure)
    signs = {True: "\u25a8", False: "\u25a0"}
    key_above(figure, look, [(signs[part.hatched], part.colour, part.name) for part in parts])
    figure.update_layout(barmode="stack")
    figure.update_xaxes(visible=False, range=[0, table.sum(axis=1).max() * 1.1])
    return figure


def births_table(
    shelf: Sequence[Edition],
    level: str = "kecamatan",
    within: str | None = None,
    by: str = "period",
) -> pd.DataFrame:
    """Count the RTs born between the editions by area, as `births_by_area` draws them."""
    return growth.births(shelf, level, within, by)


def births_by_kind(
    shelf: Sequence[Edition], look: Look | None = None, area_id: str | None = None
) -> go.Figure:
    """
    Draw how RTs were born and how they ended, with the share of each kind.

    Parameters
    ----------
    area_id
        Kecamatan or desa; the whole kabupaten where left out.
    """
    look = look or Look()
    title = title_for("births_by_kind", shelf, look, area_id)
    table = growth.kinds_table(shelf, area_id)[::-1]
    if table.empty:
        return nothing_to_show(look, title, "no_births")
    is_born = [way in growth.BORN for way in table.index]
    names = [look.say(f"way.{way}") for way in table.index]
    shares = [words.format_share(share, look.language) for share in table["share"]]
    rows = Rows(tuple(names), look)
    texts = [
        f" <b>{look.number(n)}</b> {muted(safe(share), look)}"
        for n, share in zip(table["n"], shares, strict=True)
    ]
    colours = [look.colour("strong" if born else "missed") for born in is_born]
    figure = go.Figure(rows.bars(table["n"], texts, color=colours))
    finish(figure, look, title, f"{title}. {_kinds_alt(table, names, shares, look)}", 30)
    rows.label(figure)
    entries = [
        ("\u25a0", "strong", growth.BORN, "born"),
        ("\u25a0", "missed", growth.ENDED, "ended"),
    ]
    totals = [(sign, colour, _sum(table, ways), key) for sign, colour, ways, key in entries]
    key_above(
        figure,
        look,
        [(s, look.colour(c), look.say(f"kinds.{k}", n=n)) for s, c, n, k in totals if n],
    )
    figure.update_xaxes(visible=False, range=[0, table["n"].max() * 1.35])
    return figure


def _sum(table: pd.DataFrame, ways: Sequence[str]) -> int:
    return int(table["n"][table.index.isin(ways)].sum())


def _kinds_alt(table: pd.DataFrame, names: list[str], shares: list[str], look: Look) -> str:
    said = []
    for ways, key in ((growth.BORN, "born"), (growth.ENDED, "ended")):
        parts = [
            f"{name} {look.number(n)} ({share})"
            for way, name, n, share in zip(table.index, names, table["n"], shares, strict=True)
            if way in ways
        ]
        if parts:
            total = look.say(f"kinds.{key}", n=_sum(table, ways))
            said.append(f"{total}: {join_words(parts[::-1], look.language)}.")
    return " ".join(said)


def year_tick(edition: Edition, look: Look) -> str:
    """Write the year of an edition under an axis, an estimate in a second line."""
    year = str(edition.as_of.year)
    if edition.about["as_of_estimated"]:
        return f"{year}<br>{muted(safe(look.say('estimate')), look)}"
    return year


def title_for(key: str, shelf: Sequence[Edition], look: Look, area_id: str | None) -> str:
    """Return the title of a chart, with the area it is drawn for."""
    title = look.say(f"title.{key}")
    if area_id is None:
        return title
    return f"{title}: {words.area_name(shelf[-1].areas.loc[area_id])}"


def _counts(shelf: Sequence[Edition], area_id: str | None) -> list[tuple[Edition, int]]:
    counts = [(e, growth.n_rt(e, area_id or ranks.kabupaten_id(e))) for e in shelf]
    return [(edition, n) for edition, n in counts if n is not None]


def _labels(numbers: Sequence[int], look: Look) -> list[str]:
    changes = ["", *(growth.signed(b - a) for a, b in pairwise(numbers))]
    return [
        f"<b>{look.number(n)}</b>" + (f" {muted(change, look)}" if change else "")
        for n, change in zip(numbers, changes, strict=True)
    ]


def marker(colours: Sequence[str], hatched: Sequence[bool], look: Look) -> dict[str, Any]:
    """Return the fill of bars; a hatched bar has stripes of its colour on the paper."""
    return {
        "color": list(colours),
        "line": {"color": list(colours), "width": 1},
        "pattern": {
            "shape": ["/" if is_hatched else "" for is_hatched in hatched],
            "fgcolor": list(colours),
            "bgcolor": look.colour("paper"),
            "size": 7,
            "solidity": 0.45,
        },
    }


@dataclass(frozen=True)
class _Part:
    """What one colour of stacked bars stands for."""

    name: str
    colour: str
    hatched: bool = False


def _periods(shelf: Sequence[Edition], look: Look) -> list[_Part]:
    return [
        _Part(
            words.year_name(edition, look.language),
            look.colour("strong" if edition is shelf[-1] else "bar"),
            edition.about["as_of_estimated"],
        )
        for edition in shelf[1:]
    ]


def _born_ways(ways: Sequence[str], look: Look) -> list[_Part]:
    colours = dict(zip(growth.BORN, ("strong", "bar", "unknown", "strong"), strict=True))
    return [_Part(look.say(f"way.{way}"), look.colour(colours[way])) for way in ways]


def _part_bars(counts: pd.Series, part: _Part, rows: Rows) -> dict[str, Any]:
    look, n = rows.look, len(counts)
    said = [
        look.say("births.hover", area=name, n=int(count), part=part.name)
        for name, count in zip(rows.labels, counts, strict=True)
    ]
    return {
        "y": rows.places,
        "width": rows.width,
        "x": counts.tolist(),
        "orientation": "h",
        "name": safe(part.name),
        "customdata": [[area, safe(text)] for area, text in zip(counts.index, said, strict=True)],
        "hovertemplate": "%{customdata[1]}<extra></extra>",
        "marker": marker([part.colour] * n, [part.hatched] * n, look),
    }


def _total_labels(figure: go.Figure, table: pd.DataFrame, rows: Rows) -> None:
    totals = table.sum(axis=1)
    figure.add_scatter(
        x=totals.tolist(),
        y=rows.places,
        mode="text",
        text=[f" <b>{rows.look.number(n)}</b>" for n in totals],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
