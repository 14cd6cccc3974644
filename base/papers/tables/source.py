"""What a table of a file is, and the tables of text files: CSV of any French or other make.

Rows keep the number under which their author sees them in a spreadsheet, blank rows and
lines above the header included. They are read again each time, never kept.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from base.basics.i18n import _, _l
from base.papers.files.exports import unprefix
from base.papers.tables.encodings import ENCODINGS, TableRefused, doubts, encoding_of, unreadable
from base.papers.tables.texts import Cell

MAX_COLUMNS = 200
MAX_CELL = 32 * 1024
#: Between the columns of a text file -> in words.
DELIMITERS = {
    ";": _l("point-virgule"),
    ",": _l("virgule"),
    "\t": _l("tabulation"),
    "|": _l("barre"),
}
_SAMPLE = 64 * 1024
_MARKUP = re.compile(r"\s*<(\?xml|!doctype|html|table|svg|script|!--|[a-z]+[\s>])", re.IGNORECASE)


class Cells(list[Cell]):
    """The cells of a row; ``width`` counts the empty ones that were left out at its end too."""

    width: int = 0


class Row(NamedTuple):
    """One row as a spreadsheet numbers it, from 1; trailing empty cells are left out."""

    number: int
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    """A sheet, or the one table of a CSV file."""

    #: The sheet's name; empty for CSV.
    name: str
    #: What was recognised, for the reader: "UTF-8, point-virgule".
    shape: str
    _read: Callable[[], Iterator[Row]]
    #: Of a CSV file: how its bytes were read, and what parts its cells.
    encoding: str = ""
    delimiter: str = ""
    #: Sentences for the person: what was supposed in the reading.
    notes: Sequence[str] = ()
    #: Merged cells of a sheet, (first row, first column, last row, last column) from 1; known
    #: once rows were read.
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """The rows that hold something, from the first; may be called again.

        Raises:
            TableRefused: a cell or a row beyond the limits, a quote never closed.
        """
        return self._read()

    def head(self, count: int = 20) -> list[Row]:
        """The first rows that hold something."""
        rows = self.rows()
        try:
            return list(itertools.islice(rows, count))
        finally:
            rows.close()  # type: ignore[attr-defined]  # a generator: ends the reading process

    def titles(self, count: int = 20) -> list[Row]:
        """The first rows, where titles are looked for: a merged one stands over each column."""
        rows = self.head(count)
        by_number = {row.number: row for row in rows}
        for top, left, bottom, right in self.merged:
            for number in range(top, min(bottom, top + count) + 1) if right > left else ():
                row = by_number.get(number)
                if row is None or len(row.cells) < left or row.cells[left - 1] in (None, ""):
                    continue
                row.cells.extend([None] * (right - len(row.cells)))
                for at in range(left, right):
                    if row.cells[at] in (None, ""):
                        row.cells[at] = row.cells[left - 1]
        return rows


def open_csv(path: Path, given: str = "", delimiter: str = "") -> Table:
    """The table of a text file; encoding and delimiter are found out unless they are given.

    Raises:
        TableRefused: not a table, or an encoding or a delimiter that is not known.
    """
    if given and given not in ENCODINGS:
        raise TableRefused(_("L’encodage « %(name)s » n’est pas connu.", name=given))
    if delimiter and delimiter not in DELIMITERS:
        raise TableRefused(_("« %(mark)s » n’est pas un séparateur de colonnes.", mark=delimiter))
    encoding = given or encoding_of(path)
    sample = _sample(path, encoding)
    notes = () if given else doubts(encoding, sample)
    if _MARKUP.match(sample):
        raise TableRefused(
            _("Ce fichier est une page web ou un XML, pas un tableau : attendu CSV ou XLSX.")
        )
    announced = re.match(r"sep=(.)\r?\n?", sample, re.IGNORECASE)
    delimiter = delimiter or (announced[1] if announced else delimiter_of(sample))
    shape = f"{encoding.removesuffix('-sig').upper()}, {DELIMITERS.get(delimiter, delimiter)}"

    def read() -> Iterator[Row]:
        return _csv_rows(path, encoding, delimiter, skip_first=announced is not None)

    return Table("", shape, read, encoding.removesuffix("-sig"), delimiter, notes)


def _sample(path: Path, encoding: str) -> str:
    with path.open("rb") as source:
        data = source.read(_SAMPLE)
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(data)
    except UnicodeDecodeError as fault:
        raise unreadable() from fault


def delimiter_of(sample: str) -> str:
    """The delimiter under which most of the first records have the same, largest width."""
    best, best_score = ";", 0.0
    for delimiter in DELIMITERS:
        widths = []
        try:
            reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
            for record in itertools.islice(reader, 40):
                if any(record):
                    widths.append(len(record))
        except csv.Error:
            widths = widths[:-1]
        if len(widths) > 2 and len(sample) >= _SAMPLE // 2:
            widths.pop()  # the sample may end in the middle of a record
        usual, count = max(Counter(widths).items(), key=lambda w: w[1] * (w[0] - 1), default=(1, 0))
        score = (usual - 1) * (count / max(1, len(widths))) ** 2
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _csv_rows(path: Path, encoding: str, delimiter: str, *, skip_first: bool) -> Iterator[Row]:
    with path.open(encoding=encoding, newline="") as lines:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        number = 0
        try:
            if skip_first:
                next(reader, None)
            for record in reader:
                number += 1
                width = len(record)
                while record and not record[-1].strip():
                    record.pop()
                if not record:
                    continue
                check_row(number, record)
                cells = Cells([unprefix(c) if c[:1] == "'" else c for c in record])
                cells.width = width
                yield Row(number, cells)
        except csv.Error as fault:
            raise TableRefused(
                _(
                    "Ligne %(row)d : un guillemet n’est pas refermé, ou se trouve au milieu"
                    " d’une cellule.",
                    row=number + 1,
                )
            ) from fault
        except UnicodeDecodeError as fault:
            raise unreadable() from fault


def check_row(number: int, cells: list[str]) -> None:
    """Refuse a row wider, or a cell longer, than any honest file has.

    Raises:
        TableRefused: beyond the limits.
    """
    if len(cells) > MAX_COLUMNS:
        raise TableRefused(
            _("Ligne %(row)d : plus de %(limit)d colonnes.", row=number, limit=MAX_COLUMNS)
        )
    if max(map(len, cells)) <= MAX_CELL:
        return
    for at, cell in enumerate(cells, start=1):
        if len(cell) > MAX_CELL:
            raise TableRefused(
                _(
                    "Ligne %(row)d, colonne %(column)d : la cellule dépasse %(limit)d caractères.",
                    row=number,
                    column=at,
                    limit=MAX_CELL,
                )
            )
