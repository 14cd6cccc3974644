"""What is searched of this module beside its cards: work orders."""

from __future__ import annotations

from base.basics.i18n import _l
from base.engine.search import searchable
from interventions import domain
from interventions.models import WorkOrder


def _work_order(row: WorkOrder) -> tuple[str, str]:
    sign = domain.State(row.state)
    return row.title or row.number, f"{row.number} · {sign.word}"


searchable(
    "wo",
    WorkOrder,
    ("number", "external_number", "title"),
    page="WorkOrderView.show",
    title=_l("Interventions"),
    icon="tool",
    order=20,
    shown=_work_order,
)
