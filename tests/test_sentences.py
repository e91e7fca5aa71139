"""Sentences on the size of RTs and on change: their numbers, and what a meeting is not told."""

from pathlib import Path

import pandas as pd
import pytest
from small_edition import (
    DESA,
    HOSTILE,
    INDICATORS,
    KECAMATAN,
    converted_edition,
    indicator,
    small_edition,
    small_shelf,
)
from test_show_lineage import STORY, A, B, C, D, E, F, G, H, told

from pbrt_geo.show import change, charts, rule, sentences

# households of RTs; the limit is 30 in DESA[0], [1] and [3], 50 in the kelurahan DESA[2]
HOUSEHOLDS = {
    2006: {A: 31.0, B: 20.0, E: 30.0, G: 51.0, H: 10.0},
    2007: {A: 18.0, C: 14.0, B: 21.0, E: 29.0, F: 30.0, G: 61.0},
    2008: {A: 18.0, C: 14.0, E: 31.0, G: 101.0, D: 16.0},
}


def with_rule(edition, homes=DESA):
    """Put households and limits of RTs into an edition."""
    counts = pd.Series(HOUSEHOLDS[edition.as_of.year])
    desa = edition.areas["desa_id"].reindex(counts.index)
    limits = desa.map({d: 50.0 if d == homes[2] else 30.0 for d in homes})
    rows = pd.DataFrame({"numerator": counts, "denominator": limits})
    rows = rows.assign(value=rows["numerator"] / rows["denominator"], known_rate=1.0)
    rows = rows.rename_axis("area_id").reset_index()
    rows = rows.assign(level="rt", indicator="limit_use_rate", state="value", evidence="")
    edition.__dict__["values"] = pd.concat([edition.values, rows], ignore_index=True)
    edition.about["indicators"].append(vars(indicator("limit_use_rate", "rate", "growth", "low")))
    return edition


@pytest.fixture
def shelf(tmp_path: Path):
    made = [small_edition(year, tmp_path / str(year)) for year in (2006, 2007, 2008)]
    return [with_rule(told(edition, STORY)) for edition in made]


def test_growth_is_told_with_its_reasons(shelf):
    assert sentences.growth_sentences(shelf) == [
        "Jumlah RT: 5 pada 2006, 6 pada 2007, dan 6 pada 2008 (perkiraan); bertambah 1 sejak 2006.",
        "Sesudah 31 Desember 2006 sampai 31 Desember 2008 (perkiraan): "
        "4 RT baru (3 pecah, 1 dibentuk) dan "
        "3 RT berakhir (1 digabung, 1 dibubarkan, 1 induk dipecah); jadi +1.",
    ]
    said = sentences.growth_sentences(shelf, "en", DESA[2])
    assert said[1] == (
        "RTs after 31 December 2006 and up to 31 December 2008 (estimate): "
        "1 ended (1 merged) and +1 by moves between areas (+1 moved in); in all \u00b10."
    )
    assert len(sentences.growth_sentences(shelf[:1])) == 1


def test_rts_above_the_limit_are_listed_the_furthest_above_first(shelf):
    due = rule.due_now(shelf[0])
    # G and H are still of DESA[1] in the areas of the small edition: 30 households
    assert due["households"].to_dict() == {G: 51.0, A: 31.0}
    assert due["n_asked"].to_dict() == {G: 2, A: 2}
    assert rule.due_now(shelf[0], DESA[0]).index.tolist() == [A]
    assert rule.due_now(shelf[2])["n_asked"].to_dict() == {G: 4, E: 2}
    assert rule.due_by_area(shelf[0], "desa")["n_due"].tolist() == [1, 1, 0, 0]


def test_a_split_is_due_by_the_edition_before_it(shelf):
    splits = rule.splits_and_rule(shelf).set_index("parent_id")
    assert splits.loc[A, ["before", "limit", "was_due"]].tolist() == [31.0, 30.0, True]
    assert splits.at[A, "children"] == (A, C)
    assert splits.at[A, "after"] == (18.0, 14.0)
    assert splits.loc[F, ["before", "limit", "was_due"]].tolist() == [30.0, 30.0, False]
    assert splits.at[F, "after"][0] == 16.0
    assert pd.isna(splits.at[F, "after"][1])
    assert rule.splits_and_rule(shelf, DESA[0])["parent_id"].tolist() == [A]
    assert rule.splits_and_rule(shelf[1:], KECAMATAN[1]).empty


def test_sizes_before_and_after_a_split_are_counted_by_the_limit(shelf):
    table = rule.sizes_of_splits(shelf)
    # before: 31 of 30 (A) and 30 of 30 (F); after: 18, 14 and 16 of 30, one not known
    assert table["before"].tolist() == [1, 1, 0, 0]
    assert table["after"].tolist() == [3, 0, 0, 0]
    figure = charts.splits(shelf)
    assert [sum(bars.x) for bars in figure.data] == [2, 3]
    assert "sampai batas: 1 sebelum, 3 sesudah." in charts.alt_text(figure)
    assert "Tidak ada RT yang pecah" in charts.alt_text(charts.splits(shelf[:1]))


def test_the_rule_in_sentences(shelf):
    assert rule.rule_sentences(shelf) == [
        "Menurut aturan, satu RT paling banyak berisi 30 keluarga di desa.",
        "Sesudah 31 Desember 2006 ada 2 RT yang pecah: "
        "1 sudah melebihi batas menurut edisi sebelumnya, 1 belum.",
        "Pada 31 Desember 2008 (perkiraan), 2 dari 5 RT melebihi batas; "
        "menurut aturan, warganya memerlukan 6 RT. "
        "Yang paling jauh di atas batas adalah "
        f"{HOSTILE[6]}, Desa Beru: 101 keluarga (batas 30).",
    ]
    in_meeting = " ".join(rule.rule_sentences(shelf, rapat=True))
    assert "101" not in in_meeting
    assert "2 dari 5 RT" in in_meeting


def test_an_edition_without_a_rule_says_so():
    assert INDICATORS[0].id == "n_rt"
    assert rule.rule_sentences([small_edition()]) == [
        "Edisi ini tidak memuat batas banyaknya keluarga per RT."
    ]
    assert rule.due_now(small_edition()).empty


def test_a_change_on_common_boundaries_in_sentences():
    before, after = converted_edition(2006, 2008), small_edition(2008)
    said = change.change_sentences(before, after, "poverty_rate", "rt", "en", within=None)
    # RT i has 3i + 2 poor in 2006, 3i in 2008, of 60 + 10i people; RT 0 took over RT 1 (7 of 130);
    # RT 10 and 11 have a quarter of RT 8 in 2006 (26 of 140): too few to rank
    assert said[1:] == [
        "Between 2006 and 2008 (estimate), of 12 RTs compared 2 rose, 10 fell and 0 stayed the "
        "same.",
        "The largest fall is in Ma`ruf, Goa: from 5.4%\u00a0\u2022 to 0% "
        "(\u22125.4 percentage points).",
        "The figures of 4 areas are converted to the boundaries of 31 December 2008 (\u2022): "
        "1 on the evidence of lineage, 2 on the evidence of list of households and "
        "1 on the evidence of land area.",
        "4 RTs are not compared: 1 no data, 1 withheld, 1 not yet formed and 1 undefined.",
    ]


def test_the_change_of_the_whole_comes_first():
    shelf = small_shelf()
    said = change.change_sentences(shelf[0], shelf[2], "poverty_rate", "desa", within=DESA[1])
    # RT are not added up in the small edition: desa 1 has 3 + 2 poor of 70, later 3
    assert said[0] == (
        "Penduduk miskin (P0), Desa Beru: 7,1\u00a0% pada 2006 dan 4,3\u00a0% pada 2008 "
        "(perkiraan) (\u22122,9 poin persen)."
    )


def test_in_a_meeting_no_change_of_a_single_rt_is_told():
    before, after = converted_edition(2006, 2008), small_edition(2008)
    said = change.change_sentences(before, after, "poverty_rate", "rt", rapat=True, within=A)
    assert said[0].startswith("Antara 2006 dan 2008 (perkiraan), dari 1 RT")
    assert "\u00a0%" not in "".join(said)


@pytest.mark.parametrize(
    ("difference", "kind", "written"),
    [
        (0.0123, "rate", "+1,2 poin persen"),
        (-0.0004, "rate", "\u00b10,0 poin persen"),
        (-1234.0, "count", "\u22121.234"),
        (0.0, "count", "\u00b10"),
    ],
)
def test_changes_are_written_with_their_sign(difference, kind, written):
    assert change.write_change(difference, kind) == written


def test_an_overview_on_other_boundaries_says_what_was_converted():
    said = sentences.overview_sentences([converted_edition(2006, 2008)])
    # RT 0 and 8 are among the ten named; 10 and 11, partly by land, are of too few households
    assert said[-1] == (
        "Sebagian angka bagian wilayah di atas dikonversi (bukti: silsilah, daftar keluarga) "
        "pada batas 2008."
    )
    assert "dikonversi" not in " ".join(sentences.overview_sentences(small_shelf()))
