"""folium without the internet: one local script, and no address of another host.

folium and its plugins load Leaflet, jQuery, Bootstrap and fonts from other hosts; a map without
them stays blank, and nothing says why. A map of areas needs Leaflet only. Leaflet comes from the
package XStatic-Leaflet and is joined with the code of this library into one script, which
the dashboard serves and a notebook holds inside its own page.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

import folium.plugins  # noqa: F401  the links of a plugin are known once it is imported
from folium.elements import JSCSSMixin

from pbrt_geo.schema import EVIDENCE
from pbrt_geo.show.packing import DIGITS
from pbrt_geo.show.palette import (
    MARKS,
    NOTHINGS,
    PAGE,
    THEMES,
    change_shades,
    class_shades,
    mark_shade,
    nothing_shade,
    way_shades,
)
from pbrt_geo.text import LANGUAGES, texts

_SCRIPTS = (
    "geometry.js",
    "raster.js",
    "areas.js",
    "names.js",
    "legend.js",
    "map.js",
    "listen.js",
)


@cache
def bundle() -> str:
    """Return the one script a map needs: Leaflet, styles, colours, words and the drawing code."""
    style = json.dumps(leaflet_file("leaflet.css") + _own("map.css"))
    constants = {
        "PALETTES": {theme: _palette(theme) for theme in THEMES},
        "WORDS": {language: _words(language) for language in LANGUAGES},
        "STATES": NOTHINGS,
        "DIGITS": DIGITS,
    }
    declared = [f"const {name} = {json.dumps(value)};" for name, value in constants.items()]
    own = "\n".join([*declared, *(_own(name) for name in _SCRIPTS)])
    leaflet = re.sub(r"//# sourceMappingURL=\S+", "", leaflet_file("leaflet.js"))
    return (
        f"{leaflet}\n(function () {{\n"
        'const style = document.createElement("style");\n'
        f"style.textContent = {style};\ndocument.head.append(style);\n{own}\n}})();\n"
    )


def leaflet_file(name: str) -> str:
    """Return a text file of Leaflet from the package that ships it."""
    return files("xstatic.pkg.leaflet").joinpath("data", name).read_text(encoding="utf-8")


def localise(local: Mapping[str, str] | None = None) -> None:
    """
    Rewrite the links of folium and of all its plugins, before a map is built.

    Parameters
    ----------
    local
        Address by folium's name of the asset (`leaflet`, `leaflet_css`, ...); an asset without a
        local address is not loaded at all.
    """
    local = local or {}
    for kind in {JSCSSMixin, *_descendants(JSCSSMixin)}:
        for links in ("default_js", "default_css"):
            if links in vars(kind):
                kept = [(name, local[name]) for name, _ in vars(kind)[links] if name in local]
                setattr(kind, links, kept)


def _descendants(kind: type) -> Iterator[type]:
    child: type
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def _own(name: str) -> str:
    return files("pbrt_geo.show").joinpath("leaflet", name).read_text(encoding="utf-8")


def _palette(theme: Any) -> dict[str, Any]:
    return {
        "classes": {n: [asdict(shade) for shade in class_shades(n, theme)] for n in range(1, 6)},
        "change": [asdict(shade) for shade in change_shades(theme)],
        "ways": [asdict(shade) for shade in way_shades(theme)],
        "nothings": {state: asdict(nothing_shade(state, theme)) for state in NOTHINGS},
        "marks": {mark: asdict(mark_shade(mark, theme)) for mark in MARKS},
        "page": PAGE[theme],
    }


def _words(language: str) -> dict[str, str]:
    known = texts(language)
    words = {key[4:]: text for key, text in known.items() if re.fullmatch(r"map\.\w+", key)}
    states = {state: known[f"state.{state}"] for state in NOTHINGS}
    evidence = {f"evidence_{name}": known[f"evidence.{name}"] for name in EVIDENCE}
    marks = {
        "known": known["value.known"],
        "converted": known["value.converted"],
        "indicative": known["boundary_kind.indicative"],
    }
    return words | states | evidence | marks
