"""Marks on the map in a real browser: what is drawn, said on pointing, read aloud, and listed."""

import pytest

pytest.importorskip("xstatic.pkg.leaflet")

from small_edition import CONVERTED, INDICATIVE, converted_edition, rt

from pbrt_geo.show.maps import standalone_map
from pbrt_geo.show.paint import paint_from

EVIDENCE = {"lineage": "silsilah", "households": "daftar keluarga", "area": "luas lahan"}

# the darkest and palest pixel of a canvas near the middle of an area
NEAR = """([id, canvas, reach]) => {
  const { x, y } = pbrtMap.look(id);
  const drawn = document.querySelector(`canvas.pbrt-${canvas}`);
  const { left, top } = drawn.getBoundingClientRect();
  const frame = document.querySelector(".leaflet-container").getBoundingClientRect();
  const [px, py] = [x + frame.left - left - reach, y + frame.top - top - reach];
  const data = drawn.getContext("2d").getImageData(px, py, 2 * reach, 2 * reach).data;
  const seen = [];
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) seen.push(data[i]);
  return seen.length ? [Math.min(...seen), Math.max(...seen)] : null;
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marks")
    edition = converted_edition(2006, 2008, folder)
    for theme in ("light", "dark"):
        made = standalone_map(paint_from(edition, "rt", "poverty_rate", theme=theme))
        made.save(str(folder / f"{theme}.html"))
    return folder.as_uri()


def opened(visit, address):
    page = visit(address)
    page.wait_for_function("() => window.pbrtMap?.look('').painted > 0")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_points_are_on_converted_areas_only_and_seen_on_any_class(visit, address, theme):
    page = opened(visit, f"{address}/{theme}.html")
    seen = {rt(i): page.evaluate(NEAR, [rt(i), "mark", 30]) for i in range(16)}
    assert {area for area, found in seen.items() if found} == set(CONVERTED)
    for darkest, palest in filter(None, seen.values()):
        assert darkest < 60
        assert palest > 200


def test_each_area_says_its_evidence_and_its_boundary(visit, address):
    page = opened(visit, f"{address}/light.html")
    for i in range(16):
        lines = page.evaluate("id => pbrtMap.look(id).lines", rt(i))
        said = [line for line in lines if "dikonversi" in line]
        wanted = CONVERTED.get(rt(i))
        assert said == ([f"\u2022 dikonversi (bukti: {EVIDENCE[wanted]})"] if wanted else [])
        assert ("batas indikatif" in lines) is (rt(i) == INDICATIVE)
    assert "6,5 dari 35 jiwa" in page.evaluate("id => pbrtMap.look(id).lines", rt(10))


def test_the_legend_and_a_screen_reader_are_told(visit, address):
    page = opened(visit, f"{address}/light.html")
    rows = page.locator(".pbrt-legend .pbrt-over-all").all_text_contents()
    assert rows == [
        "dikonversi (bukti: silsilah, daftar keluarga, luas lahan)4",
        "batas indikatif1",
    ]
    page.locator(".leaflet-container").focus()
    page.keyboard.press("Escape")
    page.evaluate("id => pbrtMap.show(id)", rt(8))  # what comes to the middle is read aloud
    page.wait_for_function("() => document.querySelector('.pbrt-live').textContent.includes('RT')")
    read = page.locator(".pbrt-live").text_content()
    assert read.endswith("\u2022 dikonversi (bukti: daftar keluarga)")
