"""Files this module reads: agents with their dated rates, stock, work orders of the past."""

from base.imports import register
from interventions.imports.agents import AgentImporter
from interventions.imports.stock import StockImporter
from interventions.imports.work_orders import WorkOrderImporter

register(AgentImporter())
register(StockImporter())
register(WorkOrderImporter())
