"""What is on the map, limited by a box and a count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select

from base.basics.sessions import Session
from patrimoine.models import Asset, Geometry

MAX_SHAPES = 6000
#: Rows of a list that decide what its map opens on.
EXTENT_ROWS = 5000


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
    model: Any = Asset,
    criteria: Sequence[Any] | None = None,
) -> tuple[list[MapRow], bool]:
    """Shapes and points that meet the box, and whether some were left out by the limit.

    ``criteria`` are those of a list of ``model`` with its filters, archived assets as it says.
    """
    extra: list[Any] = [Asset.archived_on.is_(None)] if criteria is None else [*criteria]
    if kind is not None:
        extra.append(Asset.kind == kind)
    meets = (
        Geometry.south <= box.north,
        Geometry.north >= box.south,
        Geometry.west <= box.east,
        Geometry.east >= box.west,
    )
    shapes = session.execute(
        select(model.id, model.kind, model.code, model.name, Geometry.geojson)
        .join(Geometry, Geometry.asset_id == model.id)
        .where(*meets, *extra)
        .order_by(model.id)
        .limit(MAX_SHAPES + 1)
    ).all()
    rows = [MapRow(r[0], r[1], r[2], r[3], r[4], None, None) for r in shapes[:MAX_SHAPES]]
    if len(shapes) > MAX_SHAPES:
        return rows, True
    room = MAX_SHAPES - len(rows)
    points = session.execute(
        select(model.id, model.kind, model.code, model.name, model.longitude, model.latitude)
        .outerjoin(Geometry, Geometry.asset_id == model.id)
        .where(
            Geometry.id.is_(None),
            model.latitude.between(box.south, box.north),
            model.longitude.between(box.west, box.east),
            *extra,
        )
        .order_by(model.id)
        .limit(room + 1)
    ).all()
    rows += [MapRow(r[0], r[1], r[2], r[3], None, r[4], r[5]) for r in points[:room]]
    return rows, len(points) > room


def extent_of(session: Session, model: Any, criteria: Sequence[Any]) -> Box | None:
    """The box around the first EXTENT_ROWS placed assets of a list; None when none has a place."""
    shapes = (
        select(Geometry.west, Geometry.south, Geometry.east, Geometry.north)
        .join(model, model.id == Geometry.asset_id)
        .where(*criteria)
        .limit(EXTENT_ROWS)
        .subquery()
        .c
    )
    points = (
        select(model.longitude, model.latitude)
        .where(*criteria, model.longitude.is_not(None), model.latitude.is_not(None))
        .limit(EXTENT_ROWS)
        .subquery()
        .c
    )
    return _around(session, shapes, points)


def extent(session: Session) -> Box | None:
    """The box around everything that has a place; None when nothing has."""
    return _around(session, Geometry, Asset)


def _around(session: Session, shapes: Any, points: Any) -> Box | None:
    """The box around boxes and points."""
    long, lat = points.longitude, points.latitude
    found: list[Any] = [
        session.execute(select(func.min(w), func.min(s), func.max(e), func.max(n))).one()
        for w, s, e, n in (
            (shapes.west, shapes.south, shapes.east, shapes.north),
            (long, lat, long, lat),
        )
    ]
    boxes = [box for box in found if box[0] is not None]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return Box(min(west), min(south), max(east), max(north))


class Shape(NamedTuple):
    """The outline of an asset, and its area where it is known."""

    geojson: str
    area_m2: Any


def shape_of(session: Session, asset_id: int) -> Shape | None:
    """The outline of an asset; None without one."""
    found = session.execute(
        select(Geometry.geojson, Geometry.area_m2).where(Geometry.asset_id == asset_id)
    ).first()
    return None if found is None else Shape(*found)
