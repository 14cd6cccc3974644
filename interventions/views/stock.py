"""Stores, items, what is held and what moved."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from werkzeug.wrappers import Response

from base import arguments, clock, formats
from base.actions import may
from base.api import idempotent
from base.errors import DomainError
from base.i18n import _, _l
from base.sessions import unit_of_work
from base.views.card_views import CardView
from interventions import queries, services
from interventions.domain import MoveKind
from interventions.models import Item, StockLevel, StockMove, Store
from interventions.records import ITEM, LEVEL, MOVE, STORE


class ItemView(CardView, card=ITEM):
    """Items."""

    formatters = {"vat_rate": lambda row: formats.percent(row.vat_rate / 100)}


class StoreView(CardView, card=STORE):
    """Stores."""

    def _moved(self, pk: str, work: Any) -> Response:
        """A move of stock, once per form: a delivery pressed twice came once."""
        row = self.get_or_404(pk)
        back = url_for("StoreView.show", pk=row.id)

        def once() -> Response:
            try:
                with unit_of_work() as session:
                    done = work(session, row)
            except DomainError as refusal:
                self._start_again()
                flash(str(refusal), "danger")
            else:
                flash(done, "success")
            return redirect(back)  # type: ignore[return-value]

        return idempotent(once)

    @expose("/receive/<pk>", methods=["POST"])
    @has_access
    def receive(self, pk: str) -> Response:
        """An entry at its price."""
        form = request.form

        def work(session: Any, row: Store) -> str:
            item = arguments.required_row(session, form, "item", Item)
            services.receive(
                session,
                row,
                item,
                quantity=arguments.required_decimal(form, "quantity", places=3),
                unit_cost_eur=arguments.required_decimal(form, "unit_cost_eur", places=4),
                date_on=arguments.day(form, "date_on") or clock.today(),
                label=arguments.text(form, "label", 200),
            )
            return _("« %(item)s » est entré en stock.", item=item.name)

        return self._moved(pk, work)

    @expose("/adjust/<pk>", methods=["POST"])
    @has_access
    def adjust(self, pk: str) -> Response:
        """A count with its reason."""
        form = request.form

        def work(session: Any, row: Store) -> str:
            item = arguments.required_row(session, form, "item", Item)
            move = services.adjust(
                session,
                row,
                item,
                counted=arguments.required_decimal(form, "counted", places=3),
                date_on=arguments.day(form, "date_on") or clock.today(),
                reason=arguments.text(form, "reason", 200),
            )
            if move is None:
                return _("La quantité était juste : rien n’a bougé.")
            return _("Le stock de « %(item)s » est ajusté.", item=item.name)

        return self._moved(pk, work)


class _Stocked(CardView):
    """What only verbs write: goods, by the names of articles."""

    formatters = {
        "quantity": lambda row: row.quantity.normalize(),
        "unit_cost_eur": lambda row: formats.euros(row.unit_cost_eur, 4),
    }

    def words(self, text: str) -> Any:
        """By the item's code or name."""
        return self.card.model.item_id.in_(queries.item_ids_named(text))


class StockLevelView(_Stocked, card=LEVEL):
    """What the stores hold."""

    label_columns = {
        "item.code": _l("Référence"),
        "store.code": _l("Code du magasin"),
    }

    def title_of(self, row: StockLevel) -> str:
        """The item and where it is kept."""
        return f"{row.item} · {row.store}"


class StockMoveView(_Stocked, card=MOVE):
    """What moved."""

    def title_of(self, row: StockMove) -> str:
        """What moved, and when."""
        kind = str(MoveKind(row.kind).word)
        return f"{kind} · {row.item} · {formats.day(row.date_on)}"


def store_section(session: Any, row: Store) -> dict[str, Any]:
    """The forms of entries and counts."""
    return {
        "row": row,
        "today": clock.today(),
        "may_receive": may("StoreView.receive"),
        "may_adjust": may("StoreView.adjust"),
    }
