"""Pertumbuhan RT: how many there are, why they became more, where, and which are due to split."""

import streamlit as st

from dashboard import (
    components,
    data,
    drawings,
    families,
    filters,
    listing,
    lookups,
    state,
    wording,
)
from dashboard.mapview import map_view

MAP, FAMILY = "growth_map", "growth_family"


def show() -> None:
    """Draw the page."""
    years = data.shelf().choices.years
    components.header("growth", period=wording.years_between(years[0], years[-1]))
    filters.area_and_year(("kecamatan", "desa"), years=False)
    components.sentences(lookups.growth_sentences())
    left, right = components.beside(3, 2)
    with left:
        components.chart("waterfall", drawings.waterfall())
    with right:
        components.chart("kinds", drawings.kinds())
    components.section("growth.map", "how")
    _map()
    components.section("growth.family", "how")
    _family()
    components.section("growth.rows", "how")
    components.chart("births", drawings.births(), state.mark)
    listing.growth(lookups.growth_rows())
    components.section("growth.rule", "how")
    families.rule()
    components.section("growth.born", "how")
    listing.born(lookups.born_rows(), state.mark)


@st.fragment(key=MAP)
def _map() -> None:
    if not data.measures():
        components.nothing("growth.map.nothing")
        return
    filters.measured()
    filters.slide()
    shown = data.paint_step(
        "growth", data.view(state.choice().level, data.measured(), data.map_year())
    )
    map_view(shown, key="growth", height=600 if state.choice().briefing else 520, on_select=_click)
    components.step_line(shown, data.measured())
    state.write_address(data.shelf().choices)


@st.fragment(key=FAMILY)
def _family() -> None:
    filters.find_rt(_click, state.choice().focus)
    families.show(state.choice().focus)
    state.write_address(data.shelf().choices)


def _click(area_id: str | None) -> None:
    state.focus_on(area_id)
    st.rerun([MAP, FAMILY])
