"""The family tree of an RT, and the rule on households per RT, as the pages show them."""

import streamlit as st

from dashboard import components, data, drawings, due, listing, state
from dashboard.text import esc_md, say


def show(area: str) -> None:
    """Draw the family tree of the chosen RT with its events, or say what is missing."""
    language = state.choice().language
    if not area:
        components.note(say("growth.family.none", language))
        return
    if data.shelf().choices.areas.level(area) != "rt":
        name = esc_md(data.shelf().name(area))
        st.caption(say("growth.family.not_rt", language, area=name))
        return
    if data.newest().events.empty:
        components.nothing("growth.family.no_events")
        return
    components.chart("silsilah", drawings.silsilah(area), _pick)
    if not state.on_page("profil"):
        above = data.shelf().choices.areas.above(area)
        components.page_link("profile", say("growth.family.profile", language), **above)


def _pick(area: str) -> None:
    if not state.on_page("profil"):
        state.mark(area)


def rule() -> None:
    """Tell which splits were due by the rule on households per RT, and which RTs are due now."""
    chosen = state.choice()
    within = chosen.desa or chosen.kecamatan
    said = data.in_shelf(due.sentences, chosen.language, within, chosen.briefing)
    components.sentences(said, "rule")
    if data.is_public():
        level = data.part_level()
        rows = data.in_shelf(due.over_limit_by_area, level, within)
        if rows["n_known"].any():
            listing.over_limit_by_area(rows, level)
        return
    now = data.in_shelf(due.over_limit, within)
    if not now.empty:
        components.note(say("growth.rule.over", chosen.language))
        listing.over_limit(now, _pick)
    splits = data.in_shelf(due.splits, within)
    if not splits.empty:
        components.note(say("growth.rule.splits", chosen.language))
        listing.splits(splits, _pick)
