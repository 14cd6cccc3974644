"""The cost ledger: every euro an asset cost, never changed, corrected by a reversal."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from base.basics import clock, facts
from base.basics.i18n import _l
from base.store.choice_columns import one_of
from base.store.database import Euros, Model
from base.store.mixins import EUROS, Scoped, column, current_user_id, tracked
from base.store.models.entities import same_entity
from patrimoine.domain.costs import CostNature
from patrimoine.models.assets import Asset
from patrimoine.models.columns import of_same_entity


class CostLine(Scoped, Model):
    """One amount booked on one asset; append-only, by a trigger of the database.

    Amounts may be negative (credit notes, reversals). ``net_eur`` is what the authority
    really pays: tax included, unless its budget recovers the tax.
    """

    __word__ = _l("Écriture de coût")
    __tablename__ = "patrimoine_cost_line"
    __hangs_on__ = "asset_id"
    __table_args__ = (
        of_same_entity("asset_id"),
        of_same_entity("reversal_of_id", "patrimoine_cost_line"),
        same_entity("service_id", "base_service"),
        same_entity("supplier_id", "base_partner"),
        UniqueConstraint("id", "entity_id"),
        UniqueConstraint("reversal_of_id"),
        one_of("nature", CostNature),
        CheckConstraint("net_eur = amount_ht_eur OR net_eur = amount_ht_eur + vat_eur", name="net"),
        CheckConstraint("reversal_of_id IS NULL OR reversal_of_id <> id", name="not_itself"),
        # All that the sums of a branch need, asset by asset.
        Index(
            "ix_patrimoine_cost_line_asset",
            *("asset_id", "entity_id", "date_on", "nature"),
            *("amount_ht_eur", "vat_eur", "net_eur"),
        ),
        # All that a sum by anything needs: a report reads this index and never the rows.
        Index(
            "ix_patrimoine_cost_line_day",
            *("entity_id", "date_on", "asset_id", "nature", "account", "service_id"),
            *("reversal_of_id", "amount_ht_eur", "vat_eur", "net_eur"),
        ),
        # The lists: by amount, and those of a nature or an account by day.
        Index("ix_patrimoine_cost_line_net", "entity_id", "net_eur", "id"),
        Index("ix_patrimoine_cost_line_amount", "entity_id", "amount_ht_eur", "id"),
        Index("ix_patrimoine_cost_line_nature", "entity_id", "nature", "date_on", "id"),
        Index("ix_patrimoine_cost_line_account", "entity_id", "account", "date_on", "id"),
        Index("ix_patrimoine_cost_line_source", "source_type", "source_id", "entity_id"),
        {"info": {"large": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Indexed with the order of the lists instead of alone.
    entity_id: Mapped[int] = column(ForeignKey("base_entity.id"), label=_l("Entité"))
    asset_id: Mapped[int] = tracked(label=_l("Bien"))
    #: Day to which the cost belongs.
    date_on: Mapped[date] = tracked(info=facts.fact(), label=_l("Jour"))
    amount_ht_eur: Mapped[Euros] = tracked(unit=EUROS, label=_l("Montant HT"))
    vat_eur: Mapped[Euros] = tracked(unit=EUROS, label=_l("TVA"))
    net_eur: Mapped[Euros] = tracked(unit=EUROS, label=_l("Coût net"))
    nature: Mapped[str] = tracked(String(20), label=_l("Nature"))
    label: Mapped[str] = tracked(String(300), label=_l("Libellé"))
    #: Account of the M57 plan.
    account: Mapped[str | None] = tracked(String(12), label=_l("Compte"))
    budget_line: Mapped[str | None] = tracked(String(40), label=_l("Ligne budgétaire"))
    service_id: Mapped[int | None] = tracked(label=_l("Service"))
    supplier_id: Mapped[int | None] = tracked(label=_l("Fournisseur"))
    #: Table and id of what made the cost: ("interventions_labour", 12).
    source_type: Mapped[str] = tracked(String(60), label=_l("Pièce"))
    source_id: Mapped[int | None] = tracked(label=_l("N° de la pièce"))
    reversal_of_id: Mapped[int | None] = tracked(label=_l("Annule l’écriture"))
    booked_at: Mapped[datetime] = column(default=clock.now, label=_l("Inscrit le"))
    booked_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("ab_user.id"), default=current_user_id
    )

    asset: Mapped[Asset] = relationship(
        primaryjoin=lambda: foreign(CostLine.asset_id) == remote(Asset.id), viewonly=True
    )

    def __repr__(self) -> str:
        return self.label
