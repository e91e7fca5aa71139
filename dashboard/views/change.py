"""Perubahan: one indicator in two years on common boundaries, and the difference between them."""

import streamlit as st

from dashboard import (
    changes,
    components,
    data,
    downloads,
    drawings,
    filters,
    listing,
    state,
    wording,
)
from dashboard.mapview import map_view
from dashboard.text import say

MAP, BELOW = "change_map", "change_below"


def show() -> None:
    """Draw the page."""
    first, last, common = data.change_years()
    components.header(
        "change",
        period=wording.years_between(first, last),
        boundary=wording.change_note(first, last, common),
    )
    with filters.line():
        filters.change_years()
        filters.map_choices(change=True)
    if first == last:
        components.nothing("change.one_year")
    elif common in data.change_refusals():
        components.refused(data.change_refusals()[common])
    elif not changes.possible():
        components.nothing("change.not_at_level")
    else:
        _upper()
        _lower()


@st.fragment(key=MAP)
def _upper() -> None:
    chosen = state.choice()
    shown = data.paint_change_of("change", data.view())
    left, right = components.beside(2, 1)
    with left:
        map_view(shown, key="change", height=580 if chosen.briefing else 520, on_select=_click)
    with right:
        components.change_card(shown)
        components.sentences(changes.sentences())
    state.write_address(data.shelf().choices)


@st.fragment(key=BELOW)
def _lower() -> None:
    if filters.below(("table", "ranking")) == "ranking":
        components.chart("change_ranking", drawings.change_ranking(), _pick)
    else:
        level = data.level()
        components.note(say("change.rows", state.choice().language, level=wording.level(level)))
        if changes.are_ways():
            listing.ways(changes.way_rows(), level, _pick)
        else:
            listing.change(changes.rows(), level, _pick)
    downloads.offer_change()
    state.write_address(data.shelf().choices)


def _click(area_id: str | None) -> None:
    state.focus_on(area_id)


def _pick(area_id: str) -> None:
    state.mark(area_id)
    st.rerun([MAP, BELOW])
