"""The refused rows, as their author wrote them, with the reason in words in a last column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from base.basics.i18n import listed
from base.desk.imports.reading import REASON_HEADER
from base.papers.files.exports import XLSX
from base.papers.tables import guard
from base.papers.tables.texts import Cell, as_text

if TYPE_CHECKING:
    from base.desk.imports.rows import Reading, Record


def error_file(reading: Reading, label: str) -> tuple[bytes, str, str]:
    """The bytes, the name and the type of the file: XLSX for XLSX, CSV for all else.

    Corrected, it may be given to the same import: the reason's column is not read.
    """
    refused = [record for record in reading.records if record.faults]
    header = list(reading.header)
    width = max([len(header), *(len(r.cells) for r in refused)], default=0)
    rows = [_row(header, width, REASON_HEADER)]
    rows += [_row(record.cells, width, reasons(record)) for record in refused]
    stem = label.rpartition(".")[0] or label
    if label.lower().endswith(".xlsx"):
        return _xlsx(rows), f"{stem[:130]}-erreurs.xlsx", XLSX
    return _csv(rows), f"{stem[:130]}-erreurs.csv", "text/csv"


def reasons(record: Record) -> str:
    """All that is wrong with a row, in one cell."""
    return listed(fault.sentence.rstrip(".") for fault in record.faults) + "."


def _row(cells: Sequence[Cell], width: int, last: str) -> list[Cell]:
    return [*cells, *[None] * (width - len(cells)), last]


def _csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([guard(as_text(cell)) for cell in row])
    return b"\xef\xbb\xbf" + target.getvalue().encode("utf-8", "replace")


def _xlsx(rows: Iterable[Sequence[Cell]]) -> bytes:
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    book.set_properties({"created": datetime(2000, 1, 1)})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    instant = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
    sheet = book.add_worksheet("Erreurs")
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, bool):
                sheet.write_boolean(at, column, cell)
            elif isinstance(cell, Decimal):
                sheet.write_number(at, column, float(cell))
            elif isinstance(cell, datetime):
                sheet.write_datetime(at, column, cell, instant)
            elif isinstance(cell, date):
                sheet.write_datetime(at, column, cell, day)
            elif cell is not None:
                sheet.write_string(at, column, str(cell))
    book.close()
    return target.getvalue()
