"""XML from inside a zip; entities, which can multiply without end, never reach a parser.

Large members are mostly written in one plain form, and cut by patterns that account for every byte;
`NotPlain` says that one is not, and must be read by a parser.
"""

import re
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self
from xml.etree import ElementTree as ET

from pbrt_geo.read.limits import Refused

_CHUNK = 2**20
_MOST_HELD = 2**26  # bytes without the end of a piece

_DOCTYPE = b"<!DOCTYPE"
_BOM = b"\xef\xbb\xbf"
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")


class NotPlain(Exception):
    """The short way cannot account for every byte: the long way must be taken."""


class GuardedXml:
    """XML to be read once from its start; refused unless it is UTF-8 without a DOCTYPE."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._before = file, b""
        self._begun = False

    def read(self, n: int = -1, /) -> bytes:
        """Return the next bytes."""
        data = self._file.read(n)
        if not self._begun:
            self._begun = True
            named = _ENCODING.match(data[:200].removeprefix(_BOM))
            if b"\0" in data[:200] or (named and named[1].lower() not in (b"utf-8", b"us-ascii")):
                raise Refused("sheet_damaged")
        if _DOCTYPE in self._before + data:
            raise Refused("sheet_entities")
        self._before = data[1 - len(_DOCTYPE) :]
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def cut(source: GuardedXml, start: bytes, end: bytes) -> Iterator[bytes]:
    """Yield what stands before `start`, then pieces that end with `end`, then what is left."""
    head, found, held = source.read(_CHUNK).partition(start)
    if not found:
        raise NotPlain
    yield head
    while True:
        block, found, rest = held.rpartition(end)
        if found:
            yield block + found
            held = rest
        more = source.read(_CHUNK)
        if not more:
            break
        held += more
        if len(held) > _MOST_HELD:
            raise NotPlain
    yield held


def around(head: bytes, middle: bytes, tail: bytes) -> ET.Element:
    """Return what is left of a document when its pieces were cut out."""
    if b"<!" in head + tail or b"<?" in head[1:] + tail:  # what was cut may be a comment
        raise NotPlain
    try:
        return ET.fromstring(head + middle + tail)
    except ET.ParseError:
        raise NotPlain from None
