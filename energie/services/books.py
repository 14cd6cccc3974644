"""The invoices, and the readings, that others are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from base.basics.sessions import Session
from energie import queries
from energie.domain.billing import Bill
from energie.domain.invoice_identity import base_key
from energie.models import DeliveryPoint, Invoice, InvoiceState


class Books:
    """What invoices are compared with, read at once for all of a file."""

    def __init__(
        self,
        session: Session,
        invoices: Sequence[Invoice],
        points: Sequence[DeliveryPoint | None],
    ) -> None:
        self.session = session
        #: What the person says that this invoice stands for; None when they said nothing.
        self.aside: frozenset[tuple[str, str]] | None = None
        self._on_point: dict[int, list[Bill]] = {}
        self._numbered: dict[str, list[Bill]] = {}
        self._linked: dict[str, list[Bill]] = {}
        self._counted: set[int] = set()
        if not invoices:
            return
        entity_id = invoices[0].entity_id
        ids = {point.id for point in points if point is not None}
        for bill in queries.bills_of_points(session, entity_id, ids):
            self._on_point.setdefault(bill.point_id or 0, []).append(bill)
        keys = {base_key(invoice.number_key) for invoice in invoices}
        keys |= {invoice.number_key for invoice in invoices}
        keys |= {queries.bill_of(invoice).replaces_key for invoice in invoices}
        keys |= {invoice.preceding_key or "" for invoice in invoices}
        keys -= {""}
        known: set[str] = set()
        while keys:  # what is replaced may replace another itself
            bills = queries.bills_numbered(session, entity_id, keys)
            for bill in bills:
                self._numbered.setdefault(base_key(bill.number_key), []).append(bill)
            known |= keys
            keys = {bill.replaces_key for bill in bills} - known - {""}
        suppliers = {invoice.supplier_key for invoice in invoices}
        for bill in queries.bills_linked(session, entity_id, suppliers):
            self._linked.setdefault(bill.supplier_key, []).append(bill)
        self._counted = queries.kwh_points(session, sorted(ids))

    def add(self, invoice: Invoice, point: DeliveryPoint | None) -> None:
        """Count an invoice of the same file: with its point when it is to be booked there."""
        bill = queries.bill_of(invoice)
        if point is not None:
            bill = bill._replace(state=InvoiceState.BOOKED, point_id=point.id)
        self._numbered.setdefault(base_key(bill.number_key), []).append(bill)
        self._linked.setdefault(bill.supplier_key, []).append(bill)
        if bill.state == InvoiceState.BOOKED and bill.point_id is not None:
            self._on_point.setdefault(bill.point_id, []).append(bill)

    def on_point(self, point_id: int, but: Bill) -> list[Bill]:
        """The booked invoices of a point, one left out."""
        return [bill for bill in self._on_point.get(point_id, []) if bill.key != but.key]

    def numbered(self, but: Bill) -> list[Bill]:
        """The invoices of the same number that were not set aside, the one itself left out."""
        return [
            bill
            for bill in self._numbered.get(base_key(but.number_key), [])
            if bill.key != but.key and bill.state != InvoiceState.REFUSED
        ]

    def linked(self, but: Bill) -> list[Bill]:
        """Deposits, settlements and replacements of the same supplier, one left out."""
        return [b for b in self._linked.get(but.supplier_key, []) if b.key != but.key]

    def named(self, bill: Bill, key: str) -> Bill | None:
        """The invoice of the same supplier that a number names, when it is here."""
        found = [
            one
            for one in self._numbered.get(base_key(key), [])
            if one.supplier_key == bill.supplier_key and one.key != bill.key
        ]
        return found[0] if key and found else None

    def replaced_by(self, bill: Bill) -> Bill | None:
        """The invoice that a replacing one names, when it is here."""
        return self.named(bill, bill.replaces_key)

    def replaced(self, bill: Bill) -> list[Bill]:
        """All that a replacing invoice takes the place of, the one that it names first."""
        former = self.replaced_by(bill)
        return [] if former is None else self.in_place_of(former, but=bill)

    def in_place_of(self, former: Bill, *, but: Bill) -> list[Bill]:
        """What has to leave the costs for an invoice to take the place of ``former``.

        Where another took that place before, it is that one which leaves; where the former does
        not count and was to replace another, that other leaves with it.
        """
        found: list[Bill] = []
        seen = {but.key}
        one: Bill | None = former
        while one is not None and one.key not in seen:
            seen.add(one.key)
            later = self.counted_by(one)
            if later is not None and later.replaces_key == base_key(one.number_key):
                one = later
                continue
            found.append(one)
            one = None if one.state == InvoiceState.BOOKED else self.replaced_by(one)
        return found

    def counted_by(self, bill: Bill) -> Bill | None:
        """The invoice that stands for another in the costs."""
        if bill.counted_by_id is None:
            return None
        found = self.session.get(Invoice, bill.counted_by_id)
        return queries.bill_of(found) if found is not None else None

    def read_kwh(self, point_id: int, start: date, end: date) -> tuple[Decimal, Decimal] | None:
        """What was read at a point over the days billed."""
        if point_id not in self._counted:
            return None
        return queries.measured_kwh(self.session, point_id, start=start, end=end)
