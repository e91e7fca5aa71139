"""What the reader has chosen: the only session keys, and the address that holds the same.

The address is written from the choice after every run, so a link opens the same view. It is read
again when it changed by itself: a link, the back button, a hand-edited address. Choices that are
the usual ones are left out of it. What the shelf does not offer is not taken from an address: of a
public edition no other boundaries and no other classes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import streamlit as st

from dashboard.choices import Choices

LANGUAGES = ("id", "en")
MEASURED = (
    *("limit_use_rate", "n_households", "n_residents", "poverty_rate"),
    *("n_rt", "n_rt_born", "n_rt_ended", "n_rt_over_limit"),
)
"""Indicators of the map with a slider of years; an edition may lack some."""

BELOW = ("table", "distribution", "ranking")
"""What stands below the map."""

PARAMETERS = {
    "year": "tahun",
    "kecamatan": "kecamatan",
    "desa": "desa",
    "rt": "rt",
    "indicator": "indikator",
    "level": "level",
    "breaks": "kelas",
    "boundary": "batas",
    "beside": "banding",
    "focus": "pilih",
    "group": "program",
    "below": "bawah",
    "at": "tahun_peta",
    "measured": "ukuran",
    "comparison": "bandingan",
    "proposal": "usulan",
    "language": "bahasa",
    "briefing": "rapat",
}
"""Name of each choice in the address."""

_CHOICE = "choice"
_WRITTEN = "written"  # query as the page last wrote it
_LINKED = "linked"  # query that the page links carry
_PAGE = "page"
_FRESH = "fresh"  # the address asks for something new that has not been taken yet
_FITTED = "fitted"  # what could be chosen when the choice was last made to fit
_UNKNOWN = "unknown"
_PAGES = "pages"
_DECISIONS = "decisions"
_ACCOUNT = "account"  # who is logged in, and when something was last done

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True)
class Choice:
    """One view of the shelf; empty text means "all" or "none"."""

    year: str
    indicator: str
    level: str
    kecamatan: str = ""
    desa: str = ""
    rt: str = ""
    breaks: str = "fixed"
    boundary: str = ""
    beside: str = ""
    focus: str = ""
    group: str = ""
    below: str = "table"
    at: str = ""
    measured: str = ""
    comparison: str = ""
    proposal: str = ""
    language: str = "id"
    briefing: bool = False

    @property
    def area(self) -> str:
        """The smallest area chosen; empty is the whole kabupaten."""
        return self.rt or self.desa or self.kecamatan


def choice() -> Choice:
    """Return what the reader has chosen."""
    return st.session_state[_CHOICE]


def choose(**changes: Any) -> None:
    """Change the choice; the address follows with the next `write_address`."""
    st.session_state[_CHOICE] = replace(choice(), **changes)


def focus_on(area_id: str | None) -> None:
    """Mark the area a reader clicked; clicking it again, or beside all, lets it go."""
    again = area_id == choice().focus
    choose(focus="" if again else area_id or "")


def mark(area_id: str) -> None:
    """Mark an area a reader picked in a chart or table."""
    choose(focus=area_id)


def language() -> str:
    """Return the language, also before an edition is read."""
    query = st.query_params.to_dict()
    if _CHOICE in st.session_state and query in ({}, st.session_state[_WRITTEN]):
        return choice().language
    return "en" if query.get(PARAMETERS["language"]) == "en" else "id"


def is_briefing() -> bool:
    """Tell whether the presentation mode is on, also before the address is taken."""
    if st.session_state.get(_FRESH, True):
        return st.query_params.get(PARAMETERS["briefing"]) == "1"
    return choice().briefing


def leave_briefing() -> None:
    """Leave the presentation mode, also where nothing could be shown in it."""
    if _CHOICE in st.session_state:
        choose(briefing=False)
    st.query_params.pop(PARAMETERS["briefing"], None)


def decisions(comparison: str) -> dict[str, dict[str, str]]:
    """Return what was decided on the proposals of a comparison: changes by `proposal_id`."""
    kept: dict[str, dict[str, dict[str, str]]] = st.session_state.setdefault(_DECISIONS, {})
    return kept.setdefault(comparison, {})


def account() -> Any:
    """Return who is logged in and when something was last done; None if nobody is."""
    return st.session_state.get(_ACCOUNT)


def keep_account(account: Any) -> None:
    """Keep who is logged in and when something was last done."""
    st.session_state[_ACCOUNT] = account


def forget_people() -> None:
    """Forget who is logged in and all that was typed or looked at; only the view stays."""
    view = (_CHOICE, _WRITTEN, _LINKED, _PAGE, _FRESH, _FITTED, _PAGES)
    for key in list(st.session_state):
        if key not in view:
            del st.session_state[key]


def kept(key: str, usual: Any = None) -> Any:
    """Return what a page about people keeps for this session, or what a widget holds."""
    return st.session_state.get(key, usual)


def keep(key: str, value: Any) -> None:
    """Keep something for this session, or put it into a widget before it is drawn."""
    st.session_state[key] = value


def begin(key: str, value: Any) -> None:
    """Put something into a widget that is drawn for the first time."""
    st.session_state.setdefault(key, value)


def drop(*keys: str) -> None:
    """Let go of what was kept."""
    for key in keys:
        st.session_state.pop(key, None)


def drop_all(prefix: str) -> None:
    """Let go of everything whose key begins so: a form and its widgets."""
    drop(*[key for key in st.session_state if str(key).startswith(prefix)])


def keep_pages(pages: Mapping[str, Any]) -> None:
    """Keep the pages of this run, so that a view can link to them."""
    st.session_state[_PAGES] = dict(pages)


def page(name: str) -> Any:
    """Return one of the pages."""
    return st.session_state[_PAGES][name]


def on_page(address: str) -> bool:
    """Tell whether the page of this address is shown."""
    return st.session_state[_PAGE] == address


def unknown() -> list[str]:
    """Return the names of what the address asked for and does not exist, for one notice."""
    return st.session_state.pop(_UNKNOWN, [])


def moved_query(page: str) -> dict[str, str] | None:
    """Return the query of an old link to the change of two years, which has its own page now."""
    query = st.query_params.to_dict()
    if page != "peta" or query.pop("tampilan", "") != "change":
        return None
    return query


def arrive(page: str) -> None:
    """Note whether the address asks for something new; decides `is_briefing` from here on."""
    st.session_state[_FRESH] = _is_new(page, st.query_params.to_dict())


def read_address(page: str, choices: Choices | None) -> None:
    """Take the choice from the address where a link or the back button changed it."""
    query = st.query_params.to_dict()
    if st.session_state[_FRESH]:
        asked, bad = from_query(query, choices)
        st.session_state[_CHOICE], st.session_state[_UNKNOWN] = asked, bad
    elif st.session_state.get(_FITTED) is not choices:  # another shelf offers other things
        st.session_state[_CHOICE] = fitted(choice(), choices)
    st.session_state[_FRESH], st.session_state[_FITTED] = False, choices
    st.session_state[_PAGE] = page
    st.session_state[_WRITTEN] = query


def _is_new(page: str, query: Mapping[str, str]) -> bool:
    if _CHOICE not in st.session_state:
        return True
    if query == st.session_state[_WRITTEN]:
        return False
    moved = page != st.session_state[_PAGE]
    # a page link carries the choice of the last full run; a part of the page may have moved on
    return not (moved and (not query or query == st.session_state[_LINKED]))


def write_address(choices: Choices | None) -> None:
    """Write the choice into the address."""
    query = to_query(choice(), choices)
    if query != st.session_state[_WRITTEN]:
        st.query_params.from_dict(query)
        st.session_state[_WRITTEN] = query


def link_query(choices: Choices | None, **changes: Any) -> dict[str, str]:
    """Return the query a page link carries, with some choices changed."""
    query = to_query(replace(choice(), **changes), choices)
    if not changes:
        st.session_state[_LINKED] = query
    return query


def to_query(chosen: Choice, choices: Choices | None) -> dict[str, str]:
    """Write a choice as a query, the usual left out."""
    usual = usual_choice(choices)
    query = {}
    for field in fields(Choice):
        value = getattr(chosen, field.name)
        if value != getattr(usual, field.name):
            query[PARAMETERS[field.name]] = "1" if value is True else str(value)
    return query


def usual_choice(choices: Choices | None) -> Choice:
    """Return the choice of somebody who has not chosen yet; without editions nothing is chosen."""
    if choices is None:
        return Choice("", "", "")
    return Choice(choices.years[-1], choices.indicators[0], choices.levels[0])


def from_query(query: Mapping[str, str], choices: Choices | None) -> tuple[Choice, list[str]]:
    """Read a query; also return the names of the choices it asks for that do not exist."""
    usual = usual_choice(choices)
    if choices is None:
        english = query.get(PARAMETERS["language"]) == "en"
        return replace(usual, language="en" if english else "id"), []
    allowed = _allowed(choices)
    found: dict[str, Any] = {}
    bad = []
    for name, parameter in PARAMETERS.items():
        value = query.get(parameter)
        if not value:
            continue
        if value in allowed[name]:
            found[name] = allowed[name][value]
        else:
            bad.append(name)
    if found.get("beside") == found.get("year", usual.year):
        found.pop("beside", None)
    return with_parents(replace(usual, **found), choices), bad


def fitted(chosen: Choice, choices: Choices | None) -> Choice:
    """Replace what cannot be chosen here by what is usual."""
    return from_query(to_query(chosen, choices), choices)[0]


def _allowed(choices: Choices) -> dict[str, Mapping[str, Any]]:
    areas = choices.areas
    return {
        "year": _same(choices.years),
        "kecamatan": _same(areas.of_level("kecamatan")),
        "desa": _same(areas.of_level("desa")),
        "rt": _same(areas.of_level("rt")),
        "indicator": _same(choices.indicators),
        "level": _same(choices.levels),
        "breaks": _same(choices.breaks),
        "boundary": _same(choices.boundaries),
        "beside": _same(choices.years),
        "focus": _same(areas.ids),
        "group": _same(choices.groups),
        "below": _same(BELOW),
        "at": _same(choices.years),
        "measured": _same(MEASURED),
        "comparison": _Names(),  # the page says so where there is none of this name
        "proposal": _Names(),
        "language": _same(LANGUAGES),
        "briefing": {"1": True, "0": False},
    }


class _Names(Mapping[str, str]):
    """Every plain name, as itself."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _NAME.fullmatch(name) is not None

    def __getitem__(self, name: str) -> str:
        return name

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _same(values: Any) -> dict[str, str]:
    return {value: value for value in values}


def with_parents(chosen: Choice, choices: Choices) -> Choice:
    """Fill in the desa and kecamatan that hold the smallest chosen area."""
    if not chosen.area:
        return chosen
    above = choices.areas.above(chosen.area)
    return replace(chosen, **above)
