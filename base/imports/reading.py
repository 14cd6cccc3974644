"""From a table to records: find the sheet and the header, read every cell, say what is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from base.errors import InvalidInput
from base.i18n import _
from base.imports.declaration import Options, Reading, Record
from base.tables import Column, Recognition, Row, Table, ValueRefused, normalise, open_tables
from base.tables import values as parsers
from base.tables.headers import find_header
from base.tables.words import Cell

if TYPE_CHECKING:
    from base.imports.declaration import Importer

#: Header of our own error file: never data.
REASON_HEADER = "Motif du rejet"
_MEMO_LIMIT = 20_000


class HeaderMissing(InvalidInput):
    """No line of the file names the columns that the importer needs."""


def recognise_file(
    columns: Sequence[Column], path: Path, label: str, options: Options
) -> tuple[Table, Recognition, Row]:
    """The sheet that fits best, how its header is understood, and the header line itself.

    Raises:
        HeaderMissing: no line names a single column.
        TableRefused: the file is not a table.
    """
    best: tuple[int, Table, Recognition, Row] | None = None
    tables = open_tables(path, label)
    empty = True
    for table in tables:
        head = table.head()
        empty = empty and not head
        found = find_header(head, columns, chosen=_chosen(options))
        if found is None:
            continue
        score = len(found.columns) - 2 * len(found.missing)
        if best is None or score > best[0]:
            line = next(row for row in head if row.number == found.header_row)
            best = (score, table, found, line)
    if best is None:
        if empty:
            raise HeaderMissing(_("Ce fichier ne contient aucune ligne."))
        raise HeaderMissing(
            _(
                "Aucune ligne de ce fichier ne porte les noms de colonnes attendus : %(names)s.",
                names=", ".join(str(c.label) for c in columns[:8]),
            )
        )
    return best[1], best[2], best[3]


def _chosen(options: Options) -> dict[str, str]:
    return {REASON_HEADER: "", **(options.mapping or {})}


def shape_of(header: Sequence[Cell]) -> str:
    """What files of one origin have in common: the digest of their header."""
    words = "\n".join(normalise(cell) for cell in header)
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def read_table(
    importer: Importer, columns: Sequence[Column], path: Path, label: str, options: Options
) -> Reading:
    """The records of a table; cells that cannot be read refuse their row, in words.

    Raises:
        HeaderMissing: a column that is required has no header.
        TableRefused: the file is not a table.
        InvalidInput: more rows than the importer takes.
    """
    table, recognition, header = recognise_file(columns, path, label, options)
    if recognition.missing:
        labels = {c.key: str(c.label) for c in columns}
        names = ", ".join(f"« {labels[key]} »" for key in recognition.missing)
        raise HeaderMissing(
            _(
                "Il manque la colonne %(names)s. Colonnes du fichier : %(headers)s.",
                names=names,
                headers=", ".join(h for h in recognition.headers if h)[:300],
            )
        )
    readers = _readers(columns, recognition, options)
    records: list[Record] = []
    for row in table.rows():
        if row.number <= recognition.header_row:
            continue
        if len(records) == importer.max_rows:
            raise InvalidInput(
                _(
                    "Ce fichier a plus de %(limit)d lignes : partagez-le.",
                    limit=importer.max_rows,
                )
            )
        records.append(_record(row, readers))
    if not records:
        raise HeaderMissing(_("Ce fichier n’a aucune ligne sous ses titres de colonnes."))
    return Reading(records, recognition, table.shape, header.cells, columns)


_Reader = tuple[int, Column, Callable[[Cell], Any], dict[Any, Any]]


def _readers(
    columns: Sequence[Column], recognition: Recognition, options: Options
) -> list[_Reader]:
    readers: list[_Reader] = []
    for column in columns:
        if column.key not in recognition.columns:
            continue
        parse = column.parse
        if options.american and parse is parsers.day:
            parse = parsers.american_day
        readers.append((recognition.columns[column.key], column, parse, {}))
    return readers


def _record(row: Row, readers: list[_Reader]) -> Record:
    cells = row.cells
    width = len(cells)
    record = Record(row.number, cells)
    values = record.values
    for position, column, parse, memo in readers:
        cell = cells[position] if position < width else None
        # Most cells of a column repeat (categories, days, places): read each text once.
        if type(cell) is str and cell in memo:
            values[column.key] = memo[cell]
            continue
        try:
            value = parse(cell)
        except ValueRefused as refusal:
            record.refuse(f"{column.label} : {refusal}", column.key, hint=refusal.hint)
            continue
        values[column.key] = value
        if value is None and column.required:
            record.refuse(_("%(column)s : la cellule est vide.", column=column.label), column.key)
        elif type(cell) is str and len(memo) < _MEMO_LIMIT:
            memo[cell] = value
    return record
