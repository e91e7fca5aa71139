"""The charts of the pages, each of the present choice."""

from collections.abc import Sequence

import streamlit as st
from plotly.graph_objects import Figure

from dashboard import data, state
from pbrt_geo.show import charts
from pbrt_geo.show.charts import Look


def look() -> Look:
    """Return how charts are drawn for this reader; their titles stand on the page."""
    chosen = state.choice()
    theme = "dark" if st.context.theme.type == "dark" else "light"
    return Look(chosen.language, theme, chosen.briefing, titled=False)


def rt_counts() -> Figure:
    """Draw the RTs of every year up to the chosen one."""
    return data.in_years(charts.rt_counts, look(), _area())


def waterfall() -> Figure:
    """Draw how the RTs of the first year became those of the last, way by way."""
    return data.in_shelf(charts.births_and_ends, look(), _area())


def kinds() -> Figure:
    """Draw how RTs were born and ended, with the share of each kind."""
    return data.in_shelf(charts.births_by_kind, look(), _area())


def silsilah(rt_id: str) -> Figure:
    """Draw the family tree of an RT, as all recorded events tell it."""
    return data.in_newest(charts.silsilah, rt_id, look())


def births() -> Figure:
    """Draw where new RTs were formed: by kecamatan, or by desa inside one."""
    return data.in_shelf(charts.births_by_area, look(), data.part_level(), _area())


def years(area: str, indicator_ids: Sequence[str]) -> Figure:
    """Draw how indicators of one area went over the years, beside the areas that hold it."""
    return data.in_years(charts.years, area, tuple(indicator_ids), look())


def ranking(indicator: str) -> Figure:
    """Rank the parts of the chosen area: kecamatan, or desa inside one."""
    chosen = state.choice()
    inside = {"within": chosen.kecamatan or None, "selected": chosen.desa or None}
    return data.in_edition(charts.ranking, data.part_level(), indicator, look(), **inside)


def below_map() -> Figure:
    """Draw the areas of the map by their values, or the highest and lowest of them."""
    chosen = state.choice()
    draw = charts.distribution if chosen.below == "distribution" else charts.ranking
    marks = {"within": chosen.area or None, "selected": _marked()}
    return data.in_edition(draw, data.level(), chosen.indicator, look(), **marks)


def change_ranking() -> Figure:
    """Draw the areas with the largest rises and falls between the two chosen years."""
    chosen = state.choice()
    marks = {"within": _area(), "selected": chosen.focus or None}
    return data.of_change(charts.change_ranking, data.level(), chosen.indicator, look(), **marks)


def reach() -> Figure:
    """Draw whom each programme reaches in the chosen area."""
    return data.in_edition(charts.coverage_by_group, data.scope()[0], look())


def targeting() -> Figure:
    """Draw exclusion and inclusion error of the programmes meant for some."""
    return data.in_edition(charts.targeting_errors, data.scope()[0], look())


def reach_by_area() -> Figure:
    """Draw the reach of the chosen programme, or who has none, in the parts of the area."""
    chosen, level = state.choice(), data.reach_level()
    within = data.reach_within() or None
    if chosen.group:
        return data.in_edition(charts.coverage_by_area, level, chosen.group, look(), within=within)
    name = data.group_indicator()
    return data.in_edition(charts.ranking, level, name, look(), within=within)


def overlaps() -> Figure:
    """Draw which programmes reach the same households, in the whole region."""
    return data.in_edition(charts.overlaps, look())


def _area() -> str | None:
    chosen = state.choice()
    return chosen.desa or chosen.kecamatan or None


def _marked() -> str | None:
    """Return the marked area if the map is of its level and year."""
    chosen = state.choice()
    known = data.edition().ids(data.level())
    return chosen.focus if chosen.focus in known else None
