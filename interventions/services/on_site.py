"""What an agent does on the place in one go: begin a routine job, finish one, report a fault."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.attached import documents
from base.papers.files.store import Stored
from interventions import domain, queries
from interventions.domain import Channel, Kind, Moment, Priority, State
from interventions.models import Agent, ServiceRequest, StockLevel, WorkOrder
from interventions.services import (
    costs,
    finishing,
    lines,
    photos,
    requests,
    signatures,
    work_orders,
)
from patrimoine.models import Asset


class Signed(NamedTuple):
    """Who received the work; without ``picture`` the name stands for the signature."""

    name: str
    quality: str
    picture: Stored | None


def begin_on_site(
    session: Session, asset: Asset, *, title: str, at: datetime, agent: Agent
) -> WorkOrder:
    """A routine job of the agent, of today, opened and started.

    Raises:
        AssetGone: the asset is archived.
        InvalidInput: the title is empty.
    """
    work_order = work_orders.open_work_order(
        session,
        asset,
        title=title,
        at=at,
        kind=Kind.ROUTINE,
        assigned_to=agent,
        planned_on=clock.today(),
    )
    work_orders.start(session, work_order, at=at, agent=agent)
    return work_order


def finish_on_site(
    session: Session,
    work_order: WorkOrder,
    *,
    at: datetime,
    agent: Agent,
    hours: Decimal | None = None,
    parts: Sequence[tuple[StockLevel, Decimal]] = (),
    pictures: Sequence[tuple[Moment, Stored]] = (),
    signed: Signed | None = None,
    finding: str | None = None,
    untimed: bool = False,
) -> None:
    """Log the time and the parts, keep photographs and signature, and finish: all or nothing.

    Work that was not running is started first. ``untimed`` says that no time is to be counted.

    Raises:
        InvalidInput: the clock was forgotten and no time is told.
        TimeUntold: no time is told, and none was before.
        DomainError: as each of the verbs.
    """
    worked = domain.worked_time(work_order.worked_seconds, work_order.running_since_at, at)
    if work_order.state != State.STARTED:
        work_orders.start(session, work_order, at=at, agent=agent)
    if hours is not None:
        costs.record_labour(session, work_order, agent, hours=hours, date_on=clock.today())
    elif not untimed:
        if domain.proposed_hours(worked, work_order.hours_told) is None:
            words = _("L’horloge a été oubliée : dites le temps vraiment passé.")
            raise InvalidInput.at("hours", words)
        finishing.require_time(session, work_order)
    for level, quantity in parts:
        lines.take_part(session, work_order, level=level, quantity=quantity)
    for moment, picture in pictures:
        photos.add_photo(session, work_order, picture, moment=moment, at=at)
    if signed is not None:
        signatures.sign(session, work_order, at=at, **signed._asdict())
    work_orders.finish(session, work_order, at=at, finding=finding)


def report_on_site(
    session: Session,
    asset: Asset,
    *,
    title: str,
    at: datetime,
    description: str = "",
    priority: Priority = Priority.NORMAL,
    picture: Stored | None = None,
) -> ServiceRequest:
    """A request of whoever stands in front of the asset, with a photograph if there is one.

    Raises:
        InvalidInput: the title is empty.
        FileRefused: the person has sent too much today.
    """
    agent = queries.agent_of_asker(session, asset.entity_id)
    request = requests.open_request(
        session,
        asset,
        title=title,
        at=at,
        channel=Channel.TAG,
        description=description,
        requester=agent.name if agent else "",
        priority=priority,
    )
    if picture is not None:
        documents.attach(session, request, picture, at=at)
    return request
