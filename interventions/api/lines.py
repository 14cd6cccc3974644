"""Cost lines as resources: time, parts, expenses; read, corrected, taken back."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from base import clock
from base.api import Day, ModuleApi, Number, Row, as_json, verb
from base.views import ScopedInterface
from interventions import services
from interventions.models import Agent, Expense, Labour, PartUse

LABOUR_COLUMNS = [
    "id",
    "work_order_id",
    "agent_id",
    "date_on",
    "hours",
    "hourly_rate_eur",
    "amount_ht_eur",
    "reversed_at",
    "corrects_id",
    "entity_id",
]
PART_COLUMNS = [
    "id",
    "work_order_id",
    "item_id",
    "store_id",
    "date_on",
    "quantity",
    "unit_cost_eur",
    "amount_ht_eur",
    "vat_eur",
    "reversed_at",
    "entity_id",
]
EXPENSE_COLUMNS = [
    "id",
    "work_order_id",
    "date_on",
    "supplier",
    "partner_id",
    "label",
    "reference",
    "amount_ht_eur",
    "vat_rate",
    "vat_eur",
    "reversed_at",
    "entity_id",
]
POINT_COLUMNS = [
    "id",
    "work_order_id",
    "position",
    "label",
    "mandatory",
    "unit",
    "expected_min",
    "expected_max",
    "measure",
    "answer",
    "note",
    "answered_at",
    "follow_up_id",
]


class _LineApi(ModuleApi):
    """Cost lines on their own: read, and taken back; they are written under their work order."""

    exclude_route_methods = {"post", "put", "delete"}
    add_columns: list[str] = []
    edit_columns: list[str] = []

    @verb("reverse")
    def reverse(self, session: Any, row: Any, given: dict[str, Any]) -> None:
        """Take the line back: the ledger gets its opposite."""
        services.reverse_line(session, row, at=clock.now())


class LabourApi(_LineApi):
    """Time spent."""

    resource_name = "labour"
    datamodel = ScopedInterface(Labour)
    list_columns = show_columns = LABOUR_COLUMNS
    search_columns = ["id", "work_order_id", "agent_id", "date_on"]
    order_columns = ["id", "date_on"]

    @verb(
        "correct",
        Number("hours", places=3),
        Day("date_on"),
        Row("agent_id", Agent),
        answers=201,
    )
    def correct(self, session: Any, row: Labour, given: dict[str, Any]) -> Response:
        """Replace the line: it is reversed and a new one is booked."""
        line = services.correct_labour(
            session,
            row,
            at=clock.now(),
            hours=given["hours"],
            date_on=given["date_on"],
            agent=given["agent_id"],
        )
        return self.response(  # type: ignore[no-any-return]
            201, id=line.id, result=as_json(line, LABOUR_COLUMNS)
        )


class PartUseApi(_LineApi):
    """Parts used."""

    resource_name = "part_use"
    datamodel = ScopedInterface(PartUse)
    list_columns = show_columns = PART_COLUMNS
    search_columns = ["id", "work_order_id", "item_id", "date_on"]
    order_columns = ["id", "date_on"]


class ExpenseApi(_LineApi):
    """Suppliers' expenses."""

    resource_name = "expense"
    datamodel = ScopedInterface(Expense)
    list_columns = show_columns = EXPENSE_COLUMNS
    search_columns = ["id", "work_order_id", "supplier", "date_on"]
    order_columns = ["id", "date_on"]
