"""Perbandingan batas: old and new boundaries on one map, and what must have happened between."""

from collections.abc import Mapping

import streamlit as st

from dashboard import components, data, decisions, listing, proposals, state
from dashboard.text import esc_md, say
from dashboard.vintage_map import vintage_view
from pbrt_geo.comparison import ComparisonFolder

PAGE = "vintages_page"


def show() -> None:
    """Draw the page."""
    found = data.comparisons()
    components.header("vintages", period=say("vintages.period", state.choice().language))
    st.markdown(say("vintages.how", state.choice().language))
    if found:
        _page(found)
    else:
        components.nothing("vintages.nothing")


@st.fragment(key=PAGE)
def _page(found: Mapping[str, ComparisonFolder]) -> None:
    name = proposals.chosen(found)
    comparison = found[name]
    decisions.comparison(found, name)
    components.comparison_facts(comparison)
    rows = proposals.decided(name, comparison)
    if rows.empty:
        components.nothing("vintages.same")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        vintage_view(proposals.on_map(comparison, rows), "vintages", 560, _choose)
    with right:
        _proposal(name, comparison)
    components.note(proposals.summary(name, rows))
    listing.proposals(proposals.listed(rows), _choose)
    decisions.accept_sure(name, rows)
    _hand_over(name, comparison)
    state.write_address(data.shelf().choices)


def _choose(proposal: str | None) -> None:
    state.choose(proposal=proposal or "")


def _proposal(name: str, comparison: ComparisonFolder) -> None:
    """Show one proposal: what, why, how sure, and the decision on it."""
    rows, chosen = proposals.decided(name, comparison), state.choice().proposal
    with st.container(border=True, key="card", gap="small"):
        if chosen not in rows.index:
            st.markdown(say("vintages.choose", state.choice().language))
            return
        row = rows.loc[chosen]
        st.subheader(esc_md(f"{chosen} · {proposals.heading(row)}"), anchor=False)
        st.markdown(esc_md(proposals.facts(row)))
        components.sentences(comparison.reasons(chosen, state.choice().language))
        decisions.decision(name, chosen, row)


def _hand_over(name: str, comparison: ComparisonFolder) -> None:
    """Offer the decided proposals as a file, and say what to do with it."""
    language = state.choice().language
    components.section("vintages.next")
    rows, file = proposals.decided(name, comparison), proposals.file_name(name)
    st.download_button(
        say("vintages.download", language),
        lambda: proposals.to_csv(rows),
        file_name=file,
        mime="text/csv",
        key="download_decisions",
        on_click="ignore",
    )
    st.markdown(say("vintages.next.how", language, file=file))
