"""How a list for the musyawarah is shown: its steps, its households, what is known of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import people, people_parts, state
from dashboard.people_parts import day, language
from dashboard.text import esc_md, say
from pbrt_geo import text as library

if TYPE_CHECKING:
    from pbrt_geo.registry.lists import Entry, Household, ShownList
    from pbrt_geo.registry.welfare import Known

STATES = ("proposed", "deliberated", "confirmed")
DECISION_COLOURS: dict[str, Any] = {
    "": "gray",
    "keep": "green",
    "add": "green",
    "change": "orange",
    "remove": "red",
}


def head(shown: "ShownList") -> None:
    """Show how far a list is, and what it rests on."""
    now = STATES.index(shown.row["state"])
    with st.container(key="list_steps", horizontal=True, gap="small"):
        for place, name in enumerate(STATES):
            label = f"{place + 1}. {say(f'verification.state.{name}', language())}"
            st.badge(label, color="green" if place <= now else "gray")
    lines = [say("verification.list.for", language(), date=day(shown.row["as_of"]))]
    if shown.rule:
        lines.append(rule_text(shown.rule))
    if shown.row["deliberated_on"]:
        facts = {"date": day(shown.row["deliberated_on"]), "minutes": shown.minutes}
        lines.append(say("verification.list.held", language(), **facts))
    if shown.row["confirmed_on"]:
        lines.append(_confirmed(shown))
    st.markdown("  \n".join(esc_md(line) for line in lines))


def _confirmed(shown: "ShownList") -> str:
    facts = {"date": day(shown.row["confirmed_on"]), "who": shown.last_step["actor"]}
    return say("verification.list.confirmed_by", language(), **facts)


def rule_text(rule: str) -> str:
    """Say whom a rule proposes."""
    from pbrt_geo.registry.list_file import rule_text as told

    return told(rule, language())


def last_step(shown: "ShownList") -> None:
    """Say who did the last step, and the reason, for whoever has to go on."""
    step = shown.last_step
    facts = {"who": step["actor"], "at": people_parts.moment(step["at"])}
    text = say("verification.list.last", language(), **facts)
    if step["reason"] and shown.row["state"] == "proposed":
        text = f"{text} – {step['reason']}"
    st.caption(esc_md(text))


def hidden(shown: "ShownList") -> None:
    """Say that households on a list are out of sight."""
    if shown.n_hidden:
        st.warning(say("verification.list.hidden", language(), n=shown.n_hidden))


# ── households ──────────────────────────────────────────────────────────────────────────────────


def name(household: "Household") -> str:
    """Name a household by its head."""
    return household.head or say("verification.no_head", language())


def known(found: "Known") -> str:
    """Say what is known of the welfare of a household."""
    from pbrt_geo.schema import CRITERIA

    if found.n_open == len(CRITERIA):
        texts = [say("verification.known.no_criteria", language())]
    else:
        key = "criteria_open" if found.n_open else "criteria"
        facts = {"met": found.n_met, "all": len(CRITERIA), "open": found.n_open}
        date = day(found.criteria_on)
        texts = [say(f"verification.known.{key}", language(), date=date, **facts)]
    texts.append(desil(found.desil, found.desil_edition))
    return " · ".join(texts)


def desil(value: int | None, edition: str) -> str:
    """Write a desil with its edition."""
    if value is None:
        return say("verification.known.no_desil", language())
    key = "desil_edition" if edition else "desil"
    return say(f"verification.known.{key}", language(), n=value, edition=edition)


def lines_of(household: "Household") -> str:
    """Write a household as two lines: who and where, what is known."""
    who = say("verification.household", language(), n=household.n_members)
    first = f"**{esc_md(name(household))}** · {esc_md(who)}"
    if household.address:
        first += f" · {esc_md(household.address)}"
    return f"{first}  \n{esc_md(known(household.known))}"


def open_button(household: "Household") -> None:
    """Lead to all that is known of a household."""
    key = f"open_household_{household.household_id}"
    if st.button(say("verification.open", language()), key=key):
        people.open_household(household.household_id)
        st.switch_page(state.page("household"))


def decision_name(decision: str) -> str:
    """Name a decision; empty is none yet."""
    from pbrt_geo.registry.list_file import decision_name as told

    return told(decision, language())


def badge(decision: str) -> None:
    """Show what was decided."""
    st.badge(decision_name(decision), color=DECISION_COLOURS[decision])


def count(shown: "ShownList") -> str:
    """Say how many are on a list and how many were taken off."""
    facts = {
        "stay": sum(entry.stays for entry in shown.entries),
        "off": sum(entry.decision == "remove" for entry in shown.entries),
        "added": sum(entry.decision == "add" for entry in shown.entries),
    }
    return say("verification.list.count", language(), **facts)


def tables(shown: "ShownList") -> None:
    """Show who is on a list, then whom the musyawarah took off, as tables that print."""
    st.markdown(count(shown))
    _table([entry for entry in shown.entries if entry.stays])
    off = [entry for entry in shown.entries if not entry.stays]
    if off:
        st.markdown(f"**{say('verification.list.off', language())}**")
        _table(off)


def _table(entries: "Sequence[Entry]") -> None:
    from pbrt_geo.registry.list_file import COLUMNS

    heads = [library.say(f"list_file.column.{column}", language()) for column in COLUMNS]
    lines = [heads, ["---:", "---", "---:", "---", "---:", "---:", "---", "---"]]
    lines += [_row(number, entry) for number, entry in enumerate(entries, 1)]
    with st.container(key=f"list_table_{'on' if entries and entries[0].stays else 'off'}"):
        st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _row(number: int, entry: "Entry") -> list[str]:
    household, found = entry.household, entry.household.known
    cells = [
        str(number),
        name(household),
        str(household.n_members),
        household.address or "–",
        "–" if found.criteria_on is None else str(found.n_met),
        "–" if found.desil is None else str(found.desil),
        decision_name(entry.decision),
        entry.reason or "–",
    ]
    return [esc_md(cell) for cell in cells]
