"""Words, charts, exports and images of the schematic region: one set of numbers in all of them."""

import re

import pytest
from shelves import sample_shelf

from pbrt_geo.edition import read_shelf
from pbrt_geo.schema import LEVELS
from pbrt_geo.show import charts, export, image, paint, ranks, sentences, words
from pbrt_geo.text import LANGUAGES

COUNTS = [612, 622, 695]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return read_shelf(sample_shelf(tmp_path_factory.mktemp("shelf")))


def test_612_622_and_695_in_the_chart_the_sentence_and_the_table(shelf):
    assert list(charts.rt_counts(shelf).data[0].y) == COUNTS
    said = sentences.growth_sentence(shelf)
    assert said == (
        "Jumlah RT: 612 pada 2006, 622 pada 2007, dan 695 pada 2008 (perkiraan); "
        "bertambah 83 sejak 2006."
    )
    assert [len(export.view(e, "rt", ["n_residents"]).table) for e in shelf] == COUNTS


def test_births_and_ends_explain_the_growth_of_the_region_and_of_every_kecamatan(shelf):
    for area in (None, *shelf[-1].ids("kecamatan")):
        alt = charts.alt_text(charts.births_and_ends(shelf, area_id=area))
        assert "pindah" not in alt, alt
    table = charts.births_table(shelf, "desa")
    alive_before = shelf[0].rt_lives["ended"].isna().sum()
    ended = shelf[-1].rt_lives["ended"].gt(str(shelf[0].as_of)).sum()
    assert alive_before + table.to_numpy().sum() - ended == COUNTS[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_indicator_is_named_and_written_at_every_level(shelf, language):
    edition = shelf[-1]
    for indicator in edition.indicators:
        name = words.indicator_name(indicator, language, edition.programmes)
        assert not re.search(r"[a-z]_[a-z]|[{}/]", name), name
        for level in (level for level in LEVELS if edition.has(indicator.id, level)):
            column = edition.column(indicator.id, level).head(40)
            assert all(words.format_column(indicator, column, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_hold_no_gap_and_no_person(shelf, language):
    edition = shelf[-1]
    said = sentences.overview_sentences(shelf, language)
    assert len(said) == 7
    for level in LEVELS:
        for area in edition.ids(level)[:3]:
            said += sentences.area_sentences(edition, area, language)
    for text in said:
        assert text.endswith("."), text
        assert not re.search(r"\bnan\b|None|[{}]|H-?\d{4,}", text), text


def test_the_rank_said_is_the_rank_drawn(shelf):
    edition = shelf[-1]
    area = edition.ids("desa")[3]
    place, of = ranks.rank_of(edition, "poverty_rate", area)
    said = " ".join(sentences.area_sentences(edition, area))
    assert f"Urutan ke-{place} dari {of} desa" in said
    within = edition.areas.at[area, "kecamatan_id"]
    figure = charts.ranking(edition, "desa", "poverty_rate", within=within, selected=area)
    assert f"urutan ke-{place}" in charts.alt_text(figure)


def test_the_image_has_the_classes_of_the_map(shelf):
    content = image.png_map(shelf[-1], "rt", "poverty_rate", pool=shelf, size=(8, 5.7), dpi=60)
    assert content.startswith(b"\x89PNG")
    assert len(content) > 50_000


def test_exports_hold_the_numbers_of_the_edition(shelf):
    chosen = export.view(shelf[-1], "desa", ["poverty_rate", "n_rt_born"])
    lines = export.to_csv(chosen).decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + 65
    assert lines[0].startswith("Kode;Kode BPS;Nama;Jenis;Kecamatan;Penduduk miskin (P0) (%)")
    assert chosen.table["n_rt_born.value"].sum() > 0


def test_the_map_draws_every_rt_or_says_how_many_have_no_polygon(shelf):
    for edition, count in zip(shelf, COUNTS, strict=True):
        made = paint.paint_from(edition, "rt", "n_residents")
        drawn = sum(row.n_areas for row in paint.legend_rows(made))
        rt = edition.areas[edition.areas["level"] == "rt"]
        assert drawn + (~rt["has_polygon"]).sum() == count
        assert set(rt.loc[~rt["has_polygon"], "desa_name"]) == {"Lamunga"}
