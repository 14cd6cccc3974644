"""Stacked bars on screen: drawn by the server, so nothing moves when the page has loaded."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any

from base.basics.formats import number, quantity, round_step
from base.basics.i18n import headed
from base.papers.reporting import Chart

#: Sizes of a chart, about its pixels on a desk: across a report, in a card, in a wide card.
REPORT, CARD, WIDE = (1120, 200), (390, 200), (760, 220)
_LEFT, _TOP, _FOOT = 48, 30, 28


def bars(
    chart: Chart,
    size: tuple[int, int] = REPORT,
    *,
    totals: bool = True,
    ticks: Sequence[str] | None = None,
) -> dict[str, Any] | None:
    """The chart as lines, rectangles and texts of an SVG; None when there is nothing to draw.

    ``size`` is its width and height in its own units, ``totals`` whether each bar says its sum,
    ``ticks`` the words under the bars where their names are too long.
    Parts below zero (credit notes) are counted in the sum of their bar and not drawn.
    """
    wide_all, high_all = size
    base = high_all - _FOOT
    sums = [sum((part for part in parts if part > 0), Decimal(0)) for _name, parts in chart.bars]
    tallest = max(sums, default=Decimal(0))
    if tallest <= 0:
        return None
    scale = Decimal(1000) if tallest >= 10_000 else Decimal(1)
    step = round_step(tallest / scale)
    top = step * (tallest / scale / step).to_integral_value(ROUND_CEILING)
    high = Decimal(base - _TOP)
    grid = []
    value = Decimal(0)
    while value <= top:
        grid.append((round(float(base - high * value / top), 1), number(value)))
        value += step
    slot = Decimal(wide_all - _LEFT) / len(chart.bars)
    wide = min(Decimal(76), slot * Decimal("0.46"))
    rects, labels = [], []
    for index, (name, parts) in enumerate(chart.bars):
        middle = _LEFT + slot * (index + Decimal("0.5"))
        y = Decimal(base)
        for series, part in enumerate(parts):
            words = headed(f"{name}, {chart.series[series]}", quantity(part, chart.unit, 2))
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
                        "title": words,
                    }
                )
        whole = sum(parts, Decimal(0)) / scale
        total = number(whole, 1 if scale > 1 else 0) if totals else ""
        tick = ticks[index] if ticks else name
        labels.append((round(float(middle), 1), round(float(y) - 5, 1), total, tick))
    unit = f"k{chart.unit}" if scale > 1 else chart.unit
    return {
        "title": chart.title,
        "unit": unit,
        "series": list(chart.series),
        "grid": grid,
        "rects": rects,
        "labels": labels,
        "slot": round(float(slot), 1),
        "size": (wide_all, high_all, _LEFT),
    }
