"""The forms of mutations: a move, a split, a death, a birth, a new member or household."""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import drafts, people, people_edit, people_form, people_parts, sios, state
from dashboard.drafts import Typing
from dashboard.people_edit import member_roles, sexes
from dashboard.people_parts import day, language
from dashboard.text import esc_md, say
from pbrt_geo.errors import PbrtError

if TYPE_CHECKING:
    from pbrt_geo.registry.mutations import Person
    from pbrt_geo.registry.people import HouseholdView

NEW = "new_household"
_NEW_IS_OPEN = "new_household_open"
_KIND = "mutation_kind"

Store = Callable[[], object]


def show(seen: "HouseholdView") -> None:
    """Draw the choice of a mutation and its form."""
    if not sios.may("change_people"):
        st.caption(say("household.edit.read_only", language()))
        return
    kinds = _FORMS if seen.residence is not None else {}
    if not kinds:
        st.caption(say("household.data.no_residence", language()))
        return
    state.begin(_KIND, next(iter(kinds)))
    labels = {kind: say(f"mutation.name.{kind}", language()) for kind in kinds}
    st.segmented_control(
        say("mutation.kind", language()),
        list(labels),
        format_func=labels.__getitem__,
        key=_KIND,
        required=True,
        wrap=True,
    )
    kind = str(state.kept(_KIND))
    st.caption(say(f"mutation.how.{kind}", language()))
    typed = drafts.typing(kind, str(seen.id))
    drafts.restored(typed)
    with st.container(border=True, key="mutation_fields"):
        store = kinds[kind](typed, seen)
    _end(typed, store, say("mutation.save", language()))


def _end(typed: Typing, store: Store, label: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="mutation_end"):
        pressed = st.button(label, key=f"{typed.slot}_save", type="primary")
        drafts.status(typed)
    if not pressed:
        return
    try:
        found = store()
    except PbrtError as error:
        people_parts.told(error)
        return
    typed.drop()
    if typed.form == NEW:
        people.open_household(int(str(found)))
        state.drop(_NEW_IS_OPEN)
    people_edit.said(say("household.stored", language()))


def _date(typed: Typing, on: dt.date, name: str = "date") -> dt.date:
    """Draw a day; none typed is refused by the registry as one before all."""
    return people_form.date(typed, name, on=on) or dt.date.min


def _move(typed: Typing, seen: "HouseholdView") -> Store:
    from pbrt_geo.registry.mutations import move_household

    registry, actor, on = sios.session()
    names = people.rt_names()
    left, right = st.columns(2, gap="medium")
    with left:
        rt_id = people_form.choice(typed, "rt_id", names=names)
        if rt_id and rt_id not in people.own_rt_names():
            st.caption(say("mutation.out_of_sight", language()))
    with right:
        date = _date(typed, on)
        since = day(seen.residence["valid_from"]) if seen.residence else ""
        st.caption(say("mutation.wrong_rt", language(), since=since))
    why = people_form.reason(typed, ("letter_move", "report", "typing"))
    return lambda: move_household(registry, actor, on, seen, rt_id, date, why)


def _split(typed: Typing, seen: "HouseholdView") -> Store:
    from pbrt_geo.registry.mutations import Home, split_household

    registry, actor, on = sios.session()
    names = _names(seen)
    leaving = people_form.several(typed, "leaving", names=names)
    left, right = st.columns(2, gap="medium")
    with left:
        gone = {key: name for key, name in names.items() if key in leaving}
        new = people_form.choice(typed, "new_head", names=gone)
        no_kk = people_form.number(typed, "no_kk")
        stays = None
        if seen.head is not None and str(seen.head.resident["id"]) in leaving:
            rest = {key: name for key, name in names.items() if key not in leaving}
            stays = people_form.choice(typed, "stays_head", names=rest)
    with right:
        own = people.own_rt_names()
        here = str(seen.residence["rt_id"]) if seen.residence else ""
        rt_id = people_form.choice(typed, "home_rt_id", names=own, value=here)
        date = _date(typed, on)
    why = people_form.reason(typed, ("married", "card", "report"))
    heads = (int(new or 0), int(stays) if stays else None)
    home = Home(rt_id, no_kk or None, seen.household["address"])
    who = [int(key) for key in leaving]
    return lambda: split_household(registry, actor, on, seen, who, heads, home, date, why)


def _death(typed: Typing, seen: "HouseholdView") -> Store:
    from pbrt_geo.registry.mutations import record_death

    registry, actor, on = sios.session()
    names = _names(seen)
    left, right = st.columns(2, gap="medium")
    with left:
        who = people_form.choice(typed, "who", names=names)
    with right:
        date = _date(typed, on)
    head = str(seen.head.resident["id"]) if seen.head else ""
    follows = None
    if who and who == head and len(names) > 1:
        rest = {key: name for key, name in names.items() if key != who}
        follows = people_form.choice(typed, "new_head", names=rest)
    why = people_form.reason(typed, ("letter_death", "report"))
    new_head = int(follows) if follows else None
    return lambda: record_death(
        registry, actor, on, seen, int(who or 0), date, why, new_head=new_head
    )


def _birth(typed: Typing, seen: "HouseholdView") -> Store:
    from pbrt_geo.registry.mutations import record_birth

    registry, actor, on = sios.session()
    person = _person(typed, on)
    why = people_form.reason(typed, ("letter_birth", "report"))
    return lambda: record_birth(registry, actor, on, seen, person, why)


def _member(typed: Typing, seen: "HouseholdView") -> Store:
    from pbrt_geo.registry.mutations import add_member

    registry, actor, on = sios.session()
    roles = {k: v for k, v in member_roles().items() if k != "head" or seen.head is None}
    person = _person(typed, on, roles)
    date = _date(typed, on)
    why = people_form.reason(typed)
    return lambda: add_member(registry, actor, on, seen, person, date, why)


def _leave(typed: Typing, seen: "HouseholdView") -> Store:
    from pbrt_geo.registry.mutations import record_leaving

    registry, actor, on = sios.session()
    date = _date(typed, on)
    why = people_form.reason(typed, ("letter_move", "report"))
    return lambda: record_leaving(registry, actor, on, seen, date, why)


def _names(seen: "HouseholdView") -> dict[str, str]:
    return {str(m.resident["id"]): m.resident["name"] for m in seen.members}


def _person(typed: Typing, on: dt.date, roles: dict[str, str] | None = None) -> "Person":
    from pbrt_geo.registry.mutations import Person

    left, right = st.columns(2, gap="medium")
    with left:
        name = people_form.text(typed, "name")
        nik = people_form.number(typed, "nik")
    with right:
        born = people_form.date(typed, "birth_date", on=on)
        sex = people_form.choice(typed, "sex", names=sexes())
    role = people_form.choice(typed, "role", names=roles, value="child") if roles else "child"
    return Person(name, sex or None, born, nik or None, role or "other")


_FORMS: dict[str, Callable[[Typing, "HouseholdView"], Store]] = {
    "move": _move,
    "split": _split,
    "death": _death,
    "birth": _birth,
    "member": _member,
    "leave": _leave,
}


# ── a household that is not there yet ───────────────────────────────────────────────────────────


def begin_new() -> None:
    """Open the form for a household that is not in the registry."""
    state.keep(_NEW_IS_OPEN, True)


def is_new() -> bool:
    """Tell whether that form is open."""
    return bool(state.kept(_NEW_IS_OPEN)) and sios.may("change_people")


def new_household() -> None:
    """Draw the form for a household that is not in the registry."""
    from pbrt_geo.registry.drafts import NEW as KEY
    from pbrt_geo.registry.mutations import Home, create_household

    registry, actor, on = sios.session()
    typed = drafts.typing(NEW, KEY)
    st.markdown(esc_md(say("new_household.how", language())))
    drafts.restored(typed)
    with st.container(border=True, key="new_fields"):
        left, right = st.columns(2, gap="medium")
        with left:
            rt_id = people_form.choice(typed, "home_rt_id", names=people.own_rt_names())
            date = _date(typed, on, "home_since")
        with right:
            no_kk = people_form.number(typed, "no_kk")
            address = people_form.text(typed, "address")
        st.subheader(say("new_household.head", language()), anchor=False)
        head = _person(typed, on)
        why = people_form.reason(typed)
    home = Home(rt_id, no_kk or None, address or None)

    def store() -> int:
        return create_household(registry, actor, on, home, head, date, why)

    _end(typed, store, say("new_household.save", language()))
    st.button(
        say("new_household.cancel", language()),
        key="new_cancel",
        on_click=state.drop,
        args=(_NEW_IS_OPEN,),
    )
