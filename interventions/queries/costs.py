"""What a work order costs: its lines, their sums, and the ledger beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import selectinload

from base.basics.sessions import Session
from interventions import domain
from interventions.models import Agent, Expense, Labour, PartUse, WorkOrder
from patrimoine.models import CostLine

Line = Labour | PartUse | Expense
#: Nature -> the lines of it.
NATURES: dict[str, type[Line]] = {"labour": Labour, "parts": PartUse, "supplier": Expense}
LINES = (Labour, PartUse, Expense)


def live_lines(session: Session, work_order: WorkOrder) -> list[Line]:
    """The cost lines that count, oldest first within each kind."""
    found: list[Line] = []
    for model in LINES:
        found += session.scalars(
            select(model)
            .where(model.work_order_id == work_order.id, model.reversed_at.is_(None))
            .order_by(model.id)
        )
    return found


def time_is_told(session: Session, work_order: WorkOrder) -> bool:
    """Whether live lines say who did the work: an agent's time, or the bill of a supplier."""
    return any(
        session.scalar(
            select(model.id)
            .where(model.work_order_id == work_order.id, model.reversed_at.is_(None))
            .limit(1)
        )
        for model in (Labour, Expense)
    )


def hours_of_day(session: Session, agent: Agent, on: date) -> Decimal:
    """What the agent has logged on the day, reversed lines left out."""
    return session.scalar(
        select(func.sum(Labour.hours)).where(
            Labour.agent_id == agent.id, Labour.date_on == on, Labour.reversed_at.is_(None)
        )
    ) or Decimal("0.000")


class CostPart(NamedTuple):
    """One nature of the cost of a work order: its live lines and their sums."""

    nature: str
    lines: Sequence[Line]
    amount_ht_eur: Decimal
    vat_eur: Decimal


class CostSummary(NamedTuple):
    """How the cost of a work order is made, and what the ledger says of it."""

    parts: list[CostPart]
    amount_ht_eur: Decimal
    vat_eur: Decimal
    #: Ledger lines of this work order, reversals included.
    ledger_lines: int
    ledger_ht_eur: Decimal

    @property
    def amount_ttc_eur(self) -> Decimal:
        """Tax included."""
        return self.amount_ht_eur + self.vat_eur

    @property
    def agrees(self) -> bool:
        """Whether the sum of the lines is the sum of the ledger."""
        return self.amount_ht_eur == self.ledger_ht_eur


def cost_summary(session: Session, work_order: WorkOrder) -> CostSummary:
    """Labour, parts and suppliers with their sums, beside the ledger's own sum."""
    lines = live_lines(session, work_order)
    natures = {n: [line for line in lines if isinstance(line, m)] for n, m in NATURES.items()}
    return summed(natures, *ledger_of(session, work_order))


def summed(natures: Mapping[str, Sequence[Line]], count: int, ledger: Decimal) -> CostSummary:
    """The summary of live lines by nature, beside count and sum of the ledger's lines."""
    parts = [
        CostPart(
            nature,
            lines,
            domain.total(line.amount_ht_eur for line in lines),
            domain.total(getattr(line, "vat_eur", Decimal(0)) for line in lines),
        )
        for nature, lines in natures.items()
    ]
    return CostSummary(
        parts,
        domain.total(part.amount_ht_eur for part in parts),
        domain.total(part.vat_eur for part in parts),
        count,
        ledger,
    )


def _sources(work_order_id: int) -> list[ColumnElement[bool]]:
    return [
        and_(
            CostLine.source_type == model.__tablename__,
            CostLine.source_id.in_(select(model.id).where(model.work_order_id == work_order_id)),
        )
        for model in LINES
    ]


def _made_by(work_order_id: int) -> ColumnElement[bool]:
    """The lines of a work order, source by source: each has its index, "or" would have none."""
    found = [select(CostLine.id).where(source) for source in _sources(work_order_id)]
    return CostLine.id.in_(union_all(*found))


def ledger_lines(work_order: WorkOrder) -> Select[CostLine]:
    """The ledger lines that this work order made, reversals included."""
    return select(CostLine).where(_made_by(work_order.id)).order_by(CostLine.id)


def ledger_of(session: Session, work_order: WorkOrder) -> tuple[int, Decimal]:
    """How many ledger lines the work order made, and their sum without tax."""
    parts = [
        select(CostLine.id, CostLine.amount_ht_eur).where(source)
        for source in _sources(work_order.id)
    ]
    made = union_all(*parts).subquery()
    count, total = session.execute(
        select(func.count(made.c.id), func.sum(made.c.amount_ht_eur)).select_from(made)
    ).one()
    return count, total if total is not None else Decimal("0.00")


def costs_of(session: Session, work_order_ids: Sequence[int]) -> dict[int, Decimal]:
    """The cost without tax of each work order of a page, in three statements.

    One over all three would be blank for whoever may not read rates, expenses and parts too.
    """
    sums = dict.fromkeys(work_order_ids, Decimal("0.00"))
    for model in LINES:
        for work_order_id, amount in session.execute(
            select(model.work_order_id, func.sum(model.amount_ht_eur))
            .where(model.work_order_id.in_(work_order_ids), model.reversed_at.is_(None))
            .group_by(model.work_order_id)
        ):
            sums[work_order_id] += amount or Decimal("0.00")
    return sums


def cost_expression() -> ColumnElement[Decimal]:
    """The cost without tax of a work order, as SQL beside its row."""
    kind = Labour.__table__.c.amount_ht_eur.type
    nothing = literal(Decimal("0.00"), kind)
    labour, parts, expenses = (
        func.coalesce(
            select(func.sum(model.amount_ht_eur))
            .where(model.work_order_id == WorkOrder.id, model.reversed_at.is_(None))
            .correlate(WorkOrder)
            .scalar_subquery(),
            nothing,
        )
        for model in LINES
    )
    return type_coerce(labour + parts + expenses, kind)


def last_cost_rows(session: Session, work_order_id: int, *, limit: int) -> list[Any]:
    """Labour, parts and expenses of a work order, the newest of each, with whom or what."""
    found: list[Any] = []
    models: tuple[tuple[Any, Any], ...] = (
        (Labour, Labour.agent),
        (PartUse, PartUse.item),
        (Expense, None),
    )
    for model, relation in models:
        rows = select(model).where(model.work_order_id == work_order_id)
        if relation is not None:
            rows = rows.options(selectinload(relation))
        found += session.scalars(rows.order_by(model.id.desc()).limit(limit))
    return found
