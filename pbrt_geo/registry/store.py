"""A registry that is open: the only way to its rows.

`Registry.read` and `Registry.write` give a transaction in the name of somebody, who sees and
changes only the rows of the own area (`work.py`).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from pbrt_geo.registry import guard
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import RegistryError, engine_of, transaction
from pbrt_geo.registry.integrity import content
from pbrt_geo.registry.migrate import check_current, migrate
from pbrt_geo.registry.rights import Actor, check_session
from pbrt_geo.registry.work import Conflict, Reading, Work, stamp, who

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the time of now; the order of changes never rests on it."""
    return dt.datetime.now(dt.UTC)


class Registry:
    """A registry that is open; each transaction is in somebody's name."""

    def __init__(self, engine: Engine, clock: Clock = utc_now) -> None:
        self.engine, self.clock = engine, clock

    @classmethod
    def open(cls, where: str | Path, clock: Clock = utc_now) -> "Registry":
        """
        Open a registry: the file of an SQLite database, or a PostgreSQL URL.

        Raises
        ------
        RegistryError
            If there is none yet, or its tables are older or newer than this program.
        """
        return cls._with(engine_of(where), check_current, clock)

    @classmethod
    def create(cls, where: str | Path, clock: Clock = utc_now) -> "Registry":
        """Open a registry, its tables made or brought up to date first."""
        return cls._with(engine_of(where), migrate, clock)

    @classmethod
    def _with(
        cls, engine: Engine, made_ready: Callable[[Engine], None], clock: Clock
    ) -> "Registry":
        try:
            made_ready(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, clock)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def content_hash(self) -> str:
        """Return the hash of all rows; registries that hold the same have the same."""
        with transaction(self.engine, writes=False) as connection:
            return content(connection).hash

    @contextmanager
    def read(self, actor: Actor, on: dt.date) -> Iterator[Reading]:
        """Read in somebody's name, with the rights of the day `on`."""
        with transaction(self.engine, writes=False) as connection:
            check_session(connection, actor)
            yield Reading(connection, actor, on)

    @contextmanager
    def write(
        self, actor: Actor, on: dt.date, kind: str, reason: str, **about: Any
    ) -> Iterator[Work]:
        """
        Change something in somebody's name: all of it is stored at the end, or nothing.

        Parameters
        ----------
        kind
            What it is: `form`, `import`, `mutation`, `verification`, `account` …
        reason
            Why, in words.
        about
            Goes into `batches.about`; nothing personal. `content_hash` has a column of its own.
        """
        typed: list[tuple[str, str]] = []
        try:
            with transaction(self.engine, writes=True) as connection:
                check_session(connection, actor)
                work = Work(connection, actor, on, (kind, reason, about, self.clock()), typed)
                yield work
                work.finish()
        except RegistryError as error:
            if error.problems[0].key == "registry_rule":
                self._saw_taken(actor, typed)
            raise

    def _saw_taken(self, actor: Actor, numbers: Iterable[tuple[str, str]]) -> None:
        """Record whose number somebody typed: that it is taken tells that the person is here."""
        with transaction(self.engine, writes=False) as connection:
            found = guard.owners(connection, numbers)
        self.saw(actor, "taken", found)

    def saw(self, actor: Actor, what: str, seen: Iterable[Mapping[str, int]]) -> None:
        """Record that somebody looked at people: each with `resident_id` or `household_id`."""
        common = who(actor) | {"at": stamp(self.clock()), "what": what}
        empty = {"resident_id": None, "household_id": None}
        rows = [empty | dict(entry) | common for entry in seen]
        if rows:
            with transaction(self.engine, writes=True, turn=False) as connection:
                check_session(connection, actor)
                connection.execute(insert(t.sightings), rows)


__all__ = ["Clock", "Conflict", "Reading", "Registry", "RegistryError", "Work", "utc_now"]
