"""Making the tables of a registry, and bringing older ones up to date, in one transaction."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from pbrt_geo.registry.engine import RegistryError, transaction

_HERE = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """
    Bring the tables to what this program needs: all steps, or none.

    Raises
    ------
    RegistryError
        If the registry was made by a newer program, or cannot be written.
    """
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file and not Path(file).exists():
        _create_private(Path(file))
    with transaction(engine, writes=True) as connection:
        _refuse_unknown(connection)
        command.upgrade(_config(connection), "head")


def check_current(engine: Engine) -> None:
    """
    See that there is a registry with the tables that this program needs.

    Raises
    ------
    RegistryError
        If there is none, or it needs a migration, or a newer program.
    """
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file and not Path(file).is_file():
        raise RegistryError.of("registry_missing")
    with transaction(engine, writes=False) as connection:
        _refuse_unknown(connection)
        if revision(connection) != head():
            raise RegistryError.of("registry_old")


def revision(connection: Connection) -> str | None:
    """Return the last migration that was done; None if there was none."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Return the migration this program needs."""
    return _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_HERE))


def _refuse_unknown(connection: Connection) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision(connection) not in {None, *known}:
        raise RegistryError.of("registry_new")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config


def _create_private(file: Path) -> None:
    """Make the file, readable by its owner only, before anything is in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
