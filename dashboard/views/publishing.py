"""Penerbitan: what publishing an edition would show and withhold, and why; for planners only."""

import streamlit as st

from dashboard import (
    components,
    data,
    filters,
    publishing,
    publishing_told,
    state,
    wording,
)
from dashboard.mapview import map_view
from dashboard.text import say

PAGE = "publishing_page"


def show() -> None:
    """Draw the page."""
    components.header("publishing", boundary="")
    st.markdown(say("publishing.how", state.choice().language))
    names = {name: wording.indicator(name) for name in publishing.indicators()}
    with filters.row("filters"):
        filters.select("year", filters.year_names())
        if names:
            filters.select("indicator", names, value=publishing.chosen())
    if names:
        _page()
    else:
        components.nothing("publishing.no_indicator")


@st.fragment(key=PAGE)
def _page() -> None:
    rule = publishing_told.slider()
    components.note(publishing_told.before())
    _one_indicator(publishing.chosen(), rule)
    components.section("publishing.command", "how")
    publishing_told.command(rule)
    _all_indicators(rule)
    state.write_address(data.shelf().choices)


def _one_indicator(indicator: str, rule: int) -> None:
    components.section("publishing.frontier", "how")
    left, right = components.beside(3, 2)
    with left:
        components.chart("publishing_frontier", publishing_told.chart(indicator, rule))
    with right:
        components.sentences(publishing_told.sentences(indicator, rule), "publishing")
    components.section("publishing.map", "how", indicator=wording.indicator(indicator))
    map_view(publishing.paint(indicator, rule), "publishing", 520, state.focus_on)
    components.note(say("publishing.map.note", state.choice().language))
    components.section("publishing.withheld", "how")
    publishing_told.withheld(indicator, rule)


def _all_indicators(rule: int) -> None:
    components.section("publishing.all", "how")
    publishing_told.of_rts(rule)
    components.section("publishing.upper", "how")
    publishing_told.of_larger(rule)
    components.section("publishing.hidden", "how")
    publishing_told.hidden()
