"""Changing something from a page about people: said where it was done, typed as a draft.

One panel is open at a time, beside the row it is about. It goes with the version of the row that
was seen when it was opened; where somebody else stored another one meanwhile, both are shown and
nothing is stored until somebody chooses.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import drafts, people_parts, sios, state
from dashboard.drafts import Typing
from dashboard.people_parts import language
from dashboard.text import esc_md, say
from pbrt_geo.errors import PbrtError

_SAID = "doing_said"  # what was done last, or why it was not, and where to say it
_OPENED = "doing_opened"  # form, key and version of the row whose panel is open
_CONFLICT = "doing_conflict"  # what somebody else stored meanwhile
_FIRST_DAY = dt.date(2000, 1, 1)


_STYLE = Path(__file__).with_name("doing.css")


def style() -> None:
    """Give such a page its style, on paper too."""
    st.html(_STYLE)


# ── doing, and saying so ────────────────────────────────────────────────────────────────────────


def do(where: str, said: str, change: Callable[..., Any], *arguments: Any, **options: Any) -> bool:
    """Change something as whoever is logged in; note what to say of it, and beside which part."""
    registry, actor, on = sios.session()
    try:
        change(registry, actor, on, *arguments, **options)
    except PbrtError as error:
        state.keep(_SAID, (where, error))
        return False
    state.keep(_SAID, ("", said))
    return True


def told(where: str | None = None) -> None:
    """Tell what was done last, or why it was not, if it belongs here; without `where` anyhow."""
    place, found = state.kept(_SAID, ("", None))
    if where not in (None, place):
        return
    state.drop(_SAID)
    if isinstance(found, PbrtError):
        people_parts.told(found)
    elif found:
        st.toast(say(found, language()))


def do_and_forget(
    typed: Typing,
    where: str,
    said: str,
    change: Callable[..., Any],
    *arguments: Any,
    **options: Any,
) -> None:
    """Change something; where it was stored, let go of what was typed for it."""
    if do(where, said, change, *arguments, **options):
        typed.drop()


# ── fields ──────────────────────────────────────────────────────────────────────────────────────


def text(typed: Typing, name: str, value: str = "", *, lines: bool = False, **options: Any) -> str:
    """Draw a field of text whose content is kept as a draft; return it."""
    key = _key(typed, name, value)
    draw: Callable[..., Any] = st.text_area if lines else st.text_input
    own = {} if lines else {"live": "500ms", "autocomplete": "off"}
    draw(_label(typed, name), key=key, **_keeping(typed, name, key), **own, **options)
    return str(state.kept(key) or "")


def choice(typed: Typing, name: str, labels: Mapping[str, str], value: str = "") -> str:
    """Draw a choice of a few things that are all in sight; return it, empty if there is none."""
    key = _key(typed, name, value or None)
    st.segmented_control(
        _label(typed, name),
        list(labels),
        format_func=lambda one: labels.get(one, one),
        key=key,
        **_keeping(typed, name, key),
    )
    return str(state.kept(key) or "")


def number(typed: Typing, name: str, value: int | None = None, **options: Any) -> int | None:
    """Draw a field for a number that may stay empty; return it."""
    key = _key(typed, name, value)
    st.number_input(
        _label(typed, name), value=None, step=1, key=key, **_keeping(typed, name, key), **options
    )
    found = state.kept(key)
    return None if found is None else int(found)


def day(typed: Typing, name: str, usual: dt.date, first: dt.date | None = None) -> dt.date:
    """Draw a field for a day up to today; return it."""
    key = f"{typed.slot}_{name}"
    held = typed.get(name)
    state.begin(key, dt.date.fromisoformat(held) if held else usual)
    st.date_input(
        _label(typed, name),
        key=key,
        min_value=min(first or _FIRST_DAY, usual),
        max_value=sios.session().on,
        format="DD/MM/YYYY",
        on_change=_keep_day,
        args=(typed, name, key),
    )
    return state.kept(key) or usual


def _label(typed: Typing, name: str) -> str:
    page = typed.form.split("_", maxsplit=1)[0]
    return say(f"{page}.field.{name}", language())


def _key(typed: Typing, name: str, value: Any) -> str:
    """Put what was typed, or else what is stored, into a widget before it is first drawn."""
    key = f"{typed.slot}_{name}"
    own = typed.get(name)
    state.begin(key, value if own is None else own)
    return key


def _keeping(typed: Typing, name: str, key: str) -> dict[str, Any]:
    return {"on_change": _keep, "args": (typed, name, key)}


def _keep(typed: Typing, name: str, key: str) -> None:
    typed.put(state.kept(key), name)


def _keep_day(typed: Typing, name: str, key: str) -> None:
    found = state.kept(key)
    typed.put(found.isoformat() if found else "", name)


# ── a panel beside a row ────────────────────────────────────────────────────────────────────────


def open_button(form: str, row: Mapping[str, Any], label: str) -> None:
    """Offer to open the panel of a row."""
    key = f"open_{form}_{row['id']}"
    st.button(label, key=key, on_click=open_panel, args=(form, str(row["id"]), row["version"]))


def open_panel(form: str, key: str, version: int) -> None:
    """Open the panel of a row in some version; another one closes."""
    state.keep(_OPENED, (form, key, version))
    state.drop(_CONFLICT)


def is_open(form: str, key: object) -> bool:
    """Tell whether the panel of a row is open."""
    return state.kept(_OPENED, ("", "", 0))[:2] == (form, str(key))


def typing() -> Typing:
    """Return what is typed into the open panel, and say so if it was taken up from a draft."""
    form, key, _ = state.kept(_OPENED)
    typed = drafts.typing(form, key)
    drafts.restored(typed)
    return typed


def store_and_leave(
    typed: Typing,
    said: str,
    change: Callable[..., Any],
    values: Mapping[str, Any],
    write: Callable[[Mapping[str, Any]], None],
    can_store: bool = True,
) -> None:
    """
    Offer to store the open panel, to leave it, or in a conflict to choose.

    `values` is what stands in the fields, `write` shows such values; what somebody else stored
    meanwhile is shown beside it.
    """
    form, key, version = state.kept(_OPENED)
    theirs = state.kept(_CONFLICT)
    told(form)
    if theirs:
        _beside(values, theirs, write)
    args = (typed, said, change, int(key), theirs["version"] if theirs else version, values)
    with st.container(key=f"{typed.slot}_buttons", horizontal=True):
        label = say("doing.store_mine" if theirs else "doing.store", language())
        name = f"{typed.slot}_store"
        off = not can_store
        st.button(label, key=name, type="primary", disabled=off, on_click=_store, args=args)
        label = say("doing.take_theirs" if theirs else "doing.cancel", language())
        st.button(label, key=f"{typed.slot}_leave", on_click=leave, args=(typed,))
    drafts.status(typed)


def _beside(
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    write: Callable[[Mapping[str, Any]], None],
) -> None:
    with st.container(key="doing_conflict", border=True, gap="small"):
        st.markdown(say("doing.conflict", language(), who=esc_md(theirs["who"])))
        sides = ((say("doing.mine", language()), mine), (theirs["who"], theirs))
        for place, (who, values) in zip(st.columns(2), sides, strict=True):
            with place:
                st.markdown(f"**{esc_md(who)}**")
                write(values)


def leave(typed: Typing) -> None:
    """Close the open panel and let go of what was typed."""
    typed.drop()
    state.drop(_OPENED, _CONFLICT)


def _store(
    typed: Typing,
    said: str,
    change: Callable[..., Any],
    row_id: int,
    version: int,
    values: Mapping[str, Any],
) -> None:
    from pbrt_geo.registry.store import Conflict

    registry, actor, on = sios.session()
    try:
        change(registry, actor, on, row_id, version, **values)
    except Conflict as error:
        if error.theirs is not None:
            who = error.problems[0].facts["who"]
            state.keep(_CONFLICT, dict(error.theirs) | {"who": who})
            return
        leave(typed)
        state.keep(_SAID, ("", error))
    except PbrtError as error:
        state.keep(_SAID, (typed.form, error))
    else:
        leave(typed)
        state.keep(_SAID, ("", said))
