"""Mutated workbooks and CSV files are refused, or read right wherever they were not touched."""

import random
import zipfile
from collections import Counter

import pytest

from benchmarks.mutate_sheets import N_ROWS, Mutant, judged, known_csv, known_workbook, run
from pbrt_geo.read import delimited, shared_strings


def n_wrong(found: Counter[str]) -> int:
    return sum(n for way, n in found.items() if "WRONG" in way)


@pytest.mark.parametrize("seed", range(5))
def test_files_that_are_whole_are_read_exactly(seed: int) -> None:
    book, cells = known_workbook(random.Random(seed))
    assert judged(Mutant("none", book), cells) == "read"
    text, table = known_csv(random.Random(seed))
    assert judged(Mutant("none", text, {N_ROWS}, joined=True), table) == "read"


def test_no_mutated_file_is_read_wrong() -> None:
    found = run(400, seed=18)
    assert n_wrong(found) == 0, found
    assert sum(n for way, n in found.items() if way.endswith(": read")) > 100
    assert sum(n for way, n in found.items() if way.endswith(": refused")) > 150


@pytest.mark.parametrize(
    ("owner", "name", "fault"),
    [
        (shared_strings, "_check", lambda *_: None),
        (delimited, "_check", lambda *_: None),
        (zipfile.ZipExtFile, "_update_crc", lambda *_: None),
    ],
)
def test_the_judge_sees_a_reader_that_does_not_check(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, fault: object
) -> None:
    monkeypatch.setattr(owner, name, fault)
    assert n_wrong(run(1_000, seed=1)) > 0
