"""The latest reading of the points on an asset: none is after the day on which the asset left."""

from __future__ import annotations

from sqlalchemy import select

from base.basics.i18n import _
from base.basics.sessions import Session
from energie.domain.days import local_day
from energie.domain.quality import LAST_COUNTED
from energie.models import DeliveryPoint, Reading, Series
from patrimoine.models import Asset
from patrimoine.services.endings import Latest, tells_latest


def _read(session: Session, asset: Asset) -> Latest | None:
    found = session.execute(
        select(DeliveryPoint.timezone, Series.id)
        .join(Series, Series.point_id == DeliveryPoint.id)
        .where(DeliveryPoint.asset_id == asset.id)
    )
    days = []
    for timezone, series_id in found.all():
        # The last of one series is found in its key; what is suspect counts nowhere.
        last = session.scalar(
            select(Reading.start_at)
            .where(Reading.series_id == series_id, Reading.quality <= LAST_COUNTED)
            .order_by(Reading.start_at.desc())
            .limit(1)
        )
        if last is not None:
            # The index of a midnight closes the day before.
            days.append(local_day(last - 1, timezone))
    return Latest(max(days), _("un relevé")) if days else None


tells_latest(_read)
