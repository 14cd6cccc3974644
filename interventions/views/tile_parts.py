"""What tiles of agents and of their heads share: the week of work, and words for a row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from base.basics import clock
from base.basics.i18n import _, _l, headed, ngettext
from base.desk import own_settings

#: Legal week of public officers, 35 hours (decree 2000-815, article 1): what a full bar is.
WEEK_HOURS = own_settings.declare(
    own_settings.Declared(
        "interventions.week_hours",
        _l("Accueil"),
        _l("Semaine de travail d’un agent"),
        _l("Une barre pleine de la charge, sur l’accueil ; au-delà, elle est signalée."),
        _l("heures"),
        default=35,
        low=1,
        high=60,
    )
)


def share(part: Decimal, whole: Decimal) -> int:
    """The part in percent, as a bar shows it."""
    return min(100, int(part * 100 / whole)) if whole else 0


def where(row: Any) -> str:
    """The asset of a row and where it is."""
    return row.located or _("bien d’une autre entité")


def named(row: Any) -> str:
    """A row and its asset; nothing when there is no row."""
    return f"{row.title}, {where(row)}" if row is not None else ""


def overdue(row: Any) -> str:
    """The oldest of the late ones, in words."""
    if row is None:
        return ""
    days = (clock.today() - row.due_on).days
    ago = ngettext("%(n)s jour de retard", "%(n)s jours de retard", days, n=days)
    return headed(named(row), ago)
