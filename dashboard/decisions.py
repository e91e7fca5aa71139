"""The choices on the page of boundary vintages: which comparison, and what a person decides."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from dashboard import proposals, state
from dashboard.filters import key_of, select
from dashboard.text import say
from pbrt_geo.show import words


def comparison(found: Iterable[str], name: str) -> None:
    """Offer the comparisons of boundaries there are."""
    labels = {one: one for one in found}
    if len(labels) > 1:
        select("comparison", labels, _take_comparison, name)


def _take_comparison(name: str) -> None:
    state.choose(comparison=st.session_state[key_of(name)], proposal="")


def accept_sure(name: str, rows: pd.DataFrame) -> None:
    """Offer to accept all proposals that are nearly certain, where there are several."""
    found, language = proposals.sure(rows), state.choice().language
    if len(found) > 1:
        share = words.format_share(proposals.SURE, language)
        st.button(
            say("vintages.accept_sure", language, n=len(found), share=share),
            key="accept_sure",
            on_click=proposals.accept,
            args=(name, found),
        )


def decision(name: str, proposal: str, row: pd.Series) -> None:
    """Offer the decision on a proposal, and its kind and units to be put right."""
    language = state.choice().language
    labels = {word: proposals.decision_name(word) for word in proposals.DECISIONS}
    st.session_state[key_of("decision")] = row["decision"]
    st.segmented_control(
        say("vintages.decide", language),
        list(labels),
        format_func=labels.__getitem__,
        key=key_of("decision"),
        on_change=_decide,
        args=(name, proposal, "decision"),
        required=True,
    )
    with st.expander(say("vintages.edit", language)):
        kinds = {kind: proposals.kind_name(kind) for kind in proposals.KINDS}
        st.session_state[key_of("kind")] = row["kind"]
        st.selectbox(
            say("table.kind", language),
            list(kinds),
            format_func=kinds.__getitem__,
            key=key_of("kind"),
            on_change=_decide,
            args=(name, proposal, "kind"),
        )
        for side in ("before", "after"):
            st.session_state[key_of(side)] = row[side]
            st.text_input(
                say(f"vintages.{side}", language),
                key=key_of(side),
                on_change=_decide,
                args=(name, proposal, side),
            )


def _decide(name: str, proposal: str, part: str) -> None:
    proposals.decide(name, proposal, **{part: st.session_state[key_of(part)]})
