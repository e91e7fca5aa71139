"""Erasure by law (UU 27/2022, art. 8 and 43): a person leaves no trace in the registry.

The rows stay, empty and void, so that the record remains a record: that there was somebody, who
erased and why. Whoever was alone in a household takes the household along; in one with others,
what is theirs stays. A name or NIK within a remark becomes `•••`. Backups made before still hold
the person, and are kept no longer than `docs/personal-data.md` says.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    insert,
    or_,
    select,
    update,
)

from pbrt_geo.errors import PbrtError
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import WAIT_S, RegistryError, as_json, transaction
from pbrt_geo.registry.rights import Actor, holds_on, sees_all
from pbrt_geo.registry.store import Registry, Work

GONE = "•••"
"""In place of a name or a NIK within a text."""

_READERS_MS = 2_000
"""How long the cleaning waits for those who read; then it is to be tried again."""

_Row = tuple[Table, int]

_OF_PERSON = (
    (t.residents, "id"),
    (t.memberships, "resident_id"),
    (t.enrolments, "resident_id"),
)
_OF_HOUSEHOLD = (
    (t.households, "id"),
    (t.residences, "household_id"),
    (t.evidence, "household_id"),
    (t.enrolments, "household_id"),
    (t.list_entries, "household_id"),
)
_EMPTY = {
    "residents": {"name": "", "nik_state": "none"},
    "memberships": {"role": "other"},
    "households": {"kk_state": "none"},
}
"""Of columns that cannot be empty; whatever else is personal becomes empty."""

_REMARKS = (
    (t.households, ("address", "note")),
    (t.list_entries, ("reason",)),
    (t.rt_notes, ("text",)),
    (t.rt_matters, ("text", "root_cause")),
    (t.rt_stages, ("evidence",)),
)
"""Texts in which a person may be named."""


class ErasureError(PbrtError):
    """Nobody was erased."""


@dataclass(frozen=True)
class Erasure:
    """
    What was done: rows that are empty now, entries of the record, drafts thrown away.

    `is_clean` tells whether the file holds no left-over of what was erased: otherwise somebody
    else was reading, and `clean` has to be tried again.
    """

    batch_id: int
    n_rows: int
    n_changes: int
    n_drafts: int
    is_clean: bool


def erase(registry: Registry, actor: Actor, on: dt.date, resident_id: int, reason: str) -> Erasure:
    """
    Erase everything personal about somebody, and record that it was done.

    Parameters
    ----------
    reason
        The request it follows, by its number; never the person.

    Raises
    ------
    ErasureError
        If there is nobody of this key in sight, or the reason names the person or is empty.
    NotAllowed
        If the role may not erase.
    """
    actor.require("erase_people")
    with registry.write(actor, on, "erasure", reason) as work:
        connection = work._connection
        known = _known(connection, _person(work, resident_id))
        if not reason.strip() or known.pattern.search(reason):
            raise ErasureError.of("erasure_reason")
        rows = _emptied(work, resident_id)
        rows += _cleared(work, known)
        n_changes = _forgotten(connection, rows, known)
        _cleared_reasons(connection, known)
        done = (work.batch_id, len(rows), n_changes, _thrown_away(connection, known))
    return Erasure(*done, is_clean=clean(registry.engine))


# ── by what somebody is known ───────────────────────────────────────────────────────────────────


def _person(work: Work, resident_id: int) -> RowMapping | None:
    """Return whoever is in sight; from a command also who was taken back before."""
    if not sees_all(work.actor):
        return work.get(t.residents, resident_id)
    query = select(t.residents).where(t.residents.c.id == resident_id)
    return work._connection.execute(query).mappings().one_or_none()


@dataclass(frozen=True)
class _Known:
    """What finds somebody in a text: names and NIK, those before a correction too."""

    texts: frozenset[str]

    @property
    def pattern(self) -> re.Pattern[str]:
        longest = sorted(self.texts, key=len, reverse=True)
        parts = [r"\s+".join(map(re.escape, text.split())) for text in longest]
        return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)

    def near(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that a text may hold one of them, for the pattern to decide."""
        words = {max(re.findall(r"[A-Za-z0-9]+", text), key=len, default="") for text in self.texts}
        text = cast(column, Text)
        return or_(*(text.icontains(word, autoescape=True) for word in sorted(words)))


def _known(connection: Connection, person: RowMapping | None) -> _Known:
    if person is None or not person["name"].strip():  # without a name: erased before
        raise ErasureError.of("erasure_nobody")
    c = t.changes
    at = (c.c.entity == "residents") & (c.c.row_id == person["id"])
    told = [dict(person)]
    for row in connection.execute(select(c.c.before, c.c.after).where(at)):
        told += [values for values in row if values]
    names = [str(values.get(name) or "") for values in told for name in ("nik", "name", "name_key")]
    return _Known(frozenset(text for text in names if text.strip()))


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def _emptied(work: Work, resident_id: int) -> list[_Row]:
    """Empty the rows about a person, and about households that were theirs alone."""
    whose = [(table, table.c[key] == resident_id) for table, key in _OF_PERSON]
    for household_id in _own_households(work, resident_id):
        whose += [(table, table.c[key] == household_id) for table, key in _OF_HOUSEHOLD]
    done: dict[_Row, None] = {}
    for table, at in whose:
        for row in work._connection.execute(select(table).where(at)).mappings():
            if (table, row["id"]) not in done:
                done[table, row["id"]] = None
                _store(work, table, row, _empty(table))
    return list(done)


def _empty(table: Table) -> dict[str, Any]:
    personal = {column.name: None for column in table.c if column.info.get("personal")}
    void = {} if table is t.list_entries else {"is_void": True}  # a sealed list stays whole
    return personal | _EMPTY.get(table.name, {}) | void


def _store(work: Work, table: Table, row: RowMapping, values: dict[str, Any]) -> None:
    """Change a row; the record tells that it changed, not what."""
    version = row["version"] + 1
    stored = update(table).where(table.c.id == row["id"])
    work._connection.execute(stored.values(**values, version=version))
    entry = {"batch_id": work.batch_id, "entity": table.name, "row_id": row["id"]}
    entry |= {"version": version, "before": None, "after": None}
    work._connection.execute(insert(t.changes), entry)


def _own_households(work: Work, resident_id: int) -> list[int]:
    """Return households to which nobody else belonged, or belongs now that the person does."""
    m = t.memberships
    lives = select(m).where(~m.c.is_void)
    own = work._connection.execute(
        lives.where(m.c.resident_id == resident_id).order_by(m.c.valid_from, m.c.id)
    ).mappings()
    homes = [row["household_id"] for row in own]
    found = []
    for home in dict.fromkeys(homes):
        others = lives.where(m.c.household_id == home, m.c.resident_id != resident_id)
        if home == homes[-1]:
            others = others.where(holds_on(m, work.on))
        if work._connection.execute(others.limit(1)).first() is None:
            found.append(home)
    return found


# ── texts ───────────────────────────────────────────────────────────────────────────────────────


def _cleared(work: Work, known: _Known) -> list[_Row]:
    """Take a person out of the remarks of others."""
    done: list[_Row] = []
    for table, names in _REMARKS:
        near = or_(*(known.near(table.c[name]) for name in names))
        for row in work._connection.execute(select(table).where(near)).mappings().all():
            texts = {name: row[name] for name in names if row[name]}
            values = {name: known.pattern.sub(GONE, text) for name, text in texts.items()}
            if values != texts:
                _store(work, table, row, values)
                done.append((table, row["id"]))
    return done


def _forgotten(connection: Connection, rows: Sequence[_Row], known: _Known) -> int:
    """Empty what the record tells of these rows, and of anything else that names the person."""
    c = t.changes
    told = or_(c.c.before.is_not(None), c.c.after.is_not(None))
    found: set[int] = set()
    for table, row_id in rows:
        at = (c.c.entity == table.name) & (c.c.row_id == row_id) & told
        found.update(connection.execute(select(c.c.seq).where(at)).scalars())
    near = or_(known.near(c.c.before), known.near(c.c.after))
    for seq, before, after in connection.execute(
        select(c.c.seq, c.c.before, c.c.after).where(near)
    ):
        if known.pattern.search(as_json([before, after])):
            found.add(seq)
    empty = update(c).where(c.c.seq == bindparam("at")).values(before=None, after=None)
    if found:
        connection.execute(empty, [{"at": seq} for seq in sorted(found)])
    return len(found)


def _cleared_reasons(connection: Connection, known: _Known) -> None:
    b = t.batches
    for batch_id, reason in connection.execute(
        select(b.c.id, b.c.reason).where(known.near(b.c.reason))
    ).all():
        cleared = known.pattern.sub(GONE, reason)
        if cleared != reason:
            connection.execute(update(b).where(b.c.id == batch_id).values(reason=cleared))


def _thrown_away(connection: Connection, known: _Known) -> int:
    """Delete what somebody typed about the person and has not stored."""
    d = t.drafts
    near = connection.execute(select(d).where(known.near(d.c.data))).mappings().all()
    named = [row for row in near if known.pattern.search(as_json(row["data"]))]
    for row in named:
        at = (d.c.user_id == row["user_id"]) & (d.c.form == row["form"]) & (d.c.key == row["key"])
        connection.execute(delete(d).where(at))
    return len(named)


# ── the file ────────────────────────────────────────────────────────────────────────────────────


def clean(engine: Engine) -> bool:
    """
    Write the database anew, so that no left-over of what was erased stays in its files.

    Returns False if that has to be tried again later: somebody else reads, or the disk is full.
    """
    try:
        return _clean_sqlite(engine) if engine.dialect.name == "sqlite" else _clean_postgres(engine)
    except RegistryError:
        return False


def _clean_sqlite(engine: Engine) -> bool:
    """Make the file anew, and empty the log that was written ahead."""
    with transaction(engine, writes=True, begins=False) as connection:
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_READERS_MS}")
        is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalars().first()
        connection.exec_driver_sql(f"PRAGMA busy_timeout={WAIT_S * 1000}")
    return not is_busy


def _clean_postgres(engine: Engine) -> bool:
    """Make the files of all tables anew, which no transaction may contain."""
    proxy = engine.raw_connection()
    connection: Any = proxy.driver_connection
    try:
        connection.autocommit = True
        for table in t.metadata.sorted_tables:
            connection.execute(f"VACUUM (FULL) {table.name}".encode())
        connection.autocommit = False
    except engine.dialect.loaded_dbapi.Error:
        proxy.invalidate()
        return False
    finally:
        proxy.close()
    return True
