"""``/api/v1/delivery_point``, ``/api/v1/meter``, ``/api/v1/series``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from base import arguments, clock
from base.api import Day, ModuleApi, Number, Row, verb
from base.views import ScopedInterface
from energie.domain.kinds import EnergyKind
from energie.models import DeliveryPoint, Meter, Series
from energie.services import points
from patrimoine.models import Asset


class DeliveryPointApi(ModuleApi):
    """Delivery points; one made here comes with its meter and serves its asset alone."""

    resource_name = "delivery_point"
    class_permission_name = "DeliveryPointApi"
    datamodel = ScopedInterface(DeliveryPoint)
    list_columns = [
        "id",
        "energy_kind",
        "reference_kind",
        "reference",
        "name",
        "asset_id",
        "category",
        "subscribed_kva",
        "opened_on",
        "closed_on",
        "timezone",
        "entity_id",
        "archived_on",
        "version",
    ]
    show_columns = list_columns
    add_columns = [
        "asset_id",
        "energy_kind",
        "reference",
        "name",
        "category",
        "subscribed_kva",
        "opened_on",
    ]
    filled_columns = ("energy_kind", "name")
    edit_columns = ["name", "category", "subscribed_kva", "opened_on", "closed_on"]
    search_columns = ["id", "energy_kind", "reference", "name", "asset_id", "category"]
    order_columns = ["id", "reference", "name", "energy_kind"]
    exclude_route_methods = {"delete"}

    def create(self, session: Any, values: dict[str, Any]) -> DeliveryPoint:
        """Put a point on a building or site, with its meter."""
        return points.create_point(
            session,
            arguments.required_row(session, values, "asset_id", Asset),
            reference=values.get("reference") or "",
            on=clock.today(),
            energy_kind=arguments.one_of(
                values, "energy_kind", EnergyKind, EnergyKind.ELECTRICITY
            ),
            name=values.get("name") or "",
            category=values.get("category"),
            subscribed_kva=values.get("subscribed_kva"),
            opened_on=values.get("opened_on"),
        )

    @verb(
        "allocate",
        Row("asset_id", Asset, required=True),
        Number("weight", places=6, default=Decimal(1)),
        Day("valid_from"),
    )
    def allocate(self, session: Any, row: DeliveryPoint, given: dict[str, Any]) -> None:
        """Give an asset a weight."""
        points.allocate(
            session,
            row,
            given["asset_id"],
            weight=given["weight"],
            valid_from=given["valid_from"] or points.ALWAYS,
        )


class MeterApi(ModuleApi):
    """Meters on their delivery points; each physical one is a piece of equipment too."""

    resource_name = "meter"
    class_permission_name = "MeterApi"
    datamodel = ScopedInterface(Meter)
    list_columns = [
        "id",
        "point_id",
        "asset_id",
        "serial_number",
        "kind",
        "parent_id",
        "installed_on",
        "removed_on",
        "entity_id",
        "archived_on",
        "version",
    ]
    show_columns = list_columns
    add_columns = ["point_id", "serial_number", "installed_on"]
    edit_columns = ["removed_on"]
    search_columns = ["id", "point_id", "asset_id", "serial_number", "kind", "installed_on"]
    order_columns = ["id", "serial_number", "installed_on"]
    exclude_route_methods = {"delete"}

    def create(self, session: Any, values: dict[str, Any]) -> Meter:
        """Put a meter on a delivery point."""
        return points.install_meter(
            session,
            arguments.required_row(session, values, "point_id", DeliveryPoint),
            serial_number=values["serial_number"],
            on=values.get("installed_on") or clock.today(),
        )


class SeriesApi(ModuleApi):
    """The series that readings belong to; files make them."""

    resource_name = "series"
    class_permission_name = "SeriesApi"
    datamodel = ScopedInterface(Series)
    list_columns = [
        "id",
        "point_id",
        "quantity",
        "step",
        "unit",
        "register_code",
        "basis",
        "is_cumulative",
        "entity_id",
    ]
    show_columns = list_columns
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = ["id", "point_id", "quantity", "step", "unit"]
    order_columns = ["id"]
    exclude_route_methods = {"post", "put", "delete"}
