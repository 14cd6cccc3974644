"""Who may do what, and which rows: roles as data, one rule per model."""

from __future__ import annotations

from base.rules.rights.rules import by_entity
from base.rules.rights.withheld import withhold, withhold_rows
from interventions.models import (
    RATES,
    Agent,
    AgentRate,
    ChecklistPoint,
    Expense,
    Item,
    Labour,
    PartUse,
    Photo,
    ServiceRequest,
    Signature,
    StockLevel,
    StockMove,
    Store,
    WorkOrder,
)
from patrimoine.domain import CostNature
from patrimoine.models import CostLine

for _model in (
    Agent,
    AgentRate,
    ChecklistPoint,
    Expense,
    Item,
    Labour,
    PartUse,
    Photo,
    ServiceRequest,
    Signature,
    StockLevel,
    StockMove,
    Store,
    WorkOrder,
):
    by_entity(_model)

# Who may not read rates sees hours: neither rates, nor amounts from which a rate follows.
withhold(RATES, AgentRate.hourly_rate_eur, Labour.hourly_rate_eur, Labour.amount_ht_eur)
withhold_rows(RATES, CostLine, lambda: CostLine.nature == CostNature.LABOUR)

_READ = "^(can_list|can_show|can_get|can_info|can_export|menu_access)$"
#: What is done on site.
_FIELD = (
    "^(can_start|can_pause|can_finish|can_labour|can_part|can_expense|can_answer|can_sign"
    "|can_photo)$"
)
_DESK = (
    "^(can_add|can_edit|can_post|can_put|can_plan|can_cancel|can_reopen|can_validate"
    "|can_reverse|can_correct|can_point)$"
)
_WORK = "^(WorkOrderView|WorkOrderApi)$"
_REQUESTS = "^(ServiceRequestView|ServiceRequestApi)$"
_STOCK = "^(StoreView|StoreApi|ItemView|ItemApi|StockLevelView|StockLevelApi|StockMoveView)$"
_AGENTS = "^(AgentView|AgentApi)$"
_LINES = "^(LabourApi|PartUseApi|ExpenseApi)$"

#: Role -> (view pattern, permission pattern), both anchored.
ROLES = {
    "Agent": [
        [_WORK, _READ],
        [_WORK, _FIELD],
        [_WORK, "^(can_add|can_post)$"],
        ["^MobileView$", "^can_.*$"],
        [_REQUESTS, "^(can_list|can_show|can_get|can_info|can_add|can_post|menu_access)$"],
        ["^(ItemApi|StoreApi|StockLevelApi|StockLevelView)$", _READ],
        [_AGENTS, "^(can_list|can_get|can_info|can_rates)$"],
        [_LINES, "^(can_list|can_get|can_info)$"],
        ["^Interventions$", "^menu_access$"],
    ],
    "Responsable": [
        [_WORK, "^(can_.*|menu_access)$"],
        [_REQUESTS, "^(can_.*|menu_access)$"],
        [_STOCK, "^(can_.*|menu_access)$"],
        [_AGENTS, "^(can_.*|menu_access)$"],
        [_LINES, "^can_.*$"],
        ["^MobileView$", "^can_.*$"],
        ["^(Interventions|Stocks)$", "^menu_access$"],
    ],
    # Sees what is done on what consumes, and asks for it; others plan it.
    "Énergie": [
        [_WORK, _READ],
        [_REQUESTS, "^(can_list|can_show|can_get|can_info|can_add|can_post|menu_access)$"],
        [_LINES, "^(can_list|can_get|can_info)$"],
        ["^Interventions$", "^menu_access$"],
    ],
    "Finances": [
        [_WORK, _READ],
        [_WORK, "^can_validate$"],
        [_STOCK, _READ],
        [_AGENTS, "^(can_.*|menu_access)$"],
        [_LINES, "^(can_list|can_get|can_info)$"],
        ["^(Interventions|Stocks)$", "^menu_access$"],
    ],
    "Lecteur": [
        [_WORK, _READ],
        [_REQUESTS, _READ],
        [_STOCK, _READ],
        [_LINES, "^(can_list|can_get|can_info)$"],
        ["^(Interventions|Stocks)$", "^menu_access$"],
    ],
}
