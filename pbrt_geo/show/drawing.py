"""What a map on paper is drawn with: areas, borders, points, names, swatches, letter by letter."""

import textwrap
from collections.abc import Mapping
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib import patheffects
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.path import Path as Outline

from pbrt_geo.show.palette import PAGE, Shade, mark_shade
from pbrt_geo.text import number

_FAMILY = "DejaVu Sans"
PAPER = PAGE["light"]
_HATCHES = {
    "": "",
    "rings": "oo",
    "dots": "..",
    "hatch": "////",
    "crosses": "xx",
    "dashed": "",
    "minus": "--",
}
MAP_BOX = (0.03, 0.11, 0.66, 0.74)


def _outline_of(shape: shapely.Geometry) -> Outline:
    rings = shapely.get_rings(shapely.get_parts(shape))
    parts = [Outline(shapely.get_coordinates(ring), closed=True) for ring in rings]
    return Outline.make_compound_path(*parts)


def fill(axes: Any, shapes: gpd.GeoSeries, shade: Shade, edge: str, width: float) -> None:
    """Fill areas with a shade and its marks."""
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


def outline(axes: Any, shapes: gpd.GeoSeries, width: float, colour: str) -> None:
    """Draw borders."""
    paths = [_outline_of(shape) for shape in shapes]
    axes.add_collection(PathCollection(paths, facecolors="none", edgecolors=colour, lw=width))


def dash(axes: Any, shapes: gpd.GeoSeries) -> None:
    """Draw dashed outlines; a plain line beneath keeps those of neighbours from mixing."""
    shade = mark_shade("indicative")
    n = len(shapes)
    looks: dict[str, Any] = {
        "edgecolors": [shade.fill, shade.ink] * n,
        "lw": [1.1, 0.8] * n,
        "linestyles": ["solid", (0, (3.5, 2.5))] * n,
    }
    paths = [path for shape in shapes for path in [_outline_of(shape)] * 2]
    if paths:
        axes.add_collection(PathCollection(paths, facecolors="none", **looks))


def points(axes: Any, shapes: gpd.GeoSeries, names: list[Any]) -> None:
    """Put a point on each area, beside the names where it has room for that, else beneath."""
    shade = mark_shade("converted")
    if shapes.empty:
        return
    x, y = np.transpose([_beside(axes, shape, names) for shape in shapes])
    corners = shapes.bounds.to_numpy().reshape(-1, 2)
    sides = np.diff(axes.transData.transform(corners).reshape(-1, 2, 2), axis=1)[:, 0]
    # in points; smaller on an area that a point would hide
    room = sides.min(axis=1) * 72 / axes.figure.dpi
    sizes = np.clip((room / 2.5) ** 2, 3, 15)
    look: dict[str, Any] = {"c": shade.ink, "edgecolors": shade.fill, "zorder": 2.5}
    axes.scatter(x, y, s=sizes, linewidths=np.sqrt(sizes) / 4.3, **look)


def _beside(axes: Any, shape: shapely.Geometry, names: list[Any]) -> tuple[float, float]:
    """Return the first of some points of an area that no name covers."""
    middle = shape.representative_point()
    left, low, right, high = shape.bounds
    steps = (0.0, 0.2, -0.2, 0.35, -0.35)
    tried = [(middle.x, middle.y + step * (high - low)) for step in steps]
    tried += [(middle.x + step * (right - left), middle.y) for step in steps[1:]]
    inside = [place for place in tried if shape.contains(shapely.Point(place))]
    for place in inside:
        if not any(box.padded(3).contains(*axes.transData.transform(place)) for box in names):
            return place
    return middle.x, middle.y


def frame(axes: Any, bounds: np.ndarray, figure: Figure) -> None:
    """Fit the bounds into the map's box with a margin, the scale the same in both directions."""
    left, bottom, right, top = bounds
    box_width = MAP_BOX[2] * figure.get_figwidth()
    box_height = MAP_BOX[3] * figure.get_figheight()
    metres = 1.06 * max((right - left) / box_width, (top - bottom) / box_height, 1.0)
    middle = ((left + right) / 2, (bottom + top) / 2)
    axes.set_xlim(middle[0] - metres * box_width / 2, middle[0] + metres * box_width / 2)
    axes.set_ylim(middle[1] - metres * box_height / 2, middle[1] + metres * box_height / 2)


def names(figure: Figure, axes: Any, names: list[tuple[str, Any]], size: float) -> list[Any]:
    """Write names, the largest area first, leave out what would cover another; return the boxes."""
    taken: list[Any] = []
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    for name, point in names:
        wrapped = "\n".join(textwrap.wrap(str(name), 16)[:3])
        label = axes.text(
            point.x,
            point.y,
            _drawable(wrapped),
            fontproperties=FontProperties(family=_FAMILY, size=size),
            color=PAPER["label"],
            ha="center",
            va="center",
            parse_math=False,
            clip_on=True,
            path_effects=[patheffects.withStroke(linewidth=2.4, foreground=PAPER["halo"])],
        )
        box = label.get_window_extent(renderer).padded(1)
        if any(box.overlaps(other) for other in taken):
            label.remove()
        else:
            taken.append(box)
    return taken


def scale_bar(axes: Any, language: str) -> None:
    """Draw a bar of a round length at the lower left."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    longest = (right - left) * 0.22
    size = 10 ** np.floor(np.log10(longest))
    length = max(step * size for step in (1, 2, 5) if step * size <= longest)
    x, y = left + (right - left) * 0.01, bottom + (top - bottom) * 0.02
    tick = (top - bottom) * 0.008
    halo = [patheffects.withStroke(linewidth=3.5, foreground=PAPER["halo"])]
    ends = ([x, x, x + length, x + length], [y + tick, y, y, y + tick])
    axes.plot(*ends, color="black", lw=1.2, path_effects=halo)
    unit = f"{number(length / 1000, language)} km" if length >= 1000 else f"{length:.0f} m"
    look = {"ha": "center", "transform": axes.transData, "path_effects": halo}
    text(axes, x + length / 2, y + tick * 1.6, unit, 8.5, **look)


def swatch(figure: Figure, x: float, y: float, shade: Shade) -> None:
    """Draw a shade as it stands in a legend."""
    look: dict[str, Any] = {"transform": figure.transFigure, "figure": figure}
    dashed = shade.mark == "dashed"
    edge = shade.ink if dashed else PAPER["border"]
    style = (0, (3, 2)) if dashed else "solid"
    box = partial(Rectangle, (x, y), 0.034, 0.026, **look)
    figure.add_artist(box(fc=shade.fill, ec=edge, lw=0.8, ls=style))
    if _HATCHES[shade.mark]:
        marks = box(fc="none", ec=shade.ink, lw=0, hatch=_HATCHES[shade.mark])
        marks.set_hatch_linewidth(0.6)
        figure.add_artist(marks)


def mark_swatch(figure: Figure, x: float, y: float, shade: Shade) -> None:
    """Draw one of `palette.MARKS` as it stands in a legend."""
    look: dict[str, Any] = {"transform": figure.transFigure, "figure": figure}
    if shade.mark == "outline":
        box = Rectangle((x, y), 0.034, 0.026, fc="none", ec=shade.ink, lw=0.9, **look)
        box.set_linestyle((0, (3.5, 2.5)))
        figure.add_artist(box)
        return
    # a circle that stays round on a page of any shape
    point = Line2D([x + 0.017], [y + 0.013], marker="o", ms=5, ls="", **look)
    point.set(markerfacecolor=shade.ink, markeredgecolor=shade.fill)
    figure.add_artist(point)


def text(where: Any, x: float, y: float, text: str, size: float, **look: Any) -> None:
    """Write text as it is, in the font that comes with matplotlib."""
    weight = look.pop("weight", "normal")
    font = FontProperties(family=_FAMILY, size=size, weight=weight)
    look = {"color": PAPER["label"], "linespacing": 1.3} | look
    where.text(x, y, _drawable(text), fontproperties=font, parse_math=False, **look)


def _drawable(text: str) -> str:
    """Replace what the font cannot draw by the sign for an unknown letter."""
    known = _known_letters()
    return "".join(c if c == "\n" or ord(c) in known else "\ufffd" for c in text)


def _known_letters() -> Mapping[int, int]:
    return get_font(fontManager.findfont(FontProperties(family=_FAMILY))).get_charmap()
