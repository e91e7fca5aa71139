"""Passwords: how they are kept, which are refused, and how the machine makes one.

Only an Argon2id hash is stored. A check takes the same work whether or not there is a hash to check
against, and few are made at once: each needs 64 MiB of memory.
"""

import re
import secrets
import threading
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pbrt_geo.errors import PbrtError, Problem

SHORTEST, LONGEST = 12, 256
_LETTERS_OF_ITS_OWN = 6
"""Characters that must be left without common words, numbers and the own login."""

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of passwords that the machine makes: nothing that looks like something else on paper."""

_LOOKS_LIKE = str.maketrans("013457@$!", "oieastasi")

hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(2)


class PasswordRefused(PbrtError):
    """The new password is too easy to guess; the problems say why."""


def hashed(password: str) -> str:
    """Return what is stored of a password."""
    with _turns:
        return hasher.hash(_typed(password))


def _typed(password: str) -> str:
    """Return the same letters however a keyboard composes them: é is one sign or two."""
    return unicodedata.normalize("NFC", password)


def matches(stored: str | None, password: str) -> bool:
    """Tell whether a password is the one that was hashed; without a hash: no, as slowly."""
    with _turns:
        try:
            return (
                hasher.verify(stored or _nobody(), _typed(password)[:LONGEST])
                and stored is not None
            )
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobody() -> str:
    return hasher.hash(secrets.token_urlsafe(32))


def made() -> str:
    """Make a password of four groups, 79 bits strong, to be written down once."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def check(password: str, *own: str) -> None:
    """
    See that a new password is hard to guess.

    Parameters
    ----------
    own
        What everybody knows of whoever uses it: login and name.

    Raises
    ------
    PasswordRefused
        If it is too short or too long, or made of common words, numbers or what is known.
    """
    problems = []
    if len(password) < SHORTEST:
        problems.append(Problem("password_short", {"n": len(password), "least": SHORTEST}))
    elif len(password) > LONGEST:
        problems.append(Problem("password_long", {"n": len(password), "most": LONGEST}))
    elif len(set(_rest(password, own))) < _LETTERS_OF_ITS_OWN:
        problems.append(Problem("password_common"))
    if problems:
        raise PasswordRefused(*problems)


def _rest(password: str, own: tuple[str, ...]) -> str:
    """Return what is left of a password without common words, numbers and what is known."""
    known = {part for text in own for part in re.split(r"[^a-z]+", _folded(text)) if len(part) > 2}
    words = sorted(known | _common(), key=len, reverse=True)
    return re.sub("|".join(map(re.escape, words)) + "|[^a-z]", "", _folded(password))


def _folded(text: str) -> str:
    """Return letters as written by somebody who puts numbers and signs in their place."""
    plain = re.sub(r"(?<![a-z])\d+|\d+(?![a-z])", "", text.lower())  # numbers beside words
    return plain.translate(_LOOKS_LIKE)


@cache
def _common() -> frozenset[str]:
    told = files(__package__).joinpath("common_passwords.toml").read_text(encoding="utf-8")
    return frozenset(word for words in tomllib.loads(told).values() for word in words)
