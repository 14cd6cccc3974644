"""Reads of load curves: powers with their quality, the map of a week by day and hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select

from base.basics.sessions import Session
from energie.domain.days import day_bounds, day_hours, day_start, days_between, zone
from energie.domain.days_of_points import Piece, cover, piece, sources
from energie.domain.kinds import STEP_SECONDS, Quantity, Step, Unit
from energie.domain.quality import LAST_COUNTED, Quality
from energie.models import BatchState, DailyUse, DeliveryPoint, Reading, ReadingBatch, Series
from energie.queries.days import Day, point_days
from energie.queries.readings import series_with_days

_HOUR = 3600
_THOUSAND = Decimal(1000)


class Point(NamedTuple):
    """One reading of a curve: UTC second of the start, power in kW, how long it lasts."""

    at: int
    kw: Decimal
    step: int
    quality: int = int(Quality.MEASURED)


def is_measured(point: Point) -> bool:
    """Whether a reading was measured or corrected, and not estimated, spread or rebuilt."""
    return point.quality <= Quality.CORRECTED


def _step(series: Series) -> int:
    return STEP_SECONDS.get(Step(series.step), 0)


def is_of_curve(series: Series) -> bool:
    """Whether a series is drawn in kW: one of a constant step, of powers or energies."""
    return bool(_step(series)) and series.unit in (Unit.W, Unit.KW, Unit.KWH)


def curve_series(session: Session, point_id: int) -> list[Series]:
    """The series of one step, in watts or kilowatt-hours, that tell a point's use."""
    series = {one.id: one for one in series_with_days(session, point_id)}
    found = sources(series.values())
    if found is None or found.unit is not Unit.KWH:
        return []
    return [series[one.id] for one in found.whole if _step(series[one.id])]


def kilowatts(series: Series) -> Decimal:
    """What turns a value of a curve into kW: of a power, or of an energy over its step."""
    if Quantity(series.quantity) is Quantity.POWER:
        return Decimal(1) if series.unit == Unit.KW else 1 / _THOUSAND
    return Decimal(_HOUR) / (_step(series) or _HOUR)


def _pieces(session: Session, series: Series, first: int, end: int) -> list[Piece]:
    """The readings that count; rows of a file that is still being written are left out."""
    loading = select(ReadingBatch.id).where(ReadingBatch.state == BatchState.LOADING)
    step = _step(series)
    rows = session.execute(
        select(Reading.start_at, Reading.value_milli, Reading.quality)
        .where(
            Reading.series_id == series.id,
            Reading.start_at >= first,
            Reading.start_at < end,
            Reading.quality <= LAST_COUNTED,
            Reading.batch_id.not_in(loading),
        )
        .order_by(Reading.start_at)
    )
    return [piece(at, step, milli, quality, series) for at, milli, quality in rows]


def curve(session: Session, point: DeliveryPoint, *, start: date, end: date) -> list[Point]:
    """The powers of local days from ``start`` to ``end`` (left out), of all series of the point.

    Each day is of the series that tells its use; a day that only pieces know is put together as
    its sum is.
    """
    tz = point.timezone
    series = curve_series(session, point.id)
    low, high = day_start(start, tz), day_start(end, tz)
    read = {one.id: _pieces(session, one, low, high) for one in series}
    pieces = next(iter(read.values()), [])
    if len(series) > 1:
        told = {
            day.on: day.series_id for day in point_days(session, point.id, start=start, end=end)
        }
        pieces = _by_day(read, told, low, high, tz)
    factors = {one.id: kilowatts(one) / _THOUSAND for one in series}
    return [
        Point(p.start, p.milli * factors[p.series_id], p.end - p.start, p.quality) for p in pieces
    ]


def _by_day(
    read: dict[int, list[Piece]], told: dict[date, int | None], low: int, high: int, tz: str
) -> list[Piece]:
    places = dict.fromkeys(read, 0)
    found: list[Piece] = []
    for on in days_between(low, high - 1, tz):
        after = day_bounds(on, tz)[1]
        there = {}
        for key, pieces in read.items():
            first = place = places[key]
            while place < len(pieces) and pieces[place].start < after:
                place += 1
            places[key] = place
            there[key] = pieces[first:place]
        chosen = told.get(on)
        if chosen in there:
            found += there[chosen]
        else:
            found += cover(one for pieces in there.values() for one in pieces)
    return found


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


def week_map(session: Session, point: DeliveryPoint, *, start: date, end: date) -> WeekMap | None:
    """The mean power of each hour of the week, from local days ``start`` to ``end`` (left out).

    Hours are those of the clock on the wall; the hour that autumn repeats counts twice in its
    square. Nothing when the period holds no reading.
    """
    sums: dict[tuple[int, int], list[Decimal]] = {}
    where = zone(point.timezone)
    for one in curve(session, point, start=start, end=end):
        local = datetime.fromtimestamp(one.at, where)
        cell = sums.setdefault((local.weekday(), local.hour), [Decimal(0), Decimal(0)])
        cell[0] += one.kw * one.step
        cell[1] += one.step
    if not sums:
        return None
    means = {key: total / seconds for key, (total, seconds) in sums.items()}
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


def powers_of(session: Session, point: DeliveryPoint, *, start: date, end: date) -> Sequence[Power]:
    """The powers of local days from ``start`` to ``end`` (left out), of a point with a curve."""
    factors = {
        series.id: kilowatts(series) / _THOUSAND for series in curve_series(session, point.id)
    }
    if not factors:
        return []
    read: dict[date, dict[int, Power]] = {}
    tz = point.timezone
    rows = session.scalars(
        select(DailyUse).where(
            DailyUse.series_id.in_(factors), DailyUse.day_on >= start, DailyUse.day_on < end
        )
    )
    for row in rows:
        bounds = [
            None if milli is None else milli * factors[row.series_id]
            for milli in (row.low_milli, row.high_milli)
        ]
        read.setdefault(row.day_on, {})[row.series_id] = _power(row.day_on, row, bounds, tz)
    days = {day.on: day for day in point_days(session, point.id, start=start, end=end)}
    found = []
    for on, by_series in sorted(read.items()):
        day = days.get(on)
        if day is not None and day.series_id in by_series:
            found.append(by_series[day.series_id])
        elif day is not None and day.series_id is None and len(by_series) > 1:
            lows = [one.low for one in by_series.values() if one.low is not None]
            highs = [one.high for one in by_series.values() if one.high is not None]
            bounds = [min(lows, default=None), max(highs, default=None)]
            found.append(_power(on, day, bounds, tz))
        else:  # another kind of series tells the day: the curve is shown as far as it is known
            found.append(max(by_series.values(), key=lambda one: one.received / one.expected))
    return found


def _power(on: date, day: DailyUse | Day, bounds: Sequence[Decimal | None], tz: str) -> Power:
    """The mean power of what was received of a day, between its lowest and its highest."""
    hours = Decimal(day_hours(on, tz)) * day.received / max(day.expected, 1)
    mean = day.value / hours if hours else None
    low, high = bounds
    return Power(on, mean, low, high, day.received, day.expected, day.measured)
