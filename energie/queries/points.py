"""Reads of delivery points: by reference, by asset, with meters and weights."""

from __future__ import annotations

from collections.abc import Sequence, Set

from sqlalchemy import select, union_all

from base.basics.sessions import Session
from energie.domain.kinds import EnergyKind
from energie.domain.shares import Weight
from energie.models import Allocation, DeliveryPoint, Meter
from energie.queries.days import batched
from patrimoine.models import Asset

#: Values of one IN.
_MANY = 500


def point_by_reference(
    session: Session, reference: str, *, entity_id: int, energy_kind: EnergyKind | None = None
) -> DeliveryPoint | None:
    """The delivery point of an authority by its PRM, PCE or other reference."""
    statement = select(DeliveryPoint).where(
        DeliveryPoint.entity_id == entity_id, DeliveryPoint.reference == reference
    )
    if energy_kind is not None:
        statement = statement.where(DeliveryPoint.energy_kind == energy_kind)
    return session.scalars(statement.order_by(DeliveryPoint.id).limit(1)).first()


def points_cited(
    session: Session, many: Sequence[Sequence[str]], *, entity_id: int
) -> list[list[DeliveryPoint]]:
    """For each list of references the points of an authority that it names."""
    wanted = sorted({reference for references in many for reference in references})
    found: dict[str, list[DeliveryPoint]] = {}
    for some in batched(wanted, _MANY):
        rows = session.scalars(
            select(DeliveryPoint).where(
                DeliveryPoint.entity_id == entity_id, DeliveryPoint.reference.in_(some)
            )
        )
        for row in rows:
            found.setdefault(row.reference, []).append(row)
    return [
        [point for reference in references for point in found.get(reference, [])]
        for references in many
    ]


def points_of_asset(session: Session, asset_id: int) -> Sequence[DeliveryPoint]:
    """The points that serve an asset, by what they deliver."""
    served = select(Allocation.point_id).where(Allocation.asset_id == asset_id)
    return session.scalars(
        select(DeliveryPoint)
        .where((DeliveryPoint.asset_id == asset_id) | DeliveryPoint.id.in_(served))
        .order_by(DeliveryPoint.energy_kind, DeliveryPoint.reference)
    ).all()


def has_points(session: Session, asset_id: int) -> bool:
    """Whether any point serves an asset."""
    own = select(DeliveryPoint.id).where(DeliveryPoint.asset_id == asset_id)
    served = select(Allocation.point_id).where(Allocation.asset_id == asset_id)
    either = union_all(own, served).subquery()
    return session.scalar(select(either.c[0]).limit(1)) is not None


def meters_of(session: Session, point_id: int) -> Sequence[Meter]:
    """The meters of a point, the present one first."""
    return session.scalars(
        select(Meter)
        .where(Meter.point_id == point_id)
        .order_by(
            Meter.removed_on.is_not(None),
            Meter.installed_on.desc().nulls_last(),
            Meter.id.desc(),
        )
    ).all()


def allocations_of(session: Session, point_id: int) -> Sequence[Allocation]:
    """What a point serves, by date."""
    return session.scalars(
        select(Allocation)
        .where(Allocation.point_id == point_id)
        .order_by(Allocation.valid_from, Allocation.id)
    ).all()


def weights_of_points(session: Session, point_ids: Set[int]) -> dict[int, list[Weight[int]]]:
    """The weights of several points, each by date."""
    found: dict[int, list[Weight[int]]] = {}
    for ids in batched(sorted(point_ids), _MANY):
        rows = session.scalars(
            select(Allocation)
            .where(Allocation.point_id.in_(ids))
            .order_by(Allocation.valid_from, Allocation.id)
        )
        for row in rows:
            weight = Weight(row.asset_id, row.weight, row.valid_from, row.valid_to)
            found.setdefault(row.point_id, []).append(weight)
    return found


def assets_by_id(session: Session, asset_ids: Set[int]) -> dict[int, Asset]:
    """Assets by id, as far as they can be seen."""
    found: dict[int, Asset] = {}
    for ids in batched(sorted(asset_ids), _MANY):
        rows = session.scalars(select(Asset).where(Asset.id.in_(ids)))
        found |= {row.id: row for row in rows}
    return found
