"""REST resources of the module: points, meters, series, readings, files, invoices."""

from __future__ import annotations

from typing import Any

from base.face.api.card_api import api_of
from energie.api.points import DeliveryPointApi
from energie.api.readings import ReadingApi
from energie.records import BATCH, INVOICE, METER, SERIES

RESOURCES = (
    DeliveryPointApi,
    # Each physical meter is a piece of equipment too.
    api_of(METER),
    # Files make the series that readings belong to.
    api_of(SERIES),
    ReadingApi,
    # Given by ``POST /api/v1/import/readings`` and ``POST /api/v1/import/invoices``.
    api_of(BATCH),
    api_of(INVOICE),
)


def register(appbuilder: Any) -> None:
    """Open the resources."""
    for resource in RESOURCES:
        appbuilder.add_api(resource)
