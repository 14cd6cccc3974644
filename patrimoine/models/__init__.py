"""The tables of the register, one aggregate a file."""

from patrimoine.models import upkeep
from patrimoine.models.assets import (
    KIND_MODELS,
    Addressed,
    Asset,
    Building,
    Equipment,
    Floor,
    Parcel,
    PersonalEquipment,
    Room,
    Site,
    Vehicle,
)
from patrimoine.models.categories import Category, FieldDefinition, FieldPlace, FieldValue
from patrimoine.models.costs import CostLine
from patrimoine.models.places import AssetMove, Geometry
from patrimoine.models.tags import Tag, TagReport

__all__ = [
    "KIND_MODELS",
    "Addressed",
    "Asset",
    "AssetMove",
    "Building",
    "Category",
    "CostLine",
    "Equipment",
    "FieldDefinition",
    "FieldPlace",
    "FieldValue",
    "Floor",
    "Geometry",
    "Parcel",
    "PersonalEquipment",
    "Room",
    "Site",
    "Tag",
    "TagReport",
    "Vehicle",
    "upkeep",
]
