"""Who may do what with energy, and which rows: roles as data, one rule per model."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from base.basics.i18n import _l
from base.rules.rights.rules import by_entity, record_rule
from base.store.history.trail import NOT_AUDITED
from energie.models import (
    Allocation,
    DailyUse,
    DeliveryPoint,
    Invoice,
    InvoiceLine,
    InvoiceShare,
    Meter,
    PointDay,
    Reading,
    ReadingBatch,
    ReadingHistory,
    ReadingReject,
    Register,
    Series,
)

for _model in (
    Allocation,
    DailyUse,
    DeliveryPoint,
    Invoice,
    InvoiceShare,
    Meter,
    PointDay,
    ReadingBatch,
    Register,
    Series,
):
    by_entity(_model)


def _through(column: Any, owner: Any) -> Any:
    """Rows without an entity of their own follow the row that they belong to."""
    table = owner.__table__

    def rule(scope: tuple[int, ...]) -> Any:
        return column.in_(select(table.c.id).where(table.c.entity_id.in_(scope)))

    return rule


record_rule(Reading)(_through(Reading.series_id, Series))
record_rule(ReadingHistory)(_through(ReadingHistory.series_id, Series))
record_rule(ReadingReject)(_through(ReadingReject.batch_id, ReadingBatch))
record_rule(InvoiceLine)(_through(InvoiceLine.invoice_id, Invoice))

NOT_AUDITED.update(
    {
        "energie_reading": "one event per file, with its digest, instead of one per value",
        "energie_reading_history": "is the history of the readings",
        "energie_reading_reject": "the rows that a file could not give; kept with its event",
        "energie_daily_use": "sums that are computed again from the readings",
        "energie_point_day": "chosen anew from the days of the series",
        "energie_invoice_line": "as received with its invoice, never changed",
        "energie_invoice_share": "its ledger lines stand in the trail",
    }
)

_READ = "^(can_list|can_show|can_get|can_info|can_export|menu_access)$"
_POINTS = "^(DeliveryPointView|DeliveryPointApi|MeterApi|SeriesApi|ReadingApi)$"
_FILES = "^(ReadingBatchView|ReadingBatchApi)$"
_INVOICES = "^(InvoiceView|InvoiceApi)$"
_ALL = "^(can_.*|menu_access)$"
_ASSETS = "^(Asset|Site|Building|Floor|Room|Parcel|Vehicle|Equipment)(View|Api)$"
_MENU = ["^(Energy|Delivery points|Energy invoices|Reading files)$", "^menu_access$"]

ROLES_SAID = {
    "Énergie": _l("Suit les points de livraison, les relevés et les factures d’énergie."),
}
#: Role -> (view pattern, permission pattern), both anchored.
ROLES = {
    "Agent": [[_POINTS, _READ], _MENU],
    "Responsable": [
        [_POINTS, _ALL],
        [_FILES, _ALL],
        [_INVOICES, _READ],
        _MENU,
    ],
    "Énergie": [
        [_POINTS, _ALL],
        [_FILES, _ALL],
        [_INVOICES, _ALL],
        ["^(ImportView|ImportApi)$", "^can_import$"],
        ["^Imports$", "^menu_access$"],
        ["^(JobView|JobApi)$", "^can_(list|show|get|cancel)$"],
        [_ASSETS, _READ],
        ["^(MapView|PastView)$", "^can_.*$"],
        ["^(CostLineView|CostLineApi)$", _READ],
        ["^(Patrimoine|Assets|Map|Cost lines)$", "^menu_access$"],
        # What whoever works on records may do beside them.
        ["^SavedViewView$", "^can_keep$"],
        ["^InboxView$", "^can_(list|act)$"],
        ["^[A-Za-z]+View$", "^can_message$"],
        ["^(DocumentView|DocumentApi)$", "^can_(download|attach)$"],
        ["^(EntityView|ServiceView|PartnerView|EntityApi|ServiceApi|PartnerApi)$", _READ],
        _MENU,
    ],
    "Finances": [
        [_POINTS, _READ],
        [_FILES, _READ],
        [_INVOICES, _ALL],
        _MENU,
    ],
    "Lecteur": [[_POINTS, _READ], [_INVOICES, _READ], _MENU],
}
