"""NIK, No. KK and names as they stand in files.

A NIK has 16 digits: province, kabupaten and kecamatan of the first registration (two digits each,
codes of Kemendagri), day, month and year of birth (women: day + 40), and a serial from 0001; there
is no check digit, and it does not change on moving. A No. KK has 16 digits too.

Excel keeps 15 digits of a number and writes 0 for the sixteenth, so a number that ends in 0 may be
another one, and a column that ends mostly in 0 was damaged. Nothing is repaired here: the digit is
gone. Above 2^53 (provinces 91 and up) no program that takes them for numbers keeps them.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pbrt_geo.intake.parsed import (
    EMPTY,
    NONE_TOLD,
    Cell,
    Parsed,
    Trouble,
    bad_cell,
    clean,
    is_nameless,
    says_none,
)

_PROVINCE_RANGES = ((11, 19), (21, 21), (31, 36), (51, 53), (61, 65), (71, 76), (81, 82), (91, 96))
PROVINCES = frozenset(f"{n}" for first, last in _PROVINCE_RANGES for n in range(first, last + 1))
"""Codes of Kemendagri for the 38 provinces that there are since 2022."""

_WOMEN = 40
_EXACT_BELOW = 2**53
_ENOUGH = 4  # numbers in a column before its endings tell something
_MOSTLY = 0.5

NONE_16 = "0" * 16
"""Stands where there is none; never a number, never a duplicate."""

_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAY_MONTHS = frozenset(
    f"{day + women:02d}{month:02d}"
    for women in (0, _WOMEN)
    for month, days in enumerate(_MONTH_DAYS, 1)
    for day in range(1, days + 1)
)
_LEAP_DAYS = frozenset(("2902", "6902"))

_ORDINARY = re.compile(r"[A-Za-z][A-Za-z.,'`-]*(?: [A-Za-z.,'`-]+)*")
"""Nearly all names: nothing to tidy, nothing to look at."""

_LOOSE = re.compile(r"[\s.\-'’‘`]")
_OF_A_FLOAT = re.compile(r"(\d{15,17})\.0+", re.ASCII)
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?e\+?\d+", re.ASCII | re.IGNORECASE)
_WITH_LETTERS = re.compile(r"[0-9OoIlSsBZ]{16}", re.ASCII)


class Told(NamedTuple):
    """What a NIK tells of a person; the century of the year it does not tell."""

    sex: str
    day: int
    month: int
    year_of_century: int


def told_by(nik: str) -> Told:
    """
    Return what a valid NIK tells of a person.

    >>> told_by("520701" + "570390" + "0001")
    Told(sex='female', day=17, month=3, year_of_century=90)
    """
    day = int(nik[6:8])
    sex = "female" if day > _WOMEN else "male"
    return Told(sex, day % _WOMEN, int(nik[8:10]), int(nik[10:12]))


def against_nik(
    niks: Sequence[str | None],
    births: Sequence[dt.date | None],
    sexes: Sequence[str | None],
) -> list[Trouble]:
    """
    Return a warning for each person whose NIK tells another birth date or sex than the file.

    Both happen to real people (a mistake made at registration stays in the number for life), so
    it is for a person to look at, and refuses nothing.
    """
    found: list[Trouble] = []
    for index, (nik, birth, sex) in enumerate(zip(niks, births, sexes, strict=True)):
        if nik is None or (birth is None and sex is None):
            continue
        told = told_by(nik)
        if birth is not None and (birth.day, birth.month, birth.year % 100) != told[1:]:
            found.append((index, "nik_other_birth", {}, "warning"))
        if sex is not None and sex != told.sex:
            found.append((index, "nik_other_sex", {}, "warning"))
    return found


def nik_fault(digits: str) -> str:
    """Return the key of what makes 16 digits no NIK; "" if they can be one."""
    if digits[:2] not in PROVINCES:
        return "id_province"
    if digits[2:4] == "00" or digits[4:6] == "00":
        return "nik_region"
    born = digits[6:10]
    if born not in _DAY_MONTHS or (born in _LEAP_DAYS and int(digits[10:12]) % 4):
        return "nik_birth"
    if digits[12:] == "0000":
        return "nik_serial"
    return "id_repeated" if digits.count(digits[0]) == len(digits) else ""


def kk_fault(digits: str) -> str:
    """Return the key of what makes 16 digits no No. KK; "" if they can be one."""
    if digits[:2] not in PROVINCES:
        return "id_province"
    return "id_repeated" if digits.count(digits[0]) == len(digits) else ""


def read_niks(texts: Sequence[str], kinds: Sequence[str]) -> Parsed:
    """Read a column of NIK: 16 digits, or None with a problem, or None where there is none."""
    return _read_ids(texts, kinds, nik_fault)


def read_kks(texts: Sequence[str], kinds: Sequence[str]) -> Parsed:
    """Read a column of No. KK, as `read_niks`."""
    return _read_ids(texts, kinds, kk_fault)


def _read_ids(texts: Sequence[str], kinds: Sequence[str], fault: Callable[[str], str]) -> Parsed:
    parsed = Parsed([None] * len(texts))
    none_told: set[int] = set()
    as_number: list[int] = []
    for index, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        if len(text) == 16 and kind == "text" and text.isascii() and text.isdigit():
            parsed.values[index] = text  # nearly all of them: nothing to tidy
            continue
        cell = _digits(text, kind)
        parsed.values[index] = cell.value
        if cell.key:
            parsed.trouble(index, cell.key, **cell.facts)
        elif cell.none_told:
            none_told.add(index)
        elif cell.value and (kind == "number" or _OF_A_FLOAT.fullmatch(text)):
            as_number.append(index)
    _refuse_damaged(parsed, as_number)
    _refuse_impossible(parsed, none_told, fault)
    parsed.none_told = frozenset(none_told)
    return parsed


def _digits(text: str, kind: str) -> Cell:
    """Return the 16 digits of a cell that is not simply that."""
    if bad := bad_cell(text, kind):
        return bad
    plain = unicodedata.normalize("NFKC", clean(text))
    if not plain:
        return EMPTY
    if says_none(plain):
        return NONE_TOLD
    if whole := _OF_A_FLOAT.fullmatch(plain):
        plain = whole[1]
    digits = _LOOSE.sub("", plain)
    if digits and not digits.strip("0"):
        return NONE_TOLD
    key = _form_fault(plain, digits)
    return Cell(key=key, facts={"n": len(digits)}) if key else Cell(digits)


def _form_fault(plain: str, digits: str) -> str:
    if _SCIENTIFIC.fullmatch(plain):
        return "id_scientific"
    if not (digits.isascii() and digits.isdigit()):
        return "id_letter" if _WITH_LETTERS.fullmatch(digits) else "id_not_digits"
    return "" if len(digits) == 16 else "id_length"


def _refuse_damaged(parsed: Parsed, as_number: Sequence[int]) -> None:
    """Refuse what may have lost its last digit, among numbers and among texts made of numbers."""
    values, numbers = parsed.values, set(as_number)
    texts = [i for i, value in enumerate(values) if value is not None and i not in numbers]
    for group, key in ((as_number, "id_number"), (texts, "id_text_damaged")):
        ending = [i for i in group if values[i][-1] == "0"]
        if key == "id_number":
            large = [i for i in group if int(values[i]) > _EXACT_BELOW]
            lost = group if _mostly(ending, group) else sorted({*ending, *large})
        else:
            lost = ending if _mostly(ending, group) or _too_many(ending, group) else []
        for index in lost:
            values[index] = None
            parsed.trouble(index, key, n=len(ending), n_all=len(group))


def _mostly(ending: Sequence[int], group: Sequence[int]) -> bool:
    return len(group) >= _ENOUGH and len(ending) > _MOSTLY * len(group)


def _too_many(ending: Sequence[int], group: Sequence[int]) -> bool:
    """Tell whether more end in 0 than one in ten could by chance (four standard deviations)."""
    return len(ending) > 0.1 * len(group) + 4 * (0.09 * len(group)) ** 0.5 + 1


def _refuse_impossible(parsed: Parsed, none_told: set[int], fault: Callable[[str], str]) -> None:
    for index, digits in enumerate(parsed.values):
        if digits is None:
            continue
        if digits == NONE_16:
            parsed.values[index] = None
            none_told.add(index)
        elif key := fault(digits):
            parsed.values[index] = None
            parsed.trouble(index, key)


# ── names ───────────────────────────────────────────────────────────────────────────────────────


def read_names(texts: Sequence[str], kinds: Sequence[str]) -> Parsed:
    """
    Read a column of names of people: in NFC, without invisible characters.

    NA, NULL, None and Nan are names. Letters of two scripts in one word (a Cyrillic I in SITI) are
    a warning, for such a name is never found again; digits in a name are one, too.
    """
    parsed = Parsed([None] * len(texts))
    none_told = set()
    for index, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        if kind == "text" and _ORDINARY.fullmatch(text) and not is_nameless(text):
            parsed.values[index] = text
        elif bad := bad_cell(text, kind):
            parsed.trouble(index, bad.key, **bad.facts)
        elif is_nameless(plain := clean(text)):
            none_told.add(index)
        elif plain:
            _read_name(parsed, index, plain)
    parsed.none_told = frozenset(none_told)
    return parsed


def _read_name(parsed: Parsed, index: int, plain: str) -> None:
    if not any(map(str.isalpha, plain)):
        parsed.trouble(index, "name_no_letters")
        return
    parsed.values[index] = plain
    if not plain.isascii() and has_mixed_scripts(plain):
        parsed.trouble(index, "name_mixed_scripts", "warning")
    elif any(map(str.isdigit, plain)):
        parsed.trouble(index, "name_digits", "warning")


def has_mixed_scripts(text: str) -> bool:
    """
    Tell whether letters of several scripts stand in one word.

    >>> has_mixed_scripts("S\u0406TI"), has_mixed_scripts("SITI \u0410\u043c")
    (True, False)
    """
    return any(len({_script(c) for c in word if c.isalpha()}) > 1 for word in text.split())


def _script(letter: str) -> str:
    return "LATIN" if letter.isascii() else unicodedata.name(letter, "?").split()[0]
