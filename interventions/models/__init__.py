"""The tables of the module, one aggregate a file."""

from interventions.models.people import RATES, Agent, AgentRate
from interventions.models.photos import Photo
from interventions.models.requests import ServiceRequest
from interventions.models.signatures import Signature
from interventions.models.stock import Item, PartUse, StockLevel, StockMove, Store
from interventions.models.work import ChecklistPoint, Expense, Labour, WorkOrder

__all__ = [
    "RATES",
    "Agent",
    "AgentRate",
    "ChecklistPoint",
    "Expense",
    "Item",
    "Labour",
    "PartUse",
    "Photo",
    "ServiceRequest",
    "Signature",
    "StockLevel",
    "StockMove",
    "Store",
    "WorkOrder",
]
