"""Impor berkas: a file is examined first, and stored only once somebody accepts it."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import import_parts, importing, people_parts, sios, state
from dashboard.jobs import Job
from dashboard.people_parts import language
from dashboard.text import esc_md, say
from pbrt_geo import text as library

if TYPE_CHECKING:
    from pbrt_geo.intake.doctor import Examination

_LOOK_EVERY = "0.5s"


def show() -> None:
    """Draw the page."""
    people_parts.header("importing")
    job = importing.settle()
    if job is not None:
        _running()
        return
    going = importing.current()
    if going.receipt is None and going.examination is None:
        _file()
    if going.error is not None:
        people_parts.told(going.error)
    if going.receipt is not None:
        _done()
    elif going.examination is not None:
        _examined(going.examination)


def _file() -> None:
    """Ask for a file and its day."""
    _, _, on = sios.session()
    st.caption(say("importing.how", language()))
    _words_of_uploader()
    with st.container(key="import_file", horizontal=True, gap="medium"):
        as_of = st.date_input(
            say("importing.as_of", language()),
            value=None,
            max_value=on,
            format="DD/MM/YYYY",
            key="import_as_of",
            help=say("importing.as_of_help", language()),
            width=220,
        )
        found = st.file_uploader(
            say("importing.file", language()),
            type=["xlsx", "xlsm", "csv", "tsv", "txt"],
            key=f"import_file_{importing.current().round}",
        )
    if found is not None:
        importing.take(found.name, found.getvalue(), as_of)
        st.rerun()


def _words_of_uploader() -> None:
    """Put the words of the reader's language where Streamlit has only English ones."""
    largest = st.get_option("server.maxUploadSize")
    words = {
        "button p": say("importing.choose", language()),
        '[data-testid="stFileUploaderDropzoneInstructions"] span': say(
            "importing.largest", language(), mb=largest
        ),
    }
    place = '.st-key-import_file [data-testid="stFileUploaderDropzone"]'
    rules = [
        f"{place} {what} {{ font-size: 0; }} {place} {what}::after "
        f'{{ content: "{text}"; font-size: 0.95rem; }}'
        for what, text in words.items()
    ]
    st.html(f"<style>{' '.join(rules)}</style>")


def _running() -> None:
    """Show how far the work is, and offer to stop it."""
    _watch()


@st.fragment(run_every=_LOOK_EVERY)
def _watch() -> None:
    job: Job | None = importing.current().job
    if job is None or not job.is_running:
        st.rerun()
        return
    st.progress(job.share, text=say(f"importing.job.{job.kind}", language()))
    label = say("importing.stopping" if job.is_stopping else "importing.stop", language())
    st.button(label, key="import_stop", on_click=job.stop, disabled=job.is_stopping)


def _examined(told: "Examination") -> None:
    _head(told)
    import_parts.counts(told)
    if import_parts.has_questions(told):
        import_parts.questions(told)
    _again("below")
    import_parts.problems(told)
    import_parts.columns(told)
    _accept(told)


def _head(told: "Examination") -> None:
    with st.container(key="import_head", horizontal=True, vertical_alignment="bottom"):
        st.markdown(f"**{esc_md(told.file_name)}**", width="content")
        st.button(
            say("importing.anew", language()), key="import_anew", on_click=importing.begin_anew
        )
    with st.container(key="import_settings", horizontal=True, gap="small"):
        _settings(told)


def _settings(told: "Examination") -> None:
    from pbrt_geo.intake.fields import SOURCES

    going = importing.current()
    file = going.file
    if file is not None and len(file.sheets) > 1:
        _setting("sheet", {sheet.name: sheet.name for sheet in file.sheets}, told.layout.sheet)
    names = {name: library.say(f"intake.source.{name}", language()) for name in SOURCES}
    _setting("source", names, told.layout.source)
    schemes = {"": "found", "kemendagri": "kemendagri", "bps": "bps"}
    labels = {k: say(f"importing.scheme_{name}", language()) for k, name in schemes.items()}
    _setting("scheme", labels, going.choices.scheme or "")
    _, _, on = sios.session()
    key = f"import_{going.round}_as_of"
    state.begin(key, told.as_of)
    st.date_input(
        say("importing.as_of", language()),
        key=key,
        max_value=on,
        format="DD/MM/YYYY",
        on_change=_take_date,
        args=(key,),
    )


def _setting(name: str, labels: dict[str, str], held: str) -> None:
    key = f"import_{importing.current().round}_{name}"
    state.begin(key, held)

    def take() -> None:
        importing.choose(**{name: state.kept(key) or None})

    st.selectbox(
        say(f"importing.{name}", language()),
        list(labels),
        format_func=labels.__getitem__,
        key=key,
        on_change=take,
    )


def _take_date(key: str) -> None:
    importing.choose(as_of=state.kept(key))


def _again(where: str) -> None:
    """Offer to examine again as soon as something was chosen."""
    if not importing.current().is_outdated:
        return
    st.warning(say("importing.outdated", language()))
    st.button(
        say("importing.again", language()),
        key=f"import_again_{where}",
        type="primary",
        on_click=importing.examine_again,
    )


def _accept(told: "Examination") -> None:
    st.subheader(say("importing.accept.heading", language()), anchor=False)
    if told.columns:
        st.info(say("importing.accept.waits", language()))
        return
    if not told.may_accept:
        st.info(say("importing.accept.nothing", language()))
        return
    n = len({problem.row for problem in told.problems if problem.severity == "error"})
    if n:
        st.caption(say("importing.accept.partly", language(), n=n))
    reason = st.text_input(
        say("importing.accept.reason", language()),
        key="import_reason",
        placeholder=say("importing.accept.reason_place", language()),
        live="300ms",
    )
    taken = ("new", "changed")
    facts = {
        "n_households": sum(told.households.get(kind, 0) for kind in taken),
        "n_people": sum(told.people.get(kind, 0) for kind in taken),
    }
    with st.container(horizontal=True):
        st.button(
            say("importing.accept.button", language(), **facts),
            key="import_store",
            type="primary",
            disabled=not (reason or "").strip() or importing.current().is_outdated,
            on_click=importing.store,
            args=((reason or "").strip(),),
        )
    _again("above_store")


def _done() -> None:
    receipt = importing.current().receipt
    assert receipt is not None
    facts = {
        "n_new": receipt.n_new,
        "n_changed": receipt.n_changed,
        "n_unchanged": receipt.n_unchanged,
        "batch": str(receipt.batch_id or "–"),
    }
    st.success(esc_md(say("importing.accept.done", language(), **facts)))
    st.button(say("importing.anew", language()), key="import_next", on_click=importing.begin_anew)
