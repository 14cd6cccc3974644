"""How each figure of a work order was made: the rate, the stock and the ledger behind a line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from base.basics.sessions import Session
from interventions import domain
from interventions.domain import Holding
from interventions.models import Agent, AgentRate, Expense, Labour, PartUse, StockMove, WorkOrder
from interventions.queries.costs import CostSummary, Line, ledger_lines, summed
from patrimoine.models import CostLine

#: Moves shown behind an exit, the exit included; the others are one link away.
SHOWN_MOVES = 5


class Story(NamedTuple):
    """One cost line and what stands behind it."""

    line: Line
    #: What it wrote in the ledger, and what took that back; None while it counts.
    booked: CostLine | None
    reversed_by: CostLine | None
    #: Labour: the dated rate of the agent that the line copied; None when it was given by hand.
    rate: AgentRate | None = None
    #: Labour: what the agent's dated rates say of that day now, when it is something else.
    rate_now_eur: Decimal | None = None
    #: Parts: what the store held just before the exit, and its last moves, newest first.
    held: Holding | None = None
    moves: Sequence[StockMove] = ()

    @property
    def recoverable_eur(self) -> Decimal:
        """The tax that the budget gets back: none, or all of it."""
        if self.booked is None:
            return Decimal("0.00")
        return self.booked.amount_ht_eur + self.booked.vat_eur - self.booked.net_eur


class Net(NamedTuple):
    """What the authority really pays, from the ledger: tax, what comes back of it, accounts."""

    net_eur: Decimal
    recoverable_eur: Decimal
    #: (rate in percent, tax in euros) of the lines that count, highest rate first.
    vat_by_rate: Sequence[tuple[Decimal, Decimal]]
    #: (account of the M57 plan, euros without tax), by account; what came to nothing left out.
    accounts: Sequence[tuple[str, Decimal]]


def net_of(told: dict[str, list[Story]]) -> Net:
    """The net cost of the stories of a work order."""
    net = recoverable = Decimal("0.00")
    rates: dict[Decimal, Decimal] = {}
    accounts: dict[str, Decimal] = {}
    for story in (story for stories in told.values() for story in stories):
        if not story.line.is_live or story.booked is None:
            continue
        net += story.booked.net_eur
        recoverable += story.recoverable_eur
        account = story.booked.account or ""
        accounts[account] = accounts.get(account, Decimal(0)) + story.booked.amount_ht_eur
        if isinstance(story.line, PartUse):
            rate = story.line.item.vat_rate
        elif isinstance(story.line, Expense):
            rate = story.line.vat_rate
        else:
            continue
        rates[rate] = rates.get(rate, Decimal(0)) + story.booked.vat_eur
    return Net(
        net,
        recoverable,
        sorted(rates.items(), reverse=True),
        sorted((account, amount) for account, amount in accounts.items() if account),
    )


def stories(session: Session, work_order: WorkOrder) -> dict[str, list[Story]]:
    """The stories of all lines, by nature (labour, parts, supplier), oldest first.

    Lines that were taken back are there too. The number of statements does not grow with them.
    """
    return _told(session, work_order, session.scalars(ledger_lines(work_order)).all())


def explained(
    session: Session, work_order: WorkOrder
) -> tuple[dict[str, list[Story]], CostSummary]:
    """The stories and, from the same rows, the summary of the cost: what a record page shows."""
    ledger = session.scalars(ledger_lines(work_order)).all()
    told = _told(session, work_order, ledger)
    live = {n: [s.line for s in known if s.line.is_live] for n, known in told.items()}
    whole = domain.total(entry.amount_ht_eur for entry in ledger)
    return told, summed(live, len(ledger), whole)


def _told(
    session: Session, work_order: WorkOrder, ledger: Sequence[CostLine]
) -> dict[str, list[Story]]:
    booked: dict[tuple[str, int | None], CostLine] = {}
    undone: dict[tuple[str, int | None], CostLine] = {}
    for entry in ledger:
        where = undone if entry.reversal_of_id is not None else booked
        where[entry.source_type, entry.source_id] = entry

    def behind(line: Line) -> tuple[CostLine | None, CostLine | None]:
        key = (line.__tablename__, line.id)
        return booked.get(key), undone.get(key)

    def lines(model: Any, *options: Any) -> Sequence[Any]:
        mine = select(model).where(model.work_order_id == work_order.id)
        return session.scalars(mine.order_by(model.id).options(*options)).all()

    labour = lines(Labour, selectinload(Labour.agent).selectinload(Agent.rates))
    parts = lines(PartUse, selectinload(PartUse.item), selectinload(PartUse.store))
    expenses = lines(Expense)
    held, moves = _stock_behind(session, work_order) if parts else ({}, {})
    return {
        "labour": [Story(line, *behind(line), *_rate_behind(line)) for line in labour],
        "parts": [
            Story(line, *behind(line), held=held.get(line.id), moves=moves.get(line.id, ()))
            for line in parts
        ],
        "supplier": [Story(line, *behind(line)) for line in expenses],
    }


def _rate_behind(line: Labour) -> tuple[AgentRate | None, Decimal | None]:
    """The dated rate that the line copied, and what that day's rate is now if it differs."""
    rate = domain.in_force(line.agent.rates, line.date_on) if line.agent else None
    if rate is not None and rate.hourly_rate_eur == line.hourly_rate_eur:
        return rate, None
    # A rate dated back since then: the line keeps its own; the rate it copied is an older one.
    known = [row for row in line.agent.rates if row.valid_from <= line.date_on] if rate else []
    older = [row for row in known if row.hourly_rate_eur == line.hourly_rate_eur]
    copied = max(older, key=lambda row: row.valid_from, default=None)
    return copied, rate.hourly_rate_eur if rate else None


def _stock_behind(
    session: Session, work_order: WorkOrder
) -> tuple[dict[int, Holding], dict[int, list[StockMove]]]:
    """By part: what its store held before the exit, and the last moves up to it."""
    same_stock = (StockMove.store_id == PartUse.store_id) & (StockMove.item_id == PartUse.item_id)
    sums = session.execute(
        select(PartUse.id, func.sum(StockMove.quantity), func.sum(StockMove.value_eur))
        .join(StockMove, same_stock & (StockMove.id < PartUse.move_id))
        .where(PartUse.work_order_id == work_order.id)
        .group_by(PartUse.id)
    )
    held = {part_id: Holding(quantity, value) for part_id, quantity, value in sums}
    place = func.row_number().over(partition_by=PartUse.id, order_by=StockMove.id.desc())
    ranked = (
        select(PartUse.id.label("part_id"), StockMove.id.label("move_id"), place.label("place"))
        .join(StockMove, same_stock & (StockMove.id <= PartUse.move_id))
        .where(PartUse.work_order_id == work_order.id)
        .subquery()
    )
    found: dict[int, list[StockMove]] = {}
    for part_id, move in session.execute(
        select(ranked.c.part_id, StockMove)
        .join(ranked, ranked.c.move_id == StockMove.id)
        .where(ranked.c.place <= SHOWN_MOVES)
        .order_by(StockMove.id.desc())
    ):
        found.setdefault(part_id, []).append(move)
    return held, found
