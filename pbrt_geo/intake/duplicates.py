"""Who stands twice: the exact copy is left out, of everything else a person decides.

The same NIK on rows that say different things, or in two households of the file, is a question;
so is one No. KK under two numbers of the file. Until it is answered, nothing of these households
is stored. What the registry says of the same people is compared in `compare`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pbrt_geo.intake.staging import KEY, KK, NAME, NIK, Column, Household, Person, Staged

LEAVE, FILE, REGISTRY = "leave", "file", "registry"
"""Answers: leave the rows out; take what the file says; keep what the registry says."""

WITHIN = ("rows_differ", "two_households", "kk_twice")
"""Kinds of questions that the file raises by itself."""

_BIRTH = ("residents", "birth_date")


@dataclass(frozen=True)
class Question:
    """
    Something only a person can decide.

    Attributes
    ----------
    key
        Its name in `Choices.decisions`; the same for the same file.
    kind
        One of `WITHIN`, within the file; `other_person`, `dead` between
        file and registry.
    rows
        Rows it is about.
    options
        The answers there are: `row:<row>` keeps that row alone; see `LEAVE`, `FILE`, `REGISTRY`.
    resident_id
        Whom the registry knows, where it is about one.
    """

    key: str
    kind: str
    rows: tuple[int, ...]
    options: tuple[str, ...]
    resident_id: int | None = None


def exact_copies(
    rows: Sequence[int], columns: Mapping[Column, Sequence[Any]]
) -> list[tuple[int, int]]:
    """Return position of each row that says only what an earlier row says, and of that row."""
    marks = [column for column in (NIK, KK, KEY) if column in columns]
    if not marks and not (NAME in columns and _BIRTH in columns):
        return []  # two people may well have one name
    first: dict[tuple[Any, ...], int] = {}
    found = []
    named = [columns[column] for column in marks or (NAME,)]
    for i, said in enumerate(zip(*columns.values(), strict=True)):
        earlier = first.setdefault(said, i)
        if earlier != i and any(values[i] is not None for values in named):
            found.append((i, earlier))
    return found


def open_questions(staged: Staged, decisions: Mapping[str, str]) -> tuple[list[Question], set[int]]:
    """Return what is still open, and the rows that were decided against."""
    questions, dropped = [], set()
    for kind, group in _groups(staged):
        question = _question(kind, group)
        answer = decisions.get(question.key)
        if answer not in question.options:
            questions.append(question)
            continue
        for household, person in group:
            rows = [person.row] if person else household.rows
            dropped |= set() if f"row:{_row(household, person)}" == answer else set(rows)
    return questions, dropped


_Member = tuple[Household, Person | None]


def _groups(staged: Staged) -> list[tuple[str, list[_Member]]]:
    found = [("kk_twice", group) for group in _same_kk(staged)]
    apart = {id(household) for _, group in found for household, _ in group}
    people: dict[Any, list[_Member]] = {}
    for household in staged.households:
        for person in household.people if id(household) not in apart else ():
            people.setdefault(_identity(household, person), []).append((household, person))
    for group in people.values():
        if len(group) > 1:
            one = all(household is group[0][0] for household, _ in group)
            found.append(("rows_differ" if one else "two_households", group))
    return found


def _same_kk(staged: Staged) -> list[list[_Member]]:
    by_kk: dict[str, list[_Member]] = {}
    for household in staged.households:
        if household.no_kk:
            by_kk.setdefault(household.no_kk, []).append((household, None))
    return [group for group in by_kk.values() if len(group) > 1]


def _identity(household: Household, person: Person) -> Any:
    """
    Return by what two rows are one person.

    Without a NIK, only within the household; without a No. KK too, within the RT.
    """
    if person.nik:
        return person.nik
    born = person.values.get("birth_date")
    where = household.rt_id if born and not household.no_kk else household.number
    return where, person.values.get("name_key"), born


def _question(kind: str, group: list[_Member]) -> Question:
    rows = tuple(_row(household, person) for household, person in group)
    options = (*(f"row:{row}" for row in rows), LEAVE)
    return Question(f"{kind}:{rows[0]}", kind, rows, options)


def _row(household: Household, person: Person | None) -> int:
    return person.row if person else household.rows[0]
