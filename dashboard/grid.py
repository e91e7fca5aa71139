"""Tables: sorted as numbers, written as the language writes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from dashboard import state
from pbrt_geo import text as library
from pbrt_geo.schema import VALUE_STATES
from pbrt_geo.show import words
from pbrt_geo.show.change import write_change

ROW_HEIGHT = 35
HEAD_HEIGHT = 38
LARGE_HEAD_HEIGHT = 50  # with the letters of a meeting
MOST_ROWS = 12  # shown at once; the others by scrolling inside the table


@dataclass(frozen=True)
class Column:
    """
    One column of a table: where it comes from, its head, how its cells are written.

    `texts` names the column that holds its cells already written, in the order of `name`.
    """

    name: str
    label: str
    kind: str = "text"
    help: str = ""
    texts: str = ""


def written(table: pd.DataFrame, columns: Sequence[Column], language: str) -> Styler:
    """
    Prepare a table for `st.dataframe`: its numbers to sort by, their texts to read.

    `NumberColumn` writes numbers as the browser's language does, not as the page's. So the texts
    go with the numbers as a pandas Styler's; only the little of it that Streamlit asks for,
    because a full one makes styles for every cell: 0.1 s for 700 rows against 0.01 s.
    """
    shown = table[[column.name for column in columns]].reset_index(drop=True)
    body = [
        [
            {"id": f"row{row}_col{position}", "display_value": text}
            for row, text in enumerate(_texts_of(table, column, language))
        ]
        for position, column in enumerate(columns)
    ]
    styler = shown.style
    styler._compute = lambda: styler  # type: ignore[method-assign]
    styler._translate = lambda *_, **__: {"body": body}  # type: ignore[method-assign]
    return styler


def _texts_of(table: pd.DataFrame, column: Column, language: str) -> list[str]:
    if column.texts:
        return list(table[column.texts])
    return _texts(table[column.name], column.kind, language)


def _texts(values: pd.Series, kind: str, language: str) -> list[str]:
    write = _writer(kind, language)
    return ["" if pd.isna(value) else write(value) for value in values]


def _writer(kind: str, language: str) -> Callable[[Any], str]:
    if kind == "text":
        return str
    if kind == "date":
        return lambda day: words.format_date(day, language)
    if kind == "share":
        return lambda value: words.format_share(float(value), language)
    if kind == "change:rate":  # in points, which the head says
        return lambda value: write_change(round(float(value) * 100, 1), "mean", language)
    if kind.startswith("change:"):
        return lambda value: write_change(float(value), kind.removeprefix("change:"), language)
    return lambda value: words.format_number(float(value), kind, language)


def table(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    key: str,
    language: str,
    on_pick: Callable[[str], None] | None = None,
) -> None:
    """Draw a table; `on_pick` is told the index of the row a reader picks."""
    ids = list(frame.index)

    def picked() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows and on_pick is not None:
            on_pick(str(ids[rows[0]]))

    head = LARGE_HEAD_HEIGHT if state.choice().briefing else HEAD_HEIGHT
    st.dataframe(
        written(frame, columns, language),
        key=key,
        height=ROW_HEIGHT * min(len(frame), MOST_ROWS) + head,
        hide_index=True,
        row_height=ROW_HEIGHT,
        placeholder="–",
        column_config=_config(columns),
        on_select=picked if on_pick is not None else "ignore",
        selection_mode="single-row",
    )


def _config(columns: Sequence[Column]) -> Mapping[str, Any]:
    return {
        column.name: st.column_config.Column(
            column.label, help=column.help or None, pinned=position == 0
        )
        for position, column in enumerate(columns)
    }


def state_texts(states: pd.Series, language: str) -> pd.Series:
    """Say in words why a cell has no number; empty where it has one."""
    said = {name: library.say(f"state.{name}", language) for name in VALUE_STATES}
    return states.map(said | {"value": "", "zero": ""})
