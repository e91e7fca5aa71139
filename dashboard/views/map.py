"""Peta: one indicator on a map, the card of an area, and the same rows as a table."""

import streamlit as st

from dashboard import (
    components,
    data,
    downloads,
    drawings,
    filters,
    listing,
    lookups,
    state,
    wording,
)
from dashboard.mapview import map_view
from dashboard.text import say
from pbrt_geo.show.paint import Paint

MAP, BELOW = "map", "below"


def show() -> None:
    """Draw the page."""
    chosen = state.choice()
    # in a meeting the indicator is the title, to be read from the last row
    title = wording.indicator(chosen.indicator) if chosen.briefing else ""
    components.header("map", title)
    with filters.line():
        filters.area_and_year()
        if chosen.briefing:
            filters.map_choices()
    _body()


# A choice draws both parts anew; a click on the map the upper one only, and the table stays.
@st.fragment
def _body() -> None:
    if not state.choice().briefing:
        filters.map_choices()
    _upper()
    _lower()


@st.fragment(key=MAP)
def _upper() -> None:
    chosen = state.choice()
    if chosen.briefing:
        _large()
    elif chosen.beside:
        _compared()
    else:
        _one_year(data.paint("map", data.view()))
    state.write_address(data.shelf().choices)


@st.fragment(key=BELOW)
def _lower() -> None:
    wanted = filters.below()
    if wanted == "table":
        level = data.level()
        components.note(say("map.rows", state.choice().language, level=wording.level(level)))
        listing.areas(lookups.area_rows(), level, _pick)
    else:
        components.chart(wanted, drawings.below_map(), _pick)
    downloads.offer()
    state.write_address(data.shelf().choices)


def _click(area_id: str | None) -> None:
    state.focus_on(area_id)
    if state.choice().below != "table":  # the charts mark the area too
        st.rerun([MAP, BELOW])


def _pick(area_id: str) -> None:
    state.mark(area_id)
    st.rerun([MAP, BELOW])


def _large() -> None:
    shown = data.paint("map", data.view())
    map_view(shown, key="map", height=580, on_select=_click)
    components.area_line(shown, state.choice().indicator)


def _one_year(shown: Paint) -> None:
    left, right = st.columns([3, 1], gap="small")
    with left:
        map_view(shown, key="map", height=520, on_select=_click)
    with right:
        components.area_card(shown, state.choice().indicator)
        components.explain_indicator()


def _compared() -> None:
    chosen = state.choice()
    first, last, _ = data.change_years()
    with st.container(key="compared", horizontal=True, vertical_alignment="center"):
        if data.level() == "rt" and not data.boundary():
            components.note(say("map.compare.own_boundaries", chosen.language))
        components.page_link("change", say("map.compare.change", chosen.language))
    left, right = st.columns(2, gap="small")
    with left:
        _map_of(first, "map_before")
    with right:
        shown = _map_of(last, "map_after")
    components.area_card(shown, chosen.indicator)


def _map_of(year: str, key: str) -> Paint:
    components.year_heading(year)
    shown = data.paint(key, data.view(year=year), sync="years")
    map_view(shown, key=key, height=460, on_select=_click)
    return shown
