"""Importing over what a region has: what ends, what gives way, what is said of it."""

import datetime as dt
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from boundary_files import AREAS, DATE, DESA, LATER, rt_table, saved, write_region
from drawing import draw

from pbrt_geo.boundaries import ImportResult, area_m2, check_file, import_file, overlaps
from pbrt_geo.codes import rt_id
from pbrt_geo.errors import BoundaryError
from pbrt_geo.schema import EVENT_UNITS, EVENTS, RT_BOUNDARIES
from pbrt_geo.text import say

FIRST = dt.date(2007, 12, 31)
RT = {letter: rt_id("52.07", serial) for serial, letter in enumerate("ABCDE", 1)}
PICTURE = "A A B B\nA A B B\nC C D D\nC C D D"
CELL_HA = 1.2177


@pytest.fixture
def region(tmp_path: Path) -> Path:
    return write_region(tmp_path / "region")


def with_rts(region: Path, **ends: str) -> None:
    """Give a region the RTs A to E of one desa, some with an end."""
    rt = rt_table(*[(DESA["A"], f"{number:03d}") for number in range(1, 6)])
    rt["valid_to"] = [ends.get(letter) for letter in RT]
    rt.to_csv(region / "rt.csv", index=False)


def brought(region: Path, picture: str, date: dt.date, kind: str = "indicative") -> ImportResult:
    drawn = draw(picture)
    rows = drawn.assign(rt_id=[RT[letter] for letter in drawn.index]).reset_index(drop=True)
    path = saved(rows, region.parent)
    return import_file(path, region, date=date, boundary_kind=kind)


def on(region: Path, date: dt.date) -> gpd.GeoDataFrame:
    """Polygons on a date by letter."""
    rows = gpd.read_parquet(region / "rt_boundaries.parquet")
    assert RT_BOUNDARIES.problems(rows) == []
    day = pd.Timestamp(date)
    held = rows[(rows["valid_from"] <= day) & (rows["valid_to"].isna() | (rows["valid_to"] > day))]
    assert held["rt_id"].is_unique
    assert len(overlaps(held.geometry.to_numpy())) == 0
    letters = {code: letter for letter, code in RT.items()}
    return held.set_index(held["rt_id"].map(letters)).sort_index()


def hectares(rows: gpd.GeoDataFrame, letter: str) -> float:
    return float(area_m2([rows.geometry[letter]])[0]) / 1e4


# ── the comparison in short ─────────────────────────────────────────────────────────────────────


def test_a_first_import_has_nothing_to_compare_with(region: Path) -> None:
    with_rts(region)
    result = brought(region, PICTURE, FIRST)
    assert result.figures["comparison"] is None
    assert "Dibandingkan" not in result.text()


def test_an_import_over_an_old_one_tells_what_is_different(region: Path) -> None:
    with_rts(region)
    brought(region, PICTURE, FIRST)
    result = brought(region, "A B B B\nA A B B\nC C D E\nC C D E", DATE)
    assert result.figures["comparison"] == {
        "n_unchanged": 1,  # C
        "n_redrawn": 3,  # A and B exchanged a cell, D gave two to the new E
        "moved_ha": pytest.approx(3 * CELL_HA, abs=0.02),
        "n_outline": 0,
        "n_first": 1,
    }
    text = result.text()
    assert "1 tetap, 3 berubah" in text
    assert "Riwayat wilayah tidak diubah" in text
    assert "The lineage has not changed" in result.text("en")
    assert hectares(on(region, FIRST), "D") == pytest.approx(4 * CELL_HA, rel=0.001)
    assert hectares(on(region, DATE), "D") == pytest.approx(2 * CELL_HA, rel=0.001)


def test_the_same_boundaries_again_are_unchanged(region: Path) -> None:
    with_rts(region)
    brought(region, PICTURE, FIRST)
    result = brought(region, PICTURE, DATE)
    assert result.figures["comparison"]["n_unchanged"] == 4
    assert result.figures["comparison"]["moved_ha"] == 0


def test_nothing_of_the_lineage_is_written(region: Path) -> None:
    with_rts(region)
    before = (region / "rt.csv").read_bytes()
    brought(region, PICTURE, FIRST)
    brought(region, "A B B B\nA A B B\nC C D E\nC C D E", DATE)
    assert (region / "rt.csv").read_bytes() == before
    assert sorted(path.name for path in region.iterdir()) == [
        "areas.csv", "rt.csv", "rt_boundaries.parquet",
    ]  # fmt: skip


# ── what gives way ──────────────────────────────────────────────────────────────────────────────


def test_official_boundaries_end_indicative_ones_beneath_them(region: Path) -> None:
    with_rts(region)
    brought(region, PICTURE, FIRST)
    result = brought(region, "E E B B\nE E B B\n. . . .\n. . . .", DATE, "official")
    assert (result.figures["n_gave_way"], result.figures["n_trimmed"]) == (1, 0)
    assert "1 poligon diakhiri, 0 dipotong" in result.text()
    assert list(on(region, DATE - dt.timedelta(days=1)).index) == ["A", "B", "C", "D"]
    assert list(on(region, DATE).index) == ["B", "C", "D", "E"]
    assert on(region, DATE)["boundary_kind"].to_dict() == {
        "B": "official", "C": "indicative", "D": "indicative", "E": "official",
    }  # fmt: skip


def test_a_neighbour_that_is_only_grazed_keeps_its_rest(region: Path) -> None:
    with_rts(region)
    brought(region, PICTURE, FIRST)
    result = brought(region, "A A A B\nA A A B\n. . . .\n. . . .", DATE, "official")
    assert (result.figures["n_gave_way"], result.figures["n_trimmed"]) == (0, 0)
    brought(region, "A A A B\nA A A B\nC D D D\nC C D D", LATER)
    result = brought(region, "C C . .\nC C . .", dt.date(2009, 7, 1), "official")
    assert (result.figures["n_gave_way"], result.figures["n_trimmed"]) == (0, 1)
    later = on(region, dt.date(2009, 7, 1))
    assert hectares(later, "D") == pytest.approx(4 * CELL_HA, rel=0.001)
    assert hectares(on(region, LATER), "D") == pytest.approx(5 * CELL_HA, rel=0.001)
    assert later["boundary_kind"]["D"] == "indicative"


@pytest.mark.parametrize("kinds", [("official", "official"), ("indicative", "indicative"),
                                   ("official", "indicative")])  # fmt: skip
def test_nothing_else_gives_way(region: Path, kinds: tuple[str, str]) -> None:
    with_rts(region)
    brought(region, PICTURE, FIRST, kinds[0])
    before = (region / "rt_boundaries.parquet").read_bytes()
    with pytest.raises(BoundaryError, match="bertumpang tindih"):
        brought(region, "E E B B\nE E B B", DATE, kinds[1])
    assert (region / "rt_boundaries.parquet").read_bytes() == before


def test_cells_drawn_from_points_give_way_to_any_import(region: Path) -> None:
    with_rts(region)
    brought(region, PICTURE, FIRST)
    path = region / "rt_boundaries.parquet"
    gpd.read_parquet(path).assign(
        source=say("indicative.source.points", date="2007-12-31")
    ).to_parquet(path)
    result = brought(region, "E E B B\nE E B B\n. . . .\n. . . .", DATE)
    assert (result.figures["n_gave_way"], result.figures["n_trimmed"]) == (1, 0)
    assert list(on(region, DATE).index) == ["B", "C", "D", "E"]


def test_the_polygon_of_an_rt_that_ended_is_no_obstacle(region: Path) -> None:
    with_rts(region, B="2008-06-01")
    brought(region, PICTURE, FIRST)
    result = brought(region, "A A A A\nA A A A\nC C D D\nC C D D", DATE)
    assert result.figures["comparison"]["n_redrawn"] == 1  # A, into which B merged
    assert list(on(region, dt.date(2008, 5, 31)).index) == ["A", "B", "C", "D"]
    assert list(on(region, dt.date(2008, 6, 1)).index) == ["A", "C", "D"]
    assert hectares(on(region, DATE), "A") == pytest.approx(8 * CELL_HA, rel=0.001)


# ── RTs that have ended ─────────────────────────────────────────────────────────────────────────


def with_events(region: Path) -> None:
    """A, B and C were there; in 2008 A split into D and E and ended, B merged into C."""
    events = [
        ("E00001", "awal", "2006-01-01", None),
        ("E00002", "pecah", "2008-03-01", "140/7/2008"),
        ("E00003", "gabung", "2008-05-01", None),
    ]
    units = [
        *[("E00001", "after", letter) for letter in "ABC"],
        *[("E00002", "before", "A"), ("E00002", "after", "D"), ("E00002", "after", "E")],
        *[("E00003", "before", "B"), ("E00003", "before", "C"), ("E00003", "after", "C")],
    ]
    table = pd.DataFrame(events, columns=["event_id", "kind", "date", "sk_number"])
    table = table.assign(level="rt", source="rekaan")
    table.reindex(columns=[c.name for c in EVENTS.columns]).to_csv(
        region / "events.csv", index=False
    )
    told = pd.DataFrame(units, columns=["event_id", "role", "unit_id"])
    after = told["role"] == "after"
    number = (told["unit_id"].map(list(RT).index) + 1).map("{:03d}".format)
    told = told.assign(unit_id=told["unit_id"].map(RT))
    told["parent_id"] = pd.Series(DESA["A"], told.index).where(after)
    told["number"], told["name"] = number.where(after), ("RT " + number).where(after)
    told.reindex(columns=[c.name for c in EVENT_UNITS.columns]).to_csv(
        region / "event_units.csv", index=False
    )
    AREAS.assign(kind="Desa", parent_id="52.07.01").to_csv(region / "areas.csv", index=False)


def test_ended_codes_get_their_successors_offered(region: Path) -> None:
    with_events(region)
    drawn = draw("A A B B\nA A B B\nC C D D\nC C D D")
    rows = drawn.assign(rt_id=[RT[letter] for letter in drawn.index]).reset_index(drop=True)
    path = saved(rows, region.parent)
    report = check_file(path, region, date=DATE)
    problem = next(p for p in report.problems if p.key == "boundary_rt_ended")
    assert (problem.severity, problem.facts["n"], problem.facts["rows"]) == ("error", 2, "1, 2")
    text = report.text()
    assert f"{RT['A']} pecah 2008-03-01 (140/7/2008), penggantinya {RT['D']}, {RT['E']}" in text
    assert f"{RT['B']} gabung 2008-05-01, penggantinya {RT['C']}" in text
    assert f"succeeded by {RT['C']}" in report.text("en")
    with pytest.raises(BoundaryError, match="2 RT sudah berakhir pada tanggal itu"):
        import_file(path, region, date=DATE)
    assert not (region / "rt_boundaries.parquet").exists()
    early = check_file(path, region, date=FIRST)
    assert [p.key for p in early.errors] == ["boundary_rt_not_yet"]
    assert f"1 RT belum terbentuk pada tanggal itu (baris 4): {RT['D']} 2008-03-01" in early.text()


def test_without_a_date_the_last_successors_are_told(region: Path) -> None:
    with_events(region)
    rows = draw("A A").assign(rt_id=RT["A"]).reset_index(drop=True)
    text = check_file(saved(rows, region.parent), region).text("en")
    assert f"{RT['A']} split 2008-03-01 (140/7/2008), succeeded by {RT['D']}, {RT['E']}" in text


def test_successors_can_be_drawn_in_place_of_the_old(region: Path) -> None:
    with_events(region)
    brought(region, "A A B B\nA A B B\nC C C C", FIRST)
    result = brought(region, "D D C C\nE E C C\nC C C C", DATE)
    assert result.figures["n_stored"] == 3
    assert result.figures["comparison"]["n_first"] == 2
    assert list(on(region, dt.date(2008, 2, 29)).index) == ["A", "B", "C"]
    assert list(on(region, DATE).index) == ["C", "D", "E"]
    assert shapely.union_all(on(region, DATE).geometry).is_valid
