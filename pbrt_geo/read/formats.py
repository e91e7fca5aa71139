"""Number formats of a workbook: which numbers are days, and which are filled up with zeros."""

import re
from xml.etree import ElementTree as ET

from pbrt_geo.read.limits import Refused
from pbrt_geo.read.meaning import local

_DATES = frozenset([*range(14, 18), 22, *range(27, 32), *range(34, 37), *range(50, 59)])
_TIMES = frozenset([*range(18, 22), *range(32, 34), 45, 47])
_LAST_OWN = 163  # of Excel itself; a file must declare all behind
_WRITTEN_OUT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_CLOCK = re.compile(r"[hs]|am/pm", re.IGNORECASE)
_ZEROS = re.compile(r"0{2,30}")


def styles_of(root: ET.Element) -> list[str]:
    """Return by style: "date", "time", the zeros that a number is filled up with, or ""."""
    formats = {
        int(entry.get("numFmtId", "-1")): entry.get("formatCode", "")
        for group in root
        if local(group.tag) == "numFmts"
        for entry in group
    }
    used = [style for group in root if local(group.tag) == "cellXfs" for style in group]
    unknown = any(local(style.tag) != "xf" for style in used)
    if unknown or (len(root) > 0 and not used):  # one that is lost would shift the others
        raise Refused("sheet_damaged")
    return [form_of(int(style.get("numFmtId", "0")), formats) for style in used]


def form_of(number: int, formats: dict[int, str]) -> str:
    """Return what a format means; one that the file declares goes before one of Excel's own."""
    if number in formats:
        return form_of_code(formats[number])
    if number > _LAST_OWN:
        raise Refused("sheet_damaged")
    return "date" if number in _DATES else "time" if number in _TIMES else ""


def form_of_code(code: str) -> str:
    """
    Return what a format means by its code.

    >>> form_of_code("dd/mm/yyyy"), form_of_code("h:mm"), form_of_code("000"), form_of_code("0.00")
    ('date', 'time', '000', '')
    """
    bare = _WRITTEN_OUT.sub("", code).partition(";")[0]
    if _ZEROS.fullmatch(code):
        return code
    if _ELAPSED.search(bare) or bare.lower() == "general":
        return ""
    if re.search(r"[dy]", bare, re.IGNORECASE):
        return "date"
    if _CLOCK.search(bare):
        return "time"
    return "date" if re.search("m", bare, re.IGNORECASE) else ""
