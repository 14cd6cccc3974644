"""Lines of a work order: their columns, and time, parts, expenses as resources of their own."""

from __future__ import annotations

from base.basics.i18n import _l
from base.face.api import ModuleApi
from base.face.views import ScopedInterface
from interventions.models import Expense, Labour, PartUse

LABOUR_COLUMNS = (
    "id work_order_id agent_id date_on hours hourly_rate_eur amount_ht_eur reversed_at "
    "corrects_id entity_id"
).split()
PART_COLUMNS = (
    "id work_order_id item_id store_id date_on quantity unit_cost_eur amount_ht_eur "
    "vat_eur reversed_at entity_id"
).split()
EXPENSE_COLUMNS = (
    "id work_order_id date_on supplier partner_id label reference amount_ht_eur vat_rate "
    "vat_eur reversed_at entity_id"
).split()
POINT_COLUMNS = (
    "id work_order_id position label mandatory unit expected_min expected_max measure "
    "answer note answered_at follow_up_id"
).split()


SIGNATURE_COLUMNS = (
    "id work_order_id signer_name signer_quality signed_at document_id digest replaced_at"
).split()
PHOTO_COLUMNS = "id work_order_id document_id moment".split()


class _LineApi(ModuleApi):
    """Cost lines on their own: read, and taken back; they are written under their work order."""

    exclude_route_methods = {"post", "put", "delete"}
    add_columns: list[str] = []
    edit_columns: list[str] = []


class LabourApi(_LineApi):
    """Time spent."""

    resource_name = "labour"
    datamodel = ScopedInterface(Labour)
    rights_title = _l("Temps passés")
    list_columns = show_columns = LABOUR_COLUMNS
    search_columns = ["id", "work_order_id", "agent_id", "date_on"]
    order_columns = ["id", "date_on"]
    made_columns = {Labour: LABOUR_COLUMNS}


class PartUseApi(_LineApi):
    """Parts used."""

    resource_name = "part_use"
    datamodel = ScopedInterface(PartUse)
    rights_title = _l("Pièces posées")
    list_columns = show_columns = PART_COLUMNS
    search_columns = ["id", "work_order_id", "item_id", "date_on"]
    order_columns = ["id", "date_on"]


class ExpenseApi(_LineApi):
    """Suppliers' expenses."""

    resource_name = "expense"
    datamodel = ScopedInterface(Expense)
    rights_title = _l("Dépenses")
    list_columns = show_columns = EXPENSE_COLUMNS
    search_columns = ["id", "work_order_id", "supplier", "date_on"]
    order_columns = ["id", "date_on"]
