"""What belongs to an asset: its records, those of the work on it, their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from base.models.documents import Document
from energie.models import Allocation, DeliveryPoint, Meter
from interventions.models import (
    ChecklistPoint,
    Expense,
    Labour,
    PartUse,
    Photo,
    ServiceRequest,
    Signature,
    WorkOrder,
)
from patrimoine.models import Asset, CostLine, Tag, TagReport

#: Records that belong to an asset by a column of their own.
_OF_ASSET: tuple[InstrumentedAttribute[Any], ...] = (
    Tag.asset_id,
    TagReport.asset_id,
    CostLine.asset_id,
    WorkOrder.asset_id,
    ServiceRequest.asset_id,
    DeliveryPoint.asset_id,
    Meter.asset_id,
    Allocation.asset_id,
)
#: Records that belong to a work order on it.
_OF_WORK_ORDER: tuple[InstrumentedAttribute[Any], ...] = (
    Labour.work_order_id,
    PartUse.work_order_id,
    Expense.work_order_id,
    ChecklistPoint.work_order_id,
    Signature.work_order_id,
    Photo.work_order_id,
)
ALL = (*_OF_ASSET, *_OF_WORK_ORDER)


def records_of(session: Any, asset: Asset) -> dict[str, list[int]]:
    """Table -> ids of all that belongs to the asset, itself included."""
    found: dict[str, list[int]] = {"patrimoine_asset": [asset.id]}
    for column in _OF_ASSET:
        found[column.class_.__tablename__] = _ids(session, column, [asset.id])
    orders = found[WorkOrder.__tablename__]
    for column in _OF_WORK_ORDER:
        found[column.class_.__tablename__] = _ids(session, column, orders)
    found[Document.__tablename__] = [row.id for row in documents_of(session, found)]
    return found


def _ids(session: Any, column: Any, owners: Sequence[int]) -> list[int]:
    ids: list[int] = []
    for first in range(0, len(owners), 500):
        part = owners[first : first + 500]
        ids += session.scalars(
            select(column.class_.id).where(column.in_(part)).order_by(column.class_.id)
        )
    return ids


def documents_of(session: Any, known: Mapping[str, Sequence[int]]) -> list[Document]:
    """The files of the asset and of what belongs to it, oldest first; those put away too."""
    found: list[Document] = []
    for record, ids in known.items():
        if record == Document.__tablename__:
            continue
        for first in range(0, len(ids), 500):
            found += session.scalars(
                select(Document).where(
                    Document.record == record, Document.record_id.in_(ids[first : first + 500])
                )
            )
    return sorted(found, key=lambda row: row.id)
