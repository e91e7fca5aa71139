"""The pages, their language and who is reading: `streamlit run dashboard/app.py`."""

from collections.abc import Callable

import streamlit as st

from dashboard import components, data, state
from dashboard.text import say
from dashboard.views import change, coverage, growth, method, overview, profile, vintages
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
    "method": ("metode", method.show),
}
"""Address and view of each page, in the order of the menu."""


def main() -> None:
    """Draw the page the address asks for."""
    sidebar = "collapsed" if state.is_briefing() else "auto"
    st.set_page_config(layout="wide", initial_sidebar_state=sidebar)
    pages = _pages(state.language())
    page = st.navigation(list(pages.values()), position="hidden")
    try:
        choices = data.shelf().choices
    except PbrtError as error:
        components.cannot_read(error, data.shelf_folder().name, state.language())
        return
    moved = state.moved_query(page.url_path)
    if moved is not None:
        st.switch_page(pages["change"], query_params=moved)
    state.read_address(page.url_path, choices)
    components.frame(pages, choices)
    try:
        page.run()
    except PbrtError as error:
        components.problems(error)
    state.write_address(choices)


def _pages(language: str) -> dict[str, st.Page]:
    return {
        name: st.Page(
            show, title=say(f"{name}.title", language), url_path=address, default=not address
        )
        for name, (address, show) in PAGES.items()
    }


main()
