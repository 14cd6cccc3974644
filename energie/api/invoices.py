"""``/api/v1/invoice``: invoices as received; a verb says which delivery point each is for."""

from __future__ import annotations

from typing import Any

from base import clock
from base.api import ModuleApi, Row, verb
from base.views import ScopedInterface
from energie.models import DeliveryPoint, Invoice
from energie.services import invoices


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
        "currency",
        "amount_ht",
        "vat_amount",
        "amount_ttc",
        "contract_reference",
        "state",
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
        "point_id",
    ]
    order_columns = ["id", "number", "issued_on", "supplier_name", "amount_ttc"]
    exclude_route_methods = {"post", "put", "delete"}

    @verb("attach", Row("point_id", DeliveryPoint, required=True))
    def attach(self, session: Any, row: Invoice, given: dict[str, Any]) -> None:
        """Book it on what a delivery point serves."""
        invoices.attach_invoice(session, row, given["point_id"])

    @verb("detach")
    def detach(self, session: Any, row: Invoice, given: dict[str, Any]) -> None:
        """Take it off its delivery point; its ledger lines are reversed."""
        invoices.detach_invoice(session, row, on=clock.today())
