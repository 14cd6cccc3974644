"""``/api/v1/invoice``: invoices as received; a verb says which delivery point each is for."""

from __future__ import annotations

from typing import Any

from base.basics import clock
from base.basics.sessions import Session
from base.face.api import Arg, Flag, Json, Row, Text, verb
from base.face.api.card_api import CardApi
from energie.models import DeliveryPoint, Invoice
from energie.records import INVOICE
from energie.services import invoices
from energie.services.answers import answers_of


class InvoiceApi(CardApi, card=INVOICE):
    """Suppliers' electronic invoices; files are received by ``POST /api/v1/import/invoices``."""

    @verb(
        "attach",
        Row("point_id", DeliveryPoint, required=True),
        Arg("confirm", about="the codes of what was looked at, a list, or true for all of them"),
        Text("direction", 10, about="credit or debit, of what lowers or raises costs"),
        Row("replaces_id", Invoice, about="the invoice that it takes the place of"),
        Flag("replaces_none", about="it takes the place of none"),
        Json(
            "deposit_ids",
            {"type": "array", "items": {"type": "integer"}},
            about="the deposits that it counts, empty for none",
        ),
    )
    def attach(self, session: Session, row: Invoice, given: dict[str, Any]) -> None:
        """Book it on what a delivery point serves.

        What is doubtful is refused (409) with its sentence and codes until it is answered.
        """
        former = given["replaces_id"]
        told = {**given, "replaces_id": former.id if former is not None else None}
        invoices.attach_invoice(session, row, given["point_id"], answers=answers_of(session, told))

    @verb("detach")
    def detach(self, session: Session, row: Invoice, given: dict[str, Any]) -> None:
        """Take it off its delivery point; its ledger lines are reversed."""
        invoices.detach_invoice(session, row, on=clock.today())

    @verb("refuse", Text("reason", 500))
    def refuse(self, session: Session, row: Invoice, given: dict[str, Any]) -> None:
        """Set it aside, never to be booked."""
        invoices.refuse_invoice(session, row, reason=given["reason"])

    @verb("resume")
    def resume(self, session: Session, row: Invoice, given: dict[str, Any]) -> None:
        """Take up again what was set aside: it waits, with what is doubtful now."""
        invoices.resume_invoice(session, row)

    @verb("deposit", Row("settlement_id", Invoice, required=True))
    def deposit(self, session: Session, row: Invoice, given: dict[str, Any]) -> None:
        """Say that it is a deposit of a booked settlement, which counts it."""
        invoices.count_deposit(session, row, settlement=given["settlement_id"])
