"""What a point used each local day, chosen among the days of its series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, select

from base.basics.sessions import Session
from energie.domain.days import day_bounds
from energie.domain.days_of_points import (
    Described,
    Interval,
    Known,
    Sources,
    added,
    best,
    piece,
    put_together,
    rank,
    settle,
    sources,
)
from energie.domain.kinds import STEP_SECONDS, Step
from energie.domain.quality import LAST_COUNTED, Quality
from energie.models import (
    BatchState,
    DailyUse,
    DeliveryPoint,
    PointDay,
    Reading,
    ReadingBatch,
    Series,
)
from energie.services.intervals import intervals_of

#: Days deleted in one statement.
_DAYS = 366
_COLUMNS = ("day_on", "value", "unit", "expected", "received", "measured", "quality", "series_id")


def rebuild_point_days(session: Session, point: Any, days: Sequence[date] | None) -> None:
    """Choose anew what a point used on some local days; on all of them with None.

    Only days that say something else than before are written. All are chosen anew when another
    set of series came to tell the point's use.
    """
    found = sources(_with_days(session, point.id))
    if days is not None and (found is None or _changed(session, point.id, found)):
        days = None
    if days is not None and not days:
        return
    intervals = [] if found is None else intervals_of(session, point, found, days)
    if days is not None:
        # A day that is read changes what its month leaves for the others.
        days = sorted({*days, *(on for one in intervals for on in one.days())})
    rows = {} if found is None else _chosen(session, point, found, days, intervals)
    _write(session, point, "" if found is None else str(found.unit), rows, days)


def _with_days(session: Session, point_id: int) -> Sequence[Any]:
    series, day = Series.__table__, DailyUse.__table__
    return session.core(  # type: ignore[no-any-return]
        select(
            series.c.id,
            series.c.quantity,
            series.c.step,
            series.c.unit,
            series.c.register_code,
            series.c.basis,
        )
        .where(series.c.point_id == point_id, exists().where(day.c.series_id == series.c.id))
        .order_by(series.c.id)
    ).all()


def _changed(session: Session, point_id: int, found: Sources) -> bool:
    """Whether a day stands in another unit, or from a series that no longer counts."""
    table = PointDay.__table__
    whole = [series.id for series in found.whole]
    stale = (table.c.unit != found.unit) | (
        table.c.series_id.is_not(None) & table.c.series_id.not_in(whole)
    )
    row = session.core(select(table.c.id).where(table.c.point_id == point_id, stale).limit(1))
    return row.first() is not None


def _within(column: Any, days: Sequence[date] | None) -> list[ColumnElement[bool]]:
    """The span of the days; those between that were not asked for are passed over later."""
    return [] if days is None else [column >= min(days), column <= max(days)]


def _chosen(
    session: Session,
    point: Any,
    found: Sources,
    days: Sequence[date] | None,
    intervals: Sequence[Interval],
) -> dict[date, Known]:
    """The day of the point for each local day that any series knows."""
    table = DailyUse.__table__
    whole = {series.id: series for series in found.whole}
    parts = {series.id: series for group in found.classes for series in group}
    rows = session.core(
        select(
            table.c.day_on,
            table.c.series_id,
            table.c.value,
            table.c.expected,
            table.c.received,
            table.c.measured,
            table.c.quality,
        ).where(table.c.series_id.in_([*whole, *parts]), *_within(table.c.day_on, days))
    )
    wanted = None if days is None else set(days)
    by_day: dict[date, dict[int, Known]] = {}
    for on, key, value, expected, received, measured, quality in rows:
        if wanted is None or on in wanted:
            series = whole.get(key) or parts[key]
            if quality is None:
                quality = Quality.MEASURED if measured >= received else Quality.ESTIMATED
            by_day.setdefault(on, {})[key] = Known(
                value, max(expected, 1), received, measured, quality, key, rank(series)
            )
    chosen = {}
    for on, known in sorted(by_day.items()):
        candidates = [known[key] for key in whole if key in known]
        for group in found.classes:
            one = added([known.get(series.id) for series in group], rank(group[0]))
            if one is not None:
                candidates.append(one)
        stepped = [
            whole[one.series_id]
            for one in candidates
            if one.series_id is not None and _step(whole[one.series_id])
        ]
        if len(stepped) > 1 and not any(one.is_measured for one in candidates):
            one = _together(session, stepped, on, point.timezone)
            if one is not None:
                candidates.append(one)
        chosen[on] = best(candidates)
    for interval in intervals:
        settle(chosen, by_day, interval)
    return chosen


def _step(series: Described) -> int:
    return STEP_SECONDS.get(Step(series.step), 0)


def _together(session: Session, series: Sequence[Described], on: date, tz: str) -> Known | None:
    """The day put together from the readings of several series of one step each."""
    start, end = day_bounds(on, tz)
    table, batch = Reading.__table__, ReadingBatch.__table__
    loading = select(batch.c.id).where(batch.c.state == BatchState.LOADING)
    by_id = {one.id: one for one in series}
    rows = session.core(
        select(table.c.series_id, table.c.start_at, table.c.value_milli, table.c.quality).where(
            table.c.series_id.in_(list(by_id)),
            table.c.start_at >= start,
            table.c.start_at < end,
            table.c.quality <= LAST_COUNTED,
            table.c.batch_id.not_in(loading),
        )
    )
    pieces = [
        piece(at, _step(by_id[key]), milli, quality, by_id[key]) for key, at, milli, quality in rows
    ]
    return put_together(pieces, (start, end))


def _write(
    session: Session, point: Any, unit: str, rows: dict[date, Known], days: Sequence[date] | None
) -> None:
    table = PointDay.__table__
    new = {
        on: (
            on,
            one.value,
            unit,
            one.expected,
            one.received,
            one.measured,
            int(one.quality),
            one.series_id,
        )
        for on, one in rows.items()
    }
    wanted = None if days is None else set(days)
    there = {
        row[0]: tuple(row)
        for row in session.core(
            select(*(table.c[name] for name in _COLUMNS)).where(
                table.c.point_id == point.id, *_within(table.c.day_on, days)
            )
        )
        if wanted is None or row[0] in wanted
    }
    gone = [on for on, row in there.items() if new.get(on) != row]
    for first in range(0, len(gone), _DAYS):
        session.core(
            delete(table).where(
                table.c.point_id == point.id, table.c.day_on.in_(gone[first : first + _DAYS])
            )
        )
    same = {"entity_id": point.entity_id, "point_id": point.id}
    written = [
        same | dict(zip(_COLUMNS, row, strict=True))
        for on, row in new.items()
        if there.get(on) != row
    ]
    if written:
        session.core(insert(table), written)


def rebuild_all(session: Session) -> int:
    """Choose the days of every point; how many points there are."""
    table = DeliveryPoint.__table__
    points = session.core(select(table.c.id, table.c.entity_id, table.c.timezone)).all()
    for point in points:
        rebuild_point_days(session, point, None)
    return len(points)
