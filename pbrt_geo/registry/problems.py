"""What can be wrong with a database, said without a word of what stands in it."""

import re

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError

from pbrt_geo.errors import PbrtError, Problem

_SIGNS = {
    "registry_full": ("disk is full", "No space left"),
    "registry_read_only": ("readonly", "read-only"),
    "registry_busy": ("locked", "lock timeout", "deadlock", "QueuePool"),
    "registry_disk": ("disk I/O error", "could not read", "could not write", "could not fsync"),
    "registry_damaged": ("malformed",),
    "registry_no_database": ("not a database",),
    "registry_unreachable": (
        "unable to open",
        "connection failed",
        "connection is bad",
        "terminating connection",
        "server closed",
        "connection is lost",
    ),
}
_KINDS = {IntegrityError: "registry_rule", DataError: "registry_value"}


class RegistryError(PbrtError):
    """The registry cannot do what was asked; what was there before is still there."""


def told(error: SQLAlchemyError | UnicodeError) -> RegistryError:
    """Return the error to raise instead of one of the database; of that one nothing is left."""
    found = RegistryError(Problem(_key_of(error)))
    rule = _rule(error)
    if rule:
        found.add_note(rule)  # for who looks into a log; it is a name of ours
    forget(error)
    return found


def _rule(error: BaseException) -> str | None:
    """Return which rule of the tables was broken, which says nothing of the row."""
    if not isinstance(error, IntegrityError) or error.orig is None:
        return None
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or diagnosis.column_name
    found = re.fullmatch(r"[A-Z ]+ constraint failed: ([\w., ]+)", str(error.orig))
    return found and found[1]


def _key_of(error: BaseException) -> str:
    if isinstance(error, UnicodeError):
        return "registry_value"
    text = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    for key, signs in _SIGNS.items():
        if any(sign in text for sign in signs):
            return key
    return next((key for kind, key in _KINDS.items() if isinstance(error, kind)), "registry_failed")


def forget(error: BaseException) -> None:
    """
    Take out of an error what it says of people, and what led to it.

    A database names the value it refuses, and Python hangs the error on whatever is raised next,
    for a log or a page to print.
    """
    if isinstance(error, UnicodeEncodeError):
        error.object = ""
    if isinstance(error, StatementError):
        error.orig = error.params = None
        error.statement, error.detail = None, []
    error.args = ()
    error.__cause__ = error.__context__ = error.__traceback__ = None
