"""What the pages about people ask the registry: each in the name of whoever is logged in.

Nothing is kept for other sessions. Whom somebody was shown is recorded once for each question and
each opening, before it is shown.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dashboard import sios, state

if TYPE_CHECKING:
    from pbrt_geo.registry.people import Change, Hits, HouseholdView

_OPENED = "people_opened"  # key of the household that is looked at
_RECORDED = "people_recorded"  # what was last recorded as seen: a question, or a household


def find(text: str, rt_id: str, start: int) -> "Hits":
    """Return whom a question finds; record who was shown, once for each question."""
    from pbrt_geo.registry.people import search

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        hits = search(reading, text, rt_id, start)
    _record("search", (text, rt_id, start), hits.seen())
    return hits


def open_household(household_id: int) -> None:
    """Note which household is looked at from here on; it never stands in an address."""
    state.keep(_OPENED, household_id)


def opened() -> int | None:
    """Return the key of the household that is looked at."""
    return state.kept(_OPENED)


def household() -> "HouseholdView | None":
    """Return the household that is looked at, if it is in sight; record who was shown."""
    from pbrt_geo.registry.people import household_view

    key = opened()
    if key is None:
        return None
    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        seen = household_view(reading, key)
    if seen is not None:
        _record("form", key, seen.seen())
    return seen


def changes_of(seen: "HouseholdView") -> "list[Change]":
    """Return who changed what of a household."""
    from pbrt_geo.registry.people import history

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        return history(reading, seen)


def rt_names() -> Mapping[str, str]:
    """Return all RTs of today, named with their desa."""
    from pbrt_geo.registry.people import places_on

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        rows = places_on(reading)
    return {row["rt_id"]: f"{row['name']}, {row['desa_name']}" for row in rows}


def own_rt_names() -> Mapping[str, str]:
    """Return the RTs of today in the area of the account, named with their desa."""
    from pbrt_geo.registry.people import in_area, places_on

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        rows = [row for row in places_on(reading) if in_area(row, actor.area_id)]
    return {row["rt_id"]: f"{row['name']}, {row['desa_name']}" for row in rows}


def _record(what: str, about: object, seen: list[dict[str, int]]) -> None:
    mark = (what, about, len(seen))
    if state.kept(_RECORDED) != mark:
        registry, actor, _ = sios.session()
        registry.saw(actor, what, seen)
        state.keep(_RECORDED, mark)
