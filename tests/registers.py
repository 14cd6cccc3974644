"""What a register holds, told without ids, dates of writing and history: for before and after.

Ledger lines and moves of stock that cancel each other say the same as none; work that was given
up and requests that were put away count as gone, for their numbers must stay.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select

from base.rules.rights.actors import system_session
from base.store.database import Model

#: Tables that keep the history of what happened, or work the application.
HISTORY = (
    "base_event",
    "base_import",
    "base_counter",
    "base_seal",
    "base_job",
    "base_process",
    "base_periodic",
    "base_share",
    "base_sign_in",
    "base_user",
    "base_login",
    "base_setting",
    "ab_",
    "base_idempotency",
    "patrimoine_asset_move",
    "base_document",
)
#: Told by their sums.
SUMMED = (
    "patrimoine_cost_line",
    "interventions_stock_move",
    "interventions_stock_level",
    "interventions_labour",
    "interventions_part_use",
    "interventions_expense",
    "interventions_checklist_point",
    "interventions_item",
    "interventions_store",
    "energie_reading_batch",
)
_DULL = {"version", "created_at", "changed_at", "created_by_id", "changed_by_id"}


def register() -> dict[str, list[str]]:
    """The rows of each table as texts, in order."""
    found: dict[str, list[str]] = {}
    with system_session("test", readonly=True) as session:
        for mapper in sorted(Model.registry.mappers, key=lambda m: m.local_table.name):
            name = mapper.local_table.name
            if mapper.inherits is not None or name.startswith(HISTORY) or name in SUMMED:
                continue
            all_rows = session.scalars(select(mapper.class_)).unique()
            rows = [text for row in all_rows if (text := _told(row))]
            if rows:
                found[name] = sorted(rows)
        found.update(_sums(session))
    return found


def _told(row: Any) -> str:
    values = {
        a.key: getattr(row, a.key) for a in inspect(row).mapper.column_attrs if a.key not in _DULL
    }
    if values.get("state") == "cancelled" and "external_number" in values:
        return ""
    if str(values.get("refusal_reason", "")).startswith("Import n°"):
        return ""
    table = inspect(row).mapper.local_table.name
    if table in ("interventions_work_order", "interventions_service_request"):
        values.pop("number")
    if values.pop("archived_on", None) is not None:
        return ""
    values.pop("id", None)
    return repr(sorted((key, str(value)) for key, value in values.items() if value is not None))


def _sums(session: Any) -> dict[str, list[str]]:
    from interventions.models import Item, StockLevel, Store
    from patrimoine.models import CostLine

    costs: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for line in session.scalars(select(CostLine)):
        costs[line.asset_id, line.nature, line.account] += line.net_eur
    stock = [
        f"{level.item.code} {level.store.code} {level.quantity} {level.value_eur}"
        for level in session.scalars(select(StockLevel))
        if level.quantity
    ]
    kept = [
        f"{type(row).__name__} {row.code} {row.name}"
        for model in (Item, Store)
        for row in session.scalars(select(model).where(model.archived_on.is_(None)))
    ]
    return {
        "costs": sorted(f"{key} {total}" for key, total in costs.items() if total),
        "stock": sorted(stock),
        "items and stores": sorted(kept),
    }
