"""How imports of agents, stock, work and requests are taken back.

What is numbered or costed is never removed: work is given up, its costs reversed, moves of stock
answered by their opposite, all by their verbs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select

from base.basics import clock
from base.basics.errors import DomainError
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports.undo import Fate, Step, Undoer, undoes
from base.desk.imports.undo.declaration import chunks
from base.desk.imports.undo.looking import CALLED, TOLD_WHOLE
from interventions import services
from interventions.models import (
    Agent,
    AgentRate,
    ChecklistPoint,
    Expense,
    Item,
    Labour,
    PartUse,
    ServiceRequest,
    StockLevel,
    StockMove,
    Store,
    WorkOrder,
)

#: Name under which an import remembers how many lines an order came with.
LINES = "lines"


class AgentUndoer(Undoer):
    """Agents, with the rates they came with."""

    model = Agent
    order = 30
    called = _l("un agent")


class RateUndoer(Undoer):
    """Dated rates; one by which time was costed stays."""

    model = AgentRate
    order = 31
    part_of = "agent_id"
    called = _l("un taux horaire")

    def judge(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """Keep the rate of an agent who logged time from its day on."""
        by_agent: dict[int, list[Step]] = defaultdict(list)
        for step in steps:
            by_agent[step.values["agent_id"]].append(step)
        for ids in chunks(by_agent):
            last = select(Labour.agent_id, func.max(Labour.date_on)).where(
                Labour.agent_id.in_(ids), Labour.reversed_at.is_(None)
            )
            for agent_id, day in session.execute(last.group_by(Labour.agent_id)):
                for step in by_agent[agent_id]:
                    if day.isoformat() >= step.values["valid_from"]:
                        step.keep(_("du temps est compté à ce taux"))


class StoreUndoer(Undoer):
    """The first store, made with the first stock."""

    model = Store
    order = 20
    owned = (StockLevel,)
    called = _l("un magasin")


class ItemUndoer(Undoer):
    """Items; those whose moves are reversed leave the lists."""

    model = Item
    order = 25
    owned = (StockLevel,)
    called = _l("un article")

    def remove(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """An item without moves has only empty levels."""
        for step, row in self.rows(session, steps):
            levels = select(StockLevel).where(StockLevel.item_id == step.record_id)
            for level in session.scalars(levels):
                session.delete(level)
            session.flush()
            session.delete(row)
        session.flush()


class MoveUndoer(Undoer):
    """Moves of stock, answered by their opposite."""

    model = StockMove
    order = 60
    ending = Fate.REVERSED
    called = _l("un mouvement de stock")

    def label(self, row: Mapping[str, Any]) -> str:
        """What moved, and when."""
        return f"{row['label']} {row['date_on']:%d/%m/%Y}".strip()

    def judge(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """Keep what was taken back already, and what the store holds no more of."""
        done: set[int] = set()
        for ids in chunks(step.record_id for step in steps):
            asked = select(StockMove.reverses_id).where(StockMove.reverses_id.in_(ids))
            done.update(session.scalars(asked))
        wanted: dict[tuple[int, int], list[Step]] = defaultdict(list)
        for step in steps:
            if step.record_id in done:
                step.fate = Fate.NOTHING
            else:
                wanted[step.values["store_id"], step.values["item_id"]].append(step)
        items = {item_id for _store, item_id in wanted}
        held: dict[tuple[int, int], tuple[Decimal, Decimal]] = {}
        for ids in chunks(items):
            for store_id, item_id, quantity, value in session.execute(
                select(
                    StockLevel.store_id,
                    StockLevel.item_id,
                    StockLevel.quantity,
                    StockLevel.value_eur,
                ).where(StockLevel.item_id.in_(ids))
            ):
                held[store_id, item_id] = quantity, value
        for key, mine in wanted.items():
            quantity, value = held.get(key, (Decimal(0), Decimal(0)))
            quantity -= sum(Decimal(step.values["quantity"]) for step in mine)
            value -= sum(Decimal(step.values["value_eur"]) for step in mine)
            if quantity < 0 or value < 0 or (quantity == 0 and value != 0):
                for step in mine:
                    step.keep(_("une partie de ce qui est entré est déjà sortie"))

    def spent(self, session: Session, ids: Sequence[int]) -> set[int]:
        """Moves that were answered by their opposite, and these."""
        found: set[Any] = set()
        for part in chunks(ids):
            asked = select(StockMove.id, StockMove.reverses_id).where(
                or_(StockMove.id.in_(part), StockMove.reverses_id.in_(part)),
                StockMove.reverses_id.is_not(None),
            )
            for move, reversed_ in session.execute(asked):
                found |= {move, reversed_}
        return found

    def reverse(self, session: Session, entity_id: int, steps: Sequence[Step], reason: str) -> None:
        """The opposite of each move, last first."""
        on = clock.today()
        for _step, move in reversed(self.rows(session, steps)):
            services.take_back(session, move, date_on=on)


class WorkOrderUndoer(Undoer):
    """Work of the past: given up, its costs reversed; it keeps our number."""

    model = WorkOrder
    order = 70
    ending = Fate.REVERSED
    owned = (Labour, PartUse, Expense, ChecklistPoint)
    called = _l("une intervention")

    def judge(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """Keep an order on which time, parts or bills were written or taken back since."""
        made = {step.record_id: step for step in steps if step.made}
        count: dict[int, int] = defaultdict(int)
        touched: set[int] = set()
        for ids in chunks(made):
            for line in (Labour, PartUse, Expense, ChecklistPoint):
                mine: Any = line
                asked = select(mine.work_order_id, func.count()).where(mine.work_order_id.in_(ids))
                for key, lines in session.execute(asked.group_by(mine.work_order_id)):
                    count[key] += lines
                if hasattr(mine, "reversed_at"):
                    gone = select(mine.work_order_id).where(
                        mine.work_order_id.in_(ids), mine.reversed_at.is_not(None)
                    )
                    touched.update(session.scalars(gone))
        for key, step in made.items():
            if key in touched or count[key] != step.changes.get(LINES, (0, 0))[1]:
                step.keep(_("son coût ou ses points ont changé depuis"))

    def restore(self, session: Session, entity_id: int, steps: Sequence[Step]) -> None:
        """The former words, by the verb that has the rules.

        Raises:
            TransitionRefused: what was signed stays.
        """
        for step, row in self.rows(session, steps):
            services.describe(session, row, step.back)

    def reverse(self, session: Session, entity_id: int, steps: Sequence[Step], reason: str) -> None:
        """Give the orders up, last first: stock returns in the opposite order of its leaving."""
        now = clock.now()
        for step, row in reversed(self.rows(session, steps)):
            try:
                with session.begin_nested():
                    services.withdraw(session, row, at=now, reason=reason)
            except DomainError as refusal:
                step.keep(str(refusal).rstrip("."))


class RequestUndoer(Undoer):
    """Requests of the past: refused, with the undone import as the reason."""

    model = ServiceRequest
    order = 80
    ending = Fate.REVERSED
    called = _l("une demande")

    def reverse(self, session: Session, entity_id: int, steps: Sequence[Step], reason: str) -> None:
        """Take the requests out of what waits; their numbers stay."""
        for _step, row in self.rows(session, steps):
            services.withdraw_request(session, row, reason=reason)


TOLD_WHOLE.add(MoveUndoer().record)
CALLED.update(
    {
        "interventions_labour": _l("du temps passé"),
        "interventions_part_use": _l("une pièce posée"),
        "interventions_expense": _l("une facture"),
        "interventions_checklist_point": _l("un point de contrôle"),
    }
)
for _undoer in (
    AgentUndoer(),
    RateUndoer(),
    StoreUndoer(),
    ItemUndoer(),
    MoveUndoer(),
    WorkOrderUndoer(),
    RequestUndoer(),
):
    undoes(_undoer)
