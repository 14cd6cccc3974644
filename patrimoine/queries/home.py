"""What the first page says of the register and of the ledger; every count is bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select

from base.basics.sessions import Session
from base.face.views.lists import COUNT_LIMIT, bounded_count
from patrimoine.domain.kinds import AssetStatus, Kind, ReportState
from patrimoine.models import Asset, CostLine, Equipment, PersonalEquipment, Tag, TagReport
from patrimoine.queries.costs import ZERO, NatureTotal, totals_by_nature

#: States in which an asset serves nobody.
UNAVAILABLE = (AssetStatus.IN_REPAIR, AssetStatus.OUT_OF_SERVICE)
DEAREST = 5


def same_days_before(on: date) -> tuple[date, date, date]:
    """First of the month; first of the month before; that month's day after ``on``'s number.

    On 31 March: 1 March, 1 February, 1 March, for February has no 31st.
    """
    first = on.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    return first, before, min(before + timedelta(days=on.day), first)


class MonthCosts(NamedTuple):
    """Net euros of the month so far by nature, and of the same days of the month before."""

    start: date
    end: date
    natures: Sequence[NatureTotal]
    before: Decimal

    @property
    def total(self) -> Decimal:
        """Net euros of the month so far."""
        return sum((row.net_eur for row in self.natures), ZERO)


def month_costs(session: Session, on: date) -> MonthCosts:
    """The ledger from the first of the month to the day, both included."""
    first, before, until = same_days_before(on)
    end = on + timedelta(days=1)
    former = totals_by_nature(session, start=before, end=until)
    return MonthCosts(
        first,
        end,
        totals_by_nature(session, start=first, end=end),
        sum((row.net_eur for row in former), ZERO),
    )


def lines_without(session: Session, column: Any, *, start: date) -> int:
    """How many ledger lines since a day have nothing in a column."""
    return bounded_count(session, CostLine, [CostLine.date_on >= start, column.is_(None)])


def dearest_vehicles(session: Session, *, start: date) -> list[tuple[Asset, Decimal]]:
    """The vehicles that cost most since a day, net, reversals counted."""
    vehicles = select(Asset.id).where(Asset.kind == Kind.VEHICLE, Asset.archived_on.is_(None))
    total = func.sum(CostLine.net_eur)
    rows = session.execute(
        select(CostLine.asset_id, total)
        .where(CostLine.asset_id.in_(vehicles), CostLine.date_on >= start)
        .group_by(CostLine.asset_id)
        .order_by(total.desc(), CostLine.asset_id)
        .limit(DEAREST)
    ).all()
    known = session.scalars(select(Asset).where(Asset.id.in_([row[0] for row in rows])))
    names = {asset.id: asset for asset in known}
    return [(names[key], net) for key, net in rows if key in names]


def count_unavailable_vehicles(session: Session) -> int:
    """Vehicles in use that are in repair or out of service."""
    criteria = [
        Asset.kind == Kind.VEHICLE,
        Asset.archived_on.is_(None),
        Asset.status.in_(UNAVAILABLE),
    ]
    return bounded_count(session, Asset, criteria)


def count_warranties_ending(session: Session, *, start: date, end: date) -> int:
    """Equipment in use whose warranty ends from a day to another (left out)."""
    days = Equipment.warranty_ends_on >= start, Equipment.warranty_ends_on < end
    return bounded_count(session, Equipment, [Equipment.archived_on.is_(None), *days])


def count_inspections_due(session: Session, *, kind: Kind, before: date) -> int:
    """Assets in use of a kind whose next inspection was due before a day (left out)."""
    late = Asset.next_inspection_on < before
    return bounded_count(session, Asset, [Asset.archived_on.is_(None), Asset.kind == kind, late])


def longest_due(session: Session, *, kind: Kind, before: date) -> Asset | None:
    """The asset in use of a kind whose next inspection has been due longest, before a day."""
    return session.scalars(
        select(Asset)
        .where(Asset.archived_on.is_(None), Asset.kind == kind, Asset.next_inspection_on < before)
        .order_by(Asset.next_inspection_on, Asset.id)
        .limit(1)
    ).first()


def count_expired(session: Session, *, before: date) -> int:
    """Personal equipment in use that expires before a day."""
    old = PersonalEquipment.expires_on < before
    return bounded_count(session, PersonalEquipment, [PersonalEquipment.archived_on.is_(None), old])


@dataclass(frozen=True)
class Reports:
    """Strangers' reports that nobody has sorted, and the first of them."""

    count: int
    oldest: TagReport | None


def reports_to_sort(session: Session) -> Reports:
    """What strangers reported and nobody has looked at."""
    new = TagReport.state == ReportState.RECEIVED
    oldest = session.scalars(select(TagReport).where(new).order_by(TagReport.id).limit(1)).first()
    return Reports(bounded_count(session, TagReport, [new]) if oldest else 0, oldest)


def bounded_kinds(session: Session) -> dict[Kind, int]:
    """How many assets in use there are of each kind, each counted to COUNT_LIMIT + 1; one read."""
    counts: list[ColumnElement[int]] = [
        select(func.count())
        .select_from(
            select(Asset.id)
            .where(Asset.kind == kind, Asset.archived_on.is_(None))
            .limit(COUNT_LIMIT + 1)
            .subquery()
        )
        .scalar_subquery()
        for kind in Kind
    ]
    return dict(zip(Kind, session.execute(select(*counts)).one(), strict=True))


def has_assets(session: Session) -> bool:
    """Whether the register holds anything."""
    return session.scalar(select(Asset.id).limit(1)) is not None


def has_tags(session: Session) -> bool:
    """Whether a tag was ever made."""
    return session.scalar(select(Tag.id).limit(1)) is not None
