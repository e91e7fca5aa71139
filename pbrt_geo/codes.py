"""Codes of areas: Kemendagri, BPS, and the identifiers of RTs.

Two schemes are in use and collide: without dots both write a desa in ten digits, and
`5207021004` is Menala for Kemendagri and Mantun for BPS. So a code is never read by itself: the
scheme of a column is declared, or found from all its rows and confirmed by the names beside
them. Inside this library an area is known by its Kemendagri code with dots, `52.07.02.1004`.

A BPS neighbourhood (SLS) has 14 digits, `idsls`; its last four are 1000 or more where nobody
lives (rice field, forest, sea).

An RT id is `RT-<kabupaten>-<serial>-<check>`, for example `RT-5207-00412-3`. It begins with
letters, so no reader and no program can mistake it for a 14-digit BPS idsls; the serial says
nothing about desa or number, so the id survives a move, a renumbering and a new name; the check
digit (Luhn) finds every single wrong digit.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any, Literal

import pandas as pd

from pbrt_geo.errors import CodeError

Scheme = Literal["kemendagri", "bps"]
SCHEMES: tuple[Scheme, ...] = ("kemendagri", "bps")

_SHAPES: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = {
    "kemendagri": (
        ("provinsi", (2,)),
        ("kabupaten", (2, 2)),
        ("kecamatan", (2, 2, 2)),
        ("desa", (2, 2, 2, 4)),
    ),
    "bps": (
        ("provinsi", (2,)),
        ("kabupaten", (2, 2)),
        ("kecamatan", (2, 2, 3)),
        ("desa", (2, 2, 3, 3)),
    ),
}
_CONFIRMED = 0.5  # share of the names that must fit the areas which their codes name


def _luhn(digits: str) -> int:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10


_PREFIXES = {"rt": "RT", "rw": "RW", "dusun": "DSN"}


def rt_id(kabupaten_id: str, serial: int) -> str:
    """
    Make the identifier of the `serial`-th RT ever registered in a kabupaten.

    Raises
    ------
    CodeError
        If the kabupaten code is not of the form `52.07` or the serial does not fit 5 digits.
    """
    return unit_id("rt", kabupaten_id, serial)


def unit_id(level: str, kabupaten_id: str, serial: int) -> str:
    """
    Make the identifier of an "rt", "rw" or "dusun"; each level counts its own serials.

    >>> unit_id("dusun", "52.07", 1)
    'DSN-5207-00001-8'

    Raises
    ------
    CodeError
        As for `rt_id`.
    """
    if not re.fullmatch(r"\d{2}\.\d{2}", kabupaten_id) or not 1 <= serial <= 99_999:
        raise CodeError.of("rt_id_parts", kabupaten=kabupaten_id, serial=serial)
    digits = f"{kabupaten_id.replace('.', '')}{serial:05d}"
    return f"{_PREFIXES[level]}-{digits[:4]}-{digits[4:]}-{_luhn(digits)}"


def is_rt_id(text: str) -> bool:
    """Tell whether `text` is a well-formed RT identifier with the right check digit."""
    return text.startswith("RT-") and is_unit_id(text)


def is_unit_id(text: str) -> bool:
    """Tell whether `text` is a well-formed identifier of an RT, RW or dusun, check digit too."""
    if not re.fullmatch(r"(RT|RW|DSN)-\d{4}-\d{5}-\d", text, re.ASCII):
        return False
    digits = "".join(text.split("-")[1:])
    return _luhn(digits[:-1]) == int(digits[-1])


def normalised(code: str, scheme: Scheme) -> str | None:
    """
    Write one code as its scheme does: `5207012001` is `52.07.01.2001` for Kemendagri.

    None if it is no code of that scheme. A Kemendagri desa ends in 1001 or more (1 kelurahan,
    2 desa), so most ten-digit BPS codes are no such code.
    """
    text = str(code).strip()
    dotted = "." in text
    if not re.fullmatch(r"[0-9.]{2,13}", text, re.ASCII) or (dotted and scheme == "bps"):
        return None
    digits = text.replace(".", "")
    for level, widths in _SHAPES[scheme]:
        if sum(widths) != len(digits):
            continue
        ends = [sum(widths[: i + 1]) for i in range(len(widths))]
        parts = [digits[end - width : end] for end, width in zip(ends, widths, strict=True)]
        if scheme == "bps":
            return digits
        if level == "desa" and parts[-1][0] not in "123":
            return None
        written = ".".join(parts)
        return written if not dotted or text == written else None
    return None


def is_code(code: str, scheme: Scheme) -> bool:
    """Tell whether `code` is well formed in `scheme`, with or without dots."""
    return normalised(code, scheme) is not None


def level_of(code: str, scheme: Scheme = "kemendagri") -> str:
    """
    Return "provinsi", "kabupaten", "kecamatan" or "desa".

    Raises
    ------
    CodeError
        If it is no code of the scheme.
    """
    digits = _digits(code, scheme)
    return next(level for level, widths in _SHAPES[scheme] if sum(widths) == len(digits))


def parent_of(code: str, scheme: Scheme = "kemendagri") -> str | None:
    """Return the code of the area one level up; None for a province."""
    digits = _digits(code, scheme)
    widths = next(widths for _, widths in _SHAPES[scheme] if sum(widths) == len(digits))
    return normalised(digits[: -widths[-1]], scheme) if len(widths) > 1 else None


def _digits(code: str, scheme: Scheme) -> str:
    written = normalised(code, scheme)
    if written is None:
        raise CodeError.of("code_malformed", code=str(code)[:20], scheme=scheme)
    return written.replace(".", "")


def area_ids(codes: pd.Series, scheme: Scheme, areas: pd.DataFrame) -> pd.Series:
    """
    Return the `area_id` of each code, by the table of areas; missing where it is not there.

    Parameters
    ----------
    codes
        Codes of one scheme, with or without dots.
    areas
        Columns `area_id` (or index) and, for BPS codes, `bps_code`.
    """
    written = codes.map(lambda code: normalised(code, scheme), na_action="ignore")
    table = _flat(areas)
    known = table["area_id"] if scheme == "kemendagri" else table["bps_code"]
    ids = dict(zip(known[known.notna()], table["area_id"][known.notna()], strict=True))
    return written.map(ids)


def bps_codes(ids: pd.Series, areas: pd.DataFrame) -> pd.Series:
    """Return the BPS code of each `area_id`, by the table of areas; missing where unknown."""
    table = _flat(areas).dropna(subset="bps_code")
    return ids.map(dict(zip(table["area_id"], table["bps_code"], strict=True)))


def scheme_of(
    codes: pd.Series, names: pd.Series | None = None, areas: pd.DataFrame | None = None
) -> Scheme:
    """
    Find the scheme of a whole column of codes.

    Dots say Kemendagri, seven digits a BPS kecamatan, fourteen or sixteen a BPS
    neighbourhood. Ten digits are looked up under both schemes: the names beside them decide,
    and without names only a scheme that clearly knows more of the column than the other.

    Raises
    ------
    CodeError
        If the column does not decide it; the message tells how to declare the scheme.
    """
    filled = codes.dropna().astype(str).str.strip()
    filled = filled[filled != ""]
    written = _scheme_as_written(filled)
    if written:
        return written
    if areas is None or filled.empty:
        raise CodeError.of("code_scheme_ambiguous", n=len(filled))
    found = {scheme: area_ids(filled, scheme, areas) for scheme in SCHEMES}
    if all(ids.isna().all() for ids in found.values()):
        raise CodeError.of("code_scheme_unknown", n=len(filled))
    named = pd.Series(dtype="str") if names is None else names.reindex(filled.index).dropna()
    return _by_name(found, named, areas) if len(named) else _by_number(found)


def _scheme_as_written(codes: pd.Series) -> Scheme | None:
    if codes.str.contains(".", regex=False).any():
        return "kemendagri"
    lengths = set(codes.str.len())
    if lengths and lengths <= {7, 14, 16}:
        return "bps"
    if lengths == {6}:
        return "kemendagri"
    return None


def _by_name(found: dict[Scheme, pd.Series], names: pd.Series, areas: pd.DataFrame) -> Scheme:
    book = AreaNames(areas)
    fits = {
        scheme: int(book.fit(names, ids.loc[names.index]).sum()) for scheme, ids in found.items()
    }
    best, other = sorted(SCHEMES, key=lambda scheme: -fits[scheme])
    n_known = int(found[best].loc[names.index].notna().sum())
    if fits[best] <= fits[other] or fits[best] < _CONFIRMED * n_known:
        raise CodeError.of("code_scheme_names", n=len(names), n_fit=fits[best], n_other=fits[other])
    return best


def _by_number(found: dict[Scheme, pd.Series]) -> Scheme:
    known = {scheme: float(ids.notna().mean()) for scheme, ids in found.items()}
    best, other = sorted(SCHEMES, key=lambda scheme: -known[scheme])
    clear = known[other] <= known[best] / 2 or known[best] == 1 > known[other]
    if not clear:
        raise CodeError.of("code_scheme_ambiguous", n=len(found[best]))
    return best


# ── names ───────────────────────────────────────────────────────────────────────────────────────

_KIND_WORDS = frozenset(("desa", "ds", "kelurahan", "kel", "upt", "kecamatan", "kec"))


def name_key(name: str) -> str:
    """
    Return what is left of a name when spelling habits are taken away.

    Case, accents, spaces and punctuation go; Labuhan and Labuan are one; so are doubled and
    single letters (Mujahiddin, Mujahidin).

    >>> name_key("Tua-Nanga"), name_key("LABUHAN LALAR")
    ('tuananga', 'labuanlalar')
    """
    plain = unicodedata.normalize("NFKD", str(name)).casefold().replace("labuhan", "labuan")
    kept = "".join(c for c in plain if c.isalnum())
    return re.sub(r"([a-z])\1+", r"\1", kept)


def bare_name_key(name: str) -> str:
    """Return the key of a name without a leading Desa, Kelurahan, UPT…"""
    words = str(name).replace(".", " ").split()
    while len(words) > 1 and words[0].casefold() in _KIND_WORDS:
        words = words[1:]
    return name_key(" ".join(words))


class AreaNames:
    """
    The names by which the areas of a region go, each level by itself.

    A spelling belongs to the area whose official name it is; then to one of whose other names
    it is; only what is left may belong to an area by leaving out "Desa" or "UPT". So "Beru" is
    the desa in Jereweh and never Desa Beru in Brang Rea, though the latter is a desa, too.
    """

    def __init__(self, areas: pd.DataFrame) -> None:
        table = _flat(areas)
        self._level = dict(zip(table["area_id"], table["level"], strict=True))
        self._owners: dict[tuple[str, str], set[str]] = {}
        for keys in (_official_keys, _other_keys, _bare_keys):
            self._claim(table, keys)

    def _claim(self, table: pd.DataFrame, keys: Callable[[Any], list[str]]) -> None:
        claims: dict[tuple[str, str], set[str]] = {}
        for area in table.itertuples():
            for key in keys(area):
                claims.setdefault((str(area.level), key), set()).add(str(area.area_id))
        for spelling, owners in claims.items():
            self._owners.setdefault(spelling, owners)

    def owners(self, name: str, level: str) -> set[str]:
        """Return the areas of a level that go by `name`: none, one, or several of equal claim."""
        for key in (name_key(name), bare_name_key(name)):
            if (level, key) in self._owners:
                return self._owners[level, key]
        return set()

    def fits(self, name: str, area_id: str) -> bool:
        """Tell whether an area goes by `name`."""
        level = self._level.get(area_id)
        return level is not None and area_id in self.owners(name, level)

    def fit(self, names: pd.Series, ids: pd.Series) -> pd.Series:
        """Tell row by row whether the area goes by the name; False where either is missing."""
        pairs = zip(names, ids, strict=True)
        fits = [pd.notna(name) and pd.notna(area) and self.fits(name, area) for name, area in pairs]
        return pd.Series(fits, index=names.index, dtype=bool)


def _official_keys(area: Any) -> list[str]:
    return [name_key(area.name)]


def _other_keys(area: Any) -> list[str]:
    return [name_key(name) for name in _others(area)]


def _bare_keys(area: Any) -> list[str]:
    return [bare_name_key(name) for name in (area.name, *_others(area))]


def _others(area: Any) -> list[str]:
    names = getattr(area, "other_names", None)
    return [name for name in str(names).split(";") if name.strip()] if pd.notna(names) else []


def _flat(areas: pd.DataFrame) -> pd.DataFrame:
    return areas if "area_id" in areas else areas.reset_index()


# ── neighbourhoods of BPS ───────────────────────────────────────────────────────────────────────

_FIRST_UNINHABITED = 1000


def idsls_of(code: str) -> str:
    """
    Return the 14 digits of a neighbourhood, also from the 16 of one of its parts.

    Raises
    ------
    CodeError
        If it is neither.
    """
    text = str(code).strip()
    if not re.fullmatch(r"\d{14}(\d{2})?", text, re.ASCII):
        raise CodeError.of("code_not_sls", code=text[:20])
    return text[:14]


def is_neighbourhood(idsls: str) -> bool:
    """Tell whether people live there: not a rice field, a forest or the sea."""
    return int(idsls_of(idsls)[10:14]) < _FIRST_UNINHABITED


def desa_of_sls(idsls: str) -> str:
    """Return the BPS code of the desa of a neighbourhood."""
    return idsls_of(idsls)[:10]
