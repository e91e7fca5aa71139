"""Charts of the institution itself: how many RTs there are, were formed and ended."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pbrt_geo.edition import Edition
from pbrt_geo.show import ranks, words
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
    title = _title("rt_counts", shelf, look, area_id)
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


def births_and_ends(
    shelf: Sequence[Edition], look: Look | None = None, area_id: str | None = None
) -> go.Figure:
    """
    Draw a waterfall from the RTs of the first edition to those of the last.

    Between two editions stand the RTs formed, those ended and, where an RT moved to or from the
    area without ending, the difference that remains.
    """
    look = look or Look()
    title = _title("births_and_ends", shelf, look, area_id)
    counts = _counts(shelf, area_id)
    if len(counts) < 2:
        return nothing_to_show(look, title, "one_year")
    steps = _waterfall(shelf, counts, look, area_id)
    figure = go.Figure()
    figure.add_bar(
        x=list(range(len(steps))),
        y=[abs(step["change"]) for step in steps],
        base=[step["base"] for step in steps],
        text=[step["label"] for step in steps],
        textposition="outside",
        cliponaxis=False,
        width=0.66,
        hoverinfo="skip",
        marker=marker(
            [look.colour(step["colour"]) for step in steps],
            [step["hatched"] for step in steps],
            look,
        ),
    )
    alt = ", ".join(f"{step['name']} {step['label']}" for step in steps)
    finish(figure, look, title, f"{title}: {alt}.", 340)
    figure.update_xaxes(tickvals=list(range(len(steps))), ticktext=[step["tick"] for step in steps])
    figure.update_yaxes(visible=False, range=[0, max(n for _, n in counts) * 1.15])
    return figure


def births_by_area(
    shelf: Sequence[Edition],
    look: Look | None = None,
    level: str = "kecamatan",
    within: str | None = None,
    most: int = 15,
) -> go.Figure:
    """
    Draw how many RTs each area gained between the editions, a colour for each period.

    Parameters
    ----------
    level
        `kecamatan` or `desa`.
    within
        Only areas inside this one.
    most
        Areas with the most births that are drawn; the alternative text counts the others.
    """
    look = look or Look()
    title = look.say(f"births.{level}", since=words.format_date(shelf[0].as_of, look.language))
    table = births_table(shelf, level, within)
    if len(shelf) < 2 or not table.to_numpy().sum():
        return nothing_to_show(look, title, "no_births")
    order = table.sum(axis=1).sort_values(ascending=False, kind="stable")
    table = table.loc[order.index[order > 0][:most][::-1]]
    names = shelf[-1].areas.loc[table.index, "name"].tolist()
    rows = Rows(tuple(names), look)
    figure = go.Figure()
    for k, edition in enumerate(shelf[1:]):
        figure.add_bar(**_period_bars(edition, table.iloc[:, k], rows, edition is shelf[-1]))
    _total_labels(figure, table, rows)
    named = zip(names[::-1], table.sum(axis=1)[::-1], strict=True)
    listed = join_words([f"{name} {look.number(n)}" for name, n in named], look.language)
    rest = look.say("births.alt", listed=listed, others=int((order == 0).sum()))
    finish(figure, look, title, f"{title}. {rest}", 30)
    rows.label(figure)
    key_above(figure, look, [_period_key(edition, shelf, look) for edition in shelf[1:]])
    figure.update_layout(barmode="stack")
    figure.update_xaxes(visible=False, range=[0, table.sum(axis=1).max() * 1.1])
    return figure


def births_table(
    shelf: Sequence[Edition], level: str = "kecamatan", within: str | None = None
) -> pd.DataFrame:
    """Count the RTs formed since the edition before, by area and date of the edition."""
    last = shelf[-1]
    areas = ranks.areas_within(last, level, within)
    columns = {}
    for before, after in pairwise(shelf):
        born = last.rt_lives[_between(last.rt_lives["born"], before, after)]
        home = (
            born["desa_id"].map(last.areas[f"{level}_id"]) if level != "desa" else born["desa_id"]
        )
        columns[after.as_of] = home.value_counts().reindex(areas, fill_value=0)
    return pd.DataFrame(columns, index=areas)


def year_tick(edition: Edition, look: Look) -> str:
    """Write the year of an edition under an axis, an estimate in a second line."""
    year = str(edition.as_of.year)
    if edition.about["as_of_estimated"]:
        return f"{year}<br>{muted(safe(look.say('estimate')), look)}"
    return year


def signed(change: int) -> str:
    """Write a change with its sign, as print does: +10, −3, ±0."""
    return f"{change:+d}".replace("-", "\u2212") if change else "\u00b10"


def _title(key: str, shelf: Sequence[Edition], look: Look, area_id: str | None) -> str:
    title = look.say(f"title.{key}")
    if area_id is None:
        return title
    return f"{title}: {words.area_name(shelf[-1].areas.loc[area_id])}"


def _counts(shelf: Sequence[Edition], area_id: str | None) -> list[tuple[Edition, int]]:
    counts = []
    for edition in shelf:
        area = area_id or ranks.kabupaten_id(edition)
        level = edition.areas["level"].get(area)
        if level is not None and edition.has("n_rt", level):
            row = edition.column("n_rt", level).loc[area]
            if row["state"] in ("value", "zero"):
                counts.append((edition, int(row["value"])))
    return counts


def _labels(numbers: Sequence[int], look: Look) -> list[str]:
    changes = ["", *(signed(b - a) for a, b in pairwise(numbers))]
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


def _between(dates: pd.Series, before: Edition, after: Edition) -> pd.Series:
    return (dates > pd.Timestamp(before.as_of)) & (dates <= pd.Timestamp(after.as_of))


def _waterfall(
    shelf: Sequence[Edition],
    counts: Sequence[tuple[Edition, int]],
    look: Look,
    area_id: str | None,
) -> list[dict[str, Any]]:
    lives = shelf[-1].rt_lives
    if area_id is not None:
        lives = lives[lives["desa_id"].isin(ranks.areas_within(shelf[-1], "desa", area_id))]
    steps = [_total_step(*counts[0], look)]
    for (before, n_before), (after, n_after) in pairwise(counts):
        born = int(_between(lives["born"], before, after).sum())
        ended = int(_between(lives["ended"], before, after).sum())
        moved = n_after - n_before - born + ended
        steps.append(_change_step("born", born, n_before, "strong", look))
        steps.append(_change_step("ended", -ended, n_before + born, "missed", look))
        if moved:
            steps.append(_change_step("moved", moved, n_before + born - ended, "muted", look))
        steps.append(_total_step(after, n_after, look))
    return steps


def _total_step(edition: Edition, n: int, look: Look) -> dict[str, Any]:
    return {
        "name": words.year_name(edition, look.language),
        "change": n,
        "base": 0,
        "label": look.number(n),
        "tick": f"<b>{year_tick(edition, look)}</b>",
        "colour": "bar",
        "hatched": edition.about["as_of_estimated"],
    }


def _change_step(kind: str, change: int, start: int, colour: str, look: Look) -> dict[str, Any]:
    return {
        "name": look.say(f"step.{kind}"),
        "change": change,
        "base": min(start, start + change),
        "label": signed(change),
        "tick": muted(safe(look.say(f"step.{kind}")), look),
        "colour": colour,
        "hatched": False,
    }


def _period_bars(edition: Edition, counts: pd.Series, rows: Rows, is_last: bool) -> dict[str, Any]:
    look, n = rows.look, len(counts)
    colour = look.colour("strong" if is_last else "bar")
    year = words.year_name(edition, look.language)
    said = [
        look.say("births.hover", area=name, n=int(count), year=year)
        for name, count in zip(rows.labels, counts, strict=True)
    ]
    return {
        "y": rows.places,
        "width": rows.width,
        "x": counts.tolist(),
        "orientation": "h",
        "name": safe(year),
        "customdata": [[area, safe(text)] for area, text in zip(counts.index, said, strict=True)],
        "hovertemplate": "%{customdata[1]}<extra></extra>",
        "marker": marker([colour] * n, [edition.about["as_of_estimated"]] * n, look),
    }


def _period_key(edition: Edition, shelf: Sequence[Edition], look: Look) -> tuple[str, str, str]:
    sign = "\u25a8" if edition.about["as_of_estimated"] else "\u25a0"
    colour = look.colour("strong" if edition is shelf[-1] else "bar")
    return sign, colour, words.year_name(edition, look.language)


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
