"""``/api/v1/invoice``: invoices as received; a verb says which delivery point each is for."""

from __future__ import annotations

from typing import Any

from base import arguments, clock
from base.api import ModuleApi, verb
from base.views import ScopedInterface
from energie.models import DeliveryPoint, Invoice
from energie.services import invoices
from energie.services.answers import answers_of


class InvoiceApi(ModuleApi):
    """Suppliers' electronic invoices; files are received by ``POST /api/v1/import/invoices``."""

    resource_name = "invoice"
    class_permission_name = "InvoiceApi"
    datamodel = ScopedInterface(Invoice)
    list_columns = [
        "id",
        "number",
        "type_code",
        "supplier_name",
        "supplier_siret",
        "supplier_id",
        "issued_on",
        "due_on",
        "start_on",
        "end_on",
        "period_start",
        "period_end",
        "currency",
        "amount_ht",
        "vat_amount",
        "amount_ttc",
        "prepaid_eur",
        "payable_eur",
        "contract_reference",
        "state",
        "waiting_reason",
        "waiting_sentence",
        "decision",
        "direction",
        "replaces",
        "replaces_id",
        "counted_by_id",
        "warnings",
        "point_id",
        "entity_id",
        "version",
    ]
    show_columns = list_columns
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = [
        "id",
        "number",
        "supplier_name",
        "supplier_siret",
        "issued_on",
        "state",
        "waiting_reason",
        "point_id",
    ]
    order_columns = ["id", "number", "issued_on", "supplier_name", "amount_ttc"]
    exclude_route_methods = {"post", "put", "delete"}

    @verb("attach")
    def attach(self, session: Any, row: Invoice, data: dict[str, Any]) -> None:
        """Book it on what a delivery point serves: ``point_id``.

        What is doubtful is refused (409) with its sentence and codes until it is answered:
        ``confirm`` (list of codes), ``direction`` (credit, debit), ``replaces_id`` or
        ``replaces_none``, ``deposit_ids`` (list, empty for none).
        """
        point = arguments.required_row(session, data, "point_id", DeliveryPoint)
        invoices.attach_invoice(session, row, point, answers=answers_of(session, data))

    @verb("detach")
    def detach(self, session: Any, row: Invoice, data: dict[str, Any]) -> None:
        """Take it off its delivery point; its ledger lines are reversed."""
        invoices.detach_invoice(session, row, on=clock.today())

    @verb("refuse")
    def refuse(self, session: Any, row: Invoice, data: dict[str, Any]) -> None:
        """Set it aside, never to be booked: ``reason``."""
        invoices.refuse_invoice(session, row, reason=arguments.text(data, "reason", 500))

    @verb("resume")
    def resume(self, session: Any, row: Invoice, data: dict[str, Any]) -> None:
        """Take up again what was set aside: it waits, with what is doubtful now."""
        invoices.resume_invoice(session, row)

    @verb("deposit")
    def deposit(self, session: Any, row: Invoice, data: dict[str, Any]) -> None:
        """Say that it is a deposit of a booked settlement, which counts it: ``settlement_id``."""
        settlement = arguments.required_row(session, data, "settlement_id", Invoice)
        invoices.count_deposit(session, row, settlement=settlement)
