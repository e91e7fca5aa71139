"""Vintages from files and from regions on a date; the sample's lineage is found again by land."""

import datetime as dt
import json
import shutil
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from drawing import draw

from pbrt_geo.boundaries import FileOptions, compare_boundaries, compare_vintages
from pbrt_geo.boundaries.vintages import file_vintage, region_vintage
from pbrt_geo.cli import main
from pbrt_geo.codes import rt_id
from pbrt_geo.comparison import read_comparison
from pbrt_geo.errors import BoundaryError, FileRefused, PbrtError
from pbrt_geo.region import Region, read_region

SAMPLE = Path(__file__).parents[1] / "geodata" / "sample"
EARLY, LATE = dt.date(2007, 12, 31), dt.date(2008, 12, 31)
PICTURE = "A A B B\nA A B B\nC C D D\nC C D D"
CODES = {"A": "52.07.01.2001", "B": "52.07.01.2002", "C": "52.07.01.2003", "D": "52.07.02.1004"}
BPS = {"A": "5207020004", "B": "5207020002", "C": "5207020005", "D": "5207030009"}
NAMES = {"A": "Goa", "B": "Belo", "C": "Beru", "D": "Menala", "E": "Goa Barat"}


@pytest.fixture(scope="module")
def region() -> Region:
    return read_region(SAMPLE)


def saved(folder: Path, name: str, picture: str = PICTURE, **columns: dict[str, str]) -> Path:
    drawn = draw(picture)
    told = {column: [of.get(unit) for unit in drawn.index] for column, of in columns.items()}
    rows = drawn.assign(**told).reset_index(drop=True)
    rows.to_file(folder / name, driver="GeoJSON", COORDINATE_PRECISION=15)
    return folder / name


# ── files ───────────────────────────────────────────────────────────────────────────────────────


def test_a_file_keeps_codes_that_no_table_knows(tmp_path: Path) -> None:
    codes = CODES | {"E": "52.07.01.2077"}
    path = saved(tmp_path, "b.geojson", "A A B B\nE E B B\nC C D D", kode=codes, nama=NAMES)
    vintage = file_vintage(path, SAMPLE)
    assert (vintage.level, vintage.label) == ("desa", "b.geojson")
    assert vintage.units["code"].tolist() == list(codes.values())
    assert vintage.units["name"].tolist() == list(NAMES.values())


def test_codes_of_bps_become_those_of_the_region(tmp_path: Path) -> None:
    path = saved(tmp_path, "b.geojson", kode=BPS, nama=NAMES)
    assert file_vintage(path, SAMPLE).units["code"].tolist()[:3] == list(CODES.values())[:3]
    assert file_vintage(path).units["code"].tolist() == list(BPS.values())
    old = saved(tmp_path, "a.geojson", kode=CODES, nama=NAMES)
    assert compare_vintages(old, path, region_dir=SAMPLE).proposals.empty
    unnamed = compare_vintages(old, path)
    assert unnamed.proposals.empty
    assert [note.key for note in unnamed.notes] == ["vintage_scheme_other"]


def test_two_files_are_compared_and_named(tmp_path: Path) -> None:
    old = saved(tmp_path, "lama.geojson", kode=CODES, nama=NAMES)
    new = saved(
        tmp_path, "baru.geojson", "A A B B\nE E B B\nC C D D\nC C D D", kode=CODES, nama=NAMES
    )
    comparison = compare_vintages(old, new)
    assert comparison.proposals["before"].tolist() == ["52.07.01.2001"]
    assert comparison.proposals["after"].tolist() == ["52.07.01.2001;new#5"]
    assert comparison.sides["old"] == {
        "label": "lama.geojson", "date": None, "region": "", "n": 4,
    }  # fmt: skip


def test_rows_without_a_shape_and_misplaced_files(tmp_path: Path) -> None:
    old = saved(tmp_path, "a.geojson", kode=CODES, nama=NAMES)
    told = json.loads(old.read_text())
    told["features"][1]["geometry"] = None
    (tmp_path / "b.geojson").write_text(json.dumps(told))
    comparison = compare_vintages(old, tmp_path / "b.geojson")
    assert comparison.proposals["kind"].tolist() == ["bubar"]
    assert [note.key for note in comparison.notes] == ["vintage_no_shape_new"]
    rows = gpd.read_file(old)
    swapped = shapely.transform(rows.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    path = tmp_path / "c.geojson"
    rows.set_geometry(gpd.GeoSeries(swapped, crs=4326)).to_file(path, driver="GeoJSON")
    with pytest.raises(BoundaryError, match="Tukar lintang/bujur"):
        compare_vintages(old, path)
    assert compare_vintages(old, old, options=FileOptions(crs="EPSG:4326")).proposals.empty


def test_a_file_that_reads_others_is_refused_here_too(tmp_path: Path) -> None:
    trap = tmp_path / "b.geojson"
    trap.write_text('<OGRVRTDataSource><OGRVRTLayer name="a"/></OGRVRTDataSource>')
    old = saved(tmp_path, "a.geojson", kode=CODES, nama=NAMES)
    with pytest.raises(FileRefused):
        compare_vintages(old, trap)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tiada.geojson", "bukan berkas batas dan bukan"),
        (f"{SAMPLE}@2008-02-31", "bukan berkas batas dan bukan"),
        (f"{SAMPLE}@1999-01-01", "tidak memiliki poligon desa pada 1999-01-01"),
        ("tiada@2008-12-31", r"region\.toml"),
    ],
)
def test_what_is_no_vintage_is_said(text: str, words: str) -> None:
    with pytest.raises(PbrtError, match=words) as caught:
        compare_vintages(f"{SAMPLE}@2007-12-31", text, level="desa")
    assert str(SAMPLE.parent) not in caught.value.text()


def test_levels_must_agree(tmp_path: Path) -> None:
    desa = saved(tmp_path, "desa.geojson", kode=CODES, nama=NAMES)
    ids = {letter: rt_id("52.07", serial) for serial, letter in enumerate("ABCD", 1)}
    rt = saved(tmp_path, "rt.geojson", rt_id=ids, nama=NAMES)
    with pytest.raises(BoundaryError, match="Batas lama memuat desa, batas baru memuat rt"):
        compare_vintages(desa, rt)


def test_neighbourhoods_of_bps_find_their_rt(tmp_path: Path, region: Region) -> None:
    sls = {
        "A": "52070200040001",
        "B": "52070200040002",
        "C": "52070200020001",
        "D": "52070200020002",
    }
    path = saved(tmp_path, "Final_SLS.geojson", idsls=sls, nmsls=NAMES)
    assert file_vintage(path).units["code"].tolist() == list(sls.values())
    assert file_vintage(path, SAMPLE).level == "rt"


# ── the sample ──────────────────────────────────────────────────────────────────────────────────


def test_desa_of_the_sample_are_dissolved_from_their_rt(region: Region) -> None:
    desa = region_vintage(region, LATE, "desa")
    assert len(desa.units) == 64  # Lamunga has no polygon
    assert desa.units["name"].isin(region.tables["areas"]["name"]).all()
    whole = shapely.union_all(desa.units.geometry.to_numpy())
    assert whole.symmetric_difference(shapely.union_all(
        region.boundaries_on(LATE).geometry.to_numpy()
    )).area == pytest.approx(0, abs=1e-12)  # fmt: skip


def happened(region: Region) -> set[tuple[str, str, str]]:
    """Kind and units of each event of RTs in 2008, as the lineage has them."""
    events, units = region.lineage.events, region.lineage.units
    days = (str(EARLY), str(LATE))
    year = events[(events["date"] > days[0]) & (events["date"] <= days[1])]
    year = year[year["level"] == "rt"]
    sides = units.groupby(["event_id", "role"])["unit_id"].agg(lambda ids: ";".join(sorted(ids)))
    sides = sides.unstack().fillna("").loc[year.index]
    return set(zip(year["kind"], sides["before"], sides["after"], strict=True))


@pytest.mark.parametrize("with_ids", [True, False])
def test_the_lineage_of_the_sample_is_found_by_land(region: Region, with_ids: bool) -> None:
    old, new = region_vintage(region, EARLY), region_vintage(region, LATE)
    rows = new.units if with_ids else new.units.assign(code=None)
    comparison = compare_boundaries(old.units, rows, level="rt")
    own = {f"new#{row}": code for row, code in zip(rows["row"], new.units["code"], strict=True)}
    proposed = {
        (row.kind, *(
            ";".join(sorted(own.get(unit, unit) for unit in ids.split(";")))
            for ids in (row.before, row.after)
        ))
        for row in comparison.proposals.itertuples()
    }  # fmt: skip
    events = {
        (kind, before, after)
        for kind, before, after in happened(region)
        if set(filter(None, before.split(";"))) <= set(old.units["code"])
        and set(filter(None, after.split(";"))) <= set(new.units["code"])
    }
    # By land alone, one that was founded on another's land has split from it, and one that moved
    # to another desa has stayed where it was under a new number.
    unseen = {event for event in events if event[0] in ("bentuk", "pindah")}
    assert events - proposed == unseen
    extra = proposed - events
    assert sorted(kind for kind, _, _ in extra) == ["ganti_nomor", "pecah", "pecah"]
    founded = {event[2] for event in unseen if event[0] == "bentuk"}
    assert all(
        set(after.split(";")) - set(before.split(";")) <= founded
        for kind, before, after in extra if kind == "pecah"
    )  # fmt: skip
    assert {event[1] for event in unseen if event[0] == "pindah"} == {
        before for kind, before, _ in extra if kind == "ganti_nomor"
    }
    kinds = [kind for kind, _, _ in proposed & events]
    assert (kinds.count("pecah"), kinds.count("gabung"), kinds.count("bubar")) == (75, 4, 1)


# ── the command ─────────────────────────────────────────────────────────────────────────────────


def test_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = saved(tmp_path, "lama.geojson", kode=CODES, nama=NAMES)
    new = saved(
        tmp_path, "baru.geojson", "A A B B\nE E B B\nC C D D\nC C D D", kode=CODES, nama=NAMES
    )
    out = tmp_path / "banding"
    assert main(["boundaries", "compare", str(old), str(new), "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "P001 · pecah" in told
    assert "Goa (52.07.01.2001) → Goa (52.07.01.2001), Goa Barat (new#5)" in told
    folder = read_comparison(out)
    assert folder.side("new") == "baru.geojson"
    assert folder.proposals["kind"].tolist() == ["pecah"]
    assert main(["--lang", "en", "boundaries", "compare", str(old), str(new), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["counts"]["n_unchanged"] == 3
    assert told["proposals"][0]["reasons"][0].startswith("100% of the land before and after")
    assert main(["boundaries", "compare", str(old), "tiada.geojson"]) == 1
    assert "bukan berkas batas" in capsys.readouterr().err


# ── from a file to events ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the sample without its data: lineage and boundaries only."""
    names = ("region.toml", "areas.csv", "events.csv", "event_units.csv", "rt_boundaries.parquet")
    (tmp_path / "region").mkdir()
    for name in names:
        shutil.copy(SAMPLE / name, tmp_path / "region" / name)
    return tmp_path / "region"


def test_only_what_is_accepted_becomes_an_event(copy: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    rows = region_vintage(read_region(copy), LATE).units.set_index("code", drop=False)
    first, second = rows.index[10], rows.index[200]
    west, south, east, north = rows.geometry[first].bounds
    half = shapely.box(west, south, (west + east) / 2, north)
    child = rows.geometry[first].difference(half)
    rows.loc[first, "geometry"] = rows.geometry[first].intersection(half)
    rows.loc["x"] = {"code": None, "name": "RT 098 Dusun Anak", "row": 0, "geometry": child}
    rows.loc[second, "name"] = "RT 099 Dusun Baru"
    sent = rows.rename(columns={"code": "rt_id", "name": "nama"}).drop(columns="row")
    sent.set_crs(4326).to_file(tmp_path / "baru.geojson", driver="GeoJSON", COORDINATE_PRECISION=15)
    old, new, out = f"{copy}@{LATE}", str(tmp_path / "baru.geojson"), tmp_path / "banding"
    assert main(["boundaries", "compare", old, new, "--region", str(copy), "--out", str(out)]) == 0
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before
    proposals = read_comparison(out).proposals
    assert proposals["kind"].tolist() == ["pecah", "ganti_nomor"]
    table = out / "proposals.csv"
    text = table.read_text(encoding="utf-8-sig").splitlines()
    text[1] = text[1].replace(",1.0,1.0,,", ",1.0,1.0,terima,")
    table.write_text("\n".join(text), encoding="utf-8-sig")
    told = ["--region", str(copy), "--date", "2009-03-01", "--sk", "140/1/2009"]
    assert main(["lineage", "accept", str(table), *told]) == 0
    lineage = read_region(copy).lineage
    event = lineage.events.iloc[-1]
    assert (event["kind"], event["sk_number"]) == ("pecah", "140/1/2009")
    born = lineage.on(dt.date(2009, 3, 1)).index.difference(lineage.on(LATE).index)
    assert lineage.on(dt.date(2009, 3, 1))["name"][born].tolist() == ["RT 098 Dusun Anak"]
    assert born[0] in list(lineage.descendants(first)["unit_id"])
    assert lineage.on(dt.date(2009, 3, 1))["name"][second] != "RT 099 Dusun Baru"
