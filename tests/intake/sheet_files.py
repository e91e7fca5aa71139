"""Workbooks and CSV files for tests, written part by part so that any part can be wrong."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from benchmarks.mutate_sheets import read_here
from pbrt_geo.errors import FileRefused
from pbrt_geo.intake.problems import letters
from pbrt_geo.read.sheets import Sheet, read_sheet_file

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

SECRET = "rahasia123"


def nik(serial: int, province: int = 52) -> str:
    """Return a NIK in valid form; made here so that no file of ours holds sixteen digits."""
    return f"{province:02d}0701{1 + serial % 28:02d}0{1 + serial % 9}80{serial:04d}"


# ── workbooks ───────────────────────────────────────────────────────────────────────────────────


def text_cell(ref: str, text: str) -> str:
    return f'<c r="{ref}" t="inlineStr"><is><t>{escape(text)}</t></is></c>' if text else ""


def rows_xml(table: Sequence[Sequence[str]]) -> str:
    """Return rows of text cells; a cell that begins with "<c" is taken as it is."""
    rows = []
    for i, cells in enumerate(table, start=1):
        refs = [f"{letters(j)}{i}" for j in range(len(cells))]
        inner = "".join(
            cell.replace("@", ref, 1) if cell.startswith("<c ") else text_cell(ref, cell)
            for ref, cell in zip(refs, cells, strict=True)
        )
        rows.append(f'<row r="{i}">{inner}</row>')
    return "".join(rows)


def number(value: Any, style: int = 0) -> str:
    """Return a cell that holds a number; `rows_xml` puts in where it stands."""
    return f'<c r="@" s="{style}"><v>{value}</v></c>'


def sheet_xml(rows: str, before: str = "", after: str = "") -> str:
    return (
        f'{DECLARED}<worksheet xmlns="{MAIN}" xmlns:r="{LINKS}">{before}'
        f"<sheetData>{rows}</sheetData>{after}</worksheet>"
    )


def styles_xml(codes: Sequence[str]) -> str:
    """Return a style for each format, by its code or its number; style 0 is the general one."""
    custom = {code: 164 + i for i, code in enumerate(codes) if not _is_own(code)}
    declared = "".join(
        f'<numFmt numFmtId="{n}" formatCode="{escape(c, {chr(34): "&quot;"})}"/>'
        for c, n in custom.items()
    )
    used = "".join(f'<xf numFmtId="{custom.get(c, c)}"/>' for c in ("0", *codes))
    return (
        f'{DECLARED}<styleSheet xmlns="{MAIN}"><numFmts>{declared}</numFmts>'
        f"<cellXfs>{used}</cellXfs></styleSheet>"
    )


def _is_own(code: str) -> bool:
    """Tell whether a format is one of Excel's own, by its number."""
    return code.isdecimal() and not code.startswith("00")


def shared_xml(strings: Iterable[str]) -> str:
    """Return shared strings; one that begins with "<si" is taken as it is."""
    items = (s if s.startswith("<si") else f"<si><t>{escape(s)}</t></si>" for s in strings)
    return f'{DECLARED}<sst xmlns="{MAIN}">{"".join(items)}</sst>'


def parts_of(
    sheets: Mapping[str, str],
    *,
    shared: Iterable[str] | None = None,
    formats: Sequence[str] | None = None,
    states: Mapping[str, str] | None = None,
    settings: str = "",
) -> dict[str, str]:
    """Return the members of a workbook whose sheets are given as XML."""
    states = states or {}
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{i}" state="{states.get(name, "visible")}" '
        f'r:id="rId{i}"/>'
        for i, name in enumerate(sheets, start=1)
    )
    links = [
        (f"rId{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)
    ]
    parts = {
        "[Content_Types].xml": f'{DECLARED}<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
    }
    if shared is not None:
        parts["xl/sharedStrings.xml"] = shared_xml(shared)
        links.append(("rId90", "sharedStrings", "sharedStrings.xml"))
    if formats is not None:
        parts["xl/styles.xml"] = styles_xml(formats)
        links.append(("rId91", "styles", "styles.xml"))
    parts["xl/workbook.xml"] = (
        f'{DECLARED}<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{settings}'
        f"<sheets>{listed}</sheets></workbook>"
    )
    parts["xl/_rels/workbook.xml.rels"] = _relations(links)
    return parts | {f"xl/worksheets/sheet{i}.xml": xml for i, xml in enumerate(sheets.values(), 1)}


def _relations(links: Sequence[tuple[str, str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="{key}" Type="{LINKS}/{kind}" Target="{target}"/>'
        for key, kind, target in links
    )
    return f'{DECLARED}<Relationships xmlns="{PACKAGE}/relationships">{listed}</Relationships>'


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def xlsx(table: Sequence[Sequence[str]], **more: Any) -> bytes:
    """Return a workbook with one sheet, "Data"."""
    before, after = more.pop("before", ""), more.pop("after", "")
    return zipped(parts_of({"Data": sheet_xml(rows_xml(table), before, after)}, **more))


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def first(data: bytes) -> Sheet:
    return read_here(data).sheets[0]


def cells(data: bytes) -> list[list[str]]:
    return first(data).cells


def refused(source: Path | str | bytes, key: str, **options: Any) -> str:
    """Assert that a file is refused for a reason, in one sentence that gives nothing away."""
    with pytest.raises(FileRefused) as caught:
        read_sheet_file(source, **{"name": "data.xlsx"} | options)
    (problem,) = caught.value.problems
    assert problem.key == key
    for language in ("id", "en"):
        text = problem.text(language)
        assert len(text.splitlines()) == 1
        assert len(text) < 400
        for leak in (SECRET, "Traceback", "zipfile", "expat", str(Path.home()), "/tmp", "pbrt-"):
            assert leak not in text
    return problem.text()
