"""XLSX, checked as an archive, then read by a limited process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from base.basics.i18n import _
from base.papers.files.archives import check_zip
from base.papers.tables.encodings import TableRefused
from base.papers.tables.shown_numbers import shown_number
from base.papers.tables.source import MAX_CELL, MAX_COLUMNS, Row, Table
from base.papers.tables.texts import Cell

_CHILD = Path(__file__).with_name("workbook_child.py")
#: The child ends itself after 60 s of work; this ends one that waits for nothing.
MAX_WALL_SECONDS = 180


def open_workbook(path: Path) -> list[Table]:
    """One table a visible sheet that holds something.

    Raises:
        ArchiveRefused: made to harm, or damaged.
        TableRefused: not a workbook, or with macros.
    """
    names = check_zip(path)
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise TableRefused(
            _("Ce fichier n’est pas un classeur Excel (.xlsx) : attendu CSV ou XLSX.")
        )
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise TableRefused(_("Ce classeur contient des macros : enregistrez-le en .xlsx simple."))
    sheets = _visible_sheets(path)
    if not sheets:
        raise TableRefused(_("Ce classeur n’a aucune feuille visible."))
    return [_table(path, name) for name in sheets]


def _visible_sheets(path: Path) -> list[str]:
    from base.papers.files import xml

    with zipfile.ZipFile(path) as archive:
        root = xml.parse(archive.read("xl/workbook.xml"))
    return [
        sheet.get("name", "")
        for sheet in root.iterfind("{*}sheets/{*}sheet")
        if sheet.get("state", "visible") == "visible"
    ]


def _table(path: Path, sheet: str) -> Table:
    merged: list[tuple[int, int, int, int]] = []

    def read() -> Iterator[Row]:
        fill = _Filling([])
        with _child(path, sheet) as lines:
            for line in lines:
                number, cells = json.loads(line)
                if number:
                    found = [_cell(cell) for cell in cells]
                    yield Row(number, fill.below(number, found))
                    continue
                merged[:] = [(top, left, bottom, right) for top, left, bottom, right in cells]
                fill = _Filling(merged)

    return Table(sheet, _("XLSX, feuille « %(sheet)s »", sheet=sheet), read, merged=merged)


class _Filling:
    """Cells merged downwards hold their value once: every row of the range gets it."""

    def __init__(self, merged: list[tuple[int, int, int, int]]) -> None:
        self._coming = sorted(one for one in merged if one[2] > one[0])
        self._open: list[tuple[int, int, Cell]] = []

    def below(self, number: int, cells: list[Cell]) -> list[Cell]:
        """The cells of a row with what is merged into it from above."""
        self._open = [one for one in self._open if one[0] >= number]
        for _last, column, value in self._open:
            cells.extend([None] * (column - len(cells)))
            if cells[column - 1] in (None, ""):
                cells[column - 1] = value
        while self._coming and self._coming[0][0] <= number:
            top, left, bottom, _right = self._coming.pop(0)
            value = cells[left - 1] if top == number and left <= len(cells) else None
            if value not in (None, ""):
                self._open.append((bottom, left, value))
        return cells


def _cell(value: Any) -> Cell:
    if not isinstance(value, list):
        return value
    kind, plain, *form = value
    if kind == "n":
        return shown_number(plain, form[0]) if form else Decimal(plain)
    return date.fromisoformat(plain) if kind == "d" else datetime.fromisoformat(plain)


@contextmanager
def _child(path: Path, sheet: str) -> Iterator[Iterator[str]]:
    """The lines of the reading process; it is ended when the caller stops early."""
    process = subprocess.Popen(
        [sys.executable, "-I", str(_CHILD), str(path), str(MAX_COLUMNS), str(MAX_CELL), sheet],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert process.stdout is not None and process.stderr is not None
    overdue = threading.Timer(MAX_WALL_SECONDS, process.kill)
    overdue.daemon = True
    overdue.start()
    finished = False
    try:

        def lines() -> Iterator[str]:
            nonlocal finished
            assert process.stdout is not None and process.stderr is not None
            yield from process.stdout
            fault = process.stderr.read(2000)
            finished = True
            if process.wait() != 0:
                raise _refusal(process.returncode, fault)

        yield lines()
    finally:
        overdue.cancel()
        if not finished:
            process.kill()
        process.stdout.close()
        process.stderr.close()
        process.wait()


def _refusal(status: int, fault: str) -> TableRefused:
    try:
        said = json.loads(fault.strip().splitlines()[-1]) if fault.strip() else {}
    except ValueError:
        said = {}
    row, column = said.get("row", 0), said.get("column", 0)
    match said.get("fault"):
        case "columns":
            return TableRefused(
                _("Ligne %(row)d : plus de %(limit)d colonnes.", row=row, limit=MAX_COLUMNS)
            )
        case "cell":
            return TableRefused(
                _(
                    "Ligne %(row)d, colonne %(column)d : la cellule dépasse %(limit)d caractères.",
                    row=row,
                    column=column,
                    limit=MAX_CELL,
                )
            )
        case "memory":
            return TableRefused(_("Ce classeur demande trop de mémoire : exportez-le en CSV."))
    if status < 0:
        return TableRefused(
            _("Ce classeur demande trop de temps ou de mémoire : exportez-le en CSV.")
        )
    return TableRefused(_("Ce classeur est abîmé : il ne peut pas être lu."))
