"""Invoices: those that wait, those that are booked, and the verb between them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import request, url_for

from base.basics import arguments, formats
from base.basics.i18n import _, _l, kept
from base.basics.sessions import Session
from base.face.views import verb_pages
from base.face.views.card_views import CardView
from base.rules.modules.actions import may
from energie import queries
from energie.domain.billing import Reason
from energie.domain.unit_codes import unit_in_words
from energie.models import DeliveryPoint, Invoice, InvoiceState
from energie.records import INVOICE
from energie.services import invoices
from energie.services.looking import look_at
from energie.views.offers import import_url

TABS: dict[str, tuple[Any, Callable[[], list[Any]]]] = {
    "waiting": (_l("En attente"), lambda: [Invoice.state == InvoiceState.WAITING]),
    "booked": (_l("Imputées"), lambda: [Invoice.state == InvoiceState.BOOKED]),
    "detached": (_l("Détachées"), lambda: [Invoice.state == InvoiceState.DETACHED]),
    "refused": (_l("Écartées"), lambda: [Invoice.state == InvoiceState.REFUSED]),
    "all": (_l("Toutes"), lambda: []),
}


class InvoiceView(CardView, card=INVOICE):
    """Suppliers' electronic invoices of energy and water."""

    list_template = "energie/invoices.html"
    show_template = "energie/invoice.html"
    exclude_route_methods = {"download", "add", "edit", "delete"}
    formatters = {
        "amount_ttc": lambda row: money(row.amount_ttc, row.currency),
        "waiting_reason": lambda row: reason_words(row.waiting_reason),
        "decision": lambda row: decision_words(row.decision),
    }

    def base_criteria(self) -> list[Any]:
        """What the tab asks for."""
        return TABS[self.tab()][1]()

    def tab(self) -> str:
        """The tab that the address asks for."""
        asked = request.args.get("tab", "all")
        return asked if asked in TABS else "all"

    def tabs(self) -> list[tuple[str, str, str]]:
        """Key, words and address of each tab."""
        return [
            (key, str(words), url_for("InvoiceView.list", tab=key, **self.look_kept()))
            for key, (words, _criteria) in TABS.items()
        ]

    def page_after(self, row: Invoice, *, refused: bool = False) -> str:
        """Its page; that of a refusal asks its questions at the point that was chosen."""
        point = request.form.get("point_id", "")
        asked = point if refused and point.isdecimal() else None
        return url_for("InvoiceView.show", pk=row.id, point_id=asked)

    def import_url(self) -> str | None:
        """Where an invoice is given; none without the right."""
        return import_url("invoices")

    def title_of(self, row: Invoice) -> str:
        """The heading of a record."""
        words = _("Avoir %(n)s") if row.amount_ttc < 0 else _("Facture %(n)s")
        return str(words) % {"n": row.number}

    def change_words(self, session: Session, name: str, value: Any) -> str:
        """A value of the trail in words; another invoice by its number."""
        if name in ("replaces_id", "counted_by_id") and value:
            other = queries.invoice(session, value)
            return str(other.number) if other is not None else _("une fiche d’une autre entité")
        if name == "decision" and value:
            return decision_words(str(value))
        return super().change_words(session, name, value)

    def record_context(self, session: Session, row: Invoice) -> dict[str, Any]:
        """Lines, shares with their ledger lines, and what may be done."""
        may_decide = row.state in (InvoiceState.WAITING, InvoiceState.DETACHED)
        asked = arguments.row(session, request.args, "point_id", DeliveryPoint)
        period = invoices.period_of(row)
        return {
            "booked": row.state == InvoiceState.BOOKED,
            "money": money,
            "price": price,
            "unit_in_words": unit_in_words,
            "reason_words": reason_words,
            "decision": decision_words(row.decision),
            "ledger": may("CostLineView.show"),
            "forms": verb_pages.forms(self.endpoint, row),
            "look": look_at(session, row, asked) if may_decide else None,
            "counted_by": queries.invoice(session, row.counted_by_id),
            "choices_url": url_for("InvoiceView.choices", column="point"),
            "named": queries.named_points(session, row),
            "how": self._how(session, row),
            "share_names": {s.asset_id: s.located for s in row.shares if s.located},
            "booked_days": period,
            "last_booked": period[1] - timedelta(days=1),
        }

    def _how(self, session: Session, row: Invoice) -> list[dict[str, Any]] | None:
        """How each share was made, by asset; nothing when the weights changed since."""
        parts = invoices.how_shared(session, row)
        if parts is None or row.point is None:
            return None
        lines: dict[int, list[Any]] = {}
        for part in parts:
            lines.setdefault(part.key or row.point.asset_id, []).append(part)
        return [{"share": share, "parts": lines.get(share.asset_id, [])} for share in row.shares]


def reason_words(code: str) -> str:
    """What people read for the code of a reason."""
    return str(Reason(code).word) if code else ""


def decision_words(decision: str) -> str:
    """A decision as people read it: programs find in it the codes of what was confirmed."""
    for code in Reason:  # in the language that the decision is kept in
        decision = re.sub(rf"(?<=[(, ]){code}(?=[,)])", kept(code.word), decision)
    return decision


def money(amount: Any, currency: str, decimals: int = 2) -> str:
    """An amount in its currency."""
    if currency == "EUR":
        return formats.euros(amount, decimals)
    return formats.quantity(amount, currency, decimals)


def price(amount: Decimal | None, currency: str) -> str:
    """A unit price with all its decimals, two at least; nothing for none."""
    if amount is None:
        return ""
    exponent = amount.normalize().as_tuple().exponent
    return money(amount, currency, max(2, -exponent) if isinstance(exponent, int) else 2)
