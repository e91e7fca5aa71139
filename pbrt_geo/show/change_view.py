"""The change of one indicator between two dates as a file, with the mark of every conversion.

A view of change goes through the writers of `export`: CSV, XLSX, GeoJSON and GeoPackage hold the
same rows. `change_image` draws the map of the change.
"""

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from pbrt_geo.edition import Edition, Indicator
from pbrt_geo.schema import EVIDENCE, VALUE_STATES
from pbrt_geo.show import ways, words
from pbrt_geo.show.change import change_table
from pbrt_geo.show.columns import column_for
from pbrt_geo.show.view import View, public_columns, region_stem
from pbrt_geo.text import say

PARTS = ("before", "after", "change")
_SHORT_ID = 12


@dataclass(frozen=True)
class ChangeView(View):
    """One indicator on two dates and the difference; `edition` is the later one."""

    before: Edition = field(kw_only=True)

    @property
    def indicator(self) -> Indicator:
        """The indicator that is compared."""
        return self.indicators[0]

    @cached_property
    def table(self) -> pd.DataFrame:
        """
        One row per area, indexed by `area_id`.

        Columns of the place; then of the indicator `before.value`, `after.value` and
        `change.value`, `change.state` (why there is no difference), and `before.evidence` and
        `after.evidence` with the mark of a converted number. Of public editions `before` and
        `after` have the parts of a public view, and `change.way` says which way.
        """
        name, language = self.indicator.id, self.language
        if self.tells_ways:
            return self._ways_table()
        rows = change_table(self.before, self.edition, name, self.level).loc[self.areas]
        columns = self.place_texts()
        columns |= {f"{name}.{part}.value": rows[part].astype("float64") for part in PARTS}
        said = {state: say(f"state.{state}", language) for state in VALUE_STATES}
        columns[f"{name}.change.state"] = rows["state"].astype("object").map(said)
        marks = {e: words.conversion_mark(e, language) for e in EVIDENCE} | {"": ""}
        for part in PARTS[:2]:
            evidence = rows[f"evidence_{part}"]
            if evidence.ne("").any():
                columns[f"{name}.{part}.evidence"] = evidence.map(marks)
        return pd.DataFrame(columns, index=self.areas).rename_axis("area_id")

    @property
    def tells_ways(self) -> bool:
        """Tell whether it says which way ranges went, and no difference."""
        return self.edition.is_public and ways.are_told(
            self.before, self.edition, self.indicator.id, self.level
        )

    def _ways_table(self) -> pd.DataFrame:
        name, language = self.indicator.id, self.language
        columns = self.place_texts()
        for part, edition in zip(PARTS[:2], (self.before, self.edition), strict=True):
            column = column_for(edition, name, self.level, self.areas)
            told = public_columns(self.indicator, column, f"{name}.{part}", language)
            columns |= {k: v for k, v in told.items() if not k.endswith(".state")}
        rows = ways.ways(self.before, self.edition, name, self.level, self.areas)
        said = {way: say(f"map.way.{way}", language) for way in ways.WAYS} | {"": ""}
        columns[f"{name}.change.way"] = rows["way"].map(said)
        states = {state: say(f"state.{state}", language) for state in VALUE_STATES}
        columns[f"{name}.change.state"] = rows["state"].astype("object").map(states)
        return pd.DataFrame(columns, index=self.areas).rename_axis("area_id")

    @property
    def seal(self) -> dict[str, str]:
        """What every row ends with: both dates, that of the boundaries, both editions."""
        ids = (words.sealed_id(edition, _SHORT_ID) for edition in (self.before, self.edition))
        return {
            "from_date": self.before.about["as_of"],
            "as_of": self.edition.about["as_of"],
            "boundary_date": self.edition.about["boundary_date"],
            "edition": "+".join(dict.fromkeys("+".join(ids).split("+"))),
        } | self.use

    def heading(self, column: str) -> str:
        """Write the head of a column in the language of the view."""
        indicator = self.indicator_of(column)
        if indicator is None:
            key = "changes.from_date" if column == "from_date" else f"export.column.{column}"
            return say(key, self.language)
        when, part = column.split(".")[-2:]
        edition = self.before if when == "before" else self.edition
        name = words.indicator_name(indicator, self.language, self.edition.programmes)
        facts = {"name": name, "year": words.year_name(edition, self.language)}
        if when == "change":
            facts["unit"] = words.indicator_text(indicator, "unit", self.language)
            if indicator.kind == "rate":
                facts["unit"] = say("map.points", self.language)
        return say(f"changes.{when}.{part}", self.language, **facts)

    def indicator_of(self, column: str) -> Indicator | None:
        """Return the indicator whose column this is; None for the columns of the place."""
        return self.indicator if column.startswith(f"{self.indicator.id}.") else None

    @property
    def day(self) -> str:
        """Both dates, for names, and that of the boundaries."""
        seal = self.seal
        return f"{seal['from_date']}_{seal['as_of']}_batas_{seal['boundary_date']}"

    @property
    def file_stem(self) -> str:
        """Name of a file with this view, without its ending: only letters, digits, `-` and `_`."""
        return f"{region_stem(self.edition)}_{self.level}_perubahan_{self.day}"


def change_view(
    before: Edition,
    after: Edition,
    indicator_id: str,
    level: str,
    language: str = "id",
    areas: pd.Index | None = None,
) -> ChangeView:
    """
    Choose what to export of two editions on common boundaries; all areas where left out.

    Raises
    ------
    EditionError
        If `after` does not have the indicator.
    """
    ids = after.ids(level) if areas is None else areas
    indicator = after.indicator(indicator_id)
    return ChangeView(after, level, (indicator,), language, ids, before=before)
