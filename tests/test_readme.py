"""The README's code runs and prints what it says; `python tests/test_readme.py` renews it.

A block of ```python is run from the root of a copy; a ```text block after it is what it prints.
"""

import contextlib
import datetime as dt
import io
import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

import pbrt_geo
from pbrt_geo.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BLOCKS = re.compile(r"```python\n(?P<code>.*?)```\n\n```text\n(?P<printed>.*?)```", re.DOTALL)
NEWEST = dt.date(2008, 12, 31)


def printed_by(code, folder):
    """What a block prints, in a folder that is as `start.py` leaves the repository."""
    shutil.copytree(ROOT / "geodata", folder / "geodata")
    region = pbrt_geo.read_region(folder / "geodata" / "sample")
    pbrt_geo.build_edition(region, NEWEST, folder / "editions" / f"ksb-sample-{NEWEST}")
    before, out = Path.cwd(), io.StringIO()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    finally:
        os.chdir(before)
    return out.getvalue()


def blocks():
    return list(BLOCKS.finditer(README.read_text(encoding="utf-8")))


def test_the_code_of_the_readme_prints_what_it_says(tmp_path):
    assert len(blocks()) == README.read_text(encoding="utf-8").count("```python") == 1
    block = blocks()[0]
    assert printed_by(block["code"], tmp_path).split() == block["printed"].split()
    assert "<script>" in (tmp_path / "map.html").read_text(encoding="utf-8")


def test_the_code_of_the_readme_is_short():
    lines = [line for line in blocks()[0]["code"].splitlines() if line.strip()]
    assert len(lines) <= 12


def commands():
    """Every `pbrt ...` line of the README."""
    lines = re.findall(r"^    (pbrt .+)$", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [line.split()[1:] for line in lines]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_of_the_readme_exists(words, capsys):
    """Its sub-command and each of its options are known; `--help` runs nothing."""
    names = [word for word in words if re.fullmatch(r"[a-z]+", word)][:2]
    with pytest.raises(SystemExit, match="0"):
        main([*names, "--help"])
    told = capsys.readouterr().out
    assert not [word for word in words if word.startswith("--") and word not in told]


def renew():
    """Write what the code prints today into the README."""
    with tempfile.TemporaryDirectory() as folder:
        block = blocks()[0]
        printed = printed_by(block["code"], Path(folder))
    text = README.read_text(encoding="utf-8")
    start, end = block.span("printed")
    README.write_text(text[:start] + printed + text[end:], encoding="utf-8", newline="\n")


if __name__ == "__main__":
    renew()
