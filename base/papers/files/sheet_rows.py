"""Plain rows of a spreadsheet, written straight as XML: four times as fast as cell by cell.

XlsxWriter's constant-memory mode keeps each row as objects until the next one comes. Here a row
goes to the sheet's file at once. Everything else of the file stays XlsxWriter's: formats, widths,
filters, the parts around the rows. This file loads XlsxWriter: import it inside the function
that makes a workbook.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from xlsxwriter.url import Url
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from base.basics import formats
from base.basics.clock import authority_zone
from base.basics.i18n import _
from base.papers.files.exports import CELL_CHARS, Column, Kind, cell_text

_DAY_ZERO = date(1899, 12, 30)
#: Links on one sheet; Excel takes 65,530.
_LINKS = 65_000
_INSTANT_ZERO = datetime(1899, 12, 30)
#: What cannot stand in a cell as it is, or loses its spaces there.
_CAREFUL = re.compile("[&<>\x00-\x1f\ud800-\udfff\ufffe\uffff]|_x|^\\s|\\s$")
_EDGE = re.compile(r"^\s|\s$")


class Rows(Worksheet):  # type: ignore[misc]
    """A sheet that also takes whole rows as XML."""

    def put(self, row: int, cells: str) -> None:
        """Write one row, given as XML; rows come in order and after the cells above them."""
        if self.table:
            self._write_single_row(row)
        self.previous_row = row
        self.row_data_fh.write(f'<row r="{row + 1}">{cells}</row>')
        self.dim_rowmax = row

    def lead(self, row: int, column: int, target: str) -> None:
        """Let a cell open cells of the workbook: ``'Détail'!A2:F9``."""
        self.hlink_count += 1
        if self.hlink_count <= _LINKS:
            self.hyperlinks[row][column] = Url(f"internal:{target}")


class RowWriter:
    """Turns the values of plain rows into XML, with the format of each kind."""

    def __init__(
        self, sheet: Rows, columns: Sequence[Column], look: dict[Kind, Any], zone: str | None
    ) -> None:
        style = {kind: form._get_xf_index() for kind, form in look.items()}
        self._sheet, self._zone = sheet, zone
        self._day, self._instant = style[Kind.DAY], style[Kind.INSTANT]
        self._columns = [
            (xl_col_to_name(place), style[column.kind], column.kind in (Kind.TEXT, Kind.CODE))
            for place, column in enumerate(columns)
        ]

    def write(self, row: int, values: Sequence[object]) -> None:
        """Write one row.

        Raises:
            ValueError: a number is not finite.
        """
        parts = []
        line = row + 1
        for (name, style, is_text), value in zip(self._columns, values, strict=True):
            if value is None:
                continue
            kind = type(value)
            if kind is str or is_text:
                text = str(value)
            elif kind is Decimal or kind is int or kind is float:
                parts.append(f'<c r="{name}{line}" s="{style}"><v>{_number(value)}</v></c>')
                continue
            elif kind is date:
                days = (value - _DAY_ZERO).days  # type: ignore[operator]
                parts.append(f'<c r="{name}{line}" s="{self._day}"><v>{days}</v></c>')
                continue
            elif kind is datetime:
                shown = formats.local(value, self._zone or authority_zone()).replace(tzinfo=None)  # type: ignore[arg-type]
                passed = (shown - _INSTANT_ZERO).total_seconds() / 86_400
                parts.append(f'<c r="{name}{line}" s="{self._instant}"><v>{passed:.16G}</v></c>')
                continue
            else:
                text = self._word(value)
            space = ""
            if _CAREFUL.search(text) or len(text) > CELL_CHARS:
                text = self._sheet._escape_control_characters(cell_text(text))
                space = ' xml:space="preserve"' if _EDGE.search(text) else ""
                text = self._sheet._escape_data(text)
            parts.append(
                f'<c r="{name}{line}" s="{style}" t="inlineStr"><is><t{space}>{text}</t></is></c>'
            )
        self._sheet.put(row, "".join(parts))

    @staticmethod
    def _word(value: object) -> str:
        if isinstance(value, bool):
            return _("oui") if value else _("non")
        return str(value)


def _number(value: Any) -> str:
    if not isfinite(value):
        raise ValueError(f"{value} is not a number that a cell can hold")
    return f"{value:.16G}" if type(value) is float else str(value)
