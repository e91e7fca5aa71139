"""What somebody typed and has not stored yet: kept with every change, offered again later.

A draft is seen by nobody but who typed it. It holds people, so it lies in the registry and nowhere
else: not in an address, not in the browser, not in a file of the pages.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import Actor, NotAllowed
from pbrt_geo.registry.store import Reading, Registry

NEW = "new"
"""Key of the draft of a row that is not there yet."""


@dataclass(frozen=True)
class Draft:
    """What was typed into a form for a row, and when it was kept."""

    form: str
    key: str
    data: Mapping[str, Any]
    saved_at: str


def keep_draft(
    registry: Registry, actor: Actor, on: dt.date, form: str, key: str, data: Mapping[str, Any]
) -> None:
    """
    Keep what was typed into a form in place of what was kept before.

    Raises
    ------
    NotAllowed
        If the account may not change people, or is none: a draft has an owner.
    RegistryError
        If it cannot be kept.
    """
    row = _key(actor, form, key) | {
        "data": dict(data),
        "saved_at": registry.clock().astimezone(dt.UTC).isoformat(timespec="milliseconds"),
    }
    with registry.write(actor, on, "draft", "") as work:
        work.put(t.drafts, [row])


def drop_draft(registry: Registry, actor: Actor, on: dt.date, form: str, key: str) -> None:
    """Let go of a draft, because it was stored or is not wanted."""
    with registry.write(actor, on, "draft", "") as work:
        work.remove(t.drafts, [list(_key(actor, form, key).values())])


def draft_of(reading: Reading, form: str, key: str) -> Draft | None:
    """Return the own draft of a form and row; None if there is none."""
    return next((draft for draft in drafts_of(reading, form) if draft.key == key), None)


def drafts_of(reading: Reading, form: str) -> Sequence[Draft]:
    """Return all own drafts of a form, the newest first."""
    d = reading.visible(t.drafts)
    query = select(d).where(d.c.user_id == reading.actor.user_id, d.c.form == form)
    return [
        Draft(row["form"], row["key"], row["data"], row["saved_at"])
        for row in reading.rows(query.order_by(d.c.saved_at.desc(), d.c.key))
    ]


def _key(actor: Actor, form: str, key: str) -> dict[str, Any]:
    actor.require("change_people")
    if actor.user_id is None:
        raise NotAllowed.of("not_allowed", role=actor.role, action="drafts")
    return {"user_id": actor.user_id, "form": form, "key": key}
