"""What a report says: figures, charts, tables with what their figures are made of; its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from base.papers.files.exports import NUMERIC, Column, Kind


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table.

    Looks: ``""`` an ordinary row, ``"group"`` a heading, ``"sub"`` a sub-total, ``"carried"``
    a remainder. Only ordinary rows are in the CSV, so that summing its column is right.
    ``href`` says what the row stands for: ``table/id`` of a record, or ``report/code?question``
    of another report; the screen makes an address of it. ``sources`` says, cell by cell, what a
    figure is made of: ``lines/code?question``, which opens beside the report. ``part_of`` names
    the figures that the row is in: what stands before the last ``&`` of their sources.

    ``same`` counts the first cells that repeat the row above: people see them once.
    """

    cells: Sequence[object]
    look: str = ""
    level: int = 0
    href: str = ""
    sources: Sequence[str] = ()
    same: int = 0
    part_of: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``rows`` is called each time it is read, and may stream from the database."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Callable[[], Iterable[Line]]
    total: Sequence[object] | None = None
    total_sources: Sequence[str] = ()
    note: str = ""
    #: Shown instead of a table without rows.
    empty: str = ""
    #: Printed instead of the table, which only the screen and the files have; the digest covers it.
    instead: str = ""
    #: Printed small and close: many texts, a few of them long.
    dense: bool = False
    #: How people read it, on screen and on paper, where the files say it more finely.
    for_people: Table | None = None

    def read_by_people(self) -> Table:
        """The table of the screen and of the PDF."""
        return self.for_people or self


@dataclass(frozen=True, slots=True)
class Figure:
    """A main figure and what it counts; ``href`` opens the rows it is made of."""

    value: object
    caption: str
    kind: Kind = Kind.EUROS
    href: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked bars. One of the tables must give the same values."""

    title: str
    unit: str
    series: Sequence[str]
    bars: Sequence[tuple[str, Sequence[Decimal]]]
    #: What the bars leave out, in a sentence.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a report says, without when, for whom and in which form it is printed."""

    title: str
    subtitle: str
    perimeter: str
    period: str
    amounts: str
    tables: Sequence[Table]
    #: Further cells of the title block: label, value.
    facts: Sequence[tuple[str, str]] = ()
    figures: Sequence[Figure] = ()
    charts: Sequence[Chart] = ()
    #: What the report affirms, printed beside the signature.
    statement: str = ""
    signatory: str = ""
    notes: Sequence[str] = ()
    #: The table that is the CSV; the last one when empty.
    detail: str = ""
    #: Number and instant of the last event it can show, where ``tables`` do not tell.
    cut: tuple[int, datetime] | None = None
    #: Number of the last seal that it shows; with the cut, what decides it.
    seal: int | None = None

    def detail_table(self) -> Table:
        """The table that is the CSV."""
        named = [table for table in self.tables if table.key == self.detail]
        return named[0] if named else self.tables[-1]


def nowhere(href: str) -> str:
    """The page of an ``href`` when nobody could reach it."""
    return ""


@dataclass(frozen=True, slots=True)
class Edition:
    """One printing of a content: its number, for whom, on which data."""

    number: str
    #: Printed under the QR code and asked for at ``address``.
    code: str
    address: str
    entity: str
    service: str
    asked_by: str
    issued_at: datetime
    #: The instant of the last change that the content can show.
    cut_at: datetime
    cut_label: str
    zone: str
    #: The address of an ``href`` as readers anywhere reach it; nothing when there is none.
    page: Callable[[str], str] = nowhere


class Reading:
    """A content read once: its lines go by, its digest stays.

    The digest covers everything the report says and nothing of its edition, so that it is the
    same in PDF, XLSX and CSV.
    """

    def __init__(self, content: Content) -> None:
        self.content = content
        self._digests: dict[str, str] = {}

    def lines(self, table: Table) -> Iterator[Line]:
        """The lines of a table, noted as they go by; to be read to the end."""
        hashed = hashlib.sha256()
        for line in table.rows():
            hashed.update(_canonical([line.look, line.level, *line.cells]))
            yield line
        self._digests[table.key] = hashed.hexdigest()

    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal; reads the tables not read yet."""
        content, hashed = self.content, hashlib.sha256()
        hashed.update(
            _canonical(
                [
                    *(content.title, content.subtitle, content.perimeter, content.period),
                    *(content.amounts, content.statement, *content.notes),
                    [list(fact) for fact in content.facts],
                    [[figure.value, figure.caption] for figure in content.figures],
                    [
                        [
                            *(chart.title, list(chart.series)),
                            [[n, *parts] for n, parts in chart.bars],
                            *([chart.note] if chart.note else []),
                        ]
                        for chart in content.charts
                    ],
                ]
            )
        )
        for table in content.tables:
            if table.key not in self._digests:
                for _line in self.lines(table):
                    pass
            heads = [[column.key, column.title] for column in table.columns]
            hashed.update(
                _canonical([table.key, table.title, table.note, heads, list(table.total or ())])
            )
            hashed.update(bytes.fromhex(self._digests[table.key]))
        return hashed.hexdigest()


def plain(value: object) -> str:
    """A value as it is stored, compared and hashed."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=plain)


def _canonical(values: object) -> bytes:
    """The values as JSON that two engines and two machines write alike."""
    return _CANONICAL.encode(values).encode("utf-8", "surrogatepass") + b"\n"


#: Columns that open what the row stands for, beside the figures.
_OPENS = frozenset({"piece", "number"})


def hrefs(line: Line, table: Table) -> list[str]:
    """What each cell of a row opens: what a figure is made of, or what the row stands for."""
    sources = line.sources or [""] * len(table.columns)
    return [
        source or (line.href if (place == 0 if line.sources else _opens(column)) else "")
        for place, (source, column) in enumerate(zip(sources, table.columns, strict=True))
    ]


def _opens(column: Column) -> bool:
    return column.kind in NUMERIC or column.key in _OPENS
