"""The tables this library works on: what each column means, and its rules.

This is the only file where a column is declared. The checks, the data dictionary in `docs/`
and the sample region follow it. Intervals of time are half-open everywhere: a row holds from
`valid_from` up to, not including, `valid_to`; an empty `valid_to` means "until further notice".
"""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from pbrt_geo.errors import Problem, SchemaError
from pbrt_geo.text import say

ColumnType = Literal["text", "integer", "number", "date", "boolean", "geometry"]

LEVELS = ("rt", "desa", "kecamatan", "kabupaten")
"""Levels of area, smallest first; figures roll up in this order."""

PILLARS = ("sios", "empowerment", "participation", "basic_services")
"""The four pillars of the model: SIOS, pemberdayaan, partisipasi, pelayanan dasar."""

CRITERIA = tuple(f"criterion_{number:02d}" for number in range(1, 15))
"""The 14 household criteria of BPS, in their published order."""

VALUE_STATES = ("value", "zero", "no_data", "withheld", "not_yet_formed", "undefined")
"""What a cell can be: a number, one of the four nothings, or a ratio of nobody to nobody."""

EVENT_KINDS = (
    *("awal", "bentuk", "pecah", "gabung", "ganti_nama", "ganti_nomor", "pindah"),
    *("ubah_batas", "bubar", "batal"),
)
"""What can happen to a unit; `awal` (already there when recording began) and `batal` (an event
that never happened) are ours, the others are words of the regulations on RT and desa."""

EVENT_LEVELS = ("rt", "rw", "dusun", "desa", "kecamatan")
"""Levels whose units are born, change and end by events; `dusun` stands for lingkungan too."""

EVIDENCE = ("unchanged", "lineage", "households", "points", "labels", "area")
"""What carries a figure to the boundaries of another date, strongest first: nothing changed; all
people went one way; the list of households; their points; cells around label points; the land."""

RT_ID = r"RT-\d{4}-\d{5}-\d"
UNIT_ID = r"(RT|RW|DSN)-\d{4}-\d{5}-\d|\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?"
AREA_ID = r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?"
DESA_ID = r"\d{2}\.\d{2}\.\d{2}\.\d{4}"


@dataclass(frozen=True)
class Column:
    """One column. `personal` marks what must never be shown, logged or exported."""

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""
    empty: bool = False
    optional: bool = False
    personal: bool = False
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    refers_to: str = ""

    def rule(self, language: str = "id") -> str:
        """Write the rule in words, for messages and for the data dictionary."""
        may_lack = "absent" if self.optional else "empty" if self.empty else "required"
        values = ", ".join(f"`{value}`" for value in self.allowed)
        facts = {
            may_lack: "",
            "pattern": f"`{self.pattern}`" if self.pattern else None,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "allowed": values or None,
            "refers_to": f"`{self.refers_to}`" if self.refers_to else None,
        }
        told = [(key, fact) for key, fact in facts.items() if fact is not None]
        return "; ".join(say(f"rule.{key}", language, fact=fact) for key, fact in told)

    def broken(self, values: pd.Series) -> pd.Series:
        """Mark the values that break the rule (not counting `refers_to`)."""
        missing = values.isna()
        bad = missing & (not (self.empty or self.optional))
        if self.pattern:
            bad |= ~missing & ~_matches(values, self.pattern)
        if self.minimum is not None or self.maximum is not None or self.type == "integer":
            bad |= ~missing & ~self._in_range(values)
        if self.allowed:
            bad |= ~missing & ~values.isin(self.allowed)
        if self.type == "date":
            bad |= ~missing & pd.to_datetime(values, errors="coerce").isna()
        return bad

    def _in_range(self, values: pd.Series) -> pd.Series:
        numbers = pd.to_numeric(values, errors="coerce")
        fits = numbers.notna()
        if self.minimum is not None:
            fits &= numbers >= self.minimum
        if self.maximum is not None:
            fits &= numbers <= self.maximum
        if self.type == "integer":
            fits &= numbers % 1 == 0
        return fits.fillna(False).astype(bool)


@dataclass(frozen=True)
class Table:
    """One table: what a row is, which columns name a row, and the columns."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the declaration of one column."""
        return next(column for column in self.columns if column.name == name)

    @property
    def personal(self) -> tuple[str, ...]:
        """Names of the columns that hold personal data."""
        return tuple(column.name for column in self.columns if column.personal)

    def problems(self, table: pd.DataFrame) -> list[Problem]:
        """List every broken rule of `table`; rows are counted from 1 after the header."""
        found = []
        for column in self.columns:
            if column.name in table:
                found += _column_problems(self.name, column, table[column.name])
            elif not column.optional:
                found.append(Problem("missing_column", {"table": self.name, "column": column.name}))
        if not found:
            found += self._duplicates(table)
        return found

    def check(self, table: pd.DataFrame) -> pd.DataFrame:
        """
        Return `table` unchanged if it keeps every rule.

        Raises
        ------
        SchemaError
            With all problems at once.
        """
        problems = self.problems(table)
        if problems:
            raise SchemaError(*problems)
        return table

    def _duplicates(self, table: pd.DataFrame) -> list[Problem]:
        repeated = table.duplicated(list(self.key), keep=False)
        if not repeated.any():
            return []
        facts = {"table": self.name, "n": int(repeated.sum()), "rows": _rows(repeated)}
        return [Problem("duplicate_key", facts | {"key": ", ".join(self.key)})]


def _matches(values: pd.Series, pattern: str) -> pd.Series:
    unique = pd.Series(values.unique())
    good = unique[unique.astype("string").str.fullmatch(pattern).fillna(False).astype(bool)]
    return values.isin(good)


def _rows(mask: pd.Series, most: int = 3) -> str:
    rows = [str(row + 1) for row in mask.to_numpy().nonzero()[0][: most + 1]]
    return ", ".join(rows[:most]) + (", …" if len(rows) > most else "")


def _column_problems(table: str, column: Column, values: pd.Series) -> list[Problem]:
    bad = column.broken(values)
    if not bad.any():
        return []
    facts = {"table": table, "column": column.name, "rule": column.rule}
    return [Problem("broken_rule", facts | {"n": int(bad.sum()), "rows": _rows(bad)})]


def dangling(child: pd.DataFrame, table: Table, parents: dict[str, pd.Series]) -> list[Problem]:
    """List the values that point to no row of the table they refer to."""
    found = []
    for column in table.columns:
        if column.refers_to not in parents or column.name not in child:
            continue
        values = child[column.name]
        lost = values.notna() & ~values.isin(parents[column.refers_to])
        if lost.any():
            facts = {"table": table.name, "column": column.name, "other": column.refers_to}
            found.append(Problem("dangling", facts | {"n": int(lost.sum()), "rows": _rows(lost)}))
    return found


_AS_OF = Column("as_of", "date", "Date of the data round in which this was recorded.")
_VALID_FROM = Column("valid_from", "date", "First day on which the row holds.")
_VALID_TO = Column(
    "valid_to",
    "date",
    "First day on which the row no longer holds; empty: still holds.",
    empty=True,
)

AREAS = Table(
    "areas",
    "One row per administrative area above the RT: kabupaten, kecamatan, desa or kelurahan.",
    ("area_id",),
    (
        Column("area_id", "text", "Kemendagri code with dots.", pattern=AREA_ID),
        Column("level", "text", "Level of the area.", allowed=LEVELS[1:]),
        Column("name", "text", "Name in the regulation in force."),
        Column(
            "kind",
            "text",
            "Legal kind of the area.",
            allowed=("Kabupaten", "Kota", "Kecamatan", "Desa", "Kelurahan"),
        ),
        Column(
            "parent_id",
            "text",
            "Area of the next level that holds this one.",
            empty=True,
            pattern=AREA_ID,
            refers_to="areas.area_id",
        ),
        Column(
            "bps_code", "text", "BPS code without dots.", empty=True, pattern=r"\d{4}(\d{3}){0,2}"
        ),
        Column("other_names", "text", "Other spellings in use, separated by `;`.", empty=True),
        Column("official_area_km2", "number", "Area in the source.", "km²", empty=True, minimum=0),
        Column(
            "label_lon",
            "number",
            "Longitude of a point inside.",
            "degree",
            True,
            minimum=-180,
            maximum=180,
        ),
        Column(
            "label_lat",
            "number",
            "Latitude of a point inside.",
            "degree",
            True,
            minimum=-90,
            maximum=90,
        ),
    ),
)

RT = Table(
    "rt",
    "One row per RT and period in which its desa, number and name did not change. Where `events` "
    "are recorded, this table follows from them and need not be there.",
    ("rt_id", "valid_from"),
    (
        Column(
            "rt_id",
            "text",
            "Stable identifier, never used again for another RT; the last digit is a check digit.",
            pattern=RT_ID,
        ),
        _VALID_FROM,
        _VALID_TO,
        Column(
            "desa_id",
            "text",
            "Desa or kelurahan of the RT.",
            pattern=DESA_ID,
            refers_to="areas.area_id",
        ),
        Column(
            "number",
            "text",
            "Number of the RT within its desa; may repeat under another RW.",
            pattern=r"\d{3}",
        ),
        Column("rw", "text", "Number of the RW.", empty=True, pattern=r"\d{3}"),
        Column("dusun", "text", "Dusun or lingkungan.", empty=True),
        Column("name", "text", "Name as people write it."),
        Column(
            "idsls",
            "text",
            "BPS code of the neighbourhood (SLS), where known.",
            empty=True,
            optional=True,
            pattern=r"\d{14}",
        ),
        Column("source", "text", "Where the row comes from."),
    ),
)

EVENTS = Table(
    "events",
    "One row per event in the life of an RT, RW, dusun, desa or kecamatan. Rows are never changed "
    "or taken away: a later row corrects an earlier one and says why.",
    ("event_id",),
    (
        Column("event_id", "text", "Identifier of the event.", pattern=r"E\d{5,7}"),
        Column("level", "text", "Level of the units it is about.", allowed=EVENT_LEVELS),
        Column("kind", "text", "What happened.", allowed=EVENT_KINDS),
        Column("date", "date", "First day on which what it brings about holds."),
        Column("sk_number", "text", "Number of the decision (SK or Perdes).", empty=True),
        Column(
            "corrects",
            "text",
            "Earlier event that this row replaces.",
            empty=True,
            refers_to="events.event_id",
        ),
        Column("reason", "text", "Why the earlier event is corrected.", empty=True),
        Column("recorded_on", "date", "Day on which the row was written.", empty=True),
        Column("note", "text", "Remark; never about a person.", empty=True),
        Column("source", "text", "Where the event is recorded."),
    ),
)

EVENT_UNITS = Table(
    "event_units",
    "One row per event and unit before it, and per unit after it with what holds from then on.",
    ("event_id", "role", "unit_id"),
    (
        Column("event_id", "text", "Event.", refers_to="events.event_id"),
        Column("role", "text", "Whether it is before or after.", allowed=("before", "after")),
        Column(
            "unit_id",
            "text",
            "RT by its `rt_id`, RW and dusun alike, desa and kecamatan by their code.",
            pattern=UNIT_ID,
        ),
        Column(
            "parent_id",
            "text",
            "After: area that holds the unit from then on.",
            empty=True,
            pattern=AREA_ID,
            refers_to="areas.area_id",
        ),
        Column("number", "text", "After: number of the RT or RW.", empty=True, pattern=r"\d{3}"),
        Column("rw", "text", "After: number of the RW.", empty=True, pattern=r"\d{3}"),
        Column("dusun", "text", "After: dusun or lingkungan.", empty=True),
        Column("name", "text", "After: name as people write it.", empty=True),
        Column(
            "idsls",
            "text",
            "After: BPS code of the neighbourhood (SLS), where known.",
            empty=True,
            optional=True,
            pattern=r"\d{14}",
        ),
    ),
)

RT_BOUNDARIES = Table(
    "rt_boundaries",
    "One row per RT and period in which its polygon did not change.",
    ("rt_id", "valid_from"),
    (
        Column("rt_id", "text", "RT of the polygon.", pattern=RT_ID, refers_to="rt.rt_id"),
        _VALID_FROM,
        _VALID_TO,
        Column(
            "boundary_kind",
            "text",
            "How the polygon came about.",
            allowed=("official", "indicative", "schematic"),
        ),
        Column("source", "text", "Where the polygon comes from."),
        Column("geometry", "geometry", "Polygon or MultiPolygon, EPSG:4326, longitude first."),
    ),
)

AREA_BOUNDARIES = Table(
    "area_boundaries",
    "One row per area above the RT and period in which its polygon did not change; "
    "for regions whose RTs have no polygons yet.",
    ("area_id", "valid_from"),
    (
        Column(
            "area_id",
            "text",
            "Area of the polygon.",
            pattern=AREA_ID,
            refers_to="areas.area_id",
        ),
        *RT_BOUNDARIES.columns[1:],
    ),
)

HOUSEHOLDS = Table(
    "households",
    "One row per household (keluarga) and data round.",
    ("household_id", "as_of"),
    (
        Column("household_id", "text", "Pseudonym of the household.", personal=True),
        _AS_OF,
        Column(
            "rt_id", "text", "RT where the household lives.", pattern=RT_ID, refers_to="rt.rt_id"
        ),
        Column("n_residents", "integer", "People in the household.", "persons", minimum=1),
        Column(
            "spending_idr",
            "number",
            "Spending per person; empty: not known, which is not the same as poor or not poor.",
            "rupiah/person/month",
            empty=True,
            personal=True,
            minimum=0,
        ),
        Column(
            "dtsen_desil",
            "integer",
            "DTSEN desil: national rank of the family, 1 is the poorest tenth.",
            empty=True,
            personal=True,
            minimum=1,
            maximum=10,
        ),
        *(
            Column(
                name,
                "boolean",
                f"Criterion {i} of the 14 of BPS is met.",
                empty=True,
                personal=True,
            )
            for i, name in enumerate(CRITERIA, 1)
        ),
        Column(
            "lon",
            "number",
            "Longitude of the house.",
            "degree",
            True,
            personal=True,
            minimum=-180,
            maximum=180,
        ),
        Column(
            "lat",
            "number",
            "Latitude of the house.",
            "degree",
            True,
            personal=True,
            minimum=-90,
            maximum=90,
        ),
    ),
)

RESIDENTS = Table(
    "residents",
    "One row per person and data round.",
    ("resident_id", "as_of"),
    (
        Column("resident_id", "text", "Pseudonym of the person.", personal=True),
        _AS_OF,
        Column("household_id", "text", "Household of the person.", personal=True),
        Column(
            "sex",
            "text",
            "Sex as registered.",
            empty=True,
            personal=True,
            allowed=("male", "female"),
        ),
        Column("birth_date", "date", "Date of birth.", empty=True, personal=True),
    ),
)

PROGRAMMES = Table(
    "programmes",
    "One row per programme of the model.",
    ("programme_id",),
    (
        Column("programme_id", "text", "Short identifier.", pattern=r"[a-z][a-z0-9_]{1,39}"),
        Column("name", "text", "Name in Indonesian."),
        Column("name_en", "text", "Name in English."),
        Column("pillar", "text", "Pillar of the model.", allowed=PILLARS),
        Column(
            "field",
            "text",
            "Field within the pillar.",
            allowed=(
                "registry",
                "economic",
                "political",
                "socio_cultural",
                "musrenbang_rt",
                "mentoring",
                "training",
                "health",
                "environment",
                "education",
            ),
        ),
        Column(
            "target",
            "text",
            "Households the programme is meant for.",
            allowed=("all", "poor", "poor_with_school_children"),
        ),
        _VALID_FROM,
        _VALID_TO,
        Column("source", "text", "Where the programme is described."),
    ),
)

PROGRAMME_REPORTS = Table(
    "programme_reports",
    "One row per programme, data round and RT whose list of recipients has come in. "
    "Without a row it is unknown who was reached; with one, who is not enrolled was not reached.",
    ("programme_id", "as_of", "rt_id"),
    (
        Column("programme_id", "text", "Programme.", refers_to="programmes.programme_id"),
        _AS_OF,
        Column("rt_id", "text", "RT whose list has come in.", pattern=RT_ID, refers_to="rt.rt_id"),
    ),
)

ENROLMENTS = Table(
    "enrolments",
    "One row per household reached by a programme in a data round.",
    ("programme_id", "as_of", "household_id"),
    (
        Column("programme_id", "text", "Programme.", refers_to="programmes.programme_id"),
        _AS_OF,
        Column("household_id", "text", "Household that was reached.", personal=True),
    ),
)

PARAMETERS = Table(
    "parameters",
    "One row per dated value that law or statistics set: poverty line, thresholds.",
    ("parameter_id", "area_id", "valid_from"),
    (
        Column("parameter_id", "text", "Name of the value.", pattern=r"[a-z][a-z0-9_]*"),
        Column("area_id", "text", "Area for which it holds.", pattern=AREA_ID),
        _VALID_FROM,
        _VALID_TO,
        Column("value", "number", "The value."),
        Column("unit", "text", "Its unit."),
        Column("source", "text", "Where it is published; `invented` for the sample."),
    ),
)

TABLES = (
    AREAS,
    EVENTS,
    EVENT_UNITS,
    RT,
    RT_BOUNDARIES,
    AREA_BOUNDARIES,
    HOUSEHOLDS,
    RESIDENTS,
    PROGRAMMES,
    PROGRAMME_REPORTS,
    ENROLMENTS,
    PARAMETERS,
)
"""Every table, in the order in which they may refer to each other."""
