"""Making the tables of a registry, and bringing older ones up to date, in one transaction."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from pbrt_geo.registry.engine import RegistryError, file_of, transaction

_HERE = Path(__file__).parent / "migrations"
_DANGLING = "PRAGMA foreign_key_check"


def migrate(engine: Engine) -> None:
    """
    Bring the tables to what this program needs: all steps, or none.

    Raises
    ------
    RegistryError
        If the registry was made by a newer program, or cannot be written.
    """
    file = file_of(engine)
    if file and not file.exists():
        _create_private(file)
    with transaction(engine, writes=True, references=False) as connection:
        _refuse_unknown(connection)
        upgrade(connection, "head")


def check_current(engine: Engine) -> None:
    """
    See that there is a registry with the tables that this program needs.

    Raises
    ------
    RegistryError
        If there is none, or it needs a migration, or a newer program.
    """
    refuse_missing(engine)
    with transaction(engine, writes=False) as connection:
        _refuse_unknown(connection)
        if revision(connection) != head():
            raise RegistryError.of("registry_old")


def refuse_missing(engine: Engine) -> None:
    """Raise `RegistryError` where there is no file, before SQLite makes an empty one."""
    file = file_of(engine)
    if file and not file.is_file():
        raise RegistryError.of("registry_missing")


def revision(connection: Connection) -> str | None:
    """Return the last migration that was done; None if there was none."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Return the migration this program needs."""
    return _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_HERE))


def is_known(connection: Connection) -> bool:
    """Tell whether the tables are of this program or an older one; True if there are none."""
    known = {script.revision for script in _scripts().walk_revisions()}
    return revision(connection) in {None, *known}


def upgrade(connection: Connection, to: str) -> None:
    """Do the migrations up to one of them, or up to `head`, in the transaction that runs."""
    if revision(connection) != (head() if to == "head" else to):
        command.upgrade(_config(connection), to)
        _check_references(connection)


def _refuse_unknown(connection: Connection) -> None:
    if not is_known(connection):
        raise RegistryError.of("registry_new")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config


def _check_references(connection: Connection) -> None:
    """See that no row refers to one that a migration lost; SQLite did not while it ran."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql(_DANGLING).first():
        raise RegistryError.of("registry_references")


def _create_private(file: Path) -> None:
    """Make the file, readable by its owner only, before anything is in it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError:
        raise RegistryError.of("registry_unreachable") from None
