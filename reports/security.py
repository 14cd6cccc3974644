"""Who may ask for reports, and which runs they see."""

from __future__ import annotations

from base.rules.rights.rules import by_entity
from base.rules.rights.withheld import withhold_rows
from interventions.models import RATES
from reports.models import ReportRun

by_entity(ReportRun)

# A document shows what its author could read: those with costs of labour are not for others.
withhold_rows(RATES, ReportRun, lambda: ReportRun.code.in_(("cost", "traceability")))

_ALL = "^(ReportRunView|ReportRunApi|CatalogueView)$"
_READ = "^(can_list|can_show|can_get|can_info|can_document|menu_access)$"
_MENU = ["^(Rapports|Catalogue)$", "^menu_access$"]

#: Role -> (view pattern, permission pattern), both anchored.
ROLES = {
    "Lecteur": [[_ALL, _READ], _MENU],
    "Énergie": [[_ALL, _READ], _MENU],
    "Responsable": [[_ALL, "^(can_.*|menu_access)$"], _MENU],
    "Finances": [[_ALL, "^(can_.*|menu_access)$"], _MENU],
}
