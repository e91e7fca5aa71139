"""Which column of a file is which field: proposed with a reason, chosen by a person, remembered.

A header is taken for a field if it was taken for it before (`learned`), if it is one of the field's
headers (`exact`), or if every word of it is but a misspelling of such a header's (`similar`): short
words must agree, so "No KKS" is never "No KK". What is `left_out` is known and has no place in the
registry, or is about somebody else ("Nama Ibu"); `weaker` means that another column fits better.
"""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from typing import Literal

from rapidfuzz.distance import OSA
from sqlalchemy import select

from pbrt_geo.errors import Problem
from pbrt_geo.intake.fields import FIELDS, OTHERS_WORDS, SOURCES, Field, Source, fold, last_part
from pbrt_geo.intake.problems import IntakeError, letters
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.store import Reading, Work
from pbrt_geo.text import has, say

Reason = Literal["chosen", "learned", "exact", "similar", "weaker", "left_out", "unknown"]

_WEAK, _WEAKER, _SIMILAR = 90.0, 85.0, 75.0
"""How sure a header is that is good where there is no better; how sure what resembles one."""

_SHORT, _LONG = 4, 9
"""Words of up to so many letters must agree; longer ones may differ in one letter, long in two."""

_SHOWN = 40
_GEOPOINT = re.compile(
    r"_(.+)_(latitude|longitude|altitude|precision)|(.+)-(latitude|longitude|altitude|accuracy)"
)
_AXES = {"latitude": "lat", "longitude": "lon"}
_REMEMBERED = 60


@dataclass(frozen=True)
class Match:
    """What one column was taken for: a field, or "" for none; how sure (0–100), and why."""

    column: int
    header: str
    field: str
    score: float
    reason: Reason


@dataclass(frozen=True)
class Mapping:
    """What the columns of a file were taken for, in their order."""

    source: str
    matches: tuple[Match, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Field of each column; "" for none."""
        return tuple(match.field for match in self.matches)

    @property
    def columns(self) -> dict[str, int]:
        """Column of each field; the first, should it have two."""
        return {match.field: match.column for match in reversed(self.matches) if match.field}

    @property
    def duplicates(self) -> dict[str, tuple[int, ...]]:
        """Fields that several columns were taken for, with these columns."""
        found: dict[str, list[int]] = {}
        for match in self.matches:
            if match.field:
                found.setdefault(match.field, []).append(match.column)
        return {field: tuple(columns) for field, columns in found.items() if len(columns) > 1}

    def choose(self, chosen: Map[str, str], fields: Map[str, Field] = FIELDS) -> "Mapping":
        """
        Return the mapping with what a person chose: a field, or "", by header.

        A column that was proposed for the same field is left out.

        Raises
        ------
        IntakeError
            If there is no such column or no such field.
        """
        headers = {match.header for match in self.matches}
        unknown = [header for header in chosen if header not in headers]
        unknown += [field for field in chosen.values() if field and field not in fields]
        if unknown:
            raise IntakeError.of("mapping_unknown", n=len(unknown))
        taken = set(chosen.values()) - {""}
        return replace(self, matches=tuple(_chosen(match, chosen, taken) for match in self.matches))

    def check(self) -> None:
        """
        See that no field has two columns.

        Raises
        ------
        IntakeError
            If one has, naming the columns.
        """
        problems = [
            Problem("mapping_duplicate", {"field": _Label(field), "columns": self._named(columns)})
            for field, columns in self.duplicates.items()
        ]
        if problems:
            raise IntakeError(*problems)

    def _named(self, columns: Iterable[int]) -> str:
        headers = {match.column: match.header for match in self.matches}
        return ", ".join(f"{letters(c)} “{headers[c][:_SHOWN]}”" for c in columns)


def _chosen(match: Match, chosen: Map[str, str], taken: set[str]) -> Match:
    if match.header in chosen:
        return replace(match, field=chosen[match.header], score=100.0, reason="chosen")
    return replace(match, field="", reason="weaker") if match.field in taken else match


@dataclass(frozen=True)
class _Label:
    """Says what a field is, in the language that is asked for."""

    field: str

    def __call__(self, language: str = "id") -> str:
        return field_label(self.field, language)


def field_label(field: str, language: str = "id", fields: Map[str, Field] = FIELDS) -> str:
    """Return what a field is called; a programme of a region by its name there."""
    key = f"intake.field.{field}"
    if has(key, language):
        return say(key, language)
    return fields[field].title or field if field in fields else field


# ── kinds of files ──────────────────────────────────────────────────────────────────────────────


def source_of(names: Sequence[str]) -> str:
    """
    Return the kind of file by its headers: the one with most marks, `plain` if none has enough.

    >>> source_of(["_id", "_uuid", "nama"]), source_of(["Nama", "NIK"])
    ('kobo', 'plain')
    """
    folded = {fold(name) for name in names}
    n_marks = {name: len(source.marks & folded) for name, source in SOURCES.items()}
    enough = [name for name, source in SOURCES.items() if n_marks[name] >= source.needs > 0]
    return max(enough, key=lambda name: n_marks[name]) if enough else "plain"


# ── proposing ───────────────────────────────────────────────────────────────────────────────────


def propose(
    names: Sequence[str],
    source: str | None = None,
    learned: Map[str, str] | None = None,
    fields: Map[str, Field] = FIELDS,
) -> Mapping:
    """
    Say for each column which field it probably is.

    Parameters
    ----------
    names
        The headers, in order.
    source
        Kind of file; None: found by `source_of`.
    learned
        Field by folded header, from `learned_mapping`.
    fields
        From `with_programmes` where a region has its own.
    """
    known = SOURCES[source or source_of(names)]
    proposer = _Proposer(known, learned or {}, fields, _geopoints(names, known))
    found = [proposer.match(column, name) for column, name in enumerate(names)]
    return Mapping(known.name, tuple(_without_weaker(found)))


class _Proposer:
    """Matches one header after the other."""

    def __init__(
        self,
        source: Source,
        learned: Map[str, str],
        fields: Map[str, Field],
        geopoints: Map[str, str],
    ) -> None:
        self.source, self.learned, self.geopoints = source, learned, geopoints
        self.fields = fields
        self.strong: dict[str, str] = {}
        self.weak: dict[str, tuple[str, float]] = {}
        for name, field in fields.items():
            self.strong |= dict.fromkeys(field.headers, name)
            self.weak |= dict.fromkeys(field.weak, (name, _WEAK))
        for name, own in source.headers.items():  # what such a file calls so goes first
            self.strong |= dict.fromkeys(own, name)
        for name, ordered in source.weak.items():
            self.weak |= {header: (name, _WEAKER - i) for i, header in enumerate(ordered)}
        self.known = {h: name for h, (name, _) in self.weak.items()} | self.strong

    def match(self, column: int, header: str) -> Match:
        """Return what a column is."""
        field, score, reason = self._find(header)
        return Match(column, header, field, score, reason)

    def _find(self, header: str) -> tuple[str, float, Reason]:
        folded = fold(header)
        if folded in self.learned and self.learned[folded] in ("", *self.fields):
            return self.learned[folded], 100.0, "learned"
        if header in self.geopoints:
            field = self.geopoints[header]
            return field, 100.0, "exact" if field else "left_out"
        for written in self._readings(header):
            if found := self._exact(written):
                return found
        return self._similar(folded)

    def _readings(self, header: str) -> tuple[str, ...]:
        """Return the header, and in forms with groups its last part, folded."""
        last = last_part(header) if self.source.name == "kobo" else header
        return (fold(header),) if last == header else (fold(header), fold(last))

    def _exact(self, folded: str) -> tuple[str, float, Reason] | None:
        if folded in self.strong:
            return self.strong[folded], 100.0, "exact"
        if folded in self.source.left_out or folded.startswith(self.source.left_out_beginning):
            return "", 100.0, "left_out"
        if folded in self.weak:
            return *self.weak[folded], "exact"
        return None

    def _similar(self, folded: str) -> tuple[str, float, Reason]:
        words = folded.split("_")
        if any(f"_{word}_" in f"_{folded}_" for word in OTHERS_WORDS):
            return "", 100.0, "left_out"
        best: dict[str, float] = {}
        for known, field in self.known.items():
            score = _likeness(words, known.split("_"))
            if score > best.get(field, 0.0):
                best[field] = score
        ranked = sorted(best.items(), key=lambda item: -item[1])
        if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
            return "", 0.0, "unknown"
        return ranked[0][0], min(ranked[0][1], _SIMILAR), "similar"


def _likeness(words: Sequence[str], known: Sequence[str]) -> float:
    """Return how alike two headers are word by word, 0 if a word is another one."""
    if len(words) != len(known):
        return 0.0
    scores = [_word_likeness(a, b) for a, b in zip(words, known, strict=True)]
    return sum(scores) / len(scores) if min(scores) > 0 else 0.0


def _word_likeness(a: str, b: str) -> float:
    if a == b:
        return 100.0
    shorter = min(len(a), len(b))
    if shorter <= _SHORT or not (a.isalpha() and b.isalpha()):
        return 0.0
    most = 2 if shorter >= _LONG else 1
    wrong = OSA.distance(a, b, score_cutoff=most)
    return 100.0 * (1 - wrong / shorter) if wrong <= most else 0.0


def _geopoints(names: Sequence[str], source: Source) -> dict[str, str]:
    """
    Return what columns of geopoints are, in a form's export.

    A question `rumah` gives `rumah` (all four numbers), `_rumah_latitude` and so on; ODK writes
    `rumah-Latitude`. The single numbers are taken, and the question itself is not.
    """
    found: dict[str, str] = {}
    if source.name != "kobo":
        return found
    for name in names:
        if part := _GEOPOINT.fullmatch(name.casefold()):
            question, what = part[1] or part[3], part[2] or part[4]
            found[name] = _AXES.get(what, "")
            found |= {n: "" for n in names if last_part(n).casefold() == last_part(question)}
    return found


def _without_weaker(matches: Sequence[Match]) -> list[Match]:
    """Keep of the columns of each field those that fit best: exact before weak before similar."""
    best: dict[str, float] = {}
    for match in matches:
        best[match.field] = max(match.score, best.get(match.field, 0.0))
    return [
        replace(match, field="", reason="weaker")
        if match.field and match.score < best[match.field]
        else match
        for match in matches
    ]


# ── remembering ─────────────────────────────────────────────────────────────────────────────────


def learned_mapping(reading: Reading, source: str) -> dict[str, str]:
    """
    Return what columns were taken for before in files of a kind: field by folded header.

    Raises
    ------
    NotAllowed
        If the role does not allow imports.
    """
    seen = reading.visible(t.mappings)
    query = select(seen.c.header, seen.c.field).where(seen.c.source == source)
    return {row["header"]: row["field"] for row in reading.rows(query)}


def remember(work: Work, source: str, mapping: Mapping) -> None:
    """
    Remember what a person chose, or agreed to though it was only similar.

    Headers that hold long numbers are not remembered: the row above the data was none.
    """
    rows = [
        {"source": source, "header": fold(match.header), "field": match.field}
        for match in mapping.matches
        if match.reason in ("chosen", "similar") and _may_be_remembered(match.header)
    ]
    work.put(t.mappings, list({row["header"]: row for row in rows}.values()))


def _may_be_remembered(header: str) -> bool:
    return 0 < len(fold(header)) <= _REMEMBERED and not re.search(r"\d{5}", header)
