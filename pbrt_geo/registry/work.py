"""One transaction of reading or changing, in somebody's name: what `Registry.read`, `.write` give.

Every row comes through `visible`. A change names the version it was made from; if somebody else
changed the row meanwhile, nothing is stored and both see the conflict. Every transaction that
changed something leaves one row in `batches`, and one in `changes` for each row.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    Subquery,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from pbrt_geo.errors import PbrtError, Problem
from pbrt_geo.registry import guard
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.bulk import insert_rows, update_rows
from pbrt_geo.registry.rights import (
    SECRET,
    Actor,
    NotAllowed,
    place_condition,
    rows_seen,
    sees_all,
)

_AT_ONCE = 500
"""Keys named in one query."""


class Conflict(PbrtError):
    """
    Somebody else changed the row since it was read; nothing was stored.

    `theirs` is the row as it is now (None if it was voided or moved out of sight), `table` its
    table and `row_id` its key. The message says nothing about the row.
    """

    def __init__(
        self, *problems: Problem, table: Table, row_id: int, theirs: RowMapping | None
    ) -> None:
        super().__init__(*problems)
        self.table, self.row_id, self.theirs = table, row_id, theirs


class Reading:
    """One transaction of reading; every row comes through `visible`."""

    def __init__(self, connection: Connection, actor: Actor, on: dt.date) -> None:
        self._connection, self.actor, self.on = connection, actor, on
        self._given: set[Subquery] = set()

    def visible(self, table: Table) -> Subquery:
        """
        Return the living rows of a table that the actor sees, to select from.

        Raises
        ------
        NotAllowed
            If the actor sees nothing of this table.
        """
        seen = rows_seen(self.actor, table, self.on).subquery(f"seen_{table.name}")
        self._given.add(seen)
        return seen

    def rows(self, query: Select[Any]) -> Sequence[RowMapping]:
        """Run a query made of `visible` tables; it may name no table itself."""
        guard.check_query(query, self._given)
        return self._connection.execute(query).mappings().all()

    def get(self, table: Table, row_id: int) -> RowMapping | None:
        """Return one row; None if there is none, it is void, or the actor does not see it."""
        query = rows_seen(self.actor, table, self.on).where(table.c.id == row_id)
        return self._connection.execute(query).mappings().one_or_none()

    def last_change(self, table: Table, row_id: int) -> RowMapping | None:
        """Return who changed a visible row last, and when: `actor`, `at`, `reason`, `version`."""
        if self.get(table, row_id) is None:
            return None
        c, b = t.changes, t.batches
        query = (
            select(b.c.actor, b.c.at, b.c.reason, c.c.version)
            .join_from(c, b, c.c.batch_id == b.c.id)
            .where(c.c.entity == table.name, c.c.row_id == row_id)
            .order_by(c.c.seq.desc())
            .limit(1)
        )
        return self._connection.execute(query).mappings().one_or_none()


class Work(Reading):
    """One transaction of changes."""

    def __init__(
        self,
        connection: Connection,
        actor: Actor,
        on: dt.date,
        batch: tuple[str, str, Mapping[str, Any], dt.datetime],
        typed: list[tuple[str, str]],
    ) -> None:
        super().__init__(connection, actor, on)
        self._typed = typed
        self._batch = batch
        self._batch_id: int | None = None
        self._new: dict[str, set[int]] = {}

    @property
    def batch_id(self) -> int:
        """Key of the row in `batches`, which is written when something first changes."""
        if self._batch_id is None:
            kind, reason, about, at = self._batch
            told = dict(about)
            row = {"at": stamp(at), "kind": kind, "reason": reason, "about": told}
            row |= who(self.actor) | {"content_hash": told.pop("content_hash", None)}
            found = self._connection.execute(insert(t.batches).returning(t.batches.c.id), row)
            self._batch_id = found.scalar_one()
        return self._batch_id

    def record(self, **about: Any) -> int:
        """Write the row in `batches` even where no row of people changes; return its key."""
        if self._batch_id is not None:
            raise ValueError("the row in batches is written, and never changes")
        kind, reason, told, at = self._batch
        self._batch = (kind, reason, {**told, **about}, at)
        return self.batch_id

    def insert(self, table: Table, **values: Any) -> int:
        """Store a new row; return its key."""
        return self.insert_many(table, [values])[0]

    def insert_many(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Store new rows, all with the same columns; return their keys, in order."""
        if not rows:
            return []
        if any(row.keys() != rows[0].keys() for row in rows):
            raise ValueError(f"{table.name}: rows with different columns")  # some would be lost
        self._check_rows(table, rows)
        full = [{"version": 1, "is_void": False} | dict(row) for row in rows]
        ids = insert_rows(self._connection, table, full)
        self._new.setdefault(table.name, set()).update(ids)
        self._log(table, [(i, 1, None, row) for i, row in zip(ids, rows, strict=True)])
        return ids

    def update(self, table: Table, row_id: int, version: int, **values: Any) -> int:
        """
        Change a row that was read in some version; return the new version.

        The version stays the same if nothing is different.

        Raises
        ------
        Conflict
            If the row is not what it was.
        NotAllowed
            If the role does not allow changes.
        """
        guard.check_may_change(self.actor, table)
        now = self._of_version(table, row_id, version)
        after = {name: value for name, value in values.items() if now[name] != value}
        if not after:
            return version
        self._check_rows(table, [after], now)
        at = (table.c.id == row_id) & (table.c.version == version)
        stored = update(table).where(at).values(**after, version=version + 1)
        if self._connection.execute(stored).rowcount != 1:
            raise self._conflict(table, row_id, version)
        before = {name: now[name] for name in after}
        self._log(table, [(row_id, version + 1, before, after)])
        if table is t.users:
            self._new.setdefault(table.name, set()).add(row_id)
        return version + 1

    def update_many(
        self, table: Table, changes: Sequence[tuple[int, int, Mapping[str, Any]]]
    ) -> None:
        """
        Change many rows, each given as key, version that was read, and new values.

        Each row once. Raises as `update`; then nothing of the transaction is stored.
        """
        guard.check_may_change(self.actor, table)
        there = self._those(table, [row_id for row_id, _, _ in changes])
        entries = []
        for row_id, version, values in changes:
            now = there.get(row_id)
            if now is None or now["version"] != version:
                raise self._conflict(table, row_id, version)
            after = {name: value for name, value in values.items() if now[name] != value}
            if after:
                entries.append((row_id, version, {name: now[name] for name in after}, after))
                self._check_rows(table, [after], now)
        if not entries:
            return
        told = [(row_id, version, after) for row_id, version, _, after in entries]
        if update_rows(self._connection, table, told) != len(entries):
            raise self._conflict(table, changes[0][0], changes[0][1])
        self._log(table, [(i, version + 1, before, after) for i, version, before, after in entries])

    def _those(self, table: Table, ids: Sequence[int]) -> dict[int, RowMapping]:
        found: dict[int, RowMapping] = {}
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            query = rows_seen(self.actor, table, self.on).where(table.c.id.in_(part))
            found |= {row["id"]: row for row in self._connection.execute(query).mappings()}
        return found

    def void(self, table: Table, row_id: int, version: int) -> None:
        """Take a row back; it stays for the record. Raises as `update`."""
        self.update(table, row_id, version, is_void=True)

    def put(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store rows of a table without versions; a row of the same key is replaced."""
        names = [column.name for column in table.primary_key.columns]
        self.remove(table, [[row[name] for name in names] for row in rows])
        if rows:
            self._connection.execute(insert(table), [dict(row) for row in rows])

    def remove(self, table: Table, keys: Sequence[Sequence[Any]]) -> None:
        """Delete rows of a table without versions, each named by its whole key."""
        if table not in t.UNVERSIONED:
            raise ValueError(table.name)
        if table is not t.drafts:
            guard.check_may_change(self.actor, table)
        elif any(key[0] != self.actor.user_id for key in keys):
            raise NotAllowed.to(self.actor, "own_draft")
        if not keys:
            return
        columns = list(table.primary_key.columns)
        at = and_(*(column == bindparam(f"key_{column.name}") for column in columns))
        named = [f"key_{column.name}" for column in columns]
        self._connection.execute(
            delete(table).where(at), [dict(zip(named, key, strict=True)) for key in keys]
        )

    def finish(self) -> None:
        """See that who added people, or changed accounts, sees them afterwards."""
        for table in (t.households, t.residents, t.users):
            new = self._new.get(table.name, set())
            if new and not sees_all(self.actor):
                self._refuse_unseen(table, sorted(new))

    def _refuse_unseen(self, table: Table, ids: Sequence[int]) -> None:
        seen = self.visible(table)
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            query = select(func.count()).select_from(seen).where(seen.c.id.in_(part))
            if self._connection.execute(query).scalar_one() != len(part):
                raise NotAllowed.outside(self.actor)

    def _check_rows(
        self, table: Table, rows: Sequence[Mapping[str, Any]], now: RowMapping | None = None
    ) -> None:
        """Refuse what may not be written, and rows about households, people or RTs out of sight."""
        guard.check_may_change(self.actor, table)
        guard.check_values(self.actor, table, rows)
        self._refuse_sealed(table, rows if now is None else [dict(now)])
        self._typed += guard.numbers(table, rows)
        if sees_all(self.actor):
            return
        # an old membership of who left may not be stretched until the person is in sight again
        named_by = [{**now, **row} for row in rows] if now and table is t.memberships else rows
        for column, parent in guard.parents(table):
            named = {row[column] for row in named_by if row.get(column) is not None}
            self._refuse_unseen(parent, sorted(named - self._new.get(parent.name, set())))
        if "rt_id" in table.c:
            self._refuse_places(table, {row["rt_id"] for row in rows if "rt_id" in row})

    def _refuse_sealed(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Refuse to change a list that was confirmed, and what is on it."""
        key = {t.lists: "id", t.list_entries: "list_id"}.get(table)
        if key is None:
            return
        ids = {row[key] for row in rows if key in row}
        sealed = select(t.lists.c.id).where(t.lists.c.id.in_(ids), t.lists.c.state == "confirmed")
        if self._connection.execute(sealed).first() is not None:
            raise NotAllowed.to(self.actor, "change_sealed")

    def _refuse_places(self, table: Table, rt_ids: set[str]) -> None:
        """Refuse RTs out of sight; a household may move to any that there is."""
        p = t.places
        query = select(p.c.rt_id).where(p.c.rt_id.in_(rt_ids))
        if table is not t.residences:
            query = query.where(place_condition(self.actor, p.c.rt_id, self.on))
        if rt_ids - set(self._connection.execute(query).scalars()):
            raise NotAllowed.outside(self.actor)

    def _of_version(self, table: Table, row_id: int, version: int) -> RowMapping:
        found = self.get(table, row_id)
        if found is None or found["version"] != version:
            raise self._conflict(table, row_id, version)
        return found

    def _conflict(self, table: Table, row_id: int, version: int) -> Conflict:
        theirs = self.get(table, row_id)
        last = self.last_change(table, row_id)
        facts = {"mine": version} | ({"who": last["actor"]} if last else {})
        key = "registry_conflict" if last else "registry_gone"
        return Conflict(Problem(key, facts), table=table, row_id=row_id, theirs=theirs)

    def _log(
        self,
        table: Table,
        entries: Sequence[tuple[int, int, Mapping[str, Any] | None, Mapping[str, Any]]],
    ) -> None:
        common = {"batch_id": self.batch_id, "entity": table.name}
        rows = [
            common
            | {"row_id": i, "version": version}
            | {"before": _told(before), "after": _told(after)}
            for i, version, before, after in entries
        ]
        insert_rows(self._connection, t.changes, rows)


def who(actor: Actor) -> dict[str, Any]:
    """Return how an actor stands on record."""
    return {"user_id": actor.user_id, "actor": actor.login, "role": actor.role}


def _told(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {k: "•" if k in SECRET and v is not None else v for k, v in values.items()}


def stamp(at: dt.datetime) -> str:
    """Write a time as it stands on record."""
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds")
