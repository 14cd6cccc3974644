"""Readings that count in no sum because they are not plausible, or because a file says so."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select

from base.basics.sessions import Session
from energie.domain.quality import LAST_COUNTED
from energie.models import Reading, ReadingBatch, Series


class Suspect(NamedTuple):
    """A reading that is kept and not counted, and the file that gave it."""

    series: Series
    #: UTC seconds of the start of its interval, or of the instant of an index.
    at: int
    value: Decimal
    #: As stored: a code above the enumeration is a drop or a rollover that an import noted.
    quality: int
    batch_id: int
    label: str


def suspects_of(
    session: Session,
    point_id: int,
    *,
    limit: int,
    between: tuple[int, int] | None = None,
) -> list[Suspect]:
    """The last readings of a point that count in no sum; within UTC seconds when bounded."""
    within = (
        [] if between is None else [Reading.start_at >= between[0], Reading.start_at < between[1]]
    )
    rows = session.execute(
        select(
            Series,
            Reading.start_at,
            Reading.value_milli,
            Reading.quality,
            ReadingBatch.id,
            ReadingBatch.label,
        )
        .join(Reading, Reading.series_id == Series.id)
        .join(ReadingBatch, ReadingBatch.id == Reading.batch_id)
        .where(Series.point_id == point_id, Reading.quality > LAST_COUNTED, *within)
        .order_by(Reading.start_at.desc(), Series.id)
        .limit(limit)
    )
    return [
        Suspect(series, at, Decimal(milli).scaleb(-3), quality, batch_id, label)
        for series, at, milli, quality, batch_id, label in rows
    ]


def suspect_count(session: Session, point_id: int) -> int:
    """How many readings of a point count in no sum."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Reading)
            .join(Series, Series.id == Reading.series_id)
            .where(Series.point_id == point_id, Reading.quality > LAST_COUNTED)
        )
        or 0
    )
