"""REST resources of the module: points, meters, series, readings, files, invoices."""

from __future__ import annotations

from typing import Any

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


def register(appbuilder: Any) -> None:
    """Open the resources."""
    for resource in RESOURCES:
        appbuilder.add_api(resource)
