"""Columns of cells for tests, read as a field, and invented NIK that no file holds."""

import datetime as dt

from pbrt_geo.intake.fields import FIELDS
from pbrt_geo.intake.parsed import How
from pbrt_geo.intake.problems import CellProblem
from pbrt_geo.intake.values import parse

ON = dt.date(2026, 6, 1)
"""The day of the imports."""


def read(field, *texts, kind="text", kinds=None, **how):
    """The column of these texts, read as a field (or one of that name)."""
    field = FIELDS.get(field, field)
    kinds = kinds or [kind if text else "" for text in texts]
    return parse(field, list(texts), kinds, How(ON, **how))


def values(field, *texts, **more):
    """The values of a column in which nothing is wrong."""
    parsed = read(field, *texts, **more)
    assert parsed.problems == [], parsed.problems
    assert parsed.question is None
    return parsed.values


def keys(parsed):
    """What is wrong, by cell."""
    return {index: key for index, key, _, _ in parsed.problems}


def problem(field, *texts, **more):
    """The only problem of a column, as (key, text in Indonesian)."""
    parsed = read(field, *texts, **more)
    ((index, key, facts, severity),) = parsed.problems
    return key, CellProblem("Data", index, 0, key, facts, severity).text("id")


def nik(serial=1, *, province="52", born=(17, 3, 90), female=False, place="0701"):
    """An invented NIK of valid form."""
    day, month, year = born
    return f"{province}{place}{day + 40 * female:02d}{month:02d}{year:02d}{serial:04d}"


def kk(serial=1):
    """An invented No. KK of valid form."""
    return f"520701010110{serial:04d}"
