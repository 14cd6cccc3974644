"""Reads of series: days, months, curves, the files that they came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, select, tuple_
from sqlalchemy.orm import Query

from base.basics.sessions import Session
from energie.domain.blocks import Block
from energie.domain.kinds import Step
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


def series_of(session: Session, point_id: int) -> Sequence[Series]:
    """All series of a point."""
    return session.scalars(
        select(Series).where(Series.point_id == point_id).order_by(Series.id)
    ).all()


def series_with_days(session: Session, point_id: int) -> Sequence[Series]:
    """The series of a point that have any day."""
    return session.scalars(
        select(Series)
        .where(
            Series.point_id == point_id,
            exists().where(DailyUse.series_id == Series.id),
        )
        .order_by(Series.id)
    ).all()


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


def _batches(session: Session, *criteria: ColumnElement[bool]) -> Sequence[ReadingBatch]:
    """Files that meet the criteria, the last first."""
    return session.scalars(
        select(ReadingBatch).where(*criteria).order_by(ReadingBatch.id.desc())
    ).all()


def _same_file(entity_id: int, digest: str, state: BatchState) -> tuple[ColumnElement[bool], ...]:
    return (
        ReadingBatch.entity_id == entity_id,
        ReadingBatch.digest == digest,
        ReadingBatch.state == state,
    )


def applied_batch(
    session: Session, digest: str, *, entity_id: int, meaning: str | None = None
) -> ReadingBatch | None:
    """The import of this very file that stands; ``meaning`` asks for what was told of it too."""
    told = () if meaning is None else (ReadingBatch.meaning == meaning,)
    same = _same_file(entity_id, digest, BatchState.APPLIED)
    return next(iter(_batches(session, *same, *told)), None)


def batch_to_attach(session: Session, digest: str, *, entity_id: int) -> ReadingBatch | None:
    """The row of this file in the list of those that wait for a delivery point."""
    same = _same_file(entity_id, digest, BatchState.TO_ATTACH)
    return next(iter(_batches(session, *same)), None)


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
    return _batches(session, *_same_file(entity_id, digest, BatchState.LOADING))


def cut_batches(session: Session, *, before: datetime) -> Sequence[ReadingBatch]:
    """Files that were received before an instant and are still being written."""
    return _batches(
        session, ReadingBatch.state == BatchState.LOADING, ReadingBatch.received_at < before
    )


def rejects_of(session: Session, batch_id: int, *, limit: int) -> Sequence[ReadingReject]:
    """The rows that a file could not give."""
    return session.scalars(
        select(ReadingReject)
        .where(ReadingReject.batch_id == batch_id)
        .order_by(ReadingReject.id)
        .limit(limit)
    ).all()


def readings_where(session: Session, criteria: Sequence[ColumnElement[bool]]) -> Query[Any]:
    """The readings that meet the criteria, to be counted."""
    return session.query(Reading.start_at).filter(*criteria)


def readings_page(
    session: Session,
    criteria: Sequence[ColumnElement[bool]],
    *,
    after: tuple[int, int] | None,
    limit: int,
    offset: int,
) -> Sequence[Row[Reading, Series]]:
    """Readings with their series, by series and start; ``after`` is the last one known."""
    page = select(Reading, Series).join(Series, Series.id == Reading.series_id).where(*criteria)
    if after is not None:
        page = page.where(tuple_(Reading.series_id, Reading.start_at) > tuple_(*after))
    ordered = page.order_by(Reading.series_id, Reading.start_at)
    return session.execute(ordered.limit(limit).offset(offset)).all()


def reading_at(session: Session, series_id: int, start_at: int) -> Row[Reading, Series] | None:
    """One reading with its series."""
    return session.execute(
        select(Reading, Series)
        .join(Series, Series.id == Reading.series_id)
        .where(Reading.series_id == series_id, Reading.start_at == start_at)
    ).first()
