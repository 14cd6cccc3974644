"""``/api/v1/service_request``: what people ask for."""

from __future__ import annotations

from typing import Any

from base import arguments, clock
from base.api import ModuleApi
from base.i18n import _
from base.views import ScopedInterface
from interventions import services
from interventions.domain import Channel, Priority
from interventions.models import ServiceRequest
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
