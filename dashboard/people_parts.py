"""What the pages about people have in common: their head, who is logged in, names of things."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import data, filters, sios, state
from dashboard.text import esc_md, problem_md, say
from pbrt_geo import text as library
from pbrt_geo.errors import PbrtError
from pbrt_geo.show import words

_STYLE = Path(__file__).with_name("people.css")
_LOOK_EVERY = "60s"


def language() -> str:
    """Return the language of the reader."""
    return state.choice().language


def header(page: str, title: str = "") -> None:
    """Draw the head of a page about people: for which area, and that openings are recorded."""
    st.html(_STYLE)
    with st.container(key="header"):
        with st.container(key="place_and_date", horizontal=True, vertical_alignment="center"):
            if sios.is_logged_in():
                told = say("sios.area", language(), area=esc_md(area_name()))
                st.caption(told, width="content")
                if sios.may("see_people"):
                    st.badge(say("sios.personal", language()), color="red")
        st.title(esc_md(title) or say(f"{page}.title", language()), anchor=False)


def area_name() -> str:
    """Name the area to which the account is bound."""
    registry, actor, on = sios.session()
    if not actor.area_id:
        return say("account.everywhere", language())
    from pbrt_geo.registry.people import name_of_area

    with registry.read(actor, on) as reading:
        name = name_of_area(reading, actor.area_id)
    return _name_in_editions(name) if name == actor.area_id else name


def _name_in_editions(area_id: str) -> str:
    """Name a kecamatan or kabupaten, whose names the registry does not hold."""
    try:
        shelf = data.shelf()
    except PbrtError:
        return area_id
    return shelf.name(area_id) if area_id in shelf.choices.areas.ids else area_id


def who_and_out() -> None:
    """Say who is logged in, with the way out; ends the session where nobody is there any more."""
    if not sios.is_logged_in():
        return
    actor = sios.actor()
    with st.container(key="who", gap="xsmall"):
        st.caption(f"**{esc_md(actor.login)}**  \n{esc_md(role_name(actor.role))}")
        st.button(say("account.out", language()), key="log_out", on_click=leave)
    _watch()


@st.fragment(run_every=_LOOK_EVERY)
def _watch() -> None:
    if sios.is_over():
        st.rerun()


def leave() -> None:
    """Log out, and say so on the next page."""
    sios.log_out()
    state.keep("login_said", "left")


def role_name(role: str) -> str:
    """Name a role."""
    if role == "command":
        return say("sios.command", language())
    return library.say(f"role.{role}", language())


def not_allowed() -> None:
    """Say that the role does not include a page."""
    _notice("sios.not_allowed")


def not_in_meeting() -> None:
    """Say that people are not shown in a meeting."""
    _notice("sios.not_in_meeting")
    filters.leave_briefing(language())


def no_edition(error: PbrtError, is_public: bool) -> None:
    """Say that there is nothing to look at yet beside people."""
    with st.container(key="cannot_read"):
        st.header(say("sios.no_edition", language()), anchor=False)
        if is_public:
            st.markdown(say("sios.no_public", language()))
        else:
            st.markdown(say("sios.no_edition_how", language()))
            for problem in error.problems:
                st.markdown(problem_md(problem.text(language())))


def _notice(key: str) -> None:
    st.title(say(key, language()), anchor=False)
    with st.container(border=True):
        st.markdown(say(f"{key}_how", language()))


def told(error: PbrtError) -> None:
    """Say why something was not done."""
    for problem in error.problems:
        st.error(problem_md(problem.text(language())))


def day(date: dt.date | None) -> str:
    """Write a date; a dash where there is none."""
    return words.format_date(date, language()) if date else "–"


def moment(stamp: str) -> str:
    """Write a UTC time of the registry in the time of this machine: 5 Maret 2026, 10.20."""
    at = dt.datetime.fromisoformat(stamp).astimezone()
    return f"{words.format_date(at.date(), language())}, {clock(stamp)}"


def clock(stamp: str) -> str:
    """Write the time of day of a UTC time, in the time of this machine."""
    at = dt.datetime.fromisoformat(stamp).astimezone()
    return f"{at:%H.%M}" if language() == "id" else f"{at:%H:%M}"


def sex(value: str | None) -> str:
    """Name a sex; a dash where it is not known."""
    return say(f"sios.sex.{value}", language()) if value else "–"


def member_role(value: str | None) -> str:
    """Name the place of a person in a household."""
    return say(f"sios.member.{value}", language()) if value else "–"


def choose_rt(name: str, places: Mapping[str, str], **options: Any) -> str:
    """
    Offer the RTs of an area, and all of them; return the one chosen, empty for all.

    The choice is kept under `name` while other pages are read; `options` go to the picker.
    """
    everything = {} if len(places) == 1 else {"": say("verification.rt_all", language())}
    offered = everything | dict(places)
    key = f"pick_{name}"
    if state.kept(key) not in offered:
        kept = state.kept(name, "")
        state.keep(key, kept if kept in offered else next(iter(offered)))
    label = say("verification.rt", language())
    st.selectbox(label, list(offered), format_func=offered.get, key=key, **options)
    state.keep(name, state.kept(key))
    return str(state.kept(key) or "")
