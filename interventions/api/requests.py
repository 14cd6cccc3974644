"""``/api/v1/service_request``: what people ask for."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from base import clock
from base.api import Row, Text, verb
from base.api.card_api import CardApi
from interventions import services
from interventions.models import Agent, ServiceRequest, WorkOrder
from interventions.records import REQUEST


class ServiceRequestApi(CardApi, card=REQUEST):
    """Service requests."""

    @verb("accept", Row("work_order_id", WorkOrder), Row("assigned_to_id", Agent))
    def accept(self, session: Any, row: ServiceRequest, given: dict[str, Any]) -> Response:
        """Make work of it: a new work order, or ``work_order_id`` that answers it already."""
        work_order = services.accept(
            session,
            row,
            at=clock.now(),
            into=given["work_order_id"],
            assigned_to=given["assigned_to_id"],
        )
        return self.response(  # type: ignore[no-any-return]
            200,
            id=row.id,
            work_order_id=work_order.id,
            work_order_number=work_order.number,
            result=self._dump(row),
        )

    @verb("refuse", Text("reason", 300))
    def refuse(self, session: Any, row: ServiceRequest, given: dict[str, Any]) -> None:
        """Say no, and why."""
        services.refuse(session, row, reason=given["reason"], at=clock.now())
