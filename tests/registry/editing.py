"""Two editors at the same households, their steps in any order.

Each reads a household, types for a while, and saves what was read and typed. Registry and model are
compared at the end: the model is a list of what was acknowledged, in order.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import transaction
from pbrt_geo.registry.rights import Actor
from pbrt_geo.registry.store import Conflict, Registry
from registry.registries import ON

EDITORS = (
    Actor("ani", "command"),
    Actor("budi", "command"),
)


@dataclass
class Model:
    """What was acknowledged: the notes of each household, in order; conflicts that were told."""

    notes: dict[int, list[str]] = field(default_factory=dict)
    n_saved: int = 0
    n_conflicts: int = 0


def editor(
    registry: Registry, actor: Actor, homes: list[int], chance: random.Random, model: Model
) -> Iterator[None]:
    """Edit some households, one step at a time: read, save; again after a conflict."""
    for number in range(chance.randint(1, 3)):
        home, typed = chance.choice(homes), f"{actor.login}{number}"
        with registry.read(actor, ON) as reading:
            row: Any = reading.get(t.households, home)
        yield
        while True:
            told = save(registry, actor, row, typed)
            if told is None:
                model.notes[home].append(typed)
                model.n_saved += 1
                break
            model.n_conflicts += 1
            check_told(told, row, model.notes[home])
            yield
            row = told.theirs
        yield


def save(registry: Registry, actor: Actor, row: Any, typed: str) -> Conflict | None:
    """Save what was typed after what was read; return the conflict, if there is one."""
    try:
        with registry.write(actor, ON, "form", "catatan") as work:
            note = " ".join(filter(None, [row["note"], typed]))
            work.update(t.households, row["id"], row["version"], note=note)
    except Conflict as conflict:
        return conflict
    return None


def check_told(told: Conflict, row: Any, notes: list[str]) -> None:
    """A conflict shows the row as it is: with all that was acknowledged so far."""
    assert told.theirs is not None
    assert told.theirs["note"] == " ".join(notes)
    assert told.theirs["version"] == len(notes) + 1 > row["version"]
    last = notes[-1].rstrip("0123456789")
    assert told.problems[0].facts == {"mine": row["version"], "who": last}


def interleave(registry: Registry, homes: list[int], seed: int) -> Model:
    """Let both work, each step by whom chance picks; compare with the model at the end."""
    chance = random.Random(seed)
    model = Model({home: [] for home in homes})
    at_work = [editor(registry, actor, homes, chance, model) for actor in EDITORS]
    while at_work:
        picked = chance.choice(at_work)
        try:
            next(picked)
        except StopIteration:
            at_work.remove(picked)
    compare(registry, model)
    return model


def compare(registry: Registry, model: Model) -> None:
    """Every change that was acknowledged is in its row, and on record under who made it."""
    c, b = t.changes, t.batches
    query = select(c.c.row_id, c.c.after, b.c.actor).join_from(c, b, c.c.batch_id == b.c.id)
    query = query.where(c.c.entity == "households", c.c.row_id.in_(model.notes), c.c.version > 1)
    living = select(t.households).where(t.households.c.id.in_(model.notes))
    with transaction(registry.engine, writes=False) as connection:
        changes = connection.execute(query.order_by(c.c.seq)).all()
        rows = {row["id"]: row for row in connection.execute(living).mappings()}
    made: dict[int, list[str]] = {home: [] for home in model.notes}
    for home, after, actor in changes:
        note = after["note"].split(" ")[-1]
        assert note.startswith(actor)
        made[home].append(note)
    assert made == model.notes
    for home, notes in model.notes.items():
        assert (rows[home]["note"] or "") == " ".join(notes)
        assert rows[home]["version"] == len(notes) + 1
