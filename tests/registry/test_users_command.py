"""The commands about accounts, who saw whom and erasure: what they print, and what they do not."""

import argparse
import re
import sys

import pyotp
import pytest
from argon2 import PasswordHasher

from pbrt_geo.commands import users
from pbrt_geo.errors import PbrtError
from pbrt_geo.registry import accounts, passwords
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.accounts import MustChange, authenticate, change_password, new_secret
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry
from pbrt_geo.text import LANGUAGES
from registry.registries import ON, fill_places
from registry.watched_people import NAMES, fill, number

GOOD = "kuda lumping naik perahu"
DESA = ["--name", "Sari", "--role", "operator_desa", "--area", "52.07.01.2001"]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(1, 8, 1))
    monkeypatch.setattr(accounts, "REFUSAL_S", 0)


@pytest.fixture
def where(tmp_path):
    """A registry with people, on disk."""
    file = tmp_path / "registry.db"
    registry = Registry.create(file)
    fill_places(registry)
    fill(registry)
    registry.close()
    return str(file)


@pytest.fixture
def pbrt(where, capsys):
    """Run a command on the registry; return its exit code and what it printed."""

    def run(*words, language="id"):
        parser = argparse.ArgumentParser()
        users.declare(parser.add_subparsers(required=True))
        options = parser.parse_args([*words, "--registry", where])
        options.lang = language
        code = options.run(options)
        return code, capsys.readouterr().out

    return run


def types(monkeypatch, *texts):
    """Let somebody type, unseen."""
    waiting = list(texts)
    monkeypatch.setattr("getpass.getpass", lambda prompt: waiting.pop(0))


def enters(where, login, password):
    registry = Registry.open(where)
    try:
        return authenticate(registry, login, password, "", ON).login
    finally:
        registry.close()


def test_the_first_admin_gets_a_password_that_is_shown_once(pbrt, where):
    code, out = pbrt(
        "user", "add", "kepala", "--name", "Kepala", "--role", "admin", "--area", "52.07"
    )
    made = re.search(r": ([a-z2-9]{4}(?:-[a-z2-9]{4}){3})\n", out)
    assert code == 0 and made
    with pytest.raises(MustChange):
        enters(where, "kepala", made[1])
    code, out = pbrt("user", "list")
    assert "kepala · Kepala · admin · 52.07 · kata sandi harus diganti" in out
    assert made[1] not in out and "argon2" not in out


def test_a_password_is_typed_twice_and_never_shown(pbrt, where, monkeypatch):
    types(monkeypatch, GOOD, GOOD)
    code, out = pbrt("user", "add", "sari", *DESA, "--type")
    assert code == 0 and GOOD not in out
    types(monkeypatch, GOOD, GOOD + "x")
    with pytest.raises(PbrtError, match="tidak sama"):
        pbrt("user", "add", "dewi", *DESA, "--type")


def test_no_option_takes_a_password(pbrt, capsys):
    for option in ("--password", "--password=x"):
        with pytest.raises(SystemExit):
            pbrt("user", "add", "sari", *DESA, option)
    assert "unrecognized arguments" in capsys.readouterr().err


def test_an_account_is_locked_opened_moved_and_reset(pbrt):
    pbrt("user", "add", "sari", *DESA)
    assert "dikunci" in pbrt("user", "lock", "sari", "--reason", "Cuti")[1]
    assert "sari · Sari · operator desa · 52.07.01.2001 · terkunci" in pbrt("user", "list")[1]
    assert "dibuka" in pbrt("user", "open", "sari", "--reason", "Kembali")[1]
    moved = ("--role", "opd", "--area", "52.07", "--programme", "pkh", "--programme", "pip")
    assert "diubah" in pbrt("user", "change", "sari", *moved, "--reason", "Pindah")[1]
    assert "sari · Sari · OPD · 52.07 · pip, pkh · " in pbrt("user", "list")[1]
    back = ("--role", "kecamatan", "--area", "52.07.01")
    pbrt("user", "change", "sari", *back, "--reason", "Pindah")
    assert "sari · Sari · kecamatan · 52.07.01 · " in pbrt("user", "list")[1]
    assert re.search(r"[a-z2-9]{4}-", pbrt("user", "reset", "sari", "--reason", "Lupa")[1])
    with pytest.raises(PbrtError, match="Tidak ada akun"):
        pbrt("user", "lock", "siapa", "--reason", "Uji")


def test_codes_of_a_telephone_are_set_up_by_its_owner(pbrt, where, monkeypatch):
    made = pbrt("user", "add", "sari", *DESA)[1]
    made = re.search(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", made)[0]
    registry = Registry.open(where)
    change_password(registry, "sari", made, "", GOOD, ON)
    registry.close()
    secret = new_secret()
    monkeypatch.setattr(accounts, "new_secret", lambda: secret)
    types(monkeypatch, GOOD, "", pyotp.TOTP(secret).now())
    code, out = pbrt("user", "codes", "sari")
    assert code == 0 and f"secret={secret}" in out and GOOD not in out
    with pytest.raises(PbrtError):
        enters(where, "sari", GOOD)


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_saw_whom(pbrt, where, monkeypatch, language):
    registry = Registry.open(where)
    registry.saw(COMMAND, "export", [{"household_id": 1}])
    registry.close()
    types(monkeypatch, number(1))
    for whom in (("--person", "1"), ("--nik",)):
        code, out = pbrt("audit", "seen", *whom, "--days", "30", language=language)
        lines = out.strip().splitlines()
        assert code == 0 and len(lines) == 4 and " 3 " in lines[-1]
        assert sum(" · pbrt · " in line for line in lines) == 1
        assert number(1) not in out and NAMES[1] not in out
    assert len(pbrt("audit", "seen", "--household", "1")[1].splitlines()) == 3
    assert "1" in pbrt("audit", "seen", "--by", "rt")[1]
    assert pbrt("audit", "seen", "--by", "siapa", language=language)[1].count("–") == 2
    types(monkeypatch, number(77))
    with pytest.raises(PbrtError, match="NIK"):
        pbrt("audit", "seen", "--nik")


def test_an_erasure_asks_once_more(pbrt, where, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: "11")
    code, out = pbrt("erase", "person", "1", "--reason", "Permohonan 17/2026")
    assert code == 1 and "tidak ada yang dihapus" in out
    monkeypatch.setattr("builtins.input", lambda prompt: " 1 ")
    code, out = pbrt("erase", "person", "1", "--reason", "Permohonan 17/2026")
    assert code == 0 and "Cadangan lama" in out
    registry = Registry.open(where)
    with registry.read(COMMAND, ON) as reading:
        assert reading.get(t.residents, 1) is None
    registry.close()
    code, out = pbrt("erase", "leftovers", language="en")
    assert code == 0 and "anew" in out


def test_the_commands_need_no_database_until_they_run():
    import subprocess

    source = "import sys, pbrt_geo.commands.users; print('sqlalchemy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
