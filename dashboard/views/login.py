"""Masuk: getting in; and once somebody is in, what the account may do."""

import streamlit as st

from dashboard import login, people_parts, sios
from dashboard.people_parts import language
from dashboard.text import esc_md, say


def show() -> None:
    """Draw the page."""
    if not sios.is_logged_in():
        people_parts.header("login")
        login.form()
        return
    people_parts.header("account")
    _account()


def _account() -> None:
    actor = sios.actor()
    facts = {"role": people_parts.role_name(actor.role), "area": people_parts.area_name()}
    st.subheader(esc_md(actor.login), anchor=False)
    st.markdown(esc_md(say("account.role_and_area", language(), **facts)))
    actions = [name for name in _actions() if actor.may(name)]
    if not actor.may("see_people"):
        st.caption(say("account.nothing", language()))
    st.markdown(f"**{say('account.may', language())}**")
    st.markdown("\n".join(f"- {say(f'account.action.{name}', language())}" for name in actions))
    login.change_own()
    st.button(say("account.out", language()), key="account_out", on_click=people_parts.leave)


def _actions() -> list[str]:
    from pbrt_geo.registry.rights import ACTIONS

    return [name for name in ACTIONS if name != "let_in"]
