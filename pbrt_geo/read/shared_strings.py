"""The texts that the cells of a workbook share: cells hold only their numbers.

One text that is lost would shift all behind it, so every byte is accounted for here too.
"""

import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET

from pbrt_geo.read.limits import Refused
from pbrt_geo.read.meaning import NotPlain, local, rich_text, unescaped
from pbrt_geo.read.xml_member import GuardedXml

_CHUNK = 2**20
_MOST_HELD = 2**26  # bytes without the end of a text
_STRING = re.compile(rb"<si/>|<si>((?>.*?</si>))|(.)", re.DOTALL)
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
    head, start, held = source.read(_CHUNK).partition(b"<si>")
    held = start + held
    texts: list[str] = []
    while True:
        block, end, rest = held.rpartition(b"</si>")
        if end:
            texts += _texts(block + end)
            held = rest
        more = source.read(_CHUNK)
        if not more:
            break
        held += more
        if len(held) > _MOST_HELD:
            raise NotPlain
    if b"<!" in head + held or b"<?" in head[1:] + held:  # what was cut may be a comment
        raise NotPlain
    try:
        around = ET.fromstring(head + held)
    except ET.ParseError:
        raise NotPlain from None
    if any(local(part.tag) == "si" for part in around.iter()):  # <si/> at either end
        raise NotPlain
    _check(around, len(texts))
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
