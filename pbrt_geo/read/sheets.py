"""Tables that people send: Excel workbooks and CSV, every cell as text.

A cell is kept as it is stored: a code keeps its zeros and its dots, a NIK that Excel stored as a
number is recognisable as one, and nothing is taken for missing that says "NA". What a column means
is found elsewhere (`pbrt_geo.intake`).
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pbrt_geo.errors import FileRefused
from pbrt_geo.read.cells import CELL_KINDS
from pbrt_geo.read.confined import bytes_of, name_of, own_folder, read_confined
from pbrt_geo.read.limits import Limits, Refused

__all__ = ["CELL_KINDS", "SHEET_LIMITS", "Sheet", "SheetFile", "read_sheet_file"]

SHEET_LIMITS = Limits(
    unpacked_bytes=600 * 2**20,
    members=1_000,
    rows=400_000,
    columns=1_000,
    cpu_seconds=120,
    wall_seconds=180,
)
"""Enough for 400,000 rows of 40 columns; a sheet of so many takes 250 MB once unpacked."""

_SHOWN_NAME = 60


@dataclass(frozen=True)
class Sheet:
    """
    One sheet from its first cell (A1) to the last row and column that hold anything.

    Attributes
    ----------
    cells
        Rows of texts, all of the same length; "" where a cell is empty.
    kinds
        The same shape; how each cell is stored: "" (empty), "text", "number", "date" (text is ISO:
        `2008-02-01`, with a time `2008-02-01 13:45:00`, or a time alone), "bool" (text "TRUE" or
        "FALSE"), "formula_empty" (a formula whose result is not in the file; text ""), "error"
        (text as Excel shows it: "#N/A"). All cells of a CSV are "text" or "".
    hidden
        Whether Excel hides the whole sheet.
    merged
        Merged areas: first row, first column, last row, last column, from 0. A value merged over
        several rows stands in each of them.
    n_hidden_rows, n_hidden_columns
        Rows and columns that hold something though Excel hides them (by a filter, for example).
    """

    name: str
    cells: list[list[str]]
    kinds: list[list[str]]
    hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    n_hidden_rows: int = 0
    n_hidden_columns: int = 0

    @property
    def n_rows(self) -> int:
        """Return how many rows there are, blank ones included."""
        return len(self.cells)

    @property
    def n_columns(self) -> int:
        """Return how many columns there are."""
        return len(self.cells[0]) if self.cells else 0


@dataclass(frozen=True)
class SheetFile:
    """
    A foreign file as it was read.

    Attributes
    ----------
    name
        Display text, safe to show; never a path.
    content_hash
        SHA-256 of the bytes, as hexadecimal digits: the same file again has the same.
    sheets
        All sheets that can hold cells, in their order, empty ones too; a CSV has one.
    walls
        Which walls of `confine.py` stood around the reading process.
    found
        How a CSV was understood: `encoding`, `separator`, and `samples`, up to three lines that
        hold letters beyond ASCII, to be looked at by a person who may see people.
    """

    name: str
    kind: Literal["xlsx", "csv"]
    content_hash: str
    sheets: tuple[Sheet, ...]
    walls: Mapping[str, bool] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)


def read_sheet_file(
    source: Path | str | bytes, *, name: str | None = None, limits: Limits | None = None
) -> SheetFile:
    """
    Read an Excel workbook (.xlsx, .xlsm) or a CSV file that is not trusted.

    The bytes decide what the file is, not its name. CSV may be separated by comma, semicolon, tab
    or bar, in UTF-8, UTF-16 (with its mark) or cp1252.

    Parameters
    ----------
    source
        A path, or the bytes themselves.
    name
        What to call the file in messages; the last part of the path if not given.
    limits
        Other limits than `SHEET_LIMITS`.

    Returns
    -------
    file
        All its sheets. Rows of `kinds` are shared between rows of cells: do not change them.

    Raises
    ------
    FileRefused
        With one sentence. Nothing of the file is kept.
    """
    limits, shown = limits or SHEET_LIMITS, name_of(source, name)
    with own_folder() as folder:
        try:
            data = bytes_of(source, limits)
            _check_old(data)
            kind, outcome = read_confined(folder, data, reader_of, None, limits)
            sheets = tuple(_sheets(folder, outcome))
            if not any(sheet.cells for sheet in sheets):
                raise Refused("sheet_no_cells")
        except Refused as no:
            key = no.key.replace("file_", "sheet_", 1)  # the same reasons, in words for tables
            raise FileRefused.of(key, file=shown, **no.facts) from None
    known = hashlib.sha256(data).hexdigest()
    is_csv = kind == "delimited"
    form: Literal["xlsx", "csv"] = "csv" if is_csv else "xlsx"
    return SheetFile(shown, form, known, sheets, outcome["walls"], outcome["found"])


# ── what the bytes are ──────────────────────────────────────────────────────────────────────────

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLDEST = (b"\t\0", b"\t\2", b"\t\4")  # of before 1993
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OTHERS = (b"%PDF", b"SQLite format 3", b"PAR1", b"\x1f\x8b", b"Rar!", b"7z\xbc", b"{", b"\x89PNG")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1a"))


def _check_old(data: bytes) -> None:
    """Refuse the container of old Excel files, in which locked new ones come too."""
    if data.startswith(_OLDEST):
        raise Refused("sheet_old_excel")
    if data.startswith(_OLE):
        raise Refused("sheet_locked" if _LOCKED in data else "sheet_old_excel")


def reader_of(head: bytes) -> str:
    """Tell the reader from the first bytes, or refuse with the likeliest reason."""
    if not head:
        raise Refused("sheet_empty")
    if head.startswith(b"PK"):
        return "workbook"
    if head.startswith(_UTF16):
        return "delimited"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if text.startswith(b"<"):
        raise Refused("sheet_markup")
    if text.startswith(_OTHERS):
        raise Refused("sheet_unknown")
    n_controls = len(head) - len(head.translate(None, _CONTROLS))
    if n_controls > len(head) // 10:
        is_utf16 = head.count(b"\0") >= len(head) // 3
        raise Refused("csv_encoding" if is_utf16 else "sheet_unknown")
    return "delimited"


# ── what came back ──────────────────────────────────────────────────────────────────────────────


def _sheets(folder: Path, outcome: dict[str, Any]) -> Iterator[Sheet]:
    """Put the sheets together again; what came back is checked, for its maker read the file."""
    texts = np.array([*map(str, outcome["texts"]), ""], dtype=object)[:-1]
    codes = np.frombuffer(outcome["kinds"].encode("ascii"), np.uint8) - ord("0")
    places = np.fromfile(folder / "cells.u32", np.uint32)
    sizes = [n_rows * n_columns for n_rows, n_columns in (s["shape"] for s in outcome["sheets"])]
    fits = len(codes) == len(texts) > 0 and sum(sizes) == len(places) and min(sizes) >= 0
    if not fits or codes.max() >= len(CELL_KINDS) or (places >= len(texts)).any():
        raise Refused("sheet_damaged")
    names = _names([about["name"] for about in outcome["sheets"]])
    ends = np.cumsum(sizes)
    for about, name, size, end in zip(outcome["sheets"], names, sizes, ends, strict=True):
        here = places[end - size : end].reshape(about["shape"])
        yield Sheet(
            name,
            [texts[row].tolist() for row in here],
            _kinds(codes[here]),
            bool(about["hidden"]),
            tuple(tuple(area) for area in about["merged"]),
            about["n_hidden_rows"],
            about["n_hidden_columns"],
        )


def _kinds(codes: np.ndarray) -> list[list[str]]:
    """Return the kinds by row; rows alike share one list, which saves most of the memory."""
    words = np.array(CELL_KINDS, dtype=object)
    shared: dict[bytes, list[str]] = {}
    rows = []
    for row in codes:
        key = row.tobytes()
        if key not in shared:
            shared[key] = words[row].tolist()
        rows.append(shared[key])
    return rows


def _names(names: list[str]) -> list[str]:
    """Return the names of sheets safe to show, and each only once."""
    shown: list[str] = []
    for name in names:
        kept = "".join(c for c in name if unicodedata.category(c)[0] != "C" and c not in "`<>")
        kept = kept.strip()[:_SHOWN_NAME] or "?"
        n = sum(other == kept or other.startswith(f"{kept} (") for other in shown)
        shown.append(f"{kept} ({n + 1})" if kept in shown else kept)
    return shown
