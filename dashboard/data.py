"""The only cached calls: the shelf of editions and what the pages look up in it.

What is cached is shared by all readers and never changed in place.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure

from dashboard import assets, state, tables
from dashboard.choices import LEVELS, Choices, year_keys
from dashboard.text import say
from pbrt_geo import text as library
from pbrt_geo.edition import Edition, read_shelf
from pbrt_geo.show import charts, ranks, words
from pbrt_geo.show.charts import Look
from pbrt_geo.show.classes import Method
from pbrt_geo.show.paint import Paint, paint_change, paint_from
from pbrt_geo.show.sentences import area_sentences, overview_sentences

SHELF_VARIABLE = "PBRT_EDITIONS"
DEFAULT_SHELF = Path(__file__).resolve().parents[1] / "editions"


@dataclass(frozen=True)
class Shelf:
    """The editions of one region by the name of their year, oldest first."""

    by_year: Mapping[str, Edition]
    choices: Choices
    n_other_regions: int

    @property
    def editions(self) -> list[Edition]:
        """All editions, oldest first."""
        return list(self.by_year.values())

    @property
    def newest(self) -> Edition:
        """The edition shown to somebody who has not chosen a year."""
        return self.editions[-1]

    def name(self, area_id: str, language: str) -> str:
        """Name an area with its level, also one of another year."""
        return words.area_name(self.choices.areas.table.loc[area_id])

    def up_to(self, year: str) -> list[Edition]:
        """Return the editions up to a year, oldest first."""
        return self.editions[: list(self.by_year).index(year) + 1]


def shelf_folder() -> Path:
    """Return the folder the editions are read from."""
    return Path(os.environ.get(SHELF_VARIABLE) or DEFAULT_SHELF)


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """Read all editions; those of the region of the newest one are shown."""
    editions = read_shelf(shelf_folder())
    region = editions[-1].about["region"]["id"]
    own = [edition for edition in editions if edition.about["region"]["id"] == region]
    others = {edition.about["region"]["id"] for edition in editions} - {region}
    by_year = dict(zip(year_keys(own), own, strict=True))
    assets.prepare(own)
    return Shelf(by_year, Choices.of(own), len(others))


def edition() -> Edition:
    """Return the edition of the chosen year."""
    return shelf().by_year[state.choice().year]


def place_and_date(language: str) -> str:
    """Say which place and date a page is about."""
    chosen, areas = state.choice(), shelf().choices.areas
    path = areas.path(chosen.area) if chosen.area else []
    place = " › ".join([words.region_name(edition(), language), *path])
    return say("frame.as_of", language, place=place, date=words.period_name(edition(), language))


def editions_up_to_chosen() -> list[Edition]:
    """Return the editions up to the chosen year, oldest first."""
    return shelf().up_to(state.choice().year)


def scope() -> tuple[str, str]:
    """Return the area the page is about, and its level."""
    area = state.choice().public_area
    if area:
        return area, shelf().choices.areas.level(area)
    return ranks.kabupaten_id(edition()) or "", "kabupaten"


def scope_figures(indicator_ids: Sequence[str]) -> list[tables.Figure]:
    """Look up figures of the area the page is about."""
    return tables.figures(editions_up_to_chosen(), *scope(), indicator_ids)


def change_text(figure: tables.Figure, language: str) -> str | None:
    """Write the change of a figure since the year before: +73; -1,3 poin."""
    if figure.change is None:
        return None
    kind = figure.indicator.kind
    size = abs(figure.change) * (100 if kind == "rate" else 1)
    written = (
        library.number(size, language, 1)
        if kind == "rate"
        else words.format_number(size, kind, language)
    )
    sign = "-" if figure.change < 0 else "+"
    return say(
        f"frame.change.{'rate' if kind == 'rate' else 'other'}", language, change=sign + written
    )


def year_before(language: str) -> str | None:
    """Say with which year the changes compare."""
    editions = editions_up_to_chosen()
    if len(editions) < 2:
        return None
    return say("frame.change.since", language, year=str(editions[-2].as_of.year))


@dataclass(frozen=True)
class View:
    """What decides how a map looks, apart from what is marked on it."""

    year: str
    level: str
    indicator: str
    breaks: Method
    language: str
    area: str
    briefing: bool


def view(level: str = "", indicator: str = "", year: str = "", area: str | None = None) -> View:
    """Return what a map shows of the present choice, some of it given."""
    chosen = state.choice()
    return View(
        year or chosen.year,
        level or chosen.level,
        indicator or chosen.indicator,
        chosen.breaks,
        chosen.language,
        chosen.public_area if area is None else area,
        chosen.briefing,
    )


def paint(key: str, shown: View, sync: str = "", selected: str = "") -> Paint:
    """Return what a map shows; `key` is the name of the map, `sync` joins maps that move as one."""
    return _marked(_paint(shown), key=key, sync=sync, selected=selected or state.choice().focus)


def paint_change_between(key: str, before: str, shown: View) -> Paint:
    """Return a map of the change from one year to another."""
    return _marked(_paint_change(before, shown), key=key, selected=state.choice().focus)


def _marked(made: Paint, **own: str) -> Paint:
    # what a reader marks is not part of what is cached
    return replace(made, content=made.content | {name: v for name, v in own.items() if v})


@st.cache_resource(show_spinner=False, max_entries=256)
def _paint(shown: View) -> Paint:
    editions = shelf().by_year
    return paint_from(
        editions[shown.year],
        shown.level,
        shown.indicator,
        method=shown.breaks,
        language=shown.language,
        pool=shelf().editions,
        focus=shown.area or None,
        rapat=shown.briefing,
    )


@st.cache_resource(show_spinner=False, max_entries=256)
def _paint_change(before: str, shown: View) -> Paint:
    years = shelf().by_year
    return paint_change(
        years[min(before, shown.year)],
        years[max(before, shown.year)],
        shown.level,
        shown.indicator,
        language=shown.language,
        focus=shown.area or None,
        rapat=shown.briefing,
    )


def class_text(shown: Paint, area_id: str) -> str:
    """Write the class of an area, or in words why it has none."""
    if area_id not in shown.class_of.index:
        return ""
    found = int(shown.class_of[area_id])
    if found < 0:
        return library.say(f"state.{shown.states[area_id]}", state.choice().language)
    return str(shown.content["classes"][found])


def area_figure(area_id: str, indicator: str) -> tables.Figure | None:
    """Look up one figure of any area; nothing in a meeting if the area is an RT."""
    level = shelf().choices.areas.level(area_id)
    if state.choice().briefing and level == "rt":
        return None
    found = tables.figures(editions_up_to_chosen(), area_id, level, [indicator])
    return found[0] if found else None


def above_texts(area_id: str, indicator: str) -> list[str]:
    """Write the same indicator for the areas that hold an area: Kecamatan Taliwang 18,2 %."""
    language, shown = state.choice().language, edition()
    texts = []
    for level in ("desa", "kecamatan", "kabupaten"):
        upper = shelf().choices.areas.table.at[area_id, f"{level}_id"]
        if isinstance(upper, str) and upper != area_id and upper in shown.areas.index:
            row = tables.cell(shown, indicator, upper, level)
            if row is not None:
                value = words.format_value(shown.indicator(indicator), row, language)
                texts.append(f"{words.area_name(shown.areas.loc[upper])}: {value}")
    return texts


def narrowed_to(area_id: str) -> dict[str, str]:
    """Return the choice that looks into an area: its parts, one level finer where there is one."""
    choices = shelf().choices
    finer = [
        level
        for level in choices.levels
        if LEVELS.index(level) < LEVELS.index(choices.areas.level(area_id))
    ]
    changes = choices.areas.above(area_id) | {"focus": ""}
    return changes | ({"level": finer[-1]} if finer else {})


def topic() -> str:
    """Return the topic of the chosen indicator."""
    return edition().indicator(state.choice().indicator).topic


def indicators_of_topic(wanted: str) -> list[str]:
    """Return the indicators of a topic, the usual one of all first."""
    by_id = {indicator.id: indicator.topic for indicator in edition().indicators}
    return [i for i in shelf().choices.indicators if by_id.get(i) == wanted]


def indicator_name(indicator_id: str) -> str:
    """Name an indicator in full."""
    shown = edition()
    return words.indicator_name(
        shown.indicator(indicator_id), state.choice().language, shown.programmes
    )


def level_name(level: str) -> str:
    """Name a level of areas."""
    return library.say(f"level.{level}", state.choice().language)


def small_level(indicator: str) -> str:
    """Return the level of a small map: desa, and RT inside a desa."""
    levels = [level for level in shelf().choices.levels if edition().has(indicator, level)]
    wanted = "rt" if state.choice().desa else "desa"
    return wanted if wanted in levels else levels[0]


def table_level() -> str:
    """Return the level of the table under the map: in a meeting no table of RT."""
    chosen = state.choice()
    return "desa" if chosen.briefing and chosen.level == "rt" else chosen.level


def area_rows() -> pd.DataFrame:
    """Return the rows under the map."""
    chosen = state.choice()
    return _area_rows(chosen.year, chosen.indicator, table_level(), chosen.public_area)


@st.cache_resource(show_spinner=False, max_entries=256)
def _area_rows(year: str, indicator: str, level: str, within: str) -> pd.DataFrame:
    return tables.area_rows(shelf().by_year[year], indicator, level, within)


def sentences() -> list[str]:
    """Describe the area the page is about in sentences."""
    area, level = scope()
    language = state.choice().language
    if level == "kabupaten":
        return _overview_sentences(state.choice().year, language)
    return _area_sentences(state.choice().year, area, language)


@st.cache_resource(show_spinner=False, max_entries=64)
def _overview_sentences(year: str, language: str) -> list[str]:
    return overview_sentences(shelf().up_to(year), language)


@st.cache_resource(show_spinner=False, max_entries=512)
def _area_sentences(year: str, area: str, language: str) -> list[str]:
    return area_sentences(shelf().by_year[year], area, language)


# ── charts ──────────────────────────────────────────────────────────────────────────────────────


def look() -> Look:
    """Return how charts are drawn for this reader; their titles stand on the page."""
    chosen = state.choice()
    theme = "dark" if st.context.theme.type == "dark" else "light"
    return Look(chosen.language, theme, chosen.briefing, titled=False)


def chart_rt_counts() -> Figure:
    """Draw the RTs of every year up to the chosen one."""
    chosen = state.choice()
    return _chart_rt_counts(chosen.year, chosen.desa or chosen.kecamatan, look())


@st.cache_resource(show_spinner=False, max_entries=128)
def _chart_rt_counts(year: str, area: str, shown: Look) -> Figure:
    return charts.rt_counts(shelf().up_to(year), shown, area or None)


def chart_births() -> Figure:
    """Draw where new RTs were formed: by kecamatan, or by desa inside one."""
    chosen = state.choice()
    return _chart_births(chosen.year, chosen.desa or chosen.kecamatan, look())


@st.cache_resource(show_spinner=False, max_entries=128)
def _chart_births(year: str, area: str, shown: Look) -> Figure:
    level = "desa" if area else "kecamatan"
    return charts.births_by_area(shelf().up_to(year), shown, level, area or None)


def chart_ranking(indicator: str) -> Figure:
    """Rank the parts of the chosen area: kecamatan, or desa inside one."""
    chosen = state.choice()
    shown = view("desa" if chosen.kecamatan else "kecamatan", indicator, area=chosen.kecamatan)
    return _chart_of_map("ranking", shown, chosen.desa, look())


def chart_reach() -> Figure:
    """Draw whom each programme reaches in the chosen area."""
    return _chart_reach(state.choice().year, scope()[0], look())


@st.cache_resource(show_spinner=False, max_entries=128)
def _chart_reach(year: str, area: str, shown: Look) -> Figure:
    return charts.coverage_by_group(shelf().by_year[year], area, shown)


def chart_targeting() -> Figure:
    """Draw exclusion and inclusion error of the programmes meant for some."""
    return _chart_targeting(state.choice().year, scope()[0], look())


@st.cache_resource(show_spinner=False, max_entries=128)
def _chart_targeting(year: str, area: str, shown: Look) -> Figure:
    return charts.targeting_errors(shelf().by_year[year], area, shown)


def chart_reach_by_area() -> Figure:
    """Draw the reach of the chosen programme, or who has none, in the parts of the area."""
    chosen = state.choice()
    within = chosen.public_area
    return _chart_reach_by_area(chosen.year, reach_level(), chosen.group, within, look())


@st.cache_resource(show_spinner=False, max_entries=128)
def _chart_reach_by_area(year: str, level: str, group: str, area: str, shown: Look) -> Figure:
    edition, within = shelf().by_year[year], area or None
    if group:
        return charts.coverage_by_area(edition, level, group, shown, within=within)
    return charts.ranking(edition, level, "none_reached_rate", shown, within=within)


def chart_overlaps() -> Figure:
    """Draw which programmes reach the same households, in the whole region."""
    return _chart_overlaps(state.choice().year, look())


@st.cache_resource(show_spinner=False, max_entries=64)
def _chart_overlaps(year: str, shown: Look) -> Figure:
    return charts.overlaps(shelf().by_year[year], shown)


def chart_years(area: str, indicator_ids: Sequence[str]) -> Figure:
    """Draw how indicators of one area went over the years, beside the areas that hold it."""
    return _chart_years(state.choice().year, area, tuple(indicator_ids), look())


@st.cache_resource(show_spinner=False, max_entries=128)
def _chart_years(year: str, area: str, indicator_ids: tuple[str, ...], shown: Look) -> Figure:
    return charts.years(shelf().up_to(year), area, indicator_ids, shown)


def chart_distribution() -> Figure:
    """Draw every area of the map as a dot above its value, the marked one among them."""
    chosen = state.choice()
    return _chart_of_map("distribution", view(), chosen.focus, look())


def chart_map_ranking() -> Figure:
    """Draw the areas of the map with the highest and the lowest values, and the marked one."""
    chosen = state.choice()
    return _chart_of_map("ranking", view(), chosen.focus, look())


@st.cache_resource(show_spinner=False, max_entries=256)
def _chart_of_map(kind: str, shown: View, marked: str, drawn: Look) -> Figure:
    draw = charts.distribution if kind == "distribution" else charts.ranking
    edition = shelf().by_year[shown.year]
    within, selected = shown.area or None, marked or None
    return draw(edition, shown.level, shown.indicator, drawn, within=within, selected=selected)


# ── tables ──────────────────────────────────────────────────────────────────────────────────────


def growth_rows() -> pd.DataFrame:
    """Return RTs per year, births and ends: by kecamatan, or by desa inside one."""
    chosen = state.choice()
    return _growth_rows(chosen.year, chosen.desa or chosen.kecamatan)


@st.cache_resource(show_spinner=False, max_entries=128)
def _growth_rows(year: str, area: str) -> pd.DataFrame:
    return tables.growth_rows(shelf().up_to(year), "desa" if area else "kecamatan", area)


def born_rows() -> pd.DataFrame:
    """Return the RTs formed since the first year."""
    chosen = state.choice()
    return _born_rows(chosen.year, chosen.desa or chosen.kecamatan)


@st.cache_resource(show_spinner=False, max_entries=128)
def _born_rows(year: str, area: str) -> pd.DataFrame:
    return tables.born_since(shelf().up_to(year), area)


def programme_rows() -> pd.DataFrame:
    """Return reach and targeting errors of the programmes of the chosen pillar."""
    chosen = state.choice()
    area, level = scope()
    return _programme_rows(chosen.year, area, level, pillar())


@st.cache_resource(show_spinner=False, max_entries=256)
def _programme_rows(year: str, area: str, level: str, group: str) -> pd.DataFrame:
    return tables.programme_rows(shelf().by_year[year], area, level, group)


def reach_rows() -> pd.DataFrame:
    """Return the reach of the chosen programme or pillar in the parts of the chosen area."""
    chosen = state.choice()
    return _reach_rows(chosen.year, chosen.group, reach_level(), chosen.public_area)


def reach_level() -> str:
    """Return the level below the chosen area; in a meeting never RT."""
    chosen = state.choice()
    if chosen.desa and not chosen.briefing:
        return "rt"
    return "desa" if chosen.kecamatan else "kecamatan"


@st.cache_resource(show_spinner=False, max_entries=256)
def _reach_rows(year: str, group: str, level: str, within: str) -> pd.DataFrame:
    return tables.reach_by_area(shelf().by_year[year], group, level, within)


def group_indicator() -> str:
    """Return the indicator that tells the reach of the chosen programme, pillar or all."""
    group = state.choice().group
    return f"coverage_rate:{group}" if group else "none_reached_rate"


def group_title() -> str:
    """Name what the reach by area is told of."""
    return indicator_name(group_indicator())


def group_name(group: str) -> str:
    """Name a programme or pillar."""
    return words.subject_name(group, state.choice().language, edition().programmes)


def year_of(of: Edition) -> str:
    """Return the name of an edition's year on the shelf."""
    return next(year for year, edition in shelf().by_year.items() if edition is of)


def desa_of(rt_id: str) -> str:
    """Return the desa of an RT."""
    return shelf().choices.areas.above(rt_id)["desa"]


def pillar() -> str:
    """Return the chosen pillar, or that of the chosen programme."""
    group = state.choice().group
    if not group or "/" in group:
        return group
    pillars = edition().programmes["pillar"]
    return f"pillar/{pillars[group]}" if group in pillars.index else ""
