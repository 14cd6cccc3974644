"""Suppliers' electronic invoices: as received, where they were booked."""

from __future__ import annotations

import json
from datetime import date
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from base.basics import facts
from base.basics.i18n import _l
from base.store.choice_columns import one_of
from base.store.database import Euros, Model, Quantity, Ratio, UnitPrice
from base.store.mixins import CURRENCY, EUROS, Scoped, Stamped, Versioned, column, tracked
from base.store.models import Partner
from base.store.models.entities import same_entity
from energie.domain.billing import InvoiceState, Reason, Way
from energie.domain.code_words import Profile, Syntax
from energie.models.points import DeliveryPoint
from patrimoine.models import Asset, CostLine
from patrimoine.models.columns import of_same_entity


class Invoice(Scoped, Stamped, Versioned, Model):
    """An invoice or credit note of a supplier; amounts of a credit note are negative."""

    __word__ = _l("Facture d’énergie")
    __words__ = {
        "period_start": _l("Début de période"),
        "period_end": _l("Fin de période"),
        "warnings": _l("Avertissements"),
    }
    __tablename__ = "energie_invoice"
    __hangs_on__ = ("point_id", "shares.asset_id")
    __table_args__ = (
        of_same_entity("point_id", "energie_delivery_point"),
        same_entity("supplier_id", "base_partner"),
        UniqueConstraint("id", "entity_id"),
        UniqueConstraint("entity_id", "supplier_key", "number"),
        one_of("state", InvoiceState),
        CheckConstraint("amount_ttc = amount_ht + vat_amount", name="total"),
        CheckConstraint("state <> 'booked' OR point_id IS NOT NULL", name="booked_on_a_point"),
        Index("ix_energie_invoice_list", "entity_id", "state", "issued_on"),
        Index("ix_energie_invoice_reason", "entity_id", "state", "waiting_reason", "issued_on"),
        Index("ix_energie_invoice_same", "entity_id", "number_key"),
        Index("ux_energie_invoice_one", "entity_id", "supplier_key", "number_key", unique=True),
    )
    __choices__: ClassVar = {
        "waiting_reason": Reason,
        "direction": Way,
        "syntax": Syntax,
        "profile": Profile,
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = tracked(String(60), label=_l("Numéro"))
    #: UNTDID 1001: 380 invoice, 381 credit note.
    type_code: Mapped[str] = tracked(String(4), label=_l("Type de pièce"))
    syntax: Mapped[str] = column(String(10), label=_l("Facture électronique"))
    profile: Mapped[str] = column(String(20), label=_l("Profil"))
    #: The number folded: one invoice of a supplier is written in several ways.
    number_key: Mapped[str] = mapped_column(String(60))
    #: What makes the supplier one: SIREN, VAT number, else the name.
    supplier_key: Mapped[str] = mapped_column(String(200))
    supplier_name: Mapped[str] = tracked(String(200), label=_l("Fournisseur"))
    supplier_siret: Mapped[str] = tracked(String(14), default="", label=_l("SIRET du fournisseur"))
    supplier_id: Mapped[int | None] = tracked(label=_l("Fournisseur"))
    buyer_name: Mapped[str] = column(String(200), default="", label=_l("Client"))
    buyer_siret: Mapped[str] = mapped_column(String(14), default="")
    issued_on: Mapped[date] = tracked(info=facts.told(), label=_l("Date"))
    due_on: Mapped[date | None] = tracked(info=facts.told(), label=_l("Échéance"))
    #: First and last day billed, both included.
    start_on: Mapped[date | None] = tracked(info=facts.told(), label=_l("Premier jour facturé"))
    end_on: Mapped[date | None] = tracked(info=facts.told(), label=_l("Dernier jour facturé"))
    #: ISO code of what the three amounts are in; only euros can be booked.
    currency: Mapped[str] = tracked(String(3), default="EUR", label=_l("Monnaie"))
    amount_ht: Mapped[Euros] = tracked(unit=CURRENCY, label=_l("Montant HT"))
    vat_amount: Mapped[Euros] = tracked(unit=CURRENCY, label=_l("Montant de TVA"))
    amount_ttc: Mapped[Euros] = tracked(unit=CURRENCY, label=_l("Montant TTC"))
    #: What was paid before and what is left, with tax; unknown for other currencies and for
    #: invoices received before they were kept.
    prepaid_eur: Mapped[Euros | None] = tracked(unit=EUROS, label=_l("Déjà payé"))
    payable_eur: Mapped[Euros | None] = tracked(unit=EUROS, label=_l("Net à payer"))
    contract_reference: Mapped[str] = tracked(
        String(100), default="", label=_l("Référence du contrat")
    )
    #: PRM and PCE that the invoice may name, separated by blanks.
    reference_list: Mapped[str] = mapped_column(String(400), default="")
    state: Mapped[str] = tracked(String(10), default=InvoiceState.WAITING, label=_l("État"))
    #: Code of ``Reason`` while it waits, and all that is doubtful in words.
    waiting_reason: Mapped[str] = tracked(String(20), default="", label=_l("Attend pour"))
    waiting_sentence: Mapped[str] = tracked(
        String(1000), default="", label=_l("Pourquoi elle attend")
    )
    #: What the last person decided, in words.
    decision: Mapped[str] = tracked(String(1000), default="", label=_l("Décision"))
    #: Credit or debit, of a credit note: as its sender wrote it, else as a person said.
    direction: Mapped[str] = tracked(String(6), default="", label=_l("Crédit ou débit"))
    #: Number of the invoice that it replaces, as its sender or a person names it.
    replaces: Mapped[str] = tracked(String(60), default="", label=_l("Remplace"))
    #: That invoice, once a person said so.
    replaces_id: Mapped[int | None] = tracked(
        ForeignKey("energie_invoice.id"), label=_l("Facture remplacée")
    )
    #: Folded number of the first invoice that it refers to.
    preceding_key: Mapped[str] = mapped_column(String(60), default="")
    #: The settlement or the replacement that stands for it in the costs.
    counted_by_id: Mapped[int | None] = tracked(
        ForeignKey("energie_invoice.id"), label=_l("Comptée par")
    )
    #: JSON list of [code, sentence]: the rules that it breaks without harm to its figures.
    warnings_json: Mapped[str] = mapped_column(Text, default="[]")
    point_id: Mapped[int | None] = tracked(index=True, label=_l("Point de livraison"))
    #: SHA-256 of the file; the store keeps it.
    digest: Mapped[str] = tracked(String(64), default="", label=_l("Empreinte"))
    label: Mapped[str] = column(String(150), default="", label=_l("Fichier"))

    point: Mapped[DeliveryPoint | None] = relationship(
        primaryjoin=lambda: foreign(Invoice.point_id) == remote(DeliveryPoint.id), viewonly=True
    )
    supplier: Mapped[Partner | None] = relationship(
        primaryjoin=lambda: foreign(Invoice.supplier_id) == remote(Partner.id), viewonly=True
    )
    lines: Mapped[list[InvoiceLine]] = relationship(
        back_populates="invoice", order_by="InvoiceLine.id"
    )
    shares: Mapped[list[InvoiceShare]] = relationship(
        back_populates="invoice", order_by="InvoiceShare.id"
    )

    @property
    def warnings(self) -> list[dict[str, str]]:
        """Code and sentence of each rule that it breaks without harm to its figures."""
        return [
            {"code": code, "sentence": sentence}
            for code, sentence in json.loads(self.warnings_json or "[]")
        ]

    @property
    def period_start(self) -> str | None:
        """First day billed, as programs write it."""
        return self.start_on.isoformat() if self.start_on else None

    @property
    def period_end(self) -> str | None:
        """Last day billed, as programs write it."""
        return self.end_on.isoformat() if self.end_on else None

    def __repr__(self) -> str:
        return f"{self.number} · {self.supplier_name}"


class InvoiceLine(Model):
    """A line as the supplier wrote it."""

    __tablename__ = "energie_invoice_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("energie_invoice.id"), index=True)
    number: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(300))
    quantity: Mapped[Quantity | None]
    unit_code: Mapped[str] = mapped_column(String(8), default="")
    unit_price: Mapped[UnitPrice | None]
    amount_ht: Mapped[Euros]
    #: Percent.
    vat_rate: Mapped[Ratio | None]

    invoice: Mapped[Invoice] = relationship(back_populates="lines")


class InvoiceShare(Scoped, Model):
    """The part of an invoice that one asset bears, and the ledger line that books it."""

    __tablename__ = "energie_invoice_share"
    __table_args__ = (
        of_same_entity("invoice_id", "energie_invoice"),
        of_same_entity("asset_id"),
        of_same_entity("cost_line_id", "patrimoine_cost_line"),
        UniqueConstraint("cost_line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(index=True)
    asset_id: Mapped[int] = mapped_column(index=True)
    amount_ht_eur: Mapped[Euros]
    vat_eur: Mapped[Euros]
    cost_line_id: Mapped[int]

    invoice: Mapped[Invoice] = relationship(
        back_populates="shares",
        primaryjoin=lambda: foreign(InvoiceShare.invoice_id) == remote(Invoice.id),
    )
    asset: Mapped[Asset] = relationship(
        primaryjoin=lambda: foreign(InvoiceShare.asset_id) == remote(Asset.id), viewonly=True
    )
    cost_line: Mapped[CostLine] = relationship(
        primaryjoin=lambda: foreign(InvoiceShare.cost_line_id) == remote(CostLine.id),
        viewonly=True,
    )
