"""`pbrt registry create|check|key`, `pbrt backup`, `pbrt restore`, as typed by an operator."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from pbrt_geo.commands import registry as commands
from pbrt_geo.registry.engine import RegistryError
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry
from registry.registries import ON, RTS, add_household, fill_places

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv(commands.ADDRESS, raising=False)
    parser = argparse.ArgumentParser()
    parser.add_argument("--lang", default="id")
    commands.declare(parser.add_subparsers(required=True))

    def typed(*arguments: object) -> int:
        options = parser.parse_args([str(argument) for argument in arguments])
        return options.run(options)

    return typed


def test_a_registry_is_made_checked_saved_and_restored(
    run: Run, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("registry", "create", "--registry", where) == 0
    assert capsys.readouterr().out == "Registri siap: 19 tabel, versi 0001.\n"
    registry = Registry.open(where)
    fill_places(registry)
    with registry.write(COMMAND, ON, "form", "pendataan") as work:
        add_household(work, next(iter(RTS)), 1)
    hash_ = registry.content_hash()[:12]
    registry.close()
    assert run("registry", "check", "--registry", where) == 0
    assert capsys.readouterr().out == (
        f"Registri utuh: 17 baris di 19 tabel, 6 perubahan tercatat. Hash isi {hash_}.\n"
    )
    file = tmp_path / "cadangan.db"
    assert run("backup", file, "--registry", where) == 0
    assert capsys.readouterr().out == (
        f"Cadangan tersimpan: {file}, 17 baris. Hash isi {hash_}. "
        "Simpan di tempat lain dan terkunci: isinya data pribadi.\n"
    )
    assert run("restore", file, "--registry", tmp_path / "baru.db") == 0
    assert capsys.readouterr().out == (
        f"Registri dipulihkan: 17 baris. Hash isi {hash_}, sama dengan saat dicadangkan.\n"
    )


def test_the_address_may_stand_in_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(RegistryError, match="Registri yang mana"):
        run("registry", "check")
    monkeypatch.setenv(commands.ADDRESS, str(tmp_path / "registry.db"))
    assert run("registry", "create") == 0
    assert run("registry", "check") == 0


def test_there_is_no_backup_of_nothing(run: Run, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="Belum ada registri"):
        run("backup", tmp_path / "b.db", "--registry", tmp_path / "registry.db")
    assert not list(tmp_path.iterdir())


def test_a_key_is_written_and_not_shown(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("registry", "key", tmp_path / "kunci") == 0
    told = capsys.readouterr().out
    assert "Simpan salinannya di tempat terpisah" in told
    assert (tmp_path / "kunci").read_text().strip() not in told
