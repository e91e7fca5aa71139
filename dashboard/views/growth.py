"""Pertumbuhan RT: how many there are each year, and where new ones were formed."""

import streamlit as st

from dashboard import components, data, drawings, filters, listing, state
from dashboard.mapview import map_view

BORN = "n_rt_born"


def show() -> None:
    """Draw the page."""
    components.header("growth")
    filters.area_and_year(("kecamatan", "desa"))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        components.chart("rt_counts", drawings.rt_counts())
    with right:
        components.chart("births", drawings.births(), state.mark)
    components.section("growth.map", "how", year=data.edition().as_of.year)
    _map()
    components.section("growth.rows", "how")
    listing.growth(data.growth_rows())
    if not state.choice().briefing:
        components.section("growth.born", "how")
        listing.born(data.born_rows())


@st.fragment
def _map() -> None:
    shown = data.paint("growth", data.view("desa", BORN))
    map_view(shown, key="growth", height=460, on_select=state.focus_on)
    components.area_line(shown, BORN)
    state.write_address(data.shelf().choices)
