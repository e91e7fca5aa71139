"""Checking, repairing and importing boundaries; the situations are drawn."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from drawing import CELL, SOUTH, WEST, cell, draw
from hypothesis import given, settings
from hypothesis import strategies as st

from pbrt_geo import boundaries as bd
from pbrt_geo.boundaries import (
    area_m2,
    check_boundaries,
    check_file,
    gaps,
    import_boundaries,
    import_file,
    overlaps,
    repair_boundaries,
    simplify_coverage,
)
from pbrt_geo.boundaries.bring import sls_name
from pbrt_geo.boundaries.tables import write_all
from pbrt_geo.boundaries.units import Options
from pbrt_geo.codes import is_rt_id, rt_id
from pbrt_geo.errors import BoundaryError, FileRefused
from pbrt_geo.read.boundaries import neighbourhoods, read_boundaries
from pbrt_geo.schema import AREA_BOUNDARIES, RT, RT_BOUNDARIES

SHARED = Path(__file__).parents[1].parent / "shared"
DATE = dt.date(2008, 12, 31)
LATER = dt.date(2009, 6, 1)

AREAS = pd.DataFrame(
    [
        ("52.07", "kabupaten", "Contoh", "5207"),
        ("52.07.01", "kecamatan", "Jereweh", "5207020"),
        ("52.07.01.2001", "desa", "Goa", "5207020004"),
        ("52.07.01.2002", "desa", "Belo", "5207020002"),
        ("52.07.01.2003", "desa", "Beru", "5207020005"),
        ("52.07.02.2021", "desa", "Lamunga", "5207030018"),
    ],
    columns=["area_id", "level", "name", "bps_code"],
).assign(
    other_names=None,
    label_lon=[None, None, "116.801", "116.803", "116.805", "116.802"],
    label_lat=[None, None, "-8.799", "-8.798", "-8.799", "-8.797"],
)
DESA = {"A": "52.07.01.2001", "B": "52.07.01.2002", "C": "52.07.01.2003"}
NAMES = {"A": "Goa", "B": "BELO", "C": "Desa Beru"}

PICTURE = """
    A A B B
    A A B B
    C C C C
"""


def desa(picture: str = PICTURE, **changes: Any) -> gpd.GeoDataFrame:
    """Draw desa with their codes and names; `changes` replace a shape by its letter."""
    drawn = draw(picture)
    for letter, shape in changes.items():
        drawn.loc[letter, "geometry"] = shape
    told = {"kode": drawn.index.map(DESA), "nama": drawn.index.map(NAMES)}
    return drawn.assign(**told).reset_index(drop=True)


def keys(report: Any) -> dict[str, str]:
    return {problem.key: problem.severity for problem in report.problems}


def facts(report: Any, key: str) -> dict[str, Any]:
    return next(problem.facts for problem in report.problems if problem.key == key)


def saved(rows: gpd.GeoDataFrame, folder: Path, name: str = "batas.geojson") -> Path:
    rows.to_file(folder / name, driver="GeoJSON", COORDINATE_PRECISION=15)
    return folder / name


@pytest.fixture
def region(tmp_path: Path) -> Path:
    folder = tmp_path / "region"
    folder.mkdir()
    AREAS.to_csv(folder / "areas.csv", index=False)
    return folder


# ── the check ───────────────────────────────────────────────────────────────────────────────────


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


# ── place: 54 and 55 of the catalogue ───────────────────────────────────────────────────────────


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


# ── shapes: 52, 53, 56, 57 of the catalogue ─────────────────────────────────────────────────────


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


# ── repair ──────────────────────────────────────────────────────────────────────────────────────


def test_a_true_coverage_comes_back_to_the_last_digit() -> None:
    drawn = draw(PICTURE)
    repair = repair_boundaries(drawn)
    assert shapely.equals_identical(repair.boundaries.geometry.array, drawn.geometry.array).all()
    assert repair.largest_change == 0


def test_overlap_and_gap_are_repaired_within_one_percent() -> None:
    drawn = draw("A A A B B B\nA A A B B B\nA A A B B B")
    edge = WEST + 3 * CELL
    drawn.loc["A", "geometry"] = shapely.box(WEST, SOUTH, edge + 0.01 * CELL, SOUTH + 3 * CELL)
    hair = shapely.box(edge + CELL, SOUTH + CELL, edge + 1.02 * CELL, SOUTH + 2 * CELL)
    drawn.loc["B", "geometry"] = shapely.difference(drawn.geometry["B"], hair)
    repair = repair_boundaries(drawn)
    shapes = repair.boundaries.geometry.to_numpy()
    assert (repair.n_overlaps, repair.n_gaps) == (1, 1)
    assert shapely.coverage_is_valid(shapes)
    assert len(overlaps(shapes)) == len(gaps(shapes)) == 0
    assert 0 < repair.largest_change <= 0.01


def test_an_overlap_that_would_cost_an_area_more_is_refused_by_name() -> None:
    drawn = draw("A A B B")
    drawn.loc["A", "geometry"] = shapely.box(WEST, SOUTH, WEST + 3 * CELL, SOUTH + CELL)
    with pytest.raises(BoundaryError, match="lebih dari 1 %") as caught:
        repair_boundaries(drawn)
    assert caught.value.problems[0].facts["areas"] in ("A", "B")


SMALL = st.floats(-3e-5, 3e-5)  # degrees: up to 3 m


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 35), st.floats(-3e-5, 3e-5), st.floats(-3e-5, 3e-5)), max_size=12
    )
)
def test_repair_never_changes_an_area_by_more_than_one_percent(
    nudges: list[tuple[int, float, float]],
) -> None:
    drawn = draw("A A A B B B\nA A A B B B\nC C C C D D\nC C C C D D")
    shapes = [_nudged(shape, nudges, k) for k, shape in enumerate(drawn.geometry)]
    hurt = drawn.set_geometry(gpd.GeoSeries(shapes, index=drawn.index, crs=4326))
    before = area_m2(shapes)
    try:
        repair = repair_boundaries(hurt)
    except BoundaryError:
        return
    after = area_m2(repair.boundaries.geometry.to_numpy())
    assert (np.abs(after / before - 1) <= 0.01).all()
    assert abs(after.sum() / before.sum() - 1) <= 0.01
    assert len(overlaps(repair.boundaries.geometry.to_numpy())) == 0
    assert repair.boundaries.geometry.is_valid.all()


def _nudged(shape: Any, nudges: list[tuple[int, float, float]], k: int) -> shapely.Polygon:
    corners = shapely.get_coordinates(shape)[:-1]
    for place, dx, dy in nudges:
        if place % 4 == k:
            corners[place % len(corners)] += (dx, dy)
    return shapely.Polygon(corners)


def test_simplified_neighbours_still_share_their_edges() -> None:
    waves = np.linspace(0, 2 * CELL, 200)
    line = np.column_stack([WEST + CELL + 2e-5 * np.sin(waves * 4e4), SOUTH + waves])
    west = shapely.Polygon([(WEST, SOUTH), *line, (WEST, SOUTH + 2 * CELL)])
    east = shapely.Polygon([(WEST + 2 * CELL, SOUTH), *line, (WEST + 2 * CELL, SOUTH + 2 * CELL)])
    rows = gpd.GeoDataFrame(geometry=[west, None, east], index=["w", "none", "e"], crs=4326)
    simple = simplify_coverage(rows, tolerance_m=5)
    drawn = simple.geometry.dropna().to_numpy()
    assert shapely.coverage_is_valid(drawn)
    assert shapely.get_num_coordinates(drawn).sum() < 100
    assert list(simple.index) == ["w", "none", "e"]
    assert simple.geometry.isna()["none"]


# ── neighbourhoods of BPS ───────────────────────────────────────────────────────────────────────


def sls(picture: str = "A a B\nC C D", **codes: str) -> gpd.GeoDataFrame:
    told = {
        "A": "5207020004000100",
        "a": "5207020004000101",  # a part of the same neighbourhood
        "B": "5207020004000200",
        "C": "5207020002000100",
        "D": "5207020002100000",  # forest
    } | codes
    names = {"A": "RT 01 DUSUN I", "a": "RT 01 DUSUN I", "B": "RT 01 DUSUN II", "C": "RT 001"}
    drawn = draw(picture)
    return drawn.assign(
        idsls=[told[letter][:14] for letter in drawn.index],
        idsubsls=[told[letter] for letter in drawn.index],
        nmsls=[names.get(letter, "HUTAN") for letter in drawn.index],
    ).reset_index(drop=True)


def test_parts_are_dissolved_and_forest_is_set_apart() -> None:
    rows = sls().assign(row=range(1, 6))
    inhabited, other = neighbourhoods(rows)
    assert sorted(inhabited["idsls"]) == ["52070200020001", "52070200040001", "52070200040002"]
    assert list(other["idsls"]) == ["52070200021000"]
    assert area_m2(inhabited.geometry).sum() + area_m2(other.geometry).sum() == pytest.approx(
        area_m2(rows.geometry).sum()
    )


def test_parts_that_overlap_are_dissolved_all_the_same() -> None:
    rows = sls().assign(row=range(1, 6))
    rows.loc[0, "geometry"] = shapely.box(WEST, SOUTH + CELL, WEST + 1.2 * CELL, SOUTH + 2 * CELL)
    inhabited, _ = neighbourhoods(rows)
    assert len(inhabited) == 3
    assert inhabited.geometry.is_valid.all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RT 03 DUSUN I", ("003", None, "I")),
        ("RT 016 DUSUN 3 NUNJUNG", ("016", None, "3 NUNJUNG")),
        ("RT 001", ("001", None, None)),
        ("RT.2 RW.05 LINGKUNGAN SAMPIR", ("002", "005", "SAMPIR")),
        ("BLOK C", ("007", None, None)),
        (None, ("007", None, None)),
    ],
)
def test_names_of_bps_are_taken_apart(name: Any, expected: tuple[str | None, ...]) -> None:
    told = sls_name("52070200040007", name)
    assert (told["number"], told["rw"], told["dusun"]) == expected
    assert told["name"]


def test_the_file_of_bps_as_it_comes_founds_the_rt(tmp_path: Path, region: Path) -> None:
    path = saved(sls(), tmp_path, "Final_SLS_202315207.geojson")
    report = check_file(path, region)
    assert (report.kind, report.scheme) == ("sls", "bps")
    assert keys(report) == {
        "boundary_uninhabited": "note",
        "boundary_parts": "note",
    }
    result = import_file(path, region, date=DATE)
    assert (result.figures["n_stored"], result.figures["n_new_rt"]) == (3, 3)
    assert "3 RT baru didaftarkan" in result.text()
    rt = pd.read_csv(region / "rt.csv", dtype=str)
    rows = gpd.read_parquet(region / "rt_boundaries.parquet")
    assert RT.problems(rt) == []
    assert RT_BOUNDARIES.problems(rows) == []
    assert list(rt["rt_id"]) == [rt_id("52.07", serial) for serial in (1, 2, 3)]
    assert list(rt["desa_id"]) == ["52.07.01.2002", "52.07.01.2001", "52.07.01.2001"]
    assert list(rt["number"]) == ["001", "001", "001"]
    assert set(rows["rt_id"]) == set(rt["rt_id"])
    by_sls = rows.merge(rt[["rt_id", "idsls"]], on="rt_id").set_index("idsls").geometry
    assert area_m2([by_sls["52070200040001"]])[0] == pytest.approx(
        2 * area_m2([cell(0, 0)])[0], rel=1e-3
    )


def test_the_same_neighbourhoods_again_find_their_rt(tmp_path: Path, region: Path) -> None:
    path = saved(sls(), tmp_path)
    import_file(path, region, date=DATE)
    before = pd.read_csv(region / "rt.csv", dtype=str)
    result = import_file(saved(sls("A a B\nC D D"), tmp_path), region, date=LATER)
    assert result.figures["n_new_rt"] == 0
    pd.testing.assert_frame_equal(pd.read_csv(region / "rt.csv", dtype=str), before)
    rows = gpd.read_parquet(region / "rt_boundaries.parquet")
    assert RT_BOUNDARIES.problems(rows) == []
    assert len(rows) == 6
    ended = rows[rows["valid_from"] == pd.Timestamp(DATE)]
    assert (ended["valid_to"] == pd.Timestamp(LATER)).all()


def test_neighbourhoods_are_never_matched_by_name(tmp_path: Path, region: Path) -> None:
    rt = rt_table(("52.07.01.2001", "001"), ("52.07.01.2001", "002"), ("52.07.01.2002", "001"))
    rt.to_csv(region / "rt.csv", index=False)
    path = saved(sls(), tmp_path)
    before = (region / "rt.csv").read_bytes()
    with pytest.raises(BoundaryError, match="--mapping"):
        import_file(path, region, date=DATE)
    assert (region / "rt.csv").read_bytes() == before
    codes = ["52070200040001", "52070200040002", "52070200020001"]
    table = pd.DataFrame({"idsls": codes, "rt_id": rt["rt_id"]})
    table.to_csv(tmp_path / "padanan.csv", index=False)
    result = import_file(path, region, date=DATE, mapping=tmp_path / "padanan.csv")
    assert (result.figures["n_stored"], result.figures["n_new_rt"]) == (3, 0)
    assert list(pd.read_csv(region / "rt.csv", dtype=str)["idsls"]) == codes
    table.loc[1, "idsls"] = codes[0]
    table.to_csv(tmp_path / "padanan.csv", index=False)
    with pytest.raises(FileRefused, match="dua kali"):
        import_file(path, region, date=DATE, mapping=tmp_path / "padanan.csv")


def test_problems_of_bps_codes_are_named() -> None:
    report = check_boundaries(sls(C="5207990001000100", B="x"), AREAS)
    assert facts(report, "boundary_sls_malformed")["rows"] == "2"
    assert facts(report, "boundary_sls_unknown_desa")["rows"] == "3"
    assert not report.usable


# ── import ──────────────────────────────────────────────────────────────────────────────────────


def rt_table(*rts: tuple[str, str]) -> pd.DataFrame:
    rows = [
        {
            "rt_id": rt_id("52.07", serial),
            "valid_from": "2006-01-01",
            "valid_to": None,
            "desa_id": desa_id,
            "number": number,
            "rw": None,
            "dusun": None,
            "name": f"RT {number}",
            "source": "rekaan",
        }
        for serial, (desa_id, number) in enumerate(rts, 1)
    ]
    return pd.DataFrame(rows)


def test_desa_boundaries_are_stored_from_a_date(tmp_path: Path, region: Path) -> None:
    result = import_file(saved(desa(), tmp_path), region, date=DATE)
    rows = gpd.read_parquet(region / "area_boundaries.parquet")
    assert AREA_BOUNDARIES.problems(rows) == []
    assert rows.crs == "EPSG:4326"
    assert list(rows["area_id"]) == list(DESA.values())
    assert set(rows["boundary_kind"]) == {"indicative"}
    assert (rows["valid_from"] == pd.Timestamp(DATE)).all()
    assert rows["valid_to"].isna().all()
    assert result.figures["missing"] == ["52.07.02.2021"]
    assert "3 poligon desa/kelurahan" in result.text()
    first = (region / "area_boundaries.parquet").read_bytes()
    import_file(saved(desa(), tmp_path), region, date=DATE)
    assert (region / "area_boundaries.parquet").read_bytes() == first


def test_an_earlier_import_ends_where_a_later_begins(tmp_path: Path, region: Path) -> None:
    path = saved(desa(), tmp_path)
    import_file(path, region, date=LATER)
    import_file(path, region, date=DATE, boundary_kind="official")
    rows = gpd.read_parquet(region / "area_boundaries.parquet").set_index(["area_id", "valid_from"])
    early = rows.loc[("52.07.01.2001", pd.Timestamp(DATE))]
    assert early["valid_to"] == pd.Timestamp(LATER)
    assert early["boundary_kind"] == "official"
    assert pd.isna(rows.loc[("52.07.01.2001", pd.Timestamp(LATER)), "valid_to"])


def test_rt_polygons_need_living_rt(tmp_path: Path, region: Path) -> None:
    rt = rt_table(("52.07.01.2001", "001"), ("52.07.01.2001", "002"), ("52.07.01.2002", "001"))
    rt.loc[2, "valid_to"] = "2008-01-01"
    rt.to_csv(region / "rt.csv", index=False)
    rows = draw(PICTURE).assign(rt_id=list(rt["rt_id"])).reset_index(drop=True)
    path = saved(rows, tmp_path)
    with pytest.raises(BoundaryError, match="1 RT tidak ada di wilayah ini pada tanggal itu"):
        import_file(path, region, date=DATE)
    assert not (region / "rt_boundaries.parquet").exists()
    result = import_file(path, region, date=dt.date(2007, 12, 31))
    assert result.figures["n_stored"] == 3
    assert RT_BOUNDARIES.problems(gpd.read_parquet(region / "rt_boundaries.parquet")) == []
    damaged = rows.assign(rt_id=[rows["rt_id"][0], rows["rt_id"][1][:-1] + "x", ""])
    report = check_boundaries(damaged, AREAS, rt=rt)
    assert {"boundary_rt_malformed", "boundary_code_missing"} <= set(keys(report))


def test_new_polygons_may_not_cover_those_that_stay(tmp_path: Path, region: Path) -> None:
    import_file(saved(desa(), tmp_path), region, date=DATE)
    before = (region / "area_boundaries.parquet").read_bytes()
    alone = desa(A=cell(2, 1)).iloc[[0]]
    with pytest.raises(BoundaryError, match="bertumpang tindih"):
        import_file(saved(alone, tmp_path), region, date=LATER)
    assert (region / "area_boundaries.parquet").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "words"),
    [({"date": None}, "--date"), ({"date": DATE, "boundary_kind": "guess"}, "official")],
)
def test_an_import_says_what_is_missing(
    tmp_path: Path, region: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(BoundaryError, match=words):
        import_file(saved(desa(), tmp_path), region, **options)


def test_a_folder_that_is_no_region(tmp_path: Path) -> None:
    with pytest.raises(BoundaryError, match=r"areas\.csv"):
        import_file(saved(desa(), tmp_path), tmp_path, date=DATE)


def test_all_or_nothing_when_the_disk_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, new = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv"
    one.write_bytes(b"1")
    two.write_bytes(b"2")
    replace = Path.replace

    def fails(self: Path, target: Path) -> Path:
        if Path(target) == two:
            raise OSError
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OSError):
        write_all({new: b"x", one: b"x", two: b"x"})
    assert (one.read_bytes(), two.read_bytes()) == (b"1", b"2")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]


# ── the real boundaries of the kabupaten ────────────────────────────────────────────────────────


@pytest.fixture
def real(tmp_path: Path) -> Path:
    if not (SHARED / "data" / "ksb_desa.geojson").exists():
        pytest.skip("the real boundaries lie outside the repository")
    facts = pd.read_csv(SHARED / "facts" / "ksb_desa.csv", dtype=str)
    areas = {
        "area_id": facts["kode_kemendagri"],
        "level": "desa",
        "name": facts["nama"],
        "bps_code": facts["kode_bps"],
        "other_names": facts["nama_bps"],
        "label_lon": facts["label_lon"],
        "label_lat": facts["label_lat"],
    }
    pd.DataFrame(areas).to_csv(tmp_path / "areas.csv", index=False)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "n_overlaps", "n_gaps"), [("ksb_desa", 0, 0), ("ksb_desa_asli", 108, 258)]
)
def test_the_real_desa_go_through_check_and_import(
    real: Path, name: str, n_overlaps: int, n_gaps: int
) -> None:
    path = SHARED / "data" / f"{name}.geojson"
    report = check_file(path, real)
    assert report.usable
    assert (report.figures["n_matched"], report.figures["n_expected"]) == (64, 65)
    assert "Lamunga (52.07.02.2021)" in report.text()
    assert report.figures["n_overlaps"] == n_overlaps
    assert report.figures["n_gaps"] == n_gaps
    assert report.figures["overlap_ha"] == pytest.approx(12.4 if n_overlaps else 0, abs=0.05)
    assert report.figures["gap_ha"] == pytest.approx(18.5 if n_gaps else 0, abs=0.05)
    result = import_file(path, real, date=DATE)
    assert result.figures["area_km2"] == pytest.approx(1741.6, rel=0.001)
    assert result.figures["largest_change"] <= 0.01
    rows = gpd.read_parquet(real / "area_boundaries.parquet")
    assert AREA_BOUNDARIES.problems(rows) == []
    assert len(rows) == 64
    assert len(overlaps(rows.geometry.to_numpy())) == 0
    assert len(gaps(rows.geometry.to_numpy())) == 0
    table = pd.read_csv(SHARED / "facts" / "ksb_desa.csv", dtype=str).set_index("kode_kemendagri")
    official = table["luas_geodesik_km2"].astype(float).reindex(rows["area_id"]).to_numpy()
    assert np.abs(area_m2(rows.geometry) / 1e6 / official - 1).max() < 0.01


def test_reading_for_a_notebook(tmp_path: Path) -> None:
    rows = read_boundaries(saved(desa(), tmp_path))
    assert rows.crs == "EPSG:4326"
    assert list(rows["nama"]) == list(NAMES.values())
    told = json.loads((tmp_path / "batas.geojson").read_text()) | {"crs": None}
    (tmp_path / "tanpa.geojson").write_text(json.dumps(told))
    with pytest.raises(FileRefused, match="sistem koordinat"):
        read_boundaries(tmp_path / "tanpa.geojson")


def test_everything_public_is_named() -> None:
    assert all(hasattr(bd, name) for name in bd.__all__)
    assert is_rt_id(rt_id("52.07", 1))
