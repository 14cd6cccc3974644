"""Words and looks of an asset's columns on screen."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import class_mapper
from wtforms import StringField, validators

from base.basics import clock, formats
from base.basics.i18n import _, _l
from base.store.choice import Sign
from base.store.history import trail, wording
from patrimoine import domain
from patrimoine.models import KIND_MODELS, Asset

COMMON = [
    "category",
    "status",
    "service",
    "brand",
    "model",
    "serial_number",
    "acquired_on",
    "in_service_on",
    "last_inspection_on",
    "next_inspection_on",
    "acquisition_cost_eur",
    "latitude",
    "longitude",
    "notes",
]
_ADDRESS = ["address", "postcode", "city", "insee", "ban_address_id"]
#: Columns of each kind's own table, in the order of its form.
OWN = {
    domain.Kind.SITE: _ADDRESS,
    domain.Kind.BUILDING: [
        *_ADDRESS,
        "rnb_id",
        "floor_area_m2",
        "heated_area_m2",
        "usable_area_m2",
        "built_year",
        "erp_type",
        "erp_category",
        "max_occupancy",
    ],
    domain.Kind.FLOOR: ["level"],
    domain.Kind.ROOM: ["room_area_m2", "capacity"],
    domain.Kind.PARCEL: ["cadastral_id", "area_m2"],
    domain.Kind.VEHICLE: [
        "plate",
        "vin",
        "energy",
        "first_registered_on",
        "eu_category",
        "seats",
        "gross_weight_kg",
        "co2_g_per_km",
    ],
    domain.Kind.EQUIPMENT: ["warranty_ends_on", "manufactured_year", "power_kw", "quantity"],
    domain.Kind.PERSONAL_EQUIPMENT: ["size", "standard", "expires_on"],
}
#: What the title block of a record shows beside number and category.
CARTOUCHE = {
    domain.Kind.BUILDING: ["floor_area_m2", "built_year"],
    domain.Kind.PARCEL: ["cadastral_id", "area_m2"],
    domain.Kind.VEHICLE: ["plate", "energy", "next_inspection_on"],
    domain.Kind.ROOM: ["room_area_m2"],
    domain.Kind.PERSONAL_EQUIPMENT: ["expires_on"],
}
LIST = {
    domain.Kind.PARCEL: ["code", "name", "section", "number", "area_m2", "status"],
    domain.Kind.VEHICLE: ["code", "name", "plate", "category", "next_inspection_on", "status"],
    domain.Kind.BUILDING: ["code", "name", "category", "city", "floor_area_m2", "status"],
}
FILTERS = [
    "name",
    "code",
    "category",
    "parent",
    "status",
    "service",
    "serial_number",
    "acquired_on",
    "next_inspection_on",
    "acquisition_cost_eur",
]


def _typed(model: type, key: str, length: int, *, required: bool = False) -> StringField:
    """A field wider than its column: what is typed is cleaned before it is kept."""
    check = validators.InputRequired() if required else validators.Optional()
    label = wording.said_of(model, key).label
    return StringField(label, [check, validators.Length(max=length)])


def identifier_fields(model: type, own: list[str]) -> dict[str, StringField]:
    """Fields for identifiers that people type with blanks and hyphens."""
    lengths = {"rnb_id": 24, "ban_address_id": 60, "plate": 20, "vin": 40, "insee": 10}
    found = {key: _typed(model, key, length) for key, length in lengths.items() if key in own}
    if "cadastral_id" in own:
        found["cadastral_id"] = _typed(model, "cadastral_id", 40, required=True)
    return found


def code_field() -> StringField:
    """The inventory number of a new asset: empty, the next one is given."""
    return StringField(
        wording.said_of(Asset, "code").label,
        [validators.Optional(), validators.Length(max=60)],
        description=_l("Vide : le prochain numéro est donné."),
    )


def status_pill(row: Asset) -> domain.AssetStatus:
    """The sign of an asset's state."""
    return domain.AssetStatus(row.status)


def late_inspection(row: Asset) -> list[Sign]:
    """The sign of an asset in use whose inspection was due before today; nothing else."""
    due = row.next_inspection_on
    if due is None or row.archived_on is not None or due >= clock.today():
        return []
    return [Sign(_("Contrôle en retard"), "calendar-event", "late")]


def _number(key: str) -> Any:
    return lambda row: formats.number(getattr(row, key)) if getattr(row, key) is not None else None


def _degrees(key: str) -> Any:
    def shown(row: Asset) -> str | None:
        value = getattr(row, key)
        return None if value is None else formats.number(round(value, 6))

    return shown


def _day(key: str) -> Any:
    return lambda row: formats.day(getattr(row, key)) if getattr(row, key) is not None else None


def all_formatters() -> dict[str, Any]:
    """What the list and the record show of each column, where it is not the value itself."""
    found: dict[str, Any] = {
        "kind": lambda row: str(domain.Kind(row.kind).word),
        "plate": lambda row: domain.show_plate(row.plate) if row.plate else None,
        "rnb_id": lambda row: domain.show_rnb(row.rnb_id) if row.rnb_id else None,
        "acquisition_cost_eur": lambda row: (
            formats.euros(row.acquisition_cost_eur)
            if row.acquisition_cost_eur is not None
            else None
        ),
    }
    for key in ("latitude", "longitude"):
        found[key] = _degrees(key)
    kinds = [class_mapper(model) for model in KIND_MODELS.values()]
    for key in {column.key for kind in kinds for column in trail.tracked_columns(kind)}:
        if key.endswith("_m2") or key == "power_kw":
            found[key] = _number(key)
        elif key.endswith("_on"):
            found[key] = _day(key)
    return found


def counted(kind: domain.Kind, number: int) -> str:
    """How many of a kind, in words: 1 bâtiment, 12 bâtiments."""
    words = kind.plural if abs(number) >= 2 else kind.word
    return f"{formats.number(number)} {str(words).lower()}"
