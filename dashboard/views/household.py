"""Keluarga: all that is known of one household, its form, its mutations, its history."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import (
    drafts,
    household_parts,
    mutation_forms,
    people,
    people_edit,
    people_parts,
    sios,
    state,
    welfare_form,
)
from dashboard.people_parts import language
from dashboard.text import esc_md, say

if TYPE_CHECKING:
    from pbrt_geo.registry.people import HouseholdView

_PART, _NEXT = "household_part", "household_part_next"
_PARTS = {
    "data": household_parts.data,
    "edit": people_edit.show,
    "welfare": welfare_form.show,
    "mutation": mutation_forms.show,
    "history": household_parts.history,
}


def show() -> None:
    """Draw the page."""
    if mutation_forms.is_new():
        people_parts.header("household", say("new_household.heading", language()))
        mutation_forms.new_household()
        return
    seen = people.household()
    if seen is None:
        people_parts.header("household")
        _nothing()
        return
    people_parts.header("household", household_parts.title_of(seen))
    _said()
    _part(seen)


def _nothing() -> None:
    key = "none" if people.opened() is None else "gone"
    with st.container(border=True):
        st.markdown(say(f"household.{key}", language()))
        st.page_link(state.page("search"), label=say("search.menu", language()))
    if sios.may("change_people"):
        _waiting()


def _waiting() -> None:
    """List the drafts that wait, so that nothing typed is forgotten."""
    found = drafts.waiting_households()
    if not found:
        return
    st.subheader(say("draft.waiting", language()), anchor=False)
    for place, (key, name, saved_at) in enumerate(found):
        at = people_parts.moment(saved_at)
        label = say("draft.open" if key else "draft.open_new", language(), name=name, at=at)
        st.button(esc_md(label), key=f"draft_{place}", on_click=_go_on, args=(key,))


def _go_on(key: int | None) -> None:
    if key is None:
        mutation_forms.begin_new()
        return
    people.open_household(key)
    state.keep(_NEXT, "edit")


def _said() -> None:
    said = state.kept("household_said")
    if said:
        st.success(esc_md(said))
        state.drop("household_said")


def _part(seen: "HouseholdView") -> None:
    if state.kept(_NEXT):
        state.keep(_PART, state.kept(_NEXT))
        state.drop(_NEXT)
    state.begin(_PART, "data")
    parts = [part for part in _PARTS if part in ("data", "history") or sios.may("change_people")]
    labels = {part: say(f"household.part.{part}", language()) for part in parts}
    with st.container(
        key="household_bar", horizontal=True, vertical_alignment="center", gap="medium"
    ):
        st.segmented_control(
            say("household.title", language()),
            parts,
            format_func=labels.__getitem__,
            key=_PART,
            required=True,
            label_visibility="collapsed",
            wrap=True,
        )
        st.page_link(state.page("search"), label=say("household.to_search", language()))
    _PARTS[str(state.kept(_PART))](seen)
