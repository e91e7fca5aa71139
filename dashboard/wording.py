"""What the pages say of numbers, areas and indicators, as plain text of the reader's language."""

import pandas as pd

from dashboard import data, state, tables
from dashboard.text import say
from pbrt_geo import text as library
from pbrt_geo.edition import Edition
from pbrt_geo.schema import VALUE_STATES
from pbrt_geo.show import words
from pbrt_geo.show.paint import Paint


def place_and_date(period: str = "") -> str:
    """Say which place and date a page is about, or which years."""
    chosen, edition = state.choice(), data.edition()
    path = data.shelf().choices.areas.path(chosen.area) if chosen.area else []
    place = " › ".join([words.region_name(edition, chosen.language), *path])
    if period:
        return f"{place} · {period}"
    date = words.period_name(edition, chosen.language)
    return say("frame.as_of", chosen.language, place=place, date=date)


def years_between(first: str, last: str) -> str:
    """Write a span of years: 2006–2008 (perkiraan)."""
    by_year, language = data.shelf().by_year, state.choice().language
    names = [words.year_name(by_year[year], language) for year in (first, last)]
    return names[0] if first == last else "–".join(names)


def boundary_note() -> str:
    """Say on which boundaries the figures of the chosen year stand; empty on their own."""
    chosen, on = state.choice(), data.boundary()
    if not on:
        return ""
    names = {k: words.year_name(e, chosen.language) for k, e in data.shelf().by_year.items()}
    kind = "own" if on == chosen.year else "other"
    facts = {"year": names[chosen.year], "boundary": names[on]}
    return say(f"frame.boundary_note.{kind}", chosen.language, **facts)


def change(figure: tables.Figure) -> str | None:
    """Write the change of a figure since the year before: +73; -1,3 poin."""
    if figure.change is None:
        return None
    language, kind = state.choice().language, figure.indicator.kind
    sign, size = "-" if figure.change < 0 else "+", abs(figure.change)
    if kind == "rate":
        points = sign + library.number(size * 100, language, 1)
        return say("frame.change.rate", language, change=points)
    return sign + words.format_number(size, kind, language)


def change_note(first: str, last: str, common: str) -> str:
    """Say on which boundaries two years are compared, and of public editions how."""
    if data.is_public():
        return say("change.note_public", state.choice().language)
    name = words.year_name(data.shelf().by_year[common], state.choice().language)
    return "" if first == last else say("change.note_same", state.choice().language, boundary=name)


def year_before() -> str | None:
    """Say with which year the changes compare."""
    editions = data.editions_up_to_chosen()
    if len(editions) < 2:
        return None
    return say("frame.change.since", state.choice().language, year=str(editions[-2].as_of.year))


def class_of(shown: Paint, area_id: str) -> str:
    """Write the class of an area, or in words why it has none."""
    if area_id not in shown.class_of.index:
        return ""
    found = int(shown.class_of[area_id])
    if found < 0:
        return library.say(f"state.{shown.states[area_id]}", state.choice().language)
    return str(shown.content["classes"][found])


def above(area_id: str, indicator: str) -> list[str]:
    """Write the same indicator for the areas that hold an area: Kecamatan Taliwang: 18,2 %."""
    shown, texts = data.edition(), []
    for level in ("desa", "kecamatan", "kabupaten"):
        upper = data.shelf().choices.areas.table.at[area_id, f"{level}_id"]
        if isinstance(upper, str) and upper != area_id and upper in shown.areas.index:
            value = cell(shown, indicator, upper, level)
            if value:
                texts.append(f"{words.area_name(shown.areas.loc[upper])}: {value}")
    return texts


def cell(shown: Edition, indicator: str, area_id: str, level: str) -> str:
    """Write one cell of an edition; empty where it has no such indicator at the level."""
    row = tables.cell(shown, indicator, area_id, level)
    if row is None:
        return ""
    language = state.choice().language
    return words.format_value(shown.indicator(indicator), row, language, shown.as_of)


def evidence(name: str) -> str:
    """Name what carried a figure to these boundaries; empty for a figure of its own."""
    return library.say(f"evidence.{name}", state.choice().language) if name else ""


def missing(rows: pd.DataFrame, first: str, last: str) -> pd.Series:
    """Say why two years have no difference: 2006: belum terbentuk; empty where they have one."""
    language = state.choice().language
    said = {name: library.say(f"state.{name}", language) for name in VALUE_STATES}
    said |= {"value": "", "zero": ""}
    texts = pd.Series("", index=rows.index, dtype=object)
    for year, name in (("before", first), ("after", last)):
        why = rows[f"state_{year}"].map(said)
        part = (name + ": " + why).where(why != "", "")
        texts += part.where((texts == "") | (part == ""), "; " + part)
    return texts


def indicator(indicator_id: str) -> str:
    """Name an indicator in full."""
    shown, language = data.edition(), state.choice().language
    return words.indicator_name(shown.indicator(indicator_id), language, shown.programmes)


def level(name: str) -> str:
    """Name a level of areas."""
    return library.say(f"level.{name}", state.choice().language)


def group(name: str) -> str:
    """Name a programme or pillar."""
    return words.subject_name(name, state.choice().language, data.edition().programmes)
