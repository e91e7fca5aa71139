"""What a person chooses about a file, what the doctor tells of it, and what was stored."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from pbrt_geo.codes import Scheme
from pbrt_geo.errors import Problem
from pbrt_geo.intake.areas import PlaceQuestion
from pbrt_geo.intake.columns import ColumnQuestion, Layout
from pbrt_geo.intake.duplicates import Question
from pbrt_geo.intake.plan import CHANGED, NEW, UNCHANGED, Comparison
from pbrt_geo.intake.problems import CellProblem, IntakeError
from pbrt_geo.intake.staging import Staged


class Stopped(IntakeError):
    """Somebody stopped it; nothing was stored."""


@dataclass(frozen=True)
class Choices:
    """
    What a person chose; where nothing is chosen, what is proposed holds.

    Attributes
    ----------
    sheet
        Name of the sheet.
    source
        Kind of file: one of `SOURCES`.
    mapping
        Field of each column that is to be taken otherwise than proposed, by header; "" leaves it
        out.
    settings
        Answers to questions about columns, by header and name of the setting (`decimal`,
        `date_order`).
    scheme
        Of the codes of areas.
    as_of
        Day for which the file tells, where its rows do not say it; otherwise the day of today.
    places
        RT or desa for ways of writing, by the key of a `PlaceQuestion`.
    decisions
        Answers to questions, by their key, or by their kind for all of a kind.
    """

    sheet: str | None = None
    source: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scheme: Scheme | None = None
    as_of: dt.date | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    decisions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Examination:
    """
    What a file would change.

    Attributes
    ----------
    households, people
        How many are `new`, `changed`, `unchanged`, in `conflict`, `refused`, `waiting` (another
        row of the household is refused or in conflict) and `left_out` (by a decision).
    layout
        Sheet, header, kind of file, and what its columns were taken for.
    notes
        What is to be said of the file as a whole; an error has to be mended by a choice first.
    problems
        All that is wrong, cell by cell, in the order of the sheet.
    copies
        Rows that say only what an earlier row says, and that row: left out.
    changed
        For each person known before of whom something changes, the row and the columns.
    columns, places, questions
        What a person is asked: of columns, of places, of people.
    n_older
        How often the file contradicts what the registry knows of a later day: left as it is there.
    already
        UTC time at which this very file was imported before; None: it was not.
    """

    file_name: str
    content_hash: str
    choices: Choices
    layout: Layout
    notes: list[Problem]
    as_of: dt.date
    households: Mapping[str, int]
    people: Mapping[str, int]
    problems: list[CellProblem]
    copies: list[tuple[int, int]]
    changed: list[tuple[int, tuple[str, ...]]]
    columns: list[ColumnQuestion]
    places: list[PlaceQuestion]
    questions: list[Question]
    n_older: int
    already: str | None
    staged: Staged = field(repr=False)
    comparison: Comparison = field(repr=False)

    @property
    def may_accept(self) -> bool:
        """Tell whether there is something to store, and nothing about the columns is open."""
        is_open = self.columns or any(note.severity == "error" for note in self.notes)
        return not is_open and self.comparison.plan.size > 0


@dataclass(frozen=True)
class Receipt:
    """What was stored, as read back; `batch_id` is None where nothing was to be stored."""

    households: Mapping[str, int]
    people: Mapping[str, int]
    batch_id: int | None

    @property
    def n_new(self) -> int:
        """People recorded for the first time."""
        return self.people[NEW]

    @property
    def n_changed(self) -> int:
        """People of whom something changed."""
        return self.people[CHANGED]

    @property
    def n_unchanged(self) -> int:
        """People who were known as they are."""
        return self.people[UNCHANGED]
