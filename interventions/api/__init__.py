"""REST resources of the module: work orders with verbs and lines, requests, agents, stock."""

from __future__ import annotations

from typing import Any

from base.face.api.card_api import api_of, columns_of
from interventions.api.people import AgentApi
from interventions.api.stock import ItemApi, StoreApi
from interventions.api.work_orders import WorkOrderApi
from interventions.models import Labour
from interventions.records import EXPENSE, LABOUR, LEVEL, PART_USE, REQUEST

RESOURCES = (
    WorkOrderApi,
    api_of(LABOUR, made_columns=columns_of(Labour)),
    api_of(PART_USE),
    api_of(EXPENSE),
    api_of(REQUEST),
    AgentApi,
    StoreApi,
    ItemApi,
    api_of(LEVEL),
)


def register(appbuilder: Any) -> None:
    """Open the resources."""
    for resource in RESOURCES:
        appbuilder.add_api(resource)
