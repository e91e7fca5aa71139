"""Where the names of the columns stand in a sheet, and which rows below them hold data.

Sheets from the field begin with titles, spread headers over two rows with merged cells, and often
number the columns below them. The header is the row that holds the most known names.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pbrt_geo.errors import Problem
from pbrt_geo.intake.fields import fold, last_part
from pbrt_geo.intake.problems import IntakeError, letters
from pbrt_geo.read.sheets import Sheet, SheetFile

_LOOKED_AT = 60  # rows with anything in them
_FEWEST_KNOWN = 2
_MOST_NAMED = 5
_NUMBERED = re.compile(r"\(?(\d{1,3})\)?")
_FEWEST_NUMBERED = 3


@dataclass(frozen=True)
class Header:
    """
    The names of a sheet's columns.

    Attributes
    ----------
    row
        The last row of the header, from 0; data begin below.
    names
        A name for each column, as it is written; "" where there is none.
    n_title_rows
        How many rows stand above the header.
    """

    row: int
    names: tuple[str, ...]
    n_title_rows: int


def find_header(sheet: Sheet, known: Collection[str]) -> Header:
    """
    Find the header of a sheet.

    Parameters
    ----------
    known
        Names of columns, folded (`pbrt_geo.intake.fields.fold`).

    Raises
    ------
    IntakeError
        If no row holds at least two known names, or two columns have the same name.
    """
    known = frozenset(known)
    rows = [i for i, row in enumerate(sheet.cells) if any(row)][:_LOOKED_AT]
    counts = {row: len(set(_known(sheet.cells[row], known))) for row in rows}
    row = max(counts, key=lambda i: (counts[i], -i), default=0)
    if counts.get(row, 0) < _FEWEST_KNOWN:
        raise IntakeError.of("header_missing", sheet=sheet.name, n=len(rows))
    top, last, names = _with_neighbours(sheet, row, known)
    _check_different(sheet.name, last, names)
    return Header(_behind_numbers(sheet, last), names, top)


def data_rows(sheet: Sheet, header: Header) -> list[int]:
    """Return the rows below the header that hold anything, but no repetition of the header."""
    repeated = sheet.cells[header.n_title_rows : header.row + 1]
    return [
        i
        for i in range(header.row + 1, sheet.n_rows)
        if any(sheet.kinds[i]) and sheet.cells[i] not in repeated
    ]


def choose_sheet(
    file: SheetFile, known: Collection[str], name: str | None = None
) -> tuple[Sheet, Header]:
    """
    Return the sheet to read and its header: the one of that name, or the only one that fits.

    Hidden sheets are looked at only when they are asked for by name.

    Raises
    ------
    IntakeError
        If there is no sheet of that name, none fits, or several do.
    """
    if name is not None:
        for sheet in file.sheets:
            if sheet.name == name:
                return sheet, find_header(sheet, known)
        raise IntakeError.of("sheet_not_there", sheet=name, sheets=_listed(file.sheets))
    filled = [sheet for sheet in file.sheets if sheet.cells]
    shown = [sheet for sheet in filled if not sheet.hidden]
    if not shown:
        raise IntakeError.of("sheet_all_hidden", sheets=_listed(filled))
    fitting, errors = _fitting(shown, known)
    if not fitting:
        raise IntakeError(*(problem for error in errors for problem in error.problems))
    if len(fitting) > 1:
        raise IntakeError.of("sheet_several", sheets=_listed([sheet for sheet, _ in fitting]))
    return fitting[0]


def notes_on(file: SheetFile, sheet: Sheet) -> list[Problem]:
    """Return what a person should know about how a sheet was read, as notes."""
    found = []
    for key, n in (
        ("hidden_rows", sheet.n_hidden_rows),
        ("hidden_columns", sheet.n_hidden_columns),
    ):
        if n:
            found.append(Problem(f"sheet_{key}", {"sheet": sheet.name, "n": n}, "note"))
    if file.found.get("encoding") == "cp1252":
        found.append(Problem("csv_guessed_encoding", {"file": file.name}, "note"))
    return found


# ── the header ──────────────────────────────────────────────────────────────────────────────────


def _known(cells: list[str], known: frozenset[str]) -> Iterator[str]:
    for cell in cells:
        folded = {fold(cell), fold(last_part(cell))} & known if cell else ()
        yield from folded


def _is_known(cell: str, known: frozenset[str]) -> bool:
    return any(True for _ in _known([cell], known))


def _with_neighbours(
    sheet: Sheet, row: int, known: frozenset[str]
) -> tuple[int, int, tuple[str, ...]]:
    """Return the first and last row of the header and the names that they give together."""
    names = [_clean(cell) for cell in sheet.cells[row]]
    top = last = row
    if row + 1 < sheet.n_rows and _goes_on(sheet, row, known):
        last = row + 1
        groups, below = _spread(sheet, row), [_clean(cell) for cell in sheet.cells[last]]
        names = [b or a for a, b in zip(names, below, strict=True)]
    else:
        groups = _spread(sheet, row - 1) if row and _is_group(sheet, row - 1) else [""] * len(names)
        if any(groups):
            top = row - 1
            above = [_clean(cell) for cell in sheet.cells[top]]
            names = [name or a for name, a in zip(names, above, strict=True)]
    return top, last, _told_apart(names, groups)


def _goes_on(sheet: Sheet, row: int, known: frozenset[str]) -> bool:
    """Tell whether the next row names columns that this one leaves unnamed."""
    above, below = sheet.cells[row], sheet.cells[row + 1]
    if any(kind not in ("", "text") for kind in sheet.kinds[row + 1]):
        return False
    if any(_is_data(above, below, column, known) for column in range(len(above))):
        return False  # "Kepala Keluarga" is a header, and what a person is
    pairs = zip(above, below, strict=True)
    return any(b and b != a and _is_known(b, known) and not _is_known(a, known) for a, b in pairs)


def _is_data(above: list[str], below: list[str], column: int, known: frozenset[str]) -> bool:
    """Tell whether something that is no header stands under a header of one column."""
    is_alone = column + 1 == len(above) or bool(above[column + 1])
    is_header = is_alone and _is_known(above[column], known)
    return is_header and bool(below[column]) and not _is_known(below[column], known)


def _is_group(sheet: Sheet, row: int) -> bool:
    """Tell whether a row above the header holds groups of columns rather than a title."""
    return len({cell for cell in sheet.cells[row] if cell}) > 1


def _spread(sheet: Sheet, row: int) -> list[str]:
    """Return a row in which a cell that is merged over several columns stands in each of them."""
    cells = [_clean(cell) for cell in sheet.cells[row]]
    for top, left, bottom, right in sheet.merged:
        if top <= row <= bottom and left < len(cells):
            for column in range(left, min(right + 1, len(cells))):
                cells[column] = cells[left]
    return cells


def _told_apart(names: list[str], groups: list[str]) -> tuple[str, ...]:
    """Put the group before names that occur twice: "Kepala keluarga / Nama"."""
    n_times = Counter(map(_same, names))
    pairs = zip(names, groups, strict=True)
    return tuple(
        f"{group} / {name}"
        if name and group and group != name and n_times[_same(name)] > 1
        else name
        for name, group in pairs
    )


def _check_different(sheet: str, row: int, names: tuple[str, ...]) -> None:
    places: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        if name:
            places.setdefault(_same(name), []).append(column)
    twice = [columns for columns in places.values() if len(columns) > 1]
    if twice:
        told = [
            f"`{names[c[0]]}` ({', '.join(f'{letters(i)}{row + 1}' for i in c)})" for c in twice
        ]
        columns = ", ".join(told[:_MOST_NAMED]) + (", …" if told[_MOST_NAMED:] else "")
        raise IntakeError.of("header_twice", sheet=sheet, n=len(twice), columns=columns)


def _behind_numbers(sheet: Sheet, row: int) -> int:
    """Skip a row below the header that only numbers the columns: (1), (2), (3)."""
    if row + 1 >= sheet.n_rows:
        return row
    cells = [cell.strip() for cell in sheet.cells[row + 1] if cell.strip()]
    found = [_NUMBERED.fullmatch(cell) for cell in cells]
    numbers = [int(number[1]) for number in found if number]
    is_count = len(numbers) == len(cells) >= _FEWEST_NUMBERED
    if is_count and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return row + 1
    return row


def _clean(cell: str) -> str:
    return " ".join(cell.replace("`", "'").split())


def _same(name: str) -> str:
    return name.casefold()


# ── sheets ──────────────────────────────────────────────────────────────────────────────────────


def _fitting(
    sheets: list[Sheet], known: Collection[str]
) -> tuple[list[tuple[Sheet, Header]], list[IntakeError]]:
    fitting, errors = [], []
    for sheet in sheets:
        try:
            fitting.append((sheet, find_header(sheet, known)))
        except IntakeError as error:
            errors.append(error)
    return fitting, errors


def _listed(sheets: Collection[Sheet]) -> str:
    return ", ".join(f"`{sheet.name}`" for sheet in sheets)
