"""What any test may ask for: a registry on either database, a few places.

`tests/conftest.py` names this file, so that tests of all folders find them.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbrt_geo.registry.store import Registry
from registry.registries import (
    KINDS,
    Server,
    fill_places,
    postgres_programs,
    postgres_server,
)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The tests' own PostgreSQL server."""
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: Server) -> str:
    """Name of a database with the registry's tables, to be copied."""
    url = postgres.create()
    Registry.create(url).close()
    return url.rsplit("/", 1)[1]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File of a registry without rows, to be copied."""
    file = tmp_path_factory.mktemp("template") / "registry.db"
    Registry.create(file).close()
    return file


@pytest.fixture(params=KINDS)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a registry without rows: a file of SQLite, a URL of PostgreSQL."""
    if request.param == "sqlite":
        file = tmp_path / "registry.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield str(file)
        return
    server: Server = request.getfixturevalue("postgres")
    url = server.create(request.getfixturevalue("postgres_template"))
    yield url
    server.drop(url)


@pytest.fixture
def registry(where: str) -> Iterator[Registry]:
    """A registry without rows, once on each database."""
    opened = Registry.open(where)
    yield opened
    opened.close()


@pytest.fixture
def sample_places(registry: Registry) -> Registry:
    """The registry with the four RT of `tests.registry.registries.RTS`."""
    fill_places(registry)
    return registry


@pytest.fixture(params=KINDS)
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address at which there is no registry yet."""
    if request.param == "sqlite":
        yield str(tmp_path / "restored.db")
        return
    server: Server = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)
