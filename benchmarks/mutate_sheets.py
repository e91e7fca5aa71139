"""Mutated workbooks and CSV files: each is refused, or read right wherever it was not touched.

python -m benchmarks.mutate_sheets 20000 [SEED]

A workbook and a CSV whose cells are known are damaged in one place: bytes of the zip, XML inside
it (packed again, so that no checksum helps), text. The mutation says which rows it touched; every
other row must come back exactly, in its kind too, or the file must be refused with our own error.
Anything else, another exception or a lost, shifted or changed row, is a silent wrong read.
"""

import csv
import datetime as dt
import io
import json
import random
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

from pbrt_geo.errors import FileRefused
from pbrt_geo.read import delimited, workbook
from pbrt_geo.read.limits import Refused
from pbrt_geo.read.sheets import SHEET_LIMITS, SheetFile, _sheets, reader_of

Cell = tuple[str, str]
"""Kind and text."""

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
STYLES, BOOK = "xl/styles.xml", "xl/workbook.xml"
N_ROWS = 14
MERGED = N_ROWS - 3
"""The row in which a value stands that is merged with the row below."""


@dataclass
class Mutant:
    """A damaged file: which rows may differ, and whether places may shift at them (CSV)."""

    way: str
    data: bytes
    touched: set[int] = field(default_factory=set)
    kinds_only: set[str] = field(default_factory=set)
    """Cells of these kinds may differ wherever they are: their meaning itself was touched."""
    joined: bool = False


def read_here(data: bytes) -> SheetFile:
    """Read in this process, without walls; a foreign file is never read like this."""
    reader = {"workbook": workbook, "delimited": delimited}[reader_of(data[:4096])]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "input").write_bytes(data)
        outcome = reader.read(folder / "input", None, SHEET_LIMITS).keep(folder)
        outcome = json.loads(json.dumps(outcome))
        sheets = tuple(_sheets(folder, outcome))
        kind = "xlsx" if reader is workbook else "csv"
        return SheetFile("x", kind, "", sheets, {}, outcome["found"])


# ── files whose cells are known ─────────────────────────────────────────────────────────────────


def known_workbook(rng: random.Random) -> tuple[bytes, list[list[Cell]]]:
    """Return a workbook as Excel would write it, and its cells."""
    table = _table(rng)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Data")
        forms = {
            "date": book.add_format({"num_format": "dd/mm/yyyy"}),
            "000": book.add_format({"num_format": "000"}),
        }
        for i, row in enumerate(table):
            for j, (kind, text) in enumerate(row):
                _write(sheet, i, j, kind, text, forms)
        sheet.merge_range(MERGED, 7, MERGED + 1, 7, "bersama")
    for i in (MERGED, MERGED + 1):
        table[i][7] = ("text", "bersama")
    return file.getvalue(), table


def _write(
    sheet: xlsxwriter.worksheet.Worksheet, i: int, j: int, kind: str, text: str, forms: dict
) -> None:
    if kind == "text":
        sheet.write_string(i, j, text)
    elif kind == "number":
        sheet.write_number(i, j, float(text), forms["000"] if text.startswith("0") else None)
    elif kind == "date":
        sheet.write_datetime(i, j, dt.date.fromisoformat(text), forms["date"])
    elif kind == "bool":
        sheet.write_boolean(i, j, text == "TRUE")


def _table(rng: random.Random) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [("text", n) for n in ("NIK", "Nama", "RT", "Jiwa", "Lahir", "PKH", "Desa", "Ket")]
    ]
    for i in range(1, N_ROWS):
        rows.append(
            [
                ("text", "52" + "".join(rng.choices("0123456789", k=14))),
                ("text", rng.choice(["A & B", "C<d>", "é\n f", " g ", "H"]) + str(i)),
                ("number", f"{rng.randrange(1, 100):03d}"),
                ("number", str(rng.randrange(1, 12)) + rng.choice(["", ".5"])),
                ("date", f"2006-11-{rng.randrange(1, 29):02d}"),
                ("bool", rng.choice(["TRUE", "FALSE"])),
                ("text", rng.choice(["Beru", "Goa", "Maluk"])),
                ("", ""),
            ]
        )
    return rows


def known_csv(rng: random.Random) -> tuple[bytes, list[list[Cell]]]:
    """Return a CSV in one of the usual forms, and its cells."""
    table = [[text for _, text in row[:7]] + ["x"] for row in _table(rng)]
    for row in table[1:]:
        row[1] = row[1].replace("\n", ",")
        row[3] = rng.choice(["1,5", "2.5", "", '5" pipa'])
    file = io.StringIO(newline="")
    end = rng.choice(["\n", "\r\n"])
    csv.writer(file, delimiter=rng.choice(",;\t"), lineterminator=end).writerows(table)
    encoding = rng.choice(["utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16"])
    cells = [[("text" if text else "", text) for text in row] for row in table]
    return file.getvalue().encode(encoding), cells


# ── damage to a workbook ────────────────────────────────────────────────────────────────────────


def damaged_zip(data: bytes, rng: random.Random) -> Mutant:
    """Damage the bytes of the zip itself; nothing may come through but the original."""
    way = rng.choice(["flip", "cut", "zeros", "copy", "swap", "insert"])
    return Mutant(f"zip {way}", _damaged(data, way, rng))


def _damaged(data: bytes, way: str, rng: random.Random) -> bytes:
    a, b = sorted(rng.randrange(len(data)) for _ in range(2))
    b = min(b, a + rng.randrange(1, 60))
    if way == "flip":
        changed = bytearray(data)
        for _ in range(rng.randrange(1, 4)):
            changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    return {
        "cut": data[:a],
        "zeros": data[:a] + bytes(b - a) + data[b:],
        "copy": data[:b] + data[a:],
        "swap": data[:a] + data[b : 2 * b - a] + data[a:b] + data[2 * b - a :],
        "insert": data[:a] + rng.randbytes(rng.randrange(1, 20)) + data[a:],
    }[way]


def damaged_xml(data: bytes, rng: random.Random) -> Mutant:
    """Damage the XML of one member and pack it again with a right checksum."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    part = rng.choice([SHEET, SHEET, SHEET, STRINGS, STYLES, BOOK, "xl/_rels/workbook.xml.rels"])
    xml = parts[part]
    way, start, end, new = _xml_change(xml, rng)
    touched, kinds = _reach(part, parts, start, end)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, member in (parts | {part: xml[:start] + new + xml[end:]}).items():
            archive.writestr(name, member)
    return Mutant(f"{Path(part).stem} {way}", file.getvalue(), touched, kinds)


def _xml_change(xml: bytes, rng: random.Random) -> tuple[str, int, int, bytes]:
    """Return a way, and which stretch of the XML is replaced by what."""
    tags = list(re.finditer(rb"<[^<>]+>", xml))
    at, place = rng.randrange(len(tags)), rng.randrange(len(xml))
    tag, after = tags[at], tags[min(at + 1, len(tags) - 1)]
    digit = rng.choice(list(re.finditer(rb"\d", xml)))
    junk = rng.choice([b"<x/>", b" ", b"<!-- -->", b"7", b"&amp;", b"\0"])
    bare = re.sub(rb' [\w:]+="[^"]*"', b"", tag[0], count=1)
    ways = {
        "flip": (place, place + 1, bytes([xml[place] ^ (1 << rng.randrange(8))])),
        "digit": (*digit.span(), str(rng.randrange(10)).encode()),
        "drop tag": (*tag.span(), b""),
        "double": (tag.start(), after.end(), 2 * xml[tag.start() : after.end()]),
        "rename": (*tag.span(), re.sub(rb"(</?)\w+", rb"\1x", tag[0])),
        "drop attribute": (*tag.span(), bare),
        "junk": (place, place, junk),
        "cut": (place, len(xml), b""),
        "element": (tag.start(), _end_of_element(xml, tag), b""),
    }
    way = rng.choice(list(ways))
    return way, *ways[way]


def _end_of_element(xml: bytes, tag: re.Match[bytes]) -> int:
    """Return where an element ends, so that without it the rest is well formed."""
    name = re.match(rb"<(\w+)", tag[0])
    if not name or tag[0].endswith(b"/>"):
        return tag.end()
    closing = b"</" + name[1] + b">"
    end = xml.find(closing, tag.end())
    return end + len(closing) if end >= 0 else tag.end()


def _reach(part: str, parts: dict[str, bytes], start: int, end: int) -> tuple[set[int], set[str]]:
    """Return which rows, and cells of which kinds, a change of a stretch may rightly change."""
    sheet = parts[SHEET]
    rows = list(re.finditer(rb"<row .*?</row>", sheet))
    if part == SHEET:
        inside = {i for i, row in enumerate(rows) if row.start() <= end and start <= row.end()}
        merged = sheet.find(b"<mergeCell")
        return inside, {"merged"} if 0 <= merged <= end or MERGED in inside else set()
    if part == STRINGS:
        items = list(re.finditer(rb"(?s)<si>.*?</si>", parts[STRINGS]))
        hit = {i for i, item in enumerate(items) if item.start() < end and start < item.end()}
        marks = [f't="s"><v>{i}</v>'.encode() for i in hit]
        inside = {i for i, row in enumerate(rows) if any(m in row[0] for m in marks)}
        return inside, {"merged"} if MERGED in inside else set()
    if part == STYLES:
        return set(), {"date", "number"}
    return set(), {"date"} if part == BOOK else set()


# ── damage to a CSV ─────────────────────────────────────────────────────────────────────────────


def damaged_text(data: bytes, rng: random.Random) -> Mutant:
    """Damage a CSV in one stretch; the rows before and behind it must stay."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
    raw = data.decode(encoding).encode("utf-8") if encoding else data
    way, start, end, new = _text_change(raw, rng)
    lines = [0, *(m.end() for m in re.finditer(rb"\n", raw))]
    first = max(i for i, at in enumerate(lines) if at <= start)
    last = max(i for i, at in enumerate(lines) if at <= max(end - 1, start))
    changed = raw[:start] + new + raw[end:]
    if encoding:
        changed = changed.decode("utf-8", "replace").encode(encoding)
    touched = set(range(first, last + 1 + (b"\n" in raw[start:end])))
    return Mutant(f"csv {way}", changed, touched, joined=True)


def _text_change(raw: bytes, rng: random.Random) -> tuple[str, int, int, bytes]:
    place = rng.randrange(len(raw))
    ends = [found.end() for found in re.finditer(rb"\n", raw)]
    at = rng.randrange(len(ends) - 1)
    line = ends[at], ends[at + 1]
    ways = {
        "flip": (place, place + 1, bytes([raw[place] ^ (1 << rng.randrange(8))])),
        "quote": (place, place, b'"'),
        "separator": (place, place, rng.choice([b",", b";", b"\t", b"|"])),
        "break": (place, place, rng.choice([b"\n", b"\r\n", b"\r"])),
        "drop": (place, place + 1, b""),
        "nul": (place, place, b"\0"),
        "cut": (place, len(raw), b""),
        "line": (*line, b""),
        "twice": (*line, 2 * raw[slice(*line)]),
        "block": (place, min(place + rng.randrange(1, 200), len(raw)), b""),
    }
    way = rng.choice(list(ways))
    return way, *ways[way]


# ── judging ─────────────────────────────────────────────────────────────────────────────────────


def judged(mutant: Mutant, table: list[list[Cell]]) -> str:
    """Return "refused", "read", or what is wrong."""
    try:
        sheet = read_here(mutant.data).sheets[0]
    except (Refused, FileRefused):
        return "refused"
    except Exception as error:  # the finding itself
        return f"WRONG: {type(error).__name__}"
    rows = [list(zip(*pair, strict=True)) for pair in zip(sheet.kinds, sheet.cells, strict=True)]
    if mutant.joined:
        return _judged_in_order(rows, table, mutant.touched)
    width = max(map(len, [*rows, *table]), default=0)
    for i in range(max(len(rows), len(table))):
        if i not in mutant.touched:
            for j in range(width):
                read, true = _at(rows, i, j), _at(table, i, j)
                if read != true and not _excused(true, j, mutant.kinds_only):
                    return "WRONG: a cell"
    return "read"


def _at(rows: list[list[Cell]], i: int, j: int) -> Cell:
    return rows[i][j] if i < len(rows) and j < len(rows[i]) else ("", "")


def _excused(true: Cell, column: int, kinds: set[str]) -> bool:
    if column == 7:  # the column with a merged area
        return "merged" in kinds
    return true[0] in kinds


def _judged_in_order(rows: list[list[Cell]], table: list[list[Cell]], touched: set[int]) -> str:
    """Compare rows before and behind what was touched; blank rows do not count."""
    filled = [row for row in rows if any(text for _, text in row)]
    before, behind = table[: min(touched)], table[max(touched) + 1 :]
    if filled[: len(before)] != before:
        return "WRONG: a row before"
    if behind and filled[-len(behind) :] != behind:
        return "WRONG: a row behind"
    if len(filled) > len(before) + len(behind) + 2 * len(touched):
        return "WRONG: more rows"
    return "read"


def run(n: int, seed: int = 1, keep: Callable[[Mutant, str], None] | None = None) -> Counter[str]:
    """Judge `n` mutants; return how many of each way were read, refused or wrong."""
    rng = random.Random(seed)
    found: Counter[str] = Counter()
    while found.total() < n:
        book, cells = known_workbook(rng)
        table, texts = known_csv(rng)
        for make, source, true in (
            *[(damaged_zip, book, cells)] * 4,
            *[(damaged_xml, book, cells)] * 8,
            *[(damaged_text, table, texts)] * 8,
        ):
            mutant = make(source, rng)
            outcome = judged(mutant, true)
            found[f"{mutant.way}: {outcome}"] += 1
            if keep and outcome.startswith("WRONG"):
                keep(mutant, outcome)
    return found


def main() -> int:
    """Run as many as asked for and print the table; 1 if anything was read wrong."""
    n, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    start = time.monotonic()
    found = run(n, seed)
    for way, count in sorted(found.items()):
        print(f"{count:7d}  {way}")
    wrong = sum(count for way, count in found.items() if "WRONG" in way)
    seconds = time.monotonic() - start
    print(f"{found.total()} files, {wrong} read wrong, {seconds:.0f} s")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
