"""What is searched of this module: work orders, requests, agents, items of the stores."""

from __future__ import annotations

from base.i18n import _l
from base.search import searchable
from interventions import domain
from interventions.models import Agent, Item, ServiceRequest, WorkOrder


def _work_order(row: WorkOrder) -> tuple[str, str]:
    sign = domain.State(row.state)
    return row.title or row.number, f"{row.number} · {sign.word}"


searchable(
    "wo", WorkOrder, ("number", "external_number", "title"),
    page="WorkOrderView.show", title=_l("Interventions"), icon="tool", order=20,
    shown=_work_order,
)  # fmt: skip
searchable(
    "sr", ServiceRequest, ("number", "title", "requester"),
    page="ServiceRequestView.show", title=_l("Demandes"), icon="inbox", order=25,
    shown=lambda row: (row.title or row.number, row.number),
)  # fmt: skip
searchable(
    "ag", Agent, ("code", "last_name", "first_name", "trade"),
    page="AgentView.show", title=_l("Agents"), icon="users", order=50,
    shown=lambda row: (row.name, " · ".join(filter(None, (row.code, row.trade)))),
)  # fmt: skip
searchable(
    "it", Item, ("code", "name"),
    page="ItemView.show", title=_l("Articles"), icon="packages", order=55,
    shown=lambda row: (row.name, row.code),
)  # fmt: skip
