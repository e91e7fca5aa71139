"""What reading a column gives: values, problems by cell, and what only a person can decide.

A problem never repeats what a cell holds, unless that is a short number: a name or a NIK may stand
in the wrong column.
"""

import datetime as dt
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]

Trouble = tuple[int, str, dict[str, Any], Severity]
"""A problem with one cell: its index in the column, the key of its text, facts, severity."""


@dataclass(frozen=True)
class How:
    """
    What was declared of a column, or is known beside it.

    `on` is the day of the import: no date lies after it. `decimal` is "," or ".", `date_order`
    "dmy" or "mdy", `scheme` that of codes; None: the column decides, or asks. `words` says what
    words (folded) or code numbers mean in a column of choices.
    """

    on: dt.date
    decimal: str | None = None
    date_order: str | None = None
    scheme: Literal["kemendagri", "bps"] | None = None
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """
    What a column does not decide by itself: the name of the setting in `How`, and its options.

    `cells` are the cells whose reading depends on it; until it is answered they are not read.
    """

    setting: str
    options: tuple[str, ...]
    cells: tuple[int, ...]


@dataclass
class Parsed:
    """
    A column as read. A value is None where the cell is empty, says so, or cannot be read.

    `none_told` are the cells that say in words or zeros that there is none ("Tidak Ada").
    """

    values: list[Any]
    problems: list[Trouble] = field(default_factory=list)
    none_told: frozenset[int] = frozenset()
    question: Question | None = None

    def trouble(self, index: int, key: str, severity: Severity = "error", **facts: Any) -> None:
        """Add a problem with one cell."""
        self.problems.append((index, key, facts, severity))


class Cell(NamedTuple):
    """What one text gives: a value, or nothing; and possibly a problem or "there is none"."""

    value: Any = None
    key: str = ""
    facts: Mapping[str, Any] = MappingProxyType({})
    severity: Severity = "error"
    none_told: bool = False


EMPTY = Cell()
NONE_TOLD = Cell(none_told=True)

Reader = Callable[[str, str], Cell]
"""Reads one text of some kind of cell, already clean and not empty."""

_BAD_KINDS = {"error": "error_value", "formula_empty": "formula_empty"}


def bad_cell(text: str, kind: str) -> Cell | None:
    """Return the problem of a cell of a kind that holds no value: an error, an empty formula."""
    if kind not in _BAD_KINDS:
        return None
    read = text if re.fullmatch(r"#[A-Z0-9/!?_]{1,14}", text) else "#"
    return Cell(key=_BAD_KINDS[kind], facts={"read": read})


@cache
def words() -> Mapping[str, Any]:
    """Return what `words.toml` declares."""
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


@cache
def _words() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(words()["nothing"][name]) for name in ("none", "nameless")}


def clean(text: str) -> str:
    """
    Return a text in NFC, without invisible characters, its spaces single.

    >>> clean("  SITI\\u200b   AMINAH\\u202e ")
    'SITI AMINAH'
    """
    if text.isascii() and text.isprintable():
        spaces = "  " in text or text[:1] == " " or text[-1:] == " "
        return " ".join(text.split()) if spaces else text
    plain = unicodedata.normalize("NFC", text)
    plain = "".join(" " if c.isspace() else c for c in plain)
    return " ".join("".join(c for c in plain if unicodedata.category(c)[0] != "C").split())


def says_none(text: str) -> bool:
    """Tell whether a text, already clean, says that there is none."""
    return text.casefold() in _words()["none"]


def is_nameless(text: str) -> bool:
    """Tell whether a text, already clean, stands where there is no name; NA and Null are names."""
    return text.casefold() in _words()["nameless"]


def shown(text: str) -> str:
    """Return a text as a message may repeat it: short numbers and dates, nothing else."""
    return text if re.fullmatch(r"[-+0-9.,/: ]{1,12}", text) else "…"


def read_each(
    texts: Sequence[str],
    kinds: Sequence[str],
    read: Reader,
    is_none: Callable[[str], bool] = says_none,
) -> Parsed:
    """Read a column text by text, each different text once; what `is_none` knows is not read."""
    found: dict[tuple[str, str], Cell] = {}
    parsed = Parsed([None] * len(texts))
    none_told = []
    for index, pair in enumerate(zip(texts, kinds, strict=True)):
        cell = found.get(pair)
        if cell is None:
            cell = found[pair] = _cell(*pair, read, is_none)
        parsed.values[index] = cell.value
        if cell.key:
            parsed.trouble(index, cell.key, cell.severity, **cell.facts)
        elif cell.none_told:
            none_told.append(index)
    parsed.none_told = frozenset(none_told)
    return parsed


def _cell(text: str, kind: str, read: Reader, is_none: Callable[[str], bool]) -> Cell:
    if bad := bad_cell(text, kind):
        return bad
    plain = clean(text)
    if not plain:
        return EMPTY
    return NONE_TOLD if is_none(plain) else read(plain, kind)


def numbered(texts: Iterable[str], kinds: Iterable[str]) -> Iterable[tuple[int, str, str]]:
    """Give the index, clean text and kind of the cells that hold something readable."""
    for index, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        if kind not in _BAD_KINDS and (plain := clean(text)) and not says_none(plain):
            yield index, plain, kind


def different(texts: Iterable[str], kinds: Iterable[str]) -> set[tuple[str, str]]:
    """Return the different texts of a column, clean, with their kinds; as `numbered`."""
    pairs = list(set(zip(texts, kinds, strict=True)))
    found = numbered((text for text, _ in pairs), (kind for _, kind in pairs))
    return {(text, kind) for _, text, kind in found}
