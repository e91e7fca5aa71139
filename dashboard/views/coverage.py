"""Cakupan program: whom each programme reaches, misses, or is not known to reach."""

import streamlit as st

from dashboard import components, data, filters, listing, state
from dashboard.mapview import map_view


def show() -> None:
    """Draw the page."""
    components.header("coverage")
    with filters.line():
        filters.area_and_year(("kecamatan", "desa"))
        filters.programme()
    components.section("coverage.programmes", "how")
    listing.programmes(data.programme_rows())
    components.section("coverage.map", indicator=data.indicator_name(data.group_indicator()))
    _map()
    level = data.reach_level()
    components.section("coverage.areas", "how", level=data.level_name(level))
    listing.reach(data.reach_rows(), level)


@st.fragment
def _map() -> None:
    indicator = data.group_indicator()
    shown = data.paint("coverage", data.view(data.small_level(indicator), indicator))
    map_view(shown, key="coverage", height=430, on_select=state.focus_on)
    components.area_line(shown, indicator)
    state.write_address(data.shelf().choices)
