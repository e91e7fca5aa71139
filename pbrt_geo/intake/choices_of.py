"""Words that stand for one of a few values: sex, place in the household, housing, yes and no.

What words mean is declared in `words.toml`. Code numbers mean something only where the file's
code book is declared (`How.words`): a 3 is a wall of bamboo in one form and of wood in another.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, partial

from rapidfuzz import fuzz, process

from pbrt_geo.intake.fields import Field
from pbrt_geo.intake.parsed import (
    Cell,
    How,
    Parsed,
    read_each,
    says_none,
    shown,
    words,
)
from pbrt_geo.text import say

_NOTHING = "nothing"
"""In `words.toml`: what says that there is nothing to choose."""

_LIKELY = 84
"""How much a misspelling resembles the word that is offered instead, of 100."""

_NUMBERING = re.compile(r"^\(?(\d{1,2}|[a-z])\s*[.):-]\s*(?=[a-z])")


def folded(text: str) -> str:
    """
    Return a text in lower case, words only, without the number of the answer before it.

    >>> folded("1. Kayu/papan (kualitas rendah)")
    'kayu papan kualitas rendah'
    """
    plain = _NUMBERING.sub("", text.casefold())
    return re.sub(r"[\s/,.;:_()'\"-]+", " ", plain).strip()


@cache
def choices(name: str) -> Mapping[str, str]:
    """Return what each folded word means in a field of choices."""
    told = words()["choice"][name]
    return {folded(word): value for value, spellings in told.items() for word in spellings}


def values_of(name: str) -> tuple[str, ...]:
    """Return the values a field of choices can have."""
    return tuple(value for value in words()["choice"][name] if value != _NOTHING)


def read_choices(field: Field, texts: Sequence[str], kinds: Sequence[str], how: How) -> Parsed:
    """
    Read a column of choices: one of `values_of`, or None with a problem.

    A P beside W and without L is pria; where it stands beside W alone nobody can tell which of
    two habits of writing it is, so it is a problem.
    """
    known = {**choices(field.name), **{folded(value): value for value in values_of(field.name)}}
    known |= how.words
    present = {folded(text) for text in set(texts)} if field.name == "sex" else set()
    unclear = frozenset("p") if "w" in present else frozenset()
    read = partial(_choice, field.name, known, unclear)
    return read_each(texts, kinds, read, lambda text: _is_none(known, text))


def _is_none(known: Mapping[str, str], text: str) -> bool:
    """Tell whether a text says that there is none; "tidak ada" may be an answer, too."""
    told = known.get(folded(text))
    return told == _NOTHING or (told is None and says_none(text))


def _choice(
    name: str, known: Mapping[str, str], unclear: frozenset[str], text: str, _kind: str
) -> Cell:
    word = folded(text.removesuffix(".0"))
    value = known.get(word) or known.get(folded(re.sub(r"\([^)]*\)", " ", text)))
    if word in unclear:
        return Cell(key="choice_p")
    if value:
        return Cell(value)
    if word.isdigit():
        return Cell(key="choice_code", facts={"read": shown(word), "options": partial(told, name)})
    return _unknown(name, known, word)


def _unknown(name: str, known: Mapping[str, str], word: str) -> Cell:
    facts = {"options": partial(told, name)}
    near = process.extractOne(word, list(known), scorer=fuzz.ratio, score_cutoff=_LIKELY)
    if near is None or known[near[0]] == _NOTHING:
        return Cell(key="choice_unknown", facts=facts)
    return Cell(key="choice_near", facts=facts | {"near": partial(label, name, known[near[0]])})


def label(name: str, value: str, language: str = "id") -> str:
    """Return a value of a field of choices in words."""
    return say(f"choice.{name}.{value}", language)


def told(name: str, language: str = "id") -> str:
    """Return the values of a field of choices in words, one after the other."""
    return "; ".join(label(name, value, language) for value in values_of(name))


# ── yes and no ──────────────────────────────────────────────────────────────────────────────────


def read_flags(field: Field, texts: Sequence[str], kinds: Sequence[str], _how: How) -> Parsed:
    """
    Read a column of yes and no, of a programme (`flag`) or a criterion (`boolean`).

    Where a 2 occurs and no 0, it is the code of BPS: 1 ya, 2 tidak. An X is no beside ticks and
    unclear without them; a T is tidak, but unclear beside an F. "Ada" answers whether somebody has
    a programme, but not whether a criterion is met. What is unclear is a problem.
    """
    present = {folded(text).removesuffix(" 0") for text in set(texts)}
    known, unclear = _yes_no(present, field.type == "flag")
    return read_each(texts, kinds, partial(_flag, known, unclear), lambda t: _no_flag(known, t))


def _yes_no(present: set[str], is_flag: bool) -> tuple[dict[str, bool], frozenset[str]]:
    told = words()["yes_no"]
    known = dict.fromkeys((*told["yes"], *told["having"], "1"), True)
    known |= dict.fromkeys((*told["no"], *told["lacking"], "2" if "2" in present else "0"), False)
    unclear = set() if is_flag else {*told["having"], *told["lacking"]}
    if {"0", "2"} <= present:
        unclear |= {"0", "1", "2"}
    if "f" in present:
        unclear.add("t")
    if present & set(told["marks"]):
        known["x"] = False
    else:
        unclear.add("x")
    return known, frozenset(unclear)


def _no_flag(known: Mapping[str, bool], text: str) -> bool:
    return folded(text) not in known and says_none(text)


def _flag(known: Mapping[str, bool], unclear: frozenset[str], text: str, kind: str) -> Cell:
    word = folded(text.removesuffix(".0"))
    if kind == "bool" and word in ("0", "1"):
        return Cell(word == "1")
    if word in unclear:
        return Cell(key="yes_no_unclear")
    return Cell(known[word]) if word in known else Cell(key="yes_no_unknown")
