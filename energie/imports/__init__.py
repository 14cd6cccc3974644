"""The files that this module reads: curves, indexes, gas exports, invoices, delivery points."""

from base.desk.imports import register
from energie.imports import undo
from energie.imports.invoices import InvoiceImporter
from energie.imports.meters import MeterImporter
from energie.imports.reading_importer import ReadingImporter

register(ReadingImporter())
register(InvoiceImporter())
register(MeterImporter())

__all__ = ["undo"]
