"""Readings that count in no sum because they are not plausible, or because a file says so."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from energie.domain.quality import DOUBT, Quality, label_of
from energie.models import Reading, ReadingBatch, Series


class Suspect(NamedTuple):
    """A reading that is kept and not counted, and the file that gave it."""

    at: datetime
    value: Decimal
    unit: str
    quantity: str
    step: str
    #: The code that users read.
    quality: str
    batch_id: int
    label: str


_SUSPECT = or_(Reading.quality == Quality.SUSPECT, Reading.quality > DOUBT)


def suspects_of(session: Session, point_id: int, *, limit: int) -> list[Suspect]:
    """The last suspect readings of a point."""
    rows = session.execute(
        select(
            Reading.start_at,
            Reading.value_milli,
            Reading.quality,
            Series.unit,
            Series.quantity,
            Series.step,
            ReadingBatch.id,
            ReadingBatch.label,
        )
        .join(Series, Series.id == Reading.series_id)
        .join(ReadingBatch, ReadingBatch.id == Reading.batch_id)
        .where(Series.point_id == point_id, _SUSPECT)
        .order_by(Reading.start_at.desc(), Series.id)
        .limit(limit)
    )
    return [
        Suspect(
            datetime.fromtimestamp(at, UTC), Decimal(milli).scaleb(-3), unit, quantity, step,
            label_of(quality), batch_id, label,
        )
        for at, milli, quality, unit, quantity, step, batch_id, label in rows
    ]  # fmt: skip


def suspect_count(session: Session, point_id: int) -> int:
    """How many readings of a point are suspect."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Reading)
            .join(Series, Series.id == Reading.series_id)
            .where(Series.point_id == point_id, _SUSPECT)
        )
        or 0
    )
