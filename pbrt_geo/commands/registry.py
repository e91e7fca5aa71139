"""`pbrt registry …`, `pbrt backup`, `pbrt restore`: make, check, save and restore a registry."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbrt_geo.commands.tools import Bar, Commands, add, group
from pbrt_geo.text import say

if TYPE_CHECKING:
    from pbrt_geo.registry.integrity import Content
    from pbrt_geo.registry.store import Registry

ADDRESS = "PBRT_DATABASE_URL"


def declare(commands: Commands) -> Commands:
    """Declare the commands of this file; return the group `registry`, for those of others."""
    saved = add(commands, "backup", backup)
    saved.add_argument("file", type=Path, help="where the backup goes")
    restored = add(commands, "restore", restore)
    restored.add_argument("file", type=Path, help="a backup")
    commands = group(commands, "registry", "make, check, fill the registry of people")
    for parser in (
        saved,
        restored,
        add(commands, "create", create),
        add(commands, "check", check),
    ):
        add_registry(parser)
    add(commands, "key", write_key).add_argument("file", type=Path, help="where the key goes")
    return commands


def add_registry(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which registry it works with."""
    about = f"file of the registry, or postgresql://… (else: {ADDRESS}, where a password belongs)"
    parser.add_argument("--registry", help=about)


def where(options: argparse.Namespace) -> str:
    """
    Return the address of the registry that a command was told.

    Raises
    ------
    RegistryError
        If it was told none.
    """
    from pbrt_geo.registry.engine import RegistryError

    found = options.registry or os.environ.get(ADDRESS)
    if not found:
        raise RegistryError.of("registry_nowhere")
    return str(found)


@contextmanager
def opened(options: argparse.Namespace) -> Iterator["Registry"]:
    """Open the registry that a command was told, and close it at the end."""
    from pbrt_geo.registry.store import Registry

    registry = Registry.open(where(options))
    try:
        yield registry
    finally:
        registry.close()


# ── commands ────────────────────────────────────────────────────────────────────────────────────


def create(options: argparse.Namespace) -> int:
    """Make a registry, or bring an older one up to date."""
    from pbrt_geo.registry import tables
    from pbrt_geo.registry.migrate import head
    from pbrt_geo.registry.store import Registry

    Registry.create(where(options)).close()
    n_tables = len(tables.metadata.tables)
    print(say("registry.created", options.lang, n_tables=n_tables, revision=head()))
    return 0


def check(options: argparse.Namespace) -> int:
    """Check a registry: its file, its tables, and that every row is as the record says."""
    from pbrt_geo.registry.integrity import examine

    with opened(options) as registry:
        found = examine(registry.engine)
    print(say("registry.sound", options.lang, **found))
    return 0


def write_key(options: argparse.Namespace) -> int:
    """Make a key, for a registry that is encrypted on the disk."""
    from pbrt_geo.registry.encryption import VARIABLE, write_key

    write_key(options.file)
    print(say("registry.key_written", options.lang, file=options.file, variable=VARIABLE))
    return 0


def backup(options: argparse.Namespace) -> int:
    """Save all that the registry holds into one file."""
    from pbrt_geo.registry.backup import backup
    from pbrt_geo.registry.engine import engine_of
    from pbrt_geo.registry.migrate import refuse_missing
    from pbrt_geo.registry.store import Registry

    registry = Registry(engine_of(where(options)))  # also one that is older than this program
    try:
        refuse_missing(registry.engine)
        found = backup(registry, options.file, Bar(say("registry.backing_up", options.lang)))
    finally:
        registry.close()
    print(say("registry.backed_up", options.lang, file=options.file, **_told(found)))
    return 0


def restore(options: argparse.Namespace) -> int:
    """Make a new registry of a backup."""
    from pbrt_geo.registry.backup import restore

    bar = Bar(say("registry.restoring", options.lang))
    found = restore(options.file, where(options), bar)
    print(say("registry.restored", options.lang, **_told(found)))
    return 0


def _told(found: "Content") -> dict[str, Any]:
    return {"n_rows": found.n_rows, "hash": found.hash[:12]}
