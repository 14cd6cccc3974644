"""Requests of a former software, with what became of them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from base.basics import clock
from base.basics.folding import code_key
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports.columns import column_from
from base.desk.imports.declaration import Importer
from base.desk.imports.engine import by_id, found_in, ids_by_code, in_chunks, load_targets
from base.desk.imports.rows import Effect, Record
from base.desk.imports.undo import Fate
from base.papers.tables import Column
from base.papers.tables.texts import fold
from base.store.models import ImportRow
from interventions import services
from interventions.domain import Channel, Priority, RequestState, State
from interventions.domain.requests import following
from interventions.imports.work_columns import PRIORITIES, day_of, instant_of
from interventions.models import ServiceRequest, WorkOrder
from interventions.services import PastRequest
from patrimoine.models import Asset

#: Further words of files for the values of closed lists.
CHANNELS = {
    "QR code": Channel.TAG,
    "Interne": Channel.STAFF,
    "Service": Channel.STAFF,
    "Accueil": Channel.PHONE,
    "Internet": Channel.PORTAL,
    "Courriel": Channel.PORTAL,
}
STATES = {
    "Nouvelle": RequestState.NEW,
    "En cours": RequestState.ACCEPTED,
    "Close": RequestState.CLOSED,
    "Rejetée": RequestState.REFUSED,
}
#: What the form of a request lets change.
OWN = ("title", "description", "requester", "contact", "priority")
#: Numbers that Ouvrage gives; those of a former program are not looked up.
OURS = re.compile(r"DEM-\d{4}-\d+")
_WITH_WORK = (RequestState.ACCEPTED, RequestState.CLOSED)


class _Order(NamedTuple):
    """A work order that answers requests."""

    id: int
    state: State


class _Known(NamedTuple):
    """A request that is here already."""

    id: int
    received_at: datetime
    requester: str
    description: str


class RequestImporter(Importer):
    """Requests, found again by their asset, their day and hour, and their words."""

    kind = "requests"
    title = _l("Demandes")
    help = _l("Bien, objet, demandeur, jour de réception, et l’intervention qui y répond.")
    match_keys = ("asset", "received_on", "title")
    telling = ("received_on", "requester")
    record = "interventions_service_request"
    icon = "inbox"
    #: Verbs set the rest: whoever sorts a request opens it.
    listed = dict.fromkeys(
        ("asset", "state", "channel", "received_at", "refusal_reason", "work_order"), ""
    )

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """What such a file holds."""
        of = partial(column_from, ServiceRequest)
        return (
            of(
                "number",
                "n° de demande",
                limit=60,
                help=_l("Celui qu’Ouvrage a donné : il retrouve la demande pour la corriger."),
            ),
            of(
                "asset", "code bien | n° d’inventaire | lieu | équipement | bâtiment", required=True
            ),
            of("title", "titre | libellé | intitulé | demande", required=True),
            of(
                "received_at",
                "date | date de la demande | demandée le | créée le",
                key="received_on",
                required=True,
            ),
            of("description", "détail | message", limit=5000),
            of("requester", "demandée par | demandé par | nom"),
            of("contact", "courriel | téléphone | mail"),
            of("channel", "origine | moyen", label=_l("Canal"), also=CHANNELS),
            of("priority", "urgence", also=PRIORITIES),
            of("state", "statut", also=STATES),
            of("refusal_reason", "motif"),
            of("work_order", "n° intervention | n° de bon | bon de travaux"),
        )

    def identity(self, record: Record) -> Hashable | None:
        """Our number, else the asset, the day with its hour and the words, who asked too."""
        if number := _ours(record):
            return (number,)
        values = record.values
        found = (values.get("asset"), values.get("received_on"), fold(values.get("title") or ""))
        said = (fold(values.get("requester") or ""), fold(values.get("description") or ""))
        return (*found, *said) if all(found) else None

    def plan(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Find assets and work orders; a request that is here already stays as it is.

        One that is named by our number is corrected in what its form lets change.
        """
        named = [record for record in records if _ours(record)]
        self._plan_named(session, entity_id, named)
        records = [record for record in records if not _ours(record)]
        codes = {code_key(r.values["asset"]) for r in records}
        assets = ids_by_code(session, Asset, entity_id, codes)
        numbers = {r.values.get("work_order") for r in records}
        orders = self._orders(session, entity_id, {n for n in numbers if n})
        known = self._known(session, set(assets.values()))
        for record in records:
            values = record.values
            asset_id = assets.get(code_key(values["asset"]))
            if asset_id is None:
                record.refuse(
                    _("Le bien « %(code)s » n’existe pas.", code=values["asset"]), "asset"
                )
                continue
            number = values.get("work_order")
            if number and number not in orders:
                record.refuse(
                    _("L’intervention « %(code)s » n’existe pas.", code=number), "work_order"
                )
                continue
            state = values.get("state") or RequestState.NEW
            if (state in _WITH_WORK) != bool(number):
                record.refuse(
                    _("Une demande acceptée ou traitée a son intervention, et elle seule."),
                    "work_order",
                )
                continue
            order = orders.get(number or "")
            record.extra = {"asset_id": asset_id, "order_id": order.id if order else None}
            key = (asset_id, day_of(values["received_on"]), fold(values["title"]))
            same = next((row for row in known.get(key, ()) if _is(row, values)), None)
            if same is not None:
                record.record_id = same.id
                record.effect = Effect.UNCHANGED
            else:
                if number:
                    values = {**values, "state": following(orders[number].state, state)}
                record.creates(values)

    def pointed_at(self, record: Record) -> Mapping[str, int]:
        """The asset that a new request is of."""
        if record.effect is not Effect.CREATED:
            return {}
        return {"asset_id": record.extra["asset_id"]}

    @staticmethod
    def _plan_named(session: Session, entity_id: int, records: Sequence[Record]) -> None:
        columns = [getattr(ServiceRequest, name) for name in ("id", "version", "number", *OWN)]
        own = select(*columns).where(ServiceRequest.entity_id == entity_id)
        numbers = {record.values["number"] for record in records}
        rows = found_in(session, own, ServiceRequest.number, numbers)
        known = {row.number: row for row in rows}
        for record in records:
            row = known.get(record.values["number"])
            if row is None:
                record.refuse(
                    _("La demande « %(n)s » n’existe pas.", n=record.values["number"]), "number"
                )
                continue
            record.record_id, record.version = row.id, row.version
            given = {k: record.values[k] for k in OWN if record.values.get(k) is not None}
            record.compare({k: getattr(row, k) for k in OWN}, given)

    @staticmethod
    def _orders(session: Session, entity_id: int, numbers: set[str]) -> dict[str, _Order]:
        """Work orders by the number of the former software, or by ours."""
        found: dict[str, _Order] = {}
        for chunk in in_chunks(numbers):
            rows = session.execute(
                select(
                    WorkOrder.id, WorkOrder.external_number, WorkOrder.number, WorkOrder.state
                ).where(
                    WorkOrder.entity_id == entity_id,
                    or_(WorkOrder.external_number.in_(chunk), WorkOrder.number.in_(chunk)),
                )
            )
            for key, former, ours, state in rows:
                order = _Order(key, State(state))
                found |= {number: order for number in (ours, former) if number}
        return found

    @staticmethod
    def _known(session: Session, asset_ids: set[int]) -> dict[tuple[int, date, str], list[_Known]]:
        names = ("id", "asset_id", "received_at", "title", "requester", "description")
        asked = select(*[getattr(ServiceRequest, name) for name in names])
        asked = asked.order_by(ServiceRequest.id)
        rows = list(found_in(session, asked, ServiceRequest.asset_id, asset_ids))
        reversed_ = select(ImportRow.record_id).where(
            ImportRow.record == RequestImporter.record, ImportRow.fate == Fate.REVERSED
        )
        ids = [row.id for row in rows]
        undone = {pk for (pk,) in found_in(session, reversed_, ImportRow.record_id, ids)}
        found: dict[tuple[int, date, str], list[_Known]] = {}
        for row in rows:
            if row.id not in undone:
                key = (row.asset_id, clock.local(row.received_at).date(), fold(row.title))
                known = _Known(row.id, row.received_at, row.requester, row.description)
                found.setdefault(key, []).append(known)
        return found

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Write the requests that are not here yet; correct those named by our number."""
        corrected = [record for record in records if record.effect is Effect.UPDATED]
        rows_ = load_targets(session, ServiceRequest, corrected)
        for record in corrected:
            for name, (_old, value) in record.changes.items():
                setattr(rows_[record.record_id], name, value)  # type: ignore[index]
        records = [record for record in records if record.effect is Effect.CREATED]
        assets = by_id(session, Asset, {r.extra["asset_id"] for r in records})
        orders = by_id(session, WorkOrder, {r.extra["order_id"] for r in records} - {None})
        past = [
            PastRequest(
                asset=assets[record.extra["asset_id"]],
                title=record.values["title"],
                received_at=instant_of(record.values["received_on"], 9),
                state=record.values.get("state") or RequestState.NEW,
                channel=record.values.get("channel") or Channel.STAFF,
                priority=record.values.get("priority") or Priority.NORMAL,
                description=record.values.get("description") or "",
                requester=record.values.get("requester") or "",
                contact=record.values.get("contact") or "",
                refusal_reason=record.values.get("refusal_reason") or "",
                work_order=orders.get(record.extra["order_id"]),
            )
            for record in records
        ]
        rows = services.write_past_requests(session, past)
        for record, row in zip(records, rows, strict=True):
            record.record_id = row.id

    def label(self, record: Record) -> str:
        """The day and the words."""
        values = record.values
        return f"{values.get('received_on') or ''} · {values.get('title') or ''}"


def _ours(record: Record) -> str:
    """The number that Ouvrage gave the request of a row; empty when there is none."""
    number = record.values.get("number") or ""
    return number if OURS.fullmatch(number) else ""


def _is(known: _Known, values: dict[str, Any]) -> bool:
    """Whether a row tells of a request of the same asset, day and words that is here.

    An hour that the row says is the request's, as exactly as the row says it.
    """
    on = values["received_on"]
    if isinstance(on, datetime):
        at = known.received_at.astimezone(UTC)
        asked = on.astimezone(UTC)
        if at != asked and (asked.second or at.replace(second=0, microsecond=0) != asked):
            return False
    return all(
        not said or fold(said) == fold(kept)
        for said, kept in (
            (values.get("requester"), known.requester),
            (values.get("description"), known.description),
        )
    )
