"""Writing a public edition to a folder: what is said, the land it is said of, and the seal."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from pbrt_geo.disclosure.rule import Rule
from pbrt_geo.edition import (
    ABOUT,
    FORMAT,
    RANGE,
    SINCE_FORMAT_2,
    SINCE_FORMAT_3,
    Edition,
    content_hash,
    file_hash,
    read_edition,
)
from pbrt_geo.files import write_parquet
from pbrt_geo.schema import LEVELS
from pbrt_geo.seal import move_into_place

_SAME = (
    *("areas.parquet", "programmes.parquet", "rt_lives.parquet", "event_units.parquet"),
    *(f"boundaries_{level}.parquet" for level in LEVELS),
    *(f"map_{level}.json" for level in LEVELS),
)
"""Files that hold no number of people; they are copied as they are."""

_KEPT = (
    *("region", "as_of", "as_of_estimated", "boundary_date"),
    *("method_version", "sources", "n_polygons"),
)
"""What a public edition says of itself in the same words. Its internal edition is not named."""

_WRITTEN_BY_HAND = ("reason", "note")
"""Remarks on events; nobody has read them for what they give away."""


def write_public(
    internal: Edition, table: pd.DataFrame, rule: Rule, certificate: dict[str, Any], out: Path
) -> Edition:
    """
    Write and seal a public edition beside `out`, and move it there in one step.

    Parameters
    ----------
    table
        What is said, as `statements.decide` gives it.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".edition-", dir=out.parent))
    try:
        _write_tables(internal, table, work)
        _seal(internal, table, {"rule": rule.as_dict(), "certificate": certificate}, rule, work)
        move_into_place(work, out)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return read_edition(out)


def _write_tables(internal: Edition, table: pd.DataFrame, folder: Path) -> None:
    for name in _SAME:
        if (internal.path / name).exists():
            shutil.copyfile(internal.path / name, folder / name)
    write_parquet(public_values(internal, table), folder / "values.parquet")
    events = internal.events.assign(**dict.fromkeys(_WRITTEN_BY_HAND, ""))
    write_parquet(events.reset_index(), folder / "events.parquet")
    empty = {name: SINCE_FORMAT_2[name] for name in ("crosswalk", "converted")} | SINCE_FORMAT_3
    for name, columns in (empty | {"overlaps": ("programme_id",)}).items():
        write_parquet(pd.DataFrame(columns=list(columns), dtype=object), folder / f"{name}.parquet")


def public_values(internal: Edition, table: pd.DataFrame) -> pd.DataFrame:
    """
    Return `values` of a public edition: what is said, in the order of the internal edition.

    Counts, denominators and shares of what is known are not there (NaN).
    """
    order = [indicator.id for indicator in internal.indicators]
    names = table["indicator"].astype("str")
    there = set(names.unique())
    values = table.assign(
        indicator=pd.Categorical(names, [name for name in order if name in there]),
        level=pd.Categorical(table["level"].astype("str"), list(LEVELS)),
        state=pd.Categorical(table["state"].astype("str")),
        period=pd.Timestamp(internal.as_of),
        since=pd.to_datetime(table["since"]),
        closed=table["closed"].astype(bool),
        at=internal.areas.index.get_indexer(table["area_id"]),
    ).sort_values(["indicator", "level", "at"], ignore_index=True)
    nothing = dict.fromkeys(("numerator", "denominator", "known_rate"), float("nan"))
    columns = ["area_id", "level", "period", "indicator", "value", *nothing, "state", *RANGE]
    return values.assign(**nothing)[columns]


def _seal(
    internal: Edition, table: pd.DataFrame, disclosure: dict[str, Any], rule: Rule, folder: Path
) -> None:
    about: dict[str, Any] = {name: internal.about[name] for name in _KEPT}
    about |= {
        "format": FORMAT,
        "kind": "public",
        "indicators": public_indicators(internal, table, rule),
        "disclosure": disclosure,
        "files": {file.name: file_hash(file) for file in sorted(folder.iterdir())},
    }
    about["id"] = content_hash(about)
    text = json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / ABOUT).write_text(text + "\n", encoding="utf-8", newline="\n")


def public_indicators(internal: Edition, table: pd.DataFrame, rule: Rule) -> list[dict[str, Any]]:
    """Describe the published indicators, each with the limits of its classes of RTs."""
    levels = table.astype({"indicator": "str"}).groupby("indicator")["level"].agg(set)
    return [
        entry | {"classes": _classes(entry, rule) if "rt" in levels[entry["id"]] else []}
        for entry in internal.about["indicators"]
        if entry["id"] in levels.index
    ]


def _classes(entry: dict[str, Any], rule: Rule) -> list[float]:
    protected, opened = rule.entry(entry["base"]), rule.open_entry(entry["base"])
    if protected is not None:
        return list(protected.classes)
    exact = opened is None or opened.exact
    return [] if exact else list(entry["breaks"])
