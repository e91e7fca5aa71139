"""The pages, their language and who is reading: `streamlit run dashboard/app.py`."""

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import components, data, door, people_pages, people_parts, sios, state
from dashboard.choices import Choices
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
    sios.arrive()
    pages = _pages(state.language())
    page = st.navigation(list(pages.values()), position="hidden")
    state.keep_pages(pages)
    state.arrive(page.url_path)
    choices, error = _choices()
    if error is not None and (not sios.is_on() or state.is_briefing()):
        _nothing_to_show(error)
        return
    _show_page(page, pages, choices, error)


def _choices() -> tuple[Choices | None, PbrtError | None]:
    """Return what the shelf offers, or why there is none."""
    try:
        return data.shelf().choices, None
    except PbrtError as error:
        return None, error


def _nothing_to_show(error: PbrtError) -> None:
    if isinstance(error, door.NoPublicShelf):
        components.nothing_public(error, state.language())
    else:
        components.cannot_read(error, door.shelf_folder().name, state.language())


def _show_page(
    page: st.Page,
    pages: Mapping[str, st.Page],
    choices: Choices | None,
    error: PbrtError | None,
) -> None:
    moved = state.moved_query(page.url_path) if choices else None
    if moved is not None:
        st.switch_page(pages["change"], query_params=moved)
    state.read_address(page.url_path, choices)
    offered = _offered(pages, choices)
    components.frame(offered, choices)
    is_of_people = page.url_path in people_pages.ADDRESSES
    if error is not None and not is_of_people:
        people_parts.no_edition(error, isinstance(error, door.NoPublicShelf))
    else:
        _run(page, not is_of_people and page not in offered.values())
    state.write_address(choices)


def _run(page: st.Page, is_internal: bool) -> None:
    if is_internal:
        components.not_for_the_public()
        return
    try:
        page.run()
    except PbrtError as error:
        components.problems(error)


def _offered(pages: Mapping[str, st.Page], choices: Choices | None) -> dict[str, st.Page]:
    """Return the pages for the menu: of a public edition fewer, of no edition none."""
    hidden = INTERNAL if choices and choices.is_public else ()
    of_people = people_pages.offered()
    wanted = [name for name in PAGES if choices and name not in hidden]
    return {name: pages[name] for name in (*of_people, *wanted)}


def _pages(language: str) -> dict[str, st.Page]:
    of_editions = {
        name: st.Page(
            show, title=say(f"{name}.title", language), url_path=address, default=not address
        )
        for name, (address, show) in PAGES.items()
    }
    if not sios.is_on():
        return of_editions
    return of_editions | people_pages.pages(language, _views_of_people())


def _views_of_people() -> dict[str, Callable[[], None]]:
    """Return the pages about people; they load the registry, which not every machine has."""
    from dashboard.views import household, importing, login, search, social, verification

    return {
        "search": search.show,
        "household": household.show,
        "verification": verification.show,
        "social": social.show,
        "importing": importing.show,
        "login": login.show,
    }


main()
