"""Reads of what local days used: days, months, the same a year before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from energie.domain.days import expected_points
from energie.models import DailyUse, DeliveryPoint, Series
from energie.queries.readings import extent, last_days, main_of, step_seconds


class Day(NamedTuple):
    """What a series says of one local day."""

    on: date
    value: Decimal
    expected: int
    received: int
    measured: int
    high_milli: int | None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return self.received >= self.expected


def days_of(session: Session, series_id: int, *, start: date, end: date) -> list[Day]:
    """The days of a series from ``start`` to ``end`` (left out)."""
    rows = session.execute(
        select(
            DailyUse.day_on,
            DailyUse.value,
            DailyUse.expected,
            DailyUse.received,
            DailyUse.measured,
            DailyUse.high_milli,
        )
        .where(
            DailyUse.series_id == series_id, DailyUse.day_on >= start, DailyUse.day_on < end
        )
        .order_by(DailyUse.day_on)
    )
    return [Day(*row) for row in rows]


class Month(NamedTuple):
    """The sum of a month's days, with how complete it is."""

    on: date
    value: Decimal
    expected: int
    received: int

    @property
    def completeness(self) -> Decimal:
        """Points received over points expected, from 0 to 1."""
        return Decimal(self.received) / self.expected if self.expected else Decimal(0)


def months_of(session: Session, series_id: int, *, start: date, end: date) -> list[Month]:
    """The days summed by month.

    A day without any reading adds to what is expected when the series has days before and
    after it: a hole of a week makes its month incomplete.
    """
    known = extent(session, series_id)
    if known is None:
        return []
    series = session.get_one(Series, series_id)
    tz = session.get_one(DeliveryPoint, series.point_id).timezone
    step = step_seconds(series)
    days = {day.on: day for day in days_of(session, series_id, start=start, end=end)}
    found: dict[date, list[Any]] = {}
    on = max(start, known.first_on)
    while on < min(end, known.last_on + timedelta(days=1)):
        sums = found.setdefault(on.replace(day=1), [Decimal(0), 0, 0])
        if day := days.get(on):
            sums[0] += day.value
            sums[1] += day.expected
            sums[2] += day.received
        else:
            sums[1] += expected_points(on, step, tz) if step else 1
        on += timedelta(days=1)
    return [Month(on, *sums) for on, sums in found.items()]


class Compared(NamedTuple):
    """A month beside the same one a year before; the change when both are whole enough."""

    month: Month
    before: Month | None
    #: Share of change from the year before: 0.1 is ten percent more.
    change: Decimal | None


def compared_months(
    session: Session, series_id: int, *, start: date, end: date, least: Decimal
) -> list[Compared]:
    """The months of a period beside those of the year before, over the same days.

    The last month may be running, and the first begun: of the year before, the same days are
    taken. Below ``least`` received (0 to 1) on either side nothing is compared.
    """
    former = year_before(start), year_before(end)
    before = {
        month.on: month for month in months_of(session, series_id, start=former[0], end=former[1])
    }
    found = []
    for month in months_of(session, series_id, start=start, end=end):
        old = before.get(year_before(month.on))
        change = None
        if old and old.value and min(month.completeness, old.completeness) >= least:
            change = month.value / old.value - 1
        found.append(Compared(month, old, change))
    return found


def year_before(day: date) -> date:
    """The same day of the year before; 28 February for the 29th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def total_of(session: Session, series_id: int, *, start: date, end: date) -> Month:
    """The days from ``start`` to ``end`` (left out) summed, with how complete they are."""
    months = months_of(session, series_id, start=start, end=end)
    return Month(
        start,
        sum((month.value for month in months), Decimal(0)),
        sum(month.expected for month in months),
        sum(month.received for month in months),
    )


class Use(NamedTuple):
    """What a point used in its last days that are known."""

    series: Series
    start: date
    last: date
    total: Month


def uses_of(session: Session, point_ids: Sequence[int], *, days: int) -> dict[int, Use]:
    """What points used in their last ``days`` days with readings, in three statements."""
    if not point_ids:
        return {}
    main = main_of(session, point_ids)
    if not main:
        return {}
    periods = {series.id: last_days(extent, days) for series, extent in main.values()}
    wanted = [
        (DailyUse.series_id == key) & (DailyUse.day_on >= start)
        for key, (start, _end) in periods.items()
    ]
    sums = {
        key: (value, expected, received, days)
        for key, value, expected, received, days in session.execute(
            select(
                DailyUse.series_id, func.sum(DailyUse.value), func.sum(DailyUse.expected),
                func.sum(DailyUse.received), func.count(),
            )
            .where(or_(*wanted))
            .group_by(DailyUse.series_id)
        )
    }  # fmt: skip
    found = {}
    for point_id, (series, _extent) in main.items():
        start, end = periods[series.id]
        value, expected, received, known = sums[series.id]
        # Days without any reading are expected like the others.
        whole = int(expected) * (end - start).days // known
        total = Month(start, value, whole, int(received))
        found[point_id] = Use(series, start, end - timedelta(days=1), total)
    return found
