"""What can be done with a list: propose, decide, add, close, confirm, send back, withdraw."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import doing, drafts, list_parts, lists, sios
from dashboard.drafts import Typing
from dashboard.people_parts import language
from dashboard.text import esc_md, say

if TYPE_CHECKING:
    from pbrt_geo.registry.lists import Entry, Household, ShownList

_ENTRY = "verification_entry"
_LONGEST = 500


# ── proposing ───────────────────────────────────────────────────────────────────────────────────


def propose(rt_id: str) -> None:
    """Offer to propose a list for an RT, and say whom the rule would propose."""
    from pbrt_geo.registry.verification import propose as change
    from pbrt_geo.registry.welfare import RULES

    typed = drafts.typing("verification", rt_id)
    with st.container(border=True, key="propose"):
        st.subheader(say("verification.propose.heading", language()), anchor=False)
        with st.container(key="propose_choices", horizontal=True, vertical_alignment="bottom"):
            names = {one: say(f"verification.rule_name.{one}", language()) for one in RULES}
            rule = st.selectbox(
                say("verification.field.rule", language()),
                list(names),
                format_func=names.get,
                key=f"{typed.slot}_rule",
            )
            as_of = doing.day(typed, "as_of", sios.session().on)
        st.caption(esc_md(list_parts.rule_text(rule)))
        found = lists.proposal(rt_id, rule, as_of)
        facts = {"yes": found[True], "no": found[False], "unknown": found[None]}
        st.markdown(say("verification.propose.found", language(), **facts))
        why = say("verification.propose.why", language())
        reason = doing.text(typed, "why", placeholder=why, max_chars=_LONGEST)
        doing.told("propose")
        st.button(
            say("verification.propose.do", language(), n=found[True]),
            key="propose_do",
            type="primary",
            disabled=not sum(found.values()),
            on_click=doing.do_and_forget,
            args=(typed, "propose", "verification.done.proposed", change, rt_id, as_of),
            kwargs={"rule": rule, "reason": reason},
        )


# ── deciding ────────────────────────────────────────────────────────────────────────────────────


def decide(shown: "ShownList") -> None:
    """Show the households of an open list, and let whoever may decide on each."""
    may = sios.may("change_people")
    for entry in shown.entries:
        with st.container(border=True, key=f"entry_{entry.id}", gap="small"):
            _entry(entry, may)
    if may:
        _rest(shown)
        _add(shown)
        _close(shown)
        withdraw(shown)


def _entry(entry: "Entry", may: bool) -> None:
    opened = may and doing.is_open(_ENTRY, entry.id)
    with st.container(key=f"line_{entry.id}", horizontal=True, vertical_alignment="center"):
        st.markdown(list_parts.lines_of(entry.household), width="stretch")
        list_parts.badge(entry.decision)
        if may and not opened:
            key = "change_decision" if entry.decision else "decide"
            row = {"id": entry.id, "version": entry.version}
            doing.open_button(_ENTRY, row, say(f"verification.{key}", language()))
    if entry.reason:
        st.caption(esc_md(say("verification.because", language(), reason=entry.reason)))
    if opened:
        _panel(entry)


def _panel(entry: "Entry") -> None:
    from pbrt_geo.registry.verification import decide as change

    typed = doing.typing()
    decision, reason = _decision_fields(entry, typed)
    values = {"decision": decision, "reason": reason}
    doing.store_and_leave(
        typed, "verification.done.decided", change, values, _written, bool(decision)
    )
    with st.container(key=f"more_{entry.id}", horizontal=True):
        list_parts.open_button(entry.household)
        if not entry.is_proposed:
            _take_back(entry, typed)


def _decision_fields(entry: "Entry", typed: Typing) -> tuple[str, str]:
    from pbrt_geo.registry.verification import DECISIONS, REASON_NEEDED

    decision = "add"
    if entry.is_proposed:
        labels = {one: list_parts.decision_name(one) for one in DECISIONS[True]}
        decision = doing.choice(typed, "decision", labels, entry.decision)
    optional = "" if decision in REASON_NEEDED else say("verification.optional", language())
    options: dict[str, Any] = {"placeholder": optional, "max_chars": _LONGEST}
    return decision, doing.text(typed, "reason", entry.reason, **options)


def _written(values: Any) -> None:
    list_parts.badge(values.get("decision") or "")
    st.caption(esc_md(values.get("reason") or "–"))


def _take_back(entry: "Entry", typed: Typing) -> None:
    from pbrt_geo.registry.verification import take_back as change

    st.button(
        say("verification.take_back", language()),
        key=f"back_{entry.id}",
        on_click=_take_back_now,
        args=(typed, change, entry.id, entry.version),
    )


def _take_back_now(typed: Typing, change: Any, entry_id: int, version: int) -> None:
    if doing.do(_ENTRY, "verification.done.taken_back", change, entry_id, version):
        doing.leave(typed)


def _rest(shown: "ShownList") -> None:
    from pbrt_geo.registry.verification import keep_rest

    doing.told("rest")
    if shown.n_undecided:
        st.button(
            say("verification.keep_rest", language(), n=shown.n_undecided),
            key="keep_rest",
            on_click=doing.do,
            args=("rest", "verification.done.kept", keep_rest, shown.row["id"]),
        )


def _add(shown: "ShownList") -> None:
    from pbrt_geo.registry.verification import add as change

    if not shown.others:
        return
    typed = drafts.typing("verification_add", str(shown.row["id"]))
    by_key = {household.household_id: _offered(household) for household in shown.others}
    with st.expander(say("verification.add.heading", language(), n=len(by_key))):
        st.caption(say("verification.add.how", language()))
        chosen = st.selectbox(
            say("verification.add.which", language()),
            list(by_key),
            index=None,
            format_func=by_key.get,
            key=f"{typed.slot}_which",
            placeholder=say("verification.add.choose", language()),
        )
        reason = doing.text(typed, "reason", max_chars=_LONGEST)
        doing.told("add")
        st.button(
            say("verification.add.do", language()),
            key="add_do",
            disabled=chosen is None,
            on_click=doing.do_and_forget,
            args=(typed, "add", "verification.done.added", change, shown.row["id"], chosen),
            kwargs={"reason": reason},
        )


def _offered(household: "Household") -> str:
    return f"{list_parts.name(household)} · {list_parts.known(household.known)}"


# ── a file to print ─────────────────────────────────────────────────────────────────────────────


def file(shown: "ShownList") -> None:
    """Offer a list as a file to print, to whoever may export people; made when it is asked for."""
    from pbrt_geo.registry.export import FEWEST_LETTERS
    from pbrt_geo.registry.list_file import list_file

    if not sios.may("export_people"):
        return
    typed = drafts.typing("verification_file", str(shown.row["id"]))
    in_session, list_id, written_in = sios.session(), shown.row["id"], language()
    with st.expander(say("verification.file.heading", language())):
        st.caption(say("verification.file.how", language(), n=FEWEST_LETTERS))
        reason = doing.text(typed, "for_file", max_chars=_LONGEST)
        st.download_button(
            say("verification.file.get", language()),
            lambda: list_file(*in_session, list_id, reason=reason, language=written_in),
            file_name=f"{shown.row['rt_id']}_{shown.row['as_of']}.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key="file_get",
            on_click="ignore",
            disabled=sum(map(str.isalpha, reason)) < FEWEST_LETTERS,
        )


# ── closing, confirming, sending back, withdrawing ──────────────────────────────────────────────


def _close(shown: "ShownList") -> None:
    from pbrt_geo.registry.verification import close as change

    typed = drafts.typing("verification_close", str(shown.row["id"]))
    with st.container(border=True, key="close"):
        st.subheader(say("verification.close.heading", language()), anchor=False)
        if shown.n_undecided:
            st.caption(say("verification.close.wait", language(), n=shown.n_undecided))
            return
        st.caption(say("verification.close.how", language()))
        with st.container(key="close_fields", horizontal=True, vertical_alignment="bottom"):
            held_on = doing.day(typed, "held_on", sios.session().on, shown.row["as_of"])
            minutes = doing.text(typed, "minutes", max_chars=_LONGEST)
        doing.told("close")
        st.button(
            say("verification.close.do", language()),
            key="close_do",
            type="primary",
            on_click=doing.do_and_forget,
            args=(typed, "close", "verification.done.closed", change, *_at(shown)),
            kwargs={"held_on": held_on, "minutes": minutes},
        )


def _at(shown: "ShownList") -> tuple[int, int]:
    return shown.row["id"], shown.row["version"]


def confirm(shown: "ShownList") -> None:
    """Offer a second person to confirm a list or to send it back; tell others whom it waits for."""
    from pbrt_geo.registry.verification import may_confirm

    actor = sios.session().actor
    with st.container(border=True, key="confirm"):
        st.subheader(say("verification.confirm.heading", language()), anchor=False)
        doing.told("confirm")
        if may_confirm(actor, shown.authors):
            _confirm_now(shown)
        else:
            own = actor.user_id in shown.authors
            st.markdown(say(f"verification.confirm.{'own' if own else 'others'}", language()))
    if sios.may("confirm_lists") or sios.may("change_people"):
        _with_reason(shown, "send_back")
    if sios.may("change_people"):
        withdraw(shown)


def _confirm_now(shown: "ShownList") -> None:
    from pbrt_geo.registry.verification import confirm as change

    st.caption(say("verification.confirm.how", language()))
    st.button(
        say("verification.confirm.do", language()),
        key="confirm_do",
        type="primary",
        disabled=bool(shown.n_hidden),
        on_click=doing.do,
        args=("confirm", "verification.done.confirmed", change, *_at(shown)),
        kwargs={"seen": shown.content_hash},
    )


def withdraw(shown: "ShownList") -> None:
    """Offer to take a list back that is not confirmed."""
    _with_reason(shown, "withdraw")


def _with_reason(shown: "ShownList", step: str) -> None:
    from pbrt_geo.registry import verification

    typed = drafts.typing(f"verification_{step}", str(shown.row["id"]))
    with st.expander(say(f"verification.{step}.heading", language())):
        st.caption(say(f"verification.{step}.how", language()))
        reason = doing.text(typed, "reason", max_chars=_LONGEST)
        doing.told(step)
        change = getattr(verification, step)
        st.button(
            say(f"verification.{step}.do", language()),
            key=f"{step}_do",
            on_click=doing.do_and_forget,
            args=(typed, step, f"verification.done.{step}", change, *_at(shown)),
            kwargs={"reason": reason},
        )
