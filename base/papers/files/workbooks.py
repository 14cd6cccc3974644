"""Lists and tables as XLSX, row by row, the same input giving the same bytes.

This file loads XlsxWriter: import it inside the function that makes a workbook.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple

import xlsxwriter

from base.basics import formats
from base.basics.clock import authority_zone
from base.basics.i18n import _
from base.papers.files.exports import NUMERIC, Column, Kind, cell_text
from base.papers.files.sheet_rows import Rows, RowWriter

#: Excel's limit: one row more and the file is repaired or refused.
SHEET_ROWS = 1_048_576
#: Rows looked at to choose the widths of columns.
_SAMPLE = 200

#: Formats are written in the file's own notation and shown in the reader's.
_FORMATS = {
    Kind.EUROS: '#,##0.00\u00a0"€";[Red]-#,##0.00\u00a0"€"',
    Kind.AMOUNT: "#,##0.00;[Red]-#,##0.00",
    Kind.COUNT: "#,##0",
    Kind.NUMBER: "#,##0.###",
    Kind.HOURS: "#,##0.00",
    Kind.SHARE: "0.0%",
    Kind.CHANGE: "+0.0%;-0.0%;0.0%",
    Kind.DAY: "dd/mm/yyyy",
    Kind.INSTANT: "dd/mm/yyyy hh:mm:ss",
}


def _within(text: str, limit: int) -> str:
    """The text cut to a number of characters as Excel counts them: some signs are two."""
    return text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")


class SheetRow(NamedTuple):
    """A row of a sheet; ``targets`` are the cells of the workbook that its own lead to."""

    cells: Sequence[object]
    targets: Sequence[str] = ()


class Workbook:
    """An XLSX file under way: rows go to the disk as they come.

    ``created_at`` is printed in the file's properties: give the instant the data stand for,
    never the present one, and the same data give the same bytes.
    """

    def __init__(
        self, out: BinaryIO, *, title: str, created_at: datetime, zone: str | None = None
    ) -> None:
        self._zone = zone
        self._book = xlsxwriter.Workbook(
            out,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": False,
            },
        )
        self._book.set_properties(
            {
                "title": cell_text(title),
                "author": "Ouvrage",
                "created": created_at.astimezone(UTC).replace(tzinfo=None, microsecond=0),
            }
        )
        add = self._book.add_format
        plain = {"valign": "top"}
        self._head = add({"bold": True, "bottom": 1, "bg_color": "#F5F4F0", "text_wrap": True})
        self._plain = {kind: add(plain | self._number(kind)) for kind in Kind}
        linked, total = {"font_color": "#0F5D6E"}, {"bold": True, "top": 1, "bottom": 6}
        self._linked = {kind: add(plain | linked | self._number(kind)) for kind in Kind}
        self._total = {kind: add(total | self._number(kind)) for kind in Kind}
        self._linked_total = {kind: add(total | linked | self._number(kind)) for kind in Kind}
        self._title = add({"bold": True, "font_size": 16})
        self._grey = add({"font_color": "#48545A"})
        self._wrap = add({"text_wrap": True, "valign": "top"})
        self._names: set[str] = set()
        self._reserved: dict[str, Any] = {}

    @staticmethod
    def _number(kind: Kind) -> dict[str, Any]:
        shown: dict[str, Any] = {"num_format": _FORMATS[kind]} if kind in _FORMATS else {}
        return shown | ({"align": "right"} if kind in NUMERIC else {"align": "left"})

    def reserve(self, names: Iterable[str]) -> dict[str, str]:
        """Make the sheets in this order, to be written in any; what each of them is called."""
        for name in names:
            self._reserved[name] = self._sheet(name)
        return {name: sheet.get_name() for name, sheet in self._reserved.items()}

    def _sheet(self, name: str) -> Any:
        """The sheet that was reserved, else a new one."""
        reserved = self._reserved.pop(name, None)
        return reserved or self._book.add_worksheet(self._name(name), worksheet_class=Rows)

    def summary(
        self, name: str, title: str, lines: Iterable[tuple[str, object, Kind, str]]
    ) -> None:
        """A sheet of labels, values and what they lead to, as a title page.

        A line without label is a sentence.
        """
        sheet = self._sheet(name)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 64)
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, cell_text(title), self._title)
        for index, (label, value, kind, target) in enumerate(lines, start=2):
            if label:
                sheet.write_string(index, 0, cell_text(label), self._grey)
                look = self._linked if target else self._plain
                self._write(sheet, index, 1, value, kind, look)
                if target:
                    sheet.lead(index, 1, target)
            elif value is not None:
                sheet.write_string(index, 1, cell_text(value), self._wrap)

    def table(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Iterable[SheetRow],
        total: SheetRow | None = None,
    ) -> None:
        """A sheet of rows under a head that stays in view.

        A table longer than a sheet goes on in the next one.
        """
        source = iter(rows)
        ahead = [row for _i, row in zip(range(_SAMPLE), source, strict=False)]
        widths = self._widths(columns, [row.cells for row in [*ahead, *([total] if total else [])]])
        part, sheet, line = 1, None, 0
        writer: RowWriter | None = None
        for row in itertools.chain(ahead, source):
            if sheet is None or line == SHEET_ROWS - 1:
                if sheet is not None:
                    part += 1
                    self._finish(sheet, line, columns)
                sheet, line = self._open(name, part, columns, widths), 1
                writer = RowWriter(sheet, columns, self._plain, self._zone)
            if row.targets or writer is None:
                self._cells(sheet, line, columns, row, self._plain, self._linked)
            else:
                writer.write(line, row.cells)
            line += 1
        if sheet is None:
            sheet, line = self._open(name, part, columns, widths), 1
        self._finish(sheet, line, columns)
        if total is not None:
            self._cells(sheet, line, columns, total, self._total, self._linked_total)

    def _cells(
        self,
        sheet: Any,
        line: int,
        columns: Sequence[Column],
        row: SheetRow,
        look: dict[Kind, Any],
        linked: dict[Kind, Any],
    ) -> None:
        """Write a row cell by cell, with what its cells lead to."""
        targets = row.targets or [""] * len(columns)
        for place, (value, column, target) in enumerate(
            zip(row.cells, columns, targets, strict=True)
        ):
            self._write(sheet, line, place, value, column.kind, linked if target else look)
            if target:
                sheet.lead(line, place, target)

    def close(self) -> None:
        """Write the file."""
        self._book.close()

    def _open(
        self, name: str, part: int, columns: Sequence[Column], widths: Sequence[float]
    ) -> Any:
        sheet = self._sheet(name if part == 1 else f"{name} {part}")
        sheet.freeze_panes(1, 0)
        for index, (column, width) in enumerate(zip(columns, widths, strict=True)):
            sheet.set_column(index, index, width)
            sheet.write_string(0, index, cell_text(column.title), self._head)
        return sheet

    @staticmethod
    def _finish(sheet: Any, line: int, columns: Sequence[Column]) -> None:
        if line > 1:
            sheet.autofilter(0, 0, line - 1, len(columns) - 1)

    def _write(
        self, sheet: Any, row: int, column: int, value: object, kind: Kind, look: dict[Kind, Any]
    ) -> None:
        form = look[kind]
        if value is None:
            sheet.write_blank(row, column, None, form)
        elif isinstance(value, bool):
            sheet.write_string(row, column, _("oui") if value else _("non"), form)
        elif isinstance(value, int | float | Decimal) and kind not in (Kind.TEXT, Kind.CODE):
            sheet.write_number(row, column, value, form)
        elif isinstance(value, datetime):
            shown = formats.local(value, self._zone or authority_zone()).replace(tzinfo=None)
            sheet.write_datetime(row, column, shown, look[Kind.INSTANT])
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, look[Kind.DAY])
        else:
            sheet.write_string(row, column, cell_text(value), form)

    def _name(self, wanted: str) -> str:
        """A sheet name that Excel takes: 31 characters, no signs of its own, not taken yet."""
        taken = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", cell_text(wanted))
        base = _within(taken.strip("' "), 31) or "Feuille"
        name, again = base, 2
        while name.lower() in self._names:
            tail = f" ({again})"
            name, again = _within(base, 31 - len(tail)) + tail, again + 1
        self._names.add(name.lower())
        return name

    @staticmethod
    def _widths(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> list[float]:
        widths = []
        for index, column in enumerate(columns):
            longest = max([len(cell_text(row[index])) for row in rows], default=0)
            least = {Kind.INSTANT: 19, Kind.DAY: 11, Kind.EUROS: 15}.get(column.kind, 8)
            widths.append(float(min(60, max(least, longest + 2, len(column.title) + 4))))
        return widths


def xlsx(
    out: BinaryIO,
    *,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    created_at: datetime,
    zone: str | None = None,
) -> None:
    """Write one list as a workbook of one sheet."""
    book = Workbook(out, title=title, created_at=created_at, zone=zone)
    book.table(title, columns, (SheetRow(row) for row in rows))
    book.close()
