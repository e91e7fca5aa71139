"""The form for what staff found of the welfare of a household: what is unknown stays empty."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import drafts, people_edit, people_form, people_parts, sios
from dashboard.drafts import Typing
from dashboard.people_parts import language
from dashboard.text import say
from pbrt_geo.errors import PbrtError
from pbrt_geo.schema import CRITERIA

if TYPE_CHECKING:
    from pbrt_geo.registry.people import HouseholdView

FORM = "welfare"
_REASONS = ("visit", "survey", "report")


def show(seen: "HouseholdView") -> None:
    """Draw the form."""
    if not sios.may("change_people"):
        st.caption(say("household.edit.read_only", language()))
        return
    _, _, on = sios.session()
    typed = drafts.typing(FORM, str(seen.id))
    st.caption(say("welfare.how", language()))
    drafts.restored(typed)
    with st.container(border=True, key="welfare_fields"):
        as_of, values = _fields(typed, on)
        why = people_form.reason(typed, _REASONS)
    _end(typed, seen, as_of, values, why)


def _fields(typed: Typing, on: dt.date) -> tuple[dt.date, dict[str, Any]]:
    left, right = st.columns(2, gap="medium")
    values: dict[str, Any] = {}
    with left:
        as_of = people_form.date(typed, "as_of", on=on, value=on.isoformat()) or dt.date.min
        values["n_residents"] = people_form.amount(typed, "n_residents", whole=True)
    with right:
        values["spending_idr"] = people_form.amount(typed, "spending_idr")
        values["floor_area_m2"] = people_form.amount(typed, "floor_area_m2")
    st.markdown(f"**{say('welfare.criteria', language())}**")
    answers = {"yes": say("welfare.yes", language()), "no": say("welfare.no", language())}
    columns = st.columns(2, gap="medium")
    for place, name in enumerate(CRITERIA):
        with columns[place * 2 // len(CRITERIA)]:
            told = people_form.answer(typed, name, names=answers)
            values[name] = {"yes": True, "no": False}.get(told)
    return as_of, values


def _end(
    typed: Typing, seen: "HouseholdView", as_of: dt.date, values: dict[str, Any], why: str
) -> None:
    from pbrt_geo.registry.editing import record_evidence

    if not why:
        st.caption(say("household.edit.reason_missing", language()))
    with st.container(horizontal=True, vertical_alignment="center", key="welfare_end"):
        label = say("welfare.save", language())
        pressed = st.button(label, key="welfare_save", type="primary", disabled=not why)
        if typed.data and not typed.is_restored:
            drafts.discard(typed)
        drafts.status(typed)
    if not pressed:
        return
    registry, actor, on = sios.session()
    known = {name: value for name, value in values.items() if value is not None}
    try:
        record_evidence(registry, actor, on, seen, as_of, known, why)
    except PbrtError as error:
        people_parts.told(error)
        return
    typed.drop()
    people_edit.said(say("household.stored", language()))
