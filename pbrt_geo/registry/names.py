"""How names are compared and searched, and how a number is shown: everywhere the same way."""

import re
import unicodedata

_WITHIN = re.compile(r"['’‘`´ʼ]")
"""Signs inside a word."""


def name_key(name: str) -> str:
    """
    Return a name in capitals, letters only, its words one space apart.

    >>> name_key("Hj. Ma`ruf  al-Café")
    'HJ MARUF AL CAFE'
    """
    plain = unicodedata.normalize("NFKD", _WITHIN.sub("", name))
    if not plain.isascii():
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalpha() else " " for c in plain).upper().split())


def masked(number: str | None) -> str:
    """Return a NIK or No. KK with its middle hidden; "" where there is none."""
    return f"{number[:4]}••••••••{number[-4:]}" if number else ""
