"""Cakupan program: whom each programme reaches, misses, or is not known to reach."""

import streamlit as st

from dashboard import components, data, drawings, filters, listing, lookups, state, wording
from dashboard.mapview import map_view


def show() -> None:
    """Draw the page."""
    components.header("coverage")
    with filters.line():
        filters.area_and_year(("kecamatan", "desa"))
        filters.programme()
    if data.edition().programmes.empty:
        components.nothing("coverage.nothing")
        return
    _reach()
    components.section("coverage.programmes", _how())
    listing.programmes(lookups.programme_rows())
    components.section("coverage.areas", "how", group=wording.indicator(data.group_indicator()))
    left, right = st.columns(2, gap="medium")
    with left:
        _map()
    with right:
        components.chart("reach_by_area", drawings.reach_by_area(), state.mark)
    listing.reach(lookups.reach_rows(), data.reach_level())
    if not data.is_public():
        components.section("coverage.overlaps", "how")
        components.chart("overlaps", drawings.overlaps())


def _reach() -> None:
    """Draw the reach of the programmes; whom they miss or reach wrongly is not public."""
    if data.is_public():
        components.chart("reach", drawings.reach())
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        components.chart("reach", drawings.reach())
    with right:
        components.chart("targeting", drawings.targeting())


def _how() -> str:
    return "how_public" if data.is_public() else "how"


@st.fragment
def _map() -> None:
    indicator = data.group_indicator()
    shown = data.paint("coverage", data.view(data.small_level(indicator), indicator))
    map_view(shown, key="coverage", height=560, on_select=state.focus_on)
    components.area_line(shown, indicator)
    state.write_address(data.shelf().choices)
