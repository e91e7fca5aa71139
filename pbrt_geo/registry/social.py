"""Social mapping of an RT: its general picture, what it has, who carries it.

A section is written for a day and stays as it was written; the next mapping writes it anew. It may
name people (tokoh), so that only who may see the RT reads it.
"""

import datetime as dt

from sqlalchemy import RowMapping, select

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.matters import SocialError, check_day, checked_text
from pbrt_geo.registry.rights import Actor
from pbrt_geo.registry.store import Reading, Registry
from pbrt_geo.registry.tables import SECTIONS

LONGEST = 4000
"""Characters of a section."""


def notes_of(reading: Reading, rt_id: str) -> dict[str, list[RowMapping]]:
    """Return what was written of an RT by section, the newest first."""
    n = reading.visible(t.rt_notes)
    query = select(n).where(n.c.rt_id == rt_id).order_by(n.c.as_of.desc(), n.c.id.desc())
    rows = reading.rows(query)
    return {section: [row for row in rows if row["section"] == section] for section in SECTIONS}


def write_note(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    rt_id: str,
    *,
    section: str,
    as_of: dt.date,
    text: str,
) -> int:
    """
    Write a section of the social mapping of a day; return its key.

    Raises
    ------
    SocialError
        If the day lies ahead, the section of that day is written already, or there is no text.
    NotAllowed
        If the actor may not map the RT.
    """
    told = checked_text(text, key="social_text", longest=LONGEST)
    with registry.write(actor, on, "social_mapping", "") as work:
        check_day(as_of, on)
        written = [row["as_of"] for row in notes_of(work, rt_id)[section]]
        if as_of in written:
            raise SocialError.of("social_again", date=as_of.isoformat())
        return work.insert(t.rt_notes, rt_id=rt_id, section=section, as_of=as_of, text=told)


def change_note(
    registry: Registry, actor: Actor, on: dt.date, row_id: int, version: int, *, text: str
) -> int:
    """Put a section right; return the new version. Raises as `write_note`."""
    told = checked_text(text, key="social_text", longest=LONGEST)
    with registry.write(actor, on, "social_mapping", "") as work:
        return work.update(t.rt_notes, row_id, version, text=told)
