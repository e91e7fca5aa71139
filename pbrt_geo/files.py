"""Writing several files all or none; tables so that equal ones give equal bytes; inert text."""

import contextlib
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

_FORMULA = re.compile("^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")

TEXT_STAYS_TEXT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""Options of a workbook in which text never becomes a formula, a link or a number."""


def inert(text: str) -> str:
    """Keep a spreadsheet that opens a CSV from running text as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def write_all(contents: Mapping[Path, bytes | None]) -> None:
    """
    Replace several files, all or none; None takes a file away.

    Each content is first written to a temporary name in its folder and forced to disk; then
    the names are changed. If a change of name fails, those already made are undone.
    """
    staged = {path: _staged(path, data) for path, data in contents.items() if data is not None}
    before = {path: path.read_bytes() if path.exists() else None for path in contents}
    done: list[Path] = []
    try:
        for path, temporary in staged.items():
            temporary.replace(path)
            done.append(path)
        for path in contents.keys() - staged.keys():
            done.append(path)
            path.unlink(missing_ok=True)
    except OSError:
        for path in done:
            _restore(path, before[path])
        raise
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
    for folder in {path.parent for path in contents}:
        _sync_folder(folder)


def _staged(path: Path, data: bytes) -> Path:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return Path(file.name)


def _restore(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        _staged(path, data).replace(path)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows cannot open a folder, and needs no sync
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_parquet(table: pd.DataFrame, path: Path | BinaryIO) -> None:
    """Write a table so that equal tables give equal bytes."""
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(arrow, path, compression="zstd", compression_level=9)


def parquet_hash(table: pd.DataFrame) -> str:
    """Return the hash of the file that `write_parquet` would write."""
    file = io.BytesIO()
    write_parquet(table, file)
    return hashlib.sha256(file.getbuffer()).hexdigest()
