"""Reads of the register, its tree, its tags and its ledger."""

from patrimoine.queries.assets import (
    AssetFilter,
    Place,
    asset_by_code,
    asset_ids_page,
    assets_by_ids,
    categories_by_code,
    counts_by_kind,
    place_name,
    place_names,
)
from patrimoine.queries.costs import (
    ZERO,
    CostTotal,
    NatureTotal,
    branch_totals,
    cost_lines,
    cost_total,
    totals_by_nature,
    totals_by_year,
)
from patrimoine.queries.fields import CustomValue, FieldBook, custom_values
from patrimoine.queries.maps import shapes_in_box
from patrimoine.queries.tags import (
    PublicAsset,
    open_reports,
    public_asset,
    tag_of_asset,
    token_owner,
)
from patrimoine.queries.tree import (
    ancestors,
    ancestors_on,
    branch_ids_on,
    children,
    in_branch,
)

__all__ = [
    "ZERO",
    "AssetFilter",
    "CostTotal",
    "CustomValue",
    "FieldBook",
    "NatureTotal",
    "Place",
    "PublicAsset",
    "ancestors",
    "ancestors_on",
    "asset_by_code",
    "asset_ids_page",
    "assets_by_ids",
    "branch_ids_on",
    "branch_totals",
    "categories_by_code",
    "children",
    "cost_lines",
    "cost_total",
    "counts_by_kind",
    "custom_values",
    "in_branch",
    "open_reports",
    "place_name",
    "place_names",
    "public_asset",
    "shapes_in_box",
    "tag_of_asset",
    "token_owner",
    "totals_by_nature",
    "totals_by_year",
]
