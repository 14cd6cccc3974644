"""Stock: items with what a store holds of them; a quantity is brought there by moves."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select

from base.basics import clock
from base.basics.folding import code_key
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports.columns import column_from
from base.desk.imports.declaration import Importer
from base.desk.imports.engine import found_in
from base.desk.imports.rows import Record
from base.papers.tables import Column
from base.papers.tables.numbers import number
from base.papers.tables.texts import Cell, fold
from base.store.codes import respell
from interventions import services
from interventions.domain import MoveKind
from interventions.models import Item, StockLevel, StockMove, Store

FIRST_STORE = ("CENTRAL", _l("Magasin central"))


def percentage(value: Cell) -> Decimal | None:
    """A rate of tax: 20, 5,5, "20 %"."""
    return number(value, decimals=3, unit="%", low=0, high=100)


def _delivery(values: dict[str, Any]) -> tuple[date, Decimal, str]:
    """The day, the quantity and the words of a delivery, as its move keeps them."""
    note = values.get("note") or str(_("Import du stock"))
    return values["received_on"], values["received"], note[:200]


class StockImporter(Importer):
    """Items and what the stores hold of them.

    A quantity in the file is what was counted: the difference with what is recorded enters at
    the price of the row, or leaves at average cost. An entry is a dated delivery: it is added,
    and known again by its day, its quantity and its delivery note.
    """

    kind = "stock"
    title = _l("Stock")
    help = _l(
        "Référence, désignation, magasin, prix unitaire hors taxes, et la quantité comptée, ou "
        "l’entrée de tel jour."
    )
    match_keys = ("code", "store")
    telling = ("quantity", "received", "unit_cost_eur")
    record = "interventions_item"
    makes = ("interventions_store", "interventions_stock_move")
    icon = "packages"
    right = ("can_add", "ItemView")
    lists = ("interventions_stock_level",)
    #: What a list of the holdings lets change: what was counted.
    held = {"item.code": "code", "store.code": "store", "quantity": "quantity"}

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """What such a file holds."""
        of = partial(column_from, Item)
        return (
            of("code", "code | code article | article | ref | sku | réf.", required=True),
            of("name", "libellé | nom | description | intitulé"),
            of("unit", "unité de gestion | u"),
            column_from(StockMove, "store", "code magasin | dépôt | emplacement"),
            column_from(
                StockLevel,
                "quantity",
                "qté | stock | quantité en stock | quantite comptee | qte",
                low=0,
            ),
            column_from(
                StockMove,
                "quantity",
                "quantité reçue | quantité entrée | livré | réception",
                key="received",
                label=_l("Entrée"),
                low=0,
            ),
            column_from(
                StockMove,
                "date_on",
                "date d’entrée | date de livraison | date de réception | jour",
                key="received_on",
                label=_l("Reçu le"),
            ),
            column_from(
                StockMove,
                "label",
                "n° de bl | bl | n° de commande",
                key="note",
                label=_l("Bon de livraison"),
            ),
            column_from(
                StockMove,
                "unit_cost_eur",
                "prix | prix unitaire | coût unitaire | pu ht | pmp | pu | cout unitaire | prix ht",
                label=_l("Prix unitaire HT"),
                low=0,
            ),
            of("vat_rate", "tva | taux de tva", parse=percentage),
        )

    def list_key(self, model: Any, name: str, columns: Sequence[Column]) -> str | None:
        """Of the list of holdings, only the count comes back; its price is what was paid."""
        if model is StockLevel:
            return self.held.get(name)
        return super().list_key(model, name, columns)

    def identity(self, record: Record) -> Hashable | None:
        """A row is an item in a store, or one delivery of it."""
        values = record.values
        delivery = (
            (values.get("received_on"), values.get("note"))
            if values.get("received")
            else (None, None)
        )
        code_ = code_key(values.get("code") or "")
        return (code_, fold(values.get("store") or FIRST_STORE[0]), *delivery)

    def plan(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Find items and stores, compare names and quantities."""
        stores = {
            fold(word): key
            for key, code_, name in session.execute(
                select(Store.id, Store.code, Store.name).where(Store.entity_id == entity_id)
            )
            for word in (name, code_)
        }
        respell(session, Item, entity_id, records, "code")
        items = self._items(session, entity_id, {r.values["code"] for r in records})
        held = self._held(session, [item["id"] for item in items.values()])
        known = self._deliveries(session, [item["id"] for item in items.values()])
        for record in records:
            values = record.values
            word = values.get("store")
            store_id = stores.get(fold(word or FIRST_STORE[0]))
            if word and store_id is None:
                record.refuse(_("Le magasin « %(name)s » n’existe pas.", name=word), "store")
                continue
            item = items.get(values["code"])
            record.extra = {"store_id": store_id}
            new = {k: values[k] for k in ("name", "unit", "vat_rate") if values.get(k) is not None}
            counted = values.get("quantity")
            before = held.get((item["id"] if item else 0, store_id or 0), Decimal(0))
            received = values.get("received")
            # More than there was enters at the price of the row; a store that holds some already
            # knows what one is worth.
            rises = bool(received) or (counted is not None and counted > before == 0)
            if received and (values.get("received_on") is None or counted is not None):
                record.refuse(
                    _("Une entrée a son jour, et ne se donne pas avec une quantité comptée."),
                    "received_on",
                )
            elif rises and values.get("unit_cost_eur") is None:
                record.refuse(_("Une entrée en stock a un prix unitaire."), "unit_cost_eur")
            elif item is None and "name" not in new:
                record.refuse(_("Un nouvel article a une désignation."), "name")
            elif item is None:
                found = {"code": values["code"], **new}
                if counted:
                    found |= {"quantity": counted, "unit_cost_eur": values["unit_cost_eur"]}
                if received:
                    found["received"] = received
                record.creates(found)
            else:
                record.record_id, record.version = item["id"], item["version"]
                old = {**item, "quantity": before}
                if counted is not None:
                    new["quantity"] = counted
                if received and (item["id"], store_id, *_delivery(values)) not in known:
                    new["received"] = received
                if item["archived_on"] is not None:
                    new["archived_on"] = None  # a file that names it brings it back into use
                record.compare(old, new)

    def _items(
        self, session: Session, entity_id: int, codes: set[str]
    ) -> dict[str, dict[str, Any]]:
        names = ("id", "code", "version", "name", "unit", "vat_rate", "archived_on")
        own = select(*[getattr(Item, name) for name in names]).where(Item.entity_id == entity_id)
        return {row.code: dict(row._mapping) for row in found_in(session, own, Item.code, codes)}

    def _held(self, session: Session, item_ids: Sequence[int]) -> dict[tuple[int, int], Decimal]:
        levels = select(StockLevel.item_id, StockLevel.store_id, StockLevel.quantity)
        rows = found_in(session, levels, StockLevel.item_id, item_ids)
        return {(item_id, store_id): held for item_id, store_id, held in rows}

    def _deliveries(self, session: Session, item_ids: Sequence[int]) -> set[tuple[Any, ...]]:
        taken_back = select(StockMove.reverses_id).where(StockMove.reverses_id.is_not(None))
        names = ("item_id", "store_id", "date_on", "quantity", "label")
        moves = select(*[getattr(StockMove, name) for name in names]).where(
            StockMove.kind == MoveKind.RECEIPT, StockMove.id.not_in(taken_back)
        )
        return {tuple(row) for row in found_in(session, moves, StockMove.item_id, item_ids)}

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Make and change items, then move the differences."""
        stores = self._stores(session, entity_id, records)
        items: dict[str, Item] = {}
        for record in records:
            number_ = record.values["code"]
            row = (
                items.get(number_)
                or session.scalars(
                    select(Item).where(Item.entity_id == entity_id, Item.code == number_)
                ).first()
            )
            if row is None:
                row = Item(entity_id=entity_id, code=number_)
                session.add(row)
            items[number_] = row
            for name, (_old, value) in record.changes.items():
                if name in ("name", "unit", "vat_rate", "archived_on"):
                    setattr(row, name, value)
        session.flush()
        for record in records:
            row = items[record.values["code"]]
            record.record_id = row.id
            store = stores.get(record.extra["store_id"])
            if store is not None and {"quantity", "received"} & set(record.changes):
                store.archived_on = None
            if store is not None and "received" in record.changes:
                on, received, note = _delivery(record.values)
                services.receive(
                    session,
                    store,
                    row,
                    quantity=received,
                    unit_cost_eur=record.values["unit_cost_eur"],
                    date_on=on,
                    label=note,
                )
            elif store is not None and "quantity" in record.changes:
                self._move(session, store, row, record)

    def _stores(
        self, session: Session, entity_id: int, records: Sequence[Record]
    ) -> dict[int | None, Store]:
        found: dict[int | None, Store] = {
            row.id: row
            for row in session.scalars(select(Store).where(Store.entity_id == entity_id))
        }
        moving = {"quantity", "received"}
        if any(r.extra["store_id"] is None and moving & set(r.changes) for r in records):
            first = Store(entity_id=entity_id, code=FIRST_STORE[0], name=str(FIRST_STORE[1]))
            session.add(first)
            session.flush()
            found[None] = first
        return found

    def _move(self, session: Session, store: Store, item: Item, record: Record) -> None:
        counted = record.changes["quantity"][1]
        before = record.changes["quantity"][0] or Decimal(0)
        on = clock.today()
        price = record.values.get("unit_cost_eur")
        if counted > before and price is not None:
            services.receive(
                session,
                store,
                item,
                quantity=counted - before,
                unit_cost_eur=price,
                date_on=on,
                label=_("Import du stock"),
            )
        else:
            services.adjust(
                session, store, item, counted=counted, date_on=on, reason=_("Import du stock")
            )
