"""The doctor of files: what a file of people would change, and changing it, all or nothing.

`examine` stores nothing. It tells how many households and people are new, changed, unchanged, in
conflict or refused, every problem with its cell, and what it took columns and places for, so that a
person can choose otherwise (`Choices`) and examine again. `accept` stores what was examined in one
transaction: it looks again, refuses if the registry would now be changed otherwise than was shown,
stores, reads back, and keeps it only if everything reads as the file says.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from sqlalchemy import select

from pbrt_geo.errors import Problem
from pbrt_geo.intake.areas import PlaceQuestion, Places
from pbrt_geo.intake.columns import Content, Layout, layout_of, read_content
from pbrt_geo.intake.compare import compare
from pbrt_geo.intake.duplicates import WITHIN, Question, exact_copies, open_questions
from pbrt_geo.intake.examination import Choices, Examination, Receipt, Stopped
from pbrt_geo.intake.fields import SOURCES, Field, with_programmes
from pbrt_geo.intake.header import notes_on
from pbrt_geo.intake.known import Known, known_of
from pbrt_geo.intake.locating import Located, allowed_rts, locate, places_on
from pbrt_geo.intake.mapping import remember
from pbrt_geo.intake.parsed import How
from pbrt_geo.intake.plan import CHANGED, NEW, UNCHANGED, Comparison
from pbrt_geo.intake.problems import CellProblem, IntakeError
from pbrt_geo.intake.staging import KK, NIK, Origin, Staged, stage
from pbrt_geo.intake.steps import Progress, Stop, Teller, many_objects, never, tell_nobody
from pbrt_geo.intake.storing import store
from pbrt_geo.read.sheets import SheetFile
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND, Actor
from pbrt_geo.registry.store import Reading, Registry

__all__ = ["Choices", "Examination", "Receipt", "Stopped", "accept", "examine"]

PROPOSED = Choices()
"""Everything as proposed."""


def examine(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    file: SheetFile,
    choices: Choices = PROPOSED,
    *,
    areas: pd.DataFrame | None = None,
    programmes: Sequence[tuple[str, str]] = (),
    progress: Progress = tell_nobody,
    stop: Stop = never,
) -> Examination:
    """
    Tell what a file would change, and store nothing.

    Parameters
    ----------
    on
        The day of today.
    areas
        The areas of the region, for other spellings, names of kecamatan and BPS codes; without
        it only names as the registry has them.
    programmes
        Identifier and name of the programmes of the region, for columns that are called so.
    progress
        Is told the share that is done, from 0 to 1.
    stop
        Is asked now and then whether to stop.

    Raises
    ------
    IntakeError
        If the file cannot be understood as a whole, or the day lies in the future.
    CodeError
        If codes of areas do not tell their scheme: declare it.
    NotAllowed
        If the role does not allow imports.
    Stopped
        If `stop` said so.
    """
    actor.require("import_people")
    if (choices.as_of or on) > on:
        raise IntakeError.of("intake_future", as_of=_day(choices.as_of or on), on=_day(on))
    tell = Teller(progress, stop)
    with many_objects(), registry.read(actor, on) as reading:
        look = _Look(reading, file, choices, areas, with_programmes(programmes), tell)
        examination, known = look.examine()
    already = _imported_before(registry, on, file.content_hash)
    notes = examination.notes + (
        [Problem("intake_already", {"at": already}, "note")] if already else []
    )
    seen = [{"resident_id": pid} for pid in known.elsewhere.niks.values()]
    seen += [{"household_id": hid} for hid in known.elsewhere.no_kks.values()]
    registry.saw(actor, "import", seen)
    tell(1.0)
    return replace(examination, already=already, notes=notes)


class _Look:
    """One examination, step by step."""

    def __init__(
        self,
        reading: Reading,
        file: SheetFile,
        choices: Choices,
        areas: pd.DataFrame | None,
        fields: Mapping[str, Field],
        tell: Teller,
    ) -> None:
        self.reading, self.file, self.choices = reading, file, choices
        self.areas, self.fields, self.tell = areas, fields, tell

    def examine(self) -> tuple[Examination, Known]:
        """Go through all steps."""
        choices, on = self.choices, self.reading.on
        wanted = (choices.sheet, choices.source, choices.mapping)
        sheet, layout, notes = layout_of(self.file, self.reading, self.fields, wanted)
        notes = notes_on(self.file, sheet) + notes
        how, tell = How(on, scheme=choices.scheme), self.tell.part(0.0, 0.45)
        content = read_content(sheet, layout, self.fields, how, choices.settings, tell)
        origin = Origin(choices.as_of or on, layout.source, SOURCES[layout.source].evidence)
        places = places_on(self.reading, origin.as_of, self.areas)
        located = locate(
            self.reading, places, layout.rows, content.written, choices.scheme, choices.places
        )
        self.tell(0.5)
        copies = exact_copies(layout.rows, content.values)
        staged, open_ = self._staged(layout, content, located, origin, copies)
        self.tell(0.7)
        known = known_of(self.reading, staged)
        self.tell(0.85)
        found = _compared(self.reading, staged, known, places, choices.decisions, open_)
        about = (layout, content, notes, located.questions, copies)
        return _told(self.file, choices, about, staged, found), known

    def _staged(
        self,
        layout: Layout,
        content: Content,
        located: Located,
        origin: Origin,
        copies: list[tuple[int, int]],
    ) -> tuple[Staged, list[Question]]:
        """Return households without copies and without rows that were decided against."""
        bad = {problem.row for problem in content.problems if problem.severity == "error"}
        skip = {layout.rows[i] for i, _ in copies}
        while True:
            staged = stage(
                layout.rows,
                content.values,
                (located.rt_ids, located.desa_ids),
                origin,
                located.troubles,
                content.blank_kk,
                refused=bad,
                skip=skip,
            )
            open_, dropped = open_questions(staged, self.choices.decisions)
            if dropped <= skip:
                return staged, open_
            skip |= dropped


def _compared(
    reading: Reading,
    staged: Staged,
    known: Known,
    places: Places,
    decisions: Mapping[str, str],
    open_: list[Question],
) -> Comparison:
    known.desa_of = {rt.rt_id: rt.desa_id for rt in places.rts.values()}
    allowed = allowed_rts(reading)
    return compare(staged, known, decisions, open_, allowed.__contains__)


def _told(
    file: SheetFile,
    choices: Choices,
    about: tuple[Layout, Content, list[Problem], list[PlaceQuestion], list[tuple[int, int]]],
    staged: Staged,
    found: Comparison,
) -> Examination:
    layout, content, notes, places, copies = about
    rows = layout.rows
    problems = content.problems + [
        CellProblem(
            layout.sheet, tr.row, content.place_of(tr.at), tr.key, dict(tr.facts), tr.severity
        )
        for tr in (*staged.troubles, *found.troubles)
    ]
    copied = [(rows[i], rows[first]) for i, first in copies]
    problems += _of_rows(layout.sheet, content, staged, found, copied)
    people = {p.number: p.row for h in staged.households for p in h.people}
    return Examination(
        file_name=file.name,
        content_hash=file.content_hash,
        choices=choices,
        layout=layout,
        notes=notes,
        as_of=staged.origin.as_of,
        households=found.count("households"),
        people=found.count("people"),
        problems=sorted(problems, key=lambda p: (p.row, -1 if p.column is None else p.column)),
        copies=copied,
        changed=[(people[number], columns) for number, columns in found.changed.items()],
        columns=content.questions,
        places=places,
        questions=found.questions,
        n_older=found.n_older,
        already=None,
        staged=staged,
        comparison=found,
    )


def _of_rows(
    sheet: str,
    content: Content,
    staged: Staged,
    found: Comparison,
    copies: list[tuple[int, int]],
) -> list[CellProblem]:
    """Say of rows that wait for a decision or for their household, and of copies, that they do."""
    told = []
    asked = {row for question in found.questions for row in question.rows}
    for question in found.questions:
        at = content.place_of(KK if question.kind == "kk_twice" else NIK)
        facts = {"rows": ", ".join(str(row + 1) for row in question.rows)}
        key = f"ask_{question.kind}"
        told += [CellProblem(sheet, row, at, key, facts) for row in question.rows]
    bad = staged.refused | {trouble.row for trouble in found.troubles} | asked
    for household in staged.households:
        first = next((row for row in household.rows if row in bad), None)
        if first is None:
            continue
        facts = {"row": str(first + 1)}
        waits = [row for row in household.rows if row not in bad]
        told += [CellProblem(sheet, r, None, "household_waits", facts, "warning") for r in waits]
    told += [CellProblem(sheet, r, None, "copy", {"row": str(o + 1)}, "note") for r, o in copies]
    return told


def _imported_before(registry: Registry, on: dt.date, content_hash: str) -> str | None:
    """Return when a file was imported; who holds the file may know that, whoever did it."""
    with registry.read(COMMAND, on) as reading:
        batch = reading.visible(t.batches)
        query = select(batch.c.at).where(
            batch.c.content_hash == content_hash, batch.c.kind == "import"
        )
        return max((row["at"] for row in reading.rows(query)), default=None)


# ── storing ─────────────────────────────────────────────────────────────────────────────────────


def accept(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    examination: Examination,
    reason: str,
    *,
    progress: Progress = tell_nobody,
    stop: Stop = never,
) -> Receipt:
    """
    Store what was examined, in one transaction: all that was shown, or nothing.

    Raises
    ------
    IntakeError
        If a column is open, if the registry would now be changed otherwise than was shown, or if
        what was stored does not read as the file says; nothing is stored.
    NotAllowed
        If the role or the area of the account does not allow it.
    RegistryError
        If it cannot be stored.
    Stopped
        If `stop` said so; nothing is stored.
    """
    actor.require("import_people")
    if examination.columns:
        raise IntakeError.of("intake_open_columns", n=len(examination.columns))
    wrong = [note for note in examination.notes if note.severity == "error"]
    if wrong:
        raise IntakeError(*wrong)
    shown, staged = examination.comparison, examination.staged
    if not shown.plan.size:
        return Receipt(examination.households, examination.people, None)
    tell, about = Teller(progress, stop), _about(examination)
    with many_objects(), registry.write(actor, on, "import", reason, **about) as work:
        tell(0.0)
        if _again(work, examination).plan != shown.plan:
            raise IntakeError.of("intake_changed_meanwhile")
        tell(0.15)
        remember(work, examination.layout.source, examination.layout.columns)
        store(work, staged, shown.plan, tell.steps(shown.plan.size, 0.15, 0.85))
        _check_stored(examination, _again(work, examination))
        tell(0.99)
        receipt = Receipt(examination.households, examination.people, work.batch_id)
    progress(1.0)
    return receipt


def _about(examination: Examination) -> dict[str, Any]:
    return {
        "content_hash": examination.content_hash,
        "source": examination.layout.source,
        "as_of": _day(examination.as_of),
        "households": dict(examination.households),
        "people": dict(examination.people),
    }


def _again(work: Reading, examination: Examination) -> Comparison:
    """Compare once more, within the transaction that stores."""
    staged, decisions = examination.staged, examination.choices.decisions
    places = places_on(work, examination.as_of, None)
    open_ = [q for q in examination.questions if q.kind in WITHIN]
    return _compared(work, staged, known_of(work, staged), places, decisions, open_)


def _check_stored(examination: Examination, now: Comparison) -> None:
    """See that all that was taken reads as the file says, and that nothing is left to store."""
    pairs = (
        (examination.comparison.households, now.households),
        (examination.comparison.people, now.people),
    )
    taken = {NEW, CHANGED, UNCHANGED}
    wrong = [n for told, read in pairs for n in told if told[n] in taken and read[n] != UNCHANGED]
    if wrong or now.plan.size:
        raise IntakeError.of("intake_not_as_told", n=len(wrong))


def _day(day: dt.date) -> str:
    return day.isoformat()
