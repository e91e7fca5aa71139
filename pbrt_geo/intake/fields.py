"""Every field that a file from the field can bring: where it goes, its type, how it is called.

Declared in `fields.toml`, with the kinds of files and what is known there but not taken. Headers
are compared folded: `fold("No. KK (16 digit)")` is `no_kk`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

TYPES = (
    *("key", "text", "name", "nik", "kk", "date", "integer", "number", "money", "desil"),
    *("boolean", "flag", "choice", "rt", "rt_rw", "code", "place_name", "address"),
    *("coordinate", "latlon"),
)


@dataclass(frozen=True)
class Field:
    """
    One field: what a column of a file can be.

    `table` and `column` are those of the registry; table `place` says where a household lives,
    table `row` is about the row itself, and for a flag the `column` is the programme. `latlon`
    holds pairs for the columns `lat` and `lon`. `head`: the person is the head of the household.
    `title` is the name of a programme of a region; what other fields are called stands in texts.
    """

    name: str
    type: str
    table: str
    column: str
    headers: frozenset[str]
    weak: frozenset[str] = frozenset()
    level: str = ""
    axis: str = ""
    head: bool = False
    minimum: float | None = None
    maximum: float | None = None
    units: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Source:
    """
    One kind of file.

    `evidence` is the source under which its evidence is stored; a file with at least `needs` of
    the `marks` among its headers is of this kind. `headers` and `weak` (the best first) add to
    those of the fields.
    """

    name: str
    evidence: str
    needs: int
    marks: frozenset[str]
    headers: Mapping[str, frozenset[str]]
    weak: Mapping[str, tuple[str, ...]]
    left_out: frozenset[str]
    left_out_beginning: tuple[str, ...]


def fold(header: str) -> str:
    """
    Return a header without what people write differently: case, accents, signs, numbering.

    The line before a name that Kobo gives is kept.

    >>> fold("1. Nama Lengkap (sesuai KTP)"), fold("Desa/Kelurahan"), fold("_index")
    ('nama_lengkap', 'desa_kelurahan', '_index')
    """
    text = unicodedata.normalize("NFKD", header).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c))
    bare = re.sub(r"\([^)]*\)", " ", text)
    bare = re.sub(r"^\W*(?:[a-z]\.?)?\d+[a-z]?(?:\.\d+)*[.)\s]+(?=\s*[a-z])", " ", bare)
    words = re.findall(r"[a-z0-9]+", bare) or re.findall(r"[a-z0-9]+", text)
    return ("_" if re.match(r"_+[a-z]", text) else "") + "_".join(words)


def last_part(header: str) -> str:
    """Return what follows the groups in a header of Kobo or ODK: `keluarga/nik` is `nik`."""
    return re.split(r"[/:]|(?<=\w)-", header)[-1] if re.fullmatch(r"\S+", header) else header


def _folded(headers: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(header) for header in headers)


@cache
def _declared() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("fields.toml").read_text(encoding="utf-8"))


def _field(name: str, told: Mapping[str, Any]) -> Field:
    table, column = told["to"].split(".")
    more = {
        key: told[key] for key in ("level", "axis", "head", "minimum", "maximum") if key in told
    }
    return Field(
        name,
        told["type"],
        table,
        column,
        _folded(told["headers"]),
        _folded(told.get("weak", ())),
        units=tuple(told.get("units", ())),
        **more,
    )


def _source(name: str, told: Mapping[str, Any]) -> Source:
    return Source(
        name,
        told["evidence"],
        told["needs"],
        _folded(told["marks"]),
        {field: _folded(headers) for field, headers in told.get("headers", {}).items()},
        {field: tuple(map(fold, headers)) for field, headers in told.get("weak", {}).items()},
        _folded(told["left_out"]) | _folded(_declared()["left_out"]["headers"]),
        tuple(fold(header) for header in told.get("left_out_beginning", ())),
    )


FIELDS: Mapping[str, Field] = MappingProxyType(
    {name: _field(name, told) for name, told in _declared()["field"].items()}
)
"""All fields, by name."""

SOURCES: Mapping[str, Source] = MappingProxyType(
    {name: _source(name, told) for name, told in _declared()["source"].items()}
)
"""The kinds of files; `plain` is every other."""

OTHERS_WORDS: tuple[str, ...] = tuple(fold(word) for word in _declared()["left_out"]["words"])
"""Words by which a header is about somebody or something else."""


def with_programmes(programmes: Iterable[tuple[str, str]]) -> Mapping[str, Field]:
    """
    Return all fields, and a flag for each programme of a region.

    Parameters
    ----------
    programmes
        Identifier and name of each; one that is among `FIELDS` gets its name as another header.
    """
    found = dict(FIELDS)
    taken = frozenset().union(*(field.headers | field.weak for field in FIELDS.values()))
    for programme, name in programmes:
        headers = _folded((programme, name)) - taken  # none goes by the name of a field
        known = found.get(programme)
        if known is None:
            found[programme] = Field(
                programme, "flag", "enrolments", programme, headers, title=name
            )
        elif known.type == "flag":
            found[programme] = replace(known, headers=known.headers | headers)
    return MappingProxyType(found)


def known_headers(source: str | None = None) -> frozenset[str]:
    """Return all folded headers that are known, of one kind of file or of all: taken or not."""
    found: set[str] = set()
    for field in FIELDS.values():
        found |= field.headers | field.weak
    for name, told in SOURCES.items():
        if source in (None, name):
            found |= told.marks | told.left_out
            found |= set().union(*told.headers.values(), *told.weak.values())
    return frozenset(found)
