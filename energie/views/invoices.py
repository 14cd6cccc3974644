"""Invoices: those that wait, those that are booked, and the verb between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from werkzeug.wrappers import Response

from base import arguments, clock, formats
from base.actions import may
from base.errors import DomainError
from base.i18n import _, _l
from base.sessions import unit_of_work
from base.views import ModuleView, ScopedInterface
from energie import queries
from energie.domain.unit_codes import unit_in_words
from energie.domain.words import Sign
from energie.models import DeliveryPoint, Invoice, InvoiceState
from energie.services import invoices
from energie.views.offers import import_url

#: Word, tone and icon of each state.
STATES = {
    InvoiceState.WAITING: Sign(_l("À rattacher"), "late", "link"),
    InvoiceState.BOOKED: Sign(_l("Imputée"), "ok", "check"),
}
TABS: dict[str, tuple[Any, Callable[[], list[Any]]]] = {
    "waiting": (_l("À rattacher"), lambda: [Invoice.state == InvoiceState.WAITING]),
    "booked": (_l("Imputées"), lambda: [Invoice.state == InvoiceState.BOOKED]),
    "all": (_l("Toutes"), lambda: []),
}


class InvoiceView(ModuleView):
    """Suppliers' electronic invoices of energy and water."""

    datamodel = ScopedInterface(Invoice)
    icon = "receipt"
    list_title = _l("Factures d’énergie")
    empty_text = _l("Aucune facture ici. Importez une facture Factur-X, CII ou UBL.")
    list_template = "energie/invoices.html"
    show_template = "energie/invoice.html"
    list_columns = ["number", "supplier_name", "issued_on", "amount_ttc", "state", "point"]
    show_columns = ["supplier_name", "supplier_siret", "buyer_name", "label", "syntax", "profile"]
    cartouche_columns = ["number", "supplier_name", "issued_on", "amount_ttc"]
    add_columns: list[str] = []
    edit_columns: list[str] = ["point"]
    search_columns = ["number", "supplier_name", "issued_on", "state", "point", "amount_ttc"]
    order_columns = ["number", "supplier_name", "issued_on", "amount_ttc", "state"]
    word_columns = ["number", "supplier_name"]
    default_order = "-issued_on"
    state_column = "state"
    exclude_route_methods = {"download", "add", "edit", "delete"}
    enums = {"state": lambda: [(s.value, str(STATES[s].word)) for s in InvoiceState]}
    formatters = {
        "issued_on": lambda row: formats.day(row.issued_on),
        "amount_ttc": lambda row: money(row.amount_ttc, row.currency),
    }
    label_columns = {
        "number": _l("Numéro"),
        "supplier_name": _l("Fournisseur"),
        "supplier_siret": _l("SIRET du fournisseur"),
        "buyer_name": _l("Client"),
        "label": _l("Fichier"),
        "syntax": _l("Forme"),
        "profile": _l("Profil"),
        "issued_on": _l("Date"),
        "amount_ttc": _l("Montant TTC"),
        "state": _l("État"),
        "point": _l("Point de livraison"),
        "point_id": _l("Point de livraison"),
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

    def import_url(self) -> str | None:
        """Where an invoice is given; none without the right."""
        return import_url("invoices")

    def signs(self, row: Invoice) -> list[Sign]:
        """The pill of a row."""
        return [STATES[InvoiceState(row.state)]]

    def title_of(self, row: Invoice) -> str:
        """The heading of a record."""
        words = _("Avoir %(n)s") if row.amount_ttc < 0 else _("Facture %(n)s")
        return str(words) % {"n": row.number}

    def record_context(self, session: Any, row: Invoice) -> dict[str, Any]:
        """Lines, shares with their ledger lines, and what may be done."""
        waiting = row.state == InvoiceState.WAITING
        return {
            "waiting": waiting,
            "money": money,
            "unit_in_words": unit_in_words,
            "ledger": may("CostLineView.show"),
            "may_attach": waiting and self.permitted("attach"),
            "may_detach": not waiting and self.permitted("detach"),
            "choices_url": url_for("DeliveryPointView.pick"),
            "named": queries.named_points(session, row),
            "how": self._how(session, row),
            "share_names": {s.asset_id: s.asset.name for s in row.shares if s.asset},
            "booked_days": invoices.period_of(row),
            "last_booked": invoices.period_of(row)[1] - timedelta(days=1),
        }

    def _how(self, session: Any, row: Invoice) -> list[dict[str, Any]] | None:
        """How each share was made, by asset; nothing when the weights changed since."""
        parts = invoices.how_shared(session, row)
        if parts is None or row.point is None:
            return None
        lines: dict[int, list[Any]] = {}
        for part in parts:
            lines.setdefault(part.key or row.point.asset_id, []).append(part)
        return [{"share": share, "parts": lines.get(share.asset_id, [])} for share in row.shares]

    def _act(self, pk: str, work: Any, done: str) -> Response:
        row = self.get_or_404(pk)
        back = url_for("InvoiceView.show", pk=row.id)
        try:
            with unit_of_work() as session:
                work(session, row)
        except DomainError as refusal:
            self._start_again()
            flash(str(refusal), "danger")
        else:
            flash(done, "success")
        return redirect(back)  # type: ignore[return-value]

    @expose("/attach/<pk>", methods=["POST"])
    @has_access
    def attach(self, pk: str) -> Response:
        """Say which delivery point the invoice is for; it is booked at once."""

        def work(session: Any, row: Invoice) -> None:
            point = arguments.required_row(session, request.form, "point_id", DeliveryPoint)
            invoices.attach_invoice(session, row, point)

        return self._act(pk, work, _("La facture est imputée."))

    @expose("/detach/<pk>", methods=["POST"])
    @has_access
    def detach(self, pk: str) -> Response:
        """Take the invoice off its point; its ledger lines are reversed."""
        return self._act(
            pk,
            lambda session, row: invoices.detach_invoice(session, row, on=clock.today()),
            _("La facture attend de nouveau, ses écritures sont annulées."),
        )


def money(amount: Any, currency: str) -> str:
    """An amount in its currency."""
    return formats.euros(amount) if currency == "EUR" else f"{formats.number(amount, 2)} {currency}"
