"""What the pages say, in Indonesian (`id`) first and English (`en`); one file per subject."""

import re
from typing import Any

from pbrt_geo import text as library

PACKAGE = "dashboard.text"
LANGUAGES = library.LANGUAGES

_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")  # every ASCII punctuation mark may be escaped
_BREAKS = re.compile(r"[ \t\n\r\f\v\x1c-\x1e\x85\u2028\u2029]+")  # a no-break space stays
# what Streamlit turns into links and arrows even where it is escaped
_SHORTHAND = re.compile(r"(?<=:)(?=//)|(?<=@)|(?<=www)(?=\.)|(?<=[-<>=~])(?=[-<>=])", re.I)
_EMPTY = ":red[]"  # an element without text: it parts the letters of a shorthand and takes no room


def say(key: str, language: str, **facts: Any) -> str:
    """Return the text `key` of the pages, its `{placeholders}` filled."""
    return library.say(key, language, PACKAGE, **facts)


def has(key: str, language: str) -> bool:
    """Tell whether the pages have a text `key`."""
    return library.has(key, language, PACKAGE)


def texts_of(language: str) -> dict[str, str]:
    """Return all texts of the pages in one language."""
    return library.texts(language, PACKAGE)


def esc_md(text: str) -> str:
    """Escape text from data so that Markdown shows it letter by letter and fetches nothing."""
    one_line = _BREAKS.sub(" ", str(text)).strip()
    return _EMPTY.join(_MARKUP.sub(r"\\\1", part) for part in _SHORTHAND.split(one_line))


def problem_md(text: str) -> str:
    """Escape a message of the library, but write its commands and file names as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a name from data holds a mark itself
        return esc_md(text)
    shown = (
        f"`{part}`" if at % 2 and part.strip() else _kept_spaces(part)
        for at, part in enumerate(parts)
    )
    return "".join(shown)


def _kept_spaces(text: str) -> str:
    before, after = (" " if side != text else "" for side in (text.lstrip(), text.rstrip()))
    return f"{before}{esc_md(text)}{after}" if text.strip() else text
