"""The current view as a file; nothing is made before a button is pressed."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import changes, data, lookups, state
from dashboard.text import say
from pbrt_geo.edition import Edition
from pbrt_geo.show import export
from pbrt_geo.show.change_view import ChangeView, change_view

FORMATS: dict[str, tuple[str, Callable[[export.View], bytes]]] = {
    "csv": ("text/csv", export.to_csv),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        export.to_xlsx,
    ),
    "geojson": ("application/geo+json", export.to_geojson),
    "gpkg": ("application/geopackage+sqlite3", export.to_gpkg),
}


def offer() -> None:
    """Offer the rows of the map in every format, and the map as an image."""
    chosen, edition = state.choice(), data.edition()
    indicator = edition.indicator(chosen.indicator)
    areas = pd.Index(lookups.area_rows().index)
    view = export.View(edition, data.level(), (indicator,), chosen.language, areas)
    with st.container(key="downloads", horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(say("map.downloads", chosen.language), width="content")
        for name, (mime, write) in FORMATS.items():
            _button(name, mime, view, write)
        _button("png", "image/png", view, image_of(data.all_years(), chosen))


def image_of(pool: list[Edition], chosen: state.Choice) -> Callable[[export.View], bytes]:
    """Return a function that draws the map of the choice; a file is made outside a page's run."""

    def draw(view: export.View) -> bytes:
        from pbrt_geo.show.image import png_map  # matplotlib is slow to load

        return png_map(
            view.edition,
            view.level,
            view.indicators[0].id,
            view.language,
            focus=chosen.area or None,
            method=chosen.breaks,  # type: ignore[arg-type]
            pool=pool,
            rapat=chosen.briefing,
        )

    return draw


def offer_change() -> None:
    """Offer the rows of the map of change in every format, and the map as an image."""
    chosen = state.choice()
    before, after = changes.editions()
    areas = pd.Index(changes.rows().index)
    made = change_view(before, after, chosen.indicator, data.level(), chosen.language, areas)
    pool = data.shelf().series(data.change_years()[2])
    with st.container(key="downloads", horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(say("map.downloads", chosen.language), width="content")
        for name, (mime, write) in FORMATS.items():
            _button(name, mime, made, write)
        _button("png", "image/png", made, change_image_of(pool, chosen))


def change_image_of(pool: list[Edition], chosen: state.Choice) -> Callable[[ChangeView], bytes]:
    """Return a function that draws the map of the change; made outside a page's run."""

    def draw(view: ChangeView) -> bytes:
        from pbrt_geo.show.change_image import png_change  # matplotlib is slow to load

        return png_change(view, chosen.desa or chosen.kecamatan or None, pool, chosen.briefing)

    return draw


def _button(name: str, mime: str, view: Any, write: Callable[[Any], bytes]) -> None:
    st.download_button(
        say(f"map.download.{name}", view.language),
        lambda: write(view),
        file_name=f"{view.file_stem}.{name}",
        mime=mime,
        key=f"download_{name}",
        on_click="ignore",
    )
