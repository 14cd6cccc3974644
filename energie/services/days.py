"""What each local day used, recomputed for the days that readings touched, and only those."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, text

from base.basics.sessions import Session
from energie.domain.curves import milli_kwh
from energie.domain.days import day_bounds, day_row, expected_points, zone
from energie.domain.kinds import PARTITIONS, STEP_SECONDS, Quantity, RegisterCode, Step
from energie.domain.quality import LAST_COUNTED, Quality
from energie.models import BatchState, DailyUse, DeliveryPoint, Reading, ReadingBatch, Series
from energie.services.index_days import index_days, period_days
from energie.services.point_days import rebuild_point_days

#: Days asked for in one statement.
_DAYS = 366
#: Hours of the night in which nothing should run.
_NIGHT = (2, 5)
_WHAT = """count(*) AS received, sum(r.value_milli), min(r.value_milli), max(r.value_milli),
       sum(CASE WHEN r.quality <= {measured} THEN 1 ELSE 0 END),
       min(CASE WHEN r.start_at >= d.nlo AND r.start_at < d.nhi THEN r.value_milli END),
       max(r.quality)"""
_WHERE = """r.series_id = :series AND r.start_at >= d.lo AND r.start_at < d.hi
  AND r.quality <= {counted} AND r.batch_id NOT IN :loading"""
_SUMS = f"""
WITH d(n, lo, hi, nlo, nhi) AS (VALUES {{days}})
SELECT d.n, {_WHAT} FROM d CROSS JOIN energie_reading r WHERE {_WHERE} GROUP BY d.n
"""
#: PostgreSQL would read the whole table once for each day: a side query makes it look each day
#: up by the key.
_SUMS_LATERAL = f"""
WITH d(n, lo, hi, nlo, nhi) AS (VALUES {{days}})
SELECT d.n, s.* FROM d CROSS JOIN LATERAL (
  SELECT {_WHAT} FROM energie_reading r WHERE {_WHERE}
) s WHERE s.received > 0 ORDER BY d.n
"""


class _Sums(NamedTuple):
    received: int
    total: int
    low: int
    high: int
    measured: int
    night_low: int | None
    quality: int


def rebuild_days(session: Session, series: Series, days: Sequence[date]) -> None:
    """Recompute what a series says of the given local days.

    Rows of files that are still being written are left out. Days without a reading have no
    row. Of an index, all days are computed again: each reading bears on its neighbours.
    """
    quantity = Quantity(series.quantity)
    if quantity in (Quantity.PEAK_POWER, Quantity.TEMPERATURE):
        return
    point = session.get_one(DeliveryPoint, series.point_id)
    if quantity is Quantity.INDEX:
        _replace(session, series, None, index_days(session, series, point))
    elif series.step in (Step.MONTH, Step.IRREGULAR):
        _replace(session, series, None, period_days(session, series, point))
    else:
        _rebuild_regular(session, series, point, days)
    _add_classes(session, series)
    is_whole = quantity is Quantity.INDEX or series.step in (Step.MONTH, Step.IRREGULAR)
    is_class = series.register_code not in ("", RegisterCode.TOTAL, RegisterCode.BASE)
    rebuild_point_days(session, point, None if is_whole or is_class else days)


def _rebuild_regular(
    session: Session, series: Series, point: DeliveryPoint, days: Sequence[date]
) -> None:
    """Recompute some days of a series of one step."""
    step = STEP_SECONDS.get(Step(series.step), 0)
    rows = []
    for day, sums in _sums(session, series, days, point.timezone):
        total = milli_kwh(_watts(series, sums.total), step) if _is_power(series) else sums.total
        rows.append(
            day_row(
                day,
                Decimal(total).scaleb(-3),
                expected_points(day, step, point.timezone) if step else 1,
                sums.received,
                sums.measured,
                sums.quality,
                (sums.low, sums.high, sums.night_low),
            )
        )
    _replace(session, series, days, rows)


def _add_classes(session: Session, series: Series) -> None:
    """Keep the whole of a point whose dial is split by time class, as the sum of its classes.

    It is a series without readings of its own. A day of the one dial before the split counts
    as it is; a day that a class lacks is incomplete.
    """
    family = session.scalars(
        select(Series).where(
            Series.point_id == series.point_id,
            Series.quantity == series.quantity,
            Series.step == series.step,
            Series.unit == series.unit,
            Series.basis == series.basis,
        )
    ).all()
    by_code = {found.register_code: found for found in family}
    if "" in by_code:
        return
    parts = next(
        (p for p in ([c for c in codes if c in by_code] for codes in PARTITIONS) if len(p) > 1), []
    )
    total = by_code.get(RegisterCode.TOTAL)
    if not parts or (total is not None and _has_readings(session, total)):
        return
    if total is None:
        total = Series(
            entity_id=series.entity_id,
            point_id=series.point_id,
            quantity=series.quantity,
            step=series.step,
            unit=series.unit,
            register_code=RegisterCode.TOTAL,
            basis=series.basis,
            is_cumulative=series.is_cumulative,
        )
        session.add(total)
        session.flush()
    rows = _summed(session, [by_code[code].id for code in parts])
    if RegisterCode.BASE in by_code:
        rows |= _summed(session, [by_code[RegisterCode.BASE].id])
    _replace(session, total, None, [rows[day] for day in sorted(rows)])


def _has_readings(session: Session, series: Series) -> bool:
    table = Reading.__table__
    found = session.core(select(table.c.start_at).where(table.c.series_id == series.id).limit(1))
    return found.first() is not None


def _summed(session: Session, series_ids: Sequence[int]) -> dict[date, dict[str, Any]]:
    """The days of several series added up; a series that lacks a day leaves it incomplete."""
    table = DailyUse.__table__
    found = session.core(
        select(
            table.c.day_on,
            func.sum(table.c.value),
            func.sum(table.c.expected),
            func.sum(table.c.received),
            func.sum(table.c.measured),
            func.count(),
            func.max(table.c.quality),
        )
        .where(table.c.series_id.in_(series_ids))
        .group_by(table.c.day_on)
    )
    return {
        day: day_row(
            day,
            value,
            int(expected) + len(series_ids) - count,
            int(received),
            int(measured),
            quality,
        )
        for day, value, expected, received, measured, count, quality in found
    }


def _is_power(series: Series) -> bool:
    return Quantity(series.quantity) is Quantity.POWER


def _watts(series: Series, total: int) -> int:
    return total * 1000 if series.unit == "kW" else total


def _sums(
    session: Session, series: Series, days: Sequence[date], tz: str
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
    lateral = session.get_bind().dialect.name == "postgresql"
    template = _SUMS_LATERAL if lateral else _SUMS
    for first in range(0, len(days), _DAYS):
        piece = days[first : first + _DAYS]
        values = ",".join(
            f"({n},{lo},{hi},{nlo},{nhi})"
            for n, (lo, hi, nlo, nhi) in enumerate(_bounds(day, tz) for day in piece)
        )
        statement = text(
            template.format(days=values, measured=int(Quality.CORRECTED), counted=int(LAST_COUNTED))
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


def _replace(
    session: Session, series: Series, days: Sequence[date] | None, rows: list[dict[str, Any]]
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
