"""A backup is all of a registry; a registry made of it is equal, on either database."""

import os
import random
import shutil
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from pbrt_geo.registry import backup as backup_module
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.backup import backup, restore
from pbrt_geo.registry.engine import RegistryError, transaction
from pbrt_geo.registry.integrity import examine
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry
from registry.registries import ON, RTS, Server, add_household, nik, rows_of
from registry.test_migrate import later_program


@pytest.fixture
def filled(sample_places: Registry) -> Registry:
    """A registry with something in every kind of table."""
    registry = sample_places
    with registry.write(COMMAND, ON, "form", "pendataan", n=1.5) as work:
        homes = [add_household(work, rt_id, serial) for serial, rt_id in enumerate(RTS, 1)]
        found = {"household_id": homes[0], "as_of": ON, "source": "survey", "criterion_1": True}
        work.insert(t.evidence, **found, spending_idr=612_345.678901, dtsen_desil=1)
        account = {"login": "a", "display": "A", "role": "opd", "area_id": "52.07"}
        account |= {"programmes": ["pkh", "pip"], "must_change": True, "n_failed": 0}
        work.insert(t.users, **account)
        work.put(t.mappings, [{"source": "kobo", "header": "ä", "field": "name"}])
    with registry.write(COMMAND, ON, "form", "dibetulkan") as work:
        work.update(t.households, homes[0], 1, lon=116.8500001, note="“kutip” \U0001f600\n")
        work.void(t.households, homes[3], 1)
    registry.saw(COMMAND, "form", [{"household_id": homes[0]}])
    return registry


def names_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_a_restored_registry_equals_the_original(
    filled: Registry, new_place: str, tmp_path: Path
) -> None:
    saved = backup(filled, tmp_path / "backup.db")
    assert saved.hash == filled.content_hash()
    assert saved.n_rows == sum(len(rows_of(filled, table)) for table in t.metadata.sorted_tables)
    shares: list[float] = []
    assert restore(tmp_path / "backup.db", new_place, shares.append) == saved
    assert shares == sorted(shares)
    assert shares[-1] == 1
    registry = Registry.open(new_place)
    assert registry.content_hash() == saved.hash
    assert examine(registry.engine)["n_rows"] == saved.n_rows
    for table in t.metadata.sorted_tables:
        assert rows_of(registry, table) == rows_of(filled, table)
    registry.close()


def test_work_goes_on_in_a_restored_registry(
    filled: Registry, new_place: str, tmp_path: Path
) -> None:
    backup(filled, tmp_path / "backup.db")
    restore(tmp_path / "backup.db", new_place)
    registry = Registry.open(new_place)
    highest = max(row["id"] for row in rows_of(registry, t.households))
    with registry.write(COMMAND, ON, "form", "lanjut") as work:
        assert add_household(work, next(iter(RTS)), 9) == highest + 1
        work.update(t.households, 1, 2, note=None)
    with pytest.raises(RegistryError), transaction(registry.engine, writes=True) as connection:
        connection.execute(text("DELETE FROM changes"))
    examine(registry.engine)
    registry.close()


def test_a_backup_is_one_file_of_its_owner(filled: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "cadangan"
    folder.mkdir()
    backup(filled, folder / "backup.db")
    assert names_in(folder) == {"backup.db"}
    assert stat.S_IMODE((folder / "backup.db").stat().st_mode) == 0o600
    with pytest.raises(RegistryError, match="tidak menimpa"):
        restore(folder / "backup.db", folder / "backup.db")


def test_what_was_deleted_is_not_in_a_backup(filled: Registry, tmp_path: Path) -> None:
    with filled.write(COMMAND, ON, "import", "uji") as work:
        work.put(t.mappings, [{"source": "x", "header": "sekali-saja-tertulis", "field": ""}])
    with filled.write(COMMAND, ON, "import", "uji") as work:
        work.remove(t.mappings, [("x", "sekali-saja-tertulis")])
    backup(filled, tmp_path / "backup.db")
    data = (tmp_path / "backup.db").read_bytes()
    assert nik(10).encode() in data
    assert b"sekali-saja-tertulis" not in data


def test_an_earlier_backup_is_replaced_by_a_whole_one_or_stays(
    filled: Registry, tmp_path: Path
) -> None:
    file = tmp_path / "cadangan" / "backup.db"
    file.parent.mkdir()
    first = backup(filled, file)
    with filled.write(COMMAND, ON, "form", "sesudahnya") as work:
        add_household(work, next(iter(RTS)), 9)
    before = file.read_bytes()
    with pytest.raises(ZeroDivisionError):
        backup(filled, file, progress=lambda share: 1 / 0)  # type: ignore[arg-type,return-value]
    assert file.read_bytes() == before
    assert names_in(file.parent) == {"backup.db"}
    second = backup(filled, file)
    assert second.hash == filled.content_hash() != first.hash


def test_what_a_killed_backup_left_is_cleared_away(filled: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "cadangan"
    folder.mkdir()
    for ending in ("", "-journal", "-wal"):
        (folder / f".backup.db.new{ending}").write_bytes(b"half a backup")
    backup(filled, folder / "backup.db")
    assert names_in(folder) == {"backup.db"}


def test_where_an_open_file_keeps_its_name_a_backup_works_as_well(
    filled: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    monkeypatch.setattr(backup_module, "_OPEN_KEEPS_NAME", True)
    folder = tmp_path / "cadangan"
    folder.mkdir()
    saved = backup(filled, folder / "backup.db")
    with pytest.raises(ZeroDivisionError):
        backup(filled, folder / "backup.db", lambda share: 1 / 0)  # type: ignore[arg-type,return-value]
    (folder / "taken").mkdir()
    with pytest.raises(RegistryError, match="taken tidak tersimpan"):
        backup(filled, folder / "taken")  # a folder: the last step fails
    assert names_in(folder) == {"backup.db", "taken"}
    assert restore(folder / "backup.db", tmp_path / "restored.db") == saved


def test_two_backups_to_one_file_do_not_mix(filled: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "cadangan"
    folder.mkdir()
    told: list[str] = []

    def meanwhile(share: float) -> None:
        if not told:
            with pytest.raises(RegistryError) as error:
                backup(filled, folder / "backup.db")
            told.append(error.value.text())

    saved = backup(filled, folder / "backup.db", meanwhile)
    assert told == [
        "Cadangan backup.db sedang dibuat oleh proses lain. "
        "Tunggu sampai selesai, atau pilih nama lain."
    ]
    assert restore(folder / "backup.db", tmp_path / "restored.db") == saved


def test_a_registry_is_never_replaced(filled: Registry, where: str, tmp_path: Path) -> None:
    backup(filled, tmp_path / "backup.db")
    before = filled.content_hash()
    with pytest.raises(RegistryError, match="pemulihan tidak menimpa"):
        restore(tmp_path / "backup.db", where)
    assert filled.content_hash() == before
    (tmp_path / "missing.db-wal").write_bytes(b"changes of a registry that is elsewhere")
    with pytest.raises(RegistryError, match="pemulihan tidak menimpa"):
        restore(tmp_path / "backup.db", tmp_path / "missing.db")


def test_a_damaged_backup_is_refused_or_restored_in_full(
    filled: Registry, sqlite_template: Path, tmp_path: Path
) -> None:
    """Each of 60 copies has some bytes changed, or is cut off."""
    folder = tmp_path / "rusak"
    folder.mkdir()
    saved = backup(filled, tmp_path / "backup.db")
    whole, random_ = (tmp_path / "backup.db").read_bytes(), random.Random(5207)
    n_refused = 0
    for number in range(60):
        data = bytearray(whole)
        for _ in range(random_.choice([1, 8, 64])):
            data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)
        if number % 10 == 0:
            del data[random_.randrange(len(data)) :]
        (folder / "copy.db").write_bytes(data)
        try:
            assert restore(folder / "copy.db", folder / "restored.db") == saved
            registry = Registry.open(folder / "restored.db")
            assert registry.content_hash() == saved.hash
            registry.close()
            for file in folder.glob("restored.db*"):
                file.unlink()
        except RegistryError as error:
            assert error.problems[0].key in ("backup_damaged", "backup_newer", "registry_encrypted")
            n_refused += 1
        assert names_in(folder) == {"copy.db"}
    assert n_refused > 20  # the rest hit what no row stands in


def test_a_damaged_backup_leaves_nothing_on_a_server(
    postgres: Server, filled: Registry, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    backup(filled, file)
    data = file.read_bytes()
    assert data.count(b"Dusun 2") > 1
    file.write_bytes(data.replace(b"Dusun 2", b"Dusun X"))
    url = postgres.create()
    with pytest.raises(RegistryError) as error:
        restore(file, url)
    assert error.value.text() == (
        "backup.db rusak atau bukan cadangan registri; tidak ada yang dipulihkan. "
        "Ambil cadangan lain, atau salin lagi berkasnya."
    )
    registry = Registry.create(url)
    assert not rows_of(registry, t.households)
    registry.close()
    postgres.drop(url)


def test_what_is_no_backup_is_refused(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "registry.db")  # a registry, but not sealed
    (tmp_path / "text.db").write_text("bukan basis data")
    for name, key in (
        ("registry.db", "backup_damaged"),
        ("text.db", "registry_encrypted"),
        ("none.db", "backup_missing"),
    ):
        with pytest.raises(RegistryError) as error:
            restore(tmp_path / name, tmp_path / "restored.db")
        assert error.value.problems[0].key == key
    with pytest.raises(RegistryError, match=r"cadangan.db tidak tersimpan; cadangan lama"):
        backup(Registry.open(tmp_path / "registry.db"), tmp_path / "tidak ada" / "cadangan.db")
    assert not (tmp_path / "restored.db").exists()


def test_a_backup_of_an_older_program_is_brought_up_to_date(
    filled: Registry, new_place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    saved = backup(filled, tmp_path / "backup.db")
    later_program(monkeypatch, tmp_path)
    assert restore(tmp_path / "backup.db", new_place) == saved
    registry = Registry.open(new_place)
    assert registry.content_hash() == saved.hash
    with transaction(registry.engine, writes=False) as connection:
        later = connection.execute(text("SELECT later FROM households")).scalars().all()
    assert later == [None] * len(RTS)
    registry.close()


def test_a_backup_of_a_newer_program_is_told_so(
    filled: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patched:
        later_program(patched, tmp_path)
        later = Registry.create(tmp_path / "later.db")
        backup(later, tmp_path / "backup.db")
        later.close()
    with pytest.raises(RegistryError, match="lebih baru; tidak ada yang dipulihkan"):
        restore(tmp_path / "backup.db", tmp_path / "restored.db")
    assert not os.path.lexists(tmp_path / "restored.db")
