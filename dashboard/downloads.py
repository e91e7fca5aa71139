"""The current view as a file; nothing is made before a button is pressed."""

from collections.abc import Callable

import streamlit as st

from dashboard import data, state
from dashboard.text import say
from pbrt_geo.show import export

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
    """Offer the rows under the map in every format, and the map as an image."""
    chosen = state.choice()
    if chosen.briefing and chosen.level == "rt":
        return
    edition = data.edition()
    within, _ = data.scope()
    rows = data.area_rows().index
    view = export.view(edition, chosen.level, [chosen.indicator], chosen.language, rows)
    with st.container(key="downloads", horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(say("map.downloads", chosen.language), width="content")
        for name, (mime, write) in FORMATS.items():
            _button(name, mime, view.file_stem, lambda write=write: write(view))
        _button("png", "image/png", view.file_stem, _image(view, chosen, within))


def _image(view: export.View, chosen: state.Choice, within: str) -> Callable[[], bytes]:
    def draw() -> bytes:
        from pbrt_geo.show.image import png_map  # matplotlib is slow to load

        return png_map(
            view.edition,
            view.level,
            chosen.indicator,
            chosen.language,
            focus=within or None,
            method=chosen.breaks,
            pool=data.shelf().editions,
            rapat=chosen.briefing,
        )

    return draw


def _button(name: str, mime: str, stem: str, make: Callable[[], bytes]) -> None:
    st.download_button(
        say(f"map.download.{name}", state.choice().language),
        make,
        file_name=f"{stem}.{name}",
        mime=mime,
        key=f"download_{name}",
        on_click="ignore",
    )
