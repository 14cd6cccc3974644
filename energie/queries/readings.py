"""Reads of series: days, months, curves, the files that they came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from energie.domain.blocks import Block
from energie.domain.days import day_start
from energie.domain.kinds import STEP_SECONDS, Quantity, RegisterCode, Step
from energie.domain.quality import LAST_COUNTED
from energie.models import (
    BatchState,
    DailyUse,
    DeliveryPoint,
    Reading,
    ReadingBatch,
    ReadingHistory,
    ReadingReject,
    Series,
)

#: Which series tells what a point uses, when several do: the finest measured one.
_RANK = {Quantity.POWER: 0, Quantity.ENERGY: 1, Quantity.INDEX: 2, Quantity.VOLUME: 3}
#: Periods of billing come after what was read day by day.
_PERIODS = (Step.MONTH, Step.IRREGULAR)
#: Of several dials, the one that counts the whole.
_WHOLE = ("", RegisterCode.TOTAL, RegisterCode.BASE)


def _rank(series: Series) -> tuple[bool, int, int, int]:
    quantity = Quantity(series.quantity)
    is_period = series.step in _PERIODS and quantity is not Quantity.INDEX
    code = series.register_code
    return is_period, _RANK[quantity], _WHOLE.index(code) if code in _WHOLE else 9, series.id



def series_of(session: Session, point_id: int) -> Sequence[Series]:
    """All series of a point."""
    return session.scalars(
        select(Series).where(Series.point_id == point_id).order_by(Series.id)
    ).all()


class Extent(NamedTuple):
    """First and last local day that a series has, and how many."""

    first_on: date
    last_on: date
    days: int


def extent(session: Session, series_id: int) -> Extent | None:
    """The days of a series, if it has any."""
    row = session.execute(
        select(func.min(DailyUse.day_on), func.max(DailyUse.day_on), func.count()).where(
            DailyUse.series_id == series_id
        )
    ).one()
    return Extent(row[0], row[1], row[2]) if row[0] else None


def _main(session: Session, point_ids: Sequence[int]) -> dict[int, tuple[Series, Extent]]:
    """The series that tells what each point uses, and its days, in two statements."""
    rows = session.scalars(select(Series).where(Series.point_id.in_(point_ids))).all()
    counted = sorted(
        (series for series in rows if series.quantity in _RANK),
        key=_rank,
    )
    if not counted:
        return {}
    extents = {
        key: Extent(first, last, count)
        for key, first, last, count in session.execute(
            select(
                DailyUse.series_id,
                func.min(DailyUse.day_on),
                func.max(DailyUse.day_on),
                func.count(),
            )
            .where(DailyUse.series_id.in_([series.id for series in counted]))
            .group_by(DailyUse.series_id)
        )
    }
    found: dict[int, tuple[Series, Extent]] = {}
    for series in counted:
        if series.id in extents:
            found.setdefault(series.point_id, (series, extents[series.id]))
    return found


def main_series(session: Session, point_id: int) -> Series | None:
    """The series that tells what the point uses: the finest one that has days."""
    found = _main(session, [point_id]).get(point_id)
    return found[0] if found else None


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
    """The days summed by month; a day without any reading adds to what is expected only
    where the series has days around it.
    """
    found: dict[date, list[Any]] = {}
    for day in days_of(session, series_id, start=start, end=end):
        sums = found.setdefault(day.on.replace(day=1), [Decimal(0), 0, 0])
        sums[0] += day.value
        sums[1] += day.expected
        sums[2] += day.received
    return [Month(on, *sums) for on, sums in found.items()]


def total_of(session: Session, series_id: int, *, start: date, end: date) -> Month:
    """The days from ``start`` to ``end`` (left out) summed, with how complete they are."""
    value, expected, received = session.execute(
        select(
            func.sum(DailyUse.value), func.sum(DailyUse.expected), func.sum(DailyUse.received)
        ).where(DailyUse.series_id == series_id, DailyUse.day_on >= start, DailyUse.day_on < end)
    ).one()
    return Month(start, Decimal(value or 0), int(expected or 0), int(received or 0))


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
    main = _main(session, point_ids)
    if not main:
        return {}
    periods = {series.id: last_days(extent, days) for series, extent in main.values()}
    wanted = [
        (DailyUse.series_id == key) & (DailyUse.day_on >= start)
        for key, (start, _end) in periods.items()
    ]
    sums = {
        key: (value, expected, received)
        for key, value, expected, received in session.execute(
            select(
                DailyUse.series_id, func.sum(DailyUse.value), func.sum(DailyUse.expected),
                func.sum(DailyUse.received),
            )
            .where(or_(*wanted))
            .group_by(DailyUse.series_id)
        )
    }  # fmt: skip
    found = {}
    for point_id, (series, _extent) in main.items():
        start, end = periods[series.id]
        value, expected, received = sums[series.id]
        total = Month(start, value, int(expected), int(received))
        found[point_id] = Use(series, start, end - timedelta(days=1), total)
    return found


class Point(NamedTuple):
    """One reading of a curve: UTC second of the start, value in the unit of the series."""

    at: int
    value: Decimal


def curve(session: Session, series: Series, *, start: date, end: date, tz: str) -> list[Point]:
    """The readings of local days from ``start`` to ``end`` (left out) that count.

    Rows of a file that is still being written are left out.
    """
    loading = select(ReadingBatch.id).where(ReadingBatch.state == BatchState.LOADING)
    rows = session.execute(
        select(Reading.start_at, Reading.value_milli)
        .where(
            Reading.series_id == series.id,
            Reading.start_at >= day_start(start, tz),
            Reading.start_at < day_start(end, tz),
            Reading.quality <= LAST_COUNTED,
            Reading.batch_id.not_in(loading),
        )
        .order_by(Reading.start_at)
    )
    return [Point(at, Decimal(value).scaleb(-3)) for at, value in rows]


def values_as_of(
    session: Session, series: Series, *, start: int, end: int, at: datetime
) -> dict[int, Decimal]:
    """What a series said at an instant: start → value, for UTC seconds from ``start`` to ``end``.

    A value counts from the reception of its file until a later file took its place; files that
    were taken back since are as if they had never come.
    """
    moment = int(at.timestamp())
    arrived = select(ReadingBatch.id).where(
        ReadingBatch.received_at <= at, ReadingBatch.state != BatchState.LOADING
    )
    found: dict[int, Decimal] = {}
    for model, extra in (
        (Reading, []),
        (ReadingHistory, [ReadingHistory.superseded_at > moment]),
    ):
        rows = session.execute(
            select(model.start_at, model.value_milli).where(
                model.series_id == series.id,
                model.start_at >= start,
                model.start_at < end,
                model.quality <= LAST_COUNTED,
                model.batch_id.in_(arrived),
                *extra,
            )
        )
        found |= {key: Decimal(value).scaleb(-3) for key, value in rows}
    return found


def step_seconds(series: Series) -> int:
    """The step of a series in seconds; zero when it has none."""
    return STEP_SECONDS.get(Step(series.step), 0)


def last_days(found: Extent, count: int) -> tuple[date, date]:
    """The period of the last ``count`` days of a series; the end is left out."""
    end = found.last_on + timedelta(days=1)
    return max(found.first_on, end - timedelta(days=count)), end


def last_months(found: Extent, count: int) -> tuple[date, date]:
    """The period of the last ``count`` months of a series, whole but for the last."""
    last = found.last_on
    months = last.year * 12 + last.month - count
    first = date(months // 12, months % 12 + 1, 1)
    return max(found.first_on, first), last + timedelta(days=1)


def applied_batch(session: Session, digest: str, *, entity_id: int) -> ReadingBatch | None:
    """The import of this very file that stands."""
    return session.scalars(
        select(ReadingBatch)
        .where(
            ReadingBatch.entity_id == entity_id,
            ReadingBatch.digest == digest,
            ReadingBatch.state == BatchState.APPLIED,
        )
        .order_by(ReadingBatch.id.desc())
        .limit(1)
    ).first()


def batch_to_attach(session: Session, digest: str, *, entity_id: int) -> ReadingBatch | None:
    """The row of this file in the list of those that wait for a delivery point."""
    return session.scalars(
        select(ReadingBatch).where(
            ReadingBatch.entity_id == entity_id,
            ReadingBatch.digest == digest,
            ReadingBatch.state == BatchState.TO_ATTACH,
        )
    ).first()


def series_like(
    session: Session, point: DeliveryPoint | None, block: Block, step: Step
) -> Series | None:
    """The series that rows of this kind belong to, if the point has it."""
    if point is None:
        return None
    return session.scalars(
        select(Series).where(
            Series.point_id == point.id,
            Series.quantity == str(block.quantity),
            Series.step == str(step),
            Series.unit == str(block.unit),
            Series.register_code == str(block.register or ""),
            Series.basis == str(block.basis or ""),
        )
    ).first()


def unfinished_batches(session: Session, *, entity_id: int, digest: str) -> Sequence[ReadingBatch]:
    """Imports of this file that were cut in the middle."""
    return session.scalars(
        select(ReadingBatch).where(
            ReadingBatch.entity_id == entity_id,
            ReadingBatch.digest == digest,
            ReadingBatch.state == BatchState.LOADING,
        )
    ).all()


def cut_batches(session: Session, *, before: datetime) -> Sequence[ReadingBatch]:
    """Files that were received before an instant and are still being written."""
    return session.scalars(
        select(ReadingBatch).where(
            ReadingBatch.state == BatchState.LOADING, ReadingBatch.received_at < before
        )
    ).all()


def count_batches_to_attach(session: Session) -> int:
    """How many files of readings wait for their delivery point."""
    statement = select(func.count()).select_from(ReadingBatch)
    return session.scalar(statement.where(ReadingBatch.state == BatchState.TO_ATTACH)) or 0


def rejects_of(session: Session, batch_id: int, *, limit: int) -> Sequence[ReadingReject]:
    """The rows that a file could not give."""
    return session.scalars(
        select(ReadingReject)
        .where(ReadingReject.batch_id == batch_id)
        .order_by(ReadingReject.id)
        .limit(limit)
    ).all()
