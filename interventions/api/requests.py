"""``/api/v1/service_request``: what people ask for."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from base import arguments, clock
from base.api import ModuleApi, Row, Text, verb
from base.i18n import _
from base.views import ScopedInterface
from interventions import services
from interventions.domain import Channel, Priority
from interventions.models import Agent, ServiceRequest, WorkOrder
from patrimoine.models import Asset


class ServiceRequestApi(ModuleApi):
    """Service requests."""

    resource_name = "service_request"
    datamodel = ScopedInterface(ServiceRequest)
    list_columns = [
        "id",
        "number",
        "asset_id",
        "entity_id",
        "state",
        "channel",
        "priority",
        "title",
        "requester",
        "received_at",
        "work_order_id",
    ]
    show_columns = [*list_columns, "description", "contact", "refusal_reason", "version"]
    add_columns = [
        "asset_id",
        "title",
        "description",
        "requester",
        "contact",
        "priority",
        "channel",
    ]
    edit_columns = ["title", "description", "requester", "contact", "priority"]
    search_columns = ["id", "number", "asset_id", "state", "channel", "priority", "title"]
    order_columns = ["id", "number", "received_at", "priority"]
    exclude_route_methods = {"delete"}

    def create(self, session: Any, values: dict[str, Any]) -> ServiceRequest:
        """Write a request down."""
        asset = arguments.required_row(session, values, "asset_id", Asset)
        lines = (values.get("description") or "").strip().splitlines()
        lines = lines or [_("Demande sur « %(name)s »", name=asset.name)]
        return services.open_request(
            session,
            asset,
            title=values.get("title") or lines[0][:200],
            at=clock.now(),
            channel=arguments.one_of(values, "channel", Channel, Channel.API),
            description=values.get("description") or "",
            requester=values.get("requester") or "",
            contact=values.get("contact") or "",
            priority=arguments.one_of(values, "priority", Priority, Priority.NORMAL),
        )

    def update(self, session: Any, row: ServiceRequest, values: dict[str, Any]) -> None:
        """Change the words of a request; its state has verbs."""
        arguments.one_of(values, "priority", Priority, Priority.NORMAL)
        super().update(session, row, values)

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
