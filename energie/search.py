"""What is searched of this module beside its cards: meters, invoices."""

from __future__ import annotations

from base.basics.i18n import _, _l
from base.engine.search import searchable
from energie.models import Invoice, Meter

searchable(
    "me",
    Meter,
    ("serial_number",),
    page="DeliveryPointView.show",
    page_key="point_id",
    title=_l("Compteurs"),
    icon="gauge",
    order=35,
    shown=lambda row: (row.serial_number, _("Compteur")),
)
searchable(
    "in",
    Invoice,
    ("number", "supplier_name", "contract_reference", "reference_list"),
    page="InvoiceView.show",
    title=_l("Factures d’énergie"),
    icon="receipt-euro",
    order=40,
    shown=lambda row: (row.supplier_name, row.number),
)
