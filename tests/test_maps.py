import hashlib
import importlib
import json
import mimetypes
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

folium = pytest.importorskip("folium")
pytest.importorskip("xstatic.pkg.leaflet")

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.append(str(REPOSITORY))

from benchmarks.map_edition import NAMES, SyntheticEdition  # noqa: E402
from dashboard import assets  # noqa: E402
from pbrt_geo.errors import PbrtError  # noqa: E402
from pbrt_geo.show.geometry import PER_DEGREE, compact, map_ids  # noqa: E402
from pbrt_geo.show.legend import legend_rows, shades_of  # noqa: E402
from pbrt_geo.show.maps import constant_map, notebook_map, paint_group  # noqa: E402
from pbrt_geo.show.offline import bundle, localise  # noqa: E402
from pbrt_geo.show.packing import DIGITS, Field, pack, unpack  # noqa: E402
from pbrt_geo.show.paint import (  # noqa: E402
    paint_change,
    paint_from,
    script_json,
    script_literal,
)
from pbrt_geo.show.palette import NOTHINGS  # noqa: E402

# a link that is followed by itself; Leaflet's own name for its attribution is a link to click
ADDRESS = re.compile(r"""src=["'](?!data:)|<link|url\((?!images/|#default)|@import""")


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return SyntheticEdition(120, tmp_path_factory.mktemp("edition"), hostile=True)


def test_packed_numbers_come_back():
    rng = np.random.default_rng(1)
    fields = [
        Field("state", rng.integers(0, 10, 500).astype(float)),
        Field("value", np.where(rng.random(500) < 0.2, np.nan, rng.integers(-40, 9000, 500))),
        Field("area", rng.integers(0, 10**7, 500).astype(float), scale=100),
        Field("money", rng.integers(0, 10**11, 500).astype(float)),
        Field("none", np.full(500, np.nan)),
    ]
    packs = pack(fields)
    assert len(packs) > 1  # more than a browser's numbers hold exactly is split
    back = unpack(packs)
    for field in fields:
        np.testing.assert_array_equal(back[field.name], field.values / field.scale)
    assert all(len(p["text"]) == 500 * p["width"] for p in packs)


def test_digits_mean_nothing_to_any_language_they_pass_through():
    assert len(set(DIGITS)) == len(DIGITS) == 83
    assert not set(DIGITS) & set("\"'\\<>&`${}_ ")


def test_compact_boundaries_are_the_map_file(edition):
    path = edition.map_file("kecamatan")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    made = json.loads(compact(path))
    assert len(compact(path)) < 0.5 * path.stat().st_size
    assert made["ids"] == [f["properties"]["id"] for f in features] == list(map_ids(path))
    for feature, rings in zip(features, made["rings"], strict=True):
        shape = feature["geometry"]["coordinates"]
        polygons = [shape] if feature["geometry"]["type"] == "Polygon" else shape
        wanted = [ring[:-1] for polygon in polygons for ring in polygon]
        found = [np.cumsum(np.reshape(ring, (-1, 2)), axis=0) / PER_DEGREE for ring in rings]
        for ring, back in zip(wanted, found, strict=True):
            np.testing.assert_allclose(back, ring, atol=1e-9)


def test_names_are_plain_text_again(edition):
    assert json.loads(compact(edition.map_file("rt")))["names"][: len(NAMES)] == list(
        NAMES.values()
    )


def test_a_paint_holds_the_numbers_of_its_column(edition):
    paint = paint_from(edition, "rt", "poverty_rate")
    column = edition.column("poverty_rate", "rt").reindex(map_ids(edition.map_file("rt")))
    back = unpack(paint.content["packs"])
    np.testing.assert_array_equal(back["numerator"], column["numerator"])
    np.testing.assert_array_equal(back["denominator"], column["denominator"])
    np.testing.assert_array_equal(back["known"] >= 89, column["state"].isin(("value", "zero")))
    number = back["state"] >= len(NOTHINGS)
    assert (number == (column["state"] == "value")).all()
    classes = paint.classes.of(column["value"][column["state"] == "value"])
    np.testing.assert_array_equal(back["state"][number] - len(NOTHINGS), classes)


def test_legend_and_shades_agree_with_the_column(edition):
    paint = paint_from(edition, "rt", "poverty_rate", language="en")
    rows = legend_rows(paint)
    assert sum(row.n_areas for row in rows) == 120
    states = edition.column("poverty_rate", "rt")["state"].value_counts()
    assert {row.state: row.n_areas for row in rows if row.state != "value"} == {
        state: n for state, n in states.items() if state != "value"
    }
    assert [row.label for row in rows if row.state == "withheld"] == ["withheld"]
    shades = shades_of(paint, "dark")
    assert shades.value_counts().to_dict() == {
        row.shade: row.n_areas for row in legend_rows(paint, "dark") if row.n_areas
    }


def test_presentations_get_classes_of_rt_and_no_number(edition):
    paint = paint_from(edition, "rt", "n_poor", method="quantile", rapat=True)
    assert [field[0] for p in paint.content["packs"] for field in p["fields"]] == ["state"]
    # the ends of the outer classes would be the value of one RT
    assert paint.content["classes"][0].startswith("di bawah")
    assert paint.content["classes"][-1].endswith("atau lebih")
    desa = paint_from(edition, "desa", "n_poor", rapat=True)
    assert "value" in [field[0] for p in desa.content["packs"] for field in p["fields"]]


def test_an_area_unknown_in_that_year_is_not_yet_formed(edition, tmp_path):
    before = SyntheticEdition(110, tmp_path, year=2007)
    paint = paint_from(before, "rt", "poverty_rate", shapes=edition)
    assert (paint.states.iloc[110:] == "not_yet_formed").all()
    assert paint.geometry == edition.map_file("rt")


def test_focus_names_what_is_inside(edition):
    desa = edition.cells["desa_id"].iloc[40]
    paint = paint_from(edition, "rt", "poverty_rate", focus=desa)
    inside = np.zeros(120, dtype=bool)
    for start, end in paint.content["inside"]:
        inside[start:end] = True
    assert (inside == (edition.cells["desa_id"] == desa).to_numpy()).all()
    above = paint_from(edition, "kecamatan", "poverty_rate", focus=desa)
    assert len(above.content["inside"]) == 1  # the kecamatan of the desa
    assert "inside" not in paint_from(edition, "rt", "poverty_rate", focus="elsewhere").content


def test_fixed_classes_serve_all_years(edition, tmp_path):
    other = SyntheticEdition(120, tmp_path, year=2007)
    pool = [other, edition]
    paints = [paint_from(one, "desa", "n_poor", pool=pool) for one in pool]
    assert paints[0].content["classes"] == paints[1].content["classes"]


def test_change_says_points_and_needs_both_years(edition, tmp_path):
    before = SyntheticEdition(110, tmp_path, year=2007)
    paint = paint_change(before, edition, "rt", "poverty_rate")
    assert paint.content["change"] is True
    assert paint.content["period"].endswith("poin persen")
    assert not any("%" in label for label in paint.content["classes"])
    assert (paint.states.iloc[110:] != "value").all()
    assert (paint.class_of[paint.states == "value"] >= 0).all()


@pytest.mark.parametrize(
    "text",
    ["</script><script>x()", "a'b\"c\\d", "\u2028", "{{'x'}}", "{{{7*7}}}", "{%x", "{#", "&lt;"],
)
def test_text_cannot_leave_the_script(text):
    written = script_literal({text: [text, 1.5, None, True]})
    assert not set("<>&\u2028\u2029") & set(written)
    assert not re.search(r"\{[{%#]", written)
    assert json.loads(script_json(text)) == text


def test_every_paint_leaves_the_map_as_it_is(edition):
    first, second = (constant_map("../../app/static/map/map-1.js") for _ in range(2))
    group = paint_group(paint_from(edition, "rt", "n_poor"), lambda path: path.name)
    group.add_to(second)
    scripts = [made._template.module.script(made) for made in (first, second)]
    names = [made.get_name() for made in (first, second)]
    assert scripts[0].replace(names[0], "") == scripts[1].replace(names[1], "")


def test_a_change_is_a_few_kilobytes(edition):
    for indicator in ("poverty_rate", "n_poor"):
        assert paint_from(edition, "rt", indicator).size < 700 + 6 * 120


def test_the_script_holds_leaflet_and_loads_nothing():
    text = bundle()
    assert "L.version" in text or 'version="1.9' in text
    assert not ADDRESS.search(text)
    assert "sourceMappingURL" not in text
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        own = text[text.index("const PALETTES") :]
        assert sink not in own


def test_a_saved_map_is_one_file_without_addresses(edition, tmp_path):
    target = tmp_path / "map.html"
    notebook_map(edition, "poverty_rate").save(str(target))
    text = target.read_text(encoding="utf-8")
    assert not ADDRESS.search(text)
    assert text.count("<script>") == text.count("</script>") == 2
    for name in NAMES.values():
        assert script_json(name) in text
    assert "<img" not in text
    assert len(notebook_map(edition, "poverty_rate")._repr_html_()) > len(text)


def test_localise_leaves_no_link_to_another_host():
    code = (
        "import folium, folium.plugins\n"
        "from folium.elements import JSCSSMixin\n"
        "from pbrt_geo.show.offline import _descendants, localise\n"
        "localise({'leaflet': 'local.js'})\n"
        "links = [u for k in [JSCSSMixin, *_descendants(JSCSSMixin)]\n"
        "         for _, u in [*k.default_js, *k.default_css]]\n"
        "assert set(links) == {'local.js'}, links\n"
        "m = folium.Map(tiles=None)\n"
        "folium.plugins.Fullscreen().add_to(m)\n"
        "assert '://' not in m.get_root().header.render()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert callable(localise)


def test_paints_do_not_need_folium():
    code = "import sys, pbrt_geo.show.paint; assert 'folium' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_assets_are_named_by_their_content_and_old_ones_go(edition, tmp_path):
    names = assets.prepare([edition], tmp_path)
    folder = tmp_path / "map"
    assert sorted(names) == sorted(file.name for file in folder.iterdir())
    assert len(names) == 1 + len(edition.mapped_levels)
    for name in names:
        stamp = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:16]
        assert stamp in name
    young, old = folder / "rt-of-another-server.json", folder / "rt-of-last-month.json"
    for file in (young, old):
        file.write_text("{}", encoding="utf-8")
    os.utime(old, (0, time.time() - assets.KEPT_SECONDS - 60))
    assert assets.prepare([edition], tmp_path) == names
    assert young.exists()
    assert not old.exists()


def test_assets_say_what_to_do_where_nothing_can_be_written(edition, tmp_path):
    blocked = tmp_path / "static"
    blocked.write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(PbrtError, match="beri izin tulis"):
        assets.prepare([edition], blocked)


def test_windows_serves_the_script_as_a_script():
    mimetypes.add_type("text/plain", ".js")
    importlib.reload(assets)
    assert mimetypes.guess_type("map-1.js")[0] == "text/javascript"
