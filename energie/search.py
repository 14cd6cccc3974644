"""What is searched of this module: delivery points, meters, invoices."""

from __future__ import annotations

from base.i18n import _, _l
from base.search import searchable
from energie.domain.kinds import EnergyKind
from energie.models import DeliveryPoint, Invoice, Meter


def _point(row: DeliveryPoint) -> tuple[str, str]:
    return row.name, f"{row.reference} · {EnergyKind(row.energy_kind).word}"


searchable(
    "dp", DeliveryPoint, ("reference", "name"),
    page="DeliveryPointView.show", title=_l("Points de livraison"), icon="gauge", order=30,
    shown=_point,
)  # fmt: skip
searchable(
    "me", Meter, ("serial_number",),
    page="DeliveryPointView.show", page_key="point_id", title=_l("Compteurs"), icon="gauge",
    order=35, shown=lambda row: (row.serial_number, _("Compteur")),
)  # fmt: skip
searchable(
    "in", Invoice, ("number", "supplier_name", "contract_reference", "reference_list"),
    page="InvoiceView.show", title=_l("Factures d’énergie"), icon="receipt-euro", order=40,
    shown=lambda row: (row.supplier_name, row.number),
)  # fmt: skip
