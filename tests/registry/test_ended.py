"""Who lives in an RT that ended is seen until moved: nobody falls out of the registry."""

import datetime as dt

import pytest
from sqlalchemy import update

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import transaction
from pbrt_geo.registry.rights import COMMAND, Actor
from pbrt_geo.registry.store import Registry
from registry.registries import ON, RTS, add_household

ENDED, TAKES_OVER, ELSEWHERE, _ = RTS
LATER = dt.date(2026, 8, 1)


@pytest.mark.parametrize("area", [ENDED, RTS[ENDED], "52.07.01", "52.07"])
def test_who_lives_in_an_rt_that_ended_is_seen_until_moved(
    sample_places: Registry, area: str
) -> None:
    with sample_places.write(COMMAND, ON, "form", "pendataan") as work:
        home = add_household(work, ENDED, 1)
    with transaction(sample_places.engine, writes=True) as connection:
        ends = (
            update(t.places).where(t.places.c.rt_id == ENDED).values(valid_to=dt.date(2026, 7, 1))
        )
        connection.execute(ends)
    role = "operator_rt" if area == ENDED else "bappeda"
    actor = Actor("a", role, area)
    with sample_places.read(actor, LATER) as reading:
        assert reading.get(t.households, home) is not None
        assert len(reading.rows(reading.visible(t.residents).select())) == 2
    for other in (TAKES_OVER, RTS[ELSEWHERE], "52.07.03"):
        role = "operator_rt" if other == TAKES_OVER else "operator_desa"
        with sample_places.read(Actor("b", role, other), LATER) as reading:
            assert reading.get(t.households, home) is None
