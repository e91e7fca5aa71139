"""Errors raised on purpose, and problems that are reported together.

A message says how many, what, where; then what is expected; then what to do. It never holds
a name, a NIK or a KK number. The sentences live in `pbrt_geo/text/<language>/`.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from pbrt_geo.text import say


@dataclass(frozen=True)
class Problem:
    """
    One thing that is wrong with some input, ready to be said in any language.

    A fact may be a function of the language, for words that differ between languages.
    """

    key: str
    facts: dict[str, Any] = field(default_factory=dict)
    severity: Literal["error", "warning", "note"] = "error"

    def text(self, language: str = "id") -> str:
        """Say the problem as one or two sentences."""
        return say(f"problem.{self.key}", language, **self._facts_in(language))

    def as_dict(self, language: str = "id") -> dict[str, Any]:
        """Return a form that JSON can hold."""
        text = self.text(language)
        about = {"key": self.key, "severity": self.severity, "text": text}
        return about | self._facts_in(language)

    def _facts_in(self, language: str) -> dict[str, Any]:
        return {k: v(language) if callable(v) else v for k, v in self.facts.items()}


class PbrtError(Exception):
    """Base of every error this library raises on purpose; carries one or more problems."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(self.text())

    @classmethod
    def of(cls, key: str, **facts: Any) -> "PbrtError":
        """Make an error with a single problem."""
        return cls(Problem(key, facts))

    def text(self, language: str = "id") -> str:
        """Say all problems, one a line."""
        return "\n".join(problem.text(language) for problem in self.problems)


class SchemaError(PbrtError):
    """A table breaks the rules of `pbrt_geo.schema`."""


class CodeError(PbrtError):
    """An area code is malformed, unknown or of an undeclared scheme."""


class FileRefused(PbrtError):
    """A foreign file was not read, and nothing of it was kept."""


class BoundaryError(PbrtError):
    """Boundaries cannot be used as they are."""


class EditionError(PbrtError):
    """An edition is missing, damaged or not what its seal says."""


class RegionError(PbrtError):
    """A region folder is incomplete or contradicts itself."""


class LineageError(PbrtError):
    """Events contradict each other or break a rule of their kind."""


class RuleError(PbrtError):
    """A rule of publishing cannot be followed."""


class PublicationError(PbrtError):
    """An edition is not published: it could not be judged, or the attack found too much."""
