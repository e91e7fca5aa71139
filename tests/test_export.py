"""Files of the current view: the same rows in every format, inert text, equal bytes."""

import csv
import io
import json
import sqlite3
import zipfile
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pytest
import shapely
from small_edition import DESA, HOSTILE, small_edition

from pbrt_geo import schema
from pbrt_geo.show import export

IDS = ["poverty_rate", "n_residents", "coverage_rate:field/health"]
FORMATS = (export.to_csv, export.to_xlsx, export.to_geojson, export.to_gpkg)


@pytest.fixture(scope="module")
def rt_view():
    return export.view(small_edition(), "rt", IDS)


def csv_rows(content: bytes, separator: str = ";") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=separator))


def xlsx_rows(content: bytes, sheet: int) -> list[dict[str, str | float]]:
    """Read a sheet back by its XML: cells by column letter, text as str, numbers as float."""
    names = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        texts = ["".join(item.itertext()) for item in strings]
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
    assert root.findall(".//s:f", names) == [], "a formula"
    rows = []
    for row in root.findall(".//s:row", names):
        cells = {}
        for cell in row.findall("s:c", names):
            value = cell.find("s:v", names)
            if value is not None:
                is_text = cell.get("t") == "s"
                letter = cell.get("r").rstrip("0123456789")
                cells[letter] = texts[int(value.text)] if is_text else float(value.text)
        rows.append(cells)
    return rows


def test_a_view_has_the_areas_asked_for_in_the_editions_order():
    edition = small_edition()
    where = ["RT-5207-00003-0", "RT-5207-00001-0", DESA[0]]
    table = export.view_table(edition, "rt", ["poverty_rate", "unknown_rate"], where=where)
    assert list(table.index) == ["RT-5207-00001-0", "RT-5207-00003-0"]
    assert list(table.columns) == [
        "Nama",
        "Desa/kelurahan",
        "Kecamatan",
        "Penduduk miskin (P0) (%)",
        "Penduduk miskin (P0): pembilang",
        "Penduduk miskin (P0): penyebut",
        "Penduduk miskin (P0): diketahui (%)",
        "Penduduk miskin (P0): keterangan",
    ]
    assert table.iloc[1, -1] == "tidak ada data"


def test_csv_reads_back_the_same_numbers(rt_view):
    rows = csv_rows(export.to_csv(rt_view))
    values = rt_view.edition.column("poverty_rate", "rt")["value"]
    assert [row["Kode"] for row in rows] == list(values.index)
    written = [row["Penduduk miskin (P0) (%)"] for row in rows]
    read = [float(cell.replace(",", ".")) / 100 if cell else np.nan for cell in written]
    np.testing.assert_allclose(read, values, atol=1e-8)
    assert rows[0]["Tanggal data"] == "2008-12-31"
    assert rows[0]["Edisi"] == "0123456789ab"


def test_english_csv_uses_commas_and_points():
    content = export.to_csv(export.view(small_edition(), "rt", IDS, "en"))
    rows = csv_rows(content, ",")
    assert rows[3]["Poor residents (P0) (%)"] == "10"
    assert rows[1]["Poor residents (P0) (%)"] == "4.285714"


def test_csv_text_never_begins_like_a_formula_and_keeps_its_letters(rt_view):
    rows = csv_rows(export.to_csv(rt_view))
    for row, name in zip(rows, HOSTILE, strict=False):
        assert row["Nama"] in (name, f"'{name}")
    for row in rows:
        assert not any(cell.startswith(tuple("=+-@\t\r＝＋－＠")) for cell in row.values())


def test_negative_numbers_stay_numbers_in_csv():
    edition = small_edition()
    edition.values.loc[edition.values["indicator"] == "poverty_gap", "value"] = -0.5
    rows = csv_rows(export.to_csv(export.view(edition, "desa", ["poverty_gap"])))
    assert rows[0]["Kedalaman kemiskinan (P1) (indeks 0–1)"] == "-0,5"


def test_xlsx_holds_numbers_as_numbers_and_names_as_text(rt_view):
    rows = xlsx_rows(export.to_xlsx(rt_view), 1)
    assert rows[0]["A"] == "Kode"
    assert [row["B"] for row in rows[1 : 1 + len(HOSTILE)]] == list(HOSTILE)
    assert rows[2]["F"] == pytest.approx(3 / 70)
    assert "F" not in rows[3]
    assert rows[3]["J"] == "tidak ada data"


def test_xlsx_says_where_it_comes_from(rt_view):
    about = {row.get("A"): row.get("B") for row in xlsx_rows(export.to_xlsx(rt_view), 2)}
    assert about["Edisi"] == rt_view.edition.id
    assert about["Tanggal data"] == "31 Desember 2008 (perkiraan)"
    assert "rekaan" in about["Perhatian"]
    assert "bukan angka kemiskinan BPS" in about["Penduduk miskin (P0)"]
    assert about["disamarkan"]


def test_geojson_is_rfc_7946_with_every_row():
    chosen = export.view(small_edition(), "desa", IDS)
    found = json.loads(export.to_geojson(chosen))
    assert "crs" not in found
    assert found["edition"] == chosen.edition.id
    assert [feature["id"] for feature in found["features"]] == list(DESA)
    assert found["features"][3]["geometry"] is None
    first = found["features"][1]
    assert first["properties"]["poverty_rate"] == pytest.approx(3 / 70)
    assert first["properties"]["coverage_rate_field_health_numerator"] == 3.0
    shape = shapely.geometry.shape(first["geometry"])
    assert shape.exterior.is_ccw
    assert shape.equals(chosen.edition.boundaries("desa").geometry.iloc[1])


def test_geojson_has_null_for_what_is_no_number(rt_view):
    found = json.loads(export.to_geojson(rt_view))
    assert found["features"][2]["properties"]["poverty_rate"] is None
    names = [feature["properties"]["name"] for feature in found["features"]]
    assert names[: len(HOSTILE)] == list(HOSTILE)


def test_gpkg_reads_back(rt_view, tmp_path):
    path = tmp_path / "view.gpkg"
    path.write_bytes(export.to_gpkg(rt_view))
    frame = gpd.read_file(path, layer="rt_2008-12-31")
    assert list(frame["name"][: len(HOSTILE)]) == list(HOSTILE)
    values = rt_view.edition.column("poverty_rate", "rt")["value"]
    np.testing.assert_allclose(frame["poverty_rate"], values)
    assert frame.crs.to_epsg() == 4326
    with sqlite3.connect(path) as database:
        (described,) = database.execute("SELECT description FROM gpkg_contents").fetchone()
        (metadata,) = database.execute("SELECT metadata FROM gpkg_metadata").fetchone()
    database.close()
    assert "31 Desember 2008" in described
    assert rt_view.edition.id in metadata


@pytest.mark.parametrize("write", FORMATS)
def test_equal_views_give_equal_bytes(write):
    assert write(export.view(small_edition(), "rt", IDS)) == write(
        export.view(small_edition(), "rt", IDS)
    )


@pytest.mark.parametrize("write", FORMATS)
def test_a_view_without_any_row_is_still_a_file(write):
    assert write(export.view(small_edition(), "desa", IDS, where=[]))


def test_no_personal_column_is_ever_exported():
    personal = {name for table in schema.TABLES for name in table.personal}
    edition = small_edition()
    for level in schema.LEVELS:
        table = export.view(edition, level, [i.id for i in edition.indicators]).table
        parts = {column.rpartition(".")[2] for column in table.columns} | set(table.columns)
        assert not parts & personal


def test_file_names_are_plain():
    edition = small_edition()
    edition.about["region"]["id"] = "../../ etc/x"
    stem = export.view(edition, "rt", IDS).file_stem
    assert stem == "etc-x_rt_2008-12-31_0123456789ab"
