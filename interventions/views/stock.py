"""Stores, items, what is held and what moved."""

from __future__ import annotations

from typing import Any

from base import formats
from base.i18n import _l
from base.views import ModuleView, ScopedInterface, verb_pages
from interventions import queries
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
    list_columns = ["code", "name"]
    show_columns = ["code", "name"]
    add_columns = ["code", "name"]
    edit_columns = ["code", "name", "archived_on"]
    search_columns = ["code", "name"]
    order_columns = ["code", "name"]
    word_columns = ["code", "name"]
    default_order = "code"


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
    return {"row": row, "forms": verb_pages.forms("StoreView", row)}
