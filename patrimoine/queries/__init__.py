"""Reads of the register, its tree, its tags and its ledger."""

from patrimoine.queries.assets import (
    AssetFilter,
    asset_by_code,
    asset_by_id,
    categories_by_code,
    counts_by_kind,
    path_of,
    place_names,
)
from patrimoine.queries.costs import (
    ZERO,
    branch_totals,
    cost_lines,
    cost_total,
    lines_in_branch,
    totals_by_nature,
    totals_by_year,
)
from patrimoine.queries.fields import CustomValue, FieldBook, custom_values
from patrimoine.queries.maps import shapes_in_box
from patrimoine.queries.places import places
from patrimoine.queries.tags import (
    PublicAsset,
    open_reports,
    public_asset,
    tag_by_token,
    tag_of_asset,
    token_owner,
)
from patrimoine.queries.tree import (
    ancestors,
    ancestors_on,
    children,
    in_branch,
    last_moves,
)

__all__ = [
    "ZERO",
    "AssetFilter",
    "CustomValue",
    "FieldBook",
    "PublicAsset",
    "ancestors",
    "ancestors_on",
    "asset_by_code",
    "asset_by_id",
    "branch_totals",
    "categories_by_code",
    "children",
    "cost_lines",
    "cost_total",
    "counts_by_kind",
    "custom_values",
    "in_branch",
    "last_moves",
    "lines_in_branch",
    "open_reports",
    "path_of",
    "place_names",
    "places",
    "public_asset",
    "shapes_in_box",
    "tag_by_token",
    "tag_of_asset",
    "token_owner",
    "totals_by_nature",
    "totals_by_year",
]
