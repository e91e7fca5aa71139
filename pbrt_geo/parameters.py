"""Dated values that law or statistics set: poverty line, thresholds, weights.

They are data with a unit and a source (`parameters.csv` of a region), never numbers in code.
"""

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from pbrt_geo.errors import RegionError


def holds_on(table: pd.DataFrame, date: dt.date) -> pd.Series:
    """Mark the rows that hold on `date`: `valid_from` <= date < `valid_to`."""
    day = pd.Timestamp(date)
    open_ended = table["valid_to"].isna()
    return (table["valid_from"] <= day) & (open_ended | (table["valid_to"] > day))


@dataclass(frozen=True)
class Parameters:
    """The `parameters` table of a region, asked by name and date."""

    table: pd.DataFrame

    def on(self, parameter_id: str, date: dt.date, default: float | None = None) -> float:
        """
        Return the value of a parameter on a date.

        Raises
        ------
        RegionError
            If the region has no such value on that date and no default is given.
        """
        rows = self.table[self.table["parameter_id"] == parameter_id]
        rows = rows[holds_on(rows, date)]
        if len(rows):
            return float(rows["value"].iloc[-1])
        if default is None:
            raise RegionError.of("no_parameter", parameter=parameter_id, date=date.isoformat())
        return default
