"""Work orders of a former software: written through the verbs, with their time and expenses."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from base import clock
from base.errors import DomainError
from base.i18n import _, _l
from base.imports.declaration import Effect, Importer, Record
from base.imports.engine import in_chunks, load_targets
from base.tables import Column
from base.tables.days import day
from base.tables.numbers import number, positive_euros
from base.tables.words import Cell, code, one_of, text
from interventions import services
from interventions.domain import KIND_LABELS, Kind, Priority, State
from interventions.imports.stock import percentage
from interventions.models import Agent, WorkOrder
from patrimoine.models import Asset

#: Columns that a later file may still change; the rest is history.
OWN = ("title", "description", "kind", "priority", "requester", "planned_on", "due_on")
KINDS = {
    **{str(label): kind for kind, label in KIND_LABELS.items()},
    "Corrective": Kind.CORRECTIVE, "Curatif": Kind.CORRECTIVE, "Dépannage": Kind.CORRECTIVE,
    "Préventive": Kind.PREVENTIVE, "Entretien": Kind.PREVENTIVE,
    **{kind.value: kind for kind in Kind},
}  # fmt: skip
PRIORITIES = {
    "Urgente": Priority.URGENT, "Urgent": Priority.URGENT, "Haute": Priority.URGENT,
    "Normale": Priority.NORMAL, "Normal": Priority.NORMAL, "Moyenne": Priority.NORMAL,
    "Basse": Priority.LOW, "Faible": Priority.LOW,
    **{priority.value: priority for priority in Priority},
}  # fmt: skip
STATES = {
    "Brouillon": State.DRAFT, "À planifier": State.DRAFT, "Ouverte": State.DRAFT,
    "Planifiée": State.PLANNED, "Prévue": State.PLANNED,
    "Terminée": State.FINISHED, "Close": State.VALIDATED, "Clôturée": State.VALIDATED,
    "Validée": State.VALIDATED,
    **{s.value: s for s in (State.DRAFT, State.PLANNED, State.FINISHED, State.VALIDATED)},
}  # fmt: skip


def hours(value: Cell) -> Decimal | None:
    """Hours of one day."""
    return number(value, decimals=3, unit="h", low=Decimal("0.001"), high=24)


class WorkOrderImporter(Importer):
    """Work orders, found again by their number in the former software."""

    kind = "work-orders"
    title = _l("Interventions")
    help = _l(
        "Numéro d’origine, bien, objet, état, dates, et si on les a le temps d’un agent et le "
        "montant d’un fournisseur."
    )
    match_keys = ("external_number",)
    record = "interventions_work_order"
    icon = "tool"

    def columns(self, session: Any, entity_id: int) -> Sequence[Column]:
        """What such a file holds."""
        return (
            Column("external_number", _("Numéro"), code, required=True,
                   aliases=("numéro d’origine", "n°", "n° intervention", "référence", "id", "bt",
                            "n° de bon", "numéro de bon")),
            Column("asset", _("Bien"), code, required=True,
                   aliases=("code bien", "n° d’inventaire", "inventaire", "asset", "code du bien",
                            "équipement", "bâtiment")),
            Column("title", _("Objet"), text, required=True,
                   aliases=("titre", "libellé", "intitulé", "nature des travaux", "title")),
            Column("description", _("Description"), lambda v: text(v, limit=5000, lines=True),
                   aliases=("détail", "commentaire")),
            Column("kind", _("Nature"), one_of(KINDS), aliases=("type", "catégorie")),
            Column("priority", _("Priorité"), one_of(PRIORITIES), aliases=("urgence",)),
            Column("state", _("État"), one_of(STATES), aliases=("statut", "etat")),
            Column("requester", _("Demandeur"), text, aliases=("demandée par", "demandé par")),
            Column("planned_on", _("Prévue le"), day, aliases=("date prévue", "planifiée le")),
            Column("due_on", _("Échéance"), day, aliases=("date limite", "à faire avant le")),
            Column("finished_on", _("Terminée le"), day,
                   aliases=("date de fin", "réalisée le", "date", "faite le", "date réalisation")),
            Column("agent", _("Matricule"), code, aliases=("agent", "code agent")),
            Column("hours", _("Heures"), hours, aliases=("temps passé", "durée", "temps", "nb h")),
            Column("supplier", _("Fournisseur"), text, aliases=("entreprise", "prestataire")),
            Column("amount_ht_eur", _("Montant HT"), positive_euros,
                   aliases=("montant", "coût ht", "coût", "prix ht")),
            Column("vat_rate", _("TVA en %"), percentage, aliases=("tva", "taux de tva")),
        )  # fmt: skip

    def identity(self, record: Record) -> Hashable | None:
        """The former number."""
        return record.values.get("external_number")

    def plan(self, session: Any, entity_id: int, records: Sequence[Record]) -> None:
        """Find assets, agents and rows that came before; compare."""
        assets = self._ids(session, entity_id, Asset, {r.values["asset"] for r in records})
        numbers = {r.values["agent"] for r in records if r.values.get("agent")}
        agents = self._ids(session, entity_id, Agent, numbers)
        known = self._known(session, entity_id, {r.values["external_number"] for r in records})
        for record in records:
            values = record.values
            asset_id = assets.get(values["asset"])
            if asset_id is None:
                record.refuse(
                    _("Le bien « %(code)s » n’existe pas.", code=values["asset"]), "asset"
                )
                continue
            if values.get("agent") and values["agent"] not in agents:
                record.refuse(
                    _("L’agent « %(code)s » n’existe pas.", code=values["agent"]), "agent"
                )
                continue
            if fault := _incomplete(values):
                record.refuse(*fault)
                continue
            record.extra = {"asset_id": asset_id, "agent_id": agents.get(values.get("agent"))}
            old = known.get(values["external_number"])
            new = {k: values[k] for k in OWN if values.get(k) is not None}
            if old is None:
                record.creates({k: v for k, v in values.items() if v is not None})
            else:
                record.record_id, record.version = old["id"], old["version"]
                record.compare(old, new)

    def _ids(self, session: Any, entity_id: int, model: Any, codes: set[str]) -> dict[Any, int]:
        found: dict[Any, int] = {}
        for chunk in in_chunks(codes):
            for key, code_ in session.execute(
                select(model.id, model.code).where(
                    model.entity_id == entity_id, model.code.in_(chunk)
                )
            ):
                found[code_] = key
        return found

    def _known(self, session: Any, entity_id: int, numbers: set[str]) -> dict[str, dict[str, Any]]:
        names = ("id", "version", "external_number", *OWN)
        found = {}
        for chunk in in_chunks(numbers):
            for row in session.execute(
                select(*[getattr(WorkOrder, name) for name in names]).where(
                    WorkOrder.entity_id == entity_id, WorkOrder.external_number.in_(chunk)
                )
            ):
                found[row.external_number] = dict(zip(names, row, strict=True))
        return found

    def write(self, session: Any, entity_id: int, records: Sequence[Record]) -> None:
        """Open, cost and close what is new; change the words of what is known.

        Raises:
            DomainError: a verb refuses a row; the sentence begins with its number in the file.
        """
        rows = load_targets(session, WorkOrder, list(records))
        for record in records:
            try:
                if record.effect is Effect.CREATED:
                    record.record_id = self._make(session, record).id
                else:
                    new = {key: value for key, (_old, value) in record.changes.items()}
                    services.describe(session, rows[record.record_id], new)  # type: ignore[index]
            except DomainError as refusal:
                raise DomainError(
                    _("Ligne %(row)d : %(why)s", row=record.number, why=str(refusal))
                ) from refusal

    def _make(self, session: Any, record: Record) -> WorkOrder:
        values = record.values
        agent = session.get(Agent, record.extra["agent_id"]) if record.extra["agent_id"] else None
        end = values.get("finished_on")
        at = _noon(end or values.get("planned_on") or clock.today())
        row = services.open_work_order(
            session,
            session.get(Asset, record.extra["asset_id"]),
            title=values["title"],
            at=at,
            kind=values.get("kind") or Kind.CORRECTIVE,
            priority=values.get("priority") or Priority.NORMAL,
            description=values.get("description") or "",
            requester=values.get("requester") or "",
            assigned_to=agent,
            planned_on=values.get("planned_on"),
            due_on=values.get("due_on"),
        )
        row.external_number = values["external_number"]
        state = values.get("state") or (State.FINISHED if end else State.DRAFT)
        if state is State.PLANNED:
            services.plan(session, row)
        on = end or values.get("planned_on") or clock.today()
        if agent is not None and values.get("hours"):
            services.record_labour(session, row, agent, hours=values["hours"], date_on=on)
        if values.get("amount_ht_eur"):
            services.record_expense(
                session, row, supplier=values["supplier"], label=values["title"],
                amount_ht_eur=values["amount_ht_eur"],
                vat_rate=values["vat_rate"] if values.get("vat_rate") is not None else Decimal(20),
                date_on=on,
            )  # fmt: skip
        if state in (State.FINISHED, State.VALIDATED):
            services.start(session, row, at=at, agent=agent)
            services.finish(session, row, at=at, signed=False)
        if state is State.VALIDATED:
            services.validate(session, row, at=at)
        session.flush()
        return row


def _incomplete(values: dict[str, Any]) -> tuple[str, str] | None:
    """What is missing of the time or of the expense, and in which column."""
    if values.get("hours") and not values.get("agent"):
        return _("Du temps sans matricule : de qui ?"), "agent"
    if values.get("amount_ht_eur") and not values.get("supplier"):
        return _("Un montant sans fournisseur : de qui ?"), "supplier"
    planned, due = values.get("planned_on"), values.get("due_on")
    if planned and due and due < planned:
        return _("L’échéance tombe avant le jour prévu."), "due_on"
    closed = values.get("state") in (State.FINISHED, State.VALIDATED)
    if closed and not values.get("finished_on"):
        return _("Une intervention terminée a une date de fin."), "finished_on"
    return None


def _noon(on: date) -> datetime:
    return datetime.combine(on, time(12), ZoneInfo(clock.DEFAULT_ZONE))
