"""Where assets are: their place in the tree through time, their shape on the ground."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Float, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from base.basics import facts
from base.store.database import Exact, Model
from base.store.mixins import Scoped, Stamped
from patrimoine.models.columns import of_same_entity


class AssetMove(Scoped, Stamped, Model):
    """Where an asset stood in the tree, from one day to another.

    The present place is the row without an end. The period is half open: on the day
    of a move the asset is at its new place.
    """

    __tablename__ = "patrimoine_asset_move"
    __table_args__: Any = (
        of_same_entity("asset_id"),
        of_same_entity("parent_id"),
        UniqueConstraint("asset_id", "starts_on"),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="period"),
        Index("ix_patrimoine_asset_move_parent", "parent_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int]
    #: Empty at the top of the tree.
    parent_id: Mapped[int | None]
    starts_on: Mapped[date] = mapped_column(info=facts.fact(since=facts.OLDEST))
    ends_on: Mapped[date | None] = mapped_column(
        info=facts.fact(after="starts_on", since=facts.OLDEST)
    )
    reason: Mapped[str | None] = mapped_column(String(300))


class Geometry(Scoped, Stamped, Model):
    """The shape of an asset on the ground, in WGS 84."""

    __tablename__ = "patrimoine_geometry"
    __table_args__: Any = (
        of_same_entity("asset_id"),
        UniqueConstraint("asset_id"),
        Index("ix_patrimoine_geometry_box", "entity_id", "south", "west"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int]
    #: Canonical text of a GeoJSON geometry.
    geojson: Mapped[str] = mapped_column(Text)
    west: Mapped[float] = mapped_column(Float(53))
    south: Mapped[float] = mapped_column(Float(53))
    east: Mapped[float] = mapped_column(Float(53))
    north: Mapped[float] = mapped_column(Float(53))
    #: Measured on the shape; beside the area the cadastre states.
    area_m2: Mapped[Decimal | None] = mapped_column(Exact(2))
