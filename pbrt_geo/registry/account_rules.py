"""What an account may look like: its login, and to which areas each role is bound."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from pbrt_geo.errors import PbrtError
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND, PUBLIC, level_of
from pbrt_geo.registry.store import Reading
from pbrt_geo.text import say

_LOGIN = re.compile(r"[a-z][a-z0-9._@+-]{2,63}")
_NUMBER = re.compile(r"\d{6}")
"""No NIK or date of birth in a login: logins stand in the record and in messages."""

DOOR = "masuk"
"""Who counts wrong passwords, in the record."""

_RESERVED = (DOOR, COMMAND.login, PUBLIC.login)
"""Names that stand in the record for nobody's account."""

LEVELS_OF = {
    "operator_rt": ("rt",),
    "operator_desa": ("desa",),
    "kecamatan": ("kecamatan",),
    "opd": ("kecamatan", "kabupaten"),
    "bappeda": ("kabupaten",),
    "bupati": ("kabupaten",),
    "admin": ("kecamatan", "kabupaten"),
}
"""To what each role may be bound."""


class AccountError(PbrtError):
    """Nobody got in, or the account cannot be made or changed so."""


def folded(login: str) -> str:
    """Return a login as it is stored: small letters, no spaces around it."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def check_account(values: Mapping[str, Any]) -> None:
    """
    See that an account can be as it is told.

    Raises
    ------
    AccountError
        If login, name, role, area or programmes cannot be so, or not together.
    """
    login, role, area = (values[name] for name in ("login", "role", "area_id"))
    if not _LOGIN.fullmatch(login) or _NUMBER.search(login):
        raise AccountError.of("login_malformed")
    if login in _RESERVED:
        raise AccountError.of("login_taken")
    if not values["display"]:
        raise AccountError.of("display_missing")
    if role not in t.ROLES:
        raise AccountError.of("role_unknown", roles=", ".join(t.ROLES))
    if level_of(area) not in LEVELS_OF[role]:
        facts = {"role": role_name(role), "area": area, "level": _levels(role)}
        raise AccountError.of("area_of_role", **facts)
    if (role == "opd") != bool(values["programmes"]):
        raise AccountError.of("programmes_of_opd")


def role_name(role: str) -> Callable[[str], str]:
    """Return how a role is called, by language."""
    return lambda language: say(f"role.{role}", language)


def _levels(role: str) -> Callable[[str], str]:
    return lambda language: " / ".join(say(f"level.{name}", language) for name in LEVELS_OF[role])


def check_area(reading: Reading, area_id: str) -> None:
    """Refuse an area that there never was; as long as the registry knows none, any will do."""
    p = reading.visible(t.places)
    if not reading.rows(select(p.c.rt_id).limit(1)):
        return
    column = p.c[f"{level_of(area_id)}_id"]
    if not reading.rows(select(p.c.rt_id).where(column == area_id).limit(1)):
        raise AccountError.of("area_unknown", area=area_id)
