"""``/api/v1/store``, ``/item``, ``/stock_level``: what is kept where, and what came in."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from base import clock
from base.api import Day, Number, Row, Text, as_json, verb
from base.api.card_api import CardApi, api_of
from base.errors import InvalidInput
from base.i18n import _
from interventions import services
from interventions.models import Item, Store
from interventions.records import ITEM, LEVEL, STORE

MOVE_COLUMNS = [
    "id",
    "store_id",
    "item_id",
    "kind",
    "date_on",
    "quantity",
    "unit_cost_eur",
    "value_eur",
    "label",
]


class StoreApi(CardApi, card=STORE):
    """Stores, with what enters them."""

    @verb(
        "receive",
        Row("item_id", Item, required=True),
        Number("quantity", places=3, required=True),
        Number("unit_cost_eur", places=4, required=True, about="without tax"),
        Day("date_on"),
        Text("label", 200),
        answers=201,
    )
    def receive(self, session: Any, row: Store, given: dict[str, Any]) -> Response:
        """An entry."""
        move = services.receive(
            session,
            row,
            given["item_id"],
            quantity=given["quantity"],
            unit_cost_eur=given["unit_cost_eur"],
            date_on=given["date_on"] or clock.today(),
            label=given["label"],
        )
        return self.response(  # type: ignore[no-any-return]
            201, id=move.id, result=as_json(move, MOVE_COLUMNS)
        )

    @verb(
        "adjust",
        Row("item_id", Item, required=True),
        Number("counted", places=3, required=True),
        Day("date_on"),
        Text("reason", 200),
        answers=201,
    )
    def adjust(self, session: Any, row: Store, given: dict[str, Any]) -> Response:
        """A count; 200 when it was right and nothing moved."""
        move = services.adjust(
            session,
            row,
            given["item_id"],
            counted=given["counted"],
            date_on=given["date_on"] or clock.today(),
            reason=given["reason"],
        )
        if move is None:
            return self.response(  # type: ignore[no-any-return]
                200, message=_("La quantité était juste : rien n’a bougé.")
            )
        return self.response(  # type: ignore[no-any-return]
            201, id=move.id, result=as_json(move, MOVE_COLUMNS)
        )


class ItemApi(CardApi, card=ITEM):
    """Items."""

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


#: Read only, for a quantity is only ever moved.
StockLevelApi = api_of(LEVEL)
