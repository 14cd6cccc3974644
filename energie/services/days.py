"""What each local day used, recomputed for the days that readings touched, and only those."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, text

from energie.domain import indexes
from energie.domain.curves import milli_kwh
from energie.domain.days import day_bounds, expected_points, local_day, zone
from energie.domain.kinds import STEP_SECONDS, Quantity, Step
from energie.domain.quality import LAST_COUNTED, Quality
from energie.domain.shares import largest_remainder
from energie.models import BatchState, DailyUse, DeliveryPoint, Reading, ReadingBatch, Series

#: Days asked for in one statement.
_DAYS = 366
#: Hours of the night in which nothing should run.
_NIGHT = (2, 5)
_DIGITS = 9
_SUMS = """
WITH d(n, lo, hi, nlo, nhi) AS (VALUES {days})
SELECT d.n, count(*), sum(r.value_milli), min(r.value_milli), max(r.value_milli),
       sum(CASE WHEN r.quality <= {measured} THEN 1 ELSE 0 END),
       min(CASE WHEN r.start_at >= d.nlo AND r.start_at < d.nhi THEN r.value_milli END)
FROM d CROSS JOIN energie_reading r
WHERE r.series_id = :series AND r.start_at >= d.lo AND r.start_at < d.hi
  AND r.quality <= {counted} AND r.batch_id NOT IN :loading
GROUP BY d.n
"""


class _Sums(NamedTuple):
    received: int
    total: int
    low: int
    high: int
    measured: int
    night_low: int | None


def rebuild_days(session: Any, series: Series, days: Sequence[date]) -> None:
    """Recompute what a series says of the given local days.

    Rows of files that are still being written are left out. Days without a reading have no
    row. Of an index, all days are computed again: each reading bears on its neighbours.
    """
    quantity = Quantity(series.quantity)
    point = session.get(DeliveryPoint, series.point_id)
    if quantity is Quantity.INDEX:
        _replace(session, series, None, _index_days(session, series, point.timezone))
        return
    step = STEP_SECONDS.get(Step(series.step), 0)
    if quantity in (Quantity.PEAK_POWER, Quantity.TEMPERATURE) or not (
        step or series.step == Step.DAY
    ):
        return
    rows = []
    for day, sums in _sums(session, series, days, point.timezone):
        total = milli_kwh(_watts(series, sums.total), step) if _is_power(series) else sums.total
        rows.append(
            {
                "day_on": day,
                "value": Decimal(total).scaleb(-3),
                "expected": expected_points(day, step, point.timezone) if step else 1,
                "received": sums.received,
                "measured": sums.measured,
                "low_milli": sums.low,
                "high_milli": sums.high,
                "night_low_milli": sums.night_low,
            }
        )
    _replace(session, series, days, rows)


def _is_power(series: Series) -> bool:
    return Quantity(series.quantity) is Quantity.POWER


def _watts(series: Series, total: int) -> int:
    return total * 1000 if series.unit == "kW" else total


def _sums(
    session: Any, series: Series, days: Sequence[date], tz: str
) -> list[tuple[date, _Sums]]:
    """Count, sum and extremes of each day, asked for by the UTC bounds of the local days."""
    loading = list(
        session.core(
            select(ReadingBatch.__table__.c.id).where(
                ReadingBatch.__table__.c.state == BatchState.LOADING
            )
        ).scalars()
    )
    found = []
    for first in range(0, len(days), _DAYS):
        piece = days[first : first + _DAYS]
        values = ",".join(
            f"({n},{lo},{hi},{nlo},{nhi})"
            for n, (lo, hi, nlo, nhi) in enumerate(_bounds(day, tz) for day in piece)
        )
        statement = text(
            _SUMS.format(days=values, measured=int(Quality.CORRECTED), counted=int(LAST_COUNTED))
        ).bindparams(bindparam("loading", expanding=True))
        rows = session.core(statement, {"series": series.id, "loading": loading or [-1]})
        found += [(piece[row[0]], _Sums(*(_whole(v) for v in row[1:]))) for row in rows]
    return found


def _whole(value: Any) -> Any:
    """PostgreSQL sums big integers as decimals."""
    return None if value is None else int(value)


def _bounds(day: date, tz: str) -> tuple[int, int, int, int]:
    night = (
        int(datetime(day.year, day.month, day.day, hour, tzinfo=zone(tz)).timestamp())
        for hour in _NIGHT
    )
    return (*day_bounds(day, tz), *night)  # type: ignore[return-value]


def _index_days(session: Any, series: Series, tz: str) -> list[dict[str, Any]]:
    """Days between index readings: each interval spread over its days, to the thousandth."""
    table = Reading.__table__
    readings = session.core(
        select(table.c.start_at, table.c.value_milli, table.c.quality)
        .where(table.c.series_id == series.id, table.c.quality <= LAST_COUNTED)
        .order_by(table.c.start_at)
    ).all()
    totals: dict[date, list[Any]] = {}
    for (start, first, quality), (end, second, other) in zip(readings, readings[1:], strict=False):
        use = indexes.between(
            Decimal(first),
            Decimal(second),
            digits=_DIGITS + 3,
            limits=indexes.Limits(days=Decimal(end - start) / 86_400),
        )
        if use.consumption is None:
            continue
        pieces = list(_pieces(start, end, tz))
        parts = largest_remainder(use.consumption, [Decimal(s) for _day, s in pieces])
        exact = len(pieces) == 1 and max(quality, other) <= Quality.CORRECTED
        for (day, seconds), part in zip(pieces, parts, strict=True):
            sums = totals.setdefault(day, [Decimal(0), 0, 0])
            sums[0] += part
            sums[1] += seconds
            sums[2] += exact
    return [
        {
            "day_on": day,
            "value": value.scaleb(-3),
            "expected": 1,
            "received": 1 if seconds >= _length(day, tz) else 0,
            "measured": 1 if measured and seconds >= _length(day, tz) else 0,
            "low_milli": None,
            "high_milli": None,
            "night_low_milli": None,
        }
        for day, (value, seconds, measured) in sorted(totals.items())
    ]


def _length(day: date, tz: str) -> int:
    start, end = day_bounds(day, tz)
    return end - start


def _pieces(start: int, end: int, tz: str) -> Any:
    """The local days of an interval, with the seconds of it that each holds."""
    day = local_day(start, tz)
    while start < end:
        stop = min(day_bounds(day, tz)[1], end)
        yield day, stop - start
        start, day = stop, day + timedelta(days=1)


def _replace(
    session: Any, series: Series, days: Sequence[date] | None, rows: list[dict[str, Any]]
) -> None:
    table = DailyUse.__table__
    if days is None:
        session.core(delete(table).where(table.c.series_id == series.id))
    else:
        for first in range(0, len(days), _DAYS):
            session.core(
                delete(table).where(
                    table.c.series_id == series.id,
                    table.c.day_on.in_(list(days[first : first + _DAYS])),
                )
            )
    if rows:
        same = {"series_id": series.id, "entity_id": series.entity_id}
        session.core(insert(table), [same | row for row in rows])
