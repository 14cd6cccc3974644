"""What people of the commune ask, plan and write to each other once the work is done.

Each does a part in a session of their own, which notes it: a run that was killed goes on with the
next, and nobody says anything twice. Nothing of it costs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from base.basics import clock
from base.basics.formats import counted
from base.basics.sessions import Session
from base.face.attached import chatter, inbox
from base.rules.rights.actors import job_session, security
from energie.queries import point_by_reference, waiting_invoices
from interventions import services as work
from interventions.domain import RequestState
from interventions.models import Agent, ServiceRequest, WorkOrder
from patrimoine.domain import Kind
from patrimoine.domain.kinds import TagState
from patrimoine.models import Asset, Tag
from patrimoine.services import receive_report, update
from reports.demonstration import choices, commune
from reports.demonstration.commune import machines
from reports.demonstration.steps import DOOR, Demo

#: What Élise asks of the workshop.
PROBE = "Sonde extérieure à contrôler"


def day(demo: Demo) -> None:
    """Let everybody do their part that is not done."""
    for name, who, act in _PARTS:
        step = f"life.{name}"
        if step in demo.marks:
            continue
        # Colleagues are looked up there: it must not wait for the lock that the part itself holds.
        security().readonly = True
        session = demo.person(who) if who else job_session(demo.scope, "public", DOOR)
        with session as own:
            act(demo, own)
            demo.mark(own, step, {})
        security.remove()
    with demo.session() as own:
        demo.mark(own, "life", {"parts": len(_PARTS)})
    said = counted(len(_PARTS), "personne a", "personnes ont")
    demo.say(f"   {said} demandé, planifié, écrit")


def _passer_by(demo: Demo, session: Session) -> None:
    """Somebody without an account scans the label of a building."""
    tag = session.scalars(
        select(Tag)
        .join(Asset, Asset.id == Tag.asset_id)
        .where(Tag.state == TagState.CLAIMED, Asset.kind == Kind.BUILDING)
        .order_by(Tag.id)
        .limit(1)
    ).first()
    if tag is not None and tag.asset_id is not None:
        receive_report(
            session,
            asset_id=tag.asset_id,
            entity_id=demo.entity_id,
            tag_id=tag.id,
            at=clock.now(),
            description="La porte d’entrée ne se referme plus toute seule.",
            contact=None,
        )


def _finance(demo: Demo, session: Session) -> None:
    """The invoice that waits is given to whoever knows the delivery points."""
    for invoice in waiting_invoices(session)[:1]:
        inbox.plan(
            session,
            invoice,
            title="Retrouver à quel bâtiment est ce point de livraison",
            due_on=demo.today + timedelta(days=2),
            assignee_id=demo.people[commune.ENERGY],
        )


def _fleet(demo: Demo, session: Session) -> None:
    """The vehicle whose inspection is late gets an appointment, which is still to come."""
    vehicle = session.scalars(
        select(Asset).where(Asset.entity_id == demo.entity_id, Asset.code == machines.LATE_VEHICLE)
    ).one()
    update(session, vehicle, notes="Ne sort pas de la commune avant le contrôle technique.")
    inbox.plan(
        session,
        vehicle,
        title="Passer le contrôle technique",
        due_on=demo.today + timedelta(days=3),
        assignee_id=demo.people[commune.FLEET],
    )


def _energy(demo: Demo, session: Session) -> None:
    """What the curves do not explain is asked of the workshop."""
    point = point_by_reference(session, commune.PRM, entity_id=demo.entity_id)
    if point is not None:
        work.open_request(
            session,
            session.get_one(Asset, point.asset_id),
            title=PROBE,
            description="Le chauffage démarre trop tôt le lundi.",
            requester=f"{demo.name(commune.ENERGY)}, économe de flux",
            at=clock.now(),
        )


def _asked(demo: Demo, session: Session) -> ServiceRequest | None:
    return session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.entity_id == demo.entity_id, ServiceRequest.title == PROBE)
        .limit(1)
    ).first()


def _head(demo: Demo, session: Session) -> None:
    """It is accepted, and whoever goes there anyway is asked to look."""
    request = _asked(demo, session)
    if request is None or request.state != RequestState.NEW:
        return
    agent = session.scalars(
        select(Agent).where(Agent.entity_id == demo.entity_id, Agent.code == choices.AGENT)
    ).one()
    order = work.accept(
        session,
        request,
        at=clock.now(),
        assigned_to=agent,
        due_on=demo.today + timedelta(days=10),
    )
    words = f"@{commune.AGENT} tu passes à l’école cette semaine : peux-tu regarder la sonde ?"
    chatter.add_message(session, order, words)


def _agent(demo: Demo, session: Session) -> None:
    """She answers, and notes to come back to what she has mended."""
    request = _asked(demo, session)
    order = request.work_order if request is not None else None
    if isinstance(order, WorkOrder):
        chatter.add_message(session, order, "C’est noté, je la regarde en passant.")
    inbox.plan(
        session,
        choices.order(demo, session).asset,
        title="Revoir le réglage du brûleur",
        due_on=demo.today + timedelta(days=14),
        assignee_id=demo.people[commune.AGENT],
    )


#: (name, who; nobody known when empty, what they do), in their order.
_PARTS: tuple[tuple[str, str, Callable[[Demo, Session], None]], ...] = (
    ("passer-by", "", _passer_by),
    ("finance", commune.FINANCE, _finance),
    ("fleet", commune.FLEET, _fleet),
    ("energy", commune.ENERGY, _energy),
    ("head", commune.HEAD, _head),
    ("agent", commune.AGENT, _agent),
)
