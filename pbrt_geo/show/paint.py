"""What a map shows, as plain data: classes, numbers, muted areas, legend.

`paint_from` decides everything that can be seen. The interactive map (`maps.py`), images and
charts draw the same paint, so they agree. No folium here.

Safety: the names of areas stay in the geometry file and are drawn as text. A paint reaches a page
as JSON in which no character can end a script.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pbrt_geo.show import words
from pbrt_geo.show.classes import Classes, Method, classify, classify_change, in_steps
from pbrt_geo.show.geometry import map_ids
from pbrt_geo.show.packing import Field, pack
from pbrt_geo.show.palette import NOTHINGS, Shade, Theme, change_shades, class_shades, nothing_shade
from pbrt_geo.show.ranks import areas_within
from pbrt_geo.text import has, say, texts

if TYPE_CHECKING:
    from pbrt_geo.edition import Edition, Indicator

OUTLINES = {"rt": ("desa", "kecamatan"), "desa": ("kecamatan",)}
"""Levels whose borders and names are drawn over each level."""


@dataclass(frozen=True)
class LegendRow:
    """One line of a legend: what a shade means, and how many areas have it."""

    label: str
    shade: Shade
    n_areas: int
    state: str


@dataclass(frozen=True)
class Paint:
    """
    Everything one view of a map shows, ready to be drawn; holds no names of areas.

    `geometry` and `outlines` are map files of an edition; `content` is what travels beside their
    addresses. `states` holds the state of each area on the map, by `area_id`, and `class_of` its
    class.
    """

    level: str
    geometry: Path
    outlines: tuple[Path, ...]
    content: dict[str, Any]
    classes: Classes
    class_of: pd.Series
    states: pd.Series

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
    ids = map_ids(drawn.map_file(level))
    column = _column_for(edition, indicator_id, level, ids)
    shown = column["value"].where(column["state"] == "value")
    pooled = [_numbers_of(other, indicator_id, level) for other in pool]
    classes = classify(
        _numbers_of(edition, indicator_id, level),
        indicator.kind,
        method,
        indicator.breaks,
        np.concatenate(pooled) if pooled else None,
    )
    only_classes = rapat and level == "rt"
    if only_classes:
        classes = replace(classes, lowest=None, highest=None)  # the ends are exact values
    states, class_of = words.states(column), pd.Series(classes.of(shown), index=column.index)
    fields = [_state_field(states, class_of)]
    if not only_classes:
        fields += _number_fields(indicator, column, language)
    content = {
        "language": language,
        "title": words.indicator_short(indicator, language, edition.programmes),
        "period": words.period_name(edition, language),
        "kind": indicator.kind,
        "unit": _unit(indicator, language),
        "note": _note(indicator, language),
        "classes": classes.labels(language) if (class_of >= 0).any() or classes.limits else [],
        "packs": pack(fields),
        **_places(drawn, level, ids, focus, selected),
        **_marks(edition, drawn, level, ids, language),
    } | _given(rapat=rapat, key=key, sync=sync, theme=theme)
    return Paint(
        level, drawn.map_file(level), _outlines(drawn, level), content, classes, class_of, states
    )


def paint_change(
    before: "Edition",
    after: "Edition",
    level: str,
    indicator_id: str,
    *,
    language: str = "id",
    focus: str | None = None,
    selected: str | None = None,
    rapat: bool = False,
    key: str = "",
    sync: str = "",
    theme: Theme | None = None,
) -> Paint:
    """Say what a map of the change between two years shows, on the later boundaries."""
    indicator = after.indicator(indicator_id)
    ids = map_ids(after.map_file(level))
    columns = [_column_for(edition, indicator_id, level, ids) for edition in (before, after)]
    states = _worse_state(*(words.states(column) for column in columns))
    numbers = [column["value"].where(states == "value") for column in columns]
    difference = numbers[1] - numbers[0]
    classes = classify_change(difference, indicator.kind)
    class_of = pd.Series(classes.of(difference), index=ids)
    fields = [_state_field(states, class_of)]
    if not (rapat and level == "rt"):
        fields.append(_value_field(indicator.kind, difference))
    name = words.indicator_short(indicator, language, after.programmes)
    years = [words.year_name(edition, language) for edition in (before, after)]
    unit = "points" if indicator.kind == "rate" else "plain"
    content = {
        "language": language,
        "title": say("map.change.title", language, indicator=name),
        "period": " → ".join(years) + say(f"map.change.{unit}", language),
        "kind": indicator.kind,
        "unit": _unit(indicator, language),
        "note": "",
        "change": True,
        "classes": classes.labels(language) if classes.limits else [],
        "packs": pack(fields),
        **_places(after, level, ids, focus, selected),
        **_marks(after, after, level, ids, language),
    } | _given(rapat=rapat, key=key, sync=sync, theme=theme)
    return Paint(
        level, after.map_file(level), _outlines(after, level), content, classes, class_of, states
    )


def legend_rows(paint: Paint, theme: Theme = "light") -> list[LegendRow]:
    """Return the legend of a paint, highest class first, then the states that occur."""
    language = paint.content["language"]
    labels = paint.content["classes"]
    shades = change_shades(theme) if paint.classes.changes else class_shades(len(labels), theme)
    counts = paint.class_of.value_counts()
    rows = [
        LegendRow(labels[k], shades[k], int(counts.get(k, 0)), "value")
        for k in reversed(range(len(labels)))
    ]
    for state in NOTHINGS:
        n_areas = int((paint.states == state).sum())
        if n_areas:
            label = say(f"state.{state}", language)
            rows.append(LegendRow(label, nothing_shade(state, theme), n_areas, state))
    return rows


def shades_of(paint: Paint, theme: Theme = "light") -> pd.Series:
    """Return the shade of every area, by `area_id`, for images and charts."""
    n = len(paint.content["classes"])
    classes = change_shades(theme) if paint.classes.changes else class_shades(n, theme)
    pairs = zip(paint.states, paint.class_of, strict=True)
    shades = [classes[k] if k >= 0 else nothing_shade(s, theme) for s, k in pairs]
    return pd.Series(shades, index=paint.states.index, dtype=object)


def _column_for(edition: "Edition", indicator_id: str, level: str, ids: pd.Index) -> pd.DataFrame:
    column = edition.column(indicator_id, level).astype({"state": object})
    if column.index.equals(ids):
        return column
    column = column.reindex(ids)
    column["state"] = column["state"].fillna("not_yet_formed")
    return column


def _numbers_of(edition: "Edition", indicator_id: str, level: str) -> np.ndarray:
    if not edition.has(indicator_id, level):
        return np.array([])
    column = edition.column(indicator_id, level)
    return column["value"][column["state"] == "value"].to_numpy(dtype=float)


def _state_field(states: pd.Series, class_of: pd.Series) -> Field:
    values = np.full(len(states), np.nan)
    for code, state in enumerate(NOTHINGS):
        values[(states == state).to_numpy()] = code
    classes = class_of.to_numpy()
    return Field("state", np.where(classes >= 0, classes + len(NOTHINGS), values))


def _number_fields(indicator: "Indicator", column: pd.DataFrame, language: str) -> list[Field]:
    shown = column["state"].isin(("value", "zero"))
    known = column["known_rate"].where(shown).to_numpy(dtype=float)
    note = _note(indicator, language)
    fields = [
        _plain_field(name, column[name].where(shown).to_numpy(dtype=float))
        for name in ("numerator", "denominator")
        if f"{{{name}}}" in note
    ]
    if not _is_their_ratio(indicator.kind, column["value"].where(shown), fields):
        fields.append(_value_field(indicator.kind, column["value"].where(shown)))
    if np.nanmin(known, initial=1.0) < 1:
        # 99.6 % known is not "100 %": somebody is missing
        fields.append(Field("known", np.where(known < 1, np.floor(known * 100), known * 100)))
    return fields


def _is_their_ratio(kind: str, values: pd.Series, fields: list[Field]) -> bool:
    """Tell whether the browser can divide the value itself; that saves a tenth of the bytes."""
    if kind != "rate" or len(fields) != 2 or any(field.scale != 1 for field in fields):
        return False
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = fields[0].values / fields[1].values
    return np.array_equal(ratio, values.to_numpy(dtype=float), equal_nan=True)


def _value_field(kind: str, values: pd.Series) -> Field:
    numbers = values.to_numpy(dtype=float)
    if kind in ("rate", "index"):
        return Field("value", in_steps(numbers, kind, 0.001))
    if kind == "count":
        return Field("value", np.rint(numbers))
    return Field("value", _hundredths(numbers, kind))


def _plain_field(name: str, numbers: np.ndarray) -> Field:
    known = numbers[~np.isnan(numbers)]
    if (known == np.rint(known)).all():
        return Field(name, numbers)
    return Field(name, _hundredths(numbers, ""), scale=100)


def _hundredths(numbers: np.ndarray, kind: str) -> np.ndarray:
    """Round each number as it is written (4,25; 42,5; 425) and return it in hundredths."""
    sizes = np.abs(numbers)
    steps = np.where(sizes >= 100, 1.0, np.where(sizes >= 10, 0.1, 0.01))
    found = np.full(len(numbers), np.nan)
    for step in (1.0, 0.1, 0.01):
        here = (steps == step) & ~np.isnan(numbers)
        found[here] = in_steps(numbers[here], kind, step) * round(step * 100)
    return found


def _worse_state(before: pd.Series, after: pd.Series) -> pd.Series:
    """Return `value` where both years have a number, else the state that stands in the way."""
    number = ("value", "zero")
    states = after.where(~after.isin(number), before)
    return states.where(~(before.isin(number) & after.isin(number)), "value")


def _unit(indicator: "Indicator", language: str) -> str:
    if indicator.kind in ("rate", "index"):
        return ""
    return words.indicator_text(indicator, "unit", language)


def _note(indicator: "Indicator", language: str) -> str:
    key = f"indicator.{indicator.base}.note"
    return texts(language)[key] if has(key, language) else ""


def _outlines(edition: "Edition", level: str) -> tuple[Path, ...]:
    above = (edition.map_file(upper) for upper in OUTLINES.get(level, ()))
    return tuple(path for path in above if path.exists())


def _places(
    edition: "Edition", level: str, ids: pd.Index, focus: str | None, selected: str | None
) -> dict[str, Any]:
    places: dict[str, Any] = {"focus": focus or ""}
    if focus is not None:
        inside = ids.isin(_inside(edition, level, focus))
        if inside.any():
            edges = np.flatnonzero(np.diff(np.r_[0, inside.astype(int), 0]))
            places["inside"] = edges.reshape(-1, 2).tolist()
    if selected in ids:
        places["selected"] = selected
    return places


def _inside(edition: "Edition", level: str, focus: str) -> list[str]:
    if focus not in edition.areas.index:
        return []
    found = list(areas_within(edition, level, focus))
    above = edition.areas.loc[focus].get(f"{level}_id")
    return found or ([above] if isinstance(above, str) else [])


def _marks(
    edition: "Edition", drawn: "Edition", level: str, ids: pd.Index, language: str
) -> dict[str, Any]:
    """What the foot of the legend says: areas that cannot be drawn, and that data are invented."""
    marks: dict[str, Any] = {}
    areas = drawn.areas
    lost = areas.index[areas["level"] == level].difference(ids, sort=False)
    if len(lost):
        named = areas.loc[lost, "desa_name" if level == "rt" else "name"].dropna().unique()
        names = ", ".join(named[:3]) + (", …" if len(named) > 3 else "")
        marks["missing"] = say("map.without_shape", language, n=len(lost), names=names)
    if edition.about["region"].get("invented"):
        marks["invented"] = True
    return marks


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
