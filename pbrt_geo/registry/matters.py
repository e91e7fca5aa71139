"""What an RT found out about itself: its problems and hopes, each with its cause and how often.

They are about the RT, never about one person: proposals will point to them, and proposals are
shown. Numbers as long as a NIK are refused.
"""

import datetime as dt
import re

from sqlalchemy import RowMapping, select

from pbrt_geo.errors import PbrtError
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import Actor
from pbrt_geo.registry.store import Reading, Registry

LONGEST = 500
"""Characters of a short text."""

_IDENTITY = re.compile(r"(?:\d[\s.\-]?){15}\d")


class SocialError(PbrtError):
    """What was to be recorded of an RT cannot be; nothing was stored."""


def plain_text(text: str, *, key: str = "social_evidence", longest: int = LONGEST) -> str:
    """
    Return a text on one line, as it is stored where it may be shown to others.

    Raises
    ------
    SocialError
        `key` if there is none; if it is too long, or holds a number like a NIK or No. KK.
    """
    return checked_text(" ".join(text.split()), key=key, longest=longest)


def checked_text(text: str, *, key: str, longest: int) -> str:
    """Return a text of any lines as `plain_text` does, its lines kept."""
    told = text.strip()
    if not told:
        raise SocialError.of(key)
    if len(told) > longest:
        raise SocialError.of("social_long", n=len(told), longest=longest)
    if _IDENTITY.search(told):
        raise SocialError.of("social_identity")
    return told


def matters_of(reading: Reading, rt_id: str) -> list[RowMapping]:
    """Return the problems and hopes of an RT: problems first, what most named first."""
    m = reading.visible(t.rt_matters)
    rows = reading.rows(select(m).where(m.c.rt_id == rt_id))
    order = {kind: at for at, kind in enumerate(t.MATTERS)}
    return sorted(rows, key=lambda row: (order[row["kind"]], -(row["frequency"] or 0), row["id"]))


def name_matter(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    rt_id: str,
    *,
    as_of: dt.date,
    kind: str,
    text: str,
    root_cause: str = "",
    frequency: int | None = None,
) -> int:
    """
    Record a problem or hope that an RT named; return its key, to which a proposal may point.

    Parameters
    ----------
    root_cause
        Why it is so; empty where nobody knows yet.
    frequency
        How many people named it; None if nobody counted.

    Raises
    ------
    SocialError
        If the day lies ahead, the text is missing or names a number like a NIK, or nobody
        named it.
    NotAllowed
        If the actor may not map the RT.
    """
    values = _checked(text, root_cause, frequency)
    with registry.write(actor, on, "social_mapping", "") as work:
        check_day(as_of, on)
        return work.insert(t.rt_matters, rt_id=rt_id, as_of=as_of, kind=kind, **values)


def change_matter(
    registry: Registry,
    actor: Actor,
    on: dt.date,
    row_id: int,
    version: int,
    *,
    text: str,
    root_cause: str = "",
    frequency: int | None = None,
) -> int:
    """Put a problem or hope right; return the new version. Raises as `name_matter`."""
    values = _checked(text, root_cause, frequency)
    with registry.write(actor, on, "social_mapping", "") as work:
        return work.update(t.rt_matters, row_id, version, **values)


def void_matter(
    registry: Registry, actor: Actor, on: dt.date, row_id: int, version: int, *, reason: str
) -> None:
    """Take a problem or hope back, with the reason; what points to it still finds it."""
    told = plain_text(reason, key="social_reason")
    with registry.write(actor, on, "social_mapping", told) as work:
        work.void(t.rt_matters, row_id, version)


def check_day(date: dt.date, on: dt.date) -> None:
    """Raise `SocialError` if a day has not come yet."""
    if date > on:
        raise SocialError.of("social_ahead", date=date.isoformat(), today=on.isoformat())


def _checked(text: str, root_cause: str, frequency: int | None) -> dict[str, str | int | None]:
    if frequency is not None and frequency < 1:
        raise SocialError.of("social_frequency", n=frequency)
    cause = plain_text(root_cause) if root_cause.strip() else None
    told = plain_text(text, key="social_text")
    return {"text": told, "root_cause": cause, "frequency": frequency}
