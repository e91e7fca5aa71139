"""What every page is made of: frame, header, figures, sentences, notices."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from dashboard import data, filters, state
from dashboard.choices import Choices
from dashboard.text import esc_md, say
from pbrt_geo.errors import PbrtError
from pbrt_geo.show import words

_HERE = Path(__file__).parent
_STYLE = _HERE / "style.css"
_BRIEFING_STYLE = _HERE / "briefing.css"


def frame(pages: Mapping[str, st.Page], choices: Choices) -> None:
    """Draw what surrounds every page: style, menu, language, notices of a wrong address."""
    st.html(_STYLE)
    if state.choice().briefing:
        st.html(_BRIEFING_STYLE)
    query = state.link_query(choices)
    with st.sidebar:
        _brand()
        with st.container(key="menu_wide"):
            _menu(pages, query)
        filters.language_and_briefing()
        _stamp()
    with st.container(key="menu_narrow", horizontal=True, gap="xsmall"):
        _menu(pages, query)
    _wrong_address()


def _brand() -> None:
    edition = data.edition()
    language = state.choice().language
    with st.container(key="brand"):
        st.markdown(f"### {say('frame.brand', language)}")
        st.caption(esc_md(words.region_name(edition, language)))


def _menu(pages: Mapping[str, st.Page], query: Mapping[str, str]) -> None:
    language = state.choice().language
    for name, page in pages.items():
        st.page_link(page, label=say(f"{name}.menu", language), query_params=query)


def _stamp() -> None:
    edition = data.edition()
    language = state.choice().language
    facts = {"id": edition.id[:8], "date": words.format_date(edition.as_of, language)}
    with st.container(key="stamp"):
        st.caption(say("frame.stamp", language, **facts))


def _wrong_address() -> None:
    language = state.choice().language
    names = [say(f"frame.parameter.{name}", language) for name in state.unknown()]
    if names:
        st.info(say("frame.unknown", language, names=", ".join(names)))


def header(page: str, title: str = "") -> None:
    """Draw the head of a page: where and when, the title, whether it is invented."""
    edition = data.edition()
    language = state.choice().language
    with st.container(key="header"):
        st.caption(esc_md(data.place_and_date(language)))
        st.markdown(f"# {title or say(f'{page}.title', language)}")
        if edition.about["region"]["invented"]:
            st.caption(
                f":orange-badge[{say('frame.invented', language)}] "
                f"{say('frame.invented_more', language)}"
            )


def lead(text: str) -> None:
    """Say in one or two sentences what the page is about."""
    with st.container(key="lead"):
        st.markdown(text)


def sentences(texts: Sequence[str]) -> None:
    """List sentences made from data, their names shown letter by letter."""
    with st.container(key=f"sentences_{abs(hash(tuple(texts)))}"):
        st.markdown("\n".join(f"- {esc_md(text)}" for text in texts))


def cannot_read(error: PbrtError, folder: str, language: str) -> None:
    """Tell plainly, in both languages, why there is nothing to show and what to do."""
    st.html(_STYLE)
    both = (language, "en" if language == "id" else "id")
    with st.container(key="cannot_read"):
        for one in both:
            st.markdown(f"## {say('frame.cannot_read', one)}")
            for problem in error.problems:
                st.markdown(esc_md(problem.text(one)))
            st.markdown(say("frame.what_to_do", one, folder=esc_md(folder)))
