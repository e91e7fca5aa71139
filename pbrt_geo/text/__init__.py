"""Every sentence and name that a person reads, in Indonesian (`id`) first and English (`en`).

Texts are TOML files, one per subject, in `pbrt_geo/text/<language>/`. A key is the path of
its tables: `say("problem.missing_column", "en", column="rt_id")`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("id", "en")


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


@cache
def texts(language: str, package: str = "pbrt_geo.text") -> dict[str, str]:
    """Return all texts of one language below `package`, keyed by dotted path."""
    found: dict[str, str] = {}
    folder = files(package) / language
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            found.update(_flatten(tomllib.loads(file.read_text(encoding="utf-8"))))
    return found


def say(key: str, language: str = "id", package: str = "pbrt_geo.text", **facts: Any) -> str:
    """Return the text `key`, its `{placeholders}` filled; numbers are written for the language."""
    written = {k: number(v, language) if _is_number(v) else v for k, v in facts.items()}
    return texts(language, package)[key].format(**written)


def has(key: str, language: str = "id", package: str = "pbrt_geo.text") -> bool:
    """Tell whether a text exists."""
    return key in texts(language, package)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: float, language: str = "id", decimals: int | None = None) -> str:
    """Write a number as the language does: 1.234,5 in Indonesian, 1,234.5 in English."""
    if decimals is None:
        decimals = 0 if float(value).is_integer() else 1
    english = f"{value:,.{decimals}f}"
    if float(english.replace(",", "")) == 0:
        english = english.lstrip("-")  # no "-0"
    if language == "id":
        return english.translate(str.maketrans(",.", ".,"))
    return english


def percent(share: float, language: str = "id", decimals: int = 1) -> str:
    """Write a share from 0 to 1 as a percentage: 0.1234 is 12,3 % in Indonesian."""
    return number(share * 100, language, decimals) + ("\u00a0%" if language == "id" else "%")
