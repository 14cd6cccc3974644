"""The documents of a report: PDF, XLSX and CSV from one content."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, BinaryIO

from base.basics import formats
from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.papers.files.exports import NUMERIC, XLSX, Column, Kind, csv_bytes
from base.papers.reporting import Content, Edition, Line, Reading, Table
from base.papers.reporting.content import hrefs

FORMATS = ("pdf", "xlsx", "csv")
MEDIA = {
    "pdf": "application/pdf",
    "xlsx": XLSX,
    "csv": "text/csv; charset=utf-8",
}
Progress = Callable[[int], None]


def render(
    content: Content,
    edition: Edition,
    form: str,
    out: BinaryIO,
    progress: Progress | None = None,
) -> str:
    """Write the document and return the digest of its content.

    ``progress`` is told how many lines are written, every few hundred.

    Raises:
        InvalidInput: ``form`` is none of ``pdf``, ``xlsx``, ``csv``.
    """
    if form not in FORMATS:
        raise InvalidInput(
            _("Le format « %(form)s » n’existe pas : pdf, xlsx ou csv.", form=str(form)[:20])
        )
    reading = Reading(content)
    writer = {"pdf": _pdf, "xlsx": _xlsx, "csv": _csv}[form]
    writer(reading, edition, out, _Counter(progress))
    return reading.digest()


class _Counter:
    """Counts lines as they go by and says so every few hundred."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._done = progress, 0

    def lines(self, lines: Iterator[Line]) -> Iterator[Line]:
        for line in lines:
            self._done += 1
            if self._progress is not None and self._done % 500 == 0:
                self._progress(self._done)
            yield line


def shown(value: object, kind: Kind, zone: str | None = None, unit: bool = False) -> str:
    """A value as a person reads it; ``unit`` adds the sign that a column's head says once."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, datetime):
        return formats.instant(value, zone=zone)
    if isinstance(value, date):
        return formats.day(value)
    if isinstance(value, Decimal | int | float) and kind in NUMERIC:
        if kind is Kind.EUROS:
            return formats.euros(value, 2) if unit else formats.number(value, 2)
        if kind is Kind.AMOUNT:
            return formats.number(value, 2)
        if kind is Kind.SHARE:
            return formats.percent(value, 1)
        if kind is Kind.CHANGE:
            return ("+" if value > 0 else "") + formats.percent(value, 1)
        if kind is Kind.HOURS:
            return formats.hours(value) if unit else formats.number(value, 2)
        return formats.number(value, 0 if kind is Kind.COUNT else None)
    return str(value)


def block(content: Content, edition: Edition) -> list[tuple[str, str]]:
    """The title block, label and value, in the order of every document."""
    seconds = formats.local(edition.cut_at, edition.zone).strftime(":%S")
    cells = [
        (_("N° du rapport"), edition.number),
        (_("Période"), content.period),
        (_("Montants"), content.amounts),
        (_("Périmètre"), content.perimeter),
        (_("Données arrêtées au"), formats.instant(edition.cut_at, zone=edition.zone) + seconds),
        (_("Demandé par"), edition.asked_by),
        *content.facts,
        (_("Dernier événement du journal avant ce rapport"), edition.cut_label),
    ]
    return [(label, value) for label, value in cells if value]


# --- PDF ------------------------------------------------------------------------------------


def _pdf(reading: Reading, edition: Edition, out: BinaryIO, counter: _Counter) -> None:
    from base.papers.pdf.layout import Bar, Cell, Paper
    from base.papers.pdf.table import Head

    content = reading.content
    issued = _(
        "Document établi le %(day)s à %(time)s",
        day=formats.day(edition.issued_at, zone=edition.zone),
        time=formats.clock_time(edition.issued_at, edition.zone),
    )
    paper = Paper(
        out,
        title=content.title,
        entity=edition.entity,
        service=edition.service,
        issued=issued,
        running=content.subtitle,
        reference=", ".join((edition.number, content.title[:1].lower() + content.title[1:])),
        digest_label=_("empreinte du contenu, SHA-256"),
    )
    paper.title(content.subtitle)
    wide = {_("Périmètre"): 2, _("Dernier événement du journal avant ce rapport"): 3}
    cells = [
        Cell(label, value, wide.get(label, 1), mono=index == 0)
        for index, (label, value) in enumerate(block(content, edition))
    ]
    paper.cartouche(cells, edition.address, edition.code)
    paper.figures(
        [(shown(f.value, f.kind, edition.zone, unit=True), f.caption) for f in content.figures[:4]],
        [f.href and edition.page(f.href) for f in content.figures[:4]],
    )
    for chart in content.charts:
        bars = [Bar(label, parts) for label, parts in chart.bars]
        paper.chart(chart.title, chart.unit, chart.series, bars)
        if chart.note:
            paper.note(chart.note)
    for index, table in enumerate(content.tables):
        if table.instead:
            paper.note(table.instead)
            continue
        paper.heading(table.title)
        read = table.read_by_people()
        kept = on_paper(read)
        lines = read.rows() if read is not table else reading.lines(table)
        rows = (_row(line, read, kept, edition) for line in counter.lines(iter(lines)))
        first = next(rows, None)
        if first is None and table.empty:
            paper.paragraph(table.empty)
        else:
            heads = [_head(column, Head) for column in kept(read.columns)]
            all_rows = chain([first] if first else [], rows)
            if read.total is None:
                paper.table(heads, all_rows, dense=read.dense)
            else:
                last = _row(Line(read.total, sources=read.total_sources), read, kept, edition)
                paper.table(heads, all_rows, last.cells, last.links, dense=read.dense)
        if table.note:
            paper.note(table.note)
        if index == 0 and content.statement:
            lead = _("Ce que ce rapport affirme.")
            caption = _("Vu par") if content.signatory else _("Vu : nom, date et signature")
            paper.signature(lead, content.statement, caption, content.signatory)
    for note in content.notes:
        paper.note(note)
    paper.finish(reading.digest())


def _head(column: Column, make: Any) -> Any:
    right = column.kind in NUMERIC
    fixed = right or column.kind in (Kind.DAY, Kind.INSTANT)
    return make(column.title, right=right, mono=column.kind is Kind.CODE, wraps=not fixed)


def on_paper(table: Table) -> Callable[[Sequence[Any]], list[Any]]:
    """What picks, of a value per column, those of the columns that people read."""
    places = [place for place, column in enumerate(table.columns) if column.on_paper]
    return lambda values: [values[place] for place in places]


def _row(line: Line, table: Table, kept: Any, edition: Edition) -> Any:
    """The row as texts, each with the page on the site that it opens."""
    from base.papers.pdf.table import Row

    columns, opened = kept(table.columns), kept(hrefs(line, table))
    texts = [
        shown(value, column.kind, edition.zone)
        for value, column in zip(kept(line.cells), columns, strict=True)
    ]
    links = [
        edition.page(href) if href and text else ""
        for href, text in zip(opened, texts, strict=True)
    ]
    return Row(texts, line.look, line.level, line.same, links if any(links) else ())


# --- XLSX -----------------------------------------------------------------------------------


class _Behind:
    """Where the rows of the detail stand that a figure is made of."""

    def __init__(self, sheet: str, columns: int) -> None:
        from xlsxwriter.utility import xl_col_to_name

        self._sheet = "'" + sheet.replace("'", "''") + "'"
        self._last_column = xl_col_to_name(columns - 1)
        #: Part of the ledger -> first row, last row, how many.
        self._rows: dict[str, tuple[int, int, int]] = {}

    def note(self, row: int, line: Line) -> None:
        """Count a row, numbered from 1 with the head, in the parts that it belongs to."""
        for part in line.part_of:
            first, _last, count = self._rows.get(part, (row, row, 0))
            self._rows[part] = (first, row, count + 1)

    def target(self, source: str) -> str:
        """The cells that make a figure: all its rows when they stand together, else the first."""
        found = self._rows.get(source.rpartition("&")[0])
        if found is None:
            return ""
        first, last, count = found
        end = last if last - first + 1 == count else first
        return f"{self._sheet}!A{first}:{self._last_column}{end}"

    def targets(self, sources: Sequence[str]) -> list[str]:
        """The same of a row of figures; empty when none of them has rows."""
        found = [self.target(source) if source else "" for source in sources]
        return found if any(found) else []


def _xlsx(reading: Reading, edition: Edition, out: BinaryIO, counter: _Counter) -> None:
    from base.papers.files.workbooks import SHEET_ROWS, SheetRow, Workbook

    content, first = reading.content, _("Rapport")
    book = Workbook(out, title=content.title, created_at=edition.cut_at, zone=edition.zone)
    called = book.reserve([first, *(table.title for table in content.tables)])
    detail = content.detail_table()
    behind = _Behind(called[detail.title], len(detail.columns))

    def rows_of(table: Table) -> Iterator[SheetRow]:
        # Bands would be summed with what they sum: sheets have the plain rows, as the CSV.
        plain = (line for line in counter.lines(reading.lines(table)) if not line.look)
        for row, line in enumerate(plain, start=2):
            if table is detail and row <= SHEET_ROWS:
                behind.note(row, line)
            yield SheetRow(line.cells, behind.targets(line.sources))

    # The detail first: the others say where in it their figures stand.
    for table in sorted(content.tables, key=lambda table: table is not detail):
        total = None
        if table.total is not None:
            total = SheetRow(table.total, behind.targets(table.total_sources))
        book.table(table.title, table.columns, rows_of(table), total)
    lines: list[tuple[str, object, Kind, str]] = [
        (_("Collectivité"), edition.entity, Kind.TEXT, ""),
        *((label, value, Kind.TEXT, "") for label, value in block(content, edition)),
        (_("Code de vérification"), edition.code, Kind.CODE, ""),
        (_("Adresse de vérification"), edition.address, Kind.TEXT, ""),
        ("", None, Kind.TEXT, ""),
        *((f.caption, f.value, f.kind, f.href and behind.target(f.href)) for f in content.figures),
        ("", None, Kind.TEXT, ""),
        ("", content.statement or None, Kind.TEXT, ""),
        *(("", note, Kind.TEXT, "") for note in content.notes),
    ]
    book.summary(first, content.title, lines)
    book.close()


# --- CSV ------------------------------------------------------------------------------------


def _csv(reading: Reading, edition: Edition, out: BinaryIO, counter: _Counter) -> None:
    table: Table = reading.content.detail_table()
    rows = (line.cells for line in counter.lines(reading.lines(table)) if not line.look)
    for piece in csv_bytes(table.columns, rows, zone=edition.zone):
        out.write(piece)
