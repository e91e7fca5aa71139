"""Tables are made and brought up to date in one transaction, on both databases, or not at all."""

import shutil
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from pbrt_geo.registry import migrate as migrate_module
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import RegistryError, transaction
from pbrt_geo.registry.integrity import examine, faults
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry
from registry.registries import ON, RTS, add_household, fill_places, rows_of

LATER = '''
"""A migration of some later program."""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"


def upgrade() -> None:
    recreate = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("households", recreate=recreate) as households:
        households.add_column(sa.Column("later", sa.Text(), nullable=True))
    {more}
'''


@pytest.fixture
def filled(sample_places: Registry) -> Registry:
    with sample_places.write(COMMAND, ON, "form", "pendataan") as work:
        for serial, rt_id in enumerate(RTS, 1):
            add_household(work, rt_id, serial)
    sample_places.close()
    return sample_places


def later_program(monkeypatch: pytest.MonkeyPatch, folder: Path, more: str = "") -> None:
    """Let the program know one more migration, as a later one would."""
    migrations = folder / "migrations"
    shutil.copytree(migrate_module._HERE, migrations)
    script = LATER.format(head=migrate_module.head(), more=more)
    (migrations / "versions" / "9001_later.py").write_text(script)
    monkeypatch.setattr(migrate_module, "_HERE", migrations)


def test_the_migrations_make_the_tables_as_declared(registry: Registry) -> None:
    with transaction(registry.engine, writes=False) as connection:
        assert faults(connection) == {}
        there = set(inspect(connection).get_table_names())
    assert there == {*t.metadata.tables, "alembic_version"}
    facts = examine(registry.engine)
    assert (facts["n_rows"], facts["n_changes"]) == (0, 0)
    assert facts["n_tables"] == len(t.metadata.tables)


def test_a_table_that_is_not_as_declared_is_found(registry: Registry) -> None:
    with transaction(registry.engine, writes=True) as connection:
        connection.execute(text("ALTER TABLE places ADD COLUMN strange TEXT"))
    with pytest.raises(RegistryError, match="tabel yang tidak sesuai versi program"):
        examine(registry.engine)


def test_a_row_changed_behind_the_record_is_found(filled: Registry) -> None:
    with transaction(filled.engine, writes=True) as connection:
        connection.execute(text("UPDATE residents SET version = 7 WHERE id = 1"))
    with pytest.raises(RegistryError, match="1 baris yang tidak sesuai catatan") as error:
        examine(filled.engine)
    assert error.value.text("en") == (
        "1 fault(s) in the registry: 1 rows that differ from the record of changes. "
        "Write nothing more; restore the last backup to a new file: `pbrt restore`."
    )


def test_no_registry_is_told_and_none_is_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="Belum ada registri di tempat itu"):
        Registry.open(tmp_path / "registry.db")
    assert not list(tmp_path.iterdir())


def test_a_new_file_is_its_owners_only(tmp_path: Path) -> None:
    registry = Registry.create(tmp_path / "new" / "registry.db")
    fill_places(registry)
    for file in (tmp_path / "new").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    registry.close()


def test_a_registry_of_a_newer_program_is_left_alone(where: str, registry: Registry) -> None:
    with transaction(registry.engine, writes=True) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for way in (Registry.open, Registry.create):
        with pytest.raises(RegistryError, match="versi program yang lebih baru"):
            way(where)


def test_a_later_program_keeps_every_row_and_rule(
    where: str, filled: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = filled.content_hash()
    filled.close()
    later_program(monkeypatch, tmp_path)
    with pytest.raises(RegistryError, match="versi program yang lebih lama"):
        Registry.open(where)
    registry = Registry.create(where)
    assert registry.content_hash() == before  # of the columns that this program knows
    with transaction(registry.engine, writes=True) as connection:
        assert (
            connection.execute(text("SELECT later FROM households")).scalars().all() == [None] * 4
        )
    with pytest.raises(RegistryError), transaction(registry.engine, writes=True) as connection:
        connection.execute(text("DELETE FROM changes"))
    with pytest.raises(RegistryError), transaction(registry.engine, writes=True) as connection:
        connection.execute(text("DELETE FROM households WHERE id = 1"))
    registry.close()


@pytest.mark.parametrize(
    "more",
    ["raise ZeroDivisionError", "op.execute('UPDATE residences SET household_id = 99')"],
    ids=["breaks off", "loses a parent"],
)
def test_a_migration_that_fails_leaves_the_old_tables(
    where: str, filled: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: str
) -> None:
    before = filled.content_hash()
    filled.close()
    with monkeypatch.context() as patched:
        later_program(patched, tmp_path, more)
        with pytest.raises((ZeroDivisionError, RegistryError)):
            Registry.create(where)
    registry = Registry.open(where)
    assert registry.content_hash() == before
    assert examine(registry.engine)["n_changes"] == len(rows_of(registry, t.changes))
    registry.close()


def test_two_programs_may_make_the_tables_at_once(new_place: str) -> None:
    errors: list[BaseException] = []

    def create() -> None:
        try:
            Registry.create(new_place).close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    registry = Registry.open(new_place)
    examine(registry.engine)
    registry.close()
