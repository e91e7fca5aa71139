"""One map as a PNG image, for reports and slides: title, legend, scale bar and what it rests on.

Drawn with matplotlib's Agg canvas on a figure of its own: no window, no global state, so several
readers may draw at once. Names are drawn letter by letter; none is read as a formula.
"""

import datetime as dt
import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib import patheffects
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.patches import Rectangle
from matplotlib.path import Path as Outline

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.show import ranks, words
from pbrt_geo.show.classes import Method
from pbrt_geo.show.paint import LegendRow, Paint, legend_rows, paint_from, shades_of
from pbrt_geo.show.palette import NOTHINGS, PAGE, Shade, nothing_shade
from pbrt_geo.text import number, say

SIZE = (11.7, 8.3)
"""Inches: a landscape A4 page."""

_FAMILY = "DejaVu Sans"
_PAPER = PAGE["light"]
_OUTSIDE = Shade("#e4e2de")  # areas around the focus
_HATCHES = {"": "", "rings": "oo", "dots": "..", "hatch": "////", "crosses": "xx", "dashed": ""}
_MAP_BOX = (0.03, 0.11, 0.66, 0.74)
_LEGEND_X, _LEGEND_TOP = 0.715, 0.845
_GREY = "#55504b"


def png_map(
    edition: Edition,
    level: str,
    indicator_id: str,
    language: str = "id",
    *,
    focus: str | None = None,
    method: Method = "fixed",
    pool: Sequence[Edition] = (),
    rapat: bool = False,
    size: tuple[float, float] = SIZE,
    dpi: int = 150,
) -> bytes:
    """
    Draw one indicator of one level as a map: the same classes and shades as on the page.

    Parameters
    ----------
    focus
        Area to fill the map with; what lies around it is grey.
    method, pool
        How classes are cut; editions of other years that fixed classes are to serve too.
    rapat
        For a meeting: no figure of a single RT is written.
    size, dpi
        Width and height in inches, and pixels per inch.

    Raises
    ------
    EditionError
        If the edition does not have the indicator at the level.
    """
    options: dict[str, Any] = {"method": method, "pool": pool, "focus": focus, "rapat": rapat}
    paint = paint_from(edition, level, indicator_id, language=language, **options)
    figure = Figure(figsize=size, dpi=dpi, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    sheet = _Sheet(edition, edition.indicator(indicator_id), paint, method, language, focus, rapat)
    sheet.draw(figure)
    out = io.BytesIO()
    canvas.print_png(out, metadata={"Software": None, "Title": sheet.title})
    return out.getvalue()


@dataclass
class _Sheet:
    """What is drawn on one page."""

    edition: Edition
    indicator: Indicator
    paint: Paint
    method: Method
    language: str
    focus: str | None
    rapat: bool
    crs: Any = None

    @property
    def level(self) -> str:
        return self.paint.level

    @property
    def title(self) -> str:
        return words.indicator_name(self.indicator, self.language, self.edition.programmes)

    @cached_property
    def shown(self) -> pd.Index:
        """Areas of the level in the focus, with or without a polygon."""
        return ranks.areas_within(self.edition, self.level, self.focus)

    def draw(self, figure: Figure) -> None:
        self._draw_head(figure)
        axes = figure.add_axes(_MAP_BOX)
        axes.set_axis_off()
        axes.set_aspect("equal")
        polygons = self._polygons(self.level)
        if len(polygons):
            self._draw_map(figure, axes, polygons)
        else:
            _text(axes, 0.5, 0.5, say("image.no_polygons", self.language), 13, ha="center")
        self._draw_legend(figure)
        self._draw_foot(figure)

    def _polygons(self, level: str) -> gpd.GeoSeries:
        """Return the polygons of a level in metres, all levels in the UTM zone of the map's own."""
        shapes = self.edition.boundaries(level).geometry
        shapes = shapes[shapes.notna() & ~shapes.is_empty]
        if not len(shapes):
            return shapes
        if self.crs is None:
            self.crs = shapes.estimate_utm_crs()
        return shapes.to_crs(self.crs)

    # head and foot

    def _draw_head(self, figure: Figure) -> None:
        title = "\n".join(textwrap.wrap(self.title, 62)[:2])
        _text(figure, 0.03, 0.965, title, 19, va="top", weight="bold")
        facts = {
            "level": say(f"image.by_{self.level}", self.language),
            "place": self._place(),
            "date": words.period_name(self.edition, self.language),
        }
        line = 0.908 if "\n" not in title else 0.872
        _text(figure, 0.03, line, say("image.subtitle", self.language, **facts), 12, va="top")

    def _place(self) -> str:
        region = words.region_name(self.edition, self.language)
        if self.focus is None or self.edition.areas.at[self.focus, "level"] == "kabupaten":
            return region
        return f"{words.area_name(self.edition.areas.loc[self.focus])}, {region}"

    def _draw_foot(self, figure: Figure) -> None:
        edition, language = self.edition, self.language
        boundary_date = dt.date.fromisoformat(edition.about["boundary_date"])
        facts = {
            "edition": edition.id[:12],
            "date": words.period_name(edition, language),
            "boundary_date": words.format_date(boundary_date, language),
            "method": str(edition.about["method_version"]),
        }
        lines = [self._basis(), say("image.seal", language, **facts)]
        if edition.about["region"]["invented"]:
            lines.append(say("export.invented", language))
        wrapped = [part for line in lines if line for part in textwrap.wrap(line, 150)]
        _text(figure, 0.03, 0.022, "\n".join(wrapped), 8.5, va="bottom", color=_GREY)

    def _basis(self) -> str:
        top = ranks.kabupaten_id(self.edition)
        above = self.focus or top
        if above is None:
            return ""
        level = self.edition.areas.at[above, "level"]
        if not self.edition.has(self.indicator.id, level) or (self.rapat and level == "rt"):
            return ""
        row = self.edition.column(self.indicator.id, level).loc[above]
        note = words.value_note(self.indicator, row, self.language)
        if not note:
            return ""
        facts = {
            "area": words.area_name(self.edition.areas.loc[above]),
            "value": words.value_with_unit(self.indicator, row, self.language),
        }
        return say("image.basis", self.language, note=note, **facts)

    # the map

    def _draw_map(self, figure: Figure, axes: Any, polygons: gpd.GeoSeries) -> None:
        inside = polygons.index.isin(self.shown)
        _fill(axes, polygons[~inside], _OUTSIDE, edge="#ffffff", width=0.4)
        many = len(self.shown) > 200
        for shade, part in self._by_shade(polygons[inside]):
            _fill(axes, part, shade, edge=_PAPER["border"], width=0.25 if many else 0.5)
        self._draw_outlines(axes)
        zoom = polygons[inside] if inside.any() else polygons
        _frame(axes, zoom.total_bounds, figure)
        self._draw_names(figure, axes, polygons)
        _scale_bar(axes, self.language)

    def _by_shade(self, polygons: gpd.GeoSeries) -> list[tuple[Shade, gpd.GeoSeries]]:
        shades = shades_of(self.paint).loc[polygons.index]
        return [(shade, polygons[(shades == shade).to_numpy()]) for shade in shades.unique()]

    def _draw_outlines(self, axes: Any) -> None:
        """Draw the borders of the levels above, the wider the higher."""
        widths = {"desa": 0.6, "kecamatan": 1.3}
        above = {"rt": ("desa", "kecamatan"), "desa": ("kecamatan",)}.get(self.level, ())
        for level in above:
            borders = self._polygons(level)
            _outline(axes, borders, widths[level], _PAPER["outline"])
        if self.focus is not None:
            own = self.edition.areas.at[self.focus, "level"]
            borders = self._polygons(own)
            _outline(axes, borders[borders.index == self.focus], 2.2, _PAPER["outline"])

    def _named_level(self) -> str:
        if self.focus is None:
            return self.level if self.level in ("desa", "kecamatan") else "kecamatan"
        own = self.edition.areas.at[self.focus, "level"]
        order = ("kabupaten", "kecamatan", "desa", "rt")
        return order[min(order.index(own) + 1, order.index(self.level))]

    def _draw_names(self, figure: Figure, axes: Any, polygons: gpd.GeoSeries) -> None:
        level = self._named_level()
        shapes = polygons if level == self.level else self._polygons(level)
        wanted = ranks.areas_within(self.edition, level, self.focus)
        shapes = shapes[shapes.index.isin(wanted)]
        shapes = shapes.loc[shapes.area.sort_values(ascending=False, kind="stable").index]
        size = 10 if level == "kecamatan" else 7.5
        names = self.edition.areas["name"]
        points = shapes.representative_point()
        _names(figure, axes, [(names[area], points[area]) for area in shapes.index], size)

    # the legend

    def _draw_legend(self, figure: Figure) -> None:
        language = self.language
        short = words.indicator_short(self.indicator, language, self.edition.programmes)
        unit = words.indicator_text(self.indicator, "unit", language)
        head = f"{short} ({unit})" if unit not in short else short
        y = _LEGEND_TOP
        y = self._write(figure, head, y, 12, 29, weight="bold") - 0.008
        method = say(f"map.method.{self.method}", language)
        y = self._write(figure, say("image.classes", language, method=method), y, 8.5, 44) - 0.012
        for row in self._legend_rows():
            _swatch(figure, _LEGEND_X, y - 0.024, row.shade)
            _text(figure, _LEGEND_X + 0.045, y - 0.012, row.label, 10.5, va="center")
            n_areas = number(row.n_areas, language)
            _text(figure, 0.972, y - 0.012, n_areas, 9.5, va="center", ha="right", color=_GREY)
            y -= 0.036
        y -= 0.012
        meaning = words.indicator_text(self.indicator, "meaning", language)
        y = self._write(figure, meaning, y, 9, 44) - 0.012
        self._write(figure, self._missing(), y, 9, 44)

    def _write(
        self, figure: Figure, text: str, y: float, size: float, columns: int, **look: Any
    ) -> float:
        lines = textwrap.wrap(text, columns)
        _text(figure, _LEGEND_X, y, "\n".join(lines), size, va="top", **look)
        height = figure.get_figheight()
        return y - len(lines) * size * 1.32 / 72 / height

    def _legend_rows(self) -> list[LegendRow]:
        """Return the legend of the areas in the focus; the four nothings are always explained."""
        inside = self.paint.states.index.isin(self.shown)
        part = replace(
            self.paint, class_of=self.paint.class_of[inside], states=self.paint.states[inside]
        )
        rows = legend_rows(part)
        found = {row.state: row for row in rows}
        classes = [row for row in rows if row.state == "value"]
        return classes + [
            found.get(state) or self._absent_row(state)
            for state in NOTHINGS
            if state in found or state != "undefined"
        ]

    def _absent_row(self, state: str) -> LegendRow:
        return LegendRow(say(f"state.{state}", self.language), nothing_shade(state), 0, state)

    def _missing(self) -> str:
        """Say which areas have a figure and no polygon."""
        areas = self.edition.areas.loc[self.shown]
        missing = areas.loc[~areas["has_polygon"].astype(bool)]
        if missing.empty:
            return ""
        names = missing["desa_name" if self.level == "rt" else "name"].drop_duplicates()
        named = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
        facts: dict[str, Any] = {"n": len(missing), "names": named}
        return say("image.without_polygon", self.language, **facts)


# ── drawing ─────────────────────────────────────────────────────────────────────────────────────


def _outline_of(shape: shapely.Geometry) -> Outline:
    rings = shapely.get_rings(shapely.get_parts(shape))
    parts = [Outline(shapely.get_coordinates(ring), closed=True) for ring in rings]
    return Outline.make_compound_path(*parts)


def _fill(axes: Any, shapes: gpd.GeoSeries, shade: Shade, edge: str, width: float) -> None:
    if shapes.empty:
        return
    paths = [_outline_of(shape) for shape in shapes]
    dashed = shade.mark == "dashed"
    dashes = (0, (4, 2)) if dashed else "solid"
    line, width = (shade.ink, max(width, 0.9)) if dashed else (edge, width)
    axes.add_collection(
        PathCollection(paths, facecolors=shade.fill, edgecolors=line, lw=width, linestyles=dashes)
    )
    if _HATCHES[shade.mark]:
        marks = PathCollection(paths, facecolors="none", edgecolors=shade.ink, lw=0)
        marks.set_hatch(_HATCHES[shade.mark])
        marks.set_hatch_linewidth(0.6)
        axes.add_collection(marks)


def _outline(axes: Any, shapes: gpd.GeoSeries, width: float, colour: str) -> None:
    paths = [_outline_of(shape) for shape in shapes]
    axes.add_collection(PathCollection(paths, facecolors="none", edgecolors=colour, lw=width))


def _frame(axes: Any, bounds: np.ndarray, figure: Figure) -> None:
    """Fit the bounds into the map's box with a margin, the scale the same in both directions."""
    left, bottom, right, top = bounds
    box_width = _MAP_BOX[2] * figure.get_figwidth()
    box_height = _MAP_BOX[3] * figure.get_figheight()
    metres = 1.06 * max((right - left) / box_width, (top - bottom) / box_height, 1.0)
    middle = ((left + right) / 2, (bottom + top) / 2)
    axes.set_xlim(middle[0] - metres * box_width / 2, middle[0] + metres * box_width / 2)
    axes.set_ylim(middle[1] - metres * box_height / 2, middle[1] + metres * box_height / 2)


def _names(figure: Figure, axes: Any, names: list[tuple[str, Any]], size: float) -> None:
    """Write names, the largest area first, and leave out what would cover another."""
    taken: list[Any] = []
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    for name, point in names:
        wrapped = "\n".join(textwrap.wrap(str(name), 16)[:3])
        label = axes.text(
            point.x,
            point.y,
            _drawable(wrapped),
            fontproperties=FontProperties(family=_FAMILY, size=size),
            color=_PAPER["label"],
            ha="center",
            va="center",
            parse_math=False,
            clip_on=True,
            path_effects=[patheffects.withStroke(linewidth=2.4, foreground=_PAPER["halo"])],
        )
        box = label.get_window_extent(renderer).padded(1)
        if any(box.overlaps(other) for other in taken):
            label.remove()
        else:
            taken.append(box)


def _scale_bar(axes: Any, language: str) -> None:
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    longest = (right - left) * 0.22
    size = 10 ** np.floor(np.log10(longest))
    length = max(step * size for step in (1, 2, 5) if step * size <= longest)
    x, y = left + (right - left) * 0.01, bottom + (top - bottom) * 0.02
    tick = (top - bottom) * 0.008
    halo = [patheffects.withStroke(linewidth=3.5, foreground=_PAPER["halo"])]
    ends = ([x, x, x + length, x + length], [y + tick, y, y, y + tick])
    axes.plot(*ends, color="black", lw=1.2, path_effects=halo)
    unit = f"{number(length / 1000, language)} km" if length >= 1000 else f"{length:.0f} m"
    look = {"ha": "center", "transform": axes.transData, "path_effects": halo}
    _text(axes, x + length / 2, y + tick * 1.6, unit, 8.5, **look)


def _swatch(figure: Figure, x: float, y: float, shade: Shade) -> None:
    look: dict[str, Any] = {"transform": figure.transFigure, "figure": figure}
    dashed = shade.mark == "dashed"
    edge = shade.ink if dashed else _PAPER["border"]
    style = (0, (3, 2)) if dashed else "solid"
    box = partial(Rectangle, (x, y), 0.034, 0.026, **look)
    figure.add_artist(box(fc=shade.fill, ec=edge, lw=0.8, ls=style))
    if _HATCHES[shade.mark]:
        marks = box(fc="none", ec=shade.ink, lw=0, hatch=_HATCHES[shade.mark])
        marks.set_hatch_linewidth(0.6)
        figure.add_artist(marks)


def _text(where: Any, x: float, y: float, text: str, size: float, **look: Any) -> None:
    """Write text as it is, in the font that comes with matplotlib."""
    weight = look.pop("weight", "normal")
    font = FontProperties(family=_FAMILY, size=size, weight=weight)
    look = {"color": _PAPER["label"], "linespacing": 1.3} | look
    where.text(x, y, _drawable(text), fontproperties=font, parse_math=False, **look)


def _drawable(text: str) -> str:
    """Replace what the font cannot draw by the sign for an unknown letter."""
    known = _known_letters()
    return "".join(c if c == "\n" or ord(c) in known else "\ufffd" for c in text)


def _known_letters() -> Mapping[int, int]:
    return get_font(fontManager.findfont(FontProperties(family=_FAMILY))).get_charmap()
