"""Social mapping of one RT: its sections, its problems and hopes, each to be put right."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import doing, drafts, sios
from dashboard.drafts import Typing
from dashboard.people_parts import day, language
from dashboard.text import esc_md, say

_NOTE, _MATTER = "social_note", "social_matter"


def lines(text: str) -> str:
    """Write a text of several lines letter by letter."""
    return "  \n".join(esc_md(line) for line in text.splitlines())


# ── gambaran, potensi, tokoh ────────────────────────────────────────────────────────────────────


def notes(rt_id: str) -> None:
    """Show the sections of an RT: the newest of each, older ones put away."""
    from pbrt_geo.registry.social import notes_of

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        found = {section: list(rows) for section, rows in notes_of(reading, rt_id).items()}
    for section, rows in found.items():
        with st.container(border=True, key=f"section_{section}", gap="small"):
            st.subheader(say(f"social.section.{section}", language()), anchor=False)
            _section(rt_id, section, rows)


def _section(rt_id: str, section: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        st.caption(say(f"social.section_how.{section}", language()))
    for row in rows[:1]:
        _note(row, with_button=True)
    if len(rows) > 1:
        with st.expander(say("social.older", language(), n=len(rows) - 1)):
            for row in rows[1:]:
                _note(row, with_button=False)
    _new_note(rt_id, section, is_first=not rows)


def _note(row: Mapping[str, Any], with_button: bool) -> None:
    st.caption(esc_md(say("social.mapped", language(), date=day(row["as_of"]))))
    if not (with_button and doing.is_open(_NOTE, row["id"])):
        st.markdown(lines(row["text"]))
        if with_button:
            doing.open_button(_NOTE, row, say("social.correct", language()))
        return
    from pbrt_geo.registry.social import LONGEST, change_note

    typed = doing.typing()
    text = doing.text(typed, "text", row["text"], lines=True, height=160, max_chars=LONGEST)
    doing.store_and_leave(typed, "social.done.stored", change_note, {"text": text}, _note_text)


def _note_text(values: Mapping[str, Any]) -> None:
    st.markdown(lines(values["text"]))


def _new_note(rt_id: str, section: str, is_first: bool) -> None:
    from pbrt_geo.registry.social import LONGEST, write_note

    typed = drafts.typing(f"social_{section}", rt_id)
    key = "write_first" if is_first else "write_new"
    with st.expander(say(f"social.{key}", language()), expanded=bool(typed.data)):
        drafts.restored(typed)
        as_of = doing.day(typed, "as_of", sios.session().on)
        text = doing.text(typed, "text", lines=True, height=160, max_chars=LONGEST)
        values = {"section": section, "as_of": as_of, "text": text}
        _store_new(typed, f"note_{section}", write_note, rt_id, values)


def _store_new(
    typed: Typing, where: str, change: Any, rt_id: str, values: Mapping[str, Any]
) -> None:
    doing.told(where)
    st.button(
        say("doing.store", language()),
        key=f"{where}_store",
        type="primary",
        on_click=doing.do_and_forget,
        args=(typed, where, "social.done.stored", change, rt_id),
        kwargs=values,
    )
    drafts.status(typed)


# ── problems and hopes ──────────────────────────────────────────────────────────────────────────


def matters(rt_id: str) -> None:
    """Show the problems and hopes of an RT, what most named first."""
    from pbrt_geo.registry.matters import matters_of
    from pbrt_geo.registry.tables import MATTERS

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        found = [dict(row) for row in matters_of(reading, rt_id)]
    st.caption(say("social.matters_how", language()))
    for kind in MATTERS:
        st.subheader(say(f"social.kinds.{kind}", language()), anchor=False)
        rows = [row for row in found if row["kind"] == kind]
        if not rows:
            st.caption(say("social.none_yet", language()))
        for row in rows:
            with st.container(border=True, key=f"matter_{row['id']}", gap="small"):
                _matter(row)
        _new_matter(rt_id, kind)


def _matter(row: Mapping[str, Any]) -> None:
    if doing.is_open(_MATTER, row["id"]):
        _matter_panel(row)
        return
    with st.container(key=f"line_{row['id']}", horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap="xsmall"):
            _matter_text(row)
            st.caption(esc_md(say("social.named_on", language(), date=day(row["as_of"]))))
        doing.open_button(_MATTER, row, say("social.correct", language()))


def _matter_text(row: Mapping[str, Any]) -> None:
    told = [f"**{esc_md(row['text'])}**"]
    if row["root_cause"]:
        told.append(esc_md(say("social.because", language(), cause=row["root_cause"])))
    if row["frequency"]:
        told.append(esc_md(say("social.named_by", language(), n=row["frequency"])))
    st.markdown("  \n".join(told))


def _matter_panel(row: Mapping[str, Any]) -> None:
    from pbrt_geo.registry.matters import change_matter

    typed = doing.typing()
    values = _matter_fields(typed, row)
    doing.store_and_leave(typed, "social.done.stored", change_matter, values, _matter_text)
    take_back(_MATTER, row, "void_matter")


def _matter_fields(typed: Typing, row: Mapping[str, Any]) -> dict[str, Any]:
    from pbrt_geo.registry.matters import LONGEST

    return {
        "text": doing.text(typed, "matter", row.get("text") or "", max_chars=LONGEST),
        "root_cause": doing.text(typed, "cause", row.get("root_cause") or "", max_chars=LONGEST),
        "frequency": doing.number(typed, "frequency", row.get("frequency"), min_value=1),
    }


def _new_matter(rt_id: str, kind: str) -> None:
    from pbrt_geo.registry.matters import name_matter

    typed = drafts.typing(f"social_{kind}", rt_id)
    with st.expander(say(f"social.add.{kind}", language()), expanded=bool(typed.data)):
        drafts.restored(typed)
        values = _matter_fields(typed, {})
        as_of = doing.day(typed, "named_on", sios.session().on)
        values |= {"kind": kind, "as_of": as_of}
        _store_new(typed, f"matter_{kind}", name_matter, rt_id, values)


def take_back(form: str, row: Mapping[str, Any], change: str) -> None:
    """Offer to take a row back that was recorded by mistake, with the reason."""
    from pbrt_geo.registry import matters, stages

    typed = drafts.typing(f"{form}_void", str(row["id"]))
    where = f"{form}_void"
    with st.expander(say("social.take_back.heading", language())):
        reason = doing.text(typed, "reason")
        doing.told(where)
        found = getattr(matters if form == _MATTER else stages, change)
        st.button(
            say("social.take_back.do", language()),
            key=f"{where}_do",
            on_click=doing.do_and_forget,
            args=(typed, where, "social.done.taken_back", found, row["id"], row["version"]),
            kwargs={"reason": reason},
        )
