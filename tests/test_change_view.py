"""The change between two dates as files: both dates, the difference, the mark of conversions."""

import io
import json
import zipfile

import pandas as pd
import pytest
from PIL import Image
from small_edition import CONVERTED, converted_edition, small_edition

from pbrt_geo.show import export
from pbrt_geo.show.change_image import png_change
from pbrt_geo.show.change_view import ChangeView, change_view

MARK = "dikonversi (bukti: "


@pytest.fixture
def view(tmp_path) -> ChangeView:
    """The count of poor residents of 2006 and 2008, both on the boundaries of 2008."""
    before = converted_edition(2006, 2008, tmp_path)
    after = small_edition(2008, tmp_path / "2008")
    return change_view(before, after, "n_poor", "rt")


def test_rows_hold_both_dates_and_their_difference(view):
    table = view.table
    both = table[["n_poor.before.value", "n_poor.after.value"]]
    change = table["n_poor.change.value"]
    expected = both.iloc[:, 1] - both.iloc[:, 0]
    pd.testing.assert_series_equal(change.dropna(), expected.dropna(), check_names=False)
    assert change.isna().sum() == table["n_poor.change.state"].ne("ada nilai").sum()
    marked = table.index[table["n_poor.before.evidence"].ne("")]
    assert set(marked) <= set(CONVERTED)
    assert len(marked) >= 3
    assert "n_poor.after.evidence" not in table


def test_heads_and_names_tell_both_dates(view):
    heads = [view.heading(column) for column in view.table]
    assert heads[-1].endswith(", 2006: konversi")
    assert any("2008 (perkiraan)" in head for head in heads)
    assert view.file_stem == "kecil_rt_perubahan_2006-12-31_2008-12-31_batas_2008-12-31"
    assert view.seal["from_date"] == "2006-12-31"


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_format_carries_the_mark_of_every_converted_number(view, language, tmp_path):
    view = change_view(view.before, view.edition, "n_poor", "rt", language)
    mark = {"id": MARK, "en": "converted (evidence: "}[language]
    n = int(view.table["n_poor.before.evidence"].ne("").sum())
    assert export.to_csv(view).decode("utf-8-sig").count(mark) == n
    features = json.loads(export.to_geojson(view))["features"]
    assert sum(mark in f["properties"]["n_poor_before_evidence"] for f in features) == n
    with zipfile.ZipFile(io.BytesIO(export.to_xlsx(view))) as book:
        texts = "".join(
            book.read(name).decode() for name in book.namelist() if name.endswith(".xml")
        )
    assert mark in texts
    image = Image.open(io.BytesIO(png_change(view)))
    assert mark.lower() in image.text["Description"].lower()
    assert "2006" in image.text["Description"]
    assert "2008" in image.text["Description"]


def test_in_a_meeting_the_image_tells_no_figure_of_an_rt(view):
    rt = str(view.areas[0])
    own = Image.open(io.BytesIO(png_change(view, focus=rt)))
    meeting = Image.open(io.BytesIO(png_change(view, focus=rt, rapat=True)))
    assert "pada 2006" in own.text["Description"]
    assert "pada 2006" not in meeting.text["Description"]
