"""Getting in and out: the form, the change of a password that somebody else chose."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import people_parts, sios, state
from dashboard.people_parts import language
from dashboard.text import problem_md, say
from pbrt_geo.errors import PbrtError

if TYPE_CHECKING:
    from pbrt_geo.registry.rights import Actor

_ENTERING = "login_entering"  # login, password and code of somebody who has to change the password
_SAID = "login_said"


def form() -> None:
    """Draw the form to log in, or to change the password first."""
    try:
        sios.registry()
    except PbrtError as error:  # nobody can get in: say so before anything is typed
        people_parts.told(error)
        return
    _say_why()
    if state.kept(_ENTERING):
        _change_first()
        return
    with st.form("login_form", width=440, border=True):
        st.text_input(say("login.login", language()), key="login_name", autocomplete="username")
        st.text_input(
            say("login.password", language()),
            key="login_password",
            type="password",
            autocomplete="current-password",
        )
        st.text_input(
            say("login.code", language()),
            key="login_code",
            autocomplete="one-time-code",
            help=say("login.code_help", language()),
        )
        if st.form_submit_button(say("login.enter", language()), type="primary", width="stretch"):
            _enter()
    _offer_elsewhere()
    st.caption(say("login.how", language()))
    st.caption(say("login.reload", language()))


def _say_why() -> None:
    """Say once why nobody is logged in any more."""
    why = state.kept(_SAID)
    if why:
        st.info(say(f"login.{why}", language()))
        state.drop(_SAID)


def _enter() -> None:
    from pbrt_geo.registry.accounts import MustChange, authenticate

    typed = tuple(str(state.kept(f"login_{part}", "")) for part in ("name", "password", "code"))
    registry, _, on = sios.session()
    try:
        actor = authenticate(registry, *typed, on)
    except MustChange:
        state.keep(_ENTERING, typed)
        st.rerun()
    except PbrtError as error:
        people_parts.told(error)
    else:
        _begin(actor)


def _begin(actor: "Actor") -> None:
    sios.log_in(actor)
    if actor.may("see_people"):
        st.switch_page(state.page("search"))
    if actor.may("internal_editions"):
        st.switch_page(state.page("overview"))
    st.rerun()


def _change_first() -> None:
    st.header(say("login.change.heading", language()), anchor=False)
    st.markdown(say("login.change.how", language()))
    with st.form("change_form", width=440):
        _new_twice()
        if st.form_submit_button(
            say("login.change.store", language()), type="primary", width="stretch"
        ):
            _change(*state.kept(_ENTERING))
    st.button(say("login.change.cancel", language()), on_click=state.drop, args=(_ENTERING,))


def _new_twice() -> None:
    for part in ("new", "again"):
        st.text_input(
            say(f"login.change.{part}", language()),
            key=f"login_{part}",
            type="password",
            autocomplete="new-password",
        )


def _change(login: str, password: str, code: str) -> None:
    from pbrt_geo.registry.accounts import AccountError, change_password

    registry, _, on = sios.session()
    try:
        new = state.kept("login_new", "")
        if new != state.kept("login_again", ""):
            raise AccountError.of("password_repeated")
        actor = change_password(registry, login, password, code, new, on)
    except PbrtError as error:
        people_parts.told(error)
    else:
        _begin(actor)


def change_own() -> None:
    """Draw the form to change the own password."""
    with st.expander(say("account.change", language())), st.form("own_form", border=False):
        st.text_input(
            say("account.old", language()),
            key="login_password",
            type="password",
            autocomplete="current-password",
        )
        _new_twice()
        st.text_input(say("login.code", language()), key="login_code")
        if st.form_submit_button(say("account.change", language())):
            who = sios.actor()
            _change(who.login, state.kept("login_password", ""), state.kept("login_code", ""))


# ── an account of the office (OIDC) ─────────────────────────────────────────────────────────────


def _offer_elsewhere() -> None:
    """Offer the login of the office, where one is set up in `.streamlit/secrets.toml`."""
    if not _is_set_up():
        return
    if st.user.is_logged_in:
        _enter_from_elsewhere()
    elif st.button(say("login.elsewhere", language()), key="login_elsewhere"):
        st.login()


def _is_set_up() -> bool:
    files = st.secrets
    return files.load_if_toml_exists() and "auth" in files


def _enter_from_elsewhere() -> None:
    from pbrt_geo.registry.accounts import actor_of_claims

    registry, _, on = sios.session()
    try:
        actor = actor_of_claims(registry, st.user.to_dict(), on)
    except PbrtError as error:
        st.error(problem_md(error.text(language())))
        st.button(say("account.out", language()), on_click=st.logout, key="login_other")
    else:
        _begin(actor)
