"""Every converted number carries its mark wherever it is shown, and no other number does.

The small edition of 2006 on the boundaries of 2008: four of sixteen RTs hold converted numbers
(`CONVERTED`), one has an indicative boundary (`INDICATIVE`).
"""

import csv
import io
import json

import geopandas as gpd
import numpy as np
import pytest
from PIL import Image
from shapely.geometry import box
from small_edition import CONVERTED, INDICATIVE, converted_edition, rt, small_edition, small_shelf
from test_export import xlsx_rows

from pbrt_geo.errors import PbrtError
from pbrt_geo.series import on_boundaries
from pbrt_geo.show import drawing, export, image, words
from pbrt_geo.show.legend import mark_rows
from pbrt_geo.show.maps import standalone_map
from pbrt_geo.show.packing import unpack
from pbrt_geo.show.paint import paint_change, paint_from
from pbrt_geo.show.palette import mark_shade
from pbrt_geo.text import LANGUAGES

RTS = [rt(i) for i in range(16)]
MARKS = {
    "id": {
        "lineage": "dikonversi (bukti: silsilah)",
        "households": "dikonversi (bukti: daftar keluarga)",
        "area": "dikonversi (bukti: luas lahan)",
    },
    "en": {
        "lineage": "converted (evidence: lineage)",
        "households": "converted (evidence: list of households)",
        "area": "converted (evidence: land area)",
    },
}
WANTED = {
    language: {area: MARKS[language].get(CONVERTED.get(area, ""), "") for area in RTS}
    for language in LANGUAGES
}
HEADS = {
    "id": ("Kode", "Penduduk miskin (P0): konversi", "Batas", "batas indikatif", "Tanggal batas"),
    "en": ("Code", "Poor residents (P0): conversion", "Boundary", "indicative boundary", "Date of"),
}
BOTH = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return converted_edition(2006, 2008, tmp_path_factory.mktemp("shelf"))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return small_shelf(tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def rt_view(edition, language):
    return export.view(edition, "rt", ["poverty_rate", "n_residents"], language)


# the map


@pytest.mark.parametrize("rapat", [False, True])
@pytest.mark.parametrize("indicator", ["poverty_rate", "n_residents", "density_km2"])
def test_the_map_is_sent_the_evidence_of_each_area(edition, indicator, rapat):
    content = paint_from(edition, "rt", indicator, rapat=rapat).content
    sent = unpack(content["packs"])["evidence"]
    named = {a: content["evidence"][int(k)] for a, k in zip(RTS, sent, strict=True) if k >= 0}
    assert named == CONVERTED
    assert content["indicative"] == [[6, 7]]
    assert content["period"] == "31 Desember 2006, pada batas 2008"


def test_a_map_without_converted_numbers_is_sent_nothing_about_them(tmp_path):
    edition = small_edition(folder=tmp_path)
    paint = paint_from(edition, "desa", "poverty_rate")
    assert {"evidence", "indicative"}.isdisjoint(paint.content)
    assert "evidence" not in unpack(paint.content["packs"])
    assert mark_rows(paint) == []


def test_a_saved_map_holds_the_evidence_and_its_words(edition):
    page = standalone_map(paint_from(edition, "rt", "poverty_rate")).get_root().render()
    assert "'evidence':['lineage','households','area']" in page
    assert MARKS["id"]["area"].replace("luas lahan", "{evidence}") in page
    assert "daftar keluarga" in page


@BOTH
def test_the_legend_counts_both_marks(edition, language):
    rows = mark_rows(paint_from(edition, "rt", "poverty_rate", language=language))
    named = {
        "id": "silsilah, daftar keluarga, luas lahan",
        "en": "lineage, list of households, land area",
    }
    first = MARKS[language]["lineage"].split(": ")[0] + f": {named[language]})"
    assert [(row.label, row.n_areas) for row in rows] == [(first, 4), (HEADS[language][3], 1)]
    assert [row.state for row in rows] == ["converted", "indicative"]


def test_a_difference_rests_on_the_weaker_evidence(shelf):
    early = [on_boundaries(shelf, edition, shelf[-1]) for edition in shelf]
    paint = paint_change(early[0], early[2], "rt", "n_residents", pool=early)
    assert paint.evidence[paint.evidence != ""].to_dict() == CONVERTED
    assert paint.content["period"] == "2006 → 2008 (perkiraan), pada batas 2008"
    change = dict(zip(RTS, unpack(paint.content["packs"])["value"], strict=True))
    # 60 + 70 people of two RTs in 2006, 60 in 2008; 140 halved in 2006, 140 in 2008
    assert (change[rt(0)], change[rt(8)], change[rt(3)]) == (-70, 70, 0)
    assert {"no_data", "withheld", "not_yet_formed", "undefined"} == set(paint.states) - {"value"}


def test_fixed_limits_of_a_change_serve_every_pair_of_years(shelf):
    early = [on_boundaries(shelf, edition, shelf[-1]) for edition in shelf]
    pairs = [(early[0], early[1]), (early[1], early[2]), (early[0], early[2])]
    paints = [paint_change(*pair, "rt", "poverty_rate", pool=early) for pair in pairs]
    assert len({paint.classes.limits for paint in paints}) == 1


def test_rts_of_different_boundaries_are_not_subtracted(shelf):
    with pytest.raises(PbrtError) as refused:
        paint_change(shelf[0], shelf[2], "rt", "poverty_rate")
    assert "31 Desember 2006" in refused.value.text()
    assert "pada batas tahun yang sama" in refused.value.text()
    assert paint_change(shelf[0], shelf[2], "desa", "poverty_rate").content["change"]


@pytest.mark.parametrize("converted", [False, True])
def test_a_step_of_the_years_sends_no_boundaries_again(shelf, converted):
    newest = shelf[-1]
    series = [on_boundaries(shelf, e, newest) for e in shelf] if converted else shelf
    paints = [paint_from(e, "rt", "n_poor", pool=series, shapes=newest) for e in series]
    sent = [paint.payload(str) for paint in paints]
    assert len({(message["geometry"], *message["outlines"]) for message in sent}) == 1
    assert len({tuple(message["classes"]) for message in sent}) == 1
    # the same number has the same colour in every year
    assert len({paint.classes.limits for paint in paints}) == 1
    drawn_on = sent[0]["period"].partition(", ")[2]
    assert drawn_on == ("pada batas 2008" if converted else "digambar pada batas 2008")
    assert max(paint.size for paint in paints) < 1500


# words in tables, on cards and in the hover of a chart


@BOTH
def test_written_numbers_carry_the_sign_and_their_note_the_mark(edition, language):
    for name in ("poverty_rate", "n_residents"):
        indicator, column = edition.indicator(name), edition.column(name, "rt")
        written = words.format_column(indicator, column, language)
        assert {a for a, text in zip(RTS, written, strict=True) if text.endswith("\u00a0•")} == set(
            CONVERTED
        )
        rows = dict(zip(RTS, column.to_dict("records"), strict=True))
        assert {a: words.mark_of(row, language) for a, row in rows.items()} == WANTED[language]
        for area, row in rows.items():
            note = words.value_note(indicator, row, language)
            assert note.endswith(WANTED[language][area])
            assert ("(" in note) is (area in CONVERTED)
    assert words.value_with_unit(indicator, rows[rt(0)]) == "130\u00a0jiwa\u00a0•"


def test_people_converted_by_shares_are_told_in_tenths(edition):
    row = edition.column("poverty_rate", "rt").loc[rt(10)]  # a quarter of 26 and of 140
    said = words.value_note(edition.indicator("poverty_rate"), row)
    assert said.startswith("6,5 dari 35 jiwa; 96\u00a0% diketahui; dikonversi")
    sent = unpack(paint_from(edition, "rt", "poverty_rate").content["packs"])
    assert (sent["numerator"][10], sent["denominator"][10]) == (6.5, 35)


def test_what_is_no_number_has_no_mark():
    row = {"value": None, "state": "withheld", "evidence": "households"}
    assert words.mark_of(row) == ""
    assert words.format_value(small_edition().indicator("n_poor"), row) == "disamarkan"


# files


def check_rows(rows, language):
    """Rows by the words of their heads: the marks of all RTs, and the one indicative boundary."""
    code, evidence, kind, indicative, _ = HEADS[language]
    assert {row[code]: row.get(evidence, "") for row in rows} == WANTED[language]
    assert {row[code] for row in rows if row.get(kind)} == {INDICATIVE}
    assert {row[kind] for row in rows if row.get(kind)} == {indicative}


@BOTH
def test_csv(rt_view, language):
    text = io.StringIO(export.to_csv(rt_view).decode("utf-8-sig"))
    rows = list(csv.DictReader(text, delimiter=";" if language == "id" else ","))
    check_rows(rows, language)
    head = next(name for name in rows[0] if name.startswith(HEADS[language][4]) and "b" in name[8:])
    assert {row[head] for row in rows} == {"2008-12-31"}


@BOTH
def test_xlsx(rt_view, language):
    content = export.to_xlsx(rt_view)
    heads, *lines = xlsx_rows(content, 1)
    check_rows([{heads[c]: cell for c, cell in line.items()} for line in lines], language)
    about = {row.get("A"): row.get("B") for row in xlsx_rows(content, 2)}
    assert set(MARKS[language].values()) | {HEADS[language][3]} <= about.keys()
    assert {"31 Desember 2008", "31 December 2008"} & set(about.values())


@BOTH
def test_geojson(rt_view, language):
    found = json.loads(export.to_geojson(rt_view))
    rows = {feature["id"]: feature["properties"] for feature in found["features"]}
    assert {area: row["poverty_rate_evidence"] for area, row in rows.items()} == WANTED[language]
    assert {area for area, row in rows.items() if row["boundary_kind"]} == {INDICATIVE}
    assert (
        {row["boundary_date"] for row in rows.values()}
        == {found["boundary_date"]}
        == {"2008-12-31"}
    )
    assert any(MARKS[language]["area"] in line for line in found["about"])


@BOTH
def test_gpkg(rt_view, language, tmp_path):
    path = tmp_path / "view.gpkg"
    path.write_bytes(export.to_gpkg(rt_view))
    frame = gpd.read_file(path, layer="rt_2006-12-31_batas_2008-12-31").set_index("area_id")
    assert frame["n_residents_evidence"].to_dict() == WANTED[language]
    assert frame.index[frame["boundary_kind"] == HEADS[language][3]].tolist() == [INDICATIVE]
    assert set(frame["boundary_date"]) == {"2008-12-31"}


def test_files_without_converted_numbers_have_no_column_for_them():
    table = export.view(small_edition(), "desa", ["poverty_rate"]).table
    assert not [c for c in table if c.endswith((".evidence", "boundary_kind"))]


# the image


@BOTH
def test_png(edition, language, monkeypatch):
    drawn, written = [], []
    frame, drawable = drawing.frame, drawing._drawable
    monkeypatch.setattr(drawing, "frame", lambda axes, *a: drawn.append(axes) or frame(axes, *a))
    monkeypatch.setattr(drawing, "_drawable", lambda text: written.append(text) or drawable(text))
    content = image.png_map(edition, "rt", "poverty_rate", language, size=(8.0, 5.7), dpi=100)
    picture = Image.open(io.BytesIO(content))
    pixels = np.asarray(picture.convert("RGB"))
    ink = [int(mark_shade("converted").ink[i : i + 2], 16) for i in (1, 3, 5)]
    assert {area for area in RTS if has_point(edition, area, drawn[0], pixels, ink)} == set(
        CONVERTED
    )
    for kind in MARKS[language].values():
        evidence = kind.split(": ")[1].rstrip(")")
        assert evidence in " ".join(written).replace("\n", " ")
        assert evidence in picture.info["Description"]
    assert HEADS[language][3] in written
    assert HEADS[language][3] in picture.info["Description"].lower()


def has_point(edition, area, axes, pixels, ink):
    """Tell whether a dark round point lies within the inner half of a square RT."""
    shapes = edition.boundaries("rt").to_crs(edition.boundaries("rt").estimate_utm_crs())
    left, low, right, high = shapes.geometry[area].bounds
    inner = box(left, low, right, high).buffer(-(right - left) / 6).bounds
    corners = axes.transData.transform(np.reshape(inner, (2, 2)))
    (x0, y0), (x1, y1) = corners.round().astype(int)
    part = pixels[len(pixels) - y1 : len(pixels) - y0, x0:x1]
    return int((np.abs(part.astype(int) - ink).max(axis=2) < 12).sum()) >= 8
