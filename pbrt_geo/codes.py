"""Codes of areas: Kemendagri, BPS, and the identifiers of RTs.

An RT id is `RT-<kabupaten>-<serial>-<check>`, for example `RT-5207-00412-3`. It begins with
letters, so no reader and no program can mistake it for a 14-digit BPS idsls; the serial says
nothing about desa or number, so the id survives a move, a renumbering and a new name; the check
digit (Luhn) finds every single wrong digit.
"""

import re

from pbrt_geo.errors import CodeError
from pbrt_geo.schema import RT_ID


def _luhn(digits: str) -> int:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10


def rt_id(kabupaten_id: str, serial: int) -> str:
    """
    Make the identifier of the `serial`-th RT ever registered in a kabupaten.

    Raises
    ------
    CodeError
        If the kabupaten code is not of the form `52.07` or the serial does not fit 5 digits.
    """
    if not re.fullmatch(r"\d{2}\.\d{2}", kabupaten_id) or not 1 <= serial <= 99_999:
        raise CodeError.of("rt_id_parts", kabupaten=kabupaten_id, serial=serial)
    digits = f"{kabupaten_id.replace('.', '')}{serial:05d}"
    return f"RT-{digits[:4]}-{digits[4:]}-{_luhn(digits)}"


def is_rt_id(text: str) -> bool:
    """Tell whether `text` is a well-formed RT identifier with the right check digit."""
    if not re.fullmatch(RT_ID, text):
        return False
    digits = text.replace("RT-", "").replace("-", "")
    return _luhn(digits[:-1]) == int(digits[-1])
