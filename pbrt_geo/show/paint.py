"""What a map shows, as plain data: classes, numbers, muted areas, legend.

`paint_from` decides everything that can be seen. The interactive map (`maps.py`), images and
charts draw the same paint, so they agree. No folium here.

Safety: the names of areas stay in the geometry file and are drawn as text. A paint reaches a page
as JSON in which no character can end a script.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pbrt_geo.errors import PbrtError
from pbrt_geo.schema import EVIDENCE
from pbrt_geo.show import ways, words
from pbrt_geo.show.classes import Classes, Method, classify_change
from pbrt_geo.show.columns import (
    classes_for,
    column_for,
    difference,
    weaker_evidence,
)
from pbrt_geo.show.fields import (
    evidence_field,
    number_fields,
    state_field,
    told_field,
    value_field,
)
from pbrt_geo.show.geometry import map_ids
from pbrt_geo.show.packing import Field, pack
from pbrt_geo.show.palette import Theme
from pbrt_geo.show.places import foot, outlines, places, ranges
from pbrt_geo.show.public import public_content, told_of
from pbrt_geo.text import has, say, texts

if TYPE_CHECKING:
    from pbrt_geo.edition import Edition, Indicator


@dataclass(frozen=True)
class Paint:
    """
    Everything one view of a map shows, ready to be drawn; holds no names of areas.

    `geometry` and `outlines` are map files of an edition; `content` is what travels beside their
    addresses. By `area_id`, for each area on the map: `class_of` its class, `states` its state,
    `evidence` what converted its number (empty: nothing), `indicative` whether its boundary is.
    """

    level: str
    geometry: Path
    outlines: tuple[Path, ...]
    content: dict[str, Any]
    classes: Classes
    class_of: pd.Series
    states: pd.Series
    evidence: pd.Series
    indicative: pd.Series

    def payload(self, address: Callable[[Path], str]) -> dict[str, Any]:
        """Return what the browser is sent; `address` says where a map file is served."""
        outlines = [address(path) for path in self.outlines]
        return {"geometry": address(self.geometry), "outlines": outlines, **self.content}

    def marked(self, **marks: str | None) -> "Paint":
        """Return the paint with another `selected`, `key` or `sync`; nothing is counted again."""
        given = {name: value for name, value in marks.items() if value}
        kept = {name: value for name, value in self.content.items() if name not in marks}
        return replace(self, content=kept | given)

    @property
    def size(self) -> int:
        """Bytes of a change of values, without the addresses."""
        return len(script_literal(self.content))


def paint_from(
    edition: "Edition",
    level: str,
    indicator_id: str,
    *,
    method: Method = "fixed",
    language: str = "id",
    pool: Sequence["Edition"] = (),
    shapes: "Edition | None" = None,
    focus: str | None = None,
    selected: str | None = None,
    rapat: bool = False,
    key: str = "",
    sync: str = "",
    theme: Theme | None = None,
) -> Paint:
    """
    Say what a map of one indicator shows.

    Parameters
    ----------
    edition, level, indicator_id
        What is shown.
    method, pool
        How classes are cut; editions of other years that `fixed` limits are to serve too.
    shapes
        Edition whose boundaries are drawn, where that is another year: an area that `edition`
        does not know is then shown as not yet formed.
    focus
        Area the map is zoomed to; what lies outside is muted.
    selected
        Area that is marked.
    rapat
        Presentation: large type; of an RT only its class, never a number.
    key, sync
        Name under which the browser remembers the view; name shared by maps that move together.
    theme
        `light` or `dark`; left out, the map follows the page it stands in.
    """
    indicator = edition.indicator(indicator_id)
    drawn = shapes or edition
    column = column_for(edition, indicator_id, level, map_ids(drawn.map_file(level)))
    shown = column["value"].where(column["state"] == "value")
    classes = classes_for(edition, indicator, level, method, pool)
    only_classes = rapat and level == "rt"
    if only_classes:
        classes = replace(classes, lowest=None, highest=None)  # the ends are exact values
    class_of = pd.Series(classes.of(shown), index=column.index)
    note = "" if edition.is_public else _note(indicator, language)
    told = told_of(indicator, column, language, edition.as_of) if edition.is_public else []
    fields = [told_field(told)] if told else number_fields(indicator.kind, column, note)
    figures = _Figures(
        indicator,
        words.indicator_short(indicator, language, edition.programmes),
        _period(edition, drawn, language),
        note,
        classes.labels(language) if (class_of >= 0).any() or classes.limits else [],
        classes,
        class_of,
        column["state"],
        words.evidences(column),
        [] if only_classes and not told else fields,
    )
    look = _given(rapat=rapat, key=key, sync=sync, theme=theme)
    look |= public_content(edition, level, column, told, language)
    return _painted(figures, edition, drawn, level, language, focus, selected, look)


def paint_change(
    before: "Edition",
    after: "Edition",
    level: str,
    indicator_id: str,
    *,
    language: str = "id",
    pool: Sequence["Edition"] = (),
    focus: str | None = None,
    selected: str | None = None,
    rapat: bool = False,
    key: str = "",
    sync: str = "",
    theme: Theme | None = None,
) -> Paint:
    """
    Say what a map of the change between two years shows, on the boundaries of `after`.

    `pool` holds the editions whose changes one legend is to serve, on the same boundaries; the
    limits are then those of all pairs among them, whichever two are shown.

    Of public editions it shows which way classes and ranges went (`ways`).

    Raises
    ------
    PbrtError
        At RT level, if the figures of the two years stand on boundaries of different dates.
    """
    indicator = after.indicator(indicator_id)
    ids = map_ids(after.map_file(level))
    look = _given(change=True, rapat=rapat, key=key, sync=sync, theme=theme)
    if after.is_public and ways.are_told(before, after, indicator_id, level):
        figures, said = _way_figures(before, after, level, indicator, ids, language)
        return _painted(figures, after, after, level, language, focus, selected, look | said)
    if not after.is_public:
        _check_boundaries(before, after, level, language)
    columns = [column_for(edition, indicator_id, level, ids) for edition in (before, after)]
    added, states = difference(*columns)
    pooled = [
        difference(*(column_for(edition, indicator_id, level, ids) for edition in pair))[0]
        for pair in combinations([e for e in pool if e.has(indicator_id, level)], 2)
    ]
    classes = classify_change(pd.concat(pooled) if pooled else added, indicator.kind)
    name = words.indicator_short(indicator, language, after.programmes)
    figures = _Figures(
        indicator,
        say("map.change.title", language, indicator=name),
        _span(before, after, indicator, language),
        "",
        classes.labels(language) if classes.limits else [],
        classes,
        pd.Series(classes.of(added), index=ids),
        states,
        weaker_evidence(*columns).where(states == "value", ""),
        [] if rapat and level == "rt" else [value_field(indicator.kind, added)],
    )
    return _painted(figures, after, after, level, language, focus, selected, look)


def _way_figures(
    before: "Edition",
    after: "Edition",
    level: str,
    indicator: "Indicator",
    ids: pd.Index,
    language: str,
) -> tuple["_Figures", dict[str, Any]]:
    """Return what a map of ways shows, and what it is sent beside its fields."""
    table = ways.ways(before, after, indicator.id, level, ids)
    told = ways.told((before, after), indicator, level, table["way"], language)
    name = words.indicator_short(indicator, language, after.programmes)
    figures = _Figures(
        indicator,
        say("map.change.title", language, indicator=name),
        _years(before, after, language),
        "",
        ways.CLASSES.labels(language),
        ways.CLASSES,
        ways.class_of(table["way"]),
        table["state"],
        pd.Series("", index=ids),
        [told_field(told)],
    )
    content = public_content(after, level, table, told, language)
    return figures, content | {"ways": True, "explained": say("map.public.ways", language)}


@dataclass(frozen=True)
class _Figures:
    """What the areas of a map show, apart from where they are."""

    indicator: "Indicator"
    title: str
    period: str
    note: str
    labels: list[str]
    classes: Classes
    class_of: pd.Series
    states: pd.Series
    evidence: pd.Series
    fields: list[Field]


def _painted(
    figures: _Figures,
    edition: "Edition",
    drawn: "Edition",
    level: str,
    language: str,
    focus: str | None,
    selected: str | None,
    look: dict[str, Any],
) -> Paint:
    ids = figures.states.index
    named = [name for name in EVIDENCE if (figures.evidence == name).any()]
    marks = [evidence_field(figures.evidence, named)] if named else []
    indicative = drawn.areas["boundary_kind"].reindex(ids).eq("indicative")
    content = {
        "language": language,
        "title": figures.title,
        "period": figures.period,
        "kind": figures.indicator.kind,
        "unit": _unit(figures.indicator, language),
        "note": figures.note,
        "classes": figures.labels,
        "packs": pack([state_field(figures.states, figures.class_of), *marks, *figures.fields]),
        **_given(evidence=named, indicative=ranges(indicative.to_numpy())),
        **places(drawn, level, ids, focus, selected),
        **foot(edition, drawn, level, ids, language),
        **look,
    }
    return Paint(
        level,
        drawn.map_file(level),
        outlines(drawn, level),
        content,
        figures.classes,
        figures.class_of,
        figures.states,
        figures.evidence,
        indicative,
    )


def _check_boundaries(before: "Edition", after: "Edition", level: str, language: str) -> None:
    """Refuse to subtract an RT from another one that only has its name."""
    dates = [edition.about["boundary_date"] for edition in (before, after)]
    if level == "rt" and dates[0] != dates[1]:
        on = [words.format_date(dt.date.fromisoformat(date), language) for date in dates]
        facts = {"before_on": on[0], "after_on": on[1]}
        facts |= {"before": str(before.as_of.year), "after": str(after.as_of.year)}
        raise PbrtError.of("boundaries_differ", **facts)


def _period(edition: "Edition", drawn: "Edition", language: str) -> str:
    notes = [words.period_name(edition, language), words.boundary_note(edition, language)]
    if drawn.about["boundary_date"] != edition.about["boundary_date"]:
        day = dt.date.fromisoformat(drawn.about["boundary_date"])
        notes.append(say("map.drawn_on", language, date=str(day.year)))
    return ", ".join(filter(None, notes))


def _span(before: "Edition", after: "Edition", indicator: "Indicator", language: str) -> str:
    years = _years(before, after, language)
    notes = (words.boundary_note(edition, language) for edition in (before, after))
    on = next(filter(None, notes), "")
    unit = "points" if indicator.kind == "rate" else "plain"
    return ", ".join(filter(None, (years, on))) + say(f"map.change.{unit}", language)


def _years(before: "Edition", after: "Edition", language: str) -> str:
    return " → ".join(words.year_name(edition, language) for edition in (before, after))


def _unit(indicator: "Indicator", language: str) -> str:
    if indicator.kind in ("rate", "index"):
        return ""
    return words.indicator_text(indicator, "unit", language)


def _note(indicator: "Indicator", language: str) -> str:
    key = f"indicator.{indicator.base}.note"
    return texts(language)[key] if has(key, language) else ""


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value}


def script_json(value: Any) -> str:
    """Write JSON that is safe inside a script element, whatever text it holds."""
    return harmless(json.dumps(value, separators=(",", ":")))


def script_literal(value: Any) -> str:
    """
    Write `script_json` as a JavaScript literal with single quotes.

    A layer travels inside another JSON text, where each double quote costs a second character.
    """
    quotes = {'\\"': '"', '"': "'", "\\\\": "\\\\"}
    return re.sub(r'\\\\|\\"|"', lambda found: quotes[found[0]], script_json(value))


def harmless(text: str) -> str:
    """
    Escape in JSON what could end a script, or be run by Jinja.

    The characters stand only inside texts. folium renders what it renders as a template once more,
    so `{{7*7}}` in a name would be computed.
    """
    return re.sub(r"[<>&'\u2028\u2029]|\{(?=[{%#])", lambda c: f"\\u{ord(c[0]):04x}", text)
