"""The texts that the cells of a workbook share: cells hold only their numbers.

One text that is lost would shift all behind it, so every byte is accounted for here too.
"""

import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET

from pbrt_geo.read.limits import Refused
from pbrt_geo.read.meaning import local, rich_text, unescaped
from pbrt_geo.read.xml_member import GuardedXml, NotPlain, around, cut

_STRING = re.compile(rb"<si/>|<si>((?>.*?</si>))|(.+)", re.DOTALL)
_PLAIN = re.compile(rb'<t(?: xml:space="preserve")?>([^<&\r]*+)</t></si>')
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def read_strings(opened: Callable[[], GuardedXml]) -> list[str]:
    """
    Return all shared texts in their order.

    Parameters
    ----------
    opened
        Opens the XML from its start; called again if the short way fails.
    """
    try:
        with opened() as source:
            return _by_patterns(source)
    except NotPlain:
        with opened() as source:
            return _by_parser(source)


def _by_patterns(source: GuardedXml) -> list[str]:
    pieces = cut(source, b"<si>", b"</si>")
    head, texts, start, piece = next(pieces), list[str](), b"<si>", b""
    for piece in pieces:
        if piece.endswith(b"</si>"):
            texts += _texts(start + piece)
            start = b""
    root = around(head, b"", piece)
    if start or any(local(part.tag) == "si" for part in root.iter()):  # <si/> at either end
        raise NotPlain
    _check(root, len(texts))
    return texts


def _texts(xml: bytes) -> Iterator[str]:
    if _CONTROL.search(xml):
        raise NotPlain
    for inner, other in _STRING.findall(xml):
        if other:
            raise NotPlain
        plain = _PLAIN.fullmatch(inner)
        yield unescaped(plain[1].decode()) if plain else _rich(inner)


def _rich(inner: bytes) -> str:
    if not inner:  # <si/>
        return ""
    try:
        return rich_text(ET.fromstring(b"<si>" + inner))
    except ET.ParseError:
        raise NotPlain from None


def _by_parser(source: GuardedXml) -> list[str]:
    texts = []
    events = ET.iterparse(source, events=("end",))
    for _, element in events:
        if local(element.tag) == "si":
            texts.append(rich_text(element))
            element.clear()
    root = events.root  # type: ignore[attr-defined]
    if sum(local(part.tag) == "si" for part in root) != len(texts):  # some are elsewhere
        raise Refused("sheet_damaged")
    _check(root, len(texts))
    return texts


def _check(root: ET.Element, n: int) -> None:
    """Refuse what may be a text under another name, and another number of texts than declared."""
    told = root.get("uniqueCount", str(n))
    unknown = [part for part in root if local(part.tag) not in ("si", "extLst")]
    if local(root.tag) != "sst" or unknown or not told.isdecimal() or int(told) != n:
        raise Refused("sheet_damaged")
