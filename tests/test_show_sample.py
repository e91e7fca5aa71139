"""Words, charts, exports and images of the schematic region: one set of numbers in all of them."""

import re
from itertools import pairwise

import pytest
from shelves import sample_shelf

from pbrt_geo.edition import read_shelf
from pbrt_geo.schema import LEVELS
from pbrt_geo.show import charts, export, growth, image, legend, paint, ranks, sentences, words
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


def drawn_counts(figure) -> list[int]:
    """Add up the bars of a waterfall from its first count on; return the counts it arrives at."""
    bars, _, counts = figure.data
    rows = {y: int(n) for y, n in zip(counts.y, counts.x, strict=True)}
    signs = dict.fromkeys((*growth.BORN, "pindah_in"), 1)
    rows |= {
        y: signs.get(way, -1) * int(n)
        for y, n, (_, way) in zip(bars.y, bars.x, bars.customdata, strict=True)
    }
    at, reached = 0, []
    for y in sorted(rows, reverse=True):
        at = at + rows[y] if y in bars.y else at or rows[y]
        if y in counts.y:
            assert at == rows[y]
            reached.append(at)
    return reached


def test_the_bars_of_the_waterfall_add_up_to_612_622_and_695(shelf):
    assert drawn_counts(charts.births_and_ends(shelf)) == COUNTS


def test_the_bars_of_the_waterfall_add_up_in_every_area(shelf):
    last = shelf[-1]
    for level in ("kecamatan", "desa"):
        table = growth.by_area(shelf, level)
        assert table["other"].eq(0).all()
        assert table["after"].sum() - table["before"].sum() == COUNTS[-1] - COUNTS[0]
    for area in (*last.ids("kecamatan"), *last.ids("desa")[::9]):
        level = last.areas.at[area, "level"]
        expected = [int(e.column("n_rt", level).at[area, "value"]) for e in shelf]
        assert drawn_counts(charts.births_and_ends(shelf, area_id=area)) == expected, area


def test_births_and_ends_by_kind_are_those_of_the_lives_of_rts(shelf):
    lives = shelf[-1].rt_lives
    table = growth.steps(shelf)
    for ways, event, sign in ((growth.BORN, "born", 1), (growth.ENDED, "ended", -1)):
        drawn = sign * table[list(ways)].sum(axis=1)
        expected = [growth.between(lives[event], a, b).sum() for a, b in pairwise(shelf)]
        assert drawn.tolist() == expected
    assert table[list(growth.MOVED)].eq(0).all(axis=None)
    # the one move of the sample is between two desa of a kecamatan
    moves = growth.by_area(shelf, "desa")["pindah_in"].sum()
    assert moves == 1


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
        drawn = sum(row.n_areas for row in legend.legend_rows(made))
        rt = edition.areas[edition.areas["level"] == "rt"]
        assert drawn + (~rt["has_polygon"]).sum() == count
        assert set(rt.loc[~rt["has_polygon"], "desa_name"]) == {"Lamunga"}
