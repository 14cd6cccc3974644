"""When a fact may have happened: one rule for every door.

Labour, parts, expenses, readings, moves, invoices, counts of stock, what is said of a work order:
each is told after it happened, ends after it began, and has a year that somebody may have lived.
A plan may lie ahead: a planned day, a due day, the end of a warranty; it too ends after it begins.

Each dated column of a model says what it is: ``tracked(info=fact(after="started_at"))``. Verbs ask
``require_past`` and ``require_order`` first, so that the sentence stands beside the field that was
typed; what no verb asked is refused when the row is written, whatever door it came through
(``_refuse_at_flush``). Imports of many rows ask ``faults`` and keep the line with its reason.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session as OrmSession

from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.formats import day as say_day
from base.basics.i18n import _
from base.basics.sessions import Session

#: Before it, a date of something that a person books is a slip (an empty spreadsheet cell is
#: 30/12/1899, a year typed with two digits is the first century). What a building or a land is
#: dated with, its construction or purchase, is older and is not asked here.
EARLIEST = date(1950, 1, 1)
#: A church was bought long before; no register of ours reaches further back.
OLDEST = date(1000, 1, 1)
#: Nobody knows the day of a deed of the eleventh century: such a year is one of ours whose first
#: digit was mistyped, 1026 for 2026.
OLDEST_DEED = date(1100, 1, 1)
#: No machine, vehicle, meter or cadastre is older.
OLDEST_MACHINE = date(1800, 1, 1)
#: The longest that a contract of French law may run, in years: a plan beyond it is a slip.
FURTHEST = 99
#: How far the clock of a phone may be ahead of the server's before what it says is in the future.
CLOCK_DRIFT = timedelta(minutes=10)


class When(StrEnum):
    """What the date of a column is."""

    #: Something happened: not after the present.
    FACT = "fact"
    #: Something is to happen or to hold, or did.
    PLAN = "plan"
    #: The machine noted the present instant; nobody types it.
    STAMP = "stamp"
    #: What a paper or a field of the authority's own says, kept as it is; its verb judges it.
    TOLD = "told"


def fact(*, after: str | None = None, since: date = EARLIEST) -> dict[str, Any]:
    """``info`` of a column that says when something happened, not before the column ``after``."""
    return {"when": When.FACT, "after": after, "since": since}


def plan(*, after: str | None = None, since: date = EARLIEST) -> dict[str, Any]:
    """``info`` of a column that may lie ahead, but not before the column ``after``."""
    return {"when": When.PLAN, "after": after, "since": since}


def stamp() -> dict[str, Any]:
    """``info`` of a column that the machine fills with the present instant."""
    return {"when": When.STAMP, "after": None, "since": EARLIEST}


def told() -> dict[str, Any]:
    """``info`` of a column that keeps what a paper says; its verb judges it."""
    return {"when": When.TOLD, "after": None, "since": EARLIEST}


def sentence(
    when: date | datetime, *, today: date | None = None, since: date = EARLIEST
) -> str | None:
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
    return _too_old(when) if when < since else None


def plan_sentence(
    when: date | datetime, *, today: date | None = None, since: date = EARLIEST
) -> str | None:
    """Why nothing can be planned for then: its year is a slip; None when it is plausible."""
    if isinstance(when, datetime):
        when = clock.local(when).date()
    if when < since:
        return _too_old(when)
    if when.year > (today or clock.today()).year + FURTHEST:
        return _(
            "Le %(day)s est trop lointain pour être juste : vérifiez l’année.", day=say_day(when)
        )
    return None


def order_sentence(start: date | datetime | None, end: date | datetime | None) -> str | None:
    """Why a period cannot be: it ends before it begins; None when it can, or is half known.

    Each is a day or an instant; a day and an instant are compared by their days. A period of one
    day, or of no time, can be.
    """
    if start is None or end is None:
        return None
    first = clock.local(start).date() if isinstance(start, datetime) else start
    last = clock.local(end).date() if isinstance(end, datetime) else end
    if first == last:
        both = isinstance(start, datetime) and isinstance(end, datetime)
        return _("La fin précède le début.") if both and end < start else None
    if first < last:
        return None
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
        raise InvalidInput.at(field, found)


class Dated(NamedTuple):
    """A dated column, of a model or of a file, as it is declared."""

    key: str
    when: When
    after: str | None
    since: date

    @classmethod
    def of(cls, key: str, said: Mapping[str, Any]) -> Dated:
        """The column by its name and what ``fact``, ``plan``, ``stamp`` or ``told`` says of it."""
        return cls(key, said["when"], said["after"], said["since"])


@functools.cache
def dated(mapper: Mapper[Any]) -> tuple[Dated, ...]:
    """The columns of a class that say what their date is."""
    return tuple(
        Dated.of(a.key, a.columns[0].info)
        for a in mapper.column_attrs
        if "when" in a.columns[0].info
    )


def faults(
    columns: Iterable[Dated],
    values: Mapping[str, Any],
    *,
    only: Iterable[str] | None = None,
    today: date | None = None,
) -> dict[str, str]:
    """Why a row cannot hold these dates: column -> sentence; empty when it can.

    ``values`` are days, instants or years; those that are missing are not asked. With ``only``,
    the dates of these columns and the orders that they stand in.
    """
    today = today or clock.today()
    asked = None if only is None else set(only)
    found: dict[str, str] = {}
    for column in columns:
        value, after = values.get(column.key), column.after
        if value is None:
            continue
        why = None
        if asked is None or column.key in asked:
            why = _why(column, value, today)
        if why is None and after is not None and (asked is None or asked & {column.key, after}):
            why = order_sentence(values.get(after), value)
        if why is not None:
            found[column.key] = why
    return found


def _why(column: Dated, value: date | datetime | int, today: date) -> str | None:
    if column.when not in (When.FACT, When.PLAN):
        return None
    if isinstance(value, int):
        last = today.year + (FURTHEST if column.when is When.PLAN else 0)
        if column.since.year <= value <= last:
            return None
        return _("L’année %(year)d est hors de toute vraisemblance.", year=value)
    if column.when is When.FACT:
        return sentence(value, today=today, since=column.since)
    return plan_sentence(value, today=today, since=column.since)


@event.listens_for(OrmSession, "before_flush")
def _refuse_at_flush(session: Session, context: Any, instances: Any) -> None:
    """Refuse dates that no verb asked about: a new door cannot forget the rule."""
    for row in (*session.new, *session.dirty):
        state = inspect(row)
        columns = dated(state.mapper)
        if not columns:
            continue
        names = {name for c in columns for name in (c.key, c.after) if name}
        if state.persistent:
            # A form gives all its values back: what it did not change is not asked.
            changed = {name for name in names if state.attrs[name].history.added}
            if not changed:
                continue
            values = {name: getattr(row, name) for name in names}
        else:
            changed = names
            values = {name: state.dict.get(name) for name in names}
        if found := faults(columns, values, only=changed):
            raise InvalidInput(next(iter(found.values())), found)


def _too_old(when: date) -> str:
    return _("Le %(day)s est trop ancien pour être juste : vérifiez l’année.", day=say_day(when))


def _after(when: date) -> str:
    return _(
        "Le %(day)s n’est pas encore passé : ce qui a eu lieu porte au plus la date du jour.",
        day=say_day(when),
    )
