"""`pbrt registry sample` and `pbrt edition build --registry`: from a command to an edition."""

import argparse
import os
import shutil

import pandas as pd
import pytest

from pbrt_geo.commands import edition, people
from pbrt_geo.commands import registry as registry_commands
from pbrt_geo.edition import read_edition
from pbrt_geo.errors import PbrtError
from pbrt_geo.read.sheets import read_sheet_file
from pbrt_geo.registry.store import Registry
from registry.people_regions import ROUNDS, SAMPLE, Village, part_of_sample

DAY = ROUNDS[-1]


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    """The folder of a region with the people of a few RT."""
    folder = tmp_path_factory.mktemp("region") / "r"
    shutil.copytree(SAMPLE, folder)
    for name in ("households", "residents", "enrolments", "programme_reports"):
        part_of_sample().tables[name].to_parquet(folder / f"{name}.parquet")
    return folder


def run(*arguments):
    parser = argparse.ArgumentParser()
    parser.set_defaults(lang="id")
    commands = parser.add_subparsers()
    people.declare(registry_commands.declare(commands))
    edition.declare(commands)
    options = parser.parse_args([str(argument) for argument in arguments])
    return options.run(options)


def test_from_an_empty_place_to_the_edition(region, tmp_path, monkeypatch, capsys):
    where = tmp_path / "registry.db"
    assert run("registry", "sample", "--region", region, "--registry", where) == 0
    n = part_of_sample().tables["households"]["household_id"].nunique()
    assert f"Registri contoh siap: {n} keluarga" in capsys.readouterr().out
    monkeypatch.setenv("PBRT_DATABASE_URL", str(where))
    built = ["edition", "build", "--region", region, "--date", ROUNDS[1]]
    assert run(*built, "--out", tmp_path / "region") == 0
    assert run(*built, "--out", tmp_path / "registry", "--registry") == 0
    one, other = (read_edition(tmp_path / name) for name in ("region", "registry"))
    pd.testing.assert_frame_equal(one.values, other.values)
    assert other.about["conversions"], "the round before came with it"


def test_a_sample_is_put_into_a_new_registry_only(region, tmp_path):
    where = tmp_path / "registry.db"
    run("registry", "sample", "--region", region, "--registry", where)
    with pytest.raises(PbrtError, match="orang rekaan tidak boleh bercampur"):
        run("registry", "sample", "--region", region, "--registry", where)


def test_who_was_not_counted_is_told(region, tmp_path, capsys):
    where = tmp_path / "registry.db"
    village = Village(Registry.create(where))
    rt_id = part_of_sample().tables["households"]["rt_id"].iloc[0]
    village.member(village.household(rt_id, since=DAY), since=DAY)
    village.household(rt_id, since=DAY)
    village.registry.close()
    out = tmp_path / "e"
    built = ["edition", "build", "--region", region, "--registry", where]
    assert run(*built, "--date", DAY, "--out", out) == 0
    assert "2008-12-31: 1 keluarga di registri tanpa satu pun anggota" in capsys.readouterr().out
    assert read_edition(out).about["match"][0]["n_rows"] == 1


def test_without_an_address_it_is_asked_for(region, tmp_path, monkeypatch):
    monkeypatch.delenv("PBRT_DATABASE_URL", raising=False)
    with pytest.raises(PbrtError, match="Registri yang mana"):
        run("edition", "build", "--region", region, "--date", DAY, "--out", tmp_path, "--registry")


def test_people_are_written_into_a_file_for_one_reader(region, tmp_path, capsys):
    where, file = tmp_path / "registry.db", tmp_path / "warga.csv"
    run("registry", "sample", "--region", region, "--registry", where)
    asked = ["registry", "export", file, "--registry", where, "--date", DAY]
    rt_id = part_of_sample().tables["households"]["rt_id"].iloc[-1]
    assert run(*asked, "--area", rt_id, "--reason", "Latihan memakai program") == 0
    told = file.read_text(encoding="utf-8-sig").splitlines()
    assert "untuk: Latihan memakai program." in told[0]
    assert all(rt_id in line for line in told[2:])
    if os.name == "posix":
        assert file.stat().st_mode & 0o077 == 0, "others on the machine cannot read it"
    n = len({line.split(";")[3] for line in told[2:]})
    assert f"warga.csv, {n} keluarga. Tercatat dengan nomor" in capsys.readouterr().out
    with pytest.raises(PbrtError, match="memuat satu bagian"):
        run(*asked, "--evidence", "--reason", "Latihan memakai program")
    book = tmp_path / "warga.xlsx"
    run(*["registry", "export", book, *asked[3:]], "--evidence", "--reason", "Latihan memakai")
    sheets = read_sheet_file(book).sheets
    assert [sheet.name for sheet in sheets] == ["Warga", "Keadaan keluarga"]
