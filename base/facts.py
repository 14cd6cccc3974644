"""When a fact may have happened: one rule for every door.

Labour, parts, expenses, readings, moves, invoices, counts of stock, what is said of a work order:
each is told after it happened, ends after it began, and has a year that somebody may have lived.
Services ask here, so that form, phone, REST, import and command answer alike; imports of many
rows ask ``sentence`` and keep the line with its reason.

Plans are no facts: a planned day, a due day, the end of a contract may lie ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from base import clock
from base.errors import InvalidInput
from base.formats import day as say_day
from base.i18n import _

#: Before it, a date of something that a person books is a slip (an empty spreadsheet cell is
#: 30/12/1899, a year typed with two digits is the first century). What a building or a land is
#: dated with, its construction or purchase, is older and is not asked here.
EARLIEST = date(1950, 1, 1)
#: How far the clock of a phone may be ahead of the server's before what it says is in the future.
CLOCK_DRIFT = timedelta(minutes=10)


def sentence(when: date | datetime, *, today: date | None = None) -> str | None:
    """Why something cannot have happened then; None when it can.

    ``when`` is a day where the authority is, or an instant with its zone. ``today`` is the present
    day where the authority is, and serves a caller that asks for many rows.
    """
    today = today or clock.today()
    if isinstance(when, datetime):
        if when > clock.now() + CLOCK_DRIFT:
            on = clock.local(when).date()
            if on <= today:
                return _("Cette heure n’est pas encore passée : vérifiez l’heure de l’appareil.")
            return _after(on)
        when = clock.local(when).date()
    elif when > today:
        return _after(when)
    if when < EARLIEST:
        return _(
            "Le %(day)s est trop ancien pour être juste : vérifiez l’année.", day=say_day(when)
        )
    return None


def order_sentence(start: date | datetime | None, end: date | datetime | None) -> str | None:
    """Why a period cannot be: it ends before it begins; None when it can, or is half known.

    Both are days, or both instants. A period of one day, or of no time, can be.
    """
    if start is None or end is None or end >= start:
        return None
    first = clock.local(start).date() if isinstance(start, datetime) else start
    last = clock.local(end).date() if isinstance(end, datetime) else end
    if first == last:
        return _("La fin précède le début.")
    return _(
        "La fin (%(end)s) précède le début (%(start)s).", end=say_day(last), start=say_day(first)
    )


def require_past(given: Mapping[str, date | datetime | None]) -> None:
    """Refuse what cannot have happened; ``given`` is by field name, None is not asked.

    Raises:
        InvalidInput: with a sentence beside each field at fault.
    """
    today = clock.today()
    faults = {
        name: found
        for name, when in given.items()
        if when is not None and (found := sentence(when, today=today)) is not None
    }
    if faults:
        raise InvalidInput(next(iter(faults.values())), faults)


def require_order(
    start: date | datetime | None, end: date | datetime | None, *, field: str
) -> None:
    """Refuse a period that ends before it begins; the sentence stands beside ``field``.

    Raises:
        InvalidInput: it does.
    """
    found = order_sentence(start, end)
    if found is not None:
        raise InvalidInput(found, {field: found})


def _after(when: date) -> str:
    return _(
        "Le %(day)s n’est pas encore passé : ce qui a eu lieu porte au plus la date du jour.",
        day=say_day(when),
    )
