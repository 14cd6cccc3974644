"""The intervals of which a point knows one total that its days share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select

from base.basics.sessions import Session
from energie.domain.days import day_start, local_day
from energie.domain.days_of_points import Interval, Sources, is_period
from energie.domain.kinds import Quantity
from energie.domain.quality import LAST_COUNTED
from energie.models import Reading

_READING = Reading.__table__


def intervals_of(
    session: Session, point: Any, found: Sources, days: Sequence[date] | None
) -> list[Interval]:
    """The intervals of several whole days that hold one of the days; all of them with None.

    Only those beside which another series may know a day; one that begins or ends within a day
    is left out.
    """
    if len(found.whole) + len(found.classes) < 2:
        return []
    bounds = (
        None
        if days is None
        else (day_start(min(days), point.timezone), day_start(max(days), point.timezone))
    )
    wanted = None if days is None else set(days)
    spans: list[Interval] = []
    for series in found.whole:
        if is_period(series):
            pairs = _periods(session, series.id, bounds)
        elif series.quantity == Quantity.INDEX:
            pairs = _between_indexes(session, series.id, bounds)
        else:
            continue
        for start, end in pairs:
            first, after = local_day(start, point.timezone), local_day(end, point.timezone)
            is_whole = (
                day_start(first, point.timezone) == start
                and day_start(after, point.timezone) == end
            )
            one = Interval(series.id, first, after)
            if not is_whole or (after - first).days < 2:
                continue
            if wanted is None or not wanted.isdisjoint(one.days()):
                spans.append(one)
    return spans


def _periods(
    session: Session, series_id: int, bounds: tuple[int, int] | None
) -> Iterable[tuple[int, int]]:
    within = (
        () if bounds is None else (_READING.c.start_at <= bounds[1], _READING.c.end_at > bounds[0])
    )
    rows = session.core(
        select(_READING.c.start_at, _READING.c.end_at).where(
            _READING.c.series_id == series_id,
            _READING.c.quality <= LAST_COUNTED,
            _READING.c.end_at.is_not(None),
            *within,
        )
    )
    return [(row[0], row[1]) for row in rows]


def _between_indexes(
    session: Session, series_id: int, bounds: tuple[int, int] | None
) -> Iterable[tuple[int, int]]:
    counted = (_READING.c.series_id == series_id, _READING.c.quality <= LAST_COUNTED)
    within: tuple[Any, ...] = ()
    if bounds is not None:
        before = select(func.max(_READING.c.start_at)).where(
            *counted, _READING.c.start_at <= bounds[0]
        )
        after = select(func.min(_READING.c.start_at)).where(
            *counted, _READING.c.start_at > bounds[1]
        )
        within = (
            _READING.c.start_at >= func.coalesce(before.scalar_subquery(), bounds[0]),
            _READING.c.start_at <= func.coalesce(after.scalar_subquery(), bounds[1]),
        )
    rows = session.core(
        select(_READING.c.start_at).where(*counted, *within).order_by(_READING.c.start_at)
    )
    return list(pairwise(row[0] for row in rows))
