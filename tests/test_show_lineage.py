"""Births, ends and families of RTs: what charts and tables of the growth page are made of."""

from pathlib import Path

import pandas as pd
import pytest
from small_edition import DESA, KABUPATEN, KECAMATAN, SmallEdition, small_edition

from pbrt_geo.show import charts, growth, lineage, sentences
from pbrt_geo.show import told as told_words

A, B, C, D, E, F, G, H = (f"RT-5207-{n:05d}-0" for n in range(1, 9))
NEW = "RT-5207-00099-0"

# date, kind, before, after (RT: desa); the RTs of DESA[0] and [1] are in one kecamatan
STORY = [
    ("2003-12-18", "awal", [], {A: 0, B: 0, E: 1, G: 2, H: 2}),
    ("2006-12-31", "ganti_nama", [A], {A: 0}),
    ("2007-03-01", "pecah", [A], {A: 0, C: 0}),  # born: C
    ("2007-04-01", "bentuk", [], {F: 1}),  # born: F
    ("2007-06-01", "gabung", [G, H], {G: 2}),  # ended: H
    ("2007-12-31", "pindah", [B], {B: 1}),  # inside the kecamatan
    ("2008-01-01", "pindah", [E], {E: 2}),  # to the other kecamatan
    ("2008-02-01", "pecah", [F], {D: 1, NEW: 1}),  # born: two, ended: F
    ("2008-03-01", "bubar", [B], {}),
]
ON = {2006: [A, B, E, G, H], 2007: [A, B, C, E, F, G], 2008: [A, C, E, G, D, NEW]}
HOME = {
    2006: dict(zip(ON[2006], (0, 0, 1, 2, 2), strict=True)),
    2007: dict(zip(ON[2007], (0, 1, 0, 1, 1, 2), strict=True)),
    2008: dict(zip(ON[2008], (0, 0, 2, 2, 1, 1), strict=True)),
}


def told(edition: SmallEdition, story: list[tuple], level: str = "rt") -> SmallEdition:
    """Put events into an edition, those up to its date, and the counts of RT that `HOME` tells."""
    events, units = [], []
    for k, (date, kind, before, after) in enumerate(story):
        if pd.Timestamp(date) > pd.Timestamp(edition.as_of):
            continue
        event = {"event_id": f"E{k:05d}", "level": level, "kind": kind, "date": date}
        event |= {"sk_number": f"SK {k}", "corrects": None, "reason": None, "note": None}
        events.append(event)
        own = {"event_id": event["event_id"]}
        units += [own | {"role": "before", "unit_id": unit} for unit in before]
        units += [
            own | {"role": "after", "unit_id": unit, "parent_id": DESA[desa], "number": unit[10:13],
                   "name": f"RT {unit[10:13]}"}
            for unit, desa in after.items()
        ]  # fmt: skip
    table = pd.DataFrame(events).assign(date=lambda t: pd.to_datetime(t["date"]))
    edition.__dict__.update(events=table.set_index("event_id"), event_units=pd.DataFrame(units))
    counts = pd.Series(HOME[edition.as_of.year]).map(dict(enumerate(DESA))).value_counts()
    for area in (KABUPATEN, *KECAMATAN, *DESA):
        n = int(counts[counts.index.str.startswith(area)].sum())
        rows = edition.values["indicator"].eq("n_rt") & edition.values["area_id"].eq(area)
        edition.values.loc[rows, ["value", "state"]] = [float(n), "value" if n else "zero"]
    return edition


@pytest.fixture
def shelf(tmp_path: Path) -> list[SmallEdition]:
    return [told(small_edition(year, tmp_path / str(year)), STORY) for year in (2006, 2007, 2008)]


def test_every_way_of_coming_and_going_is_counted_once(shelf):
    table = growth.steps(shelf)
    first, second = (row[row != 0].to_dict() for _, row in table.iterrows())
    assert first == {
        "before": 5, "after": 6, "pecah_born": 1, "bentuk_born": 1, "gabung_ended": -1,
    }  # fmt: skip
    assert second == {
        "before": 6, "after": 6, "pecah_born": 2, "pecah_ended": -1, "bubar_ended": -1,
    }  # fmt: skip


@pytest.mark.parametrize("area", [None, *KECAMATAN, *DESA])
def test_births_ends_and_moves_explain_every_area_without_a_rest(shelf, area):
    table = growth.steps(shelf, area)
    assert (table["before"] + table[list(growth.WAYS)].sum(axis=1)).eq(table["after"]).all()
    assert table["other"].eq(0).all()


def test_a_move_counts_only_where_it_crosses_the_area(shelf):
    assert growth.steps(shelf, DESA[0])["pindah_out"].tolist() == [-1, 0]
    assert growth.steps(shelf, DESA[1])["pindah_in"].tolist() == [1, 0]
    assert growth.steps(shelf, KECAMATAN[0])[["pindah_in", "pindah_out"]].sum().tolist() == [0, -1]
    table = growth.by_area(shelf, "kecamatan")
    assert table["pindah_in"].tolist() == [0, 1]
    assert table["pindah_out"].tolist() == [-1, 0]
    assert table["other"].eq(0).all()
    assert growth.by_area(shelf, "desa", KECAMATAN[0]).index.tolist() == list(DESA[:2])


def test_shares_of_the_kinds_are_of_all_births_and_of_all_ends(shelf):
    table = growth.kinds_table(shelf)
    assert table["n"].to_dict() == {
        "pecah_born": 3, "bentuk_born": 1, "gabung_ended": 1, "bubar_ended": 1, "pecah_ended": 1,
    }  # fmt: skip
    assert table["share"].tolist() == pytest.approx([3 / 4, 1 / 4, 1 / 3, 1 / 3, 1 / 3])


def test_a_family_holds_ancestors_descendants_and_who_they_merged_with(shelf):
    kin = lineage.family(shelf[-1], D)
    assert kin.members.index.tolist() == [F, D, NEW]
    assert kin.edges[["from_id", "to_id"]].to_numpy().tolist() == [[F, D], [F, NEW]]
    assert kin.members["is_awal"].tolist() == [False, False, False]
    merged = lineage.family(shelf[-1], G)
    assert merged.members.index.tolist() == [G, H]
    assert merged.members["ended"].notna().tolist() == [False, True]
    assert lineage.family(shelf[0], D).members.empty
    assert lineage.family(shelf[-1], E).members.index.tolist() == [E]


def test_a_large_family_is_cut_near_the_rt_and_says_so(shelf):
    kin = lineage.family(shelf[-1], D, most=2)
    assert kin.members.index.tolist() == [F, D]
    assert kin.n_left_out == 1
    assert "1 RT lain" in told_words.family_sentences(shelf[-1], kin)[-1]


def test_a_family_in_sentences(shelf):
    edition = shelf[-1]
    assert told_words.family_sentences(edition, lineage.family(edition, A)) == [
        "RT 001: sudah ada sebelum pencatatan (18 Desember 2003).",
        "31 Desember 2006: keterangan RT 001 (dusun atau RW) berubah (SK 1).",
        "1 Maret 2007: RT 001 pecah; terbentuk RT 003 (SK 2).",
    ]
    assert told_words.family_sentences(edition, lineage.family(edition, F), "en") == [
        "RT 006: formed 1 April 2007, ended 1 February 2008.",
        "1 April 2007: RT 006 was formed (SK 3).",
        "1 February 2008: RT 006 was split into RT 004 and RT 099 and ended (SK 7).",
    ]
    moved = told_words.family_sentences(edition, lineage.family(edition, B))
    assert moved[1:] == [
        "31 Desember 2007: RT 002 pindah dari Desa Goa ke Desa Beru (SK 5).",
        "1 Maret 2008: RT 002, Desa Beru dibubarkan (SK 8).",
    ]


def test_an_event_calls_an_rt_as_it_was_called_on_its_day(shelf):
    edition = shelf[-1]
    units = edition.event_units
    later = units["event_id"].eq("E00005") & units["role"].eq("after")
    edition.event_units.loc[later, ["name", "number"]] = ["RT 044", "044"]
    said = told_words.family_sentences(edition, lineage.family(edition, B), "en")
    assert said[0].startswith("RT 044, Desa Beru: ")
    assert said[1:] == [
        "31 December 2007: RT 002 in Desa Goa moved to Desa Beru and became RT 044 (SK 5).",
        "1 March 2008: RT 044, Desa Beru was dissolved (SK 8).",
    ]
    edition.events.loc["E00005", "kind"] = "ganti_nomor"
    said = told_words.family_sentences(edition, lineage.family(edition, B))
    assert "RT 002, Goa berganti nomor menjadi RT 044, Desa Beru" in said[1]


def test_a_correction_tells_its_reason(shelf):
    edition = shelf[-1]
    row = edition.events["kind"].eq("gabung")
    edition.events.loc[row, ["corrects", "reason"]] = ["E00077", "tanggal pada SK keliru"]
    heads, rows = told_words.family_rows(edition, lineage.family(edition, H))
    assert heads[-1] == "Catatan"
    assert rows == [
        ["1 Juni 2007", "RT 008 digabung ke RT 007", "SK 4", "Dikoreksi: tanggal pada SK keliru."]
    ]


def test_silsilah_draws_each_life_and_numbers_what_happened(shelf):
    figure = charts.silsilah(shelf[-1], D)
    lives = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [trace.customdata[0][0] for trace in lives] == [F, D, NEW]
    assert [trace.line.dash for trace in lives] == ["dash", None, None]
    assert [trace.marker.symbol[1] for trace in lives] == [
        "x-thin-open", "triangle-right", "triangle-right",
    ]  # fmt: skip
    assert lives[1].line.width > lives[0].line.width
    marks = figure.data[-1]
    assert list(marks.text) == ["<b>1</b>", "<b>2</b>"]
    assert len([shape for shape in figure.layout.shapes if shape.y0 != shape.y1]) == 2
    below = figure.layout.annotations[-1].text
    assert "1 Februari 2008" in below
    assert "(SK 7)" in below.replace("<br>\u2003\u2002", " ")
    assert charts.title_of(figure) == "Silsilah RT 004"


def test_silsilah_of_an_rt_that_was_there_at_first_claims_no_founding_date(shelf):
    figure = charts.silsilah(shelf[-1], A)
    assert "sudah ada sebelum pencatatan (18 Desember 2003)" in charts.alt_text(figure)
    assert "terbentuk 18 Desember 2003" not in charts.alt_text(figure)
    assert figure.data[0].line.dash == "dot"
    said = sentences.area_sentences(shelf[-1], A)
    assert said[0] == "RT ini terbentuk pada 1 Maret 2001."  # of an edition that has no events
    shelf[-1].rt_lives["born"] = shelf[-1].rt_lives["born"].mask(shelf[-1].rt_lives.index == A)
    said = sentences.area_sentences(shelf[-1], A)
    assert said[0] == "RT ini sudah ada sebelum pencatatan (18 Desember 2003)."


def test_names_and_decisions_are_written_letter_by_letter(shelf):
    edition = shelf[-1]
    edition.event_units["name"] = edition.event_units["name"].mask(
        edition.event_units["unit_id"] == D, "<img src=x>"
    )
    edition.events["sk_number"] = "$x$ <b>7</b>"
    written = charts.silsilah(edition, D).to_plotly_json()
    assert "<img" not in str(written["data"]) + str(written["layout"]["annotations"])
    assert "&lt;img src=x&gt;" in str(written["layout"]["annotations"])
    assert "<b>7" not in str(written["layout"]["annotations"])


def test_an_rt_without_recorded_events_has_no_silsilah(shelf):
    figure = charts.silsilah(shelf[0], D)
    assert "tidak tercatat" in charts.alt_text(figure)
    assert not figure.data
