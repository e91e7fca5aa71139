"""The fields of forms about people; each keeps the draft as soon as something is typed."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.drafts import Typing
from dashboard.people_parts import language
from dashboard.text import say
from pbrt_geo import text as library

_PAUSE = "500ms"
_OLDEST = dt.date(1890, 1, 1)
USUAL_REASONS = ("card", "typing", "report", "survey")


def _label(name: str) -> str:
    return say(f"field.{name}", language())


def _seed(
    typed: Typing, path: Sequence[str], value: Any, read: Callable[[Any], Any] = lambda v: v
) -> str:
    """
    Put what was typed, or else what is stored, into a widget before it is first drawn.

    Never later: a slow answer would overwrite what was typed in the meantime.
    """
    key = "_".join([typed.slot, *path])
    own = typed.get(*path)
    state.begin(key, read(value if own is None else own))
    return key


def _take(typed: Typing, path: Sequence[str], key: str, write: Callable[[Any], Any]) -> None:
    typed.put(write(state.kept(key)), *path)


def text(typed: Typing, *path: str, value: str = "", **options: Any) -> str:
    """Draw a field of text; return what is in it."""
    key = _seed(typed, path, value or "")
    st.text_input(
        _label(path[-1]),
        key=key,
        live=_PAUSE,
        autocomplete="off",
        on_change=_take,
        args=(typed, path, key, lambda v: v or ""),
        **options,
    )
    return state.kept(key) or ""


def number(typed: Typing, *path: str, value: str = "") -> str:
    """Draw a field for a NIK or No. KK; spaces and points are left out of what is typed."""
    key = _seed(typed, path, value or "")
    st.text_input(
        _label(path[-1]),
        key=key,
        live=_PAUSE,
        max_chars=24,
        autocomplete="off",
        placeholder=say("field.number_place", language()),
        help=say("field.number_help", language()),
        on_change=_take,
        args=(typed, path, key, _digits),
    )
    digits = _digits(state.kept(key))
    _say_length(digits)
    return digits


def _say_length(digits: str) -> None:
    """Say while somebody types what would be refused on saving."""
    from pbrt_geo.registry.editing import is_number

    if digits and not is_number(digits):
        st.caption(f":orange[{say('field.number_wrong', language(), n=len(digits))}]")


def _digits(typed: str | None) -> str:
    return "".join(c for c in typed or "" if c not in " .-")


def date(typed: Typing, *path: str, on: dt.date, value: str = "") -> dt.date | None:
    """Draw a field for a day that is not in the future."""
    key = _seed(typed, path, value or "", lambda v: dt.date.fromisoformat(v) if v else None)
    st.date_input(
        _label(path[-1]),
        key=key,
        min_value=_OLDEST,
        max_value=on,
        format="DD/MM/YYYY",
        on_change=_take,
        args=(typed, path, key, lambda v: v.isoformat() if v else ""),
    )
    return state.kept(key)


def choice(
    typed: Typing, *path: str, names: Mapping[str, str], value: str = "", must: bool = False
) -> str:
    """Draw a choice from a list, by its names; empty is no choice, unless there `must` be one."""
    key = _seed(typed, path, value or "")
    if state.kept(key) not in names:
        state.keep(key, "")
    nothing = {} if must and state.kept(key) else {"": say("field.nothing", language())}
    shown = {**nothing, **names}
    st.selectbox(
        _label(path[-1]),
        list(shown),
        format_func=shown.__getitem__,
        key=key,
        on_change=_take,
        args=(typed, path, key, lambda v: v or ""),
    )
    return state.kept(key) or ""


def several(typed: Typing, *path: str, names: Mapping[str, str]) -> list[str]:
    """Draw a choice of several from a list, all of them in sight."""
    key = _seed(typed, path, [], lambda held: [one for one in held if one in names])
    st.pills(
        _label(path[-1]),
        list(names),
        selection_mode="multi",
        format_func=names.__getitem__,
        key=key,
        on_change=_take,
        args=(typed, path, key, list),
    )
    return list(state.kept(key) or [])


def amount(typed: Typing, *path: str, whole: bool = False) -> float | None:
    """Draw a field for a number; empty is not known."""
    key = _seed(typed, path, None)
    st.number_input(
        _label(path[-1]),
        key=key,
        value=None,
        min_value=0 if whole else 0.0,
        step=1 if whole else 1.0,
        format="%d" if whole else "%0.0f",
        on_change=_take,
        args=(typed, path, key, lambda v: v),
    )
    return state.kept(key)


def answer(typed: Typing, *path: str, names: Mapping[str, str]) -> str:
    """Draw a question with a few answers side by side; none is not known."""
    key = _seed(typed, path, None, lambda held: held if held in names else None)
    st.segmented_control(
        library.say(f"intake.field.{path[-1]}", language()),
        list(names),
        format_func=names.__getitem__,
        key=key,
        on_change=_take,
        args=(typed, path, key, lambda v: v or ""),
    )
    return state.kept(key) or ""


def reason(typed: Typing, kinds: Sequence[str] = USUAL_REASONS) -> str:
    """Draw the field for the reason: one of the usual ones, or any other."""
    usual = [say(f"reason.{kind}", language()) for kind in kinds]
    key = _seed(typed, ("reason",), None)
    held = state.kept(key)
    if held and held not in usual:
        usual.append(held)
    st.selectbox(
        _label("reason"),
        usual,
        index=None,
        key=key,
        accept_new_options=True,
        placeholder=say("field.reason_place", language()),
        on_change=_take,
        args=(typed, ("reason",), key, lambda v: v or ""),
    )
    return str(state.kept(key) or "")
