"""REST resources of the register: assets by kind, categories, tags and reports, the ledger."""

from __future__ import annotations

from flask_appbuilder import AppBuilder

from base.face.api.card_api import api_of
from patrimoine.api.assets import KIND_APIS, AssetApi
from patrimoine.records import CATEGORY, COST, REPORT, TAG


def register(appbuilder: AppBuilder) -> None:
    """Add the resources; all but assets are read, or written by verbs."""
    for resource in (AssetApi, *KIND_APIS, *map(api_of, (CATEGORY, TAG, REPORT, COST))):
        appbuilder.add_api(resource)
