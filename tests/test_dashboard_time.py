"""Pages through time, without a browser: common boundaries, growth, change, vintages to decide."""

# ruff: noqa: F811 (a fixture is imported, then named as an argument)

import json
import shutil
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest

pytest.importorskip("streamlit", reason="the extra `dashboard` is not installed")

from opened import (  # noqa: F401  fixtures
    address_of,
    folder,
    forget,
    page,
    public_folder,
    rt_id,
    said,
    shelf,
)
from shapely.geometry import box

from dashboard import data, door, downloads, due, proposals, records, tables
from pbrt_geo.boundaries import compare_boundaries
from pbrt_geo.comparison import read_comparison, read_proposals, write_comparison
from pbrt_geo.series import on_boundaries
from pbrt_geo.show import export
from pbrt_geo.show.change_view import change_view

MARK = "dikonversi (bukti: "


@pytest.fixture(scope="module")
def carried(shelf):
    """The figures of 2006 on the boundaries of 2008."""
    return on_boundaries(shelf, shelf[0], shelf[-1])


@pytest.fixture(scope="module")
def parent(shelf, carried) -> str:
    """An RT that split after 2006 and lives on with fewer households."""
    events, units = shelf[-1].events, shelf[-1].event_units
    splits = events.index[(events["kind"] == "pecah") & (events["level"] == "rt")]
    before, after = (
        set(units.loc[units["event_id"].isin(splits) & units["role"].eq(role), "unit_id"])
        for role in ("before", "after")
    )
    evidence = carried.column("n_households", "rt")["evidence"]
    both = shelf[0].ids("rt").intersection(shelf[-1].ids("rt"))
    return next(rt for rt in sorted(before & after) if rt in both and evidence[rt])


def rows_of(app, column: str) -> pd.DataFrame:
    """The table of a page that has a column."""
    return next(frame.value for frame in app.dataframe if column in frame.value)


# ── common boundaries ───────────────────────────────────────────────────────────────────────────


def test_profile_warns_where_the_land_of_an_rt_changed_and_not_on_common_boundaries(page, parent):
    warning = "Lahan RT ini berubah antara "
    assert warning in said(page("profil", rt=parent))
    assert warning not in said(page("profil", rt=parent, batas="2008"))


def test_a_year_on_other_boundaries_is_told_and_marked(page, carried, parent):
    app = page("peta", tahun="2006", batas="2008", pilih=parent)
    assert not app.exception
    assert address_of(app) == {"tahun": "2006", "batas": "2008", "pilih": parent}
    assert "Angka 2006 pada batas 2008" in said(app)
    assert app.selectbox(key="pick_boundary").value == "2008"
    row = carried.column("poverty_rate", "rt").loc[parent]
    assert app.metric[0].value.replace("\\", "").endswith("•")
    assert f"{row['value'] * 100:.1f}".replace(".", ",") in app.metric[0].value.replace("\\", "")
    assert MARK in said(app)
    table = rows_of(app, "carried")
    assert table["carried"].isin(("silsilah", "daftar keluarga", "titik rumah")).sum() > 100
    assert len(table) == 695


@pytest.mark.parametrize("address", ["", "peta", "pertumbuhan", "cakupan", "profil", "metode"])
def test_every_page_tells_the_boundaries_that_are_chosen(page, address):
    app = page(address, tahun="2007", batas="2006", bahasa="en")
    assert not app.exception
    assert "Figures of 2007 on the boundaries of 2006" in said(app)


def test_own_boundaries_are_told_on_no_page_and_marked_nowhere(page):
    app = page("peta", tahun="2006")
    assert "pada batas" not in said(app)
    assert "carried" not in rows_of(app, "value")


def test_boundaries_that_cannot_be_used_are_told_and_own_ones_shown(folder, page, monkeypatch):
    other = folder.parent / "without_conversions"
    if not other.exists():
        shutil.copytree(folder, other)
    for file in other.glob("*/edition.json"):
        about = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(about | {"conversions": []}), encoding="utf-8")
    monkeypatch.setenv(door.SHELF_VARIABLE, str(other))
    forget()
    app = page("peta", tahun="2006", batas="2008")
    assert "pbrt edition build" in app.warning[0].value
    assert len(rows_of(app, "value")) == 612
    assert "Perubahan pada batas ini tidak dapat dihitung" in said(page("perubahan"))
    forget()


def test_a_series_on_common_boundaries_has_a_figure_before_the_rt_was_formed(page, rt_id):
    app = page("profil", rt=rt_id, batas="2008")
    table = next(m.value for m in app.markdown if m.value.startswith("| Tahun"))
    line = next(line for line in table.splitlines() if line.startswith("| 2006"))
    assert "belum terbentuk" not in line
    assert line.count("•") == 5
    assert "Dikonversi" in table.splitlines()[0]


def test_sentences_and_tables_of_reach_carry_the_mark(page, parent, carried):
    text = said(page("profil", rt=parent, tahun="2006", batas="2008"))
    assert f"Angka di atas {MARK}" in text
    assert "Angka di atas" not in said(page("profil", rt=parent, tahun="2006"))
    desa = carried.areas.at[parent, "desa_id"]
    app = page("cakupan", desa=desa, tahun="2006", batas="2008")
    marks = rows_of(app, "none_reached_rate")["carried"]
    evidence = carried.column("none_reached_rate", "rt")["evidence"]
    inside = carried.areas.loc[evidence.index, "desa_id"].eq(desa)
    assert marks.ne("").sum() >= evidence[inside].ne("").sum() > 0


def test_change_is_told_of_areas_that_stayed_the_same_only(shelf, parent):
    carried = on_boundaries(shelf, shelf[0], shelf[-1]).converted
    moved = set(carried.loc[carried["level"].isin(("rt", "desa")), "area_id"])
    both = shelf[0].ids("rt").intersection(shelf[-1].ids("rt"))
    whole = next(rt for rt in both if rt not in moved)
    desa = next(area for area in moved if area in set(shelf[0].ids("desa")))
    years = [shelf[0], shelf[-1]]

    def change(area, level):
        return tables.figures(years, area, level, ["n_residents"])[0].change

    assert change(parent, "rt") is None
    assert change(desa, "desa") is None
    assert change(whole, "rt") is not None
    assert change("52.07", "kabupaten") is not None
    common = [on_boundaries(shelf, shelf[0], shelf[-1]), shelf[-1]]
    figure = tables.figures(common, parent, "rt", ["n_residents"])[0]
    assert figure.before["evidence"] in ("lineage", "households", "points")
    assert figure.change == figure.now["value"] - figure.before["value"]


# ── growth ──────────────────────────────────────────────────────────────────────────────────────


def test_growth_page_holds_all_years_whatever_year_is_chosen(page):
    for query in ({}, {"tahun": "2006"}):
        text = said(page("pertumbuhan", **query))
        assert "612 pada 2006, 622 pada 2007, dan 695 pada 2008" in text
        assert "2006–2008 (perkiraan)" in text


def test_births_less_ends_are_the_difference_of_the_years(shelf):
    rows = tables.growth_rows(shelf, "kecamatan", "")
    assert (rows["born"].sum() - rows["ended"].sum(), rows["moved"].sum()) == (695 - 612, 0)


def test_a_step_of_the_slider_keeps_shapes_and_classes(page, shelf):
    app = page("pertumbuhan", tahun_peta="2006", ukuran="poverty_rate")
    assert app.select_slider(key="pick_at").value == "2006"
    source = data.Shelf(dict(zip(("2006", "2007", "2008"), shelf, strict=True)), None)
    steps = [
        data._paint(
            source,
            data.View(year, "", "rt", "poverty_rate", "fixed", "id", "", False, shapes="2008"),
        )
        for year in source.by_year
    ]
    assert len({step.geometry for step in steps}) == 1
    assert len({tuple(step.content["classes"]) for step in steps}) == 1
    unborn = steps[0].states.eq("not_yet_formed")
    mapped = shelf[-1].ids("rt")[shelf[-1].areas.loc[shelf[-1].ids("rt"), "has_polygon"]]
    assert unborn.sum() == len(mapped.difference(shelf[0].ids("rt")))
    assert not steps[-1].states.eq("not_yet_formed").any()
    assert steps[0].size < 6000


def test_slider_moves_the_year_of_the_map_only(page):
    app = page("pertumbuhan")
    app.select_slider(key="pick_at").set_value("2007").run()
    assert address_of(app) == {"tahun_peta": "2007"}


def test_family_of_an_rt_is_shown_on_both_pages(page, rt_id):
    for app in (page("pertumbuhan", pilih=rt_id), page("profil", rt=rt_id)):
        assert not app.exception
        assert any(head.value.startswith("Silsilah RT") for head in app.subheader)
    assert "Belum ada RT yang dipilih" in said(page("pertumbuhan"))
    assert "bukan RT" in said(page("pertumbuhan", pilih="52.07.02"))


def test_rule_on_households_lists_the_rts_above_it(page, shelf):
    rows = due.over_limit(shelf, "")
    assert (rows["households"] > rows["limit"]).all()
    assert set(rows["limit"]) <= {30, 50}
    column = shelf[-1].column("n_rt_over_limit", "kabupaten")["value"].iloc[0]
    assert len(rows) == column
    assert f"{len(rows)} dari 695 RT melebihi batas" in said(page("pertumbuhan"))
    splits = due.splits(shelf, "")
    assert (splits["n_after"] >= 2).all()
    assert (splits["largest_after"] < splits["before"]).mean() > 0.9


# ── change ──────────────────────────────────────────────────────────────────────────────────────


def test_old_links_to_the_change_of_two_years_lead_to_its_page(page):
    app = page("peta", banding="2006", tampilan="change", level="desa", bahasa="en")
    assert not app.exception
    assert app.title[0].value == "Change"
    assert address_of(app) == {"banding": "2006", "level": "desa", "bahasa": "en"}


def test_change_page_compares_on_the_later_boundaries(page, shelf, carried, parent):
    app = page("perubahan", pilih=parent, indikator="n_households")
    assert not app.exception
    before = carried.column("n_households", "rt").at[parent, "value"]
    after = shelf[-1].column("n_households", "rt").at[parent, "value"]
    rows = tables.change_rows(carried, shelf[-1], "n_households", "rt", "")
    assert rows.at[parent, "change"] == after - before
    assert len(rows_of(app, "change")) == 695
    assert f"2006: {before:.0f}" in said(app).replace("\xa0", " ")
    assert MARK in said(app)
    assert "Kedua tahun pada batas 2008" in said(app)
    # nobody is lost on the way: the RTs of either year hold all households of that year
    whole = [e.column("n_households", "kabupaten")["value"].iloc[0] for e in (shelf[0], shelf[-1])]
    assert rows[["before", "after"]].sum().tolist() == pytest.approx(whole)


def test_change_page_on_other_boundaries_and_years(page):
    app = page("perubahan", banding="2007", tahun="2008", batas="2006", level="desa")
    assert not app.exception
    assert "Kedua tahun pada batas 2006" in said(app)
    app.selectbox(key="pick_from_year").set_value("2006").run()
    assert address_of(app)["banding"] == "2006"
    app.selectbox(key="pick_from_year").set_value("2008").run()
    assert (address_of(app)["banding"], address_of(app).get("tahun")) == ("2006", None)


def test_largest_changes_are_drawn(page):
    app = page("perubahan", bawah="ranking", level="rt")
    assert not app.exception
    assert not app.dataframe
    assert len(app.get("plotly_chart")) == 1
    assert page("perubahan", bawah="distribution").dataframe


def test_every_file_of_a_change_carries_the_mark(shelf, carried):
    view = change_view(carried, shelf[-1], "poverty_rate", "rt")
    written = {name: write(view) for name, (_, write) in downloads.FORMATS.items()}
    lines = written["csv"].decode("utf-8-sig").splitlines()
    n_marked = int(carried.column("poverty_rate", "rt")["evidence"].ne("").sum())
    n_csv = sum(MARK in line for line in lines)
    assert 0.9 * n_marked < n_csv <= n_marked  # a converted cell without a number has no mark
    assert sum(MARK in f["properties"].get("poverty_rate_before_evidence", "")
               for f in json.loads(written["geojson"])["features"]) == n_csv  # fmt: skip
    frame = pd.read_csv(
        pd.io.common.BytesIO(written["csv"]), sep=";", decimal=",", encoding="utf-8-sig"
    )
    change = frame.filter(like="Perubahan").iloc[:, 0]
    both = frame.filter(like="Penduduk miskin (P0), 200").select_dtypes("number")
    assert (change - (both.iloc[:, 1] - both.iloc[:, 0])).abs().max() < 1e-5
    chosen = data.state.Choice("2008", "poverty_rate", "kecamatan")
    view = change_view(carried, shelf[-1], "poverty_rate", "kecamatan")
    assert downloads.change_image_of(shelf, chosen)(view).startswith(b"\x89PNG")
    assert export.to_xlsx(view).startswith(b"PK")


# ── vintages ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def comparison(tmp_path, monkeypatch):
    """One square that was parted in two, and a neighbour whose new name tries to do harm."""
    old = {"code": ["A1", "A2"], "name": ["Goa", "Beru"]}
    new = {"code": ["A1", "A3", "A2"], "name": ["Goa", "Goa Baru", "=1+1<b>"]}
    left, right = box(116.8, -8.8, 116.82, -8.78), box(116.82, -8.8, 116.84, -8.78)
    parts = [box(116.8, -8.8, 116.81, -8.78), box(116.81, -8.8, 116.82, -8.78)]
    before = gpd.GeoDataFrame(old, geometry=[left, right], crs=4326)
    after = gpd.GeoDataFrame(new, geometry=[*parts, right], crs=4326)
    monkeypatch.setenv(data.COMPARISONS_VARIABLE, str(tmp_path))
    return write_comparison(compare_boundaries(before, after), tmp_path / "uji 2010")


def test_vintages_without_a_comparison_tell_the_command(page, monkeypatch, tmp_path):
    monkeypatch.setenv(data.COMPARISONS_VARIABLE, str(tmp_path))
    assert "pbrt boundaries compare" in said(page("batas"))


def test_proposals_are_listed_with_reasons_and_change_nothing(page, comparison):
    app = page("batas", usulan="P001")
    assert not app.exception
    table = rows_of(app, "moved_ha")
    assert table["kind"].tolist() == ["pecah", "nama berubah"]
    text = said(app)
    assert "P001 · pecah: Goa → Goa, Goa Baru" in text
    assert comparison.reasons("P001")[0] in text
    assert "Tidak ada yang berubah sebelum" in text
    assert read_comparison(comparison.path).proposals["decision"].tolist() == ["", ""]


def test_a_decision_and_an_edit_reach_the_file(page, comparison, tmp_path):
    app = page("batas", usulan="P001")
    app.segmented_control(key="pick_decision").set_value("terima").run()
    app.text_input(key="pick_after").set_value("A1;A9").run()
    assert rows_of(app, "moved_ha")["decision"].tolist() == ["Terima", "Belum"]
    decided = app.session_state["decisions"]["uji 2010"]
    assert decided == {"P001": {"decision": "terima", "after": "A1;A9"}}
    rows = comparison.proposals.set_index("proposal_id")
    rows.loc["P001", ["decision", "after"]] = ["terima", "A1;A9"]
    file = tmp_path / proposals.file_name("uji 2010")
    file.write_bytes(proposals.to_csv(rows))
    assert file.name == "uji-2010_keputusan.csv"
    again = read_proposals(file).set_index("proposal_id")
    pd.testing.assert_frame_equal(again, rows)
    assert ",'=1+1<b>," in file.read_text(encoding="utf-8-sig")


def test_what_is_nearly_certain_can_be_accepted_at_once(page, comparison):
    assert (comparison.proposals["confidence"] >= proposals.SURE).all()
    app = page("batas")
    app.button(key="accept_sure").click().run()
    assert rows_of(app, "moved_ha")["decision"].tolist() == ["Terima", "Terima"]
    rows = comparison.proposals.set_index("proposal_id").assign(decision=["tolak", ""])
    assert proposals.sure(rows) == ["P002"]
    assert proposals.sure(rows.assign(confidence=0.5)) == []


def test_a_comparison_that_cannot_be_read_is_told(page, comparison):
    (comparison.path / "comparison.json").write_text("{ not json")
    app = page("batas")
    assert not app.exception
    assert "comparison.json" in said(app)


# ── method ──────────────────────────────────────────────────────────────────────────────────────


def test_rows_without_a_living_rt_and_refused_dates_are_told():
    match = [
        {"table": "households", "n_rows": 90, "n_unmatched": 3, "reason": "rt_not_alive"},
        {"table": "rt", "n_rows": 9, "n_unmatched": 1, "reason": "no_polygon"},
    ]
    refused = [{"date": "2006-12-31", "reason": {"id": "Kode ganda.", "en": "Double code."}}]
    edition = SimpleNamespace(about={"match": match, "not_converted": refused})
    told = records.remarks(edition, "en")
    assert told[0].startswith("3 of 90 households")
    assert told[1:] == ["Figures of 31 December 2006 are not converted: Double code."]


def test_method_page_tells_events_corrections_and_conversions(page, shelf):
    text = said(page("metode"))
    events = shelf[-1].events
    assert f"{int(events['corrects'].notna().sum())} peristiwa adalah koreksi" in text
    assert events["reason"].dropna().iloc[0] in text
    lines = [line for line in text.splitlines() if line.startswith("| 31 Desember")]
    assert len(lines) == len(shelf[-1].about["conversions"])
