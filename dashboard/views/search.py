"""Cari warga: by name, NIK, No. KK or RT; one click opens the household."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import people, people_parts, sios, state
from dashboard.people_parts import language
from dashboard.text import esc_md, problem_md, say
from pbrt_geo.errors import PbrtError

if TYPE_CHECKING:
    from pbrt_geo.registry.people import Hit, Hits

_TEXT, _RT = "search_text", "search_rt"
_KEPT = "search_kept"  # text and RT while another page is shown
_START = "search_start"


def show() -> None:
    """Draw the page."""
    people_parts.header("search")
    names = people.own_rt_names()
    if not names:
        st.info(problem_md(say("search.no_places", language())))
        return
    _ask_and_answer(names)
    if sios.may("change_people"):
        st.button(say("search.new", language()), key="search_new", on_click=_begin_new)
        if state.kept("search_goes_on"):
            state.drop("search_goes_on")
            st.switch_page(state.page("household"))


@st.fragment
def _ask_and_answer(names: dict[str, str]) -> None:
    text, rt_id = _question(names)
    try:
        _answer(text, rt_id)
    except PbrtError as error:
        people_parts.told(error)


def _question(names: dict[str, str]) -> tuple[str, str]:
    text, rt_id = state.kept(_KEPT, ("", ""))
    state.begin(_TEXT, text)
    state.begin(_RT, rt_id if rt_id in names else "")
    labels = {"": say("search.rt_all", language()), **names}
    with st.container(key="search_question", horizontal=True, gap="small"):
        st.text_input(
            say("search.label", language()),
            key=_TEXT,
            type="search",
            placeholder=say("search.placeholder", language()),
            autocomplete="off",
            live="300ms",
            on_change=_anew,
        )
        st.selectbox(
            say("search.rt", language()),
            list(labels),
            format_func=labels.__getitem__,
            key=_RT,
            on_change=_anew,
        )
    asked = (str(state.kept(_TEXT) or ""), str(state.kept(_RT) or ""))
    state.keep(_KEPT, asked)
    return asked


def _anew() -> None:
    state.keep(_START, 0)


def _answer(text: str, rt_id: str) -> None:
    from pbrt_geo.registry.people import is_enough

    if not is_enough(text, rt_id):
        st.caption(say("search.short" if text.strip() else "search.start", language()))
        return
    start = state.kept(_START, 0)
    hits = people.find(text, rt_id, start)
    if not hits.rows:
        with st.container(border=True):
            st.markdown(say("search.none" if text.strip() else "search.none_rt", language()))
        return
    _count(hits, start)
    with st.container(key="search_hits", gap="xsmall"):
        for place, hit in enumerate(hits.rows):
            _line(place, hit)
    _turn(hits, start)


def _count(hits: "Hits", start: int) -> None:
    if start:
        facts = {"first": start + 1, "last": start + len(hits.rows)}
        st.caption(say("search.from_to", language(), **facts))
    else:
        key = "search.found_more" if hits.more else "search.found"
        st.caption(say(key, language(), n=len(hits.rows)))


def _line(place: int, hit: "Hit") -> None:
    name = hit.name or say("search.no_head", language())
    facts = {
        "role": _role(hit),
        "born": people_parts.day(hit.birth_date),
        "nik": hit.nik or say("search.no_nik", language()),
        "rt": hit.rt_name,
        "desa": hit.desa_name,
        "n": hit.n_members,
    }
    label = f"**{esc_md(name)}**  \n{esc_md(say('search.line', language(), **facts))}"
    if st.button(label, key=f"search_hit_{place}", width="stretch", wrap=True):
        people.open_household(hit.household_id)
        st.switch_page(state.page("household"))


def _role(hit: "Hit") -> str:
    if hit.role is None and hit.resident_id is not None:
        return say("search.former", language())
    return people_parts.member_role(hit.role)


def _turn(hits: "Hits", start: int) -> None:
    from pbrt_geo.registry.people import LIMIT

    if not (start or hits.more):
        return
    with st.container(key="search_turn", horizontal=True):
        st.button(
            say("search.back", language()),
            key="search_back",
            disabled=not start,
            on_click=state.keep,
            args=(_START, max(start - LIMIT, 0)),
        )
        st.button(
            say("search.next", language()),
            key="search_next",
            disabled=not hits.more,
            on_click=state.keep,
            args=(_START, start + LIMIT),
        )


def _begin_new() -> None:
    from dashboard import mutation_forms

    mutation_forms.begin_new()
    state.keep("search_goes_on", True)
