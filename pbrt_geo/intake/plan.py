"""What is to be stored of a file, and what becomes of each household and person in it."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pbrt_geo.intake.duplicates import Question
from pbrt_geo.intake.staging import Trouble

NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"
CONFLICT, REFUSED, WAITING, LEFT_OUT = "conflict", "refused", "waiting", "left_out"
KINDS = (NEW, CHANGED, UNCHANGED, CONFLICT, REFUSED, WAITING, LEFT_OUT)
"""What becomes of a household or a person of the file."""

Update = tuple[str, int, int, dict[str, Any]]
"""Table, key, version that was read, and the new values."""


@dataclass
class Plan:
    """What is to be stored; households and people are named by their number in the file."""

    households: dict[int, int] = field(default_factory=dict)
    residents: dict[int, int] = field(default_factory=dict)
    new_households: list[int] = field(default_factory=list)
    new_residents: list[int] = field(default_factory=list)
    residences: list[tuple[int, str, dt.date, str]] = field(default_factory=list)
    memberships: list[tuple[int, int, str, dt.date, str]] = field(default_factory=list)
    evidence: list[int] = field(default_factory=list)
    enrolments: list[tuple[int, str, dt.date]] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    rehoused: list[tuple[int, int, int, str]] = field(default_factory=list)
    voids: list[tuple[str, int, int]] = field(default_factory=list)
    closing: list[Update] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many rows it touches."""
        new = len(self.new_households) + len(self.new_residents) + len(self.residences)
        told = len(self.memberships) + len(self.evidence) + len(self.enrolments)
        ended = len(self.rehoused) + len(self.voids) + len(self.closing)
        return new + told + ended + len(self.updates)


@dataclass
class Comparison:
    """
    What becomes of each household and person, by number, and why.

    `changed` tells for each person known before which columns change; `n_older` counts what the
    file says otherwise of a time after which the registry knows more.
    """

    plan: Plan = field(default_factory=Plan)
    households: dict[int, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    changed: dict[int, tuple[str, ...]] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    n_older: int = 0

    def count(self, what: str) -> dict[str, int]:
        """Return how many "households" or "people" there are of each kind."""
        counts = Counter(getattr(self, what).values())
        return {kind: counts[kind] for kind in KINDS}
