"""REST resources beside the assets: categories, tags, the ledger."""

from __future__ import annotations

from typing import Any

from base import clock
from base.api import ModuleApi, Row, verb
from base.views import ScopedInterface
from patrimoine import domain, services
from patrimoine.models import Asset, Category, CostLine, Tag


class CategoryApi(ModuleApi):
    """Categories and what they allow; read only."""

    resource_name = "category"
    datamodel = ScopedInterface(Category)
    include_route_methods = {"get_list", "get", "info"}
    list_columns = [
        "id",
        "code",
        "name",
        "kind",
        "parent_id",
        "account",
        "life_years",
        *domain.CAPABILITIES,
        "version",
    ]
    show_columns = list_columns
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = ["code", "name", "kind", "parent_id"]
    order_columns = ["id", "code", "name"]


class TagApi(ModuleApi):
    """Tags; made by the verb ``tag`` of an asset, never by hand."""

    resource_name = "tag"
    datamodel = ScopedInterface(Tag)
    include_route_methods = {"get_list", "get", "info", "link", "revoke"}
    list_columns = [
        "id",
        "token",
        "state",
        "asset_id",
        "entity_id",
        "issued_at",
        "claimed_at",
        "revoked_at",
        "version",
    ]
    show_columns = list_columns
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = ["token", "state", "asset_id", "entity_id"]
    order_columns = ["id", "issued_at"]

    @verb("link", Row("asset_id", Asset, required=True))
    def link(self, session: Any, row: Tag, given: dict[str, Any]) -> None:
        """Put the tag on an asset."""
        services.link_tag(session, row, given["asset_id"], at=clock.now())

    @verb("revoke")
    def revoke(self, session: Any, row: Tag, given: dict[str, Any]) -> None:
        """Make the tag lead nowhere."""
        services.revoke_tag(session, row, at=clock.now())


class CostLineApi(ModuleApi):
    """The ledger; read only, for verbs of other resources write it."""

    resource_name = "cost_line"
    datamodel = ScopedInterface(CostLine)
    include_route_methods = {"get_list", "get", "info"}
    list_columns = [
        "id",
        "asset_id",
        "entity_id",
        "date_on",
        "amount_ht_eur",
        "vat_eur",
        "net_eur",
        "nature",
        "label",
        "account",
        "budget_line",
        "service_id",
        "supplier_id",
        "source_type",
        "source_id",
        "reversal_of_id",
        "booked_at",
    ]
    show_columns = list_columns
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = [
        "asset_id",
        "entity_id",
        "date_on",
        "nature",
        "account",
        "budget_line",
        "source_type",
        "source_id",
        "reversal_of_id",
        "amount_ht_eur",
    ]
    order_columns = ["id", "date_on", "amount_ht_eur"]
