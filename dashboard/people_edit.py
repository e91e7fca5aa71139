"""The form of a household: what is typed is a draft; two who edit at once compare the fields."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import drafts, household_parts, people, people_form, people_parts, sios, state
from dashboard.drafts import Typing
from dashboard.people_parts import language
from dashboard.text import esc_md, say
from pbrt_geo.errors import PbrtError

if TYPE_CHECKING:
    from pbrt_geo.registry.editing import Clash
    from pbrt_geo.registry.people import HouseholdView, Member

FORM = "household"
_CONFLICT = "edit_conflict"  # key of the household whose fields are compared
_SAID = "household_said"


def show(seen: "HouseholdView") -> None:
    """Draw the form, or what two editors have to compare."""
    if not sios.may("change_people"):
        st.caption(say("household.edit.read_only", language()))
        return
    typed = drafts.typing(FORM, str(seen.id))
    _renew(typed, seen)
    if state.kept(_CONFLICT) == seen.id:
        _conflict(typed, seen)
    else:
        _fields(typed, seen)


def _renew(typed: Typing, seen: "HouseholdView") -> None:
    """Begin from the rows as they are now, as long as nothing was typed."""
    from pbrt_geo.registry.editing import base_of

    base = base_of(seen)
    if not typed.get("edits") and typed.get("base") != base:
        state.drop_all(f"{typed.slot}_")
        typed.data = {"base": base}


def _fields(typed: Typing, seen: "HouseholdView") -> None:
    drafts.restored(typed)
    _warn_of_others(typed, seen)
    member = _choose(typed, seen)
    with st.container(border=True, key="edit_fields"):
        if member is None:
            _home(typed, seen)
        else:
            _person(typed, member)
    with st.container(key="edit_end"):
        _end(typed, seen)


def _choose(typed: Typing, seen: "HouseholdView") -> "Member | None":
    """Offer the members and the home; return the member, None for the home."""
    by_key = {str(m.resident["id"]): m for m in seen.members}
    names = {key: esc_md(m.resident["name"]) for key, m in by_key.items()}
    names["home"] = say("household.edit.home", language())
    key = f"{typed.slot}_who"
    state.begin(key, next(iter(names)))
    if state.kept(key) not in names:
        state.keep(key, "home")
    st.segmented_control(
        say("household.edit.who", language()),
        list(names),
        format_func=names.__getitem__,
        key=key,
        required=True,
        wrap=True,
    )
    return by_key.get(state.kept(key))


def _value(typed: Typing, row: str, column: str) -> str:
    return typed.get("base", row, column) or ""


def _home(typed: Typing, seen: "HouseholdView") -> None:
    row = f"households:{seen.id}"
    people_form.number(typed, "edits", row, "no_kk", value=_value(typed, row, "no_kk"))
    for column in ("address", "note"):
        people_form.text(typed, "edits", row, column, value=_value(typed, row, column))


def _person(typed: Typing, member: "Member") -> None:
    row, place = f"residents:{member.resident['id']}", f"memberships:{member.membership['id']}"
    _, _, on = sios.session()

    def was(column: str) -> str:
        return _value(typed, row, column)

    left, right = st.columns(2, gap="medium")
    with left:
        people_form.text(typed, "edits", row, "name", value=was("name"))
        people_form.number(typed, "edits", row, "nik", value=was("nik"))
        people_form.date(typed, "edits", row, "birth_date", on=on, value=was("birth_date"))
    with right:
        people_form.choice(typed, "edits", row, "sex", names=sexes(), value=was("sex"))
        held = _value(typed, place, "role")
        people_form.choice(
            typed, "edits", place, "role", names=member_roles(), value=held, must=True
        )
        people_form.text(typed, "edits", row, "disability", value=was("disability"))
    _doubts(typed, row)


def _doubts(typed: Typing, row: str) -> None:
    """Say where the NIK tells another birth date or sex; a person looks, nothing is refused."""
    from pbrt_geo.intake.identity import against_nik
    from pbrt_geo.intake.problems import CellProblem
    from pbrt_geo.registry.editing import is_number

    told = {**(typed.get("base", row) or {}), **(typed.get("edits", row) or {})}
    nik, born = told.get("nik") or "", told.get("birth_date")
    if not is_number(nik):
        return
    births = [dt.date.fromisoformat(born) if born else None]
    for _, key, facts, _ in against_nik([nik], births, [told.get("sex") or None]):
        st.caption(f":orange[{esc_md(CellProblem('', 0, 0, key, facts).text(language()))}]")


def sexes() -> dict[str, str]:
    """Name the sexes."""
    from pbrt_geo.registry.tables import SEXES

    return {one: people_parts.sex(one) for one in SEXES}


def member_roles() -> dict[str, str]:
    """Name the places in a household."""
    from pbrt_geo.registry.tables import MEMBER_ROLES

    return {one: people_parts.member_role(one) for one in MEMBER_ROLES}


def _edits(typed: Typing) -> dict[str, dict[str, Any]]:
    """Return what was typed and differs from what was stored; empty is None, as in the rows."""
    from pbrt_geo.registry.editing import without_same

    edits = typed.get("edits") or {}
    plain = {row: {c: v or None for c, v in values.items()} for row, values in edits.items()}
    return without_same(typed.get("base") or {}, plain)


def _end(typed: Typing, seen: "HouseholdView") -> None:
    edits = _edits(typed)
    n = sum(len(values) for values in edits.values())
    if not n:
        st.caption(say("household.edit.nothing", language()))
        return
    names = ", ".join(
        dict.fromkeys(household_parts.field(c) for values in edits.values() for c in values)
    )
    st.caption(esc_md(say("household.edit.changed", language(), n=n, names=names)))
    reason = people_form.reason(typed)
    if not reason:
        st.caption(say("household.edit.reason_missing", language()))
    with st.container(horizontal=True, vertical_alignment="center"):
        label = say("household.edit.save", language())
        if st.button(label, key="edit_save", type="primary", disabled=not reason):
            _store(typed, seen, edits, reason)
        if not typed.is_restored:
            drafts.discard(typed)
        drafts.status(typed)


def _store(typed: Typing, seen: "HouseholdView", edits: dict[str, Any], reason: str) -> None:
    from pbrt_geo.registry.editing import is_stale, store_edits
    from pbrt_geo.registry.store import Conflict

    registry, actor, on = sios.session()
    base = typed.get("base")
    try:
        if is_stale(seen, base):
            _compare(seen)
        n = store_edits(registry, actor, on, seen, base, edits, reason)
    except Conflict:
        _compare(seen)
    except PbrtError as error:
        people_parts.told(error)
        return
    typed.drop()
    state.drop(_CONFLICT)
    said(say("household.stored_n", language(), n=n))


def _compare(seen: "HouseholdView") -> None:
    state.keep(_CONFLICT, seen.id)
    st.rerun()


def said(text: str) -> None:
    """Go back to the data of the household, and say there what was stored."""
    state.keep(_SAID, text)
    state.keep("household_part_next", "data")
    st.rerun()


# ── two editors ─────────────────────────────────────────────────────────────────────────────────


def _warn_of_others(typed: Typing, seen: "HouseholdView") -> None:
    from pbrt_geo.registry.editing import is_stale

    if typed.get("edits") and is_stale(seen, typed.get("base")):
        who, at = _last(seen)
        st.warning(esc_md(say("household.edit.stale", language(), who=who, at=at)))


def _last(seen: "HouseholdView") -> tuple[str, str]:
    """Return who changed the household last, and when."""
    changes = people.changes_of(seen)
    return (changes[0].actor, people_parts.moment(changes[0].at)) if changes else ("?", "")


def _conflict(typed: Typing, seen: "HouseholdView") -> None:
    from pbrt_geo.registry.editing import base_of, clashes

    edits = _edits(typed)
    found = clashes(seen, typed.get("base"), edits)
    who, at = _last(seen)
    st.subheader(say("household.conflict.heading", language()), anchor=False)
    st.markdown(esc_md(say("household.conflict.how", language(), who=who, at=at)))
    n_gone = sum(len(values) for row, values in edits.items() if row not in base_of(seen))
    if n_gone:
        st.warning(say("household.conflict.gone", language(), n=n_gone))
    both = [clash for clash in found if clash.is_mine_too]
    chosen = {clash: _side_by_side(clash, seen, who) for clash in both}
    if not both:
        st.info(say("household.conflict.none_left", language()))
    _only_theirs([clash for clash in found if not clash.is_mine_too], who)
    _settle(typed, seen, edits, chosen)


def _side_by_side(clash: "Clash", seen: "HouseholdView", who: str) -> str | None:
    """Show what was, what I typed and what is stored now; return which is chosen."""
    name = _row_name(clash, seen)
    labels = {
        side: say(f"household.conflict.use_{side}", language(), who=who)
        for side in ("mine", "theirs")
    }
    with st.container(border=True, key=f"clash_{clash.row}_{clash.column}"):
        st.markdown(f"**{esc_md(name)}**")
        sides = {"was": clash.was, "mine": clash.mine, "theirs": clash.theirs}
        for column, (side, held) in zip(st.columns(3), sides.items(), strict=True):
            with column:
                st.caption(esc_md(say(f"household.conflict.{side}", language(), who=who)))
                st.markdown(esc_md(household_parts.value(clash.column, held)))
        return st.segmented_control(
            esc_md(say("household.conflict.choose", language(), field=name)),
            list(labels),
            format_func=labels.__getitem__,
            key=f"choose_{clash.row}_{clash.column}",
            label_visibility="collapsed",
        )


def _row_name(clash: "Clash", seen: "HouseholdView") -> str:
    table, _, key = clash.row.partition(":")
    field = household_parts.field(clash.column)
    for member in seen.members:
        row = member.resident if table == "residents" else member.membership
        if table != "households" and row["id"] == int(key):
            return f"{member.resident['name']} · {field}"
    return f"{say('household.edit.home', language())} · {field}"


def _only_theirs(others: "list[Clash]", who: str) -> None:
    if others:
        names = ", ".join(household_parts.field(clash.column) for clash in others)
        st.caption(esc_md(say("household.conflict.only_theirs", language(), who=who, names=names)))


def _settle(
    typed: Typing,
    seen: "HouseholdView",
    edits: dict[str, Any],
    chosen: "dict[Clash, str | None]",
) -> None:
    from pbrt_geo.registry.editing import base_of

    open_still = any(side is None for side in chosen.values())
    if open_still:
        st.caption(say("household.conflict.choose_all", language()))
    with st.container(horizontal=True):
        label = say("household.conflict.save", language())
        if st.button(label, key="conflict_save", type="primary", disabled=open_still):
            for clash, side in chosen.items():
                if side == "theirs":
                    edits[clash.row].pop(clash.column)
            typed.data = {**typed.data, "base": base_of(seen), "edits": edits}
            typed.keep()
            _store(typed, seen, _edits(typed), typed.get("reason") or "")
        if st.button(say("household.conflict.back", language()), key="conflict_back"):
            state.drop(_CONFLICT)
            st.rerun()
