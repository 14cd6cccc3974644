"""The steps of the demonstration; each leaves a marker, so that a second run goes on from there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from base.basics import clock
from base.basics.errors import DomainError
from base.basics.formats import counted, day, euros, number
from base.basics.sessions import Session
from base.desk.imports import Options
from base.desk.imports.command import import_file
from base.engine.jobs import enqueue
from base.rules.rights.actors import job_session, system_session
from base.store.mixins import acting
from base.store.models import Entity, Partner, Setting
from energie.models import DeliveryPoint, Invoice
from energie.queries import point_by_reference, waiting_invoices
from energie.services.booking import attach_invoice
from energie.services.points import create_point
from interventions import services as work
from interventions.models import Labour, WorkOrder
from patrimoine.domain import Kind
from patrimoine.models import Asset, CostLine
from patrimoine.queries.tags import token_owner
from patrimoine.services import issue_tag
from reports.demonstration import choices, commune, found, history
from reports.demonstration.choices import EXPENSE, HOURS, PARTS, SUPPLIER, VAT_RATE
from reports.demonstration.found import Inputs

#: Prefix of the markers among the settings of the entity.
MARK = "demo."
DOOR = "demo"
#: Labels printed: one sheet.
LABELS = 24


class NotEmpty(DomainError):
    """The database holds somebody's data."""


@dataclass
class Demo:
    """One run: on which authority, with which files, and what is said on the way."""

    entity_id: int
    folder: Path
    inputs: Inputs
    say: Callable[[str], None]
    #: The files of the generated commune; none when real ones were given.
    files: commune.Files | None = None
    #: Accounts of the generated commune, by name.
    people: dict[str, int] = field(default_factory=dict)
    marks: dict[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day of the first run: a run that goes on another day tells the same story."""
        return date.fromisoformat(self.marks["begin"]["on"])

    @property
    def scope(self) -> tuple[int, ...]:
        """The scope of its sessions."""
        return (self.entity_id,)

    def session(self, *, readonly: bool = False) -> Any:
        """A session in the name of the command."""
        return job_session(self.scope, "cli", DOOR, readonly=readonly)

    def name(self, who: str) -> str:
        """What one of the commune's people is called; on real files nobody is."""
        known = {account.username: account.name for account in commune.ACCOUNTS}
        return known[who] if self.files is not None else "démonstration"

    @contextmanager
    def acting(self, who: str) -> Iterator[str]:
        """Work as one of the commune's people; gives the actor. On real files: the command."""
        user_id = self.people.get(who)
        with acting(user_id):
            yield "cli" if user_id is None else f"user:{user_id}"

    @contextmanager
    def person(self, who: str) -> Iterator[Any]:
        """A session in the name of one of the commune's people, as on the screens."""
        with self.acting(who) as actor, job_session(self.scope, actor, DOOR) as session:
            yield session

    def reading(self) -> Any:
        """A session that only reads."""
        return self.session(readonly=True)

    def mark(self, session: Session, step: str, what: Any) -> None:
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


def begin(demo: Demo, name: str | None, scale: str | None) -> None:
    """The first marker: from now on the database is a demonstration's."""
    with demo.session() as session:
        if name is not None:
            town = session.scalars(select(Entity).where(Entity.id == demo.entity_id)).one()
            town.name, town.phone = name, commune.PHONE
        demo.mark(session, "begin", {"on": clock.today().isoformat(), "scale": scale})


def settle(demo: Demo) -> None:
    """The services, stores and accounts of the generated commune."""
    with demo.session() as session:
        history.settle(session, demo.entity_id)
    demo.people = history.people(_code(demo), demo.say)
    with demo.session() as session:
        history.homes(session, demo.entity_id, demo.people)
        demo.mark(session, "people", {"accounts": len(commune.ACCOUNTS)})


def take_in(demo: Demo, wanted: Sequence[tuple[str, str]]) -> None:
    """Files of the generated commune, those that no earlier run took in."""
    if demo.files is None:
        raise RuntimeError("real files have no history")
    history.take_in(
        *(demo.files, wanted),
        code=_code(demo),
        reading=demo.reading,
        acting=demo.acting,
        say=demo.say,
    )


def years(demo: Demo) -> None:
    """Three years of requests, work, readings and invoices of the generated commune."""
    files = demo.files
    if files is None:
        raise RuntimeError("real files have no history")
    take_in(demo, files.history)
    with demo.session() as session:
        demo.mark(session, "years", {"files": len(files.history)})


def register(demo: Demo) -> None:
    """Parcels, then the first list of assets that the importer takes."""
    if demo.files is not None:
        files = demo.files
        take_in(demo, files.register)
        with demo.session() as session:
            demo.mark(session, "register", {"files": len(files.register)})
        return
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
            # A list of somebody's brings its places by name: they are made.
            answers = {"create_places": "oui"} if kind == "assets" else {}
            report = import_file(
                kind, path, entity=_code(demo), partial=True, options=Options(answers=answers)
            )
        except DomainError as refusal:
            demo.say(f"   laissé de côté : {path}  ({refusal})")
            continue
        if not report.applied or report.created + report.updated + report.unchanged == 0:
            reason = report.errors[0]["reason"] if report.errors else "aucune ligne"
            demo.say(f"   laissé de côté : {path}  ({reason})")
            continue
        counts = (
            f"{counted(report.created, 'créée', 'créées')}, "
            f"{counted(report.unchanged, 'inchangée', 'inchangées')}"
        )
        if report.rejected:
            refused = counted(report.rejected, "rejetée", "rejetées")
            counts += f", {refused} ({report.errors[0]['reason']})"
        demo.say(f"   {words} : {path}")
        demo.say(f"   lignes : {counts}")
        return str(path)
    demo.say(f"   {words} : aucun fichier lisible")
    return None


def _code(demo: Demo) -> str:
    with system_session(DOOR, readonly=True) as session:
        return str(session.scalar(select(Entity.code).where(Entity.id == demo.entity_id)))


def print_labels(demo: Demo) -> int:
    """Ask for one sheet of labels in the background, once; the id of the job."""
    if "labels-asked" in demo.marks:
        return int(demo.marks["labels-asked"]["job"])
    with demo.person(commune.FLEET) as session:
        ids = session.scalars(
            select(Asset.id)
            .where(Asset.kind.not_in((Kind.PARCEL, Kind.SITE, Kind.FLOOR, Kind.ROOM)))
            .order_by(Asset.kind, Asset.sort_key, Asset.id)
            .limit(LABELS)
        ).all()
        if not ids:
            raise DomainError("Aucun bien n’a été importé : il n’y a rien à étiqueter.")
        args = {"ids": list(ids), "layout": "63x34", "start": 1, "outline": False}
        row = enqueue(session, "patrimoine.labels", args, entity_id=demo.entity_id)
        demo.mark(session, "labels-asked", {"job": row.id})
        return int(row.id)


def intervene(demo: Demo) -> None:
    """Scan a tag, open a work order there, write time, a part and a bill, finish."""
    at, on = clock.now(), clock.today()
    with demo.person(commune.AGENT) as session:
        asset = choices.machine(demo, session)
        token = issue_tag(session, asset, at=at).token
        owner = token_owner(session, token)
        if owner is None or owner.asset_id != asset.id:
            raise DomainError("L’étiquette ne mène pas à son bien.")
        agent, store, item = choices.means(demo, session, on)
        order = work.open_work_order(
            session, asset, title="Fuite au robinet de purge", at=at, assigned_to=agent
        )
        work.start(session, order, at=at, agent=agent)
        work.record_labour(session, order, agent, hours=HOURS, date_on=on)
        work.consume_part(session, order, item, store=store, quantity=PARTS, date_on=on)
        supplier = session.scalars(
            select(Partner).where(Partner.entity_id == demo.entity_id, Partner.name == SUPPLIER)
        ).first()
        work.record_expense(
            session,
            order,
            supplier=supplier or SUPPLIER,
            label="Réglage du brûleur",
            amount_ht_eur=EXPENSE,
            vat_rate=VAT_RATE,
            date_on=on,
        )
        work.finish(session, order, at=at, finding="Robinet remplacé, brûleur réglé.")
        told = {
            "asset": asset.code,
            "token": token,
            "number": order.number,
            "on": on.isoformat(),
        }
        demo.mark(session, "work", told)
        demo.say(f"   étiquette /t/{token} : {asset.name} ({asset.code})")
        demo.say(
            f"   {order.number} terminée : {number(HOURS, 2)} h, {PARTS} pièces, "
            f"une facture de {euros(EXPENSE)} HT"
        )


def validate(demo: Demo) -> None:
    """Validate that work as whoever heads it; of the generated commune take back other work."""
    at = clock.now()
    with demo.person(commune.HEAD) as session:
        order = choices.order(demo, session)
        labour = session.scalars(select(Labour).where(Labour.work_order_id == order.id)).one()
        work.validate(session, order, at=at)
        told = {
            "on": clock.today().isoformat(),
            "rate": str(labour.hourly_rate_eur),
            "reopened": choices.reopen(demo, session, at) if demo.files is not None else None,
        }
        demo.mark(session, "validated", told)
        demo.say(f"   {order.number} validée")


def measure(demo: Demo) -> None:
    """The delivery point of the curve on the first building, then its readings."""
    curves = [*demo.inputs.curves, *demo.inputs.other_curves]
    if not curves:
        raise DomainError("Aucune courbe de charge n’a été trouvée.")
    path = curves[0]
    prm = found.curve_prm(path)
    with demo.person(commune.ENERGY) as session:
        point = point_by_reference(session, prm, entity_id=demo.entity_id)
        if point is None:
            building = choices.building(demo, session)
            point = create_point(session, building, reference=prm, on=clock.today())
        demo.say(f"   point de livraison {prm} sur {point.name}")
    with demo.acting(commune.ENERGY) as actor:
        report = import_file("readings", path, entity=_code(demo), actor=actor)
    if not report.applied:
        raise DomainError(report.errors[0]["reason"] if report.errors else str(path))
    demo.say(f"   courbe de charge : {path}")
    read = counted(report.created, "valeur lue", "valeurs lues")
    demo.say(f"   {read}, {counted(report.unchanged, 'déjà connue', 'déjà connues')}")
    with demo.session() as session:
        demo.mark(session, "measure", {"prm": prm, "file": str(path)})


def invoice(demo: Demo) -> None:
    """The first electronic invoice that is taken and can be booked in euros."""
    for path in demo.inputs.invoices:
        try:
            with demo.acting(commune.ENERGY) as actor:
                report = import_file("invoices", path, entity=_code(demo), actor=actor)
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
    with demo.person(commune.ENERGY) as session:
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
