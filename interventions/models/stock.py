"""Stores, items and the ledger of what moved, at weighted average cost."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.basics import facts
from base.basics.i18n import _l
from base.store import bounds
from base.store.choice_columns import one_of
from base.store.database import Euros, Model, Quantity, UnitPrice
from base.store.history.trail import NOT_AUDITED
from base.store.mixins import EUROS, PRICE, Archivable, Scoped, Stamped, Versioned, column, tracked
from base.store.models.entities import same_entity
from interventions.domain import Holding, MoveKind
from interventions.models.work import WorkOrder

#: Pieces, metres or litres on one line.
MOST_OF_A_PART = 100_000

NOT_AUDITED["interventions_stock_level"] = "the sum of its moves, each of which is in the trail"


class Store(Scoped, Stamped, Archivable, Versioned, Model):
    """A place where items are kept: central store, van."""

    __word__ = _l("Magasin")
    __words__ = {"archived_on": _l("Fermé le")}
    __tablename__ = "interventions_store"
    __stands_alone__ = "a place of goods: what was used is told by the part use"
    folded_code: ClassVar[str] = "code"
    __table_args__ = (UniqueConstraint("entity_id", "code"), UniqueConstraint("id", "entity_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = tracked(String(32), label=_l("Code"))
    name: Mapped[str] = tracked(String(100), label=_l("Nom"))

    def __repr__(self) -> str:
        return self.name


class Item(Scoped, Stamped, Archivable, Versioned, Model):
    """A reference that the stores keep."""

    __word__ = _l("Article")
    __words__ = {"archived_on": _l("Retiré le")}
    __tablename__ = "interventions_item"
    __stands_alone__ = "an article: what was used is told by the part use"
    folded_code: ClassVar[str] = "code"
    __table_args__ = (
        UniqueConstraint("entity_id", "code"),
        UniqueConstraint("id", "entity_id"),
        CheckConstraint("vat_rate >= 0", name="vat_rate_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = tracked(String(40), label=_l("Référence"))
    name: Mapped[str] = tracked(String(200), label=_l("Désignation"))
    #: What is counted: piece, metre, litre.
    unit: Mapped[str] = tracked(String(20), default="pièce", label=_l("Unité"))
    #: Percentage paid when it was bought.
    vat_rate: Mapped[Quantity] = tracked(default=Decimal("20.000"), label=_l("TVA en %"))

    def __repr__(self) -> str:
        return f"{self.code} {self.name}"


class StockLevel(Scoped, Versioned, Model):
    """What a store holds of an item now; equal to the sum of its moves, never edited."""

    __words__ = {"unit_cost_eur": _l("Coût moyen HT")}
    __tablename__ = "interventions_stock_level"
    __table_args__ = (
        same_entity("store_id", "interventions_store"),
        same_entity("item_id", "interventions_item"),
        UniqueConstraint("store_id", "item_id"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        CheckConstraint("value_eur >= 0", name="value_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = column(label=_l("Magasin"))
    item_id: Mapped[int] = column(index=True, label=_l("Article"))
    quantity: Mapped[Quantity] = column(label=_l("Quantité"))
    value_eur: Mapped[Euros] = column(unit=EUROS, label=_l("Valeur HT"))

    store: Mapped[Store] = relationship(
        primaryjoin="foreign(StockLevel.store_id) == remote(Store.id)"
    )
    item: Mapped[Item] = relationship(primaryjoin="foreign(StockLevel.item_id) == remote(Item.id)")

    @property
    def holding(self) -> Holding:
        """Quantity and value, with their arithmetic."""
        return Holding(self.quantity, self.value_eur)

    @property
    def unit_cost_eur(self) -> Decimal:
        """The weighted average cost."""
        return self.holding.unit_cost_eur

    def __repr__(self) -> str:
        return f"{self.quantity} × {self.holding.unit_cost_eur} €"


class StockMove(Scoped, Stamped, Model):
    """One entry or exit; never changed, taken back by another move."""

    __word__ = _l("Mouvement de stock")
    __tablename__ = "interventions_stock_move"
    __stands_alone__ = "the goods of a store: what was used is told by the part use"
    __table_args__ = (
        same_entity("store_id", "interventions_store"),
        same_entity("item_id", "interventions_item"),
        one_of("kind", MoveKind),
        CheckConstraint("quantity <> 0", name="quantity_not_zero"),
        UniqueConstraint("reverses_id"),
        Index("ix_interventions_stock_move_item", "item_id", "store_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = tracked(label=_l("Magasin"))
    item_id: Mapped[int] = tracked(label=_l("Article"))
    kind: Mapped[str] = tracked(String(12), label=_l("Mouvement"))
    date_on: Mapped[date] = tracked(info=facts.fact(), label=_l("Jour"))
    #: Positive in, negative out. A count may move more than one delivery brings.
    quantity: Mapped[Quantity] = tracked(
        info=bounds.within(most=MOST_OF_A_PART, copied=True), label=_l("Quantité")
    )
    unit_cost_eur: Mapped[UnitPrice] = tracked(
        unit=PRICE, info=bounds.within(most=100_000_000, copied=True), label=_l("Coût unitaire HT")
    )
    #: Signed like the quantity; the sum of a store's moves is what it is worth.
    value_eur: Mapped[Euros] = tracked(unit=EUROS, label=_l("Valeur HT"))
    #: Delivery note, count, reason of an adjustment.
    label: Mapped[str] = tracked(String(200), default="", label=_l("Motif"))
    reverses_id: Mapped[int | None] = tracked(
        ForeignKey("interventions_stock_move.id"), label=_l("Annule le mouvement")
    )

    store: Mapped[Store] = relationship(
        primaryjoin="foreign(StockMove.store_id) == remote(Store.id)"
    )
    item: Mapped[Item] = relationship(primaryjoin="foreign(StockMove.item_id) == remote(Item.id)")

    def __repr__(self) -> str:
        return f"{self.kind} {self.quantity}"


class PartUse(Scoped, Stamped, Model):
    """A part of the store that went into a work order, at the cost of the day."""

    __word__ = _l("Pièce consommée")
    __tablename__ = "interventions_part_use"
    __hangs_on__ = "work_order_id"
    __table_args__ = (
        same_entity("work_order_id", "interventions_work_order"),
        same_entity("item_id", "interventions_item"),
        same_entity("store_id", "interventions_store"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_interventions_part_use_work_order", "work_order_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = tracked(label=_l("Intervention"))
    item_id: Mapped[int] = tracked(label=_l("Article"))
    store_id: Mapped[int] = tracked(label=_l("Magasin"))
    move_id: Mapped[int] = mapped_column(ForeignKey("interventions_stock_move.id"), unique=True)
    date_on: Mapped[date] = tracked(info=facts.fact(), label=_l("Jour"))
    quantity: Mapped[Quantity] = tracked(
        info=bounds.within(most=MOST_OF_A_PART), label=_l("Quantité")
    )
    #: The weighted average cost at the exit, copied.
    unit_cost_eur: Mapped[UnitPrice] = tracked(unit=PRICE, label=_l("Coût unitaire"))
    amount_ht_eur: Mapped[Euros] = tracked(unit=EUROS, label=_l("Montant HT"))
    vat_eur: Mapped[Euros] = tracked(unit=EUROS, label=_l("TVA"))
    reversed_at: Mapped[datetime | None] = tracked(info=facts.fact(), label=_l("Annulé le"))

    work_order: Mapped[WorkOrder] = relationship(
        back_populates="parts", primaryjoin="foreign(PartUse.work_order_id) == WorkOrder.id"
    )
    item: Mapped[Item] = relationship(primaryjoin="foreign(PartUse.item_id) == remote(Item.id)")
    store: Mapped[Store] = relationship(primaryjoin="foreign(PartUse.store_id) == remote(Store.id)")
    move: Mapped[StockMove] = relationship()

    @property
    def is_live(self) -> bool:
        """Whether the line counts in the cost."""
        return self.reversed_at is None

    def __repr__(self) -> str:
        return f"{self.quantity} × {self.unit_cost_eur} €"
