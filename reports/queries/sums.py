"""Sums of the cost ledger over a period and the one before it.

They read the index by day and never the rows. SQLite sums by sorting, which costs more than all
the rest: it is asked month by month, a shorter sort each time, and then the month need not be
worked out for every line. PostgreSQL sums by hashing as long as there are few groups: it is asked
for both periods at once, and for the days apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select

from base.basics.sessions import Session
from patrimoine.models import CostLine
from reports.domain import months
from reports.queries.asked import NOTHING, SUMS, Asked, Sums, criteria

#: Days of a period that is narrowed before it is gone through month by month.
_LONG = 20 * 366


class Group(NamedTuple):
    """The lines that have these in common, and their sums."""

    nature: str
    account: str | None
    service_id: int | None
    sums: Sums
    #: Lines among them that take another one back.
    reversals: int


class Spent(NamedTuple):
    """Net cost of one asset by one nature."""

    asset_id: int
    nature: str
    net_eur: Decimal
    lines: int


class Summed:
    """The sums of one period."""

    def __init__(self) -> None:
        #: Several may have the same nature, account and service.
        self.groups: list[Group] = []
        #: By the first day of the month.
        self.months: dict[date, Sums] = {}
        self.spent: list[Spent] = []


_GROUP = (CostLine.nature, CostLine.account, CostLine.service_id)
_GROUP_SUMS = (*SUMS, func.count(CostLine.reversal_of_id))
_SPENT = (CostLine.asset_id, CostLine.nature)
_SPENT_SUMS = (func.sum(CostLine.net_eur), func.count())


def summed(session: Session, before: Asked, now: Asked) -> tuple[Summed, Summed]:
    """The sums of two periods, the one that ends first given first."""
    if session.get_bind().dialect.name == "sqlite":
        return _by_sorting(session, before), _by_sorting(session, now)
    return _by_hashing(session, before, now)


def _by_sorting(session: Session, asked: Asked) -> Summed:
    found = Summed()
    for first, start, end in months(*_narrowed(session, asked)):
        inside = criteria(asked.within(start, end))
        statement = select(*_GROUP, *_GROUP_SUMS).where(*inside).group_by(*_GROUP)
        rows = [_group(row) for row in session.execute(statement)]
        if rows:
            found.groups += rows
            found.months[first] = sum((row.sums for row in rows), NOTHING)
    rows_of = _rows(session, _SPENT, _SPENT_SUMS, criteria(asked))
    found.spent = [Spent._make(row) for row in rows_of]
    return found


def _by_hashing(session: Session, before: Asked, now: Asked) -> tuple[Summed, Summed]:
    found = Summed(), Summed()
    both = criteria(now.within(before.start, now.end))
    if before.end < now.start:
        both.append(or_(CostLine.date_on < before.end, CostLine.date_on >= now.start))
    is_now: Any = (CostLine.date_on >= now.start).label("is_now")
    for which, *row in _rows(session, (is_now, *_GROUP), _GROUP_SUMS, both):
        found[which].groups.append(_group(row))
    for which, *row in _rows(session, (is_now, *_SPENT), _SPENT_SUMS, both):
        found[which].spent.append(Spent._make(row))
    for on, *sums in _rows(session, (CostLine.date_on,), SUMS, both):
        into = found[on >= now.start].months
        first = on.replace(day=1)
        into[first] = into.get(first, NOTHING) + Sums(*sums)
    return found


def _rows(session: Session, by: Any, sums: Any, where: Any) -> Iterator[Any]:
    yield from session.execute(select(*by, *sums).where(*where).group_by(*by))


def _narrowed(session: Session, asked: Asked) -> tuple[date, date]:
    """The period; one of many years is narrowed to the days that the ledger has."""
    if (asked.end - asked.start).days < _LONG:
        return asked.start, asked.end
    days = (func.min(CostLine.date_on), func.max(CostLine.date_on))
    first, last = session.execute(select(*days)).one()
    if first is None:
        return asked.start, asked.start
    return max(asked.start, first), min(asked.end, last + timedelta(days=1))


def last_day(session: Session, asked: Asked) -> date | None:
    """The day of the last line; None when there is no line."""
    found: date | None = session.scalar(select(func.max(CostLine.date_on)).where(*criteria(asked)))
    return found


def _group(row: Any) -> Group:
    nature, account, service_id, *sums, reversals = row
    return Group(nature, account or None, service_id, Sums(*sums), reversals)
