"""A database that cannot serve: what is wrong, in words."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, TimeoutError

from base.basics.i18n import _

#: Codes of PostgreSQL that say nothing of the statement: the server stops or starts, or has no
#: connection left. Those of class 08 are of the connection itself.
_SERVER_CODES = ("57P01", "57P02", "57P03", "57P04", "57P05", "53300")


def is_away(fault: BaseException) -> bool:
    """Whether the database does not answer at all: not there, stopped, or lost on the way."""
    if isinstance(fault, DBAPIError) and fault.connection_invalidated:
        return True
    orig = getattr(fault, "orig", None) or fault
    if "unable to open database file" in str(orig):
        return True
    if not hasattr(orig, "sqlstate"):
        return False
    code = orig.sqlstate
    if code is None:
        # The library's own word, not the server's: nobody answered.
        return type(orig).__name__ in ("OperationalError", "ConnectionTimeout")
    return code.startswith("08") or code in _SERVER_CODES


def trouble(fault: BaseException) -> tuple[str, int] | None:
    """What a database without room or breath has to say, and the wait in seconds; else nothing."""
    orig = getattr(fault, "orig", None) or fault
    said, code = str(orig), getattr(orig, "sqlstate", "")
    if "database or disk is full" in said or code == "53100":
        return (
            _("Le disque est plein : rien n’a été enregistré. Prévenez l’administrateur."),
            300,
        )
    if "disk I/O error" in said:
        return (
            _("Le disque ne répond pas : rien n’a été enregistré. Prévenez l’administrateur."),
            300,
        )
    if "database is locked" in said or isinstance(fault, TimeoutError):
        return (
            _("Trop de monde écrit en ce moment : rien n’a été enregistré. Recommencez."),
            5,
        )
    if is_away(fault):
        return (
            _(
                "La base de données ne répond pas en ce moment. "
                "Le service reprend de lui-même : réessayez dans un instant."
            ),
            10,
        )
    return None
