"""Reads of what points used: local days, months, years, the same a year before.

All of it stands on ``PointDay``, the one row of a point and a local day. What nobody read is
unknown and never zero; how complete a sum is is counted in days, a day of which half was received
being half a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, case, extract, func, or_, select
from sqlalchemy.orm import aliased

from base.basics.sessions import Session
from energie.domain.days import next_month
from energie.domain.kinds import Unit
from energie.models import PointDay

K = TypeVar("K")
#: Values of one IN; conditions of one OR.
_MANY, _CONDITIONS = 500, 200
#: Days received are summed in ten-thousandths, in whole numbers on both engines.
_PARTS = 10_000
_PARTS_RECEIVED = func.sum(
    case(
        (PointDay.received >= PointDay.expected, _PARTS),
        else_=PointDay.received * _PARTS // PointDay.expected,
    )
)


def batched(keys: Iterable[K], size: int) -> Iterator[Sequence[K]]:
    """The keys in groups that one statement can hold."""
    every = list(keys)
    for first in range(0, len(every), size):
        yield every[first : first + size]


class Known(NamedTuple):
    """The days that a point has: the first, the last, how many, and what they are counted in."""

    unit: Unit
    first_on: date
    last_on: date
    days: int


def known_of(session: Session, point_ids: Sequence[int]) -> dict[int, Known]:
    """The days of points; a point without any is left out."""
    one = aliased(PointDay)
    # One day of the point says the unit: the sums are found in the index alone.
    unit = (
        select(one.unit)
        .where(one.point_id == PointDay.point_id)
        .limit(1)
        .correlate(PointDay)
        .scalar_subquery()
    )
    found: dict[int, Known] = {}
    for keys in batched(point_ids, _MANY):
        rows = session.execute(
            select(
                PointDay.point_id,
                unit,
                func.min(PointDay.day_on),
                func.max(PointDay.day_on),
                func.count(),
            )
            .where(PointDay.point_id.in_(keys))
            .group_by(PointDay.point_id)
        )
        found |= {key: Known(Unit(of), a, b, n) for key, of, a, b, n in rows if of}
    return found


def known(session: Session, point_id: int) -> Known | None:
    """The days of a point, if it has any."""
    return known_of(session, [point_id]).get(point_id)


class Day(NamedTuple):
    """What a point used on one local day."""

    on: date
    value: Decimal
    expected: int
    received: int
    measured: int
    quality: int
    #: The series that tells it; none when several were put together.
    series_id: int | None

    @property
    def share(self) -> Decimal:
        """Points received over points expected, from 0 to 1."""
        return Decimal(min(self.received, self.expected)) / self.expected

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return self.received >= self.expected


_DAY = (
    PointDay.day_on,
    PointDay.value,
    PointDay.expected,
    PointDay.received,
    PointDay.measured,
    PointDay.quality,
    PointDay.series_id,
)


def point_days(session: Session, point_id: int, *, start: date, end: date) -> list[Day]:
    """The days that a point has from ``start`` to ``end`` (left out)."""
    return days_between(session, {point_id: (start, end)})[point_id]


def days_between(session: Session, periods: dict[int, tuple[date, date]]) -> dict[int, list[Day]]:
    """Point -> its days in its own period, in order; the end is left out."""
    found: dict[int, list[Day]] = {key: [] for key in periods}
    for keys in batched(periods, _CONDITIONS):
        rows = session.execute(
            select(PointDay.point_id, *_DAY)
            .where(_in(periods, keys))
            .order_by(PointDay.point_id, PointDay.day_on)
        )
        for row in rows:
            found[row[0]].append(Day(*row[1:]))
    return found


def _in(periods: dict[int, tuple[date, date]], keys: Sequence[int]) -> ColumnElement[bool]:
    """The days of points in their own periods."""
    return or_(
        *(
            (PointDay.point_id == key)
            & (PointDay.day_on >= periods[key][0])
            & (PointDay.day_on < periods[key][1])
            for key in keys
        )
    )


class Span(StrEnum):
    """What days are summed by."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Period(NamedTuple):
    """The sum of some days; unknown, and not zero, when none of them is known."""

    #: First day, the last one being left out.
    on: date
    end: date
    value: Decimal | None
    #: Days of the period that were received; a day half received counts a half.
    received: Decimal
    #: The worst quality that counts; none without any reading.
    quality: int | None

    @property
    def days(self) -> int:
        """How many local days the period has."""
        return (self.end - self.on).days

    @property
    def completeness(self) -> Decimal:
        """Share of the period that was received, from 0 to 1."""
        return self.received / self.days


def _periods(start: date, end: date, span: Span) -> Iterator[tuple[date, date]]:
    while start < end:
        if span is Span.DAY:
            after = start + timedelta(days=1)
        elif span is Span.MONTH:
            after = next_month(start)
        else:
            after = date(start.year + 1, 1, 1)
        yield start, min(after, end)
        start = after


def summed(on: date, end: date, days: Sequence[Day]) -> Period:
    """The days of a period added up."""
    if not days:
        return Period(on, end, None, Decimal(0), None)
    return Period(
        on,
        end,
        sum((day.value for day in days), Decimal(0)),
        sum((day.share for day in days), Decimal(0)),
        max(day.quality for day in days),
    )


def use_of(
    session: Session, point_id: int, *, start: date, end: date, span: Span = Span.MONTH
) -> list[Period]:
    """What a point used from ``start`` to ``end`` (left out), by day, month or year.

    The first and the last period hold only the days asked for.
    """
    days = point_days(session, point_id, start=start, end=end)
    found, place = [], 0
    for on, after in _periods(start, end, span):
        first = place
        while place < len(days) and days[place].on < after:
            place += 1
        found.append(summed(on, after, days[first:place]))
    return found


def total_of(session: Session, point_id: int, *, start: date, end: date) -> Period:
    """The days from ``start`` to ``end`` (left out) summed, with how complete they are."""
    return summed(start, end, point_days(session, point_id, start=start, end=end))


class Compared(NamedTuple):
    """A month beside the same one a year before."""

    month: Period
    before: Period | None
    #: Whether enough is known of both.
    is_comparable: bool

    @property
    def change(self) -> Decimal | None:
        """Share of change from the year before: 0.1 is ten percent more."""
        if not self.is_comparable:
            return None
        return change(self.month.value, self.before.value if self.before else None)


def change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Share of change; none when one side is unknown or the former is not above zero."""
    return None if now is None or before is None or before <= 0 else now / before - 1


def compared_months(
    session: Session, point_id: int, *, start: date, end: date, least: Decimal
) -> list[Compared]:
    """The months of a period beside those of the year before, over the same days.

    The last month may be running: of the year before, the same days are taken. Below ``least``
    received (0 to 1) on either side nothing is compared.
    """
    former = use_of(session, point_id, start=year_before(start), end=_end_before(end))
    before = {(month.on.month, month.on.year): month for month in former}
    found = []
    for month in use_of(session, point_id, start=start, end=end):
        old = before.get((month.on.month, month.on.year - 1))
        if old is not None and old.value is None:
            old = None
        whole = old is not None and min(month.completeness, old.completeness) >= least
        found.append(Compared(month, old, whole))
    return found


class Same(NamedTuple):
    """The sums of the months that are known in both years, and how many they are."""

    months: int
    now: Decimal
    before: Decimal

    @property
    def change(self) -> Decimal | None:
        """Share of change over these months; none without any."""
        return change(self.now, self.before) if self.months else None


def same_months(months: Sequence[Compared]) -> Same:
    """What both years say of the months that both know: never twelve beside two."""
    both = [one for one in months if one.is_comparable and one.before is not None]
    return Same(
        len(both),
        sum((one.month.value or Decimal(0) for one in both), Decimal(0)),
        sum((one.before.value or Decimal(0) for one in both if one.before), Decimal(0)),
    )


def year_before(day: date) -> date:
    """The same day of the year before; 28 February for the 29th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _end_before(end: date) -> date:
    """The end, left out, of the same days of the year before.

    Whole months are compared whole; of a running one the days up to its last are.
    """
    if end.day == 1:
        return year_before(end)
    return year_before(end - timedelta(days=1)) + timedelta(days=1)


def last_days(found: Known, count: int) -> tuple[date, date]:
    """The period of the last ``count`` days of a point; the end is left out."""
    end = found.last_on + timedelta(days=1)
    return max(found.first_on, end - timedelta(days=count)), end


def last_months(found: Known, count: int) -> tuple[date, date]:
    """The period of the last ``count`` months of a point, from the first of a month on."""
    last = found.last_on
    months = last.year * 12 + last.month - count
    first = date(months // 12, months % 12 + 1, 1)
    return max(found.first_on.replace(day=1), first), last + timedelta(days=1)


class Use(NamedTuple):
    """What a point used in its last days that are known."""

    unit: Unit
    start: date
    last: date
    total: Period


def uses_of(session: Session, point_ids: Sequence[int], *, days: int) -> dict[int, Use]:
    """What points used in the ``days`` days up to their last known one."""
    has = known_of(session, point_ids)
    ends = {key: one.last_on + timedelta(days=1) for key, one in has.items()}
    rows = days_between(
        session, {key: (end - timedelta(days=days), end) for key, end in ends.items()}
    )
    return {
        key: Use(
            one.unit,
            ends[key] - timedelta(days=days),
            one.last_on,
            summed(ends[key] - timedelta(days=days), ends[key], rows[key]),
        )
        for key, one in has.items()
    }


class Sum(NamedTuple):
    """What a point used in some days, and how many of them were received."""

    value: Decimal
    days: Decimal

    @property
    def by_day(self) -> Decimal:
        """The mean of the days that are known."""
        return self.value / self.days if self.days else Decimal(0)


def sums_between(session: Session, periods: dict[int, tuple[date, date]]) -> dict[int, Sum]:
    """Point -> what it used in its own period; the end is left out."""
    found: dict[int, Sum] = {}
    for keys in batched(periods, _CONDITIONS):
        rows = session.execute(
            select(PointDay.point_id, func.sum(PointDay.value), _PARTS_RECEIVED)
            .where(_in(periods, keys))
            .group_by(PointDay.point_id)
        )
        found |= {key: Sum(value, Decimal(int(parts)) / _PARTS) for key, value, parts in rows}
    return found


class MonthSum(NamedTuple):
    """What a point used in a month, and how many of its days were received."""

    point_id: int
    on: date
    value: Decimal
    days: Decimal


def months_of_points(
    session: Session, point_ids: Sequence[int], *, start: date, end: date
) -> Iterator[MonthSum]:
    """The months of many points, as far as they have days; the end is left out."""
    year, month = extract("year", PointDay.day_on), extract("month", PointDay.day_on)
    for keys in batched(point_ids, _MANY):
        rows = session.execute(
            select(PointDay.point_id, year, month, func.sum(PointDay.value), _PARTS_RECEIVED)
            .where(PointDay.point_id.in_(keys), PointDay.day_on >= start, PointDay.day_on < end)
            .group_by(PointDay.point_id, year, month)
        )
        for key, y, m, value, parts in rows:
            yield MonthSum(key, date(int(y), int(m), 1), value, Decimal(int(parts)) / _PARTS)
