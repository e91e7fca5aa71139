"""What every page is made of: frame, header, figures, sentences, notices."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import changes, data, filters, lookups, people_pages, people_parts, state, wording
from dashboard.choices import Choices
from dashboard.door import NoPublicShelf
from dashboard.tables import Figure
from dashboard.text import esc_md, problem_md, say
from pbrt_geo import text as library
from pbrt_geo.comparison import ComparisonFolder
from pbrt_geo.errors import PbrtError, Problem
from pbrt_geo.show import charts, words
from pbrt_geo.show.paint import Paint

_HERE = Path(__file__).parent
_STYLE = _HERE / "style.css"
_BRIEFING_STYLE = _HERE / "briefing.css"
_DELTA_COLOURS: Mapping[str | None, Any] = {"low": "inverse", "high": "normal", None: "off"}


def frame(pages: Mapping[str, st.Page], choices: Choices | None) -> None:
    """
    Draw what surrounds every page: style, menu, language, notices of a wrong address.

    Without `choices` there is no edition, only pages about people.
    """
    st.html(_STYLE)
    if state.choice().briefing:
        st.html(_BRIEFING_STYLE)
    query = state.link_query(choices)
    with st.sidebar:
        _brand(choices is not None)
        with st.container(key="menu_wide"):
            _menu(pages, query)
        people_parts.who_and_out()
        filters.language_and_briefing(with_briefing=choices is not None)
        if choices is not None:
            _stamp()
    with st.container(key="menu_narrow", horizontal=True, vertical_alignment="center"):
        _menu_narrow(pages, query)
        if state.choice().briefing:
            filters.leave_briefing(state.choice().language)
    _wrong_address()


def _brand(has_edition: bool) -> None:
    language = state.choice().language
    with st.container(key="brand"):
        st.subheader(say("frame.brand", language), anchor=False)
        if has_edition:
            st.caption(esc_md(words.region_name(data.edition(), language)))


def _menu(pages: Mapping[str, st.Page], query: Mapping[str, str]) -> None:
    """List the pages; those about people, where there are any, under a head of their own."""
    language = state.choice().language
    people, others = _of_people(pages), _of_editions(pages)
    if len(people) > 1:
        st.caption(say("sios.menu", language))
    _links(people, query)
    if len(people) > 1 and others:
        st.caption(say("sios.maps", language))
    _links(others, query)


def _menu_narrow(pages: Mapping[str, st.Page], query: Mapping[str, str]) -> None:
    """List the pages in lines; beside those about people the others are put away."""
    people, others = _of_people(pages), _of_editions(pages)
    _links(people, query)
    if len(people) > 1 and others:
        with st.popover(say("sios.maps", state.choice().language), width="content"):
            _links(others, query)
    else:
        _links(others, query)


def _of_people(pages: Mapping[str, st.Page]) -> dict[str, st.Page]:
    return {name: page for name, page in pages.items() if name in people_pages.PAGES}


def _of_editions(pages: Mapping[str, st.Page]) -> dict[str, st.Page]:
    return {name: page for name, page in pages.items() if name not in people_pages.PAGES}


def _links(pages: Mapping[str, st.Page], query: Mapping[str, str]) -> None:
    language = state.choice().language
    for name, page in pages.items():
        label = people_pages.menu_label(name, language)
        st.page_link(page, label=label, query_params=query)


def _stamp() -> None:
    edition = data.edition()
    language = state.choice().language
    facts = {"id": words.sealed_id(edition, 8), "date": words.format_date(edition.as_of, language)}
    with st.container(key="stamp"):
        st.caption(say("frame.stamp", language, **facts))


def _wrong_address() -> None:
    language = state.choice().language
    names = [say(f"frame.parameter.{name}", language) for name in state.unknown()]
    if names:
        st.info(say("frame.unknown", language, names=", ".join(names)))


def header(page: str, title: str = "", period: str = "", boundary: str | None = None) -> None:
    """Draw the head of a page: where, when and on which boundaries, whether it is invented."""
    edition = data.edition()
    language = state.choice().language
    with st.container(key="header"):
        with st.container(key="place_and_date", horizontal=True, vertical_alignment="center"):
            st.caption(esc_md(wording.place_and_date(period)), width="content")
            _whose()
            if edition.about["region"]["invented"]:
                st.badge(say("frame.invented", language), color="orange")
        st.title(esc_md(title) or say(f"{page}.title", language), anchor=False)
        _boundary_note(wording.boundary_note() if boundary is None else boundary)
    refused = data.shelf().problem(state.choice().year, state.choice().boundary)
    if refused and boundary is None:
        st.warning(problem_md(refused.text(language)))


def _whose() -> None:
    """Say whether everybody may see this, or nobody it is not meant for."""
    kind, colour = ("public", "green") if data.is_public() else ("internal", "red")
    st.badge(say(f"frame.{kind}", state.choice().language), color=colour)


def _boundary_note(text: str) -> None:
    if text:
        with st.container(key="boundary_note"):
            st.markdown(esc_md(text))


def sentences(texts: Sequence[str], key: str = "") -> None:
    """List sentences made from data, their names shown letter by letter."""
    with st.container(key=f"sentences_{key}"):
        st.markdown("\n".join(f"- {esc_md(text)}" for text in texts))
        if not texts:
            st.caption(say("frame.no_sentences", state.choice().language))


def figures(found: Sequence[Figure], key: str) -> None:
    """Show figures as cards: the number, its change, and what it rests on."""
    with st.container(key=key, horizontal=True, gap="small"):
        for figure in found:
            _figure(figure)


def _figure(figure: Figure) -> None:
    with st.container(border=True, width="stretch", height="stretch", gap="xsmall"):
        _figure_plain(figure)


def _figure_plain(figure: Figure) -> None:
    language, programmes = state.choice().language, data.edition().programmes
    indicator = figure.indicator
    written = words.format_value(indicator, figure.now, language)
    st.metric(
        esc_md(words.indicator_short(indicator, language, programmes)),
        esc_md(written) if figure.has_number else "–",
        delta=wording.change(figure),
        delta_color=_DELTA_COLOURS[indicator.better],
        delta_description=wording.year_before() if figure.change is not None else None,
        help=esc_md(words.indicator_text(indicator, "meaning", language)),
    )
    if not figure.has_number:
        note(written)
    elif indicator.kind != "count" or figure.now["known_rate"] < 1:
        note(words.value_note(indicator, figure.now, language, data.edition().as_of))
    else:
        note(words.mark_of(figure.now, language))


def area_card(shown: Paint, indicator: str) -> None:
    """Show the area a reader clicked: its number beside those of the areas that hold it."""
    chosen, areas = state.choice(), data.shelf().choices.areas
    language, area = chosen.language, chosen.focus
    with st.container(border=True, key="card", gap="small"):
        if not area:
            st.markdown(say("map.card.none", language))
            return
        st.subheader(esc_md(data.shelf().name(area)), anchor=False)
        figure = lookups.area_figure(area, indicator)
        if figure is None:
            st.markdown(f"**{esc_md(wording.class_of(shown, area))}**")
        else:
            _figure_plain(figure)
        st.markdown("  \n".join(esc_md(text) for text in wording.above(area, indicator)))
        if areas.level(area) == "rt":
            page_link("profile", say("map.card.profile", language), **areas.above(area))
        else:
            filters.narrow_button(area)


def area_line(shown: Paint, indicator: str) -> None:
    """Say in one line what the clicked area has, with a way on."""
    chosen = state.choice()
    language, area = chosen.language, chosen.focus
    if not area:
        st.caption(say("map.card.none", language))
        return
    figure = lookups.area_figure(area, indicator)
    value = wording.class_of(shown, area)
    if figure is not None:
        value = words.format_value(figure.indicator, figure.now, language, data.edition().as_of)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{esc_md(data.shelf().name(area))}**: {esc_md(value)}")
        if not state.on_page("peta"):
            page_link("map", say("overview.open_map", language))


def step_line(shown: Paint, indicator: str) -> None:
    """Say in one line what the clicked area has in the year the slider stands on."""
    language, area = state.choice().language, state.choice().focus
    if not area:
        st.caption(say("map.card.none", language))
        return
    value = wording.class_of(shown, area)
    row = lookups.step_row(area, indicator)
    if row is not None:
        year = data.shelf().seen(data.map_year(), data.boundary())
        value = words.format_value(year.indicator(indicator), row, language, year.as_of)
        value = "; ".join(filter(None, [value, words.mark_of(row, language)]))
    st.markdown(f"**{esc_md(data.shelf().name(area))}**: {esc_md(value)}")


def change_card(shown: Paint) -> None:
    """Show what the area a reader clicked had in both years, and the difference."""
    language, area = state.choice().language, state.choice().focus
    with st.container(border=True, key="card", gap="small"):
        if not area:
            st.markdown(say("map.card.none", language))
            return
        st.subheader(esc_md(data.shelf().name(area)), anchor=False)
        lines = changes.card_lines(area)
        if not lines:
            st.markdown(f"**{esc_md(wording.class_of(shown, area))}**")
        st.markdown("  \n".join(esc_md(line) for line in lines))
        above = data.shelf().choices.areas.above(area)
        if data.shelf().choices.areas.level(area) == "rt":
            page_link("profile", say("map.card.profile", language), **above)


def refused(problem: Problem) -> None:
    """Say why two years cannot be compared on the chosen boundaries."""
    language = state.choice().language
    with st.container(border=True):
        st.markdown(say("change.refused", language))
        st.markdown(problem_md(problem.text(language)))


def comparison_facts(comparison: ComparisonFolder) -> None:
    """Say what was compared, and what must be known to judge the proposals."""
    language = state.choice().language
    note(comparison.summary(language))
    for text in comparison.notes(language):
        st.info(esc_md(text))


def explain_indicator() -> None:
    """Say what the indicator on the map counts."""
    chosen = state.choice()
    indicator = data.edition().indicator(chosen.indicator)
    note(words.indicator_text(indicator, "meaning", chosen.language))
    note(library.say(f"map.method_meaning.{chosen.breaks}", chosen.language))


def year_heading(year: str) -> None:
    """Head one of two maps with its year."""
    st.subheader(words.year_name(data.shelf().by_year[year], state.choice().language), anchor=False)


def beside(left: int, right: int) -> Sequence[Any]:
    """Return two places beside each other; in a meeting, where letters are large, below."""
    if state.choice().briefing:
        return st.container(), st.container()
    return st.columns([left, right], gap="medium")


def section(key: str, more: str = "", **facts: Any) -> None:
    """Begin a part of a page: its heading, and one sentence on how to read it."""
    language = state.choice().language
    written = {name: esc_md(fact) for name, fact in facts.items()}
    st.header(say(f"{key}.heading", language, **written), anchor=False)
    if more:
        st.caption(say(f"{key}.{more}", language, **written))


def chart(key: str, figure: Any, on_pick: Callable[[str], None] | None = None) -> None:
    """Show a chart under its title; picking a mark tells the area or programme it stands for."""
    st.subheader(esc_md(charts.title_of(figure)), anchor=False)

    def picked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points and on_pick is not None:
            on_pick(str(points[0]["customdata"][0]))

    st.plotly_chart(
        figure,
        key=key,
        theme=None,
        config=charts.CONFIG,
        on_select=picked if on_pick is not None else "ignore",
        selection_mode="points",
        alt=charts.alt_text(figure),
    )


def nothing(key: str) -> None:
    """Say plainly that the edition holds nothing for this page."""
    with st.container(border=True):
        st.markdown(say(key, state.choice().language))


def note(text: str) -> None:
    """Say something beside the data in small letters; names shown letter by letter."""
    if text:
        st.caption(esc_md(text))


def small_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show a short table that wraps and prints; the first column is text, the others numbers."""
    texts = [[esc_md(cell) for cell in line] for line in (heads, *rows)]
    lines = [texts[0], ["---", *["---:"] * (len(heads) - 1)], *texts[1:]]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def page_link(page: str, label: str, **changes: Any) -> None:
    """Link to another page, some choices changed."""
    query = state.link_query(data.shelf().choices, **changes)
    st.page_link(state.page(page), label=label, query_params=query)


def problems(error: PbrtError) -> None:
    """Tell plainly why a part of the page is missing."""
    for problem in error.problems:
        st.warning(problem_md(problem.text(state.choice().language)))


def not_for_the_public() -> None:
    """Say that a page is not part of a public edition."""
    header("frame.internal_page", boundary="")
    nothing("frame.internal_page.how")


def nothing_public(error: NoPublicShelf, language: str) -> None:
    """Tell why nothing is shown in a meeting, and the command that makes what can be shown."""
    st.html(_STYLE)
    with st.container(key="cannot_read"):
        st.header(say("frame.nothing_public.heading", language), anchor=False)
        st.markdown(say(f"frame.nothing_public.{error.why}", language))
        for problem in error.problems:
            st.markdown(problem_md(problem.text(language)))
        filters.leave_briefing(language)


def cannot_read(error: PbrtError, folder: str, language: str) -> None:
    """Tell plainly, in both languages, why there is nothing to show and what to do."""
    st.html(_STYLE)
    both = (language, "en" if language == "id" else "id")
    with st.container(key="cannot_read"):
        for one in both:
            st.header(say("frame.cannot_read", one), anchor=False)
            for problem in error.problems:
                st.markdown(problem_md(problem.text(one)))
            st.markdown(say("frame.what_to_do", one, folder=esc_md(folder)))
