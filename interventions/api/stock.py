"""``/api/v1/store``, ``/item``, ``/stock_level``: what is kept where, and what came in."""

from __future__ import annotations

from typing import Any

from base.api import ModuleApi
from base.errors import InvalidInput
from base.i18n import _
from base.views import ScopedInterface
from interventions.models import Item, StockLevel, StockMove, Store

MOVE_COLUMNS = "id store_id item_id kind date_on quantity unit_cost_eur value_eur label".split()


class StoreApi(ModuleApi):
    """Stores, with what enters them."""

    resource_name = "store"
    datamodel = ScopedInterface(Store)
    list_columns = ["id", "code", "name", "entity_id", "archived_on"]
    show_columns = [*list_columns, "version"]
    add_columns = ["entity_id", "code", "name"]
    edit_columns = ["name", "archived_on"]
    search_columns = ["id", "code", "name"]
    order_columns = ["id", "code", "name"]
    exclude_route_methods = {"delete"}

    made_columns = {StockMove: MOVE_COLUMNS}


class ItemApi(ModuleApi):
    """Items."""

    resource_name = "item"
    datamodel = ScopedInterface(Item)
    list_columns = ["id", "code", "name", "unit", "vat_rate", "entity_id", "archived_on"]
    show_columns = [*list_columns, "version"]
    add_columns = ["entity_id", "code", "name", "unit", "vat_rate"]
    edit_columns = ["name", "unit", "vat_rate", "archived_on"]
    search_columns = ["id", "code", "name"]
    order_columns = ["id", "code", "name"]
    exclude_route_methods = {"delete"}

    def create(self, session: Any, values: dict[str, Any]) -> Item:
        """An item; bought at 20 % of tax unless said otherwise."""
        _check_rate(values)
        return super().create(session, values)  # type: ignore[no-any-return]

    def update(self, session: Any, row: Item, values: dict[str, Any]) -> None:
        """Change an item; what was used before keeps its cost."""
        _check_rate(values)
        super().update(session, row, values)


def _check_rate(values: dict[str, Any]) -> None:
    rate = values.get("vat_rate")
    if rate is not None and not 0 <= rate <= 100:
        words = _("Le taux de TVA est un pourcentage, de 0 à 100.")
        raise InvalidInput(words, {"vat_rate": words})


class StockLevelApi(ModuleApi):
    """What the stores hold; read only, for a quantity is only ever moved."""

    resource_name = "stock_level"
    datamodel = ScopedInterface(StockLevel)
    list_columns = ["id", "store_id", "item_id", "quantity", "value_eur", "unit_cost_eur"]
    show_columns = list_columns
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = ["id", "store_id", "item_id", "quantity"]
    order_columns = ["id", "quantity"]
    exclude_route_methods = {"post", "put", "delete"}
