"""Where own verification and DTSEN disagree: counts per desa, then the households of one desa."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import components, list_parts, lists
from dashboard.people_parts import day, language
from dashboard.text import esc_md, say

if TYPE_CHECKING:
    from pbrt_geo.registry.disagreement import Comparison, Difference
    from pbrt_geo.registry.lists import Household

_SHOWN = 50
"""Households listed at once."""
_COLUMNS = ("n_compared", "listed_high", "unlisted_low", "agrees", "no_desil", "not_verified")


def show(names: Mapping[str, str]) -> None:
    """Draw the part of the page."""
    from pbrt_geo.registry.disagreement import low_desil

    st.caption(say("verification.differences.how", language(), desil=low_desil()))
    found = lists.compared()
    _counts(found)
    st.button(say("verification.differences.anew", language()), on_click=lists.compare_anew)
    if not found.differences:
        with st.container(border=True):
            st.markdown(say("verification.differences.none", language()))
        return
    chosen = _chosen(found, names)
    if chosen:
        _listed(chosen, names)


def _counts(found: "Comparison") -> None:
    rows = [
        [one.desa_name, *(str(_count(one, column)) for column in _COLUMNS)] for one in found.desa
    ]
    if len(rows) > 1:
        sums = [sum(_count(one, column) for one in found.desa) for column in _COLUMNS]
        rows.append([say("verification.differences.all", language()), *map(str, sums)])
    heads = [say(f"verification.differences.{name}", language()) for name in ("desa", *_COLUMNS)]
    components.small_table(heads, rows)


def _count(one: object, column: str) -> int:
    from pbrt_geo.registry.disagreement import DesaCount

    assert isinstance(one, DesaCount)
    return one.n_compared if column == "n_compared" else one.n[column]


def _chosen(found: "Comparison", names: Mapping[str, str]) -> "Sequence[Difference]":
    """Let the reader choose a kind of difference and an RT; return those differences."""
    from pbrt_geo.registry.disagreement import KINDS

    with st.container(key="difference_filters", horizontal=True, vertical_alignment="bottom"):
        kinds = {one: say(f"verification.differences.{one}", language()) for one in KINDS}
        kind = st.selectbox(
            say("verification.differences.kind", language()),
            list(kinds),
            format_func=kinds.get,
            key="difference_kind",
        )
        of_kind = [one for one in found.differences if one.kind == kind]
        places = {one.rt_id: names.get(one.rt_id, one.rt_id) for one in of_kind}
        wanted = sorted(places, key=places.__getitem__)
        labels = {"": say("search.rt_all", language())} | places
        rt_id = st.selectbox(
            say("verification.rt", language()),
            wanted if len(wanted) == 1 else ["", *wanted],
            format_func=labels.get,
            key="difference_rt",
        )
    return [one for one in of_kind if not rt_id or one.rt_id == rt_id]


def _listed(chosen: "Sequence[Difference]", names: Mapping[str, str]) -> None:
    page = chosen[:_SHOWN]
    households = lists.households_of(page)
    with st.container(key="differences", gap="small"):
        for one in page:
            if one.household_id in households:
                with st.container(border=True):
                    _one(one, households[one.household_id], names)
    if len(chosen) > _SHOWN:
        st.caption(say("verification.differences.more", language(), n=len(chosen) - _SHOWN))


def _one(one: "Difference", household: "Household", names: Mapping[str, str]) -> None:
    facts = {"rt": names.get(one.rt_id, one.rt_id), "date": day(one.as_of)}
    line = say(f"verification.differences.{one.kind}_line", language(), **facts)
    row = f"difference_{household.household_id}"
    with st.container(key=row, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap="xsmall"):
            st.markdown(list_parts.lines_of(household))
            st.caption(esc_md(line))
        list_parts.open_button(household)
