"""Figures, rows and sentences of the present choice, looked up in the editions."""

from collections.abc import Sequence

import pandas as pd

from dashboard import data, state, tables
from dashboard.text import say
from pbrt_geo.show import words
from pbrt_geo.show.sentences import area_sentences, overview_sentences

TOLD = ("n_households", "n_residents", "poverty_rate", "none_reached_rate")
"""Indicators that sentences about an area are made from."""


def scope_figures(indicator_ids: Sequence[str]) -> list[tables.Figure]:
    """Look up figures of the area the page is about."""
    return data.in_years(tables.figures, *data.scope(), tuple(indicator_ids))


def area_figure(area_id: str, indicator: str) -> tables.Figure | None:
    """Look up one figure of any area; nothing where the indicator is not told at its level."""
    level = data.shelf().choices.areas.level(area_id)
    found = data.in_years(tables.figures, area_id, level, (indicator,))
    return found[0] if found else None


def step_row(area_id: str, indicator: str) -> pd.Series | None:
    """Look up one figure of the year the slider stands on."""
    level = data.shelf().choices.areas.level(area_id)
    return tables.cell(
        data.shelf().seen(data.map_year(), data.boundary()), indicator, area_id, level
    )


def area_rows() -> pd.DataFrame:
    """Return the rows under the map."""
    chosen = state.choice()
    return data.in_edition(tables.area_rows, chosen.indicator, data.level(), chosen.area)


def growth_rows() -> pd.DataFrame:
    """Return RTs per year, births and ends, of the parts of the chosen area."""
    chosen = state.choice()
    return data.in_shelf(tables.growth_rows, data.part_level(), chosen.desa or chosen.kecamatan)


def born_rows() -> pd.DataFrame:
    """Return the RTs formed since the first year."""
    chosen = state.choice()
    return data.in_shelf(tables.born_since, chosen.desa or chosen.kecamatan)


def programme_rows() -> pd.DataFrame:
    """Return reach and targeting errors of the programmes of the chosen pillar."""
    return data.in_edition(tables.programme_rows, *data.scope(), data.pillar())


def reach_rows() -> pd.DataFrame:
    """Return the reach of the chosen programme or pillar in the parts of the chosen area."""
    chosen = state.choice()
    where = (data.reach_level(), data.reach_within())
    return data.in_edition(tables.reach_by_area, chosen.group, *where)


def growth_sentences() -> list[str]:
    """Describe the growth of the RTs of the chosen area in sentences."""
    chosen = state.choice()
    return data.in_shelf(tables.growth_texts, chosen.language, chosen.desa or chosen.kecamatan)


def sentences() -> list[str]:
    """Describe the area the page is about in sentences."""
    area, level = data.scope()
    language = state.choice().language
    if level == "kabupaten":
        return data.in_years(overview_sentences, language)
    return data.in_edition(area_sentences, area, language) + converted_sentence(area, level)


def converted_sentence(area: str, level: str) -> list[str]:
    """Say that the figures of an area were converted, and on what evidence; nothing otherwise."""
    evidence = data.in_edition(tables.evidence_of, TOLD, area, level)
    if not evidence:
        return []
    language = state.choice().language
    return [say("frame.converted", language, mark=words.conversion_mark(evidence, language))]
