"""What enters and leaves the stores; a quantity is only ever moved, never edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from base.basics import clock, facts
from base.basics.errors import DomainError, InvalidInput
from base.basics.formats import number
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.rules.rights import retired
from base.rules.verbs import Ask, Door, verb
from interventions import domain, queries
from interventions.domain import MoveKind
from interventions.models import Item, StockLevel, StockMove, Store

for _kind in (Store, Item):
    retired.retires(_kind)
# What left a store goes back to where it was, closed or not.
retired.dated(StockMove, lambda row: retired.follows(row) if row.reverses_id else row.date_on)


class NotEnough(DomainError):
    """The store holds less than is asked."""


def _above_zero(quantity: Decimal) -> None:
    if quantity <= 0:
        raise InvalidInput.at("quantity", _("La quantité est supérieure à zéro."))


def require_tax(vat_rate: Decimal | None) -> None:
    """Refuse an item a rate of tax that is no percentage; None was not told.

    Raises:
        InvalidInput: it is not within 0 and 100.
    """
    if vat_rate is not None and not 0 <= vat_rate <= 100:
        raise InvalidInput.at("vat_rate", _("Le taux de TVA est un pourcentage, de 0 à 100."))


def nothing_of(store: Store, item: Item) -> StockLevel:
    """What a store holds of an item that never entered it."""
    zero = Decimal("0.00")
    return StockLevel(
        entity_id=store.entity_id, store=store, item=item, quantity=zero, value_eur=zero
    )


def _level(session: Session, store: Store, item: Item) -> StockLevel:
    level = queries.stock_level(session, store, item, lock=True)
    if level is None:
        level = nothing_of(store, item)
        session.add(level)
    return level


def _moved(
    level: StockLevel,
    kind: MoveKind,
    *,
    quantity: Decimal,
    value_eur: Decimal,
    unit_cost_eur: Decimal,
    date_on: date,
    label: str,
    reverses: StockMove | None = None,
    typed: Sequence[str] = ("quantity",),
) -> StockMove:
    """A move that the level follows; not yet in the session.

    Raises:
        InvalidInput: the day is ahead, or the store would hold more than is kept: beside the
            fields ``typed``.
    """
    facts.require_past({"date_on": date_on})
    held = level.holding.receive(quantity, value_eur)
    # What leaves is never refused: it was held.
    if quantity > 0 and domain.too_much(value_eur, held.quantity, held.value_eur):
        words = _(
            "« %(item)s » : la quantité ou la valeur en stock atteindrait mille milliards. "
            "Vérifiez la quantité et le prix unitaire.",
            item=level.item.name,
        )
        raise InvalidInput(words, dict.fromkeys(typed, words))
    level.quantity, level.value_eur = held.quantity, held.value_eur
    return StockMove(
        entity_id=level.entity_id,
        store=level.store,
        item=level.item,
        kind=kind,
        date_on=date_on,
        quantity=quantity,
        unit_cost_eur=unit_cost_eur,
        value_eur=value_eur,
        label=label.strip()[:200],
        reverses_id=reverses.id if reverses else None,
    )


def _write(session: Session, move: StockMove) -> StockMove:
    session.add(move)
    session.flush()
    return move


_ITEM = Ask(choices="StockLevelView.item")


def _received(store: Store, move: StockMove, values: Mapping[str, Any]) -> str:
    return _("« %(item)s » est entré en stock.", item=move.item.name)


def _adjusted(store: Store, move: StockMove | None, values: Mapping[str, Any]) -> str:
    if move is None:
        return _("La quantité était juste : rien n’a bougé.")
    return _("Le stock de « %(item)s » est ajusté.", item=move.item.name)


@verb(
    Store,
    _l("Faire entrer une livraison"),
    "package",
    doors=Door.DESK | Door.REST,
    asks={
        "item": _ITEM,
        "unit_cost_eur": Ask(_l("Prix unitaire HT"), about="without tax"),
        "date_on": Ask(first=lambda row: clock.today()),
        "label": Ask(_l("Bon de livraison")),
    },
    button=_l("Faire entrer"),
    said=_received,
)
def receive(
    session: Session,
    store: Store,
    item: Item,
    *,
    quantity: Decimal,
    unit_cost_eur: Decimal,
    date_on: date | None = None,
    label: str = "",
) -> StockMove:
    """An entry at its price without tax; the average cost follows.

    Raises:
        InvalidInput: the quantity is not above zero, the price below zero, both beyond what is
            kept, or the day ahead.
    """
    _above_zero(quantity)
    if unit_cost_eur < 0:
        raise InvalidInput.at("unit_cost_eur", _("Le prix unitaire n’est pas négatif."))
    move = _moved(
        _level(session, store, item),
        MoveKind.RECEIPT,
        quantity=quantity,
        value_eur=domain.to_cent(quantity * unit_cost_eur),
        unit_cost_eur=unit_cost_eur,
        date_on=date_on or clock.today(),
        label=label,
        typed=("quantity", "unit_cost_eur"),
    )
    return _write(session, move)


def issue(
    session: Session, store: Store, item: Item, *, quantity: Decimal, date_on: date, label: str
) -> StockMove:
    """An exit at weighted average cost.

    Raises:
        NotEnough: the store holds less.
        InvalidInput: the quantity is not above zero, or the day is ahead.
    """
    level = _level(session, store, item)
    return _write(session, taken_from(level, quantity=quantity, date_on=date_on, label=label))


def taken_from(level: StockLevel, *, quantity: Decimal, date_on: date, label: str) -> StockMove:
    """An exit, as ``issue``; not yet in the session."""
    _above_zero(quantity)
    held = level.holding
    if quantity > held.quantity:
        raise NotEnough(
            _(
                "« %(item)s » : il en reste %(held)s au magasin « %(store)s », "
                "%(asked)s sont demandés.",
                item=level.item.name,
                held=number(held.quantity.normalize()),
                store=level.store.name,
                asked=number(quantity.normalize()),
            )
        )
    return _moved(
        level,
        MoveKind.ISSUE,
        quantity=-quantity,
        value_eur=-held.issue_value(quantity),
        unit_cost_eur=held.unit_cost_eur,
        date_on=date_on,
        label=label,
    )


def take_back(session: Session, move: StockMove, *, date_on: date) -> StockMove:
    """The opposite of a move: what left comes back at the value it left with."""
    back = _moved(
        _level(session, move.store, move.item),
        MoveKind.RETURN,
        quantity=-move.quantity,
        value_eur=-move.value_eur,
        unit_cost_eur=move.unit_cost_eur,
        date_on=date_on,
        label=move.label,
        reverses=move,
    )
    return _write(session, back)


@verb(
    Store,
    _l("Corriger après comptage"),
    "pencil",
    doors=Door.DESK | Door.REST,
    asks={
        "item": _ITEM,
        "counted": Ask(_l("Quantité comptée"), places=3),
        "reason": Ask(_l("Motif"), limit=200),
        "date_on": Ask(shown=False),
    },
    button=_l("Ajuster"),
    said=_adjusted,
)
def adjust(
    session: Session,
    store: Store,
    item: Item,
    *,
    counted: Decimal,
    reason: str,
    date_on: date | None = None,
) -> StockMove | None:
    """Bring the quantity to what was counted, at average cost; None when it was right.

    Raises:
        InvalidInput: no reason is given, the count is below zero or beyond what is kept, or
            its day is ahead.
    """
    if counted < 0 or not reason.strip():
        words = _("Un ajustement demande la quantité comptée et un motif.")
        raise InvalidInput.at("counted" if counted < 0 else "reason", words)
    level = _level(session, store, item)
    held = level.holding
    difference = counted - held.quantity
    if difference == 0:
        return None
    value = (
        domain.to_cent(difference * held.unit_cost_eur)
        if difference > 0
        else -held.issue_value(-difference)
    )
    move = _moved(
        level,
        MoveKind.ADJUSTMENT,
        quantity=difference,
        value_eur=value,
        unit_cost_eur=held.unit_cost_eur,
        date_on=date_on or clock.today(),
        label=reason,
        typed=("counted",),
    )
    return _write(session, move)


def only_store_of(session: Session, item: Item) -> Store:
    """The store to take the item from when nobody said which.

    Raises:
        NotEnough: no store holds it.
        InvalidInput: several do.
    """
    found = queries.stores_holding(session, item)
    if not found:
        raise NotEnough(_("Aucun magasin n’a de « %(item)s ».", item=item.name))
    if len(found) > 1:
        raise InvalidInput.at("store_id", _("Plusieurs magasins en ont : précisez lequel."))
    return found[0]
