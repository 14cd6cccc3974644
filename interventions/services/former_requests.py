"""Requests of the past, many at once: for imports, with the rules of the verbs."""

from __future__ import annotations

from collections.abc import Sequence

from base.basics import facts
from base.basics.sessions import Session
from interventions.models import ServiceRequest
from interventions.services.history import numbers_of
from interventions.services.past import PastRequest


def write_past_requests(session: Session, found: Sequence[PastRequest]) -> list[ServiceRequest]:
    """The requests written, in their order, each with its number; they follow their work.

    Raises:
        InvalidInput: one was received after now.
    """
    for past in found:
        facts.require_past({"received_at": past.received_at})
        past.follow_work()
    numbers = numbers_of(session, "DEM", [(r.asset.entity_id, r.received_at) for r in found])
    rows = [
        ServiceRequest(
            entity_id=past.asset.entity_id,
            number=taken,
            asset=past.asset,
            title=" ".join(past.title.split())[:200],
            description=past.description.strip(),
            requester=past.requester.strip()[:200],
            contact=past.contact.strip()[:254],
            channel=past.channel,
            priority=past.priority,
            received_at=past.received_at,
            refusal_reason=past.refusal_reason.strip()[:300],
            state=past.state,
            work_order=past.work_order,
        )
        for past, taken in zip(found, numbers, strict=True)
    ]
    session.add_all(rows)
    session.flush()
    return rows
