"""Bringing boundaries into a region: neighbourhoods of BPS, dates, and the real desa."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from boundary_files import (
    AREAS,
    DATE,
    DESA,
    LATER,
    NAMES,
    PICTURE,
    SHARED,
    desa,
    facts,
    keys,
    rt_table,
    saved,
    write_region,
)
from drawing import CELL, SOUTH, WEST, cell, draw

from pbrt_geo import boundaries as bd
from pbrt_geo.boundaries import (
    area_m2,
    check_boundaries,
    check_file,
    gaps,
    import_file,
    overlaps,
)
from pbrt_geo.boundaries.bring import sls_name
from pbrt_geo.boundaries.tables import write_all
from pbrt_geo.codes import is_rt_id, rt_id
from pbrt_geo.errors import BoundaryError, FileRefused
from pbrt_geo.read.boundaries import neighbourhoods, read_boundaries
from pbrt_geo.schema import AREA_BOUNDARIES, RT, RT_BOUNDARIES


@pytest.fixture
def region(tmp_path: Path) -> Path:
    return write_region(tmp_path / "region")


# ── neighbourhoods of BPS ─────────────────────────────────────────────────────────────────────────


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


# ── import ────────────────────────────────────────────────────────────────────────────────────────


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
    with pytest.raises(BoundaryError, match="1 RT sudah berakhir pada tanggal itu"):
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


# ── the real boundaries of the kabupaten ──────────────────────────────────────────────────────────


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
