"""Who took people out of the registry, when and why: told on every sheet, page and first line."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from pbrt_geo.registry.rights import Actor
from pbrt_geo.text import say

_MOST_PRINTED = 120
"""Letters in a footer; Excel takes 255, and each `&` is doubled."""

_MOST_OF_REASON = 300
"""Letters of the reason that fit in a line; the record holds all of it."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Watermark:
    """What a file of personal rows says of itself; `number` is its row in `batches`."""

    actor: Actor
    at: dt.datetime
    reason: str
    number: int

    def line(self, language: str = "id") -> str:
        """Say all of it, for the first line."""
        return say("watermark.line", language, reason=self._reason, **self._who(language))

    def printed(self, language: str = "id") -> str:
        """Say in short who and when, for the foot of each printed page."""
        text = say("watermark.printed", language, **self._who(language))
        return text[:_MOST_PRINTED].replace("&", "&&")  # `&` begins a code of the footer

    def put_on(self, sheet: Any, look: Any = None, language: str = "id") -> int:
        """Write it into the first row of a sheet, and on each page; return the next free row."""
        sheet.write_string(0, 0, self.line(language), look)
        sheet.set_footer(f"&L{self.printed(language)}&R&P/&N")
        return 1

    @property
    def _reason(self) -> str:
        return " ".join(_CONTROLS.sub(" ", self.reason).split())[:_MOST_OF_REASON]

    def _who(self, language: str) -> dict[str, str]:
        at = self.at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M")
        role = say(f"role.{self.actor.role}", language)
        return {"login": self.actor.login, "role": role, "at": at, "number": str(self.number)}
