"""What is out of the lists has one day of it, and comes back once: one rule for every door.

A second archiving would overwrite the day of the first, which dates the end of a thing.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from base.basics.errors import TransitionRefused
from base.basics.formats import day
from base.basics.i18n import _


class Ending(Protocol):
    """A row that is out of the lists from a day on."""

    archived_on: date | None


def require_listed(row: Ending, name: str) -> None:
    """Refuse to put away what is away; ``name`` is what people call the row.

    Raises:
        TransitionRefused: it has been since a day, which stays.
    """
    if row.archived_on is not None:
        raise TransitionRefused(
            _(
                "« %(n)s » est déjà dans les archives, depuis le %(d)s.",
                n=name,
                d=day(row.archived_on),
            )
        )


def require_away(row: Ending, name: str) -> None:
    """Refuse to bring back what never left.

    Raises:
        TransitionRefused: it is in the lists.
    """
    if row.archived_on is None:
        raise TransitionRefused(
            _(
                "« %(n)s » n’est pas dans les archives : il n’y a rien à remettre en service.",
                n=name,
            )
        )
