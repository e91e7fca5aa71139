"""XML from inside a zip; entities, which can multiply without end, never reach a parser."""

import re
from types import TracebackType
from typing import IO, Self

from pbrt_geo.read.limits import Refused

_DOCTYPE = b"<!DOCTYPE"
_BOM = b"\xef\xbb\xbf"
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")


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
