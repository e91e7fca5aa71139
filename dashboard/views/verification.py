"""Verifikasi: lists that go to the musyawarah of an RT, and where they differ from the DTSEN."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import (
    difference_parts,
    doing,
    list_parts,
    list_steps,
    lists,
    people,
    people_parts,
    sios,
    state,
)
from dashboard.people_parts import day, language
from dashboard.text import esc_md, problem_md, say

PARTS = ("lists", "differences")
_PART, _RT, _LIST = "verification_part", "verification_rt", "verification_list"
_NEWEST = "verification_newest"  # newest list of the RT when it was last drawn
_MOST = 50
"""Open lists that are offered at once."""


def show() -> None:
    """Draw the page."""
    people_parts.header("verification")
    names = people.own_rt_names()
    if not names:
        st.info(problem_md(say("search.no_places", language())))
        return
    doing.style()
    labels = {one: say(f"verification.parts.{one}", language()) for one in PARTS}
    part = st.segmented_control(
        say("verification.part", language()),
        list(labels),
        default=PARTS[0],
        format_func=labels.get,
        key=_PART,
        required=True,
        label_visibility="collapsed",
    )
    if part == "differences":
        difference_parts.show(names)
    else:
        lists.compare_anew()
        _lists(names)


def _lists(names: Mapping[str, str]) -> None:
    found = lists.of_area()
    with st.container(key="list_filters"):
        rt_id = people_parts.choose_rt(_RT, names, on_change=_forget_list)
    top = st.container()
    if rt_id:
        _of_rt(rt_id, names[rt_id], [row for row in found if row["rt_id"] == rt_id])
    else:
        _overview(names, found)
    with top:  # what was not told beside its part of the page, which may be gone
        doing.told()


def _forget_list() -> None:
    state.drop(_LIST)


# ── all RT ──────────────────────────────────────────────────────────────────────────────────────


def _overview(names: Mapping[str, str], found: Sequence[Mapping[str, Any]]) -> None:
    in_force = {row["rt_id"] for row in found if row["state"] == "confirmed"}
    facts = {"n": len(in_force & names.keys()), "all": len(names)}
    st.markdown(say("verification.overview.in_force", language(), **facts))
    opened = [row for row in found if row["state"] != "confirmed"]
    if not opened:
        with st.container(border=True):
            st.markdown(say("verification.overview.none", language()))
        return
    order = sorted(opened, key=lambda row: row["state"])  # those that wait for somebody first
    for name in ("deliberated", "proposed"):
        rows = [row for row in order if row["state"] == name]
        if rows:
            st.subheader(
                say(f"verification.overview.{name}", language(), n=len(rows)), anchor=False
            )
            for row in rows[:_MOST]:
                _line(names, row)
        if len(rows) > _MOST:
            st.caption(say("verification.overview.more", language(), n=len(rows) - _MOST))


def _line(names: Mapping[str, str], row: Mapping[str, Any]) -> None:
    place = names.get(row["rt_id"], row["rt_id"])
    told = say("verification.overview.line", language(), date=day(row["as_of"]))
    label = f"**{esc_md(place)}**  \n{esc_md(told)}"
    args = (row["rt_id"], row["id"])
    key = f"open_list_{row['id']}"
    st.button(label, key=key, width="stretch", wrap=True, on_click=_open, args=args)


def _open(rt_id: str, list_id: int) -> None:
    state.keep(f"pick_{_RT}", rt_id)
    state.keep(_LIST, list_id)


# ── one RT ──────────────────────────────────────────────────────────────────────────────────────


def _of_rt(rt_id: str, place: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        _one(_choose_list(rows), place)
    else:
        with st.container(border=True):
            st.markdown(say("verification.list.none", language()))
    if sios.may("change_people") and all(row["state"] == "confirmed" for row in rows):
        list_steps.propose(rt_id)


def _choose_list(rows: Sequence[Mapping[str, Any]]) -> int:
    by_key = {row["id"]: row for row in rows}
    newest = next(iter(by_key))
    if state.kept(_LIST) not in by_key or state.kept(_NEWEST) != newest:
        state.keep(_LIST, newest)
    state.keep(_NEWEST, newest)
    if len(rows) > 1:
        labels = {key: _list_name(row) for key, row in by_key.items()}
        st.selectbox(
            say("verification.list.choose", language()),
            list(labels),
            format_func=labels.get,
            key=_LIST,
        )
    return int(state.kept(_LIST))


def _list_name(row: Mapping[str, Any]) -> str:
    return f"{day(row['as_of'])} · {say('verification.state.' + row['state'], language())}"


def _one(list_id: int, place: str) -> None:
    shown = lists.shown(list_id)
    now = shown.row["state"]
    heading = say(f"verification.list.{now}", language())
    st.subheader(f"{heading} · {esc_md(place)}", anchor=False)
    list_parts.head(shown)
    if now != "confirmed":
        list_parts.last_step(shown)
    list_parts.hidden(shown)
    if now == "proposed":
        list_steps.decide(shown)
        list_steps.file(shown)
        return
    list_parts.tables(shown)
    if now == "deliberated":
        list_steps.confirm(shown)
    else:
        _sealed(shown)
    list_steps.file(shown)


def _sealed(shown: Any) -> None:
    if shown.is_sealed_well:
        st.caption(say("verification.list.sealed", language(), seal=shown.seal[:16]))
    else:
        st.error(say("verification.list.broken", language()))
