"""Charts: the numbers they draw, what they say without being seen, and what they keep back."""

import json
from itertools import pairwise

import pandas as pd
import pytest
from small_edition import (
    CONVERTED,
    DESA,
    HOSTILE,
    KABUPATEN,
    converted_edition,
    small_edition,
    small_shelf,
)

from pbrt_geo.show import charts, growth, words
from pbrt_geo.show.charts import Cut, Look, distribution, ranking, scatter
from pbrt_geo.show.charts.growth import births_table
from pbrt_geo.show.charts.style import COLOURS, round_ticks, safe, tick_text
from pbrt_geo.show.palette import change_shades, class_shades, greyscale

RT = "RT-5207-00014-0"
RAPAT = Look(rapat=True)


def shelf_charts(look: Look) -> dict:
    shelf = small_shelf()
    edition = shelf[-1]
    return {
        "rt_counts": charts.rt_counts(shelf, look),
        "births_and_ends": charts.births_and_ends(shelf, look),
        "births_by_area": charts.births_by_area(shelf, look, "desa"),
        "births_by_kind": charts.births_by_kind(shelf, look),
        "ranking": charts.ranking(edition, "rt", "poverty_rate", look, selected=RT),
        "distribution": charts.distribution(edition, "rt", "poverty_rate", look, selected=RT),
        "scatter": charts.scatter(edition, "rt", "poverty_rate", "coverage_rate:usaha", look),
        "coverage_by_group": charts.coverage_by_group(edition, RT, look),
        "coverage_by_area": charts.coverage_by_area(edition, "rt", "usaha", look),
        "targeting_errors": charts.targeting_errors(edition, RT, look),
        "years": charts.years(shelf, RT, ["poverty_rate", "n_poor"], look),
        "dimensions": charts.dimensions(edition, RT, look),
        "class_counts": charts.class_counts(edition, "rt", "poverty_rate", look),
        "change_ranking": charts.change_ranking(
            converted_edition(2006, 2008), edition, "rt", "poverty_rate", look
        ),
    }


def without_events(shelf: list) -> list:
    """Take the events away, as editions of an older format have none."""
    for edition in shelf:
        edition.__dict__["events"] = edition.events[:0]
    return shelf


def row_labels(figure) -> list[str]:
    """Labels beside the rows, or above them where they are long."""
    return list(figure.layout.yaxis.ticktext or [note.text for note in figure.layout.annotations])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_chart_has_a_title_and_says_what_it_shows(theme, language):
    for name, figure in shelf_charts(Look(language, theme)).items():
        assert charts.title_of(figure), name
        assert len(charts.alt_text(figure)) > 20, name
        assert figure.layout.separators == (",." if language == "id" else ".,"), name
        assert figure.layout.template.layout.to_plotly_json() == {}, name


def test_rt_counts_are_those_of_the_editions_and_the_estimate_is_hatched():
    figure = charts.rt_counts(small_shelf())
    bars = figure.data[0]
    assert list(bars.y) == [10, 11, 15]
    assert list(bars.marker.pattern.shape) == ["", "", "/"]
    assert "perkiraan" in figure.layout.xaxis.ticktext[2]
    assert "perkiraan" not in figure.layout.xaxis.ticktext[1]
    assert "10 pada 2006, 11 pada 2007, dan 15 pada 2008" in charts.alt_text(figure)


def test_the_waterfall_ends_where_the_last_edition_stands():
    figure = charts.births_and_ends(without_events(small_shelf()))
    bars, _, counts = figure.data
    written = dict(zip(counts.y, counts.x, strict=True)) | dict(zip(bars.y, bars.x, strict=True))
    assert [written[row] for row in sorted(written, reverse=True)] == [10, 2, 1, 11, 4, 15]
    assert list(bars.base) == [10, 11, 11]
    assert list(counts.marker.symbol) == ["circle", "circle", "circle-open"]
    assert "2006 10, baru +2, berakhir \u22121, 2007 11, baru +4" in charts.alt_text(figure)


def test_what_births_and_ends_do_not_explain_is_shown_as_a_rest():
    shelf = without_events(small_shelf())
    rows = (shelf[2].values["indicator"] == "n_rt") & (shelf[2].values["area_id"] == KABUPATEN)
    shelf[2].values.loc[rows, "value"] = 18
    figure = charts.births_and_ends(shelf)
    assert "lain-lain +3" in charts.alt_text(figure)


def test_births_by_area_count_lives_between_the_dates():
    table = births_table(small_shelf(), "desa")
    assert table.loc[DESA[2]].tolist() == [2, 0]
    assert table.loc[DESA[3]].tolist() == [0, 4]
    figure = charts.births_by_area(small_shelf(), level="desa")
    assert sum(sum(trace.x) for trace in figure.data[:2]) == 6
    assert [point[0] for point in figure.data[0].customdata] == [DESA[2], DESA[3]]


def test_one_edition_alone_has_no_growth():
    assert "dua tahun" in charts.alt_text(charts.births_and_ends(small_shelf()[:1]))
    assert "Tidak ada RT baru" in charts.alt_text(charts.births_by_area(small_shelf()[:1]))


def test_ranking_runs_from_the_highest_to_the_lowest_in_the_colours_of_the_map():
    figure = ranking(small_edition(), "rt", "poverty_rate", selected=RT)
    bars = figure.data[0]
    values = [value for _, value in sorted(zip(bars.y, bars.x, strict=True))]
    assert values == sorted(values)
    fills = dict(zip(bars.x, bars.marker.color, strict=True))
    assert fills[max(fills)] == class_shades(5)[4].fill
    selected = [point[0] for point in bars.customdata].index(RT)
    assert bars.marker.line.width[selected] > min(bars.marker.line.width)
    assert "urutan ke-2" in charts.alt_text(figure)


def test_a_long_ranking_shows_both_ends_and_the_selected_area_between():
    figure = ranking(small_edition(), "rt", "poverty_rate", selected="RT-5207-00009-0", n=2)
    ids = [point[0] for point in figure.data[0].customdata]
    assert len(ids) == 5
    assert "RT-5207-00009-0" in ids
    assert sum("···" in text for text in row_labels(figure)) == 2


def test_distribution_holds_every_area_with_a_number_once():
    edition = small_edition()
    figure = distribution(edition, "rt", "poverty_rate")
    ids = [point[0] for point in figure.data[0].customdata]
    numbers = edition.column("poverty_rate", "rt")["value"].notna()
    assert sorted(ids) == sorted(numbers.index[numbers])
    assert "12 wilayah dengan angka" in charts.alt_text(figure)
    assert "4 wilayah tanpa angka" in charts.alt_text(figure)


def test_scatter_links_its_points_to_areas():
    figure = scatter(small_edition(), "desa", "poverty_rate", "coverage_rate:usaha")
    assert [point[0] for point in figure.data[0].customdata] == list(DESA)
    assert figure.layout.dragmode == "select"


def test_coverage_parts_add_up_to_the_whole():
    figure = charts.coverage_by_area(small_edition(), "desa", "usaha")
    shares = pd.DataFrame({trace.name: trace.x for trace in figure.data}).sum(axis=1)
    assert shares.round(12).eq(1).all()
    by_pillar = charts.coverage_by_group(small_edition(), KABUPATEN, by="pillar")
    assert "pilar Pelayanan dasar" in row_labels(by_pillar)


def test_years_are_drawn_beside_the_areas_above():
    shelf = small_shelf()
    figure = charts.years(shelf, DESA[1], ["poverty_rate", "n_poor"])
    own = [trace for trace in figure.data if "markers" in trace.mode]
    expected = [e.column("poverty_rate", "desa").at[DESA[1], "value"] for e in shelf]
    assert list(own[0].y) == pytest.approx(expected)
    assert {trace.name for trace in figure.data} == {"Desa Beru", "Kecamatan", "Kabupaten"}


def test_in_a_meeting_no_chart_holds_a_figure_of_a_single_rt():
    edition = small_edition()
    column = edition.column("poverty_rate", "rt")
    numbers = {f"{v * 100:.1f}".replace(".", ",") for v in column["value"].dropna() if v > 0}
    breaks = {"5,0", "10,0", "15,0", "20,0", "9,9", "14,9", "19,9", "4,9"}
    for name, figure in shelf_charts(RAPAT).items():
        written = json.dumps(figure.to_plotly_json(), default=str, ensure_ascii=False)
        assert " jiwa" not in charts.alt_text(figure), name
        assert "customdata" not in written or "RT-5207" not in written or name == "years", name
        if name not in ("rt_counts", "births_and_ends", "births_by_area", "births_by_kind"):
            shown = {part for part in numbers - breaks if f"{part}\u00a0%" in written}
            assert not shown, (name, shown)


def test_in_a_meeting_the_outer_classes_do_not_tell_the_highest_value():
    for look, told in ((Look(), True), (RAPAT, False)):
        figure = charts.class_counts(
            small_edition(), "rt", "poverty_rate", look, cut=Cut("quantile")
        )
        assert ("21,4" in charts.alt_text(figure)) is told


def test_in_a_meeting_years_of_an_rt_are_classes():
    figure = charts.years(small_shelf(), RT, ["poverty_rate"], RAPAT)
    own = next(trace for trace in figure.data if "markers" in trace.mode)
    assert set(own.y) <= {0, 1, 2, 3, 4}
    assert "20,0\u00a0% atau lebih" in charts.alt_text(figure)


def test_names_reach_plotly_as_plain_letters():
    edition = small_edition()
    edition.values["state"] = edition.values["state"].replace(
        ["no_data", "withheld", "not_yet_formed"], "value"
    )
    edition.values["value"] = edition.values["value"].fillna(0.5)
    written = json.dumps(distribution(edition, "rt", "poverty_rate").to_plotly_json(), default=str)
    assert "<img" not in written
    assert "&lt;img src=x onerror=alert(1)&gt;" in written
    assert "$x$" not in written
    assert safe(HOSTILE[4]) == "&#36;x&#36; &amp; &#36;y&#36;"
    title = charts.title_of(charts.coverage_by_area(edition, "desa", "usaha"))
    assert title.startswith("Bantuan <b>usaha</b>")  # plain text; the figure holds it escaped
    figure = charts.coverage_by_area(edition, "desa", "usaha")
    assert "&lt;b&gt;usaha" in figure.layout.title.text


def test_charts_of_an_edition_without_numbers_say_so():
    edition = small_edition()
    edition.values["value"], edition.values["state"] = float("nan"), "no_data"
    edition.values["numerator"] = edition.values["denominator"] = float("nan")
    for figure in (
        charts.ranking(edition, "rt", "poverty_rate"),
        charts.distribution(edition, "desa", "poverty_rate"),
        charts.scatter(edition, "rt", "poverty_rate", "coverage_rate:usaha"),
        charts.coverage_by_group(edition, KABUPATEN),
        charts.targeting_errors(edition, KABUPATEN),
        charts.dimensions(edition, KABUPATEN),
        charts.rt_counts([edition]),
    ):
        assert "tidak memuat angka" in charts.alt_text(figure)
        assert not figure.data


def test_reached_and_missed_differ_in_greyscale_and_from_their_ground():
    for theme in ("light", "dark"):
        colours = COLOURS[theme]
        tones = [greyscale(colours[part]) for part in ("reached", "missed", "unknown")]
        assert all(abs(tone - greyscale(colours["paper"])) > 10 for tone in tones)
        assert abs(greyscale(colours["ink"]) - greyscale(colours["paper"])) > 70


def test_long_labels_stand_above_their_rows_so_that_a_phone_keeps_its_width():
    short = charts.ranking(small_edition(), "desa", "poverty_rate")
    long = charts.coverage_by_area(small_edition(), "rt", "usaha")
    assert len(short.layout.yaxis.ticktext) == 4
    assert long.layout.yaxis.showticklabels is False
    assert all(bar.width < 0.6 for bar in long.data)


def test_colours_are_cut_as_on_the_map_beside():
    edition, pool = small_edition(), tuple(small_shelf())
    usual = ranking(edition, "desa", "poverty_rate").data[0].marker.color
    quantile = ranking(edition, "desa", "poverty_rate", cut=Cut("quantile")).data[0].marker.color
    assert usual != quantile
    assert ranking(edition, "desa", "poverty_rate", cut=Cut("fixed", pool)).data


def test_ticks_are_round_and_written_with_the_decimals_they_need():
    assert round_ticks(0.929) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert round_ticks(3, finest=1.0) == [0, 1, 2, 3]
    assert round_ticks(0.0) == [0.0]
    for highest in (0.013, 1.0, 7.0, 695.0, 12345.0):
        ticks = round_ticks(highest)
        assert 3 <= len(ticks) <= 6
        assert ticks[-1] <= highest * (1 + 1e-9)
        assert all(b > a for a, b in pairwise(ticks))
    assert tick_text(0.025, "rate", Look()) == "2,5\u00a0%"
    assert tick_text(2000.0, "count", Look()) == "2.000"
    assert growth.signed(-3) == "\u22123"


def test_the_change_ranking_runs_from_rises_to_falls_in_the_colours_of_its_map():
    shelf = small_shelf()
    figure = charts.change_ranking(shelf[0], shelf[2], "desa", "poverty_rate")
    bars = figure.data[0]
    # 2 of 60, 70, 80, 90 people fewer: 3.3, 2.9, 2.5 and 2.2 points
    assert [point[0] for point in bars.customdata] == list(DESA)
    assert list(bars.x) == pytest.approx([-2 / 60, -2 / 70, -2 / 80, -2 / 90])
    assert bars.text[0] == " \u22123,3 "
    assert set(bars.marker.color) <= {shade.fill for shade in change_shades()}
    assert figure.layout.xaxis.range[1] == 0


def test_an_area_that_rises_is_drawn_to_the_right():
    shelf = small_shelf()
    bars = charts.change_ranking(shelf[2], shelf[0], "desa", "poverty_rate", n=2).data[0]
    assert list(bars.x) == pytest.approx([2 / 70, 2 / 60])
    assert bars.text[-1] == " +3,3 "


def test_every_chart_marks_converted_numbers_and_names_the_evidence():
    before, after = converted_edition(2006, 2008), small_edition(2008)
    converted = words.SIGN + " dikonversi (bukti: "
    for figure in (
        charts.ranking(before, "rt", "poverty_rate"),
        charts.distribution(before, "rt", "poverty_rate"),
        charts.scatter(before, "rt", "poverty_rate", "coverage_rate:usaha"),
        charts.class_counts(before, "rt", "poverty_rate"),
        charts.change_ranking(before, after, "rt", "poverty_rate"),
        charts.change_ranking(before, after, "rt", "poverty_rate", RAPAT),
        charts.coverage_by_area(before, "rt", "usaha"),
        charts.coverage_by_group(before, min(CONVERTED)),
        charts.targeting_errors(before, min(CONVERTED)),
        charts.dimensions(before, min(CONVERTED)),
        charts.years([before, after], min(CONVERTED), ["poverty_rate"]),
    ):
        below = [note.text for note in figure.layout.annotations if converted in note.text]
        assert len(below) == 1, charts.title_of(figure)
        assert "Dikonversi (bukti: " in charts.alt_text(figure)
    ranked = charts.ranking(before, "rt", "poverty_rate").data[0]
    marked = {
        point[0]
        for point, text in zip(ranked.customdata, ranked.text, strict=True)
        if words.SIGN in text
    }
    assert marked == set(CONVERTED) & {point[0] for point in ranked.customdata}
