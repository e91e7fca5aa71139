"""A page with a map and every choice in its address, for `test_map.py`; not part of the dashboard.

The place and size of the invented edition come from MAP_WORK and MAP_N.
"""

import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))

import streamlit as st

from benchmarks.map_edition import SyntheticEdition
from dashboard import assets
from dashboard.mapview import map_view
from pbrt_geo.edition import Edition, read_shelf
from pbrt_geo.show.paint import Paint, paint_change, paint_from

WORK = Path(os.environ["MAP_WORK"])
PLAIN = {"indicator": "poverty_rate", "level": "rt", "method": "fixed", "language": "id"}


@st.cache_resource
def editions() -> list[Edition | SyntheticEdition]:
    if "MAP_SHELF" in os.environ:
        made = read_shelf(os.environ["MAP_SHELF"])[-2:]
        assets.prepare(made, WORK / "static")
        return made
    n = int(os.environ.get("MAP_N", "300"))
    made = [SyntheticEdition(n, WORK, hostile=True, year=year) for year in (2007, 2008)]
    assets.prepare(made, WORK / "static")
    return made


def choose(area: str | None) -> None:
    st.session_state["area"] = area


def paint(beside: bool = False) -> Paint:
    asked = PLAIN | st.query_params.to_dict()
    shared = {
        "language": asked["language"],
        "focus": asked.get("focus"),
        "selected": st.session_state.get("area"),
        "rapat": "rapat" in asked,
        "sync": "pair" if "pair" in asked else "",
        "key": f"map{beside}",
    }
    level, indicator = st.session_state.get("level", asked["level"]), asked["indicator"]
    if "change" in asked:
        return paint_change(*editions(), level, indicator, **shared)
    edition = editions()[0 if beside else 1]
    wanted = st.session_state.get("indicator", indicator)
    return paint_from(edition, level, wanted, method=asked["method"], pool=editions(), **shared)


st.set_page_config(layout="wide", page_title="map")
st.html("<style>.block-container{padding:.5rem 1rem 0!important}</style>")
st.radio("indicator", ["poverty_rate", "n_poor"], key="indicator", horizontal=True)
LEVELS = ["rt", "desa", "kecamatan"]
first = LEVELS.index(st.query_params.get("level", "rt"))
st.radio("level", LEVELS, first, key="level", horizontal=True)
height = int(st.query_params.get("height", "560"))
if "pair" in st.query_params:
    for place, beside in zip(st.columns(2), (True, False), strict=True):
        with place:
            map_view(paint(beside), f"map{beside}", height, choose, WORK / "static")
else:
    map_view(paint(), "mapFalse", height, choose, WORK / "static")
st.text(f"card {st.session_state.get('area')}")
