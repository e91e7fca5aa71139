"""The change between the two chosen years on common boundaries, ready to be shown."""

import pandas as pd

from dashboard import data, state, tables
from dashboard.text import say
from pbrt_geo import text as library
from pbrt_geo.edition import Edition
from pbrt_geo.show import ways, words
from pbrt_geo.show.change import change_sentences, write_change


def editions() -> tuple[Edition, Edition]:
    """Return the two chosen years, both on the common boundaries."""
    first, last, common = data.change_years()
    return data.shelf().seen(first, common), data.shelf().seen(last, common)


def possible() -> bool:
    """Tell whether both years have the indicator at the chosen level."""
    chosen = state.choice()
    return all(edition.has(chosen.indicator, data.level()) for edition in editions())


def rows() -> pd.DataFrame:
    """Return the rows under the map of change."""
    chosen = state.choice()
    within = chosen.desa or chosen.kecamatan
    return data.of_change(tables.change_rows, chosen.indicator, data.level(), within)


def are_ways() -> bool:
    """Tell whether it is told which way an area went, not by how much."""
    return data.of_change(ways.are_told, state.choice().indicator, data.level())


def way_rows() -> pd.DataFrame:
    """Return the rows under a map of the change between public editions."""
    chosen = state.choice()
    within = chosen.desa or chosen.kecamatan
    return data.of_change(tables.way_rows, chosen.indicator, data.level(), within)


def written(edition: Edition, level: str, areas: pd.Index) -> list[str]:
    """Write what one of the two years tells of some areas."""
    name, language = state.choice().indicator, state.choice().language
    column = edition.column_on(name, level, areas)
    return words.format_column(edition.indicator(name), column, language, edition.as_of)


def sentences() -> list[str]:
    """Say what rose and fell, what was converted and what is not compared."""
    chosen = state.choice()
    return data.of_change(
        change_sentences,
        chosen.indicator,
        data.level(),
        chosen.language,
        chosen.desa or chosen.kecamatan or None,
        chosen.briefing,
    )


def row_of(area_id: str) -> pd.Series | None:
    """Return what is known of one area; None where it is not of the common boundaries."""
    level = data.shelf().choices.areas.level(area_id)
    found = data.of_change(tables.change_rows, state.choice().indicator, level, "")
    return found.loc[area_id] if area_id in found.index else None


def card_lines(area_id: str) -> list[str]:
    """Write both years of an area and their difference, a line each."""
    if are_ways():
        return _way_lines(area_id)
    row = row_of(area_id)
    if row is None:
        return []
    language, (before, after) = state.choice().language, editions()
    indicator = after.indicator(state.choice().indicator)
    lines = []
    for name, edition in (("before", before), ("after", after)):
        cell = {part: row[f"{part}_{name}"] for part in ("state", "evidence")}
        cell["value"] = row[name]
        parts = [words.format_value(indicator, cell, language), words.mark_of(cell, language)]
        parts = list(filter(None, parts))
        lines.append(f"{words.year_name(edition, language)}: {'; '.join(parts)}")
    if pd.notna(row["change"]):
        change = write_change(float(row["change"]), indicator.kind, language)
        lines.append(f"{say('table.change', language)}: {change}")
    return lines


def _way_lines(area_id: str) -> list[str]:
    """Write what both public editions tell of an area, and which way it went."""
    language, chosen = state.choice().language, state.choice()
    level = data.shelf().choices.areas.level(area_id)
    rows = data.of_change(tables.way_rows, chosen.indicator, level, "")
    if area_id not in rows.index:
        return []
    lines = [
        f"{words.year_name(edition, language)}: {written(edition, level, pd.Index([area_id]))[0]}"
        for edition in editions()
    ]
    way = rows.at[area_id, "way"]
    if way:
        lines.append(f"{say('table.change', language)}: {library.say(f'map.way.{way}', language)}")
    return lines
