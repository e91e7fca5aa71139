"""The pages, their language and who is reading: `streamlit run dashboard/app.py`."""

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import components, data, door, state
from dashboard.text import say
from dashboard.views import (
    change,
    coverage,
    growth,
    method,
    overview,
    profile,
    publishing,
    vintages,
)
from dashboard.views import map as map_page
from pbrt_geo.errors import PbrtError

PAGES: dict[str, tuple[str, Callable[[], None]]] = {
    "overview": ("", overview.show),
    "map": ("peta", map_page.show),
    "growth": ("pertumbuhan", growth.show),
    "change": ("perubahan", change.show),
    "coverage": ("cakupan", coverage.show),
    "profile": ("profil", profile.show),
    "vintages": ("batas", vintages.show),
    "publishing": ("penerbitan", publishing.show),
    "method": ("metode", method.show),
}
"""Address and view of each page, in the order of the menu."""

INTERNAL = ("vintages", "publishing")
"""Pages that are for those who may see an internal edition."""


def main() -> None:
    """Draw the page the address asks for."""
    sidebar = "collapsed" if state.is_briefing() else "auto"
    st.set_page_config(layout="wide", initial_sidebar_state=sidebar)
    pages = _pages(state.language())
    page = st.navigation(list(pages.values()), position="hidden")
    state.arrive(page.url_path)
    try:
        choices = data.shelf().choices
    except door.NoPublicShelf as error:
        components.nothing_public(error, state.language())
        return
    except PbrtError as error:
        components.cannot_read(error, door.shelf_folder().name, state.language())
        return
    moved = state.moved_query(page.url_path)
    if moved is not None:
        st.switch_page(pages["change"], query_params=moved)
    state.read_address(page.url_path, choices)
    offered = _offered(pages, choices.is_public)
    components.frame(offered, choices)
    _run(page, page not in offered.values())
    state.write_address(choices)


def _run(page: st.Page, is_internal: bool) -> None:
    if is_internal:
        components.not_for_the_public()
        return
    try:
        page.run()
    except PbrtError as error:
        components.problems(error)


def _offered(pages: Mapping[str, st.Page], is_public: bool) -> dict[str, st.Page]:
    return {name: page for name, page in pages.items() if not (is_public and name in INTERNAL)}


def _pages(language: str) -> dict[str, st.Page]:
    return {
        name: st.Page(
            show, title=say(f"{name}.title", language), url_path=address, default=not address
        )
        for name, (address, show) in PAGES.items()
    }


main()
