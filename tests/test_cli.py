"""The commands: what they print, what they return, and that each is documented."""

import json
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from pbrt_geo.cli import main

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "geodata/sample"


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    out = tmp_path_factory.mktemp("cli") / "e"
    build = ["edition", "build", "--region", str(SAMPLE), "--date", "2008-12-31", "--out", str(out)]
    assert main(build) == 0
    return out


def test_growth_gives_the_published_counts(capsys):
    assert main(["growth", "--region", str(SAMPLE), "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    by_kind = "split,formed,merged,dissolved,recorded"
    assert lines[0] == f"year,n_rt,born,ended,{by_kind}"
    rows = [line.split(",") for line in lines[1:]]
    assert [row[:2] for row in rows] == [["2006", "612"], ["2007", "622"], ["2008", "695"]]
    for before, after in pairwise(rows):
        assert int(before[1]) + int(after[2]) - int(after[3]) == int(after[1])


def test_show_prints_what_an_edition_is(edition, capsys):
    assert main(["edition", "show", str(edition)]) == 0
    about = json.loads(capsys.readouterr().out)
    assert about["as_of"] == "2008-12-31"
    assert about["as_of_estimated"] is True
    assert about["region"]["invented"] is True
    assert about["n_indicators"] > 100


def test_verify_tells_whole_from_damaged(edition, tmp_path, capsys):
    assert main(["edition", "verify", str(edition)]) == 0
    copy = tmp_path / "copy"
    shutil.copytree(edition, copy)
    (copy / "values.parquet").write_bytes(b"x")
    assert main(["edition", "verify", str(copy)]) == 1
    assert "`values.parquet`" in capsys.readouterr().out


def test_compare_prints_nothing_but_a_header_for_equal_editions(edition, capsys):
    assert main(["edition", "compare", str(edition), str(edition)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_reader_that_stops_early_sees_no_traceback():
    command = [sys.executable, "-m", "pbrt_geo.cli", "lineage", "list", "--region", str(SAMPLE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as told:
        told.stdout.close()
        assert told.stderr.read() == b""
    assert told.returncode == 0


def test_a_wrong_folder_is_told_in_one_sentence_in_the_chosen_language(tmp_path, capsys):
    assert main(["growth", "--region", str(tmp_path)]) == 1
    assert "bukan wilayah" in capsys.readouterr().err
    assert main(["--lang", "en", "growth", "--region", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "is not a region" in error
    assert "Traceback" not in error


def test_the_generated_documents_are_current():
    assert main(["docs", "--check", "--folder", str(ROOT / "docs")]) == 0


def test_stale_documents_are_named(tmp_path, capsys):
    assert main(["docs", "--folder", str(tmp_path)]) == 0
    (tmp_path / "indicators.md").write_text("old")
    assert main(["docs", "--check", "--folder", str(tmp_path)]) == 1
    assert "indicators.md" in capsys.readouterr().out


def test_every_option_a_message_names_exists():
    texts = "".join(
        (ROOT / f"pbrt_geo/text/en/{name}.toml").read_text(encoding="utf-8")
        for name in ("boundaries", "files", "codes", "vintages")
    )
    named = set(re.findall(r"--[a-z][a-z-]+", texts))
    files = [ROOT / "pbrt_geo/cli.py", *sorted((ROOT / "pbrt_geo/commands").glob("*.py"))]
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    assert named
    assert {option for option in named if f'"{option}"' not in source} == set()
