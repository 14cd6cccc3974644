"""A report's content for the screen: the same values as texts, tables cut, the chart as figures."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import islice, takewhile

from base.papers.files.exports import NUMERIC, Kind
from base.papers.reporting import Content, Line, Table
from base.papers.reporting.content import hrefs
from base.papers.reporting.render import on_paper, shown

#: Rows of one table on screen; the document has them all.
ROWS = 200
#: Rows of a table that a page shows at first.
FOLD = 20


@dataclass(frozen=True)
class ScreenCell:
    """A value as text, and the page it opens: beside the report when ``aside``."""

    text: str
    url: str = ""
    aside: bool = False


@dataclass(frozen=True)
class ScreenRow:
    """A row; its first cell covers ``span`` columns."""

    look: str
    span: int
    cells: list[ScreenCell]


@dataclass(frozen=True)
class ScreenTable:
    """A table with its values as texts."""

    key: str
    title: str
    #: (title, whether its values stand right, whether they are codes)
    heads: list[tuple[str, bool, bool]]
    rows: list[ScreenRow]
    total: list[ScreenCell]
    note: str
    empty: str
    #: The document has more rows.
    cut: bool
    #: Rows that the page has at hand but does not show until they are asked for.
    folded: int = 0


def tables(
    content: Content,
    *,
    zone: str,
    address: Callable[[str], str],
    limit: int = ROWS,
    opened: Collection[str] | None = None,
) -> list[ScreenTable]:
    """The tables; ``address`` gives the page of an ``href``, or nothing.

    With ``opened``, the keys of the tables asked for whole, the others show their first FOLD rows.
    """
    return [
        _table(table.read_by_people(), zone, address, limit, opened is None or table.key in opened)
        for table in content.tables
    ]


def _table(
    table: Table, zone: str, address: Callable[[str], str], limit: int, opened: bool
) -> ScreenTable:
    kept = on_paper(table)
    columns = kept(table.columns)
    lines = list(islice(table.rows(), limit + 1))
    # A few rows more are not worth a click.
    shown_rows = limit if opened or len(lines) <= FOLD + 5 else FOLD

    def cells(line: Line) -> list[ScreenCell]:
        sources = kept(line.sources) if line.sources else [""] * len(columns)
        found = []
        for place, (value, column, source, href) in enumerate(
            zip(kept(line.cells), columns, sources, kept(hrefs(line, table)), strict=True)
        ):
            text = "" if place < line.same else shown(value, column.kind, zone)
            url = address(href) if href and text else ""
            found.append(ScreenCell(text, url, aside=bool(url and source)))
        return found

    total = Line(table.total, sources=table.total_sources) if table.total is not None else None
    return ScreenTable(
        key=table.key,
        title=table.title,
        heads=[(c.title, c.kind in NUMERIC, c.kind is Kind.CODE) for c in columns],
        rows=[
            ScreenRow(
                line.look,
                _covered(kept(line.cells)) if line.look in ("group", "sub") else 1,
                cells(line),
            )
            for line in lines[:shown_rows]
        ],
        total=cells(total) if total is not None and lines else [],
        note=table.note,
        empty=table.empty,
        cut=len(lines) > limit and shown_rows == limit,
        folded=max(0, min(len(lines), limit) - shown_rows),
    )


def _covered(cells: list[object]) -> int:
    """Cells that the title of a band covers: its own and the empty ones after it."""
    empty = takewhile(lambda cell: cell is None or cell == "", cells[1:])
    return 1 + sum(1 for _cell in empty)
