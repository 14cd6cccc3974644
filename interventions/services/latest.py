"""The latest work on an asset: none is after the day on which the asset left."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from base.basics import clock
from base.basics.i18n import _
from base.basics.sessions import Session
from interventions.models import Labour, PartUse, WorkOrder
from patrimoine.models import Asset
from patrimoine.services.endings import Latest, tells_latest


def _worked(session: Session, asset: Asset) -> Latest | None:
    return _line(session, asset, Labour, _("du temps passé"))


def _fitted(session: Session, asset: Asset) -> Latest | None:
    return _line(session, asset, PartUse, _("une pièce posée"))


def _finished(session: Session, asset: Asset) -> Latest | None:
    at = session.scalar(
        select(func.max(WorkOrder.finished_at)).where(WorkOrder.asset_id == asset.id)
    )
    return None if at is None else Latest(clock.local(at).date(), _("une intervention terminée"))


def _line(session: Session, asset: Asset, model: Any, what: str) -> Latest | None:
    on = session.scalar(
        select(func.max(model.date_on))
        .join(WorkOrder, WorkOrder.id == model.work_order_id)
        .where(WorkOrder.asset_id == asset.id, model.reversed_at.is_(None))
    )
    return None if on is None else Latest(on, what)


tells_latest(_worked, _fitted, _finished)
