"""One map as a PNG image, for reports and slides: title, legend, scale bar and what it rests on.

Drawn with matplotlib's Agg canvas on a figure of its own: no window, no global state, so several
readers may draw at once. Names are drawn letter by letter; none is read as a formula.
"""

import datetime as dt
import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.show import drawing, ranks, words
from pbrt_geo.show.classes import Method
from pbrt_geo.show.legend import LegendRow, legend_rows, mark_rows, shades_of
from pbrt_geo.show.paint import Paint, paint_from
from pbrt_geo.show.palette import NOTHINGS, Shade, nothing_shade
from pbrt_geo.text import number, say

SIZE = (11.7, 8.3)
"""Inches: a landscape A4 page."""

_OUTSIDE = Shade("#e4e2de")  # areas around the focus
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
    sheet = Sheet(edition, edition.indicator(indicator_id), paint, method, language, focus, rapat)
    return png_of(sheet, size, dpi)


def png_of(sheet: "Sheet", size: tuple[float, float] = SIZE, dpi: int = 150) -> bytes:
    """Draw one page; the file holds its title and what the map rests on as texts, too."""
    figure = Figure(figsize=size, dpi=dpi, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    sheet.draw(figure)
    out = io.BytesIO()
    told = {"Title": sheet.title, "Description": "\n".join(sheet.foot_lines)}
    canvas.print_png(out, metadata={"Software": None, **told})
    return out.getvalue()


@dataclass
class Sheet:
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
        """Level of the areas drawn."""
        return self.paint.level

    @property
    def title(self) -> str:
        """Title of the page."""
        return words.indicator_name(self.indicator, self.language, self.edition.programmes)

    @cached_property
    def shown(self) -> pd.Index:
        """Areas of the level in the focus, with or without a polygon."""
        return ranks.areas_within(self.edition, self.level, self.focus)

    def draw(self, figure: Figure) -> None:
        """Draw everything on a figure."""
        self._draw_head(figure)
        axes = figure.add_axes(drawing.MAP_BOX)
        axes.set_axis_off()
        axes.set_aspect("equal")
        polygons = self._polygons(self.level)
        if len(polygons):
            self._draw_map(figure, axes, polygons)
        else:
            drawing.text(axes, 0.5, 0.5, say("image.no_polygons", self.language), 13, ha="center")
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
        drawing.text(figure, 0.03, 0.965, title, 19, va="top", weight="bold")
        facts = {
            "level": say(f"image.by_{self.level}", self.language),
            "place": self._place(),
            "date": self.paint.content["period"],
        }
        subtitle = say("image.subtitle", self.language, **facts)
        line = 0.908 if "\n" not in title else 0.872
        drawing.text(figure, 0.03, line, "\n".join(textwrap.wrap(subtitle, 112)), 12, va="top")

    def _place(self) -> str:
        region = words.region_name(self.edition, self.language)
        if self.focus is None or self.edition.areas.at[self.focus, "level"] == "kabupaten":
            return region
        return f"{words.area_name(self.edition.areas.loc[self.focus])}, {region}"

    @cached_property
    def foot_lines(self) -> list[str]:
        """What the map rests on; also kept as the description inside the file."""
        use = words.use_note(self.edition, self.language)
        lines = [self.basis(), self._marks(), self.seal(), use]
        if self.edition.about["region"]["invented"]:
            lines.append(say("export.invented", self.language))
        return [line for line in lines if line]

    def seal(self) -> str:
        """Say which edition the numbers are from, their date and that of the boundaries."""
        edition, language = self.edition, self.language
        boundary_date = dt.date.fromisoformat(edition.about["boundary_date"])
        facts = {
            "edition": words.sealed_id(edition, 12),
            "date": words.period_name(edition, language),
            "boundary_date": words.format_date(boundary_date, language),
            "method": str(edition.about["method_version"]),
        }
        return say("image.seal", language, **facts)

    def _marks(self) -> str:
        """Say how many of the areas shown hold converted numbers or have indicative boundaries."""
        said = []
        for row in mark_rows(self._part):
            facts: dict[str, Any] = {
                "mark": row.label[:1].upper() + row.label[1:],
                "n": row.n_areas,
            }
            said.append(say("image.marked", self.language, **facts))
        return " ".join(said)

    def _draw_foot(self, figure: Figure) -> None:
        wrapped = [part for line in self.foot_lines for part in textwrap.wrap(line, 150)]
        drawing.text(figure, 0.03, 0.022, "\n".join(wrapped), 8.5, va="bottom", color=_GREY)

    def basis(self) -> str:
        """Say what the whole area has, and what that rests on."""
        top = ranks.kabupaten_id(self.edition)
        above = self.focus or top
        if above is None:
            return ""
        level = self.edition.areas.at[above, "level"]
        if not self.edition.has(self.indicator.id, level) or (self.rapat and level == "rt"):
            return ""
        row = self.edition.column(self.indicator.id, level).loc[above]
        note = words.value_note(self.indicator, row, self.language, self.edition.as_of)
        if not note and not words.is_range(row):
            return ""
        facts = {
            "area": words.area_name(self.edition.areas.loc[above]),
            "value": words.value_with_unit(self.indicator, row, self.language),
        }
        if not note:
            return say("image.basis_alone", self.language, **facts)
        return say("image.basis", self.language, note=note, **facts)

    # the map

    def _draw_map(self, figure: Figure, axes: Any, polygons: gpd.GeoSeries) -> None:
        inside = polygons.index.isin(self.shown)
        drawing.fill(axes, polygons[~inside], _OUTSIDE, edge="#ffffff", width=0.4)
        many = len(self.shown) > 200
        for shade, part in self._by_shade(polygons[inside]):
            drawing.fill(axes, part, shade, drawing.PAPER["border"], 0.25 if many else 0.5)
        marked = self.paint.indicative.reindex(polygons.index, fill_value=False)
        drawing.dash(axes, polygons[marked.to_numpy() & inside])
        self._draw_outlines(axes)
        zoom = polygons[inside] if inside.any() else polygons
        drawing.frame(axes, zoom.total_bounds, figure)
        written = self._draw_names(figure, axes, polygons)
        converted = self.paint.evidence.reindex(polygons.index, fill_value="") != ""
        drawing.points(axes, polygons[converted.to_numpy() & inside], written)
        drawing.scale_bar(axes, self.language)

    def _by_shade(self, polygons: gpd.GeoSeries) -> list[tuple[Shade, gpd.GeoSeries]]:
        shades = shades_of(self.paint).loc[polygons.index]
        return [(shade, polygons[(shades == shade).to_numpy()]) for shade in shades.unique()]

    def _draw_outlines(self, axes: Any) -> None:
        """Draw the borders of the levels above, the wider the higher."""
        widths = {"desa": 0.6, "kecamatan": 1.3}
        above = {"rt": ("desa", "kecamatan"), "desa": ("kecamatan",)}.get(self.level, ())
        for level in above:
            borders = self._polygons(level)
            drawing.outline(axes, borders, widths[level], drawing.PAPER["outline"])
        if self.focus is not None:
            own = self.edition.areas.at[self.focus, "level"]
            borders = self._polygons(own)
            drawing.outline(
                axes, borders[borders.index == self.focus], 2.2, drawing.PAPER["outline"]
            )

    def _named_level(self) -> str:
        if self.focus is None:
            return self.level if self.level in ("desa", "kecamatan") else "kecamatan"
        own = self.edition.areas.at[self.focus, "level"]
        order = ("kabupaten", "kecamatan", "desa", "rt")
        return order[min(order.index(own) + 1, order.index(self.level))]

    def _draw_names(self, figure: Figure, axes: Any, polygons: gpd.GeoSeries) -> list[Any]:
        level = self._named_level()
        shapes = polygons if level == self.level else self._polygons(level)
        wanted = ranks.areas_within(self.edition, level, self.focus)
        shapes = shapes[shapes.index.isin(wanted)]
        shapes = shapes.loc[shapes.area.sort_values(ascending=False, kind="stable").index]
        size = 10 if level == "kecamatan" else 7.5
        names = self.edition.areas["name"]
        points = shapes.representative_point()
        placed = [(names[area], points[area]) for area in shapes.index]
        return drawing.names(figure, axes, placed, size)

    # the legend

    def _draw_legend(self, figure: Figure) -> None:
        language = self.language
        y = _LEGEND_TOP
        y = self._write(figure, self.legend_head(), y, 12, 29, weight="bold") - 0.008
        y = self._write(figure, self.classes_note(), y, 8.5, 44) - 0.012
        for row in self._legend_rows():
            drawing.swatch(figure, _LEGEND_X, y - 0.024, row.shade)
            drawing.text(figure, _LEGEND_X + 0.045, y - 0.012, row.label, 10.5, va="center")
            n_areas = number(row.n_areas, language)
            drawing.text(
                figure, 0.972, y - 0.012, n_areas, 9.5, va="center", ha="right", color=_GREY
            )
            y -= 0.036
        y = self._draw_mark_rows(figure, y) - 0.012
        explained = self.paint.content.get("explained", "")
        if explained:
            y = self._write(figure, explained, y, 9, 44) - 0.012
        meaning = words.indicator_text(self.indicator, "meaning", language)
        y = self._write(figure, meaning, y, 9, 44) - 0.012
        self._write(figure, self._missing(), y, 9, 44)

    def classes_note(self) -> str:
        """Say how the classes were cut; those of a public edition always stay the same."""
        method = "fixed" if self.edition.is_public else self.method
        return say(
            "image.classes", self.language, method=say(f"map.method.{method}", self.language)
        )

    def legend_head(self) -> str:
        """Name what the shades show, with its unit."""
        short = words.indicator_short(self.indicator, self.language, self.edition.programmes)
        unit = words.indicator_text(self.indicator, "unit", self.language)
        return f"{short} ({unit})" if unit not in short else short

    def _draw_mark_rows(self, figure: Figure, y: float) -> float:
        for row in mark_rows(self._part):
            drawing.mark_swatch(figure, _LEGEND_X, y - 0.024, row.shade)
            n_areas = number(row.n_areas, self.language)
            drawing.text(
                figure, 0.972, y - 0.012, n_areas, 9.5, va="center", ha="right", color=_GREY
            )
            lines = textwrap.wrap(row.label, 27)
            drawing.text(figure, _LEGEND_X + 0.045, y - 0.002, "\n".join(lines), 10.5, va="top")
            y -= 0.014 + 0.022 * len(lines)
        return y

    def _write(
        self, figure: Figure, text: str, y: float, size: float, columns: int, **look: Any
    ) -> float:
        lines = textwrap.wrap(text, columns)
        drawing.text(figure, _LEGEND_X, y, "\n".join(lines), size, va="top", **look)
        height = figure.get_figheight()
        return y - len(lines) * size * 1.32 / 72 / height

    @cached_property
    def _part(self) -> Paint:
        """The paint of the areas in the focus."""
        inside = self.paint.states.index.isin(self.shown)
        by_area = ("class_of", "states", "evidence", "indicative")
        return replace(self.paint, **{name: getattr(self.paint, name)[inside] for name in by_area})

    def _legend_rows(self) -> list[LegendRow]:
        """Return the legend of the areas in the focus; the four nothings are always explained."""
        rows = legend_rows(self._part)
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
