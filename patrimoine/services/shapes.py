"""The shape of an asset on the ground."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from base.basics.i18n import _l, kept
from base.basics.sessions import Session
from base.rules.verbs import Ask, Door, verb
from base.store.history import trail
from patrimoine import domain
from patrimoine.models import Asset, Geometry
from patrimoine.services.ends import require_in_use


@verb(
    Asset,
    _l("Tracer le contour"),
    "map-2",
    name="geometry",
    doors=Door.REST,
    asks={"geometry": Ask(about='``{"type": "Polygon", …}``; null takes it away', named=True)},
    answers={"area_m2": lambda shape: str(shape.area_m2) if shape is not None else None},
)
def set_geometry(
    session: Session, asset: Asset, geometry: Mapping[str, Any] | None = None
) -> Geometry | None:
    """The shape of the asset on the ground; None takes it away.

    An asset without coordinates gets the point that labels its shape.

    Raises:
        GeometryRefused: it is not a GeoJSON geometry in longitude and latitude.
        TransitionRefused: the asset is archived.
    """
    require_in_use(asset)
    if geometry is None:
        drop_geometry(session, asset)
        return None
    shape = domain.read_geometry(geometry)
    row = _shape_of(session, asset)
    if row is None:
        row = Geometry(entity_id=asset.entity_id, asset_id=asset.id)
        session.add(row)
    for name, value in shape_columns(shape).items():
        setattr(row, name, value)
    if asset.latitude is None or asset.longitude is None:
        asset.latitude, asset.longitude = round(shape.latitude, 6), round(shape.longitude, 6)
    trail.note(session, asset, shape_noted(shape))
    session.flush()
    return row


def drop_geometry(session: Session, asset: Asset) -> None:
    """The asset without its shape, archived or not: also for what is undone."""
    row = _shape_of(session, asset)
    if row is not None:
        session.delete(row)
        trail.note(session, asset, {"kind": "change", "text": kept(_l("Contour retiré"))})
        session.flush()


def _shape_of(session: Session, asset: Asset) -> Geometry | None:
    return session.scalars(select(Geometry).where(Geometry.asset_id == asset.id)).one_or_none()


def shape_noted(shape: domain.Shape) -> dict[str, Any]:
    """What the history keeps of a new shape: its area, in words and as a number."""
    return {
        "kind": "change",
        "text": kept(_l("Contour enregistré, %(a)d m²", a=round(shape.area_m2))),
        "area_m2": f"{shape.area_m2:.2f}",
    }


def shape_columns(shape: domain.Shape) -> dict[str, Any]:
    """The columns that keep a shape."""
    return {
        "geojson": shape.geojson,
        "west": shape.west,
        "south": shape.south,
        "east": shape.east,
        "north": shape.north,
        "area_m2": Decimal(f"{shape.area_m2:.2f}"),
    }
