"""What the page of verification asks the registry, as whoever is logged in.

Nothing is kept for other sessions. Whom somebody was shown is recorded before it is shown, once
for each list and state of it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dashboard import sios, state

if TYPE_CHECKING:
    from pbrt_geo.registry.disagreement import Comparison, Difference
    from pbrt_geo.registry.lists import Household, ShownList

_RECORDED = "lists_recorded"  # the last list, or part of the differences, whose sight is recorded
_COMPARED = "lists_compared"


def of_area() -> Sequence[Mapping[str, Any]]:
    """Return all lists of the poor in the area of the account, the newest first."""
    from pbrt_geo.registry.lists import lists_of

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        return [dict(row) for row in lists_of(reading)]


def shown(list_id: int) -> "ShownList":
    """Return a list with its households; record who was shown."""
    from pbrt_geo.registry.lists import read_list

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        found = read_list(reading, list_id)
    listed = [entry.household.household_id for entry in found.entries]
    others = [household.household_id for household in found.others]
    _record(("list", list_id, len(listed), len(others)), [*listed, *others])
    return found


def proposal(rt_id: str, rule: str, as_of: Any) -> dict[bool | None, int]:
    """Count whom a rule would propose in an RT, whom not, and whom it cannot judge."""
    from pbrt_geo.registry.verification import proposed_by_rule
    from pbrt_geo.registry.welfare import RULES

    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        found = proposed_by_rule(reading, rt_id, RULES[rule], as_of)
    return {answer: len(part) for answer, part in found.items()}


def compared() -> "Comparison":
    """Return where lists and DTSEN disagree; found once, until it is asked anew."""
    from pbrt_geo.registry.disagreement import compare_with_dtsen

    kept: Comparison | None = state.kept(_COMPARED)
    if kept is not None:
        return kept
    registry, actor, on = sios.session()
    with registry.read(actor, on) as reading:
        found = compare_with_dtsen(reading, on)
    state.keep(_COMPARED, found)
    return found


def compare_anew() -> None:
    """Look anew for differences at the next drawing."""
    state.drop(_COMPARED)


def households_of(differences: "Sequence[Difference]") -> "Mapping[int, Household]":
    """Return the households of differences, those still in sight; record who was shown."""
    from pbrt_geo.registry.lists import households

    registry, actor, on = sios.session()
    ids = [difference.household_id for difference in differences]
    with registry.read(actor, on) as reading:
        found = {h.household_id: h for h in households(reading, ids, on)}
    _record(("differences", *sorted(found)), list(found))
    return found


def _record(mark: tuple[Any, ...], household_ids: Sequence[int]) -> None:
    if state.kept(_RECORDED) == mark:
        return
    registry, actor, _ = sios.session()
    registry.saw(actor, "list", [{"household_id": household} for household in household_ids])
    state.keep(_RECORDED, mark)
