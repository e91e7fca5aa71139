"""Two vintages of boundaries; what happened between them is drawn, and found by comparing."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from drawing import CELL, SOUTH, WEST, draw
from hypothesis import given, settings
from hypothesis import strategies as st

from pbrt_geo.boundaries import Comparison, compare_boundaries, repair_boundaries, simplify_coverage
from pbrt_geo.errors import BoundaryError
from pbrt_geo.text import has
from pbrt_geo.text.vintages import COLUMNS, KINDS

SHARED = Path(__file__).parents[1].parent / "shared"
CELL_HA = 1.2177  # 0.001° at 8.8° south on WGS 84: 109.99 m by 110.60 m, about
NAMES = {"A": "Goa", "B": "Belo", "C": "Beru", "D": "Dasan", "E": "Empang", "F": "Fajar"}

PICTURE = """
    A A B B
    A A B B
    C C D D
    C C D D
"""


def units(
    picture: str = PICTURE,
    codes: dict[str, Any] | None = None,
    names: dict[str, Any] | None = None,
) -> gpd.GeoDataFrame:
    """Draw units whose code is their letter; `codes` and `names` say what else they are called."""
    drawn = draw(picture)
    code = [letter if codes is None else codes.get(letter, letter) for letter in drawn.index]
    name = [(NAMES | (names or {})).get(letter, letter) for letter in drawn.index]
    return drawn.assign(code=code, name=name).reset_index(drop=True)


def found(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Kind, ids before, ids after of each proposal."""
    rows = comparison.proposals
    return list(zip(rows["kind"], rows["before"], rows["after"], strict=True))


def keys(comparison: Comparison, row: int = 0) -> set[str]:
    """Keys of the reasons of one proposal."""
    return {reason.key for reason in comparison.proposals["reasons"][row]}


def notes(comparison: Comparison) -> set[str]:
    return {note.key for note in comparison.notes}


def only(comparison: Comparison) -> Any:
    assert len(comparison.proposals) == 1, found(comparison)
    return comparison.proposals.iloc[0]


# ── one thing at a time ─────────────────────────────────────────────────────────────────────────


def test_the_same_boundaries_propose_nothing() -> None:
    comparison = compare_boundaries(units(), units())
    assert found(comparison) == []
    assert comparison.counts["n_unchanged"] == 4
    assert comparison.counts["noise_ha"] == comparison.counts["moved_ha"] == 0
    assert list(comparison.proposals.columns) == [*COLUMNS, "reasons"]
    assert "Tidak ada peristiwa yang diusulkan." in comparison.text()


@pytest.mark.parametrize(
    ("new", "codes", "expected"),
    [
        ("A A B B\nE E B B\nC C D D\nC C D D", None, ("pecah", "A", "A;E")),
        ("F F B B\nE E B B\nC C D D\nC C D D", None, ("pecah", "A", "E;F")),
        ("A F B B\nE F B B\nC C D D\nC C D D", None, ("pecah", "A", "A;E;F")),
        ("A A A A\nA A A A\nC C D D\nC C D D", None, ("gabung", "A;B", "A")),
        ("E E E E\nE E E E\nC C D D\nC C D D", None, ("gabung", "A;B", "E")),
        ("A A A A\nA A A A\nA A D D\nA A D D", None, ("gabung", "A;B;C", "A")),
        ("A B B B\nA B B B\nC C D D\nC C D D", None, ("ubah_batas", "A;B", "A;B")),
        ("E E . .\nA A B B\nA A B B\nC C D D\nC C D D", None, ("bentuk", "", "E")),
        ("A A B B\nA A B B\nC C . .\nC C . .", None, ("bubar", "D", "")),
        (PICTURE, {"D": "E"}, ("ganti_nomor", "D", "E")),
    ],
)
def test_what_happened_is_found(new: str, codes: Any, expected: Any) -> None:
    comparison = compare_boundaries(units(), units(new, codes))
    assert found(comparison) == [expected]
    assert only(comparison)["confidence"] >= 0.7
    assert comparison.counts[expected[0]] == 1


def test_land_that_moved_is_measured() -> None:
    split = compare_boundaries(units(), units("A A B B\nE E B B\nC C D D\nC C D D"))
    assert only(split)["moved_ha"] == pytest.approx(2 * CELL_HA, abs=0.02)
    assert only(split)["overlap"] == 1
    redrawn = compare_boundaries(units(), units("A B B B\nA A B B\nC C D D\nC C D D"))
    assert only(redrawn)["moved_ha"] == pytest.approx(CELL_HA, abs=0.02)
    assert redrawn.counts["n_unchanged"] == 2
    new = compare_boundaries(units(), units("E E . .\n" + PICTURE.lstrip()))
    assert only(new)["moved_ha"] == pytest.approx(2 * CELL_HA, abs=0.02)
    assert only(new)["overlap"] == 0


def test_one_that_was_shared_out_names_those_who_took_it_over() -> None:
    shared = units("A A B B\nA A B B\nA A B B\nC C B B").query("code != 'C'")
    old = units("A A B B\nA A B B\nD D D D\n. . B B")
    new = units("A A B B\nA A B B\nA A B B\n. . B B")
    assert len(shared) == 2
    comparison = compare_boundaries(old, new)
    assert found(comparison) == [("bubar", "A;B;D", "A;B")]
    assert "shared_out" in keys(comparison)


def test_neighbours_in_a_ring_that_exchange_land_are_one_proposal() -> None:
    ring = "A A B B\nC A A B\nC C D B\nC D D D"
    comparison = compare_boundaries(units(), units(ring))
    assert found(comparison) == [("ubah_batas", "A;B;C;D", "A;B;C;D")]
    assert only(comparison)["moved_ha"] == pytest.approx(4 * CELL_HA, abs=0.02)


# ── names and codes ─────────────────────────────────────────────────────────────────────────────


def test_a_new_name_is_a_proposal_and_another_spelling_is_not() -> None:
    comparison = compare_boundaries(units(), units(names={"A": "Maluk Baru", "B": "DESA BELO"}))
    assert found(comparison) == [("ganti_nama", "A", "A")]
    assert only(comparison)["confidence"] == 1
    assert notes(comparison) == {"vintage_spelling"}
    similar = compare_boundaries(units(), units(names={"D": "Dasen"}))
    assert found(similar) == [("ganti_nama", "D", "D")]
    assert only(similar)["confidence"] == 0.7
    assert "ejaan" in similar.text()


def test_renamed_and_redrawn_at_once() -> None:
    new = units("A B B B\nA A B B\nC C D D\nC C D D", names={"A": "Maluk Baru"})
    comparison = compare_boundaries(units(), new)
    assert found(comparison) == [("ubah_batas", "A;B", "A;B"), ("ganti_nama", "A", "A")]
    assert all("also" in keys(comparison, row) for row in (0, 1))
    assert "ada pada usulan P002" in comparison.text()


def test_a_new_code_and_a_new_name_on_the_same_land() -> None:
    comparison = compare_boundaries(units(), units(codes={"A": "X"}, names={"A": "Maluk Baru"}))
    assert found(comparison) == [("ganti_nomor", "A", "X")]
    assert {"name_other", "by_land"} <= keys(comparison)
    kept = compare_boundaries(units(), units(codes={"A": "X"}))
    assert only(kept)["confidence"] > only(comparison)["confidence"]


def test_another_scheme_is_said_once_and_names_decide() -> None:
    codes = {"A": "B", "B": "C", "C": "D", "D": "A"}  # the same codes, of other places
    comparison = compare_boundaries(units(), units(codes=codes, names={"D": "Maluk Baru"}))
    assert found(comparison) == [("ganti_nama", "D", "D")]
    assert notes(comparison) == {"vintage_scheme_other"}
    assert comparison.counts["n_unchanged"] == 3
    split = units("A A B B\nE E B B\nC C D D\nC C D D", codes | {"E": "X"})
    assert found(compare_boundaries(units(), split)) == [("pecah", "A", "A;X")]


def test_two_codes_that_were_exchanged_are_pointed_out() -> None:
    comparison = compare_boundaries(units(), units(codes={"A": "B", "B": "A"}))
    assert found(comparison) == [("ganti_nomor", "A", "B"), ("ganti_nomor", "B", "A")]
    assert all("code_elsewhere" in keys(comparison, row) for row in (0, 1))
    assert comparison.proposals["confidence"].max() <= 0.65


def test_dots_in_a_code_do_not_matter() -> None:
    old = units(codes={"A": "52.07.01.2001", "B": "52.07.01.2002"})
    new = units(codes={"A": "5207012001", "B": "52 07 01 2002"})
    assert found(compare_boundaries(old, new)) == []


def test_without_codes_names_and_land_decide() -> None:
    nothing = dict.fromkeys("ABCDEF")
    picture = "A A B B\nE E B B\nC C D D\nC C D D"
    comparison = compare_boundaries(units(), units(picture, nothing))
    assert found(comparison) == [("pecah", "A", "A;new#5")]
    assert {"by_name", "code_missing"} <= keys(comparison)
    nameless = compare_boundaries(units(), units(picture, nothing).drop(columns=["name", "code"]))
    assert found(nameless) == [("pecah", "A", "new#1;new#5")]
    assert "heir_unknown" in keys(nameless)
    redrawn = units("A B B B\nA A B B\nC C D D\nC C D D", nothing).drop(columns="name")
    both = compare_boundaries(units(codes=nothing).drop(columns="name"), redrawn)
    assert found(both) == [("ubah_batas", "old#1;old#2", "old#1;old#2")]


def test_the_number_in_the_name_of_an_rt_is_its_number() -> None:
    old, new = units(names={"A": "RT 003 Dusun I"}), units(names={"A": "RT 004 Dusun I"})
    assert found(compare_boundaries(old, new, level="rt")) == [("ganti_nomor", "A", "A")]
    assert found(compare_boundaries(old, new, level="desa")) == [("ganti_nama", "A", "A")]


# ── noise ───────────────────────────────────────────────────────────────────────────────────────


def moved_line(metres: float) -> gpd.GeoDataFrame:
    """A and B of the picture with the line between them moved to the east."""
    rows = units()
    line = WEST + 2 * CELL + metres / 109_990
    low, high = SOUTH + 2 * CELL, SOUTH + 4 * CELL
    rows.loc[0, "geometry"] = shapely.box(WEST, low, line, high)
    rows.loc[1, "geometry"] = shapely.box(line, low, WEST + 4 * CELL, high)
    return rows


@pytest.mark.parametrize(
    ("metres", "tolerance_m", "expected"),
    [(10, 25, 0), (24, 25, 0), (27, 25, 1), (27, 30, 0), (100, 30, 1), (60, 500, 1)],
)
def test_slivers_are_no_exchange(metres: float, tolerance_m: float, expected: int) -> None:
    comparison = compare_boundaries(units(), moved_line(metres), tolerance_m=tolerance_m)
    assert comparison.counts["ubah_batas"] == len(comparison.proposals) == expected
    strip_ha = metres * 2 * 110.6 / 1e4
    measured = comparison.counts["moved_ha" if expected else "noise_ha"]
    assert measured == pytest.approx(strip_ha, rel=0.01)


def test_a_small_exchange_lowers_the_confidence() -> None:
    rows = units()
    corner = shapely.box(*(WEST + 2 * CELL, SOUTH + 3 * CELL, WEST + 2.3 * CELL, SOUTH + 4 * CELL))
    rows.loc[0, "geometry"] = shapely.union(rows.geometry[0], corner)
    rows.loc[1, "geometry"] = shapely.difference(rows.geometry[1], corner)
    comparison = compare_boundaries(units(), rows)
    assert found(comparison) == [("ubah_batas", "A;B", "A;B")]  # 33 m by 110 m, 0.36 ha
    assert "narrow" not in keys(comparison)
    careful = compare_boundaries(units(), rows, tolerance_m=32)
    assert found(careful) == found(comparison)
    assert only(careful)["confidence"] < only(comparison)["confidence"]


def test_an_outer_line_that_moved_is_told_but_is_no_event() -> None:
    comparison = compare_boundaries(units(), units("A A . .\n" + PICTURE.lstrip()))
    assert found(comparison) == []
    assert notes(comparison) == {"vintage_outline"}
    assert comparison.outline["unit_id"].tolist() == ["A"]
    assert comparison.outline["gained_ha"][0] == pytest.approx(2 * CELL_HA, abs=0.02)
    assert comparison.counts["n_unchanged"] == 3


def test_sets_drawn_differently_throughout_are_said_to_be() -> None:
    rows = units("A A B B C C\nA A B B C C\nD D E E F F\nD D E E F F")
    east = shapely.transform(rows.geometry.to_numpy(), lambda xy: xy + np.array([0.4 * CELL, 0]))
    comparison = compare_boundaries(rows, rows.set_geometry(gpd.GeoSeries(east, crs=4326)))
    assert "vintage_drawn_apart" in notes(comparison)
    assert found(comparison) == [("ubah_batas", "A;B;C", "A;B;C"), ("ubah_batas", "D;E;F", "D;E;F")]


def test_the_order_of_rows_does_not_matter() -> None:
    new = units("A E B B\nA E B B\nC C C C\nC C C C", names={"A": "Maluk Baru"})
    expected = [
        ("pecah", "A", "A;E"),
        ("gabung", "C;D", "C"),
        ("ganti_nama", "A", "A"),
    ]
    assert found(compare_boundaries(units(), new)) == expected
    turned = compare_boundaries(units().iloc[::-1], new.iloc[::-1])
    swapped = [
        (kind, *(";".join(sorted(ids.split(";"))) for ids in rest)) for kind, *rest in found(turned)
    ]
    assert swapped == expected


@settings(max_examples=40, deadline=None)
@given(*[st.lists(st.sampled_from("ABCDEF"), min_size=16, max_size=16) for _ in "xy"])
def test_nobody_is_born_or_ends_without_a_proposal(old: list[str], new: list[str]) -> None:
    pictures = [
        "\n".join(" ".join(cells[i : i + 4]) for i in range(0, 16, 4)) for cells in (old, new)
    ]
    comparison = compare_boundaries(*(units(picture) for picture in pictures))
    told = comparison.units
    for side, column in (("old", "before"), ("new", "after")):
        named = set(";".join(comparison.proposals[column]).split(";"))
        lone = told[(told["side"] == side) & (told["partner"] == "")]["unit_id"]
        assert set(lone) <= named
    assert comparison.proposals["confidence"].between(0.05, 1).all()
    if old == new:
        assert comparison.proposals.empty


# ── refusals and words ──────────────────────────────────────────────────────────────────────────


def test_a_code_twice_and_sets_without_shapes_are_refused() -> None:
    with pytest.raises(BoundaryError, match=r"2 baris batas baru memakai kode yang sama \(A\)"):
        compare_boundaries(units(), units(codes={"B": "A"}))
    with pytest.raises(BoundaryError, match="Batas lama tidak memuat satu pun bentuk"):
        compare_boundaries(units().iloc[:0], units())
    rows = units()
    rows.loc[3, "geometry"] = None
    comparison = compare_boundaries(units(), rows)
    assert "vintage_no_shape_new" in notes(comparison)
    assert found(comparison) == [("bubar", "D", "")]


def test_names_and_codes_are_only_text() -> None:
    odd = {"A": "Go\x1b[2Ja\u202e\n Baru", "B": "B" * 500}
    new = units(names=odd, codes={"C": "<img src=x>", "D": "D;E"})
    comparison = compare_boundaries(units(), new)
    names = dict(zip(comparison.new["code"].fillna("?"), comparison.new["name"], strict=True))
    assert (names["A"], names["B"]) == ("Go[2Ja Baru", "B" * 100)
    assert set(comparison.units["unit_id"]) == set("ABCD")  # what is no code is taken for none
    assert found(comparison) == [("ganti_nama", "A", "A"), ("ganti_nama", "B", "B")]


def test_every_kind_is_said_in_both_languages() -> None:
    for language in ("id", "en"):
        assert all(has(f"vintages.kind.{kind}", language) for kind in KINDS)
    new = units("A E B B\nA E B B\nC C C C\nC C C C", names={"A": "Maluk;Baru"})
    comparison = compare_boundaries(units(), new)
    text = comparison.text("en")
    assert "P001 · split · confidence 90%: Goa (A) → Maluk,Baru (A), Empang (E)" in text
    assert "Old boundaries: 4 areas; new: 4. Unchanged: 1." in text
    assert "keyakinan 90\u00a0%" in comparison.text("id") or "keyakinan 90 %" in comparison.text(
        "id"
    )


# ── the real boundaries of the kabupaten ────────────────────────────────────────────────────────


def real(name: str) -> gpd.GeoDataFrame:
    path = SHARED / "data" / f"{name}.geojson"
    if not path.exists():
        pytest.skip("the real boundaries lie outside the repository")
    rows = gpd.read_file(path).rename(columns={"kode_kemendagri": "code", "nama": "name"})
    return rows[["code", "name", "kode_bps", "geometry"]]


def halves(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """Cut a shape in two along the middle of its longer side."""
    west, south, east, north = shape.bounds
    middle = (west + east) / 2, (south + north) / 2
    first = (
        shapely.box(west, south, middle[0], north)
        if east - west > north - south
        else shapely.box(west, south, east, middle[1])
    )
    return [shape.intersection(first), shape.difference(first)]


SPLIT = ("52.07.02.1004", "52.07.03.2001", "52.07.01.2003")
MERGED = ("52.07.01.2001", "52.07.01.2009")
RENAMED = "52.07.02.2010"


def later(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Three desa split (the third under two new codes), two merged, one renamed."""
    new = rows.set_index("code", drop=False)
    for serial, code in enumerate(SPLIT):
        kept, child = halves(new.geometry[code])
        new.loc[code, "geometry"] = kept
        new.loc[f"52.07.09.200{serial}"] = {
            "code": f"52.07.09.200{serial}", "name": f"Anak {serial}", "geometry": child,
        }  # fmt: skip
    new.loc[SPLIT[2], ["code", "name"]] = ["52.07.09.2009", "Beru Selatan"]
    new.loc[MERGED[0], "geometry"] = shapely.union_all(new.geometry[list(MERGED)].to_numpy())
    new.loc[RENAMED, "name"] = "Nama Baru"
    return new.drop(index=MERGED[1]).set_crs(4326).reset_index(drop=True)


EXPECTED = [
    ("ganti_nama", {RENAMED}, {RENAMED}),
    ("gabung", set(MERGED), {MERGED[0]}),
    ("pecah", {SPLIT[0]}, {SPLIT[0], "52.07.09.2000"}),
    ("pecah", {SPLIT[1]}, {SPLIT[1], "52.07.09.2001"}),
    ("pecah", {SPLIT[2]}, {"52.07.09.2002", "52.07.09.2009"}),
]


def as_sets(comparison: Comparison) -> list[tuple[str, set[str], set[str]]]:
    rows = [(kind, set(b.split(";")), set(a.split(";"))) for kind, b, a in found(comparison)]
    return sorted(rows, key=lambda row: (row[0], min(row[1])))


@pytest.mark.parametrize(
    "drawing", ["as it is", "shuffled", "simplified", "cleaned", "without codes"]
)
def test_three_splits_a_merger_and_a_new_name_are_found_and_nothing_else(drawing: str) -> None:
    old = real("ksb_desa_asli")
    assert set(SPLIT) | set(MERGED) | {RENAMED} <= set(old["code"])
    new = later(real("ksb_desa") if drawing in ("cleaned", "simplified") else old)
    if drawing == "shuffled":
        new = new.sample(frac=1, random_state=1)
    if drawing == "simplified":
        new = simplify_coverage(new, 20)
    if drawing == "without codes":
        new["code"] = new["code"].where(~new["code"].isin([RENAMED, SPLIT[0], MERGED[0], "x"]))
    comparison = compare_boundaries(old, new)
    expected = sorted(EXPECTED, key=lambda row: (row[0], min(row[1])))
    assert as_sets(comparison) == expected
    assert comparison.counts["n_unchanged"] == 64 - 6
    assert comparison.proposals["confidence"].min() >= 0.7


def test_two_drawings_of_the_same_desa_are_the_same() -> None:
    old, new = real("ksb_desa_asli"), real("ksb_desa")
    comparison = compare_boundaries(old, new)
    assert (len(comparison.proposals), comparison.counts["n_unchanged"]) == (0, 64)
    assert comparison.counts["noise_ha"] == pytest.approx(13.8, abs=0.1)
    repaired = repair_boundaries(old.set_index("code", drop=False)).boundaries
    assert compare_boundaries(old, repaired).proposals.empty
    coarse = simplify_coverage(new, 20)
    assert compare_boundaries(new, coarse).proposals.empty
    other = compare_boundaries(old, new.assign(code=new["kode_bps"]))
    assert other.proposals.empty
    assert {note.key for note in other.notes} == {"vintage_scheme_other"}
