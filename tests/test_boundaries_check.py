"""What a check says of a boundary file; the situations are drawn."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from boundary_files import AREAS, DATE, DESA, PICTURE, desa, facts, keys, saved, write_region
from drawing import CELL, SOUTH, WEST, cell, draw

from pbrt_geo.boundaries import (
    area_m2,
    check_boundaries,
    check_file,
    gaps,
    import_boundaries,
)
from pbrt_geo.boundaries.units import Options
from pbrt_geo.errors import BoundaryError


@pytest.fixture
def region(tmp_path: Path) -> Path:
    return write_region(tmp_path / "region")


# ── the check ─────────────────────────────────────────────────────────────────────────────────────


def test_a_clean_file_has_nothing_but_the_desa_without_polygon() -> None:
    report = check_boundaries(desa(), AREAS)
    assert keys(report) == {"boundary_without_polygon": "warning"}
    assert facts(report, "boundary_without_polygon")["areas"] == "Lamunga (52.07.02.2021)"
    assert report.usable
    assert report.scheme == "kemendagri"
    assert report.figures["n_matched"] == 3
    assert report.figures["missing"] == ["52.07.02.2021"]
    assert report.figures["area_km2"] == pytest.approx(12 * 0.01217, rel=0.01)


def test_report_in_both_languages_and_as_json() -> None:
    report = check_boundaries(desa(), AREAS)
    assert "1 wilayah tanpa poligon: Lamunga (52.07.02.2021)" in report.text("id")
    assert "Dapat diimpor apa adanya." in report.text("id")
    assert "Can be imported as it is." in report.text("en")
    told = json.loads(json.dumps(report.as_dict("en")))
    assert set(told) == {"file", "kind", "scheme", "usable", "figures", "problems"}
    assert told["problems"][0]["key"] == "boundary_without_polygon"


def test_overlaps_and_gaps_are_counted_and_measured() -> None:
    half_more = shapely.union(
        cell(0, 1), shapely.box(WEST, SOUTH + CELL, WEST + 2.1 * CELL, SOUTH + 3 * CELL)
    )
    report = check_boundaries(desa(A=half_more), AREAS)
    strip_m2 = 0.1 * CELL * 2 * CELL * (111_195**2) * np.cos(np.radians(8.8))
    assert report.figures["n_overlaps"] == 1
    assert report.figures["overlap_ha"] == pytest.approx(strip_m2 / 1e4, rel=0.01)
    assert keys(report)["boundary_overlaps"] == "warning"
    hole = shapely.box(WEST + 1.4 * CELL, SOUTH + 0.9 * CELL, WEST + 1.6 * CELL, SOUTH + CELL)
    c = shapely.difference(draw(PICTURE).geometry["C"], hole)
    report = check_boundaries(desa(C=c), AREAS)
    assert (report.figures["n_gaps"], report.figures["n_holes"]) == (1, 0)
    assert "1 celah sempit" in report.text()


def test_a_wide_hole_may_be_a_lake_and_stays() -> None:
    with_lake = desa("A A B B\nA . . B\nC C C C")
    report = check_boundaries(with_lake, AREAS)
    assert (report.figures["n_gaps"], report.figures["n_holes"]) == (0, 1)
    assert keys(report)["boundary_holes"] == "note"
    assert len(gaps(report.repair.boundaries.geometry.to_numpy())) == 1


@pytest.mark.parametrize(
    ("column", "row", "value", "key", "severity"),
    [
        ("kode", 0, None, "boundary_code_missing", "error"),
        ("kode", 1, "52.07.09.2001", "boundary_code_unknown", "error"),
        ("kode", 1, "52.07.01.2001", "boundary_code_twice", "error"),
        ("nama", 0, "Belo", "boundary_name_of_other", "error"),
        ("nama", 0, "Gowa", "boundary_name_unknown", "warning"),
        ("nama", 2, "Beru", None, ""),
    ],
)
def test_codes_and_names(column: str, row: int, value: Any, key: str | None, severity: str) -> None:
    rows = desa()
    rows.loc[row, column] = value
    report = check_boundaries(rows, AREAS)
    if key is None:
        assert report.usable
        return
    assert keys(report)[key] == severity
    assert str(row + 1) in facts(report, key)["rows"]
    assert report.usable == (severity != "error")
    if value and key == "boundary_name_unknown":
        assert value not in report.text()  # a cell of a file may hold anything


def test_colliding_codes_are_told_apart_by_names_or_declared() -> None:
    codes = {"A": "5207020004", "B": "5207020002", "C": "5207020005"}
    rows = desa().drop(columns="kode").assign(kode=list(codes.values()))
    report = check_boundaries(rows, AREAS)
    assert report.scheme == "bps"
    assert list(report.units["unit_id"]) == list(DESA.values())
    odd = check_boundaries(rows.assign(kode="9999999999"), AREAS)
    assert keys(odd)["code_scheme_unknown"] == "error"
    declared = check_boundaries(rows, AREAS, options=Options(scheme="kemendagri"))
    assert facts(declared, "boundary_code_unknown")["n"] == 3


def test_a_file_without_codes_says_which_columns_it_has() -> None:
    report = check_boundaries(desa().drop(columns="kode"), AREAS)
    assert facts(report, "boundary_no_code_column")["columns"] == "nama"


def test_without_a_region_shapes_are_judged_and_nothing_is_stored(region: Path) -> None:
    report = check_boundaries(desa())
    assert keys(report) == {"boundary_no_region": "note"}
    with pytest.raises(BoundaryError, match="belum dibandingkan"):
        import_boundaries(report, region, date=DATE)
    assert [path.name for path in region.iterdir()] == ["areas.csv"]


# ── place: 54 and 55 of the catalogue ─────────────────────────────────────────────────────────────


def moved(rows: gpd.GeoDataFrame, crs: int | None) -> gpd.GeoDataFrame:
    return rows.set_crs(crs, allow_override=True)


def swapped(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    flipped = shapely.transform(rows.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    return rows.set_geometry(gpd.GeoSeries(flipped, crs=rows.crs))


@pytest.mark.parametrize(
    ("rows", "key", "words", "options"),
    [
        (swapped(desa()), "boundary_swapped", "Tukar lintang/bujur?", {"swap": True}),
        (
            moved(desa().to_crs(32750), 4326),
            "boundary_wrong_crs",
            "WGS 84 UTM 50S",
            {"crs": "EPSG:32750"},
        ),
        (
            moved(desa().to_crs(32750), None),
            "boundary_no_crs_guess",
            "WGS 84 UTM 50S",
            {"crs": "EPSG:32750"},
        ),
        (
            moved(desa().to_crs(3857), 4326),
            "boundary_wrong_crs",
            "Pseudo-Mercator",
            {"crs": "EPSG:3857"},
        ),
        (moved(desa(), None), "boundary_no_crs_guess", "WGS 84", {"crs": "EPSG:4326"}),
        (moved(desa(), 3857), "boundary_wrong_crs", "WGS 84", {"crs": "EPSG:4326"}),
    ],
)
def test_misplaced_coordinates_get_an_offer_that_works(
    rows: gpd.GeoDataFrame, key: str, words: str, options: dict[str, Any]
) -> None:
    report = check_boundaries(rows, AREAS)
    assert keys(report)[key] == "error"
    assert words in report.text("id")
    assert not report.usable
    solved = check_boundaries(rows, AREAS, **options)
    assert solved.usable
    shapes = solved.units.geometry.to_numpy()
    assert area_m2(shapes).sum() == pytest.approx(area_m2(desa().geometry).sum(), rel=1e-6)
    assert shapely.box(*shapely.total_bounds(shapes)).within(cell(0, 0).buffer(5 * CELL))


def test_a_declared_projection_is_converted_and_said() -> None:
    report = check_boundaries(desa().to_crs(32750), AREAS)
    assert keys(report)["boundary_reprojected"] == "note"
    assert report.usable


def test_one_shape_far_away_is_named() -> None:
    report = check_boundaries(desa(B=shapely.box(200, -8, 201, -7)), AREAS)
    assert facts(report, "boundary_outside") == {"n": 1, "rows": "2"}


def test_unknown_options_are_refused() -> None:
    with pytest.raises(BoundaryError, match="EPSG:32750"):
        check_boundaries(desa(), AREAS, crs="EPSG:2154")


# ── shapes: 52, 53, 56, 57 of the catalogue ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("shape", "key"),
    [
        (None, "boundary_no_shape"),
        (shapely.Polygon(), "boundary_no_shape"),
        (shapely.LineString([(116.8, -8.8), (116.9, -8.8)]), "boundary_not_polygon"),
        (shapely.Point(116.8, -8.8), "boundary_not_polygon"),
        (draw(PICTURE).geometry["A"], "boundary_same_shape"),
    ],
)
def test_shapes_that_are_no_area(shape: Any, key: str) -> None:
    rows = desa()
    rows["geometry"] = gpd.GeoSeries([rows.geometry[0], shape, rows.geometry[2]], crs=4326)
    report = check_boundaries(rows, AREAS)
    assert keys(report)[key] == "error"
    assert "2" in facts(report, key)["rows"]


def test_broken_rings_of_a_file_are_named_and_the_rest_checked(
    tmp_path: Path, region: Path
) -> None:
    path = saved(desa(), tmp_path)
    told = json.loads(path.read_text())
    told["features"][0]["geometry"]["coordinates"][0].pop()
    told["features"][1]["geometry"]["coordinates"][0][0] = ["116.8", "-8.8"]
    path.write_text(json.dumps(told))
    report = check_file(path, region)
    assert facts(report, "boundary_ring")["rows"] == "1"
    assert facts(report, "boundary_number")["rows"] == "2"
    assert report.figures["n_matched"] == 3
    assert report.figures["n_missing"] == 3


def test_a_spike_is_repaired_and_a_bow_tie_refused() -> None:
    a = draw(PICTURE).geometry["A"]
    corners = list(a.exterior.coords)
    spike = shapely.Polygon([corners[0], (WEST - CELL, SOUTH), *corners])
    report = check_boundaries(desa(A=spike), AREAS)
    assert keys(report)["boundary_invalid"] == "warning"
    assert report.usable
    assert report.repair.boundaries.geometry.is_valid.all()
    west, south, east, north = a.bounds
    bow_tie = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    report = check_boundaries(desa(A=bow_tie), AREAS)
    assert keys(report)["boundary_change"] == "error"


def test_heights_and_islands_are_only_noted() -> None:
    rows = desa("A A B B\nA A . B\nC C C B\n. . . .\nA . . .")
    rows["geometry"] = gpd.GeoSeries(shapely.force_3d(rows.geometry.to_numpy(), 5), crs=4326)
    report = check_boundaries(rows, AREAS)
    assert keys(report)["boundary_3d"] == keys(report)["boundary_multipart"] == "note"
    assert report.usable
