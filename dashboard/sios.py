"""The registry as the pages meet it: which one, who is at work in this session, on which day.

There are pages about people only where a registry is named. Whoever has not logged in is the
public. What a page may show or change is decided by the registry for each query; that the menu
leaves a page out is a courtesy, not a lock. Nothing here is ever cached for several readers.
"""

import datetime as dt
import os
from typing import TYPE_CHECKING, NamedTuple

from dashboard import state

if TYPE_CHECKING:
    from pbrt_geo.registry.rights import Actor
    from pbrt_geo.registry.store import Registry

URL_VARIABLE = "PBRT_DATABASE_URL"
FILE_VARIABLE = "PBRT_REGISTRY"
IDLE = dt.timedelta(minutes=30)
"""A session in which nothing was done for so long ends by itself."""

_OPEN: "dict[str, Registry]" = {}


class Session(NamedTuple):
    """In whose name a page reads and writes, and on which day."""

    registry: "Registry"
    actor: "Actor"
    on: dt.date


def where() -> str:
    """Return the address or file of the registry; empty where there is none."""
    return os.environ.get(URL_VARIABLE) or os.environ.get(FILE_VARIABLE) or ""


def is_on() -> bool:
    """Tell whether there are pages about people at all."""
    return bool(where())


def registry() -> "Registry":
    """
    Return the registry, opened once for all sessions: what is shared are connections, no rows.

    Raises
    ------
    RegistryError
        If it cannot be opened.
    """
    from pbrt_geo.registry.store import Registry

    named = where()
    if named not in _OPEN:
        _OPEN[named] = Registry.open(named)
    return _OPEN[named]


def arrive() -> None:
    """Go on with the session of whoever is logged in, or end it; it counts as activity."""
    from pbrt_geo.errors import PbrtError
    from pbrt_geo.registry.rights import SessionEnded

    if not is_on() or state.account() is None:
        return
    why = "ended" if is_over() else ""
    try:
        found, who, on = session()
        with found.read(who, on):
            pass
    except SessionEnded:
        why = "changed"
    except PbrtError:
        return  # the page says it: the registry cannot be read
    if why:
        log_out()
        state.keep("login_said", why)


def session() -> Session:
    """Return registry, actor and day for what a page does now; it counts as activity."""
    found = registry()
    now = found.clock()
    who = actor()
    if is_logged_in():
        state.keep_account((who, now))
    return Session(found, who, now.astimezone().date())


def actor() -> "Actor":
    """Return who is logged in, the public if nobody is or nothing was done for too long."""
    from pbrt_geo.registry.rights import PUBLIC

    kept = state.account()
    return PUBLIC if kept is None or is_over() else kept[0]


def is_logged_in() -> bool:
    """Tell whether somebody is logged in."""
    return is_on() and state.account() is not None and not is_over()


def is_over() -> bool:
    """Tell whether somebody logged in and then did nothing for too long."""
    kept = state.account()
    return kept is not None and registry().clock() - kept[1] > IDLE


def may(action: str) -> bool:
    """Tell whether whoever is logged in may do something anywhere."""
    return is_on() and actor().may(action)


def log_in(who: "Actor") -> None:
    """Begin a session in somebody's name; nothing of an earlier one is left in it."""
    state.forget_people()
    state.keep_account((who, registry().clock()))


def log_out() -> None:
    """End the session; nothing that was typed or seen stays in the memory of the page."""
    state.forget_people()


def close() -> None:
    """Let go of every registry that was opened."""
    while _OPEN:
        _OPEN.popitem()[1].close()
