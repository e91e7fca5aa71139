"""The choices a reader makes with widgets; each writes into the one choice of the session."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from dashboard import data, state, tables, wording
from dashboard.text import say
from pbrt_geo import text as library
from pbrt_geo.schema import PILLARS
from pbrt_geo.show import words

_LANGUAGE_NAMES = {"id": "Indonesia", "en": "English"}

NARROWER = {"kecamatan": ("kecamatan", "desa", "rt"), "desa": ("desa", "rt"), "rt": ("rt",)}


def language_and_briefing() -> None:
    """Offer the language and the presentation mode."""
    language = state.choice().language
    with st.container(key="modes", gap="small"):
        _seed("language")
        st.segmented_control(
            say("frame.language", language),
            state.LANGUAGES,
            format_func=lambda code: _LANGUAGE_NAMES[code],
            key=_key("language"),
            on_change=_take,
            args=("language",),
            required=True,
            label_visibility="collapsed",
        )
        _seed("briefing")
        st.toggle(
            say("frame.briefing", language),
            key=_key("briefing"),
            on_change=_take,
            args=("briefing",),
            help=say("frame.briefing_help", language),
        )


def leave_briefing() -> None:
    """Offer the way back from the presentation mode."""
    st.button(
        say("frame.leave_briefing", state.choice().language),
        key="leave_briefing",
        type="tertiary",
        on_click=lambda: state.choose(briefing=False),
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


def area_and_year(levels: Sequence[str] = ("kecamatan", "desa", "rt")) -> None:
    """Offer year, kecamatan, desa and RT in one row; a smaller area follows a larger one."""
    language, years = state.choice().language, data.shelf().by_year
    with row("filters"):
        select("year", {key: words.year_name(years[key], language) for key in years}, _take_year)
        for level in _without_rt(levels):
            _area(level)


def _without_rt(levels: Sequence[str]) -> Sequence[str]:
    # in a meeting an RT is chosen on its own page only
    if state.choice().briefing and not state.on_page("profil"):
        return [level for level in levels if level != "rt"]
    return levels


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


def map_choices() -> None:
    """Offer topic, indicator, level, class method and a year to compare with, in one row."""
    choices, language = data.shelf().choices, state.choice().language

    def named(family: str, keys: Sequence[str]) -> dict[str, str]:
        return {key: library.say(f"{family}.{key}", language) for key in keys}

    with row("map_choices"):
        select("topic", named("topic", choices.topics), _take_topic, data.topic())
        indicators = data.indicators_of_topic(data.topic())
        names = {name: wording.indicator(name) for name in indicators}
        select("indicator", names)
        select("level", named("level", choices.levels))
        if not state.choice().briefing:
            select("breaks", named("map.method", state.BREAKS))
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
    st.session_state[_key(name)] = chosen if chosen in labels else next(iter(labels), None)
    st.selectbox(
        say(f"frame.parameter.{name}", state.choice().language),
        list(labels),
        format_func=labels.__getitem__,
        key=_key(name),
        on_change=on_change or _take,
        args=(name,),
        **more,
    )


def compare() -> None:
    """Offer how two years are compared: side by side, or as their difference."""
    _switch("compare", state.COMPARE)


def below() -> None:
    """Offer what stands below the map: its rows as a table, or a chart."""
    _switch("below", state.BELOW)


def _switch(name: str, values: Sequence[str]) -> None:
    language = state.choice().language
    labels = {value: say(f"map.{name}.{value}", language) for value in values}
    _seed(name)
    st.segmented_control(
        say(f"frame.parameter.{name}", language),
        list(labels),
        format_func=labels.__getitem__,
        key=_key(name),
        on_change=_take,
        args=(name,),
        required=True,
        label_visibility="collapsed",
    )


def find_rt() -> None:
    """Offer all RT inside the chosen area in one list that can be typed into."""
    chosen, areas = state.choice(), data.shelf().choices.areas
    labels = {rt: areas.long_label(rt) for rt in areas.within(chosen.public_area, "rt")}
    st.session_state[_key("found")] = None
    st.selectbox(
        say("profile.search", chosen.language),
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        key=_key("found"),
        placeholder=say("profile.placeholder", chosen.language),
        on_change=lambda: go_to_rt(st.session_state[_key("found")]),
    )


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
    state.choose(**{name: st.session_state[_key(name)]})


def _take_year(name: str) -> None:
    """Choose a year; it is no longer compared with itself."""
    year = st.session_state[_key(name)]
    beside = state.choice().beside
    state.choose(year=year, beside="" if beside == year else beside)


def _take_area(level: str) -> None:
    """Choose an area, with the larger ones that hold it, and let go of the smaller ones."""
    area = st.session_state[_key(level)] or ""
    above = data.shelf().choices.areas.above(area) if area else {}
    state.choose(**dict.fromkeys(NARROWER[level], "") | above, focus="")


def _take_topic(name: str) -> None:
    state.choose(indicator=data.indicators_of_topic(st.session_state[_key(name)])[0])


def _take_group(name: str) -> None:
    state.choose(group=st.session_state[_key(name)])


def _seed(name: str) -> None:
    st.session_state[_key(name)] = getattr(state.choice(), name)


def _key(name: str) -> str:
    return f"pick_{name}"
