"""REST resources of the module: work orders with verbs and lines, requests, agents, stock."""

from __future__ import annotations

from typing import Any

from interventions.api.lines import ExpenseApi, LabourApi, PartUseApi
from interventions.api.people import AgentApi
from interventions.api.requests import ServiceRequestApi
from interventions.api.stock import ItemApi, StockLevelApi, StoreApi
from interventions.api.work_orders import WorkOrderApi

RESOURCES = (
    WorkOrderApi,
    LabourApi,
    PartUseApi,
    ExpenseApi,
    ServiceRequestApi,
    AgentApi,
    StoreApi,
    ItemApi,
    StockLevelApi,
)


def register(appbuilder: Any) -> None:
    """Open the resources."""
    for resource in RESOURCES:
        appbuilder.add_api(resource)
