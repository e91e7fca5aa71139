"""Encryption at rest, for laptops: the whole file by SQLCipher, its key in a file of its own.

The key never stands on a command line or in an address, where other programs could read it; the
environment names only the file. That file holds 64 hexadecimal digits: a key made by chance, not a
password, so that guessing is hopeless and opening does not wait for a slow hash. Whoever loses it
loses the registry and its backups.
"""

import os
import re
import secrets
from pathlib import Path
from types import ModuleType
from typing import Any

from pbrt_geo.registry.problems import RegistryError

VARIABLE = "PBRT_REGISTRY_KEY_FILE"
_PLAIN = b"SQLite format 3\0"


def key() -> str | None:
    """
    Return the key that the environment names; None where registries are not encrypted.

    Raises
    ------
    RegistryError
        If the file cannot be read or holds something else.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    try:
        text = Path(named).read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        text = ""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise RegistryError.of("registry_key_file", variable=VARIABLE)
    return text


def write_key(file: Path) -> None:
    """
    Make a key and write it into a new file that only its owner may read.

    Raises
    ------
    RegistryError
        If the file is there already: with a key that is replaced, all it locked is lost.
    """
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RegistryError.of("registry_key_exists", file=file.name) from None
    except OSError:
        raise RegistryError.of("registry_key_unwritten", file=file.name) from None
    with os.fdopen(handle, "w", encoding="ascii") as written:
        written.write(secrets.token_hex(32) + "\n")
        written.flush()
        os.fsync(handle)


def driver(has_key: bool) -> ModuleType:
    """Return the module that speaks with SQLite, or with SQLCipher where there is a key."""
    if has_key:
        from sqlcipher3 import dbapi2

        return dbapi2
    import sqlite3

    return sqlite3


def unlock(connection: Any, secret: str | None) -> None:
    """Say the key to a new connection, before anything else."""
    if secret is not None:
        connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to the terminal
        connection.execute(f"PRAGMA key = \"x'{secret}'\"")


def is_plain(file: Path) -> bool:
    """Tell whether a file begins as an SQLite file that is not encrypted."""
    with file.open("rb") as opened:
        return opened.read(len(_PLAIN)) == _PLAIN


def refuse_mismatch(file: Path, secret: str | None) -> None:
    """Say so where a file is encrypted and there is no key, or the other way round."""
    try:
        is_wrong = file.stat().st_size > 0 and is_plain(file) == (secret is not None)
    except OSError:
        return  # what is wrong with the file is told when it is opened
    if is_wrong:
        told = "registry_not_encrypted" if secret else "registry_encrypted"
        raise RegistryError.of(told, variable=VARIABLE)
