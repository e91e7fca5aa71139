"""The choices a reader makes with widgets; each writes into the one choice of the session."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from dashboard import data, state, tables
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
    with row("filters"):
        year()
        for level in _without_rt(levels):
            _area(level, _options(level))


def _without_rt(levels: Sequence[str]) -> Sequence[str]:
    # in a meeting an RT is chosen on its own page only
    if state.choice().briefing and not state.on_page("profil"):
        return [level for level in levels if level != "rt"]
    return levels


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
    briefing = state.choice().briefing
    with row("map_choices"):
        _topic()
        select("indicator", data.indicators_of_topic(), data.indicator_name)
        select("level", choices.levels, lambda level: library.say(f"level.{level}", language))
        if briefing:
            return
        select("breaks", state.BREAKS, lambda key: library.say(f"map.method.{key}", language))
        _beside()


def _topic() -> None:
    language = state.choice().language
    st.session_state[_key("topic")] = data.topic()
    st.selectbox(
        say("frame.parameter.topic", language),
        data.shelf().choices.topics,
        format_func=lambda topic: library.say(f"topic.{topic}", language),
        key=_key("topic"),
        on_change=_take_topic,
    )


def _take_topic() -> None:
    state.choose(indicator=data.indicators_of_topic(st.session_state[_key("topic")])[0])


def _beside() -> None:
    language, by_year = state.choice().language, data.shelf().by_year
    others = [year for year in by_year if year != state.choice().year]
    nothing = say("frame.all.beside", language)
    select(
        "beside",
        ["", *others],
        lambda year: words.year_name(by_year[year], language) if year else nothing,
        disabled=not others,
    )


def year() -> None:
    """Offer the years of the shelf."""
    language = state.choice().language
    by_year = data.shelf().by_year
    select("year", list(by_year), lambda key: words.year_name(by_year[key], language))


def select(
    name: str,
    options: Sequence[str],
    label_of: Callable[[str], str],
    on_change: Callable[..., None] | None = None,
    **more: Any,
) -> None:
    """Offer one choice in a list that can be typed into."""
    _seed(name)
    st.selectbox(
        say(f"frame.parameter.{name}", state.choice().language),
        options,
        format_func=label_of,
        key=_key(name),
        on_change=on_change or _take,
        args=(name,),
        **more,
    )


def switch(name: str, options: Sequence[str], label_of: Callable[[str], str]) -> None:
    """Offer one choice among a few, all visible."""
    _seed(name)
    st.segmented_control(
        say(f"frame.parameter.{name}", state.choice().language),
        options,
        format_func=label_of,
        key=_key(name),
        on_change=_take,
        args=(name,),
        required=True,
    )


def _area(level: str, options: Sequence[str]) -> None:
    language = state.choice().language
    areas = data.shelf().choices.areas
    everything = say(f"frame.all.{level}", language)
    select(
        level,
        ["", *options],
        lambda area: areas.label(area) if area else everything,
        _take_area,
        disabled=not options,
    )


def programme() -> None:
    """Offer the pillars of the model, and the programmes of the chosen pillar."""
    language, programmes = state.choice().language, data.edition().programmes
    pillar = data.pillar()
    pillars = [f"pillar/{name}" for name in PILLARS if (programmes["pillar"] == name).any()]
    with row("programme_choices"):
        _group("pillar", ["", *pillars], pillar, say("frame.all.pillar", language))
        inside = tables.programmes_of(data.edition(), pillar)
        everything = data.group_name(pillar) if pillar else say("frame.all.group", language)
        _group("group", [pillar, *inside], state.choice().group, everything)


def _group(name: str, groups: Sequence[str], chosen: str, everything: str) -> None:
    st.session_state[_key(name)] = chosen
    st.selectbox(
        say(f"frame.parameter.{name}", state.choice().language),
        groups,
        format_func=lambda group: everything if group == groups[0] else data.group_name(group),
        key=_key(name),
        on_change=lambda: state.choose(group=st.session_state[_key(name)]),
    )


def find_rt() -> None:
    """Offer all RT inside the chosen area in one list that can be typed into."""
    chosen, areas = state.choice(), data.shelf().choices.areas
    inside = areas.within(chosen.desa or chosen.kecamatan, "rt")
    st.session_state[_key("found")] = None
    st.selectbox(
        say("profile.search", chosen.language),
        inside,
        index=None,
        format_func=areas.long_label,
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
        on_click=lambda: state.choose(**data.narrowed_to(area_id)),
        width="stretch",
    )


def _take(name: str) -> None:
    state.choose(**{name: st.session_state[_key(name)]})


def _take_area(level: str) -> None:
    """Choose an area, with the larger ones that hold it, and let go of the smaller ones."""
    area = st.session_state[_key(level)] or ""
    above = data.shelf().choices.areas.above(area) if area else {}
    state.choose(**dict.fromkeys(NARROWER[level], "") | above, focus="")


def _seed(name: str) -> None:
    st.session_state[_key(name)] = getattr(state.choice(), name)


def _key(name: str) -> str:
    return f"pick_{name}"
