"""The pages, run without a browser: every page, both languages, filters, addresses, meetings."""

# ruff: noqa: F811 (a fixture is imported, then named as an argument)

import re
import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

pytest.importorskip("streamlit", reason="the extra `dashboard` is not installed")

from opened import (  # noqa: F401  fixtures
    APP,
    PAGES,
    TALIWANG,
    TELAGA_BERTONG,
    address_of,
    choices,
    folder,
    forget,
    page,
    public_folder,
    rt_id,
    said,
    shelf,
)
from shelves import SAMPLE
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import door, downloads, grid, state, tables
from dashboard.choices import year_keys
from dashboard.state import Choice, from_query, to_query
from dashboard.text import LANGUAGES, esc_md, problem_md, texts_of
from pbrt_geo.region import read_region
from pbrt_geo.seal import build_edition
from pbrt_geo.show import export

# ── every page ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_runs(page, address, language):
    app = page(address, bahasa=language)
    assert not app.exception
    assert app.title[0].value


@pytest.mark.parametrize("language", LANGUAGES)
def test_title_is_of_the_language(page, language):
    app = page("metode", bahasa=language)
    expected = {"id": "Metode dan data", "en": "Method and data"}
    assert app.title[0].value == expected[language]


def test_invented_data_say_so_on_every_page(page):
    for address in PAGES:
        assert "Contoh rekaan" in said(page(address))


def test_texts_exist_in_both_languages():
    first, second = (texts_of(language) for language in LANGUAGES)
    assert first.keys() == second.keys()
    for key in first:
        places = [sorted(re.findall(r"{(\w+)}", texts[key])) for texts in (first, second)]
        assert places[0] == places[1], key


def test_missing_shelf_tells_what_to_do_in_both_languages(monkeypatch, tmp_path):
    monkeypatch.setenv(door.SHELF_VARIABLE, str(tmp_path / "nothing here"))
    forget()
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    assert not app.exception
    for words in ("Belum ada data", "There is no data", "start.py --edition"):
        assert words in said(app)
    assert str(tmp_path) not in said(app)


def test_damaged_edition_is_told_without_a_traceback(monkeypatch, tmp_path):
    edition = tmp_path / "broken"
    edition.mkdir()
    (edition / "edition.json").write_text("{ not json")
    monkeypatch.setenv(door.SHELF_VARIABLE, str(tmp_path))
    forget()
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    assert not app.exception
    assert "edition.json" in said(app)


@pytest.mark.parametrize("address", PAGES)
def test_page_runs_where_only_desa_are_known(monkeypatch, desa_only, address):
    monkeypatch.setenv(door.SHELF_VARIABLE, str(desa_only))
    forget()
    app = AppTest.from_file(str(APP), default_timeout=30)
    app._page_hash = calc_hash(address)
    app.run()
    assert not app.exception
    assert app.title[0].value
    assert "rt" not in app.session_state["choice"].level
    forget()


@pytest.fixture(scope="module")
def desa_only(tmp_path_factory) -> Path:
    """A shelf without a single RT, household or programme."""
    folder = tmp_path_factory.mktemp("desa")
    for name in ("areas.csv", "parameters.csv", "region.toml"):
        shutil.copy(SAMPLE / name, folder)
    region = read_region(folder)
    build_edition(region, max(region.rounds), folder / "shelf" / "one")
    return folder / "shelf"


# ── figures ─────────────────────────────────────────────────────────────────────────────────────


def test_rt_counts_agree_between_library_page_and_table(page, shelf):
    counts = {
        edition.as_of.year: int(edition.column("n_rt", "kabupaten")["value"].iloc[0])
        for edition in shelf
    }
    assert counts == {2006: 612, 2007: 622, 2008: 695}
    app = page()
    assert "612 pada 2006" in said(app)
    assert app.metric[0].value == "695"
    assert app.metric[0].delta == "+73"
    rows = tables.growth_rows(shelf, "kecamatan", "")
    years = [edition.as_of.isoformat() for edition in shelf]
    assert rows[years].sum().tolist() == [612, 622, 695]
    for level, within in (("kecamatan", ""), ("desa", ""), ("desa", TALIWANG)):
        rows = tables.growth_rows(shelf, level, within)
        grown = rows[years[0]].fillna(0) + rows["born"] - rows["ended"] + rows["moved"]
        assert (grown == rows[years[-1]]).all()


def test_year_without_a_year_before_shows_no_change(page):
    app = page(tahun="2006")
    assert app.metric[0].value == "612"
    assert not app.metric[0].delta


def test_numbers_are_written_as_the_language_writes_them(page):
    residents = {}
    for language in LANGUAGES:
        residents[language] = page(bahasa=language).metric[2].value
    assert re.fullmatch(r"\d{2,3}\.\d{3}", residents["id"].replace("\\", ""))
    assert re.fullmatch(r"\d{2,3},\d{3}", residents["en"].replace("\\", ""))


# ── addresses ───────────────────────────────────────────────────────────────────────────────────


def test_address_opens_the_same_view(page, rt_id, shelf):
    desa = str(shelf[-1].areas.at[rt_id, "desa_id"])
    query = {"kecamatan": desa[:8], "desa": desa, "rt": rt_id, "indikator": "n_poor"}
    query |= {"tahun": "2007", "bahasa": "en", "kelas": "equal", "level": "desa"}
    app = page("peta", **query)
    assert not app.exception
    assert address_of(app) == query
    assert app.selectbox(key="pick_rt").value == rt_id
    assert app.selectbox(key="pick_indicator").value == "n_poor"


def test_usual_choices_stay_out_of_the_address(page):
    app = page("peta", tahun="2008", indikator="poverty_rate", level="rt", kelas="fixed")
    assert address_of(app) == {}


def test_smallest_area_brings_those_that_hold_it(page):
    app = page(desa=TELAGA_BERTONG)
    assert address_of(app) == {"kecamatan": TALIWANG, "desa": TELAGA_BERTONG}


def test_unknown_choices_give_a_notice_and_are_not_repeated(page):
    evil = "![x](http://example.invalid/x.png)<script>"
    app = page("peta", kecamatan=evil, tahun="1999", kelas="quantile")
    assert not app.exception
    assert "Kecamatan" in app.info[0].value
    assert "Tahun" in app.info[0].value
    assert evil not in said(app) and "1999" not in app.info[0].value
    assert address_of(app) == {"kelas": "quantile"}


def test_query_round_trip(choices):
    chosen = Choice("2007", "n_poor", "desa", kecamatan=TALIWANG, language="en", briefing=True)
    assert from_query(to_query(chosen, choices), choices) == (chosen, [])


@pytest.mark.parametrize("address", PAGES)
def test_choices_are_kept_when_the_page_changes(page, address):
    app = page("peta" if address == "" else "", desa=TELAGA_BERTONG, bahasa="en")
    app._page_hash = calc_hash(address)
    app.query_params.clear()
    app.run()
    assert address_of(app) == {"kecamatan": TALIWANG, "desa": TELAGA_BERTONG, "bahasa": "en"}


# ── filters ─────────────────────────────────────────────────────────────────────────────────────


def test_children_are_let_go_when_the_parent_changes(page):
    app = page(desa=TELAGA_BERTONG)
    app.selectbox(key="pick_kecamatan").set_value("52.07.01").run()
    assert address_of(app) == {"kecamatan": "52.07.01"}
    assert app.selectbox(key="pick_desa").value == ""
    options = app.selectbox(key="pick_desa").options
    assert options[0] == "Semua desa"
    assert len(options) == 1 + 4


def test_desa_can_be_chosen_without_a_kecamatan(page):
    app = page()
    app.selectbox(key="pick_desa").set_value(TELAGA_BERTONG).run()
    assert address_of(app) == {"kecamatan": TALIWANG, "desa": TELAGA_BERTONG}
    assert not app.selectbox(key="pick_rt").disabled


def test_topic_brings_its_first_indicator(page):
    app = page("peta")
    app.selectbox(key="pick_topic").set_value("growth").run()
    assert address_of(app) == {"indikator": "n_rt"}


def test_language_switch_keeps_the_choice(page):
    app = page("peta", desa=TELAGA_BERTONG)
    app.segmented_control(key="pick_language").set_value("en").run()
    assert address_of(app)["bahasa"] == "en"
    assert address_of(app)["desa"] == TELAGA_BERTONG


def test_two_years_side_by_side(page):
    app = page("peta", banding="2006")
    heads = [head.value for head in app.subheader]
    assert "2006" in heads and "2008 (perkiraan)" in heads


def test_rt_beside_each_other_are_told_whether_they_are_the_same_areas(page):
    warning = "tidak sama wilayahnya"
    assert warning in said(page("peta", banding="2006", level="rt"))
    assert warning not in said(page("peta", banding="2006", level="rt", batas="2008"))


@pytest.mark.parametrize("below", state.BELOW)
def test_what_stands_below_the_map(page, below):
    app = page("peta", bawah=below, level="desa")
    assert not app.exception
    assert len(app.dataframe) == (below == "table")


def test_card_of_a_marked_area(page, shelf):
    row = shelf[-1].column("poverty_rate", "desa").loc[TELAGA_BERTONG]
    app = page("peta", pilih=TELAGA_BERTONG, level="desa")
    written = f"{row['value'] * 100:.1f}".replace(".", ",")
    assert "Telaga Bertong" in said(app)
    assert app.metric[0].value.replace("\\", "").startswith(written)


def test_every_file_can_be_made(shelf, choices):
    edition = shelf[-1]
    chosen = state.usual_choice(choices)
    areas = edition.ids("kecamatan")
    view = export.View(edition, "kecamatan", (edition.indicator("poverty_rate"),), "id", areas)
    for _, write in downloads.FORMATS.values():
        assert len(write(view)) > 500
    assert downloads.image_of(shelf, chosen)(view).startswith(b"\x89PNG")


# ── one RT ──────────────────────────────────────────────────────────────────────────────────────


def test_rt_before_it_was_formed_has_no_figures(page, rt_id):
    app = page("profil", rt=rt_id)
    table = next(m.value for m in app.markdown if m.value.startswith("| Tahun"))
    line = next(line for line in table.splitlines() if line.startswith("| 2006"))
    assert line.count("belum terbentuk") == 5
    app = page("profil", rt=rt_id, tahun="2006")
    assert not app.exception
    assert "belum terbentuk" in said(app)


def test_profile_without_an_rt_helps_to_find_one(page):
    app = page("profil")
    assert len(app.selectbox(key="pick_found").options) >= 695


# ── text ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        "![x](http://example.invalid/x.png)",
        "<img src=x onerror=alert(1)>",
        "Ma`ruf $x$ ${7*7}",
        ":material/home: :smile: -> -- [a](b)",
        "a | b\n# c",
    ],
)
def test_names_are_escaped(name):
    escaped = esc_md(name).replace(":red[]", "")
    assert "\n" not in escaped
    assert not re.search(r"(?<!\\)[!`*_{}\[\]()#+.|<>~$:-]", escaped)
    assert escaped.replace("\\", "") == " ".join(name.split())


def test_no_name_becomes_a_link():
    assert "http:red" not in esc_md("http://example.invalid")
    assert esc_md("http://x").count(":red[]") == 1
    assert esc_md("a@b.id").count(":red[]") == 1
    assert esc_md("RT 003, Goa") == "RT 003\\, Goa"


def test_commands_in_a_message_stay_code_and_the_rest_is_escaped():
    assert problem_md("Jalankan `pbrt x --all`, lalu *a*") == (
        "Jalankan `pbrt x --all`\\, lalu \\*a\\*"
    )
    assert problem_md("Berkas `a`b` rusak") == esc_md("Berkas `a`b` rusak")


def test_no_break_space_stays():
    assert esc_md("17,7\u00a0%") == "17\\,7\u00a0\\%"


# ── tables ──────────────────────────────────────────────────────────────────────────────────────


def test_table_sorts_numbers_and_writes_words():
    frame = pd.DataFrame({"n": [1234.0, 5.0, None], "r": [0.1234, 0.5, None], "d": "x"})
    columns = [grid.Column("n", "N", "count"), grid.Column("r", "R", "rate")]
    styler = grid.written(frame, columns, "id")
    assert styler.data["n"].tolist()[:2] == [1234.0, 5.0]
    texts = [[cell["display_value"] for cell in column] for column in styler._translate()["body"]]
    assert texts == [["1.234", "5", ""], ["12,3\u00a0%", "50,0\u00a0%", ""]]


def test_streamlit_still_reads_the_texts_of_a_table():
    from streamlit.elements.lib.pandas_styler_utils import marshall_styler
    from streamlit.proto.ArrowData_pb2 import ArrowData

    frame = pd.DataFrame({"n": [1234.0]})
    proto = ArrowData()
    marshall_styler(proto, grid.written(frame, [grid.Column("n", "N", "count")], "id"), "1")
    assert b"1.234" in proto.styler.display_values


def test_years_are_named_by_date_where_a_year_has_two():
    days = [date(2007, 12, 31), date(2008, 6, 30), date(2008, 12, 31)]
    editions = [SimpleNamespace(as_of=day) for day in days]
    assert year_keys(editions) == ["2007", "2008-06-30", "2008-12-31"]


def test_state_holds_every_session_key():
    widgets = (
        "filters.py",
        "decisions.py",
        "mapview.py",
        "vintage_map.py",
        "grid.py",
        "components.py",
    )
    source = "".join(
        file.read_text(encoding="utf-8")
        for file in APP.parent.rglob("*.py")
        if file.name not in ("state.py", *widgets)
    )
    assert "session_state" not in source
    assert set(state.PARAMETERS) == set(Choice.__dataclass_fields__)
