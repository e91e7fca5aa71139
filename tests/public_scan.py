"""Looks for planted numbers in everything that is shown of a public edition."""

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from public_edition import (
    HELD,
    HELD_DESA,
    INDICATORS,
    LEVELS,
    NO_DATA,
    WITHHELD,
    WITHHELD_DESA,
    levels_of,
    write_public_shelf,
)
from small_edition import KABUPATEN, KECAMATAN, rt

from pbrt_geo.edition import Edition
from pbrt_geo.show import drawing
from pbrt_geo.text import LANGUAGES

AREAS = (rt(0), HELD, NO_DATA, WITHHELD[0], HELD_DESA, WITHHELD_DESA, KECAMATAN[0], KABUPATEN)
BOTH = pytest.mark.parametrize("language", LANGUAGES)
COUNTS = {"numerator": 7919.0, "denominator": 10007.0, "known_rate": 0.8713}
WRITTEN_COUNTS = ("7919", "7.919", "7,919", "10007", "10.007", "10,007", "8713", "87,1", "87.1")


class Planted(list[Edition]):
    """A public shelf with numbers in it that no channel may show."""

    @cached_property
    def secrets(self) -> np.ndarray:
        """The planted numbers inside ranges."""
        values = pd.concat([edition.values for edition in self])
        return values.loc[values["low"].ne(values["high"]), "value"].dropna().unique()

    @cached_property
    def forms(self) -> re.Pattern[str]:
        """A pattern that finds the planted numbers as anybody would write them."""
        texts = set(WRITTEN_COUNTS)
        for value in self.secrets:
            for number, decimals in ((value, 4), (value * 100, 1), (value * 100, 2), (value, 1)):
                written = f"{number:.{decimals}f}"
                if not written.endswith("0"):
                    texts |= {written, written.replace(".", ",")}
        texts -= {f"0{mark}{digit}" for mark in ".," for digit in range(1, 6)}  # limits too
        parts = "|".join(re.escape(text) for text in sorted(texts))
        return re.compile(rf"(?<![\d.,])(?:{parts})(?!\d)")


def planted_shelf(folder: Path) -> Planted:
    """
    Write the public shelf and plant numbers in it.

    A recognisable number inside each range stands in place of its middle, and counts in columns
    that are empty in a true one.
    """
    found = Planted(write_public_shelf(folder))
    for edition in found:
        values = edition.values
        inside = values["low"] + 0.4213 * (values["high"] - values["low"]).fillna(17.3)
        is_range = values["low"].ne(values["high"]) & values["low"].notna()
        values["value"] = inside.where(is_range, values["value"])
        for name, number in COUNTS.items():
            values[name] = number
    return found


def texts_in(tree: Any) -> Iterator[str]:
    """Yield all texts of nested lists and dictionaries."""
    if isinstance(tree, str):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else ():
        yield from texts_in(part)
    for part in tree if isinstance(tree, list | tuple) else ():
        yield from texts_in(part)


def numbers_in(tree: Any) -> Iterator[float]:
    """Yield all numbers of nested lists and dictionaries."""
    if isinstance(tree, int | float) and not isinstance(tree, bool):
        yield float(tree)
    for part in tree.values() if isinstance(tree, dict) else ():
        yield from numbers_in(part)
    for part in tree if isinstance(tree, list | tuple) else ():
        yield from numbers_in(part)


def assert_nothing_finer(shelf: Planted, *trees: Any) -> None:
    """Assert that no planted number is in texts or numbers, as a share or in per cent."""
    pattern = shelf.forms
    hidden = np.r_[shelf.secrets, shelf.secrets * 100, list(COUNTS.values())]
    for tree in trees:
        found = [text for text in texts_in(tree) if pattern.search(text)]
        assert not found, found[:3]
        numbers = np.array(list(numbers_in(tree)))
        same = np.isclose(numbers[:, None], hidden, rtol=1e-9, atol=1e-9)
        assert not same.any(), numbers[same.any(axis=1)][:5]


def every_column() -> list[tuple[str, str]]:
    """Return every indicator with each level at which the public edition tells it."""
    return [(told.id, level) for told in INDICATORS for level in LEVELS if told.id in ids_at(level)]


def ids_at(level: str) -> list[str]:
    """Return the indicators that the public edition tells at a level."""
    return [told.id for told in INDICATORS if level in levels_of(told.id)]


def written_on(monkeypatch: pytest.MonkeyPatch, draw: Callable[[], bytes]) -> list[str]:
    """Return what is written on an image while it is drawn."""
    found: list[str] = []
    write = drawing.text

    def note(where, x, y, text, *rest, **look):
        found.append(text)
        return write(where, x, y, text, *rest, **look)

    monkeypatch.setattr(drawing, "text", note)
    assert draw().startswith(b"\x89PNG")
    return found
