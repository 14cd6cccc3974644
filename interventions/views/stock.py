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
from base.views import ModuleView, ScopedInterface
from interventions import queries, services
from interventions.domain import MoveKind
from interventions.models import Item, StockLevel, StockMove, Store


class ItemView(ModuleView):
    """Items."""

    datamodel = ScopedInterface(Item)
    icon = "box"
    list_title = _l("Articles")
    add_title = _l("Nouvel article")
    edit_title = _l("Modifier l’article")
    empty_text = _l("Aucun article : importez votre stock, ou ajoutez-en un.")
    list_columns = ["code", "name", "unit", "vat_rate"]
    show_columns = ["code", "name", "unit", "vat_rate"]
    add_columns = ["code", "name", "unit", "vat_rate"]
    edit_columns = ["code", "name", "unit", "vat_rate", "archived_on"]
    search_columns = ["code", "name"]
    order_columns = ["code", "name"]
    word_columns = ["code", "name"]
    default_order = "code"
    formatters = {"vat_rate": lambda row: formats.percent(row.vat_rate / 100)}

    def create(self, session: Any, values: dict[str, Any]) -> Item:
        """An item; what is left empty takes its usual value."""
        return super().create(session, {k: v for k, v in values.items() if v is not None})


class StoreView(ModuleView):
    """Stores."""

    datamodel = ScopedInterface(Store)
    icon = "home"
    list_title = _l("Magasins")
    add_title = _l("Nouveau magasin")
    edit_title = _l("Modifier le magasin")
    right_words = {
        "can_adjust": _l("corriger le stock"),
        "can_receive": _l("recevoir des articles"),
    }
    list_columns = ["code", "name"]
    show_columns = ["code", "name"]
    add_columns = ["code", "name"]
    edit_columns = ["code", "name", "archived_on"]
    search_columns = ["code", "name"]
    order_columns = ["code", "name"]
    word_columns = ["code", "name"]
    default_order = "code"

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


class _ReadOnly(ModuleView):
    """What only verbs write."""

    exclude_route_methods = {"download", "add", "edit", "delete"}
    add_columns: list[str] = []
    edit_columns: list[str] = []


class StockLevelView(_ReadOnly):
    """What the stores hold."""

    datamodel = ScopedInterface(StockLevel)
    icon = "packages"
    list_title = _l("Stock")
    empty_text = _l("Rien en stock : faites entrer une livraison depuis un magasin.")
    list_columns = ["item", "store", "quantity", "unit_cost_eur", "value_eur"]
    identity = ["item.code", "store.code"]
    show_columns = ["item", "store", "quantity", "unit_cost_eur", "value_eur"]
    search_columns = ["item", "store", "quantity"]
    order_columns = ["quantity", "value_eur"]
    formatters = {
        "quantity": lambda row: row.quantity.normalize(),
        "unit_cost_eur": lambda row: formats.euros(row.unit_cost_eur, 4),
    }
    label_columns = {
        "item.code": _l("Référence"),
        "store.code": _l("Code du magasin"),
    }

    def title_of(self, row: StockLevel) -> str:
        """The item and where it is kept."""
        return f"{row.item} · {row.store}"

    def words(self, text: str) -> Any:
        """By the item's code or name."""
        return StockLevel.item_id.in_(queries.item_ids_named(text))


class StockMoveView(_ReadOnly):
    """What moved."""

    datamodel = ScopedInterface(StockMove)
    icon = "arrows-exchange"
    list_title = _l("Mouvements de stock")
    list_columns = ["date_on", "kind", "item", "store", "quantity", "value_eur", "label"]
    show_columns = [
        "date_on", "kind", "item", "store", "quantity", "unit_cost_eur", "value_eur", "label",
    ]
    search_columns = ["item", "store", "kind", "date_on"]
    order_columns = ["date_on"]
    default_order = "-id"
    formatters = {
        "quantity": lambda row: row.quantity.normalize(),
        "unit_cost_eur": lambda row: formats.euros(row.unit_cost_eur, 4),
    }

    def title_of(self, row: StockMove) -> str:
        """What moved, and when."""
        kind = str(MoveKind(row.kind).word)
        return f"{kind} · {row.item} · {formats.day(row.date_on)}"

    def words(self, text: str) -> Any:
        """By the item's code or name."""
        return StockMove.item_id.in_(queries.item_ids_named(text))


def store_section(session: Any, row: Store) -> dict[str, Any]:
    """The forms of entries and counts."""
    return {
        "row": row,
        "today": clock.today(),
        "may_receive": may("StoreView.receive"),
        "may_adjust": may("StoreView.adjust"),
    }
