"""What an examination tells, and what it asks, drawn for whoever has to decide."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import importing, people_parts, state
from dashboard.household_parts import table
from dashboard.people_parts import language
from dashboard.text import esc_md, problem_md, say
from pbrt_geo import text as library

if TYPE_CHECKING:
    from pbrt_geo.intake.doctor import Examination

_SHOWN_PROBLEMS, _SHOWN_PLACES, _SHOWN_EACH = 100, 20, 30
_TALL = 12
_ALWAYS = ("new", "changed", "unchanged", "conflict", "refused")
_SEVERITIES = ("error", "warning", "note")


def counts(told: "Examination") -> None:
    """Say how the file was read, and what would happen to how many."""
    facts = {
        "sheet": told.layout.sheet,
        "n": len(told.layout.rows),
        "source": library.say(f"intake.source.{told.layout.source}", language()),
        "as_of": people_parts.day(told.as_of),
    }
    st.caption(esc_md(say("importing.read_as", language(), **facts)))
    if told.already is not None:
        at = people_parts.moment(told.already)
        st.info(esc_md(say("importing.already", language(), at=at)))
    for note in told.notes:
        if note.key == "intake_already":
            continue
        show = st.error if note.severity == "error" else st.info
        show(problem_md(note.text(language())))
    st.subheader(say("importing.counts.heading", language()), anchor=False)
    both = (told.households, told.people)
    kinds = [k for k in told.people if k in _ALWAYS or any(n.get(k) for n in both)]
    kinds.sort(key=lambda k: (k not in _ALWAYS, _ALWAYS.index(k) if k in _ALWAYS else 0))
    heads = [library.say(f"intake.kind.{kind}", language()) for kind in kinds]
    rows = [
        [say(f"importing.counts.{name}", language()), *(_n(of.get(kind, 0)) for kind in kinds)]
        for name, of in zip(("households", "people"), both, strict=True)
    ]
    table([say("importing.counts.what", language()), *heads], rows)
    for key, n in (("copies", len(told.copies)), ("older", told.n_older)):
        if n:
            st.caption(say(f"importing.counts.{key}", language(), n=n))


def _n(number: int) -> str:
    return library.number(number, language())


# ── questions ───────────────────────────────────────────────────────────────────────────────────


def has_questions(told: "Examination") -> bool:
    """Tell whether anything is asked."""
    return bool(told.columns or told.places or told.questions)


def questions(told: "Examination") -> None:
    """Ask what only a person can decide: of columns, of places, of people."""
    st.subheader(say("importing.ask.heading", language()), anchor=False)
    with st.container(border=True, key="import_questions"):
        _columns_asked(told)
        _places_asked(told)
        _people_asked(told)


def _pick(
    label: str,
    key: str,
    options: Mapping[str, str],
    held: str | None,
    choose: Callable[[str | None], None],
    **more: Any,
) -> None:
    """Draw a choice that may stay open."""
    own = f"import_{importing.current().round}_{key}"
    state.begin(own, held if held in options else None)

    def take() -> None:
        choose(state.kept(own))

    st.selectbox(
        label,
        list(options),
        index=None,
        format_func=options.__getitem__,
        key=own,
        placeholder=say("importing.ask.nothing", language()),
        on_change=take,
        **more,
    )


def _columns_asked(told: "Examination") -> None:
    from pbrt_geo.intake.problems import letters

    settings = importing.current().choices.settings
    for asked in told.columns:
        facts = {
            "letter": letters(asked.column),
            "header": asked.header,
            "setting": library.say(f"intake.setting.{asked.setting}", language()),
        }
        options = {o: library.say(f"intake.option.{o}", language()) for o in asked.options}
        own = dict(settings.get(asked.header, {}))

        def choose(value: str | None, asked: Any = asked, own: dict[str, str] = own) -> None:
            importing.choose_one("settings", asked.header, {**own, asked.setting: value})  # type: ignore[arg-type]

        label = esc_md(say("importing.ask.column", language(), **facts))
        held = own.get(asked.setting)
        _pick(label, f"column_{asked.column}_{asked.setting}", options, held, choose)


def _places_asked(told: "Examination") -> None:
    chosen = importing.current().choices.places
    for place, asked in enumerate(told.places[:_SHOWN_PLACES]):
        label = say("importing.ask.place", language(), written=asked.written, n=len(asked.rows))

        def choose(value: str | None, key: str = asked.key) -> None:
            importing.choose_one("places", key, value)

        options = dict(asked.candidates)
        help_ = say("importing.ask.place_help", language()) if place == 0 else None
        held = chosen.get(asked.key)
        _pick(esc_md(label), f"place_{asked.key}", options, held, choose, help=help_)
    more = len(told.places) - _SHOWN_PLACES
    if more > 0:
        st.caption(say("importing.ask.place_more", language(), n=more))


def _people_asked(told: "Examination") -> None:
    by_kind: dict[str, list[Any]] = {}
    for asked in told.questions:
        by_kind.setdefault(asked.kind, []).append(asked)
    for kind, group in by_kind.items():
        what = library.say(f"intake.question.{kind}", language())
        facts = {"what": what, "n": len(group)}
        common = [o for o in group[0].options if all(o in asked.options for asked in group)]
        common = [option for option in common if not option.startswith("row:")]
        if common:
            _decide(esc_md(say("importing.ask.people", language(), **facts)), kind, common)
        with st.expander(f"{esc_md(what)}: {say('importing.ask.each', language())}"):
            for asked in group[:_SHOWN_EACH]:
                rows = ", ".join(str(row + 1) for row in asked.rows)
                label = esc_md(say("importing.ask.one", language(), rows=rows))
                _decide(label, asked.key, asked.options)


def _decide(label: str, key: str, options: Sequence[str]) -> None:
    def choose(value: str | None) -> None:
        importing.choose_one("decisions", key, value)

    names = {option: _option(option) for option in options}
    _pick(label, f"decide_{key}", names, importing.current().choices.decisions.get(key), choose)


def _option(option: str) -> str:
    kind, _, row = option.partition(":")
    if row:
        return library.say("intake.option.row", language(), row=str(int(row) + 1))
    return library.say(f"intake.option.{kind}", language())


# ── columns ─────────────────────────────────────────────────────────────────────────────────────


def columns(told: "Examination") -> None:
    """Show what each column was taken for; each can be chosen otherwise."""
    from pbrt_geo.intake.fields import FIELDS
    from pbrt_geo.intake.mapping import field_label
    from pbrt_geo.intake.problems import letters

    used = {match.field for match in told.layout.columns.matches}
    labels = {name: field_label(name, language()) for name in (*FIELDS, *sorted(used - {""}))}
    names = {"": say("importing.columns.left_out", language())}
    names |= dict(sorted(labels.items(), key=lambda entry: entry[1]))
    with st.expander(say("importing.columns.heading", language())):
        st.caption(say("importing.columns.how", language()))
        for match in told.layout.columns.matches:
            facts = {
                "letter": letters(match.column),
                "header": match.header or "–",
                "reason": library.say(f"intake.reason.{match.reason}", language()),
            }
            label = esc_md(say("importing.columns.line", language(), **facts))
            _column(label, match.column, match.header, match.field, names)


def _column(label: str, column: int, header: str, field: str, names: dict[str, str]) -> None:
    key = f"import_{importing.current().round}_map_{column}"
    state.begin(key, field)

    def take() -> None:
        importing.choose_one("mapping", header, state.kept(key))

    st.selectbox(label, list(names), format_func=names.__getitem__, key=key, on_change=take)


# ── problems ────────────────────────────────────────────────────────────────────────────────────


def problems(told: "Examination") -> None:
    """List what is wrong with which cell, and offer the file with its cells marked."""
    st.subheader(say("importing.problems.heading", language()), anchor=False)
    found = told.problems
    if not found:
        st.caption(say("importing.problems.none", language()))
        return
    n = {kind: sum(p.severity == kind for p in found) for kind in _SEVERITIES}
    st.markdown(esc_md(say("importing.problems.counts", language(), **n)))
    going, lang = importing.current(), language()
    name = going.name.rsplit(".", 1)[0]
    st.download_button(
        say("importing.problems.marked", language()),
        lambda: importing.marked(going, lang),
        file_name=f"{name}_{say('importing.problems.marked_name', language())}.xlsx",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key="import_marked",
        type="primary" if n["error"] else "secondary",
        on_click="ignore",
        help=say("importing.problems.marked_help", language()),
    )
    _table(sorted(found, key=lambda p: _SEVERITIES.index(p.severity))[:_SHOWN_PROBLEMS])
    if len(found) > _SHOWN_PROBLEMS:
        st.caption(say("importing.problems.more", language(), n=_SHOWN_PROBLEMS))


def _table(found: Sequence[Any]) -> None:
    """Show problems as texts that wrap: each says how to mend it, and is to be read in full."""
    kinds = {kind: library.say(f"intake_marked.{kind}", language()) for kind in _SEVERITIES}
    several = len({problem.sheet for problem in found}) > 1
    names = (*(["sheet"] if several else []), "cell", "kind", "what")
    rows = [
        [
            *([problem.sheet] if several else []),
            _place(problem),
            kinds[problem.severity],
            problem.text(language()),
        ]
        for problem in found
    ]
    with st.container(key="import_problems", height=520 if len(rows) > _TALL else "content"):
        table([say(f"importing.problems.{name}", language()) for name in names], rows)


def _place(problem: Any) -> str:
    if problem.column is not None:
        return str(problem.cell)
    return say("importing.problems.row", language(), row=str(problem.row + 1))
