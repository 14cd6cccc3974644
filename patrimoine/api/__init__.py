"""REST resources of the register: assets by kind, categories, tags, the ledger."""

from __future__ import annotations

from flask_appbuilder import AppBuilder

from base.face.api.card_api import api_of
from patrimoine.api.assets import KIND_APIS, AssetApi
from patrimoine.records import CATEGORY, COST, TAG


def register(appbuilder: AppBuilder) -> None:
    """Add the resources; categories, tags and the ledger are read, or written by verbs."""
    for resource in (AssetApi, *KIND_APIS, *map(api_of, (CATEGORY, TAG, COST))):
        appbuilder.add_api(resource)
