"""The stages of an RT: the round it is in, what comes next, earlier rounds; and of many RT."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import components, doing, drafts, sios, social_parts
from dashboard.people_parts import day, language
from dashboard.text import esc_md, say
from pbrt_geo import text as library

_STAGE = "social_stage"
_ANEW = "social_begins_round"


def name(stage: str) -> str:
    """Name a stage."""
    return library.say(f"stage.{stage}", language())


# ── one RT ──────────────────────────────────────────────────────────────────────────────────────


def stages(rt_id: str) -> None:
    """Show the round an RT is in, let the next stage be recorded, and show earlier rounds."""
    from pbrt_geo.registry.stages import stages_of

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        found = stages_of(reading, rt_id)
    last = found[-1] if found else ()
    st.caption(say("social.stages_how", language()))
    _round(last)
    _record(rt_id, last)
    if len(found) > 1:
        with st.expander(say("social.earlier_rounds", language(), n=len(found) - 1)):
            for one in reversed(found[:-1]):
                _lines(one)


def _round(last: Sequence[Mapping[str, Any]]) -> None:
    from pbrt_geo.registry.stages import skipped
    from pbrt_geo.registry.tables import STAGES

    done = {row["stage"]: row for row in last}
    passed = skipped(tuple(last)) if last else ()
    for number, stage in enumerate(STAGES, 1):
        with st.container(border=True, key=f"stage_{stage}", gap="small"):
            head = f"**{number}. {esc_md(name(stage))}**"
            if stage in done:
                _done(head, done[stage])
            else:
                _not_done(head, is_skipped=stage in passed)


def _not_done(head: str, is_skipped: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(head, width="stretch")
        key, colour = ("skipped", "orange") if is_skipped else ("ahead", "gray")
        st.badge(say(f"social.{key}", language()), color=colour)


def _done(head: str, row: Mapping[str, Any]) -> None:
    opened = doing.is_open(_STAGE, row["id"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{head}  \n{_told(row)}", width="stretch")
        st.badge(say("social.done_badge", language()), color="green")
        if not opened:
            doing.open_button(_STAGE, row, say("social.correct", language()))
    if opened:
        _panel(row)


def _told(row: Mapping[str, Any]) -> str:
    facts = {"date": day(row["date"]), "evidence": row["evidence"] or "–"}
    return esc_md(say("social.stage_line", language(), **facts))


def _lines(one: Sequence[Mapping[str, Any]]) -> None:
    st.markdown("\n".join(f"- {esc_md(name(row['stage']))}: {_told(row)}" for row in one))


def _panel(row: Mapping[str, Any]) -> None:
    from pbrt_geo.registry.stages import change_stage

    typed = doing.typing()
    values = {
        "date": doing.day(typed, "date", row["date"]),
        "evidence": doing.text(typed, "evidence", row["evidence"] or "", max_chars=500),
        "reason": doing.text(typed, "why_changed", max_chars=500),
    }
    doing.store_and_leave(typed, "social.done.stored", change_stage, values, _write)
    social_parts.take_back(_STAGE, row, "void_stage")


def _write(values: Mapping[str, Any]) -> None:
    st.markdown(_told(values))


def _record(rt_id: str, last: Sequence[Mapping[str, Any]]) -> None:
    from pbrt_geo.registry.stages import next_stage, record_stage
    from pbrt_geo.registry.tables import STAGES

    typed = drafts.typing("social_record", rt_id)
    usual = next_stage(tuple(last)) if last else STAGES[0]
    done = {row["stage"] for row in last}
    labels = {stage: name(stage) for stage in STAGES}
    with st.container(border=True, key="record_stage"):
        st.subheader(say("social.record", language()), anchor=False)
        drafts.restored(typed)
        stage = st.selectbox(
            say("social.field.stage", language()),
            STAGES,
            index=STAGES.index(usual or STAGES[0]),
            format_func=labels.get,
            key=f"{typed.slot}_stage_{len(last)}",
        )
        anew = _begins_round(stage in done)
        with st.container(key="record_fields", horizontal=True, vertical_alignment="bottom"):
            date = doing.day(typed, "date", sios.session().on)
            evidence = doing.text(typed, "evidence", max_chars=500)
        doing.told("stage")
        st.button(
            say("social.record_do", language(), stage=name(stage)),
            key="record_do",
            type="primary",
            disabled=stage in done and not anew,
            on_click=doing.do_and_forget,
            args=(typed, "stage", "social.done.stage", record_stage, rt_id),
            kwargs={"stage": stage, "date": date, "evidence": evidence, "begins_round": anew},
        )
        drafts.status(typed)


def _begins_round(is_done: bool) -> bool:
    """Ask whether a stage that is recorded already begins another round."""
    return is_done and st.checkbox(say("social.begins_round", language()), key=_ANEW)


# ── many RT ─────────────────────────────────────────────────────────────────────────────────────


def overview(names: Mapping[str, str]) -> None:
    """Count the RTs of an area by the stage they reached last."""
    from pbrt_geo.registry.stages import stages_by_rt
    from pbrt_geo.registry.tables import STAGES

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        found = stages_by_rt(reading)
    last = Counter(found[rt_id][-1][-1]["stage"] for rt_id in names if rt_id in found)
    rows = [[say("social.no_stage", language()), str(len(names) - sum(last.values()))]]
    rows += [[name(stage), str(last[stage])] for stage in STAGES]
    st.markdown(say("social.overview", language()))
    components.small_table(
        [say(f"social.column.{key}", language()) for key in ("stage", "n")], rows
    )
