"""What the stores hold, and where an item is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import selectinload

from base.basics.sessions import Session
from interventions.models import Item, StockLevel, Store


def stock_level(
    session: Session, store: Store, item: Item, *, lock: bool = False
) -> StockLevel | None:
    """What the store holds of the item, fresh and held when ``lock``; None when never moved."""
    found = select(StockLevel).where(StockLevel.store_id == store.id, StockLevel.item_id == item.id)
    if lock:
        found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalar(found)


def stores_holding(session: Session, item: Item) -> Sequence[Store]:
    """The stores that hold some of the item."""
    return session.scalars(
        select(Store)
        .join(StockLevel, StockLevel.store_id == Store.id)
        .where(StockLevel.item_id == item.id, StockLevel.quantity > 0)
        .order_by(Store.id)
    ).all()


def items_in_stock(
    session: Session, entity_id: int, text: str = "", *, limit: int = 20
) -> Sequence[StockLevel]:
    """What the stores of an authority hold, found by code or name."""
    found = (
        select(StockLevel)
        .join(Item, Item.id == StockLevel.item_id)
        .where(
            StockLevel.entity_id == entity_id, StockLevel.quantity > 0, Item.archived_on.is_(None)
        )
        .options(selectinload(StockLevel.item), selectinload(StockLevel.store))
        .order_by(Item.name, StockLevel.id)
        .limit(limit)
    )
    if text:
        found = found.where(
            or_(
                Item.code.icontains(text, autoescape=True),
                Item.name.icontains(text, autoescape=True),
            )
        )
    return session.scalars(found).all()


def item_ids_named(text: str) -> Select[int]:
    """The ids of items whose code or name has the text."""
    return select(Item.id).where(
        or_(Item.code.icontains(text, autoescape=True), Item.name.icontains(text, autoescape=True))
    )
