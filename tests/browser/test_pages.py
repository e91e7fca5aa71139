"""Every page in a real Chromium: nothing from outside, nothing fails, the maps are drawn."""

import re
import shutil
from pathlib import Path

import geopandas as gpd
import pytest
from public_edition import write_public_shelf
from shapely.geometry import box
from shelves import sample_shelf

from browser.conftest import REPOSITORY, wait_until_quiet
from pbrt_geo.boundaries import compare_boundaries
from pbrt_geo.comparison import write_comparison

PAGES = {
    "": "Ringkasan",
    "peta": "Peta",
    "pertumbuhan": "Pertumbuhan RT",
    "perubahan": "Perubahan",
    "cakupan": "Cakupan program",
    "profil": "Profil RT",
    "batas": "Perbandingan batas",
    "penerbitan": "Penerbitan",
    "metode": "Metode dan data",
}
ENGLISH = {
    "": "Overview",
    "peta": "Map",
    "pertumbuhan": "Growth of the RT",
    "perubahan": "Change",
    "cakupan": "Programme coverage",
    "profil": "RT profile",
    "batas": "Boundaries compared",
    "penerbitan": "Publishing",
    "metode": "Method and data",
}
INTERNAL = {"id": "Tidak ada di edisi publik", "en": "Not in a public edition"}
"""Title of the pages `batas` and `penerbitan` in a meeting."""

WITH_MAP = ("", "peta", "pertumbuhan", "perubahan", "cakupan")
TELAGA_BERTONG = "52.07.02.1012"
BELO = "52.07.01.2002"

# share of the map's canvas that is drawn on
DRAWN = """() => {
  const canvas = document.querySelector("canvas.pbrt-fill");
  if (!canvas || !canvas.width) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let n = 0;
  for (let i = 3; i < data.length; i += 4) n += data[i] > 0;
  return n / (data.length / 4);
}"""


@pytest.fixture(scope="module")
def site(serve, tmp_path_factory):
    folder = sample_shelf(tmp_path_factory.mktemp("shelf"))
    compared = tmp_path_factory.mktemp("compared")
    write_comparison(_compared(), compared / "uji")
    public = tmp_path_factory.mktemp("public")
    write_public_shelf(public)
    env = {"PBRT_EDITIONS": str(folder), "PBRT_COMPARISONS": str(compared)}
    env |= {"PBRT_PUBLIC": str(public)}
    return serve(REPOSITORY / "dashboard" / "serve.py", env)


def _compared():
    """Two desa of which the left one was parted, its new name trying to do harm."""
    left, right = box(116.8, -8.8, 116.84, -8.76), box(116.84, -8.9, 117.04, -8.7)
    parts = [box(116.8, -8.8, 116.82, -8.76), box(116.82, -8.8, 116.84, -8.76)]
    old = {"code": ["A1", "A2"], "name": ["Goa", "Beru"]}
    new = {"code": ["A1", "A3", "A2"], "name": ["Goa", "<img src=x onerror=alert(1)>", "Beru"]}
    return compare_boundaries(
        gpd.GeoDataFrame(old, geometry=[left, right], crs=4326),
        gpd.GeoDataFrame(new, geometry=[*parts, right], crs=4326),
    )


def drawn(page) -> float:
    """Wait until a map is drawn, and return how much of it."""
    frame = page.frame_locator('iframe[title^="streamlit_folium"], iframe[src*="st_folium"]').first
    frame.locator("canvas.pbrt-fill").wait_for(timeout=20_000)
    owner = next(frame for frame in page.frames if "st_folium" in frame.url)
    owner.wait_for_function(f"() => ({DRAWN})() > 0.02", timeout=20_000)
    return owner.evaluate(DRAWN)


def map_of(page):
    """Return the frame of the map."""
    return next(frame for frame in page.frames if "st_folium" in frame.url)


def place_of(page, area: str) -> dict[str, float]:
    """Wait until the map stands still, and return where an area is on it."""
    owner = map_of(page)
    before = None
    for _ in range(40):
        seen = owner.evaluate("id => pbrtMap.look(id)", area)
        place = {"x": seen["x"], "y": seen["y"]}
        if place == before:
            return place
        before = place
        page.wait_for_timeout(250)
    raise AssertionError("the map does not come to rest")


def settle(page) -> None:
    """Wait until the page has run to its end."""
    page.locator("h1").first.wait_for(timeout=30_000)
    page.wait_for_function(
        "() => document.querySelector('.stApp')?.getAttribute('data-test-script-state')"
        " === 'notRunning'",
        timeout=30_000,
    )


def open_all(site, visit, query: str = "", **options):
    """Open every page in one browser, one after the other, each to its end."""
    page = None
    for address in PAGES:
        url = f"{site.url}/{address}?{query}".rstrip("?")
        page = visit(url, **options) if page is None else page
        if address:
            page.goto(url)
        settle(page)
        if address in WITH_MAP:
            assert drawn(page) > 0.02
        wait_until_quiet(page)
        yield address, page


@pytest.mark.parametrize("rapat", [False, True], ids=["usual", "rapat"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_is_clean(site, visit, language, rapat):
    query = "&".join(["bahasa=en"] * (language == "en") + ["rapat=1"] * rapat)
    titles = ENGLISH if language == "en" else PAGES
    if rapat:
        titles = titles | dict.fromkeys(("batas", "penerbitan"), INTERNAL[language])
    for address, page in open_all(site, visit, query):
        if not (rapat and address == "peta"):
            assert page.locator("h1").first.inner_text() == titles[address]
        assert page.locator("html").get_attribute("lang") == language
        page.log.assert_clean(site.url)


def test_menu_keeps_choices_and_one_step_back(site, visit):
    page = visit(f"{site.url}/?desa={TELAGA_BERTONG}&bahasa=en")
    settle(page)
    drawn(page)
    wait_until_quiet(page)
    page.locator('[data-testid="stSidebar"]').get_by_text("RT growth", exact=True).click()
    page.get_by_role("heading", name="Growth of the RT").wait_for()
    assert "/pertumbuhan?" in page.url and f"desa={TELAGA_BERTONG}" in page.url
    settle(page)
    drawn(page)
    wait_until_quiet(page)
    page.go_back()
    page.get_by_role("heading", name="Overview").wait_for()
    assert f"desa={TELAGA_BERTONG}" in page.url
    page.log.assert_clean(site.url)


def test_click_on_the_map_shows_the_card_and_writes_the_address(site, visit):
    page = visit(f"{site.url}/peta?level=desa", height=1000)  # tall: nothing scrolls
    settle(page)
    drawn(page)
    page.locator("iframe[src*=st_folium]").first.click(position=place_of(page, BELO))
    page.locator(".st-key-card").get_by_text("Desa Belo").wait_for()
    page.wait_for_url(re.compile(f"pilih={BELO}"))
    page.log.assert_clean(site.url)


def test_files_are_made_when_asked_for(site, visit, tmp_path):
    page = visit(f"{site.url}/peta?level=kecamatan")
    settle(page)
    firsts = {
        "CSV": b"\xef\xbb\xbf",
        "Excel": b"PK",
        "GeoJSON": b"{",
        "GeoPackage": b"SQLite",
        "Gambar PNG": b"\x89PNG",
    }
    for label, first in firsts.items():
        with page.expect_download(timeout=30_000) as waiting:
            page.get_by_role("button", name=label, exact=True).click()
        target = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(target)
        assert target.read_bytes().startswith(first), label
        assert "kecamatan_2008-12-31" in target.name
    page.log.assert_clean(site.url)


def test_a_step_of_the_slider_sends_only_values(site, visit):
    page = visit(f"{site.url}/pertumbuhan?ukuran=poverty_rate", height=1200)
    settle(page)
    drawn(page)
    wait_until_quiet(page)
    owner = map_of(page)
    before, n_before = owner.evaluate("() => pbrtMap.look('')"), len(page.log.requests)
    page.log.received = 0
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    owner.wait_for_function("n => pbrtMap.look('').painted > n", arg=before["painted"])
    page.wait_for_url(re.compile("tahun_peta=2007"))
    after = owner.evaluate("() => pbrtMap.look('')")
    for same in ("count", "zoom", "center", "title"):
        assert after[same] == before[same]
    assert after["counts"] != before["counts"]
    settle(page)
    wait_until_quiet(page)
    assert not [url for url in page.log.requests[n_before:] if "/static/" in url]
    assert page.log.received < 20_000
    page.log.assert_clean(site.url)


def test_a_converted_value_is_marked_on_the_map_and_in_files(site, visit, tmp_path):
    page = visit(f"{site.url}/peta?tahun=2006&batas=2008", height=1000)
    settle(page)
    drawn(page)
    page.get_by_text("Angka 2006 pada batas 2008", exact=False).first.wait_for()
    mark = "dikonversi (bukti: "
    assert mark in map_of(page).locator(".pbrt-legend").inner_text()
    for label in ("CSV", "GeoJSON"):
        with page.expect_download(timeout=30_000) as waiting:
            page.get_by_role("button", name=label, exact=True).click()
        target = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(target)
        assert target.read_text(encoding="utf-8-sig").count(mark) > 100
        assert "2006-12-31_batas_2008-12-31" in target.name
    page.log.assert_clean(site.url)


def test_a_click_on_a_changed_area_shows_its_proposal(site, visit):
    page = visit(f"{site.url}/batas", height=1000)
    page.on("dialog", lambda dialog: pytest.fail(f"a name opened {dialog.message}"))
    settle(page)
    page.locator("iframe[src*=st_folium]").first.wait_for()
    owner = map_of(page)
    owner.wait_for_function("() => window.vintageMap?.look('P001').drawn > 0")
    before = owner.evaluate("() => vintageMap.look('P001')")
    place = {"x": before["x"] - 4, "y": before["y"]}
    page.locator("iframe[src*=st_folium]").first.click(position=place)
    page.locator(".st-key-card").get_by_text("P001", exact=False).first.wait_for()
    page.wait_for_url(re.compile("usulan=P001"))
    owner.wait_for_function("z => vintageMap.look('P001').zoom > z", arg=before["zoom"])
    page.get_by_text("Terima", exact=True).first.click()
    page.get_by_text("1 diterima", exact=False).wait_for()
    settle(page)
    wait_until_quiet(page)
    with page.expect_download(timeout=30_000) as waiting:
        page.get_by_role("button", name="Unduh usulan", exact=False).click()
    assert waiting.value.suggested_filename == "uji_keputusan.csv"
    page.log.assert_clean(site.url)


@pytest.mark.parametrize("width", [390, 1024, 3840])
def test_no_page_is_wider_than_the_screen(site, visit, width):
    for address, page in open_all(site, visit, width=width, height=844):
        main = page.locator('[data-testid="stMain"]')
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, address


def test_choices_by_keyboard(site, visit):
    page = visit(f"{site.url}/")
    settle(page)
    page.get_by_label("Kecamatan", exact=False).first.focus()
    page.keyboard.type("Seteluk")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"kecamatan=52\.07\.03"))
    page.log.assert_clean(site.url)


def test_hostile_names_are_shown_letter_by_letter(serve, visit, tmp_path):
    from pbrt_geo.region import read_region
    from pbrt_geo.seal import build_edition

    names = ["Ma`ruf", "<img src=x onerror=alert(1)>", "${7*7}", "![x](http://example.invalid/x)"]
    region = tmp_path / "region"
    shutil.copytree(REPOSITORY / "geodata" / "sample", region)
    target = _rename(region / "event_units.csv", names)
    last = list(read_region(region).rounds)[-1]
    build_edition(read_region(region), last, tmp_path / "shelf" / "one")
    site = serve(REPOSITORY / "dashboard" / "serve.py", {"PBRT_EDITIONS": str(tmp_path / "shelf")})
    for name, rt_id in target.items():
        for address in ("peta?pilih", "profil?rt"):
            page = visit(f"{site.url}/{address}={rt_id}")
            page.on("dialog", lambda dialog: pytest.fail(f"a name opened {dialog.message}"))
            settle(page)
            page.get_by_text(name, exact=False).first.wait_for()
            page.log.assert_clean(site.url)


def _rename(file: Path, names: list[str]) -> dict[str, str]:
    import pandas as pd

    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    untouched = rows[
        rows["unit_id"].str.startswith("RT-") & ~rows["unit_id"].duplicated(keep=False)
    ]
    targets = dict(zip(names, untouched["unit_id"], strict=False))
    for name, rt_id in targets.items():
        rows.loc[rows["unit_id"] == rt_id, "name"] = name
    rows.to_csv(file, index=False)
    return targets
