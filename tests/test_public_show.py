"""What is shown of a public edition: classes and ranges in every channel, and nothing finer."""

import io
import json
import re
import zipfile
from typing import Any

import numpy as np
import pandas as pd
import pytest
from public_edition import (
    CLASSES,
    HELD,
    LEVELS,
    NO_DATA,
    WITHHELD,
    write_public_shelf,
)
from public_scan import (
    AREAS,
    BOTH,
    COUNTS,
    assert_nothing_finer,
    every_column,
    ids_at,
    planted_shelf,
    written_on,
)
from small_edition import DESA, KABUPATEN, KECAMATAN, rt, small_edition, small_shelf
from test_export import csv_rows, xlsx_rows

from pbrt_geo.show import (
    change,
    change_image,
    export,
    image,
    ranks,
    rule,
    sentences,
    words,
)
from pbrt_geo.show.change_view import change_view
from pbrt_geo.show.columns import ranges_in
from pbrt_geo.show.legend import legend_rows
from pbrt_geo.show.maps import standalone_map
from pbrt_geo.show.packing import unpack
from pbrt_geo.show.paint import paint_from
from pbrt_geo.show.view import PUBLIC_PARTS


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return write_public_shelf(tmp_path_factory.mktemp("public"))


@pytest.fixture(scope="module")
def edition(shelf):
    return shelf[-1]


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return planted_shelf(tmp_path_factory.mktemp("planted"))


# words


@BOTH
def test_a_cell_is_written_as_its_class_or_range(edition, language):
    def said(name: str, area: str) -> str:
        level = edition.areas.at[area, "level"]
        row = edition.column(name, level).loc[area]
        return words.value_with_unit(edition.indicator(name), row, language)

    wanted = {
        "id": {
            ("poverty_rate", rt(0)): "0–20\u00a0%",
            ("poverty_rate", rt(3)): "60–100\u00a0%",
            ("poverty_rate", WITHHELD[0]): "disamarkan",
            ("poverty_rate", NO_DATA): "tidak ada data",
            ("n_households", rt(0)): "25–34\u00a0keluarga",
            ("n_households", rt(15)): "60 atau lebih\u00a0keluarga",
            ("limit_use_rate", rt(15)): "200\u00a0% atau lebih",
            ("density_km2", rt(4)): "250–1.000\u00a0jiwa/km²",
            ("poverty_rate", DESA[0]): "24–26\u00a0%",
            ("poverty_rate", KABUPATEN): "25,5–26,0\u00a0%",
            ("n_poor", DESA[0]): "0–100\u00a0jiwa",
            ("n_households", DESA[0]): "217\u00a0keluarga",
        },
        "en": {
            ("poverty_rate", rt(0)): "0–20%",
            ("poverty_rate", WITHHELD[0]): "withheld",
            ("n_households", rt(15)): "60 or more\u00a0households",
            ("poverty_gap", KECAMATAN[0]): "0.24–0.25",
        },
    }[language]
    assert {key: said(*key) for key in wanted} == wanted


def test_a_count_is_told_by_the_whole_numbers_of_its_range():
    # 0.2 and 0.22 of 1,234 people: 246.8 to 271.48, so 247 to 271 whole people
    assert words.range_ends("count", 246.8, 271.48, closed=False) == (247, 271)
    assert words.range_ends("count", 25.0, 35.0, closed=False) == (25, 34)
    assert words.range_ends("count", 25.0, 35.0, closed=True) == (25, 35)
    assert words.range_ends("rate", 0.2, 0.22, closed=False) == (0.2, 0.22)
    assert words.format_range("count", 4, 4) == "4"
    assert words.format_range("rate", 0.005, 0.01) == "0,5–1,0\u00a0%"
    assert words.format_range("index", 0.002, 0.005, "en") == "0.002–0.005"


def test_an_earlier_date_is_said_and_the_editions_own_is_not(edition):
    indicator, column = edition.indicator("poverty_rate"), edition.column("poverty_rate", "rt")
    held, own, hidden = column.loc[HELD], column.loc[rt(0)], column.loc[WITHHELD[0]]
    as_of = edition.as_of
    assert words.format_value(indicator, held, "id", as_of) == "60–100\u00a0% (per 31 Des 2007)"
    assert words.format_value(indicator, own, "id", as_of) == "0–20\u00a0%"
    assert words.value_note(indicator, held, "en", as_of) == "as of 31 Dec 2007"
    assert words.value_note(indicator, own, "en", as_of) == ""
    assert words.value_note(indicator, own, "en") == "as of 31 Dec 2008"
    assert words.value_note(indicator, hidden, "en") == ""


def test_a_note_never_counts_in_public(planted):
    for name, level in every_column():
        indicator = planted[-1].indicator(name)
        for row in planted[-1].column(name, level).to_dict("records"):
            assert words.value_note(indicator, row) in ("", *_notes())


def _notes() -> tuple[str, ...]:
    return "per 31 Des 2007", "per 31 Des 2008"


# the map and its legend


@BOTH
@pytest.mark.parametrize("name", CLASSES)
def test_the_legend_of_rts_has_the_classes_in_which_they_are_told(edition, language, name):
    indicator = edition.indicator(name)
    paint = paint_from(edition, "rt", name, method="quantile", language=language, pool=[edition])
    labels = paint.content["classes"]
    assert len(labels) == len(CLASSES[name]) + 1 <= 5
    column = edition.column(name, "rt")
    for area, row in column.iterrows():
        if row["state"] == "value":
            assert labels[paint.class_of[area]] == words.format_value(indicator, row, language)
    counted = {row.state: row.n_areas for row in legend_rows(paint) if row.state != "value"}
    states = column["state"].astype(object)
    assert counted == states[states != "value"].value_counts().to_dict()


@BOTH
def test_hatching_is_explained_in_one_sentence_where_it_occurs(edition, language):
    content = paint_from(edition, "rt", "poverty_rate", language=language).content
    assert content["hatched"]
    assert content["explained"].count(".") == 1
    assert {"id": "Arsir", "en": "Hatched"}[language] in content["explained"]
    for other in ("n_households", "n_rt"):
        content = paint_from(edition, "rt", other, language=language).content
        assert {"hatched", "explained"}.isdisjoint(content)
    content = paint_from(edition, "kecamatan", "poverty_rate", language=language).content
    assert {"id": "tengah rentang", "en": "middle"}[language] in content["explained"]


def test_a_map_is_sent_texts_and_no_numbers(edition):
    for name, level in every_column():
        for rapat in (False, True):
            content = paint_from(edition, level, name, rapat=rapat).content
            assert set(unpack(content["packs"])) == {"state", "told"}
            assert content["note"] == ""
    content = paint_from(edition, "rt", "poverty_rate").content
    told = [content["told"][int(k)] for k in unpack(content["packs"])["told"]]
    by_area = dict(zip(edition.ids("rt"), told, strict=True))
    assert by_area[HELD] == ("60–100\u00a0%", "per 31 Des 2007")
    assert by_area[rt(0)] == ("0–20\u00a0%", "")
    assert by_area[NO_DATA] == by_area[WITHHELD[0]] == ("", "")


@BOTH
def test_no_map_holds_anything_finer(planted, language):
    for name, level in every_column():
        for method in ("fixed", "quantile", "equal"):
            paint = paint_from(
                planted[-1], level, name, method=method, language=language, pool=planted
            )
            rows = [row.label for row in legend_rows(paint)]
            packs = {k: v.tolist() for k, v in unpack(paint.content.pop("packs")).items()}
            packs.pop("state")
            assert packs.keys() == {"told"}
            assert_nothing_finer(planted, paint.content, rows)


def test_a_saved_map_holds_the_ranges(planted):
    page = standalone_map(paint_from(planted[-1], "desa", "poverty_rate")).get_root().render()
    assert "24\\u201326\\u00a0%" in page
    assert not planted.forms.search(page.split("pbrtMap.paint(")[1].split("'packs'")[0])


# files and images


@BOTH
@pytest.mark.parametrize("level", LEVELS)
def test_files_hold_ranges_and_nothing_finer(planted, language, level):
    chosen = export.view(planted[-1], level, ids_at(level), language)
    assert {c.rpartition(".")[2] for c in chosen.table if "." in c} == set(PUBLIC_PARTS)
    rows = csv_rows(export.to_csv(chosen), ";" if language == "id" else ",")
    cells = [xlsx_rows(export.to_xlsx(chosen), sheet) for sheet in (1, 2)]
    collection = json.loads(export.to_geojson(chosen))
    told = [feature["properties"] for feature in collection["features"]]
    assert_nothing_finer(planted, rows, cells, told, collection["about"])
    packed = export.to_gpkg(chosen)
    for value in (*planted.secrets, *COUNTS.values()):
        assert np.float64(value).tobytes()[::-1] not in packed  # SQLite stores big-endian numbers


def test_a_file_reads_as_the_map_does(edition):
    table = export.view_table(edition, "rt", ["poverty_rate", "n_households"], "en")
    held, hidden = table.loc[HELD], table.loc[WITHHELD[0]]
    assert held["Poor residents (P0): from (%)"] == 0.6
    assert held["Poor residents (P0): to (%)"] == 1.0
    assert held["Poor residents (P0): as of"] == "2007-12-31"
    assert (held["Households: from (households)"], held["Households: to (households)"]) == (35, 44)
    assert hidden["Poor residents (P0): remark"] == "withheld"
    assert hidden["Poor residents (P0): as of"] == ""
    assert np.isnan(hidden["Poor residents (P0): from (%)"])
    about = dict(export.about_rows(export.view(edition, "rt", ["poverty_rate"], "en")))
    assert "upper end is not" in about["Ranges"]


@BOTH
def test_images_hold_ranges_and_nothing_finer(planted, monkeypatch, language):
    small: dict[str, Any] = {"size": (8.0, 5.7), "dpi": 40}
    for name, level in (("poverty_rate", "rt"), ("n_households", "rt"), ("n_poor", "desa")):
        said = written_on(
            monkeypatch,
            lambda n=name, v=level: image.png_map(planted[-1], v, n, language, **small),
        )
        assert_nothing_finer(planted, said)
        assert not any("internal" in text for text in said)
    chosen = change_view(planted[0], planted[2], "poverty_rate", "rt", language)
    said = written_on(monkeypatch, lambda: change_image.png_change(chosen))
    assert_nothing_finer(planted, said)
    assert any("2006: 23,0–23,5" in text or "2006: 23.0–23.5" in text for text in said)


# sentences and ranks


@BOTH
def test_sentences_tell_ranges_and_nothing_finer(planted, language):
    told = sentences.overview_sentences(planted, language)
    for area in AREAS:
        told += sentences.area_sentences(planted[-1], area, language)
    told += rule.rule_sentences(planted, language)
    for level in LEVELS:
        told += change.change_sentences(planted[0], planted[2], "poverty_rate", level, language)
    assert_nothing_finer(planted, told)
    assert not any(re.search(r"\bnan\b|None|[{}]", text) for text in told)
    whole = " ".join(told)
    place = {"id": "Urutan ke-", "en": "Place "}[language]
    assert place not in whole


def test_an_rt_is_told_in_classes_beside_the_ranges_above(edition):
    assert sentences.area_sentences(edition, HELD)[1:] == [
        "Di sini tercatat 35–44\u00a0keluarga dan 130–169\u00a0jiwa.",
        "Penduduk yang hidup di bawah garis kemiskinan: 60–100\u00a0% (per 31 Des 2007). "
        "Sebagai pembanding: desa 24–26\u00a0% dan kabupaten 25,5–26,0\u00a0%.",
    ]
    assert "disamarkan" in " ".join(sentences.area_sentences(edition, WITHHELD[0]))


def test_no_rt_and_no_range_has_a_place(edition):
    for name, level in every_column():
        if level == "rt":
            assert ranks.ranked(edition, name, "rt").empty
    assert ranks.rank_of(edition, "poverty_rate", DESA[0]) is None
    assert ranks.rank_of(edition, "poverty_rate", rt(0)) is None


def test_a_superlative_needs_ranges_that_do_not_overlap():
    day = pd.Timestamp("2008-12-31")

    def ends(*limits: tuple[float, float], **changed: Any) -> dict[str, str]:
        rows = [
            {"value": (a + b) / 2, "low": a, "high": b, "state": "value", "since": day}
            for a, b in limits
        ]
        rows[0] |= changed
        return ranks.certain_ends(pd.DataFrame(rows, index=list("ABCD")[: len(rows)]))

    assert ends((0.1, 0.12), (0.12, 0.14), (0.2, 0.22)) == {"highest": "C", "lowest": "A"}
    assert ends((0.1, 0.12), (0.1, 0.12), (0.2, 0.22)) == {"highest": "C"}
    assert ends((0.1, 0.2), (0.19, 0.3)) == {}
    assert ends((0.1, 0.12), (0.2, 0.22), state="withheld", value=np.nan) == {}
    assert ends((0.1, 0.12), (0.2, 0.22), since=pd.Timestamp("2007-12-31")) == {}
    assert ends((0.1, 0.12)) == {}


def test_the_rule_on_size_is_told_without_households(shelf, edition):
    assert rule.rule_sentences(shelf, "en")[-1] == (
        "On 31 December 2008 (estimate), 2 of 16 RTs have more households than the rule allows."
    )
    assert rule.due_now(edition).empty
    assert rule.due_by_area(edition, "desa")["n_due"].sum() == 2


# internal editions


INTERNAL = {
    "id": "Edisi internal, bukan untuk dibagikan.",
    "en": "Internal edition, not to be handed out.",
}


@BOTH
def test_internal_files_and_images_say_that_they_are_not_to_be_handed_out(
    tmp_path, monkeypatch, language
):
    edition = small_edition(folder=tmp_path)
    said = INTERNAL[language]
    chosen = export.view(edition, "desa", ["poverty_rate"], language)
    rows = csv_rows(export.to_csv(chosen), ";" if language == "id" else ",")
    assert all(said in row.values() for row in rows)
    assert [said] == [r["B"] for r in xlsx_rows(export.to_xlsx(chosen), 2) if r.get("B") == said]
    with zipfile.ZipFile(io.BytesIO(export.to_xlsx(chosen))) as book:
        assert said in book.read("xl/worksheets/sheet1.xml").decode()  # on every printed page
    collection = json.loads(export.to_geojson(chosen))
    assert collection["use"] == said
    assert said.encode() in export.to_gpkg(chosen)
    drawn = written_on(
        monkeypatch, lambda: image.png_map(edition, "desa", "poverty_rate", language, dpi=40)
    )
    assert any(said in text for text in drawn)
    shelf = small_shelf(tmp_path)
    compared = change_view(shelf[0], shelf[2], "poverty_rate", "desa", language)
    assert said in export.to_csv(compared).decode("utf-8-sig")


def test_public_files_do_not_say_so(edition):
    chosen = export.view(edition, "desa", ["poverty_rate"])
    assert INTERNAL["id"].encode() not in export.to_csv(chosen) + export.to_geojson(chosen)
    assert not ranges_in(small_edition().column("poverty_rate", "rt")).any()
