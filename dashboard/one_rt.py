"""What the profile says of one RT, ready to be shown: sentences and rows of texts."""

import datetime as dt
from collections.abc import Sequence

from dashboard import data, lookups, state, tables, wording
from dashboard.text import say
from pbrt_geo import text as library
from pbrt_geo.edition import Edition
from pbrt_geo.show import words
from pbrt_geo.show.sentences import area_sentences

Rows = tuple[list[str], list[list[str]]]
"""Heads and rows of a small table."""


def sentences(rt_id: str) -> list[str]:
    """Describe an RT."""
    said = area_sentences(data.edition(), rt_id, _language())
    return said + lookups.converted_sentence(rt_id, "rt")


def by_year(rt_id: str, indicator_ids: Sequence[str]) -> Rows:
    """Tell some indicators over all years of the shelf; before it was formed it has no figures."""
    language = _language()
    shown = _shown(indicator_ids)
    heads = [say("frame.parameter.year", language), *map(_short, shown)]
    rows, marks = [], []
    for edition in data.all_years():
        cells = [_cell(edition, name, rt_id, "rt") for name in shown]
        rows.append([words.year_name(edition, language), *cells])
        marks.append(wording.evidence(tables.evidence_of(edition, shown, rt_id, "rt")))
    if any(marks):
        heads.append(say("table.evidence", language))
        rows = [[*line, mark or "–"] for line, mark in zip(rows, marks, strict=True)]
    return heads, rows


def land_changed(rt_id: str) -> str:
    """Warn where the years of an RT are not of the same land; empty where they are."""
    breaks = tables.breaks_in(data.all_years(), rt_id, "rt")
    years = [
        say("profile.land_years", _language(), before=_year(before), after=_year(after))
        for before, after in breaks
    ]
    if not years:
        return ""
    key = "profile.land_changed_public" if data.is_public() else "profile.land_changed"
    return say(key, _language(), years=", ".join(years), last=_year(breaks[-1][1]))


def beside(rt_id: str, indicator_ids: Sequence[str]) -> Rows:
    """Tell some indicators of the RT and of the areas that hold it."""
    areas, edition = data.shelf().choices.areas, data.edition()
    held = [(rt_id, "rt")]
    for level in ("desa", "kecamatan", "kabupaten"):
        upper = areas.table.at[rt_id, f"{level}_id"]
        if isinstance(upper, str):
            held.append((upper, level))
    heads = [say("frame.parameter.indicator", _language())]
    heads += [
        areas.table.at[area, "name"] if level == "rt" else _name(area) for area, level in held
    ]
    rows = [
        [wording.indicator(name), *(_cell(edition, name, *area) for area in held)]
        for name in _shown(indicator_ids)
    ]
    return heads, rows


def programmes(rt_id: str) -> Rows:
    """Tell whom each programme reaches in the RT, beside its desa and the kabupaten."""
    language, edition = _language(), data.edition()
    counts = () if data.is_public() else ("n_reached", "n_missed", "n_unknown")
    desa = data.desa_of(rt_id)
    heads = [say(f"table.{name}", language) for name in ("programme", *counts, "coverage_rate")]
    heads += [say("profile.coverage_in", language, area=_name(desa))]
    rows = []
    for programme in edition.programmes.index:
        cells = [_cell(edition, f"{name}:{programme}", rt_id, "rt") for name in counts]
        rate = f"coverage_rate:{programme}"
        cells += [_cell(edition, rate, rt_id, "rt"), _cell(edition, rate, desa, "desa")]
        rows.append([words.programme_name(programme, language, edition.programmes), *cells])
    return heads, rows


def boundary(rt_id: str) -> str:
    """Say what the outline of the RT rests on, or that there is none."""
    language, edition = _language(), data.edition()
    if rt_id not in edition.areas.index:
        return ""
    area = edition.areas.loc[rt_id]
    if not area["has_polygon"]:
        return say("profile.no_polygon", language)
    facts = {
        "kind": library.say(f"boundary_kind.{area['boundary_kind']}", language),
        "area": library.number(area["area_km2"], language, words.decimals_for(area["area_km2"])),
        "date": words.format_date(dt.date.fromisoformat(edition.about["boundary_date"]), language),
    }
    return say("profile.polygon", language, **facts)


def _shown(indicator_ids: Sequence[str]) -> list[str]:
    return [name for name in indicator_ids if data.edition().has(name, "rt")]


def _cell(edition: Edition, name: str, area_id: str, level: str) -> str:
    return wording.cell(edition, name, area_id, level) or "–"


def _short(name: str) -> str:
    edition = data.edition()
    return words.indicator_short(edition.indicator(name), _language(), edition.programmes)


def _year(edition: Edition) -> str:
    return words.year_name(edition, _language())


def _name(area_id: str) -> str:
    return data.shelf().name(area_id)


def _language() -> str:
    return state.choice().language
