"""Stores, items, what is held and what moved."""

from __future__ import annotations

from typing import Any

from base.basics import formats
from base.basics.i18n import _l
from base.basics.sessions import Session
from base.face.views import verb_pages
from base.face.views.card_views import CardView, view_of
from interventions import queries
from interventions.domain import MoveKind
from interventions.models import StockLevel, StockMove, Store
from interventions.records import ITEM, LEVEL, MOVE, STORE
from interventions.services import stock


class ItemView(CardView, card=ITEM):
    """Items."""

    formatters = {"vat_rate": lambda row: formats.percent(row.vat_rate / 100)}

    def create(self, session: Session, values: dict[str, Any]) -> Any:
        """An item; bought at 20 % of tax unless said otherwise."""
        stock.require_tax(values.get("vat_rate"))
        return super().create(session, values)

    def update(self, session: Session, row: Any, values: dict[str, Any]) -> None:
        """Change an item; what was used before keeps its cost."""
        stock.require_tax(values.get("vat_rate"))
        super().update(session, row, values)


StoreView = view_of(STORE)


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

    label_columns = {"item.code": _l("Référence"), "store.code": _l("Code du magasin")}

    def title_of(self, row: StockLevel) -> str:
        """The item and where it is kept."""
        return f"{row.item} · {row.store}"


class StockMoveView(_Stocked, card=MOVE):
    """What moved."""

    def title_of(self, row: StockMove) -> str:
        """What moved, and when."""
        kind = str(MoveKind(row.kind).word)
        return f"{kind} · {row.item} · {formats.day(row.date_on)}"


def store_section(session: Session, row: Store) -> dict[str, Any]:
    """The forms of entries and counts."""
    return {"row": row, "forms": verb_pages.forms("StoreView", row)}
