"""Profil RT: one RT, with its desa and kabupaten beside it, over the years."""

import streamlit as st

from dashboard import components, data, drawings, families, filters, one_rt, state
from dashboard.mapview import map_view
from dashboard.text import say

YEARS = ("n_households", "n_residents", "n_poor", "poverty_rate", "none_reached_rate")
CHARTED = ("poverty_rate", "none_reached_rate")
BESIDE = (
    *("poverty_rate", "poverty_gap", "desil_1_4_rate", "criteria_poor_rate", "af_headcount_rate"),
    *("child_in_poor_rate", "elderly_in_poor_rate", "none_reached_rate", "n_programmes_mean"),
)


def show() -> None:
    """Draw the page."""
    chosen = state.choice()
    title = data.shelf().name(chosen.rt) if chosen.rt else ""
    components.header("profile", title)
    filters.area_and_year()
    if not data.shelf().choices.areas.of_level("rt"):
        components.nothing("profile.nothing")
    elif chosen.rt:
        _profile(chosen.rt)
    else:
        _find()


def _find() -> None:
    """Help to find an RT: nothing is chosen yet."""
    language = state.choice().language
    with st.container(key="find", border=True):
        st.markdown(say("profile.find", language))
        filters.find_rt()


def _profile(rt_id: str) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with left:
        components.sentences(one_rt.sentences(rt_id))
    with right:
        _place(rt_id)
    components.section("profile.years", _how())
    components.note(one_rt.land_changed(rt_id))
    if rt_id in data.edition().areas.index:
        components.chart("years", drawings.years(rt_id, CHARTED))
    components.small_table(*one_rt.by_year(rt_id, YEARS))
    components.section("profile.family", "how")
    families.show(rt_id)
    components.section("profile.beside", _how())
    components.small_table(*one_rt.beside(rt_id, BESIDE))
    components.section("profile.programmes", _how())
    components.small_table(*one_rt.programmes(rt_id))


def _how() -> str:
    return "how_public" if data.is_public() else "how"


@st.fragment
def _place(rt_id: str) -> None:
    shown = data.paint(
        "profile", data.view("rt", "poverty_rate", area=data.desa_of(rt_id)), selected=rt_id
    )
    map_view(shown, key="profile", height=400, on_select=filters.go_to_rt)
    components.note(one_rt.boundary(rt_id))
    if state.choice().rt != rt_id:
        st.rerun()
