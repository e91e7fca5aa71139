"""Pemetaan sosial: what an RT found out about itself, and how far it came."""

import streamlit as st

from dashboard import doing, people, people_parts, social_parts, stage_parts
from dashboard.people_parts import language
from dashboard.text import problem_md, say

PARTS = {
    "notes": social_parts.notes,
    "matters": social_parts.matters,
    "stages": stage_parts.stages,
}
"""Parts of the page about one RT."""

_RT, _PART = "social_rt", "social_part"


def show() -> None:
    """Draw the page."""
    people_parts.header("social")
    names = people.own_rt_names()
    if not names:
        st.info(problem_md(say("search.no_places", language())))
        return
    doing.style()
    rt_id = people_parts.choose_rt(_RT, names, width=560)
    top = st.container()
    if rt_id:
        _one(rt_id)
    else:
        stage_parts.overview(names)
    with top:  # what was not told beside its part of the page, which may be gone
        doing.told()


def _one(rt_id: str) -> None:
    labels = {one: say(f"social.parts.{one}", language()) for one in PARTS}
    part = st.segmented_control(
        say("verification.part", language()),
        list(labels),
        default="notes",
        format_func=labels.get,
        key=_PART,
        required=True,
        label_visibility="collapsed",
    )
    PARTS[part or "notes"](rt_id)
