"""A report's content for the screen: the same values as texts, tables cut, the chart as figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import islice, takewhile
from typing import Any

from base.exports import NUMERIC, Kind
from base.formats import number, round_step
from base.reporting import Chart, Content, Line, Table
from base.reporting.render import shown

#: Rows of one table on screen; the document has them all.
ROWS = 200
#: Columns that open what the row stands for, beside the figures.
OPENS = frozenset({"piece", "number"})
#: Size of the chart, in its own units.
_WIDE, _HIGH, _LEFT, _BASE, _TOP = 1120, 200, 48, 172, 30


@dataclass(frozen=True)
class ScreenTable:
    """A table with its values as texts."""

    key: str
    title: str
    #: (title, whether its values stand right, are codes, open the row's address)
    heads: list[tuple[str, bool, bool, bool]]
    #: (look, address of what the row stands for, cells that the first one covers, texts)
    rows: list[tuple[str, str, int, list[str]]]
    total: list[str]
    note: str
    empty: str
    #: The document has more rows.
    cut: bool


def tables(
    content: Content, *, zone: str, address: Callable[[str], str], limit: int = ROWS
) -> list[ScreenTable]:
    """The tables; ``address`` gives the page of a row's ``href``, or nothing."""
    return [_table(table, zone, address, limit) for table in content.tables]


def _table(table: Table, zone: str, address: Callable[[str], str], limit: int) -> ScreenTable:
    kinds = [column.kind for column in table.columns]
    lines = list(islice(table.rows(), limit + 1))

    def texts(cells: Any) -> list[str]:
        return [shown(value, kind, zone) for value, kind in zip(cells, kinds, strict=True)]

    return ScreenTable(
        key=table.key,
        title=table.title,
        heads=[
            (c.title, c.kind in NUMERIC, c.kind is Kind.CODE, c.kind in NUMERIC or c.key in OPENS)
            for c in table.columns
        ],
        rows=[
            (
                line.look,
                address(line.href) if line.href else "",
                _covered(line) if line.look in ("group", "sub") else 1,
                texts(line.cells),
            )
            for line in lines[:limit]
        ],
        total=texts(table.total) if table.total is not None and lines else [],
        note=table.note,
        empty=table.empty,
        cut=len(lines) > limit,
    )


def _covered(line: Line) -> int:
    """Cells that the title of a band covers: its own and the empty ones after it."""
    empty = takewhile(lambda cell: cell is None or cell == "", line.cells[1:])
    return 1 + sum(1 for _cell in empty)


def bars(chart: Chart) -> dict[str, Any] | None:
    """The chart as lines, rectangles and texts of an SVG; None when there is nothing to draw."""
    sums = [sum((part for part in parts if part > 0), Decimal(0)) for _name, parts in chart.bars]
    tallest = max(sums, default=Decimal(0))
    if tallest <= 0:
        return None
    scale = Decimal(1000) if tallest >= 10_000 else Decimal(1)
    step = round_step(tallest / scale)
    top = step * (tallest / scale / step).to_integral_value(ROUND_CEILING)
    high = Decimal(_BASE - _TOP)
    grid = []
    value = Decimal(0)
    while value <= top:
        grid.append((round(float(_BASE - high * value / top), 1), number(value, None, "fr")))
        value += step
    slot = Decimal(_WIDE - _LEFT) / len(chart.bars)
    wide = min(Decimal(76), slot * Decimal("0.46"))
    rects, labels = [], []
    for index, (name, parts) in enumerate(chart.bars):
        middle = _LEFT + slot * (index + Decimal("0.5"))
        y = Decimal(_BASE)
        for series, part in enumerate(parts):
            tall = high * max(part, Decimal(0)) / scale / top
            if tall > 0:
                y -= tall
                rects.append(
                    {
                        "series": series % 5 + 1,
                        "x": round(float(middle - wide / 2), 1),
                        "y": round(float(y), 1),
                        "width": round(float(wide), 1),
                        "height": round(float(max(tall - 1, Decimal("0.3"))), 1),
                    }
                )
        total = number(sum(parts, Decimal(0)) / scale, 1 if scale > 1 else 0, "fr")
        labels.append((round(float(middle), 1), round(float(y) - 5, 1), total, name))
    unit = f"k{chart.unit}" if scale > 1 else chart.unit
    return {
        "title": chart.title,
        "unit": unit,
        "series": list(chart.series),
        "grid": grid,
        "rects": rects,
        "labels": labels,
        "slot": round(float(slot), 1),
        "size": (_WIDE, _HIGH, _LEFT),
    }
