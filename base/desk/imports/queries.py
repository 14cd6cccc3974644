"""Reads of imports, for the pages and the resource that show them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select

from base.basics.rows import row_by_id
from base.basics.sessions import Session
from base.store.models.imports import WAITING, ImportBatch, ImportRow


def batch(session: Session, batch_id: int) -> ImportBatch | None:
    """The import, when the session may see it."""
    return row_by_id(session, ImportBatch, batch_id)


def hold(session: Session, batch_id: int) -> None:
    """Let one person at a time decide on an import, until the transaction ends."""
    session.scalars(
        select(ImportBatch.id).where(ImportBatch.id == batch_id).with_for_update()
    ).first()


def batches_page(
    session: Session, kinds: Collection[str], *, waiting: bool, before: int | None, limit: int
) -> list[ImportBatch]:
    """Imports of some kinds, newest first: those that wait, or all; older than ``before``."""
    query = select(ImportBatch).where(ImportBatch.kind.in_(list(kinds)))
    if waiting:
        query = query.where(ImportBatch.state.in_(WAITING))
    if before is not None:
        query = query.where(ImportBatch.id < before)
    return list(session.scalars(query.order_by(ImportBatch.id.desc()).limit(limit)))


def records_of(session: Session, batch_id: int, record: str) -> int:
    """How many records of a table an import made or changed; none that it has taken back."""
    rows = select(func.count(func.distinct(ImportRow.record_id))).where(
        ImportRow.batch_id == batch_id, ImportRow.record == record, ImportRow.fate.is_(None)
    )
    return session.scalar(rows) or 0


def fates(session: Session, batch_id: int) -> dict[str, int]:
    """How many rows of an import met with each fate when it was taken back."""
    rows = session.execute(
        select(ImportRow.fate, func.count())
        .where(ImportRow.batch_id == batch_id, ImportRow.fate.is_not(None))
        .group_by(ImportRow.fate)
    )
    return {str(fate): count for fate, count in rows}


def rows_with_fate(
    session: Session, batch_id: int, wanted: Collection[str], *, limit: int, offset: int
) -> Sequence[Any]:
    """Number, fate and note of the rows that met with one of the fates, in their order."""
    found: Sequence[Any] = session.execute(
        select(ImportRow.number, ImportRow.fate, ImportRow.note)
        .where(ImportRow.batch_id == batch_id, ImportRow.fate.in_(wanted))
        .order_by(ImportRow.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return found
