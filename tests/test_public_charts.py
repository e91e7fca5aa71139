"""Charts and changes of public editions: ranges, classes and ways, and nothing finer."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from public_edition import (
    HELD,
    LEVELS,
    WITHHELD_DESA,
    write_public_shelf,
)
from public_scan import (
    AREAS,
    BOTH,
    COUNTS,
    assert_nothing_finer,
    every_column,
    numbers_in,
    planted_shelf,
    texts_in,
)
from small_edition import DESA, rt
from test_export import csv_rows, xlsx_rows

from pbrt_geo.edition import Edition
from pbrt_geo.show import (
    change,
    charts,
    export,
    ways,
)
from pbrt_geo.show.change_view import change_view
from pbrt_geo.show.charts import Look, alt_text
from pbrt_geo.show.legend import legend_rows
from pbrt_geo.show.packing import unpack
from pbrt_geo.show.paint import paint_change


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return write_public_shelf(tmp_path_factory.mktemp("public"))


@pytest.fixture(scope="module")
def edition(shelf):
    return shelf[-1]


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return planted_shelf(tmp_path_factory.mktemp("planted"))


# charts


CHARTED = ("poverty_rate", "n_poor", "n_households", "n_rt", "coverage_rate:juru")


def every_chart(shelf: list[Edition], look: Look) -> Iterator[Any]:
    edition = shelf[-1]
    for name, level in every_column():
        if name not in CHARTED:
            continue
        yield charts.ranking(edition, level, name, look, selected=AREAS[0])
        yield charts.distribution(edition, level, name, look)
        yield charts.class_counts(edition, level, name, look)
        yield charts.change_ranking(shelf[0], edition, level, name, look)
    for level in LEVELS:
        yield charts.scatter(edition, level, "poverty_rate", "coverage_rate:juru", look)
        yield charts.scatter(edition, level, "n_residents", "poverty_rate", look)
        for group in ("juru", "usaha", "field/health"):
            yield charts.coverage_by_area(edition, level, group, look)
    for area in AREAS:
        for by in ("programme", "field", "pillar"):
            yield charts.coverage_by_group(edition, area, look, by)
        yield charts.targeting_errors(edition, area, look)
        yield charts.dimensions(edition, area, look)
        for name in ("poverty_rate", "n_households", "n_poor", "coverage_rate:juru"):
            yield charts.years(shelf, area, [name], look)
        yield charts.years(shelf, area, ["poverty_rate", "n_residents"], look)
    yield charts.overlaps(edition, look)
    yield charts.splits(shelf, look)


@pytest.mark.parametrize(("language", "rapat"), [("id", False), ("en", True)])
def test_charts_draw_ranges_and_nothing_finer(planted, language, rapat):
    pattern = planted.forms
    hidden = np.r_[planted.secrets, list(COUNTS.values())]
    for figure in every_chart(planted, Look(language, rapat=rapat)):
        drawn = json.loads(figure.to_json())
        texts = " ".join(texts_in(list(drawn["data"]))) + alt_text(figure)
        texts += " ".join(texts_in(drawn["layout"].get("annotations", [])))
        assert not pattern.search(texts), (alt_text(figure), pattern.search(texts))
        numbers = np.array([n for trace in drawn["data"] for n in numbers_in(trace)])
        assert not np.isclose(numbers[:, None], hidden, rtol=1e-9, atol=1e-9).any()


def test_a_chart_without_ranges_says_so(edition):
    for figure in (charts.overlaps(edition), charts.targeting_errors(edition, DESA[0])):
        assert alt_text(figure) == "Tidak dimuat dalam edisi publik."
    hidden = charts.coverage_by_group(edition, WITHHELD_DESA)
    assert alt_text(hidden) == "Semuanya disamarkan atau tidak ada datanya."


def test_ranges_are_bars_between_their_ends(edition):
    figure = charts.ranking(edition, "desa", "poverty_rate")
    (bars,) = figure.data
    ends = list(zip(bars.base, np.add(bars.base, bars.x).round(9), strict=True))
    assert ends == [(0.24, 0.26), (0.3, 0.32), (0.4, 0.42)]
    assert [row[0] for row in bars.customdata] == list(DESA[:3])
    assert bars.customdata[1][3] == "per 31 Des 2007"
    assert "1 wilayah atau program tidak digambar" in figure.layout.annotations[-1].text.replace(
        "<br>", " "
    )


# changes


def test_a_way_is_told_only_where_two_ranges_cannot_be_the_same(shelf):
    table = ways.ways(shelf[0], shelf[2], "poverty_rate", "rt", shelf[2].ids("rt"))
    before, after = (edition.column("poverty_rate", "rt") for edition in (shelf[0], shelf[2]))
    sign = np.sign(after["low"] - before["low"]).map({1: "up", 0: "same", -1: "down"})
    assert table["way"].to_dict() == sign.fillna("").to_dict()
    desa = ways.ways(shelf[0], shelf[2], "poverty_rate", "desa", shelf[2].ids("desa"))
    assert desa["way"].tolist() == ["up", "unclear", "up", ""]  # 30–32 % on both dates
    assert desa["state"].tolist() == ["value"] * 3 + ["withheld"]


def test_a_figure_that_was_repeated_shows_no_way(shelf):
    table = ways.ways(shelf[1], shelf[2], "poverty_rate", "rt", shelf[2].ids("rt"))
    assert table.at[HELD, "way"] == "unclear"


def test_an_rt_that_was_cut_anew_shows_no_way(shelf, monkeypatch):
    monkeypatch.setattr(ways, "cut_anew", lambda before, after: pd.Index([rt(0)]))
    table = ways.ways(shelf[0], shelf[2], "poverty_rate", "rt", shelf[2].ids("rt"))
    assert table.at[rt(0), "way"] == "unclear"
    assert table.at[rt(1), "way"] == "up"


def test_the_map_of_ways_tells_both_classes(shelf):
    paint = paint_change(shelf[0], shelf[2], "rt", "poverty_rate", language="en")
    told = paint.content["told"]
    assert ("down", "2006: 60–100% → 2008: 0–20%") in told
    assert [row.label for row in legend_rows(paint)][:4] == [
        "up", "same class", "cannot be told apart", "down",
    ]  # fmt: skip
    assert set(unpack(paint.content["packs"])) == {"state", "told"}
    exact = paint_change(shelf[0], shelf[2], "desa", "n_rt_born")
    assert "ways" not in exact.content
    assert "value" in unpack(exact.content["packs"])


@BOTH
def test_files_of_a_change_hold_ranges_and_ways(planted, language):
    for level in LEVELS:
        chosen = change_view(planted[0], planted[2], "poverty_rate", level, language)
        rows = csv_rows(export.to_csv(chosen), ";" if language == "id" else ",")
        assert_nothing_finer(planted, rows, xlsx_rows(export.to_xlsx(chosen), 1))
    assert {"naik", "turun", "up", "down"} & set(chosen.table["poverty_rate.change.way"])


def test_a_table_of_changes_has_no_difference_of_ranges(planted):
    table = change.change_table(planted[0], planted[2], "poverty_rate", "rt")
    assert table[["before", "after", "change"]].isna().all(axis=None)
    exact = change.change_table(planted[0], planted[2], "n_households", "desa")
    assert exact["change"].tolist() == [6, 6, 6, 6]
