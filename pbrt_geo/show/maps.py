"""The folium map of a paint, for dashboards, notebooks and files.

`constant_map` is the same for every paint, so a dashboard never rebuilds it; `paint_group` is the
small layer that carries a paint to it. `notebook_map` puts both into one map that needs no
server and no internet.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template

from pbrt_geo.show.geometry import compact
from pbrt_geo.show.offline import bundle
from pbrt_geo.show.paint import Paint, harmless, paint_from, script_json, script_literal

if TYPE_CHECKING:
    from pbrt_geo.edition import Edition


class AreaMap(folium.Map):
    """A folium map that draws areas with the script of this library and loads nothing else."""

    _template = Template(
        "{% macro header(this, kwargs) %}{% endmacro %}"
        "{% macro html(this, kwargs) %}"
        '<div class="folium-map" id={{ this.get_name()|tojson }} ></div>{% endmacro %}'
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = pbrtMap.start({{ this.get_name()|tojson }});{% endmacro %}"
    )

    def __init__(self, script_address: str | None = None) -> None:
        super().__init__(tiles=None)
        self._name = "Map"  # streamlit-folium knows the map by it
        self.default_js = [("pbrt_map", script_address)] if script_address else []
        self.default_css = []


class _Values(MacroElement):
    _template = Template(
        "{% macro script(this, kwargs) %}pbrtMap.paint({{ this.literal }});{% endmacro %}"
    )

    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__()
        self._name = "Values"
        self.literal = script_literal(payload)


class _ValueGroup(folium.FeatureGroup):
    """A feature group without layers: streamlit-folium evaluates it, and nothing stays behind."""

    _template = Template(
        "{% macro script(this, kwargs) %}var {{ this.get_name() }} = L.layerGroup();{% endmacro %}"
    )

    def render(self, **kwargs: Any) -> str:
        """Do nothing: streamlit-folium takes the script, and a page of its own is never made."""
        return ""


class _Geometry(MacroElement):
    _template = Template(
        "{% macro script(this, kwargs) %}"
        "pbrtMap.keep({{ this.address }}, {{ this.json }});{% endmacro %}"
    )

    def __init__(self, address: str, geometry: str) -> None:
        super().__init__()
        self._name = "Geometry"
        self.address = script_json(address)
        self.json = harmless(geometry)


def constant_map(script_address: str) -> AreaMap:
    """Return the folium map of every paint; `script_address` is where `bundle()` is served."""
    made = AreaMap(script_address)
    cast(Figure, made.get_root()).header._children.clear()  # sent at every change
    return made


def paint_group(paint: Paint, address: Callable[[Path], str]) -> folium.FeatureGroup:
    """Return the layer that carries a paint to the constant map."""
    group = _ValueGroup("values")
    group.add_child(_Values(paint.payload(address)))
    return group


def notebook_map(
    edition: "Edition",
    indicator_id: str,
    level: str = "rt",
    language: str = "id",
    height: int = 560,
    **options: Any,
) -> folium.Map:
    """
    Return a map that shows itself in a notebook and can be saved as one file.

    Leaflet, the boundaries and the numbers are inside: `notebook_map(...).save("map.html")` opens
    without internet. `options` are those of `paint_from`.
    """
    options = {"theme": "light"} | options
    return standalone_map(
        paint_from(edition, level, indicator_id, language=language, **options), height
    )


def standalone_map(paint: Paint, height: int = 560) -> folium.Map:
    """Return a map that holds a paint, its boundaries and Leaflet in itself."""
    made = AreaMap()
    figure = cast(Figure, made.get_root())
    figure.height = f"{height}px"
    script = Element("<script>{{ this.code }}</script>")
    script.code = bundle()  # type: ignore[attr-defined]
    figure.header.add_child(script, name="pbrt_map")
    for path in (paint.geometry, *paint.outlines):
        made.add_child(_Geometry(path.name, compact(path)))
    made.add_child(_Values(paint.payload(lambda path: path.name)))
    return made
