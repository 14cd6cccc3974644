"""Reads of load curves: powers with their quality, the map of a week by day and hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from energie.domain.days import day_start, zone
from energie.domain.kinds import STEP_SECONDS, Quantity, Step
from energie.domain.quality import LAST_COUNTED, Quality
from energie.models import BatchState, DailyUse, Reading, ReadingBatch, Series

_HOUR = 3600
_THOUSAND = Decimal(1000)


class Point(NamedTuple):
    """One reading of a curve: UTC second of the start, value in the unit of the series."""

    at: int
    value: Decimal
    quality: int = int(Quality.MEASURED)


def is_measured(point: Point) -> bool:
    """Whether a reading was measured or corrected, and not estimated, spread or rebuilt."""
    return point.quality <= Quality.CORRECTED


def _loading() -> object:
    """Files that are still being written: their rows count nowhere."""
    return select(ReadingBatch.id).where(ReadingBatch.state == BatchState.LOADING)


def curve(session: Session, series: Series, *, start: date, end: date, tz: str) -> list[Point]:
    """The readings of local days from ``start`` to ``end`` (left out) that count.

    Rows of a file that is still being written are left out.
    """
    rows = session.execute(
        select(Reading.start_at, Reading.value_milli, Reading.quality)
        .where(
            Reading.series_id == series.id,
            Reading.start_at >= day_start(start, tz),
            Reading.start_at < day_start(end, tz),
            Reading.quality <= LAST_COUNTED,
            Reading.batch_id.not_in(_loading()),  # type: ignore[arg-type]
        )
        .order_by(Reading.start_at)
    )
    return [Point(at, Decimal(value).scaleb(-3), quality) for at, value, quality in rows]


def kilowatts(series: Series) -> Decimal:
    """What turns a value of a curve into kW: of a power, or of an energy over its step."""
    if Quantity(series.quantity) is Quantity.POWER:
        return Decimal(1) if series.unit == "kW" else 1 / _THOUSAND
    return Decimal(_HOUR) / (STEP_SECONDS.get(Step(series.step)) or _HOUR)


class Hour(NamedTuple):
    """One square of the map: mean power of an hour of the week, and its rank from 0 to 6."""

    kw: Decimal | None
    level: int


class WeekMap(NamedTuple):
    """Mean power by weekday (Monday first) and hour of the clock."""

    rows: list[list[Hour]]
    low: Decimal
    high: Decimal


#: Shades of the map.
LEVELS = 7


def week_map(
    session: Session, series: Series, *, start: date, end: date, tz: str
) -> WeekMap | None:
    """The mean power of each hour of the week, from local days ``start`` to ``end`` (left out).

    Hours are those of the clock on the wall; the hour that autumn repeats counts twice in its
    square. Nothing when the period holds no reading.
    """
    bucket = Reading.start_at - Reading.start_at % _HOUR
    rows = session.execute(
        select(bucket, func.sum(Reading.value_milli), func.count())
        .where(
            Reading.series_id == series.id,
            Reading.start_at >= day_start(start, tz),
            Reading.start_at < day_start(end, tz),
            Reading.quality <= LAST_COUNTED,
            Reading.batch_id.not_in(_loading()),  # type: ignore[arg-type]
        )
        .group_by(bucket)
    ).all()
    sums: dict[tuple[int, int], list[int]] = {}
    where = zone(tz)
    for at, total, count in rows:
        local = datetime.fromtimestamp(at, where)
        cell = sums.setdefault((local.weekday(), local.hour), [0, 0])
        cell[0] += int(total)
        cell[1] += count
    if not sums:
        return None
    factor = kilowatts(series) / _THOUSAND
    means = {key: Decimal(total) * factor / count for key, (total, count) in sums.items()}
    low, high = min(means.values()), max(means.values())
    return WeekMap(
        [[_hour(means.get((day, hour)), low, high) for hour in range(24)] for day in range(7)],
        low,
        high,
    )


def _hour(kw: Decimal | None, low: Decimal, high: Decimal) -> Hour:
    if kw is None:
        return Hour(None, -1)
    span = high - low
    return Hour(kw, min(LEVELS - 1, int((kw - low) * LEVELS / span)) if span else 0)


class Power(NamedTuple):
    """The mean, lowest and highest power of a local day in kW, and what share was received."""

    on: date
    mean: Decimal | None
    low: Decimal | None
    high: Decimal | None
    received: int
    expected: int
    measured: int


def powers_of(session: Session, series: Series, *, start: date, end: date) -> Sequence[Power]:
    """The powers of local days from ``start`` to ``end`` (left out), for a series of one step."""
    step = STEP_SECONDS.get(Step(series.step), 0)
    if not step:
        return []
    factor = kilowatts(series) / _THOUSAND
    rows = session.execute(
        select(
            DailyUse.day_on,
            DailyUse.value,
            DailyUse.low_milli,
            DailyUse.high_milli,
            DailyUse.received,
            DailyUse.expected,
            DailyUse.measured,
        )
        .where(
            DailyUse.series_id == series.id, DailyUse.day_on >= start, DailyUse.day_on < end
        )
        .order_by(DailyUse.day_on)
    )
    return [
        Power(
            on,
            value * _HOUR / (step * received) if received else None,
            None if low is None else low * factor,
            None if high is None else high * factor,
            received,
            expected,
            measured,
        )
        for on, value, low, high, received, expected, measured in rows
    ]
