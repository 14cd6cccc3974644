"""The tables of the module, one aggregate a file."""

from energie.domain.billing import InvoiceState
from energie.models.invoices import Invoice, InvoiceLine, InvoiceShare
from energie.models.points import Allocation, DeliveryPoint, Meter, Register
from energie.models.readings import (
    MOST_NAMED,
    BatchState,
    DailyUse,
    PointDay,
    Reading,
    ReadingBatch,
    ReadingHistory,
    ReadingReject,
    Series,
)

__all__ = [
    "MOST_NAMED",
    "Allocation",
    "BatchState",
    "DailyUse",
    "PointDay",
    "DeliveryPoint",
    "Invoice",
    "InvoiceLine",
    "InvoiceShare",
    "InvoiceState",
    "Meter",
    "Reading",
    "ReadingBatch",
    "ReadingHistory",
    "ReadingReject",
    "Register",
    "Series",
]
