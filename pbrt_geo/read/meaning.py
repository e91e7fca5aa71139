"""What the XML of one cell of a workbook means: its kind, and its text as a person would copy it.

Numbers are written from the digits in the file, not from a float: a NIK of sixteen digits that a
program stored as a number comes out with all of them, and one that Excel damaged with its zeros.
"""

import datetime as dt
import re
from decimal import Decimal
from xml.etree import ElementTree as ET

from pbrt_geo.read.cells import Contents
from pbrt_geo.read.limits import Refused
from pbrt_geo.read.xml_member import NotPlain

_SHARED = re.compile(rb'(?: s="\d+")? t="s"><v>(\d{1,9})</v></c>')
_PLAIN_NUMBER = re.compile(rb'(?: s="(\d{1,6})")?(?: t="n")?><v>([0-9.eE+-]{1,40})</v></c>')
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ISO_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.0+)?Z?)?")

_HOWS = frozenset(("n", "s", "str", "inlineStr", "b", "e", "d"))
_PARTS = frozenset(("f", "v", "is", "extLst"))
_STRING = frozenset(("t", "rPh", "phoneticPr"))
_RUN = frozenset(("t", "rPr"))

_LEAP_BUG = 60  # Excel counts a 29 February 1900
_LAST_DAY = 2_958_465  # 31 December 9999
_SECONDS = 86_400
_SHOWN_DIGITS, _MOST_DIGITS = 15, 300


def local(tag: str) -> str:
    """Return a tag's name without its namespace."""
    return tag.rpartition("}")[2]


class Meaning(dict[bytes, int]):
    """
    Numbers of contents, by the XML of a cell behind its place; each different one is read once.

    Parameters
    ----------
    styles
        By style: "date", "time", or the zeros of a format that fills up with zeros ("000").
    since_1904
        Whether days are counted from 1904, as old Macintosh files do.
    uncounted
        Whether the program that wrote the file leaves all formulas to be computed by Excel: the
        results in the file are then placeholders.
    """

    def __init__(
        self,
        contents: Contents,
        shared: list[str],
        styles: list[str],
        since_1904: bool = False,
        uncounted: bool = False,
    ) -> None:
        super().__init__()
        self.contents, self.shared, self.styles = contents, shared, styles
        self.since_1904, self.uncounted = since_1904, uncounted

    def __missing__(self, xml: bytes) -> int:
        if found := _SHARED.fullmatch(xml):
            kind, text = self._shared(found[1].decode())
        elif found := _PLAIN_NUMBER.fullmatch(xml):
            kind, text = self._number(found[2].decode(), (found[1] or b"").decode())
        else:
            kind, text = self._any(_element(b"<c" + xml))
        number = self[xml] = self.contents.add(kind, text)
        return number

    def of(self, cell: ET.Element) -> int:
        """Return the number of the content of a cell that a parser has read."""
        return self.contents.add(*self._any(cell))

    def _any(self, cell: ET.Element) -> tuple[str, str]:
        how, parts = cell.get("t", "n"), _parts(cell)
        if how not in _HOWS or ("is" in parts) > (how == "inlineStr"):
            raise Refused("sheet_damaged")
        value = parts["v"].text or "" if "v" in parts else ""
        if "f" in parts and (self.uncounted or (not value and how != "str")):
            return "formula_empty", ""
        if how == "inlineStr":
            return _text(rich_text(parts["is"]) if "is" in parts else value)
        if how == "str":
            return _text(unescaped(value))
        value = value.strip()
        return self._typed(how, value, cell.get("s", "")) if value else ("", "")

    def _typed(self, how: str, value: str, style: str) -> tuple[str, str]:
        if how == "s":
            return self._shared(value)
        if how == "n":
            return self._number(value, style)
        if how == "b" and value in ("0", "1", "true", "false"):
            return "bool", "TRUE" if value in ("1", "true") else "FALSE"
        if how == "e":
            return "error", value
        if how == "d" and (found := _ISO_DATE.fullmatch(value)):
            return "date", " ".join(part for part in found.groups() if part)
        raise Refused("sheet_damaged")

    def _shared(self, value: str) -> tuple[str, str]:
        if not value.isdecimal() or int(value) >= len(self.shared):
            raise Refused("sheet_damaged")
        return _text(self.shared[int(value)])

    def _number(self, value: str, style: str) -> tuple[str, str]:
        if not _NUMBER.fullmatch(value) or (style and not style.isdecimal()):
            raise Refused("sheet_damaged")
        if int(style or 0) >= max(len(self.styles), 1):
            raise Refused("sheet_damaged")
        form = self.styles[int(style or 0)] if self.styles else ""
        text = digits(value)
        if form in ("date", "time"):
            day = day_of(float(value), form, self.since_1904)
            return ("date", day) if day else ("number", text)
        return "number", text.zfill(len(form)) if form and text.isdecimal() else text


def _parts(cell: ET.Element) -> dict[str, ET.Element]:
    """Return what a cell consists of; anything unknown could be its value."""
    parts = {local(part.tag): part for part in cell}
    if len(parts) < len(cell) or not parts.keys() <= _PARTS:
        raise Refused("sheet_damaged")
    return parts


def _element(xml: bytes) -> ET.Element:
    try:
        return ET.fromstring(xml)
    except ET.ParseError:
        raise NotPlain from None


def _text(text: str) -> tuple[str, str]:
    return ("text", text) if text else ("", "")


def unescaped(text: str) -> str:
    """Undo the way in which workbooks write control characters: `_x000A_`."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code <= 0xDFFF else chr(code)  # half a character stays written


def rich_text(element: ET.Element) -> str:
    """Return the text of a string that may change its font; without how it is pronounced."""
    texts = []
    for part in element:
        if local(part.tag) == "r":
            texts += [run.text or "" for run in part if _checked(run, _RUN) == "t"]
        elif _checked(part, _STRING) == "t":
            texts.append(part.text or "")
    return unescaped("".join(texts))


def _checked(part: ET.Element, known: frozenset[str]) -> str:
    name = local(part.tag)
    if name not in known:
        raise Refused("sheet_damaged")
    return name


def digits(value: str) -> str:
    """
    Write a stored number without an exponent; a whole number keeps every digit.

    A fraction is written to 15 digits, as Excel shows it: 1.15 may be stored as 1.14999… (17).

    >>> digits("917101"), digits("5.2070101E+8"), digits("1.1" + "4" + 14 * "9")
    ('917101', '520701010', '1.15')
    """
    if value.isdecimal():
        return value.lstrip("0") or "0"
    exact = Decimal(value)
    if exact.adjusted() > _MOST_DIGITS:
        raise Refused("sheet_damaged")
    if exact == exact.to_integral_value():
        return str(int(exact))
    if len(exact.as_tuple().digits) > _SHOWN_DIGITS:
        exact = Decimal(f"{float(value):.{_SHOWN_DIGITS}g}")
    return f"{exact:f}"


def day_of(serial: float, form: str, since_1904: bool) -> str:
    """Return the day, or the time of the day, that a number means; "" where it means none."""
    seconds = round(serial * _SECONDS)
    day, rest = divmod(seconds, _SECONDS)
    clock = str(dt.timedelta(seconds=rest)).zfill(8)
    if day == 0 and form == "time":
        return clock
    if since_1904:
        start = dt.date(1904, 1, 1)
    elif day == _LEAP_BUG:
        return ""
    else:
        start = dt.date(1899, 12, 30) if day > _LEAP_BUG else dt.date(1899, 12, 31)
    if not 1 <= day <= _LAST_DAY - (1462 if since_1904 else 0):
        return ""
    text = (start + dt.timedelta(days=day)).isoformat()
    return f"{text} {clock}" if rest else text
