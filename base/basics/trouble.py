"""A database that cannot write: what is wrong, in words."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from base.basics.i18n import _


def trouble(fault: OperationalError) -> tuple[str, int] | None:
    """What a database without room or breath has to say, and the wait in seconds; else nothing."""
    said = str(fault.orig)
    if "database or disk is full" in said or getattr(fault.orig, "sqlstate", "") == "53100":
        return (
            _("Le disque est plein : rien n’a été enregistré. Prévenez l’administrateur."),
            300,
        )
    if "disk I/O error" in said:
        return (
            _("Le disque ne répond pas : rien n’a été enregistré. Prévenez l’administrateur."),
            300,
        )
    if "database is locked" in said:
        return (
            _("Trop de monde écrit en ce moment : rien n’a été enregistré. Recommencez."),
            5,
        )
    return None
