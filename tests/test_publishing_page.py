"""The page Penerbitan, without a browser: what planners see of it, and that nobody else does."""

# ruff: noqa: F811 (a fixture is imported, then named as an argument)

import pytest

pytest.importorskip("streamlit", reason="the extra `dashboard` is not installed")

from opened import folder, page, public_folder, public_page, said, shelf  # noqa: F401  fixtures

from dashboard import publishing
from pbrt_geo.disclosure.frontier import frontier, rule_at
from pbrt_geo.disclosure.lots import Lots
from pbrt_geo.disclosure.rule import read_rule
from pbrt_geo.disclosure.statements import decide

ADDRESS = "penerbitan"


def table_with(app, column: str):
    return next(frame.value for frame in app.dataframe if column in frame.value)


@pytest.mark.parametrize("language", ["id", "en"])
def test_it_tells_what_is_shown_and_withheld(page, shelf, language):
    app = page(ADDRESS, bahasa=language)
    assert not app.exception
    row = frontier(shelf[-1], [], publishing.DEFAULT, read_rule(), [5]).loc[5]
    assert f"{row['n_shown']:.0f} " in said(app)
    assert f"{row['n_rt']:.0f} RT" in said(app)
    assert len(table_with(app, "households")) == row["n_rt"] - row["n_shown"]


def test_moving_the_rule_changes_what_is_withheld_and_the_command(page, shelf):
    app = page(ADDRESS)
    assert "--rule" not in said(app)
    app.slider[0].set_value(8).run()
    assert not app.exception
    rule = rule_at(read_rule(), 8)
    told = decide(shelf[-1], [], rule, Lots(shelf[-1], rule).drawn())
    own = told[(told["indicator"] == publishing.DEFAULT) & (told["level"] == "rt")]
    assert len(table_with(app, "households")) == (own["state"] == "withheld").sum()
    assert f"`resident` menjadi {rule.needed['resident']}" in said(app)
    assert "`--rule`" in said(app)


def test_the_command_names_the_edition_and_no_folder_of_the_machine(page, shelf, public_folder):
    app = page(ADDRESS)
    command = app.code[0].value
    name = shelf[-1].path.name
    assert command.startswith("pbrt edition publish ")
    assert f" --out {public_folder.name}/{name}" in command
    assert str(shelf[-1].path.parent.parent) not in command


def test_another_indicator_and_year(page):
    app = page(ADDRESS, indikator="desil_1_4_rate", tahun="2006")
    assert not app.exception
    assert app.selectbox(key="pick_indicator").value == "desil_1_4_rate"
    assert "2006" in app.code[0].value


def test_an_indicator_without_rts_is_replaced_by_one_that_has_them(page):
    app = page(ADDRESS, indikator="none_reached_rate")
    assert not app.exception
    assert app.selectbox(key="pick_indicator").value == publishing.DEFAULT


def test_every_protected_indicator_is_listed_and_none_that_is_open(page):
    app = page(ADDRESS)
    listed = table_with(app, "shown_rate")["indicator"].tolist()
    assert "Penduduk miskin (P0)" in listed
    assert not [name for name in listed if name.startswith("Jumlah keluarga")]


def test_a_meeting_never_sees_it(page):
    app = page(ADDRESS, rapat="1")
    assert not app.exception
    assert not app.slider
    assert not app.dataframe


def test_it_is_not_there_on_a_public_shelf(public_page):
    app = public_page(ADDRESS)
    assert not app.exception
    assert not app.slider
    assert not app.dataframe
    assert not app.code
