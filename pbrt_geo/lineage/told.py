"""How a message names events and units."""

from collections.abc import Iterable

import pandas as pd

MOST = 5


def listed(events: Iterable[object], units: Iterable[object]) -> tuple[int, str]:
    """
    Count the events and name the first of them with their units.

    >>> listed(["E00002", "E00002"], ["RT-1", "RT-2"])
    (1, 'E00002 (RT-1, RT-2)')
    """
    of_event: dict[str, list[str]] = {}
    for event, unit in zip(events, units, strict=True):
        named = of_event.setdefault(str(event), [])
        if not pd.isna(unit):
            named.append(str(unit))
    names = [_named(event, units) for event, units in sorted(of_event.items())[:MOST]]
    return len(of_event), "; ".join(names) + ("; …" if len(of_event) > MOST else "")


def _named(event: str, units: list[str]) -> str:
    if not units:
        return event
    return f"{event} ({', '.join(units[:MOST])}{', …' if len(units) > MOST else ''})"
