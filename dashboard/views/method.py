"""Metode dan data: what each figure means, where it comes from, what is invented."""

import datetime as dt
from collections.abc import Iterator

import streamlit as st

from dashboard import components, data, promises, records, state
from dashboard.text import esc_md, problem_md, say
from pbrt_geo import text as library
from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.show import words

NOTHINGS = ("zero", "no_data", "withheld", "not_yet_formed", "undefined")


def show() -> None:
    """Draw the page; it reads well on paper."""
    components.header("method")
    with st.container(key="method"):
        _about(data.edition())
        _sources(data.edition())
        if data.is_public():
            _promises(data.edition())
        _events(data.shelf().by_year[state.choice().year])
        if not data.is_public():
            _conversions(data.shelf().by_year[state.choice().year])
        _nothings()
        _programmes(data.edition())
        _indicators(data.edition())
        components.section("method.licence", "text")


def _about(edition: Edition) -> None:
    components.section("method.edition", "how")
    language = state.choice().language
    boundary_date = dt.date.fromisoformat(edition.about["boundary_date"])
    facts = {
        "region": words.region_name(edition, language),
        "as_of": words.period_name(edition, language),
        "boundary_date": words.format_date(boundary_date, language),
        "method_version": str(edition.about["method_version"]),
        "id": words.sealed_id(edition),
        "years": ", ".join(words.year_name(e, language) for e in data.shelf().editions),
    }
    _definitions((say(f"method.edition.{name}", language), fact) for name, fact in facts.items())
    if edition.about["region"]["invented"]:
        st.warning(say("method.invented", language))


def _sources(edition: Edition) -> None:
    components.section("method.sources")
    language = state.choice().language
    sources = edition.about["sources"]
    _definitions((source["what"][language], source["text"][language]) for source in sources)
    st.markdown(say("method.sources.register", language))


def _promises(edition: Edition) -> None:
    """Tell by which rule the public edition was made, what attacked it, and what it withholds."""
    language = state.choice().language
    components.section("method.rule", "how")
    _definitions(promises.rule(edition, language))
    components.section("method.certificate", "how")
    _definitions(promises.certificate(edition, language))
    components.section("method.shown", "how")
    components.small_table(*promises.shown(edition, language))
    components.section("method.hidden")
    _definitions(promises.hidden(edition, language))


def _events(edition: Edition) -> None:
    """Tell how many events the edition knows, and which were corrected and why."""
    components.section("method.events", "how")
    language = state.choice().language
    if edition.events.empty:
        st.markdown(say("method.events.none", language))
        return
    components.small_table(*records.counts(edition, language))
    corrected = records.corrections(edition, language)
    if corrected:
        st.markdown(say("method.events.corrected", language, n=len(corrected)))
        _definitions(corrected)


def _conversions(edition: Edition) -> None:
    """Tell what was carried to the boundaries of other dates, and on what evidence."""
    components.section("method.conversions", "how")
    language = state.choice().language
    found = records.conversions(edition, language)
    if found is None:
        st.markdown(say("method.conversions.none", language))
    else:
        components.small_table(*found)
    for text in records.remarks(edition, language):
        st.caption(problem_md(text))


def _nothings() -> None:
    components.section("method.nothings", "how")
    language = state.choice().language
    _definitions(
        (library.say(f"state.{name}", language), library.say(f"state_meaning.{name}", language))
        for name in NOTHINGS
    )


def _programmes(edition: Edition) -> None:
    components.section("method.programmes", "how")
    language, programmes = state.choice().language, edition.programmes
    for pillar, group in programmes.groupby("pillar", sort=False, observed=True):
        names = (
            f"{words.programme_name(i, language, programmes)}"
            f" ({library.say(f'target.{target}', language)})"
            for i, target in group["target"].items()
        )
        _definitions([(library.say(f"pillar.{pillar}", language), "; ".join(names))])


def _indicators(edition: Edition) -> None:
    components.section("method.indicators", "how")
    language = state.choice().language
    for topic in data.shelf().choices.topics:
        st.subheader(library.say(f"topic.{topic}", language), anchor=False)
        for indicator in _one_of_each(edition, topic):
            _indicator(indicator, language, promises.reason(edition, indicator.base, language))


def _one_of_each(edition: Edition, topic: str) -> Iterator[Indicator]:
    seen = set()
    for indicator in edition.indicators:
        if indicator.topic == topic and indicator.base not in seen:
            seen.add(indicator.base)
            yield indicator


def _indicator(indicator: Indicator, language: str, reason: str) -> None:
    name = library.say(f"indicator.{indicator.base}.name", language, **_any_member(language))
    parts = ("meaning", "how", "source")
    texts = [words.indicator_text(indicator, part, language) for part in parts]
    lines = [f"**{esc_md(name[:1].upper() + name[1:])}** — {esc_md(texts[0])}"]
    lines += [
        f"*{say(f'method.{part}', language)}:* {esc_md(text)}"
        for part, text in zip(parts[1:], texts[1:], strict=True)
    ]
    if reason:
        lines.append(f"*{say('method.hidden.reason', language)}:* {esc_md(reason)}")
    st.markdown("  \n".join(lines))


def _any_member(language: str) -> dict[str, str]:
    return {part: say(f"method.any.{part}", language) for part in ("programme", "dimension")}


def _definitions(rows: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> None:
    st.markdown("\n".join(f"- **{esc_md(name)}:** {esc_md(text)}" for name, text in rows))
