"""The map of a change as a PNG image: the same page as that of one date, with both dates on it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from pbrt_geo.edition import Edition
from pbrt_geo.show import words
from pbrt_geo.show.change import change_sentences
from pbrt_geo.show.change_view import ChangeView
from pbrt_geo.show.image import Sheet, png_of
from pbrt_geo.show.paint import paint_change
from pbrt_geo.text import say

_DATES = ("from_date", "as_of", "boundary_date")


def png_change(
    chosen: ChangeView,
    focus: str | None = None,
    pool: Sequence[Edition] = (),
    rapat: bool = False,
) -> bytes:
    """
    Draw the map of a change: the same classes and shades as on the page.

    `pool` holds the editions whose changes one legend is to serve. In a meeting (`rapat`) no
    figure of a single RT is written.
    """
    paint = paint_change(
        chosen.before,
        chosen.edition,
        chosen.level,
        chosen.indicator.id,
        language=chosen.language,
        pool=pool,
        focus=focus,
        rapat=rapat,
    )
    parts = (chosen.edition, chosen.indicator, paint, "fixed", chosen.language, focus, rapat)
    return png_of(_ChangeSheet(*parts, chosen=chosen))  # type: ignore[arg-type]


@dataclass
class _ChangeSheet(Sheet):
    """What is drawn on the page of a change."""

    chosen: ChangeView = field(kw_only=True)

    @property
    def title(self) -> str:
        return say("map.change.title", self.language, indicator=super().title)

    def legend_head(self) -> str:
        """Name what the shades show, with its unit."""
        if self.indicator.kind != "rate" or self.chosen.tells_ways:
            return super().legend_head()
        short = words.indicator_short(self.indicator, self.language, self.edition.programmes)
        return f"{short} ({say('map.points', self.language)})"

    def basis(self) -> str:
        """Say how the whole area changed."""
        told = change_sentences(
            self.chosen.before,
            self.edition,
            self.indicator.id,
            self.level,
            self.language,
            self.focus,
            self.rapat,
        )
        return told[0] if told else ""

    def seal(self) -> str:
        """Say which editions the numbers are from, both dates and that of the boundaries."""
        seal = self.chosen.seal
        dates = {name: _day(seal[name], self.language) for name in _DATES}
        return say("changes.seal", self.language, edition=seal["edition"], **dates)

    def classes_note(self) -> str:
        """Say how classes were cut; ways are no classes."""
        if self.chosen.tells_ways:
            return say("image.ways", self.language)
        return super().classes_note()


def _day(text: str, language: str) -> str:
    return words.format_date(dt.date.fromisoformat(text), language)
