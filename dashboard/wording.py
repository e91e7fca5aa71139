"""What the pages say of numbers, areas and indicators, as plain text of the reader's language."""

from dashboard import data, state, tables
from dashboard.text import say
from pbrt_geo import text as library
from pbrt_geo.show import words
from pbrt_geo.show.paint import Paint


def place_and_date() -> str:
    """Say which place and date a page is about."""
    chosen, edition = state.choice(), data.edition()
    path = data.shelf().choices.areas.path(chosen.area) if chosen.area else []
    place = " › ".join([words.region_name(edition, chosen.language), *path])
    date = words.period_name(edition, chosen.language)
    return say("frame.as_of", chosen.language, place=place, date=date)


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
    language, shown = state.choice().language, data.edition()
    texts = []
    for level in ("desa", "kecamatan", "kabupaten"):
        upper = data.shelf().choices.areas.table.at[area_id, f"{level}_id"]
        if isinstance(upper, str) and upper != area_id and upper in shown.areas.index:
            row = tables.cell(shown, indicator, upper, level)
            if row is not None:
                value = words.format_value(shown.indicator(indicator), row, language)
                texts.append(f"{words.area_name(shown.areas.loc[upper])}: {value}")
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
