"""Pages opened without a browser: over the editions of the sample, or over a small public shelf.

Started on the sample, which is internal, a meeting reads the small public shelf.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from public_edition import write_public_shelf
from shelves import sample_shelf
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import door
from dashboard.choices import Choices
from pbrt_geo.edition import Edition, read_shelf

APP = Path(__file__).resolve().parents[1] / "dashboard" / "app.py"
PAGES = (
    *("", "peta", "pertumbuhan", "perubahan", "cakupan"),
    *("profil", "batas", "penerbitan", "metode"),
)
BUILT: list[Path] = []
PUBLISHED: list[Path] = []
TALIWANG, TELAGA_BERTONG = "52.07.02", "52.07.02.1012"


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """The editions of the sample, built once for all tests of pages."""
    if not BUILT:
        BUILT.append(sample_shelf(tmp_path_factory.mktemp("shelf")))
    return BUILT[0]


@pytest.fixture(scope="session")
def shelf(folder) -> list[Edition]:
    return read_shelf(folder)


@pytest.fixture(scope="session")
def choices(shelf) -> Choices:
    return Choices.of(shelf)


@pytest.fixture(scope="session")
def rt_id(shelf) -> str:
    """An RT that was formed after the first edition."""
    splits = shelf[-1].events.query("kind == 'pecah' and level == 'rt'").index
    units = shelf[-1].event_units
    born = units.loc[units["event_id"].isin(splits) & units["role"].eq("after"), "unit_id"]
    areas = shelf[-1].areas
    young = areas[areas.index.isin(born) & (areas["born"] > "2007-01-01")]
    return str(young.index[young["has_polygon"].astype(bool)][0])


@pytest.fixture(scope="session")
def public_folder(tmp_path_factory) -> Path:
    """A small public shelf, written once for all tests of pages."""
    if not PUBLISHED:
        folder = tmp_path_factory.mktemp("public")
        write_public_shelf(folder)
        PUBLISHED.append(folder)
    return PUBLISHED[0]


@pytest.fixture
def page(folder, public_folder, monkeypatch) -> Callable[..., AppTest]:
    """Open a page where the shelf is internal: `page("peta", tahun="2006")`."""
    monkeypatch.setenv(door.SHELF_VARIABLE, str(folder))
    monkeypatch.setenv(door.PUBLIC_VARIABLE, str(public_folder))
    return open_page


@pytest.fixture
def public_page(public_folder, monkeypatch) -> Callable[..., AppTest]:
    """Open a page where there are no editions but public ones."""
    monkeypatch.setenv(door.SHELF_VARIABLE, str(public_folder))
    monkeypatch.setenv(door.PUBLIC_VARIABLE, str(public_folder / "nothing here"))
    return open_page


def open_page(address: str = "", **query: str) -> AppTest:
    """Open a page on the shelves that are named."""
    app = AppTest.from_file(str(APP), default_timeout=30)
    app._page_hash = calc_hash(address)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def forget() -> None:
    """Let the next page read its shelf anew."""
    st.cache_resource.clear()


def said(app: AppTest) -> str:
    """All text of a page that is not in a component."""
    parts = [
        *app.title,
        *app.header,
        *app.subheader,
        *app.markdown,
        *app.caption,
        *app.info,
        *app.warning,
        *app.error,
    ]
    metrics = [f"{m.label} {m.value} {m.delta}" for m in app.metric]
    return "\n".join([*(str(part.value) for part in parts), *metrics]).replace("\\", "")


def address_of(app: AppTest) -> dict[str, str]:
    """The address as a link would hold it."""
    return {k: v[0] if isinstance(v, list) else v for k, v in app.query_params.items()}
