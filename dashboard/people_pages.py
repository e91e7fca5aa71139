"""The pages about people: their addresses, and which of them whoever is logged in gets.

A page that is not for the role is not merely left out of the menu: its address leads to the login,
or to a sentence that says why. What the page itself shows is decided by the registry once more.
"""

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import people_parts, sios, state
from dashboard.text import has, say

View = Callable[[], None]

PAGES = {
    "search": ("cari", "see_people"),
    "household": ("keluarga", "see_people"),
    "verification": ("verifikasi", "see_people"),
    "social": ("pemetaan", "map_rt"),
    "importing": ("impor", "import_people"),
    "login": ("masuk", ""),
}
"""Address of each page, and the action that a role needs for it."""

ADDRESSES = tuple(address for address, _ in PAGES.values())


def pages(language: str, views: Mapping[str, View]) -> dict[str, st.Page]:
    """Return the pages about people, each leading to what whoever is here may see."""
    return {
        name: st.Page(_view(name, views), title=_title(name, language), url_path=address)
        for name, (address, _) in PAGES.items()
    }


def offered() -> tuple[str, ...]:
    """Return the names of the pages for the menu."""
    if not sios.is_on() or state.is_briefing():
        return ()
    return tuple(name for name, (_, action) in PAGES.items() if not action or sios.may(action))


def _title(name: str, language: str) -> str:
    if name == "login" and sios.is_logged_in():
        name = "account"
    return say(f"{name}.title", language)


def menu_label(name: str, language: str) -> str:
    """Name a page in the menu; the login is the account once somebody is in."""
    if name == "login" and sios.is_logged_in():
        name = "account"
    key = f"{name}.menu"
    return say(key if has(key, language) else f"{name}.title", language)


def _view(name: str, views: Mapping[str, View]) -> View:
    action = PAGES[name][1]
    if state.is_briefing():
        shown = people_parts.not_in_meeting
    elif not sios.is_logged_in():
        shown = views["login"]
    elif action and not sios.may(action):
        shown = people_parts.not_allowed
    else:
        shown = views[name]
    return shown
