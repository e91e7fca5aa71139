"""A registry on a laptop is unreadable without its key, and so are its log and its backups."""

import secrets
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pbrt_geo.registry.backup import backup, restore
from pbrt_geo.registry.encryption import VARIABLE, write_key
from pbrt_geo.registry.engine import RegistryError
from pbrt_geo.registry.integrity import examine
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry
from registry.registries import ON, RTS, Server, add_household, fill_places, nik


@pytest.fixture
def use_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Work with the key of a name, made when it is first used; "" is none."""

    def use(name: str) -> None:
        file = tmp_path / f"{name}.key"
        if name and not file.exists():
            write_key(file)
        monkeypatch.setenv(VARIABLE, str(file) if name else "")

    return use


def filled(file: Path) -> Registry:
    registry = Registry.create(file)
    fill_places(registry)
    with registry.write(COMMAND, ON, "form", "pendataan") as work:
        add_household(work, next(iter(RTS)), 1)
    return registry


def refused(where: Path) -> str:
    with pytest.raises(RegistryError) as error:
        Registry.open(where)
    return error.value.problems[0].key


def test_nothing_can_be_read_without_the_key(
    use_key: Callable[[str], None], tmp_path: Path
) -> None:
    use_key("a")
    registry = filled(tmp_path / "registry.db")
    for file in tmp_path.glob("registry.db*"):  # the write-ahead log too, while it is there
        data = file.read_bytes()
        assert b"SQLite format" not in data
        assert nik(10).encode() not in data
        assert b"residents" not in data
    examine(registry.engine)
    registry.close()
    assert Registry.open(tmp_path / "registry.db").close() is None


def test_another_key_or_none_is_told_so(
    use_key: Callable[[str], None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    use_key("a")
    filled(tmp_path / "registry.db").close()
    use_key("b")
    assert refused(tmp_path / "registry.db") == "registry_no_database"
    use_key("")
    assert refused(tmp_path / "registry.db") == "registry_encrypted"
    filled(tmp_path / "plain.db").close()
    use_key("a")
    assert refused(tmp_path / "plain.db") == "registry_not_encrypted"
    Registry.open(tmp_path / "registry.db").close()
    assert capfd.readouterr() == ("", "")  # SQLCipher itself would write of damaged pages


@pytest.mark.parametrize("text", [None, "", "rahasia", "0" * 63, "0" * 65, "g" * 64, "é" * 64])
def test_what_is_no_key_is_refused_and_not_repeated(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "key"))
    if text is not None:
        (tmp_path / "key").write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError) as error:
        Registry.create(tmp_path / "registry.db")
    assert error.value.text() == (
        "Kunci registri tidak dapat dibaca. PBRT_REGISTRY_KEY_FILE harus menunjuk berkas berisi "
        "64 angka heksadesimal; buat dengan `pbrt registry key BERKAS`."
    )
    assert not (tmp_path / "registry.db").exists()


def test_a_key_is_its_owners_and_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / "key"
    write_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_text()
    with pytest.raises(RegistryError, match="key sudah ada dan tidak ditimpa"):
        write_key(file)
    with pytest.raises(RegistryError, match="key tidak dapat ditulis"):
        write_key(tmp_path / "tidak ada" / "key")
    assert file.read_text() == before
    write_key(tmp_path / "other")
    assert (tmp_path / "other").read_text() != before


def test_a_backup_of_an_encrypted_registry_is_encrypted(
    use_key: Callable[[str], None], tmp_path: Path
) -> None:
    use_key("a")
    registry = filled(tmp_path / "registry.db")
    saved = backup(registry, tmp_path / "backup.db")
    registry.close()
    assert nik(10).encode() not in (tmp_path / "backup.db").read_bytes()
    assert restore(tmp_path / "backup.db", tmp_path / "restored.db") == saved
    assert nik(10).encode() not in (tmp_path / "restored.db").read_bytes()
    for name, key in (("b", "registry_no_database"), ("", "registry_encrypted")):
        use_key(name)
        with pytest.raises(RegistryError) as error:
            restore(tmp_path / "backup.db", tmp_path / "again.db")
        assert error.value.problems[0].key == key
        assert not (tmp_path / "again.db").exists()


def test_one_changed_byte_is_noticed(use_key: Callable[[str], None], tmp_path: Path) -> None:
    use_key("a")
    registry = filled(tmp_path / "registry.db")
    backup(registry, tmp_path / "backup.db")
    registry.close()
    data = bytearray((tmp_path / "backup.db").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "backup.db").write_bytes(data)
    with pytest.raises(RegistryError, match="rusak atau bukan cadangan registri"):
        restore(tmp_path / "backup.db", tmp_path / "restored.db")


def test_a_plain_registry_becomes_an_encrypted_one_by_its_backup(
    use_key: Callable[[str], None], tmp_path: Path
) -> None:
    registry = filled(tmp_path / "registry.db")
    saved = backup(registry, tmp_path / "backup.db")
    registry.close()
    use_key("a")
    assert restore(tmp_path / "backup.db", tmp_path / "restored.db") == saved
    assert b"SQLite format" not in (tmp_path / "restored.db").read_bytes()
    registry = Registry.open(tmp_path / "restored.db")
    assert registry.content_hash() == saved.hash
    registry.close()


def test_the_backup_of_a_server_is_encrypted_where_there_is_a_key(
    use_key: Callable[[str], None], postgres: Server, tmp_path: Path
) -> None:
    use_key("a")
    url = postgres.create()
    registry = Registry.create(url)
    fill_places(registry)
    with registry.write(COMMAND, ON, "form", "pendataan") as work:
        add_household(work, next(iter(RTS)), 1)
    saved = backup(registry, tmp_path / "backup.db")
    registry.close()
    assert b"SQLite format" not in (tmp_path / "backup.db").read_bytes()
    again = postgres.create()
    assert restore(tmp_path / "backup.db", again) == saved
    for address in (url, again):
        postgres.drop(address)


def test_a_key_is_not_found_by_a_password_of_its_digits(
    use_key: Callable[[str], None], tmp_path: Path
) -> None:
    """Whoever has the file and guesses is refused each time, quickly enough to say so."""
    use_key("a")
    filled(tmp_path / "registry.db").close()
    before = (tmp_path / "registry.db").read_bytes()
    for number in range(5):
        (tmp_path / f"guess{number}.key").write_text(secrets.token_hex(32))
        use_key(f"guess{number}")
        shutil.copy(tmp_path / "registry.db", tmp_path / "copy.db")
        assert refused(tmp_path / "copy.db") == "registry_no_database"
    assert (tmp_path / "registry.db").read_bytes() == before
