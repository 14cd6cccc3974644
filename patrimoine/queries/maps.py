"""What is on the map, limited by a box and a count."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrimoine.models import Asset, Geometry
from patrimoine.queries.tree import in_branch

MAX_SHAPES = 6000


class Box(NamedTuple):
    """A rectangle in degrees."""

    west: float
    south: float
    east: float
    north: float


class MapRow(NamedTuple):
    """One asset as the map draws it; a point when it has no shape."""

    id: int
    kind: str
    code: str
    name: str
    geojson: str | None
    longitude: float | None
    latitude: float | None


def shapes_in_box(
    session: Session,
    box: Box,
    *,
    kind: str | None = None,
    path: str | None = None,
    limit: int = MAX_SHAPES,
) -> tuple[list[MapRow], bool]:
    """Shapes and points that meet the box, and whether some were left out by the limit."""
    extra: list[Any] = [Asset.archived_on.is_(None)]
    if kind is not None:
        extra.append(Asset.kind == kind)
    if path is not None:
        extra.append(in_branch(path))
    shapes = session.execute(
        select(Asset.id, Asset.kind, Asset.code, Asset.name, Geometry.geojson)
        .join(Geometry, Geometry.asset_id == Asset.id)
        .where(
            Geometry.south <= box.north,
            Geometry.north >= box.south,
            Geometry.west <= box.east,
            Geometry.east >= box.west,
            *extra,
        )
        .order_by(Asset.id)
        .limit(limit + 1)
    ).all()
    rows = [MapRow(*row, None, None) for row in shapes[:limit]]
    if len(shapes) > limit:
        return rows, True
    room = limit - len(rows)
    points = session.execute(
        select(Asset.id, Asset.kind, Asset.code, Asset.name, Asset.longitude, Asset.latitude)
        .outerjoin(Geometry, Geometry.asset_id == Asset.id)
        .where(
            Geometry.id.is_(None),
            Asset.latitude.between(box.south, box.north),
            Asset.longitude.between(box.west, box.east),
            *extra,
        )
        .order_by(Asset.id)
        .limit(room + 1)
    ).all()
    rows += [MapRow(r[0], r[1], r[2], r[3], None, r[4], r[5]) for r in points[:room]]
    return rows, len(points) > room


def extent(session: Session, *, path: str | None = None) -> Box | None:
    """The box around everything that has a place; None when nothing has."""
    shape = select(
        func.min(Geometry.west),
        func.min(Geometry.south),
        func.max(Geometry.east),
        func.max(Geometry.north),
    )
    point = select(
        func.min(Asset.longitude),
        func.min(Asset.latitude),
        func.max(Asset.longitude),
        func.max(Asset.latitude),
    )
    if path is not None:
        shape = shape.join(Asset, Asset.id == Geometry.asset_id).where(in_branch(path))
        point = point.where(in_branch(path))
    found: list[Any] = [session.execute(statement).one() for statement in (shape, point)]
    boxes = [box for box in found if box[0] is not None]
    if not boxes:
        return None
    return Box(
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
