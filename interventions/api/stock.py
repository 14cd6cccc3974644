"""``/api/v1/store``, ``/item``: what is kept where, and what came in."""

from __future__ import annotations

from typing import Any

from base.basics.sessions import Session
from base.face.api.card_api import CardApi, columns_of
from interventions.models import Item, StockMove
from interventions.records import ITEM, STORE
from interventions.services import stock


class StoreApi(CardApi, card=STORE):
    """Stores, with what enters them."""

    made_columns = columns_of(StockMove)


class ItemApi(CardApi, card=ITEM):
    """Items."""

    def create(self, session: Session, values: dict[str, Any]) -> Item:
        """An item; bought at 20 % of tax unless said otherwise."""
        stock.require_tax(values.get("vat_rate"))
        return super().create(session, values)  # type: ignore[no-any-return]

    def update(self, session: Session, row: Item, values: dict[str, Any]) -> None:
        """Change an item; what was used before keeps its cost."""
        stock.require_tax(values.get("vat_rate"))
        super().update(session, row, values)
