"""Reads of series: days, months, curves, the files that they came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from energie.domain.blocks import Block
from energie.domain.kinds import STEP_SECONDS, Quantity, RegisterCode, Step
from energie.domain.quality import DOUBT, LAST_COUNTED
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


def main_of(session: Session, point_ids: Sequence[int]) -> dict[int, tuple[Series, Extent]]:
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
    found = main_of(session, [point_id]).get(point_id)
    return found[0] if found else None


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


def applied_batch(
    session: Session, digest: str, *, entity_id: int, meaning: str | None = None
) -> ReadingBatch | None:
    """The import of this very file that stands; ``meaning`` asks for what was told of it too."""
    told = () if meaning is None else (ReadingBatch.meaning == meaning,)
    return session.scalars(
        select(ReadingBatch)
        .where(
            ReadingBatch.entity_id == entity_id,
            ReadingBatch.digest == digest,
            ReadingBatch.state == BatchState.APPLIED,
            *told,
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


def doubts_of(session: Session, point_id: int, *, limit: int = 5) -> list[datetime]:
    """The last instants at which an index of a point went backwards without being plausible."""
    rows = session.scalars(
        select(Reading.start_at)
        .join(Series, Series.id == Reading.series_id)
        .where(
            Series.point_id == point_id,
            Series.is_cumulative.is_(True),
            Reading.quality > DOUBT,
        )
        .order_by(Reading.start_at.desc())
        .limit(limit)
    )
    return [datetime.fromtimestamp(at, UTC) for at in rows]


def rejects_of(session: Session, batch_id: int, *, limit: int) -> Sequence[ReadingReject]:
    """The rows that a file could not give."""
    return session.scalars(
        select(ReadingReject)
        .where(ReadingReject.batch_id == batch_id)
        .order_by(ReadingReject.id)
        .limit(limit)
    ).all()
