"""What the generated commune cost, counted again from the files alone.

Neither the ledger nor the importers are asked: hours by the rates of the file of agents, parts
by a replay of the deliveries and of what was taken, suppliers' bills and electronic invoices as
they are written.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from reports.demonstration.commune import Files
from reports.demonstration.commune.ground import load

_CENT, _PRICE = Decimal("0.01"), Decimal("0.0001")
_TOTAL = re.compile(r"<ram:GrandTotalAmount>([0-9.]+)</")
_ISSUED = re.compile(r"<ram:IssueDateTime>.*?>(\d{8})</", re.S)
_POINT = re.compile(r"PRM (\d{14})<")


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


@dataclass
class Recount:
    """Costs by day, and what the stores hold while they are counted."""

    costs: list[tuple[date, Decimal]] = field(default_factory=list)
    #: Costs of each order by its former number.
    of_order: dict[str, list[tuple[date, Decimal]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    #: Item -> quantity and value.
    held: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    taxes: dict[str, Decimal] = field(default_factory=dict)
    #: Agent -> (since, rate), oldest first.
    rates: dict[str, list[tuple[date, Decimal]]] = field(default_factory=lambda: defaultdict(list))

    def total(self, start: date, end: date) -> Decimal:
        """What the days from ``start`` to ``end``, left out, cost with tax."""
        return sum((cost for on, cost in self.costs if start <= on < end), Decimal("0.00"))

    def add(self, on: date, cost: Decimal, order: str = "") -> None:
        """Count a cost."""
        self.costs.append((on, cost))
        if order:
            self.of_order[order].append((on, cost))

    def rate(self, agent: str, on: date) -> Decimal:
        """What an hour of the agent costs on the day."""
        return [rate for since, rate in self.rates[agent] if since <= on][-1]

    def take(self, item: str, quantity: Decimal) -> Decimal:
        """What parts cost with tax, at the average of what is held."""
        held, value = self.held[item]
        average = (value / held).quantize(_PRICE, ROUND_HALF_UP)
        cost = value if quantity == held else min(value, _cents(quantity * average))
        self.held[item] = (held - quantity, value - cost)
        return cost + _cents(cost * self.taxes[item] / 100)

    def cancel(self, order: str, on: date) -> None:
        """Take back on a day what an order cost."""
        for _day_of, cost in list(self.of_order[order]):
            self.costs.append((on, -cost))


def recount(files: Files) -> Recount:
    """All that the files of the history tell, in the order of their import."""
    found = Recount()
    readers: dict[str, Callable[[Recount, Path], None]] = {
        "agents": _agents,
        "stock": _deliveries,
        "work-orders": _orders,
        "invoices": lambda sheet, path: _invoices(sheet, path, known),
    }
    known = {
        row["Point de livraison"]
        for kind, name in files.history
        if kind == "meters"
        for row in load(files.path(name))
    }
    for kind, name in files.history:
        if kind in readers:
            readers[kind](found, files.path(name))
    return found


def _agents(found: Recount, path: Path) -> None:
    for row in load(path):
        found.rates[row["Matricule"]].append(
            (_day(row["Date d’effet"]), _number(row["Taux horaire"]))
        )


def _deliveries(found: Recount, path: Path) -> None:
    for row in load(path):
        item, quantity = row["Référence"], _number(row["Entrée"])
        held, value = found.held.get(item, (Decimal(0), Decimal(0)))
        cost = _cents(quantity * _number(row["Prix unitaire HT"]))
        found.held[item] = (held + quantity, value + cost)
        found.taxes[item] = _number(row["TVA"])


def _orders(found: Recount, path: Path) -> None:
    for row in load(path):
        order = row["N° intervention"]
        if row.get("Heures"):
            on = _day(row["Jour"])
            cost = _cents(_number(row["Heures"]) * found.rate(row["Matricule"], on))
            found.add(on, cost, order)
        if row.get("Quantité"):
            cost = found.take(row["Article"], _number(row["Quantité"]))
            found.add(_day(row["Jour"]), cost, order)
        if row.get("Montant HT"):
            amount = _number(row["Montant HT"])
            tax = _cents(amount * _number(row["TVA"]) / 100)
            found.add(_day(row["Jour"]), amount + tax, order)


def _invoices(found: Recount, path: Path, known: set[str]) -> None:
    for text in _texts(path):
        point = _POINT.search(text)
        if point is not None and point[1] in known:
            found.add(*_bill(text))


def _texts(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield archive.read(name).decode("utf-8")


def _bill(text: str) -> tuple[date, Decimal]:
    total, issued = _TOTAL.search(text), _ISSUED.search(text)
    if total is None or issued is None:
        raise ValueError("an invoice of the demonstration has no total")
    return datetime.strptime(issued[1], "%Y%m%d").date(), Decimal(total[1])
