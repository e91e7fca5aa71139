"""One page with one map, for `bench_map.py`: `MAP_MODE` is `ours` or `stock`, `MAP_N` the areas,
`MAP_SHELF` a folder of real editions instead.

Stock is what folium's and streamlit-folium's own examples show: `folium.Choropleth` of the same
boundaries and numbers in `st_folium`. Its links are rewritten to the same local Leaflet, without
its colour legend: as published it stays blank without internet.
"""

import json
import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import streamlit as st

from benchmarks.map_edition import INDICATORS, SyntheticEdition
from dashboard import assets
from dashboard.mapview import map_view
from pbrt_geo.edition import Edition, read_shelf
from pbrt_geo.show.offline import leaflet_file, localise
from pbrt_geo.show.paint import Paint, paint_from

MODE = os.environ.get("MAP_MODE", "ours")
WORK = Path(os.environ["MAP_WORK"])
HEIGHT = 560


@st.cache_resource(show_spinner=False)
def shelf() -> list[Edition | SyntheticEdition]:
    if "MAP_SHELF" in os.environ:
        made = read_shelf(os.environ["MAP_SHELF"])
    else:
        made = [SyntheticEdition(int(os.environ.get("MAP_N", "695")), WORK)]
    assets.prepare(made[-1:], WORK / "static")
    return made


def edition() -> Edition | SyntheticEdition:
    return shelf()[-1]


@st.cache_resource(show_spinner=False)
def collection() -> dict:
    return json.loads(edition().map_file("rt").read_text(encoding="utf-8"))


@st.cache_resource(
    max_entries=1, show_spinner=False
)  # a click paints what is known; another indicator or year is counted
def painted(indicator: str, year: int) -> Paint:
    shown = {"pool": shelf(), "shapes": edition()} if len(shelf()) > 1 else {}
    return paint_from(shelf()[year], "rt", indicator, key="bench", **shown)


def ours(indicator: str, year: int, area: str | None) -> None:
    paint = painted(indicator, year).marked(selected=area)
    map_view(paint, "map", HEIGHT, on_select=choose, static=WORK / "static")


def chosen_year() -> int:
    """The year of the slider, as on the page of growth; the last one where there is no other."""
    places = list(range(len(shelf())))
    if MODE != "ours" or len(places) < 2:
        return places[-1]
    return st.select_slider("year", places, places[-1], label_visibility="collapsed")


def choose(area: str | None) -> None:
    st.session_state["area"] = area


def stock(indicator: str) -> None:
    import folium
    from streamlit_folium import st_folium

    for name in ("leaflet.js", "leaflet.css"):
        (WORK / "static" / name).write_text(leaflet_file(name), encoding="utf-8")
    local = "../../app/static/leaflet."
    localise({"leaflet": f"{local}js", "leaflet_css": f"{local}css"})
    made = folium.Map(tiles=None)
    values = edition().column(indicator, "rt").reset_index()
    layer = folium.Choropleth(
        collection(),
        data=values,
        columns=["area_id", "value"],
        key_on="feature.properties.id",
        fill_color="YlOrBr",
    )
    layer._children = {k: v for k, v in layer._children.items() if "color_map" not in k}
    layer.color_scale = None
    layer.add_to(made)
    made.fit_bounds(layer.get_bounds())
    answer = st_folium(
        made,
        key="map",
        height=HEIGHT,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
    )
    drawing = (answer or {}).get("last_active_drawing")
    st.session_state["area"] = drawing["properties"]["id"] if drawing else None


st.set_page_config(layout="wide", page_title="map")
st.html("<style>.block-container{padding:1rem 2rem 0!important}</style>")
names = [indicator.id for indicator in INDICATORS]
wanted = st.radio("indicator", names, horizontal=True, label_visibility="collapsed")
year = chosen_year()
map_place, card = st.columns([4, 1])
with map_place:
    if MODE == "ours":
        ours(wanted, year, st.session_state.get("area"))
    elif MODE == "stock":
        stock(wanted)
with card:
    chosen = st.session_state.get("area")
    st.text(f"card {chosen}")
    if chosen:
        st.dataframe(edition().column(wanted, "rt").loc[[chosen]].T.astype(str))
