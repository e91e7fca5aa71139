"""A comparison of two vintages of boundaries as a folder: for a map, and for a person to decide.

| file | what |
|---|---|
| `proposals.csv` | one row per proposed event; the column `decision` is for `terima` or `tolak` |
| `comparison.json` | what was compared, the counts, and the reasons of each proposal |
| `old.json`, `new.json` | the boundaries, simplified for the browser |

Nothing in it is an event yet. Reading needs nothing of the code that compares.
"""

import csv
import html
import io
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from pbrt_geo.errors import BoundaryError, Problem
from pbrt_geo.text import vintages as words
from pbrt_geo.text.vintages import COLUMNS, KINDS

if TYPE_CHECKING:
    import geopandas as gpd

    from pbrt_geo.boundaries import Comparison

FORMAT = 1
ABOUT, PROPOSALS = "comparison.json", "proposals.csv"
MAPS = {"old": "old.json", "new": "new.json"}
DECISIONS = ("", "terima", "tolak")

_TOLERANCE = {"desa": 0.0003, "rt": 0.0001}  # degrees: about 33 m and 11 m
_DECIMALS = 5  # about 1 m
_FORMULA = re.compile("^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBERS = ("moved_ha", "overlap", "confidence")
_NEEDED = ("proposal_id", "kind", "before", "after", "decision")


@dataclass(frozen=True)
class ComparisonFolder:
    """A comparison that was written: its proposals with decisions, and the files of two maps."""

    path: Path
    about: dict[str, Any]
    proposals: pd.DataFrame

    @property
    def old_map(self) -> Path:
        """GeoJSON of the old boundaries: position, id and escaped name of each unit."""
        return self.path / MAPS["old"]

    @property
    def new_map(self) -> Path:
        """GeoJSON of the new boundaries."""
        return self.path / MAPS["new"]

    def side(self, side: str) -> str:
        """Name what was compared: a file, or a region and a date."""
        return str(self.about["sides"].get(side, {}).get("label", ""))

    def summary(self, language: str = "id") -> str:
        """Say in figures what stayed and what is proposed."""
        return words.summary(self.about["counts"], self.about["tolerance_m"], language)

    def notes(self, language: str = "id") -> list[str]:
        """Say what must be known to judge the proposals."""
        return [Problem(n["key"], n["facts"]).text(language) for n in self.about["notes"]]

    def reasons(self, proposal_id: str, language: str = "id") -> list[str]:
        """Say why an event is proposed and what speaks against it, the latter first."""
        found = self.about["reasons"].get(proposal_id, [])
        return [words.reason(reason["key"], reason["facts"], language) for reason in found]


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


def write_comparison(
    comparison: "Comparison", folder: Path | str, language: str = "id"
) -> ComparisonFolder:
    """
    Write a comparison as a folder, in one step or not at all.

    A folder of an earlier comparison is replaced; decisions on proposals that are proposed again
    are kept. `language` is that of the reasons in `proposals.csv`.

    Raises
    ------
    BoundaryError
        If something else is in the place of the folder.
    """
    folder = Path(folder)
    proposals = _with_decisions(comparison.proposals, folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".comparison-", dir=folder.parent))
    try:
        contents = {ABOUT: _about(comparison), PROPOSALS: proposals_csv(proposals, language)}
        for side, name in MAPS.items():
            contents[name] = _map(comparison, side)
        for name, text in contents.items():
            (work / name).write_bytes(text.encode("utf-8"))
        _move_into_place(work, folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return read_comparison(folder)


def _with_decisions(proposals: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Take over what was decided in a folder that is replaced."""
    if not folder.exists() or not any(folder.iterdir()):
        return proposals
    if not (folder / ABOUT).is_file():
        raise BoundaryError.of("comparison_in_the_way", folder=folder.name)
    try:
        earlier = read_proposals(folder / PROPOSALS)
    except BoundaryError:
        return proposals
    key = ["kind", "before", "after"]
    decided = earlier.drop_duplicates(key).set_index(key)["decision"]
    kept = decided.reindex(pd.MultiIndex.from_frame(proposals[key])).fillna("")
    return proposals.assign(decision=kept.to_numpy())


def _about(comparison: "Comparison") -> str:
    rows = zip(comparison.proposals["proposal_id"], comparison.proposals["reasons"], strict=True)
    about = {
        "format": FORMAT,
        "level": comparison.level,
        "tolerance_m": comparison.tolerance_m,
        "sides": comparison.sides,
        "counts": comparison.counts,
        "notes": [{"key": note.key, "facts": note.facts} for note in comparison.notes],
        "outline": comparison.outline.to_dict(orient="records"),
        "reasons": {
            proposal: [
                {"key": r.key, "minus": r.minus, "facts": r.facts}
                for r in sorted(reasons, key=lambda r: -r.minus)
            ]
            for proposal, reasons in rows
        },
    }
    return json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def proposals_csv(proposals: pd.DataFrame, language: str = "id") -> str:
    """Write proposals for a spreadsheet; a cell that it would run as a formula gets an `'`."""
    out = io.StringIO()
    out.write("\ufeff")  # Excel takes a file without it for one in another alphabet
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*COLUMNS, "reasons"])
    for row in proposals.itertuples():
        told = " ".join(
            words.reason(r.key, r.facts, language)
            for r in sorted(row.reasons, key=lambda r: -r.minus)
        )
        writer.writerow([text_cell(getattr(row, column)) for column in COLUMNS] + [told])
    return out.getvalue()


def text_cell(value: Any) -> str:
    """Write a value so that no spreadsheet takes it for a formula."""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def _map(comparison: "Comparison", side: str) -> str:
    rows: gpd.GeoDataFrame = getattr(comparison, side)
    told = comparison.units[comparison.units["side"] == side]
    tolerance = _TOLERANCE.get(comparison.level, min(_TOLERANCE.values()))
    shapes = shapely.coverage_simplify(rows.geometry.to_numpy(), tolerance)
    shapes = shapely.transform(shapes, lambda xy: np.round(xy, _DECIMALS))
    features = [
        f'{{"type":"Feature","properties":{_properties(i, unit, name)},"geometry":{shape}}}'
        for i, (unit, name, shape) in enumerate(
            zip(told["unit_id"], told["name"], shapely.to_geojson(shapes), strict=True)
        )
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"


def _properties(position: int, unit: str, name: str | None) -> str:
    # Names are escaped here, once, as in the maps of an edition; an id has no such characters.
    entry = {"i": position, "id": unit, "n": html.escape(name or unit), "p": ""}
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def _move_into_place(work: Path, folder: Path) -> None:
    for file in work.iterdir():
        with file.open("rb+") as opened:
            os.fsync(opened.fileno())
    work.chmod(0o755)
    if folder.exists():
        aside = Path(tempfile.mkdtemp(prefix=".old-", dir=folder.parent))
        folder.rename(aside / folder.name)
        work.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)
    else:
        work.rename(folder)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def read_comparison(folder: Path | str) -> ComparisonFolder:
    """
    Read the folder of a comparison.

    Raises
    ------
    BoundaryError
        If it is none, or a file of it cannot be read.
    """
    folder = Path(folder)
    if not (folder / ABOUT).is_file() or not (folder / PROPOSALS).is_file():
        raise BoundaryError.of("comparison_missing", folder=folder.name)
    about = _read_about(folder)
    for name in MAPS.values():
        if not (folder / name).is_file():
            raise BoundaryError.of("comparison_damaged", folder=folder.name, file=name)
    return ComparisonFolder(folder, about, read_proposals(folder / PROPOSALS))


def _read_about(folder: Path) -> dict[str, Any]:
    """Read the description; that all of it can be said is the check of what is in it."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        told = ComparisonFolder(folder, about, pd.DataFrame())
        sayable = [told.summary(), told.side("old"), *told.notes()]
        sayable += [text for proposal in about["reasons"] for text in told.reasons(proposal)]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BoundaryError.of("comparison_damaged", folder=folder.name, file=ABOUT) from error
    if about.get("format") != FORMAT or not sayable:
        raise BoundaryError.of("comparison_damaged", folder=folder.name, file=ABOUT)
    return dict(about)


def read_proposals(path: Path | str) -> pd.DataFrame:
    """
    Read proposals that a person may have edited in a spreadsheet: the file, or its folder.

    Commas, semicolons and tabs may separate the cells, as the spreadsheet likes; empty cells are
    empty text, and an `'` before what looks like a formula is taken off again.

    Returns
    -------
    proposals
        Columns of `COLUMNS`; those a person left out are empty. `decision` in small letters.

    Raises
    ------
    BoundaryError
        If there is no such file, columns are missing, or a decision or a kind is none.
    """
    path = Path(path)
    path = path / PROPOSALS if path.is_dir() else path
    text = _text_of(path)
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    missing = [name for name in _NEEDED if name not in (rows.fieldnames or [])]
    if missing:
        columns = ", ".join(missing)
        raise BoundaryError.of("comparison_columns", file=path.name, columns=columns)
    cells = [{name: _read_cell(row.get(name)) for name in COLUMNS} for row in rows]
    return _typed(pd.DataFrame(cells, columns=list(COLUMNS), dtype="str"), path.name)


def _text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BoundaryError.of("comparison_missing", folder=path.name) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")  # what Excel writes where not told other


def _typed(table: pd.DataFrame, file: str) -> pd.DataFrame:
    for column in _NUMBERS:
        plain = table[column].str.replace(",", ".", regex=False)
        table[column] = pd.to_numeric(plain, errors="coerce").astype("float64")
    for column, known, facts in (
        ("decision", DECISIONS, {}),
        ("kind", KINDS, {"known": ", ".join(KINDS)}),
    ):
        table[column] = table[column].str.casefold()
        bad = np.flatnonzero(~table[column].isin(known))
        if len(bad):
            rows = ", ".join(str(row + 2) for row in bad[:5]) + (", …" if len(bad) > 5 else "")
            told = facts | {"n": len(bad), "rows": rows, "file": file}
            raise BoundaryError.of(f"comparison_{column}", **told)
    return table


def _read_cell(cell: Any) -> str:
    text = str(cell or "").strip()
    return text[1:] if text[:1] == "'" and _FORMULA.match(text[1:]) else text
