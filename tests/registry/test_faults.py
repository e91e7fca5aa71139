"""A disk that is full, fails or can only be read: a clear message, and what was there is intact."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.backup import backup, restore
from pbrt_geo.registry.engine import RegistryError, transaction
from pbrt_geo.registry.integrity import faults
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry
from registry.faulty import STORED, read_only, small_disk, told_with_limit
from registry.registries import (
    ON,
    RTS,
    add_household,
    fill_places,
    nik,
    postgres_programs,
    postgres_server,
    rows_of,
)

RT = next(iter(RTS))
PAGE = 4096
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are of Unix")
TOLD = {"registry_disk", "registry_full", "registry_unreachable", "backup_unwritten"}
"""What may be said of a write that broke off."""


def filled(where: Path) -> Registry:
    registry = Registry.create(where)
    fill_places(registry)
    with registry.write(COMMAND, ON, "form", "pendataan") as work:
        add_household(work, RT, 1)
    return registry


def whole(where: Path) -> str:
    """Hash of what a registry holds, once it is seen that nothing contradicts itself."""
    registry = Registry.open(where)
    with transaction(registry.engine, writes=False) as connection:
        assert faults(connection) == {}
    found = registry.content_hash()
    registry.close()
    return found


def import_many(where: Path) -> None:
    registry = Registry.open(where)
    try:
        with registry.write(COMMAND, ON, "import", "banyak") as work:
            people = [
                {"nik": nik(1000 + n), "nik_state": "valid", "name": f"Warga {n}"}
                for n in range(300)
            ]
            work.insert_many(t.residents, people)
    finally:
        registry.close()


@contextlib.contextmanager
def saved(folder: Path) -> Iterator[Registry]:
    registry = filled(folder / "registry.db")
    backup(registry, folder / "backup.db")
    with registry.write(COMMAND, ON, "form", "sesudahnya") as work:
        add_household(work, RT, 2)
    yield registry
    registry.close()


@UNIX
def test_an_import_that_breaks_off_at_any_write_leaves_the_old_state(tmp_path: Path) -> None:
    where = tmp_path / "registry.db"
    filled(where).close()
    before, told = whole(where), set()
    for limit in range(0, 10_000 * PAGE, 3 * PAGE):
        outcome = told_with_limit(lambda: import_many(where), limit)
        if outcome == STORED:
            break
        told.add(outcome)
        assert whole(where) == before
    assert told <= TOLD
    assert "registry_disk" in told
    assert limit > 20 * PAGE  # some dozen writes broke off, one after the other
    assert whole(where) != before


@UNIX
def test_a_backup_that_breaks_off_at_any_write_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "cadangan"
    folder.mkdir()
    with saved(tmp_path) as registry:
        first = backup(registry, folder / "backup.db")
        with registry.write(COMMAND, ON, "form", "lagi") as work:
            add_household(work, RT, 3)
        second = registry.content_hash()
    data = (folder / "backup.db").read_bytes()

    def again() -> None:
        registry = Registry.open(tmp_path / "registry.db")
        try:
            backup(registry, folder / "backup.db")
        finally:
            registry.close()

    size, n_refused = len(data), 0
    for limit in range(0, 2 * size, size // 30):
        outcome = told_with_limit(again, limit)
        assert {file.name for file in folder.iterdir()} == {"backup.db"}
        if outcome == STORED:
            break
        assert outcome in TOLD
        assert (folder / "backup.db").read_bytes() == data
        n_refused += 1
    assert n_refused > 20
    assert restore(folder / "backup.db", tmp_path / "restored.db").hash == second != first.hash


@UNIX
@pytest.mark.parametrize("task", ["restore", "create"])
def test_a_new_registry_that_breaks_off_at_any_write_is_whole_the_next_time(
    task: str, tmp_path: Path
) -> None:
    with saved(tmp_path):
        pass
    new = tmp_path / "new.db"
    tasks: dict[str, Callable[[], object]] = {
        "restore": lambda: restore(tmp_path / "backup.db", new),
        "create": lambda: Registry.create(new).close(),
    }
    n_refused = 0
    for limit in range(0, 400 * PAGE, 5 * PAGE):
        outcome = told_with_limit(tasks[task], limit)
        if outcome == STORED:
            break
        assert outcome in TOLD
        assert task == "create" or not list(tmp_path.glob("*new.db*"))
        n_refused += 1
    assert n_refused > 5
    whole(new)


def test_a_full_disk_is_told_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with small_disk(folder, "2m") as remount:
        registry = filled(folder / "registry.db")
        before = registry.content_hash()
        with (
            pytest.raises(RegistryError) as error,
            registry.write(COMMAND, ON, "import", "banyak") as work,
        ):
            people = [
                {"nik": nik(1000 + n), "nik_state": "valid", "name": f"Warga {n}" * 10}
                for n in range(9000)
            ]
            work.insert_many(t.residents, people)
        assert error.value.text() == (
            "Tidak tersimpan: disk penuh. Data lama utuh. "
            "Kosongkan ruang di disk, lalu simpan lagi."
        )
        assert registry.content_hash() == before
        with pytest.raises(RegistryError, match=r"disk penuh|tidak tersimpan"):
            for number in range(20):
                backup(registry, folder / f"backup-{number}.db")
        assert not list(folder.glob(".*"))
        remount("size=32m")
        with registry.write(COMMAND, ON, "import", "banyak") as work:
            work.insert_many(t.residents, people)
        assert len(rows_of(registry, t.residents)) == 9002
        registry.close()
        whole(folder / "registry.db")


def test_a_disk_that_can_only_be_read_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    with contextlib.ExitStack() as at_end:
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        remount = at_end.enter_context(small_disk(folder, "4m")) if is_root else None
        registry = filled(folder / "registry.db")
        before = registry.content_hash()
        registry.close()
        with read_only(folder, remount):
            for way in (Registry.open, Registry.create):
                with pytest.raises(RegistryError) as error:
                    way(folder / "registry.db")
                assert error.value.problems[0].key in ("registry_read_only", "registry_unreachable")
            with pytest.raises(RegistryError) as error:
                Registry.create(folder / "new" / "registry.db")
            assert error.value.text() == (
                "Registri tidak dapat dibuka. Periksa alamatnya, izin folder, dan apakah server "
                "basis data berjalan; lalu coba lagi."
            )
        assert whole(folder / "registry.db") == before


def test_a_registry_in_use_whose_disk_turns_read_only_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with small_disk(folder, "4m") as remount:
        registry = filled(folder / "registry.db")
        before = registry.content_hash()
        registry.close()
        registry = Registry.open(folder / "registry.db")
        registry.close()
        remount("ro")
        with pytest.raises(RegistryError) as error, registry.write(COMMAND, ON, "form", "x") as w:
            add_household(w, RT, 2)
        assert error.value.problems[0].key in ("registry_read_only", "registry_unreachable")
        remount("rw")
        assert registry.content_hash() == before
        with registry.write(COMMAND, ON, "form", "lagi") as work:
            add_household(work, RT, 2)
        registry.close()


@pytest.mark.skipif(postgres_programs() is None, reason="PostgreSQL is not installed")
def test_a_server_that_goes_down_is_told_and_found_again(tmp_path: Path) -> None:
    with postgres_server() as server:
        registry = Registry.create(server.create())
        fill_places(registry)
        before = registry.content_hash()
        with (
            pytest.raises(RegistryError) as error,
            registry.write(COMMAND, ON, "form", "terputus") as work,
        ):
            add_household(work, RT, 1)
            server.stop()
            add_household(work, RT, 2)
        assert error.value.problems[0].key == "registry_unreachable"
        with pytest.raises(RegistryError, match="apakah server basis data berjalan"):
            registry.content_hash()
        server.start()
        assert registry.content_hash() == before
        with registry.write(COMMAND, ON, "form", "lagi") as work:
            add_household(work, RT, 1)
        registry.close()
