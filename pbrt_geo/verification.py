"""Looking at whole editions: is one what its seal says, and what differs between two."""

from pathlib import Path

import pandas as pd

from pbrt_geo import schema
from pbrt_geo.edition import ABOUT, Edition, content_hash, file_hash, read_edition
from pbrt_geo.errors import Problem


def verify_edition(path: Path | str) -> list[Problem]:
    """
    Compare an edition with its seal.

    Returns
    -------
    problems
        Changed, missing and foreign files, a changed description, personal columns; empty if the
        edition is what its id says.
    """
    edition = read_edition(path)
    sealed: dict[str, str] = edition.about["files"]
    present = {file.name for file in edition.path.iterdir()} - {ABOUT}
    problems = [Problem("missing_file", {"file": name}) for name in sorted(set(sealed) - present)]
    problems += [Problem("foreign_file", {"file": name}) for name in sorted(present - set(sealed))]
    for name in sorted(present & set(sealed)):
        if file_hash(edition.path / name) != sealed[name]:
            problems.append(Problem("changed_file", {"file": name}))
    if content_hash(edition.about) != edition.id:
        problems.append(Problem("changed_file", {"file": ABOUT}))
    return problems or _personal_columns(edition)


def _personal_columns(edition: Edition) -> list[Problem]:
    import pyarrow.parquet as pq

    personal = {name for table in schema.TABLES for name in table.personal}
    found = []
    for file in sorted(edition.path.glob("*.parquet")):
        for name in sorted(personal & set(pq.read_schema(file).names)):
            found.append(Problem("personal_column", {"file": file.name, "column": name}))
    return found


def compare_editions(before: Edition, after: Edition) -> pd.DataFrame:
    """
    List the numbers that differ between two editions.

    Returns
    -------
    differences
        `area_id`, `level`, `indicator`, `value_before`, `value_after`, `state_before`,
        `state_after`, `change`; an area that one edition lacks is `not_yet_formed` there.
    """
    key = ["area_id", "level", "indicator"]
    tables = [
        edition.values.assign(level=lambda t: t["level"].astype("str"))
        .assign(indicator=lambda t: t["indicator"].astype("str"))[[*key, "value", "state"]]
        .astype({"state": "object"})
        for edition in (before, after)
    ]
    both = tables[0].merge(tables[1], on=key, how="outer", suffixes=("_before", "_after"))
    for column in ("state_before", "state_after"):
        both[column] = both[column].fillna("not_yet_formed")
    both["change"] = both["value_after"] - both["value_before"]
    same_number = (both["value_before"] == both["value_after"]) | both["change"].isna()
    same = same_number & (both["state_before"] == both["state_after"])
    return both[~same].sort_values(key, ignore_index=True)
