"""Ringkasan: the kabupaten, or the area chosen, in one look."""

import streamlit as st

from dashboard import components, data, drawings, filters, lookups, state
from dashboard.mapview import map_view
from dashboard.tables import KEY_FIGURES
from dashboard.text import say

INDICATOR = "poverty_rate"


def show() -> None:
    """Draw the page."""
    components.header("overview")
    filters.area_and_year()
    components.figures(lookups.scope_figures(KEY_FIGURES), "key_figures")
    left, right = st.columns(2, gap="medium")
    with left:
        components.section("overview.map", "how")
        _map()
    with right:
        components.section("overview.says")
        components.sentences(lookups.sentences())
    left, right = st.columns([2, 3], gap="medium")
    with left:
        components.chart("overview_rt", drawings.rt_counts())
    with right:
        components.chart("overview_ranking", drawings.ranking(INDICATOR), state.mark)
    components.section("overview.next")
    _links()


@st.fragment
def _map() -> None:
    shown = data.paint("overview", data.view(data.small_level(INDICATOR), INDICATOR))
    map_view(shown, key="overview", height=560, on_select=state.focus_on)
    components.area_line(shown, INDICATOR)
    state.write_address(data.shelf().choices)


def _links() -> None:
    language = state.choice().language
    with st.container(key="links", horizontal=True, gap="medium"):
        for page in ("map", "growth", "coverage", "method"):
            components.page_link(page, say(f"overview.link.{page}", language))
