"""Old and new boundaries of a comparison on one map, without the internet.

As with the other maps the folium map is the same in every run, and what is shown comes as a small
layer; the boundaries are loaded once, from the static folder.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import folium
import streamlit as st
from branca.element import Figure, MacroElement
from folium.template import Template
from streamlit_folium import st_folium

from dashboard import assets
from pbrt_geo.show.paint import script_literal

SCRIPT = Path(__file__).with_name("vintages.js")

COLOURS = {
    "ubah_batas": "#e69f00",
    "pecah": "#56b4e9",
    "gabung": "#009e73",
    "bentuk": "#f0e442",
    "bubar": "#d55e00",
    "ganti_nama": "#cc79a7",
    "ganti_nomor": "#8d8d8d",
}
"""Fill of each kind of proposal: hues that colour-blind readers tell apart (Okabe and Ito 2008)."""


@dataclass(frozen=True)
class Vintages:
    """What the map shows: two map files, which area is part of which proposal, one selected."""

    old: Path
    new: Path
    proposals: Mapping[str, str]
    of_old: Mapping[str, str]
    of_new: Mapping[str, str]
    words: Mapping[str, str]
    title: str
    language: str
    selected: str = ""
    briefing: bool = False

    def payload(self, address: Callable[[Path], str]) -> dict[str, Any]:
        """Return what the browser is sent."""
        kinds = list(self.proposals.values())
        return {
            "old": address(self.old),
            "new": address(self.new),
            "proposals": dict(self.proposals),
            "kinds_old": dict(self.of_old),
            "kinds_new": dict(self.of_new),
            "colours": COLOURS,
            "counts": {kind: kinds.count(kind) for kind in COLOURS if kind in kinds},
            "words": dict(self.words),
            "title": self.title,
            "language": self.language,
            "selected": self.selected,
            "rapat": self.briefing,
        }


class _Map(folium.Map):
    _template = Template(
        "{% macro header(this, kwargs) %}{% endmacro %}"
        "{% macro html(this, kwargs) %}"
        '<div class="folium-map" id={{ this.get_name()|tojson }} ></div>{% endmacro %}'
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = vintageMap.start({{ this.get_name()|tojson }});{% endmacro %}"
    )

    def __init__(self, scripts: Mapping[str, str]) -> None:
        super().__init__(tiles=None)
        self._name = "Map"  # streamlit-folium knows the map by it
        self.default_js = list(scripts.items())
        self.default_css = []
        cast(Figure, self.get_root()).header._children.clear()


class _Content(MacroElement):
    _template = Template(
        "{% macro script(this, kwargs) %}vintageMap.show({{ this.literal }});{% endmacro %}"
    )

    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__()
        self._name = "Content"
        self.literal = script_literal(payload)


class _Group(folium.FeatureGroup):
    _template = Template(
        "{% macro script(this, kwargs) %}var {{ this.get_name() }} = L.layerGroup();{% endmacro %}"
    )

    def render(self, **kwargs: Any) -> str:
        """Do nothing: streamlit-folium takes the script."""
        return ""


@cache
def script_address(static: Path = assets.STATIC) -> str:
    """Put the script of this map in place and return its address, seen from the frame."""
    return assets.script_of(SCRIPT, static)


def vintage_view(
    shown: Vintages, key: str, height: int, on_select: Callable[[str | None], None]
) -> None:
    """Show the map; `on_select` is told the proposal of an area that is clicked."""
    scripts = {"pbrt_map": assets.script_address(), "vintages": script_address()}
    group = _Group("vintages")
    group.add_child(_Content(shown.payload(assets.geometry_name)))

    def clicked() -> None:
        answer = st.session_state.get(key)
        on_select(answer.get("area") if isinstance(answer, dict) else None)

    st_folium(
        _Map(scripts),
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=[],
        feature_group_to_add=group,
        on_change=clicked,
    )
