"""The map on a page: the only call of streamlit-folium.

The folium map is the same in every run, so the browser never builds it again; what changes is a
layer of a few kilobytes. A click comes back before the page runs (`on_select`), so the card of an
area is there after one run, not two.
"""

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit_folium import st_folium

from dashboard import assets
from pbrt_geo.show.maps import constant_map, paint_group
from pbrt_geo.show.paint import Paint


def map_view(
    paint: Paint,
    key: str,
    height: int = 560,
    on_select: Callable[[str | None], None] | None = None,
    static: Path = assets.STATIC,
) -> str | None:
    """
    Show a map and return the area that was clicked.

    Parameters
    ----------
    paint
        What to show; see `pbrt_geo.show.paint.paint_from`.
    key
        Name of the map on the page; keep it when only the paint changes.
    height
        Height in pixels, the legend of narrow screens included.
    on_select
        Called before the run that a click starts: with the id of the area, or None where the
        click was beside all areas. It may change the session state.

    Returns
    -------
    area_id
        The area of the last click on this map, None after a click beside all areas.
    """

    def clicked() -> None:
        if on_select is not None:
            on_select(_area(st.session_state.get(key)))

    answer = st_folium(
        constant_map(assets.script_address(static)),
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=[],
        feature_group_to_add=paint_group(paint, lambda path: assets.geometry_name(path, static)),
        on_change=clicked,
    )
    return _area(answer)


def _area(answer: object) -> str | None:
    area = answer.get("area") if isinstance(answer, dict) else None
    return area if isinstance(area, str) else None
