"""``/api/v1/store``, ``/item``: what is kept where, and what came in."""

from __future__ import annotations

from typing import Any

from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.api.card_api import CardApi, columns_of
from interventions.models import Item, StockMove
from interventions.records import ITEM, STORE


class StoreApi(CardApi, card=STORE):
    """Stores, with what enters them."""

    made_columns = columns_of(StockMove)


class ItemApi(CardApi, card=ITEM):
    """Items."""

    def create(self, session: Session, values: dict[str, Any]) -> Item:
        """An item; bought at 20 % of tax unless said otherwise."""
        _check_rate(values)
        return super().create(session, values)  # type: ignore[no-any-return]

    def update(self, session: Session, row: Item, values: dict[str, Any]) -> None:
        """Change an item; what was used before keeps its cost."""
        _check_rate(values)
        super().update(session, row, values)


def _check_rate(values: dict[str, Any]) -> None:
    rate = values.get("vat_rate")
    if rate is not None and not 0 <= rate <= 100:
        raise InvalidInput.at("vat_rate", _("Le taux de TVA est un pourcentage, de 0 à 100."))
