"""From a sheet to columns of values: which row is the header, what columns are, what cells say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pbrt_geo.errors import Problem
from pbrt_geo.intake.areas import WRITTEN
from pbrt_geo.intake.fields import Field, known_headers
from pbrt_geo.intake.header import Header, choose_sheet, data_rows
from pbrt_geo.intake.identity import against_nik
from pbrt_geo.intake.mapping import Mapping as Columns
from pbrt_geo.intake.mapping import learned_mapping, propose, source_of
from pbrt_geo.intake.parsed import How, Parsed, clean
from pbrt_geo.intake.problems import CellProblem, IntakeError
from pbrt_geo.intake.staging import KK, NAME, NIK, ROLE, Column
from pbrt_geo.intake.values import parse
from pbrt_geo.read.sheets import Sheet, SheetFile
from pbrt_geo.registry.store import Reading

Values = dict[Column, Sequence[Any]]

_LATLON = ("lat", "lon")


@dataclass(frozen=True)
class ColumnQuestion:
    """What a column does not decide by itself, and which answers there are (`Choices.settings`)."""

    column: int
    header: str
    setting: str
    options: tuple[str, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """How a sheet is laid out: its header, its rows of data, the kind of file, and its columns."""

    sheet: str
    header: Header
    rows: list[int]
    source: str
    columns: Columns


@dataclass
class Content:
    """What the cells say: values by table and column, texts of places, what is wrong and open."""

    values: Values = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)
    blank_kk: list[bool] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    questions: list[ColumnQuestion] = field(default_factory=list)
    at: dict[Column, int] = field(default_factory=dict)

    def place_of(self, at: Column) -> int | None:
        """Return the column of the sheet where something stands; None: the row as a whole."""
        if at == ("place", "address"):
            at = ("households", "address")
        if at in self.at or at[0] != "place":
            return self.at.get(at)
        near = {"rt": ("rt", "rt_rw", "rt_id"), "desa": ("desa", "desa_code", "idsls")}
        found = (self.at.get(("place", name)) for name in near.get(at[1], ()))
        return next((column for column in found if column is not None), None)


def layout_of(
    file: SheetFile,
    reading: Reading,
    fields: Mapping[str, Field],
    wanted: tuple[str | None, str | None, Mapping[str, str]],
) -> tuple[Sheet, Layout, list[Problem]]:
    """
    Find sheet, header, kind of file and the field of each column, as wanted or as proposed.

    Two columns for one field are a problem that a person mends by choosing; the first counts.

    Raises
    ------
    IntakeError
        If no sheet fits, or what is wanted is not there.
    """
    name, source, chosen = wanted
    sheet, header = choose_sheet(file, known_headers(), name)
    source = source or source_of(header.names)
    learned = learned_mapping(reading, source)
    columns = propose(header.names, source, learned, fields).choose(chosen, fields)
    problems: list[Problem] = []
    try:
        columns.check()
    except IntakeError as error:
        problems += error.problems
    layout = Layout(sheet.name, header, data_rows(sheet, header), columns.source, columns)
    return sheet, layout, problems


def read_content(
    sheet: Sheet,
    layout: Layout,
    fields: Mapping[str, Field],
    how: How,
    settings: Mapping[str, Mapping[str, str]],
    step: Callable[[float], None],
) -> Content:
    """Read all columns that were taken for a field."""
    content = Content()
    taken = [(i, fields[name]) for i, name in _taken(layout, fields)]
    for done, (column, field_) in enumerate(taken):
        header = layout.header.names[column]
        texts = [sheet.cells[row][column] for row in layout.rows]
        kinds = [sheet.kinds[row][column] for row in layout.rows]
        declared = _declared(how, settings.get(header, {}))
        _take(content, layout, column, field_, parse(field_, texts, kinds, declared), texts)
        step((done + 1) / len(taken))
    _settle(content, layout)
    return content


def _taken(layout: Layout, fields: Mapping[str, Field]) -> list[tuple[int, str]]:
    """Return columns and fields; what is said of the head only counts where no person is named."""
    taken = [(i, name) for name, i in layout.columns.columns.items()]
    own = {(fields[name].table, fields[name].column) for _, name in taken if not fields[name].head}
    return [
        (i, name) for i, name in taken if not (fields[name].head and (NAME in own or NIK in own))
    ]


def _declared(how: How, told: Mapping[str, str]) -> How:
    return How(how.on, told.get("decimal"), told.get("date_order"), how.scheme)


def _take(
    content: Content,
    layout: Layout,
    column: int,
    field_: Field,
    parsed: Parsed,
    texts: Sequence[str],
) -> None:
    at = (field_.table, field_.column)
    content.at.setdefault(at, column)
    if parsed.question:
        _ask(content, layout, column, parsed)
    if at == KK:
        bad = {index for index, *_ in parsed.problems} | parsed.none_told
        values = enumerate(parsed.values)
        content.blank_kk = [value is None and i not in bad for i, value in values]
    if field_.type == "rt":  # "RT 03 Dusun I" says more than a number: places read it
        _write(content, field_.column, parsed.values, [clean(text) for text in texts])
        return
    content.problems += [
        CellProblem(layout.sheet, layout.rows[index], column, key, facts, severity)
        for index, key, facts, severity in parsed.problems
    ]
    if field_.table == "place":
        _write(content, field_.column, parsed.values, None)
    elif field_.type == "latlon":
        for k, name in enumerate(_LATLON):
            pairs = [None if pair is None else pair[k] for pair in parsed.values]
            content.values.setdefault(("households", name), pairs)
    else:
        content.values[at] = parsed.values
    if field_.head:
        content.values.setdefault(ROLE, ["head"] * len(parsed.values))
    if at == ("households", "address"):
        _write(content, "address", parsed.values, None)


def _write(content: Content, name: str, values: Sequence[Any], texts: Sequence[str] | None) -> None:
    if name in WRITTEN:
        pairs = zip(values, texts or [""] * len(values), strict=True)
        content.written[name] = [value or text for value, text in pairs]


def _ask(content: Content, layout: Layout, column: int, parsed: Parsed) -> None:
    question = parsed.question
    assert question is not None
    rows = tuple(layout.rows[index] for index in question.cells)
    header = layout.header.names[column]
    asked = ColumnQuestion(column, header, question.setting, question.options, rows)
    content.questions.append(asked)


def _settle(content: Content, layout: Layout) -> None:
    """Warn of what a NIK tells otherwise."""
    nothing: list[Any] = [None] * len(layout.rows)
    niks = content.values.get(NIK)
    if niks is None:
        return
    births = content.values.get(("residents", "birth_date"), nothing)
    sexes = content.values.get(("residents", "sex"), nothing)
    column = content.at[NIK]
    content.problems += [
        CellProblem(layout.sheet, layout.rows[index], column, key, facts, severity)
        for index, key, facts, severity in against_nik(niks, births, sexes)
    ]
