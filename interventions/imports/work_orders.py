"""Work orders of a former software: one row is an order, or a further line of the one above.

Rows of one number belong together: the first says what the order is, each may bring the time of
an agent, parts of a store, the bill of a supplier or a point of the checklist.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from base.basics.errors import DomainError
from base.basics.folding import code_key
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports.declaration import Importer
from base.desk.imports.engine import by_id, ids_by_code, in_chunks, load_targets
from base.desk.imports.rows import Effect, Record
from base.papers.tables import Column
from base.papers.tables.texts import fold
from base.store.models import Department
from interventions import domain, services
from interventions.domain import State
from interventions.imports.corrections import NAMED, OURS, add_names, correct
from interventions.imports.told_orders import (
    add_line,
    order_of,
    partners_by_name,
    refuse_departed,
)
from interventions.imports.undo import LINES
from interventions.imports.work_columns import COSTS, OWN, columns
from interventions.models import Agent, Item, Store, WorkOrder
from interventions.services import PastOrder
from patrimoine.models import Asset

#: What rows point to: column -> (model, attributes that name it, the word for the refusal).
POINTED: dict[str, tuple[Any, tuple[str, ...], Any]] = {
    "asset": (Asset, ("code",), _l("Le bien « %(code)s » n’existe pas.")),
    "agent": (Agent, ("code",), _l("L’agent « %(code)s » n’existe pas.")),
    "item": (Item, ("code",), _l("L’article « %(code)s » n’existe pas.")),
    "store": (Store, ("name", "code"), _l("Le magasin « %(code)s » n’existe pas.")),
    "service": (Department, ("name", "code"), _l("Le service « %(code)s » n’existe pas.")),
}
_ENDED = (State.FINISHED, State.VALIDATED)


class WorkOrderImporter(Importer):
    """Work orders, found again by their number in the former software."""

    kind = "work-orders"
    title = _l("Interventions")
    help = _l(
        "Numéro d’origine, bien, objet, état, dates ; le temps, les pièces, les montants et les "
        "points de contrôle sont sur la même ligne, ou sur des lignes de plus au même numéro."
    )
    match_keys = ("external_number",)
    telling = ("hours", "planned_on", "due_on", "started_on", "finished_on")
    record = "interventions_work_order"
    #: Verbs and lines set the rest; where the work is done is not corrected afterwards.
    listed = {"number": "external_number", "assigned_to": "agent"} | dict.fromkeys(
        ("asset", "state", "service", "reason"), ""
    )
    icon = "tool"

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """What such a file holds."""
        return columns()

    def identity(self, record: Record) -> Hashable | None:
        """The former number of a row that says what an order is; further lines share it."""
        number = record.values.get("external_number")
        return (number,) if number and record.values.get("asset") else None

    def plan(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Find assets, agents, items and rows that came before; compare."""
        found = {
            key: _ids(session, entity_id, model, names, {r.values.get(key) for r in records})
            for key, (model, names, _words) in POINTED.items()
        }
        add_names(session, entity_id, found["agent"], records)
        numbers = {r.values["external_number"] for r in records}
        known = self._known(session, entity_id, numbers)
        heads: dict[str, Record] = {}
        for record in records:
            self._plan_row(record, found, known, heads)
        refuse_departed(session, entity_id, records)
        _refuse_torn(records, heads)

    def _plan_row(
        self,
        record: Record,
        found: dict[str, dict[str, int]],
        known: dict[str, dict[str, Any]],
        heads: dict[str, Record],
    ) -> None:
        values = record.values
        number = values["external_number"]
        is_head = bool(values.get("asset") or values.get("title")) or number not in heads
        if is_head:
            heads.setdefault(number, record)
        old = known.get(number)
        named = old is not None and old["number"] == number
        if old is None and OURS.fullmatch(number):
            record.refuse(
                _("L’intervention « %(code)s » n’existe pas.", code=number), "external_number"
            )
            return
        faults = _unknown(values, found)
        if not named:
            faults += _incomplete(values, heads[number], is_head=is_head)
        for fault in faults:
            record.refuse(*fault)
        if faults:
            return
        record.extra = {key: found[key][fold(values[key])] for key in POINTED if values.get(key)}
        if old is None:
            record.creates({k: v for k, v in values.items() if v is not None})
            return
        record.record_id, record.version = old["id"], old["version"]
        if named:
            correct(record, old)
        elif is_head:
            record.compare(old, {k: values[k] for k in OWN if values.get(k) is not None})
        else:
            record.effect = Effect.UNCHANGED  # what an order cost is history

    def _known(
        self, session: Session, entity_id: int, numbers: set[str]
    ) -> dict[str, dict[str, Any]]:
        names = ("id", "version", "number", "external_number", "state", *NAMED)
        own = select(*[getattr(WorkOrder, name) for name in names])
        own = own.where(WorkOrder.entity_id == entity_id)
        found: dict[str, dict[str, Any]] = {}
        for chunk in in_chunks(numbers):
            either = or_(WorkOrder.external_number.in_(chunk), WorkOrder.number.in_(chunk))
            for row in session.execute(own.where(either)):
                values = dict(row._mapping)
                found.setdefault(row.external_number, values)
                found[row.number] = values
        return found

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Write what is new with all that it cost; change the words of what is known.

        Raises:
            DomainError: a verb refuses a row; the sentence begins with its number in the file.
        """
        rows = load_targets(session, WorkOrder, list(records))
        new = [record for record in records if record.effect is Effect.CREATED]
        self._write_new(session, entity_id, new)
        for record in records:
            if record.effect is Effect.CREATED:
                continue
            changed = {key: value for key, (_old, value) in record.changes.items()}
            try:
                services.describe(session, rows[record.record_id], changed)  # type: ignore[index]
            except DomainError as refusal:
                raise DomainError(
                    _("Ligne %(row)d : %(why)s", row=record.number, why=str(refusal))
                ) from refusal

    def _write_new(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        read = {
            key: _rows(session, model, {r.extra[key] for r in records if key in r.extra})
            for key, (model, _names, _words) in POINTED.items()
        }
        partners = partners_by_name(session, entity_id)
        orders: dict[str, PastOrder] = {}
        lines: list[tuple[Record, str]] = []
        for record in records:
            number = record.values["external_number"]
            given = {**record.values, **{k: read[k][i] for k, i in record.extra.items()}}
            if number not in orders:
                orders[number] = order_of(record.number, given)
            add_line(session, orders[number], given, partners)
            lines.append((record, number))
        written = services.write_past(session, list(orders.values()))
        by_number = {row.external_number: row for row in written}
        for record, number in lines:
            row = by_number[number]
            record.record_id = row.id
            lines_ = len(row.labour) + len(row.parts) + len(row.expenses) + len(row.points)
            record.more[LINES] = 0, lines_

    def label(self, record: Record) -> str:
        """The former number and the title."""
        values = record.values
        words = (values.get("external_number"), values.get("title"))
        return " · ".join(str(word) for word in words if word)


def _refuse_torn(records: Sequence[Record], heads: dict[str, Record]) -> None:
    """Leave out every line of an order of which one line is refused: no cost is half told."""
    torn = {record.values["external_number"]: record for record in records if not record.accepted}
    for record in records:
        fault = torn.get(record.values["external_number"])
        if fault is not None and record.accepted and record.effect is Effect.CREATED:
            record.refuse(
                _("La ligne %(row)d de la même intervention est rejetée.", row=fault.number),
                "external_number",
            )


def _ids(
    session: Session, entity_id: int, model: Any, names: tuple[str, ...], words: set[Any]
) -> dict[str, int]:
    """Ids by each word that names a row; of many rows only those that are asked for."""
    asked = {word for word in words if word}
    found: dict[str, int] = {}
    columns_ = [getattr(model, name) for name in names]
    if not asked:
        return found
    if len(names) > 1:  # few rows, which people name as they like
        for key, *called in session.execute(
            select(model.id, *columns_).where(model.entity_id == entity_id)
        ):
            found |= {fold(word): key for word in called}
        return found
    by_code = ids_by_code(session, model, entity_id, {code_key(word) for word in asked})
    return {fold(word): by_code[code_key(word)] for word in asked if code_key(word) in by_code}


def _rows(session: Session, model: Any, ids: set[int]) -> dict[int, Any]:
    return by_id(session, model, ids, *([selectinload(Agent.rates)] if model is Agent else []))


def _unknown(values: dict[str, Any], found: dict[str, dict[str, int]]) -> list[tuple[str, str]]:
    return [
        (str(words) % {"code": word}, key)
        for key, (_model, _names, words) in POINTED.items()
        if (word := values.get(key)) and fold(word) not in found[key]
    ]


def _incomplete(values: dict[str, Any], head: Record, *, is_head: bool) -> list[tuple[str, str]]:
    """What is missing of the order or of one of its costs, and in which column."""
    state, early = (
        head.values.get("state"),
        domain.due_early(values.get("planned_on"), values.get("due_on")),
    )
    asked = (
        (is_head and not values.get("asset"), _("Bien : la cellule est vide."), "asset"),
        (is_head and not values.get("title"), _("Objet : la cellule est vide."), "title"),
        (
            values.get("hours") and not values.get("agent"),
            _("Du temps sans matricule : de qui ?"),
            "agent",
        ),
        (
            values.get("amount_ht_eur") and not values.get("supplier"),
            _("Un montant sans fournisseur : de qui ?"),
            "supplier",
        ),
        (
            values.get("amount_ht_eur") and values.get("vat_rate") is None,
            _("Un montant hors taxes sans taux de TVA : lequel ? Écrivez 0 s’il n’y en a pas."),
            "vat_rate",
        ),
        (
            values.get("quantity") and not values.get("item"),
            _("Une quantité sans article : de quoi ?"),
            "item",
        ),
        (early, str(early), "due_on"),
        (
            is_head and state in _ENDED and not values.get("finished_on"),
            _("Une intervention terminée a une date de fin."),
            "finished_on",
        ),
        (
            state is State.CANCELLED and any(values.get(key) for key in COSTS),
            _("Une intervention annulée ne garde aucun coût."),
            "state",
        ),
    )
    return [(sentence, key) for is_wrong, sentence, key in asked if is_wrong]
