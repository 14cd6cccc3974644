"""Files this module reads: agents with dated rates, stock, requests and work of the past."""

from base.desk.imports import register
from interventions.imports.agents import AgentImporter
from interventions.imports.requests import RequestImporter
from interventions.imports.stock import StockImporter
from interventions.imports.work_orders import WorkOrderImporter

register(AgentImporter())
register(StockImporter())
register(RequestImporter())
register(WorkOrderImporter())
