"""The verbs of the module."""

from energie.services import latest as latest
from energie.services.allocations import allocate, end_allocation
from energie.services.booking import attach_invoice
from energie.services.deciding import detach_invoice
from energie.services.invoices import receive_invoice
from energie.services.points import create_point, install_meter
from energie.services.readings import apply_batch, open_batch, store_rows, undo_batch

__all__ = [
    "allocate",
    "apply_batch",
    "attach_invoice",
    "create_point",
    "detach_invoice",
    "end_allocation",
    "install_meter",
    "open_batch",
    "receive_invoice",
    "store_rows",
    "undo_batch",
]
