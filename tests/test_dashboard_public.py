"""Pages of public editions: which shelf a reader sees, what is shown of it, and what never is."""

# ruff: noqa: F811 (a fixture is imported, then named as an argument)

import re
import shutil

import pytest

pytest.importorskip("streamlit", reason="the extra `dashboard` is not installed")

from opened import (  # noqa: F401  fixtures
    PAGES,
    address_of,
    folder,
    open_page,
    page,
    public_folder,
    public_page,
    rt_id,
    said,
    shelf,
)
from public_edition import HELD, WITHHELD, WITHHELD_DESA, truth
from small_edition import DESA, KABUPATEN, rt
from streamlit.testing.v1 import AppTest

from dashboard import door, downloads, tables
from dashboard.choices import Choices
from dashboard.state import Choice, fitted
from dashboard.text import LANGUAGES
from pbrt_geo.edition import Edition, read_edition, read_shelf
from pbrt_geo.show import export
from pbrt_geo.text import number

PUBLIC, INTERNAL = "Edisi publik", "Edisi internal – bukan untuk dibagikan"
SHOWN = rt(0)
LEVELS = ("rt", "desa", "kecamatan", "kabupaten")


@pytest.fixture(scope="module")
def published(public_folder) -> list[Edition]:
    return read_shelf(public_folder)


def shown_edition(app: AppTest) -> str:
    """The first letters of the id of the edition that the frame names."""
    return re.search(r"Edisi ([0-9a-f]{8}) ·", said(app))[1]


# ── which shelf ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", PAGES)
def test_a_meeting_reads_the_public_shelf_and_nothing_else_does(page, address, shelf, published):
    usual, meeting = page(address), page(address, rapat="1")
    assert shelf[-1].id.startswith(shown_edition(usual))
    assert INTERNAL in said(usual)
    assert not meeting.exception
    assert published[-1].id.startswith(shown_edition(meeting))
    assert PUBLIC in said(meeting)
    assert INTERNAL not in said(meeting)


@pytest.mark.parametrize("rapat", ["0", "1"])
@pytest.mark.parametrize("address", PAGES)
def test_pages_started_on_public_editions_need_no_others(public_page, published, address, rapat):
    app = public_page(address, rapat=rapat)
    assert not app.exception
    assert app.title[0].value
    assert published[-1].id.startswith(shown_edition(app))
    assert PUBLIC in said(app)


def test_meeting_without_public_editions_tells_the_command_and_shows_nothing(
    page, monkeypatch, tmp_path
):
    monkeypatch.setenv(door.PUBLIC_VARIABLE, str(tmp_path / "nothing here"))
    for query in ({}, {"bahasa": "en"}):
        app = page("peta", rapat="1", **query)
        assert not app.exception
        assert "pbrt edition publish" in said(app)
        assert not app.title
        assert not app.selectbox
        assert not app.dataframe
        assert str(tmp_path) not in said(app)
    app.button(key="leave_briefing").click().run()
    assert app.title[0].value == "Map"
    assert "rapat" not in address_of(app)


def test_internal_editions_in_the_public_folder_are_not_shown(page, folder, monkeypatch):
    monkeypatch.setenv(door.PUBLIC_VARIABLE, str(folder))
    app = page("profil", rapat="1")
    assert "pbrt edition publish" in said(app)
    assert not app.title


def test_one_internal_edition_makes_a_shelf_internal(public_folder, folder, monkeypatch, tmp_path):
    newest = shutil.copytree(public_folder, tmp_path / "mixed") / "internal"
    shutil.copytree(sorted(public_folder.iterdir())[-1], newest)
    about = (newest / "edition.json").read_text(encoding="utf-8")
    about = about.replace('"kind": "public"', '"kind": "internal"').replace(
        "2008-12-31", "2009-12-31"
    )
    (newest / "edition.json").write_text(about, encoding="utf-8")
    monkeypatch.setenv(door.SHELF_VARIABLE, str(folder))
    monkeypatch.setenv(door.PUBLIC_VARIABLE, str(tmp_path / "mixed"))
    assert not open_page(rapat="1").title


def test_entering_a_meeting_changes_the_shelf_and_keeps_what_can_be_kept(page, published):
    app = page("peta", tahun="2007", batas="2006", kelas="equal", indikator="watts", bahasa="en")
    app.toggle(key="pick_briefing").set_value(True).run()
    assert not app.exception
    assert published[1].id.startswith(re.search(r"Edition ([0-9a-f]{8})", said(app))[1])
    assert address_of(app) == {"tahun": "2007", "bahasa": "en", "rapat": "1"}
    app.button(key="leave_briefing").click().run()
    assert "Internal edition" in said(app)


def test_back_and_forth_between_shelves_in_one_session(page, shelf, published):
    app = page()
    for rapat, editions in (("1", published), ("", shelf), ("1", published)):
        app.query_params.clear()
        if rapat:
            app.query_params["rapat"] = rapat
        app.run()
        assert editions[-1].id.startswith(shown_edition(app))


def test_default_shelf_is_the_first_that_holds_editions(monkeypatch, tmp_path, public_folder):
    monkeypatch.delenv(door.SHELF_VARIABLE, raising=False)
    monkeypatch.setattr(door, "DEFAULT_SHELF", tmp_path)
    monkeypatch.setenv(door.PUBLIC_VARIABLE, str(public_folder))
    assert door.shelf_folder() == public_folder
    shutil.copytree(next(public_folder.iterdir()), tmp_path / "one")
    assert door.shelf_folder() == tmp_path


def test_no_page_opens_an_edition_but_through_the_door():
    readers = ("read_edition", "read_shelf", "read_parquet", "PBRT_EDITIONS", "PBRT_PUBLIC")
    for file in door._ROOT.joinpath("dashboard").rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        assert file.name == "door.py" or not any(name in source for name in readers), file


# ── what can be asked for ───────────────────────────────────────────────────────────────────────


def test_nothing_finer_can_be_asked_for_by_address(public_page):
    app = public_page("peta", kelas="quantile", batas="2006", indikator="n_missed:juru", level="rt")
    assert address_of(app) == {}
    assert not {"pick_breaks", "pick_boundary"} & {box.key for box in app.selectbox}
    assert app.info[0].value.count(",") == 2  # what is ignored is named


def test_a_choice_of_an_internal_shelf_is_made_to_fit(published):
    choices = Choices.of(published)
    chosen = Choice("2009", "n_missed:juru", "rt", breaks="equal", boundary="2006", rt="RT-1")
    assert fitted(chosen, choices) == Choice("2008", "poverty_rate", "rt")
    kept = Choice("2007", "n_poor", "desa", kecamatan="52.07.01", language="en", briefing=True)
    assert fitted(kept, choices) == kept


def test_indicators_told_from_the_desa_upwards_are_mapped_by_desa(public_page):
    app = public_page("peta", indikator="n_poor")
    assert app.selectbox(key="pick_level").value == "desa"
    assert "RT" not in app.selectbox(key="pick_level").options
    assert address_of(app) == {"indikator": "n_poor"}  # RT is chosen still, for others


def test_boundaries_compared_are_for_planners(public_page):
    assert "Perbandingan batas" not in said(public_page("batas"))
    assert "berhak melihat edisi internal" in said(public_page("batas"))


# ── what is shown ───────────────────────────────────────────────────────────────────────────────


def test_card_and_table_of_an_rt_tell_its_class(public_page, published):
    app = public_page("peta", pilih=SHOWN)
    row = published[-1].column("poverty_rate", "rt").loc[SHOWN]
    written = f"{row['low'] * 100:.0f}–{row['high'] * 100:.0f} %"
    assert app.metric[0].value.replace("\\", "").replace("\xa0", " ") == written
    assert not app.metric[0].delta
    table = app.dataframe[0].value
    assert {"numerator", "denominator", "known_rate"}.isdisjoint(table.columns)
    assert table["value"].nunique() <= 5
    assert table["value"].dropna().is_monotonic_decreasing


def test_withheld_areas_and_repeated_figures_say_so(public_page):
    assert "disamarkan" in said(public_page("peta", pilih=WITHHELD[0]))
    assert "disamarkan" in said(public_page("peta", pilih=WITHHELD_DESA, level="desa"))
    assert "31 Des 2007" in said(public_page("peta", pilih=HELD)).replace("Desember", "Des")
    assert "disamarkan" in said(public_page("profil", rt=WITHHELD[0]))


def test_exact_figures_of_the_institution_keep_their_change(published):
    told = tables.figures(published, KABUPATEN, "kabupaten", ("n_rt", "poverty_rate"))
    assert told[0].change is not None
    assert told[1].change is None


def test_change_tells_a_way_and_no_difference(public_page):
    app = public_page("perubahan", banding="2006", pilih=SHOWN)
    assert not app.exception
    assert "bukan seberapa jauh" in said(app)
    table = app.dataframe[0].value
    assert "change" not in table
    assert set(table["way"]) <= {"naik", "turun", "tetap", "tidak pasti", "–"} | set(table["way"])
    assert not app.warning


@pytest.mark.parametrize("language", LANGUAGES)
def test_method_page_tells_rule_and_certificate(public_page, language):
    text = said(public_page("metode", bahasa=language))
    heads = {"id": ("Bagaimana warga dilindungi", "Sertifikat"), "en": ("protected", "Certificate")}
    for head in heads[language]:
        assert head in text
    assert "400" in text and "96" in text
    assert "17 kemungkinan" in text or "17 possible numbers" in text
    assert "13\xa0/\xa015" in text


# ── what is not ─────────────────────────────────────────────────────────────────────────────────


def protected_figures() -> set[str]:
    """What the small public edition was made from, as a page would write it."""
    written = set()
    for year in (2006, 2007, 2008):
        for name, n in (("poverty_rate", 16), ("af_censored_rate:criterion_03", 16)):
            for place in range(n):
                share = truth(name, "rt", place, year) * 100
                written |= {f"{number(share, 'id', d)}\xa0%" for d in (1, 2)}
    return {text for text in written if ",0" not in text}


@pytest.mark.parametrize("address", PAGES)
def test_no_page_holds_a_protected_figure_of_an_rt(public_page, address):
    figures = protected_figures()
    for area in ({"rt": SHOWN}, {"desa": DESA[0]}):
        app = public_page(address, pilih=SHOWN, bawah="distribution", **area)
        assert not app.exception
        held = said(app) + "".join(str(chart.proto.spec) for chart in app.get("plotly_chart"))
        assert not [figure for figure in figures if figure in held]


def test_files_of_a_public_edition_hold_classes_only(published):
    edition = read_edition(published[-1].path)
    ids = edition.ids("rt")
    view = export.View(edition, "rt", (edition.indicator("poverty_rate"),), "id", ids)
    text = downloads.FORMATS["csv"][1](view).decode("utf-8-sig")
    places = range(len(ids))
    figures = {repr(truth("poverty_rate", "rt", place, 2008))[:7] for place in places}
    assert not [figure for figure in figures if figure in text or figure.replace(".", ",") in text]
    for _, write in downloads.FORMATS.values():
        assert len(write(view)) > 300
