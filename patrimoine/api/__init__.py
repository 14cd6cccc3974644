"""REST resources of the register: assets by kind, categories, tags, the ledger."""

from __future__ import annotations

from flask_appbuilder import AppBuilder

from patrimoine.api.assets import (
    AssetApi,
    BuildingApi,
    EquipmentApi,
    FloorApi,
    ParcelApi,
    PersonalEquipmentApi,
    RoomApi,
    SiteApi,
    VehicleApi,
)
from patrimoine.api.others import CategoryApi, CostLineApi, TagApi

RESOURCES = (
    AssetApi,
    SiteApi,
    BuildingApi,
    FloorApi,
    RoomApi,
    ParcelApi,
    VehicleApi,
    EquipmentApi,
    PersonalEquipmentApi,
    CategoryApi,
    TagApi,
    CostLineApi,
)


def register(appbuilder: AppBuilder) -> None:
    """Add the resources."""
    for resource in RESOURCES:
        appbuilder.add_api(resource)
