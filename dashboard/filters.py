"""The choices a reader makes with widgets; each writes into the one choice of the session."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from dashboard import data, state, tables, wording
from dashboard.text import problem_md, say
from pbrt_geo import text as library
from pbrt_geo.errors import Problem
from pbrt_geo.schema import PILLARS
from pbrt_geo.show import words

_LANGUAGE_NAMES = {"id": "Indonesia", "en": "English"}

NARROWER = {"kecamatan": ("kecamatan", "desa", "rt"), "desa": ("desa", "rt"), "rt": ("rt",)}


def language_and_briefing(with_briefing: bool = True) -> None:
    """Offer the language and the presentation mode."""
    language = state.choice().language
    with st.container(key="modes", gap="small"):
        _seed("language")
        st.segmented_control(
            say("frame.language", language),
            state.LANGUAGES,
            format_func=lambda code: _LANGUAGE_NAMES[code],
            key=key_of("language"),
            on_change=_take,
            args=("language",),
            required=True,
            label_visibility="collapsed",
        )
        if with_briefing:
            _briefing(language)


def _briefing(language: str) -> None:
    _seed("briefing")
    st.toggle(
        say("frame.briefing", language),
        key=key_of("briefing"),
        on_change=_take,
        args=("briefing",),
        help=say("frame.briefing_help", language),
    )


def leave_briefing(language: str) -> None:
    """Offer the way back from the presentation mode."""
    st.button(
        say("frame.leave_briefing", language),
        key="leave_briefing",
        type="tertiary",
        on_click=state.leave_briefing,
    )


def line() -> Any:
    """Hold several rows of choices; in a meeting their buttons stand beside each other."""
    return st.container(key="choices", horizontal=state.choice().briefing, gap="small")


@contextmanager
def row(key: str) -> Iterator[None]:
    """Hold choices in a row; in a meeting they are put away behind a button."""
    if not state.choice().briefing:
        with st.container(key=key, horizontal=True, gap="small"):
            yield
        return
    label = say(f"frame.choices.{key}", state.choice().language)
    with st.popover(label, key=f"{key}_button", width="content"):
        yield


def area_and_year(levels: Sequence[str] = ("kecamatan", "desa", "rt"), years: bool = True) -> None:
    """Offer year, boundaries and areas in one row; a smaller area follows a larger one."""
    with row("filters"):
        if years:
            select("year", year_names(), _take_year)
        boundary()
        for level in levels:
            _area(level)


def year_names() -> dict[str, str]:
    """Name every year of the shelf."""
    years, language = data.shelf().by_year, state.choice().language
    return {key: words.year_name(years[key], language) for key in years}


def boundary() -> None:
    """Offer the boundaries all years are shown on, and tell why one cannot be chosen."""
    if data.is_public():
        return
    language = state.choice().language
    refused = data.boundaries_for(state.choice().year)
    names = {
        key: say("frame.boundary_of", language, year=name)
        for key, name in year_names().items()
        if refused[key] is None
    }
    select(
        "boundary",
        {"": say("frame.all.boundary", language)} | names,
        help=_boundary_help(refused.values()),
        disabled=len(names) < 2,
    )


def _boundary_help(refused: Iterable[Problem | None]) -> str:
    language = state.choice().language
    told = dict.fromkeys(problem.text(language) for problem in refused if problem)
    return " ".join([say("frame.boundary_help", language), *map(problem_md, told)])


def change_years() -> None:
    """Offer the two years whose difference is told, the boundaries of both, and areas."""
    first, last, common = data.change_years()
    with row("filters"):
        select("from_year", year_names(), _take_span, first)
        select("to_year", year_names(), _take_span, last)
        _common_boundary(common)
        for level in ("kecamatan", "desa"):
            _area(level)


def _common_boundary(common: str) -> None:
    if data.is_public():
        return
    language, told = state.choice().language, data.change_refusals()
    names = {key: say("frame.boundary_of", language, year=n) for key, n in year_names().items()}
    allowed = {key: name for key, name in names.items() if key not in told}
    told_why = _boundary_help(told.values())
    select("boundary", allowed or names, None, common, help=told_why)


def _area(level: str) -> None:
    areas = data.shelf().choices.areas
    labels = {area: areas.label(area) for area in _options(level)}
    everything = {"": say(f"frame.all.{level}", state.choice().language)}
    select(level, everything | labels, _take_area, disabled=not labels)


def _options(level: str) -> Sequence[str]:
    """List the areas of a level inside the larger one chosen; RT only once a desa is chosen."""
    chosen, areas = state.choice(), data.shelf().choices.areas
    if level == "kecamatan":
        return areas.of_level(level)
    if level == "desa":
        return areas.within(chosen.kecamatan, level)
    return areas.children(level, chosen.desa) if chosen.desa else ()


def map_choices(change: bool = False) -> None:
    """Offer topic, indicator and level in one row; for one year also classes and another year."""
    choices, language = data.shelf().choices, state.choice().language

    def named(family: str, keys: Sequence[str]) -> dict[str, str]:
        return {key: library.say(f"{family}.{key}", language) for key in keys}

    with row("map_choices"):
        select("topic", named("topic", choices.topics), _take_topic, data.topic())
        indicators = data.indicators_of_topic(data.topic())
        names = {name: wording.indicator(name) for name in indicators}
        select("indicator", names)
        select("level", named("level", data.levels()), value=data.level())
        if not (change or state.choice().briefing):
            if len(choices.breaks) > 1:
                select("breaks", named("map.method", choices.breaks))
            _beside()


def _beside() -> None:
    chosen, years = state.choice(), data.shelf().by_year
    labels = {"": say("frame.all.beside", chosen.language)}
    labels |= {
        key: words.year_name(edition, chosen.language)
        for key, edition in years.items()
        if key != chosen.year
    }
    select("beside", labels, disabled=len(labels) == 1)


def programme() -> None:
    """Offer the pillars of the model, and the programmes of the chosen pillar."""
    language, edition, pillar = state.choice().language, data.edition(), data.pillar()
    present = [name for name in PILLARS if (edition.programmes["pillar"] == name).any()]
    pillars = {f"pillar/{name}": library.say(f"pillar.{name}", language) for name in present}
    inside = {name: wording.group(name) for name in tables.programmes_of(edition, pillar)}
    with row("programme_choices"):
        everything = {"": say("frame.all.pillar", language)}
        select("pillar", everything | pillars, _take_group, pillar)
        everything = {pillar: say("frame.all.group", language)}
        select("group", everything | inside, _take_group)


def select(
    name: str,
    labels: Mapping[str, str],
    on_change: Callable[[str], None] | None = None,
    value: str | None = None,
    **more: Any,
) -> None:
    """Offer one choice in a list that can be typed into; `labels` are what it offers, in order."""
    chosen = getattr(state.choice(), name) if value is None else value
    st.session_state[key_of(name)] = chosen if chosen in labels else next(iter(labels), None)
    st.selectbox(
        say(f"frame.parameter.{name}", state.choice().language),
        list(labels),
        format_func=labels.__getitem__,
        key=key_of(name),
        on_change=on_change or _take,
        args=(name,),
        **more,
    )


def below(values: Sequence[str] = state.BELOW) -> str:
    """Offer what stands below the map, its rows as a table or a chart; return what is chosen."""
    language, chosen = state.choice().language, state.choice().below
    labels = {value: say(f"map.below.{value}", language) for value in values}
    chosen = chosen if chosen in labels else values[0]
    st.session_state[key_of("below")] = chosen
    st.segmented_control(
        say("frame.parameter.below", language),
        list(labels),
        format_func=labels.__getitem__,
        key=key_of("below"),
        on_change=_take,
        args=("below",),
        required=True,
        label_visibility="collapsed",
    )
    return chosen


def find_rt(on_found: Callable[[str], None] | None = None, found: str | None = None) -> None:
    """Offer all RT inside the chosen area in one list that can be typed into."""
    chosen, areas = state.choice(), data.shelf().choices.areas
    labels = {rt: areas.long_label(rt) for rt in areas.within(chosen.area, "rt")}
    st.session_state[key_of("found")] = found if found in labels else None
    st.selectbox(
        say("profile.search", chosen.language),
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        key=key_of("found"),
        placeholder=say("profile.placeholder", chosen.language),
        on_change=lambda: (on_found or go_to_rt)(st.session_state[key_of("found")]),
    )


def slide() -> None:
    """Offer the years of the map as a slider: each step shows the same map a year on."""
    names = {data.year_of(edition): edition for edition in data.all_years()}
    language = state.choice().language
    if len(names) < 2:
        return
    st.session_state[key_of("at")] = data.map_year()
    st.select_slider(
        say("frame.parameter.at", language),
        list(names),
        format_func=lambda year: words.year_name(names[year], language),
        key=key_of("at"),
        on_change=_take,
        args=("at",),
    )


def measured() -> None:
    """Offer what the map with the slider shows, and at which level."""
    language, levels = state.choice().language, data.shelf().choices.levels
    with st.container(key="measured_choices", horizontal=True, gap="small"):
        names = {name: wording.indicator(name) for name in data.measures()}
        select("measured", names, None, data.measured())
        select("level", {name: library.say(f"level.{name}", language) for name in levels})


def go_to_rt(rt_id: str | None) -> None:
    """Choose an RT, and the areas that hold it."""
    if rt_id:
        state.choose(**data.shelf().choices.areas.above(rt_id), focus="")


def narrow_button(area_id: str) -> None:
    """Offer to look at what lies inside an area."""
    st.button(
        say("map.card.narrow", state.choice().language),
        key="narrow",
        on_click=_narrow,
        args=(area_id,),
        width="stretch",
    )


def _narrow(area_id: str) -> None:
    state.choose(**data.narrowed_to(area_id))
    st.rerun()  # the filters above the map follow


def _take(name: str) -> None:
    state.choose(**{name: st.session_state[key_of(name)]})


def _take_year(name: str) -> None:
    """Choose a year; it is no longer compared with itself."""
    year = st.session_state[key_of(name)]
    beside = state.choice().beside
    state.choose(year=year, beside="" if beside == year else beside)


def _take_span(name: str) -> None:
    """Choose the first or the last of two years; chosen alike, the other one gives way."""
    first, last, _ = data.change_years()
    year = st.session_state[key_of(name)]
    old, other = (first, last) if name == "from_year" else (last, first)
    other = old if year == other else other
    years = sorted((year, other), key=list(data.shelf().by_year).index)
    state.choose(beside=years[0], year=years[1])


def _take_area(level: str) -> None:
    """Choose an area, with the larger ones that hold it, and let go of the smaller ones."""
    area = st.session_state[key_of(level)] or ""
    above = data.shelf().choices.areas.above(area) if area else {}
    state.choose(**dict.fromkeys(NARROWER[level], "") | above, focus="")


def _take_topic(name: str) -> None:
    state.choose(indicator=data.indicators_of_topic(st.session_state[key_of(name)])[0])


def _take_group(name: str) -> None:
    state.choose(group=st.session_state[key_of(name)])


def _seed(name: str) -> None:
    st.session_state[key_of(name)] = getattr(state.choice(), name)


def key_of(name: str) -> str:
    """Return the key of the widget of a choice."""
    return f"pick_{name}"
