"""What the rows of a file of work orders tell: an order, and what each row adds to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from base.basics import clock
from base.basics.errors import DomainError
from base.basics.rows import rows_by_ids
from base.basics.sessions import Session
from base.desk.imports.departed import Named, refuse_named
from base.desk.imports.engine import by_id
from base.desk.imports.rows import Effect, Record
from base.papers.tables.texts import fold
from base.store.models import Department, Partner
from interventions import services
from interventions.domain import Kind, Priority, State
from interventions.imports.work_columns import day_of, instant_of
from interventions.models import Agent, Item, Store
from interventions.services import PastOrder
from interventions.services.history import over_on
from interventions.services.work_orders import require_in_use
from patrimoine.models import Asset


def order_of(row: int, given: dict[str, Any]) -> PastOrder:
    """The order that a row tells; without a state it is finished when it has its day."""
    end = given.get("finished_on")
    told = ("opened_on", "started_on", "finished_on", "planned_on")
    opened = _first_day(given, told) or clock.today()
    started = given.get("started_on") or end
    started_at = instant_of(started, 9) if started else None
    ended_at = instant_of(end, 12) if end else None
    validated_at = instant_of(given["validated_on"], 17) if given.get("validated_on") else None
    # An hour that the file says is never before, or after, one that it does not say.
    if started_at and ended_at and not isinstance(started, datetime):
        started_at = min(started_at, ended_at)
    if started_at and ended_at and not isinstance(end, datetime):
        ended_at = max(started_at, ended_at)
    if validated_at and ended_at and not isinstance(given["validated_on"], datetime):
        validated_at = max(ended_at, validated_at)
    return PastOrder(
        row=row,
        asset=given["asset"],
        title=given["title"],
        opened_at=instant_of(opened, 8),
        state=given.get("state") or (State.FINISHED if end else State.DRAFT),
        external_number=given["external_number"],
        kind=given.get("kind") or Kind.CORRECTIVE,
        priority=given.get("priority") or Priority.NORMAL,
        description=given.get("description") or "",
        finding=given.get("finding") or "",
        requester=given.get("requester") or "",
        reason=given.get("reason") or "",
        service=given.get("service"),
        assigned_to=given.get("agent"),
        planned_on=given.get("planned_on"),
        due_on=given.get("due_on"),
        started_at=started_at,
        ended_at=ended_at,
        validated_at=validated_at,
    )


def add_line(
    session: Session, order: PastOrder, given: dict[str, Any], partners: dict[str, Partner]
) -> None:
    """What a row adds to its order: time, parts, a bill, a point; one row may bring them all."""
    on = line_day(order, given)
    if given.get("hours"):
        order.labour.append(services.PastLabour(given["agent"], given["hours"], on))
    if given.get("quantity"):
        store = given.get("store") or services.only_store_of(session, given["item"])
        order.parts.append(services.PastPart(given["item"], store, given["quantity"], on))
    if given.get("amount_ht_eur"):
        order.expenses.append(
            services.PastExpense(
                partners.get(fold(given["supplier"]), given["supplier"]),
                given.get("label") or order.title,
                given["amount_ht_eur"],
                given["vat_rate"],
                on,
                given.get("reference") or "",
            )
        )
    if given.get("point"):
        order.points.append(
            services.PastPoint(
                given["point"],
                given.get("answer"),
                measure=given.get("measure"),
                unit=given.get("unit"),
            )
        )


def line_day(order: PastOrder, given: dict[str, Any]) -> date:
    """The day of what a row adds: its own, else that of its order."""
    on = given.get("line_on") or _first_day(given, ("finished_on", "planned_on"))
    return day_of(on or order.ended_at or order.started_at or order.opened_at)


def _first_day(given: dict[str, Any], keys: tuple[str, ...]) -> date | datetime | None:
    """The first of a row's days that is told and past: a planned day may lie ahead."""
    today = clock.today()
    for key in keys:
        on: date | datetime | None = given.get(key)
        if on is not None and day_of(on) <= today:
            return on
    return None


def partners_by_name(session: Session, entity_id: int) -> dict[str, Partner]:
    """The third parties of an authority, as files name them."""
    found = session.scalars(select(Partner).where(Partner.entity_id == entity_id))
    return {fold(row.name): row for row in found}


def refuse_departed(session: Session, entity_id: int, records: Sequence[Record]) -> None:
    """Refuse the rows of new orders that name what had left by their day, as writing would."""
    new = [record for record in records if record.effect is Effect.CREATED]
    assets = rows_by_ids(session, Asset, {r.extra["asset"] for r in new if "asset" in r.extra})
    for record in new:
        try:
            if (asset := assets.get(record.extra.get("asset", 0))) is not None:
                require_in_use(asset)
        except DomainError as refusal:
            record.refuse(str(refusal), "asset")
    refuse_named(session, list(_named(session, entity_id, new)))


def _named(session: Session, entity_id: int, records: Sequence[Record]) -> Iterator[Named]:
    orders: dict[str, PastOrder] = {}
    partners = partners_by_name(session, entity_id) if records else {}
    stores = _only_stores(session, records)
    for record in records:
        number = record.values["external_number"]
        given: dict[str, Any] = {**record.values, **record.extra}
        agent, item = record.extra.get("agent"), record.extra.get("item")
        if number not in orders:
            order = orders[number] = order_of(record.number, {"asset": None, "title": "", **given})
            over = over_on(order)
            yield Named(record, "agent", Agent, agent, over)
            yield Named(record, "service", Department, record.extra.get("service"), over)
        on = line_day(orders[number], given)
        if given.get("hours"):
            yield Named(record, "agent", Agent, agent, on)
        if given.get("quantity"):
            yield Named(record, "item", Item, item, on)
            yield Named(record, "store", Store, record.extra.get("store") or stores.get(item), on)
        if given.get("amount_ht_eur") and (partner := partners.get(fold(given["supplier"]))):
            yield Named(record, "supplier", Partner, partner.id, on)


def _only_stores(session: Session, records: Sequence[Record]) -> Mapping[int | None, int]:
    """Article -> the one store that holds it, where a row takes some and names no store."""
    asked = {r.extra["item"] for r in records if "item" in r.extra and "store" not in r.extra}
    found: dict[int | None, int] = {}
    for key, item in by_id(session, Item, asked).items():
        try:
            found[key] = services.only_store_of(session, item).id
        except DomainError:
            continue  # writing says so
    return found
