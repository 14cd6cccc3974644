"""From a table to records: find the sheet and the header, read every cell, say what is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from base.basics.errors import InvalidInput
from base.basics.i18n import _, headed, quoted
from base.basics.sessions import Session
from base.desk.imports.day_order import refuse_unsure_days
from base.desk.imports.foreign import refuse_foreign
from base.desk.imports.listed import complete, list_of
from base.desk.imports.passing import Passing
from base.desk.imports.rows import Options, Reading, Record
from base.papers.tables import (
    Column,
    Recognition,
    Row,
    Table,
    TableRefused,
    ValueRefused,
    normalise,
    open_tables,
)
from base.papers.tables import values as parsers
from base.papers.tables.headers import find_header, recognise
from base.papers.tables.numbers import decimal_mark
from base.papers.tables.texts import Cell

if TYPE_CHECKING:
    from base.desk.imports.declaration import Importer

#: Header of our own error file: never data.
REASON_HEADER = "Motif du rejet"
_MEMO_LIMIT = 20_000


class HeaderMissing(InvalidInput):
    """No line of the file names the columns that the importer needs."""


def recognise_file(
    columns: Sequence[Column], path: Path, label: str, options: Options, *, lenient: bool = False
) -> tuple[Table, Recognition, Row]:
    """The sheet that fits best, how its header is understood, and the header line itself.

    ``lenient`` takes the first line of several words for the titles when none names a column:
    a person will say what they mean.

    Raises:
        HeaderMissing: no line names a single column.
        TableRefused: the file is not a table, or has no such sheet or line.
    """
    best: tuple[int, Table, Recognition, Row] | None = None
    tables = tables_of(path, label, options)
    empty = True
    for table in tables:
        head = table.titles()
        empty = empty and not head
        found = _header_of(head, columns, options, lenient=lenient)
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


def tables_of(path: Path, label: str, options: Options) -> list[Table]:
    """The tables of a file, or the one sheet that a person chose.

    Raises:
        TableRefused: the file is not a table, or has no such sheet.
    """
    tables = open_tables(path, label, encoding=options.encoding, delimiter=options.delimiter)
    if not options.sheet:
        return tables
    chosen = [table for table in tables if table.name == options.sheet]
    if not chosen:
        raise TableRefused(
            _(
                "Ce classeur n’a pas de feuille « %(name)s » ; il y a : %(names)s.",
                name=options.sheet,
                names=", ".join(table.name for table in tables),
            )
        )
    return chosen


def _header_of(
    head: Sequence[Row], columns: Sequence[Column], options: Options, *, lenient: bool
) -> Recognition | None:
    chosen = _chosen(options)
    if options.header_row:
        lines = [row for row in head if row.number == options.header_row]
        if not lines:
            raise TableRefused(
                _("La ligne %(row)d ne peut pas porter les titres.", row=options.header_row)
            )
        return recognise(lines[0].cells, columns, header_row=lines[0].number, chosen=chosen)
    found = find_header(head, columns, chosen=chosen)
    if found is not None or not lenient:
        return found
    wide = [row for row in head if len({str(cell or "").strip() for cell in row.cells} - {""}) > 1]
    if not wide:
        return None
    return recognise(wide[0].cells, columns, header_row=wide[0].number, chosen=chosen)


def _chosen(options: Options) -> dict[str, str]:
    return {REASON_HEADER: "", **(options.mapping or {})}


def shape_of(header: Sequence[Cell]) -> str:
    """What files of one origin have in common: the digest of their header."""
    words = "\n".join(normalise(cell) for cell in header)
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def read_table(
    session: Session,
    importer: Importer,
    columns: Sequence[Column],
    path: Path,
    label: str,
    options: Options,
) -> Reading:
    """The records of a table; cells that cannot be read refuse their row, in words.

    Raises:
        HeaderMissing: a column that is required has no header.
        Foreign: the file may be of another kind, and nobody said that it is not.
        TableRefused: the file is not a table.
        InvalidInput: more rows than the importer takes.
    """
    table, recognition, header = recognise_file(columns, path, label, options)
    listed = list_of(session, importer, columns, recognition, header.cells, options.mapping)
    if listed is not None:
        complete(listed, recognition)
    fixed = constants_of(columns, recognition, options)
    recognition.missing = [key for key in recognition.missing if key not in fixed]
    if listed is not None:
        listed.lacking = [key for key in listed.lacking if key not in fixed]
    if recognition.missing:
        raise missing(columns, recognition, recognition.missing)
    refuse_unidentified(importer, columns, recognition, fixed)
    if listed is None:
        refuse_foreign(importer, recognition, fixed, options)
    passing = Passing(table, recognition, header.cells, importer.row_keys())
    with decimal_mark(options.decimal):
        records = _records(
            importer, table, recognition, _readers(columns, recognition, options), fixed, passing
        )
    return Reading(
        records,
        recognition,
        table.shape,
        header.cells,
        columns,
        tuple(fixed),
        notes=tuple(passing.notes()),
        listed=listed,
    )


def missing(
    columns: Sequence[Column], recognition: Recognition, keys: Sequence[str]
) -> HeaderMissing:
    """What to say of a file that lacks columns which are required."""
    labels = {c.key: str(c.label) for c in columns}
    return HeaderMissing(
        _(
            "Il manque la colonne %(names)s. Colonnes du fichier : %(headers)s.",
            names=", ".join(quoted(labels[key]) for key in keys),
            headers=", ".join(h for h in recognition.headers if h)[:300],
        )
    )


def refuse_unidentified(
    importer: Importer,
    columns: Sequence[Column],
    recognition: Recognition,
    fixed: Mapping[str, Any],
) -> None:
    """Refuse a file none of whose columns tells one record from another.

    Raises:
        HeaderMissing: the sentence names the columns of which one is needed.
    """
    present = {*recognition.columns, *fixed}
    if importer.identifies(present):
        return
    labels = {c.key: str(c.label) for c in columns}
    raise HeaderMissing(
        _(
            "Aucune colonne de ce fichier ne dit quelle fiche est quelle ligne : « %(title)s »"
            " demande %(ways)s. Associez-en une ; colonnes du fichier : %(headers)s.",
            title=str(importer.title),
            ways=ways_of(importer, labels),
            headers=", ".join(h for h in recognition.headers if h)[:300],
        )
    )


def ways_of(importer: Importer, labels: Mapping[str, str]) -> str:
    """The columns that tell records apart, in words: "« VIN » ou « Nom » + « Nature »"."""
    ways = (way for way in importer.identified_by if set(way) <= set(labels))
    return _(" ou ").join(" + ".join(quoted(labels[key]) for key in way) for way in ways)


def constants_of(
    columns: Sequence[Column], recognition: Recognition, options: Options
) -> dict[str, Any]:
    """The values that every row holds, for columns that the file has not.

    Raises:
        InvalidInput: one cannot be read as what its column holds.
    """
    found: dict[str, Any] = {}
    with decimal_mark(options.decimal):
        for column in columns:
            given = options.constants.get(column.key, "")
            if not given or column.key in recognition.columns:
                continue
            try:
                found[column.key] = column.parse(given)
            except ValueRefused as refusal:
                raise InvalidInput(headed(column.label, refusal)) from refusal
    return found


def _records(
    importer: Importer,
    table: Table,
    recognition: Recognition,
    readers: list[_Reader],
    fixed: dict[str, Any],
    passing: Passing,
) -> list[Record]:
    records: list[Record] = []
    labels = {column.key: str(column.label) for _at, column, _parse, _memo in readers}
    numbers = [way[0] for way in importer.identified_by if len(way) == 1]
    for row in table.rows():
        if row.number <= recognition.header_row or passing.passes(row):
            continue
        if len(records) == importer.max_rows:
            raise InvalidInput(
                _(
                    "Ce fichier a plus de %(limit)d lignes : partagez-le.",
                    limit=importer.max_rows,
                )
            )
        record = _record(row, readers)
        passing.look(row, record)
        if fixed:
            record.values = {**fixed, **record.values}
        if (
            record.accepted
            # Most rows have their number.
            and (not numbers or record.values.get(numbers[0]) is None)
            and not importer.identifies({k for k, v in record.values.items() if v is not None})
        ):
            record.refuse(
                _(
                    "Rien ne dit quelle fiche c’est : il faut au moins %(ways)s.",
                    ways=ways_of(importer, labels),
                )
            )
        records.append(record)
    if not records:
        raise HeaderMissing(_("Ce fichier n’a aucune ligne sous ses titres de colonnes."))
    refuse_unsure_days(
        records,
        {
            at: (column.key, str(column.label))
            for at, column, parse, _m in readers
            if parse in _AMERICAN
        },
    )
    return records


_Reader = tuple[int, Column, Callable[[Cell], Any], dict[Any, Any]]


#: How days are read that have their month first.
_AMERICAN: dict[Any, Any] = {
    parsers.day: parsers.american_day,
    parsers.moment: parsers.american_moment,
}


def _readers(
    columns: Sequence[Column], recognition: Recognition, options: Options
) -> list[_Reader]:
    readers: list[_Reader] = []
    for column in columns:
        if column.key not in recognition.columns:
            continue
        parse = column.parse
        if options.american:
            parse = _AMERICAN.get(parse, parse)
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
            record.refuse(headed(column.label, refusal), column.key, hint=refusal.hint)
            continue
        values[column.key] = value
        if value is None and column.required:
            record.refuse(_("%(column)s : la cellule est vide.", column=column.label), column.key)
        elif type(cell) is str and len(memo) < _MEMO_LIMIT:
            memo[cell] = value
    return record
