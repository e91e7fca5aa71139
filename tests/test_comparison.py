"""A comparison as a folder: what a page reads from it, and what a person writes into it."""

import csv
import html
import json
from pathlib import Path

import pandas as pd
import pytest
from test_compare import NAMES, units

from pbrt_geo.boundaries import Comparison, compare_boundaries
from pbrt_geo.comparison import (
    ComparisonFolder,
    read_comparison,
    read_proposals,
    text_cell,
    write_comparison,
)
from pbrt_geo.errors import BoundaryError
from pbrt_geo.text.vintages import COLUMNS

SPLIT_AND_MERGED = "A E B B\nA E B B\nC C C C\nC C C C"


@pytest.fixture
def comparison() -> Comparison:
    return compare_boundaries(units(), units(SPLIT_AND_MERGED, names={"A": "=Maluk<b>"}))


@pytest.fixture
def folder(comparison: Comparison, tmp_path: Path) -> ComparisonFolder:
    return write_comparison(comparison, tmp_path / "banding")


def edit(folder: ComparisonFolder, change, separator: str = ",") -> Path:
    """Change the table of proposals as a spreadsheet does, and write it with its separator."""
    path = folder.path / "proposals.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    change(rows)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    return path


def test_what_was_written_is_read(comparison: Comparison, folder: ComparisonFolder) -> None:
    expected = comparison.proposals[list(COLUMNS)]
    assert folder.proposals["kind"].tolist() == ["pecah", "gabung", "ganti_nama"]
    pd.testing.assert_frame_equal(folder.proposals, expected, check_dtype=False)
    for language in ("id", "en"):
        assert folder.summary(language) == comparison.summary(language)
    assert (
        folder.reasons("P002", "en")[-1] == "1 area(s) live on with the same code on the same land."
    )
    assert folder.reasons("P999") == []
    assert folder.notes() == [note.text() for note in comparison.notes]


def test_the_maps_hold_every_unit_with_its_name_escaped(folder: ComparisonFolder) -> None:
    old, new = (
        json.loads(path.read_text(encoding="utf-8")) for path in (folder.old_map, folder.new_map)
    )
    told = [entry["properties"] for entry in old["features"]]
    assert [(p["i"], p["id"], p["n"]) for p in told] == [
        (i, letter, NAMES[letter]) for i, letter in enumerate("ABCD")
    ]
    assert new["features"][0]["properties"]["n"] == html.escape("=Maluk<b>")
    assert {entry["geometry"]["type"] for entry in new["features"]} == {"Polygon"}


@pytest.mark.parametrize("start", "=+-@\t\r＝＋－＠")
def test_no_cell_begins_a_formula(start: str) -> None:
    assert text_cell(f"{start}1+1") == f"'{start}1+1"
    assert text_cell(-1.5) == "-1.5"


def test_a_name_like_a_formula_is_text_in_the_file_and_itself_when_read(
    folder: ComparisonFolder,
) -> None:
    text = (folder.path / "proposals.csv").read_text(encoding="utf-8-sig")
    assert ",'=Maluk<b>," in text
    assert folder.proposals["names_after"].tolist()[2] == "=Maluk<b>"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_decisions_written_in_a_spreadsheet_are_read(
    folder: ComparisonFolder, separator: str
) -> None:
    def decide(rows: list[list[str]]) -> None:
        place = rows[0].index("decision")
        rows[1][place], rows[2][place] = "Terima", " tolak "
        rows[1][rows[0].index("after")] = "A;X"
        dropped = rows[0].index("overlap")  # a column that a person took out
        for row in rows:
            row.pop(dropped)
        for row in rows[1:]:
            row[rows[0].index("confidence")] = "0,5"

    table = read_proposals(edit(folder, decide, separator))
    assert table["decision"].tolist() == ["terima", "tolak", ""]
    assert table["after"][0] == "A;X"
    assert read_proposals(folder.path).equals(table)
    assert (table["confidence"] == 0.5).all()


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("decision", "mungkin", r"1 baris `proposals.csv` memuat keputusan .* \(baris 3\)"),
        ("kind", "pindah", r"jenis peristiwa yang tidak dikenal \(baris 3\)"),
    ],
)
def test_what_is_not_known_is_refused_with_its_row(
    folder: ComparisonFolder, place: str, value: str, words: str
) -> None:
    def spoil(rows: list[list[str]]) -> None:
        rows[2][rows[0].index(place)] = value

    with pytest.raises(BoundaryError, match=words):
        read_proposals(edit(folder, spoil))


def test_decisions_outlive_a_new_comparison(
    comparison: Comparison, folder: ComparisonFolder
) -> None:
    def accept(rows: list[list[str]]) -> None:
        rows[2][rows[0].index("decision")] = "terima"

    edit(folder, accept)
    again = write_comparison(comparison, folder.path)
    assert again.proposals["decision"].tolist() == ["", "terima", ""]
    other = compare_boundaries(units(), units("A E B B\nA E B B\nC C D D\nC C D D"))
    assert write_comparison(other, folder.path).proposals["decision"].tolist() == [""]
    assert [path.name for path in folder.path.parent.iterdir()] == ["banding"]


def test_something_else_is_never_replaced(comparison: Comparison, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rt.csv").write_text("penting", encoding="utf-8")
    with pytest.raises(BoundaryError, match="bukan folder perbandingan"):
        write_comparison(comparison, tmp_path / "data")
    assert (tmp_path / "data" / "rt.csv").read_text(encoding="utf-8") == "penting"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_folders_that_are_no_comparison_are_refused(folder: ComparisonFolder) -> None:
    with pytest.raises(BoundaryError, match="bukan folder perbandingan"):
        read_comparison(folder.path.parent)
    folder.new_map.unlink()
    with pytest.raises(BoundaryError, match=r"tidak ada comparison\.json"):
        read_proposals(folder.path / "tiada.csv")
    with pytest.raises(BoundaryError, match=r"new\.json"):
        read_comparison(folder.path)
    (folder.path / "comparison.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BoundaryError, match=r"comparison\.json"):
        read_comparison(folder.path)
    (folder.path / "proposals.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(BoundaryError, match="tidak memuat kolom proposal_id"):
        read_proposals(folder.path / "proposals.csv")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("format", 2),
        ("counts", {"n_old": 4}),
        ("notes", [{"key": "no_such_text", "facts": {}}]),
        ("reasons", {"P001": [{"key": "land", "facts": {}}]}),
        ("sides", "x"),
    ],
)
def test_a_description_that_cannot_be_said_is_refused(
    folder: ComparisonFolder, place: str, value: object
) -> None:
    path = folder.path / "comparison.json"
    about = json.loads(path.read_text(encoding="utf-8")) | {place: value}
    path.write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(BoundaryError, match=r"comparison\.json"):
        read_comparison(folder.path)


def test_a_comparison_without_proposals_is_a_folder_too(tmp_path: Path) -> None:
    same = write_comparison(compare_boundaries(units(), units()), tmp_path / "sama")
    assert same.proposals.empty
    assert list(same.proposals.columns) == list(COLUMNS)
