"""Delivery points, the meters on them, their dials, and what they serve."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from base.basics import facts
from base.basics.i18n import _l
from base.store.choice_columns import one_of
from base.store.database import Model, Quantity, Ratio
from base.store.mixins import Archivable, Scoped, Stamped, Versioned, tracked
from energie.domain.days import PARIS
from energie.domain.kinds import (
    AllocationKey,
    Direction,
    EnergyKind,
    MeterKind,
    ReferenceKind,
    RegisterCode,
    Unit,
)
from patrimoine.models import Asset
from patrimoine.models.columns import of_same_entity


class DeliveryPoint(Scoped, Stamped, Archivable, Versioned, Model):
    """Where an energy is delivered to us, by the reference that the distributor gives."""

    __word__ = _l("Point de livraison")
    __tablename__ = "energie_delivery_point"
    __hangs_on__ = "asset_id"
    __table_args__ = (
        of_same_entity("asset_id"),
        UniqueConstraint("id", "entity_id"),
        UniqueConstraint("entity_id", "energy_kind", "reference"),
        one_of("energy_kind", EnergyKind),
        one_of("reference_kind", ReferenceKind),
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    energy_kind: Mapped[str] = tracked(String(20), label=_l("Énergie"))
    reference_kind: Mapped[str] = tracked(String(20), label=_l("Sorte de référence"))
    #: PRM, PCE…: text, for leading zeros count.
    reference: Mapped[str] = tracked(String(40), label=_l("Référence (PRM, PCE…)"))
    name: Mapped[str] = tracked(String(200), label=_l("Nom"))
    #: The building or site that the point stands on; what it serves is in the allocations.
    asset_id: Mapped[int] = tracked(index=True, label=_l("Posé sur"))
    #: Segment of the distributor: C5, C4, T2.
    category: Mapped[str | None] = tracked(String(8), label=_l("Segment"))
    subscribed_kva: Mapped[Quantity | None] = tracked(unit="kVA", label=_l("Puissance souscrite"))
    opened_on: Mapped[date | None] = tracked(
        info=facts.plan(since=facts.OLDEST_MACHINE), label=_l("Mise en service")
    )
    closed_on: Mapped[date | None] = tracked(
        info=facts.plan(after="opened_on", since=facts.OLDEST_MACHINE), label=_l("Fermeture")
    )
    timezone: Mapped[str] = tracked(String(64), default=PARIS, label=_l("Fuseau horaire"))

    asset: Mapped[Asset] = relationship(
        primaryjoin=lambda: foreign(DeliveryPoint.asset_id) == remote(Asset.id), viewonly=True
    )

    def __repr__(self) -> str:
        return f"{self.reference} · {self.name}"


class Meter(Scoped, Stamped, Archivable, Versioned, Model):
    """A meter on a delivery point; each physical one is also an asset, with its tag."""

    __word__ = _l("Compteur")
    __tablename__ = "energie_meter"
    __hangs_on__ = ("asset_id", "point_id")
    __table_args__ = (
        of_same_entity("asset_id"),
        of_same_entity("point_id", "energie_delivery_point"),
        of_same_entity("parent_id", "energie_meter"),
        UniqueConstraint("id", "entity_id"),
        UniqueConstraint("asset_id"),
        UniqueConstraint("point_id", "serial_number"),
        one_of("kind", MeterKind),
        CheckConstraint("kind = 'virtual' OR asset_id IS NOT NULL", name="physical_is_an_asset"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_parent"),
        CheckConstraint("removed_on IS NULL OR removed_on >= installed_on", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[int] = tracked(index=True, label=_l("Point de livraison"))
    asset_id: Mapped[int | None] = tracked(label=_l("Bien"))
    serial_number: Mapped[str] = tracked(String(60), label=_l("Numéro de série"))
    kind: Mapped[str] = tracked(String(12), default=MeterKind.PHYSICAL, label=_l("Type"))
    parent_id: Mapped[int | None] = tracked(label=_l("Placé dans"))
    installed_on: Mapped[date | None] = tracked(
        info=facts.fact(since=facts.OLDEST_MACHINE), label=_l("Posé le")
    )
    removed_on: Mapped[date | None] = tracked(
        info=facts.fact(after="installed_on", since=facts.OLDEST_MACHINE), label=_l("Déposé le")
    )
    #: What its dial showed when it was put in and when it was taken away; empty: unknown.
    install_index: Mapped[Quantity | None] = tracked(label=_l("Index de pose"))
    removal_index: Mapped[Quantity | None] = tracked(label=_l("Index de dépose"))

    point: Mapped[DeliveryPoint] = relationship(
        primaryjoin=lambda: foreign(Meter.point_id) == remote(DeliveryPoint.id), viewonly=True
    )
    asset: Mapped[Asset | None] = relationship(
        primaryjoin=lambda: foreign(Meter.asset_id) == remote(Asset.id), viewonly=True
    )
    registers: Mapped[list[Register]] = relationship(
        primaryjoin=lambda: remote(foreign(Register.meter_id)) == Meter.id,
        viewonly=True,
        order_by=lambda: Register.code,
    )

    def __repr__(self) -> str:
        return self.serial_number


class Register(Scoped, Model):
    """A dial of a meter."""

    __word__ = _l("Cadran")
    __tablename__ = "energie_register"
    __hangs_on__ = "meter_id"
    __table_args__ = (
        of_same_entity("meter_id", "energie_meter"),
        UniqueConstraint("id", "entity_id"),
        UniqueConstraint("meter_id", "code"),
        one_of("code", RegisterCode),
        one_of("unit", Unit),
        one_of("direction", Direction),
        CheckConstraint("digits between 1 and 15", name="digits"),
        CheckConstraint("decimals between 0 and 6", name="decimals"),
        CheckConstraint("coefficient > 0", name="coefficient"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meter_id: Mapped[int] = tracked(label=_l("Compteur"))
    code: Mapped[str] = tracked(String(12), default=RegisterCode.TOTAL, label=_l("Cadran"))
    unit: Mapped[str] = tracked(String(8), default=Unit.KWH, label=_l("Unité"))
    #: Whole digits of the dial: it comes back to zero after 10^digits.
    digits: Mapped[int] = tracked(default=9, label=_l("Chiffres de l’index"))
    decimals: Mapped[int] = tracked(default=0, label=_l("Décimales"))
    #: Pulse weight or transformer ratio.
    coefficient: Mapped[Ratio] = tracked(default=1, label=_l("Coefficient"))
    direction: Mapped[str] = tracked(String(10), default=Direction.DRAWN, label=_l("Sens"))

    def __repr__(self) -> str:
        return self.code


class Allocation(Scoped, Stamped, Model):
    """The weight of an asset in what a delivery point uses, from one day to another."""

    __word__ = _l("Affectation d’énergie")
    __tablename__ = "energie_allocation"
    __hangs_on__ = ("asset_id", "point_id")
    __table_args__ = (
        of_same_entity("point_id", "energie_delivery_point"),
        of_same_entity("asset_id"),
        UniqueConstraint("point_id", "asset_id", "valid_from"),
        one_of("key", AllocationKey),
        CheckConstraint("weight > 0", name="weight"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[int] = tracked(label=_l("Point de livraison"))
    asset_id: Mapped[int] = tracked(index=True, label=_l("Bien"))
    key: Mapped[str] = tracked(
        String(12), default=AllocationKey.FIXED, label=_l("Clé de répartition")
    )
    weight: Mapped[Ratio] = tracked(label=_l("Poids"))
    valid_from: Mapped[date] = tracked(info=facts.plan(since=date.min), label=_l("Valable du"))
    #: First day on which it no longer holds; empty while it does.
    valid_to: Mapped[date | None] = tracked(
        info=facts.plan(after="valid_from"), label=_l("Valable jusqu’au")
    )

    asset: Mapped[Asset] = relationship(
        primaryjoin=lambda: foreign(Allocation.asset_id) == remote(Asset.id), viewonly=True
    )
