"""Excel workbook (.xlsx, .xlsm): a zip of XML, of which only the tables are opened.

Nothing is computed and no link is followed: formulas count with the result that is stored, macros,
pictures and queries are never looked at. Members are found by their relations, never unpacked by
name; XML that declares entities is refused.
"""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

from pbrt_geo.read.cells import Contents, ReadSheet, Tables
from pbrt_geo.read.formats import styles_of
from pbrt_geo.read.limits import Limits, Refused
from pbrt_geo.read.meaning import Meaning, local
from pbrt_geo.read.shared_strings import read_strings
from pbrt_geo.read.worksheet import SheetXml, read_worksheet
from pbrt_geo.read.xml_member import GuardedXml

_MOST_FREE_RATIO = 2**20  # no bomb below 1 MiB
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, ET.ParseError)


def read(path: Path, layer: str | None, limits: Limits) -> Tables:
    """Read all sheets of a workbook; there are no layers to choose from."""
    del layer
    try:
        with zipfile.ZipFile(path) as archive:
            return _Workbook(archive, limits).tables()
    except _BROKEN as error:
        raise Refused("sheet_damaged") from error
    except (NotImplementedError, RuntimeError) as error:  # a method or a password of its own
        raise Refused("sheet_locked") from error


class _Workbook:
    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self.archive, self.limits = archive, limits
        self.members = _members(archive.infolist(), limits)
        self.path = self._main_part()
        self.root = self._xml(self.path)
        if local(self.root.tag) != "workbook":  # a document of Word, say
            raise Refused("sheet_zip")
        self.parts = self._relations(self.path)

    def tables(self) -> Tables:
        """Read what all sheets share, then each sheet."""
        contents = Contents()
        meaning = Meaning(
            contents,
            self._shared_strings(),
            self._styles(),
            since_1904=_is_on(self._setting("workbookPr", "date1904")),
            uncounted=_is_on(self._setting("calcPr", "fullCalcOnLoad")),
        )
        sheets = [self._sheet(about, part, meaning) for about, part in self._sheets()]
        if not sheets:
            raise Refused("sheet_damaged")
        return Tables(contents, sheets)

    # ── finding the parts ──

    def _main_part(self) -> str:
        if "[content_types].xml" not in self.members:
            names = set(self.members)
            is_ods = "mimetype" in names and "content.xml" in names
            raise Refused("sheet_ods" if is_ods else "sheet_zip")
        for kind, target in self._relations("").values():
            if kind == "officeDocument":
                if target.lower().endswith(".bin"):
                    raise Refused("sheet_xlsb")
                return target
        raise Refused("sheet_damaged")

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return what a part points to inside the file: id → kind and member."""
        path = PurePosixPath(part)
        about = f"{path.parent}/_rels/{path.name}.rels" if part else "_rels/.rels"
        found = {}
        for relation in self._xml(about):
            if relation.get("TargetMode") != "External":
                kind = relation.get("Type", "").rpartition("/")[2]
                target = _joined(path.parent, relation.get("Target", ""))
                found[relation.get("Id", "")] = kind, target
        return found

    def _part(self, kind: str) -> str | None:
        return next((target for k, target in self.parts.values() if k == kind), None)

    def _sheets(self) -> Iterator[tuple[ET.Element, str]]:
        for group in self.root:
            for about in group if local(group.tag) == "sheets" else ():
                key = next((v for k, v in about.items() if local(k) == "id" and "}" in k), "")
                kind, target = self.parts[key]
                if kind == "worksheet":  # others are charts, dialogs and macros
                    yield about, target

    def _setting(self, tag: str, name: str) -> str:
        return next((part.get(name, "") for part in self.root if local(part.tag) == tag), "")

    # ── reading the parts ──

    def _open(self, name: str) -> GuardedXml:
        return GuardedXml(self.archive.open(self.members[name.lower()]))

    def _xml(self, name: str) -> ET.Element:
        with self._open(name) as file:
            return ET.fromstring(file.read())

    def _styles(self) -> list[str]:
        part = self._part("styles")
        return styles_of(self._xml(part)) if part else []

    def _shared_strings(self) -> list[str]:
        part = self._part("sharedStrings")
        return read_strings(lambda: self._open(part)) if part else []

    def _sheet(self, about: ET.Element, part: str, meaning: Meaning) -> ReadSheet:
        found = read_worksheet(lambda: self._open(part), meaning, self.limits)
        hidden = about.get("state", "visible") != "visible"
        return _finished(about.get("name", ""), hidden, found)


def _members(infos: list[zipfile.ZipInfo], limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """Return the members by their name in small letters; refuse bombs and doubled names."""
    if len(infos) > limits.members:
        raise Refused("sheet_members", n=len(infos), most=limits.members)
    for info in infos:
        bomb = info.file_size > max(_MOST_FREE_RATIO, limits.ratio * info.compress_size)
        if bomb or info.file_size > limits.unpacked_bytes:
            raise Refused("sheet_unpacked", most=limits.unpacked_bytes // 2**20)
    if sum(info.file_size for info in infos) > limits.unpacked_bytes:
        raise Refused("sheet_unpacked", most=limits.unpacked_bytes // 2**20)
    members = {info.filename.replace("\\", "/").lower(): info for info in infos}
    if len(members) < len(infos):
        raise Refused("sheet_damaged")
    return members


def _joined(folder: PurePosixPath, target: str) -> str:
    """Return the member that a relation means; it is only looked up, never a path on a disk."""
    parts: list[str] = []
    whole = target if target.startswith("/") else f"{folder}/{target}"
    for part in whole.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _is_on(value: str) -> bool:
    return value in ("1", "true")


def _finished(name: str, hidden: bool, found: SheetXml) -> ReadSheet:
    """Let a value that is merged over several rows stand in each of them."""
    matrix = found.grid.matrix()
    for top, left, bottom, _ in found.merged:
        if bottom > top and top < len(matrix) and left < matrix.shape[1]:
            below = matrix[top + 1 : bottom + 1, left]
            below[below == 0] = matrix[top, left]
    used = set(found.grid.rows)
    columns = set(range(found.grid.n_columns))
    return ReadSheet(
        name,
        matrix,
        hidden,
        found.merged,
        len(used & found.hidden_rows),
        len(columns & found.hidden_columns),
    )
