"""The steps of the demonstration; each leaves a marker, so that a second run goes on from there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from base import clock
from base.errors import DomainError
from base.formats import day, euros, number
from base.imports.command import import_file
from base.jobs import enqueue
from base.models import Entity, Setting
from base.sessions import job_session, system_session
from energie.models import DeliveryPoint, Invoice
from energie.queries import point_by_reference, waiting_invoices
from energie.services.invoices import attach_invoice
from energie.services.points import create_point
from interventions import services as work
from interventions.models import Agent, Item, Store, WorkOrder
from patrimoine.domain import Kind
from patrimoine.models import Asset, CostLine
from patrimoine.queries.tags import token_owner
from patrimoine.services import create, issue_tag
from reports.demonstration import found
from reports.demonstration.found import Inputs

#: Prefix of the markers among the settings of the entity.
MARK = "demo."
DOOR = "demo"
#: Labels printed: one sheet.
LABELS = 24
#: What the agent writes down: hours, hourly rate, parts and their price, the supplier's bill.
HOURS, RATE = Decimal("2.50"), Decimal("32.40")
PARTS, PART_PRICE = Decimal(2), Decimal("14.90")
EXPENSE, VAT_RATE = Decimal("180.00"), Decimal("20")
#: Hours of the other jobs of the generated commune.
OTHER_HOURS = tuple(Decimal(text) for text in ("1.00", "0.50", "3.25", "2.00", "1.75", "4.00"))


class NotEmpty(DomainError):
    """The database holds somebody's data."""


@dataclass
class Demo:
    """One run: on which authority, with which files, and what is said on the way."""

    entity_id: int
    folder: Path
    inputs: Inputs
    generated: bool
    say: Callable[[str], None]
    marks: dict[str, Any] = field(default_factory=dict)

    @property
    def scope(self) -> tuple[int, ...]:
        """The scope of its sessions."""
        return (self.entity_id,)

    def session(self, *, readonly: bool = False) -> Any:
        """A session in the name of the command."""
        return job_session(self.scope, "cli", DOOR, readonly=readonly)

    def mark(self, session: Any, step: str, what: Any) -> None:
        """Note in the transaction of its effect that a step is done."""
        text = json.dumps(what, ensure_ascii=False, sort_keys=True)
        session.add(Setting(entity_id=self.entity_id, key=MARK + step, value=text))
        session.flush()
        self.marks[step] = what


def marks(entity_id: int) -> dict[str, Any]:
    """The markers of the steps already done."""
    with system_session(DOOR, readonly=True) as session:
        rows = session.execute(
            select(Setting.key, Setting.value).where(
                Setting.entity_id == entity_id, Setting.key.startswith(MARK)
            )
        )
        return {key.removeprefix(MARK): json.loads(value) for key, value in rows}


def require_empty() -> None:
    """Refuse to mix a demonstration with somebody's data.

    Raises:
        NotEmpty: there are assets, work orders or costs.
    """
    with system_session(DOOR, readonly=True) as session:
        for model in (Asset, WorkOrder, CostLine, Invoice):
            if session.scalar(select(func.count(model.id))):
                raise NotEmpty(
                    "La base contient déjà des données et n’est pas celle d’une démonstration : "
                    "donnez un autre dossier par OUVRAGE_DATA_DIR, ou une base vide."
                )


# --- the steps ------------------------------------------------------------------------------


def begin(demo: Demo, name: str | None) -> None:
    """The first marker: from now on the database is a demonstration's."""
    with demo.session() as session:
        if name is not None:
            session.scalars(select(Entity).where(Entity.id == demo.entity_id)).one().name = name
        demo.mark(session, "begin", {"on": clock.today().isoformat()})


def register(demo: Demo) -> None:
    """Parcels, then the first list of assets that the importer takes."""
    told = {
        "parcels": _first(demo, "parcels", "parcelles cadastrales", demo.inputs.parcels),
        "assets": _first(demo, "assets", "liste de biens", demo.inputs.assets),
    }
    with demo.session() as session:
        demo.mark(session, "register", told)


def _first(demo: Demo, kind: str, words: str, candidates: list[Path]) -> str | None:
    """Import the first file that is taken; the others before it are said to be skipped."""
    for path in candidates:
        try:
            report = import_file(kind, path, entity=_code(demo), partial=True)
        except DomainError as refusal:
            demo.say(f"   laissé de côté : {path}  ({refusal})")
            continue
        if not report.applied or report.created + report.updated + report.unchanged == 0:
            reason = report.errors[0]["reason"] if report.errors else "aucune ligne"
            demo.say(f"   laissé de côté : {path}  ({reason})")
            continue
        counts = f"{report.created} créées, {report.unchanged} inchangées"
        if report.rejected:
            counts += f", {report.rejected} rejetées ({report.errors[0]['reason']})"
        demo.say(f"   {words} : {path}")
        demo.say(f"   lignes : {counts}")
        return str(path)
    demo.say(f"   {words} : aucun fichier lisible")
    return None


def _code(demo: Demo) -> str:
    with system_session(DOOR, readonly=True) as session:
        return str(session.scalar(select(Entity.code).where(Entity.id == demo.entity_id)))


def print_labels(demo: Demo) -> int:
    """Ask for one sheet of labels in the background; the id of the job."""
    with demo.session() as session:
        ids = session.scalars(
            select(Asset.id)
            .where(Asset.kind.not_in((Kind.PARCEL, Kind.SITE)))
            .order_by(Asset.sort_key, Asset.id)
            .limit(LABELS)
        ).all()
        if not ids:
            raise DomainError("Aucun bien n’a été importé : il n’y a rien à étiqueter.")
        args = {"ids": list(ids), "layout": "63x34", "start": 1, "outline": False}
        row = enqueue(session, "patrimoine.labels", args, entity_id=demo.entity_id)
        return int(row.id)


def intervene(demo: Demo) -> None:
    """Scan a tag, open a work order there, write time, a part and a bill, finish, validate."""
    at, on = clock.now(), clock.today()
    with demo.session() as session:
        asset = session.scalars(
            select(Asset)
            .where(Asset.kind == Kind.EQUIPMENT, Asset.archived_on.is_(None))
            .order_by(Asset.sort_key, Asset.id)
            .limit(1)
        ).first() or _building(demo, session)
        token = issue_tag(session, asset, at=at).token
        owner = token_owner(session, token)
        if owner is None or owner.asset_id != asset.id:
            raise DomainError("L’étiquette ne mène pas à son bien.")
        agent = Agent(
            entity_id=demo.entity_id,
            code="AG-001",
            last_name="Martin",
            first_name="Bob",
            trade="Chauffagiste",
        )
        store = Store(entity_id=demo.entity_id, code="MAG", name="Magasin central")
        item = Item(
            entity_id=demo.entity_id, code="ROB-15", name="Robinet 15 × 21", vat_rate=VAT_RATE
        )
        session.add_all([agent, store, item])
        session.flush()
        work.set_rate(session, agent, valid_from=date(on.year, 1, 1), hourly_rate_eur=RATE)
        work.receive(
            session,
            store,
            item,
            quantity=Decimal(10),
            unit_cost_eur=PART_PRICE,
            date_on=on,
            label="Stock de départ",
        )
        order = work.open_work_order(session, asset, title="Fuite au robinet de purge", at=at)
        work.start(session, order, at=at, agent=agent)
        work.record_labour(session, order, agent, hours=HOURS, date_on=on)
        work.consume_part(session, order, item, store=store, quantity=PARTS, date_on=on)
        work.record_expense(
            session,
            order,
            supplier="Thermique du Val",
            label="Réglage du brûleur",
            amount_ht_eur=EXPENSE,
            vat_rate=VAT_RATE,
            date_on=on,
        )
        work.finish(session, order, at=at, finding="Robinet remplacé, brûleur réglé.")
        work.validate(session, order, at=at)
        others = _others(demo, session, agent, store, item) if demo.generated else 0
        told = {
            "asset": asset.code,
            "token": token,
            "number": order.number,
            "others": others,
            "on": on.isoformat(),
        }
        demo.mark(session, "work", told)
        demo.say(f"   étiquette /t/{token} : {asset.name} ({asset.code})")
        demo.say(
            f"   {order.number} terminée et validée : {number(HOURS, 2)} h, {PARTS} pièces, "
            f"une facture de {euros(EXPENSE)} HT"
        )
        if others:
            demo.say(f"   {others} autres interventions")


def _others(demo: Demo, session: Any, agent: Agent, store: Store, item: Item) -> int:
    """Other jobs of the year in the generated commune, time only."""
    assets = session.scalars(
        select(Asset)
        .where(Asset.kind.in_((Kind.EQUIPMENT, Kind.VEHICLE)))
        .order_by(Asset.code)
        .limit(60)
    ).all()
    at = clock.now()
    for index, hours in enumerate(OTHER_HOURS):
        asset = assets[(index * 11 + 5) % len(assets)]
        order = work.open_work_order(session, asset, title="Entretien courant", at=at)
        work.start(session, order, at=at, agent=agent)
        on = date(clock.today().year, 1 + index % 3, 8 + index)
        work.record_labour(session, order, agent, hours=hours, date_on=on)
        work.finish(session, order, at=at)
    return len(OTHER_HOURS)


def _building(demo: Demo, session: Any) -> Asset:
    """The first building; one is made when the list has none."""
    building = session.scalars(
        select(Asset).where(Asset.kind == Kind.BUILDING).order_by(Asset.id).limit(1)
    ).first()
    if building is None:
        building = create(
            session,
            Kind.BUILDING,
            entity_id=demo.entity_id,
            name="Bâtiment de la démonstration",
            on=clock.today(),
        )
        demo.say(f"   aucun bâtiment dans la liste : {building.code} est créé")
    return building  # type: ignore[no-any-return]


def measure(demo: Demo) -> None:
    """The delivery point of the curve on the first building, then its readings."""
    curves = [*demo.inputs.curves, *demo.inputs.other_curves]
    if not curves:
        raise DomainError("Aucune courbe de charge n’a été trouvée.")
    path = curves[0]
    prm = found.curve_prm(path)
    with demo.session() as session:
        point = point_by_reference(session, prm, entity_id=demo.entity_id)
        if point is None:
            building = _building(demo, session)
            point = create_point(session, building, reference=prm, on=clock.today())
        demo.say(f"   point de livraison {prm} sur {point.name}")
    report = import_file("readings", path, entity=_code(demo))
    if not report.applied:
        raise DomainError(report.errors[0]["reason"] if report.errors else str(path))
    demo.say(f"   courbe de charge : {path}")
    demo.say(f"   {number(report.created)} valeurs lues, {number(report.unchanged)} déjà connues")
    with demo.session() as session:
        demo.mark(session, "measure", {"prm": prm, "file": str(path)})


def invoice(demo: Demo) -> None:
    """The first electronic invoice that is taken and can be booked in euros."""
    for path in demo.inputs.invoices:
        try:
            report = import_file("invoices", path, entity=_code(demo))
            if not report.applied:
                raise DomainError(report.errors[0]["reason"] if report.errors else "refusée")
            _book(demo, path)
        except DomainError as refusal:
            demo.say(f"   laissée de côté : {path}  ({refusal})")
            continue
        return
    raise DomainError("Aucune facture électronique n’a pu être imputée.")


def _book(demo: Demo, path: Path) -> None:
    total = found.invoice_total(path)
    with demo.session() as session:
        row = session.scalars(select(Invoice).order_by(Invoice.id.desc()).limit(1)).one()
        demo.say(f"   facture {row.number} de {row.supplier_name} : {path}")
        if row in waiting_invoices(session):
            point = session.scalars(select(DeliveryPoint).order_by(DeliveryPoint.id)).first()
            if point is None:
                raise DomainError("il n’y a pas de point de livraison")
            attach_invoice(session, row, point)
            demo.say(
                f"   elle ne nomme aucun point connu : rattachée à {point.reference}, "
                "comme le ferait une personne"
            )
        told = {"total": str(total), "on": row.issued_on.isoformat(), "file": str(path)}
        demo.mark(session, "invoice", told)
        demo.say(f"   imputée : {euros(total)} TTC, le {day(row.issued_on)}")


def expected_total(demo: Demo) -> Decimal:
    """What all of it cost, worked out from what was typed and from the invoice's own file.

    The ledger is not asked. Net cost: tax included, for this budget does not recover it.
    """
    cent = Decimal("0.01")
    labour = HOURS * RATE
    if demo.marks["work"]["others"]:
        labour += sum((hours * RATE for hours in OTHER_HOURS), Decimal(0))
    parts = PARTS * PART_PRICE
    taxed = parts * VAT_RATE / 100 + EXPENSE * VAT_RATE / 100
    bought = Decimal(demo.marks["invoice"]["total"])
    return (labour + parts + EXPENSE + taxed + bought).quantize(cent)


def period(demo: Demo) -> tuple[date, date]:
    """The whole years that hold every cost of the demonstration."""
    days = [date.fromisoformat(demo.marks[step]["on"]) for step in ("work", "invoice", "begin")]
    return date(min(days).year, 1, 1), date(max(days).year + 1, 1, 1)
