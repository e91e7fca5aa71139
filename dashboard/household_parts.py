"""What is shown of a household: home, members, welfare, programmes, history."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import data as editions
from dashboard import people, people_parts, state
from dashboard.people_parts import day, language
from dashboard.text import esc_md, has, say
from pbrt_geo import text as library
from pbrt_geo.errors import PbrtError
from pbrt_geo.schema import CRITERIA
from pbrt_geo.show import words

if TYPE_CHECKING:
    from pbrt_geo.registry.people import Change, HouseholdView, Member

_FIRST_CHANGES = 10


def title_of(seen: "HouseholdView") -> str:
    """Name a household by its head."""
    if seen.head is None:
        return say("household.no_head", language())
    return say("household.heading", language(), name=seen.head.resident["name"])


def data(seen: "HouseholdView") -> None:
    """Show all that is known of a household."""
    from pbrt_geo.registry.names import masked

    _home(seen, masked(seen.household["no_kk"]))
    st.subheader(say("household.data.members", language()), anchor=False)
    if seen.members:
        _members(seen.members, masked)
    else:
        st.caption(say("household.data.no_members", language()))
    if seen.former:
        st.subheader(say("household.data.former", language()), anchor=False)
        st.markdown("\n".join(f"- {esc_md(_former(member))}" for member in seen.former))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _evidence(seen)
    with right:
        _programmes(seen)


def _home(seen: "HouseholdView", number: str) -> None:
    if seen.residence is None:
        place = say("household.data.no_residence", language())
    else:
        since = day(seen.residence["valid_from"])
        place = say("household.data.since", language(), place=place_name(seen), date=since)
    kk = "no_kk" if number else "no_kk_none"
    lines = [place, say(f"household.data.{kk}", language(), number=number)]
    for column in ("address", "note"):
        if seen.household[column]:
            lines.append(f"{field(column)}: {seen.household[column]}")
    with st.container(key="household_home"):
        st.markdown("  \n".join(esc_md(line) for line in lines))


def place_name(seen: "HouseholdView") -> str:
    """Name the RT in which a household lives; its key where the RT has ended."""
    if seen.place is not None:
        return f"{seen.place['name']}, {seen.place['desa_name']}"
    return str(seen.residence["rt_id"]) if seen.residence else ""


def _members(members: "Sequence[Member]", masked: Any) -> None:
    heads = ("name", "role", "sex", "birth_date", "nik", "disability")
    rows = [
        [
            member.resident["name"],
            people_parts.member_role(member.membership["role"]),
            people_parts.sex(member.resident["sex"]),
            day(member.resident["birth_date"]),
            masked(member.resident["nik"]) or "–",
            member.resident["disability"] or "–",
        ]
        for member in members
    ]
    with st.container(key="household_members"):
        table([say(f"household.table.{head}", language()) for head in heads], rows)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show a short table of texts that wraps; names are shown letter by letter."""
    texts = [[esc_md(cell) for cell in line] for line in (heads, *rows)]
    lines = [texts[0], ["---"] * len(heads), *texts[1:]]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _former(member: "Member") -> str:
    died = member.resident["death_date"]
    key, date = ("died", died) if died else ("ended", member.membership["valid_to"])
    return f"{member.resident['name']}, {say(f'household.data.{key}', language(), date=day(date))}"


def _evidence(seen: "HouseholdView") -> None:
    st.subheader(say("household.data.evidence", language()), anchor=False)
    if not seen.evidence:
        st.caption(say("household.data.no_evidence", language()))
    for row in seen.evidence[:6]:
        source = say(f"household.source.{row['source']}", language())
        facts = {"date": day(row["as_of"]), "source": source}
        head = say("household.data.evidence_head", language(), **facts)
        found = list(_found(row)) or [say("household.data.nothing_found", language())]
        lines = [f"**{esc_md(head)}**", *(esc_md(text) for text in found)]
        st.markdown("  \n".join(lines))


def _found(row: Mapping[str, Any]) -> Iterable[str]:
    for key, column in (
        ("counted", "n_residents"),
        ("spending", "spending_idr"),
        ("floor_area", "floor_area_m2"),
    ):
        if row[column] is not None:
            yield say(f"household.data.{key}", language(), n=row[column])
    if row["dtsen_desil"] is not None:
        facts = {"n": row["dtsen_desil"], "edition": row["dtsen_edition"] or "–"}
        yield say("household.data.desil", language(), **facts)
    known = [name for name in CRITERIA if row[name] is not None]
    met = [name for name in known if row[name]]
    if known:
        yield say("household.data.criteria", language(), n=len(met), known=len(known))
    if met:
        names = ", ".join(criterion(name) for name in met)
        yield say("household.data.criteria_met", language(), names=names)


def criterion(name: str) -> str:
    """Name one of the 14 criteria."""
    key = f"dimension.{name}"
    return library.say(key, language()) if library.has(key, language()) else name


def _programmes(seen: "HouseholdView") -> None:
    st.subheader(say("household.data.programmes", language()), anchor=False)
    if not seen.enrolments:
        st.caption(say("household.data.no_programmes", language()))
    lines = [f"{_programme(row['programme_id'])}: {_period(row)}" for row in seen.enrolments]
    st.markdown("\n".join(f"- {esc_md(line)}" for line in lines))


def _programme(name: str) -> str:
    """Name a programme as the editions do; by its key where there is no edition."""
    try:
        programmes = editions.newest().programmes
    except PbrtError:
        return name
    return words.subject_name(name, language(), programmes) if name in programmes.index else name


def _period(row: Mapping[str, Any]) -> str:
    facts = {"from": day(row["valid_from"]), "to": day(row["valid_to"])}
    key = "until" if row["valid_to"] else "ongoing"
    return say(f"household.data.{key}", language(), **facts)


# ── history ─────────────────────────────────────────────────────────────────────────────────────


def history(seen: "HouseholdView") -> None:
    """Show who changed what, the newest first."""
    found = people.changes_of(seen)
    if not found:
        st.caption(say("household.history.none", language()))
    shown = found if state.kept("history_all") else found[:_FIRST_CHANGES]
    for place, change in enumerate(shown):
        with st.container(border=True, key=f"change_{place}", gap="xsmall"):
            _change(change, seen)
    if len(shown) < len(found):
        label = say("household.history.more", language(), n=len(found))
        st.button(label, key="history_more", on_click=state.keep, args=("history_all", True))


def _change(change: "Change", seen: "HouseholdView") -> None:
    kind = f"household.kind.{change.kind}"
    facts = {
        "at": people_parts.moment(change.at),
        "who": change.actor,
        "role": people_parts.role_name(change.role),
        "kind": say(kind, language()) if has(kind, language()) else change.kind,
    }
    st.markdown(f"**{esc_md(say('household.history.line', language(), **facts))}**")
    if change.reason:
        st.caption(esc_md(change.reason))
    names = _names(seen)
    lines = Counter(line for row in _telling(change.rows) for line in _told(row, names))
    told = [line if n == 1 else f"{line} ({n})" for line, n in lines.items()]
    st.markdown("\n".join(f"- {esc_md(line)}" for line in told))


def _telling(rows: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Leave out who became a member in the change by which the person was recorded."""
    new = {row["row_id"] for row in rows if row["entity"] == "residents" and not row["before"]}
    for row in rows:
        is_new_member = row["entity"] == "memberships" and not row["before"]
        if not (is_new_member and (row["after"] or {}).get("resident_id") in new):
            yield row


def _names(seen: "HouseholdView") -> dict[tuple[str, int], str]:
    everybody = (*seen.members, *seen.former)
    people = {("residents", m.resident["id"]): m.resident["name"] for m in everybody}
    return people | {("memberships", m.membership["id"]): m.resident["name"] for m in everybody}


def _told(row: Mapping[str, Any], names: Mapping[tuple[str, int], str]) -> Iterable[str]:
    entity = say(f"household.entity.{row['entity']}", language())
    name = names.get((row["entity"], row["row_id"]))
    about = f"{name} ({entity})" if name else entity
    if row["before"] is None:
        yield f"{about}: {say('household.history.new', language())}"
        return
    for column, after in (row["after"] or {}).items():
        if column not in ("name_key", "nik_state", "kk_state"):
            before = (row["before"] or {}).get(column)
            yield f"{about}, {field(column)}: {value(column, before)} → {value(column, after)}"


def field(column: str) -> str:
    """Name a column as its form does."""
    key = f"field.{column}"
    if column in CRITERIA:
        return criterion(column)
    return say(key, language()) if has(key, language()) else column


def value(column: str, held: Any) -> str:
    """Write a value of a column as its form does."""
    if held is None or held == "":
        return say("household.conflict.empty", language())
    if column == "sex":
        return people_parts.sex(held)
    if column == "role":
        return people_parts.member_role(held)
    if column in ("birth_date", "death_date", "valid_from", "valid_to", "as_of"):
        return day(dt.date.fromisoformat(held) if isinstance(held, str) else held)
    return str(held)
