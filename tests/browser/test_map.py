"""The map in a real browser: it draws, keeps the view, answers, and never runs a name as code."""

import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("streamlit_folium")
pytest.importorskip("xstatic.pkg.leaflet")

sys.path.append(str(Path(__file__).resolve().parents[2]))

from benchmarks.map_edition import NAMES, SyntheticEdition
from pbrt_geo.show.legend import shades_of
from pbrt_geo.show.maps import notebook_map
from pbrt_geo.show.paint import paint_from

PAGE = Path(__file__).with_name("map_page.py")
AREA = "RT-5207-00150-0"
N_AREAS = 300

# what a canvas wrote, kept while the map draws itself
SPY = """() => {
  window.written = [];
  const own = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    window.written.push(text);
    return own.call(this, text, ...rest);
  };
}"""
COLOURED = """() => {
  const canvas = document.querySelector("canvas.pbrt-fill");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let painted = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i]) painted++;
  return painted / (data.length / 4);
}"""

COLOUR_AT = """id => {
  const canvas = document.querySelector("canvas.pbrt-fill");
  const { left, top } = canvas.getBoundingClientRect();
  const { x, y } = pbrtMap.look(id);
  const pixel = canvas.getContext("2d").getImageData(x - left, y - top, 1, 1).data;
  return "#" + [...pixel.slice(0, 3)].map((part) => part.toString(16).padStart(2, "0")).join("");
}"""


@pytest.fixture(scope="module")
def site(serve, tmp_path_factory):
    work = tmp_path_factory.mktemp("map")
    app = f"import runpy\nrunpy.run_path({str(PAGE)!r}, run_name='__main__')\n"
    folder = work / "app.py"
    folder.write_text(app, encoding="utf-8")
    return serve(folder, {"MAP_WORK": str(work), "MAP_N": str(N_AREAS)})


def frame_of(page, number=0):
    """Return the frame of a map once it has painted."""
    page.wait_for_function("n => document.querySelectorAll('iframe').length > n", arg=number)
    frame = page.locator("iframe").nth(number).element_handle().content_frame()
    try:
        frame.wait_for_function("() => window.pbrtMap?.look('').painted > 0")
    except Exception as error:
        said = frame.evaluate(
            "() => [document.body.innerText, !!window.map, innerWidth, innerHeight]"
        )
        raise AssertionError(f"{said} {page.log}") from error
    return frame


def look(frame, area=AREA):
    return frame.evaluate("id => pbrtMap.look(id)", area)


def spot(page, frame, area):
    """Return where an area is on the screen."""
    seen = look(frame, area)
    box = page.locator("iframe").first.bounding_box()
    return box["x"] + seen["x"], box["y"] + seen["y"]


def change(page, frame, label):
    painted = look(frame)["painted"]
    page.get_by_text(label, exact=True).first.click()
    frame.wait_for_function("n => pbrtMap.look('').painted > n", arg=painted)


def tooltip(frame):
    frame.wait_for_selector(".pbrt-tooltip:not([hidden])")
    return frame.locator(".pbrt-tooltip > *").all_text_contents()


def test_draws_without_the_internet(site, visit):
    page = visit(site.url)
    frame = frame_of(page)
    assert look(frame)["count"] == N_AREAS
    assert sum(look(frame)["counts"]) == N_AREAS
    assert frame.evaluate(COLOURED) > 0.1
    page.wait_for_timeout(300)
    page.log.assert_clean(site.url)


def test_a_change_of_indicator_is_small_and_keeps_everything(site, visit):
    page = visit(site.url)
    frame = frame_of(page)
    frame.evaluate("() => { window.same = true; }")
    page.mouse.move(*spot(page, frame, AREA))
    frame.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(500)
    before, requests = look(frame), len(page.log.requests)
    page.log.received = 0
    change(page, frame, "n_poor")
    after = look(frame)
    assert after["title"] == "Penduduk miskin"
    assert (after["zoom"], after["center"]) == (before["zoom"], before["center"])
    assert after["counts"] != before["counts"]
    assert frame.evaluate("() => window.same") is True
    assert len(page.log.requests) == requests
    assert page.log.received < 6000


def test_a_change_of_level_swaps_the_areas_and_keeps_the_view(site, visit):
    page = visit(site.url)
    frame = frame_of(page)
    frame.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(500)
    before = look(frame)
    change(page, frame, "desa")
    after = look(frame)
    assert after["count"] < before["count"]
    assert (after["zoom"], after["center"]) == (before["zoom"], before["center"])
    change(page, frame, "rt")
    assert look(frame)["count"] == N_AREAS
    page.log.assert_clean(site.url)


def test_a_click_selects_and_a_click_beside_does_not(site, visit):
    page = visit(site.url)
    frame = frame_of(page)
    page.mouse.click(*spot(page, frame, AREA))
    page.get_by_text(f"card {AREA}").wait_for()
    assert look(frame)["selected"] == AREA
    box = page.locator("iframe").bounding_box()
    page.mouse.click(box["x"] + 100, box["y"] + box["height"] - 60)
    page.get_by_text("card None").wait_for()
    assert look(frame)["selected"] is None


def test_the_tooltip_says_the_number_and_what_it_rests_on(site, visit):
    page = visit(site.url + "/?language=en")
    frame = frame_of(page)
    page.mouse.move(*spot(page, frame, AREA))
    said = tooltip(frame)
    assert said == look(frame)["lines"]
    assert said[0].startswith("RT ")
    assert said[2].endswith("%")
    assert " of " in said[3]


def test_names_are_drawn_exactly_and_do_nothing(site, visit):
    page = visit(site.url)
    frame = frame_of(page)
    frame.evaluate(SPY)
    for k, name in NAMES.items():
        area = f"RT-5207-{k:05d}-0"
        frame.evaluate("id => pbrtMap.show(id)", area)
        frame.wait_for_function("name => window.written.includes(name)", arg=name)
        page.wait_for_timeout(400)  # the zoom comes to rest
        page.mouse.move(*spot(page, frame, area))
        assert tooltip(frame)[0] == name
    page.mouse.click(*spot(page, frame, area))
    page.get_by_text(f"card {area}").wait_for()
    assert page.title() == "map"
    page.log.assert_clean(site.url)


def test_a_saved_map_passes_the_same_names_from_a_file(visit, tmp_path):
    edition = SyntheticEdition(60, tmp_path, hostile=True)
    target = tmp_path / "map.html"
    notebook_map(edition, "poverty_rate").save(str(target))
    page = visit(target.as_uri())
    page.wait_for_function("() => window.pbrtMap?.look('').painted > 0")
    for k, name in NAMES.items():
        seen = look(page, f"RT-5207-{k:05d}-0")
        page.mouse.move(seen["x"], seen["y"])
        assert tooltip(page)[0] == name
    assert page.evaluate(COLOURED) > 0.1
    assert page.title().startswith("Peta: ")
    assert page.log.requests == [target.as_uri()]
    assert page.log.errors == page.log.failed == []


def test_presentations_show_classes_of_rt_only(site, visit):
    page = visit(site.url + "/?rapat=1")
    frame = frame_of(page)
    page.mouse.move(*spot(page, frame, AREA))
    said = tooltip(frame)
    assert len(said) == 3
    legend = frame.locator(".pbrt-range").all_text_contents()
    assert said[2] in legend
    assert frame.locator(".pbrt-count").count() == 0


def test_everything_works_by_keyboard(site, visit):
    page = visit(site.url, height=900)
    frame = frame_of(page)
    frame.locator(".leaflet-container").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    spoken = frame.locator(".pbrt-live").text_content()
    assert spoken
    page.keyboard.press("Enter")
    page.get_by_text("card RT-").wait_for()
    chosen = look(frame)["selected"]
    assert look(frame, chosen)["lines"][0] in spoken
    page.keyboard.press("Escape")
    page.get_by_text("card None").wait_for()
    before = look(frame)["zoom"]
    page.keyboard.press("+")
    page.wait_for_timeout(500)
    assert look(frame)["zoom"] > before
    frame.locator(".pbrt-reset").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)
    assert look(frame)["zoom"] == before


def test_two_maps_move_together(site, visit):
    page = visit(site.url + "/?pair=1", width=1400)
    left, right = frame_of(page, 0), frame_of(page, 1)
    left.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(600)
    assert look(left)["zoom"] == look(right)["zoom"]
    assert look(left)["center"] == pytest.approx(look(right)["center"], abs=1e-4)
    assert look(left)["counts"] != look(right)["counts"]
    for frame in (left, right):
        # a canvas between two pixels is blurred
        place = frame.evaluate("() => document.querySelector('.pbrt-areas').style.transform")
        assert re.fullmatch(r"translate3d\((-?\d+px, ){2}0px\)( scale\(1\))?", place)


def test_the_map_follows_the_page_into_the_dark(site, visit):
    page = visit(site.url, color_scheme="dark")
    frame = frame_of(page)
    frame.wait_for_function("() => pbrtMap.look('').theme === 'dark'")
    page.emulate_media(color_scheme="light")
    frame.wait_for_function("() => pbrtMap.look('').theme === 'light'")


def test_on_a_phone_the_legend_stands_beneath_the_map(site, visit):
    page = visit(site.url, width=390, height=844)
    frame = frame_of(page)
    areas = frame.locator(".leaflet-container").bounding_box()
    legend = frame.locator(".pbrt-legend").bounding_box()
    assert legend["y"] >= areas["y"] + areas["height"]
    assert areas["height"] > 250
    assert frame.evaluate(COLOURED) > 0.15
    assert frame.evaluate("() => document.body.scrollWidth <= window.innerWidth")


def test_a_screen_gets_a_map_of_its_height(site, visit):
    page = visit(site.url, width=2560, height=1440)
    frame_of(page)
    page.wait_for_function("() => document.querySelector('iframe').clientHeight > 800")
    assert page.locator("iframe").bounding_box()["height"] <= 0.75 * 1440 + 1
    page.set_viewport_size({"width": 1366, "height": 768})
    page.wait_for_function("() => document.querySelector('iframe').clientHeight === 478")


def test_a_focus_zooms_and_mutes_the_rest(site, visit):
    page = visit(site.url)
    whole = look(frame_of(page))
    desa = "52.00.00.2007"
    page = visit(f"{site.url}/?focus={desa}")
    seen = look(frame_of(page))
    assert seen["zoom"] > whole["zoom"]
    assert 0 < sum(seen["counts"]) < N_AREAS


def test_small_areas_can_be_hit_from_beside_them(site, visit):
    page = visit(site.url + "/?focus=52.00.03")
    frame = frame_of(page)
    for _ in range(4):
        frame.locator(".leaflet-control-zoom-out").click()
        page.wait_for_timeout(350)
    x, y = spot(page, frame, AREA)
    page.mouse.move(x + 3, y)
    assert tooltip(frame)[0].startswith("RT ")


def test_very_many_areas_get_the_colours_of_their_classes(visit, tmp_path):
    edition = SyntheticEdition(5200, tmp_path)
    target = tmp_path / "map.html"
    notebook_map(edition, "poverty_rate").save(str(target))
    page = visit(target.as_uri())
    page.wait_for_function("() => window.pbrtMap?.look('').painted > 0")
    shades = shades_of(paint_from(edition, "rt", "poverty_rate"))
    own = shades[[shade.mark == "" for shade in shades]].iloc[::97]
    wrong = [area for area, shade in own.items() if page.evaluate(COLOUR_AT, area) != shade.fill]
    assert len(own) > 40
    assert len(wrong) <= 1  # an area smaller than a pixel may lie under its neighbour


def test_the_map_holds_under_a_path(serve, visit, tmp_path):
    app = tmp_path / "app.py"
    app.write_text(f"import runpy\nrunpy.run_path({str(PAGE)!r}, run_name='__main__')\n")
    env = {"MAP_WORK": str(tmp_path), "MAP_N": "40"}
    site = serve(app, env, ("--server.baseUrlPath=kantor/peta",))
    page = visit(f"{site.url}/kantor/peta/")
    assert look(frame_of(page))["count"] == 40
    assert page.log.beyond(site.url) == []
    assert page.log.failed == []
