"""Colours of maps: shades of the classes, and of the nothings; for light and dark pages.

YlOrBr is the sequential ramp that colour-blind readers and washed-out projectors read best, PuOr
the diverging one (Brewer, colorbrewer2.org, Apache 2.0). On a dark page the order stays the same:
readers take darker for more on either ground, as long as the ramp does not look transparent
(Schloss et al. 2019, IEEE TVCG 25(1)). Every nothing has a mark of its own beside its colour, so
that it is told apart in greyscale.
"""

from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]
Mark = Literal["", "rings", "dots", "hatch", "dashed", "crosses", "minus", "point", "outline"]

THEMES: tuple[Theme, ...] = ("light", "dark")

NOTHINGS = ("zero", "no_data", "withheld", "not_yet_formed", "undefined")
"""States without a class, in the order of the legend."""

MARKS = ("converted", "indicative")
"""What is drawn over an area whatever its shade: a point on a number that was converted, a dashed
outline around a boundary that is indicative."""


@dataclass(frozen=True)
class Shade:
    """One way to fill an area: a colour, and a mark drawn over it in `ink`."""

    fill: str
    mark: Mark = ""
    ink: str = "#000000"


_YLORBR = {
    "light": {
        1: ("#fe9929",),
        2: ("#fed98e", "#d95f0e"),
        3: ("#fff7bc", "#fec44f", "#d95f0e"),
        4: ("#ffffd4", "#fed98e", "#fe9929", "#cc4c02"),
        5: ("#ffffd4", "#fed98e", "#fe9929", "#d95f0e", "#993404"),
    },
    # the palest shades are toned down so that they do not glare on a dark page
    "dark": {
        1: ("#f0902a",),
        2: ("#f2cd86", "#cd5f18"),
        3: ("#f4e7b4", "#edb94e", "#cd5f18"),
        4: ("#f4efc6", "#f0cb84", "#ec9030", "#c2510f"),
        5: ("#f4efc6", "#f0cb84", "#ec9030", "#cd5f18", "#96390d"),
    },
}

_PUOR = {
    "light": ("#5e3c99", "#b2abd2", "#f7f7f7", "#fdb863", "#e66101"),
    "dark": ("#7350b0", "#b5aed4", "#e6e6e6", "#f5b566", "#dd6209"),
}

_NOTHINGS: dict[str, dict[str, Shade]] = {
    "light": {
        "zero": Shade("#e3f0ec", "rings", "#7c9a92"),
        "no_data": Shade("#c4c7ca", "dots", "#8d9296"),
        "withheld": Shade("#ffffff", "hatch", "#4b5057"),
        "not_yet_formed": Shade("#ffffff", "dashed", "#6a7076"),
        "undefined": Shade("#dcdee0", "crosses", "#7d8287"),
    },
    "dark": {
        "zero": Shade("#31514a", "rings", "#8fb5ab"),
        "no_data": Shade("#565b61", "dots", "#878d94"),
        "withheld": Shade("#20252c", "hatch", "#b9bfc6"),
        "not_yet_formed": Shade("#2a3138", "dashed", "#a9b0b7"),
        "undefined": Shade("#41464c", "crosses", "#90969d"),
    },
}

# ink and what surrounds it: a dark point is seen on pale classes, its pale ring on dark ones
_MARKS: dict[str, dict[str, Shade]] = {
    "light": {
        "converted": Shade("#ffffff", "point", "#1d1b19"),
        "indicative": Shade("#ffffff", "outline", "#33302d"),
    },
    "dark": {
        "converted": Shade("#ffffff", "point", "#14171a"),
        "indicative": Shade("#14171a", "outline", "#f2efeb"),
    },
}

PAGE = {
    "light": {
        "ground": "#eef1f4",
        "border": "#5f5247",
        "outline": "#33302d",
        "label": "#1d1b19",
        "halo": "#ffffff",
        "select": "#0b57d0",
        "select_halo": "#ffffff",
    },
    "dark": {
        "ground": "#171c22",
        "border": "#2b2620",
        "outline": "#d8d3cc",
        "label": "#ffffff",
        "halo": "#14171a",
        "select": "#7fb4ff",
        "select_halo": "#10151b",
    },
}
"""What is not data: the ground behind the areas, lines, names, the selected area."""


def class_shades(count: int, theme: Theme = "light") -> tuple[Shade, ...]:
    """Return the shades of `count` ordered classes (1 to 5), lowest first."""
    return tuple(Shade(fill) for fill in _YLORBR[theme][max(1, count)])


def change_shades(theme: Theme = "light") -> tuple[Shade, ...]:
    """Return the five shades of a change, strongest decrease first; decreases carry a minus."""
    inks = ("#ffffff", "#5e3c99", "", "", "")
    return tuple(
        Shade(fill, "minus" if ink else "", ink or "#000000")
        for fill, ink in zip(_PUOR[theme], inks, strict=True)
    )


def way_shades(theme: Theme = "light") -> tuple[Shade, ...]:
    """Return the shades of `ways.WAYS`: those of a change, and a grey one for what is unclear."""
    down, _, same, _, up = change_shades(theme)
    grey = {"light": Shade("#dcdee0", "crosses", "#b4b9be"), "dark": Shade("#41464c", "crosses")}
    return down, grey[theme], same, up


def nothing_shade(state: str, theme: Theme = "light") -> Shade:
    """Return the shade of a state without a class."""
    return _NOTHINGS[theme][state]


def mark_shade(mark: str, theme: Theme = "light") -> Shade:
    """Return how one of `MARKS` is drawn: `ink`, and the `fill` around or beneath it."""
    return _MARKS[theme][mark]


def greyscale(colour: str) -> float:
    """Return the lightness of a colour as a grey printer shows it, 0 black to 100 white (L*)."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance
