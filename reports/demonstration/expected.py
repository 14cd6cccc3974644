"""What the main job and the years told cost, worked out without the ledger."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from reports.demonstration import recount
from reports.demonstration.choices import EXPENSE, HOURS, ITEM, PART_PRICE, PARTS, VAT_RATE
from reports.demonstration.steps import Demo


def total(demo: Demo) -> Decimal:
    """What all of it cost, worked out from what was typed and from the files.

    The ledger is not asked. Net cost: tax included, for this budget does not recover it. Of the
    generated commune the costs of the report's period.
    """
    cent = Decimal("0.01")
    labour = (HOURS * Decimal(demo.marks["validated"]["rate"])).quantize(cent, ROUND_HALF_UP)
    expense = EXPENSE + EXPENSE * VAT_RATE / 100
    bought = Decimal(demo.marks["invoice"]["total"])
    if demo.files is None:
        parts = PARTS * PART_PRICE
        parts += parts * VAT_RATE / 100
        return (labour + parts + expense + bought).quantize(cent)
    start, end = period(demo)
    told = recount.recount(demo.files)
    on = date.fromisoformat(demo.marks["work"]["on"])
    told.add(on, labour + expense + told.take(ITEM, PARTS))
    if demo.marks["validated"]["reopened"]:
        back_on = date.fromisoformat(demo.marks["validated"]["on"])
        told.cancel(demo.marks["validated"]["reopened"], back_on)
    told.add(date.fromisoformat(demo.marks["invoice"]["on"]), bought)
    return told.total(start, end)


def period(demo: Demo) -> tuple[date, date]:
    """The whole years that hold what was done in front of the user."""
    steps = ("begin", "work", "validated", "invoice")
    days = [date.fromisoformat(demo.marks[step]["on"]) for step in steps]
    return date(min(days).year, 1, 1), date(max(days).year + 1, 1, 1)
