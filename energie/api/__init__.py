"""REST resources of the module: points, meters, series, readings, files, invoices."""

from __future__ import annotations

from typing import Any

from base.api import labels
from base.i18n import _l
from energie.api.invoices import InvoiceApi
from energie.api.points import DeliveryPointApi, MeterApi, SeriesApi
from energie.api.readings import ReadingApi, ReadingBatchApi

RESOURCES = (
    DeliveryPointApi,
    MeterApi,
    SeriesApi,
    ReadingApi,
    ReadingBatchApi,
    InvoiceApi,
)
#: Columns that no screen of the same records shows.
WORDS = {
    "basis": _l("Pouvoir calorifique (PCS, PCI)"),
    "contract_reference": _l("Référence du contrat"),
    "counted_by_id": _l("Comptée par la facture"),
    "currency": _l("Monnaie"),
    "direction": _l("Sens"),
    "empties": _l("Valeurs vides"),
    "identical": _l("Valeurs déjà connues"),
    "is_cumulative": _l("Index"),
    "period_end": _l("Fin de période"),
    "period_start": _l("Début de période"),
    "register_code": _l("Cadran"),
    "step": _l("Pas"),
    "superseded": _l("Valeurs remplacées"),
    "suspected": _l("Valeurs suspectes"),
    "type_code": _l("Type de pièce"),
    "vat_amount": _l("Montant de TVA"),
    "warnings": _l("Avertissements"),
}


def register(appbuilder: Any) -> None:
    """Open the resources."""
    labels.tell(WORDS)
    for resource in RESOURCES:
        appbuilder.add_api(resource)
