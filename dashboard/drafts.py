"""What is being typed: kept in the registry with every change, and taken up again later.

Typing lies in the memory of the session and, as a draft, in the registry: a reload, a restart or
a loss of power leaves it there for whoever typed it.
"""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from dashboard import people_parts, sios, state
from dashboard.people_parts import language
from dashboard.text import say
from pbrt_geo.errors import PbrtError

_PROBLEM = "draft_problem"


@dataclass
class Typing:
    """What was typed into a form for a row; plain values, as JSON holds them."""

    form: str
    key: str
    data: dict[str, Any] = field(default_factory=dict)
    saved_at: str = ""
    is_restored: bool = False

    @property
    def slot(self) -> str:
        """Where the session keeps it, and how its widgets begin."""
        return f"typing_{self.form}_{self.key}"

    def put(self, value: Any, *path: str) -> None:
        """Note a value that was typed, and keep the draft."""
        inner = self.data
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = value
        self.keep()

    def get(self, *path: str) -> Any:
        """Return what was typed; None if nothing was."""
        found: Any = self.data
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def keep(self) -> None:
        """Keep the draft in the registry; a failure is told at the next drawing."""
        from pbrt_geo.registry.drafts import keep_draft

        registry, actor, on = sios.session()
        try:
            keep_draft(registry, actor, on, self.form, self.key, self.data)
        except PbrtError as error:
            state.keep(_PROBLEM, error)
            return
        state.drop(_PROBLEM)
        self.saved_at = registry.clock().isoformat()

    def drop(self) -> None:
        """Let go of what was typed: it was stored, or is not wanted."""
        from pbrt_geo.registry.drafts import drop_draft

        registry, actor, on = sios.session()
        drop_draft(registry, actor, on, self.form, self.key)
        state.drop(self.slot)
        state.drop_all(f"{self.slot}_")


def typing(form: str, key: str) -> Typing:
    """Return what is being typed into a form for a row, taken up from a draft if there is one."""
    from pbrt_geo.registry.drafts import draft_of

    found: Typing | None = state.kept(Typing(form, key).slot)
    if found is None:
        registry, actor, on = sios.session()
        with registry.read(actor, on) as reading:
            draft = draft_of(reading, form, key)
        found = Typing(form, key)
        if draft is not None:
            found = Typing(form, key, dict(draft.data), draft.saved_at, is_restored=True)
        state.keep(found.slot, found)
    return found


def waiting(form: str) -> list[tuple[str, str]]:
    """Return the own drafts of a form that wait: the row and when it was kept."""
    from pbrt_geo.registry.drafts import drafts_of

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        return [(draft.key, draft.saved_at) for draft in drafts_of(reading, form)]


def restored(typed: Typing) -> None:
    """Say that a draft was taken up, and offer to let go of it."""
    if not typed.is_restored or not typed.data:
        return
    with st.container(key=f"{typed.slot}_restored", horizontal=True, vertical_alignment="center"):
        at = people_parts.moment(typed.saved_at)
        st.info(say("draft.restored", language(), at=at))
        discard(typed)


def discard(typed: Typing) -> None:
    """Offer to let go of what was typed."""
    st.button(say("draft.drop", language()), key=f"{typed.slot}_drop", on_click=typed.drop)


def status(typed: Typing) -> None:
    """Say that what was typed is kept, or why it is not."""
    error = state.kept(_PROBLEM)
    if error is not None:
        st.error(say("draft.not_kept", language()))
        people_parts.told(error)
    elif typed.saved_at and typed.data:
        st.caption(say("draft.kept", language(), at=people_parts.clock(typed.saved_at)))


def waiting_households() -> list[tuple[int | None, str, str]]:
    """Return the own drafts that wait: key and name of the household, None where it is new."""
    from pbrt_geo.registry.drafts import NEW
    from pbrt_geo.registry.people import household_view

    registry, actor, on = sios.session()
    found: list[tuple[int | None, str, str]] = [
        (None, "", at) for key, at in waiting("new_household") if key == NEW
    ]
    with registry.read(actor, on) as reading:
        for key, at in waiting("household"):
            seen = household_view(reading, int(key))
            if seen is not None:
                head = seen.head
                found.append((seen.id, head.resident["name"] if head else "", at))
    return found
