"""Files that become assets: registers, fleets, equipment, parcels of the cadastre."""

from base.desk.imports import register
from patrimoine.imports.assets import AssetImporter, EquipmentImporter, VehicleImporter
from patrimoine.imports.parcels import ParcelImporter

register(AssetImporter())
register(VehicleImporter())
register(EquipmentImporter())
register(ParcelImporter())
