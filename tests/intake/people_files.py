"""Files of invented people, drawn as text, and what they become: columns, households, a registry.

A table of words, one line a row; `-` is an empty cell, a `_` a space. `kk` and `nik` are small
numbers, of which sixteen digits are made; `rt` is the first, second … RT of `registries.RTS`.
"""

import datetime as dt
import re
from typing import Any

from registry.registries import ON, RTS

from pbrt_geo.intake.compare import compare
from pbrt_geo.intake.duplicates import exact_copies, open_questions
from pbrt_geo.intake.known import known_of
from pbrt_geo.intake.plan import Comparison
from pbrt_geo.intake.problems import CellProblem
from pbrt_geo.intake.staging import Origin, Staged, Trouble, stage
from pbrt_geo.intake.storing import store
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND, Actor
from pbrt_geo.registry.store import Registry
from pbrt_geo.text import LANGUAGES

DAY = dt.date(2026, 3, 1)
"""Day for which the drawn files tell, unless they say otherwise."""
LATER = dt.date(2026, 5, 1)
RT = list(RTS)

_COLUMNS = {
    "kk": ("households", "no_kk"),
    "address": ("households", "address"),
    "key": ("row", "household_key"),
    "day": ("row", "as_of"),
    "nik": ("residents", "nik"),
    "name": ("residents", "name"),
    "born": ("residents", "birth_date"),
    "sex": ("residents", "sex"),
    "died": ("residents", "death_date"),
    "disability": ("residents", "disability"),
    "role": ("memberships", "role"),
    "spending": ("evidence", "spending_idr"),
    "desil": ("evidence", "dtsen_desil"),
    "pkh": ("enrolments", "pkh"),
}


def number_of(serial: int, kind: str = "nik") -> str:
    """Sixteen digits that can be a NIK or a No. KK; made here, so that none stands in a file."""
    middle = "170370" if kind == "nik" else "010109"
    return f"520701{middle}{serial:04d}"


def drawn(text: str) -> tuple[list[int], dict[Any, list[Any]], tuple[list[str], list[str]]]:
    """Return rows (from 1, below a header), columns, and RT and desa of each row."""
    lines = [line.split() for line in text.strip().splitlines()]
    heads, body = lines[0], lines[1:]
    columns = {
        _COLUMNS[head]: [_value(head, line[i]) for line in body]
        for i, head in enumerate(heads)
        if head in _COLUMNS
    }
    numbers = [line[heads.index("rt")] if "rt" in heads else "-" for line in body]
    rt_ids = [RT[int(n) - 1] if n != "-" else "" for n in numbers]
    desa_ids = [RTS.get(rt_id, "") for rt_id in rt_ids]
    return list(range(1, len(body) + 1)), columns, (rt_ids, desa_ids)


def _value(head: str, word: str) -> Any:
    if word == "-":
        return None
    if head in ("kk", "nik"):
        return number_of(int(word), head)
    if head in ("born", "died", "day"):
        return dt.date.fromisoformat(word)
    if head == "spending":
        return float(word)
    if head == "desil":
        return int(word)
    return word == "yes" if head == "pkh" else word.replace("_", " ")


def staged_of(text: str, day: dt.date = DAY, skip: Any = (), source: str = "plain") -> Staged:
    """Households of a drawn file, exact copies left out."""
    rows, columns, places = drawn(text)
    gone = {rows[i] for i, _ in exact_copies(rows, columns)} | set(skip)
    origin = Origin(day, source, "dtsen" if source == "dtsen" else "form")
    return stage(rows, columns, places, origin, skip=gone)


def compared(
    registry: Registry,
    text: str,
    day: dt.date = DAY,
    decisions: dict[str, str] | None = None,
    actor: Actor = COMMAND,
    source: str = "plain",
) -> tuple[Staged, Comparison]:
    """A drawn file against a registry."""
    staged = staged_of(text, day, source=source)
    open_, dropped = open_questions(staged, decisions or {})
    if dropped:
        staged = staged_of(text, day, dropped, source)
        open_, _ = open_questions(staged, decisions or {})
    with registry.read(actor, ON) as reading:
        known = known_of(reading, staged)
    known.desa_of = dict(RTS)
    return staged, compare(staged, known, decisions or {}, open_, RTS.__contains__)


def imported(registry: Registry, text: str, day: dt.date = DAY, **more: Any) -> Comparison:
    """Store a drawn file; return what it was before."""
    staged, found = compared(registry, text, day, **more)
    with registry.write(COMMAND, ON, "import", "uji") as work:
        store(work, staged, found.plan, lambda n: None)
    return found


def rows_of(registry: Registry, table: Any) -> list[dict[str, Any]]:
    """All living rows of a table, by key."""
    with registry.read(COMMAND, ON) as reading:
        seen = reading.visible(table)
        return [dict(row) for row in reading.rows(seen.select().order_by(seen.c.id))]


def living_in(registry: Registry, day: dt.date = ON) -> dict[str, list[str]]:
    """Names of the people by RT on a day, as the registry has them."""
    homes = {
        row["household_id"]: row["rt_id"]
        for row in rows_of(registry, t.residences)
        if _holds(row, day)
    }
    names = {row["id"]: row["name"] for row in rows_of(registry, t.residents)}
    found: dict[str, list[str]] = {rt_id: [] for rt_id in homes.values()}
    for row in rows_of(registry, t.memberships):
        if _holds(row, day) and row["household_id"] in homes:
            found[homes[row["household_id"]]].append(names[row["resident_id"]])
    return {rt_id: sorted(people) for rt_id, people in found.items()}


def _holds(row: dict[str, Any], day: dt.date) -> bool:
    return row["valid_from"] <= day and (row["valid_to"] is None or row["valid_to"] > day)


def assert_said(trouble: Trouble) -> None:
    """See that there is a text in both languages, with all its facts, and nobody in it."""
    problem = CellProblem("Data", trouble.row, None, trouble.key, dict(trouble.facts))
    for language in LANGUAGES:
        text = problem.text(language)
        assert text and "{" not in text and not re.search(r"\d{9}", text), trouble.key
