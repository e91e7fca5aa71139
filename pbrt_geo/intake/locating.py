"""Where the rows of a file are: their texts, the living RT of the registry, whose area it is."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select

from pbrt_geo.codes import Scheme
from pbrt_geo.intake.areas import Found, PlaceQuestion, Places, place_rows
from pbrt_geo.intake.staging import Trouble
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND, holds_on, level_of
from pbrt_geo.registry.store import Reading


@dataclass(frozen=True)
class Located:
    """RT and desa of each row ("" where nothing is said), what is wrong, and what is asked."""

    rt_ids: list[str]
    desa_ids: list[str]
    troubles: list[Trouble]
    questions: list[PlaceQuestion]


def places_on(reading: Reading, day: dt.date, areas: pd.DataFrame | None) -> Places:
    """Return the RT that live on a day."""
    place = reading.visible(t.places)
    rows = reading.rows(select(place).where(holds_on(place, day)))
    return Places([dict(row) for row in rows], areas)


def allowed_rts(reading: Reading) -> frozenset[str]:
    """Return the RT that lie in the area of who works, on the day of work."""
    place = reading.visible(t.places)
    query = select(place.c.rt_id)
    if reading.actor.role != COMMAND.role:
        level = level_of(reading.actor.area_id)
        if not level:
            return frozenset()
        column = place.c[f"{level}_id"]
        query = query.where(column == reading.actor.area_id, holds_on(place, reading.on))
    return frozenset(row["rt_id"] for row in reading.rows(query))


def locate(
    reading: Reading,
    places: Places,
    rows: Sequence[int],
    written: Mapping[str, Sequence[str]],
    scheme: Scheme | None,
    chosen: Mapping[str, str],
) -> Located:
    """
    Find the RT of each row; a row that names no desa is in that of an operator of one desa.

    Raises
    ------
    CodeError
        If the column of codes does not tell its scheme, and none is declared.
    """
    area = reading.actor.area_id
    home = area if level_of(area) == "desa" else ""
    found: Found = place_rows(places, rows, written, scheme, chosen, home)
    troubles = [Trouble(row, ("place", at), key, facts) for row, at, key, facts in found.troubles]
    return Located(found.rt_ids, found.desa_ids, troubles, found.questions)
