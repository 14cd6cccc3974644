"""The work order, its checklist, and what it costs in time and suppliers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.basics import facts
from base.basics.i18n import _l
from base.store import bounds
from base.store.choice_columns import one_of
from base.store.database import Euros, Hours, Model, Quantity
from base.store.mixins import EUROS, HOURS, PRICE, Scoped, Stamped, Versioned, column, tracked
from base.store.models import Department, Partner
from base.store.models.entities import same_entity
from interventions import domain
from interventions.domain import Answer, Kind, Priority, State
from interventions.models.people import MOST_AN_HOUR, Agent
from patrimoine.models import Asset

if TYPE_CHECKING:
    from interventions.models.stock import PartUse


class WorkOrder(Scoped, Stamped, Versioned, Model):
    """An order to do some work on one asset, from its opening to its validation."""

    __word__ = _l("Intervention")
    __tablename__ = "interventions_work_order"
    __hangs_on__ = "asset_id"
    __table_args__ = (
        UniqueConstraint("entity_id", "number"),
        UniqueConstraint("id", "entity_id"),
        same_entity("asset_id", "patrimoine_asset"),
        same_entity("assigned_to_id", "interventions_agent"),
        same_entity("service_id", "base_service"),
        one_of("kind", Kind),
        one_of("priority", Priority),
        one_of("state", State),
        CheckConstraint("worked_seconds >= 0", name="worked_seconds_positive"),
        CheckConstraint(
            "(running_since_at is not null) = (state = 'started')", name="clock_runs_when_started"
        ),
        # The lists: by state and by asset, newest first, inside one authority.
        Index("ix_interventions_work_order_state", "entity_id", "state", "due_on", "id"),
        # A lane of the board, newest first; whose work it is, is counted in the index.
        Index("ix_interventions_work_order_lane", "entity_id", "state", "id", "assigned_to_id"),
        # The other filters and orders of the list; the newest first where the days are the same.
        Index("ix_interventions_work_order_newest", "entity_id", "id"),
        Index("ix_interventions_work_order_due", "entity_id", "due_on", "id"),
        Index("ix_interventions_work_order_finished", "entity_id", "finished_at", "id"),
        Index("ix_interventions_work_order_priority", "entity_id", "priority", "id"),
        Index("ix_interventions_work_order_kind", "entity_id", "kind", "id"),
        Index("ix_interventions_work_order_service", "service_id", "entity_id", "id"),
        # Checks that are due, among all other work.
        Index(
            "ix_interventions_work_order_due_kind", *("entity_id", "kind", "state", "due_on", "id")
        ),
        # The calendar: what is planned in a month or a week.
        Index("ix_interventions_work_order_planned", "entity_id", "planned_on", "id"),
        Index("ix_interventions_work_order_asset", "asset_id", "entity_id", "state", "id"),
        Index("ix_interventions_work_order_on_asset", "asset_id", "entity_id", "id"),
        Index("ix_interventions_work_order_agent", "assigned_to_id", "state", "id"),
        Index("ix_interventions_work_order_external", "entity_id", "external_number", unique=True),
        {"info": {"large": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Indexed with the order of the lists instead of alone.
    entity_id: Mapped[int] = column(ForeignKey("base_entity.id"), label=_l("Entité"))
    number: Mapped[str] = tracked(String(20), info={"series": "INT"}, label=_l("Numéro"))
    #: Its number in the software it was brought over from.
    external_number: Mapped[str | None] = tracked(String(60), label=_l("Numéro d’origine"))
    asset_id: Mapped[int] = tracked(label=_l("Bien"))
    kind: Mapped[str] = tracked(String(20), default=Kind.CORRECTIVE, label=_l("Nature"))
    priority: Mapped[str] = tracked(String(10), default=Priority.NORMAL, label=_l("Priorité"))
    #: Changes by ``services`` alone, along ``domain.TRANSITIONS``.
    state: Mapped[str] = tracked(String(12), default=State.DRAFT, label=_l("État"))
    #: Never empty: the services see to it, and make one when a machine gives none.
    title: Mapped[str] = tracked(String(200), default="", label=_l("Objet"))
    description: Mapped[str] = tracked(Text, default="", label=_l("Description"))
    #: What was found and done, written by the agent.
    finding: Mapped[str] = tracked(Text, default="", label=_l("Constat"))
    #: Who asked, in words: "Mme Delorme, directrice".
    requester: Mapped[str] = tracked(
        String(200), personal=True, default="", label=_l("Demandée par")
    )
    service_id: Mapped[int | None] = tracked(label=_l("Service"))
    assigned_to_id: Mapped[int | None] = tracked(label=_l("Affectée à"))
    planned_on: Mapped[date | None] = tracked(info=facts.plan(), label=_l("Prévue le"))
    due_on: Mapped[date | None] = tracked(info=facts.plan(after="planned_on"), label=_l("Échéance"))
    #: First start; later pauses do not move it.
    started_at: Mapped[datetime | None] = tracked(info=facts.fact(), label=_l("Commencée le"))
    finished_at: Mapped[datetime | None] = tracked(
        info=facts.fact(after="started_at"), label=_l("Terminée le")
    )
    validated_at: Mapped[datetime | None] = tracked(
        info=facts.fact(after="finished_at"), label=_l("Validée le")
    )
    cancelled_at: Mapped[datetime | None] = tracked(info=facts.fact(), label=_l("Annulée le"))
    #: Why it was cancelled or reopened; the last reason given.
    reason: Mapped[str] = tracked(String(300), default="", label=_l("Motif"))
    #: Start of the present run of the clock; empty when nobody is at work.
    running_since_at: Mapped[datetime | None] = mapped_column(info=facts.fact(after="started_at"))
    #: Time at work counted at the pauses.
    worked_seconds: Mapped[int] = column(default=0, label=_l("Temps de travail (s)"))
    #: The work order that a failed point of another one opened this one from.
    opened_from_id: Mapped[int | None] = tracked(
        ForeignKey("interventions_work_order.id"), label=_l("Née de")
    )

    asset: Mapped[Asset] = relationship(
        primaryjoin="foreign(WorkOrder.asset_id) == remote(Asset.id)"
    )
    service: Mapped[Department | None] = relationship(
        primaryjoin="foreign(WorkOrder.service_id) == remote(Department.id)"
    )
    assigned_to: Mapped[Agent | None] = relationship(
        primaryjoin="foreign(WorkOrder.assigned_to_id) == remote(Agent.id)"
    )
    opened_from: Mapped[WorkOrder | None] = relationship(remote_side=[id])
    labour: Mapped[list[Labour]] = relationship(
        back_populates="work_order",
        primaryjoin="foreign(Labour.work_order_id) == WorkOrder.id",
        order_by="Labour.id",
        passive_deletes="all",
    )
    parts: Mapped[list[PartUse]] = relationship(
        back_populates="work_order",
        primaryjoin="foreign(PartUse.work_order_id) == WorkOrder.id",
        order_by="PartUse.id",
        passive_deletes="all",
    )
    expenses: Mapped[list[Expense]] = relationship(
        back_populates="work_order",
        primaryjoin="foreign(Expense.work_order_id) == WorkOrder.id",
        order_by="Expense.id",
        passive_deletes="all",
    )
    points: Mapped[list[ChecklistPoint]] = relationship(
        back_populates="work_order",
        primaryjoin="foreign(ChecklistPoint.work_order_id) == WorkOrder.id",
        order_by="ChecklistPoint.position",
        passive_deletes="all",
    )

    @property
    def hours_told(self) -> Decimal:
        """The hours of the live lines of labour."""
        return sum((line.hours for line in self.labour if line.is_live), Decimal("0.000"))

    def is_late(self, on: date) -> bool:
        """Whether the work should have been over before the day."""
        return domain.is_late(State(self.state), self.due_on, on)

    def __repr__(self) -> str:
        return f"{self.number} {self.title}"


class Labour(Scoped, Stamped, Model):
    """Time one person spent on one work order, at the rate of the day."""

    __word__ = _l("Temps passé")
    __tablename__ = "interventions_labour"
    __hangs_on__ = "work_order_id"
    __table_args__ = (
        same_entity("work_order_id", "interventions_work_order"),
        same_entity("agent_id", "interventions_agent"),
        CheckConstraint("hours > 0", name="hours_positive"),
        CheckConstraint("hourly_rate_eur > 0", name="hourly_rate_positive"),
        UniqueConstraint("corrects_id"),
        Index("ix_interventions_labour_work_order", "work_order_id", "id"),
        Index("ix_interventions_labour_agent", "agent_id", "date_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = tracked(label=_l("Intervention"))
    agent_id: Mapped[int] = tracked(label=_l("Agent"))
    #: Day on which the time was spent; decides the rate.
    date_on: Mapped[date] = tracked(info=facts.fact(), label=_l("Jour"))
    hours: Mapped[Hours] = tracked(unit=HOURS, label=_l("Heures"))
    #: Copied from the agent's rate on the day; later changes of rate do not count.
    hourly_rate_eur: Mapped[Euros] = tracked(
        unit=PRICE, info=bounds.within(most=MOST_AN_HOUR, copied=True), label=_l("Taux horaire")
    )
    amount_ht_eur: Mapped[Euros] = tracked(unit=EUROS, label=_l("Montant HT"))
    #: The line is kept, its cost was taken back.
    reversed_at: Mapped[datetime | None] = tracked(info=facts.fact(), label=_l("Annulé le"))
    #: The line this one replaces.
    corrects_id: Mapped[int | None] = tracked(
        ForeignKey("interventions_labour.id"), label=_l("Corrige la saisie")
    )

    work_order: Mapped[WorkOrder] = relationship(
        back_populates="labour", primaryjoin="foreign(Labour.work_order_id) == WorkOrder.id"
    )
    agent: Mapped[Agent] = relationship(primaryjoin="foreign(Labour.agent_id) == remote(Agent.id)")

    @property
    def is_live(self) -> bool:
        """Whether the line counts in the cost."""
        return self.reversed_at is None

    def __repr__(self) -> str:
        return f"{self.hours} h, {self.amount_ht_eur} €"


class Expense(Scoped, Stamped, Model):
    """What a supplier asks for a work order, with its tax."""

    __word__ = _l("Dépense")
    __tablename__ = "interventions_expense"
    __hangs_on__ = "work_order_id"
    __table_args__ = (
        same_entity("work_order_id", "interventions_work_order"),
        same_entity("partner_id", "base_partner"),
        CheckConstraint("amount_ht_eur > 0", name="amount_positive"),
        CheckConstraint("vat_rate >= 0", name="vat_rate_not_negative"),
        Index("ix_interventions_expense_work_order", "work_order_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = tracked(label=_l("Intervention"))
    date_on: Mapped[date] = tracked(info=facts.fact(), label=_l("Jour"))
    #: The supplier's name as written; ``partner_id`` when it is one of the register.
    supplier: Mapped[str] = tracked(String(200), label=_l("Fournisseur"))
    partner_id: Mapped[int | None] = tracked(label=_l("Fournisseur"))
    label: Mapped[str] = tracked(String(200), label=_l("Libellé"))
    #: Quote, order or invoice number.
    reference: Mapped[str] = tracked(String(60), default="", label=_l("Référence"))
    amount_ht_eur: Mapped[Euros] = tracked(
        unit=EUROS, info=bounds.within(most=100_000_000), label=_l("Montant HT")
    )
    #: Percentage: 20, 10, 5.5, 2.1, 0.
    vat_rate: Mapped[Quantity] = tracked(label=_l("Taux de TVA, %"))
    vat_eur: Mapped[Euros] = tracked(unit=EUROS, label=_l("TVA"))
    reversed_at: Mapped[datetime | None] = tracked(info=facts.fact(), label=_l("Annulé le"))

    work_order: Mapped[WorkOrder] = relationship(
        back_populates="expenses", primaryjoin="foreign(Expense.work_order_id) == WorkOrder.id"
    )
    partner: Mapped[Partner | None] = relationship(
        primaryjoin="foreign(Expense.partner_id) == remote(Partner.id)"
    )

    @property
    def is_live(self) -> bool:
        """Whether the line counts in the cost."""
        return self.reversed_at is None

    def __repr__(self) -> str:
        return f"{self.label}, {self.amount_ht_eur} €"


class ChecklistPoint(Scoped, Stamped, Model):
    """One thing to do or to look at, answered on site."""

    __word__ = _l("Point de contrôle")
    __tablename__ = "interventions_checklist_point"
    __hangs_on__ = "work_order_id"
    __table_args__ = (
        same_entity("work_order_id", "interventions_work_order"),
        UniqueConstraint("work_order_id", "position"),
        one_of("answer", Answer, optional=True),
        CheckConstraint("(answer is null) = (answered_at is null)", name="answer_has_its_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = tracked(label=_l("Intervention"))
    position: Mapped[int] = tracked(Integer, label=_l("Rang"))
    label: Mapped[str] = tracked(String(200), label=_l("Libellé"))
    #: The work cannot be finished before the point is answered.
    mandatory: Mapped[bool] = tracked(default=True, label=_l("Obligatoire"))
    #: Unit of the value to measure ("bar"); empty for a point without a measure.
    unit: Mapped[str | None] = tracked(String(20), label=_l("Unité"))
    expected_min: Mapped[Quantity | None] = tracked(label=_l("Minimum attendu"))
    expected_max: Mapped[Quantity | None] = tracked(label=_l("Maximum attendu"))
    measure: Mapped[Quantity | None] = tracked(label=_l("Mesure"))
    answer: Mapped[str | None] = tracked(String(20), label=_l("Constat"))
    note: Mapped[str] = tracked(String(300), default="", label=_l("Note"))
    answered_at: Mapped[datetime | None] = tracked(info=facts.fact(), label=_l("Répondu le"))
    answered_by_id: Mapped[int | None] = tracked(label=_l("Répondu par"))
    #: The work order opened because this point failed.
    follow_up_id: Mapped[int | None] = tracked(
        ForeignKey("interventions_work_order.id"), label=_l("Intervention de suite")
    )

    work_order: Mapped[WorkOrder] = relationship(
        back_populates="points", primaryjoin="foreign(ChecklistPoint.work_order_id) == WorkOrder.id"
    )
    answered_by: Mapped[Agent | None] = relationship(
        primaryjoin="foreign(ChecklistPoint.answered_by_id) == remote(Agent.id)"
    )
    follow_up: Mapped[WorkOrder | None] = relationship(foreign_keys=[follow_up_id])

    @property
    def failed(self) -> bool:
        """Whether what was found is not as it should be."""
        return self.answer == Answer.FAILED

    def __repr__(self) -> str:
        return self.label
