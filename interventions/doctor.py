"""What the operator's examination asks of this module: cost lines and stock against their ledgers.

The operator sees every authority: these are Core statements on the examination's own connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from base.checks import Finding
from interventions.models import Item, StockLevel, StockMove, WorkOrder
from interventions.queries import LINES
from patrimoine.models import CostLine

#: Records named in one sentence.
NAMED = 5


def costs_and_ledger(app: Any, engine: Any, connection: Any) -> Iterator[Finding]:
    """Each line of time, part or expense equals its ledger lines; a reversed one has none left."""
    ledger = CostLine.__table__
    wrong: dict[str, None] = {}
    orphans = 0
    for model in LINES:
        line, order = model.__table__, WorkOrder.__table__
        source = ledger.c.source_type == model.__tablename__
        sums = (
            select(ledger.c.source_id, func.sum(ledger.c.amount_ht_eur).label("ht"))
            .where(source)
            .group_by(ledger.c.source_id)
            .subquery()
        )
        # In the smallest unit of the engine, which is the same on both sides.
        due = case((line.c.reversed_at.is_(None), line.c.amount_ht_eur), else_=0)
        found = connection.execute(
            select(order.c.number)
            .select_from(
                line.join(order, order.c.id == line.c.work_order_id).outerjoin(
                    sums, sums.c.source_id == line.c.id
                )
            )
            .where(func.coalesce(sums.c.ht, 0) != due)
            .order_by(order.c.id)
        )
        wrong.update(dict.fromkeys(found.scalars()))
        orphans += connection.execute(
            select(func.count())
            .select_from(ledger.outerjoin(line, line.c.id == ledger.c.source_id))
            .where(source, line.c.id.is_(None))
        ).scalar_one()
    if wrong:
        yield Finding(
            "costs",
            "fault",
            "Interventions dont le coût ne vaut pas ses écritures : "
            f"{', '.join(list(wrong)[:NAMED])}.",
        )
    if orphans:
        yield Finding(
            "costs", "fault", f"Écritures de coût sans la ligne qui les a faites : {orphans}."
        )
    if not wrong and not orphans:
        yield Finding("costs", "ok", "Chaque ligne d’intervention vaut ses écritures.")


def stock_and_moves(app: Any, engine: Any, connection: Any) -> Iterator[Finding]:
    """What each store holds is the sum of what moved."""
    level, move, item = StockLevel.__table__, StockMove.__table__, Item.__table__
    sums = (
        select(
            move.c.store_id,
            move.c.item_id,
            func.sum(move.c.quantity).label("quantity"),
            func.sum(move.c.value_eur).label("value"),
        )
        .group_by(move.c.store_id, move.c.item_id)
        .subquery()
    )
    wrong = list(
        connection.execute(
            select(item.c.code)
            .select_from(
                level.join(item, item.c.id == level.c.item_id).outerjoin(
                    sums,
                    and_(sums.c.store_id == level.c.store_id, sums.c.item_id == level.c.item_id),
                )
            )
            .where(
                or_(
                    func.coalesce(sums.c.quantity, 0) != level.c.quantity,
                    func.coalesce(sums.c.value, 0) != level.c.value_eur,
                )
            )
            .order_by(item.c.code)
        ).scalars()
    )
    if wrong:
        yield Finding(
            "stock",
            "fault",
            f"Articles dont le stock ne vaut pas ses mouvements : {', '.join(wrong[:NAMED])}.",
        )
    else:
        yield Finding("stock", "ok", "Le stock vaut la somme de ses mouvements.")


CHECKS = [costs_and_ledger, stock_and_moves]
